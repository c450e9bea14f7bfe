//! The world that tries to make the client lose a message: a client's machine, a network and the
//! model service, in virtual time, from one seed. [`live`] leads one life in it.

mod chance;
mod faults;
mod life;
mod links;
mod requests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash};

use guestwire_core::Client;
use guestwire_core::event::Event;
use guestwire_core::io::{HttpAnswer, Input, Output};
use guestwire_core::secret::Secret;
use guestwire_core::time::Now;
use guestwire_core::value::Value;

use crate::checkers::{Checkers, Seen};
use crate::service::Service;
use chance::Chance;
pub use life::{Life, SETTLES_WITHIN, live};
use links::Links;
use requests::Call;

/// When every world begins, epoch ms.
const EPOCH: u64 = 1_795_262_400_000;
/// The credential of a world's client.
const CREDENTIAL: &str = "oauth-credential-7391";
/// Wake-ups and inputs at one moment beyond which the client goes in circles.
const STEPS_AT_ONE_MOMENT: u32 = 20_000;

enum Happening {
    Handshake { generation: u32, conversation: String, token: String },
    SocketOpens(u32),
    SocketEnds(u32, u16),
    Up(u32, String),
    Down(u32, String),
    ClientGone(u32),
    Call(u32, Box<Call>),
    Answer(u32, Option<Box<HttpAnswer>>),
    Provider(u32, bool),
}

/// What the network is like at the moment. The chances are "once in so many".
struct Weather {
    latency: u64,
    jitter: u64,
    slow_handshake: u64,
    handshake_hangs: u64,
    request_fails: u64,
    provider_fails: u64,
}

impl Weather {
    /// Nothing goes wrong.
    fn calm(latency: u64) -> Self {
        let never = u64::MAX;
        Self {
            latency,
            jitter: latency / 2,
            slow_handshake: 1,
            handshake_hangs: never,
            request_fails: never,
            provider_fails: never,
        }
    }
}

struct World {
    client: Client,
    service: Service,
    checkers: Checkers,
    chance: Chance,
    weather: Weather,
    links: Links,
    calls: BTreeSet<u32>,
    queue: BTreeMap<(u64, u64), Happening>,
    order: u64,
    /// True time, ms since a second before the beginning.
    now: u64,
    /// How far the machine's monotonic clock has fallen behind the truth.
    lag: u64,
    /// How far its wall clock is from the truth.
    wall_error: i64,
    asleep: bool,
    /// What reached the machine while it slept, in order.
    inbox: VecDeque<Input>,
    /// Timers fire at multiples of this only.
    throttle: u64,
    ledger_seen: usize,
    steps: (u64, u32),
    ends: BTreeMap<&'static str, u64>,
    open_messages: u64,
    fingerprint: DefaultHasher,
    /// Whether everything is written out as it happens.
    told: bool,
}

impl World {
    fn clock(&self) -> Now {
        let wall = (EPOCH + self.now).saturating_add_signed(self.wall_error);
        Now { monotonic: self.now - self.lag, wall }
    }

    fn at(&mut self, delay: u64, happening: Happening) {
        self.order += 1;
        self.queue.insert((self.now + delay, self.order), happening);
    }

    fn latency(&mut self) -> u64 {
        self.weather.latency + self.chance.below(self.weather.jitter)
    }

    /// Lets time pass.
    fn run(&mut self, ms: u64) {
        let end = self.now + ms;
        while self.step(end) {}
        self.now = end;
    }

    /// The client's machine sleeps, or its page is frozen; on waking it is told everything at once.
    fn sleep(&mut self, ms: u64, monotonic_stops: bool) {
        self.asleep = true;
        self.run(ms);
        self.asleep = false;
        if monotonic_stops {
            self.lag += ms;
        }
        while let Some(input) = self.inbox.pop_front() {
            self.tell(input);
        }
    }

    /// Takes the next thing that is due by `end`; false: there is none.
    fn step(&mut self, end: u64) -> bool {
        let network = self.queue.first_key_value().map(|entry| entry.0.0);
        let service = self.service.next_wake();
        let client = if self.asleep { None } else { self.client.next_wake() };
        let client = client.map(|at| (at + self.lag).max(self.now).next_multiple_of(self.throttle));
        let Some(next) = [network, service, client].into_iter().flatten().min() else { return false };
        if next > end || !self.moves_on(next) {
            return false;
        }
        self.now = self.now.max(next);
        if network.is_some_and(|at| at <= self.now) {
            if let Some((_, happening)) = self.queue.pop_first() {
                self.happens(happening);
            }
        } else if service.is_some_and(|at| at <= self.now) {
            self.service.wake(self.now);
            self.serve();
        } else {
            self.tell(Input::Time);
        }
        true
    }

    fn moves_on(&mut self, at: u64) -> bool {
        self.steps = if self.steps.0 == at { (at, self.steps.1 + 1) } else { (at, 0) };
        if self.steps.1 == STEPS_AT_ONE_MOMENT {
            self.checkers.see(self.now, &Seen::Stuck("the client goes in circles"));
        }
        self.steps.1 < STEPS_AT_ONE_MOMENT
    }

    fn happens(&mut self, happening: Happening) {
        match happening {
            Happening::Handshake { generation, conversation, token } => {
                self.handshake(generation, &conversation, &token);
            }
            Happening::SocketOpens(generation) => self.tell(Input::SocketOpened(generation)),
            Happening::SocketEnds(generation, code) => self.tell(Input::SocketClosed(generation, code)),
            Happening::Up(generation, text) => self.arrives_up(generation, &text),
            Happening::Down(generation, text) => self.arrives_down(generation, &text),
            Happening::ClientGone(generation) => self.client_gone(generation),
            Happening::Call(id, call) => self.call_arrives(id, &call),
            Happening::Answer(id, answer) => self.tell(match answer {
                Some(answer) => Input::Answered(id, *answer),
                None => Input::Unanswered(id),
            }),
            Happening::Provider(id, gives) => self.tell(if gives {
                Input::Token(id, Secret::new(CREDENTIAL.to_owned()))
            } else {
                Input::TokenRefused(id)
            }),
        }
    }

    /// Gives the client an input, or keeps it until the machine wakes.
    fn tell(&mut self, input: Input) {
        if self.asleep {
            return self.inbox.push_back(input);
        }
        let input = match input {
            Input::SocketOpened(generation) | Input::SocketFrame(generation, _) if !self.listens(generation) => return,
            Input::SocketClosed(generation, _) => {
                if !self.listens(generation) {
                    return;
                }
                self.detach(generation);
                self.checkers.see(self.now, &Seen::SocketGone(generation));
                input
            }
            Input::SocketFrame(_, ref frame) => {
                if let Ok(body) = &frame.body {
                    see_frame(&mut self.checkers, self.now, body);
                }
                input
            }
            Input::Answered(id, answer) => match self.answer_input(id, Some(answer)) {
                Some(input) => input,
                None => return,
            },
            Input::Unanswered(id) => match self.answer_input(id, None) {
                Some(input) => input,
                None => return,
            },
            other => other,
        };
        if self.told && !matches!(input, Input::Time) {
            eprintln!("{:>9} outside: {input:?}", self.now);
        }
        self.client.handle(self.clock(), input);
        self.drain();
    }

    /// Carries out what the client wants.
    fn drain(&mut self) {
        while let Some(output) = self.client.poll_output() {
            self.show(&output);
            match output {
                Output::OpenSocket(generation, address) => {
                    self.checkers.see(self.now, &Seen::SocketAsked(generation));
                    self.open_link(generation, &address);
                }
                Output::SendFrame(generation, text) => {
                    if let Some(id) = text.split_once(r#""messageId":""#).and_then(|(_, rest)| rest.get(..36)) {
                        self.checkers.see(self.now, &Seen::FrameSent { socket: generation, id });
                    }
                    self.send_up(generation, text);
                }
                Output::CloseSocket(generation, _) => {
                    self.checkers.see(self.now, &Seen::SocketGone(generation));
                    self.release_link(generation);
                }
                Output::Request(id, request) => self.request(id, &request),
                Output::AbortRequest(id) => self.give_up(id),
                Output::RequestToken(id, _) => {
                    let (delay, fails) = (self.chance.below(500), self.chance.one_in(self.weather.provider_fails));
                    self.at(delay, Happening::Provider(id, !fails));
                }
                Output::Event(Event::Delivery(delivery)) => {
                    if !matches!(delivery.state, "queued" | "sending") {
                        *self.ends.entry(delivery.state).or_default() += 1;
                        self.open_messages = self.open_messages.saturating_sub(1);
                    }
                    self.checkers.see(self.now, &Seen::Told { id: &delivery.id, state: delivery.state });
                }
                Output::Event(_) => {}
            }
        }
        let held = self.client.stats(self.clock()).messages;
        self.checkers.see(self.now, &Seen::Buffered { messages: held.queued + held.in_flight, bytes: held.bytes });
    }

    /// Everything that could be logged, as it would be.
    fn show(&mut self, output: &Output) {
        let mut text = format!("{output:?}");
        if let Output::Event(event) = output {
            let (_, detail) = event.detail();
            if let Ok(json) = serde_json::to_string(&detail) {
                text.push_str(&json);
            }
        }
        if self.told && !text.contains("Audit") {
            let frame = if let Output::SendFrame(_, frame) = output { frame.as_str() } else { "" };
            eprintln!("{:>9} client: {text} {frame}", self.now);
        }
        (self.now, &text).hash(&mut self.fingerprint);
        self.checkers.see(self.now, &Seen::Shown(&text));
    }
}

fn see_frame(checkers: &mut Checkers, now: u64, body: &Value) {
    let kind = body.get("type").and_then(Value::text);
    let id = body.get("messageId").and_then(Value::text);
    if let (Some("messageReceived" | "error"), Some(id)) = (kind, id) {
        let retry_after = body.get("retryAfter").and_then(Value::whole).map(|seconds| seconds * 1000);
        checkers.see(now, &Seen::FrameAnswered { id, retry_after });
    }
}
