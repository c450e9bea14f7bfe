//! The frames of the dialect as the service reads and writes them.

use serde_json::{Map, Value, json};

use crate::service::heartbeat::Heartbeat;
use crate::service::limits::MAX_MESSAGE_ID;

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
    Heartbeat(Heartbeat),
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
        Some(Value::String(kind)) if kind == "KEEP_ALIVE" => FromGuest::Heartbeat(Heartbeat::read(&frame, text.len())),
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

pub(super) fn acknowledgement(message_id: &str) -> Value {
    json!({ "type": "messageReceived", "messageId": message_id })
}

pub(super) fn word(message_id: &str, content: &str) -> Value {
    json!({ "type": "message", "content": content, "messageId": message_id })
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
