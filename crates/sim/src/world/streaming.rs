//! A life with an event stream: topics that are wanted and not, events that happen meanwhile, and whether in the end
//! all is as it should be.

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
use super::{EPOCH, Happening, World};
use crate::checkers::{Endpoint, Seen};
use crate::service::Emission;

/// What the application may want; one stands for two, and the last ones are refused, which a plain socket has no word for.
const TOPICS: [&str; 8] =
    ["v2.t.0", "v2.t.1", "v2.t.2", "v2.t.3", "v2.users.u?a&b", "v2.users.w?a", "v2.forbidden.a", "v2.forbidden.b"];
/// Under what names events happen.
const NAMES: [&str; 8] =
    ["v2.t.0", "v2.t.1", "v2.t.2", "v2.t.3", "v2.users.u.a", "v2.users.u.b", "v2.users.w.a", "v2.nobody"];
/// The topic that is asked for in the end.
const LAST: &str = "v2.hear.me";
/// So many sockets of a channel may open and say nothing before somebody must be asked why.
const MUTE: u32 = 8;
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
    /// Until when it lives, as `World::aging` counts.
    pub(super) given_until: u64,
    /// Until when the token lives that the channel was made with, and that of the one before, as `World::aging` counts.
    pub(super) channel_until: u64,
    pub(super) before_until: u64,
    pub(super) chance: Chance,
    /// Events by their correlation ids.
    pub(super) events: BTreeMap<String, u64>,
    /// Those that the client was told of, the latest in the end.
    pub(super) heard: u64,
    /// What the application believes to hear of: it was told so, and was connected.
    pub(super) listening: BTreeSet<String>,
    pub(super) has_channels: bool,
    /// The service says when it is subscribed; else sent is as good as done, and what happens on the way is nobody's.
    pub(super) confirms: bool,
    pub(super) resync: bool,
    /// It comes back after an eviction, when some time has passed.
    pub(super) returns: bool,
    /// How long between two events at most, ms.
    pub(super) pace: u64,
    /// Since when the client has its channel, as `World::aging` counts, and the one before.
    pub(super) channel_since: u64,
    pub(super) before_since: u64,
    /// How long it lives from then, as the client must think, whose clock may be ahead of the service's, ms.
    pub(super) channel_life: u64,
    pub(super) before_life: u64,
    /// It was made, and none of its sockets was asked for yet.
    pub(super) is_new: bool,
    /// It was made, and none of its sockets has opened yet: the one before may be one too many of the client's own.
    pub(super) has_spare: bool,
    /// Where the last socket was asked for.
    pub(super) dialled: String,
    /// Where the last socket opened.
    pub(super) opened_at: String,
    pub(super) secrets: usize,
    /// Requests that make a channel. Whether one lives longer for having been renewed, the client may doubt.
    pub(super) of_channels: BTreeSet<u32>,
    /// Sockets that opened.
    pub(super) opened: BTreeSet<u32>,
    /// Sockets of channels in a row that opened and said nothing, until the client gave them up, and it asked nobody why.
    pub(super) mute: u32,
    /// The last call of the API was put off, perhaps for an hour by the client's clock: it asks nobody for so long.
    pub(super) is_put_off: bool,
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
            given_until: 0,
            channel_until: 0,
            before_until: 0,
            returns: options.on_evicted == OnEvicted::Reconnect,
            opened_at: String::new(),
            pace: chance.pick(&[1_000, 20_000, 120_000]),
            chance,
            events: BTreeMap::new(),
            heard: 0,
            listening: BTreeSet::new(),
            has_channels: options.has_channels(),
            confirms: options.has_channels() || !options.confirmed.is_empty(),
            resync: options.resync,
            channel_since: 0,
            before_since: 0,
            channel_life: world.service.config().streams.channel_life,
            before_life: 0,
            is_new: false,
            has_spare: false,
            dialled: String::new(),
            secrets: 0,
            of_channels: BTreeSet::new(),
            opened: BTreeSet::new(),
            mute: 0,
            is_put_off: false,
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
        }
    }

    fn something_happens(&mut self) {
        let Some(stream) = &mut self.stream else { return };
        let name = stream.chance.pick(&NAMES);
        let next = 1 + stream.chance.below(stream.pace);
        self.happens_in(name);
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
        let Some(event) = self.service.emit(self.now, emission).pop() else { return };
        let sockets: Vec<u32> = self.links.carrying(&event.sent);
        if self.told {
            eprintln!("{:>9} event {} in {name}, sent on {sockets:?}", self.now, event.number);
        }
        let is_on_the_way = sockets.is_empty() && self.client.state() == State::Connected;
        if let Some(stream) = &mut self.stream {
            stream.events.insert(event.correlation_id, event.number);
            if is_on_the_way && !stream.confirms {
                return self.serve();
            }
            let wanted = stream.listening.iter().find(|topic| names(topic).any(|own| own == name)).cloned();
            if let Some(topic) = wanted {
                let seen = Seen::Happened { event: event.number, topic: &topic, sockets: &sockets };
                self.checkers.see(self.now, &seen);
                self.accepted += 1;
            }
        }
        self.serve();
    }

    /// Looks at what the application is told: which topics it believes to hear of.
    pub(super) fn sees_topics(&mut self) {
        let Some(stream) = &mut self.stream else { return };
        if self.client.state() != State::Connected {
            if self.client.state() == State::Closed {
                stream.listening.clear();
            }
            return;
        }
        for topic in self.client.topics() {
            match topic.state {
                "subscribed" => {
                    stream.listening.insert(topic.topic);
                }
                "refused" if stream.listening.remove(&topic.topic) => {
                    self.checkers.see(self.now, &Seen::Unwanted(&topic.topic));
                }
                _ => {}
            }
        }
    }

    /// The application was told of an event.
    pub(super) fn sees_event(&mut self, correlation: Option<&str>) {
        let Some(stream) = &mut self.stream else { return };
        if let Some(event) = correlation.and_then(|id| stream.events.get(id)).copied() {
            stream.heard = stream.heard.max(event);
            *self.ends.entry("told").or_default() += 1;
            self.checkers.see(self.now, &Seen::EventTold(event));
        }
    }

    pub(super) fn sees_gap(&mut self, gap: &Gap) {
        let from = self.machine.gap_from(gap.from);
        let Some(stream) = &mut self.stream else { return };
        self.checkers.see(self.now, &Seen::Gap { waits: stream.resync, from });
        *self.ends.entry("gaps").or_default() += 1;
        if stream.resync {
            let takes = stream.chance.below_one_of(&[1, 300, 5_000]);
            self.at(takes, Happening::Streaming(Streaming::CaughtUp(gap.number)));
        }
    }

    /// A frame reached the client on this socket; none: it cannot be read.
    pub(super) fn sees_frame(&mut self, socket: u32, frame: Option<&value::Value>) {
        let Some(stream) = &mut self.stream else { return };
        stream.mute = 0;
        let Some(frame) = frame else {
            return self.checkers.see(self.now, &Seen::Spoiled(socket));
        };
        if let Some(event) = streams::correlation(frame).and_then(|id| stream.events.get(id)).copied() {
            self.checkers.see(self.now, &Seen::EventCame { event, socket });
        }
        if streams::is_closing(frame) {
            self.checkers.see(self.now, &Seen::Handover);
        }
        if streams::refuses_token(frame) {
            self.checkers.see(self.now, &Seen::TokenRefused);
        }
    }

    /// What a frame says may be the end of the client: not where it is about a socket that another has taken over from or
    /// is to, nor where the client is to come back, if not at once.
    pub(super) fn sees_code(&mut self, socket: u32, code: u16) {
        let Some(stream) = &self.stream else { return self.see_end(code) };
        let evicted = self.dialect.ends(code) == Some("evicted");
        if evicted && (self.links.has_later(socket) || stream.has_spare) {
            return;
        }
        if evicted && stream.returns {
            return self.checkers.see(self.now, &Seen::MakesRoom);
        }
        self.see_end(code);
    }

    pub(super) fn sees_request(&mut self, request: u32, endpoint: Endpoint) {
        if let Some(stream) = self.stream.as_mut().filter(|_| endpoint == Endpoint::Guests) {
            stream.of_channels.insert(request);
        }
        if let Some(stream) = &mut self.stream {
            (stream.mute, stream.is_put_off) = (0, false);
        }
    }

    pub(super) fn sees_opening(&mut self, socket: u32) {
        if let Some(stream) = &mut self.stream {
            stream.opened.insert(socket);
            // From one channel to another; the same one has only one socket at a time.
            let takes_over = stream.has_channels && stream.opened_at != stream.dialled;
            stream.dialled.clone_into(&mut stream.opened_at);
            stream.has_spare &= !takes_over;
            self.checkers.see(self.now, &Seen::Opened { socket, takes_over });
        }
    }

    /// The client lets go of a socket.
    pub(super) fn sees_release(&mut self, socket: u32) {
        let Some(stream) = &mut self.stream else { return };
        if !stream.opened.remove(&socket) {
            return self.checkers.see(self.now, &Seen::Unopened);
        }
        stream.mute += u32::from(stream.has_channels && !stream.is_put_off);
        if stream.mute > MUTE {
            self.checkers.see(self.now, &Seen::Astray("a channel that says nothing is dialled again and again"));
        }
    }

    /// A socket ended by itself.
    pub(super) fn sees_close(&mut self, socket: u32, code: u16) {
        let Some(stream) = &mut self.stream else { return };
        if !stream.opened.remove(&socket) {
            self.checkers.see(self.now, &Seen::Unopened);
        } else if matches!(code, 1008 | 3000 | 4001 | 4401) {
            self.checkers.see(self.now, &Seen::TokenRefused);
        }
    }

    pub(super) fn expect_events(&mut self) {
        if self.stream.is_some() {
            self.at(1_000, Happening::Streaming(Streaming::Event));
        }
    }

    /// An answer reached the client.
    pub(super) fn sees_answer(&mut self, request: u32, status: u16) {
        let (clock, life) = (self.clock(), self.service.config().streams.channel_life);
        let now = self.aging();
        let ahead = clock.wall.saturating_sub(EPOCH + self.now);
        let Some(stream) = &mut self.stream else { return };
        let makes = stream.of_channels.remove(&request);
        stream.is_put_off = status == 429 || status >= 500;
        if status == 401 {
            self.checkers.see(self.now, &Seen::TokenRefused);
        } else if makes && (200..300).contains(&status) {
            let made = (now, life.saturating_sub(ahead), stream.given_until);
            let before = (stream.channel_since, stream.channel_life, stream.channel_until);
            // One that was made and never dialled is nobody's predecessor.
            if !std::mem::replace(&mut stream.is_new, true) {
                (stream.before_since, stream.before_life, stream.before_until) = before;
            }
            (stream.channel_since, stream.channel_life, stream.channel_until) = made;
            stream.has_spare = true;
        }
    }

    /// A socket is about to be asked for: what ends soon is replaced before.
    pub(super) fn sees_succession(&mut self, address: &str) {
        let now = self.aging();
        let Some(stream) = &mut self.stream else { return };
        // The next channel was made with the next token, however long ago: the machine may have slept.
        let is_other = stream.dialled != address;
        let is_new = stream.is_new && is_other;
        stream.is_new &= !is_other;
        address.clone_into(&mut stream.dialled);
        let ends = |until: u64, since: u64, life: u64| until <= now + SUCCESSION || now >= since + life - life / 24;
        let before = || ends(stream.before_until, stream.before_since, stream.before_life);
        if ends(stream.channel_until, stream.channel_since, stream.channel_life) || is_new && before() {
            self.checkers.see(self.now, &Seen::Handover);
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
        let some: Vec<String> =
            TOPICS.iter().filter(|_| stream.chance.one_in(3)).map(|topic| (*topic).to_owned()).collect();
        let wants = stream.chance.one_in(2);
        self.wants(&some, wants);
    }

    fn wants(&mut self, topics: &[String], wants: bool) {
        let now = self.clock();
        let asked = if wants { self.client.subscribe(now, topics) } else { self.client.unsubscribe(now, topics) };
        if asked.is_ok() && !wants {
            for topic in topics {
                if let Some(stream) = &mut self.stream {
                    stream.listening.remove(topic);
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
        if changes && !self.machine.is_stopped() {
            self.changes_topics();
        }
        if happens {
            self.happens_in(NAMES[0]);
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
                let number = self.stream.as_ref().and_then(|stream| stream.events.values().max().copied());
                self.run(6_000);
                if self.stream.as_ref().is_some_and(|stream| Some(stream.heard) >= number) {
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
        let has_channels = self.stream.as_ref().is_some_and(|stream| stream.has_channels);
        let wanted: BTreeSet<String> = self
            .client
            .topics()
            .iter()
            .filter(|topic| topic.state == "subscribed")
            // What a plain socket refuses it names once, and that frame may have been the one that could not be read.
            .filter(|topic| has_channels || !topic.topic.starts_with("v2.forbidden"))
            .flat_map(|topic| names(&topic.topic).collect::<Vec<_>>())
            .collect();
        let has: Vec<BTreeSet<String>> =
            self.links.live().into_iter().map(|connection| self.service.listened_to(connection)).collect();
        if has.len() != 1 {
            self.checkers.see(self.now, &Seen::Astray(&format!("{} sockets are open", has.len())));
        } else if has[0] != wanted {
            let has = &has[0];
            self.checkers.see(self.now, &Seen::Astray(&format!("{wanted:?} is wanted, and the service has {has:?}")));
        }
    }
}

/// Under which names the events of a topic come.
fn names(topic: &str) -> impl Iterator<Item = String> {
    let (base, parts) = topic.split_once('?').unwrap_or((topic, ""));
    let parts: Vec<String> = if parts.is_empty() {
        vec![base.to_owned()]
    } else {
        parts.split('&').map(|part| format!("{base}.{part}")).collect()
    };
    parts.into_iter()
}
