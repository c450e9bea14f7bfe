//! What a world must know of a dialect to lead a life in it: where its words stand in addresses and frames. The model
//! service speaks them; the laws are the same for all.

pub(super) mod streams;
mod web_messaging;
mod webchat;
mod words;

use guestwire_core::protocol::{Address, Request};
use guestwire_core::value::Value;

pub(super) use words::Words;

use super::CREDENTIAL;
use super::chance::Chance;
use crate::checkers::Endpoint;
use crate::service::{Condition, ConnectionId, Entry, Fault, FaultKind, RestAnswer, Scope, Service, ServiceConfig};

/// A dialect that the model service speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// `protocols/webchat.md`.
    #[default]
    Webchat,
    /// `protocols/web-messaging.md`.
    WebMessaging,
    /// `protocols/streaming.md`, `protocols/notifications.md`.
    Streams,
}

/// What a life's client and service are like.
pub(super) struct Nature {
    /// The client's options, as JSON.
    pub(super) options: String,
    pub(super) service: ServiceConfig,
    /// The client asks a provider for its credential.
    pub(super) provider: bool,
    /// The caller said that it would rather have a message twice than not.
    pub(super) duplicates_accepted: bool,
    /// A recording leads to the same once more.
    pub(super) replayable: bool,
    /// What left on a socket arrives within so long after the client let go of it, or never, ms.
    pub(super) copies_arrive_within: u64,
    /// What the service says live comes in the order in which it was said.
    pub(super) in_order: bool,
}

/// What a socket's handshake says.
#[derive(Clone, Debug, Default)]
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
    /// It is an error that names nobody, and can only mean the latest message that left.
    pub(super) of_latest: bool,
    /// It was taken.
    pub(super) taken: bool,
    /// A message of the agent.
    pub(super) came: Option<&'a str>,
    /// The code of a refusal.
    pub(super) code: Option<u16>,
    /// How long it asks to wait, ms.
    pub(super) retry_after: Option<u64>,
    /// So many bytes of attributes the session takes with a message.
    pub(super) attributes: Option<u64>,
    /// Whether something can be said in the conversation.
    pub(super) read_only: Option<bool>,
    /// The session did not exist before.
    pub(super) new: bool,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Webchat, Self::WebMessaging, Self::Streams];

    /// As it is written on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Webchat => "webchat",
            Self::WebMessaging => "web-messaging",
            Self::Streams => "streams",
        }
    }

    /// The one of this name, or which there are.
    pub fn named(name: &str) -> Result<Self, String> {
        let known = || Self::ALL.map(Self::name).join(", ");
        let found = Self::ALL.into_iter().find(|dialect| dialect.name() == name);
        found.ok_or_else(|| format!("no dialect `{name}` is simulated; these are: {}", known()))
    }

    pub(super) fn nature(self, chance: &mut Chance, habits: &mut Chance, recorded: usize) -> Nature {
        match self {
            Self::Webchat => webchat::nature(chance, habits, recorded),
            Self::WebMessaging => web_messaging::nature(chance, habits, recorded),
            Self::Streams => streams::nature(chance, habits, recorded),
        }
    }

    pub(super) fn open(self, service: &mut Service, now: u64, how: &Handshake) -> Result<ConnectionId, RestAnswer> {
        match self {
            Self::Webchat => webchat::open(service, now, how),
            Self::WebMessaging => web_messaging::open(service, now),
            Self::Streams => streams::open(service, now, how),
        }
    }

    /// What there was before this life.
    pub(super) fn begins(self, service: &mut Service, now: u64) {
        let config = service.web_messaging_config();
        // What is taken late would be taken in this life.
        if self == Self::WebMessaging && config.older_history && config.late == 0 {
            web_messaging::begins(service, now);
        }
    }

    /// What a message of the guest is told by that says this, where a history tells it by nothing else.
    pub(super) fn likeness(self, service: &Service, likeness: String) -> String {
        match self {
            Self::WebMessaging if !likeness.starts_with(words::PAYLOAD) => {
                words::rough(&service.web_messaging_config().rewritten(&likeness))
            }
            _ => likeness,
        }
    }

    /// A fault, as it can happen to this service.
    pub(super) fn suffers(self, service: &Service, mut fault: Fault) -> Fault {
        // Whom an error without a name means, nobody knows: a client that took it for itself would end.
        if let FaultKind::Condition(Condition::RefuseMessage(refusal)) = &mut fault.kind
            && self == Self::WebMessaging
            && refusal.status == 410
            && !service.web_messaging_config().error_tracing
        {
            refusal.status = 403;
        }
        if let FaultKind::Condition(Condition::RefuseRest { scope, .. }) = &mut fault.kind {
            *scope = match (self, *scope) {
                (Self::Webchat, scope) => scope,
                (Self::WebMessaging, _) => Scope::History,
                (Self::Streams, Scope::Guests) => Scope::Channels,
                (Self::Streams, Scope::Probe) => Scope::Token,
                (Self::Streams, Scope::Channels) => Scope::Channels,
                (Self::Streams, _) => Scope::Subscriptions,
            };
        }
        fault
    }

    /// What the service calls a message that it took, as its sender knows it.
    pub(super) fn taken(self, entry: &Entry) -> &str {
        match self {
            Self::Webchat => &entry.message_id,
            Self::WebMessaging => entry.tracing_id.as_deref().unwrap_or_default(),
            Self::Streams => "",
        }
    }

    /// A page of what was said.
    pub(super) fn history(self, service: &mut Service, now: u64, query: &str, key: &str) -> RestAnswer {
        web_messaging::history(service, now, query, key)
    }

    /// What the agents have said in the present session, where the client can read it after it was away.
    pub(super) fn said(self, service: &Service) -> Vec<&str> {
        match self {
            Self::Webchat | Self::Streams => Vec::new(),
            Self::WebMessaging => service.said_by_agents(CREDENTIAL),
        }
    }

    /// What a caller says who says more than texts; none: a text, as the caller likes.
    pub(super) fn words(self, chance: &mut Chance) -> Option<Words> {
        match self {
            Self::Webchat | Self::Streams => None,
            Self::WebMessaging => words::draw(chance),
        }
    }

    /// What an answer shows of the guest's own messages: their ids, where it has them, and what they are told by.
    pub(super) fn shown(self, answer: &Value) -> Vec<(Option<String>, String)> {
        match self {
            Self::Webchat | Self::Streams => Vec::new(),
            Self::WebMessaging => web_messaging::shown(answer),
        }
    }

    pub(super) fn handshake(self, address: &Address) -> Handshake {
        match self {
            Self::Webchat => webchat::handshake(address),
            Self::WebMessaging => Handshake::default(),
            Self::Streams => streams::handshake(address),
        }
    }

    /// Where a request goes, and to which conversation.
    pub(super) fn endpoint(self, request: &Request) -> (Endpoint, String) {
        match self {
            Self::Webchat => webchat::endpoint(request),
            Self::WebMessaging => web_messaging::endpoint(request),
            Self::Streams => streams::endpoint(request),
        }
    }

    /// The message that a frame of the guest carries.
    pub(super) fn message(self, frame: &str) -> Option<&str> {
        match self {
            Self::Webchat => webchat::message(frame),
            Self::WebMessaging => web_messaging::message(frame),
            Self::Streams => None,
        }
    }

    /// Whether a frame of the guest leaves the session, for all of their connections.
    pub(super) fn leaves(self, frame: &str) -> bool {
        self == Self::WebMessaging && frame.starts_with(r#"{"action":"closeSession""#)
    }

    /// Whether a frame of the guest says that they type.
    pub(super) fn is_typing(self, frame: &str) -> bool {
        match self {
            Self::Webchat | Self::Streams => false,
            Self::WebMessaging => web_messaging::is_typing(frame),
        }
    }

    pub(super) fn told(self, frame: &Value) -> Told<'_> {
        match self {
            Self::Webchat => webchat::told(frame),
            Self::WebMessaging => web_messaging::told(frame),
            Self::Streams => streams::told(frame),
        }
    }

    /// What the status of an answer says of the message that the request carried.
    pub(super) fn took(self, status: u16) -> Option<bool> {
        match self {
            Self::Webchat => webchat::took(status),
            Self::WebMessaging | Self::Streams => None,
        }
    }

    /// As what a client may end by itself when it hears this: the status of an answer, or the code of a frame or of a
    /// close. That a session is lost is none of it: a second one must be lost too.
    pub(super) fn ends(self, code: u16) -> Option<&'static str> {
        match self {
            Self::Webchat => webchat::ends(code),
            Self::WebMessaging => web_messaging::ends(code),
            Self::Streams => streams::ends(code),
        }
    }

    /// How a token may be written besides as it is.
    pub(super) fn written(self, token: &str) -> String {
        match self {
            Self::Webchat => webchat::written(token),
            Self::WebMessaging | Self::Streams => token.to_owned(),
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
