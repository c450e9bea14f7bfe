//! The frames of the dialect as the service reads and writes them.

use serde_json::{Map, Value, json};

use crate::service::Millis;
use crate::service::limits::{MAX_HEARTBEAT, MAX_MESSAGE_ID};

/// What a guest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GuestMessage {
    pub(super) id: String,
    pub(super) content: String,
}

/// A frame from a guest, as far as it could be understood.
#[derive(Debug)]
pub(super) enum FromGuest {
    Message(GuestMessage),
    Heartbeat {
        /// Echoed where it is a number.
        timestamp: Option<Value>,
        connection_id: Option<String>,
        /// Which rule of streaming.md it breaks.
        irregular: Option<&'static str>,
    },
    /// A `type` that the service does not know.
    Unknown,
    Malformed {
        /// Where it could be read, so that the guest can be told which message it was.
        message_id: Option<String>,
        why: &'static str,
    },
}

pub(super) fn read(text: &str) -> FromGuest {
    let malformed = |why| FromGuest::Malformed { message_id: None, why };
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return malformed("not JSON");
    };
    let Value::Object(frame) = value else {
        return malformed("not an object");
    };
    match frame.get("type") {
        Some(Value::String(kind)) if kind == "message" => message(frame),
        Some(Value::String(kind)) if kind == "KEEP_ALIVE" => heartbeat(&frame, text.len()),
        Some(Value::String(_)) => FromGuest::Unknown,
        Some(_) => malformed("type is not a string"),
        None => malformed("type is missing"),
    }
}

fn message(mut frame: Map<String, Value>) -> FromGuest {
    let id = match frame.remove("messageId") {
        Some(Value::String(id)) if !id.is_empty() && id.len() <= MAX_MESSAGE_ID => id,
        Some(Value::String(_)) => {
            return FromGuest::Malformed { message_id: None, why: "messageId is empty or over 128 bytes" };
        }
        _ => {
            return FromGuest::Malformed { message_id: None, why: "messageId is missing or not a string" };
        }
    };
    match frame.remove("content") {
        Some(Value::String(content)) => FromGuest::Message(GuestMessage { id, content }),
        _ => FromGuest::Malformed { message_id: Some(id), why: "content is missing or not a string" },
    }
}

fn heartbeat(frame: &Map<String, Value>, length: usize) -> FromGuest {
    FromGuest::Heartbeat {
        timestamp: frame.get("timestamp").filter(|t| t.is_number()).cloned(),
        connection_id: match frame.get("connectionId") {
            Some(Value::String(id)) if id.len() <= MAX_MESSAGE_ID => Some(id.clone()),
            _ => None,
        },
        irregular: irregularity(frame, length),
    }
}

/// Which rule of streaming.md a heartbeat breaks. It is answered all the same: a foreign client's
/// bare `{"type":"KEEP_ALIVE"}` asks the same question.
fn irregularity(frame: &Map<String, Value>, length: usize) -> Option<&'static str> {
    if length > MAX_HEARTBEAT {
        return Some("over 1024 bytes");
    }
    if !frame.get("connectionId").is_some_and(Value::is_string) {
        return Some("connectionId is missing or not a string");
    }
    if !frame.get("timestamp").is_some_and(Value::is_number) {
        return Some("timestamp is missing or not a number");
    }
    if !frame.get("intervalMatrix").is_some_and(Value::is_object) {
        return Some("intervalMatrix is missing or not an object");
    }
    let bytes = frame.get("sizeDirective").and_then(|size| size.get("bytes"));
    match bytes.and_then(Value::as_u64) {
        None => Some("sizeDirective.bytes is missing or not a number"),
        Some(bytes) if bytes != length as u64 => Some("sizeDirective.bytes is not the length"),
        Some(_) => None,
    }
}

pub(super) fn acknowledgement(message_id: &str) -> Value {
    json!({ "type": "messageReceived", "messageId": message_id })
}

pub(super) fn word(message_id: &str, content: &str) -> Value {
    json!({ "type": "message", "content": content, "messageId": message_id })
}

pub(super) fn heartbeat_ack(timestamp: Option<Value>, connection_id: Option<String>, now: Millis) -> Value {
    let mut frame = json!({ "type": "KEEP_ALIVE_ACK", "receivedAt": now });
    if let Some(timestamp) = timestamp {
        frame["timestamp"] = timestamp;
    }
    if let Some(id) = connection_id {
        frame["connectionId"] = id.into();
    }
    frame
}

/// An error frame, and the body of a refused request: the two share one form.
pub(super) fn error(code: u16, message: &str, message_id: Option<&str>, retry_after: Option<u32>) -> Value {
    let mut frame = json!({ "type": "error", "code": code, "message": message });
    if let Some(id) = message_id {
        frame["messageId"] = id.into();
    }
    if let Some(seconds) = retry_after {
        frame["retryAfter"] = seconds.into();
    }
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    fn irregular(text: &str) -> Option<&'static str> {
        match read(text) {
            FromGuest::Heartbeat { irregular, .. } => irregular,
            other => panic!("not a heartbeat: {other:?}"),
        }
    }

    #[test]
    fn a_heartbeat_as_the_contract_writes_it_is_regular() {
        let write = |bytes: usize| {
            format!(
                r#"{{"connectionId":"c","type":"KEEP_ALIVE","timestamp":1732150000000,"intervalMatrix":{{"current":20000,"state":"STABLE","nextExpected":1732150020000}},"sizeDirective":{{"bytes":{bytes},"maxAllowed":1024,"compression":false}}}}"#
            )
        };
        let length = write(100).len();
        assert_eq!(irregular(&write(length)), None);
        assert_eq!(irregular(&write(length + 1)), Some("sizeDirective.bytes is not the length"));
        assert!(irregular(r#"{"type":"KEEP_ALIVE"}"#).is_some());
    }

    #[test]
    fn what_is_not_a_message_is_named() {
        let why = |text| match read(text) {
            FromGuest::Malformed { why, message_id } => (why, message_id),
            other => panic!("understood: {other:?}"),
        };
        assert_eq!(why("{").0, "not JSON");
        assert_eq!(why("[1]").0, "not an object");
        assert_eq!(why(r#"{"type":1}"#).0, "type is not a string");
        assert_eq!(why("{}").0, "type is missing");
        let deep = "[".repeat(100_000);
        assert_eq!(why(&deep).0, "not JSON");
        assert!(why(r#"{"type":"message","content":"x"}"#).1.is_none());
        let (_, id) = why(r#"{"type":"message","messageId":"m","content":7}"#);
        assert_eq!(id.as_deref(), Some("m"));
        assert!(matches!(read(r#"{"type":"typing"}"#), FromGuest::Unknown));
    }
}
