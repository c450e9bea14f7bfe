//! Order under refusal: what a connection waits for.

use std::collections::VecDeque;

use crate::service::budget::{Budget, Reservation, Use};
use crate::service::limits::MAX_REFUSED;
use crate::service::{Millis, weight};

/// What a connection waits for after a retryable refusal (webchat.md, "Order under refusal"): until the refused
/// message returns on it, nothing later is taken.
///
/// The message may come by another path instead. That alone does not end the wait: what was refused behind it has not
/// come yet, and a frame that left before the guest knew of the refusals would overtake it.
#[derive(Clone, Debug)]
pub(super) struct Blocked {
    pub(super) code: u16,
    pub(super) retry_at: Option<Millis>,
    /// What was refused, in order, the awaited message first; bounded by [`MAX_REFUSED`].
    refused: VecDeque<String>,
    /// More was refused than is remembered: only the awaited message itself, on this connection, ends the wait.
    overflowed: bool,
    weight: Reservation,
}

fn remembered(message_id: &str) -> usize {
    weight::entry::<String>() + weight::text(message_id)
}

impl Blocked {
    pub(super) fn new(budget: &Budget, message_id: String, code: u16, retry_at: Option<Millis>) -> Self {
        let weight = budget.charge(Use::Connections, remembered(&message_id));
        Self { code, retry_at, refused: VecDeque::from([message_id]), overflowed: false, weight }
    }

    pub(super) fn awaits(&self, message_id: &str) -> bool {
        self.refused.front().is_some_and(|awaited| awaited == message_id)
    }

    /// Forgets what has come by another path; true: nothing is awaited any more.
    pub(super) fn forget_known(&mut self, known: impl Fn(&str) -> bool) -> bool {
        while !self.overflowed && self.refused.front().is_some_and(|awaited| known(awaited)) {
            self.refused.pop_front();
        }
        self.refused.is_empty()
    }

    /// Another message was refused because of those before it.
    pub(super) fn refuse_behind(&mut self, message_id: &str) {
        if self.refused.iter().any(|refused| refused == message_id) {
            return;
        }
        let mut room = || self.weight.resize(self.weight.bytes() + remembered(message_id)).is_ok();
        if self.refused.len() >= MAX_REFUSED || !room() {
            self.overflowed = true;
        } else {
            self.refused.push_back(message_id.to_owned());
        }
    }

    /// The awaited message was refused for now again.
    pub(super) fn refused_again(&mut self, code: u16, retry_at: Option<Millis>) {
        (self.code, self.retry_at) = (code, retry_at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_refused_more_than_it_remembers_waits_for_the_message_itself() {
        let mut blocked = Blocked::new(&Budget::new(usize::MAX), "first".into(), 429, None);
        for number in 0..2 * MAX_REFUSED {
            blocked.refuse_behind(&number.to_string());
        }
        assert_eq!(blocked.refused.len(), MAX_REFUSED);
        assert!(!blocked.forget_known(|_| true) && blocked.awaits("first"));
    }
}
