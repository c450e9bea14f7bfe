//! The laws of event streams: what is missed is told as a gap, nothing is told twice, one socket but for a handover, a
//! token is asked for no more often than it must be.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checker, Law, Report, Seen};

/// An event that the application listens for.
struct Awaited {
    topic: String,
    at: u64,
    sockets: Vec<u32>,
    /// It reached the client.
    came: bool,
    /// A later one was told, and no gap in between.
    passed: bool,
    /// It came, and could not be read: a gap is told for it, if perhaps later.
    spoiled: bool,
}

/// What happened and was listened for: it is told, or a gap is.
#[derive(Default)]
pub(super) struct Flow {
    awaited: BTreeMap<u64, Awaited>,
    /// The latest that were told.
    told: BTreeSet<u64>,
    gap_at: Option<u64>,
    /// A gap was told, and the application has not caught up.
    waits: bool,
    /// It was told of this all the same, then. When a client ends, nothing waits any more.
    early: Option<(u64, u64)>,
    /// Something was told since the application connected.
    is_heard: bool,
    /// How many gaps were told.
    gaps: u64,
    /// Sockets that opened after something was told, and how many gaps there were: there is one more before what they bring.
    next: BTreeMap<u32, u64>,
    /// What came and was not told yet, and where.
    came_on: BTreeMap<u64, u32>,
}

/// How long an event may be on its way, or a dead link unnoticed, when all is calm, ms.
const ON_ITS_WAY: u64 = 90_000;
/// What is heard last may have been said so much before what is lost, ms: the gap begins when it was heard.
const ON_THE_WAY: u64 = 60_000;
/// Events told that are remembered: a second copy comes soon, or never.
const REMEMBERED: usize = 1_000;

impl Checker for Flow {
    fn see(&mut self, seen: &Seen<'_>, broken: &mut Report<'_>) {
        if matches!(seen, Seen::Stopped(_)) {
            self.early = None;
        }
        if let Some((event, _)) = self.early.take_if(|(_, at)| *at < broken.at) {
            broken.add(Law::Gap, format!("event {event} is told before the application has caught up"));
        }
        match *seen {
            Seen::Happened { event, topic, sockets } => {
                let (topic, sockets) = (topic.to_owned(), sockets.to_vec());
                self.awaited.insert(
                    event,
                    Awaited { topic, at: broken.at, sockets, came: false, passed: false, spoiled: false },
                );
            }
            Seen::Opened { socket, takes_over: false } if self.is_heard => {
                self.next.insert(socket, self.gaps);
            }
            Seen::EventCame { event, socket } => {
                self.came_on.insert(event, socket);
                if let Some(awaited) = self.awaited.get_mut(&event) {
                    awaited.came = true;
                }
            }
            Seen::Spoiled(socket) => {
                // Frames keep their order: what cannot be read is the first that has not come.
                let mut others = self.awaited.values_mut().filter(|it| !it.came && !it.spoiled);
                if let Some(event) = others.find(|it| it.sockets.contains(&socket)) {
                    event.spoiled = true;
                }
            }
            Seen::EventTold(event) => {
                if self.waits && self.early.is_none() {
                    self.early = Some((event, broken.at));
                }
                let socket = self.came_on.remove(&event);
                if socket.is_some_and(|socket| self.next.get(&socket) == Some(&self.gaps)) {
                    broken
                        .add(Law::Gap, format!("event {event} came on the next socket, and no gap is told before it"));
                }
                self.is_heard = true;
                if !self.told.insert(event) {
                    broken.add(Law::RaisedTwice, format!("event {event} is told again"));
                }
                if self.told.len() > REMEMBERED {
                    self.told.pop_first();
                }
                if self.came_on.len() > REMEMBERED {
                    self.came_on.pop_first();
                }
                self.awaited.remove(&event);
                let gap_at = self.gap_at;
                for (_, missed) in self.awaited.range_mut(..event) {
                    missed.passed |= !missed.came && !missed.spoiled && gap_at.is_none_or(|gap| gap < missed.at);
                }
            }
            Seen::Gap { waits, from } => {
                (self.gap_at, self.waits) = (Some(broken.at), waits);
                self.gaps += 1;
                // What has come and waits for the application is told yet.
                let before = |it: &Awaited| from.is_some_and(|from| it.at + ON_THE_WAY < from);
                self.awaited.retain(|_, it| it.passed || it.came && waits || !it.came && before(it));
            }
            Seen::CaughtUp => self.waits = false,
            Seen::Unwanted(topic) => self.awaited.retain(|_, it| it.topic != topic),
            Seen::Stopped(_) | Seen::Connects => {
                self.awaited.clear();
                self.next.clear();
                (self.waits, self.is_heard) = (false, false);
            }
            // Before the client is closed, since then nobody waits for anything; what happened just now may be on its way.
            Seen::Quiet | Seen::Settled => {
                let before = broken.at.saturating_sub(if matches!(*seen, Seen::Quiet) { ON_ITS_WAY } else { 0 });
                for (event, it) in self.awaited.iter().filter(|(_, it)| it.at <= before) {
                    let how = if it.came { "came and was never told" } else { "was missed, and no gap told" };
                    broken.add(Law::Gap, format!("event {event} of {} at {} ms {how}", it.topic, it.at));
                }
            }
            Seen::Astray(why) => broken.add(Law::Astray, why.to_owned()),
            _ => {}
        }
    }
}

/// A token is asked for once a life, and once for each time that it was refused.
#[derive(Default)]
pub(super) struct Thrift {
    /// When the last one came, by both clocks, and how long it lives, ms.
    last: Option<(u64, u64, u64)>,
    refused: bool,
    unopened: u32,
    /// It was doubted for that, and no socket has opened since.
    doubted: bool,
    clocks: (u64, u64),
}

/// A plain socket's handshake says not why it failed: after so many a token is doubted, once.
const UNOPENED: u32 = 3;
/// A token with less left than this is not used for anything new, and it may have begun to live when it was asked for, ms.
const MARGIN: u64 = 45_000;

impl Checker for Thrift {
    fn see(&mut self, seen: &Seen<'_>, broken: &mut Report<'_>) {
        match *seen {
            Seen::Clocks { monotonic, wall } => self.clocks = (monotonic, wall),
            Seen::TokenRefused => self.refused = true,
            Seen::Unopened => self.unopened += 1,
            Seen::Opened { .. } | Seen::Connects => self.doubted = false,
            Seen::TokenGiven { life } => {
                let (monotonic, wall) = self.clocks;
                if let Some((since, since_wall, life)) = self.last {
                    let age = (monotonic - since).max(wall.saturating_sub(since_wall));
                    let spent = age + MARGIN.max(life / 4) >= life;
                    let unasked = !spent && !self.refused;
                    if unasked && (self.unopened < UNOPENED || self.doubted) {
                        broken
                            .add(Law::Wasted, format!("another token after {age} ms of {life}, and none was refused"));
                    }
                    self.doubted |= unasked;
                }
                (self.refused, self.unopened) = (false, 0);
                self.last = Some((monotonic, wall, life));
            }
            _ => {}
        }
    }
}

/// What took a channel or a token away is told where something said so, once for each time.
#[derive(Default)]
pub(super) struct Complaints {
    grounds: BTreeSet<String>,
}

/// What there must be grounds for.
const COMPLAINTS: [&str; 4] = ["evicted", "channel_replaced", "token_revoked", "session_replaced"];

impl Checker for Complaints {
    fn see(&mut self, seen: &Seen<'_>, broken: &mut Report<'_>) {
        match *seen {
            Seen::Grounds(code) => {
                self.grounds.insert(code.to_owned());
            }
            Seen::Complained(code) if COMPLAINTS.contains(&code) && !self.grounds.remove(code) => {
                broken.add(Law::Unfounded, format!("{code} is told, and nothing said so"));
            }
            _ => {}
        }
    }
}
