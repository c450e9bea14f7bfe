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

/// A session has ended by time. One source has it as a notice.
pub(super) fn session_expired(other_form: bool, tracing_id: Option<&str>) -> Value {
    envelope(if other_form { "message" } else { "response" }, "SessionExpiredEvent", 200, json!({}), tracing_id)
}

/// A file was withdrawn. The sources disagree on whether this is an answer or a notice.
pub(super) fn attachment_deleted(other_form: bool, attachment: &str, tracing_id: Option<&str>) -> Value {
    let body = json!({ "attachmentId": attachment });
    envelope(if other_form { "message" } else { "response" }, "AttachmentDeletedResponse", 200, body, tracing_id)
}

/// An upload is refused: as the document quotes it, or as the mobile client's fixtures have it.
pub(super) fn upload_refused(other_form: bool, body: Value, tracing_id: Option<&str>) -> Value {
    let (kind, code) = if other_form { ("message", 200) } else { ("response", 400) };
    envelope(kind, "GenerateUrlError", code, body, tracing_id)
}

/// A session came to its end on this connection. One source reads the reason in another place.
pub(super) fn connection_closed(other_form: bool, reason: Option<&str>) -> Value {
    let mut body = Map::new();
    if let Some(reason) = reason {
        body.insert(if other_form { "reasonCode" } else { "reason" }.into(), reason.into());
    }
    notice("ConnectionClosedEvent", Value::Object(body))
}
