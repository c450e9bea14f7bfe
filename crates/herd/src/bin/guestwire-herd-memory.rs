//! What an idle core costs in memory: bytes that the allocator handed out and did not get back, over a thousand
//! connected cores. Fails over the bound. A program of its own, as counting would slow the herd down.
#![allow(clippy::print_stdout, reason = "the figures are what it is for")]

use std::alloc::System;
use std::process::ExitCode;

use guestwire_herd::idle::idle;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const CORES: usize = 1_000;
/// Per core, bytes.
const MOST: usize = 4 * 1_024;
/// Connected for so long, ms; and how that reads. After an hour every window of samples is full.
const AGES: [(u64, &str); 2] = [(3_000, "just connected"), (3_600_000, "after an hour of heartbeats")];

fn main() -> ExitCode {
    let mut sound = true;
    for (age, reads) in AGES {
        let region = Region::new(ALLOCATOR);
        let mut cores = Vec::with_capacity(CORES);
        cores.extend((0..CORES as u64).map(|number| idle(number, age)));
        let change = region.change();
        let each = change.bytes_allocated.saturating_sub(change.bytes_deallocated) / CORES;
        println!("an idle core, {reads}: {each} bytes");
        sound &= each < MOST;
        drop(cores);
    }
    if !sound {
        println!("over the bound of {MOST} bytes");
    }
    if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
