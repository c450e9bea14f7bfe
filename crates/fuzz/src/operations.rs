//! Any sequence of what can be done to a client, at any times, clocks that jump included ([`op`] says how bytes name it).
//! The laws of [`crate::driven`] hold at every step; in the end all is closed, ended, and recorded so that it runs again.

mod op;

use arbitrary::Unstructured;
use guestwire_core::io::{AnswerBody, Environment, HttpAnswer, Input};
use guestwire_core::limits;
use guestwire_core::secret::Secret;
use guestwire_core::value::read;
use uuid::Uuid;

use crate::dialects::Dialect;
use crate::driven::{Driven, config, later};
use op::{Body, Clock, Op, Said, Which};

/// Steps in one life; what comes after is not read.
const STEPS: usize = 400;

pub(crate) fn body(data: &[u8]) {
    lived(data).finish();
}

/// A life that these bytes name, not yet closed.
pub(crate) fn lived(data: &[u8]) -> Driven {
    let mut bytes = Unstructured::new(data);
    let (dialect, options) = op::options(&mut bytes);
    let mut life = Life { driven: Driven::new(config(&options)), dialect, tokens: 0 };
    life.driven.secret("key-to-the-history");
    life.driven.secret("credential-of-the-account");
    for _ in 0..STEPS {
        let Some(op) = op::next(&mut bytes) else { break };
        life.step(op);
    }
    life.driven
}

struct Life {
    driven: Driven,
    dialect: &'static Dialect,
    tokens: u64,
}

impl Life {
    fn step(&mut self, op: Op) {
        let driven = &mut self.driven;
        match op {
            Op::Connect => driven.connect(),
            Op::Send(bytes) => {
                let content = "\"é\u{1}x".chars().cycle().take(bytes).collect::<String>();
                // Refused where the buffer is full or the client closed; the laws see to the rest.
                let _ = driven.send(&content);
            }
            Op::Cancel(place) => {
                let id = self.message(place);
                self.driven.cancel(id);
            }
            Op::Close(grace) => driven.close(grace),
            Op::Wake(late) => driven.wake(late),
            Op::Time => driven.time(),
            Op::Pass(Clock::Both, ms) => driven.pass(ms),
            Op::Pass(Clock::Monotonic, ms) => driven.now.monotonic = later(driven.now.monotonic, ms),
            Op::Pass(Clock::Wall, ms) => driven.now.wall = later(driven.now.wall, ms),
            Op::Back(Clock::Monotonic | Clock::Both, ms) => {
                driven.now.monotonic = driven.now.monotonic.saturating_sub(ms);
            }
            Op::Back(Clock::Wall, ms) => driven.now.wall = driven.now.wall.saturating_sub(ms),
            Op::Opened(which) => driven.input(Input::SocketOpened(socket(driven, which))),
            Op::Closed(which, code) => driven.input(Input::SocketClosed(socket(driven, which), code, None)),
            Op::Frame(which, said) => self.frame(which, &said),
            Op::Answered(which, status, retry_after, date, body) => {
                let body = self.body(body);
                let retry_after = retry_after.map(str::to_owned);
                let answer =
                    HttpAnswer { status, retry_after, date: date.map(str::to_owned), body, ..HttpAnswer::default() };
                let request = self.request(which);
                self.driven.input(Input::Answered(request, answer));
            }
            Op::Unanswered(which) => {
                let request = self.request(which);
                self.driven.input(Input::Unanswered(request, None));
            }
            Op::Token(well_formed) => {
                let token = if well_formed { self.token() } else { "short".to_owned() };
                let request = self.driven.asked.first().copied().unwrap_or(0);
                self.driven.input(Input::Token(request, Secret::new(token), None));
            }
            Op::TokenRefused => {
                let request = driven.asked.first().copied().unwrap_or(0);
                driven.input(Input::TokenRefused(request, None));
            }
            Op::Online => driven.input(Input::Environment(Environment::Online)),
            Op::Offline => driven.input(Input::Environment(Environment::Offline)),
            Op::Visible => driven.input(Input::Environment(Environment::Visible)),
            Op::Resumed => driven.input(Input::Environment(Environment::Resumed)),
        }
    }

    fn frame(&mut self, which: Which, said: &Said) {
        let dialect = self.dialect;
        let text = match *said {
            Said::Acknowledged(place) => (dialect.acknowledged)(&self.message(place).to_string()),
            Said::Refused(place, code, wait) => {
                let id = place.map(|place| self.message(place).to_string());
                (dialect.refused)(id.as_deref(), code, wait)
            }
            Said::Agent(number) => (dialect.agent)(number),
            Said::Ready => dialect.ready.to_owned(),
            Said::Key => dialect.key.to_owned(),
            Said::Alive(ago) => (dialect.alive)(self.driven.now.wall.saturating_sub(ago)),
            Said::Nonsense => "{".to_owned(),
        };
        let socket = socket(&self.driven, which);
        let body = read(&text, limits::FRAME_BYTES);
        self.driven.input(Input::SocketFrame(socket, guestwire_core::io::Frame { bytes: text.len(), body }));
    }

    fn body(&mut self, body: Body) -> AnswerBody {
        let text = match body {
            Body::None => return AnswerBody::Empty,
            Body::Foreign => "<h1>You are offline</h1>".to_owned(),
            Body::Session(seconds) => {
                let (id, token) = (self.tokens, self.token());
                format!(r#"{{"webchatInstanceId":"{id}","token":"{token}","expiresIn":{seconds}}}"#)
            }
            Body::Wait(seconds) => seconds.to_string(),
            Body::Message(place) => format!(r#"{{"messageId":"{}"}}"#, self.message(place)),
            Body::Page(count, total) => {
                let ids: Vec<String> = (0..count).map(|place| self.message(place).to_string()).collect();
                (self.dialect.page)(&ids, total)
            }
            Body::Nonsense => r#"{"webchatInstanceId":[],"token":7}"#.to_owned(),
        };
        AnswerBody::read(&text, limits::ANSWER_BYTES)
    }

    fn token(&mut self) -> String {
        self.tokens += 1;
        let token = format!("token-of-nobody-{:08}", self.tokens);
        self.driven.secret(&token);
        token
    }

    /// The message that was accepted so many before the latest; else one that never was.
    fn message(&self, place: usize) -> Uuid {
        let accepted = &self.driven.accepted;
        let place = accepted.len().checked_sub(place + 1);
        place.map_or(Uuid::from_u128(7), |place| accepted[place])
    }

    fn request(&self, which: Which) -> u32 {
        let requests = &self.driven.requests;
        match which {
            Which::Latest => requests.first().map_or(0, |request| request.0),
            Which::Before => requests.last().map_or(0, |request| request.0),
            Which::Wrong(number) => number,
        }
    }
}

fn socket(driven: &Driven, which: Which) -> u32 {
    match which {
        Which::Latest => driven.sockets,
        Which::Before => driven.sockets.wrapping_sub(1),
        Which::Wrong(number) => number,
    }
}
