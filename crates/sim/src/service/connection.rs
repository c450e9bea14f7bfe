//! One socket as the service sees it: whether it lives, what waits to go out on it, what will
//! happen to it, and which message it waits for.

use std::collections::{BTreeMap, VecDeque};

use super::Millis;
use super::faults::Act;
use super::frame::Frame;
use super::limits::{MAX_DELAYED_FRAMES, MAX_REFUSED};

/// Names one socket for the life of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub(super) u64);

impl std::fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Open,
    /// Half-open: nothing is processed and nothing goes out.
    Silent,
    /// The close frame is on its way; nothing is processed any more.
    Closing,
}

/// What goes out on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outgoing {
    Frame(Frame),
    Close { code: u16, reason: String },
}

/// What a connection waits for after a retryable refusal (webchat.md, "Order under refusal"): until the refused
/// message returns on it, nothing later is taken.
///
/// The message may come by another path instead. That alone does not end the wait: what was refused behind it has not
/// come yet, and a frame that left before the guest knew of the refusals would overtake it.
#[derive(Clone, Debug)]
pub(super) struct Blocked {
    pub(super) code: u16,
    pub(super) retry_at: Option<Millis>,
    /// What was refused, in order, the awaited message first; bounded by [`MAX_REFUSED`].
    refused: VecDeque<String>,
    /// More was refused than is remembered: only the awaited message itself, on this connection, ends the wait.
    overflowed: bool,
}

impl Blocked {
    pub(super) fn new(message_id: String, code: u16, retry_at: Option<Millis>) -> Self {
        Self { code, retry_at, refused: VecDeque::from([message_id]), overflowed: false }
    }

    pub(super) fn awaits(&self, message_id: &str) -> bool {
        self.refused.front().is_some_and(|awaited| awaited == message_id)
    }

    /// Forgets what has come by another path; true: nothing is awaited any more.
    pub(super) fn forget_known(&mut self, known: impl Fn(&str) -> bool) -> bool {
        while !self.overflowed && self.refused.front().is_some_and(|awaited| known(awaited)) {
            self.refused.pop_front();
        }
        self.refused.is_empty()
    }

    /// Another message was refused because of those before it.
    pub(super) fn refuse_behind(&mut self, message_id: &str) {
        if self.refused.iter().any(|refused| refused == message_id) {
            return;
        }
        if self.refused.len() >= MAX_REFUSED {
            self.overflowed = true;
        } else {
            self.refused.push_back(message_id.to_owned());
        }
    }

    /// The awaited message was refused for now again.
    pub(super) fn refused_again(&mut self, code: u16, retry_at: Option<Millis>) {
        (self.code, self.retry_at) = (code, retry_at);
    }
}

/// What happened to something that was given to a connection to send.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Enqueued {
    GoesNow(Outgoing),
    /// It is the first to wait: [`Connection::next_outgoing`] must be asked then.
    GoesAt(Millis),
    /// It waits behind others.
    Waits,
    /// Too much waits already.
    Overflow,
}

#[derive(Debug)]
pub(super) struct Connection {
    pub(super) conversation: String,
    pub(super) since: Millis,
    pub(super) state: State,
    pub(super) blocked: Option<Blocked>,
    /// Acts that wait for this connection's own count of messages.
    pub(super) acts: Vec<(Act, u32)>,
    pub(super) received: u64,
    pub(super) sent: u64,
    pub(super) heartbeats: u64,
    pub(super) irregular_heartbeats: u64,
    pub(super) malformed: u64,
    delayed: VecDeque<(Millis, Outgoing)>,
}

impl Connection {
    pub(super) fn new(conversation: String, since: Millis) -> Self {
        Self {
            conversation,
            since,
            state: State::Open,
            blocked: None,
            acts: Vec::new(),
            received: 0,
            sent: 0,
            heartbeats: 0,
            irregular_heartbeats: 0,
            malformed: 0,
            delayed: VecDeque::new(),
        }
    }

    /// Nothing overtakes what was delayed before it: they stand in a row.
    pub(super) fn enqueue(&mut self, now: Millis, delay: Millis, what: Outgoing) -> Enqueued {
        let first = self.delayed.is_empty();
        if delay == 0 && first {
            return Enqueued::GoesNow(what);
        }
        if self.delayed.len() >= MAX_DELAYED_FRAMES {
            return Enqueued::Overflow;
        }
        let due = now + delay;
        self.delayed.push_back((due, what));
        if first { Enqueued::GoesAt(due) } else { Enqueued::Waits }
    }

    pub(super) fn next_outgoing(&mut self, now: Millis) -> Option<Outgoing> {
        let (due, _) = self.delayed.front()?;
        if *due > now {
            return None;
        }
        self.delayed.pop_front().map(|(_, what)| what)
    }

    /// When the next of what waits goes out.
    pub(super) fn next_due(&self) -> Option<Millis> {
        self.delayed.front().map(|(due, _)| *due)
    }

    /// A message was newly taken: the acts whose count it completes.
    pub(super) fn count_message(&mut self) -> Vec<Act> {
        for (_, left) in &mut self.acts {
            *left = left.saturating_sub(1);
        }
        self.acts.extract_if(.., |(_, left)| *left == 0).map(|(act, _)| act).collect()
    }
}

#[derive(Default)]
pub(super) struct Connections {
    by_id: BTreeMap<ConnectionId, Connection>,
    opened: u64,
}

impl Connections {
    pub(super) fn open(&mut self, connection: Connection) -> ConnectionId {
        self.opened += 1;
        let id = ConnectionId(self.opened);
        self.by_id.insert(id, connection);
        id
    }

    /// How many were ever opened.
    pub(super) fn opened(&self) -> u64 {
        self.opened
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.by_id.get_mut(&id)
    }

    /// The connection, if it is neither half-open nor closing.
    pub(super) fn open_mut(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.by_id.get_mut(&id).filter(|connection| connection.state == State::Open)
    }

    pub(super) fn remove(&mut self, id: ConnectionId) -> Option<Connection> {
        self.by_id.remove(&id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (ConnectionId, &Connection)> {
        self.by_id.iter().map(|(id, connection)| (*id, connection))
    }

    pub(super) fn ids(&self) -> Vec<ConnectionId> {
        self.by_id.keys().copied().collect()
    }

    /// The open connections of one conversation, or all.
    pub(super) fn open_ids(&self, conversation: Option<&str>) -> Vec<ConnectionId> {
        let concerned = self.by_id.iter().filter(|(_, connection)| {
            connection.state == State::Open && conversation.is_none_or(|wanted| wanted == connection.conversation)
        });
        concerned.map(|(id, _)| *id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Outgoing {
        Outgoing::Frame(Frame::Text(text.into()))
    }

    #[test]
    fn a_frame_overtakes_none_that_was_delayed_before_it() {
        let mut connection = Connection::new("c".into(), 0);
        assert_eq!(connection.enqueue(0, 100, text("slow")), Enqueued::GoesAt(100));
        assert_eq!(connection.enqueue(10, 0, text("next")), Enqueued::Waits);
        assert_eq!(connection.next_outgoing(99), None);
        assert_eq!(connection.next_outgoing(100), Some(text("slow")));
        assert_eq!(connection.next_outgoing(100), Some(text("next")));
        assert_eq!(connection.enqueue(100, 0, text("now")), Enqueued::GoesNow(text("now")));
    }

    #[test]
    fn a_connection_that_refused_more_than_it_remembers_waits_for_the_message_itself() {
        let mut blocked = Blocked::new("first".into(), 429, None);
        for number in 0..2 * MAX_REFUSED {
            blocked.refuse_behind(&number.to_string());
        }
        assert_eq!(blocked.refused.len(), MAX_REFUSED);
        assert!(!blocked.forget_known(|_| true) && blocked.awaits("first"));
    }

    #[test]
    fn what_is_held_back_is_bounded() {
        let mut connection = Connection::new("c".into(), 0);
        for _ in 0..MAX_DELAYED_FRAMES {
            connection.enqueue(0, 1, text("x"));
        }
        assert_eq!(connection.enqueue(0, 1, text("x")), Enqueued::Overflow);
    }
}
