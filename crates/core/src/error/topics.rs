//! What can be wrong with topics that an application asks for.

use super::Report;
use crate::json::decimal;
use std::borrow::Cow;

/// Why the topics were not taken. None of them was; which is at fault is said by its place in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TopicError {
    /// It is empty, or has spaces or control characters.
    Bad(usize),
    /// It has 200 characters or more.
    TooLong(usize),
    /// They do not fit, not even combined.
    TooMany,
}

impl TopicError {
    /// A stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Bad(_) => "bad_topic",
            Self::TooLong(_) => "topic_too_long",
            Self::TooMany => "too_many_topics",
        }
    }

    /// The form in which it leaves.
    #[must_use]
    pub fn report(self) -> Report {
        let (message, remedy): (Cow<'static, str>, _) = match self {
            Self::Bad(place) => (
                at("no topic stands at place ", place, " of the list"),
                "give texts without spaces and control characters, like v2.routing.queues.{id}.conversations",
            ),
            Self::TooLong(place) => (
                at("the topic at place ", place, " of the list has 200 characters or more"),
                "name fewer parts in one combined topic; they are combined by themselves where that saves room",
            ),
            Self::TooMany => (
                "a channel takes 1000 topics, and combined these are more".into(),
                "unsubscribe from some, or share them among several clients",
            ),
        };
        Report { code: self.code(), message, remedy: remedy.into(), retryable: false, blame: "caller", option: None }
    }
}

fn at(before: &str, place: usize, behind: &str) -> Cow<'static, str> {
    let mut message = String::from(before);
    decimal(&mut message, place as u64);
    message.push_str(behind);
    message.into()
}
