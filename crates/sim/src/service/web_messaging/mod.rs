//! The service `web-messaging` (web-messaging.md): a session that exists through its socket only, with a token that
//! the guest makes; messages acknowledged by their echo; a history over REST. What the document leaves open is a
//! setting ([`WebMessagingConfig`]).

mod agent;
mod attachment;
mod authenticate;
mod config;
mod configure;
mod deployment;
mod event;
mod expiry;
mod files;
mod frame;
mod history;
mod message;
mod problem;
mod push;
mod request;
mod rewriting;
mod session;
mod socket;

pub use config::{Rates, TextUnit, WebMessagingConfig};
pub use files::{Content, Download, Upload};
pub use history::HistoryRequest;
pub use rewriting::Rewriting;
pub use socket::Handshake;

use super::budget::Reservation;
use super::rate::Bucket;
use super::{ConnectionId, Millis, Service};
use authenticate::Customers;
use files::Files;
use history::Jwts;
use message::Pending;
use push::Devices;
use session::Sessions;

/// What the service is called.
pub(super) const NAME: &str = "web-messaging";

/// What the service remembers of a connection.
#[derive(Debug)]
pub(super) struct Peer {
    /// The service's address, as this guest calls it.
    base: String,
    requests: Option<Bucket>,
    health_checks: Option<Bucket>,
}

/// What the service does by itself later.
pub(super) enum Wake {
    /// A message that came is taken.
    Take(Box<Pending>),
    /// A message goes out, out of its order.
    Send(ConnectionId, serde_json::Value, Reservation),
    /// What was put at an upload's address is looked at.
    JudgeUpload { conversation: String, attachment: String },
    /// A connection may have been silent for too long.
    Idle(ConnectionId),
    /// A connection is too old.
    TooOld(ConnectionId),
    /// A session may have ended by time.
    Expiry(String),
}

/// What the service holds.
#[derive(Default)]
pub(super) struct WebMessaging {
    sessions: Sessions,
    jwts: Jwts,
    files: Files,
    customers: Customers,
    devices: Devices,
    /// Handshakes; made at the first.
    handshakes: Option<Bucket>,
}

impl Service {
    /// The conversation of the guest with this token, where it lives.
    pub fn live_conversation_of(&self, now: Millis, token: &str) -> Option<String> {
        let id = self.web_messaging.conversation_of(token)?;
        self.web_messaging.sessions.get(id).is_some_and(|session| session.is_alive(now)).then(|| id.to_owned())
    }

    /// How the service is set up.
    pub fn web_messaging_config(&self) -> &WebMessagingConfig {
        &self.config.web_messaging
    }

    /// Whether nothing can be said in a conversation any more.
    pub fn is_read_only(&self, conversation: &str) -> bool {
        self.web_messaging.sessions.get(conversation).is_some_and(|session| session.read_only)
    }

    /// What agents have said in the present session of the guest with this token, oldest first, by what joins a live
    /// message to its place in the history.
    pub fn said_by_agents(&self, token: &str) -> Vec<&str> {
        let sessions = &self.web_messaging.sessions;
        let session = self.web_messaging.conversation_of(token).and_then(|id| sessions.get(id));
        let bodies =
            session.into_iter().flat_map(|session| session.items.iter().skip(session.older).map(|item| &item.body));
        let said = bodies.filter(|body| body["direction"] == "Outbound" && body["type"] != "Event");
        said.filter_map(|body| body["channel"]["messageId"].as_str().or_else(|| body["id"].as_str())).collect()
    }
}

impl WebMessaging {
    /// The present conversation of the guest with this token.
    pub(super) fn conversation_of(&self, token: &str) -> Option<&str> {
        self.sessions.id_of(token)
    }

    /// What was said is no longer known.
    pub(super) fn forget_items(&mut self) {
        self.sessions.forget_items();
    }

    /// Forgets the sessions without a socket, and all that nobody can ask for without one.
    pub(super) fn forget_unconnected(&mut self) {
        self.sessions.forget_unconnected();
        self.jwts.clear();
        self.files = Files::default();
        self.customers = Customers::default();
        self.devices = Devices::default();
    }

    /// Whether what is to be done later still has somebody to happen to.
    pub(super) fn awaits(&self, wake: &Wake) -> bool {
        match wake {
            Wake::JudgeUpload { conversation, attachment } => self.files.get(conversation, attachment).is_some(),
            Wake::Expiry(conversation) => self.sessions.get(conversation).is_some(),
            Wake::Take(_) | Wake::Send(..) | Wake::Idle(_) | Wake::TooOld(_) => true,
        }
    }

    /// A connection is gone.
    pub(super) fn forget(&mut self, conversation: &str, connection: ConnectionId) {
        if let Some(session) = self.sessions.get_mut(conversation) {
            session.connections.retain(|id| *id != connection);
        }
    }
}
