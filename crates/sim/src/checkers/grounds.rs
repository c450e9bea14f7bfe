//! Every end has its ground: something that reached the client says so, or its time was over.

use std::collections::HashMap;

use super::{Checker, Law, Limits, Report, Seen};

#[derive(Default)]
struct Known {
    /// The clocks when it was accepted.
    since: (u64, u64),
    left: bool,
    taken: bool,
    resembled: bool,
    refused: bool,
    ended: bool,
}

pub(super) struct Grounds {
    ttl: u64,
    /// The client's, monotonic and wall.
    clocks: (u64, u64),
    messages: HashMap<String, Known>,
    /// Which message a request carries.
    requests: HashMap<u32, String>,
    /// The service has answered by REST.
    speaks: bool,
}

impl Grounds {
    pub(super) fn new(limits: Limits) -> Self {
        Self { ttl: limits.ttl, clocks: (0, 0), messages: HashMap::new(), requests: HashMap::new(), speaks: false }
    }

    fn answered(&mut self, id: &str, taken: bool) {
        if let Some(known) = self.messages.get_mut(id).filter(|known| !known.ended) {
            known.taken |= taken;
            known.refused |= !taken;
        }
    }

    fn told(&mut self, id: &str, state: &str, broken: &mut Report<'_>) {
        // That nobody knows it, or that it ends twice, is for others to say.
        let Some(known) = self.messages.get_mut(id).filter(|known| !known.ended) else { return };
        known.ended = true;
        // A clock that is set forward ages what waits.
        let age = |now: u64, then: u64| now.saturating_sub(then);
        let oldest = age(self.clocks.0, known.since.0).max(age(self.clocks.1, known.since.1));
        match state {
            "delivered" if !known.taken && !known.resembled => {
                broken.add(Law::Unfounded, format!("{id} is delivered, and no acknowledgement of it came"));
            }
            "delivered" => {}
            _ if known.taken => broken.add(Law::Unfounded, format!("{id} was acknowledged and is told of as {state}")),
            "unconfirmed" if !known.left => {
                broken.add(Law::Unfounded, format!("{id} is unconfirmed, and no copy of it left"));
            }
            "rejected" if !known.refused => {
                broken.add(Law::Unfounded, format!("{id} is rejected, and no refusal of it came"));
            }
            "expired" if oldest < self.ttl => {
                broken.add(Law::Unfounded, format!("{id} is expired {oldest} ms after it was accepted"));
            }
            _ => {}
        }
    }
}

impl Checker for Grounds {
    fn see(&mut self, seen: &Seen<'_>, broken: &mut Report<'_>) {
        match *seen {
            Seen::Clocks { monotonic, wall } => self.clocks = (monotonic, wall),
            Seen::Accepted { id, .. } => {
                self.messages.insert(id.to_owned(), Known { since: self.clocks, ..Known::default() });
            }
            Seen::FrameSent { id, .. } => {
                if let Some(known) = self.messages.get_mut(id) {
                    known.left = true;
                }
            }
            Seen::Requested { request, message: Some(id), .. } => {
                self.requests.insert(request, id.to_owned());
                if let Some(known) = self.messages.get_mut(id) {
                    if !known.left && !self.speaks {
                        broken.add(Law::Unasked, format!("{id} is posted to who has not answered"));
                    }
                    known.left = true;
                }
            }
            Seen::RestSpeaks => self.speaks = true,
            Seen::RestSilent => self.speaks = false,
            Seen::FrameAnswered { id, taken, .. } => self.answered(id, taken),
            Seen::Resembled(id) => {
                if let Some(known) = self.messages.get_mut(id) {
                    known.resembled = true;
                }
            }
            Seen::Excluded(id) => self.answered(id, false),
            Seen::RequestOver { request, taken, .. } => {
                if let (Some(id), Some(taken)) = (self.requests.remove(&request), taken) {
                    self.answered(&id, taken);
                }
            }
            Seen::Told { id, state } if !matches!(state, "queued" | "sending") => self.told(id, state, broken),
            _ => {}
        }
    }
}
