//! What the client holds, what it shows, what it raises, and how soon it comes to rest.

use std::collections::{BTreeSet, HashMap};

use memchr::memmem::Finder;

use super::{Checker, Law, Limits, Report, Seen};

/// Counts what is open by itself, and holds the client's own figures against it.
pub(super) struct Buffers {
    limits: Limits,
    /// Bytes of each open message.
    open: HashMap<String, usize>,
    bytes: usize,
}

impl Buffers {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, open: HashMap::new(), bytes: 0 }
    }
}

impl Checker for Buffers {
    fn see(&mut self, seen: &Seen<'_>, broken: &mut Report<'_>) {
        match *seen {
            Seen::Accepted { id, bytes } => {
                self.bytes += bytes;
                self.open.insert(id.to_owned(), bytes);
                if self.open.len() > self.limits.messages {
                    broken.add(Law::Memory, format!("{} messages are held", self.open.len()));
                }
                if self.bytes > self.limits.bytes {
                    broken.add(Law::Memory, format!("{} bytes are held", self.bytes));
                }
            }
            Seen::Resized { id, bytes } => {
                if let Some(open) = self.open.get_mut(id) {
                    self.bytes = self.bytes - std::mem::replace(open, bytes) + bytes;
                }
            }
            Seen::Told { id, state } if !matches!(state, "queued" | "sending") => {
                self.bytes -= self.open.remove(id).unwrap_or(0);
            }
            Seen::Buffered { messages, bytes } if (messages, bytes) != (self.open.len(), self.bytes) => {
                let (open, are) = (self.open.len(), self.bytes);
                broken.add(Law::Memory, format!("{open} messages of {are} bytes, counted as {messages} of {bytes}"));
            }
            _ => {}
        }
    }
}

pub(super) struct Rest {
    within: u64,
}

impl Rest {
    pub(super) fn new(limits: Limits) -> Self {
        Self { within: limits.settles_within }
    }
}

impl Checker for Rest {
    fn see(&mut self, seen: &Seen<'_>, broken: &mut Report<'_>) {
        match *seen {
            Seen::SettledIn(Some(took)) if took <= self.within => {}
            Seen::SettledIn(Some(took)) => broken.add(Law::Stuck, format!("it took {took} ms to settle")),
            Seen::SettledIn(None) => broken.add(Law::Stuck, "the faults stopped and it does not settle".to_owned()),
            _ => {}
        }
    }
}

#[derive(Default)]
pub(super) struct Secrets(Vec<Finder<'static>>);

impl Checker for Secrets {
    fn see(&mut self, seen: &Seen<'_>, broken: &mut Report<'_>) {
        match *seen {
            Seen::Token(token) => self.0.push(Finder::new(token).into_owned()),
            Seen::Shown(text) if self.0.iter().any(|token| token.find(text.as_bytes()).is_some()) => {
                broken.add(Law::Secret, "a token is shown".to_owned());
            }
            _ => {}
        }
    }
}

/// A client remembers the latest 2,048 names of messages, the guest's own among them; of what was raised before so many others, it
/// may not know any more that it was.
const REMEMBERED: usize = 400;

#[derive(Default)]
pub(super) struct Agent {
    came: Vec<String>,
    /// As the how manyeth each was raised.
    raised: HashMap<String, usize>,
    /// Those that were not raised, but asked for.
    given: BTreeSet<String>,
    /// What was said before the client was there.
    old: BTreeSet<String>,
}

impl Checker for Agent {
    fn see(&mut self, seen: &Seen<'_>, broken: &mut Report<'_>) {
        match *seen {
            Seen::Came(id) => self.came.push(id.to_owned()),
            Seen::Old(id) => {
                self.old.insert(id.to_owned());
            }
            Seen::Raised(id) => {
                if self.old.contains(id) {
                    broken.add(Law::Untrue, format!("{id} was said before the client was there and is raised"));
                }
                let place = self.raised.len();
                if self.raised.insert(id.to_owned(), place).is_some() || self.given.contains(id) {
                    broken.add(Law::RaisedTwice, format!("{id} is raised again"));
                }
            }
            Seen::Given(id) => {
                let lately = |place: &usize| self.raised.len() - place <= REMEMBERED;
                if !self.given.insert(id.to_owned()) || self.raised.get(id).is_some_and(lately) {
                    broken.add(Law::RaisedTwice, format!("{id} is given again"));
                }
            }
            Seen::Said(ids) => {
                let mut latest = None;
                for id in ids {
                    let place = self.raised.get(*id).copied();
                    if place.is_none() && !self.given.contains(*id) {
                        broken.add(Law::NotRaised, format!("{id} was said and was never raised"));
                    } else if place < latest {
                        broken.add(Law::Disordered, format!("{id} is raised after what was said after it"));
                    }
                    latest = latest.max(place);
                }
            }
            Seen::Settled => {
                for id in self.came.iter().filter(|id| !self.raised.contains_key(*id) && !self.given.contains(*id)) {
                    broken.add(Law::NotRaised, format!("{id} came and was never raised"));
                }
            }
            _ => {}
        }
    }
}

/// What was recorded is true, and says nothing that it should not.
pub(super) struct Recordings;

impl Checker for Recordings {
    fn see(&mut self, seen: &Seen<'_>, broken: &mut Report<'_>) {
        if let Seen::Misrecorded(why) = *seen {
            broken.add(Law::Recording, why.to_owned());
        }
    }
}
