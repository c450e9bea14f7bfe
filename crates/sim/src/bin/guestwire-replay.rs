//! Runs a flight recorder's trace again and prints its timeline: `guestwire-replay trace.json`. It fails where the second
//! run differs from the first.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the timeline is what it is for")]

use std::fs::File;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use guestwire_core::trace::replay::{Replayed, replay};
use guestwire_sim::timeline;

/// A trace is the page's file: bytes that are read of it.
const LARGEST: u64 = 64 << 20;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(path), None) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: guestwire-replay trace.json");
        return ExitCode::from(2);
    };
    match read(&path) {
        Ok(replayed) => {
            // Whoever reads may have seen enough (`| head`).
            let _unread = io::stdout().write_all(timeline::told(&replayed).as_bytes());
            if replayed.difference.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(why) => {
            eprintln!("{}: {why}", path.display());
            ExitCode::from(2)
        }
    }
}

fn read(path: &std::ffi::OsStr) -> Result<Replayed, Box<dyn std::error::Error>> {
    let mut text = String::new();
    File::open(path)?.take(LARGEST).read_to_string(&mut text)?;
    // A state that cannot be panics where it is noticed; the error says so in its own words.
    std::panic::set_hook(Box::new(|_| {}));
    Ok(replay(&serde_json::from_str(&text)?)?)
}
