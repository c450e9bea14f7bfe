//! What a world must know of a dialect to lead a life in it: where its words stand in addresses and frames. The model
//! service speaks them; the laws are the same for all.

mod webchat;

use guestwire_core::protocol::{Address, Request};
use guestwire_core::value::Value;

use crate::checkers::Endpoint;

/// A dialect that the model service speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// `protocols/webchat.md`.
    #[default]
    Webchat,
}

/// What a socket's handshake says.
#[derive(Clone, Debug)]
pub(super) struct Handshake {
    pub(super) conversation: String,
    pub(super) token: String,
    /// The token stands in the subprotocol, not in the query.
    pub(super) subprotocol: bool,
}

/// What a frame from the service tells an observer.
pub(super) struct Told<'a> {
    /// A message of the guest is answered, taken or refused.
    pub(super) answers: Option<&'a str>,
    /// It was taken.
    pub(super) taken: bool,
    /// A message of the agent.
    pub(super) came: Option<&'a str>,
    /// The code of a refusal.
    pub(super) code: Option<u16>,
    /// How long it asks to wait, ms.
    pub(super) retry_after: Option<u64>,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::Webchat];

    /// As it is written on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Webchat => "webchat",
        }
    }

    /// The one of this name, or which there are.
    pub fn named(name: &str) -> Result<Self, String> {
        let known = || Self::ALL.map(Self::name).join(", ");
        let found = Self::ALL.into_iter().find(|dialect| dialect.name() == name);
        found.ok_or_else(|| format!("no dialect `{name}` is simulated; these are: {}", known()))
    }

    pub(super) fn handshake(self, address: &Address) -> Handshake {
        match self {
            Self::Webchat => webchat::handshake(address),
        }
    }

    /// Where a request goes, and to which conversation.
    pub(super) fn endpoint(self, request: &Request) -> (Endpoint, String) {
        match self {
            Self::Webchat => webchat::endpoint(request),
        }
    }

    /// The message that a frame of the guest carries.
    pub(super) fn message(self, frame: &str) -> Option<&str> {
        match self {
            Self::Webchat => webchat::message(frame),
        }
    }

    pub(super) fn told(self, frame: &Value) -> Told<'_> {
        match self {
            Self::Webchat => webchat::told(frame),
        }
    }

    /// What the status of an answer says of the message that the request carried.
    pub(super) fn took(self, status: u16) -> Option<bool> {
        match self {
            Self::Webchat => webchat::took(status),
        }
    }

    /// As what a client may end by itself when it hears this: the status of an answer, or the code of a frame or of a
    /// close. That a session is lost is none of it: a second one must be lost too.
    pub(super) fn ends(self, code: u16) -> Option<&'static str> {
        match self {
            Self::Webchat => webchat::ends(code),
        }
    }

    /// How a token may be written besides as it is.
    pub(super) fn written(self, token: &str) -> String {
        match self {
            Self::Webchat => webchat::written(token),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialect_is_found_by_its_name_and_an_unknown_one_is_told_the_others() {
        assert!(Dialect::ALL.iter().all(|dialect| Dialect::named(dialect.name()) == Ok(*dialect)));
        let why = Dialect::named("irc").expect_err("unknown");
        assert!(why.contains("`irc`") && why.contains("webchat"), "{why}");
    }
}
