//! A client with nobody at the other end but the test: what leaves is kept, and what comes is what the test says.

use guestwire_core::Client;
use guestwire_core::config::Config;
use guestwire_core::draft::Draft;
use guestwire_core::error::SendError;
use guestwire_core::error::conversation::CannotAsk;
use guestwire_core::event::Event;
use guestwire_core::files::Upload;
use guestwire_core::io::{AnswerBody, Frame, HttpAnswer, Input, Output};
use guestwire_core::protocol::Request;
use guestwire_core::secret::Secret;
use guestwire_core::time::Now;
use guestwire_core::trace::Recorder;
use guestwire_core::trace::replay::replay;
use guestwire_core::value;
use serde_json::{Value, json};
use uuid::Uuid;

/// When every test begins, epoch ms.
const EPOCH: u64 = 1_795_262_400_000;
/// The guest's token.
pub const TOKEN: &str = "5b0a1e6c-guest-token";

pub struct Line {
    pub client: Recorder,
    /// What left on the socket and was not looked at yet.
    pub frames: Vec<Value>,
    /// Requests that nobody has answered yet.
    pub requests: Vec<(u32, Request)>,
    /// Uploads that nobody has answered yet.
    pub uploads: Vec<(u32, Upload)>,
    /// Files whose bytes nobody needs any more.
    pub released: Vec<Uuid>,
    pub events: Vec<Event>,
    /// Tokens asked for, and whether the one before was refused.
    pub wishes: Vec<(u32, bool)>,
    /// Where sockets were opened.
    pub opened: Vec<String>,
    /// Where they were said to be opened from.
    pub origins: Vec<String>,
    socket: Option<u32>,
    ms: u64,
}

impl Line {
    pub fn new(options: Value) -> Self {
        let mut all = json!({
            "dialect": "web-messaging",
            "region": "us-east-1",
            "deploymentId": "d-1",
            // Most tests look once; gaps.rs has those of a history that lags.
            "historyLag": 0,
            "credential": { "kind": "bearer", "value": TOKEN },
        });
        for (name, value) in options.as_object().expect("options are an object") {
            all[name] = value.clone();
        }
        // What a test gives as nothing is not given.
        all.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
        let options = value::read(&all.to_string(), 1 << 20).unwrap();
        let config = Config::from_value(&options).expect("good options");
        Self {
            client: Recorder::new(Client::new(config, [7; 16], Now { monotonic: 1_000, wall: EPOCH })),
            frames: Vec::new(),
            requests: Vec::new(),
            uploads: Vec::new(),
            released: Vec::new(),
            events: Vec::new(),
            wishes: Vec::new(),
            opened: Vec::new(),
            origins: Vec::new(),
            socket: None,
            ms: 1_000,
        }
    }

    /// Connected to a session that did not exist before, with a history that has nothing.
    pub fn connected(options: Value) -> Self {
        let mut line = Self::new(options);
        line.connect();
        line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
        line.key();
        line.page(&[], 0);
        line.frames.clear();
        line
    }

    pub fn now(&self) -> Now {
        Now { monotonic: self.ms, wall: EPOCH + self.ms }
    }

    /// Asks to connect.
    pub fn begin(&mut self) {
        self.client.connect(self.now());
        self.drain();
    }

    /// Asks to connect, and lets the socket open.
    pub fn connect(&mut self) {
        self.begin();
        self.open();
    }

    pub fn open(&mut self) {
        let socket = self.socket.expect("a socket is being opened");
        self.input(Input::SocketOpened(socket));
    }

    pub fn send(&mut self, content: &str) -> String {
        let id = self.client.send(self.now(), content).expect("accepted").to_string();
        self.drain();
        id
    }

    /// Says what an application gives as an object.
    pub fn draft(&mut self, draft: Value) -> String {
        self.try_draft(draft).expect("accepted")
    }

    pub fn try_draft(&mut self, draft: Value) -> Result<String, &'static str> {
        let value = value::read(&draft.to_string(), 1 << 20).unwrap();
        let refused = |error: SendError| error.report().code;
        let draft = Draft::from_value(&value).map_err(refused)?;
        let id = self.client.send_draft(self.now(), &draft).map_err(refused)?;
        self.drain();
        Ok(id.to_string())
    }

    /// Tells that the guest types.
    pub fn types(&mut self) -> bool {
        let leaves = self.client.typing(self.now());
        self.drain();
        leaves
    }

    pub fn start_new(&mut self) -> Result<(), CannotAsk> {
        let asked = self.client.start_new(self.now());
        self.drain();
        asked
    }

    pub fn clear(&mut self) -> Result<(), CannotAsk> {
        let asked = self.client.clear(self.now());
        self.drain();
        asked
    }

    /// Whoever gives grants has none.
    pub fn has_no_grant(&mut self) {
        self.client.grant_unavailable(self.now());
        self.drain();
    }

    /// Closes at once.
    pub fn close(&mut self) {
        self.client.close(self.now(), Some(0));
        self.drain();
    }

    pub fn input(&mut self, input: Input) {
        self.client.handle(self.now(), input);
        self.drain();
    }

    /// The service says something on the socket.
    pub fn says(&mut self, class: &str, body: Value, tracing: Option<&str>) {
        self.says_with_code(class, 200, body, tracing);
    }

    pub fn says_with_code(&mut self, class: &str, code: u16, body: Value, tracing: Option<&str>) {
        let mut frame = json!({ "type": "message", "class": class, "code": code, "body": body });
        if let Some(tracing) = tracing {
            frame["tracingId"] = json!(tracing);
        }
        self.says_frame(&frame);
    }

    /// …word for word.
    pub fn says_frame(&mut self, frame: &Value) {
        self.says_text(&frame.to_string());
    }

    /// …letter for letter.
    pub fn says_text(&mut self, text: &str) {
        self.input(self.frame(text));
    }

    /// A frame that comes with this text, read already.
    pub fn frame(&self, text: &str) -> Input {
        let frame = Frame { bytes: text.len(), body: value::read(text, 1 << 20) };
        Input::SocketFrame(self.socket.expect("a socket is open"), frame)
    }

    /// The echo by which a message is acknowledged.
    pub fn echoes(&mut self, id: &str, text: &str) {
        self.says("StructuredMessage", stored(&format!("platform-{id}"), "Inbound", text), Some(id));
    }

    /// The agent says something.
    pub fn agent(&mut self, id: &str, text: &str) {
        self.says("StructuredMessage", stored(id, "Outbound", text), None);
    }

    /// Answers what was asked of the history by one page, and gives its address.
    pub fn page(&mut self, entities: &[Value], total: usize) -> String {
        let body = json!({ "entities": entities, "pageSize": 100, "pageNumber": 1, "total": total, "pageCount": 1 });
        self.answer(200, &body)
    }

    pub fn answer(&mut self, status: u16, body: &Value) -> String {
        self.answers(status, None, AnswerBody::read(&body.to_string(), 1 << 20))
    }

    /// The same with `Retry-After`, s, and perhaps with a body that was not read.
    pub fn answers(&mut self, status: u16, retry_after: Option<&str>, body: AnswerBody) -> String {
        let (id, request) = self.requests.remove(0);
        let retry_after = retry_after.map(str::to_owned);
        self.input(Input::Answered(id, HttpAnswer { status, retry_after, body, ..HttpAnswer::default() }));
        request.url.expose().to_owned()
    }

    /// Something comes that is no JSON.
    pub fn mumbles(&mut self) {
        let frame = Frame { bytes: 3, body: value::read("{{{", 1 << 20) };
        let socket = self.socket.expect("a socket is open");
        self.input(Input::SocketFrame(socket, frame));
    }

    /// Answers the client's wish for a token.
    pub fn gives_token(&mut self, token: &str) {
        let (request, _) = self.wishes.pop().expect("a token was asked for");
        self.input(Input::Token(request, Secret::new(token.to_owned()), None));
    }

    /// Gives the key that was asked for.
    pub fn key(&mut self) {
        let asked = self.frames.iter().position(|frame| frame["action"] == "getJwt").expect("a key was asked for");
        self.frames.remove(asked);
        self.says("JwtResponse", json!({ "jwt": "history-key", "exp": 9_999_999_999_u64 }), Some("key"));
    }

    /// The link ends, and the next one is open.
    pub fn reconnects(&mut self) {
        self.breaks();
        self.run(2_000);
        self.open();
        self.says("SessionResponse", json!({ "connected": true, "newSession": false }), None);
    }

    /// A link that was tried for in vain, for however long, opens when it is tried for again.
    pub fn opens_again(&mut self) {
        for _ in 0..600 {
            if self.socket.is_some() {
                return self.open();
            }
            self.run(100);
        }
        panic!("nobody tries again");
    }

    pub fn breaks(&mut self) {
        let socket = self.socket.take().expect("a socket is open");
        self.frames.clear();
        self.input(Input::SocketClosed(socket, 1006, None));
    }

    /// Whether a socket is open, or is being opened.
    pub fn is_dialling(&self) -> bool {
        self.socket.is_some()
    }

    /// Time passes.
    pub fn run(&mut self, ms: u64) {
        let end = self.ms + ms;
        while let Some(at) = self.client.next_wake().filter(|&at| at <= end) {
            self.ms = self.ms.max(at);
            self.input(Input::Time);
        }
        self.ms = end;
    }

    /// What left on the socket with this action, since it was last looked at.
    pub fn left(&mut self, action: &str) -> Vec<Value> {
        let (found, rest) = self.frames.drain(..).partition(|frame| frame["action"] == action);
        self.frames = rest;
        found
    }

    /// How a message ended, and why.
    pub fn end_of(&self, id: &str) -> Option<(&'static str, Option<&'static str>)> {
        let ends = self.events.iter().filter_map(|event| match event {
            Event::Delivery(it) if it.id == id && !matches!(it.state, "queued" | "sending") => {
                Some((it.state, it.reason))
            }
            _ => None,
        });
        let ends: Vec<_> = ends.collect();
        assert!(ends.len() < 2, "a message ends once: {ends:?}");
        ends.first().copied()
    }

    /// What was told, in order: who said what.
    pub fn heard(&self) -> Vec<(&'static str, &str)> {
        let mut told = Vec::new();
        for event in &self.events {
            if let Event::Message(it) = event {
                told.push((it.sender, it.content.as_str()));
            }
        }
        told
    }

    /// The names and details of what was told of this kind, in order.
    pub fn told(&self, kind: &str) -> Vec<Value> {
        let told = self.events.iter().map(Event::detail).filter(|(name, _)| *name == kind);
        told.map(|(_, detail)| serde_json::to_value(detail).expect("a detail is JSON")).collect()
    }

    /// What the flight recorder kept, as text. It leads to the same once more.
    pub fn trace(&self) -> String {
        let mut trace = json!(self.client.frame());
        trace["entries"] = self.client.entries().map(|entry| json!(entry)).collect();
        let text = trace.to_string();
        let replayed = replay(&serde_json::from_str(&text).unwrap()).unwrap();
        assert_eq!(replayed.difference, None);
        text
    }

    pub fn drain(&mut self) {
        while let Some(output) = self.client.poll_output() {
            match output {
                Output::OpenSocket(socket, address) => {
                    self.opened.push(address.url.expose().to_owned());
                    self.origins.extend(address.origin.map(|origin| origin.expose().to_owned()));
                    self.socket = Some(socket);
                }
                Output::SendFrame(_, text) => self.frames.push(serde_json::from_str(&text).expect("JSON leaves")),
                Output::CloseSocket(..) => self.socket = None,
                Output::Request(id, request) => self.requests.push((id, request)),
                Output::AbortRequest(id) => {
                    self.requests.retain(|(request, _)| *request != id);
                    self.uploads.retain(|(request, _)| *request != id);
                }
                Output::Upload(id, upload) => self.uploads.push((id, upload)),
                Output::ReleaseFile(id) => self.released.push(id),
                Output::RequestToken(request, renew) => self.wishes.push((request, renew)),
                Output::Event(event) => self.events.push(event),
            }
        }
    }
}

/// A message as the service has it.
pub fn stored(id: &str, direction: &str, text: &str) -> Value {
    json!({
        "id": format!("{id}-inner"),
        "type": "Text",
        "direction": direction,
        "text": text,
        "channel": { "time": "2026-11-21T10:00:00.000Z", "messageId": id },
    })
}

/// A reply as the service has it, where it keeps no id of ours.
pub fn chosen(id: &str, text: &str, payload: &str) -> Value {
    let mut message = stored(id, "Inbound", text);
    let button = json!({ "text": "Yes", "payload": payload, "type": "QuickReply" });
    message["content"] = json!([{ "contentType": "ButtonResponse", "buttonResponse": button }]);
    message
}

/// The same with the id that the guest gave it.
pub fn kept(id: &str, text: &str) -> Value {
    let mut message = stored(&format!("platform-{id}"), "Inbound", text);
    message["metadata"] = json!({ "customMessageId": id });
    message
}
