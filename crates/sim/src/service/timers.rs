//! What the service has to do later, in order of time and then of asking.

use std::collections::BTreeMap;

use super::Millis;

pub(super) struct Timers<T> {
    waiting: BTreeMap<(Millis, u64), T>,
    asked: u64,
}

impl<T> Timers<T> {
    pub(super) fn new() -> Self {
        Self { waiting: BTreeMap::new(), asked: 0 }
    }

    pub(super) fn at(&mut self, due: Millis, what: T) {
        self.asked += 1;
        self.waiting.insert((due, self.asked), what);
    }

    pub(super) fn next_due(&self) -> Option<Millis> {
        self.waiting.first_key_value().map(|((due, _), _)| *due)
    }

    pub(super) fn pop_due(&mut self, now: Millis) -> Option<T> {
        let entry = self.waiting.first_entry()?;
        (entry.key().0 <= now).then(|| entry.remove())
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        self.waiting.retain(|_, what| keep(what));
    }
}
