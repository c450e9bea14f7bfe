//! What leaves, by which path, and what its answers mean. One writer: a message goes by the socket
//! or by REST, never by both at once; what is uncertain is settled, in order, before anything newer
//! goes out (design, Delivery).

use super::Client;
use crate::backoff::Backoff;
use crate::checkpoint::keep;
use crate::config::OnSessionLost;
use crate::connection::{State, Step};
use crate::limits;
use crate::liveness::Finding;
use crate::outbox::{Flight, Message, Outcome, Path};
use crate::protocol::Answer;
use crate::retry_after;
use crate::session::Loss;
use uuid::Uuid;

/// Whether the socket's path takes messages.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    /// After a retryable refusal nothing leaves until what is in flight has settled.
    held: bool,
    /// …and until this moment, monotonic.
    pub(super) until: u64,
    /// Then it goes on with one message; the others follow when one was taken.
    cautious: bool,
    backoff: Backoff,
}

impl Gate {
    pub(super) fn new(backoff: Backoff) -> Self {
        Self { held: false, cautious: false, until: 0, backoff }
    }
}

impl Client {
    /// Lets leave what can leave.
    pub(super) fn pump(&mut self) {
        if !self.state.is_active() || self.rest.is_busy() || self.settle_with_previous() {
            return;
        }
        if self.step == Step::Ready {
            self.pump_socket();
        } else if self.rest_at().is_some_and(|at| at <= self.now.monotonic) {
            self.pump_rest();
        }
    }

    fn pump_socket(&mut self) {
        let Some(generation) = self.generation() else { return };
        if self.liveness.is_suspected() {
            // What never left is never uncertain; the answer, or the verdict, comes soon.
            return;
        }
        if self.awaits_history() || self.conversation.is_ending() {
            // What is uncertain is settled before anything newer leaves; into what ends nothing goes.
            return;
        }
        let mut in_flight = self.outbox.in_flight(Path::Socket);
        if self.gate.held && in_flight > 0 || self.now.monotonic < self.gate.until {
            return;
        }
        if self.is_stuck() && self.outbox.next().is_some() {
            return self.attempt_failed("stuck", None, false);
        }
        self.gate.held = false;
        let timeout = self.ack_timeout();
        let window = if self.gate.cautious { 1 } else { self.config.window };
        while in_flight < window {
            let (Some(message), Some(session)) = (self.outbox.next(), self.sessions.current()) else { break };
            let (id, serial) = (message.id, session.serial);
            if self.ration.earliest() > self.now.monotonic {
                break;
            }
            if self.outbox.is_overtaken(message) {
                self.give_up(id, Outcome::Rejected, "order");
                continue;
            }
            if self.is_excluded(message) {
                if !self.goes_without_attributes(id) {
                    self.give_up(id, Outcome::Rejected, "over_limit");
                }
                continue;
            }
            let Some(frame) = self.dialect.message_frame(session, id, &message.content) else { break };
            let since = self.now.monotonic;
            let flight = Flight { path: Path::Socket, since, deadline: Some(since + timeout), resent: 0 };
            self.take_off(id, flight, serial, frame.len());
            self.emit_frame(generation, frame);
            in_flight += 1;
        }
    }

    /// A copy of a message is under way.
    pub(super) fn take_off(&mut self, id: Uuid, flight: Flight, session: u32, bytes: usize) {
        self.ration.message(self.now.monotonic);
        if let Some(message) = self.outbox.get_mut(id) {
            if !message.is_uncertain() {
                message.heard_before = self.incoming.count();
            }
            message.again = false;
            message.flight = Some(flight);
            message.refused = false;
            message.session = session;
            message.attempts += 1;
        }
        self.audit(if flight.path == Path::Socket { "send" } else { "post" }, Some(id), bytes, None);
        self.tell_progress(id, None);
    }

    /// A copy ended without the service taking it for good: the message waits again.
    pub(super) fn land(&mut self, id: Uuid, certain: bool, reason: &'static str) {
        let Some(message) = self.outbox.get_mut(id).filter(|message| message.flight.is_some()) else { return };
        message.flight = None;
        if certain {
            message.refused = true;
        } else {
            message.unknown += 1;
            message.uncertain_since = self.now.monotonic;
        }
        self.tell_progress(id, Some(reason));
    }

    /// Nobody knows what became of what was in flight on the socket: it is gone, say.
    pub(super) fn flights_are_uncertain(&mut self, why: &'static str) {
        for id in self.flights(|_| true) {
            self.land(id, false, why);
        }
        self.gate.held = false;
    }

    fn flights(&self, mut which: impl FnMut(&Flight) -> bool) -> Vec<Uuid> {
        let on_socket = |flight: &Flight| flight.path == Path::Socket;
        self.outbox.ids(&mut |message| message.flight.as_ref().is_some_and(|flight| on_socket(flight) && which(flight)))
    }

    pub(super) fn acknowledged(&mut self, id: Uuid, bytes: usize) {
        let Some(message) = self.outbox.get(id) else {
            let what = match self.outbox.outcome(id) {
                Some(Outcome::Delivered) => {
                    self.counters.duplicates += 1;
                    "duplicate_ack"
                }
                Some(_) => "late_ack",
                None => {
                    self.counters.ignored += 1;
                    "unknown_ack"
                }
            };
            return self.audit(what, Some(id), bytes, None);
        };
        // Karn's rule: only what left once says how long an acknowledgement takes.
        let awake = |flight: &Flight| flight.since >= self.awake_since;
        let sample = message.flight.filter(|it| it.path == Path::Socket && message.attempts == 1 && awake(it));
        if let Some(flight) = sample {
            self.acks.sample(self.now.monotonic.saturating_sub(flight.since));
        }
        self.audit("acknowledged", Some(id), bytes, None);
        self.delivered(id, Path::Socket);
    }

    pub(super) fn delivered(&mut self, id: Uuid, path: Path) {
        self.sessions.proved();
        match path {
            Path::Socket => {
                self.gate.backoff.reset();
                self.gate.cautious = false;
            }
            Path::Rest => {
                self.rest.works();
                self.beside.succeeded();
            }
        }
        self.end_message(id, Outcome::Delivered, "", Some(path));
    }

    /// An error frame named this message.
    pub(super) fn message_refused(&mut self, id: Uuid, answer: Answer, asked: Option<u64>) {
        let flying = |message: &Message| message.flight.is_some_and(|flight| flight.path == Path::Socket);
        if !self.outbox.get(id).is_some_and(flying) {
            // It is about nothing under way, but the wait that it asks for is about the path.
            if let (Answer::Paused { .. }, Some(asked)) = (answer, asked) {
                self.pause_socket(Some(asked));
            }
            self.counters.ignored += 1;
            return self.audit("unknown_refusal", Some(id), 0, None);
        }
        match answer {
            Answer::Acknowledged => self.delivered(id, Path::Socket),
            Answer::Rejected | Answer::Forbidden => {
                self.land(id, true, "refused");
                self.give_up(id, Outcome::Rejected, "refused");
            }
            Answer::SessionRefused => {
                self.refused_with_session(id);
                self.renew_session();
            }
            Answer::SessionGone => {
                self.refused_with_session(id);
                self.replace_session(Loss::Gone);
            }
            Answer::Paused { certain } => {
                self.service_awaits(id);
                self.refused_for_now(id, certain, "refused_for_now");
                self.pause_socket(Some(asked.unwrap_or(limits::RETRY_AFTER_DEFAULT)));
            }
            Answer::Failed => {
                self.service_awaits(id);
                self.refused_for_now(id, false, "failed");
                self.attempt_of_message_failed(id);
                self.pause_socket(None);
            }
        }
    }

    pub(super) fn refused_for_now(&mut self, id: Uuid, certain: bool, reason: &'static str) {
        if let Some(message) = self.outbox.get_mut(id) {
            message.refused = true;
        }
        self.land(id, certain, reason);
    }

    /// The session is refused together with this message. Where the session may have an earlier copy
    /// of it, this answer is the offer that webchat.md asks for; a second one could overtake what
    /// left after it.
    pub(super) fn refused_with_session(&mut self, id: Uuid) {
        self.land(id, true, "session_refused");
        let moves = self.config.on_session_lost == OnSessionLost::ResendUncertain;
        // A refused JWT is renewed, and the session is the same.
        if !moves && !self.conversation.authorisation.holds() && self.outbox.get(id).is_some_and(Message::is_uncertain)
        {
            self.give_up(id, Outcome::Unconfirmed, "session_lost");
        }
    }

    /// An answered failure of this message; too many are its end.
    pub(super) fn attempt_of_message_failed(&mut self, id: Uuid) {
        let Some(message) = self.outbox.get_mut(id) else { return };
        message.failures += 1;
        if message.failures >= limits::FAILED_ATTEMPTS {
            self.give_up(id, Outcome::Unconfirmed, "failed");
        }
    }

    /// The socket's path rests: for as long as the service asks, or by the backoff.
    pub(super) fn pause_socket(&mut self, asked: Option<u64>) {
        let wait = match asked {
            Some(asked) => retry_after::wait(asked, &mut self.random),
            None => self.gate.backoff.next(&mut self.random),
        };
        self.gate.held = true;
        self.gate.cautious = true;
        self.gate.until = self.gate.until.max(self.now.monotonic.saturating_add(wait));
    }

    /// Messages in flight whose acknowledgement is overdue: is the link dead, or the answer lost?
    pub(super) fn acknowledgement_overdue(&mut self) {
        let now = self.now.monotonic;
        for id in self.flights(|flight| flight.deadline.is_some_and(|deadline| deadline <= now)) {
            let out_of_time = self.outbox.get(id).is_some_and(|message| self.is_out_of_time(message));
            if out_of_time {
                self.give_up(id, Outcome::Expired, "ttl");
            } else if let Some(flight) = self.outbox.get_mut(id).and_then(|message| message.flight.as_mut()) {
                flight.deadline = None;
            }
        }
        if !self.flights(|flight| flight.deadline.is_none()).is_empty() && self.liveness.overdue() == Finding::Beat {
            self.send_heartbeat("probe");
        }
    }

    /// Something was heard: the link lives, so what is overdue was lost on the way, or its answer
    /// was. The same id goes again, and with it all that left after it: on a slow link a refusal of
    /// the first copy may be on its way, and what follows the second must not run ahead of what the
    /// service refused behind the first.
    pub(super) fn resend_overdue(&mut self) {
        let Some(generation) = self.generation() else { return };
        let timeout = self.ack_timeout();
        let by_history = self.history().is_some();
        let held = by_history || self.gate.held || !self.state.is_active();
        let mut again = false;
        let which = |flight: &Flight| {
            let overdue = flight.deadline.is_none();
            again |= overdue && !held;
            overdue || again
        };
        for id in self.flights(which) {
            if held {
                self.land(id, false, "no_answer");
                continue;
            }
            let since = self.now.monotonic;
            let most = self.config.ack_max;
            let Some(message) = self.outbox.get_mut(id) else { continue };
            let Some(flight) = message.flight.as_mut() else { continue };
            message.unknown += 1;
            flight.resent += 1;
            // RFC 6298, 5.5: each resend doubles the deadline.
            let doubled = timeout.saturating_mul(1 << flight.resent.min(8)).min(most);
            let flight = Flight { since, deadline: Some(since + doubled), ..*flight };
            let Some(session) = self.sessions.current() else { continue };
            let serial = message.session;
            let Some(frame) = self.dialect.message_frame(session, id, &message.content) else { continue };
            self.take_off(id, flight, serial, frame.len());
            self.emit_frame(generation, frame);
        }
        if by_history && self.awaits_history() {
            self.look_up();
        }
    }

    /// What the old session held when it was lost (`onSessionLost`).
    pub(super) fn apply_session_policy(&mut self) {
        match self.config.on_session_lost {
            OnSessionLost::Resend => {}
            OnSessionLost::ResendUncertain => {
                self.outbox.iter_mut().for_each(|message| message.session = 0);
            }
            OnSessionLost::Fail => {
                for id in self.outbox.ids(&mut |_| true) {
                    self.cancel_for_lost_session(id);
                }
            }
        }
    }

    /// A request to a session that was lost meanwhile is answered: its message belongs to that loss.
    pub(super) fn apply_session_policy_to(&mut self, id: Uuid) {
        match self.config.on_session_lost {
            OnSessionLost::Resend => {}
            OnSessionLost::ResendUncertain => {
                if let Some(message) = self.outbox.get_mut(id) {
                    message.session = 0;
                }
            }
            OnSessionLost::Fail => self.cancel_for_lost_session(id),
        }
    }

    /// What is uncertain is offered to the old session first.
    fn cancel_for_lost_session(&mut self, id: Uuid) {
        let lacking = |message: &Message| message.flight.is_none() && !message.is_uncertain();
        if self.outbox.get(id).is_some_and(lacking) {
            self.end_message(id, Outcome::Cancelled, "session_lost", None);
        }
    }

    /// A message can go no further: uncertain, it ends `unconfirmed`; else as said.
    pub(super) fn give_up(&mut self, id: Uuid, otherwise: Outcome, reason: &'static str) {
        if let Some(message) = self.outbox.get(id) {
            self.end_message(id, message.given_up(otherwise), reason, None);
        }
    }

    /// The TTL bounds leaving: what waits when it ends, ends.
    pub(super) fn expire(&mut self) {
        let over = |message: &Message| message.flight.is_none() && self.is_out_of_time(message);
        for id in self.outbox.ids(&mut { over }) {
            self.give_up(id, Outcome::Expired, "ttl");
        }
    }

    fn is_out_of_time(&self, message: &Message) -> bool {
        self.now.since(message.accepted) >= self.config.ttl
    }

    fn ack_timeout(&self) -> u64 {
        self.acks.timeout(limits::ACK_TIMEOUT_FIRST, self.config.ack_min, self.config.ack_max)
    }

    pub(super) fn next_overdue(&self) -> Option<u64> {
        self.outbox.iter().filter_map(|message| message.flight.filter(|it| it.path == Path::Socket)?.deadline).min()
    }

    /// The next message's end of time, never in the past: what is over by now has ended.
    pub(super) fn next_expiry(&self) -> Option<u64> {
        let now = self.now.monotonic;
        let left = |message: &Message| self.config.ttl.saturating_sub(self.now.since(message.accepted)).max(1);
        let waits = !matches!(self.state, State::Closing | State::Closed);
        self.outbox.next().filter(|_| waits).map(|message| now + left(message))
    }

    pub(super) fn socket_pause_ends(&self) -> Option<u64> {
        let waiting = self.step == Step::Ready && self.outbox.next().is_some();
        let until = self.gate.until.max(self.ration.earliest());
        (waiting && until > self.now.monotonic).then_some(until)
    }
}
keep!(Gate { held, until, cautious, backoff });
