//! What the application wants of it: what was said before all that it knows.

use super::{Client, Stage};
use crate::protocol::Page;
use crate::timers::Timer;

impl Client {
    /// The application wants what is older than all that it knows.
    pub(in crate::client) fn read_older(&mut self) {
        if self.reading.stage == Stage::Rest {
            self.reading.older = true;
            self.reading.failures = 0;
            self.reading.page = self.older_page();
            self.read_history();
        }
    }

    /// The last page of which nothing is wanted any more.
    pub(super) fn older_page(&self) -> u32 {
        u32::try_from(self.passed() / u64::from(self.reading.page_size)).unwrap_or(u32::MAX - 1)
    }

    pub(super) fn older_answered(&mut self, page: Page) {
        self.reading.stage = Stage::Rest;
        let start = u64::from(self.reading.page - 1) * u64::from(self.reading.page_size);
        let last = page.is_last(self.reading.page, start + page.read()) == Some(true);
        if self.older_came(page, start, last) {
            self.reading.page = self.older_page().max(self.reading.page);
            return self.ask_for_page();
        }
        self.leave_older();
    }

    /// What the application wanted it has, or will not get: what is looked for otherwise comes next.
    pub(in crate::client) fn leave_older(&mut self) {
        if !core::mem::take(&mut self.reading.older) {
            return;
        }
        self.drop_page();
        self.timers.set(Timer::History, None);
        self.reading.stage = Stage::Rest;
        self.reading.page = 0;
        self.reading.torn = false;
        if self.reading.gap || self.awaits_history() {
            self.look_up();
        }
    }
}
