//! The service, scripted: sessions, idempotency, order under refusal, a ledger; and what it is told
//! to do wrong. It is written from the contract alone (webchat.md), not from the client's code.

use super::EPOCH;
use guestwire_core::value::{self, Value};
use std::collections::{HashMap, HashSet, VecDeque};

/// How a request ends, where it does not just work.
#[derive(Clone, Debug)]
pub enum Reply {
    /// As the service would.
    Works,
    /// Refused before anything was done.
    Says(Says),
    /// Done, and the answer is lost.
    Lost,
    /// It never came through.
    Fails,
    /// It never came through, and nobody says so.
    Hangs,
    /// Done, and nobody says so.
    HangsDone,
}

/// A refusal.
#[derive(Clone, Debug, Default)]
pub struct Says {
    pub status: u16,
    pub retry_after: Option<String>,
    pub date: Option<String>,
    pub body: Option<String>,
    pub redirected: Option<String>,
}

/// A refusal with a status and nothing else.
pub fn says(status: u16) -> Reply {
    Reply::Says(Says { status, ..Says::default() })
}

/// A refusal with a `Retry-After` header.
pub fn says_later(status: u16, retry_after: &str) -> Reply {
    Reply::Says(Says { status, retry_after: Some(retry_after.to_owned()), ..Says::default() })
}

/// What becomes of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handshake {
    Opens,
    Refused,
    Hangs,
}

/// An error frame in answer to a message.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    pub code: u16,
    pub retry_after: Option<u64>,
    pub named: bool,
}

/// A refusal that names the message.
pub fn refusal(code: u16) -> Refusal {
    Refusal { code, retry_after: None, named: true }
}

#[derive(Clone, Debug)]
pub struct GuestSession {
    pub id: String,
    pub token: String,
    pub until: u64,
    /// The status with which it is refused everywhere.
    pub dead: Option<u16>,
    ids: HashSet<String>,
}

/// One message that was taken.
#[derive(Clone, Debug)]
pub struct Entry {
    pub session: String,
    pub id: String,
    pub content: String,
    pub via: &'static str,
    pub at: u64,
    pub copies: u32,
}

/// What the service does with what arrived.
pub struct Answer {
    pub status: u16,
    pub retry_after: Option<String>,
    pub date: Option<String>,
    pub body: Option<String>,
    pub redirected: Option<String>,
}

pub struct Service {
    pub sessions: Vec<GuestSession>,
    pub ledger: Vec<Entry>,
    /// Life of the sessions that it makes, ms.
    pub life: u64,
    /// Scripts; where one is used up, its standing answer holds.
    pub guests: VecDeque<Reply>,
    pub posts: VecDeque<Reply>,
    pub checks: VecDeque<Reply>,
    pub handshakes: VecDeque<Handshake>,
    pub refusals: VecDeque<Refusal>,
    pub guests_always: Reply,
    pub posts_always: Reply,
    pub checks_always: Reply,
    pub handshakes_always: Handshake,
    /// What was refused for good stays refused, however often it comes.
    rejected: HashMap<String, u16>,
    /// Acknowledgements to lose and to double.
    pub lose_acks: u32,
    pub double_acks: u32,
    /// Whether heartbeats are answered.
    pub answers_heartbeats: bool,
    /// What is said to each new socket.
    pub greeting: Vec<String>,
    /// Requests: when they arrived, `guests`, `messages` or `check`, and the status of the answer (0: none).
    pub requests: Vec<(u64, &'static str, u16)>,
    /// Messages that arrived on sockets: when, on which, and their ids.
    pub arrivals: Vec<(u64, u32, String)>,
}

impl Service {
    pub fn new() -> Self {
        Self {
            sessions: Vec::new(),
            ledger: Vec::new(),
            life: 3_600_000,
            guests: VecDeque::new(),
            posts: VecDeque::new(),
            checks: VecDeque::new(),
            handshakes: VecDeque::new(),
            refusals: VecDeque::new(),
            guests_always: Reply::Works,
            posts_always: Reply::Works,
            checks_always: Reply::Works,
            handshakes_always: Handshake::Opens,
            rejected: HashMap::new(),
            lose_acks: 0,
            double_acks: 0,
            answers_heartbeats: true,
            greeting: Vec::new(),
            requests: Vec::new(),
            arrivals: Vec::new(),
        }
    }

    pub fn contents(&self) -> Vec<&str> {
        self.ledger.iter().map(|entry| entry.content.as_str()).collect()
    }

    /// How many requests of a kind came.
    pub fn count(&self, what: &str) -> usize {
        self.requests.iter().filter(|request| request.1 == what).count()
    }

    /// When requests of a kind came.
    pub fn times(&self, what: &str) -> Vec<u64> {
        self.requests.iter().filter(|request| request.1 == what).map(|request| request.0).collect()
    }

    /// The sessions there are are refused with this status from now on.
    pub fn end_sessions(&mut self, status: u16) {
        self.sessions.iter_mut().for_each(|session| session.dead = session.dead.or(Some(status)));
    }

    /// As if a message had never arrived.
    pub fn forget(&mut self, id: &str) {
        for session in &mut self.sessions {
            session.ids.remove(id);
        }
        self.ledger.retain(|entry| entry.id != id);
    }

    pub fn handshake(&mut self, now: u64, session: &str, token: Option<&str>) -> Handshake {
        let asked = self.handshakes.pop_front().unwrap_or(self.handshakes_always);
        let allowed = token.is_some_and(|token| self.check(now, session, token).is_none());
        if asked == Handshake::Opens && !allowed { Handshake::Refused } else { asked }
    }

    /// The status with which a token is refused.
    fn check(&self, now: u64, id: &str, token: &str) -> Option<u16> {
        match self.sessions.iter().find(|session| session.id == id) {
            None => Some(404),
            Some(session) if session.token != token => Some(401),
            Some(session) if session.until <= now => Some(401),
            Some(session) => session.dead,
        }
    }

    /// Takes a message, or says with which status it is refused.
    fn take(&mut self, now: u64, session: &str, frame: &Value, via: &'static str) -> Result<String, u16> {
        let text = |name| frame.get(name).and_then(Value::text).map(str::to_owned);
        let (Some(id), Some(content)) = (text("messageId"), text("content")) else { return Err(400) };
        if let Some(code) = self.rejected.get(&id) {
            return Err(*code);
        }
        let Some(owner) = self.sessions.iter_mut().find(|it| it.id == session) else { return Err(404) };
        if owner.ids.insert(id.clone()) {
            let entry = Entry { session: session.to_owned(), id: id.clone(), content, via, at: now, copies: 1 };
            self.ledger.push(entry);
        } else if let Some(entry) = self.ledger.iter_mut().find(|entry| entry.id == id && entry.session == session) {
            entry.copies += 1;
        }
        Ok(id)
    }

    fn knows(&self, session: &str, id: &str) -> bool {
        self.sessions.iter().any(|it| it.id == session && it.ids.contains(id))
    }

    /// A frame arrived on a socket; gives the frames that answer it.
    pub fn frame(&mut self, now: u64, socket: &mut Socket, text: &str) -> Vec<String> {
        let frame = value::read(text, 1 << 20).expect("the client sends JSON");
        match frame.get("type").and_then(Value::text) {
            Some("KEEP_ALIVE") if self.answers_heartbeats => {
                let timestamp = frame.get("timestamp").and_then(Value::whole).expect("a timestamp");
                vec![format!(r#"{{"type":"KEEP_ALIVE_ACK","timestamp":{timestamp}}}"#)]
            }
            Some("message") => self.message(now, socket, &frame),
            _ => Vec::new(),
        }
    }

    fn message(&mut self, now: u64, socket: &mut Socket, frame: &Value) -> Vec<String> {
        let id = frame.get("messageId").and_then(Value::text).expect("an id").to_owned();
        self.arrivals.push((now, socket.generation, id.clone()));
        if let Some((waited_for, code, retry)) = &socket.waits_for
            && *waited_for != id
            && !self.knows(&socket.session, &id)
        {
            return vec![error(*code, Some(&id), *retry)];
        }
        if let Some(status) = socket.refused.or_else(|| self.check(now, &socket.session, &socket.token)) {
            return vec![error(status, Some(&id), None)];
        }
        if let Some(code) = self.rejected.get(&id) {
            socket.waits_for.take_if(|waits| waits.0 == id);
            return vec![error(*code, Some(&id), None)];
        }
        if let Some(refusal) = self.refusals.pop_front() {
            if matches!(refusal.code, 401 | 404 | 410) {
                // It speaks of the session, so it holds for what follows too.
                socket.refused = Some(refusal.code);
            }
            let retryable = matches!(refusal.code, 408 | 425 | 429 | 500..=599)
                || (refusal.retry_after.is_some() && !matches!(refusal.code, 401 | 403 | 404 | 410));
            if retryable && refusal.named {
                socket.waits_for = Some((id.clone(), refusal.code, refusal.retry_after));
            } else {
                socket.waits_for.take_if(|waits| waits.0 == id);
            }
            if !retryable && refusal.named && socket.refused.is_none() {
                self.rejected.insert(id.clone(), refusal.code);
            }
            return vec![error(refusal.code, refusal.named.then_some(&id), refusal.retry_after)];
        }
        socket.waits_for.take_if(|waits| waits.0 == id);
        if let Err(status) = self.take(now, &socket.session, frame, "socket") {
            return vec![error(status, Some(&id), None)];
        }
        let acknowledgement = format!(r#"{{"type":"messageReceived","messageId":"{id}"}}"#);
        if self.lose_acks > 0 {
            self.lose_acks -= 1;
            return Vec::new();
        }
        if self.double_acks > 0 {
            self.double_acks -= 1;
            return vec![acknowledgement.clone(), acknowledgement];
        }
        vec![acknowledgement]
    }

    /// A request arrived. `None`: no answer will ever come; `Some(None)`: it fails.
    pub fn request(&mut self, now: u64, request: &super::network::Call) -> Option<Option<Answer>> {
        let (script, always) = match request.what {
            "guests" => (&mut self.guests, &self.guests_always),
            "messages" => (&mut self.posts, &self.posts_always),
            _ => (&mut self.checks, &self.checks_always),
        };
        let reply = script.pop_front().unwrap_or_else(|| always.clone());
        let done = match &reply {
            Reply::Works | Reply::Lost | Reply::HangsDone => self.serve(now, request),
            Reply::Says(says) => Answer {
                status: says.status,
                retry_after: says.retry_after.clone(),
                date: says.date.clone(),
                body: says.body.clone(),
                redirected: says.redirected.clone(),
            },
            Reply::Fails | Reply::Hangs => {
                Answer { status: 0, retry_after: None, date: None, body: None, redirected: None }
            }
        };
        let told = if matches!(reply, Reply::Works | Reply::Says(_)) { done.status } else { 0 };
        self.requests.push((now, request.what, told));
        match reply {
            Reply::Works | Reply::Says(_) => Some(Some(done)),
            Reply::Lost | Reply::Fails => Some(None),
            Reply::Hangs | Reply::HangsDone => None,
        }
    }

    fn serve(&mut self, now: u64, request: &super::network::Call) -> Answer {
        let plain =
            |status, body: Option<String>| Answer { status, retry_after: None, date: None, body, redirected: None };
        if request.what == "guests" {
            let number = self.sessions.len() + 1;
            let (id, token) = (format!("instance-{number}"), format!("guest-token-{number:04}"));
            let body =
                format!(r#"{{"webchatInstanceId":"{id}","token":"{token}","expiresIn":{}}}"#, self.life as f64 / 1e3);
            let session = GuestSession { id, token, until: now + self.life, dead: None, ids: HashSet::new() };
            self.sessions.push(session);
            return plain(200, Some(body));
        }
        if let Some(status) = self.check(now, &request.session, &request.token) {
            return plain(status, None);
        }
        if request.what == "check" {
            return plain(200, Some("{}".to_owned()));
        }
        let frame = request.body.as_deref().and_then(|body| value::read(body, 1 << 20).ok());
        match frame.as_ref().map_or(Err(400), |frame| self.take(now, &request.session, frame, "rest")) {
            Ok(id) => plain(200, Some(format!(r#"{{"type":"messageReceived","messageId":"{id}"}}"#))),
            // It speaks of the message, and says so.
            Err(status) => plain(status, named(frame.as_ref())),
        }
    }
}

fn named(frame: Option<&Value>) -> Option<String> {
    let id = frame?.get("messageId")?.text()?;
    Some(format!(r#"{{"messageId":"{id}"}}"#))
}

/// One socket, as the service sees it.
#[derive(Clone, Debug)]
pub struct Socket {
    pub generation: u32,
    pub session: String,
    pub token: String,
    /// Order under refusal: the message that must return first, and what is said to the others.
    pub waits_for: Option<(String, u16, Option<u64>)>,
    /// The session is refused on this socket.
    pub refused: Option<u16>,
}

fn error(code: u16, id: Option<&String>, retry_after: Option<u64>) -> String {
    let id = id.map_or(String::new(), |id| format!(r#","messageId":"{id}""#));
    let retry = retry_after.map_or(String::new(), |seconds| format!(r#","retryAfter":{seconds}"#));
    format!(r#"{{"type":"error","code":{code},"message":"no"{id}{retry}}}"#)
}

/// The wall clock of a service that agrees with the client's, as an HTTP date.
pub fn http_date(monotonic: u64) -> String {
    let at = std::time::UNIX_EPOCH + std::time::Duration::from_millis(EPOCH + monotonic - 1_000);
    httpdate::fmt_http_date(at)
}
