//! The frames of channels and of plain sockets as the service reads and writes them.

use serde_json::{Map, Value, json};

use crate::service::heartbeat::Heartbeat;
use crate::service::limits::MAX_MESSAGE_ID;

/// What a client says on the socket of a channel.
#[derive(Debug)]
pub(super) enum OnChannel {
    Ping,
    Subscribe {
        topics: Vec<String>,
        correlation: Option<String>,
    },
    Unsubscribe {
        topics: Vec<String>,
        correlation: Option<String>,
    },
    /// Nothing that means anything. The real service takes no offence.
    Junk,
}

impl OnChannel {
    pub(super) fn read(text: &str) -> Self {
        let Ok(Value::Object(frame)) = serde_json::from_str::<Value>(text) else {
            return Self::Junk;
        };
        let correlation = match frame.get("correlationId") {
            Some(Value::String(id)) if id.len() <= MAX_MESSAGE_ID => Some(id.clone()),
            _ => None,
        };
        match (frame.get("message").and_then(Value::as_str), texts(frame.get("topics"))) {
            (Some("ping"), _) => Self::Ping,
            (Some("subscribe"), Some(topics)) => Self::Subscribe { topics, correlation },
            (Some("unsubscribe"), Some(topics)) => Self::Unsubscribe { topics, correlation },
            _ => Self::Junk,
        }
    }
}

/// What a client says on a plain socket.
#[derive(Debug)]
pub(super) enum OnEvents {
    Heartbeat(Heartbeat),
    /// These are all that there are: `{"api-version":"1","events":[…]}`.
    Replace(Vec<String>),
    /// `{"type":"subscribe","data":{"topics":[…]}}`
    Subscribe(Vec<String>),
    Unsubscribe(Vec<String>),
    Junk,
}

impl OnEvents {
    pub(super) fn read(text: &str) -> Self {
        let Ok(Value::Object(frame)) = serde_json::from_str::<Value>(text) else {
            return Self::Junk;
        };
        let topics = |frame: &Map<String, Value>| texts(frame.get("data")?.get("topics"));
        let read = match frame.get("type").and_then(Value::as_str) {
            Some("KEEP_ALIVE") => Some(Self::Heartbeat(Heartbeat::read(&frame, text.len()))),
            Some("subscribe") => topics(&frame).map(Self::Subscribe),
            Some("unsubscribe") => topics(&frame).map(Self::Unsubscribe),
            None if frame.contains_key("api-version") => texts(frame.get("events")).map(Self::Replace),
            _ => None,
        };
        read.unwrap_or(Self::Junk)
    }
}

fn texts(list: Option<&Value>) -> Option<Vec<String>> {
    list?.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
}

/// An event as a channel carries it (notifications.md, A4).
pub(super) fn event(topic: &str, body: &Value, correlation: &str) -> Value {
    json!({ "topicName": topic, "version": "2", "eventBody": body, "metadata": { "CorrelationId": correlation } })
}

/// An event as a plain socket carries it: the same, and its type.
pub(super) fn streaming_data(topic: &str, body: &Value, correlation: &str) -> Value {
    let mut frame = event(topic, body, correlation);
    frame["type"] = "STREAMING_DATA".into();
    frame
}

/// `channel.metadata`: that the service is there, and the answer to a ping.
pub(super) fn metadata(message: &str) -> Value {
    json!({ "topicName": "channel.metadata", "eventBody": { "message": message } })
}

/// A topic of the system; nobody subscribes to it.
pub(super) fn system(topic: &str, body: Value) -> Value {
    json!({ "topicName": topic, "version": "2", "eventBody": body })
}

/// What is asked over a channel's socket is refused, in words: a client took one without them for an event.
pub(super) fn refused(code: u16, status: &str, correlation: Option<&str>, message: &str, more: Value) -> Value {
    let mut frame = result(code, status, correlation, more);
    frame["message"] = message.into();
    frame
}

/// The answer to a subscription over a channel's socket.
pub(super) fn result(code: u16, status: &str, correlation: Option<&str>, more: Value) -> Value {
    let mut frame = json!({ "result": code.to_string(), "status": status });
    if let Some(correlation) = correlation {
        frame["correlationId"] = correlation.into();
    }
    if let Value::Object(more) = more {
        for (name, value) in more {
            frame[name] = value;
        }
    }
    frame
}

/// A subscription on a plain socket is confirmed.
pub(super) fn confirmation(kind: &str, topics: &[String]) -> Value {
    json!({ "type": kind, "data": { "topics": topics } })
}

/// An error on a plain socket, as in `webchat`.
pub(super) fn error(code: u16, message: &str, topics: &[String], retry_after: Option<u32>) -> Value {
    let mut frame = json!({ "type": "error", "code": code, "message": message });
    if !topics.is_empty() {
        frame["topics"] = topics.into();
    }
    if let Some(seconds) = retry_after {
        frame["retryAfter"] = seconds.into();
    }
    frame
}
