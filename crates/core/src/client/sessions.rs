//! How the client comes by a guest session, and what happens when it is lost.

use super::Client;
use super::connecting::{Call, LONGEST_WAIT};
use crate::built;
use crate::config::{Credential, well_formed};
use crate::connection::Step;
use crate::error::{Ended, Trouble};
use crate::io::{HttpAnswer, Output};
use crate::limits;
use crate::retry_after;
use crate::secret::Secret;
use crate::session::{Granted, Loss};
use crate::timers::Timer;

impl Client {
    pub(super) fn make_session(&mut self) {
        let spent = self.conversation.authorisation.needs_another_token();
        if spent && !matches!(self.config.credential, Credential::Provider) {
            return self.fail(Ended::Unauthorized);
        }
        if let Credential::Bearer(token) | Credential::ApiKey(token) = &self.config.credential
            && let Some(granted) = self.dialect.session(token, &mut self.random)
        {
            return self.session_made(granted);
        }
        if self.asks_too_often() {
            return;
        }
        if matches!(self.config.credential, Credential::Provider) {
            self.ask_for_token();
        } else {
            self.ask_for_session(None);
        }
    }

    /// Whether the service has asked to wait: then that is done, or the client ends.
    pub(super) fn waits_as_asked(&mut self) -> bool {
        let left = self.asked_until.saturating_sub(self.now.monotonic);
        if left > LONGEST_WAIT {
            self.fail(Ended::RateLimited);
            return true;
        }
        if left > 0 {
            // What the service asked for outlives a `close()`.
            self.wait_for_attempt(0, left, "rate_limited");
        }
        left > 0
    }

    /// Whether it is too soon to ask for a session, or for what makes one: then a wait begins, or the client ends.
    pub(super) fn asks_too_often(&mut self) -> bool {
        if self.waits_as_asked() {
            return true;
        }
        let held = self.asks.earliest().saturating_sub(self.now.monotonic);
        if held > 0 {
            let jitter = self.random.between(0, limits::EAGER_WAIT);
            self.wait_for_attempt(0, held + jitter, "paced");
            return true;
        }
        self.asks.record(self.now.monotonic);
        false
    }

    fn ask_for_session(&mut self, bearer: Option<&Secret>) {
        if let Some(request) = self.dialect.session_request(&self.config.guest, bearer) {
            self.request(request, Step::Session, self.config.session_timeout);
        }
    }

    fn session_made(&mut self, granted: Granted) {
        self.asked_again = false;
        self.conversation.authorisation.token_replaced();
        let (replaces, reason) = self.sessions.made(self.now, granted);
        self.tell_session(replaces, reason);
        self.open_socket();
    }

    pub(super) fn ask_for_token(&mut self) {
        let request = self.next_request();
        self.call = Some(Call { request, step: Step::Credential });
        self.step = Step::Credential;
        self.timers.set(Timer::Step, Some(self.now.monotonic + self.config.session_timeout));
        // Where the token is the guest's own, a session that was refused is a token that was refused.
        let renew = self.asked_again
            || built::WEB_MESSAGING && self.sessions.was_refused()
            || self.conversation.authorisation.needs_another_token()
            || self.stream_token_spent();
        self.output(Output::RequestToken(request, renew));
    }

    /// The token provider answered.
    pub(super) fn token_given(&mut self, request: u32, token: Secret, life: Option<u64>) {
        let token = token.trimmed();
        let sound = well_formed(token.expose());
        let beside = self.asked_beside(request);
        if !beside && !self.asked_for_token(request) {
            if self.streams() && sound && self.requests == request {
                self.token_came_late(token, life);
            }
            return;
        }
        if !sound {
            // A page for people, say: the endpoint has a bad minute.
            return self.token_failed(beside, Trouble::InvalidCredential, "invalid_credential");
        }
        self.token_trouble_at = None;
        if beside {
            return self.has_token(token, life);
        }
        if self.streams() {
            return self.stream_token_given(token, life);
        }
        match self.dialect.session(&token, &mut self.random) {
            Some(granted) => self.session_made(granted),
            None => self.ask_for_session(Some(&token)),
        }
    }

    /// The token provider failed; `ended`: there will never be one.
    pub(super) fn token_refused(&mut self, request: u32, ended: Option<Ended>) {
        let beside = self.asked_beside(request);
        if !beside && !self.asked_for_token(request) {
            return;
        }
        if let Some(ended) = ended {
            return self.fail(ended);
        }
        self.token_failed(beside, Trouble::TokenUnavailable, "token_unavailable");
    }

    /// The provider has given no token, and is asked again, with backoff. It is told at once, and while it goes on now and
    /// then.
    fn token_failed(&mut self, beside: bool, trouble: Trouble, why: &'static str) {
        let now = self.now.monotonic;
        if self.token_trouble_at.is_none_or(|at| now - at >= limits::TOKEN_TROUBLE_EVERY) {
            self.token_trouble_at = Some(now);
            self.tell_trouble(trouble);
        }
        if beside {
            return self.errand_failed(None);
        }
        self.attempt_failed(why, None, false);
    }

    /// Whether this answers what was asked of the provider last.
    fn asked_for_token(&mut self, request: u32) -> bool {
        self.call.take_if(|call| call.request == request && call.step == Step::Credential).is_some()
    }

    pub(super) fn session_checked(&mut self, answer: &HttpAnswer) {
        match answer.status {
            // There, what was asked for is the deployment. It is no proof: whoever stands between may answer so too.
            status if self.conversing().is_some() => {
                if matches!(status, 403 | 404 | 410) {
                    self.tell_trouble(Trouble::NoDeployment(status));
                }
                self.dial();
            }
            401 => self.replace_session(Loss::Refused),
            404 | 410 => self.replace_session(Loss::Gone),
            _ => self.dial(),
        }
    }

    /// The table of webchat.md, "Create a guest session".
    pub(super) fn session_answered(&mut self, answer: &HttpAnswer) {
        let asked = self.asked_wait(answer);
        match answer.status {
            200..=299 => {
                let Some(granted) = answer.json().and_then(|body| self.dialect.session_granted(body)) else {
                    self.counters.malformed += 1;
                    return self.attempt_failed("malformed_answer", None, false);
                };
                self.service_heard();
                self.session_made(granted);
            }
            401 if matches!(self.config.credential, Credential::Provider) && !self.asked_again => {
                self.asked_again = true;
                self.ask_for_token();
            }
            401 => self.fail(Ended::Unauthorized),
            403 => self.fail(Ended::Forbidden),
            408 | 425 | 429 | 500..=599 => self.session_unavailable(answer.status, asked),
            400..=499 => self.refused_for_good(answer),
            _ => self.session_refused_for_now("foreign_answer", asked),
        }
    }

    /// The service is not to be had for now, by its status; `asked`: the wait that it asks for, ms.
    pub(super) fn session_unavailable(&mut self, status: u16, asked: Option<u64>) {
        let asked = asked.or((status == 429).then_some(limits::RETRY_AFTER_DEFAULT));
        self.session_refused_for_now(if status == 429 { "rate_limited" } else { "unavailable" }, asked);
    }

    /// That is final, and what it asks to wait holds for a caller who connects again.
    pub(super) fn refused_for_good(&mut self, answer: &HttpAnswer) {
        // What is not there asks for no wait.
        let asked = self.asked_wait(answer).filter(|_| !matches!(answer.status, 404 | 410));
        self.wait_out(asked);
        self.fail(Ended::Refused(answer.status));
    }

    /// How long nothing is asked for, ms.
    fn wait_out(&mut self, asked: Option<u64>) -> Option<u64> {
        let wait = asked.map(|asked| retry_after::wait(asked, &mut self.random));
        self.asked_until = self.now.monotonic.saturating_add(wait.unwrap_or(0));
        wait
    }

    pub(super) fn session_refused_for_now(&mut self, why: &'static str, asked: Option<u64>) {
        let wait = self.wait_out(asked);
        if asked.is_some_and(|asked| asked > limits::RETRY_AFTER_MOST) {
            return self.fail(Ended::RateLimited);
        }
        self.attempt_failed(why, wait, false);
    }

    /// How long an answer asks to wait, ms: by its header, else by its body.
    pub(super) fn asked_wait(&self, answer: &HttpAnswer) -> Option<u64> {
        let header = answer.retry_after.as_deref();
        header
            .and_then(|header| retry_after::parse(header, answer.date.as_deref(), self.now.wall))
            .or_else(|| self.dialect.retry_after(answer.json()?))
            // Somebody else's word closes no path.
            .map(|asked| if answer.is_foreign() { asked.min(limits::RETRY_AFTER_MOST) } else { asked })
    }

    /// The session in use is lost. True: that ended the client.
    pub(super) fn lose_session(&mut self, loss: Loss) -> bool {
        if self.sessions.current().is_none() {
            return false;
        }
        if self.sessions.lose(loss) {
            self.fail(Ended::SessionLost);
            return true;
        }
        self.history_is_over(loss != Loss::Refused);
        self.tell_trouble(Trouble::SessionReplaced);
        self.apply_session_policy();
        self.attachments_lost_their_session();
        false
    }

    /// The service refuses the session: what is open is closed, and after the backoff there is a new
    /// one. A wait that has begun goes on.
    pub(super) fn replace_session(&mut self, loss: Loss) {
        let waiting = self.step == Step::Waiting;
        self.drop_link();
        if !self.lose_session(loss) && !waiting {
            self.attempt_failed("session_lost", None, false);
        }
    }

    /// The credentials are refused on a live connection.
    pub(super) fn renew_session(&mut self) {
        if self.streams() {
            return self.stream_token_refused();
        }
        if self.jwt_refused() {
            return;
        }
        self.drop_link();
        if self.sessions.renew() {
            return self.fail(Ended::Unauthorized);
        }
        self.replace_session(Loss::Refused);
    }
}
