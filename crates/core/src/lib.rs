//! guestwire-core: the sans-IO web-messaging guest client. Everything that happens is an input with
//! the time as an argument; everything it wants is an output, drained until there is none. No clock,
//! no I/O, no JavaScript and no async in here, and no randomness but one seeded generator.

pub mod backoff;
mod base64;
pub mod body;
pub mod built;
pub mod checkpoint;
mod client;
pub mod close;
pub mod config;
pub mod connection;
pub mod content;
pub mod detail;
pub mod draft;
#[cfg(test)]
mod drawn;
pub mod error;
pub mod event;
pub mod failure;
pub mod files;
mod gather;
pub mod grant;
mod incoming;
pub mod io;
mod json;
pub mod limits;
pub mod liveness;
pub mod offer;
pub mod outbox;
pub mod pace;
pub mod protocol;
mod provenance;
pub mod quality;
pub mod random;
pub mod raw;
pub mod retry_after;
pub mod round_trip;
pub mod secret;
pub mod session;
pub mod stats;
mod streak;
mod text;
pub mod time;
pub mod timers;
pub mod tokens;
pub mod topics;
pub mod trace;
pub mod value;

pub use client::Client;
