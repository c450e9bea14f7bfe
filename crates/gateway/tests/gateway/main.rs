//! The gateway over real sockets, as programs and pages meet it.

mod control;
mod faults;
mod origins;
mod pages;
mod process;
mod sessions;
mod sockets;
mod world;
