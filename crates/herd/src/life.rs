//! One real core through the outage: connected and idle for a while, struck, trying, back. The network takes the same
//! time for all, so that it spreads nobody.

use guestwire_core::Client;
use guestwire_core::config::Config;
use guestwire_core::connection::State;
use guestwire_core::io::{AnswerBody, Frame, HttpAnswer, Input, Output};
use guestwire_core::time::Now;
use guestwire_core::value::Value;

use crate::chance::Chance;
use crate::figures::{Figures, HORIZON};
use crate::herd::{Manner, Outage};

/// When every world begins, epoch ms.
const EPOCH: u64 = 1_795_262_400_000;
/// When the outage begins, ms of the world.
const STRIKES: u64 = 100_000;
/// The clients connect within this time, one heartbeat's interval, so that no two beat together.
const CONNECT_WITHIN: u64 = 20_000;
/// From a handshake, a request or a frame to its answer, ms.
pub(crate) const ROUND_TRIP: u64 = 50;
/// Guest sessions live for an hour and were made in the hour before, all but the last two minutes of it: some end
/// while the outage lasts.
const SESSION_LEFT: (u64, u64) = (220, 3_600);

pub(crate) struct World {
    client: Client,
    now: u64,
    session_left: u64,
    /// What is on its way to the client.
    coming: Vec<(u64, Input)>,
    socket: u32,
}

impl World {
    pub(crate) fn new(config: &Config, chance: &mut Chance) -> Self {
        let now = Now { monotonic: 0, wall: EPOCH };
        let (least, most) = SESSION_LEFT;
        Self {
            client: Client::new(config.clone(), chance.bytes(), now),
            now: 0,
            session_left: least + chance.below(most - least),
            coming: Vec::new(),
            socket: 0,
        }
    }

    fn clock(&self) -> Now {
        Now { monotonic: self.now, wall: EPOCH + self.now }
    }

    pub(crate) fn connect(&mut self) {
        self.client.connect(self.clock());
    }

    pub(crate) fn into_client(self) -> Client {
        self.client
    }

    /// Lets time pass until `end`, or until `enough`. Each attempt is shown to `taken`, which says whether the service
    /// takes it.
    pub(crate) fn run(
        &mut self,
        end: u64,
        unanswered: bool,
        mut taken: impl FnMut(u64) -> bool,
        enough: impl Fn(&Client) -> bool,
    ) {
        self.drain(unanswered, &mut taken);
        while !enough(&self.client) {
            let network = self.coming.iter().map(|(at, _)| *at).min();
            let client = self.client.next_wake().map(|at| at.max(self.now));
            let Some(next) = [network, client].into_iter().flatten().min().filter(|&at| at <= end) else { break };
            self.now = next;
            let place = self.coming.iter().position(|(at, _)| *at == next);
            let input = place.map_or(Input::Time, |place| self.coming.remove(place).1);
            self.client.handle(self.clock(), input);
            self.drain(unanswered, &mut taken);
        }
        if !enough(&self.client) {
            self.now = end;
        }
    }

    fn drain(&mut self, unanswered: bool, taken: &mut impl FnMut(u64) -> bool) {
        while let Some(output) = self.client.poll_output() {
            let input = match output {
                Output::OpenSocket(generation, _) => {
                    self.socket = generation;
                    match taken(self.now) {
                        true => Input::SocketOpened(generation),
                        false if unanswered => continue,
                        false => Input::SocketClosed(generation, 1006, None),
                    }
                }
                Output::Request(id, request) => match taken(self.now) {
                    true if request.url.expose().ends_with("/guests") => Input::Answered(id, self.session_granted()),
                    true => Input::Answered(id, answer(Value::Map(Vec::new()))),
                    false if unanswered => continue,
                    false => Input::Unanswered(id, None),
                },
                // A frame leaves on a socket that is open, and the service is there; the message of a struck client is
                // the one exception, and what it gets is thrown away with its socket.
                Output::SendFrame(generation, text) => Input::SocketFrame(generation, self.frame_answered(&text)),
                Output::Upload(..)
                | Output::ReleaseFile(_)
                | Output::AbortRequest(_)
                | Output::CloseSocket(..)
                | Output::RequestToken(..)
                | Output::Event(_) => {
                    continue;
                }
            };
            self.coming.push((self.now + ROUND_TRIP, input));
        }
    }

    /// All sockets end, and with them what was on its way.
    fn strike(&mut self) {
        self.coming.clear();
        self.client.handle(self.clock(), Input::SocketClosed(self.socket, 1006, None));
    }

    fn session_granted(&self) -> HttpAnswer {
        let text = |name: &str, value: &str| (name.to_owned(), Value::Text(value.to_owned()));
        answer(Value::Map(vec![
            // As long as the service's.
            text("webchatInstanceId", "7f9c24e8-3b12-4fd5-8c5a-3f0e9d1b6a47"),
            text("token", "Zm9ydHktdGhyZWUtY2hhcmFjdGVycy1vZi1yYW5kb20tYml0cw"),
            ("expiresIn".to_owned(), Value::Number(self.session_left as f64)),
        ]))
    }

    fn frame_answered(&self, text: &str) -> Frame {
        let member = |name: &str, value: Value| (name.to_owned(), value);
        let kind = |kind: &str| member("type", Value::Text(kind.to_owned()));
        let named = text.split_once(r#""messageId":""#).and_then(|(_, rest)| rest.get(..36));
        let body = match named {
            Some(id) => vec![kind("messageReceived"), member("messageId", Value::Text(id.to_owned()))],
            None => {
                let timestamp = Value::Number((EPOCH + self.now) as f64);
                vec![kind("KEEP_ALIVE_ACK"), member("timestamp", timestamp)]
            }
        };
        Frame { bytes: 80, body: Ok(Value::Map(body)) }
    }
}

fn answer(body: Value) -> HttpAnswer {
    HttpAnswer { status: 200, body: AnswerBody::Json(body), ..HttpAnswer::default() }
}

/// One client. Figures are told times since the outage began.
pub(crate) fn survive(outage: &Outage, config: &Config, chance: &mut Chance, figures: &mut Figures) {
    let mut world = World::new(config, chance);
    let ready = |client: &Client| client.state() == State::Connected;
    world.now = chance.below(CONNECT_WITHIN);
    world.connect();
    world.run(STRIKES - ROUND_TRIP / 2, false, |_| true, |_| false);
    assert!(ready(&world.client), "a client is not connected when the outage begins");
    if outage.talking {
        world.client.send(world.clock(), "Hello?").expect("an idle client takes a message");
    }
    world.run(STRIKES, false, |_| true, |_| false);
    world.strike();

    let mut arrived = false;
    let end = STRIKES + outage.lasts + HORIZON;
    world.run(end, outage.manner == Manner::Unanswered, |at| figures.contact(at - STRIKES, &mut arrived), ready);
    figures.done(ready(&world.client).then(|| world.now - STRIKES));
}
