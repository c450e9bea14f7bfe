//! The world that tries to make the client lose a message: a client's machine, a network and the
//! model service, in virtual time, from one seed. [`live`] leads one life in it.

mod caller;
mod chance;
mod conversation;
mod dialect;
mod files;
mod life;
mod links;
mod machine;
mod plan;
mod recording;
mod requests;
mod shrink;
mod strangers;
mod streaming;
mod tokens;
mod way;
mod weather;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash};

use guestwire_core::error::repeated::What;
use guestwire_core::event::conversation::Happening as Talk;
use guestwire_core::event::{Answer, Event, Found, StateChange, Told};
use guestwire_core::failure::ErrorCode;
use guestwire_core::io::{Environment, HttpAnswer, Input, Output};
use guestwire_core::secret::Secret;
use guestwire_core::time::Now;
use guestwire_core::trace::Recorder;

use crate::checkers::{Checkers, Endpoint, Seen};
use crate::service::{ConnectionId, Service};
use chance::Chance;
pub use dialect::Dialect;
use dialect::{Handshake, Told as Meaning};
use files::Files;
pub use life::{Life, SETTLES_WITHIN, Trial, live, live_as};
use links::Links;
use machine::Machine;
use plan::{Planned, Trouble};
use requests::{Answered, Call, Hearsay, Spoils};
pub use shrink::{Shortest, shortest};
use strangers::Voice;
use streaming::{StreamLife, Streaming};
use weather::Weather;

/// When every world begins, epoch ms.
const EPOCH: u64 = 1_795_262_400_000;
/// The credential of a world's client.
const CREDENTIAL: &str = "oauth-credential-7391";
/// Wake-ups and inputs at one moment beyond which the client goes in circles.
const STEPS_AT_ONE_MOMENT: u32 = 20_000;

enum Happening {
    Handshake(u32, Box<Handshake>),
    SocketOpens(u32),
    SocketEnds(u32, u16),
    /// The handshake is answered with something else, where the platform shows that.
    SocketRefused(u32, Box<HttpAnswer>),
    Up(u32, String),
    Down(u32, String),
    /// The same, of so many bytes that are no text.
    DownBinary(u32, usize),
    /// A way was cut in the middle of a frame.
    Breaks(u32),
    ClientGone(u32),
    Call(u32, Box<Call>),
    Answer(u32, Option<Box<Answered>>),
    Provider(u32, bool),
    /// The next fault of the plan.
    Trouble,
    /// The weather of this number is over.
    Clears(u64),
    /// The machine's sleep may be over.
    Wakes,
    /// The page may be seen again.
    Shown,
    Streaming(Streaming),
}

struct World {
    client: Recorder,
    service: Service,
    checkers: Checkers,
    dialect: Dialect,
    /// Faults to come, the next one last.
    faults: Vec<Planned>,
    caller: Chance,
    network: Chance,
    /// What it is like when nothing is wrong.
    climate: Weather,
    weather: Weather,
    weathers: u64,
    /// Whether the platform shows why something failed, as Node does and browsers do not.
    shows_causes: bool,
    /// Whether the page can read the header `Date`.
    dates_readable: bool,
    links: Links,
    calls: BTreeMap<u32, Endpoint>,
    /// What was heard of the service itself.
    voice: Voice,
    /// What the answers that have arrived ask for, and whether they say that a message was taken.
    /// And what they show of the guest's own messages.
    asked: BTreeMap<u32, Hearsay>,
    /// How answers are spoilt, and until when.
    spoils: Option<(Spoils, u64)>,
    /// Until when the service wants the client to wait, on any path.
    asked_until: u64,
    queue: BTreeMap<(u64, u64), Happening>,
    order: u64,
    /// True time, ms since a second before the beginning.
    now: u64,
    machine: Machine,
    ledger_seen: usize,
    steps: (u64, u32),
    /// Messages that `send` accepted, and those that it refused.
    accepted: u64,
    refused: u64,
    files: Files,
    ends: BTreeMap<&'static str, u64>,
    open_messages: u64,
    /// The latest message that left on a socket.
    latest: String,
    /// Which messages say what.
    said: BTreeMap<String, Vec<String>>,
    /// The application was told that something may have been missed.
    missed: bool,
    /// The messages that have attributes, and how many bytes.
    attributes: Vec<(String, usize)>,
    words: Chance,
    turns: Chance,
    /// Other connections of the guest.
    tabs: Vec<ConnectionId>,
    /// The client has asked to clear its conversation away.
    cleared: bool,
    questions: Chance,
    /// What only a stream has.
    stream: Option<Box<StreamLife>>,
    /// What the service says live comes in the order in which it was said.
    in_order: bool,
    /// A recording leads to the same once more.
    replayable: bool,
    /// What left on a socket arrives within so long after the client let go of it, or never, ms.
    copies_arrive_within: u64,
    fingerprint: DefaultHasher,
    shown: String,
    /// Whether everything is written out as it happens.
    told: bool,
}

impl World {
    fn at(&mut self, delay: u64, happening: Happening) {
        self.order += 1;
        self.queue.insert((self.now.saturating_add(delay), self.order), happening);
    }

    fn latency(&mut self) -> u64 {
        self.weather.latency + self.network.below(self.weather.jitter)
    }

    /// Lets time pass.
    fn run(&mut self, ms: u64) {
        let end = self.now + ms;
        while self.step(end) {}
        self.now = end;
    }

    /// Takes the next thing that is due by `end`; false: there is none.
    fn step(&mut self, end: u64) -> bool {
        let network = self.queue.first_key_value().map(|entry| entry.0.0);
        let service = self.service.next_wake();
        let client = self.client.next_wake().and_then(|at| self.machine.timer(self.now, at));
        let manager = self.manager_due();
        let Some(next) = [network, service, client, manager].into_iter().flatten().min() else { return false };
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
        } else if manager.is_some_and(|at| at <= self.now) {
            self.manager_wakes();
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
            Happening::Handshake(generation, handshake) => self.handshake(generation, &handshake),
            Happening::SocketOpens(generation) => self.tell(Input::SocketOpened(generation)),
            Happening::SocketEnds(generation, code) => {
                let why = self.platform_says("ECONNRESET");
                self.tell(Input::SocketClosed(generation, code, why));
            }
            Happening::SocketRefused(generation, answer) => self.tell(Input::SocketRefused(generation, *answer)),
            Happening::Up(generation, text) => self.arrives_up(generation, &text),
            Happening::Down(generation, text) => self.arrives_down(generation, &text),
            Happening::DownBinary(generation, bytes) => self.arrives_binary(generation, bytes),
            Happening::Breaks(generation) => self.breaks_in_a_frame(generation),
            Happening::ClientGone(generation) => self.client_gone(generation),
            Happening::Call(id, call) => self.call_arrives(id, &call),
            Happening::Answer(id, answered) => self.answer_arrives(id, answered),
            Happening::Provider(id, gives) => {
                let page = !gives && self.network.one_in(2);
                self.tell(match (gives, page) {
                    (true, _) => Input::Token(id, Secret::new(format!("{CREDENTIAL}\n")), None),
                    (false, true) => Input::Token(id, Secret::new("<h1>Bad Gateway</h1>".to_owned()), None),
                    (false, false) => Input::TokenRefused(id, None),
                });
            }
            Happening::Trouble => self.trouble_comes(),
            Happening::Clears(weather) => {
                if weather == self.weathers {
                    self.weather = self.climate;
                }
            }
            Happening::Wakes => self.wake_if_due(),
            Happening::Shown => self.show_page_if_due(),
            Happening::Streaming(what) => self.streaming_happens(what),
        }
    }

    fn expect_trouble(&mut self) {
        if let Some(next) = self.faults.last() {
            let delay = next.at.saturating_sub(self.now);
            self.at(delay, Happening::Trouble);
        }
    }

    fn trouble_comes(&mut self) {
        let Some(Planned { trouble, .. }) = self.faults.pop() else { return };
        self.talks_into_it();
        if self.told {
            eprintln!("{:>9} fault: {trouble:?}", self.now);
        }
        match trouble {
            Trouble::Service(fault) => {
                // A queue that is full of faults has enough of them.
                let fault = self.dialect.suffers(&self.service, fault);
                let fault = self.meets_uploads(fault);
                if self.service.queue_faults(self.now, vec![fault]).is_err() {
                    self.service.clear_faults(self.now);
                }
            }
            Trouble::Link(how) => self.break_link(how),
            Trouble::Weather(weather, lasts) => {
                self.weather = weather;
                self.weathers += 1;
                self.at(lasts, Happening::Clears(self.weathers));
            }
            Trouble::Machine(mishap) => self.suffer(mishap),
            Trouble::Conversation(turn) => self.takes(turn),
            Trouble::Answers(spoils) => self.spoils = Some((spoils, self.now + spoils.lasts)),
        }
        self.serve();
        self.talks_into_it();
        self.expect_trouble();
    }

    /// From here on nothing goes wrong any more.
    fn heal(&mut self) {
        self.service.clear_faults(self.now);
        self.serve();
        self.weathers += 1;
        self.weather = Weather::calm(20);
        self.spoils = None;
        self.come_back();
    }

    /// Gives the client an input, or keeps it until the machine wakes.
    fn tell(&mut self, input: Input) {
        if self.machine.is_stopped() {
            return self.machine.keep(input);
        }
        if !self.hears(&input) {
            return;
        }
        if self.told && !matches!(input, Input::Time) {
            eprintln!("{:>9} outside: {input:?}", self.now);
        }
        self.client.handle(self.clock(), input);
        self.drain();
    }

    /// Whether the client still hears of an input; the checkers see that it does.
    fn hears(&mut self, input: &Input) -> bool {
        match input {
            Input::SocketOpened(generation)
            | Input::SocketFrame(generation, _)
            | Input::SocketText(generation, ..)
            | Input::SocketClosed(generation, ..)
            | Input::SocketRefused(generation, _)
                if !self.listens(*generation) =>
            {
                return false;
            }
            Input::SocketClosed(generation, code, _) => {
                self.detach(*generation);
                self.see_end(*code);
                self.hears_of_session(*code);
                self.sees_close(*generation, *code);
                self.checkers.see(self.now, &Seen::SocketGone(*generation));
            }
            Input::SocketRefused(generation, answer) => {
                self.detach(*generation);
                self.hears_handshake(*generation, answer);
                self.checkers.see(self.now, &Seen::SocketGone(*generation));
            }
            Input::SocketOpened(generation) => {
                self.checkers.see(self.now, &Seen::RestSilent);
                self.sees_opening(*generation);
            }
            Input::SocketFrame(generation, frame) | Input::SocketText(generation, frame, _) => {
                self.sees_frame(*generation, frame.body.as_ref().ok());
                if !frame.body.as_ref().is_ok_and(|body| !body.is_cut()) {
                    self.checkers.see(self.now, &Seen::Spoiled(*generation));
                }
                let Ok(Meaning { answers, of_latest, taken, came, code, retry_after, attributes, read_only, new }) =
                    frame.body.as_ref().map(|body| self.dialect.told(body))
                else {
                    return true;
                };
                self.hears_voice();
                if let Some(code) = code {
                    self.hears_of_session(code);
                }
                if let Some(code) = code.filter(|_| !self.is_about_another(*generation, frame.body.as_ref().ok())) {
                    self.sees_code(*generation, code);
                }
                self.hears_of_it(read_only, new);
                if let Some(most) = attributes {
                    self.sees_limit(most);
                }
                if let Some(id) = came {
                    self.checkers.see(self.now, &Seen::Came(id));
                }
                let latest = Some(self.latest.as_str()).filter(|_| of_latest);
                if let Some(id) = answers.or(latest) {
                    self.checkers.see(self.now, &Seen::FrameAnswered { id, taken, retry_after });
                    self.was_asked(retry_after);
                }
            }
            Input::Answered(id, answer) => return self.hears_answer(*id, answer),
            Input::Unanswered(id, _) => return self.request_is_over(*id, false),
            // What the machine has not passed on yet, the client cannot know.
            Input::Environment(what @ (Environment::Offline | Environment::Online)) => {
                self.checkers.see(self.now, &Seen::Network(*what == Environment::Online));
            }
            _ => {}
        }
        true
    }

    /// Carries out what the client wants.
    fn drain(&mut self) {
        while let Some(output) = self.client.poll_output() {
            self.show(&output);
            match output {
                Output::OpenSocket(generation, address) => {
                    self.sees_succession(generation, address.url.expose());
                    self.checkers.see(self.now, &Seen::SocketAsked(generation));
                    self.open_link(generation, &address);
                }
                Output::SendFrame(generation, text) => {
                    if let Some(id) = self.dialect.message(&text) {
                        self.checkers.see(self.now, &Seen::FrameSent { socket: generation, id });
                        id.clone_into(&mut self.latest);
                    } else if !self.follows_a_change(&text) {
                        let typing = self.dialect.is_typing(&text);
                        self.checkers.see(self.now, if typing { &Seen::TypingSent } else { &Seen::QuestionSent });
                        if self.dialect.leaves(&text) {
                            self.checkers.see(self.now, &Seen::Leaves);
                        }
                    }
                    self.send_up(generation, text);
                }
                Output::CloseSocket(generation, _) => {
                    self.sees_release(generation);
                    self.checkers.see(self.now, &Seen::SocketGone(generation));
                    self.release_link(generation);
                }
                Output::Request(id, request) => self.request(id, &request),
                Output::Upload(id, upload) => self.upload(id, &upload),
                Output::ReleaseFile(_) => {}
                Output::AbortRequest(id) => self.give_up(id),
                Output::RequestToken(id, renew) if self.stream.is_some() => self.asks_manager(id, renew),
                Output::RequestToken(id, _) => {
                    let (delay, fails) = (self.network.below(500), self.network.one_in(self.weather.provider_fails));
                    self.at(delay, Happening::Provider(id, !fails));
                }
                Output::Event(Event::Delivery(delivery)) => {
                    if !matches!(delivery.state, "queued" | "sending") {
                        *self.ends.entry(delivery.state).or_default() += 1;
                        self.open_messages = self.open_messages.saturating_sub(1);
                        self.see_clocks();
                    }
                    self.checkers.see(self.now, &Seen::Told { id: &delivery.id, state: delivery.state });
                }
                Output::Event(Event::Attachment(told)) => {
                    if let Some(told) = told.get() {
                        self.told_of_file(told);
                    }
                }
                Output::Event(Event::Message(message)) => self.checkers.see(self.now, &Seen::Raised(&message.id)),
                Output::Event(Event::Conversation(talk)) => {
                    if let Some(Talk::Typing(typing)) = talk.get() {
                        self.checkers.see(self.now, &Seen::Typing(typing.active));
                    }
                }
                Output::Event(Event::Session(_)) => self.checkers.see(self.now, &Seen::Session),
                Output::Event(Event::StateChange(change)) => {
                    self.sees_change(&change);
                    if let Some(report) = change.error {
                        // What comes after it is another conversation.
                        self.missed |= report.code != "closed";
                        self.checkers.see(self.now, &Seen::Stopped(report.code));
                    }
                }
                Output::Event(Event::Gap(gap)) => {
                    self.missed = true;
                    self.sees_gap(&gap);
                }
                Output::Event(Event::Stream(told)) => {
                    if let Some(Told::Event(event, _)) = told.get() {
                        self.sees_event(event.correlation.as_deref());
                    }
                }
                Output::Event(Event::Answer(answer)) => {
                    if let Some(Answer { found: Ok(Found::Messages { messages, .. }), .. }) = answer.get() {
                        for message in messages {
                            self.checkers.see(self.now, &Seen::Given(&message.id));
                        }
                    }
                }
                Output::Event(Event::Repeated(told)) if told.what == What::Connecting => {
                    self.checkers.see(self.now, &Seen::Repeats);
                }
                Output::Event(Event::Error(report)) => {
                    if report.code == "session_replaced" {
                        self.sees_loss();
                    }
                    if report.code == "attributes_too_large" {
                        // The message that had them goes without.
                        for pending in self.client.pending(self.clock()) {
                            let bytes = pending.size;
                            self.checkers.see(self.now, &Seen::Resized { id: &pending.id, bytes });
                        }
                    }
                    self.checkers.see(self.now, &Seen::Complained(report.code));
                }
                Output::Event(_) => {}
            }
        }
        self.sees_topics();
    }

    /// The session says how many bytes of attributes it takes; what has more it will not take.
    fn sees_limit(&mut self, most: u64) {
        for (id, bytes) in &self.attributes {
            if *bytes as u64 > most {
                self.checkers.see(self.now, &Seen::Excluded(id));
            }
        }
    }

    /// Something that may be final reached the client.
    fn see_end(&mut self, code: u16) {
        if let Some(reason) = self.dialect.ends(code) {
            self.checkers.see(self.now, &Seen::Final(reason));
        }
    }

    /// The connection changed; a wait that follows a failure says why.
    fn sees_change(&mut self, change: &StateChange) {
        if change.to == "connected" {
            self.checkers.see(self.now, &Seen::Ready);
        } else if change.wait.is_some() && !matches!(change.why, "paced" | "shortened" | "offline") {
            let code = change.cause.code.as_ref().map_or("", ErrorCode::name);
            let cause = format!("{} {code} {:?}", change.why, change.cause.status);
            self.checkers.see(self.now, &Seen::Failed { cause: &cause, awake: self.machine.is_awake() });
        }
    }

    fn see_clocks(&mut self) {
        let Now { monotonic, wall } = self.clock();
        self.checkers.see(self.now, &Seen::Clocks { monotonic, wall });
    }

    /// What is buffered grows by what is said, and by nothing else; the client counts it rightly.
    pub(super) fn weigh(&mut self) {
        let held = self.client.stats(self.clock()).messages;
        self.checkers.see(self.now, &Seen::Buffered { messages: held.queued + held.in_flight, bytes: held.bytes });
    }

    /// Everything that could be logged, as it would be.
    fn show(&mut self, output: &Output) {
        let mut text = std::mem::take(&mut self.shown);
        text.clear();
        // Writing to a string cannot fail.
        let _ = write!(text, "{output:?}");
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
        self.shown = text;
    }

    /// A token came into the world; it can be written in more than one way.
    fn see_token(&mut self, token: &str) {
        self.checkers.see(self.now, &Seen::Token(token));
        self.checkers.see(self.now, &Seen::Token(&self.dialect.written(token)));
    }
}
