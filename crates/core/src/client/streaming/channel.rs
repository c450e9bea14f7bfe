//! From nothing to the address of a socket: a channel that is there and knows the topics.

use super::super::Client;
use crate::checkpoint::keep;
use crate::connection::Step;
use crate::error::streaming::Replaced;
use crate::error::{Ended, Trouble};
use crate::io::HttpAnswer;
use crate::limits;
use crate::protocol::Address;
use crate::protocol::streaming::{Channel, Refused};
use crate::retry_after;
use crate::time::Now;

/// A channel that was made.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) channel: Channel,
    pub(super) since: Now,
    /// When it was last known to be there, epoch ms.
    pub(super) proven: u64,
    /// When it is to be renewed, monotonic.
    pub(super) renew_at: u64,
    /// When another one is to take its place, since its token or its own time ends, monotonic.
    pub(super) replace_at: Option<u64>,
    /// How often none came to do so.
    pub(super) failures: u32,
    /// It was renewed, and nobody has said yet until when it lives now.
    pub(super) renewed: bool,
}

impl Held {
    /// Its own time is over, or that of the token that it was made with.
    fn is_over(&self, now: Now) -> bool {
        now.since(self.since) >= self.channel.life || self.replace_at.is_some_and(|at| at <= now.monotonic)
    }
}

impl Client {
    /// The next step to a socket.
    pub(in crate::client) fn dial_stream(&mut self) {
        let now = self.now;
        let it = self.streaming.get();
        let held = it.and_then(|streaming| streaming.channel.as_ref());
        if self.needs_token() && self.fresh_token().is_none() {
            if it.is_some_and(|it| it.token.is_some()) && held.is_some_and(|held| held.replace_at.is_some()) {
                // Its token's time was over, in a sleep perhaps; it is over with it.
                self.forget_channel();
            }
            return self.find_token();
        }
        if self.is_plain_socket() {
            return self.open_socket();
        }
        if held.is_some_and(|held| !held.is_over(now)) {
            return self.tell_before_dialling();
        }
        // There is none, or its time was over; that is nobody's doing.
        self.forget_channel();
        self.make_channel();
    }

    fn make_channel(&mut self) {
        if self.asks_too_often() {
            return;
        }
        let Some((request, timeout)) = self.fresh_token().and_then(|token| {
            let channels = self.channels()?;
            Some((channels.make(&token), self.config.session_timeout))
        }) else {
            return;
        };
        self.request(request, Step::Session, timeout);
    }

    /// A channel that knows of no topics is told of them before its socket is there: it is ready when it is open. One that
    /// lacks some is told of those beside its socket: what it knows of need not wait for them.
    fn tell_before_dialling(&mut self) {
        // Where nobody knows whether it is there at all, it is told of all.
        let doubted = self.unopened > 0;
        if self.stream().is_some_and(|it| it.topics.is_told() && !(doubted && it.tell_all)) {
            return self.open_socket();
        }
        let Some(request) = self.subscription_request() else { return self.open_socket() };
        if self.now.monotonic < self.asked_until {
            self.topics_untold();
            self.waits_as_asked();
            return;
        }
        self.request(request, Step::Subscription, self.config.session_timeout);
    }

    /// Where the socket is.
    pub(in crate::client) fn stream_address(&self) -> Option<Address> {
        let streaming = self.streaming.get()?;
        match self.channels() {
            Some(channels) => streaming.channel.as_ref().map(|held| channels.socket(&held.channel)),
            None => {
                let token = streaming.token.as_ref().map(|token| &token.secret);
                self.stream_dialect().map(|dialect| dialect.socket(token))
            }
        }
    }

    /// The channel was made, or told of its topics. Where that took longer than it lives, or its token, the next one is not
    /// made at once: it may be over before its socket as well.
    fn dial_in_time(&mut self) {
        let now = self.now;
        let held = self.streaming.get().and_then(|streaming| streaming.channel.as_ref());
        if held.is_some_and(|held| held.is_over(now)) || self.fresh_token().is_none() {
            return self.attempt_failed("channel_over", None, true);
        }
        self.dial_stream();
    }

    /// One of the steps was answered.
    pub(in crate::client) fn stream_answered(&mut self, step: Step, answer: &HttpAnswer) {
        let done = matches!(answer.status, 200..=299);
        let proven = match step {
            // It is answered without a body, which could prove who answered.
            Step::Check => self.is_vouched(answer.status),
            Step::Subscription => self.verdicts(answer).is_some(),
            _ => answer.is_object(),
        };
        if done && proven {
            self.prove_channel(self.now.wall);
        }
        match (step, answer.status) {
            (Step::Check, 200..=299 | 401 | 403 | 404 | 410) if !proven => {
                // The service answers a request that sets topics with a body, which shows who answered.
                if let Some(streaming) = self.stream() {
                    streaming.tell_all = true;
                }
                self.dial_stream();
            }
            (_, 200..=299) if !proven => {
                self.counters.malformed += 1;
                self.topics_untold();
                self.session_refused_for_now("foreign_answer", self.asked_wait(answer));
            }
            (Step::Session, 200..=299) => {
                let Some(held) = self.channel_made(answer) else {
                    self.counters.malformed += 1;
                    // It may be there all the same, in the place of somebody else's.
                    let times = self.count_loss();
                    return self.make_another_later(times, "malformed_answer");
                };
                self.service_heard();
                if let Some(streaming) = self.stream() {
                    streaming.channel = Some(held);
                    streaming.topics.lost();
                }
                self.audit("channel", None, 0, None);
                self.dial_in_time();
            }
            (Step::Subscription, 200..=299) => {
                self.topics_told(answer);
                self.dial_in_time();
            }
            (_, 200..=299) => self.dial_stream(),
            (_, 401) => {
                self.topics_untold();
                if !self.spend_stream_token() {
                    self.dial_stream();
                }
            }
            (Step::Check | Step::Subscription, 404 | 410) => {
                self.lose_channel();
            }
            (Step::Subscription, 400..=407 | 409 | 411..=424 | 426..=428 | 430..=499) => {
                // It is the topics that are refused: the rest goes on.
                self.next_call_waits(answer);
                self.topics_refused(answer);
                self.dial_in_time();
            }
            (_, 403) => self.fail(Ended::Forbidden),
            (Step::Check, _) => {
                // It says nothing about the channel, whose socket is no call of the API.
                self.next_call_waits(answer);
                self.dial_stream();
            }
            (_, 408 | 425 | 429 | 500..=599) => {
                self.topics_untold();
                let asked = self.asked_wait(answer);
                self.session_unavailable(answer.status, asked);
            }
            (_, 400..=499) => self.refused_for_good(answer),
            _ => {
                self.topics_untold();
                self.session_refused_for_now("foreign_answer", self.asked_wait(answer));
            }
        }
    }

    pub(super) fn channel_made(&mut self, answer: &HttpAnswer) -> Option<Held> {
        // The service's own clock, where it can be read: ours may be hours away from it.
        let wall = retry_after::answered_at(answer.date.as_deref(), self.now.wall);
        let channel = self.channels()?.made(answer.json()?, wall)?;
        let renew_at = self.renewal_of(channel.life);
        let (now, token) = (self.now, self.streaming.get()?.token.as_ref()?);
        // Channels are said to die with their token (notifications.md, A6): the next one is made before.
        let replace_at = token.ends_before(now, &mut self.random);
        Some(Held {
            channel,
            since: self.now,
            proven: self.now.wall,
            renew_at,
            replace_at,
            failures: 0,
            renewed: false,
        })
    }

    /// Something says that the channel was there then, epoch ms.
    pub(super) fn prove_channel(&mut self, at: u64) {
        if let Some(held) = self.stream().and_then(|streaming| streaming.channel.as_mut()) {
            held.proven = at;
        }
    }

    /// There is no channel any more, if there was one.
    pub(super) fn forget_channel(&mut self) {
        let Some(streaming) = self.stream() else { return };
        let proven = streaming.channel.take().map(|held| held.proven);
        streaming.topics.lost();
        self.drop_link();
        // Its socket may have lived on without it.
        self.heard_before = self.heard_before.min(proven.unwrap_or(self.heard_before));
    }

    /// The channel is not there any more, before its time. Another is made: at once the first time within an hour, then
    /// after a long wait. Somebody else may be making room for theirs.
    pub(super) fn lose_channel(&mut self) {
        self.forget_channel();
        let times = self.count_loss();
        self.tell_trouble(Trouble::Stream(Replaced::Gone));
        if times == 1 && self.step != Step::Ready {
            // On the way to a socket the way goes on; a connection that was ready has ended.
            return self.dial_stream();
        }
        self.make_another_later(times, "channel_lost");
    }

    /// Of how many channels nothing came within an hour, this one among them.
    fn count_loss(&mut self) -> usize {
        let now = self.now.monotonic;
        let Some(streaming) = self.stream() else { return 0 };
        let is_old = |at: &u64| now.saturating_sub(*at) >= limits::CHANNEL_LOSSES_WINDOW;
        while streaming.lost_at.len() == limits::CHANNEL_LOSSES || streaming.lost_at.first().is_some_and(is_old) {
            streaming.lost_at.remove(0);
        }
        streaming.lost_at.push(now);
        streaming.lost_at.len()
    }

    fn make_another_later(&mut self, times: usize, why: &'static str) {
        let wait = (times > 2).then(|| self.random.between(limits::EVICTED_WAIT, limits::EVICTED_WAIT * 2));
        self.attempt_failed(why, wait, times > 1);
    }

    /// What a refusal as a whole says about the topics that it is about.
    pub(super) fn why_refused(&self, answer: &HttpAnswer) -> Refused {
        let reason = answer.json().and_then(|body| self.channels()?.reason(body));
        Refused { reason: reason.unwrap_or("refused").to_owned(), missing: Vec::new() }
    }
}

keep!(Held { channel, since, proven, renew_at, replace_at, failures, renewed });
