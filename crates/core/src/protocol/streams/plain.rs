//! What a plain event socket says, and is told (streaming.md). Of what it sends little is agreed upon: whatever is no
//! heartbeat, no error and no confirmation is an event.

use super::{correlation, identifier, topic};
use crate::body::Body;
use crate::config::Style;
use crate::json::{Object, quote};
use crate::limits;
use crate::protocol::streaming::{Change, News, Streamed};
use crate::protocol::{Members, Received, Refusal, Shown};
use crate::raw::Raw;
use crate::retry_after::seconds;
use crate::value::{self, Value};
use std::borrow::Cow;

/// A confirming frame's members are the application's word, and stand in no trace (`Streaming::confirmation`).
pub(super) const MEMBERS: Members = &[
    ("type", Shown::Whole),
    ("topicName", Shown::Whole),
    ("topic", Shown::Whole),
    ("timestamp", Shown::Figure),
    ("code", Shown::Figure),
    ("topics", Shown::OfError),
    ("retryAfter", Shown::Figure),
    ("retry_after", Shown::Figure),
    ("metadata", Shown::Parts),
    ("CorrelationId", Shown::Whole),
    ("correlationId", Shown::Whole),
];

pub(super) fn read(frame: &Value, confirmed: &[(String, String)]) -> Result<Received, &'static str> {
    let is = |(name, text): &(String, String)| value::id(frame.get(name)).is_ok_and(|said| said == *text);
    if !confirmed.is_empty() && confirmed.iter().all(is) {
        return Ok(Received::Stream(News::Confirmed));
    }
    let kind = identifier(frame.get("type"));
    let code = frame.get("code").and_then(Value::code);
    match (kind.unwrap_or_default().to_ascii_lowercase().as_str(), code) {
        ("keep_alive_ack", _) => {
            return Ok(Received::Alive(frame.get("timestamp").and_then(Value::whole)));
        }
        // Its own heartbeat; that it came is all that it says.
        ("keep_alive", _) => return Ok(Received::Ignored),
        ("error", Some(code)) => {
            let topics = named(frame.get("topics"));
            // Any other code says something of the token or of the service.
            if !topics.is_empty() && matches!(code, 400 | 402..=407 | 409..=424 | 426..=428 | 430..=499) {
                return Ok(Received::Stream(News::Refused(code, topics)));
            }
            return Ok(Received::Refused(Refusal { message: None, code, retry_after: retry_after(frame) }));
        }
        _ => {}
    }
    let member = ["eventBody", "data"].into_iter().find(|name| frame.get(name).is_some());
    let named = topic(frame.get("topicName")).or_else(|| topic(frame.get("topic")));
    let topic = named.or(kind.map(Cow::Borrowed));
    Ok(Received::Streamed(Streamed {
        // An event without a name is one all the same.
        topic: topic.unwrap_or_default().into_owned(),
        body: Body::new(member.and_then(|name| frame.get(name)).unwrap_or(frame)),
        raw: Raw::member(member),
        bytes: 0,
        correlation: correlation(frame.get("metadata")).or_else(|| correlation(Some(frame))),
    }))
}

/// The topics that an error is about.
fn named(topics: Option<&Value>) -> Vec<String> {
    let mut named = Vec::new();
    if let Some(Value::List(topics)) = topics {
        for topic in topics.iter().take(limits::TOPICS_WANTED).filter_map(Value::text) {
            named.push(topic.to_owned());
        }
    }
    named
}

pub(super) fn retry_after(body: &Value) -> Option<u64> {
    seconds(body.get("retryAfter").or_else(|| body.get("retry_after"))?.number()?)
}

pub(super) fn subscription(style: Style, change: &Change) -> Vec<String> {
    let frame = |kind: &str, topics: &[String]| {
        let list = listed(topics);
        match style {
            Style::Subscribe => {
                Object::default().text("type", kind).object("data", Object::default().json("topics", &list)).finish()
            }
            Style::Events => Object::default().text("api-version", "1").json("events", &list).finish(),
        }
    };
    let mut frames = Vec::new();
    // What is told whole has no word for what goes.
    if !change.remove.is_empty() && style == Style::Subscribe {
        frames.push(frame("unsubscribe", &change.remove));
    }
    if !change.add.is_empty() || style == Style::Events {
        frames.push(frame("subscribe", &change.add));
    }
    frames
}

fn listed(topics: &[String]) -> String {
    let mut list = String::from("[");
    for (place, topic) in topics.iter().enumerate() {
        if place > 0 {
            list.push(',');
        }
        quote(&mut list, topic);
    }
    list.push(']');
    list
}
