//! Topics: which may be listened to, what a combined one stands for, and the list of one listener.

use crate::service::limits::{MAX_COMBINED, TOPIC_LENGTH};
use crate::service::weight;

/// Topics that every channel has without asking; asking is harmless.
fn is_system(id: &str) -> bool {
    id == "channel.metadata" || id.starts_with("v2.system.")
}

/// Why a topic was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) reason: &'static str,
    /// The permissions that it would take; none where no permission would help.
    pub(super) missing: Vec<String>,
}

/// A topic as it was asked for, and the names under which its events come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Topic {
    pub(super) id: String,
    names: Vec<String>,
}

impl Topic {
    /// Reads and judges one: `v2.users.{id}.presence`, or several in one as `v2.users.{id}?presence&station`.
    pub(super) fn judged(id: &str, forbidden_prefix: &str) -> Result<Self, Refused> {
        let malformed = |reason| Err(Refused { reason, missing: Vec::new() });
        if id.chars().count() >= TOPIC_LENGTH {
            return malformed("The topic id has 200 characters or more");
        }
        let well_formed = id.chars().all(|c| c.is_ascii_graphic()) && !id.ends_with(['.', '?', '&']);
        if !(well_formed && (id.starts_with("v2.") || is_system(id))) {
            return malformed("This is no topic");
        }
        let names = match id.split_once('?') {
            None => vec![id.to_owned()],
            Some((base, parts)) => {
                let parts: Vec<&str> = parts.split('&').collect();
                if parts.len() > MAX_COMBINED || parts.iter().any(|part| part.is_empty()) {
                    return malformed("The combined topic cannot be read");
                }
                parts.into_iter().map(|part| format!("{base}.{part}")).collect()
            }
        };
        if !forbidden_prefix.is_empty() && id.starts_with(forbidden_prefix) {
            let missing = vec![format!("{}:view", id.trim_start_matches("v2.").replace('.', ":"))];
            return Err(Refused { reason: "Missing permissions", missing });
        }
        Ok(Self { id: id.to_owned(), names })
    }

    fn is_about(&self, name: &str) -> bool {
        self.names.iter().any(|own| own == name)
    }
}

/// What one listener has asked for, in order, each once.
#[derive(Clone, Debug, Default)]
pub(super) struct Topics(Vec<Topic>);

impl Topics {
    /// How much of the limit is used.
    pub(super) fn weight(&self, count_combined: bool) -> usize {
        let weigh = |topic: &Topic| if count_combined { topic.names.len() } else { 1 };
        self.0.iter().filter(|topic| !is_system(&topic.id)).map(weigh).sum()
    }

    /// What they weigh in memory.
    pub(super) fn bytes(&self) -> usize {
        let name = |name: &String| weight::entry::<String>() + weight::text(name);
        let topic = |topic: &Topic| {
            let names = topic.names.iter().map(name).sum::<usize>();
            weight::entry::<Topic>() + weight::ALLOCATION + weight::text(&topic.id) + names
        };
        self.0.iter().map(topic).sum()
    }

    pub(super) fn add(&mut self, topics: impl IntoIterator<Item = Topic>) {
        let mut known: std::collections::HashSet<String> = self.0.iter().map(|topic| topic.id.clone()).collect();
        self.0.extend(topics.into_iter().filter(|topic| known.insert(topic.id.clone())));
    }

    pub(super) fn remove(&mut self, ids: &[String]) {
        self.0.retain(|topic| !ids.contains(&topic.id));
    }

    pub(super) fn listen_to(&self, name: &str) -> bool {
        self.0.iter().any(|topic| topic.is_about(name))
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|topic| topic.id.as_str())
    }

    /// The names under which events can come.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let asked = self.0.iter().filter(|topic| !is_system(&topic.id));
        asked.flat_map(|topic| topic.names.iter().map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(id: &str) -> Result<Topic, Refused> {
        Topic::judged(id, "v2.forbidden.")
    }

    #[test]
    fn a_combined_topic_stands_for_each_of_its_names() {
        let topic = judged("v2.users.u?presence&routingStatus").expect("good");
        assert!(topic.is_about("v2.users.u.presence") && topic.is_about("v2.users.u.routingStatus"));
        assert!(!topic.is_about("v2.users.u?presence&routingStatus"));
        assert_eq!(judged("v2.users.u?presence&").expect_err("bad").reason, "This is no topic");
        assert_eq!(judged("v2.users.u?a&&b").expect_err("bad").reason, "The combined topic cannot be read");
    }

    #[test]
    fn a_topic_has_fewer_than_two_hundred_characters() {
        let long = |count: usize| format!("v2.{}", "x".repeat(count - 3));
        assert!(judged(&long(199)).is_ok());
        assert_eq!(judged(&long(200)).expect_err("too long").missing.len(), 0);
    }

    #[test]
    fn what_is_forbidden_says_which_permission_is_missing() {
        let refused = judged("v2.forbidden.queue").expect_err("forbidden");
        assert_eq!(refused.missing, ["forbidden:queue:view"]);
        for bad in ["", "v2.", "routing.queue", "v2.a b", "v2.a\n"] {
            assert!(judged(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_list_has_each_topic_once_and_system_topics_weigh_nothing() {
        let mut topics = Topics::default();
        let ids = ["v2.b", "v2.a", "v2.b", "channel.metadata", "v2.system.socket_closing", "v2.u?x&y"];
        topics.add(ids.iter().map(|id| judged(id).expect("good")));
        assert_eq!(
            topics.ids().collect::<Vec<_>>(),
            ["v2.b", "v2.a", "channel.metadata", "v2.system.socket_closing", "v2.u?x&y"]
        );
        assert_eq!((topics.weight(false), topics.weight(true)), (3, 4));
        assert_eq!(topics.names().collect::<Vec<_>>(), ["v2.b", "v2.a", "v2.u.x", "v2.u.y"]);
    }
}
