#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| guestwire_fuzz::run("streams", data));
