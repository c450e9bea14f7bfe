//! Events: what happened, to whom it was told, and who was not there to hear it. Nothing is kept for those.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use super::topic::Topics;
use super::{Wake, frame, later};
use crate::service::budget::{Exhausted, Reservation, Use};
use crate::service::connection::State;
use crate::service::history::Weigh;
use crate::service::limits::MAX_GENERATED;
use crate::service::{ConnectionId, ControlError, Millis, Service, Wake as ServiceWake, weight};

/// Something that is to happen.
#[derive(Clone, Debug)]
pub struct Emission {
    /// In which topic; `None` is in each that somebody listens to.
    pub topic: Option<String>,
    /// What it says.
    pub body: Value,
    /// Its `metadata.CorrelationId`; `None` makes one.
    pub correlation_id: Option<String>,
    /// How often.
    pub count: u32,
    /// With how long between, in ms.
    pub every: Millis,
    /// How long from now on the first time, in ms.
    pub after: Millis,
}

/// An event that happened: the ledger by which delivery is judged.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Emitted {
    /// Its number, from 1 on.
    pub number: u64,
    /// When.
    pub at: Millis,
    /// Its `topicName`.
    pub topic: String,
    /// Its `metadata.CorrelationId`.
    pub correlation_id: String,
    /// The connections that it was sent on.
    pub sent: Vec<u64>,
    /// The channels that listen and had no socket that it could be sent on.
    pub missed: Vec<String>,
}

impl Emission {
    fn weight(&self) -> usize {
        let texts = [self.topic.as_deref(), self.correlation_id.as_deref()];
        weight::entry::<Self>() + weight::value(&self.body) + texts.into_iter().map(weight::maybe).sum::<usize>()
    }
}

impl Weigh for Emitted {
    fn weight(&self) -> usize {
        let missed = self.missed.iter().map(|id| weight::entry::<String>() + weight::text(id)).sum::<usize>();
        let sent = self.sent.len() * size_of::<u64>() + weight::ALLOCATION;
        weight::entry::<Self>() + weight::text(&self.topic) + weight::text(&self.correlation_id) + sent + missed
    }
}

impl Service {
    /// Something happens, now and as often again as it says. What happened now comes back.
    pub fn emit(&mut self, now: Millis, emission: Emission) -> Result<Vec<Emitted>, ControlError> {
        let weight = self.budget.reserve_to_answer(Use::Timers, emission.weight());
        let weight = weight.map_err(|Exhausted| ControlError::NoMemory)?;
        Ok(self.go_on_emitting(now, emission, weight))
    }

    pub(super) fn go_on_emitting(
        &mut self,
        now: Millis,
        mut emission: Emission,
        mut weight: Reservation,
    ) -> Vec<Emitted> {
        let mut happened = Vec::new();
        if emission.after > 0 {
            let due = later(now, std::mem::take(&mut emission.after));
            self.timers.at(due, ServiceWake::Streams(Wake::Emit(Box::new(emission), weight)));
            return happened;
        }
        // The budget counts each event of the answer while this loop makes more of them.
        let mut held = Vec::new();
        while emission.count > 0 {
            emission.count -= 1;
            for emitted in self.happen(now, &emission) {
                held.push(self.budget.charge(Use::Answers, emitted.weight()));
                happened.push(emitted);
            }
            // Where that fills the memory, the rest does not happen, and is not told.
            if emission.every > 0 || !self.budget.has_room(0) {
                break;
            }
        }
        if emission.count > 0 && emission.every > 0 {
            let due = later(now, emission.every);
            self.timers.at(due, ServiceWake::Streams(Wake::Emit(Box::new(emission), weight)));
        } else {
            // Fewer always have room.
            let _fewer = weight.resize(0);
        }
        happened
    }

    fn happen(&mut self, now: Millis, emission: &Emission) -> Vec<Emitted> {
        let topics = match &emission.topic {
            Some(topic) => vec![topic.clone()],
            None => self.topics_listened_to(),
        };
        let mut happened = Vec::new();
        for topic in topics {
            let correlation = emission.correlation_id.clone().unwrap_or_else(|| self.ids.uuid());
            happened.push(self.tell_event(now, topic, &emission.body, correlation));
        }
        happened
    }

    fn tell_event(&mut self, now: Millis, topic: String, body: &Value, correlation_id: String) -> Emitted {
        let (mut sent, mut missed, mut plain) = (Vec::<ConnectionId>::new(), Vec::new(), Vec::new());
        for (id, channel) in self.streams.channels.iter().filter(|(_, channel)| channel.topics.listen_to(&topic)) {
            // What goes out on a link that is half-open never comes.
            let live = |id: &ConnectionId| self.connections.get(*id).is_some_and(|it| it.state == State::Open);
            match channel.connection.filter(live) {
                Some(connection) => sent.push(connection),
                None => missed.push(id.to_owned()),
            }
        }
        for (id, connection) in self.connections.iter().filter(|(_, connection)| connection.state == State::Open) {
            if connection.event_topics().is_some_and(|topics| topics.listen_to(&topic)) {
                plain.push(id);
            }
        }
        let mut conversations = BTreeSet::new();
        for (ids, write) in [(&sent, frame::event as fn(&str, &Value, &str) -> Value), (&plain, frame::streaming_data)]
        {
            for id in ids {
                conversations.extend(self.connections.get(*id).map(|connection| connection.conversation.clone()));
                self.send(now, *id, write(&topic, body, &correlation_id));
            }
        }
        self.streams.events += 1;
        let sent = sent.iter().chain(&plain).map(|id| id.0).collect();
        let emitted = Emitted { number: self.streams.events, at: now, topic, correlation_id, sent, missed };
        self.streams.emitted.push(emitted.clone());
        // Faults that wait for messages wait for these.
        for conversation in conversations {
            self.message_taken(now, &conversation);
        }
        emitted
    }

    /// Where something happens by itself, it will.
    pub(super) fn generate_later(&mut self, now: Millis) {
        if let Some(every) = self.config.streams.generate
            && !self.streams.generating
        {
            self.streams.generating = true;
            self.timers.at(later(now, every), ServiceWake::Streams(Wake::Generate));
        }
    }

    pub(super) fn generate(&mut self, now: Millis) {
        self.streams.generating = false;
        if !self.connections.iter().any(|(_, connection)| connection.stream_peer().is_some()) {
            // The next socket starts it again.
            return;
        }
        let body = json!({ "id": self.ids.uuid(), "happenedAt": self.config.streams.timestamp(now) });
        self.happen(now, &Emission { topic: None, body, correlation_id: None, count: 1, every: 0, after: 0 });
        self.generate_later(now);
    }

    /// Every name under which an event would reach a live socket, each once, in order; at most so many.
    fn topics_listened_to(&self) -> Vec<String> {
        let connected = self.streams.channels.iter().filter(|(_, channel)| channel.connection.is_some());
        let of_channels = connected.flat_map(|(_, channel)| channel.topics.names());
        let of_plain = self.connections.iter().filter_map(|(_, connection)| connection.event_topics());
        let names: BTreeSet<&str> = of_channels.chain(of_plain.flat_map(Topics::names)).collect();
        names.into_iter().take(MAX_GENERATED).map(str::to_owned).collect()
    }
}
