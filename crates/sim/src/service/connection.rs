//! One socket as the service sees it: whether it lives, what waits to go out on it, and what will
//! happen to it. What its protocol must remember of it is the protocol's own.

use std::collections::{BTreeMap, VecDeque};

use super::Millis;
use super::budget::Reservation;
use super::faults::Act;
use super::frame::{Frame, Held, Queue};
use super::limits::MAX_DELAYED_FRAMES;
use super::timers::TimerKey;
use super::{streams, web_messaging, webchat};

/// Names one socket for the life of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub(super) u64);

impl ConnectionId {
    /// As the reports have it.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }
}

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
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outgoing {
    Frame(Frame, Held),
    Close { code: u16, reason: String },
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

/// Which service a connection speaks with, and what that one knows of it.
#[derive(Debug)]
pub(super) enum Peer {
    WebChat(webchat::Peer),
    WebMessaging(web_messaging::Peer),
    Streams(streams::Peer),
}

impl Peer {
    pub(super) fn service(&self) -> &'static str {
        match self {
            Self::WebChat(_) => webchat::NAME,
            Self::WebMessaging(_) => web_messaging::NAME,
            Self::Streams(_) => streams::NAME,
        }
    }
}

#[derive(Debug)]
pub(super) struct Connection {
    /// Empty until the guest has said which one it is in.
    pub(super) conversation: String,
    pub(super) since: Millis,
    /// When the last frame came or went.
    pub(super) active_at: Millis,
    pub(super) state: State,
    pub(super) peer: Peer,
    /// Acts that wait for this connection's own count of messages.
    pub(super) acts: Vec<(Act, u32)>,
    pub(super) received: u64,
    pub(super) sent: u64,
    pub(super) heartbeats: u64,
    pub(super) irregular_heartbeats: u64,
    pub(super) malformed: u64,
    /// What waits for the guest, here and with the shell.
    pub(super) queue: Queue,
    /// When it may have been idle for too long, and when it is too old: called off when it ends before.
    pub(super) idle: Option<TimerKey>,
    pub(super) age: Option<TimerKey>,
    _weight: Reservation,
    delayed: VecDeque<(Millis, Outgoing)>,
}

impl Connection {
    pub(super) fn new(peer: Peer, conversation: String, since: Millis, weight: Reservation) -> Self {
        Self {
            conversation,
            since,
            active_at: since,
            state: State::Open,
            peer,
            acts: Vec::new(),
            received: 0,
            sent: 0,
            heartbeats: 0,
            irregular_heartbeats: 0,
            malformed: 0,
            queue: Queue::default(),
            idle: None,
            age: None,
            _weight: weight,
            delayed: VecDeque::new(),
        }
    }

    /// What `webchat` knows of it, where it speaks that.
    pub(super) fn webchat(&mut self) -> Option<&mut webchat::Peer> {
        match &mut self.peer {
            Peer::WebChat(peer) => Some(peer),
            Peer::WebMessaging(_) | Peer::Streams(_) => None,
        }
    }

    /// What `web-messaging` knows of it, where it speaks that.
    pub(super) fn web_messaging(&mut self) -> Option<&mut web_messaging::Peer> {
        match &mut self.peer {
            Peer::WebMessaging(peer) => Some(peer),
            Peer::WebChat(_) | Peer::Streams(_) => None,
        }
    }

    /// The same, to look at.
    pub(super) fn web_messaging_peer(&self) -> Option<&web_messaging::Peer> {
        match &self.peer {
            Peer::WebMessaging(peer) => Some(peer),
            Peer::WebChat(_) | Peer::Streams(_) => None,
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

    pub(super) fn get(&self, id: ConnectionId) -> Option<&Connection> {
        self.by_id.get(&id)
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
    use crate::service::budget::{Budget, Use};

    fn one() -> Connection {
        let weight = Budget::new(1).charge(Use::Connections, 0);
        Connection::new(Peer::WebChat(webchat::Peer::default()), "c".into(), 0, weight)
    }

    fn text(text: &str) -> Outgoing {
        let frame = Frame::Text(text.into());
        let held = Queue::default().hold(&Budget::new(1), &frame).expect("room");
        Outgoing::Frame(frame, held)
    }

    #[test]
    fn a_frame_overtakes_none_that_was_delayed_before_it() {
        let mut connection = one();
        assert_eq!(connection.enqueue(0, 100, text("slow")), Enqueued::GoesAt(100));
        assert_eq!(connection.enqueue(10, 0, text("next")), Enqueued::Waits);
        assert_eq!(connection.next_outgoing(99), None);
        assert_eq!(connection.next_outgoing(100), Some(text("slow")));
        assert_eq!(connection.next_outgoing(100), Some(text("next")));
        assert_eq!(connection.enqueue(100, 0, text("now")), Enqueued::GoesNow(text("now")));
    }

    #[test]
    fn what_is_held_back_is_bounded() {
        let mut connection = one();
        for _ in 0..MAX_DELAYED_FRAMES {
            connection.enqueue(0, 1, text("x"));
        }
        assert_eq!(connection.enqueue(0, 1, text("x")), Enqueued::Overflow);
    }
}
