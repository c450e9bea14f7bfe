//! Requests: they arrive or not, late or not, and their answers come, or come after the client gave up.

use guestwire_core::io::{HttpAnswer, Input};
use guestwire_core::protocol::Request;
use guestwire_core::value;
use serde_json::Value;

use super::{Happening, World};
use crate::checkers::{Endpoint, Seen};
use crate::service::{Credential, RestAnswer};

/// A request on its way.
pub(super) struct Call {
    endpoint: Endpoint,
    conversation: String,
    token: String,
    body: String,
    /// How much later than usual the answer comes.
    late: u64,
    /// The answer never comes, and nobody says so.
    hangs: bool,
}

impl World {
    pub(super) fn request(&mut self, id: u32, request: &Request) {
        let url = request.url.expose();
        let authorization = request.headers.iter().find(|header| header.0 == "Authorization");
        let endpoint = match request.method {
            "GET" => Endpoint::Probe,
            _ if url.ends_with("/guests") => Endpoint::Guests,
            _ => Endpoint::Messages,
        };
        let mut call = Call {
            endpoint,
            conversation: url.split('/').nth(7).unwrap_or_default().to_owned(),
            token: authorization
                .map_or("", |header| header.1.expose().strip_prefix("Bearer ").unwrap_or_default())
                .to_owned(),
            body: request.body.clone().unwrap_or_default(),
            late: 0,
            hangs: false,
        };
        self.checkers.see(self.now, &Seen::Requested { request: id, endpoint });
        self.calls.insert(id);
        let mut delay = 2 * self.latency();
        if self.chance.one_in(self.weather.request_fails) {
            match self.chance.below(5) {
                0 => return self.at(delay, Happening::Answer(id, None)),
                1 => return,
                // It arrives when the client has long given up.
                2 => delay += self.chance.below(25_000),
                3 => call.late = self.chance.below(25_000),
                _ => call.hangs = true,
            }
        }
        self.at(delay, Happening::Call(id, Box::new(call)));
    }

    pub(super) fn call_arrives(&mut self, id: u32, call: &Call) {
        if self.service.is_down(self.now) {
            let delay = self.latency();
            return self.at(delay, Happening::Answer(id, None));
        }
        let (now, body, token) = (self.now, call.body.as_bytes(), Some(call.token.as_str()));
        let answer = match call.endpoint {
            Endpoint::Guests => self.service.create_session(now, Credential::Bearer(&call.token), body),
            Endpoint::Messages => self.service.post_message(now, &call.conversation, token, body),
            Endpoint::Probe => self.service.probe_session(now, &call.conversation, token),
        };
        if self.told {
            let (status, retry) = (answer.status, answer.retry_after);
            eprintln!("{now:>9} serves {:?} {id}: {status}, {retry:?}, lost {}", call.endpoint, answer.lost);
        }
        if let Some(token) = answer.body.get("token").and_then(Value::as_str) {
            self.checkers.see(now, &Seen::Token(token));
        }
        self.serve();
        if !call.hangs {
            let delay = self.latency() + call.late + answer.delay;
            let answer = (!answer.lost).then(|| Box::new(read(&answer)));
            self.at(delay, Happening::Answer(id, answer));
        }
    }

    /// Tells the client of an answer, unless it gave up before.
    pub(super) fn answer_input(&mut self, id: u32, answer: Option<HttpAnswer>) -> Option<Input> {
        if !self.calls.remove(&id) {
            return None;
        }
        let asked = answer.as_ref().filter(|answer| matches!(answer.status, 408 | 425 | 429 | 502..=504));
        let header = asked.and_then(|answer| answer.retry_after.as_ref()?.parse::<u64>().ok());
        let retry_after = header.map(|seconds| seconds * 1000);
        self.checkers.see(self.now, &Seen::RequestOver { request: id, retry_after });
        Some(match answer {
            Some(answer) => Input::Answered(id, answer),
            None => Input::Unanswered(id),
        })
    }

    pub(super) fn give_up(&mut self, id: u32) {
        self.calls.remove(&id);
        self.checkers.see(self.now, &Seen::RequestOver { request: id, retry_after: None });
    }
}

fn read(answer: &RestAnswer) -> HttpAnswer {
    HttpAnswer {
        status: answer.status,
        retry_after: answer.retry_after.map(|retry| retry.seconds.to_string()),
        date: None,
        body: value::read(&answer.body.to_string(), 256 * 1024).ok(),
    }
}
