//! One life: a client and a service are drawn from the seed, things go wrong as planned, and then there is peace, in
//! which everything must settle.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};

use guestwire_core::Client;
use guestwire_core::config::Config;
use guestwire_core::connection::State;
use guestwire_core::time::Now;
use guestwire_core::trace::Recorder;
use guestwire_core::value;

use super::chance::{Chance, Stream};
use super::dialect::Nature;
use super::files::Files;
use super::plan::Plan;
use super::strangers::Voice;
use super::streaming::StreamLife;
use super::{CREDENTIAL, Dialect, EPOCH, Links, Machine, Weather, World};
use crate::checkers::{Checkers, Limits, Seen, Violation};
use crate::service::Service;

/// How long after the last fault, and after the last wait that the service asked for, every message has ended and the
/// client is connected or closed, ms. The longest single wait is a message's time to live, 300 s.
pub const SETTLES_WITHIN: u64 = 400_000;

/// What the service takes, in bytes; the client allows more, so that some messages are refused for good.
pub(super) const MAX_CONTENT: usize = 2_000;
/// One life in so many is recorded, and its recording is run again.
const RECORDED: u64 = 8;
/// When a life begins, ms.
const BEGINS: u64 = 1_000;

/// How a life is led, besides its seed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trial {
    /// In which dialect.
    pub dialect: Dialect,
    /// Only so many of the planned faults happen; absent: all.
    pub faults: Option<usize>,
    /// Everything is written out as it happens, to standard error.
    pub told: bool,
    /// The checkers allow so many opens, whatever the client was told: with too few, a good client fails, so that
    /// what is done with a failure can be tried.
    pub opens_allowed: Option<usize>,
}

/// What became of a life.
#[derive(Debug, Default)]
pub struct Life {
    /// Messages accepted; of a stream, events in topics that the application listened to.
    pub accepted: u64,
    /// Messages refused by `send` because the buffer was full or the client closed.
    pub refused: u64,
    /// How many ended how.
    pub ends: BTreeMap<&'static str, u64>,
    /// Things that went wrong.
    pub faults: Vec<String>,
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
    live_as(seed, Trial { told, ..Trial::default() })
}

/// Leads the life that follows from a seed, in a certain way.
pub fn live_as(seed: u64, trial: Trial) -> Life {
    let mut life = Life::default();
    let mut plan = Plan::draw(seed, BEGINS, trial.dialect);
    plan.faults.truncate(trial.faults.unwrap_or(usize::MAX));
    life.faults = plan.faults.iter().map(|planned| format!("{:>9} ms  {:?}", planned.at, planned.trouble)).collect();
    let mut world = World::new(seed, trial);
    world.faults = plan.faults;
    world.faults.reverse();
    world.lives(&plan.stretches, &mut life);
    if seed.is_multiple_of(RECORDED) && world.replayable {
        world.runs_again();
    }
    (life.accepted, life.refused) = (world.accepted, world.refused);
    life.ends = std::mem::take(&mut world.ends);
    life.lasted = world.now;
    life.fingerprint = world.fingerprint.finish();
    life.violations = world.checkers.violations().to_vec();
    life
}

impl World {
    fn new(seed: u64, trial: Trial) -> Self {
        let mut nature = Chance::new(seed, Stream::Nature);
        let chance = &mut nature;
        let mut habits = Chance::new(seed, Stream::Habits);
        let recorded = if seed.is_multiple_of(RECORDED) { 1_000 } else { 0 };
        let Nature { options, service, provider, duplicates_accepted, replayable, copies_arrive_within, in_order } =
            trial.dialect.nature(chance, &mut habits, recorded);
        let options = value::read(&options, 4_096).expect("the options are JSON");
        let config = Config::from_value(&options).expect("the options are good");
        let stream = config.stream.get().cloned();
        let limits = Limits {
            opens: trial.opens_allowed.unwrap_or(config.max_opens),
            // The renewal of a token after a 401 is part of the same request (docs/decisions.md, 16).
            asks: config.max_opens * if provider { 2 } else { 1 },
            settles_within: SETTLES_WITHIN,
            ttl: config.ttl,
            messages: config.max_messages,
            bytes: config.max_bytes,
            duplicates_accepted,
        };
        let climate = Weather::calm(chance.pick(&[1, 20, 150]));
        let day = 86_400_000;
        let wall_error = chance.pick(&[0, 0, 0, 90_000, -90_000, 600_000, -600_000, day, -day]);
        let now = Now { monotonic: BEGINS, wall: (EPOCH + BEGINS).saturating_add_signed(wall_error) };
        let mut world = Self {
            client: Recorder::new(Client::new(config, chance.bytes(), now)),
            service: Service::new(service, chance.bytes()),
            checkers: Checkers::new(limits),
            dialect: trial.dialect,
            faults: Vec::new(),
            caller: Chance::new(seed, Stream::Caller),
            network: Chance::new(seed, Stream::Network),
            climate,
            weather: climate,
            weathers: 0,
            shows_causes: seed % 2 == 1,
            dates_readable: chance.one_in(2),
            links: Links::default(),
            calls: BTreeMap::new(),
            voice: Voice::default(),
            asked: BTreeMap::new(),
            spoils: None,
            asked_until: 0,
            queue: BTreeMap::new(),
            order: 0,
            now: BEGINS,
            machine: Machine::with_wall_error(wall_error),
            ledger_seen: 0,
            steps: (0, 0),
            accepted: 0,
            refused: 0,
            files: Files::new(seed, trial.dialect),
            ends: BTreeMap::new(),
            open_messages: 0,
            latest: String::new(),
            said: BTreeMap::new(),
            missed: false,
            attributes: Vec::new(),
            words: Chance::new(seed, Stream::Words),
            turns: Chance::new(seed, Stream::Turns),
            tabs: Vec::new(),
            cleared: false,
            questions: Chance::new(seed, Stream::Questions),
            stream: None,
            in_order,
            replayable,
            copies_arrive_within,
            fingerprint: DefaultHasher::new(),
            shown: String::new(),
            told: trial.told,
        };
        world.see_token(CREDENTIAL);
        world.dialect.begins(&mut world.service, 0);
        world.ledger_seen = world.service.ledger().len();
        for id in world.dialect.said(&world.service) {
            world.checkers.see(BEGINS, &Seen::Old(id));
        }
        world.stream = stream.map(|options| StreamLife::new(&world, seed, &options));
        world
    }

    /// Waits until everything has; gives how long that took, ms.
    pub(super) fn settle(&mut self) -> u64 {
        let began = self.now;
        let rest = |world: &Self| {
            world.open_messages == 0
                && world.topics_rest()
                && (world.files.rest() || world.is_read_only())
                && matches!(world.client.state(), State::Connected | State::Closed)
        };
        // What is asked for meanwhile counts too: an answer may still have been on its way.
        let peace = |world: &Self| began.max(world.asked_until);
        while !rest(self) && self.step(peace(self) + 2 * SETTLES_WITHIN) {}
        let took = self.now.saturating_sub(peace(self).min(self.now));
        self.checkers.see(self.now, &Seen::SettledIn(rest(self).then_some(took)));
        took
    }

    /// However it was treated, it works again, also where it had ended and is told to connect. The first words may be those that find out that the
    /// session was lost, or the link dead.
    pub(super) fn talks_again(&mut self) {
        if self.stream.is_some() {
            return self.hears_again();
        }
        for _ in 0..4 {
            if self.client.state() == State::Closed {
                // It may have been told to stay away for longer than it waits by itself.
                self.run(self.asked_until.saturating_sub(self.now));
                self.connect();
            }
            if self.is_read_only() {
                self.begins_another();
                let until = self.now + SETTLES_WITHIN;
                while self.is_read_only() && self.step(until) {}
            }
            let delivered = self.ends.get("delivered").copied();
            self.offer("do you hear me?");
            self.settle();
            if self.ends.get("delivered").copied() > delivered {
                return;
            }
        }
        self.checkers.see(self.now, &Seen::Stuck("nothing goes through any more"));
    }
}
