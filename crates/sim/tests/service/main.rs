//! The model of the services, by what a guest of them would notice. Time is a number that the test moves.

mod streams;
mod web_messaging;
mod webchat;
