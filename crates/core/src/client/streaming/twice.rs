//! What comes on both sockets of a handover is told once.

use super::super::Client;
use crate::body::Body;
use crate::checkpoint::{Keep, Writer, keep};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};
use crate::limits;
use crate::protocol::streaming::Streamed;

/// What came while two sockets were open.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    seen: Vec<Seen>,
    /// Until when it is kept: the new socket may be the slower one, monotonic.
    until: u64,
}

/// An event, as it is known again.
#[derive(Clone, Copy, Debug)]
struct Seen {
    /// By its topic and its correlation.
    name: u64,
    /// By what it says; none: after a checkpoint, which has nothing of that.
    body: Option<u64>,
    /// On which socket.
    on: u32,
}

impl Memory {
    /// One of the two sockets is gone.
    pub(super) fn lasts_from(&mut self, now: u64) {
        self.until = now + limits::HANDOVER_MEMORY;
    }

    /// Nothing of it is left when its time is over.
    pub(super) fn fade(&mut self, now: u64) {
        if self.until <= now {
            self.seen = Vec::new();
        }
    }
}

impl Client {
    /// Whether an event came on the other socket too: told by its correlation id, its topic and what it says. Two that
    /// are alike on one socket are two.
    pub(super) fn came_twice(&mut self, event: &Streamed, generation: u32) -> bool {
        let Some(correlation) = &event.correlation else { return false };
        let Some(streaming) = self.stream() else { return false };
        let are_two = streaming.handover.is_opening() || streaming.retired.is_some();
        let known = &mut streaming.memory.seen;
        if !are_two && known.is_empty() {
            return false;
        }
        let (name, body) = (Body::default().mark(&[&event.topic, correlation]), event.body.mark(&[]));
        let is_it = |seen: &Seen| seen.name == name && seen.on != generation && seen.body.is_none_or(|it| it == body);
        if let Some(place) = known.iter().position(is_it) {
            known.swap_remove(place);
            return true;
        }
        if !are_two {
            return false;
        }
        if known.len() == limits::REMEMBERED_EVENTS {
            known.remove(0);
        }
        known.push(Seen { name, body: Some(body), on: generation });
        false
    }
}

keep!(Memory { seen, until });

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
