//! Days in the life of the service, drawn from seeds: whatever guests, agents and links do, each message that was
//! taken is in the ledger and in its session's history once, and reached each connection of that session once.

use std::collections::BTreeMap;

use guestwire_sim::service::{ConnectionId, Speech, WebMessagingConfig};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};

use super::world::{DEPLOYMENT, World, config, text};

const TOKENS: [&str; 3] = ["one", "two", "three"];

struct Day {
    world: World,
    chance: ChaCha8Rng,
    /// The sockets that their guests hold to be open, and whose they are.
    sockets: BTreeMap<ConnectionId, &'static str>,
    said: u32,
    taken: usize,
}

impl Day {
    fn new(seed: u64) -> Self {
        let config = WebMessagingConfig { session_life: 600, ..config() };
        Self {
            world: World::new(config),
            chance: ChaCha8Rng::seed_from_u64(seed),
            sockets: BTreeMap::new(),
            said: 0,
            taken: 0,
        }
    }

    fn below(&mut self, end: usize) -> usize {
        (self.chance.next_u32() as usize) % end
    }

    /// In which session each open socket is.
    fn sessions(&self) -> BTreeMap<u64, String> {
        let report = self.world.service.connections(self.world.now).connections;
        let open = report.into_iter().filter(|connection| connection.state == "open");
        open.map(|connection| (connection.connection, connection.conversation)).collect()
    }

    fn session(&self, socket: ConnectionId) -> Option<String> {
        let number: u64 = socket.to_string().parse().expect("a number");
        self.sessions().get(&number).filter(|session| !session.is_empty()).cloned()
    }

    fn some_socket(&mut self) -> Option<(ConnectionId, &'static str)> {
        let sockets: Vec<_> = self.sockets.iter().map(|(id, token)| (*id, *token)).collect();
        if sockets.is_empty() { None } else { Some(sockets[self.below(sockets.len())]) }
    }

    fn step(&mut self) {
        match self.below(20) {
            0..=3 => {
                let token = TOKENS[self.below(TOKENS.len())];
                let socket = self.world.open();
                let start_new = self.below(8) == 0;
                self.world.configure(socket, token, start_new);
                self.sockets.insert(socket, token);
            }
            4 => {
                if let Some((socket, _)) = self.some_socket() {
                    // Perhaps another guest's from now on.
                    let token = TOKENS[self.below(TOKENS.len())];
                    let start_new = self.below(4) == 0;
                    let frame =
                        json!({ "action": "configureSession", "deploymentId": DEPLOYMENT, "startNew": start_new });
                    self.world.ask(socket, token, frame);
                    self.sockets.insert(socket, token);
                }
            }
            5 => {
                if let Some((socket, _)) = self.some_socket() {
                    self.world.service.socket_gone(socket);
                    self.sockets.remove(&socket);
                }
            }
            6 => self.world.pass(u64::from(self.chance.next_u32()) % 700_000),
            7 => {
                let presence = ["Clear", "Join"][self.below(2)];
                if let Some((socket, token)) = self.some_socket() {
                    let event = json!({ "eventType": "Presence", "presence": { "type": presence } });
                    let message = json!({ "type": "Event", "events": [event] });
                    self.world.ask(socket, token, json!({ "action": "onMessage", "message": message }));
                }
            }
            8 => {
                if let Some((socket, token)) = self.some_socket() {
                    let all = self.below(2) == 0;
                    self.world.ask(socket, token, json!({ "action": "closeSession", "closeAllConnections": all }));
                }
            }
            9 => {
                let event = json!({ "eventType": "Presence", "presence": { "type": "Disconnect" } });
                let message = json!({ "type": "Event", "events": [event], "metadata": { "readOnly": "true" } });
                let token = TOKENS[self.below(TOKENS.len())];
                let _ = self.world.service.say(self.world.now, Some(token), Speech::Message(&message), None);
            }
            10 => self.world.fault(json!({ "fault": "expire_session", "conversation": TOKENS[1] })),
            11..=13 => self.agent_speaks(),
            _ => self.guest_speaks(),
        }
        self.nobody_hears_more();
        let mut crowds: BTreeMap<String, usize> = BTreeMap::new();
        for session in self.sessions().into_values().filter(|session| !session.is_empty()) {
            *crowds.entry(session).or_default() += 1;
        }
        assert!(crowds.values().all(|crowd| *crowd <= 3), "{crowds:?}");
    }

    /// What the sockets still have to hear is none of it a text.
    fn nobody_hears_more(&mut self) {
        for socket in self.sockets.keys().copied().collect::<Vec<_>>() {
            let texts = self.texts(socket);
            assert!(texts.is_empty(), "unlooked for: {texts:?}");
        }
    }

    fn texts(&mut self, socket: ConnectionId) -> Vec<String> {
        let heard = self.world.heard(socket).into_iter();
        let texts = heard.filter(|frame| frame["type"] == "message" && frame["body"]["type"] == "Text");
        texts.map(|frame| frame["body"]["text"].as_str().expect("a text").to_owned()).collect()
    }

    fn guest_speaks(&mut self) {
        let Some((socket, token)) = self.some_socket() else {
            return;
        };
        let session = self.session(socket);
        self.said += 1;
        let words = format!("text {}", self.said);
        self.nobody_hears_more();
        let mut frame = text(&words, &words);
        frame["token"] = token.into();
        self.world.say(socket, &frame);
        let taken = self.world.service.ledger().len() > self.taken;
        if taken {
            self.taken += 1;
            let row = &self.world.service.ledger()[self.taken - 1];
            assert_eq!((row.content.as_str(), Some(&row.conversation)), (words.as_str(), session.as_ref()));
        }
        self.heard_in(session.filter(|_| taken), &words);
        if taken {
            let newest = self.world.history(socket, token).into_iter().find(|item| item["type"] == "Text");
            assert_eq!(newest.expect("it is there")["text"], words);
        }
    }

    fn agent_speaks(&mut self) {
        let token = TOKENS[self.below(TOKENS.len())];
        self.said += 1;
        let words = format!("text {}", self.said);
        self.nobody_hears_more();
        let said = self.world.service.say(self.world.now, Some(token), Speech::Text(&words), None);
        let session = said.ok().map(|said| said[0].conversation.clone());
        self.heard_in(session, &words);
    }

    /// Each open connection of the session heard it once, and nobody else.
    fn heard_in(&mut self, session: Option<String>, words: &str) {
        for socket in self.sockets.keys().copied().collect::<Vec<_>>() {
            let concerned = session.is_some() && self.session(socket) == session;
            let heard = self.texts(socket);
            assert_eq!(heard, if concerned { vec![words] } else { vec![] }, "{socket}, {session:?}");
        }
    }
}

#[test]
fn what_is_taken_is_kept_once_and_reaches_its_session_once() {
    let mut taken = 0;
    for seed in 0..40 {
        let mut day = Day::new(seed);
        for _ in 0..400 {
            day.step();
        }
        assert_eq!(day.world.service.ledger().len(), day.taken, "seed {seed}: nothing else was taken");
        assert!(day.world.service.ledger().iter().all(|row| row.copies == 1));
        taken += day.taken;
    }
    assert!(taken > 500, "{taken}");
}

#[test]
fn a_history_read_in_pages_is_the_history() {
    let mut world = World::new(config());
    let guest = world.guest("t");
    let mut chance = ChaCha8Rng::seed_from_u64(1);
    for number in 0..200_u32 {
        if chance.next_u32().is_multiple_of(2) {
            world.agent(&json!({ "type": "Text", "text": number.to_string() }));
        } else {
            world.ask(guest, "t", text("a", &number.to_string()));
        }
    }
    world.heard(guest);
    let jwt = world.jwt(guest, "t");
    for size in [1, 7, 25, 199, 200, 201] {
        let mut read: Vec<Value> = Vec::new();
        let mut page = 1;
        loop {
            let answer = world.history_page(&jwt, &page.to_string(), &size.to_string()).body;
            let entities = answer["entities"].as_array().expect("a list").clone();
            assert_eq!(answer["pageCount"], 200_usize.div_ceil(size));
            if entities.is_empty() {
                break;
            }
            read.extend(entities);
            page += 1;
        }
        let texts: Vec<String> = read.iter().map(|item| item["text"].as_str().expect("a text").to_owned()).collect();
        let all: Vec<String> = (0..200).rev().map(|number| number.to_string()).collect();
        assert_eq!(texts, all, "in pages of {size}");
    }
}
