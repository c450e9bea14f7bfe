//! A client under laws: whatever is done to it, each input has few outputs, the buffer keeps its bounds, one socket lives
//! at a time and few are opened, a message ends once, and nothing that can be logged shows a token.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use guestwire_core::Client;
use guestwire_core::config::Config;
use guestwire_core::connection::State;
use guestwire_core::error::SendError;
use guestwire_core::event::Event;
use guestwire_core::files::Offer;
use guestwire_core::io::{AnswerBody, Frame, HttpAnswer, Input, Output};
use guestwire_core::limits;
use guestwire_core::protocol::{Name, Request};
use guestwire_core::time::Now;
use guestwire_core::trace::Recorder;
use guestwire_core::trace::replay::replay;
use guestwire_core::value::{Value, read};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::dialects::Dialect;

/// When every life begins.
pub(crate) const START: Now = Now { monotonic: 1_000, wall: 1_795_262_400_000 };

/// What one input may lead to besides what it does to messages: a link ends, a session, the client; records of all that.
const OUTPUTS: usize = 64;
/// What it may lead to for one message: it lands, ends or leaves again, each with its record.
const OUTPUTS_PER_MESSAGE: usize = 8;
/// How often a client may want to be woken at one moment.
const WAKES: usize = 4;

/// The options in a text.
pub(crate) fn config(options: &str) -> Config {
    let value = read(options, 1 << 20).expect("options are JSON");
    Config::from_value(&value).expect("good options")
}

/// A client, and what is known of it from outside.
pub(crate) struct Driven {
    client: Recorder,
    messages: usize,
    bytes: usize,
    trace: usize,
    /// A recording runs again.
    replays: bool,
    max_opens: usize,
    /// When sockets were opened, monotonic; the latest last.
    opens: Vec<u64>,
    pub(crate) now: Now,
    /// The latest that its monotonic clock has shown: one that goes back stands still for the client.
    latest_now: u64,
    /// The socket that is open or being opened.
    pub(crate) socket: Option<u32>,
    /// The latest socket.
    pub(crate) sockets: u32,
    /// Requests under way.
    pub(crate) requests: Vec<(u32, Request)>,
    /// Uploads under way.
    uploads: Vec<u32>,
    /// Files whose bytes are kept, and how far each is, as was told.
    files: BTreeMap<String, &'static str>,
    /// Token requests under way.
    pub(crate) asked: Vec<u32>,
    /// Accepted messages, in order.
    pub(crate) accepted: Vec<Uuid>,
    /// The same, as events name them.
    names: BTreeSet<String>,
    /// Those that have left at least once.
    left: BTreeSet<String>,
    /// Their final states.
    pub(crate) ended: BTreeMap<String, &'static str>,
    /// What must not be shown.
    tokens: Vec<String>,
    /// What the latest input led to.
    pub(crate) latest: Vec<Output>,
    /// All that can be logged.
    pub(crate) log: String,
}

impl Driven {
    pub(crate) fn new(config: Config) -> Self {
        let (messages, bytes, trace) = (config.max_messages, config.max_bytes, config.trace);
        let max_opens = config.max_opens;
        // What a history without ids says is told by its words, and these are not in a recording (docs/recorder.md).
        let replays = trace > 0 && config.dialect == Name::Webchat;
        Self {
            client: Recorder::new(Client::new(config, [7; 16], START)),
            messages,
            bytes,
            trace,
            replays,
            max_opens,
            opens: Vec::new(),
            now: START,
            latest_now: START.monotonic,
            socket: None,
            sockets: 0,
            requests: Vec::new(),
            uploads: Vec::new(),
            files: BTreeMap::new(),
            asked: Vec::new(),
            accepted: Vec::new(),
            names: BTreeSet::new(),
            left: BTreeSet::new(),
            ended: BTreeMap::new(),
            tokens: Vec::new(),
            latest: Vec::new(),
            log: String::new(),
        }
    }

    /// A client that is connected, with a session whose token nobody may see.
    pub(crate) fn connected(dialect: &Dialect) -> Self {
        let mut life = Self::with_session(&dialect.plain());
        life.opens(dialect);
        assert_eq!(life.client.state(), State::Connected);
        life
    }

    /// The socket opens, and the service is ready.
    pub(crate) fn opens(&mut self, dialect: &Dialect) {
        self.input(Input::SocketOpened(self.sockets));
        self.frame(dialect.ready);
    }

    /// A client that has a session, made by request or brought along, and opens its socket.
    pub(crate) fn with_session(options: &str) -> Self {
        let mut life = Self::new(config(options));
        life.connect();
        life.secret("credential-of-the-account");
        if life.socket.is_none() {
            life.grant("guest-token-of-the-session", 3_600);
        }
        life
    }

    /// The service makes a session.
    pub(crate) fn grant(&mut self, token: &str, seconds: u64) {
        self.secret(token);
        let body = json!({ "webchatInstanceId": "i", "token": token, "expiresIn": seconds }).to_string();
        let answer = HttpAnswer { status: 200, body: AnswerBody::read(&body, 1 << 20), ..HttpAnswer::default() };
        self.answer(answer);
    }

    /// From here on nothing that can be logged may show this.
    pub(crate) fn secret(&mut self, token: &str) {
        self.tokens.push(token.to_owned());
    }

    pub(crate) fn has_left(&self, message: Uuid) -> bool {
        self.left.contains(&message.to_string())
    }

    pub(crate) fn state(&self) -> State {
        self.client.state()
    }

    pub(crate) fn next_wake(&self) -> Option<u64> {
        self.client.next_wake()
    }

    pub(crate) fn connect(&mut self) {
        let held = self.held();
        self.client.connect(self.now);
        self.drain(held);
    }

    pub(crate) fn send(&mut self, content: &str) -> Result<Uuid, SendError> {
        let held = self.held();
        let sent = self.client.send(self.now, content);
        if let Ok(id) = sent {
            self.accepted.push(id);
            self.names.insert(id.to_string());
        }
        self.drain(held);
        sent
    }

    /// A file that the service may put where this says, and another one that it is asked about; and somebody wants to know
    /// where a third one is.
    pub(crate) fn has_files(&mut self) {
        for name in ["first.png", "second.png"] {
            let held = self.held();
            let offer = Offer::new(name, "image/png", 1_000).expect("a file");
            let id = self.client.attach(self.now, offer).expect("taken on").to_string();
            self.drain(held);
            if name == "first.png" {
                let (class, url) = ("PresignedUrlResponse", "https://uploads.example/upload-of-nobody-else");
                self.secret("upload-of-nobody-else");
                let body = json!({ "attachmentId": id, "url": url, "headers": { "x-amz-tagging": "a" } });
                let tracing = format!("upload-{id}");
                self.frame(&json!({ "class": class, "code": 200, "body": body, "tracingId": tracing }).to_string());
                assert_eq!(self.uploads.len(), 1, "it is put where the service said");
            }
        }
        let held = self.held();
        self.client.attachment_url(self.now, "theirs").expect("asked");
        self.drain(held);
    }

    pub(crate) fn cancel(&mut self, id: Uuid) {
        let held = self.held();
        let known = self.ended.contains_key(&id.to_string());
        let cancelled = self.client.cancel(self.now, id);
        self.drain(held);
        let fate = self.ended.get(&id.to_string()).copied();
        assert!(!cancelled || !known && fate == Some("cancelled"), "cancel() says {cancelled}, and it is {fate:?}");
    }

    pub(crate) fn close(&mut self, grace: Option<u64>) {
        let held = self.held();
        self.client.close(self.now, grace);
        self.drain(held);
    }

    pub(crate) fn input(&mut self, input: Input) {
        match &input {
            Input::SocketClosed(socket, ..) | Input::SocketRefused(socket, _) => {
                self.socket.take_if(|live| live == socket);
            }
            Input::Answered(id, _) | Input::Unanswered(id, _) => self.requests.retain(|(open, _)| open != id),
            Input::Token(id, ..) | Input::TokenRefused(id, _) => self.asked.retain(|open| open != id),
            _ => {}
        }
        let held = self.held();
        self.client.handle(self.now, input);
        self.drain(held);
    }

    /// A frame on the latest socket.
    pub(crate) fn frame(&mut self, text: &str) {
        self.input(Input::SocketFrame(
            self.sockets,
            Frame { bytes: text.len(), body: read(text, limits::FRAME_BYTES) },
        ));
    }

    /// An answer to the oldest request under way.
    pub(crate) fn answer(&mut self, answer: HttpAnswer) {
        if let Some(&(id, _)) = self.requests.first() {
            self.input(Input::Answered(id, answer));
        }
    }

    /// What the client waits for comes, so much late; nothing is due then.
    pub(crate) fn wake(&mut self, late: u64) {
        let Some(at) = self.client.next_wake() else { return };
        let ahead = at.saturating_add(late).saturating_sub(self.now.monotonic);
        self.pass(ahead);
        self.time();
    }

    /// Both clocks go on.
    pub(crate) fn pass(&mut self, ms: u64) {
        self.now.monotonic = later(self.now.monotonic, ms);
        self.now.wall = later(self.now.wall, ms);
    }

    /// The client is woken; it must not want the same again and again.
    pub(crate) fn time(&mut self) {
        for _ in 0..WAKES {
            self.input(Input::Time);
            if self.client.next_wake().is_none_or(|at| at > self.now.monotonic) {
                return;
            }
        }
        panic!("the client goes in circles at {:?}: it wants to be woken at {:?}", self.now, self.client.next_wake());
    }

    /// It is closed, and everything has ended; what was recorded leads to the same again.
    pub(crate) fn finish(mut self) {
        let trace = self.ended();
        if self.replays {
            let difference = replay(&trace).map(|replayed| replayed.difference);
            assert_eq!(difference, Ok(None), "the recording leads elsewhere");
        }
    }

    /// The same without the second run; gives the trace.
    pub(crate) fn ended(&mut self) -> Json {
        self.close(Some(0));
        assert_eq!(self.client.state(), State::Closed);
        assert_eq!((self.socket, self.client.next_wake()), (None, None), "closed, and not at rest");
        assert!(self.requests.is_empty() && self.uploads.is_empty(), "closed, and requests are under way");
        let ended = |state: &&str| matches!(*state, "sent" | "detached" | "failed");
        assert!(self.files.values().all(ended), "closed, and files have no end: {:?}", self.files);
        assert_eq!(self.accepted.len(), self.ended.len(), "closed, and messages have no end");
        let trace = self.trace();
        self.log.push_str(&json!(self.client.stats(self.now).detail()).to_string());
        self.log.push_str(&trace.to_string());
        self.hides_tokens(&self.log);
        trace
    }

    /// What `client.trace()` gives.
    pub(crate) fn trace(&self) -> Json {
        let mut trace = json!(self.client.frame());
        trace["entries"] = self.client.entries().map(|entry| json!(entry)).collect();
        trace
    }

    fn held(&self) -> usize {
        self.accepted.len() - self.ended.len()
    }

    /// Takes what the latest input led to, and holds it to the laws.
    fn drain(&mut self, held: usize) {
        self.latest.clear();
        self.latest_now = self.latest_now.max(self.now.monotonic);
        while let Some(output) = self.client.poll_output() {
            let _ = write!(self.log, "{output:?}");
            self.see(&output);
            self.latest.push(output);
        }
        let most = OUTPUTS + OUTPUTS_PER_MESSAGE * (held + 1);
        assert!(self.latest.len() <= most, "{} outputs of one input, with {held} messages", self.latest.len());
        let stats = self.client.stats(self.now);
        assert!(stats.messages.queued + stats.messages.in_flight <= self.messages, "too many messages are held");
        assert!(stats.messages.bytes <= self.bytes, "too many bytes are held");
        let entries = self.client.entries().count();
        // Each half ends with the outputs of the input that filled it; outputs that wait put the change off.
        assert!(entries <= self.trace + 4 * (limits::TRACE_OUTPUTS + 2), "{entries} entries in a trace");
        let counters = stats.counters;
        let ends =
            counters.delivered + counters.rejected + counters.expired + counters.cancelled + counters.unconfirmed;
        assert_eq!(ends, self.ended.len() as u64, "what was counted is not what was told");
        // Searched in pieces that stay small.
        if self.log.len() > 1 << 16 {
            self.hides_tokens(&self.log);
            self.log.clear();
        }
    }

    fn see(&mut self, output: &Output) {
        match output {
            Output::OpenSocket(socket, _) => {
                assert_eq!(self.socket, None, "a second socket");
                self.socket = Some(*socket);
                self.sockets = *socket;
                self.opened();
            }
            Output::SendFrame(socket, _) => assert_eq!(self.socket, Some(*socket), "a frame for a socket that is gone"),
            Output::CloseSocket(socket, _) => {
                assert_eq!(self.socket.take(), Some(*socket), "a socket is closed that is not there");
            }
            Output::Request(id, request) => self.requests.push((*id, request.clone())),
            Output::AbortRequest(id) => {
                let upload = self.uploads.contains(id);
                let open = upload || self.requests.iter().any(|(open, _)| open == id);
                assert!(open, "a request is aborted that is not under way");
                self.requests.retain(|(open, _)| open != id);
                self.uploads.retain(|open| open != id);
            }
            Output::Upload(id, upload) => {
                assert!(self.files.contains_key(&upload.attachment.to_string()), "the bytes of no file are wanted");
                self.uploads.push(*id);
            }
            Output::ReleaseFile(id) => {
                assert!(self.files.contains_key(&id.to_string()), "a file is let go of that is not kept");
            }
            Output::RequestToken(id, _) => self.asked.push(*id),
            Output::Event(event) => {
                self.log.push_str(&serde_json::to_string(&event.detail().1).expect("an event has a JSON form"));
                self.told(event);
            }
        }
    }

    /// However the clocks jump.
    fn opened(&mut self) {
        let at = self.latest_now;
        self.opens.push(at);
        let before = self.opens.len().checked_sub(self.max_opens + 1).map(|place| self.opens[place]);
        assert!(
            before.is_none_or(|before| at - before > limits::OPENS_WINDOW),
            "too many opens at {at}: {:?}",
            self.opens
        );
    }

    fn told(&mut self, event: &Event) {
        if let Event::Attachment(file) = event
            && let Some(file) = file.get()
        {
            let before = self.files.insert(file.id.clone(), file.state);
            let ended = matches!(before, Some("sent" | "detached" | "failed"));
            assert!(!ended, "a file that had ended is told of again: {file:?}");
            assert!(before.is_some() || file.state == "presigning", "a file is told of that nobody attached: {file:?}");
        }
        let Event::Delivery(delivery) = event else { return };
        let known = self.names.contains(&delivery.id) || delivery.state == "queued";
        assert!(known, "a message is told of that was never accepted: {delivery:?}");
        assert!(!self.ended.contains_key(&delivery.id), "a message that had ended is told of again: {delivery:?}");
        if delivery.state == "sending" {
            self.left.insert(delivery.id.clone());
        }
        if !matches!(delivery.state, "queued" | "sending") {
            self.ended.insert(delivery.id.clone(), delivery.state);
        }
    }

    fn hides_tokens(&self, text: &str) {
        for token in &self.tokens {
            assert!(!text.contains(token.as_str()), "a token is shown: {token}");
        }
    }
}

/// A clock is a number of JavaScript; more than it counts exactly no clock shows.
pub(crate) fn later(clock: u64, ms: u64) -> u64 {
    clock.saturating_add(ms).min(1 << 53)
}

/// The same value with other content of the same lengths, another well-formed token, and nothing at all in place of what a
/// trace leaves out.
pub(crate) fn redacted(value: &Value, members: guestwire_core::protocol::Members) -> Value {
    use guestwire_core::content::Content;
    use guestwire_core::protocol::Shown;
    let filler = |text: &str| {
        let (bytes, quoted) = Content::lengths(text);
        Value::Text(Content::filler(bytes, quoted).expect("lengths of a text").to_string())
    };
    let Value::Map(map) = value else {
        return if let Value::Text(text) = value { filler(text) } else { value.clone() };
    };
    let member = |(name, value): &(String, Value)| {
        let how = members.iter().find(|member| member.0 == name)?.1;
        let value = match (value, name.as_str()) {
            // By their names here, whatever the dialect says of them.
            (Value::Text(text), "content" | "text") => filler(text),
            (Value::Text(text), "token" | "jwt")
                if !text.is_empty() && text.bytes().all(|it| it.is_ascii_graphic()) =>
            {
                Value::Text("~".repeat(text.len()))
            }
            (Value::Text(text), _) if how == Shown::Content => filler(text),
            (Value::Text(text), _) if how == Shown::Address => Value::Text(elsewhere(text)),
            (Value::Map(_), _) if how == Shown::Whole => redacted(value, members),
            _ => value.clone(),
        };
        Some((name.clone(), value))
    };
    Value::Map(map.iter().filter_map(member).collect())
}

/// Another address of the same kind; what is none stays so.
fn elsewhere(text: &str) -> String {
    let sound = text.len() < limits::ADDRESS_BYTES && text.bytes().all(|byte| byte.is_ascii_graphic());
    let scheme =
        ["https://", "http://"].into_iter().find(|scheme| text.strip_prefix(scheme).is_some_and(|it| !it.is_empty()));
    match scheme.filter(|_| sound) {
        Some(scheme) => format!("{scheme}elsewhere.example"),
        None => text.to_owned(),
    }
}
