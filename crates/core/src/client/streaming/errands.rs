//! What is asked of the service over REST while the connection is ready, one thing at a time: the differences of the
//! topics, the renewal of the channel, the making of a second one. What fails for now is tried again with backoff.

use super::super::Client;
use crate::checkpoint::{keep, keep_one_of};
use crate::config::Credential;
use crate::error::{Ended, Trouble};
use crate::io::{HttpAnswer, Output};
use crate::limits;
use crate::retry_after;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A token, of the application's provider.
    Token,
    /// That the service learns of topics.
    Topics,
    /// That the channel lives on.
    Renewal,
    /// Until when it lives.
    Expiry,
    /// A second channel.
    Channel,
    /// That the second channel learns of all topics.
    Handover,
}

/// What is under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Errand {
    /// The request; none: it was said on the socket, and is to be confirmed there.
    request: Option<u32>,
    what: What,
    until: u64,
}

impl Client {
    /// Begins the next one, if there is one and none is under way.
    pub(super) fn run_errands(&mut self) {
        let now = self.now.monotonic;
        let idle = self.streaming.get().is_some_and(|streaming| streaming.errand.is_none());
        if !idle || self.errands_from() > now {
            return;
        }
        let Some(what) = self.next_errand() else { return };
        if self.is_plain_socket() {
            return self.tell_plain_socket();
        }
        let Some(token) = self.fresh_token() else { return self.ask_beside() };
        if what == What::Channel && !self.may_ask_beside() {
            return;
        }
        let request = match what {
            What::Token => None,
            What::Topics => self.subscription_request(),
            What::Renewal => self.renewal_request(&token),
            What::Expiry => self.channels().map(|channels| channels.list(&token)),
            What::Channel => self.channels().map(|channels| channels.make(&token)),
            What::Handover => self.handover_request(&token),
        };
        let Some(request) = request else { return };
        let number = self.begin_errand(what);
        self.emit_request(number, request);
    }

    /// What is wanted now.
    fn next_errand(&self) -> Option<What> {
        let streaming = self.streaming.get().filter(|_| self.stream_is_ready())?;
        if let Some(what) = streaming.handover.wants() {
            return Some(what);
        }
        if streaming.handover.is_under_way() {
            // What is told to a channel that is left is told in vain.
            return None;
        }
        if streaming.tell_all || !streaming.topics.is_settled() {
            return Some(What::Topics);
        }
        let held = streaming.channel.as_ref()?;
        if streaming.renewal_told() {
            return Some(What::Expiry);
        }
        (held.renew_at <= self.now.monotonic).then_some(What::Renewal)
    }

    /// When the next one may begin, or the one under way is late.
    pub(super) fn errands_due(&self) -> Option<u64> {
        let streaming = self.streaming.get()?;
        if let Some(errand) = streaming.errand {
            return Some(errand.until);
        }
        if !self.stream_is_ready() {
            return None;
        }
        if streaming.handover.is_under_way() && streaming.handover.wants().is_none() {
            return None;
        }
        // It is run at once unless something holds it back.
        let wanted = self.next_errand().is_some().then(|| self.errands_from());
        let renewal = streaming.channel.as_ref().map(|held| held.renew_at.max(self.errands_from()));
        wanted.or(renewal)
    }

    fn errands_from(&self) -> u64 {
        self.streaming.get().map_or(0, |streaming| streaming.errands_from).max(self.asked_until)
    }

    fn begin_errand(&mut self, what: What) -> u32 {
        let request = self.next_request();
        let until = self.now.monotonic + self.config.rest_timeout;
        if let Some(streaming) = self.stream() {
            streaming.errand = Some(Errand { request: Some(request), what, until });
        }
        request
    }

    /// Channels are made, and tokens asked for, no faster beside the connection than in its stead.
    fn may_ask_beside(&mut self) -> bool {
        let (now, earliest) = (self.now.monotonic, self.asks.earliest());
        if earliest > now {
            if let Some(streaming) = self.stream() {
                streaming.errands_from = earliest;
            }
            return false;
        }
        self.asks.record(now);
        true
    }

    /// Another token, while the connection goes on.
    fn ask_beside(&mut self) {
        if !matches!(self.config.credential, Credential::Provider) {
            return self.fail(Ended::Unauthorized);
        }
        if !self.may_ask_beside() {
            return;
        }
        let renew = self.stream_token_spent();
        let number = self.begin_errand(What::Token);
        self.output(Output::RequestToken(number, renew));
    }

    /// Whether this token was asked for beside the connection. It is not any more.
    pub(in crate::client) fn asked_beside(&mut self, request: u32) -> bool {
        let Some(streaming) = self.stream() else { return false };
        let asked = |errand: &mut Errand| errand.request == Some(request) && errand.what == What::Token;
        streaming.errand.take_if(asked).is_some()
    }

    /// Whether this answers an errand; then it is dealt with.
    pub(in crate::client) fn errand_answered(&mut self, request: u32, answer: Option<&HttpAnswer>) -> bool {
        let Some(streaming) = self.stream() else { return false };
        let Some(errand) = streaming.errand.take_if(|errand| errand.request == Some(request)) else { return false };
        self.audit("answer", None, 0, answer.map(|answer| answer.status));
        let Some(answer) = answer else {
            self.errand_undone(errand.what);
            self.errand_failed(None);
            return true;
        };
        match (errand.what, answer.status) {
            (what, 200..=299) if what == What::Channel || self.verdicts(answer).is_some() => {
                self.errand_done(what, answer);
            }
            (what, 401) => {
                self.errand_undone(what);
                self.stream_token_refused();
            }
            // Somebody else's among them, and what leads elsewhere: it is no word about topics.
            (what, 0..=399 | 408 | 425 | 429 | 500..=599) => {
                self.errand_undone(what);
                let asked = self.asked_wait(answer);
                let asked = asked.or((answer.status == 429).then_some(limits::RETRY_AFTER_DEFAULT));
                let floor = asked.map(|asked| self.wait_beside(asked));
                self.errand_failed(floor);
            }
            (what @ (What::Channel | What::Handover), _) => {
                self.next_call_waits(answer);
                self.errand_undone(what);
                self.abandon_handover();
            }
            (_, 404 | 410) => self.lose_channel(),
            (What::Topics, _) => {
                self.next_call_waits(answer);
                self.topics_refused(answer);
            }
            // It lives until its time is over, then.
            (what, _) => {
                self.next_call_waits(answer);
                self.errand_undone(what);
                self.not_renewed();
            }
        }
        true
    }

    fn errand_done(&mut self, what: What, answer: &HttpAnswer) {
        self.beside.succeeded();
        if let Some(streaming) = self.stream() {
            streaming.retry.reset();
        }
        if matches!(what, What::Topics | What::Renewal) {
            self.prove_channel(self.now.wall);
        }
        match what {
            What::Token => {}
            What::Topics => self.topics_told(answer),
            What::Renewal => {
                self.topics_told(answer);
                self.renewed();
            }
            What::Expiry => self.expiry_told(answer),
            What::Channel => self.second_channel_made(answer),
            What::Handover => self.second_channel_told(answer),
        }
    }

    fn errand_undone(&mut self, what: What) {
        if matches!(what, What::Topics | What::Renewal | What::Handover) {
            self.topics_untold();
        }
    }

    /// It is tried again after a while, of at least `floor` ms.
    pub(in crate::client) fn errand_failed(&mut self, floor: Option<u64>) {
        self.request_repeats();
        let now = self.now.monotonic;
        let Some(streaming) = self.streaming.get_mut() else { return };
        let delay = streaming.retry.next(&mut self.random).max(limits::ERRAND_WAIT);
        streaming.errands_from = now.saturating_add(delay);
        if let Some(floor) = floor {
            // Nothing else that is asked with this token either (notifications.md, A3).
            self.asked_until = now.saturating_add(floor);
        }
    }

    /// The next call of the API waits for as long as this answer asks, though the call that it answers is over.
    pub(super) fn next_call_waits(&mut self, answer: &HttpAnswer) {
        // What speaks of the account, or of the channel, asks for no wait.
        let asked = self.asked_wait(answer).filter(|_| !matches!(answer.status, 403 | 404 | 410));
        if let Some(asked) = asked {
            self.asked_until = self.now.monotonic + self.wait_beside(asked);
        }
    }

    /// The wait that follows from the one that the service asks for, ms. One of over an hour is nobody's: that is told, who
    /// waits for an answer has one, and after an hour it is asked again.
    pub(super) fn wait_beside(&mut self, asked: u64) -> u64 {
        if asked > limits::RETRY_AFTER_MOST {
            let report = Trouble::RestClosed.report(self.config.dialect);
            self.refuse_questions(&report);
            self.tell_error(report);
        }
        retry_after::wait(asked.min(limits::RETRY_AFTER_MOST), &mut self.random)
    }

    pub(super) fn end_late_errand(&mut self) {
        let now = self.now.monotonic;
        let Some(streaming) = self.stream() else { return };
        let Some(errand) = streaming.errand.take_if(|errand| errand.until <= now) else { return };
        let on_socket = errand.request.is_none();
        if on_socket && self.streaming.get().is_some_and(|streaming| streaming.topics.only_takes_away()) {
            // Not every service has a word for an empty list, and nothing is lost without.
            return self.topics_confirmed();
        }
        self.abort_errand(errand);
        self.errand_undone(errand.what);
        if on_socket {
            // What is said on this socket may not arrive, though what comes on it does: the next one is told anew.
            return self.attempt_failed("unconfirmed", None, false);
        }
        self.errand_failed(None);
    }

    /// The service will confirm on the socket what it was told there.
    pub(super) fn await_confirmation(&mut self) {
        let until = self.now.monotonic + self.config.rest_timeout;
        if let Some(streaming) = self.stream() {
            streaming.errand = Some(Errand { request: None, what: What::Topics, until });
        }
    }

    pub(super) fn awaits_confirmation(&self) -> bool {
        let errand = self.streaming.get().and_then(|streaming| streaming.errand.as_ref());
        errand.is_some_and(|errand| errand.request.is_none())
    }

    /// It has.
    pub(super) fn confirmation_came(&mut self) {
        if let Some(streaming) = self.stream() {
            streaming.errand.take_if(|errand| errand.request.is_none());
        }
    }

    pub(super) fn drop_errand(&mut self) {
        let Some(streaming) = self.stream() else { return };
        if let Some(errand) = streaming.errand.take() {
            self.abort_errand(errand);
            self.errand_undone(errand.what);
        }
    }

    fn abort_errand(&mut self, errand: Errand) {
        if let Some(request) = errand.request.filter(|_| errand.what != What::Token) {
            self.output(Output::AbortRequest(request));
        }
    }
}

keep_one_of!(What { Token, Topics, Renewal, Expiry, Channel, Handover });
keep!(Errand { request, what, until });
