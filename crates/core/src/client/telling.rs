//! What the application is told, and what it may ask at any time.

use super::Client;
use crate::built;
use crate::connection::{State, Step};
use crate::error::repeated::{Repeated, What};
use crate::error::{Report, Trouble};
use crate::event::{Audit, Delivery, Event, Gap, Message, Quality, Session, StateChange};
use crate::failure::Failure;
use crate::gather::gather;
use crate::io::Output;
use crate::outbox::{self, Outcome, Path};
use crate::protocol::Entry;
use crate::stats::{Buffered, Pending, Stats};
use crate::streak::Streak;
use crate::time::Now;
use uuid::Uuid;

impl Client {
    /// The running figures.
    #[must_use]
    pub fn stats(&self, now: Now) -> Stats {
        let flying = self.outbox.iter().filter(|message| message.flight.is_some()).count();
        let quality = self.liveness.quality();
        Stats {
            state: self.state.name(),
            step: self.step.name(self.state),
            attempt: self.attempt,
            next_attempt_in: self.wait.map(|wait| wait.until.saturating_sub(now.monotonic)),
            messages: Buffered { queued: self.outbox.len() - flying, in_flight: flying, bytes: self.outbox.bytes() },
            counters: self.counters,
            round_trip: quality.figures(self.liveness.smoothed()),
            loss: quality.loss(),
            quality: quality.name(),
            platform_offline: self.platform_offline,
        }
    }

    /// The messages that have not ended, in order.
    #[must_use]
    pub fn pending(&self, now: Now) -> Vec<Pending> {
        gather(self.outbox.iter().map(|message| Pending {
            id: text(message.id),
            state: progress(message),
            size: message.content.weight(),
            age: now.since(message.accepted),
        }))
    }

    /// Changes the state, or tells that something began in it.
    pub(super) fn tell_state(&mut self, next: State, why: &'static str, error: Option<Report>) {
        let from = self.state;
        self.state = next;
        let change = StateChange {
            from: from.name(),
            to: next.name(),
            step: self.step.name(next),
            why,
            attempt: self.attempt,
            wait: self.wait.map(|wait| wait.until.saturating_sub(self.now.monotonic)),
            cause: self.said.clone(),
            error,
            at: self.now.wall,
        };
        self.audit(why, None, 0, None);
        self.tell(Event::StateChange(Box::new(change)));
    }

    pub(super) fn tell_attempt(&mut self, step: Step, why: &'static str) {
        self.step = step;
        self.tell_state(self.state, why, None);
    }

    /// How far a message that has not ended is.
    pub(super) fn tell_progress(&mut self, id: Uuid, reason: Option<&'static str>) {
        let Some(message) = self.outbox.get(id) else { return };
        let delivery = Delivery {
            id: text(id),
            state: progress(message),
            reason,
            via: message.flight.map(|flight| flight.path.name()),
            elapsed: self.now.since(message.accepted),
            attempts: message.attempts,
            at: self.now.wall,
        };
        self.tell(Event::Delivery(delivery));
    }

    pub(super) fn tell_end(
        &mut self,
        message: &outbox::Message,
        outcome: Outcome,
        reason: &'static str,
        via: Option<Path>,
    ) {
        self.audit(outcome.name(), Some(message.id), message.content.weight(), None);
        self.tell(Event::Delivery(Delivery {
            id: text(message.id),
            state: outcome.name(),
            reason: (!reason.is_empty()).then_some(reason),
            via: via.map(Path::name),
            elapsed: self.now.since(message.accepted),
            attempts: message.attempts,
            at: self.now.wall,
        }));
    }

    /// Somebody said something; it is told once.
    pub(super) fn raise(&mut self, entry: Entry) {
        if !self.incoming.is_new_entry(&entry) {
            self.counters.duplicates += 1;
            return;
        }
        self.counters.received += 1;
        let message = self.message(entry);
        self.tell(Event::Message(message));
    }

    pub(super) fn message(&self, entry: Entry) -> Message {
        let Entry { id, sender, ours, kept, content, body, .. } = entry;
        let sent_id = kept.or(ours).filter(|id| built::WEB_MESSAGING && !id.is_nil()).map(text);
        Message { id, sender: sender.name(), sent_id, content: content.into(), body, at: self.now.wall }
    }

    /// The service may have said something while the connection was away.
    pub(super) fn tell_gap(&mut self) {
        self.tell_gap_from(self.heard_before);
    }

    /// The same, from then on, epoch ms.
    pub(super) fn tell_gap_from(&mut self, from: u64) {
        self.has_missed();
        let from = self.covered(from);
        let number = self.gap_begins();
        self.tell(Event::Gap(Gap { from: from.min(self.now.wall), to: self.now.wall, number }));
    }

    pub(super) fn tell_session(&mut self, replaces: Option<String>, reason: &'static str) {
        if let Some(session) = self.sessions.current() {
            let (id, expires_in) = (session.granted.id.clone(), session.granted.expires_in);
            self.tell(Event::Session(Session { id, expires_in, replaces, reason }));
        }
    }

    pub(super) fn tell_crossings(&mut self) {
        for crossing in self.liveness.quality_mut().crossings() {
            let quality = self.liveness.quality();
            let figures = quality.figures(self.liveness.smoothed());
            let event = Quality {
                kind: crossing.name(),
                state: quality.name(),
                mean: figures.mean,
                p50: figures.p50,
                p95: figures.p95,
                loss: quality.loss(),
                at: self.now.wall,
            };
            self.tell(Event::Quality(event));
            self.liveness.repace(self.now);
        }
    }

    pub(super) fn tell_trouble(&mut self, trouble: Trouble) {
        self.tell_error(trouble.report(self.config.dialect));
    }

    /// An attempt to connect came to nothing. What repeats is told once.
    pub(super) fn attempt_repeats(&mut self, why: &'static str) {
        if self.platform_offline {
            return self.streak.excused();
        }
        if self.streak.failed(self.now.wall, why, &self.said) {
            self.tell_repeated(What::Connecting, self.streak, why);
        }
    }

    /// The same of what is asked for beside the connection.
    pub(super) fn request_repeats(&mut self) {
        if self.platform_offline {
            return self.beside.excused();
        }
        let why = match &self.said {
            Failure { redirected: Some(_), .. } => "redirected",
            Failure { status: Some(429), .. } => "rate_limited",
            Failure { status: Some(_), .. } => "unavailable",
            _ => "unanswered",
        };
        if self.beside.failed(self.now.wall, why, &self.said) {
            self.tell_repeated(What::Requests, self.beside, why);
        }
    }

    fn tell_repeated(&mut self, what: What, streak: Streak, why: &'static str) {
        let Streak { count, since, .. } = streak;
        self.tell(Event::Repeated(Repeated { what, count, since, why, failure: self.said.clone() }));
    }

    pub(super) fn tell_error(&mut self, report: Report) {
        self.tell(Event::Error(report));
    }

    /// A record of what was done on the link, or without one.
    pub(super) fn audit(&mut self, what: &'static str, message: Option<Uuid>, bytes: usize, code: Option<u16>) {
        let connection = self.link.as_ref().map(|link| text(link.connection));
        self.audit_of(connection, what, message, bytes, code);
    }

    /// The same of the other connection, where there are two.
    pub(super) fn audit_on(&mut self, connection: Uuid, what: &'static str, bytes: usize, code: Option<u16>) {
        self.audit_of(Some(text(connection)), what, None, bytes, code);
    }

    fn audit_of(
        &mut self,
        connection: Option<String>,
        what: &'static str,
        message: Option<Uuid>,
        bytes: usize,
        code: Option<u16>,
    ) {
        let record = Audit {
            what,
            connection,
            message: message.map(text),
            bytes,
            state: self.state.name(),
            code,
            cause: self.said.code.clone(),
            at: self.now.wall,
        };
        self.tell(Event::Audit(record));
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.output(Output::Event(event));
    }
}

fn progress(message: &outbox::Message) -> &'static str {
    if message.flight.is_some() { "sending" } else { "queued" }
}

/// The hyphenated form, without the formatting machinery that `to_string` brings along.
pub(super) fn text(id: Uuid) -> String {
    String::from(&*id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()))
}
