//! Clearing the conversation away. The service echoes it, says so, and ends every connection of the guest; a connection
//! that breaks meanwhile leaves the wish, and a session that is another one by then proves it fulfilled.

use super::Client;
use crate::checkpoint::keep;
use crate::connection::Step;
use crate::error::conversation::{CannotAsk, Declined};
use crate::limits;
use crate::protocol::conversation::Question;
use crate::time::Now;

/// See the module.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Clearing {
    wished: bool,
    /// It was asked for on this link.
    asked: bool,
    /// It was asked for, on any.
    left: bool,
    /// It was echoed: by whomever it was asked for, the end of the connection means this.
    heard: bool,
    /// The answer is awaited until then, or nothing is asked before, monotonic.
    until: u64,
    /// How often nobody answered.
    unanswered: u8,
}

impl Clearing {
    pub(super) fn wished(&self) -> bool {
        self.wished
    }

    pub(super) fn happened(&mut self) {
        self.heard = true;
    }

    pub(super) fn was_heard(&self) -> bool {
        self.heard
    }

    /// Whether a session that did not exist before means that it was done.
    pub(super) fn explains_another_session(&self) -> bool {
        self.heard || self.left
    }

    pub(super) fn unlinked(&mut self) {
        (self.asked, self.until) = (false, 0);
    }

    pub(super) fn give_up(&mut self) {
        *self = Self::default();
    }

    pub(super) fn asks_later(&mut self, at: u64) {
        (self.asked, self.until) = (false, at);
    }

    pub(super) fn due(&self) -> Option<u64> {
        self.wished.then_some(self.until)
    }
}

impl Client {
    /// Whether a session that did not exist before means that the one before was cleared away.
    pub(in crate::client) fn was_cleared(&self) -> bool {
        self.conversation.clearing.explains_another_session()
    }

    /// Clears the conversation away. When that is done the client ends, with the error `cleared`; `connect()` begins
    /// another one.
    pub fn clear(&mut self, now: Now) -> Result<(), CannotAsk> {
        self.arrive(now);
        if !self.state.is_active() {
            return Err(CannotAsk::Closed);
        }
        (self.conversation.clearing.wished, self.conversation.clearing.unanswered) = (true, 0);
        self.settle();
        Ok(())
    }

    pub(super) fn attend_clearing(&mut self) {
        let Clearing { wished, asked, until, .. } = self.conversation.clearing;
        let now = self.now.monotonic;
        if !wished || self.step != Step::Ready || until > now || self.conversation.renewal.wished() {
            return;
        }
        if asked {
            let clearing = &mut self.conversation.clearing;
            clearing.unanswered += 1;
            if clearing.unanswered >= limits::FAILED_ATTEMPTS {
                // What was asked may still be done: that it was, stays known.
                clearing.wished = false;
                self.tell_error(Declined::Clear.report());
            }
            return self.attempt_failed("no_answer", None, false);
        }
        // What became of our messages is known first: afterwards nobody can tell.
        let open = self.outbox.iter().any(|message| message.flight.is_some());
        if !open && !self.awaits_history() {
            let clearing = &mut self.conversation.clearing;
            (clearing.asked, clearing.left, clearing.until) = (true, true, now + self.config.session_timeout);
            self.ask(Question::Clear);
        }
    }
}

keep!(Clearing { wished, asked, left, heard, until, unanswered });
