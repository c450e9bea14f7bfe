//! Combined topics: `v2.users.{id}?presence&station` stands for `v2.users.{id}.presence` and `v2.users.{id}.station`, and
//! takes the room of one (notifications.md, A3). They are made only where they save room, for what is said of one is
//! said of all its parts.

use super::index::sorted;
use crate::gather::gather;
use crate::limits;
use crate::text;

/// What a combined topic stands for; of any other nothing.
pub(super) fn parts(topic: &str) -> Vec<String> {
    let Some((prefix, names)) = text::split_once(topic, b'?') else { return Vec::new() };
    gather(text::split(names, b'&').into_iter().map(|name| joined(prefix, '.', name)))
}

/// These topics, in order, in at most so many; if they do not fit, in as few as there can be.
pub(super) fn fitting(topics: &[&str], most: usize) -> Vec<String> {
    let together = bundles(topics, topics.len().saturating_sub(most));
    let mut list: Vec<String> = Vec::new();
    // How long the list was with the first of each bundle; 0: none of it is there yet.
    let mut began = vec![0; topics.len() + 1];
    for (place, topic) in topics.iter().enumerate() {
        let bundle = together[place];
        match split(topic).filter(|_| bundle > 0) {
            Some((_, name)) if began[bundle] > 0 => {
                let first = &mut list[began[bundle] - 1];
                first.push('&');
                first.push_str(name);
            }
            Some((prefix, name)) => {
                list.push(joined(prefix, '?', name));
                began[bundle] = list.len();
            }
            None => list.push((*topic).to_owned()),
        }
    }
    list
}

/// For each topic the number of the bundle that it becomes one with; 0: it stays by itself. Those bundles are made first
/// that save most, and no more than it takes to be rid of so many.
fn bundles(topics: &[&str], over: usize) -> Vec<usize> {
    let mut together = vec![0; topics.len()];
    if over == 0 {
        return together;
    }
    let prefix = |place: usize| split(topics[place]).map_or("", |(prefix, _)| prefix);
    let units = |text: &str| text.encode_utf16().count();
    // How many there are in each bundle; none has the number 0.
    let mut sizes = vec![0];
    let mut room = 0;
    let mut last = "";
    for place in sorted(topics.len(), &|one, other| prefix(one).cmp(prefix(other))) {
        let Some((prefix, name)) = split(topics[place]) else { continue };
        let with_it = units(name) + 1;
        if prefix != last || with_it > room {
            sizes.push(0);
            room = limits::TOPIC_UNITS.saturating_sub(units(prefix)).max(with_it);
        }
        room -= with_it;
        last = prefix;
        together[place] = sizes.len() - 1;
        sizes[together[place]] += 1;
    }
    let mut saved = 0;
    for bundle in sorted(sizes.len(), &|one, other| sizes[other].cmp(&sizes[one])) {
        if saved >= over || sizes[bundle] < 2 {
            sizes[bundle] = 0;
        } else {
            saved += sizes[bundle] - 1;
        }
    }
    for bundle in &mut together {
        if sizes[*bundle] == 0 {
            *bundle = 0;
        }
    }
    together
}

/// What stands before and behind the last dot, of a topic that can be a part of a combined one.
fn split(topic: &str) -> Option<(&str, &str)> {
    let (prefix, name) = text::rsplit_once(topic, b'.')?;
    let plain = !prefix.is_empty() && !name.is_empty() && !topic.bytes().any(|byte| matches!(byte, b'?' | b'&'));
    plain.then_some((prefix, name))
}

fn joined(prefix: &str, by: char, name: &str) -> String {
    let mut topic = String::from(prefix);
    topic.push(by);
    topic.push_str(name);
    topic
}
