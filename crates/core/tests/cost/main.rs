//! What the client does with what comes costs no more than a multiple of reading it. Each test drives one decoder, page,
//! answer, window or argument with the worst that was found for it, once with so much and once with four times as much,
//! and compares the two: no absolute time, and the best of several runs of each. `cargo xtask test cost` runs it, optimised:
//! in an ordinary build of the tests it is empty.

#![cfg(all(not(target_arch = "wasm32"), not(debug_assertions)))]
#![allow(unreachable_pub, dead_code, reason = "a test binary exports nothing, and uses a part of what it shares")]

mod arguments;
mod decoding;
mod events;
mod history;
mod remembered;
mod topics;

#[path = "../web_messaging/line.rs"]
mod guest;
#[path = "../streams/line.rs"]
mod stream;

use std::fs;
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

/// The fewest and the most runs of each size. The best of each counts, since whatever else the machine does makes a run
/// slower and never faster; there are more runs only where the comparison fails.
const RUNS: [u32; 2] = [3, 20];

/// Four times as much may cost so much more at most, where it grows as what is read does: 4 is linear, 16 is the square.
const LINEAR: f64 = 6.0;

/// The same of one frame beside what is remembered: that must hardly matter, and 4 is linear.
const CONSTANT: f64 = 2.0;

/// How long something takes of the processor.
pub fn cost(work: impl FnOnce()) -> Duration {
    let before = spent();
    work();
    spent() - before
}

/// The time that this thread has had on a processor, where the system tells it; else the time that passed.
fn spent() -> Duration {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    // Linux reckons it up when a thread makes way.
    thread::yield_now();
    let told = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let on_processor = told.split(' ').next().and_then(|told| told.parse().ok());
    on_processor.map_or_else(|| BEGAN.elapsed(), Duration::from_nanos)
}

/// What `run` gives for four times as much, in multiples of what it gives for so much.
fn growth(much: usize, most: f64, run: impl Fn(usize) -> Duration) -> f64 {
    let (mut one, mut four) = (Duration::MAX, Duration::MAX);
    let mut growth = f64::MAX;
    for number in 1..=RUNS[1] {
        one = one.min(run(much));
        four = four.min(run(4 * much));
        growth = four.as_secs_f64() / one.as_secs_f64().max(1e-6);
        if number >= RUNS[0] && growth < most {
            break;
        }
    }
    growth
}

/// Four times as much costs about four times as much.
#[track_caller]
pub fn grows_as_it_is_read(much: usize, run: impl Fn(usize) -> Duration) {
    let growth = growth(much, LINEAR, run);
    assert!(growth < LINEAR, "four times as much costs {growth:.1} times as much");
}

/// What comes costs about the same beside four times as much.
#[track_caller]
pub fn does_not_grow(much: usize, run: impl Fn(usize) -> Duration) {
    let growth = growth(much, CONSTANT, run);
    assert!(growth < CONSTANT, "beside four times as much it costs {growth:.1} times as much");
}
