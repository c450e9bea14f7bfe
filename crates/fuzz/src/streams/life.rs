//! A stream under laws: one socket, two while one hands over to the other; nothing opened, asked or woken without end; an
//! event told once, in order, and none missed without a gap; every call answered; nothing to be logged that shows a token,
//! a channel or a word of an event.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use guestwire_core::Client;
use guestwire_core::connection::State;
use guestwire_core::io::{Environment, Frame, Input, Output};
use guestwire_core::limits;
use guestwire_core::protocol::Request;
use guestwire_core::time::Now;
use guestwire_core::trace::Recorder;
use guestwire_core::trace::replay::replay;
use guestwire_core::value::{Unreadable, read};
use serde_json::{Value as Json, json};

use crate::driven::{START, config, later};

/// What one input may lead to beside the events that waited and the answers to calls.
const OUTPUTS: usize = 96;
/// How often a client may want to be woken at one moment.
const WAKES: usize = 6;
/// Requests within any 20 s that no call of the application explains.
const REQUESTS: usize = 40;

pub(crate) struct Life {
    pub(super) client: Recorder,
    pub(super) plain: bool,
    pub(super) now: Now,
    latest_now: u64,
    /// Sockets that nobody has closed, and whether they are open.
    pub(super) sockets: Vec<(u32, bool)>,
    pub(super) requests: Vec<(u32, Request)>,
    pub(super) wishes: Vec<u32>,
    /// Frames that left and that nobody has looked at.
    pub(super) frames: Vec<String>,
    pub(super) tokens: u32,
    pub(super) channels: u32,
    /// Where each socket leads.
    dialled: BTreeMap<u32, String>,
    /// What each channel was told of, and said that it has, part by part.
    pub(super) has: BTreeMap<String, BTreeSet<String>>,
    opens: Vec<u64>,
    asked: Vec<u64>,
    /// Calls that were taken and that nobody has answered.
    calls: BTreeSet<u32>,
    called: usize,
    /// Events that happened, by their numbers.
    happened: u64,
    /// The first that reached no socket, and no gap was told since; and when, epoch ms.
    missed: Option<(u64, u64)>,
    was_ready: bool,
    /// Nobody has set a clock.
    clock_is_true: bool,
    told: u64,
    pub(super) gaps: Vec<u32>,
    log: String,
}

impl Life {
    pub(super) fn new(options: &str) -> Self {
        let options = format!(r#"{{"dialect":"streams","credential":{{"kind":"provider"}},{options}}}"#);
        let config = config(&options);
        Self {
            plain: config.stream.get().is_some_and(|stream| !stream.has_channels()),
            client: Recorder::new(Client::new(config, [7; 16], START)),
            now: START,
            latest_now: START.monotonic,
            sockets: Vec::new(),
            requests: Vec::new(),
            wishes: Vec::new(),
            frames: Vec::new(),
            tokens: 0,
            channels: 0,
            dialled: BTreeMap::new(),
            has: BTreeMap::new(),
            opens: Vec::new(),
            asked: Vec::new(),
            calls: BTreeSet::new(),
            called: 0,
            happened: 0,
            missed: None,
            was_ready: false,
            clock_is_true: true,
            told: 0,
            gaps: Vec::new(),
            log: String::new(),
        }
    }

    pub(super) fn connect(&mut self) {
        self.client.connect(self.now);
        self.drain();
    }

    pub(super) fn close(&mut self, grace: Option<u64>) {
        self.client.close(self.now, grace);
        self.drain();
    }

    pub(super) fn environment(&mut self, environment: Environment) {
        self.input(Input::Environment(environment));
    }

    pub(super) fn input(&mut self, input: Input) {
        self.client.handle(self.now, input);
        self.drain();
    }

    /// A frame on this socket.
    pub(super) fn frame(&mut self, socket: u32, text: &str) {
        let body = read(text, limits::FRAME_BYTES);
        self.input(Input::SocketFrame(socket, Frame { bytes: text.len(), body }));
    }

    pub(super) fn says_binary(&mut self) {
        if let Some(&(socket, _)) = self.sockets.last() {
            self.input(Input::SocketFrame(socket, Frame { bytes: 4, body: Err(Unreadable::Binary) }));
        }
    }

    /// Something happens: every open socket says it, each event with a number and a word of its own.
    pub(super) fn happens(&mut self) {
        self.happened += 1;
        let open: Vec<u32> = self.sockets.iter().filter(|socket| socket.1).map(|socket| socket.0).collect();
        if open.is_empty() && self.was_ready {
            self.missed.get_or_insert((self.happened, self.now.wall));
        }
        let (number, body) = (self.happened, json!({ "word": "a-word-of-theirs", "number": self.happened }));
        let frame = if self.plain {
            json!({ "type": "STREAMING_DATA", "topic": "a", "data": body, "correlationId": format!("c-{number}") })
        } else {
            let metadata = json!({ "CorrelationId": format!("c-{number}") });
            json!({ "topicName": "v2.users.u.presence", "version": "2", "eventBody": body, "metadata": metadata })
        };
        for socket in open {
            self.frame(socket, &frame.to_string());
        }
    }

    pub(super) fn subscribe(&mut self, which: u8) {
        self.called += 1;
        if let Ok(number) = self.client.subscribe(self.now, &topics(which)) {
            self.calls.insert(number);
        }
        self.drain();
    }

    pub(super) fn unsubscribe(&mut self, which: u8) {
        self.called += 1;
        if let Ok(number) = self.client.unsubscribe(self.now, &topics(which)) {
            self.calls.insert(number);
        }
        self.drain();
    }

    /// The application has caught up with a gap: the latest, or another.
    pub(super) fn resynced(&mut self, which: u8) {
        let gap =
            if which.is_multiple_of(4) { u32::from(which) } else { self.gaps.last().copied().unwrap_or_default() };
        self.client.resynced(self.now, gap);
        self.drain();
    }

    pub(super) fn wake(&mut self, late: u64) {
        let Some(at) = self.client.next_wake() else { return };
        let ahead = at.saturating_add(late).saturating_sub(self.now.monotonic);
        self.jump_ahead(ahead);
        self.time();
    }

    /// So much time passes, and the client is woken whenever it wants; or rarely, if it is long.
    pub(super) fn pass(&mut self, ms: u64) {
        let end = later(self.now.monotonic, ms);
        for _ in 0..64 {
            let Some(at) = self.client.next_wake().filter(|&at| at <= end) else { break };
            self.jump_ahead(at.saturating_sub(self.now.monotonic));
            self.time();
        }
        self.jump_ahead(end.saturating_sub(self.now.monotonic));
        self.time();
    }

    fn jump_ahead(&mut self, ms: u64) {
        self.now.monotonic = later(self.now.monotonic, ms);
        self.now.wall = later(self.now.wall, ms);
    }

    /// A clock is set, or the machine sleeps.
    pub(super) fn jump(&mut self, how: u8) {
        let by = u64::from(how / 4) * 60_000;
        self.clock_is_true &= how % 4 == 3;
        match how % 4 {
            0 => self.now.wall = self.now.wall.saturating_sub(by),
            1 => self.now.wall = later(self.now.wall, by),
            2 => self.now.monotonic = self.now.monotonic.saturating_sub(by),
            _ => self.jump_ahead(by),
        }
    }

    fn time(&mut self) {
        for _ in 0..WAKES {
            self.input(Input::Time);
            if self.client.next_wake().is_none_or(|at| at > self.now.monotonic) {
                return;
            }
        }
        panic!("the client goes in circles at {:?}: it wants to be woken at {:?}", self.now, self.client.next_wake());
    }

    /// Closed, all is over; and what was recorded leads to the same again.
    pub(super) fn finish(mut self) {
        self.close(Some(0));
        assert_eq!((self.client.state(), self.client.next_wake()), (State::Closed, None), "closed, and not at rest");
        assert!(self.sockets.is_empty(), "closed, and a socket is open");
        assert!(self.requests.is_empty(), "closed, and requests are under way");
        assert!(self.calls.is_empty(), "closed, and nobody has answered {:?}", self.calls);
        let mut trace = json!(self.client.frame());
        trace["entries"] = self.client.entries().map(|entry| json!(entry)).collect();
        self.log.push_str(&json!(self.client.stats(self.now).detail()).to_string());
        self.log.push_str(&trace.to_string());
        self.hides();
        let difference = replay(&trace).map(|replayed| replayed.difference);
        assert_eq!(difference, Ok(None), "the recording leads elsewhere");
    }

    /// Takes what the latest input led to, and holds it to the laws.
    fn drain(&mut self) {
        self.latest_now = self.latest_now.max(self.now.monotonic);
        let (mut others, mut told) = (0, false);
        while let Some(output) = self.client.poll_output() {
            let _ = write!(self.log, "{output:?}");
            others += usize::from(!self.see(&output));
            told = true;
        }
        assert!(others <= OUTPUTS, "{others} outputs of one input");
        if told && self.client.state() == State::Connected {
            self.was_ready = true;
        }
        if self.log.len() > 1 << 16 {
            self.hides();
            self.log.clear();
        }
    }

    /// Whether it is an event that waited or an answer, of which there may be many at once.
    fn see(&mut self, output: &Output) -> bool {
        match output {
            Output::OpenSocket(socket, address) => {
                let most = if self.client.state() == State::Connected { 1 } else { 0 };
                assert!(self.sockets.len() <= most, "a socket beside {:?}", self.sockets);
                self.sockets.push((*socket, false));
                self.opened(address.url.expose());
                self.dialled.insert(*socket, address.url.expose().to_owned());
            }
            Output::SendFrame(socket, text) => {
                assert!(self.sockets.contains(&(*socket, true)), "a frame for a socket that is not open");
                self.frames.push(text.clone());
            }
            Output::CloseSocket(socket, _) => {
                assert!(self.sockets.iter().any(|live| live.0 == *socket), "a socket is closed that is not there");
                self.sockets.retain(|live| live.0 != *socket);
            }
            Output::Request(id, request) => {
                self.requests.push((*id, request.clone()));
                self.asks();
            }
            Output::AbortRequest(id) => {
                assert!(self.requests.iter().any(|open| open.0 == *id), "a request is aborted that is not under way");
                self.requests.retain(|open| open.0 != *id);
            }
            Output::RequestToken(id, _) => self.wishes.push(*id),
            Output::Upload(..) | Output::ReleaseFile(_) => panic!("a stream has no files"),
            Output::Event(event) => {
                let (name, detail) = event.detail();
                let told = serde_json::to_value(&detail).expect("an event has a JSON form");
                return self.hears(name, &told);
            }
        }
        false
    }

    fn hears(&mut self, name: &str, told: &Json) -> bool {
        let number = |name: &str| told[name].as_f64().unwrap_or_default() as u32;
        match name {
            "gap" => {
                let [from, to] = ["from", "to"].map(|name| told[name].as_f64().unwrap_or_default() as u64);
                let covers = |missed: (u64, u64)| from <= missed.1 && missed.1 <= to;
                let missed = self.missed.take();
                if self.clock_is_true {
                    assert!(from <= to && missed.is_none_or(covers), "{told} where {missed:?} is missed");
                }
                self.gaps.push(number("number"));
            }
            "answer" => {
                assert!(self.calls.remove(&number("request")), "an answer that nobody waits for: {told}");
                return true;
            }
            "event" => {
                if let Some(number) = told["body"]["number"].as_f64().filter(|_| told["body"]["word"].is_string()) {
                    let number = number as u64;
                    assert!(number > self.told, "{number} is told after {}", self.told);
                    assert!(
                        self.missed.is_none_or(|missed| missed.0 > number),
                        "{:?} is missed, and no gap",
                        self.missed
                    );
                    self.told = number;
                }
                return true;
            }
            _ => {
                self.log.push_str(name);
                self.log.push_str(&told.to_string());
                // One for each topic that is refused.
                return told["code"] == "topic_refused" || told["what"] == "topic_refused";
            }
        }
        false
    }

    /// However the clocks jump; and never elsewhere.
    fn opened(&mut self, url: &str) {
        let at = self.latest_now;
        self.opens.push(at);
        let before = self.opens.len().checked_sub(limits::OPENS + 1).map(|place| self.opens[place]);
        assert!(before.is_none_or(|before| at - before > limits::OPENS_WINDOW), "too many opens: {:?}", self.opens);
        let own = [
            "wss://streaming.mypurecloud.de/",
            "wss://events.example",
            "ws://localhost:8787/s?",
            "ws://127.0.0.1:8787/",
            "ws://localhost/",
        ];
        assert!(own.iter().any(|own| url.starts_with(own)), "{url}");
    }

    fn asks(&mut self) {
        let at = self.latest_now;
        self.asked.retain(|&asked| at - asked <= limits::OPENS_WINDOW);
        self.asked.push(at);
        assert!(self.asked.len() <= REQUESTS + 2 * self.called, "{} requests within 20 s", self.asked.len());
    }

    /// What is taken for subscribed to, the channel in use was told of.
    pub(super) fn is_told(&self) {
        let address = self.sockets.first().and_then(|(socket, _)| self.dialled.get(socket));
        let channel = address.and_then(|address| address.rsplit('/').next()).unwrap_or_default();
        let has = self.has.get(channel);
        for topic in self.client.topics().iter().filter(|topic| !self.plain && topic.state == "subscribed") {
            let told = names(&topic.topic).iter().all(|name| has.is_some_and(|has| has.contains(name)));
            assert!(told, "{} is subscribed to, and the service was never told", topic.topic);
        }
    }

    fn hides(&self) {
        for secret in ["a-token-of", "streaming-0", "a-word-of-theirs"] {
            // On a plain socket there are no channels: it is a word like others.
            assert!(self.plain && secret == "streaming-0" || !self.log.contains(secret), "{secret} is shown");
        }
    }
}

/// Under which names the events of a topic come.
pub(super) fn names(topic: &str) -> Vec<String> {
    match topic.split_once('?') {
        Some((base, parts)) => parts.split('&').map(|part| format!("{base}.{part}")).collect(),
        None => vec![topic.to_owned()],
    }
}

/// Topics by a byte: good ones, one that the service does not like, and what is none.
fn topics(which: u8) -> Vec<String> {
    let topic = |number: u8| format!("v2.users.u{}.t{}", number / 3, number % 3);
    match which {
        0..200 => vec![topic(which % 12), topic(which / 12)],
        200 => Vec::new(),
        201 => vec!["no".to_owned()],
        202 => vec![topic(1), String::new()],
        203 => vec!["x".repeat(200)],
        204 => (0..600).flat_map(|user| [format!("v2.users.u{user}.a"), format!("v2.users.u{user}.b")]).collect(),
        205 => (0..1_001).map(|number| format!("t{number}")).collect(),
        _ => vec![topic(which)],
    }
}
