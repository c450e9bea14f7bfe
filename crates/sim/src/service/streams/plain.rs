//! Plain event sockets (streaming.md): a token at the handshake, a frame that subscribes, `STREAMING_DATA`.

use super::frame::{self, OnEvents};
use super::problem::Problem;
use super::tokens::Denied;
use super::topic::{Topic, Topics};
use super::{Kind, Wake, later};
use crate::service::budget::{Exhausted, Reservation, Use};
use crate::service::ledger::Via;
use crate::service::limits::{NO_ROOM, NO_ROOM_RETRY};
use crate::service::{ConnectionId, Cut, Millis, RestAnswer, Service, Wake as ServiceWake, weight};

/// The `conversation` of a socket without a token.
const NOBODY: &str = "events";

impl Service {
    /// A client opens a plain event socket. A token that has counted once is let in and told inside of a frame that it
    /// counts no more; one that never did is refused by the handshake.
    pub fn open_events(&mut self, now: Millis, token: Option<&str>) -> Result<ConnectionId, RestAnswer> {
        let admitted = self.admit_to_events(now, token);
        let client = match &admitted {
            Ok((client, _)) => client.clone(),
            Err(_) => {
                token.and_then(|token| self.streams.tokens.get(token)).map_or_else(String::new, |it| it.client.clone())
            }
        };
        let admitted = admitted.and_then(|admitted| Ok((admitted, self.room_for_stream(&client)?)));
        self.note_attempt(now, super::NAME, &client, admitted.as_ref().err());
        let ((client, counts), room) = admitted?;
        let weight = self.budget.charge(Use::Streams, 0);
        let kind = Kind::Events { token: token.map(str::to_owned), topics: Topics::default(), weight };
        let connection = self.open_stream(now, &client, kind, room);
        if !counts {
            self.refuse_inside(now, connection, 401, "the access token has expired");
            return Ok(connection);
        }
        self.generate_later(now);
        let acts = self.faults.acts_on_open(now, Some(&client));
        self.expect_acts(now, connection, acts);
        self.run_acts(now);
        Ok(connection)
    }

    /// Which application comes, and whether its token counts still.
    fn admit_to_events(&mut self, now: Millis, token: Option<&str>) -> Result<(String, bool), RestAnswer> {
        let checked = self.streams.tokens.check(now, token).map(|token| token.client.clone());
        let known = token.and_then(|token| self.streams.tokens.get(token)).map(|token| token.client.clone());
        let conversation = known.clone().unwrap_or_else(|| NOBODY.to_owned());
        if let Some(ms) = self.faults.stall_socket(now, &conversation) {
            return Err(RestAnswer::stalled(ms));
        }
        self.handshake_intercepted(now, &conversation)?;
        if let Some(refusal) = self.faults.refuse_socket(now, &conversation) {
            return Err(self.problem(Problem::fault(refusal)));
        }
        self.pace_handshake(now, Some(&conversation))?;
        match checked {
            Ok(client) => Ok((client, true)),
            Err(Denied::Over) => Ok((known.unwrap_or_default(), false)),
            Err(Denied::Absent) if self.config.streams.open_to_all => Ok((NOBODY.to_owned(), true)),
            Err(Denied::Absent) => {
                let message = "No authentication bearer token specified.";
                Err(self.problem(Problem::new(401, "authentication.required", message)))
            }
            Err(Denied::Unknown) => {
                Err(self.problem(Problem::new(401, "bad.credentials", "Invalid login credentials.")))
            }
        }
    }

    /// The socket opened, and closes with an error inside of a frame.
    pub(in crate::service) fn refuse_inside(&mut self, now: Millis, id: ConnectionId, code: u16, message: &str) {
        self.send(now, id, frame::error(code, message, &[], None));
        self.close(now, id, self.config.streams.close_code, message);
    }

    pub(super) fn receive_on_events(&mut self, now: Millis, id: ConnectionId, text: &str) {
        match OnEvents::read(text) {
            OnEvents::Heartbeat(heartbeat) => {
                let Some(connection) = self.connections.open_mut(id) else {
                    return;
                };
                connection.heartbeats += 1;
                connection.irregular_heartbeats += u64::from(heartbeat.irregular.is_some());
                let conversation = connection.conversation.clone();
                if self.config.streams.heartbeat_ack && !self.faults.lose_heartbeat(now, &conversation, true) {
                    self.send(now, id, heartbeat.answer(now));
                }
            }
            OnEvents::Replace(topics) => self.subscribe_plainly(now, id, &topics, true),
            OnEvents::Subscribe(topics) => self.subscribe_plainly(now, id, &topics, false),
            OnEvents::Unsubscribe(topics) => {
                if let Some((own, weight)) = self.plain_topics(id) {
                    own.remove(&topics);
                    // Fewer always have room.
                    let _fewer = weight.resize(own.bytes());
                }
                self.confirm(now, id, "unsubscribed", &topics);
            }
            OnEvents::Junk => {
                self.receive_junk_on_stream(id);
                self.send(now, id, frame::error(400, "the frame is not understood", &[], None));
            }
        }
    }

    /// What is good is listened to; what is not is named in an error of its own.
    fn subscribe_plainly(&mut self, now: Millis, id: ConnectionId, asked: &[String], replace: bool) {
        let (most, count_combined) = (self.config.streams.topics, self.config.streams.count_combined);
        let (mut good, mut forbidden, mut bad) = (Vec::<Topic>::new(), Vec::new(), Vec::new());
        for (topic, judged) in self.judge(asked) {
            match judged {
                Ok(topic) => good.push(topic),
                Err(refused) if refused.missing.is_empty() => bad.push(topic),
                Err(_) => forbidden.push(topic),
            }
        }
        let Some((own, weight)) = self.plain_topics(id) else {
            return;
        };
        let names: Vec<String> = good.iter().map(|topic| topic.id.clone()).collect();
        let mut topics = if replace { Topics::default() } else { own.clone() };
        topics.add(good);
        if topics.weight(count_combined) > most {
            return self.send(now, id, frame::error(400, "too many topics", asked, None));
        }
        if weight.resize(topics.bytes()).is_err() {
            return self.send(now, id, frame::error(503, NO_ROOM, asked, Some(NO_ROOM_RETRY)));
        }
        *own = topics;
        self.confirm(now, id, "subscribed", &names);
        for (code, message, topics) in [(403, "no permission", forbidden), (400, "this is no topic", bad)] {
            if !topics.is_empty() {
                self.send(now, id, frame::error(code, message, &topics, None));
            }
        }
    }

    /// Says that a subscription is done, where that is said. The word for it may come late, or twice, or never; where both
    /// are asked for, the second one comes late.
    fn confirm(&mut self, now: Millis, id: ConnectionId, kind: &'static str, topics: &[String]) {
        let Some(conversation) = self.connections.get(id).map(|connection| connection.conversation.clone()) else {
            return;
        };
        if !self.config.streams.confirm || self.faults.lose_ack(now, &conversation, Via::WebSocket) {
            return;
        }
        let late = self.faults.late(now, &conversation);
        let twice = self.faults.duplicate_ack(now, &conversation);
        let said = frame::confirmation(kind, topics);
        if twice {
            self.send(now, id, said.clone());
        }
        match late {
            0 => self.send(now, id, said),
            late => match self.budget.reserve_to_answer(Use::Frames, weight::value(&said)) {
                Ok(weight) => {
                    self.timers.at(later(now, late), ServiceWake::Streams(Wake::Say(id, Box::new(said), weight)));
                }
                Err(Exhausted) => self.cut(id, Cut::Reset),
            },
        }
    }

    fn plain_topics(&mut self, id: ConnectionId) -> Option<(&mut Topics, &mut Reservation)> {
        match &mut self.connections.open_mut(id)?.stream()?.kind {
            Kind::Events { topics, weight, .. } => Some((topics, weight)),
            Kind::Channel { .. } => None,
        }
    }

    /// A connection may have been idle: frames in either direction count, pings of the WebSocket do not.
    pub(super) fn end_if_idle(&mut self, now: Millis, id: ConnectionId) {
        let Some(idle) = self.config.streams.idle else {
            return;
        };
        let Some(active_at) = self.connections.open_mut(id).map(|connection| connection.active_at) else {
            return;
        };
        if now < later(active_at, idle) {
            self.expect_stream_idle(id, later(active_at, idle));
        } else if self.config.streams.idle_silently {
            self.silence(now, id, idle);
        } else {
            // As a proxy between does it: the stream ends, and no close frame says why.
            self.close(now, id, 1006, "");
        }
    }
}
