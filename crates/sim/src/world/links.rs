//! Sockets between client and service: each way has its own latency and its own death, and nothing
//! on one way overtakes what left before it.

use std::collections::BTreeMap;

use guestwire_core::io::{Frame as CoreFrame, Input};
use guestwire_core::protocol::Address;
use guestwire_core::value;

use super::{Happening, World};
use crate::checkers::Seen;
use crate::service::{ConnectionId, Cut, Frame, Incoming, Output, SocketCredential};

#[derive(Default)]
pub(super) struct Link {
    connection: Option<ConnectionId>,
    /// What travels this way vanishes, and nobody says so.
    up_dead: bool,
    down_dead: bool,
    /// The client knows of its end, or let go.
    detached: bool,
    /// When what left last arrives.
    up_at: u64,
    down_at: u64,
}

#[derive(Default)]
pub(super) struct Links {
    by_generation: BTreeMap<u32, Link>,
    by_connection: BTreeMap<ConnectionId, u32>,
}

/// How a link breaks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Break {
    /// Both ends are told at once.
    Cut,
    /// What the client sends vanishes.
    UpDead,
    /// What the service sends vanishes.
    DownDead,
    /// Both.
    Dead,
    /// Nothing passes for so long; then all of it does.
    Stalled(u64),
}

impl World {
    pub(super) fn open_link(&mut self, generation: u32, address: &Address) {
        self.links.by_generation.insert(generation, Link::default());
        if self.chance.one_in(self.weather.handshake_hangs) {
            return;
        }
        let url = address.url.expose();
        let conversation = url.split('/').nth(7).unwrap_or_default().to_owned();
        let token = url.split_once("?access_token=").map_or(String::new(), |(_, token)| token.to_owned());
        let slow = if self.chance.one_in(6) { self.chance.below(self.weather.slow_handshake) } else { 0 };
        let delay = 2 * self.latency() + slow;
        self.at(delay, Happening::Handshake { generation, conversation, token });
    }

    pub(super) fn handshake(&mut self, generation: u32, conversation: &str, token: &str) {
        let delay = self.latency();
        if self.service.is_down(self.now) {
            return self.at(delay, Happening::SocketEnds(generation, 1006));
        }
        match self.service.open_socket(self.now, conversation, SocketCredential::Query(token)) {
            Err(_) => self.at(delay, Happening::SocketEnds(generation, 1006)),
            Ok(connection) => {
                self.links.by_connection.insert(connection, generation);
                if let Some(link) = self.links.by_generation.get_mut(&generation) {
                    link.connection = Some(connection);
                    link.down_at = self.now + delay;
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
        let delay = self.latency();
        let now = self.now;
        let Some(link) = self.links.by_generation.get_mut(&generation).filter(|link| !link.up_dead) else { return };
        link.up_at = link.up_at.max(now + delay);
        let delay = link.up_at - now;
        self.at(delay, Happening::Up(generation, text));
    }

    pub(super) fn arrives_up(&mut self, generation: u32, text: &str) {
        if self.told {
            eprintln!("{:>9} arrives on {generation}: {text}", self.now);
        }
        let connection = self.links.by_generation.get(&generation).and_then(|link| link.connection);
        if let Some(connection) = connection {
            self.service.receive(self.now, connection, Incoming::Text(text));
            self.serve();
        }
    }

    /// The client lets go: what it sent before still arrives, or is lost with the socket.
    pub(super) fn release_link(&mut self, generation: u32) {
        let (delay, lost) = (self.latency(), self.chance.one_in(2));
        let now = self.now;
        let Some(link) = self.links.by_generation.get_mut(&generation) else { return };
        link.detached = true;
        // A service that no end reaches finds out by itself, much later.
        let delay = if link.up_dead { 60_000 } else { (now + delay).max(link.up_at) - now };
        link.up_dead |= lost;
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
                Output::Send { connection, frame } => {
                    if let Frame::Text(text) = frame {
                        self.send_down(connection, |generation| Happening::Down(generation, text));
                    }
                }
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
            self.checkers.see(self.now, &Seen::Taken(&entry.message_id));
        }
        self.ledger_seen = ledger.len();
    }

    fn send_down(&mut self, connection: ConnectionId, what: impl FnOnce(u32) -> Happening) {
        let delay = self.latency();
        let now = self.now;
        let Some(&generation) = self.links.by_connection.get(&connection) else { return };
        let Some(link) = self.links.by_generation.get_mut(&generation).filter(|link| !link.down_dead) else { return };
        link.down_at = link.down_at.max(now + delay);
        let delay = link.down_at - now;
        self.at(delay, what(generation));
    }

    fn end_down(&mut self, connection: ConnectionId, code: u16) {
        self.send_down(connection, |generation| Happening::SocketEnds(generation, code));
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
        let reaches = !link.down_dead;
        (link.up_dead, link.down_dead) = (true, true);
        if reaches {
            let delay = self.latency();
            self.at(delay, Happening::SocketEnds(generation, 1006));
        }
    }

    /// Breaks the link that there is.
    pub(super) fn break_link(&mut self, how: Break) {
        let now = self.now;
        let Some((&connection, &generation)) = self.links.by_connection.iter().next_back() else { return };
        let Some(link) = self.links.by_generation.get_mut(&generation) else { return };
        match how {
            Break::Cut => {
                self.cut(connection);
                self.service.socket_gone(connection);
            }
            Break::UpDead => link.up_dead = true,
            Break::DownDead => link.down_dead = true,
            Break::Dead => (link.up_dead, link.down_dead) = (true, true),
            Break::Stalled(ms) => (link.up_at, link.down_at) = (link.up_at.max(now + ms), link.down_at.max(now + ms)),
        }
    }

    /// A frame reaches the client's machine. A frame on a way that has died since is lost.
    pub(super) fn arrives_down(&mut self, generation: u32, text: &str) {
        let gone = self.links.by_generation.get(&generation).is_none_or(|link| link.down_dead);
        if !gone {
            if self.told {
                eprintln!("{:>9} comes on {generation}: {text}", self.now);
            }
            let body = value::read(text, self.client.max_frame());
            self.tell(Input::SocketFrame(generation, CoreFrame { bytes: text.len(), body }));
        }
    }

    /// Whether the client still listens to a socket.
    pub(super) fn listens(&self, generation: u32) -> bool {
        self.links.by_generation.get(&generation).is_some_and(|link| !link.detached)
    }

    pub(super) fn detach(&mut self, generation: u32) {
        if let Some(link) = self.links.by_generation.get_mut(&generation) {
            link.detached = true;
        }
    }
}
