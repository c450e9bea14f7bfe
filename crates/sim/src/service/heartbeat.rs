//! `KEEP_ALIVE` and its answer (streaming.md, "Heartbeat frame"): read and judged, and never refused.

use serde_json::{Map, Value, json};

use super::Millis;
use super::limits::{MAX_HEARTBEAT, MAX_MESSAGE_ID};

/// A guest's heartbeat.
#[derive(Debug)]
pub(super) struct Heartbeat {
    /// Echoed where it is a number.
    timestamp: Option<Value>,
    connection_id: Option<String>,
    /// Which rule of streaming.md it breaks.
    pub(super) irregular: Option<&'static str>,
}

impl Heartbeat {
    /// One of so many bytes.
    pub(super) fn read(frame: &Map<String, Value>, length: usize) -> Self {
        Self {
            timestamp: frame.get("timestamp").filter(|t| t.is_number()).cloned(),
            connection_id: match frame.get("connectionId") {
                Some(Value::String(id)) if id.len() <= MAX_MESSAGE_ID => Some(id.clone()),
                _ => None,
            },
            irregular: irregularity(frame, length),
        }
    }

    /// Its answer.
    pub(super) fn answer(self, now: Millis) -> Value {
        let mut frame = json!({ "type": "KEEP_ALIVE_ACK", "receivedAt": now });
        if let Some(timestamp) = self.timestamp {
            frame["timestamp"] = timestamp;
        }
        if let Some(id) = self.connection_id {
            frame["connectionId"] = id.into();
        }
        frame
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

#[cfg(test)]
mod tests {
    use super::*;

    fn irregular(text: &str) -> Option<&'static str> {
        let frame: Map<String, Value> = serde_json::from_str(text).expect("an object");
        Heartbeat::read(&frame, text.len()).irregular
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
}
