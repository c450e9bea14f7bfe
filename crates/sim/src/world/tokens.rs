//! The application's token manager, the core's own, before a client with a stream: what it asks the service, and what it
//! gives the client.

use guestwire_core::error::Ended;
use guestwire_core::io::{AnswerBody, HttpAnswer, Input};
use guestwire_core::protocol::Request;
use guestwire_core::tokens::Output as Wanted;

use super::dialect::streams;
use super::links::HTTP_HEAD;
use super::streaming::Streaming;
use super::{Happening, World};
use crate::checkers::Seen;
use crate::service::RetryAfterForm;

/// The answer to a request for a token comes within so long, or it does not matter any more, ms.
const LATE: u64 = 20_000;

impl World {
    /// When the token manager wants to be called.
    pub(super) fn manager_due(&self) -> Option<u64> {
        let at = self.stream.as_ref()?.manager.next_wake()?;
        self.machine.timer(self.now, at)
    }

    pub(super) fn manager_wakes(&mut self) {
        let now = self.clock();
        if let Some(stream) = &mut self.stream {
            stream.manager.time(now);
        }
        self.drain_manager();
    }

    /// The client asks for a token; `renew`: what it had counts no more.
    pub(super) fn asks_manager(&mut self, number: u32, renew: bool) {
        let now = self.clock();
        let Some(stream) = &mut self.stream else { return };
        let refused = stream.given.as_ref().filter(|_| renew).map(|token| token.expose().to_owned());
        // The client asks again when it no longer waits for what it asked before.
        if let Some(before) = stream.asked.replace(number) {
            stream.manager.abort(now, before);
        }
        stream.manager.ask(now, number, refused.as_deref());
        self.drain_manager();
    }

    fn drain_manager(&mut self) {
        while let Some(output) = self.stream.as_mut().and_then(|stream| stream.manager.poll_output()) {
            self.checkers.see(self.now, &Seen::Shown(&format!("{output:?}")));
            match output {
                Wanted::Request(number, request) => self.asks_for_token(number, request),
                Wanted::AbortRequest(number) => {
                    if let Some(stream) = &mut self.stream {
                        stream.calls.remove(&number);
                    }
                }
                Wanted::Given(ask, token, life) => {
                    let until = self.aging() + life;
                    if let Some(stream) = &mut self.stream {
                        stream.given = Some(token.clone());
                        stream.watch.token_given(until);
                    }
                    self.tell(Input::Token(ask, token, Some(life)));
                }
                Wanted::Refused(ask, report) => {
                    let ended = (!report.retryable).then(|| Ended::tokenless(report.code));
                    if let Some(ended) = ended {
                        self.checkers.see(self.now, &Seen::Final(ended.code()));
                    }
                    self.tell(Input::TokenRefused(ask, ended));
                }
                Wanted::Audit(_) | Wanted::Repeated(_) => {}
            }
        }
    }

    fn asks_for_token(&mut self, number: u32, request: Request) {
        let now = self.clock();
        if let Some(stream) = &mut self.stream {
            stream.calls.insert(number, now);
        }
        let mut delay = 2 * self.latency() + self.weather.transmission(HTTP_HEAD);
        if self.network.one_in(self.weather.request_fails) {
            match self.network.below(3) {
                0 => return self.at(delay, Happening::Streaming(Streaming::Answer(number, None))),
                1 => return,
                _ => delay += self.network.below(LATE),
            }
        }
        self.at(delay, Happening::Streaming(Streaming::Call(number, Box::new(request))));
    }

    pub(super) fn token_is_asked_for(&mut self, number: u32, request: &Request) {
        let mut delay = self.latency() + self.weather.transmission(HTTP_HEAD);
        let lost = self.network.one_in(self.weather.request_fails);
        if self.service.is_down(self.now) || (lost && self.network.one_in(2)) {
            return self.at(delay, Happening::Streaming(Streaming::Answer(number, None)));
        }
        let answer = streams::give_token(&mut self.service, self.now, request);
        if self.told {
            eprintln!("{:>9} serves a token: {}, {:?}", self.now, answer.status, answer.retry_after);
        }
        self.serve();
        if lost {
            return;
        }
        if let Some(token) = answer.body["access_token"].as_str() {
            self.see_secret(token);
        }
        delay += answer.delay;
        let seconds = answer.retry_after.filter(|retry| retry.header == Some(RetryAfterForm::Seconds));
        let body = answer.text();
        let answer = HttpAnswer {
            status: answer.status,
            retry_after: seconds.map(|retry| retry.seconds.to_string()),
            body: AnswerBody::read(&body, 64 * 1024),
            ..HttpAnswer::default()
        };
        self.at(delay, Happening::Streaming(Streaming::Answer(number, Some(Box::new(answer)))));
    }

    pub(super) fn manager_hears(&mut self, number: u32, answer: Option<Box<HttpAnswer>>) {
        let Some(asked) = self.stream.as_mut().and_then(|stream| stream.calls.remove(&number)) else { return };
        if let Some(life) = answer
            .as_ref()
            .filter(|answer| answer.status == 200)
            .and_then(|answer| answer.json()?.get("expires_in")?.whole().map(|seconds| seconds * 1_000))
        {
            self.see_clocks();
            // It lives from when it was asked for, at the latest.
            let life = life.saturating_sub(self.clock().since(asked));
            self.checkers.see(self.now, &Seen::TokenGiven { life });
        }
        let now = self.clock();
        if let Some(stream) = &mut self.stream {
            stream.manager.answered(now, number, answer.as_deref());
        }
        self.drain_manager();
    }

    /// A token, or a channel: whoever knows its id can listen.
    pub(super) fn see_secret(&mut self, secret: &str) {
        if self.stream.as_mut().is_some_and(|stream| stream.watch.minds_another_secret()) {
            self.see_token(secret);
        }
    }
}
