//! In place of `history.rs` where every service that is spoken to knows ids: there is nothing to look up, and what is
//! said is told at once.

use super::Client;
use crate::checkpoint::{Keep, Writer};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};
use crate::io::HttpAnswer;
use crate::protocol::{Entry, History, Terms};
use crate::secret::Secret;

/// Nothing is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {}

impl Reading {
    pub(super) fn new() -> Self {
        Self {}
    }

    pub(super) fn is_call(self, _request: u32) -> bool {
        false
    }
}

#[allow(clippy::unused_self, clippy::needless_pass_by_ref_mut, reason = "as the other one has them")]
impl Client {
    pub(super) fn history(&self) -> Option<&dyn History> {
        None
    }

    pub(super) fn session_ready(&mut self, _terms: Terms) {}

    pub(super) fn awaits_history(&self) -> bool {
        false
    }

    pub(super) fn look_up(&mut self) {}

    pub(super) fn history_key(&mut self, _key: Secret) {}

    pub(super) fn history_answered(&mut self, _answer: Option<HttpAnswer>) {}

    pub(super) fn history_due(&mut self) {}

    pub(super) fn stop_reading(&mut self) {}

    pub(super) fn forget_history(&mut self) {}

    pub(super) fn history_is_over(&mut self) {}

    pub(super) fn stays_open(&mut self, _content: &str) {}

    pub(super) fn abandon_gap(&mut self) {}

    /// Somebody said something; it is told once.
    pub(super) fn hear(&mut self, entry: Entry) {
        self.raise(entry);
    }
}

impl Keep for Reading {
    fn keep(&self, to: &mut Writer) {
        false.keep(to);
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        from.place(1).map(|_| Self {})
    }
}
