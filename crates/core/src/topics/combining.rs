//! Combined topics: `v2.users.{id}?presence&station` stands for `v2.users.{id}.presence` and `v2.users.{id}.station`, and
//! takes the room of one (notifications.md, A3). They are made only where they save room, for what is said of one is
//! said of all its parts.

use super::sorted;
use crate::gather::gather;
use crate::limits;

/// What a combined topic stands for; of any other nothing.
pub(super) fn parts(topic: &str) -> Vec<String> {
    let Some((prefix, names)) = topic.split_once('?') else { return Vec::new() };
    gather(names.split('&').map(|name| joined(prefix, '.', name)))
}

/// These topics, in order, in at most so many; if they do not fit, in as few as there can be.
pub(super) fn fitting(topics: &[&str], most: usize) -> Vec<String> {
    let over = topics.len().saturating_sub(most);
    let mut together = vec![0; topics.len()];
    if over > 0 {
        for (number, bundle) in bundles(topics, over).into_iter().enumerate() {
            for place in bundle {
                together[place] = number + 1;
            }
        }
    }
    let mut list: Vec<String> = Vec::new();
    // Where the first of each bundle stands in the list.
    let mut began = vec![None; topics.len() + 1];
    for (place, topic) in topics.iter().enumerate() {
        let bundle = together[place];
        match (split(topic), began[bundle]) {
            (Some((_, name)), Some(at)) if bundle > 0 => {
                let first: &mut String = &mut list[at];
                first.push('&');
                first.push_str(name);
            }
            (Some((prefix, name)), _) if bundle > 0 => {
                began[bundle] = Some(list.len());
                list.push(joined(prefix, '?', name));
            }
            _ => list.push((*topic).to_owned()),
        }
    }
    list
}

/// Places of topics that become one: those first that save most, and no more than it takes to be rid of so many.
fn bundles(topics: &[&str], over: usize) -> Vec<Vec<usize>> {
    let prefix = |place: usize| split(topics[place]).map_or("", |(prefix, _)| prefix);
    let mut places = sorted(topics.len(), &|one, other| prefix(one).cmp(prefix(other)));
    places.retain(|&place| split(topics[place]).is_some());
    let mut bundles: Vec<Vec<usize>> = Vec::new();
    let mut room = 0;
    let mut last: Option<usize> = None;
    for place in places {
        let units = |text: &str| text.encode_utf16().count();
        let (prefix_units, name_units) = split(topics[place]).map_or((0, 0), |(one, other)| (units(one), units(other)));
        let with_it = name_units + 1;
        if last.is_some_and(|last| prefix(last) == prefix(place)) && with_it <= room {
            room -= with_it;
            if let Some(bundle) = bundles.last_mut() {
                bundle.push(place);
            }
        } else {
            bundles.push(vec![place]);
            room = limits::TOPIC_UNITS.saturating_sub(prefix_units + with_it);
        }
        last = Some(place);
    }
    let mut saved = 0;
    let mut best = sorted(bundles.len(), &|one, other| bundles[other].len().cmp(&bundles[one].len()));
    best.retain(|&bundle| {
        let saves = saved < over && bundles[bundle].len() > 1;
        saved += bundles[bundle].len() - 1;
        saves
    });
    gather(best.into_iter().map(|bundle| core::mem::take(&mut bundles[bundle])))
}

/// What stands before and behind the last dot, of a topic that can be a part of a combined one.
fn split(topic: &str) -> Option<(&str, &str)> {
    let dot = topic.bytes().rposition(|byte| byte == b'.')?;
    let (prefix, name) = (&topic[..dot], &topic[dot + 1..]);
    let plain = !prefix.is_empty() && !name.is_empty() && !topic.bytes().any(|byte| matches!(byte, b'?' | b'&'));
    plain.then_some((prefix, name))
}

fn joined(prefix: &str, by: char, name: &str) -> String {
    let mut topic = String::from(prefix);
    topic.push(by);
    topic.push_str(name);
    topic
}
