//! A service, a clock, guests with sockets, and what they were told.

use guestwire_sim::service::{
    ConnectionId, Frame, Handshake, HistoryRequest, Incoming, Millis, Output, Rates, RestAnswer, Service,
    ServiceConfig, Speech, WebMessagingConfig, parse_faults,
};
use serde_json::{Value, json};

pub(crate) const BASE: &str = "http://127.0.0.1:8787";
pub(crate) const ORIGIN: &str = "https://shop.example";
pub(crate) const DEPLOYMENT: &str = "11111111-2222-4333-8444-555555555555";
/// The 21st of November 2026.
pub(crate) const START: Millis = 1_795_219_200_000;

pub(crate) struct World {
    pub(crate) service: Service,
    pub(crate) now: Millis,
    outputs: Vec<Output>,
}

/// No limits on how often, which most tests are not about.
pub(crate) fn config() -> WebMessagingConfig {
    WebMessagingConfig { rates: Rates::NONE, idle_timeout: None, max_age: None, ..WebMessagingConfig::default() }
}

pub(crate) fn text(tracing_id: &str, text: &str) -> Value {
    json!({ "action": "onMessage", "tracingId": tracing_id, "message": { "type": "Text", "text": text } })
}

impl World {
    pub(crate) fn new(config: impl Into<ServiceConfig>) -> Self {
        Self { service: Service::new(config.into(), [7; 32]), now: START, outputs: Vec::new() }
    }

    fn drain(&mut self) {
        while let Some(output) = self.service.poll() {
            self.outputs.push(output);
        }
    }

    pub(crate) fn try_open(&mut self, origin: Option<&str>) -> Result<ConnectionId, RestAnswer> {
        let handshake = Handshake { deployment: Some(DEPLOYMENT), origin, base: BASE };
        let opened = self.service.open_messaging_socket(self.now, handshake);
        self.drain();
        opened
    }

    pub(crate) fn open(&mut self) -> ConnectionId {
        self.try_open(Some(ORIGIN)).unwrap_or_else(|refused| panic!("refused: {}", refused.body))
    }

    pub(crate) fn say(&mut self, connection: ConnectionId, frame: &Value) {
        self.service.receive(self.now, connection, Incoming::Text(&frame.to_string()));
        self.drain();
    }

    /// A request with the guest's token, and all that this connection is told at once.
    pub(crate) fn ask(&mut self, connection: ConnectionId, token: &str, mut frame: Value) -> Vec<Value> {
        self.heard(connection);
        frame["token"] = token.into();
        self.say(connection, &frame);
        self.heard(connection)
    }

    /// The one frame that answers.
    pub(crate) fn answer(&mut self, connection: ConnectionId, token: &str, frame: Value) -> Value {
        let mut answers = self.ask(connection, token, frame.clone());
        assert_eq!(answers.len(), 1, "answers to {frame}: {answers:#?}");
        answers.remove(0)
    }

    pub(crate) fn configure(&mut self, connection: ConnectionId, token: &str, start_new: bool) -> Value {
        let frame = json!({ "action": "configureSession", "deploymentId": DEPLOYMENT, "startNew": start_new });
        self.answer(connection, token, frame)
    }

    /// A socket in the session of this token.
    pub(crate) fn guest(&mut self, token: &str) -> ConnectionId {
        let connection = self.open();
        let answer = self.configure(connection, token, false);
        assert_eq!(answer["class"], "SessionResponse", "{answer}");
        connection
    }

    pub(crate) fn fault(&mut self, value: Value) {
        let faults = parse_faults(value).unwrap_or_else(|why| panic!("{why:?}"));
        self.service.queue_faults(self.now, faults).expect("room in the queue");
        self.drain();
    }

    pub(crate) fn agent(&mut self, message: &Value) -> String {
        let said = self.service.say(self.now, None, Speech::Message(message), None).expect("said");
        self.drain();
        said[0].message_id.clone()
    }

    /// Time passes; the service is woken when it wants to be.
    pub(crate) fn pass(&mut self, ms: Millis) {
        let end = self.now + ms;
        while let Some(at) = self.service.next_wake().filter(|at| *at <= end) {
            self.now = at.max(self.now);
            self.service.wake(self.now);
            self.drain();
        }
        self.now = end;
    }

    /// The frames that went out on a connection since the last call.
    pub(crate) fn heard(&mut self, connection: ConnectionId) -> Vec<Value> {
        self.drain();
        let ours = |output: &mut Output| matches!(output, Output::Send { connection: c, .. } if *c == connection);
        let ours: Vec<Output> = self.outputs.extract_if(.., ours).collect();
        let frame = |output| match output {
            Output::Send { frame: Frame::Text(text), .. } => serde_json::from_str(&text).expect("JSON"),
            other => panic!("not a text frame: {other:?}"),
        };
        ours.into_iter().map(frame).collect()
    }

    pub(crate) fn classes(&mut self, connection: ConnectionId) -> Vec<String> {
        self.heard(connection).iter().map(|frame| frame["class"].as_str().expect("a class").to_owned()).collect()
    }

    /// The code with which the service closed a connection, if it did.
    pub(crate) fn closed(&self, connection: ConnectionId) -> Option<u16> {
        self.outputs.iter().find_map(|output| match output {
            Output::Close { connection: c, code, .. } if *c == connection => Some(*code),
            _ => None,
        })
    }

    pub(crate) fn jwt(&mut self, connection: ConnectionId, token: &str) -> String {
        let answer = self.answer(connection, token, json!({ "action": "getJwt" }));
        answer["body"]["jwt"].as_str().expect("a JWT").to_owned()
    }

    pub(crate) fn history_page(&mut self, jwt: &str, number: &str, size: &str) -> RestAnswer {
        let answer = self.service.messaging_history(
            self.now,
            HistoryRequest {
                jwt: Some(jwt),
                origin: Some(ORIGIN),
                base: BASE,
                page_number: Some(number),
                page_size: Some(size),
            },
        );
        self.drain();
        answer
    }

    /// All that the history has, newest first.
    pub(crate) fn history(&mut self, connection: ConnectionId, token: &str) -> Vec<Value> {
        let jwt = self.jwt(connection, token);
        let answer = self.history_page(&jwt, "1", "100");
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["entities"].as_array().expect("a list").clone()
    }

    /// `(tracingId, content, copies)` of the ledger, in order.
    pub(crate) fn ledger(&self) -> Vec<(Option<&str>, &str, u32)> {
        let entries = self.service.ledger().iter();
        entries.map(|entry| (entry.tracing_id.as_deref(), entry.content.as_str(), entry.copies)).collect()
    }
}
