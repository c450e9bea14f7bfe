//! What is asked about files, one question at a time and within the service's limits, and what is done when an answer
//! stays away.

use super::{Client, Phase, Why};
use crate::built::{self, InWebMessaging};
use crate::connection::{State, Step};
use crate::error::FileError;
use crate::event::{Address, Event};
use crate::io::Output;
use crate::limits;
use crate::protocol::files::Question;
use crate::secret::Secret;
use uuid::Uuid;

impl Client {
    /// Does what is due for the guest's files.
    pub(in crate::client) fn tend_attachments(&mut self) {
        if !built::WEB_MESSAGING || self.attachments.items.is_empty() && self.attachments.wanted.is_empty() {
            return;
        }
        self.overdue_of_attachments();
        while self.may_ask() {
            let Some(question) = self.next_question() else { return };
            if !self.ask_about_file(question) {
                return;
            }
        }
    }

    fn overdue_of_attachments(&mut self) {
        let now = self.now.monotonic;
        if let Some((question, _)) = self.attachments.asked.filter(|(_, until)| *until <= now) {
            self.attachments.asked = None;
            match question {
                Question::Upload(id) | Question::Look(id) | Question::Remove(id) => {
                    self.attempt_of_attachment_failed(id, Why::because("timeout"), None);
                }
                // It is asked again as long as somebody waits for it.
                Question::Address(_) => {}
            }
        }
        for id in self.attachments.ids(&|item| matches!(item.phase, Phase::Put(_)) && item.at <= now) {
            self.attempt_of_attachment_failed(id, Why::because("timeout"), None);
        }
        for id in self.attachments.ids(&|item| item.phase == Phase::Judged && item.at <= now) {
            self.look_at(id);
        }
        for number in self.attachments.numbers(&|wanted| wanted.until <= now) {
            self.address_is_known(number, Err(FileError::TimedOut));
        }
    }

    /// Nobody has said whether it arrived: that is asked.
    pub(super) fn look_at(&mut self, id: Uuid) {
        if let Some(item) = self.attachments.get_mut(id) {
            (item.phase, item.at) = (Phase::Look, 0);
        }
    }

    fn may_ask(&self) -> bool {
        self.attachments.asked.is_none()
            && self.step == Step::Ready
            && !self.liveness.is_suspected()
            && self.asking_begins() <= self.now.monotonic
    }

    /// Before this moment the service wants no question.
    fn asking_begins(&self) -> u64 {
        self.gate.until.max(self.ration.frames_from())
    }

    fn takes_files(&self) -> bool {
        !self.conversation.is_read_only() && !self.conversation.is_ending()
    }

    /// What is asked next, of what is due.
    fn next_question(&self) -> Option<Question> {
        let now = self.now.monotonic;
        // What nothing can be said in takes no files either; they wait for the next conversation.
        let open = self.takes_files();
        let of_item = self.attachments.items.iter().filter(|item| item.at <= now).find_map(|item| match item.phase {
            Phase::Presign if open => Some(Question::Upload(item.id)),
            Phase::Look if open => Some(Question::Look(item.id)),
            Phase::Remove => Some(Question::Remove(item.id)),
            _ => None,
        });
        let wanted = || self.attachments.wanted.iter().find(|wanted| wanted.at <= now);
        of_item.or_else(|| wanted().map(|wanted| Question::Address(wanted.number)))
    }

    /// False: there is nobody to ask.
    fn ask_about_file(&mut self, question: Question) -> bool {
        if let Question::Upload(id) = question {
            // It may have been taken on before the session said what it takes.
            let refused = self.attachments.get(id).and_then(|item| self.attachments.allowed.check(&item.offer).err());
            if let Some(error) = refused {
                self.end_attachment(id, "failed", Why::because(error.code()));
                return true;
            }
        }
        let (Some(generation), Some(session), Some(files)) = (self.generation(), self.sessions.current(), self.files())
        else {
            return false;
        };
        let frame = match question {
            Question::Upload(id) => {
                let Some(item) = self.attachments.get(id) else { return false };
                files.upload_frame(session, id, &item.offer)
            }
            Question::Look(id) | Question::Remove(id) => {
                files.file_frame(session, question, id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()))
            }
            Question::Address(number) => {
                let wanted = self.attachments.wanted.iter().find(|wanted| wanted.number == number);
                let Some(wanted) = wanted else { return false };
                files.file_frame(session, question, &wanted.file)
            }
        };
        if let Question::Upload(id) = question
            && let Some(item) = self.attachments.get_mut(id)
        {
            item.asked = true;
        }
        let until = self.now.monotonic + self.config.rest_timeout;
        self.attachments.asked = Some((question, until));
        self.attachments.open += 1;
        self.audit("file_question", None, frame.len(), None);
        self.emit_frame(generation, frame);
        true
    }

    /// What is asked about this file needs no answer any more.
    pub(super) fn question_is_over(&mut self, id: Uuid) {
        self.attachments.asked.take_if(|(question, _)| {
            matches!(question, Question::Upload(of) | Question::Look(of) | Question::Remove(of) if *of == id)
        });
    }

    /// An attempt to bring a file to the service, or to remove it, failed; after too many that is its end. `floor`:
    /// how long the service asks to wait, ms.
    #[inline(never)]
    pub(super) fn attempt_of_attachment_failed(&mut self, id: Uuid, why: Why, floor: Option<u64>) {
        let Some(item) = self.attachments.get_mut(id) else { return };
        item.failures += 1;
        if item.failures >= limits::UPLOAD_ATTEMPTS {
            return self.end_attachment(id, "failed", why);
        }
        let phase = item.phase;
        let wait = item.backoff.next(&mut self.random).max(floor.unwrap_or(0));
        item.at = self.now.monotonic.saturating_add(wait);
        // A question that the service would rather answer later is still the same.
        let same = phase == Phase::Remove || phase == Phase::Look && why.reason == Some("rate_limited");
        if !same {
            (item.phase, item.left) = (Phase::Presign, false);
        }
        self.drop_put(phase);
        self.question_is_over(id);
        self.tell_attachment(id, why);
    }

    /// Where a file can be fetched is known, or why that cannot be.
    #[inline(never)]
    pub(super) fn address_is_known(&mut self, number: u32, answer: Result<Secret, FileError>) {
        let Some(place) = self.attachments.wanted.iter().position(|wanted| wanted.number == number) else { return };
        let wanted = self.attachments.wanted.remove(place);
        self.attachments.asked.take_if(|(question, _)| *question == Question::Address(number));
        let error = answer.as_ref().err().map(|error| error.report());
        let address = Address { number, id: wanted.file, url: answer.ok(), error, at: self.now.wall };
        self.output(Output::Event(Event::Address(InWebMessaging::new(address))));
    }

    /// The connection is ready: what could not be heard meanwhile is asked for.
    pub(in crate::client) fn attachments_ready(&mut self) {
        if built::WEB_MESSAGING {
            for id in self.attachments.ids(&|item| item.phase == Phase::Judged) {
                self.look_at(id);
            }
        }
    }

    /// The link is gone, and with it the answer to what was asked on it; that is asked again.
    pub(in crate::client) fn attachments_unheard(&mut self) {
        if built::WEB_MESSAGING {
            (self.attachments.asked, self.attachments.open) = (None, 0);
        }
    }

    /// When something is due for the guest's files.
    pub(in crate::client) fn attachments_due(&self) -> Option<u64> {
        if !built::WEB_MESSAGING || matches!(self.state, State::Closing | State::Closed) {
            return None;
        }
        let (now, all) = (self.now.monotonic, &self.attachments);
        let may_begin = self.step == Step::Ready && all.asked.is_none();
        let begins = self.asking_begins();
        let mut next = u64::MAX;
        // What is due by now and did not leave waits for a word of the service, not for a moment.
        let asks_at = |at: u64| {
            let at = at.max(begins);
            if may_begin && at > now { at } else { u64::MAX }
        };
        for item in &all.items {
            next = next.min(match item.phase {
                Phase::Put(_) | Phase::Judged => item.at,
                Phase::Presign | Phase::Look | Phase::Remove => asks_at(item.at),
                Phase::Uploaded | Phase::Carried(_) => u64::MAX,
            });
        }
        for wanted in &all.wanted {
            next = next.min(wanted.until).min(asks_at(wanted.at));
        }
        if let Some((_, until)) = all.asked {
            next = next.min(until);
        }
        (next < u64::MAX).then_some(next)
    }
}
