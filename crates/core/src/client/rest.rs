//! The REST path: one request at a time, in order. It takes over when the socket cannot be had, and
//! it settles with the session before what the loss of that session left uncertain (webchat.md).

use super::Client;
use crate::backoff::Backoff;
use crate::built;
use crate::checkpoint::keep;
use crate::config::RestProof;
use crate::connection::Step;
use crate::error::{Ended, Trouble};
use crate::io::{HttpAnswer, Output};
use crate::limits;
use crate::outbox::{Flight, Outcome, Path};
use crate::protocol::{Answer, Request};
use crate::random::Random;
use crate::retry_after;
use crate::session::Loss;
use crate::timers::Timer;
use crate::value::Value;
use uuid::Uuid;

/// The request that is under way.
#[derive(Clone, Copy, Debug)]
struct Call {
    request: u32,
    /// None: it asks whether the session lives.
    message: Option<Uuid>,
    /// The session that it went to.
    session: u32,
    /// It asks the session before about a message of its time.
    offer: bool,
}

/// The path's state.
#[derive(Clone, Debug)]
pub(super) struct Rest {
    usable: bool,
    /// The service itself has answered here since a socket was open last, and nothing else has since. What has not left is
    /// posted only then: else it would be uncertain for nothing.
    proven: bool,
    call: Option<Call>,
    /// A `Retry-After` is a floor that nothing shortens, monotonic.
    floor: u64,
    /// The backoff after a failure, monotonic.
    until: u64,
    /// Before this moment it is not shortened again, monotonic.
    patient_until: u64,
    backoff: Backoff,
}

impl Rest {
    pub(super) fn new(usable: bool, backoff: Backoff) -> Self {
        Self { usable, proven: false, call: None, floor: 0, until: 0, patient_until: 0, backoff }
    }

    /// The caller connects anew: a path that was closed is open again, when its time has come.
    pub(super) fn start_anew(&mut self, usable: bool) {
        self.usable = usable;
    }

    pub(super) fn is_busy(&self) -> bool {
        built::WEBCHAT && self.call.is_some()
    }

    pub(super) fn is_call(&self, request: u32) -> bool {
        built::WEBCHAT && self.call.is_some_and(|call| call.request == request)
    }

    pub(super) fn works(&mut self) {
        self.backoff.reset();
    }

    /// Another fallback begins after this.
    pub(super) fn is_to_be_proven(&mut self) {
        self.proven = false;
    }

    /// The network may work now; what the service asked for still holds, and good news without end
    /// is no reason for requests without end.
    pub(super) fn shorten(&mut self, now: u64, random: &mut Random) {
        if self.until > now && self.patient_until <= now {
            self.until = self.until.min(now + random.between(0, limits::EAGER_WAIT));
            self.patient_until = now + limits::EAGER_EVERY;
        }
    }

    fn open_at(&self) -> u64 {
        self.floor.max(self.until)
    }
}

impl Client {
    /// When a message may go by REST; none: not at all, as things are.
    pub(super) fn rest_at(&self) -> Option<u64> {
        if !built::WEBCHAT || !self.rest.usable || self.rest.is_busy() || !self.state.is_active() {
            return None;
        }
        if self.uncertain_of_previous().is_some() {
            return Some(self.rest.open_at());
        }
        let session = self.sessions.current().filter(|session| session.is_fresh(self.now));
        if self.step == Step::Ready || session.is_none() || self.outbox.next().is_none() {
            return None;
        }
        let patient_until = if self.failed >= limits::FALLBACK_ATTEMPTS { 0 } else { self.fall_back_at };
        Some(self.rest.open_at().max(patient_until))
    }

    pub(super) fn pump_rest(&mut self) {
        while let Some(message) = self.outbox.next() {
            let id = message.id;
            if self.outbox.is_overtaken(message) {
                self.give_up(id, Outcome::Rejected, "order");
                continue;
            }
            if !self.rest.proven {
                return self.check_rest();
            }
            if let Some(session) = self.sessions.current() {
                let (request, serial) = (self.dialect.message_request(session, id, &message.content), session.serial);
                if let Some(request) = request {
                    self.post(id, request, serial, false);
                }
            }
            return;
        }
    }

    /// Asks what harms nothing: whether the session lives.
    fn check_rest(&mut self) {
        let asked = self.sessions.current().and_then(|it| Some((self.dialect.session_check(it)?, it.serial)));
        if let Some((request, session)) = asked {
            let number = self.calls_rest(None, session, false);
            self.emit_request(number, request);
        }
    }

    /// The socket is there, or nothing goes anywhere any more: whether REST works need not be known.
    pub(super) fn drop_rest_check(&mut self) {
        if let Some(call) = self.rest.call.take_if(|call| call.message.is_none()).filter(|_| built::WEBCHAT) {
            self.timers.set(Timer::RestDeadline, None);
            self.output(Output::AbortRequest(call.request));
        }
    }

    /// The first message that the session before may have.
    fn uncertain_of_previous(&self) -> Option<(Uuid, u32)> {
        let latest = self.sessions.current().map_or(u32::MAX, |session| session.serial);
        self.outbox
            .iter()
            .find(|message| {
                message.flight.is_none()
                    && message.is_uncertain()
                    && (1..latest).contains(&message.session)
                    && self.sessions.previous().is_some()
            })
            .map(|message| (message.id, message.session))
    }

    /// Messages that the lost session may have are offered to it once more, in order, before
    /// anything newer goes anywhere. True: that is under way.
    pub(super) fn settle_with_previous(&mut self) -> bool {
        while let Some((id, serial)) = self.uncertain_of_previous() {
            let offered = |serial_of: u32| built::WEBCHAT && serial_of == serial && self.rest.usable;
            let offer = self.sessions.previous().filter(|session| offered(session.serial));
            let message = self.outbox.get(id);
            let (Some(session), Some(message)) = (offer, message) else {
                self.give_up(id, Outcome::Unconfirmed, "session_lost");
                continue;
            };
            let request = self.dialect.message_request(session, id, &message.content);
            if let Some(request) = request.filter(|_| self.rest.open_at() <= self.now.monotonic) {
                self.post(id, request, serial, true);
            }
            return true;
        }
        self.sessions.settled();
        false
    }

    fn calls_rest(&mut self, message: Option<Uuid>, session: u32, offer: bool) -> u32 {
        let request = self.next_request();
        self.rest.call = Some(Call { request, message, session, offer });
        // Its answer says so again; a client that is closed before hears none.
        self.rest.proven = false;
        self.timers.set(Timer::RestDeadline, Some(self.now.monotonic + self.config.rest_timeout));
        request
    }

    fn post(&mut self, id: Uuid, request: Request, session: u32, offer: bool) {
        let number = self.calls_rest(Some(id), session, offer);
        let flight = Flight { path: Path::Rest, since: self.now.monotonic, deadline: None, resent: 0 };
        self.take_off(id, flight, session, request.body.as_ref().map_or(0, String::len));
        self.transmit(number, request);
    }

    pub(super) fn rest_timed_out(&mut self) {
        if let Some(call) = self.rest.call.filter(|_| built::WEBCHAT) {
            self.output(Output::AbortRequest(call.request));
            self.rest_answered(None);
        }
    }

    /// The request under way was answered; none: it failed, and nobody knows what became of it.
    pub(super) fn rest_answered(&mut self, answer: Option<HttpAnswer>) {
        self.timers.set(Timer::RestDeadline, None);
        let Some(call) = self.rest.call.take().filter(|_| built::WEBCHAT) else { return };
        let Some(id) = call.message else { return self.rest_checked(call, answer) };
        let Some(answer) = answer else {
            self.land(id, false, "network");
            self.back_off_rest();
            if call.offer {
                self.attempt_of_message_failed(id);
            }
            return;
        };
        self.audit("answer", Some(id), 0, Some(answer.status));
        let named = answer.json().is_some_and(|body| self.dialect.names_message(body, id));
        let asked = self.asked_wait(&answer);
        let meaning = self.dialect.answer(answer.status, named, asked.is_some());
        let current = self.sessions.current().is_some_and(|session| session.serial == call.session);
        let acknowledges = meaning == Answer::Acknowledged;
        if acknowledges && !self.is_proof(&answer, named) || answer.status == 0 {
            // Nobody knows who answered, nor what became of it.
            self.land(id, false, "foreign_answer");
            self.rest_unproven(asked);
            if call.offer {
                self.attempt_of_message_failed(id);
            } else if !current {
                self.apply_session_policy_to(id);
            }
            return;
        }
        if acknowledges {
            self.service_heard();
        }
        if call.offer {
            return self.offer_answered(id, meaning, asked);
        }
        self.rest.proven = matches!(meaning, Answer::Acknowledged | Answer::Rejected) && !answer.is_foreign();
        match meaning {
            // It speaks of a session that was lost meanwhile, and says nothing of the one in use.
            Answer::SessionRefused | Answer::SessionGone if !current => self.refused_with_session(id),
            _ => self.post_answered(id, meaning, asked),
        }
        if !current {
            self.apply_session_policy_to(id);
        }
    }

    /// Whether what acknowledges is the service's word (webchat.md, "Who answered").
    fn is_proof(&self, answer: &HttpAnswer, named: bool) -> bool {
        match self.config.rest_proof {
            RestProof::Id => named,
            RestProof::Json => answer.is_object(),
            RestProof::Status => true,
        }
    }

    /// Somebody else answered. What they ask to wait is a floor, and closes nothing.
    fn rest_unproven(&mut self, asked: Option<u64>) {
        self.back_off_rest();
        if let Some(asked) = asked {
            self.rest.floor = self.now.monotonic.saturating_add(retry_after::wait(asked, &mut self.random));
        }
    }

    /// Whether the session lives was answered, before anything is posted.
    fn rest_checked(&mut self, call: Call, answer: Option<HttpAnswer>) {
        let Some(answer) = answer else { return self.back_off_rest() };
        self.audit("answer", None, 0, Some(answer.status));
        if self.sessions.current().is_none_or(|session| session.serial != call.session) {
            // It speaks of a session that was lost meanwhile.
            return;
        }
        let asked = self.asked_wait(&answer);
        let object = matches!(answer.json(), Some(Value::Map(_) | Value::List(_)));
        match self.dialect.answer(answer.status, false, asked.is_some()) {
            _ if answer.status == 0 => self.rest_unproven(asked),
            Answer::Acknowledged if !object && self.config.rest_proof != RestProof::Status => {
                self.rest_unproven(asked);
            }
            Answer::SessionRefused | Answer::SessionGone => self.session_checked(&answer),
            Answer::Paused { .. } => self.pause_rest(asked),
            Answer::Failed => self.back_off_rest(),
            // The client may believe the page of a proxy, but the page does not show that the service is there.
            Answer::Rejected | Answer::Forbidden if answer.is_foreign() => self.rest_unproven(asked),
            // Who refuses the question is there.
            Answer::Acknowledged | Answer::Rejected | Answer::Forbidden => {
                self.service_heard();
                self.rest.proven = true;
            }
        }
    }

    fn post_answered(&mut self, id: Uuid, meaning: Answer, asked: Option<u64>) {
        match meaning {
            Answer::Acknowledged => self.delivered(id, Path::Rest),
            Answer::Rejected => {
                self.land(id, true, "refused");
                self.give_up(id, Outcome::Rejected, "refused");
            }
            Answer::Forbidden => {
                self.land(id, true, "forbidden");
                self.fail(Ended::Forbidden);
            }
            Answer::SessionRefused => {
                self.refused_with_session(id);
                self.replace_session(Loss::Refused);
            }
            Answer::SessionGone => {
                self.refused_with_session(id);
                self.replace_session(Loss::Gone);
            }
            Answer::Paused { certain } => {
                self.refused_for_now(id, certain, "refused_for_now");
                self.pause_rest(asked);
            }
            Answer::Failed => {
                self.refused_for_now(id, false, "failed");
                self.back_off_rest();
                self.attempt_of_message_failed(id);
            }
        }
    }

    /// The session before answered whether it takes a message that it may have had already.
    fn offer_answered(&mut self, id: Uuid, meaning: Answer, asked: Option<u64>) {
        match meaning {
            Answer::Acknowledged => self.delivered(id, Path::Rest),
            Answer::SessionRefused | Answer::SessionGone => {
                // It said so of itself, not of this message: the others need not be offered.
                self.land(id, true, "session_lost");
                while let Some((id, _)) = self.uncertain_of_previous() {
                    self.give_up(id, Outcome::Unconfirmed, "session_lost");
                }
            }
            Answer::Rejected | Answer::Forbidden => {
                self.land(id, true, "session_lost");
                self.give_up(id, Outcome::Unconfirmed, "session_lost");
            }
            Answer::Paused { certain } => {
                self.land(id, certain, "refused_for_now");
                self.pause_rest(asked);
                self.attempt_of_message_failed(id);
            }
            Answer::Failed => {
                self.land(id, false, "failed");
                self.back_off_rest();
                self.attempt_of_message_failed(id);
            }
        }
    }

    fn pause_rest(&mut self, asked: Option<u64>) {
        self.request_repeats();
        let asked = asked.unwrap_or(limits::RETRY_AFTER_DEFAULT);
        self.rest.floor = self.now.monotonic.saturating_add(retry_after::wait(asked, &mut self.random));
        if asked > limits::RETRY_AFTER_MOST {
            self.rest.usable = false;
            self.tell_trouble(Trouble::RestClosed);
        }
    }

    fn back_off_rest(&mut self) {
        self.request_repeats();
        self.rest.until = self.now.monotonic + self.rest.backoff.next(&mut self.random);
    }

    pub(super) fn drop_post(&mut self) {
        self.timers.set(Timer::RestDeadline, None);
        if let Some(call) = self.rest.call.take().filter(|_| built::WEBCHAT) {
            self.output(Output::AbortRequest(call.request));
            if let Some(id) = call.message {
                self.land(id, false, "closed");
            }
        }
    }

    pub(super) fn emit_request(&mut self, id: u32, request: Request) {
        self.audit("request", None, request.body.as_ref().map_or(0, String::len), None);
        self.transmit(id, request);
    }

    fn transmit(&mut self, id: u32, request: Request) {
        self.counters.bytes_out += request.body.as_ref().map_or(0, String::len) as u64;
        self.output(Output::Request(id, request));
    }
}
keep!(Call { request, message, session, offer });
keep!(Rest { usable, proven, call, floor, until, patient_until, backoff });
