//! From nothing to a ready connection: wait, credential, session, handshake, greeting. Each step has
//! a deadline; each failure goes one way, [`Client::attempt_failed`].

use super::Client;
use super::link::Link;
use crate::built;
use crate::checkpoint::keep;
use crate::connection::{Cause, State, Step};
use crate::error::Ended;
use crate::io::{HttpAnswer, Output};
use crate::limits;
use crate::protocol::{Inquiry, Ready, Request};
use crate::session::Loss;
use crate::timers::Timer;

/// A wait that was taken on has up to a quarter of jitter above what was asked.
pub(super) const LONGEST_WAIT: u64 = limits::RETRY_AFTER_MOST + limits::RETRY_AFTER_MOST / 4;

/// The wait before an attempt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wait {
    /// When it is over, monotonic.
    pub(super) until: u64,
    /// It must not be shortened below this, monotonic.
    floor: u64,
    /// It was shortened already; a second reason does not shorten it again.
    shortened: bool,
}

/// A request of the connecting steps that is under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub(super) request: u32,
    pub(super) step: Step,
}

impl Client {
    pub(super) fn start(&mut self) {
        self.failed = 0;
        self.unopened = 0;
        self.asked_again = false;
        self.attempt = 1;
        self.streak.succeeded();
        self.beside.succeeded();
        self.fall_back_at = self.now.monotonic + limits::FALLBACK_AFTER;
        self.sessions.start_anew();
        self.rest.start_anew(self.config.rest);
        self.step = Step::Session;
        if let Some(next) = self.state.after(Cause::Connect) {
            self.tell_state(next, "connect", None);
        }
        self.dial();
    }

    /// The wait is over.
    pub(super) fn begin_attempt(&mut self) {
        if self.wait.take().is_none() {
            return;
        }
        let doubts = self.unopened > 0 && self.unopened.is_multiple_of(limits::UNOPENED_BEFORE_PROBE);
        let check = match self.sessions.current() {
            _ if !doubts => None,
            _ if self.streams() => self.stream_check(),
            _ if self.conversing().is_some() => self.deployment_check(),
            session => session.and_then(|session| self.dialect.session_check(session)),
        };
        match check {
            // A page sees a refused handshake only as 1006; the service is asked in plain words.
            Some(request) => {
                self.tell_attempt(Step::Check, "unopened");
                self.request(request, Step::Check, self.config.rest_timeout);
            }
            None => {
                self.tell_attempt(Step::Session, "attempt");
                self.dial();
            }
        }
    }

    /// Whether there is such a deployment; asked once, where no handshake has ever succeeded. A page sees no refusal's reason.
    fn deployment_check(&self) -> Option<Request> {
        let first = !self.was_ready && self.unopened == limits::UNOPENED_BEFORE_PROBE;
        self.dialect.inquiry(Inquiry::Deployment).filter(|_| first)
    }

    pub(super) fn dial(&mut self) {
        if self.streams() {
            return self.dial_stream();
        }
        if self.awaits_authorisation() {
            return;
        }
        // Where the service says what the session is like, no clock of ours says that it is over.
        let told = self.conversing().is_some();
        let fresh = self.sessions.current().map(|session| told || session.is_fresh(self.now));
        match fresh {
            Some(true) => self.open_socket(),
            Some(false) => {
                if !self.lose_session(Loss::Expired) {
                    self.make_session();
                }
            }
            None => self.make_session(),
        }
    }

    pub(super) fn request(&mut self, request: Request, step: Step, timeout: u64) {
        let id = self.next_request();
        self.call = Some(Call { request: id, step });
        self.step = step;
        self.timers.set(Timer::Step, Some(self.now.monotonic + timeout));
        self.emit_request(id, request);
    }

    /// A request was answered (none: it failed): one of the connecting steps', or REST's.
    pub(super) fn answered(&mut self, request: u32, answer: Option<HttpAnswer>) {
        let answer = answer.map(|answer| self.weighed(request, answer));
        if built::MESSAGES && self.rest.is_call(request) {
            return self.rest_answered(answer);
        }
        if self.reading.is_call(request) {
            return self.history_answered(answer);
        }
        if self.conversation.authorisation.is_call(request) {
            return self.authorisation_answered_beside(answer.as_ref());
        }
        if self.attachments.is_call(request) {
            return self.put_answered(request, answer);
        }
        if self.inquiries.is_call(request) {
            return self.deployment_answered(request, answer);
        }
        if self.errand_answered(request, answer.as_ref()) {
            return;
        }
        let Some(call) = self.call.filter(|call| call.request == request) else { return };
        self.call = None;
        self.timers.set(Timer::Step, None);
        let Some(answer) = answer else {
            let why = if self.said.redirected.is_some() { "redirected" } else { "network" };
            return self.unanswered(call.step, why);
        };
        self.audit("answer", None, 0, Some(answer.status));
        match call.step {
            step if self.streams() => self.stream_answered(step, &answer),
            Step::Check => self.session_checked(&answer),
            // There a session is made by no request.
            _ if self.conversing().is_some() => self.authorisation_answered(&answer),
            _ => self.session_answered(&answer),
        }
    }

    /// A refusal that is not the service's word loses its status; what it asks to wait stays (docs/answers.md).
    fn weighed(&mut self, request: u32, mut answer: HttpAnswer) -> HttpAnswer {
        // Files, and what a deployment is like, are at storages with ways of their own, and no verdict follows from these answers.
        let checks = |call: Call| call.request == request && call.step == Step::Check;
        let elsewhere = self.attachments.is_call(request)
            || built::WEB_MESSAGING && self.conversing().is_some() && self.call.is_some_and(checks);
        if matches!(answer.status, 200..=299) || elsewhere {
            return answer;
        }
        let (now, awake_since) = (self.now.monotonic, self.awake_since);
        let own = if self.inquiries.is_call(request) {
            // Another host's.
            !answer.is_foreign()
        } else {
            self.provenance.believes(&answer, now, awake_since)
        };
        if !own {
            self.audit("foreign_answer", None, 0, Some(answer.status));
            answer.disown();
        }
        answer
    }

    /// Whether an answer that can carry no proof may be taken for the service's.
    pub(super) fn is_vouched(&mut self, status: u16) -> bool {
        self.provenance.vouches(status, self.now.monotonic, self.awake_since)
    }

    /// The service itself was heard: nobody else gives such an answer.
    pub(super) fn service_heard(&mut self) {
        self.provenance.proved(self.now.monotonic);
    }

    /// The step under way took too long.
    pub(super) fn step_timed_out(&mut self) {
        let step = self.step;
        self.drop_call();
        if step != Step::Check {
            self.backoff.skip();
        }
        self.unanswered(step, "timeout");
    }

    fn unanswered(&mut self, step: Step, why: &'static str) {
        self.stream_step_undone(step);
        if step == Step::Check {
            // The check may be out of reach (of a page of another origin, say) where the socket is not.
            return self.dial();
        }
        self.attempt_failed(why, None, false);
    }

    pub(super) fn open_socket(&mut self) {
        let held = self.opens.earliest().saturating_sub(self.now.monotonic);
        if held > LONGEST_WAIT {
            return self.fail(Ended::RateLimited);
        }
        if held > 0 {
            // Whatever asked for it: a hard floor under all opens.
            return self.wait_for_attempt(0, 0, "paced");
        }
        let address = if self.streams() {
            self.stream_address()
        } else {
            let Some(session) = self.sessions.current() else { return self.make_session() };
            self.dialect.socket(session)
        };
        let Some(address) = address else { return };
        self.link = Some(self.next_link());
        self.timers.set(Timer::Step, Some(self.now.monotonic + self.config.socket_timeout));
        self.tell_attempt(Step::Socket, "open");
        self.audit("open", None, 0, None);
        self.output(Output::OpenSocket(self.generations, address));
    }

    /// One more socket, which is going to be opened.
    pub(super) fn next_link(&mut self) -> Link {
        self.generations = self.generations.wrapping_add(1);
        self.opens.record(self.now.monotonic);
        self.counters.opens += 1;
        self.ration.reconnected(self.dialect.rates());
        Link::new(self.generations, self.random.uuid())
    }

    pub(super) fn socket_opened(&mut self, generation: u32) {
        if !self.is_current(generation) || self.step != Step::Socket {
            return self.successor_opened(generation);
        }
        self.unopened = 0;
        self.rest.is_to_be_proven();
        self.step = Step::Greeting;
        self.timers.set(Timer::Step, None);
        self.liveness.opened(self.now, self.was_ready);
        self.audit("opened", None, 0, None);
        self.greet();
        let (Ready::After(wait) | Ready::Said(wait)) = self.readiness();
        self.timers.set(Timer::Greeting, Some(self.now.monotonic + wait));
    }

    /// The connection has been open for as long as the dialect waits for the service's word.
    pub(super) fn greeting_over(&mut self) {
        match self.readiness() {
            Ready::After(_) => self.ready("open"),
            Ready::Said(_) => self.attempt_failed("no_greeting", None, false),
        }
    }

    /// The dialect says that the connection is ready.
    pub(super) fn ready(&mut self, why: &'static str) {
        let Some(next) = self.state.after(Cause::Ready) else { return };
        self.timers.set(Timer::Greeting, None);
        self.timers.set(Timer::Stable, Some(self.now.monotonic + limits::STABLE_AFTER));
        self.sessions.was_ready();
        self.step = Step::Ready;
        self.attempt = 0;
        self.failed = 0;
        self.streak.succeeded();
        if !self.streams() {
            self.beside.succeeded();
        }
        self.drop_rest_check();
        if let Some(link) = &mut self.link {
            link.ready_at = Some(self.now.monotonic);
        }
        self.tell_state(next, why, None);
        self.attachments_ready();
        if self.was_ready {
            self.counters.reconnects += 1;
            if self.history().is_none() {
                self.tell_gap();
            }
        }
        self.was_ready = true;
        if self.streams() {
            self.flow_on();
        }
    }

    /// The connection has held for another stretch.
    pub(super) fn held(&mut self) {
        let Some(ready_at) = self.link.as_ref().and_then(|link| link.ready_at) else { return };
        if self.streams() && self.is_mute_channel() {
            return self.timers.set(Timer::Stable, Some(self.now.monotonic + limits::STABLE_AFTER));
        }
        self.sessions.proved();
        self.conversation.authorisation.proved();
        self.stream_proved();
        let next = self.backoff.held(self.now.monotonic - ready_at);
        self.timers.set(Timer::Stable, next.map(|ready_for| ready_at + ready_for));
    }

    /// An attempt failed or the connection was lost: what is open is closed, what was in flight is
    /// uncertain, and a wait begins, of at least `floor` ms where the service asked for it.
    pub(super) fn attempt_failed(&mut self, why: &'static str, floor: Option<u64>, slowly: bool) {
        if self.state == State::Closing {
            return self.finish_closing();
        }
        if !self.state.is_active() {
            return;
        }
        if self.step == Step::Ready {
            let spread = self.random.between(0, limits::FALLBACK_SPREAD);
            self.fall_back_at = self.now.monotonic + limits::FALLBACK_AFTER + spread;
        } else {
            self.failed += 1;
        }
        if self.step == Step::Socket {
            self.unopened += 1;
        }
        self.drop_link();
        self.drop_call();
        self.attempt += 1;
        if self.config.max_attempts.is_some_and(|most| self.attempt > most) {
            return self.fail(Ended::AttemptsExhausted);
        }
        let delay = if self.platform_offline {
            self.random.between(self.config.backoff_cap / 2, self.config.backoff_cap)
        } else if slowly {
            self.backoff.at_cap(&mut self.random)
        } else {
            self.backoff.next(&mut self.random)
        };
        self.wait_for_attempt(delay, floor.unwrap_or(0), why);
        self.attempt_repeats(why);
    }

    /// Begins a wait of `delay` ms, never under `floor` ms nor before the next open is allowed.
    pub(super) fn wait_for_attempt(&mut self, delay: u64, floor: u64, why: &'static str) {
        let now = self.now.monotonic;
        let mut until = now + delay;
        let mut lowest = now.saturating_add(floor);
        let earliest = self.opens.earliest();
        if until < earliest {
            // Jitter above the floor, so that clients that were stopped together do not go together.
            lowest = lowest.max(earliest + self.random.between(0, limits::EAGER_WAIT));
        }
        until = until.max(lowest);
        self.wait = Some(Wait { until, floor: lowest.max(earliest), shortened: false });
        self.step = Step::Waiting;
        self.timers.set(Timer::Step, None);
        self.timers.set(Timer::Attempt, Some(until));
        let cause = if self.platform_offline { Cause::FailedOffline } else { Cause::Failed };
        if let Some(next) = self.state.after(cause) {
            self.tell_state(next, why, None);
        }
    }

    /// `online`, `visible` and `resume` shorten a wait to one uniform in [0, 1 s], once.
    pub(super) fn shorten_wait(&mut self) {
        let eager = self.now.monotonic + self.random.between(0, limits::EAGER_WAIT);
        let Some(wait) = self.wait.as_mut().filter(|wait| !wait.shortened) else { return };
        wait.shortened = true;
        let until = eager.max(wait.floor);
        if until < wait.until {
            wait.until = until;
            self.timers.set(Timer::Attempt, Some(until));
            self.tell_state(self.state, "shortened", None);
        }
    }

    /// The platform says that there is no network: a wait becomes one of once per cap. An attempt
    /// or a link that is under way goes on; the platform can be wrong.
    pub(super) fn went_offline(&mut self) {
        let waiting = self.step == Step::Waiting && self.state != State::Offline;
        if let Some(wait) = self.wait.filter(|_| waiting) {
            let delay = self.random.between(self.config.backoff_cap / 2, self.config.backoff_cap);
            self.wait_for_attempt(delay, wait.floor.saturating_sub(self.now.monotonic), "offline");
        }
    }

    pub(super) fn drop_call(&mut self) {
        self.timers.set(Timer::Step, None);
        let Some(call) = self.call.take() else { return };
        if call.step != Step::Credential {
            self.output(Output::AbortRequest(call.request));
        }
        self.stream_step_undone(call.step);
    }
}
keep!(Wait { until, floor, shortened });
keep!(Call { request, step });
