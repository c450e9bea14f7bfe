//! Event streams (notifications.md, streaming.md): OAuth tokens, notification channels with their topics over REST and
//! their sockets, plain event sockets, and the events themselves, which nobody repeats. What the documents leave open
//! is a setting ([`StreamsConfig`]).

mod call;
mod channel;
mod config;
mod emit;
mod ends;
mod frame;
mod oauth;
mod plain;
mod problem;
mod report;
mod rest;
mod socket;
mod subscriptions;
mod tokens;
mod topic;

pub use config::{GoneChannels, OAuthClient, StreamsConfig};
pub use emit::{Emission, Emitted};
pub use oauth::TokenRequest;
pub use report::{Over, StreamsReport};
pub use subscriptions::Subscribing;

use std::collections::{BTreeMap, HashMap};

use super::budget::{Budget, Reservation};
use super::connection::Connection;
use super::history::History;
use super::rate::Bucket;
use super::{ConnectionId, Millis};
use channel::Channels;
use tokens::Tokens;
use topic::Topics;

/// What the service is called.
pub(super) const NAME: &str = "streams";

/// What the service remembers of a connection. Its `conversation` is the channel's id; that of a plain socket is the
/// application's.
#[derive(Debug)]
pub(super) struct Peer {
    kind: Kind,
    /// Its frames.
    pace: Option<Bucket>,
}

#[derive(Debug)]
enum Kind {
    Channel {
        /// The channel is gone, and nobody says so.
        mute: bool,
    },
    Events {
        /// Where it came with one.
        token: Option<String>,
        topics: Topics,
        /// What the topics weigh.
        weight: Reservation,
    },
}

/// What the service does by itself later.
pub(super) enum Wake {
    /// The service says on a channel that it is there.
    Beat(ConnectionId),
    /// A connection may have been idle for too long.
    Idle(ConnectionId),
    /// What `v2.system.socket_closing` announced.
    Close(ConnectionId),
    /// A channel may have come to its end.
    ChannelEnds(String),
    /// A token has.
    TokenEnds(String),
    /// What was to be said on a plain socket comes late.
    Say(ConnectionId, Box<serde_json::Value>, Reservation),
    /// Something happens that somebody listens to.
    Generate,
    /// The rest of what was asked for happens.
    Emit(Box<Emission>, Reservation),
}

/// Why a channel is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Another took its place.
    Evicted,
    /// Its time was over.
    Expired,
    /// Its token's time was over.
    TokenExpired,
    /// Its token was revoked.
    TokenRevoked,
}

/// What the service holds.
pub(super) struct Streams {
    tokens: Tokens,
    channels: Channels,
    /// Requests for tokens, by application.
    token_paces: HashMap<String, Bucket>,
    /// Handshakes, by application.
    open_paces: HashMap<String, Bucket>,
    /// API calls by kind.
    calls: BTreeMap<&'static str, u64>,
    over: History<Over>,
    emitted: History<Emitted>,
    events: u64,
    /// Whether something is going to happen by itself.
    generating: bool,
}

impl Streams {
    pub(super) fn new(budget: &Budget) -> Self {
        Self {
            tokens: Tokens::default(),
            channels: Channels::default(),
            token_paces: HashMap::new(),
            open_paces: HashMap::new(),
            calls: BTreeMap::new(),
            over: History::new(budget),
            emitted: History::new(budget),
            events: 0,
            generating: false,
        }
    }

    /// Whether what is to be done later still has something to happen to.
    pub(super) fn awaits(&self, wake: &Wake) -> bool {
        match wake {
            Wake::ChannelEnds(id) => self.channels.get(id).is_some(),
            Wake::TokenEnds(token) => self.tokens.get(token).is_some(),
            Wake::Beat(_) | Wake::Idle(_) | Wake::Close(_) | Wake::Say(..) | Wake::Generate | Wake::Emit(..) => true,
        }
    }

    fn count(&mut self, what: &'static str) {
        *self.calls.entry(what).or_default() += 1;
    }

    /// A connection is gone.
    pub(super) fn forget(&mut self, conversation: &str, id: ConnectionId) {
        if let Some(channel) = self.channels.get_mut(conversation) {
            channel.connection.take_if(|own| *own == id);
        }
    }
}

impl Connection {
    /// What the event streams know of it, where it is one.
    fn stream(&mut self) -> Option<&mut Peer> {
        match &mut self.peer {
            super::connection::Peer::Streams(peer) => Some(peer),
            _ => None,
        }
    }

    fn stream_peer(&self) -> Option<&Peer> {
        match &self.peer {
            super::connection::Peer::Streams(peer) => Some(peer),
            _ => None,
        }
    }

    /// The topics of a plain socket.
    fn event_topics(&self) -> Option<&Topics> {
        match &self.stream_peer()?.kind {
            Kind::Events { topics, .. } => Some(topics),
            Kind::Channel { .. } => None,
        }
    }

    /// Whether it is a channel's socket on which the service speaks.
    fn is_live_channel(&self) -> bool {
        self.stream_peer().is_some_and(|peer| matches!(peer.kind, Kind::Channel { mute: false }))
    }
}

/// Until when something lasts that begins now.
fn later(now: Millis, ms: Millis) -> Millis {
    now.saturating_add(ms)
}
