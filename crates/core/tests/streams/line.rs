//! A stream with nobody at the other end but the test: what leaves is kept, and what comes is what the test says.

use guestwire_core::Client;
use guestwire_core::config::Config;
use guestwire_core::event::Event;
use guestwire_core::io::{AnswerBody, Frame, HttpAnswer, Input, Output};
use guestwire_core::protocol::Request;
use guestwire_core::secret::Secret;
use guestwire_core::time::Now;
use guestwire_core::trace::Recorder;
use guestwire_core::trace::replay::replay;
use guestwire_core::value;
use serde_json::{Value, json};

/// An event, known by its number.
pub fn event(number: u32) -> Value {
    json!({
        "topicName": "v2.users.u-1.presence",
        "version": "2",
        "eventBody": { "number": number },
        "metadata": { "CorrelationId": format!("c-{number}") },
    })
}

/// What the service says about the stream itself.
pub fn system(topic: &str, body: Value) -> Value {
    json!({ "topicName": topic, "eventBody": body })
}

/// When every test begins, epoch ms: 2026-11-21T12:00:00Z.
const EPOCH: u64 = 1_795_262_400_000;

pub struct Line {
    pub client: Recorder,
    /// What left, each with its socket.
    pub frames: Vec<(u32, String)>,
    /// Requests that nobody has answered yet.
    pub requests: Vec<(u32, Request)>,
    pub events: Vec<Event>,
    /// All that came out, in order.
    pub outputs: Vec<Output>,
    /// Everything that left, as a log would show it.
    pub log: String,
    /// Tokens asked for and not given yet, and whether the one before was refused.
    pub wishes: Vec<(u32, bool)>,
    /// How many were asked for in all.
    pub wished: usize,
    /// Sockets that were opened, in order, and where.
    pub opened: Vec<(u32, String)>,
    /// Those that are not closed by anybody.
    pub sockets: Vec<u32>,
    /// Those that the client closed.
    pub closed: Vec<u32>,
    /// Whether the old socket of a handover still answers.
    pub old_answers: bool,
    channels: u32,
    ms: u64,
    /// How far the wall clock was set, ms.
    set_by: i64,
}

impl Line {
    /// Notification channels, with these options too.
    pub fn new(options: Value) -> Self {
        Self::seeded(7, options)
    }

    /// The same, with another seed.
    pub fn seeded(seed: u8, options: Value) -> Self {
        let mut all = json!({
            "dialect": "streams",
            "region": "us-east-1",
            "credential": { "kind": "provider" },
            "topics": ["v2.users.u-1.presence", "v2.routing.queues.q-1.conversations"],
        });
        for (name, value) in options.as_object().expect("options are an object") {
            all[name] = value.clone();
        }
        Self::with(all, seed)
    }

    /// A plain event socket, with these options too.
    pub fn plain(options: Value) -> Self {
        let mut all = json!({
            "dialect": "streams",
            "url": "wss://events.example/stream",
            "credential": { "kind": "provider" },
            "subscribe": { "topics": ["a", "b"] },
        });
        for (name, value) in options.as_object().expect("options are an object") {
            all[name] = value.clone();
        }
        Self::with(all, 7)
    }

    fn with(options: Value, seed: u8) -> Self {
        let options = value::read(&options.to_string(), 1 << 20).unwrap();
        let config = Config::from_value(&options).expect("good options");
        Self {
            client: Recorder::new(Client::new(config, [seed; 16], Now { monotonic: 1_000, wall: EPOCH })),
            frames: Vec::new(),
            requests: Vec::new(),
            events: Vec::new(),
            outputs: Vec::new(),
            log: String::new(),
            wishes: Vec::new(),
            wished: 0,
            opened: Vec::new(),
            sockets: Vec::new(),
            closed: Vec::new(),
            old_answers: true,
            channels: 0,
            ms: 1_000,
            set_by: 0,
        }
    }

    pub fn now(&self) -> Now {
        Now { monotonic: self.ms, wall: (EPOCH + self.ms).saturating_add_signed(self.set_by) }
    }

    /// Asks to connect.
    pub fn begin(&mut self) {
        self.client.connect(self.now());
        self.drain();
    }

    /// Gives every token that is wanted; `life`: in ms.
    pub fn give_token(&mut self, life: Option<u64>) {
        let (request, _) = self.wishes.remove(0);
        let token = format!("a-token-that-is-number-{}", self.wished);
        self.input(Input::Token(request, Secret::new(token), life));
    }

    /// Connected over a channel, every topic subscribed to.
    pub fn connected(options: Value) -> Self {
        let mut line = Self::new(options);
        line.connects();
        line
    }

    /// All goes well.
    pub fn connects(&mut self) {
        self.opens();
        self.pong();
    }

    /// The same, but that the service has not said a word yet on the socket.
    pub fn opens(&mut self) {
        self.begin();
        if !self.wishes.is_empty() {
            self.give_token(None);
        }
        self.make_channel();
        self.take_topics();
        self.open();
    }

    /// A channel is made and told of the topics, and its socket is open and heard.
    pub fn gets_a_channel(&mut self) {
        self.make_channel();
        self.take_topics();
        self.open();
        self.pong();
    }

    /// A socket drops, and soon the next one is open and heard.
    pub fn drops(&mut self, socket: u32) {
        self.closes(socket, 1006);
        self.until_it_acts(2_000);
        self.open();
        self.pong();
    }

    /// The service has announced the end of the socket, and a second channel knows the topics: the moment before its socket
    /// is open.
    pub fn hands_over(&mut self) {
        self.says(&system("v2.system.socket_closing", json!({})));
        self.until_it_acts(30_000);
        self.make_channel();
        self.take_topics();
    }

    /// Wants these topics too. The call's number.
    pub fn subscribe(&mut self, topics: &[&str]) -> u32 {
        let topics: Vec<String> = topics.iter().map(|&topic| topic.to_owned()).collect();
        let number = self.client.subscribe(self.now(), &topics).expect("good topics");
        self.drain();
        number
    }

    /// Wants these topics no more. The call's number.
    pub fn unsubscribe(&mut self, topics: &[&str]) -> u32 {
        let topics: Vec<String> = topics.iter().map(|&topic| topic.to_owned()).collect();
        let number = self.client.unsubscribe(self.now(), &topics).expect("known or not");
        self.drain();
        number
    }

    /// What the request for topics says that is open.
    pub fn topics_told_last(&self) -> Vec<String> {
        let is = |(_, request): &&(u32, Request)| request.url.expose().contains("/subscriptions");
        let (_, request) = self.requests.iter().rev().find(is).expect("topics are told");
        let topics: Value = serde_json::from_str(request.body.as_deref().unwrap()).unwrap();
        topics.as_array().unwrap().iter().map(|topic| topic["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Answers the request for a channel.
    pub fn make_channel(&mut self) {
        self.channels += 1;
        let id = format!("streaming-5-{}", self.channels);
        let expires = "2026-11-22T12:00:01.000Z";
        let uri = format!("wss://streaming.mypurecloud.com/channels/{id}");
        let request = self.asked("POST", "/channels");
        self.answer(request, 200, json!({ "connectUri": uri, "id": id, "expires": expires }));
    }

    /// Answers what tells of topics: all are permitted.
    pub fn take_topics(&mut self) {
        let at = self.requests.iter().position(|(_, request)| request.url.expose().contains("/subscriptions"));
        let (number, request) = self.requests.remove(at.expect("topics are told"));
        let topics: Value = serde_json::from_str(request.body.as_deref().unwrap()).unwrap();
        let entities: Vec<Value> =
            topics.as_array().unwrap().iter().map(|topic| json!({ "id": topic["id"], "state": "Permitted" })).collect();
        self.answer(number, 200, json!({ "entities": entities }));
    }

    /// Takes the one request that is open to this end of an address.
    pub fn asked(&mut self, method: &str, end: &str) -> u32 {
        let is = |(_, request): &(u32, Request)| request.method == method && request.url.expose().ends_with(end);
        let at = self.requests.iter().position(is);
        let at = at.unwrap_or_else(|| panic!("no {method} …{end} among {:?}", self.open_requests()));
        self.requests.remove(at).0
    }

    pub fn open_requests(&self) -> Vec<String> {
        self.requests.iter().map(|(_, request)| format!("{} {}", request.method, request.url.expose())).collect()
    }

    pub fn answer(&mut self, request: u32, status: u16, body: Value) {
        let body = AnswerBody::read(&body.to_string(), 1 << 20);
        self.input(Input::Answered(request, HttpAnswer { status, body, ..HttpAnswer::default() }));
    }

    /// Answers with any text.
    pub fn answers(&mut self, request: u32, status: u16, body: &str) {
        let body = AnswerBody::read(body, 1 << 20);
        self.input(Input::Answered(request, HttpAnswer { status, body, ..HttpAnswer::default() }));
    }

    /// Answers that it is to be asked again later, in so many seconds.
    pub fn answer_later(&mut self, request: u32, status: u16, seconds: u32) {
        let retry_after = Some(seconds.to_string());
        self.input(Input::Answered(request, HttpAnswer { status, retry_after, ..HttpAnswer::default() }));
    }

    /// The newest socket's handshake succeeds.
    pub fn open(&mut self) {
        let &(socket, _) = self.opened.last().expect("a socket is being opened");
        self.input(Input::SocketOpened(socket));
    }

    /// The newest socket answers a ping.
    pub fn pong(&mut self) {
        self.says(&json!({ "topicName": "channel.metadata", "eventBody": { "message": "pong" } }));
    }

    /// The newest socket says something.
    pub fn says(&mut self, frame: &Value) {
        let &(socket, _) = self.opened.last().expect("a socket");
        self.says_on(socket, frame);
    }

    pub fn says_on(&mut self, socket: u32, frame: &Value) {
        let text = frame.to_string();
        let body = value::read(&text, 1 << 20);
        self.input(Input::SocketFrame(socket, Frame { bytes: text.len(), body }));
    }

    /// A socket is closed from the other side.
    pub fn closes(&mut self, socket: u32, code: u16) {
        self.sockets.retain(|open| *open != socket);
        self.input(Input::SocketClosed(socket, code, None));
    }

    /// The wall clock is set.
    pub fn set_clock(&mut self, by: i64) {
        self.set_by += by;
    }

    /// So much time passes, and nobody wakes the client.
    pub fn sleeps(&mut self, ms: u64) {
        self.ms += ms;
    }

    /// Lets so much time pass, waking the client whenever it wants.
    pub fn wait(&mut self, ms: u64) {
        let end = self.ms + ms;
        let mut wakes = 0;
        while let Some(next) = self.client.next_wake().filter(|&next| next <= end) {
            self.ms = self.ms.max(next);
            self.input(Input::Time);
            wakes += 1;
            assert!(wakes < 10_000, "it wants to be called again and again");
        }
        self.ms = end;
    }

    /// Lets so much time pass, with the service saying every 30 s that it lives; or less, until the client asks for
    /// something.
    pub fn lives(&mut self, ms: u64) {
        let end = self.ms + ms;
        let mut beat_at = self.ms;
        let mut wakes = 0;
        while self.requests.is_empty() && self.wishes.is_empty() && self.ms < end {
            match self.client.next_wake().filter(|&next| next <= end && next < beat_at) {
                Some(next) => {
                    wakes = if next > self.ms { 0 } else { wakes + 1 };
                    assert!(wakes < 10, "it wants to be called again and again");
                    self.ms = self.ms.max(next);
                    self.input(Input::Time);
                }
                None if beat_at <= end => {
                    self.ms = beat_at;
                    beat_at += 30_000;
                    self.beats();
                }
                None => self.ms = end,
            }
        }
    }

    /// The service says that it lives.
    pub fn beats(&mut self) {
        self.says(&json!({ "topicName": "channel.metadata", "eventBody": { "message": "WebSocket Heartbeat" } }));
    }

    /// Lets time pass until the client wants something of the world: a socket, a request, a token.
    pub fn until_it_acts(&mut self, most: u64) {
        let had = |line: &Self| (line.opened.len(), line.requests.len(), line.wished);
        let (before, end) = (had(self), self.ms + most);
        while had(self) == before {
            let next = self.client.next_wake().filter(|&next| next <= end).expect("it acts in time");
            self.ms = self.ms.max(next);
            self.input(Input::Time);
        }
    }

    pub fn input(&mut self, input: Input) {
        self.client.handle(self.now(), input);
        self.drain();
    }

    pub fn drain(&mut self) {
        let mut asked = None;
        while let Some(output) = self.client.poll_output() {
            self.log.push_str(&format!("{output:?}\n"));
            self.outputs.push(output.clone());
            match output {
                Output::OpenSocket(socket, address) => {
                    self.opened.push((socket, address.url.expose().to_owned()));
                    self.sockets.push(socket);
                }
                Output::CloseSocket(socket, _) => {
                    self.sockets.retain(|open| *open != socket);
                    self.closed.push(socket);
                }
                Output::SendFrame(socket, text) => {
                    let is_old = self.opened.last().is_some_and(|(newest, _)| *newest != socket);
                    asked = Some(socket).filter(|_| is_old && self.old_answers).or(asked);
                    self.frames.push((socket, text));
                }
                Output::Request(number, request) => self.requests.push((number, request)),
                Output::AbortRequest(number) => self.requests.retain(|(open, _)| *open != number),
                Output::RequestToken(number, renew) => {
                    self.wished += 1;
                    self.wishes.push((number, renew));
                }
                Output::Event(event) => self.events.push(event),
                Output::Upload(..) | Output::ReleaseFile(_) => panic!("a stream has no files"),
            }
        }
        if let Some(old) = asked {
            self.says_on(old, &json!({ "topicName": "channel.metadata", "eventBody": { "message": "pong" } }));
        }
    }

    /// The events of this name, as an application is told of them.
    pub fn told(&self, name: &str) -> Vec<Value> {
        let details = self.events.iter().map(Event::detail).filter(|(told, _)| *told == name);
        details.map(|(_, detail)| serde_json::to_value(&detail).unwrap()).collect()
    }

    /// What was recorded runs the same again.
    pub fn replays(&self) -> String {
        let mut trace = json!(self.client.frame());
        trace["entries"] = self.client.entries().map(|entry| json!(entry)).collect();
        let replayed = replay(&trace).expect("it can be read");
        assert_eq!(replayed.difference, None);
        trace.to_string()
    }
}
