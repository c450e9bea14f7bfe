//! A deterministic world for guestwire. [`service`] is the model of the messaging service: the
//! gateway puts it behind real sockets, and a simulation drives it with a virtual clock. Nothing
//! here reads a clock, does I/O or makes randomness of its own.

pub mod checkers;
pub mod service;
pub mod timeline;
pub mod world;
