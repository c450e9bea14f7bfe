//! What a service says of a conversation beside its messages.

use super::Sender;
use crate::body::Body;

/// What happened, and whose doing it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Happened {
    /// Whose.
    pub sender: Sender,
    /// What, in order.
    pub doings: Vec<Doing>,
    /// All that the service said with it.
    pub body: Body,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Doing {
    /// Somebody writes, for so long unless it is said again, ms; none: no more.
    Typing(Option<u64>),
    /// Somebody came, went, or did something with the conversation, in the service's word.
    Presence {
        /// Which.
        kind: String,
        /// The conversation can only be read from now on.
        read_only: bool,
    },
    /// What this client knows nothing of, in the service's word.
    Other(String),
}
