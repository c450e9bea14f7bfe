//! The frames that the service sends: an envelope around a class and its body.

use serde_json::{Map, Value, json};

fn envelope(kind: &str, class: &str, code: u16, body: Value, tracing_id: Option<&str>) -> Value {
    let mut frame = json!({ "type": kind, "class": class, "code": code, "body": body });
    if let Some(id) = tracing_id {
        frame["tracingId"] = id.into();
    }
    frame
}

/// An answer to a request.
pub(super) fn response(class: &str, code: u16, body: Value, tracing_id: Option<&str>) -> Value {
    envelope("response", class, code, body, tracing_id)
}

/// What nobody asked for: a notice of the service.
pub(super) fn notice(class: &str, body: Value) -> Value {
    envelope("message", class, 200, body, None)
}

/// A message of either side; a guest's own carries the id of the request that brought it.
pub(super) fn message(body: Value, tracing_id: Option<&str>) -> Value {
    envelope("message", "StructuredMessage", 200, body, tracing_id)
}

/// A session came to its end on this connection.
pub(super) fn connection_closed(reason: Option<&str>) -> Value {
    let mut body = Map::new();
    if let Some(reason) = reason {
        body.insert("reason".into(), reason.into());
    }
    notice("ConnectionClosedEvent", Value::Object(body))
}
