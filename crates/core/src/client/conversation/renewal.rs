//! A new conversation in the place of one that has ended: the old one is left, then the new one entered, on one
//! connection. The wish stands until it is fulfilled, whatever becomes of the connection, and is never fulfilled twice:
//! where nobody knows whether the service let us in, it is asked again when the first word cannot come any more.

use super::Client;
use crate::checkpoint::{keep, keep_one_of};
use crate::connection::Step;
use crate::error::conversation::{CannotAsk, Declined};
use crate::limits;
use crate::protocol::Terms;
use crate::protocol::conversation::Question;
use crate::time::Now;

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// Nobody wants one.
    #[default]
    Rest,
    /// One is wanted.
    Wanted,
    /// The old one is being left.
    Leaving,
    /// The new one is being entered.
    Entering,
    /// It may have been entered.
    Doubtful,
    /// The service is asked in which one we are.
    Asking,
}

/// See the module.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Renewal {
    stage: Stage,
    /// The answer is awaited until then, or the doubt lasts so long, monotonic.
    until: u64,
    /// Until then our leaving can still arrive, monotonic.
    leaves_until: u64,
    /// How often nobody answered.
    unanswered: u8,
}

impl Renewal {
    pub(super) fn wished(&self) -> bool {
        self.stage != Stage::Rest
    }

    /// The service says what the session is like that we are in. True: it is the new one.
    pub(super) fn answered(&mut self, terms: &Terms, now: u64, greeted: bool) -> bool {
        let sure = greeted || matches!(self.stage, Stage::Entering | Stage::Asking);
        if self.stage == Stage::Rest || !sure {
            return false;
        }
        let again = if now < self.until && greeted { self.stage } else { Stage::Wanted };
        self.stage = match self.stage {
            _ if !terms.read_only => Stage::Rest,
            Stage::Doubtful => again,
            _ => Stage::Wanted,
        };
        !terms.read_only
    }

    /// The link is gone. What left on it arrives until then, or never.
    pub(super) fn unlinked(&mut self, settled: u64) {
        match self.stage {
            Stage::Leaving => (self.stage, self.leaves_until) = (Stage::Wanted, settled),
            Stage::Entering => (self.stage, self.until) = (Stage::Doubtful, settled),
            Stage::Asking => self.stage = Stage::Doubtful,
            Stage::Rest | Stage::Wanted | Stage::Doubtful => {}
        }
    }

    /// Whether our own leaving may just have arrived. It does so once.
    pub(super) fn shuts_out(&mut self, now: u64) -> bool {
        now < core::mem::take(&mut self.leaves_until)
    }

    pub(super) fn give_up(&mut self) {
        self.stage = Stage::Rest;
    }

    /// Whether an answer is awaited to what was asked about it.
    pub(super) fn asked(&self) -> Option<Question> {
        match self.stage {
            Stage::Leaving => Some(Question::Leave),
            Stage::Entering => Some(Question::Enter),
            _ => None,
        }
    }

    pub(super) fn due(&self) -> Option<u64> {
        (!matches!(self.stage, Stage::Rest | Stage::Wanted)).then_some(self.until)
    }
}

impl Client {
    /// Begins another conversation in the place of one that has ended. It is there when the event `conversation` says
    /// that it is new.
    pub fn start_new(&mut self, now: Now) -> Result<(), CannotAsk> {
        self.arrive(now);
        if !self.state.is_active() {
            return Err(CannotAsk::Closed);
        }
        if !self.conversation.read_only {
            return Err(CannotAsk::Writable);
        }
        if !self.conversation.renewal.wished() {
            (self.conversation.renewal.stage, self.conversation.renewal.unanswered) = (Stage::Wanted, 0);
        }
        self.settle();
        Ok(())
    }

    /// The service has let us out.
    pub(in crate::client) fn let_out(&mut self) {
        if self.conversation.renewal.stage == Stage::Leaving {
            self.conversation.renewal.stage = Stage::Entering;
            self.asks_about_renewal(Question::Enter);
        }
    }

    fn asks_about_renewal(&mut self, question: Question) {
        self.conversation.renewal.until = self.now.monotonic + self.config.session_timeout;
        self.ask(question);
    }

    pub(super) fn attend_renewal(&mut self) {
        let Renewal { stage, until, .. } = self.conversation.renewal;
        let due = until <= self.now.monotonic;
        match stage {
            _ if self.step != Step::Ready => {}
            // What became of our messages, and what was said to us, is known first: the old one cannot be read later.
            Stage::Wanted if self.outbox.is_empty() && !self.reading.is_busy() => {
                self.conversation.renewal.stage = Stage::Leaving;
                self.asks_about_renewal(Question::Leave);
            }
            Stage::Doubtful if due => {
                self.conversation.renewal.stage = Stage::Asking;
                self.conversation.renewal.until = self.now.monotonic + self.config.session_timeout;
                self.greet();
            }
            Stage::Leaving | Stage::Entering | Stage::Asking if due => {
                let renewal = &mut self.conversation.renewal;
                renewal.unanswered += 1;
                if renewal.unanswered >= limits::FAILED_ATTEMPTS {
                    renewal.give_up();
                    self.tell_error(Declined::StartNew.report());
                }
                self.attempt_failed("no_answer", None, false);
            }
            _ => {}
        }
    }
}

keep_one_of!(Stage { Rest, Wanted, Leaving, Entering, Doubtful, Asking });
keep!(Renewal { stage, until, leaves_until, unanswered });
