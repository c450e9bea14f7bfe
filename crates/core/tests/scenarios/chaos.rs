//! Short random lives: faults of every kind, and at the end the ledger is asked whether the three
//! promises were kept. A seed that fails is replayed by `replay`.

use crate::world::World;
use crate::world::service::{Handshake, Refusal, Reply, Says};
use guestwire_core::connection::State;
use guestwire_core::io::Environment;
use std::collections::BTreeMap;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const CODES: [u16; 14] = [1001, 1005, 1006, 1008, 1011, 1012, 1013, 1014, 4001, 4401, 4404, 4008, 4410, 3008];
/// 409 is no refusal: it says that the service has the message. It is tested apart.
const STATUSES: [u16; 13] = [429, 503, 500, 502, 504, 408, 425, 400, 413, 403, 401, 404, 410];

struct Life {
    world: World,
    mode: &'static str,
    /// How many messages were said.
    numbers: u64,
}

impl Life {
    fn new(seed: u64) -> Self {
        let mode = ["resend", "resend", "fail", "resend-uncertain"][(seed % 4) as usize];
        let rest = !seed.is_multiple_of(5);
        let window = [32, 1, 4, 32][(seed / 4 % 4) as usize];
        let ttl = if seed.is_multiple_of(3) { 40_000 } else { 300_000 };
        let options = format!(
            r#""onSessionLost":"{mode}","rest":{rest},"window":{window},"ttl":{ttl},"closeCodes":{{"1000":"reconnect"}}"#
        );
        let mut bytes = [3; 16];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let mut world = World::seeded(&options, bytes);
        world.thorough = seed.is_multiple_of(40);
        world.network.seed(seed + 1);
        world.network.jitter = [0, 30, 400, 2_500][(seed / 16 % 4) as usize];
        world.service.answers_heartbeats = !seed.is_multiple_of(7);
        Self { world, mode, numbers: 0 }
    }

    fn draw(&mut self, most: u64) -> u64 {
        self.world.network.draw(most)
    }

    fn reply(&mut self, statuses: &[u16]) -> Reply {
        match self.draw(8) {
            0 => Reply::Lost,
            1 => Reply::Fails,
            2 => Reply::Hangs,
            3 => Reply::HangsDone,
            4 => Reply::Works,
            _ => {
                let status = statuses[self.draw(statuses.len() as u64) as usize];
                let retry_after = (self.draw(3) == 0).then(|| self.draw(12).to_string());
                Reply::Says(Says { status, retry_after, ..Says::default() })
            }
        }
    }

    fn fault(&mut self) {
        let now = self.world.ms();
        match self.draw(22) {
            0..3 => self.world.network.reset(now),
            3 => self.world.network.silence(),
            4 | 5 => {
                let code = CODES[self.draw(CODES.len() as u64) as usize];
                self.world.network.close(now, code);
            }
            6 => self.world.service.lose_acks += self.world.network.draw(4) as u32,
            7 => self.world.service.double_acks += self.world.network.draw(4) as u32,
            8..11 => {
                for _ in 0..=self.draw(3) {
                    let code = STATUSES[self.draw(STATUSES.len() as u64) as usize];
                    let retry_after = (self.draw(3) == 0).then(|| self.draw(8));
                    self.world.service.refusals.push_back(Refusal { code, retry_after, named: true });
                }
            }
            11 | 12 => {
                for _ in 0..=self.draw(3) {
                    let handshake = [Handshake::Refused, Handshake::Refused, Handshake::Hangs][self.draw(3) as usize];
                    self.world.service.handshakes.push_back(handshake);
                }
            }
            13..15 => {
                for _ in 0..=self.draw(3) {
                    // 403 without an id is final, and tested apart.
                    let reply = self.reply(&[429, 503, 500, 502, 504, 408, 425, 400, 413, 401, 404, 410]);
                    self.world.service.posts.push_back(reply);
                }
            }
            15 => {
                let reply = self.reply(&[429, 500, 503]);
                self.world.service.guests.push_back(reply);
                let reply = self.reply(&[401, 404, 410, 500, 429, 403]);
                self.world.service.checks.push_back(reply);
            }
            16 => {
                let status = [401, 404, 410][self.draw(3) as usize];
                self.world.service.end_sessions(status);
            }
            17 => {
                let (ms, monotonic) = (self.draw(30_000), self.draw(2) == 0);
                self.world.sleep(ms, monotonic);
            }
            18 => {
                let by = self.draw(20_000) as i64 - 10_000;
                self.world.step_wall(by);
            }
            19 | 20 => {
                let said = [Environment::Online, Environment::Offline, Environment::Visible, Environment::Resumed];
                let said = said[self.draw(4) as usize];
                self.world.environment(said);
            }
            _ => self.world.service.life = 5_000 + self.world.network.draw(60_000),
        }
    }

    fn speak(&mut self) {
        if !matches!(self.world.client.state(), State::Closing | State::Closed) {
            self.numbers += 1;
            let id = self.world.send(&format!("content number {}", self.numbers));
            if self.draw(12) == 0 {
                let wait = self.draw(3_000);
                self.world.run(wait);
                self.world.cancel(id);
            }
        }
    }

    /// Faults stop; everything settles.
    fn heal(&mut self) {
        let service = &mut self.world.service;
        service.posts.clear();
        service.guests.clear();
        service.checks.clear();
        service.refusals.clear();
        service.handshakes.clear();
        (service.lose_acks, service.double_acks) = (0, 0);
        service.life = 3_600_000;
        self.world.environment(Environment::Online);
    }

    fn live(&mut self) {
        if self.draw(2) == 0 {
            self.speak();
        }
        self.world.connect();
        let first = self.draw(4_000);
        self.world.run(first);
        for _ in 0..4 + self.draw(20) {
            for _ in 0..self.draw(4) {
                self.speak();
            }
            let pause = [50, 500, 5_000, 12_000][self.draw(4) as usize];
            let pause = self.draw(pause);
            self.world.run(pause);
            self.fault();
            if self.draw(40) == 0 {
                let grace = [None, Some(0), Some(500)][self.draw(3) as usize];
                self.world.close(grace);
                let wait = self.draw(3_000);
                self.world.run(wait);
            }
            if self.world.client.state() == State::Closed {
                self.world.connect();
            }
        }
        self.heal();
        if self.draw(10) == 0 {
            self.world.close(None);
            self.world.run(2_001);
            assert_eq!(self.world.client.state(), State::Closed);
            assert!(self.world.checks.all_ended());
            assert_eq!(self.world.client.next_wake(), None, "a closed client wants to be woken");
        } else {
            self.world.until("all settles", 400_000, |world| {
                world.checks.all_ended() && matches!(world.client.state(), State::Connected | State::Closed)
            });
        }
        self.speaks_again();
        // What is still under way in the network arrives, and changes nothing.
        self.world.run(15_000);
    }

    /// However it was treated, it works again. The first words may be those that find out that the
    /// session was lost.
    fn speaks_again(&mut self) {
        for _ in 0..3 {
            if self.world.client.state() == State::Closed {
                return;
            }
            self.numbers += 1;
            let last = self.world.send(&format!("content number {}", self.numbers));
            self.world.until("the last words end", 60_000, |world| world.checks.all_ended());
            if self.world.fate(last) == "delivered" {
                return;
            }
        }
        panic!("nothing goes through any more");
    }

    fn judge(&self) {
        let ledger = &self.world.service.ledger;
        let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, entry) in ledger.iter().enumerate() {
            places.entry(&entry.id).or_default().push(place);
        }
        if self.world.told {
            for entry in ledger {
                eprintln!(
                    "{:>8} ledger: {} {} via {} in {}",
                    entry.at, entry.id, entry.content, entry.via, entry.session
                );
            }
        }
        let mut latest = None;
        for (id, content) in &self.world.checks.messages {
            let id = id.to_string();
            let ended = self.world.checks.ended.get(&id).copied().expect("every accepted message ends");
            let taken = places.get(id.as_str()).map_or(0, Vec::len);
            assert!(taken <= 1 || self.mode == "resend-uncertain", "{content} stands {taken} times");
            match ended {
                "delivered" => {
                    assert!(taken >= 1, "{content} was reported delivered and is not there");
                    let place = places[id.as_str()].first();
                    assert!(place > latest, "{content} stands before what was said before it");
                    latest = place;
                }
                "unconfirmed" => {}
                other => assert_eq!(taken, 0, "{content} was reported {other} and is there"),
            }
        }
    }
}

/// In a browser there is one thread, and less time.
const LIVES: u64 = if cfg!(target_arch = "wasm32") { 50 } else { 1_000 };

fn lives(seeds: std::ops::Range<u64>) {
    let mut broken = Vec::new();
    for seed in seeds.clone() {
        let told = std::panic::catch_unwind(|| {
            let mut life = Life::new(seed);
            life.live();
            life.judge();
        });
        if let Err(why) = told {
            let why = why.downcast_ref::<String>().cloned();
            broken.push((seed, why.unwrap_or_else(|| "?".into())));
        }
    }
    assert!(broken.is_empty(), "{} of {}: {:#?}", broken.len(), seeds.count(), &broken[..broken.len().min(5)]);
}

/// One life, told step by step: `GUESTWIRE_SEED=17 cargo test -p guestwire-core replay -- --ignored --nocapture`.
#[test]
#[ignore = "for a seed that failed"]
fn replay() {
    let seed = std::env::var("GUESTWIRE_SEED").expect("a seed").parse().expect("a number");
    let mut life = Life::new(seed);
    life.world.told = true;
    life.live();
    life.judge();
}

#[test]
fn promises_hold_through_many_lives() {
    lives(0..LIVES);
}

#[test]
fn promises_hold_through_as_many_others() {
    lives(LIVES..2 * LIVES);
}
