//! One life: a caller who connects, talks, takes back and leaves, while things go wrong; then peace,
//! in which everything must settle.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hasher};

use guestwire_core::Client;
use guestwire_core::config::Config;
use guestwire_core::connection::State;
use guestwire_core::time::Now;
use guestwire_core::value;
use uuid::Uuid;

use super::chance::Chance;
use super::{CREDENTIAL, EPOCH, Links, Weather, World};
use crate::checkers::{Checkers, Limits, Seen, Violation};
use crate::service::{Service, ServiceConfig};

/// How long after the last fault every message has ended and the client is connected or closed, ms.
/// The longest single wait is a message's time to live, 300 s.
pub const SETTLES_WITHIN: u64 = 400_000;

/// What the service takes, in bytes; the client allows more, so that some messages are refused for good.
const MAX_CONTENT: usize = 200;

/// What became of a life.
#[derive(Debug, Default)]
pub struct Life {
    /// Messages accepted.
    pub accepted: u64,
    /// Messages refused by `send` because the buffer was full or the client closed.
    pub refused: u64,
    /// How many ended how.
    pub ends: BTreeMap<&'static str, u64>,
    /// Things that went wrong.
    pub faults: u64,
    /// Virtual time, ms.
    pub lasted: u64,
    /// How long it took to settle, ms.
    pub settled_in: u64,
    /// A hash of everything that the client did: the same for the same seed.
    pub fingerprint: u64,
    /// What was broken; nothing, one hopes.
    pub violations: Vec<Violation>,
}

/// Leads the life that follows from a seed; `told`: writes it out as it happens, to standard error.
pub fn live(seed: u64, told: bool) -> Life {
    let mut life = Life::default();
    let mut world = World::new(seed);
    world.told = told;
    world.lives(&mut life);
    life.ends = std::mem::take(&mut world.ends);
    life.lasted = world.now;
    life.fingerprint = world.fingerprint.finish();
    life.violations = world.checkers.violations().to_vec();
    life
}

impl World {
    fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let lost = chance.pick(&["resend", "resend", "fail", "resend-uncertain"]);
        let provider = chance.one_in(3);
        let credential = if provider {
            r#"{"kind":"provider"}"#.to_owned()
        } else {
            format!(r#"{{"kind":"bearer","value":"{CREDENTIAL}"}}"#)
        };
        let options = format!(
            r#"{{"host":"chat.example","credential":{credential},"onSessionLost":"{lost}","rest":{},"window":{},"ttl":{},"maxMessages":{},"maxOpens":{}}}"#,
            !chance.one_in(5),
            chance.pick(&[32, 32, 4, 1]),
            chance.pick(&[300_000, 40_000]),
            chance.pick(&[1_000, 20]),
            chance.pick(&[5, 5, 3]),
        );
        let options = value::read(&options, 4_096).expect("the options are JSON");
        let config = Config::from_value(&options).expect("the options are good");
        let limits = Limits {
            opens: config.max_opens,
            messages: config.max_messages,
            bytes: config.max_bytes,
            duplicates_accepted: lost == "resend-uncertain",
        };
        let service = ServiceConfig {
            bearer_tokens: vec![CREDENTIAL.to_owned()],
            token_life: chance.pick(&[3_600, 3_600, 120, 45]),
            rate: chance.pick(&[None, None, Some(5.0), Some(1.0)]),
            heartbeat_ack: !chance.one_in(6),
            echo: chance.one_in(4),
            max_content: MAX_CONTENT,
            ..ServiceConfig::default()
        };
        let now = Now { monotonic: 1_000, wall: EPOCH + 1_000 };
        let mut checkers = Checkers::new(limits);
        checkers.see(now.monotonic, &Seen::Token(CREDENTIAL));
        Self {
            client: Client::new(config, chance.bytes(), now),
            service: Service::new(service, chance.bytes()),
            checkers,
            weather: Weather::calm(chance.pick(&[1, 20, 150])),
            chance,
            links: Links::default(),
            calls: BTreeSet::new(),
            queue: BTreeMap::new(),
            order: 0,
            now: now.monotonic,
            lag: 0,
            wall_error: 0,
            asleep: false,
            inbox: VecDeque::new(),
            throttle: 1,
            ledger_seen: 0,
            steps: (0, 0),
            ends: BTreeMap::new(),
            open_messages: 0,
            fingerprint: DefaultHasher::new(),
            told: false,
        }
    }

    fn lives(&mut self, life: &mut Life) {
        self.connect();
        for _ in 0..5 + self.chance.below(25) {
            self.talk(life);
            let longest = self.chance.pick(&[50, 500, 5_000, 30_000]);
            let pause = self.chance.below(longest);
            self.run(pause);
            if !self.chance.one_in(4) {
                self.fault();
                life.faults += 1;
            }
            if self.chance.one_in(40) {
                self.leave();
            }
            if self.client.state() == State::Closed {
                self.connect();
            }
        }
        self.heal();
        self.settle(life);
        self.talks_again(life);
        // What is still under way in the network arrives, and changes nothing.
        self.run(90_000);
        self.leave();
        self.run(3_000);
        if self.client.state() != State::Closed || self.client.next_wake().is_some() {
            self.checkers.see(self.now, &Seen::Stuck("a client that was closed is not at rest"));
        }
        self.checkers.see(self.now, &Seen::Settled);
    }

    fn connect(&mut self) {
        self.client.connect(self.clock());
        self.drain();
    }

    fn leave(&mut self) {
        let grace = self.chance.pick(&[None, Some(0), Some(500)]);
        self.client.close(self.clock(), grace);
        self.drain();
        let wait = self.chance.below(3_000);
        self.run(wait);
    }

    fn talk(&mut self, life: &mut Life) {
        let burst = self.chance.pick(&[0, 1, 1, 3, 12, 40]);
        let mut said = Vec::new();
        for _ in 0..burst {
            said.extend(self.say(life));
        }
        if self.chance.one_in(4)
            && let Some(&id) = said.last()
        {
            let wait = self.chance.below(2_000);
            self.run(wait);
            self.client.cancel(self.clock(), id);
            self.drain();
        }
    }

    fn say(&mut self, life: &mut Life) -> Option<Uuid> {
        let mut content = format!("message {} of this life", life.accepted);
        if self.chance.one_in(25) {
            content.push_str(&".".repeat(MAX_CONTENT));
        }
        match self.client.send(self.clock(), &content) {
            Ok(id) => {
                life.accepted += 1;
                self.open_messages += 1;
                self.checkers.see(self.now, &Seen::Accepted(&id.to_string()));
                self.drain();
                Some(id)
            }
            Err(_) => {
                life.refused += 1;
                None
            }
        }
    }

    fn settle(&mut self, life: &mut Life) {
        let (began, end) = (self.now, self.now + SETTLES_WITHIN);
        let rest =
            |world: &Self| world.open_messages == 0 && matches!(world.client.state(), State::Connected | State::Closed);
        while !rest(self) && self.step(end) {}
        if !rest(self) {
            self.checkers.see(self.now, &Seen::Stuck("the faults stopped and it does not settle"));
        }
        life.settled_in = self.now - began;
    }

    /// However it was treated, it works again. The first words may be those that find out that the
    /// session was lost, or the link dead.
    fn talks_again(&mut self, life: &mut Life) {
        for _ in 0..4 {
            if self.client.state() == State::Closed {
                return;
            }
            let delivered = self.ends.get("delivered").copied();
            self.say(life);
            let mut ignored = Life::default();
            self.settle(&mut ignored);
            if self.ends.get("delivered").copied() > delivered {
                return;
            }
        }
        self.checkers.see(self.now, &Seen::Stuck("nothing goes through any more"));
    }
}
