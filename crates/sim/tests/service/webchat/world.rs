//! A service, a clock, and what came out.

use guestwire_sim::service::{
    ConnectionId, Credential, Frame, Incoming, Millis, Output, RestAnswer, Service, ServiceConfig, SocketCredential,
    WebChatConfig, parse_faults,
};
use serde_json::{Value, json};

pub(crate) const TOKEN: &str = "oauth-token";

pub(crate) struct World {
    pub(crate) service: Service,
    pub(crate) now: Millis,
    outputs: Vec<Output>,
}

#[derive(Clone)]
pub(crate) struct Guest {
    pub(crate) conversation: String,
    pub(crate) token: String,
}

pub(crate) fn config() -> WebChatConfig {
    WebChatConfig {
        bearer_tokens: vec![TOKEN.into()],
        api_keys: vec!["api-key".into()],
        forbidden_tokens: vec!["forbidden".into()],
        ..WebChatConfig::default()
    }
}

pub(crate) fn message(id: &str, content: &str) -> String {
    json!({ "type": "message", "content": content, "messageId": id }).to_string()
}

pub(crate) fn ack(id: &str) -> Value {
    json!({ "type": "messageReceived", "messageId": id })
}

impl World {
    pub(crate) fn new(config: impl Into<ServiceConfig>) -> Self {
        Self { service: Service::new(config.into(), [7; 32]), now: 1_000_000, outputs: Vec::new() }
    }

    fn drain(&mut self) {
        while let Some(output) = self.service.poll() {
            self.outputs.push(output);
        }
    }

    pub(crate) fn guest(&mut self) -> Guest {
        let body = br#"{"guest":{"email":"anonymous@local"}}"#;
        let answer = self.service.create_session(self.now, Credential::Bearer(TOKEN), body);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let text = |name: &str| answer.body[name].as_str().expect("a text").to_owned();
        Guest { conversation: text("webchatInstanceId"), token: text("token") }
    }

    pub(crate) fn try_open(&mut self, guest: &Guest) -> Result<ConnectionId, RestAnswer> {
        let credential = SocketCredential::Query(&guest.token);
        let opened = self.service.open_socket(self.now, &guest.conversation, credential);
        self.drain();
        opened
    }

    pub(crate) fn open(&mut self, guest: &Guest) -> ConnectionId {
        self.try_open(guest).unwrap_or_else(|refused| panic!("refused: {}", refused.body))
    }

    pub(crate) fn receive(&mut self, connection: ConnectionId, text: &str) {
        self.service.receive(self.now, connection, Incoming::Text(text));
        self.drain();
    }

    /// Sends a message and returns the one frame that answers it.
    pub(crate) fn send(&mut self, connection: ConnectionId, id: &str) -> Value {
        self.outputs.clear();
        self.receive(connection, &message(id, "hello"));
        let mut frames = self.frames(connection);
        assert_eq!(frames.len(), 1, "answers to {id}: {frames:?}");
        frames.remove(0)
    }

    pub(crate) fn post(&mut self, guest: &Guest, id: &str) -> RestAnswer {
        let body = message(id, "hello");
        let answer = self.service.post_message(self.now, &guest.conversation, Some(&guest.token), body.as_bytes());
        self.drain();
        answer
    }

    pub(crate) fn fault(&mut self, value: Value) {
        let faults = parse_faults(value).unwrap_or_else(|why| panic!("{why:?}"));
        self.service.queue_faults(self.now, faults).expect("room in the queue");
        self.drain();
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

    /// What came out since the last call.
    pub(crate) fn take(&mut self) -> Vec<Output> {
        self.drain();
        std::mem::take(&mut self.outputs)
    }

    /// The frames that went out on a connection since the last call; other outputs stay.
    pub(crate) fn frames(&mut self, connection: ConnectionId) -> Vec<Value> {
        self.texts(connection).iter().map(|text| serde_json::from_str(text).expect("JSON")).collect()
    }

    pub(crate) fn texts(&mut self, connection: ConnectionId) -> Vec<String> {
        self.drain();
        let ours = |output: &mut Output| matches!(output, Output::Send { connection: c, .. } if *c == connection);
        let ours: Vec<Output> = self.outputs.extract_if(.., ours).collect();
        let text = |output| match output {
            Output::Send { frame: Frame::Text(text), .. } => text,
            other => panic!("not a text frame: {other:?}"),
        };
        ours.into_iter().map(text).collect()
    }

    /// `(messageId, copies)` of the ledger, in order.
    pub(crate) fn ledger(&self) -> Vec<(&str, u32)> {
        let entries = self.service.ledger().iter();
        entries.map(|entry| (entry.message_id.as_str(), entry.copies)).collect()
    }
}
