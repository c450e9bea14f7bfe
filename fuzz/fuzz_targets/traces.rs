#![no_main]

libfuzzer_sys::fuzz_target!(
    // An impossible state ends in a panic that the replay takes for its answer. The fuzzer's own hook would end the
    // process there; one that leaves the body still does.
    init: std::panic::set_hook(Box::new(|_| {})),
    |data: &[u8]| guestwire_fuzz::run("traces", data)
);
