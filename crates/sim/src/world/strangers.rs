//! Somebody between the client and the service answers in its place: a captive portal, a proxy, a service worker. And what an
//! observer makes of it: whose word an answer is (webchat.md, "Who answered"), told here by what reached the client alone.

use guestwire_core::io::{AnswerBody, HttpAnswer};
use guestwire_core::retry_after;
use guestwire_core::time::Now;

use super::World;
use super::chance::{Chance, Stream};
use super::dialect::Dialect;
use super::plan::{MINUTE, Planned, Trouble};
use crate::checkers::{Endpoint, Seen, WAITED_FOR_AT_MOST};
use crate::service::{Condition, Fault, FaultKind, Foreign, Scope};

const PAGE: &str = "<!doctype html><h1>Please sign in to the network</h1>";
/// What comes with a success: nothing of it is the service's word.
const SUCCESSES: [&str; 6] = [PAGE, PAGE, "", "\"OK\"", "[]", r#"{"portal":"please sign in"}"#];
/// What is not the service's, and comes as a page.
const REFUSALS: [u16; 12] = [302, 400, 401, 403, 404, 405, 410, 413, 429, 500, 503, 511];

/// The service's own word vouches for so long for what has no proof, ms.
const VOUCHED_FOR: u64 = 60_000;
/// What is said alone for so long is believed, ms.
const DISBELIEVED_FOR: u64 = 600_000;

pub(super) fn suffers(seed: u64, dialect: Dialect, faults: &mut Vec<Planned>, begins: u64, ends: u64) {
    let mut chance = Chance::new(seed, Stream::Strangers);
    let scopes: &[Scope] = match dialect {
        Dialect::Webchat => &[Scope::Messages, Scope::Messages, Scope::Probe, Scope::Guests, Scope::Socket, Scope::All],
        Dialect::WebMessaging => &[Scope::History, Scope::History, Scope::Uploads, Scope::Socket, Scope::All],
        Dialect::Streams => {
            &[Scope::Subscriptions, Scope::Subscriptions, Scope::Channels, Scope::Token, Scope::Socket, Scope::All]
        }
    };
    for _ in 0..chance.below(5) {
        let scope = chance.pick(scopes);
        let (status, body) = if chance.one_in(2) {
            (chance.pick(&[200, 200, 202, 204]), chance.pick(&SUCCESSES))
        } else {
            (chance.pick(&REFUSALS), PAGE)
        };
        let waits = status >= 400 && chance.one_in(4);
        let answer = Foreign {
            status,
            body: body.to_owned(),
            content_type: chance.pick(&["text/html", "application/json"]).to_owned(),
            location: None,
            retry_after: waits.then(|| u32::try_from(chance.below(60)).unwrap_or(0)),
        };
        let fault = Fault {
            kind: FaultKind::Condition(Condition::Foreign { scope, answer }),
            conversation: None,
            after: None,
            count: Some(u32::try_from(1 + chance.below(8)).unwrap_or(1)),
            lasts: Some(chance.below_one_of(&[20_000, MINUTE, 5 * MINUTE])),
        };
        let at = begins + chance.below(ends - begins);
        faults.push(Planned { at, trouble: Trouble::Service(fault) });
    }
    faults.sort_by_key(|planned| planned.at);
}

/// What was heard of the service itself, on the client's monotonic clock.
#[derive(Default)]
pub(super) struct Voice {
    own_at: Option<u64>,
    foreign: Option<(u16, u64)>,
    /// The session that the client has, when it came, and for how long, ms.
    session: Option<(Now, u64)>,
    /// Something has said that it is gone.
    session_gone: bool,
}

impl Voice {
    /// Whether what has no proof is taken for the service's word.
    fn vouches(&mut self, status: u16, now: u64) -> bool {
        let since = match self.foreign {
            Some((before, since)) if before == status => since,
            _ => now,
        };
        self.foreign = Some((status, since));
        now - since >= DISBELIEVED_FOR || self.own_at.is_some_and(|at| now - at <= VOUCHED_FOR)
    }
}

impl World {
    /// Whether an answer is the service's word, or may be taken for it.
    pub(super) fn is_word(&mut self, answer: &HttpAnswer) -> bool {
        let now = self.clock().monotonic;
        let page = matches!(answer.body, AnswerBody::Unreadable(_));
        if !page && matches!(answer.status, 200..=299 | 400..=599) {
            if answer.json().is_some() {
                (self.voice.own_at, self.voice.foreign) = (Some(now), None);
            }
            return true;
        }
        self.voice.vouches(answer.status, now)
    }

    /// A handshake is refused, without a body that the client would read: nobody can tell by whom.
    pub(super) fn hears_handshake(&mut self, generation: u32, answer: &HttpAnswer) {
        let (status, Now { monotonic: now, wall }) = (answer.status, self.clock());
        let header = answer.retry_after.as_deref();
        let wait = header.and_then(|header| retry_after::parse(header, answer.date.as_deref(), wall));
        if wait.is_some_and(|wait| wait > WAITED_FOR_AT_MOST) {
            self.checkers.see(self.now, &Seen::Final("rate_limited"));
        }
        self.was_asked(wait);
        self.sees_close(generation, 1006);
        let is_word = match self.dialect {
            Dialect::Webchat => matches!(status, 401 | 403 | 404 | 410) && self.voice.vouches(status, now),
            // What may be refused there is asked about by requests.
            Dialect::WebMessaging => false,
            Dialect::Streams => self.is_plain_stream(),
        };
        if !is_word {
            return;
        }
        self.voice.session_gone |= matches!(status, 401 | 404 | 410);
        if status == 401 {
            self.checkers.see(self.now, &Seen::TokenRefused);
        }
        self.see_end(status);
    }

    /// The client hears an answer.
    pub(super) fn hears_answer(&mut self, request: u32, answer: &HttpAnswer) -> bool {
        let Some(endpoint) = self.calls.get(&request).copied() else { return false };
        let word = self.is_word(answer);
        let object = answer.json().is_some();
        self.request_is_over(request, word);
        if word && matches!(endpoint, Endpoint::Messages | Endpoint::Probe) {
            self.voice.session_gone |= matches!(answer.status, 401 | 404 | 410);
            if object {
                self.checkers.see(self.now, &Seen::RestSpeaks);
            }
        }
        let life = answer.json().and_then(|body| body.get("expiresIn")?.whole());
        if let (Endpoint::Guests, Some(seconds), 200..=299) = (endpoint, life, answer.status) {
            (self.voice.session, self.voice.session_gone) = (Some((self.clock(), seconds * 1_000)), false);
        }
        self.sees_answer(request, answer, word);
        true
    }

    /// A frame that can be read came: in webchat it is the host's word.
    pub(super) fn hears_voice(&mut self) {
        if self.dialect == Dialect::Webchat {
            (self.voice.own_at, self.voice.foreign) = (Some(self.clock().monotonic), None);
        }
    }

    /// The code of an error frame, or of a close.
    pub(super) fn hears_of_session(&mut self, code: u16) {
        self.voice.session_gone |= matches!(code, 401 | 404 | 410 | 1008 | 3000 | 4001 | 4401 | 4004 | 4404 | 4410);
    }

    /// The client says that its session is lost.
    pub(super) fn sees_loss(&mut self) {
        let now = self.clock();
        let over = self.voice.session.is_some_and(|(since, life)| now.since(since) + 30_000.min(life / 4) >= life);
        if self.dialect != Dialect::Webchat || self.voice.session_gone || over {
            self.checkers.see(self.now, &Seen::Grounds("session_replaced"));
        }
    }
}
