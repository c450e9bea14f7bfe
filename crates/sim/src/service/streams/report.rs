//! What `GET /control/streams` tells: channels, sockets, topics, tokens by number, API calls by kind, and the events.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Emitted, Kind};
use crate::service::connection::State;
use crate::service::history::Weigh;
use crate::service::{ConnectionId, Millis, Service, weight};

/// A channel that is gone.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Over {
    /// When it went.
    pub(super) at: Millis,
    pub(super) channel: String,
    pub(super) why: &'static str,
}

impl Weigh for Over {
    fn weight(&self) -> usize {
        weight::text(&self.channel)
    }
}

/// What there is and what there was.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StreamsReport {
    /// The service's present time.
    now: Millis,
    tokens: Tokens,
    /// In order of making.
    channels: Vec<Channel>,
    /// How many were ever made.
    made: u64,
    /// Those that are gone, and why.
    over: Vec<Over>,
    /// The live sockets, of channels and plain ones, in order of opening.
    sockets: Vec<Socket>,
    /// API calls by kind.
    calls: BTreeMap<&'static str, u64>,
    /// What happened, oldest first.
    events: Vec<Emitted>,
    /// How many events, and ends of channels, are remembered no more.
    forgotten: u64,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Tokens {
    issued: u64,
    alive: usize,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Channel {
    channel: String,
    application: String,
    since: Millis,
    used_at: Millis,
    expires_at: Millis,
    topics: Vec<String>,
    /// Sockets that are live now: 0 or 1.
    live: usize,
    /// Sockets that it ever had.
    opened: u64,
    /// Those of them that were opened while another was live.
    replaced: u64,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Socket {
    connection: u64,
    /// `channel` or `events`.
    kind: &'static str,
    /// The channel's id, or the application's.
    conversation: String,
    since: Millis,
    state: &'static str,
    /// The topics of a plain socket.
    #[serde(skip_serializing_if = "Option::is_none")]
    topics: Option<Vec<String>>,
}

impl Service {
    /// Under which names events reach this connection.
    pub fn listened_to(&self, id: ConnectionId) -> BTreeSet<String> {
        let Some(connection) = self.connections.get(id) else {
            return BTreeSet::new();
        };
        let channel = self.streams.channels.get(&connection.conversation);
        let of_channel = channel.filter(|channel| channel.connection == Some(id)).map(|channel| &channel.topics);
        let topics = connection.event_topics().or(of_channel);
        topics.into_iter().flat_map(|topics| topics.names().map(str::to_owned)).collect()
    }

    /// What there is of event streams, and what there was. Tokens are counted, never shown.
    pub fn streams(&self, now: Millis) -> StreamsReport {
        StreamsReport {
            over: self.streams.over.iter().cloned().collect(),
            events: self.streams.emitted.iter().cloned().collect(),
            ..self.present_streams(now)
        }
    }

    /// The channels that are gone from this one on, counted from the first, each with its number.
    pub fn ended_channels_from(&self, number: u64) -> impl Iterator<Item = (u64, &Over)> {
        self.streams.over.from(number)
    }

    /// The events from this one on, counted from the first, each with its number.
    pub fn events_from(&self, number: u64) -> impl Iterator<Item = (u64, &Emitted)> {
        self.streams.emitted.from(number)
    }

    /// What there is now: without the channels that are gone, and without events.
    pub fn present_streams(&self, now: Millis) -> StreamsReport {
        let channels = self.streams.channels.iter().map(|(id, channel)| Channel {
            channel: id.to_owned(),
            application: channel.client.clone(),
            since: channel.since,
            used_at: channel.used_at,
            expires_at: channel.expires_at,
            topics: channel.topics.ids().map(str::to_owned).collect(),
            live: usize::from(channel.connection.is_some()),
            opened: channel.opened,
            replaced: channel.replaced,
        });
        let sockets = self.connections.iter().filter_map(|(id, connection)| {
            let peer = connection.stream_peer()?;
            Some(Socket {
                connection: id.0,
                kind: match peer.kind {
                    Kind::Channel { .. } => "channel",
                    Kind::Events { .. } => "events",
                },
                conversation: connection.conversation.clone(),
                since: connection.since,
                state: match connection.state {
                    State::Open => "open",
                    State::Silent => "silent",
                    State::Closing => "closing",
                },
                topics: connection.event_topics().map(|topics| topics.ids().map(str::to_owned).collect()),
            })
        });
        StreamsReport {
            now,
            tokens: Tokens { issued: self.streams.tokens.issued(), alive: self.streams.tokens.alive(now, None).len() },
            channels: channels.collect(),
            made: self.streams.channels.made(),
            over: Vec::new(),
            sockets: sockets.collect(),
            calls: self.streams.calls.clone(),
            events: Vec::new(),
            forgotten: self.streams.emitted.forgotten() + self.streams.over.forgotten(),
        }
    }
}
