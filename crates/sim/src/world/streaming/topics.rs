//! Topics: which an application may want, and under which names their events come.

use crate::world::chance::Chance;

/// What every application may want; one stands for two, and the last ones are refused, which a plain socket has no word for.
const TOPICS: [&str; 8] =
    ["v2.t.0", "v2.t.1", "v2.t.2", "v2.t.3", "v2.users.u?a&b", "v2.users.w?a", "v2.forbidden.a", "v2.forbidden.b"];
/// Under what names events happen.
const NAMES: [&str; 8] =
    ["v2.t.0", "v2.t.1", "v2.t.2", "v2.t.3", "v2.users.u.a", "v2.users.u.b", "v2.users.w.a", "v2.nobody"];
/// So many more a greedy application may want.
const MORE: u64 = 33;

/// What the application of a life may want.
pub(super) struct Topics {
    all: Vec<String>,
    names: Vec<String>,
}

impl Topics {
    pub(super) fn draw(chance: &mut Chance) -> Self {
        let mut topics = Self { all: TOPICS.map(str::to_owned).into(), names: NAMES.map(str::to_owned).into() };
        let more = if chance.one_in(6) { chance.below(MORE) } else { 0 };
        for number in 0..more {
            let topic = match chance.below(4) {
                0 => format!("v2.users.m{number}?a&b&c"),
                1 => format!("v2.users.m{}.a", number / 2),
                _ => format!("v2.m.{number}"),
            };
            topics.names.extend(names(&topic));
            topics.all.push(topic);
        }
        topics
    }

    /// A name under which something happens.
    pub(super) fn happening(&self, chance: &mut Chance) -> String {
        self.names[usize::try_from(chance.below(self.names.len() as u64)).unwrap_or(0)].clone()
    }

    /// Some of them.
    pub(super) fn some(&self, chance: &mut Chance) -> Vec<String> {
        self.all.iter().filter(|_| chance.one_in(3)).cloned().collect()
    }

    /// The first of them, under whose name something happens at the moment of a fault.
    pub(super) fn first(&self) -> String {
        self.names[0].clone()
    }
}

/// Under which names the events of a topic come.
pub(super) fn names(topic: &str) -> impl Iterator<Item = String> {
    let (base, parts) = topic.split_once('?').unwrap_or((topic, ""));
    let parts: Vec<String> = if parts.is_empty() {
        vec![base.to_owned()]
    } else {
        parts.split('&').map(|part| format!("{base}.{part}")).collect()
    };
    parts.into_iter()
}

/// Whether a service permits a topic to nobody.
pub(super) fn is_forbidden(topic: &str) -> bool {
    topic.starts_with("v2.forbidden")
}
