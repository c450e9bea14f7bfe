//! Streams as their users meet them: each test plays the service, and looks at what leaves and what is told.

#![allow(unreachable_pub, reason = "a test binary exports nothing")]

mod auditing;
mod causes;
#[path = "../changed/mod.rs"]
mod changed;
mod channels;
mod clocks;
mod connecting;
mod gaps;
mod handover;
mod handover_losses;
mod heartbeats;
mod line;
mod liveness;
mod logs;
mod plain;
mod quoting;
mod renewal;
mod secrets;
mod subscribing;
mod tokens;
mod tolerance;
mod waits;
