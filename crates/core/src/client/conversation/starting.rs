//! The option `autoStart`: in each new session the service is told once that the guest is there, so that a bot can
//! greet them. Where nobody knows whether it was heard, the history tells; it is not said twice.

use super::Client;
use crate::body::Body;
use crate::checkpoint::{keep, keep_one_of};
use crate::connection::Step;
use crate::error::conversation::{CannotAsk, Declined};
use crate::event::conversation::{Happening, Presence};
use crate::protocol::conversation::Question;
use crate::protocol::{Sender, Terms};
use crate::time::Now;

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// It was said, or need not be.
    #[default]
    Rest,
    /// It is to be said.
    Wanted,
    /// It was said on the link that there is.
    Said,
    /// It was said on a link that is gone.
    Doubtful,
}

/// See the module.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Start {
    stage: Stage,
    /// Not before this moment; in doubt: until then it can still arrive, monotonic.
    until: u64,
    /// The application asked for it.
    wished: bool,
    /// This conversation has heard it.
    done: bool,
}

impl Start {
    pub(super) fn begins(&mut self, wanted: bool, terms: &Terms) {
        let wished = self.wished && !terms.read_only;
        let wanted = wanted && !terms.auto_started && !terms.read_only || wished;
        let stage = if wanted { Stage::Wanted } else { Stage::Rest };
        *self = Self { stage, until: 0, wished, done: terms.auto_started };
    }

    /// It was heard.
    pub(super) fn happened(&mut self) {
        *self = Self { done: true, ..Self::default() };
    }

    /// It is not said any more.
    pub(super) fn is_given_up(&mut self) {
        *self = Self { done: self.done, ..Self::default() };
    }

    /// …by the application's wish.
    pub(super) fn is_wished_no_more(&mut self) {
        if core::mem::take(&mut self.wished) && self.stage == Stage::Wanted {
            self.stage = Stage::Rest;
        }
    }

    pub(super) fn says_later(&mut self, at: u64) {
        (self.stage, self.until) = (Stage::Wanted, at);
    }

    pub(super) fn unlinked(&mut self, settled: u64) {
        if self.stage == Stage::Said {
            (self.stage, self.until) = (Stage::Doubtful, settled);
        }
    }

    pub(super) fn due(&self) -> Option<u64> {
        (self.stage == Stage::Wanted).then_some(self.until)
    }

    /// The history does not have it, in a whole reading that began at this moment: it is said again. Some: it can still
    /// arrive until then.
    fn is_absent(&mut self, begun: u64) -> Option<u64> {
        if self.stage != Stage::Doubtful {
            return None;
        }
        if begun < self.until {
            return Some(self.until);
        }
        self.stage = Stage::Wanted;
        None
    }
}

impl Client {
    /// The option `startNew`: the session that this client comes to first is a new one.
    pub(in crate::client) fn begins_anew(&self) -> bool {
        self.reading.is_first() && self.config.deployment.as_ref().is_some_and(|deployment| deployment.start_new)
    }

    /// The history has it that the guest was there.
    pub(in crate::client) fn conversation_started(&mut self) {
        // Whose history it is that has it, is known only of what was said here.
        let Start { stage, wished, .. } = self.conversation.start;
        if stage != Stage::Rest {
            self.conversation.joined();
            if wished {
                // The application waits for this event; the service's echo of the Join was lost.
                let (kind, sender) = (String::from("Join"), Sender::Guest.name());
                let presence = Presence { kind, sender, body: Body::default(), at: self.now.wall };
                self.tell_happening(Happening::Presence(presence));
            }
        }
    }

    /// A whole reading of the history that began at this moment does not. Some: when to look again.
    pub(in crate::client) fn conversation_not_started(&mut self, begun: u64) -> Option<u64> {
        self.conversation.start.is_absent(begun)
    }

    /// Nobody can tell: rather not at all than twice.
    pub(in crate::client) fn nobody_knows_whether_started(&mut self) {
        if self.conversation.start.stage == Stage::Doubtful {
            if self.conversation.start.wished {
                self.tell_error(Declined::Join.report());
            }
            self.conversation.not_joined();
        }
    }

    /// Tells the service that the guest is there, once in a conversation. False: it has heard that.
    pub fn join(&mut self, now: Now) -> Result<bool, CannotAsk> {
        self.arrive(now);
        if !self.state.is_active() {
            return Err(CannotAsk::Closed);
        }
        if self.conversation.is_read_only() {
            return Err(CannotAsk::ReadOnly);
        }
        let start = &mut self.conversation.start;
        let done = start.done;
        if !done {
            start.wished = true;
            if start.stage == Stage::Rest {
                start.says_later(0);
            }
            self.settle();
        }
        Ok(!done)
    }

    pub(super) fn starts_by_itself(&self) -> bool {
        self.config.deployment.as_ref().is_some_and(|deployment| deployment.auto_start)
    }

    pub(super) fn attend_start(&mut self) {
        let Start { stage, until, .. } = self.conversation.start;
        if self.conversation.is_read_only() {
            self.conversation.start.is_wished_no_more();
        }
        let over = self.conversation.is_read_only() || self.conversation.is_ending();
        if stage == Stage::Wanted && self.step == Step::Ready && until <= self.now.monotonic && !over {
            self.conversation.start.stage = Stage::Said;
            self.ask(Question::Join);
        }
    }
}

keep_one_of!(Stage { Rest, Wanted, Said, Doubtful });
keep!(Start { stage, until, wished, done });
