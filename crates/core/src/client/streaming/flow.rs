//! The events themselves. After a gap they wait, where the application wants to catch up first; how many, is bounded.

use super::super::Client;
use crate::built::InStreams;
use crate::checkpoint::keep;
use crate::connection::Step;
use crate::event::{Event, Told};
use crate::limits;
use crate::protocol::streaming::Streamed;
use crate::time::Now;

/// What flows, and what waits.
#[derive(Clone, Debug, Default)]
pub(super) struct Flow {
    /// Gaps that were told; each has its number.
    gaps: u32,
    /// Events wait until the application has caught up with the latest of them.
    waits: bool,
    held: Vec<Waiting>,
    bytes: usize,
    /// Some of them came before the gap was told that they come after.
    early: bool,
}

#[derive(Clone, Debug)]
struct Waiting {
    event: Streamed,
    /// When it came, epoch ms.
    at: u64,
    /// It came before the gap was told that it comes after, if there is one.
    early: bool,
}

impl Client {
    /// The application has caught up with what it missed in this gap. Earlier ones say nothing any more.
    pub fn resynced(&mut self, now: Now, gap: u32) {
        self.arrive(now);
        if let Some(streaming) = self.stream().filter(|streaming| streaming.flow.waits && streaming.flow.gaps == gap) {
            streaming.flow.waits = false;
            self.flow_on();
        }
        self.settle();
    }

    /// The application catches up with what it has missed.
    pub(in crate::client) fn catches_up(&self) -> bool {
        self.streaming.get().is_some_and(|streaming| streaming.flow.waits)
    }

    /// A gap is told. Its number; 0 where nobody numbers them.
    pub(in crate::client) fn gap_begins(&mut self) -> u32 {
        let waits = self.stream_options().is_some_and(|stream| stream.resync);
        let Some(streaming) = self.stream() else { return 0 };
        let flow = &mut streaming.flow;
        flow.gaps = flow.gaps.wrapping_add(1);
        flow.waits = waits;
        flow.gaps
    }

    /// What waited goes on, unless there is a gap to be told before it or to be caught up with.
    pub(in crate::client) fn flow_on(&mut self) {
        let ready = self.step == Step::Ready;
        let Some(streaming) = self.stream().filter(|_| ready) else { return };
        if streaming.is_unheard() {
            return;
        }
        streaming.flow.early = false;
        for waiting in &mut streaming.flow.held {
            // What comes from now on is newer, though it may have to wait for the application.
            waiting.early = false;
        }
        if !streaming.flow.waits {
            self.let_flow();
        }
    }

    /// What waited is told.
    pub(super) fn let_flow(&mut self) {
        let was_ready = self.was_ready;
        if self.stream().is_some_and(|streaming| core::mem::take(&mut streaming.flow.early) && was_ready) {
            self.tell_gap();
        }
        let Some(streaming) = self.stream() else { return };
        streaming.flow.waits = false;
        streaming.flow.bytes = 0;
        for Waiting { event, at, .. } in core::mem::take(&mut streaming.flow.held) {
            self.tell(Event::Stream(InStreams::new(Told::Event(event, at))));
        }
    }

    /// An event came, on this socket.
    pub(in crate::client) fn streamed(&mut self, mut event: Streamed, bytes: usize, generation: u32) {
        // Whether it is kept twice is the option's word, not the text's: a replay has none.
        event.bytes = if self.quotes() { 2 * bytes } else { bytes };
        if self.came_twice(&event, generation) {
            self.counters.duplicates += 1;
            return;
        }
        self.counters.received += 1;
        let (at, certain) = (self.now.wall, self.liveness.last_heard());
        let ready = self.step == Step::Ready;
        let Some(streaming) = self.stream() else { return };
        if !streaming.is_retired(generation) {
            self.prove_channel(certain);
        }
        let Some(streaming) = self.stream() else { return };
        // What comes before the service has confirmed the topics waits for the gap that is told then; what comes after a
        // handover, until it is known whether there is one.
        let early = !ready || streaming.is_unheard() && !streaming.is_retired(generation);
        let flow = &mut streaming.flow;
        if !early && !flow.waits {
            return self.tell(Event::Stream(InStreams::new(Told::Event(event, at))));
        }
        if flow.held.len() == limits::HELD_EVENTS || flow.bytes + event.bytes > limits::HELD_BYTES {
            // Too much to be kept: it is one more gap, from the first that is let go.
            let from = flow.held.first().map_or(at, |first| first.at);
            flow.held.clear();
            flow.bytes = 0;
            self.tell_gap_from(from);
        }
        if let Some(streaming) = self.stream() {
            streaming.flow.early |= early;
            streaming.flow.bytes += event.bytes;
            // What is still on its way on an old socket is older than what the next one has brought.
            let held = &mut streaming.flow.held;
            let place = held.partition_point(|other| early || !other.early);
            held.insert(place, Waiting { event, at, early });
        }
    }
}

keep!(Waiting { event, at, early });
keep!(Flow { gaps, waits, held, bytes, early });
