//! What the service has to do later, in order of time and then of asking.

use std::collections::BTreeMap;

use super::Millis;
use super::budget::{Budget, Reservation, Use};
use super::limits::TIMER_WEIGHT;

/// Names one thing that is to be done.
pub(super) type TimerKey = (Millis, u64);

pub(super) struct Timers<T> {
    budget: Budget,
    waiting: BTreeMap<TimerKey, (T, Reservation)>,
    asked: u64,
}

impl<T> Timers<T> {
    pub(super) fn new(budget: &Budget) -> Self {
        Self { budget: budget.clone(), waiting: BTreeMap::new(), asked: 0 }
    }

    /// What is large carries a weight of its own.
    pub(super) fn at(&mut self, due: Millis, what: T) -> TimerKey {
        self.asked += 1;
        let key = (due, self.asked);
        self.waiting.insert(key, (what, self.budget.charge(Use::Timers, TIMER_WEIGHT)));
        key
    }

    /// It is not to be done any more.
    pub(super) fn cancel(&mut self, key: TimerKey) {
        self.waiting.remove(&key);
    }

    pub(super) fn next_due(&self) -> Option<Millis> {
        self.waiting.first_key_value().map(|((due, _), _)| *due)
    }

    pub(super) fn pop_due(&mut self, now: Millis) -> Option<T> {
        let entry = self.waiting.first_entry()?;
        (entry.key().0 <= now).then(|| entry.remove().0)
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        self.waiting.retain(|_, (what, _)| keep(what));
    }
}
