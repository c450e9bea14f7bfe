//! What becomes of a change that was under way: what the service has said of it, or that nobody answered.

use super::combining::parts;
use super::index::Index;
use super::{Left, State, Topics, Wanted};
use crate::gather::gather;
use crate::protocol::streaming::{Refused, Verdict};

impl Topics {
    /// The service has answered, topic by topic. Of what it was not asked nothing is believed.
    pub fn done(&mut self, verdicts: &[Verdict]) {
        let Some(change) = self.under_way.take() else { return };
        let named = Index::new(gather(verdicts.iter().map(|verdict| verdict.topic.as_str())));
        let said = |topic: &str| named.find(topic).map(|place| &verdicts[place]);
        // What is said of a combined topic is said of its parts, unless a part has a word of its own.
        let (mut of_parts, mut said_of_parts) = (Vec::new(), Vec::new());
        for topic in &change.combined {
            let Some(verdict) = said(topic) else { continue };
            for part in parts(topic) {
                of_parts.push(part);
                said_of_parts.push(verdict);
            }
        }
        let named_parts = Index::of(&of_parts);
        let of_part = |topic: &str| named_parts.find(topic).map(|place| said_of_parts[place]);
        let combines = self.combines();
        let judged = |topic: &str| {
            let state = state_of(said(topic).or_else(|| of_part(topic)));
            if state != State::Subscribed || !combines {
                return state;
            }
            // Where it was given as a combined one, what is said of a part of it is not true of all.
            let part = parts(topic).iter().find_map(|part| said(part)?.refused.clone());
            part.map_or(State::Subscribed, |why| State::Refused { why, partly: true })
        };
        for wanted in self.wanted.iter_mut().filter(|wanted| wanted.asked) {
            (wanted.asked, wanted.perhaps, wanted.state) = (false, false, judged(&wanted.topic));
        }
        for Wanted { topic, .. } in change.regretted {
            match judged(&topic) {
                State::Subscribed => self.leave(topic, true),
                State::Refused { partly: false, .. } => {}
                _ => self.leave(topic, false),
            }
        }
        self.knows(change.whole, change.count);
    }

    /// The service has done all that it was asked for.
    pub fn confirmed(&mut self) {
        let Some(change) = self.under_way.take() else { return };
        for wanted in self.wanted.iter_mut().filter(|wanted| wanted.asked) {
            (wanted.asked, wanted.perhaps, wanted.state) = (false, false, State::Subscribed);
        }
        self.leave_all(change.regretted, true);
        self.knows(change.whole, change.count);
    }

    /// The service has refused the change as a whole, and will again: it has what it had.
    pub fn refused(&mut self, why: &Refused) {
        let Some(change) = self.under_way.take() else { return };
        let mut fewer = !change.regretted.is_empty();
        self.leave_all(change.regretted, false);
        for wanted in self.wanted.iter_mut().filter(|wanted| wanted.asked) {
            wanted.asked = false;
            if wanted.state == State::Pending {
                // From an earlier change that nobody answered the service may have it.
                wanted.state = State::Refused { why: why.clone(), partly: wanted.perhaps };
                fewer = true;
            }
        }
        // Without what it did not like it may do the rest. If there was nothing of the kind, it never will.
        if fewer {
            self.still_there(change.remove);
        } else {
            // What was to go may be there: the next change is told whole.
            self.told &= change.remove.is_empty();
        }
    }

    /// The service refuses these, whatever it makes of the rest. True: nothing is left of a change that is under way.
    pub fn refuse(&mut self, topics: &[String], why: &Refused) -> bool {
        let named = Index::of(topics);
        for wanted in self.wanted.iter_mut().filter(|wanted| named.find(&wanted.topic).is_some()) {
            wanted.state = State::Refused { why: why.clone(), partly: false };
            (wanted.asked, wanted.perhaps) = (false, false);
        }
        let nobodys = self.under_way.as_ref().is_some_and(|change| change.regretted.is_empty());
        nobodys && !self.wanted.iter().any(|wanted| wanted.asked)
    }

    /// Nobody has answered, or not for good: it may be done or not.
    pub fn failed(&mut self) {
        let Some(change) = self.under_way.take() else { return };
        for wanted in self.wanted.iter_mut().filter(|wanted| wanted.asked) {
            (wanted.asked, wanted.perhaps) = (false, true);
        }
        self.leave_all(change.regretted, false);
        self.still_there(change.remove);
        self.held = if change.whole { self.held.max(change.count) } else { self.held + change.count };
    }

    fn knows(&mut self, whole: bool, count: usize) {
        self.held = if whole { count } else { self.held + count };
        self.told = true;
    }

    /// What was to be taken away and was not, unless it is wanted again.
    fn still_there(&mut self, remove: Vec<Left>) {
        let wanted = Index::new(gather(self.wanted.iter().map(|wanted| wanted.topic.as_str())));
        let places = gather(remove.iter().map(|left| wanted.find(&left.topic)));
        for (Left { topic, .. }, place) in remove.into_iter().zip(places) {
            match place {
                Some(place) => self.wanted[place].perhaps = true,
                None => self.leave(topic, false),
            }
        }
    }

    fn leave_all(&mut self, regretted: Vec<Wanted>, certain: bool) {
        for wanted in regretted {
            self.leave(wanted.topic, certain);
        }
    }
}

/// What a word of the service makes of a topic. Of one that it did not name nothing is known.
fn state_of(verdict: Option<&Verdict>) -> State {
    let unnamed = || Refused { reason: String::from("the service did not say"), missing: Vec::new() };
    match verdict {
        None => State::Refused { why: unnamed(), partly: true },
        Some(Verdict { refused: None, .. }) => State::Subscribed,
        Some(Verdict { refused: Some(why), .. }) => State::Refused { why: why.clone(), partly: false },
    }
}
