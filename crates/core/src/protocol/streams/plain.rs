//! What a plain event socket says, and is told (streaming.md).

use super::identifier;
use crate::body::Body;
use crate::config::Style;
use crate::json::{Object, quote};
use crate::protocol::streaming::{Change, News, Streamed};
use crate::protocol::{Received, Refusal};
use crate::retry_after::seconds;
use crate::value::Value;

pub(super) fn read(frame: &Value, confirmed: &[(String, String)]) -> Result<Received, &'static str> {
    let is = |(name, text): &(String, String)| frame.get(name).and_then(Value::text) == Some(text);
    if !confirmed.is_empty() && confirmed.iter().all(is) {
        return Ok(Received::Stream(News::Confirmed));
    }
    let kind = identifier(frame.get("type"));
    match kind {
        Some("KEEP_ALIVE_ACK") => return Ok(Received::Alive(frame.get("timestamp").and_then(Value::whole))),
        Some("error") => {
            let code = frame.get("code").and_then(Value::whole).and_then(|code| u16::try_from(code).ok());
            let retry_after = frame.get("retryAfter").or_else(|| frame.get("retry_after"));
            return Ok(Received::Refused(Refusal {
                message: None,
                code: code.ok_or("no_code")?,
                retry_after: retry_after.and_then(Value::number).and_then(seconds),
            }));
        }
        _ => {}
    }
    let topic = identifier(frame.get("topicName").or_else(|| frame.get("topic"))).or(kind).ok_or("no_topic")?;
    let correlation = frame.get("metadata").and_then(|it| it.get("CorrelationId"));
    Ok(Received::Streamed(Streamed {
        topic: topic.to_owned(),
        body: Body::new(frame.get("eventBody").or_else(|| frame.get("data")).unwrap_or(frame)),
        bytes: 0,
        correlation: identifier(correlation.or_else(|| frame.get("correlationId"))).map(str::to_owned),
    }))
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
