//! Scenarios: a client, a service and a network between them, in virtual time, through the public
//! API only. One story a file; the laws that hold in all of them stand in `world/checks.rs`.

#![allow(unreachable_pub, reason = "a test binary exports nothing")]

#[path = "../changed/mod.rs"]
mod changed;
mod world;

mod answers;
mod auditing;
mod bad_input;
mod causes;
mod chaos;
mod close_codes;
mod closing;
mod connecting;
mod dropped;

mod delivery;
mod liveness;
mod lost_sessions;
mod recording;
mod refusals;
mod rest;
mod secrets;
mod sessions;
mod storm;
mod tolerance;
