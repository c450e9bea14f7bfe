//! The service `web-messaging`.

mod agent;
mod attachments;
mod authentication;
mod deployments;
mod frames;
mod history;
mod lives;
mod mangled;
mod messages;
mod rates;
mod sessions;
mod ways;
mod world;
