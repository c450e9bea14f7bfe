//! The service `webchat`.

mod agent;
mod faults;
mod messages;
mod order;
mod sessions;
mod world;
