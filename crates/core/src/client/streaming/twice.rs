//! What comes on both sockets of a handover is told once.

use super::super::Client;
use crate::body::Body;
use crate::checkpoint::{Keep, Writer};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};
use crate::limits;
use crate::protocol::streaming::Streamed;

/// An event that came while two sockets were open, as it is known again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// By its topic and its correlation.
    name: u64,
    /// By what it says; none: after a checkpoint, which has nothing of that.
    body: Option<u64>,
    /// On which socket.
    on: u32,
}

impl Client {
    /// Whether an event came on the other socket too: told by its correlation id, its topic and what it says. Two that
    /// are alike on one socket are two.
    pub(super) fn came_twice(&mut self, event: &Streamed, generation: u32) -> bool {
        let Some(correlation) = &event.correlation else { return false };
        let Some(streaming) = self.stream() else { return false };
        let handover = &mut streaming.handover;
        if !handover.overlaps() && handover.seen.is_empty() {
            return false;
        }
        let (name, body) = (Body::default().mark(&[&event.topic, correlation]), event.body.mark(&[]));
        let is_it = |seen: &Seen| seen.name == name && seen.on != generation && seen.body.is_none_or(|it| it == body);
        if let Some(place) = handover.seen.iter().position(is_it) {
            handover.seen.swap_remove(place);
            return true;
        }
        if !handover.overlaps() {
            return false;
        }
        if handover.seen.len() == limits::REMEMBERED_EVENTS {
            handover.seen.remove(0);
        }
        handover.seen.push(Seen { name, body: Some(body), on: generation });
        false
    }
}

/// What an event says is content, and could be guessed by its mark.
impl Keep for Seen {
    fn keep(&self, to: &mut Writer) {
        self.name.keep(to);
        self.on.keep(to);
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { name: Keep::restore(from)?, body: None, on: Keep::restore(from)? })
    }
}
