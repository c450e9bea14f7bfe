//! A service, a clock, an application with a token, and what its sockets were told.

use guestwire_sim::service::{
    ConnectionId, Emission, Emitted, Frame, Incoming, Millis, OAuthClient, Output, RestAnswer, Service, ServiceConfig,
    StreamsConfig, Subscribing, TokenRequest, parse_faults,
};
use serde_json::{Value, json};

pub(crate) const BASE: &str = "http://127.0.0.1:8787";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
/// The 21st of November 2026.
pub(crate) const START: Millis = 1_795_219_200_000;
pub(crate) const DAY: Millis = 24 * 60 * 60 * 1000;

pub(crate) struct World {
    pub(crate) service: Service,
    pub(crate) now: Millis,
    outputs: Vec<Output>,
}

/// Two applications, `app` and `other`.
pub(crate) fn config() -> StreamsConfig {
    let client = |id: &str| OAuthClient { id: id.into(), secret: format!("{id}-secret") };
    StreamsConfig { clients: vec![client("app"), client("other")], ..StreamsConfig::default() }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| ())
    }

    pub(crate) fn with(change: impl FnOnce(&mut StreamsConfig)) -> Self {
        let mut config = config();
        change(&mut config);
        Self { service: Service::new(ServiceConfig::from(config), [7; 32]), now: START, outputs: Vec::new() }
    }

    pub(crate) fn drain(&mut self) {
        while let Some(output) = self.service.poll() {
            self.outputs.push(output);
        }
    }

    pub(crate) fn ask_token(&mut self, client: &str, secret: &str) -> RestAnswer {
        let body = format!("grant_type=client_credentials&client_id={client}&client_secret={secret}");
        let request = TokenRequest { authorization: None, content_type: Some(FORM), body: body.as_bytes() };
        let answer = self.service.give_token(self.now, request);
        self.drain();
        answer
    }

    pub(crate) fn token_of(&mut self, client: &str) -> String {
        let answer = self.ask_token(client, &format!("{client}-secret"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["access_token"].as_str().expect("a token").to_owned()
    }

    pub(crate) fn token(&mut self) -> String {
        self.token_of("app")
    }

    /// The id of a new channel.
    pub(crate) fn channel(&mut self, token: &str) -> String {
        let answer = self.service.create_channel(self.now, Some(token), BASE);
        self.drain();
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["id"].as_str().expect("an id").to_owned()
    }

    pub(crate) fn exists(&mut self, token: &str, channel: &str) -> bool {
        let status = self.service.check_channel(self.now, Some(token), channel).status;
        self.drain();
        assert!(matches!(status, 200 | 404), "{status}");
        status == 200
    }

    pub(crate) fn change(
        &mut self,
        token: &str,
        channel: &str,
        how: Subscribing,
        ignore: bool,
        topics: &[&str],
    ) -> RestAnswer {
        let body: Vec<Value> = topics.iter().map(|id| json!({ "id": id })).collect();
        let body = Value::from(body).to_string();
        let ignore = ignore.then_some("true");
        let answer = self.service.change_topics(self.now, Some(token), channel, how, ignore, body.as_bytes());
        self.drain();
        answer
    }

    pub(crate) fn put(&mut self, token: &str, channel: &str, topics: &[&str]) {
        let answer = self.change(token, channel, Subscribing::Replace, false, topics);
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// The topics that the channel has.
    pub(crate) fn topics(&mut self, token: &str, channel: &str) -> Vec<String> {
        let answer = self.service.read_topics(self.now, Some(token), channel);
        self.drain();
        let entities = answer.body["entities"].as_array().expect("a list");
        entities.iter().map(|entity| entity["id"].as_str().expect("an id").to_owned()).collect()
    }

    pub(crate) fn try_open(&mut self, channel: &str) -> Result<ConnectionId, RestAnswer> {
        let opened = self.service.open_channel(self.now, channel);
        self.drain();
        opened
    }

    pub(crate) fn open(&mut self, channel: &str) -> ConnectionId {
        self.try_open(channel).unwrap_or_else(|refused| panic!("refused: {}", refused.body))
    }

    /// A channel with these topics, and its socket.
    pub(crate) fn stream(&mut self, token: &str, topics: &[&str]) -> (String, ConnectionId) {
        let channel = self.channel(token);
        self.put(token, &channel, topics);
        let socket = self.open(&channel);
        (channel, socket)
    }

    pub(crate) fn try_events(&mut self, token: Option<&str>) -> Result<ConnectionId, RestAnswer> {
        let opened = self.service.open_events(self.now, token);
        self.drain();
        opened
    }

    pub(crate) fn events(&mut self, token: &str) -> ConnectionId {
        self.try_events(Some(token)).unwrap_or_else(|refused| panic!("refused: {}", refused.body))
    }

    pub(crate) fn say(&mut self, connection: ConnectionId, frame: &Value) {
        self.say_text(connection, &frame.to_string());
    }

    pub(crate) fn say_text(&mut self, connection: ConnectionId, text: &str) {
        self.service.receive(self.now, connection, Incoming::Text(text));
        self.drain();
    }

    /// Says it and returns all that this connection is told at once.
    pub(crate) fn ask(&mut self, connection: ConnectionId, frame: &Value) -> Vec<Value> {
        self.heard(connection);
        self.say(connection, frame);
        self.heard(connection)
    }

    pub(crate) fn emit(&mut self, topic: &str) -> Emitted {
        let body = json!({ "x": 1 });
        let topic = Some(topic.to_owned());
        let emission = Emission { topic, body, correlation_id: None, count: 1, every: 0, after: 0 };
        let mut emitted = self.service.emit(self.now, emission).expect("room");
        self.drain();
        assert_eq!(emitted.len(), 1);
        emitted.remove(0)
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

    /// The frames that went out on a connection since the last call.
    pub(crate) fn heard(&mut self, connection: ConnectionId) -> Vec<Value> {
        let ours = |output: &mut Output| matches!(output, Output::Send { connection: c, .. } if *c == connection);
        let ours: Vec<Output> = self.outputs.extract_if(.., ours).collect();
        let frame = |output| match output {
            Output::Send { frame: Frame::Text(text), .. } => serde_json::from_str(&text).expect("JSON"),
            other => panic!("not a text frame: {other:?}"),
        };
        ours.into_iter().map(frame).collect()
    }

    /// The topics of what was heard.
    pub(crate) fn topics_heard(&mut self, connection: ConnectionId) -> Vec<String> {
        let topic = |frame: &Value| frame["topicName"].as_str().unwrap_or("(none)").to_owned();
        self.heard(connection).iter().map(topic).collect()
    }

    /// How the service ended a connection, if it did: the code of its close, or none where it had none.
    pub(crate) fn ended(&self, connection: ConnectionId) -> Option<Option<u16>> {
        self.outputs.iter().find_map(|output| match output {
            Output::Close { connection: c, code, .. } if *c == connection => Some(Some(*code)),
            Output::Cut { connection: c, .. } if *c == connection => Some(None),
            _ => None,
        })
    }

    pub(crate) fn is_silent(&self, connection: ConnectionId) -> bool {
        self.outputs.iter().any(|output| matches!(output, Output::Silence { connection: c } if *c == connection))
    }

    pub(crate) fn report(&self) -> Value {
        serde_json::to_value(self.service.streams(self.now)).expect("JSON")
    }
}

/// The code in the body of a refusal, which has the platform's form.
pub(crate) fn code(answer: &RestAnswer) -> &str {
    assert_eq!(answer.body["status"], answer.status, "{}", answer.body);
    for member in ["message", "contextId"] {
        assert!(answer.body[member].is_string(), "{member}: {}", answer.body);
    }
    assert!(answer.body["details"].is_array() && answer.body["errors"].is_array(), "{}", answer.body);
    answer.body["code"].as_str().expect("a code")
}

pub(crate) fn header<'a>(answer: &'a RestAnswer, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
}
