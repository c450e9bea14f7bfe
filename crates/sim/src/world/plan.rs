//! How a life goes and what goes wrong in it, drawn from the seed before it begins: stretches of calm and of storm,
//! and in the storms several scripts of faults that run over each other. Because the plan is data, the same life can
//! be led with fewer faults.

use guestwire_core::io::Environment;

use super::chance::{Chance, Stream};
use super::conversation::{self, Turn};
use super::dialect::Dialect;
use super::links::Break;
use super::machine::Mishap;
use super::requests::Spoils;
use super::strangers;
use super::streaming;
use super::weather::Weather;
use crate::service::{
    Act, Condition, Corruption, Fault, FaultKind, On, Refusal, RetryAfter, RetryAfterForm, Scope, Via,
};

/// Faults in one script at most.
const SCRIPT: u64 = 24;
pub(super) const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

/// Close codes after which a client goes on, and a few after which it does not.
const CODES: [u16; 16] =
    [1000, 1001, 1005, 1006, 1008, 1011, 1012, 1013, 1014, 4001, 4401, 4403, 4404, 4008, 4410, 3008];
/// Not those of ids: what the world's judges know a message by is its id.
const CORRUPTIONS: [Corruption; 9] = [
    Corruption::Cut,
    Corruption::Cut,
    Corruption::Binary,
    Corruption::Large,
    Corruption::Page,
    Corruption::HalfCharacter,
    Corruption::Deep,
    Corruption::Texts,
    Corruption::Nulls,
];
/// For a time only: a fault is used up, and a service that refuses a message for good and takes the next copy of it
/// would lie. Refusals for good come from contents that are too large; they stay so.
const OF_MESSAGES: [u16; 10] = [429, 503, 500, 502, 504, 408, 425, 401, 404, 410];
/// 403 to a request that names no message is final.
const OF_REQUESTS: [u16; 10] = [429, 503, 500, 502, 504, 408, 401, 404, 410, 403];

/// Something that goes wrong.
#[derive(Clone, Debug)]
pub(super) enum Trouble {
    /// At the service.
    Service(Fault),
    /// With the socket that there is.
    Link(Break),
    /// In the network, for so many ms.
    Weather(Weather, u64),
    /// In the client's machine.
    Machine(Mishap),
    /// In the conversation.
    Conversation(Turn),
    /// Between the service and the client, with its answers.
    Answers(Spoils),
}

/// Trouble and when it comes, ms.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    pub(super) at: u64,
    pub(super) trouble: Trouble,
}

/// A part of a life.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    pub(super) until: u64,
    pub(super) stormy: bool,
}

#[derive(Debug)]
pub(super) struct Plan {
    pub(super) stretches: Vec<Stretch>,
    /// In order of time.
    pub(super) faults: Vec<Planned>,
}

#[derive(Clone, Copy)]
enum Kind {
    Service,
    Link,
    Weather,
    Machine,
    Any,
}

impl Plan {
    pub(super) fn draw(seed: u64, begins: u64, dialect: Dialect) -> Self {
        let mut chance = Chance::new(seed, Stream::Plan);
        let (mut stretches, mut faults) = (Vec::new(), Vec::new());
        let (count, mut stormy, mut from) = (1 + chance.below(6), chance.one_in(2), begins);
        for number in 0..count {
            stormy = !stormy || count == 1;
            let longest: &[u64] =
                if stormy { &[MINUTE / 4, MINUTE, 5 * MINUTE] } else { &[MINUTE, 10 * MINUTE, HOUR, 4 * HOUR] };
            let until = from + 5_000 + chance.below_one_of(longest);
            if stormy {
                for _ in 0..1 + chance.below(4) {
                    script(&mut chance, &mut faults, from, until);
                }
            } else if number > 0 && chance.one_in(3) {
                // A calm stretch is not without its one event: a lunch break, a deployment.
                let at = from + chance.below(until - from);
                faults.push(Planned { at, trouble: trouble(&mut chance, Kind::Any) });
            }
            stretches.push(Stretch { until, stormy });
            from = until;
        }
        faults.sort_by_key(|planned| planned.at);
        strangers::suffers(seed, dialect, &mut faults, begins, from);
        if dialect == Dialect::WebMessaging {
            conversation::turn(seed, &mut faults, begins, from);
        }
        if dialect == Dialect::Streams {
            streaming::suffers(seed, &mut faults, begins, from);
        }
        Self { stretches, faults }
    }
}

/// One script: faults of a kind, at a pace of its own, over a part of the stretch.
fn script(chance: &mut Chance, faults: &mut Vec<Planned>, from: u64, until: u64) {
    let kind = chance.pick(&[Kind::Service, Kind::Service, Kind::Link, Kind::Weather, Kind::Machine, Kind::Any]);
    let gap = chance.pick(&[600, 4_000, 20_000, 60_000]);
    let mut at = from + chance.below((until - from) / 2);
    let end = at + chance.below(until - at);
    for _ in 0..SCRIPT {
        if at > end {
            return;
        }
        faults.push(Planned { at, trouble: trouble(chance, kind) });
        at += 1 + chance.below(gap);
    }
}

fn trouble(chance: &mut Chance, kind: Kind) -> Trouble {
    let kind = match kind {
        Kind::Any => chance.pick(&[Kind::Service, Kind::Service, Kind::Link, Kind::Weather, Kind::Machine]),
        kind => kind,
    };
    match kind {
        Kind::Service | Kind::Any => Trouble::Service(of_service(chance)),
        Kind::Link => Trouble::Link(of_link(chance)),
        Kind::Weather => Trouble::Weather(Weather::bad(chance), chance.below_one_of(&[10_000, MINUTE, 5 * MINUTE])),
        Kind::Machine => Trouble::Machine(of_machine(chance)),
    }
}

fn refusal(chance: &mut Chance, statuses: &[u16]) -> Refusal {
    let status = chance.pick(statuses);
    // An answer that speaks of the session asks for no wait.
    let waits = !matches!(status, 401 | 403 | 404 | 410) && chance.one_in(2);
    let retry_after = RetryAfter {
        seconds: u32::try_from(chance.below_one_of(&[3, 20, 90])).unwrap_or(0),
        header: chance.pick(&[Some(RetryAfterForm::Seconds), Some(RetryAfterForm::HttpDate), None]),
        in_body: chance.one_in(2),
    };
    Refusal { status, retry_after: waits.then_some(retry_after) }
}

pub(super) fn act(act: Act) -> FaultKind {
    FaultKind::Act { act, on: On::Now }
}

fn of_service(chance: &mut Chance) -> Fault {
    let kind = match chance.below(13) {
        0 | 1 => act(Act::Close { code: chance.pick(&CODES), reason: String::new() }),
        2 => act(Act::Reset),
        3 => act(Act::Silence { ms: chance.below(60_000) }),
        4 => act(Act::ExpireSession),
        5 => act(Act::Restart { ms: chance.below(20_000) }),
        6 => FaultKind::Condition(Condition::RefuseSocket(refusal(chance, &OF_REQUESTS))),
        7 => {
            let scope = chance.pick(&[Scope::Messages, Scope::Messages, Scope::Guests, Scope::Probe]);
            let statuses = if scope == Scope::Guests { &OF_REQUESTS[..6] } else { &OF_REQUESTS[..9] };
            FaultKind::Condition(Condition::RefuseRest { scope, refusal: refusal(chance, statuses) })
        }
        8 | 9 => FaultKind::Condition(Condition::RefuseMessage(refusal(chance, &OF_MESSAGES))),
        10 => FaultKind::Condition(Condition::Delay { ms: chance.below(8_000) }),
        11 => {
            let via = chance.pick(&[None, Some(Via::WebSocket), Some(Via::Rest)]);
            FaultKind::Condition(Condition::LoseAcks { via })
        }
        _ if chance.one_in(2) => FaultKind::Condition(Condition::DuplicateAcks),
        _ => FaultKind::Condition(Condition::CorruptFrames { how: chance.pick(&CORRUPTIONS) }),
    };
    let (count, lasts) = (1 + chance.below(4), 1_000 + chance.below(40_000));
    let condition = matches!(kind, FaultKind::Condition(_));
    Fault {
        kind,
        conversation: None,
        after: None,
        count: condition.then(|| u32::try_from(count).unwrap_or(1)),
        lasts: condition.then_some(lasts),
    }
}

fn of_link(chance: &mut Chance) -> Break {
    match chance.below(7) {
        0 => Break::Cut,
        1 => Break::UpDead,
        2 => Break::DownDead,
        3 => Break::Dead,
        4 => Break::Stalled(1 + chance.below(25_000)),
        _ => Break::AtByte { up: chance.one_in(2), bytes: chance.below_one_of(&[10, 300, 3_000, 30_000]) },
    }
}

fn of_machine(chance: &mut Chance) -> Mishap {
    let said = [Environment::Online, Environment::Offline, Environment::Visible, Environment::Resumed];
    match chance.below(8) {
        0 => Mishap::Sleeps {
            ms: chance.below_one_of(&[5_000, MINUTE, 15 * MINUTE, 2 * HOUR]),
            clock_stops: chance.one_in(2),
            told: chance.pick(&[None, Some(Environment::Visible), Some(Environment::Online)]),
        },
        1 => Mishap::Freezes { ms: chance.below_one_of(&[5_000, MINUTE, 15 * MINUTE]) },
        2 | 3 => Mishap::Hidden {
            ms: chance.below_one_of(&[5_000, MINUTE, 30 * MINUTE]),
            once_a_minute_after: chance.pick(&[0, 10_000, 5 * MINUTE]),
        },
        4 => {
            let most = chance.pick(&[3_000, MINUTE, 2 * HOUR]);
            let by = i64::try_from(chance.below(2 * most)).unwrap_or(0);
            Mishap::ClockJumps(by - i64::try_from(most).unwrap_or(0))
        }
        _ => Mishap::Says(chance.pick(&said)),
    }
}
