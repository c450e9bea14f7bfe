//! How messages end, and how the client does.

use super::Client;
use crate::built;
use crate::connection::{Cause, State, Step};
use crate::error::Ended;
use crate::error::conversation::Departure;
use crate::outbox::{Outcome, Path};
use crate::timers::Timer;
use uuid::Uuid;

impl Client {
    /// A message ends, once. The one place where that happens.
    pub(super) fn end_message(&mut self, id: Uuid, outcome: Outcome, reason: &'static str, via: Option<Path>) {
        let Some(message) = self.outbox.end(id, outcome) else { return };
        if outcome == Outcome::Unconfirmed {
            self.stays_open(&message.content);
        }
        self.no_longer_awaited(id, outcome);
        self.message_with_attributes_ended(id, outcome);
        let counters = &mut self.counters;
        *match outcome {
            Outcome::Delivered => &mut counters.delivered,
            Outcome::Rejected => &mut counters.rejected,
            Outcome::Expired => &mut counters.expired,
            Outcome::Cancelled => &mut counters.cancelled,
            Outcome::Unconfirmed => &mut counters.unconfirmed,
        } += 1;
        self.tell_end(&message, outcome, reason, via);
        self.message_of_attachment_ended(id, outcome);
    }

    pub(super) fn begin_closing(&mut self, grace: u64) {
        match self.state.after(Cause::Close) {
            Some(next) => {
                self.timers.clear();
                self.wait = None;
                self.drop_call();
                self.drop_rest_check();
                if self.step != Step::Ready {
                    self.drop_link();
                }
                self.tell_state(next, "close", None);
                self.cancel_what_waits();
                self.end_attachments("closed");
                self.timers.set(Timer::CloseGrace, Some(self.now.monotonic.saturating_add(grace)));
                if grace == 0 || self.outbox.is_empty() {
                    self.finish_closing();
                }
            }
            None if self.state == State::Closing && grace == 0 => self.finish_closing(),
            None => {}
        }
    }

    pub(super) fn settle_closing(&mut self) {
        self.cancel_what_waits();
        if self.outbox.is_empty() {
            self.finish_closing();
        }
    }

    fn cancel_what_waits(&mut self) {
        if !built::MESSAGES {
            return;
        }
        for id in self.outbox.ids(&mut |message| message.flight.is_none()) {
            self.give_up(id, Outcome::Cancelled, "closed");
        }
    }

    pub(super) fn finish_closing(&mut self) {
        if let Some(next) = self.state.after(Cause::Settled) {
            self.stop(next, Ended::Closed);
        }
    }

    /// A final error.
    pub(super) fn fail(&mut self, ended: Ended) {
        if self.state == State::Closing {
            return self.finish_closing();
        }
        if let Some(next) = self.state.after(Cause::Final) {
            // What it was refused with is over; a network that failed us is not.
            if !matches!(
                ended,
                Ended::AttemptsExhausted
                    | Ended::RateLimited
                    | Ended::Protocol(_)
                    | Ended::Departed(Departure::Evicted | Departure::Superseded)
            ) {
                self.sessions.forget();
                self.forget_history();
                self.conversation_stops(true);
                if built::WEB_MESSAGING && matches!(ended, Ended::Departed(departure) if departure.spends_token()) {
                    self.sessions.spend_token();
                }
            }
            self.stop(next, ended);
        }
    }

    /// Everything stops, and every message left gets its final state.
    fn stop(&mut self, next: State, ended: Ended) {
        self.drop_link();
        self.drop_call();
        self.drop_post();
        self.conversation_stops(false);
        self.abandon_gap();
        self.tell_dropped();
        self.timers.clear();
        self.wait = None;
        self.step = Step::Rest;
        if built::MESSAGES {
            for id in self.outbox.ids(&mut |_| true) {
                self.give_up(id, Outcome::Cancelled, ended.code());
            }
            self.end_attachments(ended.code());
        }
        self.stream_stops(ended);
        let report = ended.report(self.config.dialect);
        if ended != Ended::Closed {
            self.tell_error(report.clone());
        }
        self.tell_state(next, ended.code(), Some(report));
    }
}
