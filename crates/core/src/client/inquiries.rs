//! What the application asks for beside the conversation's course: an older part of it, and what the deployment is
//! like. A question has a number, by which its answer is known; who asks the same while it is open shares the answer.

use super::Client;
use crate::body::Body;
use crate::built::{self, InAsking};
use crate::checkpoint::keep;
use crate::connection::{State, Step};
use crate::error::conversation::{CannotAsk, Unanswered};
use crate::event::{Answer, Event, Found, Message};
use crate::io::{AnswerBody, HttpAnswer, Output};
use crate::limits;
use crate::protocol::{Entry, Inquiry, Page};
use crate::text;

/// The questions that are open, and how far the history was given.
#[derive(Clone, Debug, Default)]
pub(super) struct Inquiries {
    numbers: u32,
    asked: Vec<Asked>,
    /// How many messages the history had when this client came; what was said since it was told. None: it may have
    /// missed something since.
    came: Option<u64>,
    /// How many of the newest messages are behind us, when the history had so many in all.
    passed: u64,
    total: u64,
    /// The marks of the ids of those that were given last: pages shift.
    given: Vec<u64>,
}

#[derive(Clone, Debug)]
struct Asked {
    number: u32,
    what: Inquiry,
    /// The request under way; 0: none.
    request: u32,
    until: u64,
}

impl Inquiries {
    pub(super) fn is_call(&self, request: u32) -> bool {
        built::WEB_MESSAGING && self.asked.iter().any(|asked| asked.request == request)
    }

    fn number(&self, what: Inquiry) -> Option<u32> {
        self.asked.iter().find(|asked| asked.what == what).map(|asked| asked.number)
    }
}

impl Client {
    /// Asks for something. The answer comes as an event with the number that this gives, within a minute.
    pub fn inquire(&mut self, now: crate::time::Now, what: Inquiry) -> Result<u32, CannotAsk> {
        self.arrive(now);
        let request = self.dialect.inquiry(what);
        let can = what != Inquiry::History || self.history().is_some() && self.state.is_active();
        if !can || request.is_none() && what != Inquiry::History || self.state == State::Closing {
            return Err(CannotAsk::Closed);
        }
        if let Some(number) = self.inquiries.number(what) {
            return Ok(number);
        }
        self.inquiries.numbers = self.inquiries.numbers.wrapping_add(1);
        let number = self.inquiries.numbers;
        let mut asked = Asked { number, what, request: 0, until: self.now.monotonic + limits::INQUIRY_TIMEOUT };
        if let Some(request) = request {
            asked.request = self.next_request();
            self.emit_request(asked.request, request);
        }
        self.inquiries.asked.push(asked);
        self.settle();
        Ok(number)
    }

    /// After every input: what can be asked is, and what was not answered in time never will be.
    pub(super) fn settle_inquiries(&mut self) {
        if !built::WEB_MESSAGING || self.inquiries.asked.is_empty() {
            return;
        }
        let now = self.now.monotonic;
        while let Some(late) = self.inquiries.asked.iter().find(|asked| asked.until <= now) {
            let what = late.what;
            if late.request > 0 {
                self.output(Output::AbortRequest(late.request));
            }
            if what == Inquiry::History {
                self.leave_older();
            }
            self.answer_asked(what, Err(Unanswered::Timeout));
        }
        let ready = self.step == Step::Ready && self.state == State::Connected;
        if ready && self.inquiries.number(Inquiry::History).is_some() {
            self.read_older();
        }
    }

    /// How many of the newest messages the application has been given.
    pub(super) fn passed(&self) -> u64 {
        self.inquiries.passed
    }

    pub(super) fn inquiries_due(&self) -> Option<u64> {
        self.inquiries.asked.iter().filter(|_| built::WEB_MESSAGING).map(|asked| asked.until).min()
    }

    /// Another conversation begins, or may: it is given from its end on, without what was given already.
    pub(super) fn forget_given(&mut self) {
        self.inquiries.passed = 0;
        self.inquiries.total = 0;
        self.inquiries.came = None;
    }

    /// What stands there was said before this client came, and what comes it will be told.
    pub(super) fn came_upon(&mut self, total: u64) {
        self.inquiries.came = Some(total);
    }

    /// It was not told all that was said since.
    pub(super) fn has_missed(&mut self) {
        self.inquiries.came = None;
    }

    /// What the deployment is like; none: nobody said.
    pub(super) fn deployment_answered(&mut self, request: u32, answer: Option<HttpAnswer>) {
        let Some(what) = self.inquiries.asked.iter().find(|it| it.request == request).map(|asked| asked.what) else {
            return;
        };
        self.audit("answer", None, 0, answer.as_ref().map(|answer| answer.status));
        let found = match answer {
            None => Err(Unanswered::Unavailable),
            Some(HttpAnswer { status: 200, body: AnswerBody::Json(body), .. }) => {
                Ok(Found::Deployment(Body::new(&body)))
            }
            Some(HttpAnswer { status: 200, .. }) => Err(Unanswered::Malformed),
            Some(HttpAnswer { status: 0 | 408 | 429 | 500..=599, .. }) => Err(Unanswered::Unavailable),
            Some(_) => Err(Unanswered::Refused),
        };
        self.answer_asked(what, found);
    }

    /// A page of what is older came, perhaps the last. True: the next one is wanted too, since nothing of this one is new.
    pub(super) fn older_came(&mut self, page: Page, start: u64, last: bool) -> bool {
        // What was said since stands before what was given, and moves it towards the end.
        let end = start + page.read();
        let total = page.total.unwrap_or(end);
        let since = if self.inquiries.total > 0 { total.saturating_sub(self.inquiries.total) } else { 0 };
        let told = self.inquiries.came.map_or(0, |came| total.saturating_sub(came));
        self.inquiries.passed = (self.inquiries.passed + since).max(end).max(told);
        self.inquiries.total = total;
        let done = page.read() == 0 || last;
        if page.entries.contains(&None) {
            self.has_perhaps_missed();
        }
        let mut found: Vec<Message> = Vec::new();
        for (place, entry) in (start..).zip(page.entries) {
            let Some(entry) = entry else { continue };
            if let Some(id) = self.ours(&entry) {
                // It is told of as what it is: a message of ours, which has arrived.
                self.found_ours(id, &entry);
            } else if place >= told && entry.spoken && !self.has_had(&entry) {
                if self.inquiries.given.len() == limits::REMEMBERED_INCOMING {
                    self.inquiries.given.remove(0);
                }
                self.inquiries.given.push(text::mark(&entry.id));
                if start == 0 {
                    // It may be so new that it is still to come by the socket, or our own before its echo is here.
                    self.given(&entry);
                }
                found.push(self.message(entry));
            }
        }
        if found.is_empty() && !done {
            return true;
        }
        found.reverse();
        self.answer_asked(Inquiry::History, Ok(Found::Messages { messages: found, done }));
        false
    }

    /// Whether the application was told of this message.
    pub(super) fn has_had(&self, entry: &Entry) -> bool {
        self.inquiries.given.contains(&text::mark(&entry.id)) || self.incoming.place_of(entry).is_some()
    }

    pub(super) fn older_failed(&mut self, why: Unanswered) {
        self.answer_asked(Inquiry::History, Err(why));
    }

    fn answer_asked(&mut self, what: Inquiry, found: Result<Found, Unanswered>) {
        let Some(place) = self.inquiries.asked.iter().position(|asked| asked.what == what) else { return };
        let number = self.inquiries.asked.swap_remove(place).number;
        let answer = Answer { number, found: found.map_err(Unanswered::report) };
        self.output(Output::Event(Event::Answer(InAsking::new(answer))));
    }
}

keep!(Asked { number, what, request, until });
keep!(Inquiries { numbers, asked, came, passed, total, given });
