//! The socket of a channel: who is let in, the service's heartbeats, and what a client may say (notifications.md, A4).

use serde_json::json;

use super::channel::Channel;
use super::frame::{self, OnChannel};
use super::problem::Problem;
use super::subscriptions::{Judged, Subscribing};
use super::{GoneChannels, Kind, Peer, Wake, later};
use crate::service::budget::{Exhausted, Reservation, Use};
use crate::service::connection::{Connection, Peer as Speaks};
use crate::service::faults::Refusal;
use crate::service::limits::{NO_ROOM, NO_ROOM_RETRY, SOCKET_WEIGHT};
use crate::service::rate::{Bucket, Pace, whole_seconds};
use crate::service::{ConnectionId, Millis, RestAnswer, Service, Wake as ServiceWake, weight};

/// Why topics were not subscribed to.
enum NotSubscribed {
    /// These are bad.
    Bad(Vec<String>),
    NoRoom,
}

impl Service {
    /// A client opens the socket of a channel. Its id is all that it shows. Where it is refused, the handshake is
    /// answered with what comes back.
    pub fn open_channel(&mut self, now: Millis, id: &str) -> Result<ConnectionId, RestAnswer> {
        let admitted = self.admit_to_channel(now, id).and_then(|known| Ok((known, self.room_for_stream(id)?)));
        self.note_attempt(now, super::NAME, id, admitted.as_ref().err());
        let (known, weight) = admitted?;
        let mute = !known;
        let before = self.streams.channels.get(id).and_then(|channel| channel.connection);
        if let Some(before) = before {
            self.close(now, before, self.config.streams.close_code, "another socket was opened on this channel");
        }
        let connection = self.open_stream(now, id, Kind::Channel { mute }, weight);
        if let Some(channel) = self.streams.channels.get_mut(id) {
            channel.connection = Some(connection);
            channel.used_at = now;
            channel.opened += 1;
            channel.replaced += u64::from(before.is_some());
        }
        if let Some(every) = self.config.streams.heartbeat {
            self.timers.at(later(now, every), ServiceWake::Streams(Wake::Beat(connection)));
        }
        self.generate_later(now);
        let acts = self.faults.acts_on_open(now, Some(id));
        self.expect_acts(now, connection, acts);
        self.run_acts(now);
        Ok(connection)
    }

    /// Whether there is such a channel; false: there is none, and nobody is to notice.
    fn admit_to_channel(&mut self, now: Millis, id: &str) -> Result<bool, RestAnswer> {
        if let Some(ms) = self.faults.stall_socket(now, id) {
            return Err(RestAnswer::stalled(ms));
        }
        self.handshake_intercepted(now, id)?;
        if let Some(refusal) = self.faults.refuse_socket(now, id) {
            return Err(self.problem(Problem::fault(refusal)));
        }
        let client = self.streams.channels.get(id).map(|channel| channel.client.clone());
        self.pace_handshake(now, client.as_deref())?;
        match (&client, self.config.streams.gone) {
            (None, GoneChannels::Refused(status)) => {
                Err(self.problem(Problem::fault(Refusal { status, retry_after: None })))
            }
            _ => Ok(client.is_some()),
        }
    }

    /// Handshakes are counted by application, and sockets altogether.
    pub(super) fn pace_handshake(&mut self, now: Millis, client: Option<&str>) -> Result<(), RestAnswer> {
        if let (Some(rate), Some(client)) = (self.config.streams.open_rate, client) {
            let paces = self.streams.open_paces.entry(client.to_owned());
            if let Err(wait) = paces.or_insert_with(|| Bucket::full(Pace::per_minute(rate), now)).take(now) {
                return Err(self.problem(Problem::too_many(whole_seconds(wait))));
            }
        }
        if self.connections.len() >= self.config.max_connections {
            return Err(self.problem(Problem::new(503, "service.unavailable", "too many connections")));
        }
        Ok(())
    }

    /// Room for a socket.
    pub(super) fn room_for_stream(&mut self, conversation: &str) -> Result<Reservation, RestAnswer> {
        let room = self.budget.reserve(Use::Connections, SOCKET_WEIGHT + weight::text(conversation));
        room.map_err(|Exhausted| self.problem(Problem::no_room()))
    }

    pub(super) fn open_stream(
        &mut self,
        now: Millis,
        conversation: &str,
        kind: Kind,
        weight: Reservation,
    ) -> ConnectionId {
        let pace = self.config.streams.frame_rate.map(|rate| Bucket::full(Pace::per_second(rate), now));
        let peer = Speaks::Streams(Peer { kind, pace });
        let id = self.connections.open(Connection::new(peer, conversation.to_owned(), now, weight));
        if let Some(idle) = self.config.streams.idle {
            self.expect_stream_idle(id, later(now, idle));
        }
        id
    }

    /// A connection may have been idle for too long then.
    pub(super) fn expect_stream_idle(&mut self, id: ConnectionId, at: Millis) {
        let key = self.timers.at(at, ServiceWake::Streams(Wake::Idle(id)));
        if let Some(connection) = self.connections.get_mut(id) {
            connection.idle = Some(key);
        }
    }

    /// What a client of an event stream says on an open connection.
    pub(in crate::service) fn receive_stream(&mut self, now: Millis, id: ConnectionId, text: &str) {
        let Some(connection) = self.connections.open_mut(id) else {
            return;
        };
        let conversation = connection.conversation.clone();
        let Some(peer) = connection.stream() else {
            return;
        };
        let paced = peer.pace.as_mut().map_or(Ok(()), |pace| pace.take(now));
        match &peer.kind {
            Kind::Channel { mute: true } => self.receive_on_mute_channel(now, id, text),
            Kind::Channel { mute: false } => {
                if let Some(channel) = self.streams.channels.get_mut(&conversation) {
                    channel.used_at = now;
                }
                match paced {
                    Ok(()) => self.receive_on_channel(now, id, &conversation, text),
                    Err(wait) => {
                        let more = json!({ "retryAfter": whole_seconds(wait) });
                        self.send(
                            now,
                            id,
                            frame::refused(429, "error", None, "Too many requests on this channel", more),
                        );
                    }
                }
            }
            Kind::Events { .. } => match paced {
                Ok(()) => self.receive_on_events(now, id, text),
                Err(wait) => {
                    self.send(now, id, frame::error(429, "too many frames", &[], Some(whole_seconds(wait))));
                }
            },
        }
    }

    /// What cannot be read is no offence on a channel, whatever it is.
    pub(in crate::service) fn receive_junk_on_stream(&mut self, id: ConnectionId) {
        if let Some(connection) = self.connections.open_mut(id) {
            connection.malformed += 1;
        }
    }

    fn receive_on_channel(&mut self, now: Millis, id: ConnectionId, channel: &str, text: &str) {
        match OnChannel::read(text) {
            OnChannel::Ping => {
                if let Some(connection) = self.connections.open_mut(id) {
                    connection.heartbeats += 1;
                }
                if !self.faults.lose_heartbeat(now, channel, true) {
                    self.send(now, id, frame::metadata("pong"));
                }
            }
            OnChannel::Subscribe { topics, correlation } => {
                let judged = self.judge(&topics);
                let answer = match self.subscribe_over_socket(now, channel, judged) {
                    Ok(()) => frame::result(200, "subscribed", correlation.as_deref(), json!({ "topics": topics })),
                    // Its retryAfter tells it from topics that are bad.
                    Err(NotSubscribed::NoRoom) => {
                        let more = json!({ "topics": topics, "retryAfter": NO_ROOM_RETRY });
                        frame::refused(503, "error", correlation.as_deref(), NO_ROOM, more)
                    }
                    Err(NotSubscribed::Bad(topics)) => {
                        let more = json!({ "topics": topics });
                        frame::refused(400, "failure", correlation.as_deref(), "Topics are bad or not permitted", more)
                    }
                };
                self.send(now, id, answer);
            }
            OnChannel::Unsubscribe { topics, correlation } => {
                if let Some(channel) = self.streams.channels.get_mut(channel) {
                    channel.topics.remove(&topics);
                    let bytes = Channel::weight(&channel.client, &channel.token, &channel.topics);
                    // Fewer always have room.
                    let _fewer = channel.weight.resize(bytes);
                }
                let more = json!({ "topics": topics });
                self.send(now, id, frame::result(200, "unsubscribed", correlation.as_deref(), more));
            }
            OnChannel::Junk => self.receive_junk_on_stream(id),
        }
    }

    /// All of them, or none; the bad ones come back, and where there are too many, all.
    fn subscribe_over_socket(&mut self, now: Millis, channel: &str, judged: Judged) -> Result<(), NotSubscribed> {
        let refused = judged.iter().filter(|(_, judged)| judged.is_err()).map(|(id, _)| id.clone());
        let refused: Vec<String> = refused.collect();
        if !refused.is_empty() {
            return Err(NotSubscribed::Bad(refused));
        }
        let all: Vec<String> = judged.iter().map(|(id, _)| id.clone()).collect();
        self.set_topics(now, channel, Subscribing::Add, judged).map_err(|problem| match problem.status {
            503 => NotSubscribed::NoRoom,
            _ => NotSubscribed::Bad(all),
        })
    }

    /// A channel that is gone says so to a subscription only: an ambiguous 404, as it was seen in the field.
    fn receive_on_mute_channel(&mut self, now: Millis, id: ConnectionId, text: &str) {
        match OnChannel::read(text) {
            OnChannel::Subscribe { correlation, .. } | OnChannel::Unsubscribe { correlation, .. } => {
                let message = "The requested channel was not found.";
                self.send(now, id, frame::refused(404, "error", correlation.as_deref(), message, json!({})));
            }
            OnChannel::Ping | OnChannel::Junk => {}
        }
    }
}
