//! How a history is read: a key over the socket, then its pages by REST, as often as the service allows.

use super::{Client, Stage};
use crate::error::conversation::Unanswered;
use crate::gather::gather;
use crate::io::{AnswerBody, HttpAnswer, Output};
use crate::limits;
use crate::protocol::Page;
use crate::retry_after;
use crate::secret::Secret;
use crate::text;
use crate::timers::Timer;
use crate::value::{Unreadable, Value};

impl Client {
    pub(super) fn read_history(&mut self) {
        if self.conversation.is_between() {
            // The old session is left, and the new one not entered: neither has a key for us.
            return self.read_at(self.now.monotonic + limits::HISTORY_RETRY);
        }
        let (Some(generation), Some(session)) = (self.generation(), self.sessions.current()) else { return };
        let Some(frame) = self.history().map(|history| history.key_frame(session)) else { return };
        self.reading.stage = Stage::Key;
        if self.reading.page == 0 {
            self.reading.begun = self.now.monotonic;
            self.forget_pages();
        }
        self.timers.set(Timer::History, Some(self.now.monotonic + self.config.rest_timeout));
        self.audit("history_key", None, frame.len(), None);
        self.emit_frame(generation, frame);
    }

    /// The key to the history came.
    pub(in crate::client) fn history_key(&mut self, key: Secret) {
        if self.history().is_some() && self.reading.stage == Stage::Key {
            self.reading.key = Some(key);
            self.ask_for_page();
        }
    }

    pub(super) fn ask_for_page(&mut self) {
        let next = self.ration.next_page();
        if next > self.now.monotonic {
            // The key may be too old by then: another one is asked for first.
            return self.read_at(next);
        }
        let (page, size) = (self.reading.page + 1, self.reading.page_size);
        let (Some(history), Some(key)) = (self.history(), &self.reading.key) else { return };
        let request = history.page_request(key, page, size);
        self.reading.page = page;
        self.ration.page(self.now.monotonic);
        let id = self.next_request();
        self.reading.stage = Stage::Page;
        self.reading.request = id;
        self.timers.set(Timer::History, Some(self.now.monotonic + self.config.rest_timeout));
        self.emit_request(id, request);
    }

    /// A page came; none: it failed.
    pub(in crate::client) fn history_answered(&mut self, answer: Option<HttpAnswer>) {
        if self.history().is_none() {
            return;
        }
        self.timers.set(Timer::History, None);
        let Some(answer) = answer else { return self.history_failed(None) };
        self.audit("history_page", None, 0, Some(answer.status));
        if answer.status != 200 {
            let default = (answer.status == 429).then_some(limits::RETRY_AFTER_DEFAULT);
            return self.history_failed(self.asked_wait(&answer).or(default));
        }
        let cut = answer.json().is_some_and(Value::is_cut);
        let size = self.reading.page_size as usize;
        let Some(page) = self.history().zip(answer.json()).and_then(|(history, body)| history.page(body, size)) else {
            // Only what is too long is helped by smaller pages.
            if let AnswerBody::Unreadable(Unreadable::TooLarge) = answer.body {
                self.reading.page_size = (self.reading.page_size / 4).max(1);
            }
            return self.history_failed(None);
        };
        self.service_heard();
        self.learn_page_size(&page);
        if self.reading.older {
            return self.older_answered(page);
        }
        let read = page.read();
        self.reading.read += read;
        if let Some(total) = page.total.filter(|_| self.reading.first) {
            self.came_upon(total);
        }
        // Where it does not say where it ends, and nothing known stands there, nobody knows what it lacks.
        let mut reached = page.is_last(self.reading.page, self.reading.read) == Some(true);
        let before = self.reading.entries.len();
        let mut marks = gather(self.reading.entries.iter().map(|entry| text::mark(&entry.id)));
        // How many stand before the first that cannot be read.
        let mut readable = None;
        for entry in page.entries {
            let Some(entry) = entry else {
                readable = readable.or(Some(self.reading.entries.len()));
                continue;
            };
            // Its id is proof whatever becomes of the pages to come.
            if let Some(id) = self.ours(&entry) {
                self.found_ours(id, &entry);
            }
            // Pages shift while they are read: what stood on the page before may stand on this one too.
            let mark = text::mark(&entry.id);
            if entry.id.is_empty() || !marks.contains(&mark) {
                marks.push(mark);
                self.reading.entries.push(entry);
            }
        }
        let boundary = self.boundary_in(&self.reading.entries[before..]).map(|place| before + place);
        reached |= boundary.is_some();
        // Below what is looked for it is no loss.
        self.reading.unread |= readable.is_some_and(|readable| boundary.is_none_or(|boundary| boundary >= readable));
        // The page does not say which of its entries the reader has cut. Where the client knows all of them, it loses nothing.
        self.reading.unread |= cut && boundary.is_none_or(|boundary| boundary > 0) && !self.reading.entries.is_empty();
        if reached || self.reading.first {
            self.history_read(reached);
        } else if read > 0 && self.reading.page < limits::HISTORY_PAGES {
            self.ask_for_page();
        } else {
            self.has_perhaps_missed();
            self.history_read(false);
        }
    }

    /// A page that is smaller than was asked for, and not the last: the service gives no larger ones, and counts by these.
    fn learn_page_size(&mut self, page: &Page) {
        let before = u64::from(self.reading.page - 1) * u64::from(self.reading.page_size);
        let is_last = page.is_last(self.reading.page, before + page.read());
        let size = page.size.filter(|&size| size > 0).unwrap_or(page.read());
        if let Ok(size) = u32::try_from(size)
            && is_last == Some(false)
            && (1..self.reading.page_size).contains(&size)
        {
            (self.reading.page_size, self.reading.page_most) = (size, size);
        }
    }

    pub(super) fn forget_pages(&mut self) {
        self.reading.entries.clear();
        (self.reading.read, self.reading.unread) = (0, false);
    }

    /// The moment of the next read has come, or what was asked for did not come.
    pub(in crate::client) fn history_due(&mut self) {
        if self.history().is_none() {
            return;
        }
        match self.reading.stage {
            Stage::Rest => {}
            Stage::Waiting => self.read_history(),
            Stage::Key | Stage::Page => {
                self.drop_page();
                self.history_failed(None);
            }
        }
    }

    pub(super) fn drop_page(&mut self) {
        if self.reading.stage == Stage::Page {
            self.output(Output::AbortRequest(self.reading.request));
        }
    }

    pub(super) fn read_at(&mut self, moment: u64) {
        self.reading.stage = Stage::Waiting;
        self.timers.set(Timer::History, Some(moment));
    }

    /// A read came to nothing; `asked`: how long the service wants to be left alone, ms.
    pub(super) fn history_failed(&mut self, asked: Option<u64>) {
        self.reading.failures += 1;
        self.reading.page = if self.reading.older { self.older_page() } else { 0 };
        self.reading.torn = false;
        let asked = asked.map_or(0, |asked| retry_after::wait(asked, &mut self.random));
        if self.reading.failures < limits::FAILED_ATTEMPTS && asked <= limits::HISTORY_WAIT {
            let wait = self.random.between(limits::HISTORY_RETRY / 2, limits::HISTORY_RETRY) << self.reading.failures;
            return self.read_at(self.now.monotonic + wait.max(asked));
        }
        if self.reading.older {
            self.older_failed(Unanswered::Unavailable);
            return self.leave_older();
        }
        self.reading.stage = Stage::Rest;
        if self.reading.gap {
            self.has_perhaps_missed();
        }
        self.release_held();
        self.nobody_can_tell();
    }
}
