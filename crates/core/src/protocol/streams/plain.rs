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
    let (kind, topics) = match change {
        Change::All(topics) | Change::Add(topics) => ("subscribe", topics),
        Change::Remove(topics) => ("unsubscribe", topics),
    };
    let list = listed(topics);
    match style {
        Style::Subscribe => {
            let data = Object::default().json("topics", &list);
            vec![Object::default().text("type", kind).object("data", data).finish()]
        }
        // It has no word for what is wanted no more.
        Style::Events if kind == "unsubscribe" => Vec::new(),
        Style::Events => vec![Object::default().text("api-version", "1").json("events", &list).finish()],
    }
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
