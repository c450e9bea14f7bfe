//! The gateway over real sockets, as programs and pages meet it.

mod control;
mod conversation;
mod faults;
mod foreign_clients;
mod memory;
mod messenger;
mod origins;
mod pages;
mod process;
mod sessions;
mod sockets;
mod streams;
mod world;
