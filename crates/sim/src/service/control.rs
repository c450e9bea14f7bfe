//! What a test or a person does to the service from outside, and what they can ask about it.

use serde::Serialize;

use super::connection::State;
use super::faults::NotQueued;
use super::faults::{Act, Fault, FaultKind};
use super::history::{Attempt, GuestEvent, Request};
use super::ledger::Entry;
use super::limits::{MAX_FAULTS, NO_ROOM};
use super::{ConnectionId, Cut, Millis, Service, Wake};

/// Why a command was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlError {
    /// Over [`MAX_FAULTS`] would be queued.
    TooManyFaults,
    /// There is no room for it.
    NoMemory,
    /// There is no such conversation.
    UnknownConversation,
    /// `webchat` knows text only.
    TextOnly,
}

impl std::fmt::Display for ControlError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooManyFaults => write!(f, "over {MAX_FAULTS} faults would be queued; clear them first"),
            Self::NoMemory => f.write_str(NO_ROOM),
            Self::UnknownConversation => f.write_str("there is no such conversation"),
            Self::TextOnly => f.write_str("a conversation of webchat takes `content`, no `message`"),
        }
    }
}

/// A queued fault, for the report.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FaultReport {
    /// Its name.
    pub fault: &'static str,
    /// To whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    /// How often it can still happen; absent: until cleared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<u32>,
    /// Whether it holds now, or still waits.
    pub holds: bool,
}

/// One live connection.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionReport {
    /// Its number, in order of opening.
    pub connection: u64,
    /// With which service: `webchat`, `web-messaging` or `streams`.
    pub service: &'static str,
    /// Its conversation.
    pub conversation: String,
    /// When it was opened.
    pub since: Millis,
    /// `open`, `silent` or `closing`.
    pub state: &'static str,
    /// Frames that came and were processed.
    pub received: u64,
    /// Frames that went out.
    pub sent: u64,
    /// Heartbeats among those that came.
    pub heartbeats: u64,
    /// Heartbeats that break a rule of the contract.
    pub irregular_heartbeats: u64,
    /// Frames that could not be understood.
    pub malformed: u64,
}

/// What is connected and what was.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionsReport {
    /// The service's present time.
    pub now: Millis,
    /// Live connections.
    pub connections: Vec<ConnectionReport>,
    /// How many were ever opened.
    pub opened: u64,
    /// When the handshakes that succeeded did.
    pub opened_at: Vec<Millis>,
    /// All attempts, refused ones too.
    pub attempts: Vec<Attempt>,
    /// How many attempts are remembered no more.
    pub forgotten: u64,
}

impl Service {
    /// The conversation that is meant: it is named by its id, by the token of a guest of `web-messaging`, for the one
    /// that this guest is in, or by the id that a client gave one of its messages.
    pub fn conversation<'a>(&'a self, named: &'a str) -> &'a str {
        if let Some(present) = self.web_messaging.conversation_of(named) {
            return present;
        }
        if self.is_webchat(named) || self.is_web_messaging(named) {
            return named;
        }
        let has = |entry: &&Entry| entry.message_id == named || entry.tracing_id.as_deref() == Some(named);
        self.ledger.entries().iter().find(has).map_or(named, |entry| &entry.conversation)
    }

    /// Queues all of these faults, or none; those that are due happen at once.
    pub fn queue_faults(&mut self, now: Millis, faults: Vec<Fault>) -> Result<(), ControlError> {
        let named = |fault: Fault| Fault {
            conversation: fault.conversation.map(|named| self.conversation(&named).to_owned()),
            ..fault
        };
        let faults = faults.into_iter().map(named).collect();
        let times = self.faults.queue(now, faults, &self.budget).map_err(|refused| match refused {
            NotQueued::TooMany => ControlError::TooManyFaults,
            NotQueued::NoRoom => ControlError::NoMemory,
        })?;
        for due in times {
            if due > now {
                self.timers.at(due, Wake::Faults);
            }
        }
        self.run_acts(now);
        Ok(())
    }

    /// Forgets all faults and returns how many there were. Connections that are half-open are reset
    /// now, since a link that was half-open never comes back to life.
    pub fn clear_faults(&mut self, now: Millis) -> usize {
        let silent = self.connections.iter().filter(|(_, c)| c.state == State::Silent);
        let silent: Vec<ConnectionId> = silent.map(|(id, _)| id).collect();
        for id in silent {
            self.cut(id, Cut::Reset);
        }
        for id in self.connections.ids() {
            if let Some(connection) = self.connections.get_mut(id) {
                connection.acts.clear();
            }
        }
        self.timers.retain(|wake| !matches!(wake, Wake::Act(..)));
        self.faults.clear(now)
    }

    /// The faults that wait or hold.
    pub fn faults(&self, now: Millis) -> Vec<FaultReport> {
        let report = |(fault, left, holds): (&Fault, Option<u32>, bool)| FaultReport {
            fault: fault.kind.name(),
            conversation: fault.conversation.clone(),
            left,
            holds,
        };
        self.faults.list(now).map(report).collect()
    }

    /// The messages that the service took, in order of first acceptance.
    pub fn ledger(&self) -> &[Entry] {
        self.ledger.entries()
    }

    /// Forgets every message, and with them the ids that were known, and what was said in every conversation.
    pub fn clear_ledger(&mut self) {
        self.ledger.clear();
        self.guest_events.clear();
        self.webchat.forget_words();
        self.web_messaging.forget_items();
        // A reader who is between two pages of the report sees by this number that the rows are other ones now.
        self.cleared += 1;
    }

    /// Forgets everything but what is connected and the faults: messages, sessions without a socket, tokens and
    /// channels that nobody is connected with, files, and what is remembered for the reports.
    pub fn clear_memory(&mut self, now: Millis) {
        self.clear_ledger();
        self.attempts.clear();
        self.requests.clear();
        self.webchat.forget_unconnected();
        self.web_messaging.forget_unconnected();
        self.forget_unconnected_streams(now);
        let (messaging, streams) = (&self.web_messaging, &self.streams);
        self.timers.retain(|wake| match wake {
            Wake::WebMessaging(wake) => messaging.awaits(wake),
            Wake::Streams(wake) => streams.awaits(wake),
            _ => true,
        });
    }

    /// How often the ledger was cleared.
    pub fn times_cleared(&self) -> u64 {
        self.cleared
    }

    /// The requests from this one on, counted from the first, each with its number.
    pub fn requests_from(&self, number: u64) -> impl Iterator<Item = (u64, &Request)> {
        self.requests.from(number)
    }

    /// How many requests came that are remembered no more.
    pub fn requests_forgotten(&self) -> u64 {
        self.requests.forgotten()
    }

    /// The attempts to open a socket from this one on, counted from the first, each with its number.
    pub fn attempts_from(&self, number: u64) -> impl Iterator<Item = (u64, &Attempt)> {
        self.attempts.from(number)
    }

    /// What guests of `web-messaging` did or told beside messages, oldest first.
    pub fn guest_events(&self) -> impl Iterator<Item = &GuestEvent> {
        self.guest_events.iter()
    }

    /// The same from this one on, counted from the first, each with its number.
    pub fn guest_events_from(&self, number: u64) -> impl Iterator<Item = (u64, &GuestEvent)> {
        self.guest_events.from(number)
    }

    /// The requests that came over REST, oldest first.
    pub fn requests(&self) -> impl Iterator<Item = &Request> {
        self.requests.iter()
    }

    /// What is connected, and what was.
    pub fn connections(&self, now: Millis) -> ConnectionsReport {
        let opened = self.attempts.iter().filter(|attempt| attempt.status == 101);
        ConnectionsReport {
            now,
            connections: self.live_connections(),
            opened: self.connections.opened(),
            opened_at: opened.map(|attempt| attempt.at).collect(),
            attempts: self.attempts.iter().cloned().collect(),
            forgotten: self.attempts.forgotten(),
        }
    }

    /// How many sockets were ever opened, and how many attempts are remembered no more.
    pub fn opened_and_forgotten(&self) -> (u64, u64) {
        (self.connections.opened(), self.attempts.forgotten())
    }

    /// What is connected.
    pub fn live_connections(&self) -> Vec<ConnectionReport> {
        let live = self.connections.iter().map(|(id, connection)| ConnectionReport {
            connection: id.0,
            service: connection.peer.service(),
            conversation: connection.conversation.clone(),
            since: connection.since,
            state: match connection.state {
                State::Open => "open",
                State::Silent => "silent",
                State::Closing => "closing",
            },
            received: connection.received,
            sent: connection.sent,
            heartbeats: connection.heartbeats,
            irregular_heartbeats: connection.irregular_heartbeats,
            malformed: connection.malformed,
        });
        live.collect()
    }
}

impl FaultKind {
    fn name(&self) -> &'static str {
        use super::faults::Condition::{
            CorruptFrames, Delay, DuplicateAcks, FailUpload, Foreign, Late, LoseAcks, LoseHeartbeats, RefuseMessage,
            RefuseRest, RefuseSocket, StallSocket,
        };
        match self {
            Self::Act { act, .. } => match act {
                Act::Close { .. } => "close",
                Act::Reset => "reset",
                Act::Silence { .. } => "silence",
                Act::RawFrame { .. } => "raw_frame",
                Act::ExpireSession => "expire_session",
                Act::Restart { .. } => "restart",
                Act::SocketClosing => "socket_closing",
                Act::AuthError { .. } => "auth_error",
                Act::EvictChannel => "evict_channel",
                Act::RevokeToken => "revoke_token",
            },
            Self::Condition(condition) => match condition {
                RefuseSocket(_) => "refuse_socket",
                StallSocket { .. } => "stall_socket",
                RefuseRest { .. } => "refuse_rest",
                Foreign { .. } => "foreign",
                RefuseMessage(_) => "refuse_message",
                Delay { .. } => "delay",
                LoseAcks { .. } => "lose_acks",
                DuplicateAcks => "duplicate_acks",
                CorruptFrames { .. } => "corrupt_frames",
                Late { .. } => "late",
                FailUpload { .. } => "fail_upload",
                LoseHeartbeats { .. } => "lose_heartbeats",
            },
        }
    }
}
