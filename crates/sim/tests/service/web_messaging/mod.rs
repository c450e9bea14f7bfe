//! The service `web-messaging`.

mod agent;
mod messages;
mod sessions;
mod world;
