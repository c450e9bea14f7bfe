//! The guest's messages: accepted, in order, bounded, each with what is known of every copy that
//! left. A message leaves this buffer only with a final state; nobody is evicted.

use crate::checkpoint::{keep, keep_one_of};
use crate::content::Content;
use crate::error::SendError;
use crate::gather::gather;
use crate::limits;
use crate::time::Now;
use uuid::Uuid;

/// A path to the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// The WebSocket.
    Socket,
    /// One request at a time.
    Rest,
}

impl Path {
    /// A stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Socket => "socket",
            Self::Rest => "rest",
        }
    }
}

/// How a message ended. See the first promise in the design.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The service has it, once.
    Delivered,
    /// The service refused it, and has no copy.
    Rejected,
    /// Its time ran out, and the service certainly lacks it.
    Expired,
    /// Taken back while the service certainly lacked it.
    Cancelled,
    /// It left, or may have, and no true answer came.
    Unconfirmed,
}

impl Outcome {
    /// A stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Unconfirmed => "unconfirmed",
        }
    }
}

/// A copy that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flight {
    /// Which way it went.
    pub path: Path,
    /// When, on the monotonic clock.
    pub since: u64,
    /// When its acknowledgement is overdue, monotonic; none once it is, and on REST, whose requests
    /// have a deadline of their own.
    pub deadline: Option<u64>,
    /// How often it went again on the same link.
    pub resent: u32,
}

/// One message of the guest.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its id, stable for its life; the idempotency key.
    pub id: Uuid,
    /// Counts the accepted messages.
    pub number: u64,
    /// What the guest wrote.
    pub content: Content,
    /// When it was accepted.
    pub accepted: Now,
    /// The copy that is under way.
    pub flight: Option<Flight>,
    /// Copies that left and whose fate is unknown.
    pub unknown: u32,
    /// Since when, on the monotonic clock: when the link of the latest such copy ended.
    pub uncertain_since: u64,
    /// Nobody can tell what became of them, and the application would rather have it twice.
    pub again: bool,
    /// Something that may be one of them stands in the history, and nobody can tell: that it lacks them is not proven.
    pub perhaps: bool,
    /// How many incoming messages were known when the first of them left.
    pub heard_before: u64,
    /// The session that the latest copy went to.
    pub session: u32,
    /// The service refused the latest copy of it, and it has not left since.
    pub refused: bool,
    /// Answered failures.
    pub failures: u8,
    /// How often it left.
    pub attempts: u32,
}

impl Message {
    /// Whether the service may have it.
    #[must_use]
    pub fn is_uncertain(&self) -> bool {
        self.unknown > 0
    }

    /// How it ends when no copy can be sent any more: `otherwise` if the service certainly lacks it.
    #[must_use]
    pub fn given_up(&self, otherwise: Outcome) -> Outcome {
        if self.is_uncertain() || self.flight.is_some() { Outcome::Unconfirmed } else { otherwise }
    }
}

/// The buffer. See the module. Plain vectors: the ends of these few elements are moved in no time,
/// and a ring costs code.
#[derive(Clone, Debug)]
pub struct Outbox {
    messages: Vec<Message>,
    bytes: usize,
    max_messages: usize,
    max_bytes: usize,
    max_content: usize,
    accepted: u64,
    ended: Vec<(Uuid, Outcome)>,
    highest_delivered: u64,
}

impl Outbox {
    /// An empty buffer with its bounds: messages, bytes of content, and bytes of one content.
    #[must_use]
    pub fn new(max_messages: usize, max_bytes: usize, max_content: usize) -> Self {
        Self {
            messages: Vec::new(),
            bytes: 0,
            max_messages,
            max_bytes,
            max_content,
            accepted: 0,
            ended: Vec::new(),
            highest_delivered: 0,
        }
    }

    /// Whether such a content would be accepted now.
    pub fn check(&self, content: &Content) -> Result<(), SendError> {
        if content.weight() == 0 {
            Err(SendError::Empty)
        } else if content.len() > self.max_content {
            Err(SendError::TooLarge)
        } else if self.messages.len() >= self.max_messages || self.bytes + content.weight() > self.max_bytes {
            Err(SendError::BufferFull)
        } else {
            Ok(())
        }
    }

    /// Accepts a message that was checked.
    pub fn accept(&mut self, now: Now, id: Uuid, content: Content) {
        self.bytes += content.weight();
        self.accepted += 1;
        self.messages.push(Message {
            id,
            number: self.accepted,
            content,
            accepted: now,
            flight: None,
            unknown: 0,
            uncertain_since: 0,
            again: false,
            perhaps: false,
            heard_before: 0,
            session: 0,
            refused: false,
            failures: 0,
            attempts: 0,
        });
    }

    /// The messages that have not ended, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter()
    }

    /// The same, to change what is known of their copies.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Message> {
        self.messages.iter_mut()
    }

    /// One that has not ended.
    #[must_use]
    pub fn get(&self, id: Uuid) -> Option<&Message> {
        self.messages.iter().find(|message| message.id == id)
    }

    /// The same, to change what is known of its copies.
    pub fn get_mut(&mut self, id: Uuid) -> Option<&mut Message> {
        self.messages.iter_mut().find(|message| message.id == id)
    }

    /// How one ended that ended not long ago.
    #[must_use]
    pub fn outcome(&self, id: Uuid) -> Option<Outcome> {
        self.ended.iter().rev().find(|(ended, _)| *ended == id).map(|&(_, outcome)| outcome)
    }

    /// Whether it is one of ours, as far as is remembered.
    #[must_use]
    pub fn knows(&self, id: Uuid) -> bool {
        self.get(id).is_some() || self.outcome(id).is_some()
    }

    /// A message ends. It leaves the buffer and is remembered for a while.
    pub fn end(&mut self, id: Uuid, outcome: Outcome) -> Option<Message> {
        let place = self.messages.iter().position(|message| message.id == id)?;
        let message = self.messages.remove(place);
        self.bytes -= message.content.weight();
        if outcome == Outcome::Delivered {
            self.highest_delivered = self.highest_delivered.max(message.number);
        }
        if self.ended.len() == limits::REMEMBERED_FINAL {
            self.ended.remove(0);
        }
        self.ended.push((id, outcome));
        Some(message)
    }

    /// The ids of some, in order: what is done with them changes this list. (Not generic: its five uses
    /// would be five copies of it.)
    pub fn ids(&self, which: &mut dyn FnMut(&Message) -> bool) -> Vec<Uuid> {
        gather(self.messages.iter().filter(|message| which(message)).map(|message| message.id))
    }

    /// The next message to leave: the first that is not under way.
    #[must_use]
    pub fn next(&self) -> Option<&Message> {
        self.messages.iter().find(|message| message.flight.is_none())
    }

    /// Whether a message that the service refused has been overtaken by a later one. Sending it
    /// now would break the order.
    #[must_use]
    pub fn is_overtaken(&self, message: &Message) -> bool {
        message.refused && self.highest_delivered > message.number
    }

    /// A message that has not ended says something else from now on.
    pub fn replace(&mut self, id: Uuid, content: Content) {
        let Some(message) = self.messages.iter_mut().find(|message| message.id == id) else { return };
        self.bytes = self.bytes - message.content.weight() + content.weight();
        message.content = content;
    }

    /// Copies under way on a path.
    #[must_use]
    pub fn in_flight(&self, path: Path) -> usize {
        self.messages.iter().filter(|message| message.flight.is_some_and(|flight| flight.path == path)).count()
    }

    /// Messages that have not ended.
    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether all have ended.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Bytes of content that have not ended.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

keep_one_of!(Path { Socket, Rest });
keep_one_of!(Outcome { Delivered, Rejected, Expired, Cancelled, Unconfirmed });
keep!(Flight { path, since, deadline, resent });
keep!(Message {
    id,
    number,
    content,
    accepted,
    flight,
    unknown,
    uncertain_since,
    again,
    perhaps,
    heard_before,
    session,
    refused,
    failures,
    attempts,
});
keep!(Outbox { messages, bytes, max_messages, max_bytes, max_content, accepted, ended, highest_delivered });

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn id(number: u64) -> Uuid {
        Uuid::from_u128(u128::from(number))
    }

    #[derive(Clone, Debug)]
    enum Step {
        Accept(usize),
        End(usize),
    }

    proptest! {
        #![proptest_config(crate::drawn::examples())]

        #[test]
        fn the_buffer_keeps_its_bounds_and_its_order_and_evicts_nobody(
            steps in prop::collection::vec(prop_oneof![(0usize..40).prop_map(Step::Accept), (0usize..12).prop_map(Step::End)], 0..200)
        ) {
            let mut outbox = Outbox::new(8, 100, 30);
            let (mut model, mut next): (Vec<(u64, usize)>, u64) = (Vec::new(), 0);
            for step in steps {
                match step {
                    Step::Accept(size) => {
                        let content = Content::new("x".repeat(size));
                        let bytes: usize = model.iter().map(|(_, size)| size).sum();
                        let expected = match size {
                            0 => Err(SendError::Empty),
                            31.. => Err(SendError::TooLarge),
                            _ if model.len() == 8 || bytes + size > 100 => Err(SendError::BufferFull),
                            _ => Ok(()),
                        };
                        prop_assert_eq!(outbox.check(&content), expected);
                        if expected.is_ok() {
                            next += 1;
                            outbox.accept(Now::default(), id(next), content);
                            model.push((next, size));
                        }
                    }
                    Step::End(place) if place < model.len() => {
                        let (number, _) = model.remove(place);
                        prop_assert!(outbox.end(id(number), Outcome::Delivered).is_some());
                        prop_assert_eq!(outbox.outcome(id(number)), Some(Outcome::Delivered));
                    }
                    Step::End(_) => prop_assert!(outbox.end(id(u64::MAX), Outcome::Delivered).is_none()),
                }
                prop_assert_eq!(outbox.iter().map(|message| message.number).collect::<Vec<_>>(), model.iter().map(|&(number, _)| number).collect::<Vec<_>>());
                prop_assert_eq!(outbox.bytes(), model.iter().map(|(_, size)| size).sum::<usize>());
            }
        }
    }

    #[derive(Clone, Debug)]
    enum Copies {
        Leaves(Path),
        Returns(usize),
        Ends(usize, bool),
    }

    proptest! {
        #![proptest_config(crate::drawn::examples())]

        #[test]
        fn the_next_to_leave_is_the_first_that_waits_and_what_was_overtaken_is_known(
            steps in prop::collection::vec(
                prop_oneof![
                    prop_oneof![Just(Path::Socket), Just(Path::Rest)].prop_map(Copies::Leaves),
                    (0usize..10).prop_map(Copies::Returns),
                    (0usize..10, any::<bool>()).prop_map(|(place, delivered)| Copies::Ends(place, delivered)),
                ],
                0..100,
            )
        ) {
            let mut outbox = Outbox::new(10, 100, 10);
            for number in 1..=10 {
                outbox.accept(Now::default(), id(number), Content::new("x".into()));
            }
            // Number, path of the copy that is under way, refused.
            let mut model: Vec<(u64, Option<Path>, bool)> = (1..=10).map(|number| (number, None, false)).collect();
            let mut delivered = 0;
            for step in steps {
                match step {
                    Copies::Leaves(path) => {
                        let waiting = model.iter_mut().find(|message| message.1.is_none());
                        prop_assert_eq!(outbox.next().map(|message| message.number), waiting.as_ref().map(|message| message.0));
                        let Some(waiting) = waiting else { continue };
                        (waiting.1, waiting.2) = (Some(path), false);
                        let message = outbox.get_mut(id(waiting.0)).unwrap();
                        message.flight = Some(Flight { path, since: 0, deadline: None, resent: 0 });
                        message.refused = false;
                    }
                    Copies::Returns(place) => {
                        let Some(message) = model.get_mut(place).filter(|message| message.1.is_some()) else { continue };
                        (message.1, message.2) = (None, true);
                        let message = outbox.get_mut(id(message.0)).unwrap();
                        (message.flight, message.refused) = (None, true);
                    }
                    Copies::Ends(place, well) => {
                        if place >= model.len() { continue }
                        let number = model.remove(place).0;
                        if well { delivered = delivered.max(number); }
                        outbox.end(id(number), if well { Outcome::Delivered } else { Outcome::Expired });
                        prop_assert!(outbox.get(id(number)).is_none());
                    }
                }
                for path in [Path::Socket, Path::Rest] {
                    prop_assert_eq!(outbox.in_flight(path), model.iter().filter(|message| message.1 == Some(path)).count());
                }
                for &(number, _, refused) in &model {
                    let overtaken = outbox.is_overtaken(outbox.get(id(number)).unwrap());
                    prop_assert_eq!(overtaken, refused && delivered > number);
                }
            }
        }
    }

    #[test]
    fn what_ended_is_remembered_within_bounds() {
        let mut outbox = Outbox::new(10, 100, 10);
        for number in 0..2_000 {
            outbox.accept(Now::default(), id(number), Content::new("x".into()));
            outbox.end(id(number), Outcome::Expired);
        }
        assert_eq!(outbox.outcome(id(0)), None);
        assert_eq!(outbox.outcome(id(1_999)), Some(Outcome::Expired));
        assert_eq!(outbox.ended.len(), limits::REMEMBERED_FINAL);
    }
}
