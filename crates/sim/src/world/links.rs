//! Sockets between client and service: two ways each ([`super::way`]), and how they break.

use std::collections::BTreeMap;

use guestwire_core::content::Content;
use guestwire_core::io::{Frame as CoreFrame, Input};
use guestwire_core::protocol::Address;
use guestwire_core::value::{self, Unreadable};

use super::dialect::Handshake;
use super::way::{Passage, Way};
use super::{Happening, World};
use crate::checkers::Seen;
use crate::service::{ConnectionId, Cut, Frame, Incoming, Output};

/// The head of an HTTP request or answer with what browsers and servers put into it, bytes.
pub(super) const HTTP_HEAD: u64 = 600;
/// A service that no end reaches finds out by itself that a connection is dead, ms.
const FOUND_DEAD_AFTER: u64 = 60_000;
/// When a machine gives up sending what nobody acknowledges, ms (Linux, `tcp_retries2`).
const GIVES_UP_AFTER: u64 = 924_600;

#[derive(Default)]
pub(super) struct Link {
    connection: Option<ConnectionId>,
    up: Way,
    down: Way,
    /// The client knows of its end, or let go.
    detached: bool,
    /// Since when, ms.
    detached_at: u64,
    /// The client's machine has found out that nobody acknowledges what it sends.
    doomed: bool,
}

#[derive(Default)]
pub(super) struct Links {
    by_generation: BTreeMap<u32, Link>,
    by_connection: BTreeMap<ConnectionId, u32>,
    /// The next connection will end at this byte of this way.
    cut_next: Option<(bool, u64)>,
}

impl Links {
    /// The client's ends of these connections, by the numbers that the service has for them.
    pub(super) fn carrying(&self, connections: &[u64]) -> Vec<u32> {
        let wanted = self.by_connection.iter().filter(|(id, _)| connections.contains(&id.number()));
        wanted.map(|(_, generation)| *generation).collect()
    }

    /// Whether the client has a later socket.
    pub(super) fn has_later(&self, generation: u32) -> bool {
        self.by_generation.range(generation + 1..).any(|(_, link)| !link.detached)
    }

    /// Whether what the client says vanishes, and what the service says comes: nobody finds out before the machine gives up.
    pub(super) fn is_unheard(&self) -> bool {
        self.by_generation.values().any(|link| !link.detached && link.up.dead)
    }

    /// The connections that the client has; the service may take longer to find out that others are gone.
    pub(super) fn live(&self) -> Vec<ConnectionId> {
        let kept = |generation: &u32| self.by_generation.get(generation).is_some_and(|link| !link.detached);
        self.by_connection.iter().filter(|(_, generation)| kept(generation)).map(|(id, _)| *id).collect()
    }
}

/// How a link breaks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Break {
    /// Both ends are told at once, and what was on its way is lost.
    Cut,
    /// What the client sends vanishes.
    UpDead,
    /// What the service sends vanishes.
    DownDead,
    /// Both.
    Dead,
    /// Nothing passes for so long; then all of it does.
    Stalled(u64),
    /// The connection ends after so many more bytes one way; where there is none, the next one does.
    AtByte { up: bool, bytes: u64 },
}

/// RFC 6455, 5.2: two bytes, more where the payload is longer, and a mask from the client.
fn framed(bytes: usize, masked: bool) -> u64 {
    let length = match bytes {
        0..126 => 0,
        126..65_536 => 2,
        _ => 8,
    };
    bytes as u64 + 2 + length + if masked { 4 } else { 0 }
}

impl World {
    pub(super) fn open_link(&mut self, generation: u32, address: &Address) {
        self.links.by_generation.insert(generation, Link::default());
        if self.network.one_in(self.weather.handshake_hangs) {
            return;
        }
        let handshake = Box::new(self.dialect.handshake(address));
        let slow = if self.network.one_in(6) { self.network.below(self.weather.slow_handshake) } else { 0 };
        let delay = 2 * self.latency() + self.weather.transmission(HTTP_HEAD) + slow;
        self.at(delay, Happening::Handshake(generation, handshake));
    }

    pub(super) fn handshake(&mut self, generation: u32, handshake: &Handshake) {
        let delay = self.latency() + self.weather.transmission(HTTP_HEAD);
        if self.service.is_down(self.now) {
            return self.at(delay, Happening::SocketEnds(generation, 1006));
        }
        match self.dialect.open(&mut self.service, self.now, handshake) {
            Err(answer) if self.shows_causes => {
                let answer = Box::new(self.refusal(&answer));
                self.at(delay, Happening::SocketRefused(generation, answer));
            }
            Err(_) => self.at(delay, Happening::SocketEnds(generation, 1006)),
            Ok(connection) => {
                self.links.by_connection.insert(connection, generation);
                let cut = self.links.cut_next.take();
                if let Some(link) = self.links.by_generation.get_mut(&generation) {
                    link.connection = Some(connection);
                    link.down.ends(self.now, delay);
                    match cut {
                        Some((true, bytes)) => link.up.cut_after(bytes),
                        Some((false, bytes)) => link.down.cut_after(bytes),
                        None => {}
                    }
                    // The client gave up meanwhile: the service learns of it like of any close.
                    if link.detached {
                        self.at(delay, Happening::ClientGone(generation));
                    }
                }
                self.at(delay, Happening::SocketOpens(generation));
            }
        }
        self.serve();
    }

    pub(super) fn send_up(&mut self, generation: u32, text: String) {
        let (now, latency) = (self.now, self.latency());
        let is_stream = self.stream.is_some();
        let Some(link) = self.links.by_generation.get_mut(&generation) else { return };
        // Nothing else ends a stream that hears nothing, of a service that it does not know to answer.
        let is_dead = link.up.dead || link.down.dead;
        if is_stream && is_dead && !std::mem::replace(&mut link.doomed, true) {
            self.order += 1;
            self.queue.insert((now + GIVES_UP_AFTER, self.order), Happening::SocketEnds(generation, 1006));
        }
        match link.up.carry(now, framed(text.len(), true), &self.weather, latency) {
            Passage::Arrives(at) => self.at(at - now, Happening::Up(generation, text)),
            Passage::Breaks(at) => self.at(at - now, Happening::Breaks(generation)),
            Passage::Vanishes => {}
        }
    }

    pub(super) fn arrives_up(&mut self, generation: u32, text: &str) {
        let Some(link) = self.links.by_generation.get(&generation).filter(|link| !link.up.discards) else { return };
        if link.detached && self.now >= link.detached_at + self.copies_arrive_within {
            return;
        }
        if self.told {
            eprintln!("{:>9} arrives on {generation}: {text}", self.now);
        }
        if let Some(connection) = link.connection {
            self.service.receive(self.now, connection, Incoming::Text(text));
            self.serve();
        }
    }

    /// The client lets go: what it sent before still arrives, or is lost with the socket.
    pub(super) fn release_link(&mut self, generation: u32) {
        let (latency, lost) = (self.latency(), self.network.one_in(2));
        let now = self.now;
        let Some(link) = self.links.by_generation.get_mut(&generation) else { return };
        (link.detached, link.detached_at) = (true, now);
        let delay = if link.up.dead { FOUND_DEAD_AFTER } else { link.up.ends(now, latency) - now };
        link.up.dead = true;
        link.up.discards |= lost;
        self.at(delay, Happening::ClientGone(generation));
    }

    pub(super) fn client_gone(&mut self, generation: u32) {
        let connection = self.links.by_generation.get_mut(&generation).and_then(|link| link.connection.take());
        if let Some(connection) = connection {
            self.links.by_connection.remove(&connection);
            self.service.socket_gone(connection);
            self.serve();
        }
    }

    /// What the service wants done with sockets.
    pub(super) fn serve(&mut self) {
        while let Some(output) = self.service.poll() {
            match output {
                Output::Send { connection, frame, .. } => match frame {
                    Frame::Text(text) => {
                        self.sees_addresses(&text);
                        let bytes = framed(text.len(), false);
                        self.send_down(connection, bytes, |generation| Happening::Down(generation, text));
                    }
                    Frame::Binary(payload) => {
                        let bytes = payload.len();
                        let what = |generation| Happening::DownBinary(generation, bytes);
                        self.send_down(connection, framed(bytes, false), what);
                    }
                },
                Output::Close { connection, code, .. } => self.end_down(connection, code),
                Output::Cut { connection, how } => {
                    if how == Cut::Reset {
                        self.cut(connection);
                    } else {
                        self.end_down(connection, 1006);
                    }
                }
                // The service neither reads nor answers by itself from here on.
                Output::Silence { .. } => {}
                Output::Restart { .. } => {
                    let all: Vec<ConnectionId> = self.links.by_connection.keys().copied().collect();
                    all.into_iter().for_each(|connection| self.cut(connection));
                }
            }
        }
        let ledger = self.service.ledger();
        for entry in &ledger[self.ledger_seen..] {
            if self.told {
                eprintln!("{:>9} taken: {} via {:?}", self.now, entry.message_id, entry.via);
            }
            self.checkers.see(self.now, &Seen::Taken(self.dialect.taken(entry)));
            let parts = entry.structured.as_ref().and_then(|parts| parts.as_array());
            for file in parts.into_iter().flatten().filter_map(|part| part["attachment"]["id"].as_str()) {
                self.checkers.see(self.now, &Seen::FileTaken(file));
            }
        }
        self.ledger_seen = ledger.len();
    }

    fn send_down(&mut self, connection: ConnectionId, bytes: u64, what: impl FnOnce(u32) -> Happening) {
        let (now, latency) = (self.now, self.latency());
        let Some(&generation) = self.links.by_connection.get(&connection) else { return };
        let Some(link) = self.links.by_generation.get_mut(&generation) else { return };
        match link.down.carry(now, bytes, &self.weather, latency) {
            Passage::Arrives(at) => self.at(at - now, what(generation)),
            Passage::Breaks(at) => self.at(at - now, Happening::Breaks(generation)),
            Passage::Vanishes => {}
        }
    }

    fn end_down(&mut self, connection: ConnectionId, code: u16) {
        self.send_down(connection, framed(0, false) + 2, |generation| Happening::SocketEnds(generation, code));
        self.unbind(connection);
    }

    fn unbind(&mut self, connection: ConnectionId) -> Option<u32> {
        let generation = self.links.by_connection.remove(&connection)?;
        let link = self.links.by_generation.get_mut(&generation)?;
        link.connection = None;
        Some(generation)
    }

    /// The connection is reset: what is on its way is lost, either way.
    fn cut(&mut self, connection: ConnectionId) {
        let Some(generation) = self.unbind(connection) else { return };
        let Some(link) = self.links.by_generation.get_mut(&generation) else { return };
        let reaches = !link.down.dead;
        for way in [&mut link.up, &mut link.down] {
            (way.dead, way.discards) = (true, true);
        }
        if reaches {
            let delay = self.latency();
            self.at(delay, Happening::SocketEnds(generation, 1006));
        }
    }

    /// A way ended in the middle of a frame: what left before it arrives, and then both ends learn of it.
    pub(super) fn breaks_in_a_frame(&mut self, generation: u32) {
        let (now, latency) = (self.now, self.latency());
        let Some(link) = self.links.by_generation.get_mut(&generation) else { return };
        if self.told {
            eprintln!("{now:>9} {generation} is cut in a frame");
        }
        (link.up.dead, link.down.dead) = (true, true);
        let (up, down) = (link.up.ends(now, latency), link.down.ends(now, latency));
        self.at(down - now, Happening::SocketEnds(generation, 1006));
        self.at(up - now, Happening::ClientGone(generation));
    }

    /// Breaks the link that there is.
    pub(super) fn break_link(&mut self, how: Break) {
        let now = self.now;
        let present =
            self.links.by_connection.iter().next_back().map(|(&connection, &generation)| (connection, generation));
        let link = present.and_then(|(_, generation)| self.links.by_generation.get_mut(&generation));
        let (Some((connection, _)), Some(link)) = (present, link) else {
            if let Break::AtByte { up, bytes } = how {
                self.links.cut_next = Some((up, bytes));
            }
            return;
        };
        match how {
            Break::Cut => {
                self.cut(connection);
                self.service.socket_gone(connection);
            }
            Break::UpDead => link.up.dead = true,
            Break::DownDead => (link.down.dead, link.down.discards) = (true, true),
            Break::Dead => {
                (link.up.dead, link.down.dead) = (true, true);
                link.down.discards = true;
            }
            Break::Stalled(ms) => [&mut link.up, &mut link.down].into_iter().for_each(|way| way.stall(now + ms)),
            Break::AtByte { up: true, bytes } => link.up.cut_after(bytes),
            Break::AtByte { up: false, bytes } => link.down.cut_after(bytes),
        }
    }

    /// A frame reaches the client's machine.
    pub(super) fn arrives_down(&mut self, generation: u32, text: &str) {
        let lost = self.links.by_generation.get(&generation).is_none_or(|link| link.down.discards);
        if !lost {
            if self.told {
                eprintln!("{:>9} comes on {generation}: {text}", self.now);
            }
            let body = value::read(text, self.client.max_frame());
            let frame = CoreFrame { bytes: text.len(), body };
            self.tell(if self.client.quotes() && frame.body.is_ok() {
                Input::SocketText(generation, frame, Content::new(text.to_owned()))
            } else {
                Input::SocketFrame(generation, frame)
            });
        }
    }

    /// A frame that is no text reaches it.
    pub(super) fn arrives_binary(&mut self, generation: u32, bytes: usize) {
        let lost = self.links.by_generation.get(&generation).is_none_or(|link| link.down.discards);
        if !lost {
            if self.told {
                eprintln!("{:>9} comes on {generation}: {bytes} bytes that are no text", self.now);
            }
            self.tell(Input::SocketFrame(generation, CoreFrame { bytes: 0, body: Err(Unreadable::Binary) }));
        }
    }

    /// Whether the client still listens to a socket.
    pub(super) fn listens(&self, generation: u32) -> bool {
        self.links.by_generation.get(&generation).is_some_and(|link| !link.detached)
    }

    pub(super) fn detach(&mut self, generation: u32) {
        let now = self.now;
        if let Some(link) = self.links.by_generation.get_mut(&generation) {
            (link.detached, link.detached_at) = (true, now);
        }
    }
}
