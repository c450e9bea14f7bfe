//! The service `web-messaging`.

mod agent;
mod attachments;
mod authentication;
mod deployments;
mod frames;
mod history;
mod mangled;
mod messages;
mod rates;
mod sessions;
mod world;
