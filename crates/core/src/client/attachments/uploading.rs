//! The bytes leave, and what the service says of it.

use super::{Client, Phase, Wanted, Why};
use crate::built::{self, InWebMessaging};
use crate::error::FileError;
use crate::event::{Event, Progress};
use crate::files::Upload;
use crate::io::{HttpAnswer, Output};
use crate::limits;
use crate::protocol::Answer;
use crate::protocol::files::{FileNews, FileWord, Question};
use crate::retry_after;
use crate::secret::Secret;
use crate::session::Loss;
use uuid::Uuid;

impl Client {
    /// The service says something of a file.
    pub(in crate::client) fn file_news(&mut self, news: FileNews, bytes: usize) {
        let code = match news.word {
            FileWord::Bad(code) | FileWord::Refused { code, .. } => Some(code),
            _ => None,
        };
        self.audit("file_news", None, bytes, code);
        let asked = self.attachments.asked.map(|asked| asked.0);
        let named = news.file.as_deref().and_then(|file| Uuid::try_parse(file).ok());
        let answers = news.answers.or_else(|| asked.filter(|asked| self.is_about(*asked, &news)));
        if answers.is_some() {
            self.attachments.open = self.attachments.open.saturating_sub(1);
        }
        if asked.is_some() && asked == answers {
            self.attachments.asked = None;
        }
        match (news.word, answers) {
            (FileWord::PutThere(Some((url, headers))), _) => {
                let id = if let Some(Question::Upload(id)) = answers { Some(id) } else { named };
                if let Some(id) = id {
                    self.put(id, url, headers);
                }
            }
            (FileWord::PutThere(None), Some(Question::Upload(id))) => {
                self.attempt_of_attachment_failed(id, Why::because("malformed_answer"), None);
            }
            (FileWord::Here(url), _) => self.file_is_here(named, news.file.as_deref(), answers, url),
            (FileWord::Arrived(url), _) => self.arrived(named, url),
            (FileWord::Bad(code), _) => self.found_bad(named, code),
            (FileWord::Removed, _) => {
                let id = if let Some(Question::Remove(id)) = answers { Some(id) } else { named };
                self.removed(id);
            }
            (FileWord::Refused { code, retry_after }, Some(question)) => {
                self.file_question_refused(question, code, retry_after);
            }
            _ => self.counters.ignored += 1,
        }
    }

    /// Whether what is said without a name of ours can be the answer to what is asked.
    fn is_about(&self, asked: Question, news: &FileNews) -> bool {
        let fits = matches!(
            (&news.word, asked),
            (FileWord::PutThere(_), Question::Upload(_))
                | (FileWord::Here(_), Question::Look(_) | Question::Address(_))
                | (FileWord::Removed, Question::Remove(_))
                | (FileWord::Refused { .. }, _)
        );
        let file = news.file.as_deref();
        fits && match asked {
            Question::Upload(id) | Question::Look(id) | Question::Remove(id) => {
                file.and_then(|file| Uuid::try_parse(file).ok()) == Some(id)
            }
            Question::Address(number) => {
                self.attachments.wanted.iter().any(|it| it.number == number && Some(it.file.as_str()) == file)
            }
        }
    }

    /// The bytes go where the service said.
    fn put(&mut self, id: Uuid, url: Secret, mut headers: Vec<(String, Secret)>) {
        let secure = url.expose().starts_with("https:") || self.config.host.is_loopback();
        let request = self.next_request();
        let Some(item) = self.attachments.get_mut(id).filter(|item| item.phase == Phase::Presign && item.asked) else {
            self.counters.ignored += 1;
            return;
        };
        if !secure {
            return self.attempt_of_attachment_failed(id, Why::because("malformed_answer"), None);
        }
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            headers.push((String::from("Content-Type"), Secret::new(item.offer.kind.clone())));
        }
        item.phase = Phase::Put(request);
        // Time is all there is to judge by.
        item.at = self.now.monotonic + limits::UPLOAD_STALLED + item.offer.size / limits::UPLOAD_BYTES_IN_MS;
        let size = item.offer.size as usize;
        self.audit("upload", None, size, None);
        self.output(Output::Upload(request, Upload { attachment: id, url, headers }));
        self.tell_attachment(id, Why::default());
        self.tell_loaded(id, false);
    }

    /// None of its bytes have left yet, or all.
    fn tell_loaded(&mut self, id: Uuid, all: bool) {
        let Some(item) = self.attachments.get_mut(id) else { return };
        item.left = all;
        let total = item.offer.size;
        let progress = Progress { id: crate::client::telling::text(id), loaded: if all { total } else { 0 }, total };
        self.output(Output::Event(Event::Progress(InWebMessaging::new(progress))));
    }

    /// The request that carries the bytes was answered; none: it failed. Its success says nothing yet.
    pub(in crate::client) fn put_answered(&mut self, request: u32, answer: Option<HttpAnswer>) {
        let item = self.attachments.items.iter_mut().find(|item| item.phase == Phase::Put(request));
        let Some(item) = item.filter(|_| built::WEB_MESSAGING) else { return };
        let id = item.id;
        // It is over; there is nothing to abort any more.
        (item.phase, item.at) = (Phase::Judged, self.now.monotonic + limits::UPLOAD_JUDGED);
        let Some(answer) = answer else {
            return self.attempt_of_attachment_failed(id, Why::because("network"), None);
        };
        if matches!(answer.status, 200..=299) {
            self.audit("upload_answer", None, 0, Some(answer.status));
            return self.tell_loaded(id, true);
        }
        self.audit("upload_answer", None, 0, Some(answer.status));
        let asked = self.asked_wait(&answer);
        if asked.is_some_and(|asked| asked > limits::RETRY_AFTER_MOST) {
            return self.end_attachment(id, "failed", Why::code("rate_limited", answer.status));
        }
        let reason = if answer.status < 500 { "upload_refused" } else { "unavailable" };
        let wait = asked.map(|asked| retry_after::wait(asked, &mut self.random));
        self.attempt_of_attachment_failed(id, Why::code(reason, answer.status), wait);
    }

    /// It has arrived, whichever of its uploads it was.
    fn arrived(&mut self, id: Option<Uuid>, url: Option<Secret>) {
        let item = id.and_then(|id| self.attachments.get_mut(id)).filter(|item| item.asked);
        let Some(item) = item else {
            // Another tab's.
            self.counters.ignored += 1;
            return;
        };
        let (id, phase) = (item.id, item.phase);
        item.url = url.or(item.url.take());
        if let Phase::Uploaded | Phase::Carried(_) | Phase::Remove = phase {
            self.counters.duplicates += 1;
            return;
        }
        (item.phase, item.failures) = (Phase::Uploaded, 0);
        item.backoff.reset();
        let news = !item.left;
        self.drop_put(phase);
        if news {
            // Its own answer is still on its way.
            self.tell_loaded(id, true);
        }
        self.question_is_over(id);
        self.tell_attachment(id, Why::default());
    }

    fn file_is_here(&mut self, named: Option<Uuid>, file: Option<&str>, answers: Option<Question>, url: Secret) {
        // Whoever wants to know where this file is knows it now.
        let of_answer = |number| matches!(answers, Some(Question::Address(of)) if of == number);
        let known = |wanted: &Wanted| of_answer(wanted.number) || Some(wanted.file.as_str()) == file;
        for number in self.attachments.numbers(&known) {
            self.address_is_known(number, Ok(url.clone()));
        }
        let looked = if let Some(Question::Look(id)) = answers { Some(id) } else { None };
        self.arrived(looked.or(named).filter(|id| self.attachments.get(*id).is_some()), Some(url));
    }

    /// What arrived is refused.
    fn found_bad(&mut self, id: Option<Uuid>, code: u16) {
        let Some(item) = id.and_then(|id| self.attachments.get(id)).filter(|item| item.asked) else {
            self.counters.ignored += 1;
            return;
        };
        let id = item.id;
        match item.phase {
            // What arrived before it is good.
            Phase::Uploaded | Phase::Carried(_) | Phase::Remove => self.counters.ignored += 1,
            _ => match fault(code) {
                Some(reason) => self.end_attachment(id, "failed", Why::code(reason, code)),
                None => self.attempt_of_attachment_failed(id, Why::code("upload_refused", code), None),
            },
        }
    }

    fn removed(&mut self, id: Option<Uuid>) {
        let Some(item) = id.and_then(|id| self.attachments.get(id)).filter(|item| item.asked) else {
            self.counters.ignored += 1;
            return;
        };
        let (id, ours) = (item.id, item.phase == Phase::Remove);
        if let Phase::Carried(_) = item.phase {
            // What became of the message says what became of it.
            self.counters.ignored += 1;
        } else {
            self.end_attachment(id, "detached", Why::because(if ours { "caller" } else { "service" }));
        }
    }

    /// An error that names no file: it is laid on what is asked, where it can mean nothing else. False: it is about
    /// something else.
    pub(in crate::client) fn unnamed_refusal_of_file(&mut self, code: u16) -> bool {
        let Some((question, _)) = self.attachments.asked.filter(|_| built::WEB_MESSAGING) else { return false };
        let uploads = matches!(code, 4_000..=4_005 | 4_102) && matches!(question, Question::Upload(_));
        let others = matches!(code, 4_008..=4_010) && !matches!(question, Question::Upload(_));
        // It may as well be about the message that takes a file along, or about what was asked before.
        let laid = self.attachments.open == 1 && (uploads || others && !self.file_is_under_way());
        if laid {
            (self.attachments.asked, self.attachments.open) = (None, 0);
            self.file_question_refused(question, code, None);
        }
        laid
    }

    fn file_question_refused(&mut self, question: Question, code: u16, asked: Option<u64>) {
        if code == 409 {
            self.note_read_only(true, "refused");
            if let Question::Upload(_) | Question::Look(_) = question {
                // It waits for the next conversation.
                return;
            }
        }
        match self.dialect.answer(code, true, asked.is_some()) {
            Answer::SessionRefused => return self.renew_session(),
            Answer::SessionGone => return self.replace_session(Loss::Gone),
            Answer::Paused { .. } => return self.file_question_paused(question, code, asked),
            _ => {}
        }
        match question {
            Question::Upload(id) => match fault(code).or((400..500).contains(&code).then_some("refused")) {
                Some(reason) => self.end_attachment(id, "failed", Why::code(reason, code)),
                None => self.attempt_of_attachment_failed(id, Why::code("refused", code), None),
            },
            Question::Look(id) => {
                // It has not arrived, or not yet: if it does, that is said.
                self.attempt_of_attachment_failed(id, Why::code("not_uploaded", code), None);
            }
            Question::Remove(id) if code == 4_009 => self.end_attachment(id, "detached", Why::because("caller")),
            Question::Remove(id) if (400..500).contains(&code) => {
                self.end_attachment(id, "failed", Why::code("refused", code));
            }
            Question::Remove(id) => self.attempt_of_attachment_failed(id, Why::code("refused", code), None),
            Question::Address(number) => {
                let error = match code {
                    4_008 => FileError::Expired,
                    4_009 => FileError::Unknown,
                    4_010 => FileError::NotUploaded,
                    _ => FileError::Refused,
                };
                self.address_is_known(number, Err(error));
            }
        }
    }

    /// Not now: the whole socket rests.
    fn file_question_paused(&mut self, question: Question, code: u16, asked: Option<u64>) {
        self.pause_socket(Some(asked.unwrap_or(limits::RETRY_AFTER_DEFAULT)));
        let until = self.gate.until;
        match question {
            Question::Upload(id) | Question::Look(id) | Question::Remove(id) => {
                let wait = until.saturating_sub(self.now.monotonic);
                self.attempt_of_attachment_failed(id, Why::code("rate_limited", code), Some(wait));
            }
            Question::Address(number) => {
                if let Some(wanted) = self.attachments.wanted.iter_mut().find(|wanted| wanted.number == number) {
                    wanted.at = until;
                }
            }
        }
    }
}

/// What is wrong with the file itself, so that the same file would be refused again.
fn fault(code: u16) -> Option<&'static str> {
    Some(match code {
        4_000 => "not_enabled",
        4_001 => FileError::Type.code(),
        4_002 => FileError::TooLarge.code(),
        4_003 => "file_content",
        4_004 | 4_005 => FileError::Name.code(),
        4_102 => FileError::Empty.code(),
        _ => return None,
    })
}
