//! What may have been said and not heard: it is read, and what is said live meanwhile waits for it.

use super::{Client, Stage};
use crate::built;
use crate::connection::Step;
use crate::limits;
use crate::protocol::Entry;

impl Client {
    /// Until when the gap that is being read may not be shown whole; none: this read shows it.
    pub(super) fn early_until(&self) -> Option<u64> {
        let shown = self.reading.gap_until.saturating_add(self.history_lag());
        (self.reading.gap && self.reading.begun < shown).then_some(shown)
    }

    /// How long after it was said something may be missing in the history, ms.
    pub(super) fn history_lag(&self) -> u64 {
        self.config.deployment.as_ref().map_or(0, |deployment| deployment.history_lag)
    }

    /// A frame came that could not be read: it may have been anybody's word, said after this, epoch ms. Where there is a
    /// history it is read for it.
    pub(in crate::client) fn frame_unread(&mut self, from: u64) {
        if self.history().is_none() || self.step != Step::Ready || self.reading.first {
            return self.has_dropped(from);
        }
        self.reading.gap_until = self.now.monotonic;
        if !core::mem::replace(&mut self.reading.gap, true) {
            self.reading.gap_from = self.incoming.count();
            self.heard_before = from;
        }
        if self.reading.stage == Stage::Rest {
            self.reading.failures = 0;
            self.read_history();
        } else {
            // A read that is still to begin comes after it.
            self.reading.torn = self.reading.stage != Stage::Waiting || self.reading.page > 0;
        }
    }

    /// Nobody reads any more what was missed: that is told, and what was held back.
    pub(in crate::client) fn abandon_gap(&mut self) {
        if !built::WEB_MESSAGING {
            return;
        }
        if self.reading.gap {
            self.tell_gap();
        }
        self.release_held();
    }

    pub(super) fn release_held(&mut self) {
        self.reading.gap = false;
        self.reading.held_bytes = 0;
        for entry in core::mem::take(&mut self.reading.held) {
            self.raise(entry);
        }
    }

    /// Somebody said something, in a frame of so many bytes; it is told once, and after what was said before it.
    pub(in crate::client) fn hear(&mut self, entry: Entry, bytes: usize) {
        let room =
            self.reading.held.len() < limits::HELD_INCOMING && self.reading.held_bytes + bytes <= limits::HELD_BYTES;
        // Before the service is ready nobody reads yet, but will.
        let holds = self.reading.holds() || self.step == Step::Greeting && !self.reading.first;
        if built::WEB_MESSAGING && holds && room {
            self.reading.held_bytes += bytes;
            self.reading.held.push(entry);
        } else {
            self.raise(entry);
        }
    }
}
