//! What the client holds, what it shows, what it raises, and how soon it comes to rest.

use std::collections::HashSet;

use memchr::memmem::Finder;

use super::{Checker, Law, Limits, Report, Seen};

pub(super) struct Buffers(Limits);

impl Buffers {
    pub(super) fn new(limits: Limits) -> Self {
        Self(limits)
    }
}

impl Checker for Buffers {
    fn see(&mut self, seen: &Seen<'_>, broken: &mut Report<'_>) {
        if let Seen::Buffered { messages, bytes } = *seen
            && (messages > self.0.messages || bytes > self.0.bytes)
        {
            broken.add(Law::Memory, format!("{messages} messages of {bytes} bytes are held"));
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

#[derive(Default)]
pub(super) struct Agent(HashSet<String>);

impl Checker for Agent {
    fn see(&mut self, seen: &Seen<'_>, broken: &mut Report<'_>) {
        if let Seen::Raised(id) = *seen
            && !self.0.insert(id.to_owned())
        {
            broken.add(Law::RaisedTwice, format!("{id} is raised again"));
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
