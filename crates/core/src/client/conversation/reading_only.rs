//! A conversation that has ended: it can be read, and nothing is said in it. What waits ends, truly; what is uncertain
//! is settled by the history first.

use super::Client;
use crate::event::conversation::{Changed, Happening};
use crate::outbox::Outcome;
use crate::protocol::Terms;

impl Client {
    /// The service says whether something can be said in it.
    pub(in crate::client) fn note_read_only(&mut self, read_only: bool, why: &'static str) {
        if self.conversation.read_only != read_only {
            self.conversation.read_only = read_only;
            self.tell_changed(false, why);
        }
    }

    pub(super) fn note_joined(&mut self, terms: &Terms, new: bool, why: &'static str) {
        let changed = core::mem::replace(&mut self.conversation.read_only, terms.read_only) != terms.read_only;
        self.conversation.left &= terms.read_only;
        if changed || new {
            self.tell_changed(new, why);
        }
    }

    fn tell_changed(&mut self, new: bool, why: &'static str) {
        let changed = Changed { read_only: self.conversation.read_only, new, why, at: self.now.wall };
        self.tell_happening(Happening::Changed(changed));
    }

    /// What the service certainly lacks it will never have.
    pub(super) fn cancel_what_cannot_be_said(&mut self) {
        if !self.conversation.read_only {
            return;
        }
        let settled = |message: &crate::outbox::Message| !message.is_uncertain() || message.again;
        for id in self.outbox.ids(&mut |message| message.flight.is_none() && settled(message)) {
            self.give_up(id, Outcome::Cancelled, "read_only");
        }
    }

    /// The service refused something because nothing can be said any more. What: it did not say. The history knows.
    pub(super) fn refused_as_read_only(&mut self) {
        self.note_read_only(true, "refused");
        self.flights_are_uncertain("read_only");
        if self.awaits_history() {
            self.look_up();
        }
    }
}
