//! What happened, for the reports: bounded, oldest first.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;

use super::budget::{Budget, Reservation, Use};
use super::limits::{MAX_GUEST_EVENT, MAX_HISTORY};
use super::{Millis, weight};

/// One attempt to open a socket.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// When.
    pub at: Millis,
    /// Of which service: `webchat`, `web-messaging` or `streams`.
    pub service: &'static str,
    /// For which conversation, or which channel; a socket of `web-messaging` says that only later.
    pub conversation: String,
    /// 101, or the status of the refusal; 0 where nothing was answered.
    pub status: u16,
}

/// One request over REST.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// When.
    pub at: Millis,
    /// What it asked for: `guests`, `messages`, `probe`, `history` …
    pub what: &'static str,
    /// For which conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    /// For which message, where it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// The status that it was answered with; 0 where the answer was lost.
    pub status: u16,
}

/// Something that a guest of `web-messaging` did or told beside messages, and the service took note of.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GuestEvent {
    /// When.
    pub at: Millis,
    /// In which conversation; none: in the exchange that comes before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    /// An event, as it came: the guest joined, or answered an offer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Value>,
    /// The custom attributes that came with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_attributes: Option<Value>,
    /// The guest's journey, with a greeting or an exchange.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journey_context: Option<Value>,
}

impl GuestEvent {
    /// What is known of it, none of it larger than is kept.
    pub(super) fn new(at: Millis, conversation: Option<&str>) -> Self {
        let conversation = conversation.map(str::to_owned);
        Self { at, conversation, event: None, custom_attributes: None, journey_context: None }
    }
}

/// A value that is kept, unless it is too large for that.
pub(super) fn kept(value: &Value) -> Option<Value> {
    (!value.is_null() && value.to_string().len() <= MAX_GUEST_EVENT).then(|| value.clone())
}

/// What hangs on something that is remembered.
pub(super) trait Weigh {
    fn weight(&self) -> usize;
}

impl Weigh for Attempt {
    fn weight(&self) -> usize {
        weight::text(&self.conversation)
    }
}

impl Weigh for Request {
    fn weight(&self) -> usize {
        weight::maybe(self.conversation.as_deref()) + weight::maybe(self.message_id.as_deref())
    }
}

impl Weigh for GuestEvent {
    fn weight(&self) -> usize {
        let values = [&self.event, &self.custom_attributes, &self.journey_context];
        weight::maybe(self.conversation.as_deref()) + values.into_iter().flatten().map(weight::value).sum::<usize>()
    }
}

/// The last that happened of one kind. Where there is no room for more the oldest is forgotten, and counted.
pub(super) struct History<T> {
    budget: Budget,
    kept: VecDeque<(T, Reservation)>,
    forgotten: u64,
}

impl<T: Weigh> History<T> {
    pub(super) fn new(budget: &Budget) -> Self {
        Self { budget: budget.clone(), kept: VecDeque::new(), forgotten: 0 }
    }

    pub(super) fn push(&mut self, event: T) {
        let bytes = weight::entry::<(T, Reservation)>() + event.weight();
        loop {
            if self.kept.len() < MAX_HISTORY
                && let Ok(weight) = self.budget.reserve(Use::Reports, bytes)
            {
                self.kept.push_back((event, weight));
                return;
            }
            self.forgotten += 1;
            if self.kept.pop_front().is_none() {
                return;
            }
        }
    }

    /// How many are remembered no more.
    pub(super) fn forgotten(&self) -> u64 {
        self.forgotten
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(&self.budget);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.kept.iter().map(|(event, _)| event)
    }

    /// Those from this one on, counted from the first that ever was, each with its number.
    pub(super) fn from(&self, number: u64) -> impl Iterator<Item = (u64, &T)> {
        let skipped = usize::try_from(number.saturating_sub(self.forgotten)).unwrap_or(usize::MAX);
        let first = self.forgotten + skipped.min(self.kept.len()) as u64;
        (first..).zip(self.kept.range(skipped.min(self.kept.len())..).map(|(event, _)| event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(at: Millis) -> Attempt {
        Attempt { at, service: "webchat", conversation: "x".repeat(64), status: 101 }
    }

    #[test]
    fn where_there_is_no_room_the_oldest_is_forgotten_and_counted() {
        let budget = Budget::new(2_000);
        let mut history = History::new(&budget);
        for at in 0..100 {
            history.push(attempt(at));
        }
        let left: Vec<Millis> = history.iter().map(|attempt| attempt.at).collect();
        assert_eq!(left.last(), Some(&99));
        assert_eq!(left.len() as u64 + history.forgotten(), 100);
        assert!(budget.used() <= budget.allowed());
        assert_eq!(history.from(98).map(|(number, it)| (number, it.at)).collect::<Vec<_>>(), [(98, 98), (99, 99)]);
        assert_eq!(history.from(0).next().map(|(number, _)| number), Some(history.forgotten()));
        let filled = budget.charge(Use::Ledger, 2_000);
        history.push(attempt(100));
        assert_eq!((history.iter().count(), history.forgotten()), (0, 101));
        drop(filled);
        history.push(attempt(101));
        assert_eq!(history.iter().count(), 1);
    }
}
