//! What came and was dropped: it may have been anybody's word, and nothing is dropped without a gap. One is told at once,
//! and another no sooner than a minute later, nor while the application catches up; it reaches back over all of that.

use super::Client;
use crate::checkpoint::keep;
use crate::connection::Step;
use crate::error::Trouble;
use crate::limits;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Dropped {
    /// From when on something may lack that no gap was told for, epoch ms.
    from: Option<u64>,
    /// Before this moment no other gap is told, monotonic.
    quiet_until: u64,
    /// Before this moment no other error tells of a frame that could not be read, monotonic.
    unread_until: u64,
    /// How many of them no error has told of.
    untold: u32,
}

impl Dropped {
    /// The wall clock was set back by so much, ms.
    pub(super) fn clock_went_back(&mut self, by: u64) {
        self.from = self.from.map(|from| from.saturating_sub(by));
    }
}

impl Client {
    /// Something that may have carried anybody's word was dropped, whole or in part; it was said after this, epoch ms.
    pub(super) fn has_dropped(&mut self, from: u64) {
        // Where the clock was set back meanwhile, what was heard before it stands in its future.
        let from = from.min(self.now.wall);
        let from = self.covered(from);
        self.dropped.from = Some(from);
    }

    /// A frame could not be read. Errors of this kind are told together: a service could fill the application's hands with them.
    pub(super) fn tell_malformed(&mut self, what: &'static str) {
        if self.now.monotonic < self.dropped.unread_until {
            self.dropped.untold = self.dropped.untold.saturating_add(1);
            return;
        }
        self.dropped.unread_until = self.now.monotonic + limits::MALFORMED_EVERY;
        let before = core::mem::take(&mut self.dropped.untold);
        self.tell_trouble(Trouble::MalformedFrame(what, before));
    }

    /// Something may have been missed since the connection was away last, and nobody can say what: a gap is told before what
    /// comes next, if one may be told by now.
    pub(super) fn has_perhaps_missed(&mut self) {
        self.has_dropped(self.heard_before);
        self.tend_dropped();
    }

    /// A gap is told: from this moment on, or from an earlier one that is still to be told for.
    pub(super) fn covered(&mut self, from: u64) -> u64 {
        self.dropped.from.take().map_or(from, |dropped| dropped.min(from))
    }

    /// What was dropped is told for when it may be.
    pub(super) fn tend_dropped(&mut self) {
        if self.dropped_due().is_some_and(|due| due <= self.now.monotonic) {
            self.tell_dropped();
        }
    }

    /// …or when there is no later.
    pub(super) fn tell_dropped(&mut self) {
        if self.dropped.from.is_some() {
            self.dropped.quiet_until = self.now.monotonic + limits::GAP_EVERY;
            self.tell_gap_from(self.now.wall);
        }
    }

    /// When that is, monotonic.
    pub(super) fn dropped_due(&self) -> Option<u64> {
        // While it closes, it is told at the end.
        let may = self.state.is_active() && self.step == Step::Ready && !self.catches_up();
        self.dropped.from.filter(|_| may).map(|_| self.dropped.quiet_until)
    }
}

keep!(Dropped { from, quiet_until, unread_until, untold });
