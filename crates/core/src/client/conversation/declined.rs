//! The service does not do what it was asked for beside taking a message: whom that ends, and what is tried again.

use super::Client;
use crate::connection::Step;
use crate::error::Ended;
use crate::error::conversation::{Declined as Told, Departure};
use crate::limits;
use crate::protocol::Refusal;
use crate::protocol::conversation::{Declined, Question};
use crate::retry_after;
use crate::session::Loss;

/// Later it may do it, and certainly has not done it (3.4).
fn comes_too_often(declined: Declined) -> bool {
    matches!(declined.code, 429 | 4_029) || declined.retry_after.is_some()
}

impl Client {
    /// Whether an error frame is about the session; then it is dealt with.
    pub(in crate::client) fn refused_in_conversation(&mut self, refusal: Refusal, bytes: usize) -> bool {
        if self.conversing().is_none() {
            return false;
        }
        let Refusal { message, code, retry_after } = refusal;
        if self.is_about_no_message(refusal) {
            self.declined(Declined { question: None, code, retry_after }, bytes);
            return true;
        }
        let loss = match code {
            4_006 => Loss::Expired,
            4_007 => Loss::Gone,
            409 => {
                // The message that it names is refused as well.
                self.note_read_only(true, "refused");
                return false;
            }
            _ => return false,
        };
        if let Some(id) = message {
            self.refused_with_session(id);
        }
        self.replace_session(loss);
        true
    }

    /// Before the connection is ready no message can be meant; nor, where none is named, while a new conversation is
    /// entered, but that something came too often.
    fn is_about_no_message(&self, refusal: Refusal) -> bool {
        let enters = self.conversation.renewal.asked().is_some() || self.conversation.authorisation.is_stepping_up();
        let paced = matches!(refusal.code, 429 | 4_029);
        self.step == Step::Greeting || enters && refusal.message.is_none() && !paced
    }

    pub(in crate::client) fn declined(&mut self, declined: Declined, bytes: usize) {
        self.audit("declined", None, bytes, Some(declined.code));
        let stepping_up = self.conversation.authorisation.is_stepping_up();
        let greets = self.step == Step::Greeting || stepping_up && declined.question.is_none();
        let greeting = greets.then_some(Question::Greet);
        let question = greeting.or(declined.question).or_else(|| self.conversation.renewal.asked());
        if question.is_none() && self.unnamed_refusal_of_file(declined.code) {
            return;
        }
        match (declined.code, question) {
            (401 | 4_401, _) => self.renew_session(),
            (4_006, _) => self.replace_session(Loss::Expired),
            (4_007, _) => self.replace_session(Loss::Gone),
            (4_017, _) => self.departs(Departure::Downgraded),
            (409, Some(Question::Join | Question::Offer)) => {
                self.conversation.not_joined();
                self.note_read_only(true, "refused");
            }
            (4_013, Some(Question::Join)) => {
                // The guest is there, whatever is known of them.
                self.attributes_are_too_large();
                self.conversation.start.says_later(0);
            }
            (409, None) => self.refused_as_read_only(),
            (4_000, None) if self.explained_by_typing() => {}
            (_, None) => self.tell_error(Told::Something.report()),
            (_, Some(Question::Greet | Question::Enter | Question::Leave)) => self.kept_out(declined, question),
            (_, Some(Question::Join)) if comes_too_often(declined) => {
                let at = self.asks_again_at(declined);
                self.conversation.start.says_later(at);
            }
            (_, Some(Question::Join)) => {
                self.conversation.not_joined();
                self.tell_error(Told::AutoStart.report());
            }
            (_, Some(Question::Offer)) => self.tell_error(Told::Offer.report()),
            (_, Some(Question::Clear)) if comes_too_often(declined) => {
                let at = self.asks_again_at(declined);
                self.conversation.clearing.asks_later(at);
            }
            (_, Some(Question::Clear)) => {
                self.conversation.clearing.give_up();
                self.tell_error(Told::Clear.report());
            }
        }
    }

    /// The service refused something, and did not say what. A message that may be meant is looked up.
    pub(in crate::client) fn refused_something(&mut self) {
        if self.explained_by_typing() {
            return;
        }
        self.tell_error(Told::Something.report());
        let meant = self.outbox.ids(&mut |message| message.flight.is_some());
        self.flights_are_uncertain("refused");
        meant.into_iter().for_each(|id| self.attempt_of_message_failed(id));
        if self.awaits_history() {
            self.look_up();
        }
    }

    /// We are not let into a session, or not out of one.
    fn kept_out(&mut self, declined: Declined, question: Option<Question>) {
        let for_now = comes_too_often(declined) || matches!(declined.code, 408 | 500..=599 | 5_000);
        let wait = comes_too_often(declined).then(|| self.asked_wait_of(declined));
        match declined.code {
            _ if for_now => self.attempt_failed("refused_for_now", wait, false),
            _ if self.conversation.authorisation.is_stepping_up() => self.step_up_refused(),
            _ if question != Some(Question::Greet) => {
                self.conversation.renewal.give_up();
                self.tell_error(Told::StartNew.report());
                // It may have let us out of the one session and not into the other.
                self.attempt_failed("refused", None, false);
            }
            403 => self.fail(Ended::Forbidden),
            code => self.fail(Ended::Refused(code)),
        }
    }

    fn asked_wait_of(&mut self, declined: Declined) -> u64 {
        retry_after::wait(declined.retry_after.unwrap_or(limits::RETRY_AFTER_DEFAULT), &mut self.random)
    }

    fn asks_again_at(&mut self, declined: Declined) -> u64 {
        let wait = self.asked_wait_of(declined);
        self.now.monotonic.saturating_add(wait)
    }
}
