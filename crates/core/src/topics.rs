//! The topics that an application wants, and what the service knows of them: plain state, without I/O and timers.
//! What is to be told next ([`Topics::begin`]) is the difference of the two; one change is under way at a time.

mod answered;
mod combining;
mod index;

use crate::checkpoint::{Keep, Writer, keep, keep_one_of};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};
use crate::error::topics::TopicError;
use crate::gather::gather;
use crate::limits;
use crate::protocol::streaming::{Change, Refused};
use combining::parts;
use index::Index;

/// What a service can be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// Topics that are added, and all there are. They can be combined (notifications.md, A3).
    Channel,
    /// Topics that are added, and topics that are removed.
    Differences,
    /// All there are.
    Everything,
}

/// How one topic stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The service has not said that it has it.
    Pending,
    /// Its events come.
    Subscribed,
    /// They do not. `partly`: those of a part of it may; the service goes on being told of it.
    Refused {
        /// Why.
        why: Refused,
        /// Only a part of it is refused, or nobody knows.
        partly: bool,
    },
}

impl State {
    /// A stable name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Subscribed => "subscribed",
            Self::Refused { .. } => "refused",
        }
    }
}

/// One topic that is wanted.
#[derive(Clone, Debug)]
struct Wanted {
    topic: String,
    state: State,
    /// The change that is under way tells of it.
    asked: bool,
    /// An earlier one that nobody answered told of it: the service may have it.
    perhaps: bool,
    /// The application was told that it is refused.
    told: bool,
}

/// One that is not wanted any more, and that the service may have.
#[derive(Clone, Debug)]
struct Left {
    topic: String,
    /// It certainly has it.
    certain: bool,
}

/// A change that the service has not answered yet.
#[derive(Clone, Debug)]
struct UnderWay {
    whole: bool,
    /// Topics that it tells of, combined ones as one.
    count: usize,
    /// Those of them that are combined.
    combined: Vec<String>,
    /// What it takes away.
    remove: Vec<Left>,
    /// What it tells of, and is not wanted any more by now: as it stood when it was wanted last.
    regretted: Vec<Wanted>,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Topics {
    telling: Telling,
    /// In the order in which they were asked for.
    wanted: Vec<Wanted>,
    left: Vec<Left>,
    /// The service has a list of ours, so that something can be added to it.
    told: bool,
    /// How long that list is at most.
    held: usize,
    under_way: Option<UnderWay>,
}

keep_one_of!(Telling { Channel, Differences, Everything });
keep!(Wanted { topic, state, asked, perhaps, told });
keep!(Left { topic, certain });
keep!(UnderWay { whole, count, combined, remove, regretted });
keep!(Topics { telling, wanted, left, told, held, under_way });

impl Topics {
    /// None are wanted.
    #[must_use]
    pub fn new(telling: Telling) -> Self {
        Self { telling, wanted: Vec::new(), left: Vec::new(), told: false, held: 0, under_way: None }
    }

    /// Wants these too; of those that were refused, the service is asked again. All of them, or with an error none.
    pub fn add(&mut self, given: &[String]) -> Result<(), TopicError> {
        for (place, topic) in given.iter().enumerate() {
            check(topic).map_err(|fault| fault(place))?;
        }
        let named = Index::of(given);
        let mut known = vec![false; given.len()];
        let mut all = Vec::new();
        for wanted in &self.wanted {
            all.push(wanted.topic.as_str());
            if let Some(place) = named.find(&wanted.topic) {
                known[place] = true;
            }
        }
        let mut fresh = Vec::new();
        for (place, topic) in given.iter().enumerate() {
            // Each once, where it was first named.
            if named.find(topic) == Some(place) && !known[place] {
                all.push(topic);
                fresh.push(place);
            }
        }
        let fits = || all.len() <= limits::TOPICS || self.list(&all).len() <= limits::TOPICS;
        if all.len() > limits::TOPICS_WANTED || !fits() {
            return Err(TopicError::TooMany);
        }
        for wanted in &mut self.wanted {
            if named.find(&wanted.topic).is_some() {
                wanted.ask_again();
                wanted.told = false;
            }
        }
        let mut known = gather(given.iter().map(|_| None));
        for left in core::mem::take(&mut self.left) {
            // What the service was to forget and has not been told to: it has it.
            match named.find(&left.topic) {
                Some(place) => {
                    let state = if left.certain { State::Subscribed } else { State::Pending };
                    known[place] = Some(Wanted { state, perhaps: true, ..Wanted::new(left.topic) });
                }
                None => self.left.push(left),
            }
        }
        if let Some(change) = &mut self.under_way {
            for wanted in core::mem::take(&mut change.regretted) {
                match named.find(&wanted.topic) {
                    Some(place) => known[place] = Some(wanted),
                    None => change.regretted.push(wanted),
                }
            }
        }
        for place in fresh {
            let mut wanted = known[place].take().unwrap_or_else(|| Wanted::new(given[place].clone()));
            wanted.ask_again();
            wanted.told = false;
            self.wanted.push(wanted);
        }
        Ok(())
    }

    /// Wants these no more; what is not wanted anyway does no harm.
    pub fn remove(&mut self, given: &[String]) {
        let unwanted = Index::of(given);
        for wanted in core::mem::take(&mut self.wanted) {
            if unwanted.find(&wanted.topic).is_none() {
                self.wanted.push(wanted);
                continue;
            }
            if let Some(change) = self.under_way.as_mut().filter(|_| wanted.asked) {
                change.regretted.push(wanted);
                continue;
            }
            let Wanted { topic, state, perhaps, .. } = wanted;
            match state {
                State::Subscribed => self.leave(topic, true),
                State::Refused { partly: true, .. } => self.leave(topic, false),
                _ if perhaps => self.leave(topic, false),
                _ => {}
            }
        }
    }

    /// Whether the service knows what there is to know, and has said what it makes of it.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.under_way.is_none() && !self.differs()
    }

    /// Whether the change that is under way takes topics away, and names none.
    #[must_use]
    pub fn only_takes_away(&self) -> bool {
        self.under_way.as_ref().is_some_and(|change| change.count == 0)
    }

    /// Whether the service has had a list of ours, and not forgotten it.
    #[must_use]
    pub fn is_told(&self) -> bool {
        self.told
    }

    /// Begins to tell the service what it does not know; `everything`: the whole list, though it may know it. None:
    /// there is nothing to be told, or it is being told.
    pub fn begin(&mut self, everything: bool) -> Option<Change> {
        if self.under_way.is_some() || !(everything || self.differs()) {
            return None;
        }
        let pending = self.wanted.iter().filter(|wanted| wanted.state == State::Pending).count();
        let whole = everything
            || !self.told
            || match self.telling {
                Telling::Channel => !self.left.is_empty() || self.held + pending > limits::TOPICS,
                Telling::Differences => false,
                Telling::Everything => true,
            };
        for wanted in &mut self.wanted {
            wanted.asked = wanted.state == State::Pending || whole && wanted.is_told_of();
        }
        let asked = gather(self.wanted.iter().filter(|it| it.asked).map(|it| it.topic.as_str()));
        let add = if whole { self.list(&asked) } else { one_by_one(&asked) };
        // The service answers an empty list with a body too, and the client reads from that who answered.
        let says_nothing = add.is_empty() && self.left.is_empty();
        if says_nothing && !(everything && matches!(self.telling, Telling::Channel)) {
            return None;
        }
        let combined = gather(add.iter().filter(|topic| !self.parts(topic).is_empty()).cloned());
        let remove: Vec<Left> = core::mem::take(&mut self.left);
        let change = Change { whole, remove: gather(remove.iter().map(|left| left.topic.clone())), add };
        self.under_way = Some(UnderWay { whole, count: change.add.len(), combined, remove, regretted: Vec::new() });
        Some(change)
    }

    /// The service knows nothing: the channel or the connection is another one.
    pub fn lost(&mut self) {
        for wanted in &mut self.wanted {
            (wanted.state, wanted.asked, wanted.perhaps) = (State::Pending, false, false);
        }
        self.left.clear();
        (self.told, self.held, self.under_way) = (false, 0, None);
    }

    /// Another channel is about to be told of all: what this one refused it may take.
    pub fn reconsider(&mut self) {
        if self.under_way.is_some() {
            return;
        }
        for wanted in &mut self.wanted {
            wanted.ask_again();
        }
    }

    /// All that are wanted, in order, and how each stands.
    pub fn states(&self) -> impl Iterator<Item = (&str, &State)> {
        self.wanted.iter().map(|wanted| (wanted.topic.as_str(), &wanted.state))
    }

    /// How one stands; none: it is not wanted.
    #[must_use]
    pub fn state(&self, topic: &str) -> Option<&State> {
        self.wanted.iter().find(|wanted| wanted.topic == topic).map(|wanted| &wanted.state)
    }

    /// The same of many, which are found soon.
    pub(crate) fn standing<'a>(&'a self) -> impl Fn(&str) -> Option<&'a State> {
        let index = Index::new(gather(self.wanted.iter().map(|wanted| wanted.topic.as_str())));
        move |topic| index.find(topic).map(|place| &self.wanted[place].state)
    }

    /// Of many, whether the service has not been told yet, or has not answered, that one is not wanted any more.
    pub(crate) fn leaving(&self) -> impl Fn(&str) -> bool {
        let mut names = gather(self.left.iter().map(|left| left.topic.as_str()));
        if let Some(change) = &self.under_way {
            for left in &change.remove {
                names.push(&left.topic);
            }
            for wanted in &change.regretted {
                names.push(&wanted.topic);
            }
        }
        let index = Index::new(names);
        move |topic| index.find(topic).is_some()
    }

    /// Those that are refused, and were not when this was asked last.
    pub(crate) fn freshly_refused(&mut self) -> Vec<(String, Refused)> {
        let mut fresh = Vec::new();
        for Wanted { topic, state, told, .. } in &mut self.wanted {
            let State::Refused { why, .. } = state else {
                *told = false;
                continue;
            };
            if !core::mem::replace(told, true) {
                fresh.push((topic.clone(), why.clone()));
            }
        }
        fresh
    }

    fn differs(&self) -> bool {
        !self.left.is_empty() || self.wanted.iter().any(|wanted| wanted.state == State::Pending)
    }

    fn leave(&mut self, topic: String, certain: bool) {
        self.left.push(Left { topic, certain });
    }

    /// How a list of topics is told.
    fn list(&self, topics: &[&str]) -> Vec<String> {
        if self.combines() { combining::fitting(topics, limits::TOPICS) } else { one_by_one(topics) }
    }

    fn combines(&self) -> bool {
        self.telling == Telling::Channel
    }

    fn parts(&self, topic: &str) -> Vec<String> {
        if self.combines() { parts(topic) } else { Vec::new() }
    }
}

impl Wanted {
    fn new(topic: String) -> Self {
        Self { topic, state: State::Pending, asked: false, perhaps: false, told: false }
    }

    /// It was refused; it may be taken now. Of what was refused in part the service may have the rest.
    fn ask_again(&mut self) {
        if let State::Refused { partly, .. } = self.state {
            (self.state, self.perhaps) = (State::Pending, self.perhaps || partly);
        }
    }

    fn is_told_of(&self) -> bool {
        !matches!(self.state, State::Refused { partly: false, .. })
    }
}

/// Whether it can be a topic at all.
fn check(topic: &str) -> Result<(), fn(usize) -> TopicError> {
    let odd = |character: char| character.is_control() || character.is_whitespace();
    if topic.is_empty() || topic.chars().any(odd) {
        return Err(TopicError::Bad);
    }
    if topic.encode_utf16().count() > limits::TOPIC_UNITS {
        return Err(TopicError::TooLong);
    }
    Ok(())
}

fn one_by_one(topics: &[&str]) -> Vec<String> {
    gather(topics.iter().map(|&topic| topic.to_owned()))
}

impl Keep for State {
    fn keep(&self, to: &mut Writer) {
        match self {
            Self::Pending => to.number(0),
            Self::Subscribed => to.number(1),
            Self::Refused { why, partly } => {
                to.number(2);
                why.keep(to);
                partly.keep(to);
            }
        }
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(match from.place(3)? {
            0 => Self::Pending,
            1 => Self::Subscribed,
            _ => Self::Refused { why: Keep::restore(from)?, partly: Keep::restore(from)? },
        })
    }
}

#[cfg(test)]
mod tests;
