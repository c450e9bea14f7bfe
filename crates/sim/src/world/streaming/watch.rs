//! What the judges of a life with a stream remember of it: what the client was given and until when that counts, which
//! sockets it has, and what the application was told. Nothing here changes what happens.

use std::collections::{BTreeMap, BTreeSet};

use guestwire_core::connection::State;
use guestwire_core::io::HttpAnswer;
use guestwire_core::value;

use super::SUCCESSION;
use crate::checkers::{Endpoint, Seen};
use crate::world::dialect::streams;
use crate::world::{EPOCH, World};

/// So many sockets of a channel may open and say nothing before somebody must be asked why.
const MUTE: u32 = 8;
/// So many frames that tell of topics an application has asked for at most, by changing its mind.
const CHANGES: u32 = 16;
/// Tokens and channels of a life that are looked for in all that is shown.
const SECRETS: usize = 12;

pub(in crate::world) struct Watch {
    /// Events by their correlation ids.
    events: BTreeMap<String, u64>,
    /// The latest of those that the application was told of.
    heard: u64,
    /// What the application believes to hear of: it was told so, and was connected.
    listening: BTreeSet<String>,
    /// Until when the latest token lives, as `World::aging` counts.
    given_until: u64,
    /// The client's channel, and the one before.
    channel: Channel,
    before: Channel,
    /// It was made, and none of its sockets was asked for yet.
    is_new: bool,
    /// It was made, and none of its sockets has opened yet: the one before may be one too many of the client's own.
    has_spare: bool,
    /// Where each socket was asked for.
    addresses: BTreeMap<u32, String>,
    /// Where the last socket was asked for.
    dialled: String,
    /// Where the last socket opened.
    opened_at: String,
    /// So many frames that tell of topics follow from what the application has said.
    changes: u32,
    /// What the plain socket has confirmed, by the topics that it named.
    confirmed: BTreeSet<String>,
    /// It has confirmed something twice: the client may have taken the second word for that of a later change.
    is_ahead: bool,
    secrets: usize,
    /// Where requests went. Of those that make a channel: whether one lives longer for having been renewed, the client may
    /// doubt.
    requests: BTreeMap<u32, Endpoint>,
    /// Topics were refused as a whole, or an answer about them says nothing: what the service has of them the client can
    /// only guess.
    guesses: bool,
    /// Sockets that opened.
    opened: BTreeSet<u32>,
    /// Sockets of channels in a row that opened and said nothing, until the client gave them up, and it asked nobody why.
    mute: u32,
    /// The last call of the API was put off, perhaps for an hour by the client's clock: it asks nobody for so long.
    is_put_off: bool,
}

/// How long a channel lives, as the client must think.
#[derive(Clone, Copy, Default)]
struct Channel {
    /// Since when it is there, as `World::aging` counts.
    since: u64,
    /// How long from then, ms: the client's clock may be ahead of the service's.
    life: u64,
    /// Until when the token lives that it was made with, as `World::aging` counts.
    token_until: u64,
}

impl Channel {
    fn ends_soon(&self, now: u64) -> bool {
        self.token_until <= now + SUCCESSION || now >= self.since + self.life - self.life / 24
    }
}

impl Watch {
    pub(super) fn new(channel_life: u64) -> Self {
        Self {
            events: BTreeMap::new(),
            heard: 0,
            listening: BTreeSet::new(),
            given_until: 0,
            channel: Channel { life: channel_life, ..Channel::default() },
            before: Channel::default(),
            is_new: false,
            has_spare: false,
            addresses: BTreeMap::new(),
            dialled: String::new(),
            opened_at: String::new(),
            changes: 0,
            confirmed: BTreeSet::new(),
            is_ahead: false,
            secrets: 0,
            requests: BTreeMap::new(),
            guesses: false,
            opened: BTreeSet::new(),
            mute: 0,
            is_put_off: false,
        }
    }

    pub(super) fn happened(&mut self, correlation: String, event: u64) {
        self.events.insert(correlation, event);
    }

    /// What happened last.
    pub(super) fn latest(&self) -> Option<u64> {
        self.events.values().max().copied()
    }

    /// Whether the application was told of this, or of something later.
    pub(super) fn has_heard(&self, event: Option<u64>) -> bool {
        Some(self.heard) >= event
    }

    /// The topic for whose sake the application believes to hear of what happens under a name.
    pub(super) fn listens_for(&self, name: &str) -> Option<&str> {
        let wanted = self.listening.iter().find(|topic| super::topics::names(topic).any(|own| own == name));
        wanted.map(String::as_str)
    }

    pub(super) fn guesses(&self) -> bool {
        self.guesses
    }

    /// Whether the client may believe to be subscribed before it is.
    pub(super) fn is_ahead(&self) -> bool {
        self.is_ahead
    }

    /// The application changes its mind: what goes and what comes has a frame each.
    pub(super) fn changes(&mut self) {
        self.changes = (self.changes + 2).min(CHANGES);
    }

    pub(super) fn unwanted(&mut self, topic: &str) {
        self.listening.remove(topic);
    }

    pub(in crate::world) fn token_given(&mut self, until: u64) {
        self.given_until = until;
    }

    /// Whether one more secret is looked for.
    pub(in crate::world) fn minds_another_secret(&mut self) -> bool {
        let minds = self.secrets < SECRETS;
        self.secrets += usize::from(minds);
        minds
    }
}

impl World {
    /// Looks at what the application is told: which topics it believes to hear of.
    pub(in crate::world) fn sees_topics(&mut self) {
        let Some(stream) = &mut self.stream else { return };
        if self.client.state() != State::Connected {
            if self.client.state() == State::Closed {
                stream.watch.listening.clear();
            }
            return;
        }
        for topic in self.client.topics() {
            match topic.state {
                "subscribed" => {
                    stream.watch.listening.insert(topic.topic);
                }
                "refused" if stream.watch.listening.remove(&topic.topic) => {
                    self.checkers.see(self.now, &Seen::Unwanted(&topic.topic));
                }
                _ => {}
            }
        }
    }

    /// The application was told of an event.
    pub(in crate::world) fn sees_event(&mut self, correlation: Option<&str>) {
        let Some(stream) = &mut self.stream else { return };
        if let Some(event) = correlation.and_then(|id| stream.watch.events.get(id)).copied() {
            stream.watch.heard = stream.watch.heard.max(event);
            *self.ends.entry("told").or_default() += 1;
            self.checkers.see(self.now, &Seen::EventTold(event));
        }
    }

    /// A frame reached the client on this socket; none: it cannot be read.
    pub(in crate::world) fn sees_frame(&mut self, socket: u32, frame: Option<&value::Value>) {
        let Some(stream) = &mut self.stream else { return };
        stream.watch.mute = 0;
        let Some(frame) = frame else { return };
        if let Some(event) = streams::correlation(frame).and_then(|id| stream.watch.events.get(id)).copied() {
            self.checkers.see(self.now, &Seen::EventCame { event, socket });
        }
        if let Some(topics) = streams::confirmed(frame) {
            // What waits for the word that nothing is wanted does not wait for ever, and it may come later.
            let topics = format!("{topics:?}");
            stream.watch.is_ahead |= topics == "List([])" || !stream.watch.confirmed.insert(topics);
        }
        if streams::is_closing(frame) {
            self.checkers.see(self.now, &Seen::Handover);
        }
        if streams::refuses_token(frame) {
            self.checkers.see(self.now, &Seen::TokenRefused);
            self.checkers.see(self.now, &Seen::Grounds("token_revoked"));
        }
    }

    /// Whether a frame tells the end of a channel that is not this socket's: that is nothing to the client.
    pub(in crate::world) fn is_about_another(&self, socket: u32, frame: Option<&value::Value>) -> bool {
        let named = frame.filter(|_| self.stream.is_some()).and_then(streams::evicted);
        let address = self.stream.as_ref().and_then(|stream| stream.watch.addresses.get(&socket));
        named.zip(address).is_some_and(|(id, address)| !address.ends_with(id))
    }

    /// What a frame says may be the end of the client: not where it is about a socket that another has taken over from or
    /// is to, nor where the client is to come back, if not at once.
    pub(in crate::world) fn sees_code(&mut self, socket: u32, code: u16) {
        let evicted = self.dialect.ends(code) == Some("evicted");
        if evicted {
            self.checkers.see(self.now, &Seen::Grounds("evicted"));
        }
        let Some(stream) = &self.stream else { return self.see_end(code) };
        if evicted && (self.links.has_later(socket) || stream.watch.has_spare) {
            return;
        }
        if evicted && stream.returns {
            return self.checkers.see(self.now, &Seen::MakesRoom);
        }
        self.see_end(code);
    }

    /// Whether a frame tells of topics since the application has changed its mind, which it may as often as it likes.
    pub(in crate::world) fn follows_a_change(&mut self, frame: &str) -> bool {
        let Some(watch) = self.stream.as_mut().map(|stream| &mut stream.watch) else { return false };
        let follows = streams::tells_topics(frame) && watch.changes > 0;
        watch.changes -= u32::from(follows);
        follows
    }

    pub(in crate::world) fn sees_request(&mut self, request: u32, endpoint: Endpoint) {
        if let Some(stream) = &mut self.stream {
            stream.watch.requests.insert(request, endpoint);
            (stream.watch.mute, stream.watch.is_put_off) = (0, false);
        }
    }

    pub(in crate::world) fn sees_opening(&mut self, socket: u32) {
        if let Some(stream) = &mut self.stream {
            stream.watch.opened.insert(socket);
            stream.watch.confirmed.clear();
            stream.watch.is_ahead = false;
            // From one channel to another; the same one has only one socket at a time.
            let takes_over = stream.has_channels && stream.watch.opened_at != stream.watch.dialled;
            stream.watch.dialled.clone_into(&mut stream.watch.opened_at);
            stream.watch.has_spare &= !takes_over;
            self.checkers.see(self.now, &Seen::Opened { socket, takes_over });
        }
    }

    /// The client lets go of a socket.
    pub(in crate::world) fn sees_release(&mut self, socket: u32) {
        let Some(stream) = &mut self.stream else { return };
        if !stream.watch.opened.remove(&socket) {
            return self.checkers.see(self.now, &Seen::Unopened);
        }
        stream.watch.mute += u32::from(stream.has_channels && !stream.watch.is_put_off);
        if stream.watch.mute > MUTE {
            self.checkers.see(self.now, &Seen::Astray("a channel that says nothing is dialled again and again"));
        }
    }

    /// A socket ended by itself.
    pub(in crate::world) fn sees_close(&mut self, socket: u32, code: u16) {
        let Some(stream) = &mut self.stream else { return };
        if !stream.watch.opened.remove(&socket) {
            self.checkers.see(self.now, &Seen::Unopened);
        } else if matches!(code, 1008 | 3000 | 4001 | 4401) {
            self.checkers.see(self.now, &Seen::TokenRefused);
        }
    }

    /// An answer reached the client.
    pub(in crate::world) fn sees_answer(&mut self, request: u32, answer: &HttpAnswer, word: bool) {
        // What somebody else says is nothing that the client may go by.
        let status = if word { answer.status } else { 0 };
        let (clock, life) = (self.clock(), self.service.config().streams.channel_life);
        let now = self.aging();
        let ahead = clock.wall.saturating_sub(EPOCH + self.now);
        let Some(stream) = &mut self.stream else { return self.see_end(status) };
        let watch = &mut stream.watch;
        let token_until = watch.given_until;
        let endpoint = watch.requests.remove(&request);
        watch.is_put_off = matches!(status, 0 | 429 | 500..) || matches!(status, 200..=299) && answer.json().is_none();
        let is_done = (200..300).contains(&status);
        let named = answer.json().and_then(|body| body.get("id"));
        if endpoint == Some(Endpoint::Guests) && is_done && named.is_some() {
            // One that was made and never dialled is nobody's predecessor.
            if !std::mem::replace(&mut watch.is_new, true) {
                watch.before = watch.channel;
            }
            watch.channel = Channel { since: now, life: life.saturating_sub(ahead), token_until };
            watch.has_spare = true;
        }
        if endpoint == Some(Endpoint::Subscriptions) {
            let says_which = answer.json().is_some_and(|body| body.get("entities").is_some());
            watch.guesses |= is_done && !says_which || matches!(status, 400..=499);
        }
        if status == 401 {
            self.checkers.see(self.now, &Seen::TokenRefused);
        }
        if matches!(status, 404 | 410) {
            self.checkers.see(self.now, &Seen::Grounds("channel_replaced"));
        }
        // What is said of topics ends nothing, nor what is said of the question whether a channel is there, but who may.
        match (endpoint, status) {
            (Some(Endpoint::Subscriptions), status) if status != 401 => {}
            (Some(Endpoint::Probe), status) if !matches!(status, 401 | 403) => {}
            // Where channels are made, none can be gone.
            (Some(Endpoint::Guests), 404) => self.checkers.see(self.now, &Seen::Final("refused")),
            _ => self.see_end(status),
        }
    }

    /// A socket is about to be asked for: what ends soon is replaced before.
    pub(in crate::world) fn sees_succession(&mut self, socket: u32, address: &str) {
        let now = self.aging();
        let Some(watch) = self.stream.as_mut().map(|stream| &mut stream.watch) else { return };
        // The next channel was made with the next token, however long ago: the machine may have slept.
        let is_other = watch.dialled != address;
        let is_new = watch.is_new && is_other;
        watch.is_new &= !is_other;
        address.clone_into(&mut watch.dialled);
        watch.addresses.insert(socket, address.to_owned());
        if watch.channel.ends_soon(now) || is_new && watch.before.ends_soon(now) {
            self.checkers.see(self.now, &Seen::Handover);
        }
    }
}
