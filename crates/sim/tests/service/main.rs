//! The model of the service, by what a guest of it would notice. Time is a number that the test moves.

mod agent;
mod faults;
mod messages;
mod order;
mod sessions;
mod world;
