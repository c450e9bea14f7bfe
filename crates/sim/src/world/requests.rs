//! Requests: they arrive or not, late or not, and their answers come, or come after the client gave up.

use std::time::{Duration, UNIX_EPOCH};

use guestwire_core::failure::ErrorCode;
use guestwire_core::io::{AnswerBody, HttpAnswer, Input};
use guestwire_core::protocol::Request;
use serde_json::Value;

use super::dialect::{Dialect, streams};
use super::links::HTTP_HEAD;
use super::{EPOCH, Happening, World};
use crate::checkers::{Endpoint, Seen};
use crate::service::{Credential, ForeignBody, RestAnswer, RetryAfterForm, Upload};

/// The wait where an answer asks the path to pause and does not say for how long (webchat.md, REST fallback), ms.
const UNSAID: u64 = 5_000;
/// Later than any deadline of a request, ms.
const LATE: u64 = 25_000;

/// What gateways answer on their own; none of these says that nothing was taken.
const GATEWAY_ERRORS: [u16; 4] = [408, 500, 502, 504];

/// A request on its way.
pub(super) struct Call {
    endpoint: Endpoint,
    conversation: String,
    token: String,
    body: String,
    method: &'static str,
    fate: Fate,
}

/// What becomes of the answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Comes,
    /// So much later than usual.
    ComesLate(u64),
    /// A gateway between says with this status that it got no good one: what was done is done.
    Replaced(u16),
    /// The connection breaks on the way back, and the client is told.
    Breaks,
    /// It never comes, and nobody says so.
    Hangs,
}

/// What comes in place of what an answer says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Spoilt {
    /// The first half of it.
    Halved,
    Nothing,
    /// What a page says to people.
    Page,
    /// JSON, and nothing in it.
    Bare,
}

/// Somebody between the client and the service spoils so many answers, within so long, ms.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spoils {
    pub(super) how: Spoilt,
    pub(super) left: u64,
    pub(super) lasts: u64,
}

/// An answer on its way, and the wait that it asks for.
pub(super) struct Answered {
    answer: HttpAnswer,
    asked: Asked,
}

/// What an answer that has arrived tells, besides what it is for.
#[derive(Default)]
pub(super) struct Hearsay {
    asked: Asked,
    /// Whether it says that the message was taken.
    taken: Option<bool>,
    /// The guest's own messages that it shows: their ids, where it has them, and what they say.
    shown: Vec<(Option<String>, String)>,
}

#[derive(Clone, Copy, Default)]
pub(super) enum Asked {
    #[default]
    Nothing,
    /// Ms.
    For(u64),
    /// Epoch ms, to be read by the client's own clock: it has no other.
    Until(u64),
}

impl World {
    pub(super) fn request(&mut self, id: u32, request: &Request) {
        let (endpoint, conversation) = self.dialect.endpoint(request);
        let authorization = request.headers.iter().find(|header| header.0 == "Authorization");
        let token = authorization.map(|header| header.1.expose().split_once(' ').map_or("", |(_, token)| token));
        // What was signed with an upload's address stands in its place.
        let token =
            token.or_else(|| request.headers.first().filter(|it| it.0 == "x-amz-tagging").map(|it| it.1.expose()));
        let mut call = Call {
            endpoint,
            conversation,
            token: token.unwrap_or_default().to_owned(),
            body: request.body.clone().unwrap_or_default(),
            method: request.method,
            fate: Fate::Comes,
        };
        let message = self.dialect.message(&call.body).filter(|_| endpoint == Endpoint::Messages);
        self.checkers.see(self.now, &Seen::Requested { request: id, endpoint, message });
        self.sees_request(id, endpoint);
        self.calls.insert(id, endpoint);
        let sent = self.weather.transmission(HTTP_HEAD + call.body.len() as u64);
        let mut delay = 2 * self.latency() + sent;
        if self.network.one_in(self.weather.request_fails) {
            match self.network.below(7) {
                // The connection breaks at some byte of the request: it never arrives whole.
                0 => {
                    let delay = 2 * self.latency() + self.network.below(sent);
                    return self.at(delay, Happening::Answer(id, None));
                }
                1 => return,
                // It arrives when the client has long given up.
                2 => delay += self.network.below(LATE),
                3 => call.fate = Fate::ComesLate(self.network.below(LATE)),
                4 => call.fate = Fate::Breaks,
                5 => call.fate = Fate::Replaced(self.network.pick(&GATEWAY_ERRORS)),
                _ => call.fate = Fate::Hangs,
            }
        }
        self.at(delay, Happening::Call(id, Box::new(call)));
    }

    pub(super) fn call_arrives(&mut self, id: u32, call: &Call) {
        // A change of topics that overtakes a later one would stay: what was given up on the way does not arrive.
        if self.stream.is_some() && !self.calls.contains_key(&id) {
            return;
        }
        if self.service.is_down(self.now) {
            let delay = self.latency();
            return self.at(delay, Happening::Answer(id, None));
        }
        let (now, body, token) = (self.now, call.body.as_bytes(), Some(call.token.as_str()));
        let mut answer = match call.endpoint {
            _ if self.dialect == Dialect::Streams => {
                streams::serve(&mut self.service, now, call.method, &call.conversation, &call.token, body)
            }
            Endpoint::Subscriptions => RestAnswer::refused(404, "there are no topics here", None, None),
            Endpoint::Guests => self.service.create_session(now, Credential::Bearer(&call.token), body),
            Endpoint::Messages => self.service.post_message(now, &call.conversation, token, body),
            Endpoint::Probe => self.service.probe_session(now, &call.conversation, token),
            Endpoint::History => self.dialect.history(&mut self.service, now, &call.conversation, &call.token),
            Endpoint::Uploads => {
                let upload = Upload { tagging: token, bytes: body };
                self.service.upload(now, &call.conversation, upload)
            }
        };
        if self.told {
            let (status, retry) = (answer.status, answer.retry_after);
            let lost = answer.lost;
            eprintln!("{now:>9} serves {:?} {id}: {status}, {retry:?}, lost {lost} {}", call.endpoint, call.body);
        }
        if let Some(token) = answer.body.get("token").and_then(Value::as_str) {
            self.see_token(token);
        }
        if let Some(id) = answer.body.get("id").and_then(Value::as_str).filter(|_| self.stream.is_some()) {
            self.see_secret(id);
        }
        self.serve();
        let late = match call.fate {
            Fate::Hangs => return,
            Fate::ComesLate(late) => late,
            Fate::Replaced(status) => {
                answer = RestAnswer::refused(status, "no answer from behind", None, None);
                if self.network.one_in(2) {
                    let text = "<h1>No answer from behind</h1>".to_owned();
                    answer.foreign = Some(Box::new(ForeignBody { text, content_type: "text/html".to_owned() }));
                }
                0
            }
            Fate::Comes | Fate::Breaks => 0,
        };
        let mut body = answer.text();
        if let Some(how) = self.spoils() {
            (answer.body, body) = (Value::Null, how.in_place_of(&body));
        }
        let delay = self.latency() + self.weather.transmission(HTTP_HEAD + body.len() as u64) + late + answer.delay;
        let comes = !answer.lost && call.fate != Fate::Breaks;
        let answered = comes.then(|| Box::new(self.answer(call.endpoint, &answer, &body)));
        self.at(delay, Happening::Answer(id, answered));
    }

    /// How this answer is spoilt.
    fn spoils(&mut self) -> Option<Spoilt> {
        let now = self.now;
        let (spoils, _) = self.spoils.as_mut().filter(|(spoils, until)| spoils.left > 0 && now < *until)?;
        spoils.left -= 1;
        Some(spoils.how)
    }

    /// What the client can read of an answer: a page of another origin reads `Date` only where the service exposes it.
    fn answer(&self, endpoint: Endpoint, answer: &RestAnswer, body: &str) -> Answered {
        let date = |at: u64| httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(at));
        let now = EPOCH + self.now;
        let (mut asked, mut header) = (Asked::Nothing, None);
        if let Some(seconds) = answer.body.get("retryAfter").and_then(Value::as_u64) {
            asked = Asked::For(seconds * 1_000);
        } else if let Some(wait) = streams::said_wait(&answer.body) {
            asked = Asked::For(wait);
        } else if pauses(endpoint, answer.status) && answer.retry_after.is_none() && answer.foreign.is_none() {
            asked = Asked::For(UNSAID);
        }
        if let Some(retry) = answer.retry_after {
            let wait = u64::from(retry.seconds) * 1_000;
            header = match retry.header {
                Some(RetryAfterForm::Seconds) => Some((retry.seconds.to_string(), Asked::For(wait))),
                // The form counts in whole seconds.
                Some(RetryAfterForm::HttpDate) if self.dates_readable => Some((date(now + wait), Asked::For(wait))),
                Some(RetryAfterForm::HttpDate) => Some((date(now + wait), Asked::Until((now + wait) / 1_000 * 1_000))),
                None => None,
            };
        }
        if let Some((_, by_header)) = &header {
            asked = *by_header;
        }
        // What speaks of the session, or of the account, asks for no wait.
        if matches!(answer.status, 0..=399 | 401 | 403 | 404 | 410) {
            asked = Asked::Nothing;
        }
        let answer = HttpAnswer {
            status: answer.status,
            retry_after: header.map(|(text, _)| text),
            date: self.dates_readable.then(|| date(now)),
            body: AnswerBody::read(body, 256 * 1024),
            ..HttpAnswer::default()
        };
        Answered { answer, asked }
    }

    /// What answers a handshake, as the client sees it: it never reads the body.
    pub(super) fn refusal(&self, answer: &RestAnswer) -> HttpAnswer {
        self.answer(Endpoint::Probe, answer, "").answer
    }

    /// Tells the client of an answer, unless it gave up before.
    pub(super) fn answer_arrives(&mut self, id: u32, answered: Option<Box<Answered>>) {
        let asked = answered.as_ref().map_or(Asked::Nothing, |answered| answered.asked);
        // The service names what it has taken; others cannot.
        let names = |answer: &HttpAnswer| answer.json().is_some_and(|body| body.get("messageId").is_some());
        let proven = |answer: &&HttpAnswer| names(answer) || !matches!(answer.status, 200..=299 | 409);
        let answer = answered.as_ref().map(|answered| &answered.answer).filter(proven);
        let taken = answer.and_then(|answer| self.dialect.took(answer.status));
        let page = answered.as_ref().and_then(|answered| answered.answer.json());
        let shown = page.map(|page| self.dialect.shown(page)).unwrap_or_default();
        self.asked.insert(id, Hearsay { asked, taken, shown });
        self.tell(match answered {
            Some(answered) => Input::Answered(id, answered.answer),
            None => Input::Unanswered(id, self.platform_says("ECONNRESET")),
        });
    }

    /// The platform's code, where it shows any.
    pub(super) fn platform_says(&self, code: &str) -> Option<ErrorCode> {
        ErrorCode::new(code).filter(|_| self.shows_causes)
    }

    /// The client is awake to hear of it; false: it gave up before.
    pub(super) fn request_is_over(&mut self, id: u32, word: bool) -> bool {
        let Hearsay { asked, taken, shown } = self.asked.remove(&id).unwrap_or_default();
        let Some(endpoint) = self.calls.remove(&id) else { return false };
        let taken = taken.filter(|taken| *taken || word);
        if endpoint == Endpoint::Messages {
            self.checkers.see(self.now, &Seen::RestSilent);
        }
        for (id, content) in shown {
            match id {
                Some(id) => {
                    self.checkers.see(self.now, &Seen::FrameAnswered { id: &id, taken: true, retry_after: None });
                }
                None => {
                    for id in self.said.get(&content).into_iter().flatten() {
                        self.checkers.see(self.now, &Seen::Resembled(id));
                    }
                }
            }
        }
        let retry_after = match asked {
            Asked::Nothing => None,
            Asked::For(wait) => Some(wait),
            Asked::Until(moment) => Some(moment.saturating_sub(self.clock().wall)),
        };
        self.was_asked(retry_after);
        self.checkers.see(self.now, &Seen::RequestOver { request: id, taken, retry_after });
        true
    }

    pub(super) fn give_up(&mut self, id: u32) {
        if self.calls.remove(&id) == Some(Endpoint::Messages) {
            self.checkers.see(self.now, &Seen::RestSilent);
        }
        self.checkers.see(self.now, &Seen::RequestOver { request: id, taken: None, retry_after: None });
    }

    /// The service asked for a wait from now on; nothing can settle before it is over, jitter and all.
    pub(super) fn was_asked(&mut self, wait: Option<u64>) {
        if let Some(wait) = wait {
            self.asked_until = self.asked_until.max(self.now + wait + (wait / 4).max(1_000));
        }
    }
}

impl Spoilt {
    fn in_place_of(self, body: &str) -> String {
        match self {
            Self::Halved => body.chars().take(body.chars().count() / 2).collect(),
            Self::Nothing => String::new(),
            Self::Page => "<html><body>Everything is fine.</body></html>".to_owned(),
            Self::Bare => "{}".to_owned(),
        }
    }
}

/// Whether an answer pauses its path even where it does not say for how long (webchat.md).
fn pauses(endpoint: Endpoint, status: u16) -> bool {
    match endpoint {
        Endpoint::Messages => matches!(status, 408 | 425 | 429 | 502..=504),
        Endpoint::Guests => status == 429,
        Endpoint::Probe | Endpoint::History | Endpoint::Uploads | Endpoint::Subscriptions => false,
    }
}
