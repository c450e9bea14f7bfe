//! A life with an event stream: topics that are wanted and not, events that happen meanwhile, and whether in the end
//! all is as it should be.

mod faults;
mod topics;
mod watch;

use std::collections::{BTreeMap, BTreeSet};

use guestwire_core::config::{ClientCredentials, OnEvicted, Stream as Options};
use guestwire_core::connection::State;
use guestwire_core::event::Gap;
use guestwire_core::io::HttpAnswer;
use guestwire_core::protocol::Request;
use guestwire_core::secret::Secret;
use guestwire_core::time::Now;
use guestwire_core::tokens::Tokens;
use guestwire_core::value;
use serde_json::json;

use super::chance::{Chance, Stream};
use super::dialect::streams;
use super::life::SETTLES_WITHIN;
use super::plan::Stretch;
use super::{Happening, World};
use crate::checkers::Seen;
use crate::service::Emission;
pub(super) use faults::suffers;
use topics::{Topics, is_forbidden, names};
use watch::Watch;

/// The topic that is asked for in the end.
const LAST: &str = "v2.hear.me";
/// How long before its end a token makes its successor's socket be opened, ms; and how long a channel's last share is.
const SUCCESSION: u64 = 31_000;
/// How long it takes at most to find out that a channel has ended, ms.
const ENDING: u64 = 90_000;
/// How long a manager's denial holds at most, ms.
const DENIED: u64 = 30_000;

/// What a life with a stream has.
pub(super) struct StreamLife {
    pub(super) manager: Tokens,
    /// Requests for tokens that are under way, and since when.
    pub(super) calls: BTreeMap<u32, Now>,
    /// The latest that the client was given.
    pub(super) given: Option<Secret>,
    /// By which number the client asked last.
    pub(super) asked: Option<u32>,
    chance: Chance,
    topics: Topics,
    has_channels: bool,
    /// The service says when it is subscribed; else sent is as good as done, and what happens on the way is nobody's.
    confirms: bool,
    resync: bool,
    /// It comes back after an eviction, when some time has passed.
    returns: bool,
    /// How long between two events at most, ms.
    pace: u64,
    /// What its judges remember.
    pub(super) watch: Watch,
}

impl StreamLife {
    pub(super) fn new(world: &World, seed: u64, options: &Options) -> Box<Self> {
        let mut chance = Chance::new(seed, Stream::Topics);
        let text = streams::credentials(chance.pick(&["basic", "body"]));
        let credentials = value::read(&text, 4_096).expect("the options are JSON");
        let credentials = ClientCredentials::from_value(&credentials).expect("the options are good");
        Box::new(Self {
            manager: Tokens::new(credentials, chance.bytes(), world.clock()),
            calls: BTreeMap::new(),
            given: None,
            asked: None,
            returns: options.on_evicted == OnEvicted::Reconnect,
            pace: chance.pick(&[1_000, 20_000, 120_000]),
            topics: Topics::draw(&mut chance),
            chance,
            has_channels: options.has_channels(),
            confirms: options.has_channels() || !options.confirmed.is_empty(),
            resync: options.resync,
            watch: Watch::new(world.service.config().streams.channel_life),
        })
    }
}

/// What of a life with a stream is going to happen.
pub(super) enum Streaming {
    /// Something happens, and later something else.
    Event,
    /// A request for a token arrives.
    Call(u32, Box<Request>),
    /// It is answered, or fails.
    Answer(u32, Option<Box<HttpAnswer>>),
    /// The application has caught up with a gap.
    CaughtUp(u32),
    /// The application changes its mind about these, and will again, so many times.
    Wavers { topics: Vec<String>, wants: bool, times: u64 },
}

impl World {
    pub(super) fn streaming_happens(&mut self, what: Streaming) {
        // What the page does waits until it runs.
        if self.machine.is_stopped() && !matches!(what, Streaming::Event | Streaming::Call(..)) {
            return self.at(250, Happening::Streaming(what));
        }
        match what {
            Streaming::Event => self.something_happens(),
            Streaming::Call(number, request) => self.token_is_asked_for(number, &request),
            Streaming::Answer(number, answer) => self.manager_hears(number, answer),
            Streaming::CaughtUp(gap) => {
                self.checkers.see(self.now, &Seen::CaughtUp);
                self.client.resynced(self.clock(), gap);
                self.drain();
            }
            Streaming::Wavers { topics, wants, times } => {
                self.wants(&topics, wants);
                if times > 1 {
                    self.wavers(topics, !wants, times - 1);
                }
            }
        }
    }

    /// A stream over a socket of its own, with the token in its handshake.
    pub(super) fn is_plain_stream(&self) -> bool {
        self.stream.as_ref().is_some_and(|stream| !stream.has_channels)
    }

    fn something_happens(&mut self) {
        let Some(stream) = &mut self.stream else { return };
        let name = stream.topics.happening(&mut stream.chance);
        let next = 1 + stream.chance.below(stream.pace);
        self.happens_in(&name);
        self.at(next, Happening::Streaming(Streaming::Event));
    }

    /// Something happens, and whoever listens is told.
    fn happens_in(&mut self, name: &str) {
        let emission = Emission {
            topic: Some(name.to_owned()),
            body: json!({ "said": "an event of this life" }),
            correlation_id: None,
            count: 1,
            every: 0,
            after: 0,
        };
        let Some(event) = self.service.emit(self.now, emission).ok().and_then(|mut emitted| emitted.pop()) else {
            return;
        };
        let sockets: Vec<u32> = self.links.carrying(&event.sent);
        if self.told {
            eprintln!("{:>9} event {} in {name}, sent on {sockets:?}", self.now, event.number);
        }
        // Links that the client has left may carry it still.
        let carries = sockets.iter().any(|&socket| self.listens(socket));
        let is_on_the_way = !carries && self.client.state() == State::Connected;
        if let Some(stream) = &mut self.stream {
            stream.watch.happened(event.correlation_id, event.number);
            if is_on_the_way && (!stream.confirms || stream.watch.is_ahead()) {
                return self.serve();
            }
            if let Some(topic) = stream.watch.listens_for(name) {
                let seen = Seen::Happened { event: event.number, topic, sockets: &sockets };
                self.checkers.see(self.now, &seen);
                self.accepted += 1;
            }
        }
        self.serve();
    }

    pub(super) fn sees_gap(&mut self, gap: &Gap) {
        let from = self.machine.gap_from(gap.from);
        let Some(stream) = &mut self.stream else {
            return self.checkers.see(self.now, &Seen::Gap { waits: false, from });
        };
        self.checkers.see(self.now, &Seen::Gap { waits: stream.resync, from });
        *self.ends.entry("gaps").or_default() += 1;
        if stream.resync {
            let takes = stream.chance.below_one_of(&[1, 300, 5_000]);
            self.at(takes, Happening::Streaming(Streaming::CaughtUp(gap.number)));
        }
    }

    pub(super) fn expect_events(&mut self) {
        if self.stream.is_some() {
            self.at(1_000, Happening::Streaming(Streaming::Event));
        }
    }

    /// The application changes its mind, or nothing.
    pub(super) fn turns_to_topics(&mut self, stretch: Stretch) {
        let Some(stream) = &mut self.stream else { return };
        if stream.chance.one_in(if stretch.stormy { 2 } else { 4 }) {
            self.changes_topics();
        }
    }

    fn changes_topics(&mut self) {
        let Some(stream) = &mut self.stream else { return };
        let some = stream.topics.some(&mut stream.chance);
        let wants = stream.chance.one_in(2);
        if stream.chance.one_in(8) {
            let times = 1 + stream.chance.below(8);
            self.wavers(some.clone(), !wants, times);
        }
        self.wants(&some, wants);
    }

    /// The application takes back what it has just said, and that too, and so on.
    fn wavers(&mut self, topics: Vec<String>, wants: bool, times: u64) {
        let Some(stream) = &mut self.stream else { return };
        let pause = stream.chance.below_one_of(&[2, 60, 1_500]);
        self.at(pause, Happening::Streaming(Streaming::Wavers { topics, wants, times }));
    }

    fn wants(&mut self, topics: &[String], wants: bool) {
        let now = self.clock();
        if let Some(stream) = &mut self.stream {
            stream.watch.changes();
        }
        let asked = if wants { self.client.subscribe(now, topics) } else { self.client.unsubscribe(now, topics) };
        if asked.is_ok() && !wants {
            for topic in topics {
                if let Some(stream) = &mut self.stream {
                    stream.watch.unwanted(topic);
                }
                self.checkers.see(self.now, &Seen::Unwanted(topic));
            }
        }
        self.drain();
    }

    /// At the moment of a fault.
    pub(super) fn turns_into_it(&mut self) {
        let Some(stream) = &mut self.stream else { return };
        let (changes, happens) = (stream.chance.one_in(3), stream.chance.one_in(2));
        let first = stream.topics.first();
        if changes && !self.machine.is_stopped() {
            self.changes_topics();
        }
        if happens {
            self.happens_in(&first);
        }
    }

    pub(super) fn topics_rest(&self) -> bool {
        self.client.state() == State::Closed || self.client.topics().iter().all(|topic| topic.state != "pending")
    }

    /// However it was treated, it is connected again and hears, also where it had ended and is told to connect.
    pub(super) fn hears_again(&mut self) {
        for _ in 0..4 {
            if self.client.state() == State::Closed {
                // A manager that was denied for good says so for a while, whoever asks.
                self.run(DENIED.max(self.asked_until.saturating_sub(self.now)));
                self.connect();
            }
            self.wants(&[LAST.to_owned()], true);
            self.settle();
            let until = self.now + SETTLES_WITHIN;
            while self.now < until && self.client.state() != State::Closed {
                self.run(1_000);
                self.happens_in(LAST);
                let event = self.stream.as_ref().and_then(|stream| stream.watch.latest());
                self.run(6_000);
                if self.stream.as_ref().is_some_and(|stream| stream.watch.has_heard(event)) {
                    return;
                }
            }
        }
        self.checkers.see(self.now, &Seen::Stuck("nothing is heard any more"));
    }

    /// All is calm: the service is subscribed to what is wanted, and to nothing else.
    pub(super) fn sees_subscriptions(&mut self) {
        if self.stream.is_none() || self.client.state() != State::Connected || self.links.is_unheard() {
            return;
        }
        if self.links.live().len() > 1 {
            // One takes over at this very moment.
            self.run(SUCCESSION);
        }
        if self.links.live().into_iter().any(|connection| self.service.listened_to(connection).is_empty()) {
            // Its channel has ended at this very moment: its silence tells.
            self.run(ENDING);
            self.settle();
        }
        let guesses = self.stream.as_ref().is_some_and(|stream| stream.watch.guesses());
        // What a plain socket refuses it names once, and that frame may have been the one that could not be read; so may
        // the answer of the API, which then counts as yes.
        let is_told = !guesses && self.stream.as_ref().is_some_and(|stream| stream.has_channels);
        let (mut wanted, mut refused) = (BTreeSet::new(), BTreeSet::new());
        for topic in self.client.topics() {
            match topic.state {
                "subscribed" if is_told || !is_forbidden(&topic.topic) => wanted.extend(names(&topic.topic)),
                "refused" => refused.extend(names(&topic.topic)),
                _ => {}
            }
        }
        let has: Vec<BTreeSet<String>> =
            self.links.live().into_iter().map(|connection| self.service.listened_to(connection)).collect();
        if has.len() != 1 {
            self.checkers.see(self.now, &Seen::Astray(&format!("{} sockets are open", has.len())));
        } else if has[0] != wanted {
            let has = &has[0];
            // What was refused when it was told again may have been heard the first time.
            if guesses && has.is_superset(&wanted) && has.difference(&wanted).all(|name| refused.contains(name)) {
                return;
            }
            self.checkers.see(self.now, &Seen::Astray(&format!("{wanted:?} is wanted, and the service has {has:?}")));
        }
    }
}
