//! Event streams.

mod channels;
mod ends;
mod events;
mod limits;
mod plain;
mod sockets;
mod subscriptions;
mod tokens;
mod world;
