//! The guest signs in, stays signed in, and signs out. A grant is exchanged for a JWT, with which every greeting from
//! then on is said; a JWT that is refused is renewed; where that cannot be, the client waits for its caller, with all
//! that waits in it. Who is signed in is never greeted as a stranger again, and a token that an account has used is
//! never used for anybody else.

mod state;

use super::Client;
use crate::built;
use crate::config::Credential;
use crate::connection::{Cause, State, Step};
use crate::error::Ended;
use crate::error::conversation::{CannotAsk, Declined, Departure};
use crate::event::conversation::{Authorization, Happening};
use crate::grant::Grant;
use crate::io::{HttpAnswer, Output};
use crate::limits;
use crate::protocol::authorisation::Authorising;
use crate::retry_after;
use crate::secret::Pass;
use crate::time::Now;
pub(super) use state::Authorisation;
use state::Standing;

impl Client {
    /// Signs the guest in: the session that there is becomes theirs, or the first one is. Done, or not, when the event
    /// `authorization` says so.
    pub fn sign_in(&mut self, now: Now, grant: Grant) -> Result<(), CannotAsk> {
        self.arrive(now);
        if self.authorising().is_none() || self.state == State::Closing {
            return Err(CannotAsk::Closed);
        }
        let it = &mut self.conversation.authorisation;
        if it.grant.get().is_some() || it.jwt().is_some() || it.leaving {
            return Err(CannotAsk::SignedIn);
        }
        (it.grant, it.untold, it.tries, it.until, it.wanted) = (Pass::new(Some(grant.0)), true, 0, 0, false);
        if it.standing == Standing::Unknown {
            // A token that was kept from earlier may be known as another account's.
            it.spent |= matches!(self.config.credential, Credential::Provider);
            self.drop_link();
            self.sessions.forget();
        }
        let waits = self.step == Step::Waiting && self.wait.is_some();
        if self.state.is_active() && self.link.is_none() && !waits {
            self.drop_call();
            self.dial();
        }
        self.settle();
        Ok(())
    }

    /// Whoever was asked for a grant has none now, though one is still required: an event `grantwanted` asks again.
    pub fn grant_unavailable(&mut self, now: Now) {
        self.arrive(now);
        if self.lacks_grant() {
            let (base, cap) = (self.config.backoff_base, self.config.backoff_cap);
            let tries = self.conversation.authorisation.tries;
            let top = base.saturating_mul(1_u64 << tries.min(16)).min(cap);
            let until = self.now.monotonic + self.random.between(top / 2, top);
            let it = &mut self.conversation.authorisation;
            (it.tries, it.until, it.wanted) = (tries.saturating_add(1), until, true);
        }
        self.settle();
    }

    /// Nothing goes on until the guest signs in.
    fn lacks_grant(&self) -> bool {
        let it = &self.conversation.authorisation;
        built::WEB_MESSAGING
            && self.step == Step::Waiting
            && self.wait.is_none()
            && self.state.is_active()
            && !it.leaving
            && !it.is_somebodys()
    }

    /// Signs the guest out, on all devices, and ends the conversation here; the next one has another token.
    pub fn sign_out(&mut self, now: Now) -> Result<(), CannotAsk> {
        self.arrive(now);
        let it = &self.conversation.authorisation;
        if !it.is_somebodys() {
            return Err(CannotAsk::SignedOut);
        }
        if !it.leaving {
            self.drop_beside();
            let jwt = self.conversation.authorisation.jwt();
            match self.authorising().zip(jwt).map(|(service, jwt)| service.revoke_request(jwt)) {
                Some(request) => {
                    self.conversation.authorisation.leaving = true;
                    self.asks_beside(request);
                }
                None => self.signed_out(true),
            }
        }
        self.settle();
        Ok(())
    }

    fn authorising(&self) -> Option<&dyn Authorising> {
        if built::WEB_MESSAGING { self.dialect.authorising() } else { None }
    }

    fn asks_beside(&mut self, request: crate::protocol::Request) {
        let id = self.next_request();
        let it = &mut self.conversation.authorisation;
        (it.call, it.until) = (Some(id), self.now.monotonic + self.config.rest_timeout);
        self.emit_request(id, request);
    }

    fn drop_beside(&mut self) {
        if let Some(request) = self.conversation.authorisation.call.take() {
            self.output(Output::AbortRequest(request));
        }
    }

    /// Before a connection is made: whatever its greeting needs is asked for first. True: that is under way, or cannot be
    /// had.
    pub(super) fn awaits_authorisation(&mut self) -> bool {
        let Some(service) = self.authorising() else { return false };
        let it = &self.conversation.authorisation;
        let wanted = it.standing == Standing::Account
            || self.config.deployment.as_ref().is_some_and(|deployment| deployment.authenticated);
        let request = match (it.grant.get(), it.jwt(), it.refresh_token.get()) {
            // A stranger's conversation does not wait for it.
            _ if it.leaving => {
                self.step = Step::Waiting;
                return true;
            }
            _ if it.standing == Standing::Guest => return false,
            (Some(grant), ..) => service.exchange_request(grant),
            (_, Some(_), Some(token)) if it.stale && it.tries < limits::REFRESHES => service.refresh_request(token),
            (_, Some(_), _) if !it.stale => return false,
            (_, None, _) if !wanted => return false,
            (_, jwt, _) => {
                let reason = if jwt.is_some() { "expired" } else { "first" };
                self.authorisation_required(reason);
                return true;
            }
        };
        if !self.asks_too_often() {
            self.request(request, Step::Session, self.config.session_timeout);
        }
        true
    }

    /// The client waits for its caller: nothing leaves, and what waits, waits.
    fn authorisation_required(&mut self, reason: &'static str) {
        self.step = Step::Waiting;
        if self.conversation.authorisation.leaving {
            return;
        }
        self.conversation.authorisation.forget();
        let cause = if self.platform_offline { Cause::FailedOffline } else { Cause::Failed };
        if let Some(next) = self.state.after(cause) {
            self.tell_state(next, "authorization_required", None);
        }
        let error = (reason != "first").then_some(Declined::Authorisation);
        self.tell_authorization("required", Some(reason), false, error);
    }

    /// What was asked for before a connection was answered.
    pub(super) fn authorisation_answered(&mut self, answer: &HttpAnswer) {
        match answer.status {
            200..=299 if self.take_jwt(answer) => self.dial(),
            200..=299 => self.attempt_failed("malformed_answer", None, false),
            400..=499 if !matches!(answer.status, 408 | 425 | 429) => {
                let reason = if self.conversation.authorisation.grant.get().is_some() { "refused" } else { "expired" };
                self.authorisation_required(reason);
            }
            // It says nothing of the guest: what they have they keep.
            status => {
                let default = (status == 429).then_some(limits::RETRY_AFTER_DEFAULT);
                let asked = self.asked_wait(answer).or(default);
                self.session_refused_for_now("unavailable", asked);
            }
        }
    }

    /// What was asked for beside the connection was answered; none: it was not.
    pub(super) fn authorisation_answered_beside(&mut self, answer: Option<&HttpAnswer>) {
        self.conversation.authorisation.call = None;
        let status = answer.map_or(0, |answer| answer.status);
        self.audit("answer", None, 0, Some(status));
        if self.conversation.authorisation.leaving {
            let done = (200..=299).contains(&status) && answer.is_some_and(|answer| !answer.is_foreign());
            return self.signed_out(done);
        }
        match (status, answer) {
            (200..=299, Some(answer)) if self.take_jwt(answer) => {}
            (400..=499, _) if !matches!(status, 408 | 425 | 429) => self.sign_in_refused(),
            _ => {
                self.request_repeats();
                let tries = self.conversation.authorisation.tries.saturating_add(1);
                let least = limits::RETRY_AFTER_DEFAULT << tries.min(4);
                let asked = answer.and_then(|answer| self.asked_wait(answer)).unwrap_or(0).max(least);
                let at = self.now.monotonic.saturating_add(retry_after::wait(asked, &mut self.random));
                let it = &mut self.conversation.authorisation;
                (it.tries, it.until) = (tries, at);
            }
        }
    }

    fn take_jwt(&mut self, answer: &HttpAnswer) -> bool {
        let given = self.authorising().zip(answer.json()).and_then(|(service, body)| service.authorised(body));
        let Some((jwt, refresh_token)) = given else {
            self.counters.malformed += 1;
            return false;
        };
        self.service_heard();
        let it = &mut self.conversation.authorisation;
        // What is renewed may be renewed with the same.
        let renewed = core::mem::take(&mut it.grant) == Pass::default();
        if refresh_token.is_some() || !renewed {
            it.refresh_token = Pass::new(refresh_token);
        }
        it.tries += u8::from(it.stale);
        (it.jwt, it.stale, it.until) = (Pass::new(Some(jwt)), false, 0);
        true
    }

    /// The JWT is refused, on whatever occasion. False: there is none.
    pub(super) fn jwt_refused(&mut self) -> bool {
        if !self.conversation.authorisation.holds() {
            return false;
        }
        if self.conversation.authorisation.standing == Standing::Guest {
            self.step_up_refused();
        } else {
            self.conversation.authorisation.stale = true;
            self.attempt_failed("jwt_refused", None, false);
        }
        true
    }

    /// The service does not make the guest's session theirs; it stays what it was.
    pub(super) fn step_up_refused(&mut self) {
        self.sign_in_refused();
        if self.step == Step::Greeting {
            self.attempt_failed("sign_in_refused", None, false);
        }
    }

    fn sign_in_refused(&mut self) {
        if self.conversation.authorisation.leaving {
            return;
        }
        self.conversation.authorisation.forget();
        self.tell_authorization("refused", None, false, Some(Declined::SignIn));
    }

    /// The service has let us in, as whoever we said that we are.
    pub(super) fn let_in(&mut self, cleared: bool) {
        let it = &mut self.conversation.authorisation;
        if !core::mem::take(&mut it.greeted) {
            if it.standing == Standing::Unknown {
                it.standing = Standing::Guest;
            }
            return;
        }
        it.standing = Standing::Account;
        if core::mem::take(&mut it.untold) || cleared {
            self.tell_authorization("signed_in", None, cleared, None);
        }
    }

    /// What a departure does to what the guest has signed in with. True: it was the guest's own wish.
    pub(super) fn departs_signed_in(&mut self, departure: Departure) -> bool {
        self.conversation.authorisation.spent |= departure.spends_token();
        if departure == Departure::LoggedOut {
            self.signed_out(true);
        }
        departure == Departure::LoggedOut
    }

    /// All that is known of the guest is forgotten. `surely`: on the service's side too.
    fn signed_out(&mut self, surely: bool) {
        let was_in = self.conversation.authorisation.is_somebodys();
        self.conversation.authorisation.forget();
        self.conversation.authorisation.spent = true;
        self.conversation.forget_attributes();
        self.fail(Ended::Departed(Departure::LoggedOut));
        // Where it had ended already, it has not forgotten yet.
        self.sessions.forget();
        self.forget_history();
        self.conversation_stops(true);
        if was_in {
            self.tell_authorization("signed_out", None, false, (!surely).then_some(Declined::SignOut));
        }
    }

    pub(super) fn attend_authorisation(&mut self) {
        let it = &self.conversation.authorisation;
        let due = it.until <= self.now.monotonic;
        if it.wanted && due {
            self.conversation.authorisation.wanted = false;
            if self.lacks_grant() {
                self.tell_happening(Happening::GrantWanted);
            }
        } else if it.call.is_some() {
            if due {
                self.drop_beside();
                self.authorisation_answered_beside(None);
            }
        } else if self.step == Step::Ready && it.standing == Standing::Guest && due {
            if it.greeted {
                self.attempt_failed("no_answer", None, false);
            } else if it.jwt().is_some() {
                self.conversation.authorisation.until = self.now.monotonic + self.config.session_timeout;
                self.greet();
            } else if let Some((service, grant)) = self.authorising().zip(it.grant.get()) {
                let request = service.exchange_request(grant);
                self.asks_beside(request);
            }
        }
    }

    fn tell_authorization(
        &mut self,
        state: &'static str,
        reason: Option<&'static str>,
        cleared: bool,
        error: Option<Declined>,
    ) {
        if let Some(error) = error {
            self.tell_error(error.report());
        }
        let told = Authorization { state, reason, cleared, error, at: self.now.wall };
        self.tell_happening(Happening::Authorization(told));
    }
}
