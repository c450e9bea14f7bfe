//! The token manager (streaming.md, "Token manager"): an OAuth client's token, asked for once however many want it, kept, and
//! renewed before it expires or when it was refused. A machine of its own beside the client, as sans-IO as that: mutate,
//! drain ([`Tokens::poll_output`]), wait for the moment that [`Tokens::next_wake`] names. Nothing is asked for that nobody
//! wants. What the service is asked and answers is in [`exchange`].

pub mod exchange;

use crate::backoff::Backoff;
use crate::config::ClientCredentials;
use crate::error::Report;
use crate::error::repeated::{Repeated, What};
use crate::error::tokens::NoToken;
use crate::event::Audit;
use crate::failure::{ErrorCode, Failure};
use crate::io::HttpAnswer;
use crate::limits;
use crate::pace::Pace;
use crate::protocol::Request;
use crate::provenance::Provenance;
use crate::random::Random;
use crate::retry_after;
use crate::secret::Secret;
use crate::session::is_fresh;
use crate::streak::Streak;
use crate::time::Now;
use exchange::Meaning;
use std::collections::VecDeque;

/// Something that the manager wants done.
#[derive(Clone, Debug)]
pub enum Output {
    /// Make a request.
    Request(u32, Request),
    /// Forget a request that is under way.
    AbortRequest(u32),
    /// Whoever asked by this number has a token, which lives for so long, ms.
    Given(u32, Secret, u64),
    /// Whoever asked by this number gets none.
    Refused(u32, Report),
    /// Tell the application what was done on the wire.
    Audit(Audit),
    /// Tell the application what fails again and again.
    Repeated(Repeated),
}

/// A token that was given.
#[derive(Clone, Debug)]
struct Held {
    token: Secret,
    life: u64,
    /// When it was asked for: its life may have begun then.
    since: Now,
}

impl Held {
    fn left(&self, now: Now) -> u64 {
        self.life.saturating_sub(now.since(self.since))
    }
}

/// A request that is under way.
#[derive(Clone, Copy, Debug)]
struct Call {
    request: u32,
    since: Now,
    deadline: u64,
}

/// See the module.
///
/// [`ask`](Self::ask), [`abort`](Self::abort), [`answered`](Self::answered) and [`time`](Self::time) change what
/// [`poll_output`](Self::poll_output) and [`next_wake`](Self::next_wake) give.
pub struct Tokens {
    credentials: ClientCredentials,
    random: Random,
    now: Now,
    outputs: VecDeque<Output>,
    /// The numbers of those who wait, in order.
    asks: Vec<u32>,
    held: Option<Held>,
    call: Option<Call>,
    requests: u32,
    backoff: Backoff,
    /// Whatever asked for them: a hard floor under all requests.
    pace: Pace,
    /// The wait after a failure, monotonic.
    until: u64,
    /// A `Retry-After` is a floor that nothing shortens, monotonic.
    floor: u64,
    /// Requests that came to nothing.
    streak: Streak,
    /// Who answers there.
    provenance: Provenance,
    /// The last answer was final; until the wait is over it holds for whoever asks.
    denied: Option<NoToken>,
}

impl Tokens {
    /// A manager that has no token yet. `seed` is 128 bits from the platform's secure source.
    #[must_use]
    pub fn new(credentials: ClientCredentials, seed: [u8; 16], now: Now) -> Self {
        Self {
            random: Random::new(seed),
            now,
            outputs: VecDeque::new(),
            asks: Vec::new(),
            held: None,
            call: None,
            requests: 0,
            backoff: Backoff::new(credentials.backoff_base, credentials.backoff_cap),
            pace: Pace::new((limits::OPENS, limits::OPENS_WINDOW)),
            until: 0,
            floor: 0,
            streak: Streak::default(),
            provenance: Provenance::default(),
            denied: None,
            credentials,
        }
    }

    /// Somebody wants a token; the answer, now or later, names the number that they ask by. `refused` is a token that the
    /// service would not take any more: where it is the one that is kept, another one is asked for.
    pub fn ask(&mut self, now: Now, number: u32, refused: Option<&str>) {
        self.arrive(now);
        if self.held.as_ref().is_some_and(|held| Some(held.token.expose()) == refused) {
            self.held = None;
            self.audit("token_refused", 0, None);
        }
        if self.asks.len() == limits::TOKEN_ASKS {
            return self.outputs.push_back(Output::Refused(number, NoToken::TooManyAsks.report()));
        }
        self.asks.push(number);
        self.settle();
    }

    /// Whoever asked by this number does not wait any more. What nobody waits for is under way no more: a process would live
    /// on for it.
    pub fn abort(&mut self, now: Now, number: u32) {
        self.asks.retain(|&ask| ask != number);
        self.rest(now);
        self.settle();
    }

    /// Whoever this is for has gone: the same.
    pub fn rest(&mut self, now: Now) {
        self.arrive(now);
        if let Some(call) = self.call.take_if(|_| self.asks.is_empty()) {
            self.outputs.push_back(Output::AbortRequest(call.request));
        }
    }

    /// A request was answered; none: it failed without an answer.
    pub fn answered(&mut self, now: Now, request: u32, answer: Option<&HttpAnswer>) {
        let Some(answer) = answer else { return self.unanswered(now, request, None) };
        self.arrive(now);
        if let Some(call) = self.call.take_if(|call| call.request == request) {
            if answer.redirected.is_some() {
                // It leads elsewhere: that is no answer, and is not followed with a secret.
                self.fail("redirected", Failure::of(answer));
            } else {
                self.learn(call, answer);
            }
        }
        self.settle();
    }

    /// A request failed without an answer, by this code of the platform's, where there is one.
    pub fn unanswered(&mut self, now: Now, request: u32, code: Option<ErrorCode>) {
        self.arrive(now);
        if self.call.take_if(|call| call.request == request).is_some() {
            self.fail("unanswered", Failure { code, ..Failure::default() });
        }
        self.settle();
    }

    /// The moment asked for has come (or any other: it does no harm).
    pub fn time(&mut self, now: Now) {
        self.arrive(now);
        if let Some(call) = self.call.take_if(|call| call.deadline <= now.monotonic) {
            self.outputs.push_back(Output::AbortRequest(call.request));
            self.backoff.skip();
            self.fail("timeout", Failure::default());
        }
        self.settle();
    }

    /// Takes the next thing to do, until there is none.
    pub fn poll_output(&mut self) -> Option<Output> {
        let output = self.outputs.pop_front();
        if output.is_none() {
            // A manager at rest holds no buffer; after many asks it would be a large one.
            self.outputs = VecDeque::new();
        }
        output
    }

    /// When [`time`](Self::time) is wanted next, on the monotonic clock in ms.
    #[must_use]
    pub fn next_wake(&self) -> Option<u64> {
        let waited_for = || (!self.asks.is_empty()).then(|| self.earliest());
        self.call.map(|call| call.deadline).or_else(waited_for)
    }

    /// Clocks are hostile: the monotonic one never goes back here.
    fn arrive(&mut self, now: Now) {
        let now = Now { monotonic: now.monotonic.max(self.now.monotonic), wall: now.wall };
        // A wake-up that came late was slept through.
        if self.next_wake().is_none_or(|due| now.monotonic <= due.saturating_add(limits::LATE_WAKE)) {
            self.streak.passed(now.monotonic - self.now.monotonic);
        }
        self.now = now;
    }

    /// Before this moment the service is not asked, monotonic.
    fn earliest(&self) -> u64 {
        self.until.max(self.floor).max(self.pace.earliest())
    }

    /// After every input: whoever can be answered is, and what they wait for is under way.
    fn settle(&mut self) {
        if self.asks.is_empty() {
            return;
        }
        if self.held.as_ref().is_some_and(|held| is_fresh(held.left(self.now), held.life)) {
            self.give();
        } else if self.call.is_none() {
            let now = self.now.monotonic;
            let too_long = self.floor.saturating_sub(now) > limits::RETRY_AFTER_MOST;
            match self.denied.filter(|_| now < self.until).or(too_long.then_some(NoToken::RateLimited)) {
                Some(why) => self.refuse(why),
                None if self.earliest() <= now => self.request(),
                None => {}
            }
        }
    }

    fn request(&mut self) {
        let request = exchange::request(&self.credentials);
        self.requests = self.requests.wrapping_add(1);
        self.pace.record(self.now.monotonic);
        let deadline = self.now.monotonic.saturating_add(self.credentials.timeout);
        self.call = Some(Call { request: self.requests, since: self.now, deadline });
        self.audit("request", request.body.as_ref().map_or(0, String::len), None);
        self.outputs.push_back(Output::Request(self.requests, request));
    }

    fn learn(&mut self, call: Call, answer: &HttpAnswer) {
        self.audit("answer", 0, Some(answer.status));
        let meaning = match exchange::meaning(answer) {
            Meaning::Denied(_) if !self.provenance.believes(answer, self.now.monotonic, 0) => {
                self.audit("foreign_answer", 0, Some(answer.status));
                Meaning::NotNow { limited: false }
            }
            meaning => meaning,
        };
        match meaning {
            Meaning::Granted(token, life) => {
                self.provenance.proved(self.now.monotonic);
                self.backoff.reset();
                self.streak.succeeded();
                self.denied = None;
                self.held = Some(Held { token, life, since: call.since });
                // Fresh or not: those who wait for a token that lives for a moment would wait for ever.
                self.give();
            }
            Meaning::Denied(why) => {
                // Another try may come to something else, when somebody has mended it; not many tries.
                let wait = self.backoff.at_cap(&mut self.random);
                self.until = self.now.monotonic.saturating_add(wait);
                self.denied = Some(why);
                self.streak.succeeded();
                self.audit(why.code(), 0, Some(answer.status));
                self.refuse(why);
            }
            Meaning::NotNow { limited } => {
                let header = answer.retry_after.as_deref();
                let asked = header.and_then(|it| retry_after::parse(it, answer.date.as_deref(), self.now.wall));
                let asked = asked.or(limited.then_some(limits::RETRY_AFTER_DEFAULT));
                // Somebody else's word ends no wait for good.
                let most = if answer.is_foreign() { limits::RETRY_AFTER_MOST / 2 } else { u64::MAX };
                let asked = asked.map(|asked| asked.min(most));
                let floor = asked.map(|asked| retry_after::wait(asked, &mut self.random));
                self.floor = self.now.monotonic.saturating_add(floor.unwrap_or(0));
                self.fail(if limited { "rate_limited" } else { "unavailable" }, Failure::of(answer));
            }
        }
    }

    fn fail(&mut self, why: &'static str, failure: Failure) {
        let wait = self.backoff.next(&mut self.random);
        self.until = self.now.monotonic.saturating_add(wait);
        self.denied = None;
        self.audit_failure(why, &failure);
        if self.streak.failed(self.now.wall, why, &failure) {
            let Streak { count, since, .. } = self.streak;
            let told = Repeated { what: What::Connecting, count, since, why, failure };
            self.outputs.push_back(Output::Repeated(told));
        }
    }

    fn give(&mut self) {
        let Some(held) = &self.held else { return };
        let left = held.left(self.now);
        for ask in core::mem::take(&mut self.asks) {
            self.outputs.push_back(Output::Given(ask, held.token.clone(), left));
        }
    }

    fn refuse(&mut self, why: NoToken) {
        for ask in core::mem::take(&mut self.asks) {
            self.outputs.push_back(Output::Refused(ask, why.report()));
        }
    }

    fn audit(&mut self, what: &'static str, bytes: usize, code: Option<u16>) {
        self.record(what, bytes, code, None);
    }

    fn audit_failure(&mut self, what: &'static str, failure: &Failure) {
        self.record(what, 0, failure.status, failure.code.clone());
    }

    fn record(&mut self, what: &'static str, bytes: usize, code: Option<u16>, cause: Option<ErrorCode>) {
        let state = match &self.held {
            _ if self.call.is_some() => "asking",
            _ if !self.asks.is_empty() => "waiting",
            Some(_) => "held",
            None => "idle",
        };
        let at = self.now.wall;
        let record = Audit { what, connection: None, message: None, bytes, state, code, cause, at };
        self.outputs.push_back(Output::Audit(record));
    }
}

#[cfg(test)]
mod tests;
