//! The world that a scenario plays in: a client, a service and a network between them, in virtual
//! time. Steps from one happening to the next; nothing sleeps and nothing is read from a clock.
//! At every step the laws of [`checks`] are checked.

pub mod checks;
pub mod network;
pub mod service;

use checks::Checks;
use guestwire_core::Client;
use guestwire_core::config::Config;
use guestwire_core::connection::State;
use guestwire_core::event::{Audit, Delivery, Event, StateChange};
use guestwire_core::io::{Environment, Frame, Input, Output};
use guestwire_core::secret::Secret;
use guestwire_core::time::Now;
use guestwire_core::trace::Recorder;
use guestwire_core::value;
use network::Network;
use service::Service;
use uuid::Uuid;

/// When every world begins, epoch ms.
pub const EPOCH: u64 = 1_795_262_400_000;
/// The credential of a world's client.
pub const CREDENTIAL: &str = "oauth-credential-7391";

/// What the token provider does when it is asked.
#[derive(Clone, Debug)]
pub enum Provider {
    /// Gives this.
    Gives(&'static str),
    /// Fails.
    Fails,
    /// Never answers.
    Hangs,
}

/// A client in its surroundings.
pub struct World {
    pub client: Recorder,
    pub service: Service,
    pub network: Network,
    pub checks: Checks,
    pub events: Vec<(u64, Event)>,
    pub outputs: Vec<(u64, Output)>,
    pub provider: Provider,
    /// Requests of the token provider: when, and whether the one before was refused.
    pub asked: Vec<(u64, bool)>,
    /// Whether `outputs` are kept and searched for secrets: costs time.
    pub thorough: bool,
    /// Whether everything is written out as it happens.
    pub told: bool,
    monotonic: u64,
    wall: u64,
}

impl World {
    /// A world with the default options.
    pub fn new() -> Self {
        Self::with("")
    }

    /// A world with more options, as JSON members: `r#""rest":false"#`.
    pub fn with(options: &str) -> Self {
        Self::seeded(options, [7; 16])
    }

    pub fn seeded(options: &str, seed: [u8; 16]) -> Self {
        let credential = format!(r#""credential":{{"kind":"bearer","value":"{CREDENTIAL}"}}"#);
        Self::of(&credential, options, seed)
    }

    pub fn with_provider(provider: Provider, options: &str) -> Self {
        let mut world = Self::of(r#""credential":{"kind":"provider"}"#, options, [7; 16]);
        world.provider = provider;
        world
    }

    pub fn of(credential: &str, options: &str, seed: [u8; 16]) -> Self {
        let host = if options.contains("\"host\"") { "" } else { r#""host":"chat.example","# };
        let comma = if options.is_empty() { "" } else { "," };
        let text = format!("{{{host}{credential}{comma}{options}}}");
        let config = Config::from_value(&value::read(&text, 1 << 20).expect("options are JSON")).expect("good options");
        let max_opens = config.max_opens;
        let now = Now { monotonic: 1_000, wall: EPOCH };
        Self {
            client: Recorder::new(Client::new(config, seed, now)),
            service: Service::new(),
            network: Network::new(),
            checks: Checks::new(max_opens),
            events: Vec::new(),
            outputs: Vec::new(),
            provider: Provider::Gives(CREDENTIAL),
            asked: Vec::new(),
            thorough: true,
            told: false,
            monotonic: 1_000,
            wall: EPOCH,
        }
    }

    pub fn now(&self) -> Now {
        Now { monotonic: self.monotonic, wall: self.wall }
    }

    pub fn ms(&self) -> u64 {
        self.monotonic
    }

    // Commands.

    pub fn connect(&mut self) {
        self.client.connect(self.now());
        self.drain();
    }

    /// Connects, and waits until it is ready.
    pub fn ready(mut self) -> Self {
        self.connect();
        self.until("ready", 30_000, |world| world.client.state() == State::Connected);
        self
    }

    pub fn send(&mut self, content: &str) -> Uuid {
        let id = self.client.send(self.now(), content).expect("accepted");
        self.checks.accepted(id, content);
        self.drain();
        id
    }

    pub fn cancel(&mut self, id: Uuid) -> bool {
        let cancelled = self.client.cancel(self.now(), id);
        self.drain();
        cancelled
    }

    pub fn close(&mut self, grace: Option<u64>) {
        self.client.close(self.now(), grace);
        self.drain();
    }

    pub fn input(&mut self, input: Input) {
        self.checks.input(&input);
        self.client.handle(self.now(), input);
        self.drain();
    }

    pub fn reconnect_now(&mut self) {
        let now = self.now();
        self.client.reconnect_now(now);
        self.drain();
    }

    pub fn environment(&mut self, environment: Environment) {
        self.input(Input::Environment(environment));
    }

    /// A frame from the service on the present socket, as text, with nothing of the network between.
    pub fn frame(&mut self, text: &str) {
        let generation = self.network.latest();
        let body = value::read(text, self.client.max_frame());
        self.input(Input::SocketFrame(generation, Frame { bytes: text.len(), body }));
    }

    // Time.

    /// Lets time pass.
    pub fn run(&mut self, ms: u64) {
        let end = self.monotonic + ms;
        while self.step(end) {}
        self.pass_to(end);
    }

    /// Lets time pass until something is the case; the story fails where it is not in time.
    pub fn until(&mut self, what: &str, within: u64, is: impl Fn(&Self) -> bool) {
        let end = self.monotonic + within;
        while !is(self) {
            assert!(self.step(end), "{what}: not within {within} ms; client {:?}", self.client.stats(self.now()));
        }
    }

    /// The machine sleeps: time passes and nothing runs; what was under way comes on waking. `monotonic` says whether that clock goes on.
    pub fn sleep(&mut self, ms: u64, monotonic: bool) {
        self.wall += ms;
        if monotonic {
            self.monotonic += ms;
        }
    }

    /// The wall clock is set.
    pub fn step_wall(&mut self, by: i64) {
        self.wall = self.wall.saturating_add_signed(by);
    }

    /// Takes the next happening that is due by `end`; false: there is none.
    pub fn step(&mut self, end: u64) -> bool {
        let happening = self.network.next();
        let wake = self.client.next_wake();
        let Some(next) = happening.into_iter().chain(wake).min().filter(|&next| next <= end) else { return false };
        self.pass_to(next.max(self.monotonic));
        self.checks.step(self.monotonic);
        if happening.is_some_and(|at| at <= self.monotonic) {
            if let Some(input) = self.network.take(&mut self.service, self.monotonic) {
                if self.told {
                    let body = match &input {
                        Input::SocketFrame(_, frame) => frame.body.as_ref().ok(),
                        Input::Answered(_, answer) => answer.json(),
                        _ => None,
                    };
                    eprintln!("{:>8} outside: {input:?} {body:?}", self.monotonic);
                }
                self.input(input);
            }
        } else {
            self.input(Input::Time);
        }
        true
    }

    fn pass_to(&mut self, to: u64) {
        self.wall += to - self.monotonic;
        self.monotonic = to;
    }

    fn drain(&mut self) {
        while let Some(output) = self.client.poll_output() {
            let at = self.monotonic;
            if self.told && !matches!(output, Output::Event(Event::Audit(_))) {
                match &output {
                    Output::SendFrame(_, text) => eprintln!("{at:>8} client: {output:?} {text}"),
                    Output::Request(_, request) => eprintln!("{at:>8} client: {output:?} {:?}", request.body),
                    _ => eprintln!("{at:>8} client: {output:?}"),
                }
            }
            self.checks.output(at, &output);
            if self.thorough {
                self.checks.search_for_secrets(&output, &self.service);
                self.outputs.push((at, output.clone()));
            }
            match output {
                Output::Event(event) => self.events.push((at, event)),
                Output::RequestToken(request, renew) => {
                    self.asked.push((at, renew));
                    match self.provider {
                        Provider::Gives(token) => {
                            self.network.give(at, Input::Token(request, Secret::new(token.to_owned()), None));
                        }
                        Provider::Fails => self.network.give(at, Input::TokenRefused(request, None)),
                        Provider::Hangs => {}
                    }
                }
                other => self.network.output(at, other),
            }
        }
    }

    // What was seen.

    pub fn deliveries(&self, id: Uuid) -> Vec<&Delivery> {
        let id = id.to_string();
        self.events
            .iter()
            .filter_map(|(_, event)| match event {
                Event::Delivery(delivery) if delivery.id == id => Some(delivery),
                _ => None,
            })
            .collect()
    }

    /// A message's latest state.
    pub fn fate(&self, id: Uuid) -> &'static str {
        self.deliveries(id).last().map_or("unknown", |delivery| delivery.state)
    }

    /// Why it is in that state.
    pub fn reason(&self, id: Uuid) -> &'static str {
        self.deliveries(id).last().and_then(|delivery| delivery.reason).unwrap_or("")
    }

    /// By which path it was delivered.
    pub fn via(&self, id: Uuid) -> &'static str {
        self.deliveries(id).last().and_then(|delivery| delivery.via).unwrap_or("")
    }

    pub fn changes(&self) -> Vec<(u64, &StateChange)> {
        self.events
            .iter()
            .filter_map(|(at, event)| match event {
                Event::StateChange(change) => Some((*at, &**change)),
                _ => None,
            })
            .collect()
    }

    /// The code with which the client closed.
    pub fn closed_with(&self) -> Option<&'static str> {
        let (_, last) = self.changes().pop()?;
        last.error.as_ref().filter(|_| last.to == "closed").map(|error| error.code)
    }

    /// The latest wait that was announced, and why.
    pub fn last_wait(&self) -> Option<(u64, &'static str)> {
        self.changes().into_iter().rev().find_map(|(_, change)| Some((change.wait?, change.why)))
    }

    pub fn errors(&self) -> Vec<&'static str> {
        let code = |event: &Event| match event {
            Event::Error(report) => Some(report.code),
            _ => None,
        };
        self.events.iter().filter_map(|(_, event)| code(event)).collect()
    }

    pub fn audits(&self, what: &str) -> Vec<&Audit> {
        self.events
            .iter()
            .filter_map(|(_, event)| match event {
                Event::Audit(audit) if audit.what == what => Some(audit),
                _ => None,
            })
            .collect()
    }

    pub fn heard(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|(_, event)| match event {
                Event::Message(message) => Some(message.content.as_str()),
                _ => None,
            })
            .collect()
    }

    pub fn sessions(&self) -> Vec<&guestwire_core::event::Session> {
        self.events
            .iter()
            .filter_map(|(_, event)| match event {
                Event::Session(session) => Some(session),
                _ => None,
            })
            .collect()
    }
}
