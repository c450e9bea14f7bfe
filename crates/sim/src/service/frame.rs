//! Frames as the shell carries them, whichever service speaks.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::budget::{Budget, Exhausted, Reservation, Use};
use super::limits::{FRAME_WEIGHT, QUEUE_SHARE, SOCKET_QUEUE};

/// A frame to a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A text frame; every frame of the contract is one.
    Text(String),
    /// A binary frame; only a `raw_frame` fault sends one.
    Binary(Vec<u8>),
}

impl Frame {
    fn weight(&self) -> usize {
        FRAME_WEIGHT
            + match self {
                Self::Text(text) => text.capacity(),
                Self::Binary(bytes) => bytes.capacity(),
            }
    }

    /// The frame cut in half, so that it is no longer JSON.
    pub(super) fn corrupted(self) -> Self {
        match self {
            Self::Text(mut text) => {
                let half = text.floor_char_boundary(text.len() / 2);
                text.truncate(half);
                Self::Text(text)
            }
            Self::Binary(mut bytes) => {
                bytes.truncate(bytes.len() / 2);
                Self::Binary(bytes)
            }
        }
    }
}

/// How many bytes wait for one guest.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue(Arc<AtomicUsize>);

impl Queue {
    /// Room for a frame that is to wait. The first few bytes are part of what the socket weighs, so that whoever reads
    /// is answered though nothing else has room.
    pub(super) fn hold(&self, budget: &Budget, frame: &Frame) -> Result<Held, Exhausted> {
        let bytes = frame.weight();
        let waiting = self.0.load(Ordering::Acquire) + bytes;
        let counted = match waiting {
            ..=SOCKET_QUEUE => None,
            _ if waiting > budget.allowed() / QUEUE_SHARE => return Err(Exhausted),
            _ => Some(budget.reserve_to_answer(Use::Frames, bytes)?),
        };
        self.0.fetch_add(bytes, Ordering::AcqRel);
        Ok(Held { queue: self.clone(), bytes, _counted: counted })
    }
}

/// The room that a frame takes while it waits; to be dropped when it was written.
#[derive(Debug)]
pub struct Held {
    queue: Queue,
    bytes: usize,
    _counted: Option<Reservation>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.queue.0.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Held {}

/// A frame from a guest.
#[derive(Clone, Copy)]
pub enum Incoming<'a> {
    /// A text frame.
    Text(&'a str),
    /// A binary frame, which neither service knows.
    Binary,
    /// A frame over the limit, of which no more than that is known.
    TooLarge,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_guest_who_reads_is_answered_though_nothing_has_room_and_one_who_does_not_holds_a_part_at_most() {
        let budget = Budget::new(1024 * 1024);
        let (reads, hoards) = (Queue::default(), Queue::default());
        let large = Frame::Text("x".repeat(10_000));
        let mut held = Vec::new();
        while let Ok(one) = hoards.hold(&budget, &large) {
            held.push(one);
        }
        assert!((100_000..=budget.allowed() / QUEUE_SHARE).contains(&budget.used()), "{}", budget.used());
        let _all_else = budget.charge(Use::Ledger, budget.allowed());
        for _ in 0..100 {
            reads.hold(&budget, &Frame::Text("short".into())).expect("an answer");
        }
        assert_eq!(reads.hold(&budget, &large), Err(Exhausted));
        held.clear();
        assert_eq!(budget.used(), budget.allowed());
    }

    #[test]
    fn a_corrupted_frame_is_still_text_but_no_longer_json() {
        let frame = Frame::Text(json!({ "content": "grüße 🦀🦀🦀🦀" }).to_string()).corrupted();
        let Frame::Text(text) = frame else { panic!("text stays text") };
        assert!(serde_json::from_str::<Value>(&text).is_err());
    }
}
