//! Every accepted message has one end, and the end is true by the ledger.

use std::collections::HashMap;

use super::{Checker, Law, Report, Seen};

#[derive(Default)]
struct Fate {
    ended: Option<String>,
    /// Its places in the ledger.
    first_place: Option<usize>,
    copies: u32,
}

pub(super) struct Fates {
    duplicates_accepted: bool,
    /// In order of sending.
    sent: Vec<String>,
    fates: HashMap<String, Fate>,
    taken: usize,
}

impl Fates {
    pub(super) fn new(duplicates_accepted: bool) -> Self {
        Self { duplicates_accepted, sent: Vec::new(), fates: HashMap::new(), taken: 0 }
    }

    fn told(&mut self, id: &str, state: &str, broken: &mut Report<'_>) {
        let Some(fate) = self.fates.get_mut(id) else {
            return broken.add(Law::Untrue, format!("{id} was never accepted and is told of as {state}"));
        };
        if let Some(ended) = &fate.ended {
            return broken.add(Law::Untrue, format!("{id} had ended {ended} and is told of as {state}"));
        }
        match state {
            "queued" | "sending" => return,
            "delivered" if fate.copies == 0 => broken.add(Law::Lost, format!("{id} is delivered and not there")),
            "delivered" | "unconfirmed" => {}
            "rejected" | "expired" | "cancelled" if fate.copies == 0 => {}
            _ => broken.add(Law::Untrue, format!("{id} is told of as {state} and stands in the ledger")),
        }
        fate.ended = Some(state.to_owned());
    }

    fn taken(&mut self, id: &str, broken: &mut Report<'_>) {
        self.taken += 1;
        let Some(fate) = self.fates.get_mut(id) else {
            return broken.add(Law::Untrue, format!("{id} was taken and never accepted"));
        };
        fate.copies += 1;
        fate.first_place.get_or_insert(self.taken);
        if fate.copies > 1 && !self.duplicates_accepted {
            broken.add(Law::Duplicated, format!("{id} stands {} times in the ledger", fate.copies));
        }
        if let Some(ended @ ("rejected" | "expired" | "cancelled")) = fate.ended.as_deref() {
            broken.add(Law::Untrue, format!("{id} had ended {ended} and was taken after"));
        }
    }

    fn settled(&self, broken: &mut Report<'_>) {
        let mut latest = None;
        for id in &self.sent {
            let fate = &self.fates[id];
            match fate.ended.as_deref() {
                None => broken.add(Law::Stuck, format!("{id} has not ended")),
                Some("delivered") => {
                    if fate.first_place < latest {
                        broken.add(Law::Reordered, format!("{id} stands before what was sent before it"));
                    }
                    latest = latest.max(fate.first_place);
                }
                Some(_) => {}
            }
        }
    }
}

impl Checker for Fates {
    fn see(&mut self, seen: &Seen<'_>, broken: &mut Report<'_>) {
        match *seen {
            Seen::Accepted { id, .. } => {
                self.sent.push(id.to_owned());
                self.fates.insert(id.to_owned(), Fate::default());
            }
            Seen::Told { id, state } => self.told(id, state, broken),
            Seen::Taken(id) => self.taken(id, broken),
            Seen::Settled => self.settled(broken),
            Seen::Stuck(why) => broken.add(Law::Stuck, why.to_owned()),
            _ => {}
        }
    }
}
