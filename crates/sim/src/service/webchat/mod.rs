//! The service `webchat` (webchat.md): guest sessions made over REST, a socket with an acknowledgement
//! for each message, and REST for messages when the socket cannot.

mod agent;
mod config;
mod frame;
mod order;
mod rest;
mod session;
mod socket;
mod taking;

pub use config::{Dedupe, SocketAuth, WebChatConfig};
pub use rest::Credential;
pub use socket::SocketCredential;

use super::ConnectionId;
use order::Blocked;
use session::Sessions;

/// What the service is called.
pub(super) const NAME: &str = "webchat";

/// What the service remembers of a connection.
#[derive(Debug, Default)]
pub(super) struct Peer {
    blocked: Option<Blocked>,
}

/// What the service holds.
#[derive(Default)]
pub(super) struct WebChat {
    sessions: Sessions,
}

impl WebChat {
    /// What the agents said is not repeated any more.
    pub(super) fn forget_words(&mut self) {
        self.sessions.forget_words();
    }

    /// The sessions without a socket are over.
    pub(super) fn forget_unconnected(&mut self) {
        self.sessions.forget_unconnected();
    }

    /// A connection is gone.
    pub(super) fn forget(&mut self, conversation: &str, connection: ConnectionId) {
        if let Some(session) = self.sessions.get_mut(conversation) {
            session.connections.retain(|id| *id != connection);
        }
    }
}
