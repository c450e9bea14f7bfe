//! What is answered instead of what was asked for (web-messaging.md, section 3.4).

use serde_json::{Value, json};

use super::frame;
use crate::service::limits::NO_ROOM;

/// An error, by its code and its words.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Problem {
    pub(super) code: u16,
    pub(super) text: String,
    /// In seconds: what is asked too often has a class of its own.
    pub(super) retry_after: Option<u32>,
}

impl Problem {
    pub(super) fn new(code: u16, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), retry_after: None }
    }

    pub(super) fn bad_request(why: &str) -> Self {
        Self::new(400, format!("Request failed: {why}"))
    }

    pub(super) fn missing(name: &str) -> Self {
        Self::new(4020, format!("Missing parameter: {name}"))
    }

    /// There is no room for what was asked.
    pub(super) fn no_room() -> Self {
        Self::new(5000, NO_ROOM)
    }

    pub(super) fn session_expired() -> Self {
        Self::new(4006, "session expired")
    }

    pub(super) fn session_not_found() -> Self {
        Self::new(4007, "session not found")
    }

    pub(super) fn read_only() -> Self {
        Self::new(409, "Session is read-only, no new messages allowed")
    }

    pub(super) fn too_many(retry_after: u32) -> Self {
        Self { code: 429, text: "Message rate too high for this session".into(), retry_after: Some(retry_after) }
    }

    /// The body of an error that is more than its words, as the schema has it.
    pub(super) fn body(&self, name: &str, code: u16) -> Value {
        json!({ "name": name, "message": self.text, "errorCode": code, "errorMessage": self.text })
    }

    /// The same in capitals.
    pub(super) fn in_capitals(mut self) -> Self {
        self.text = self.text.to_uppercase();
        self
    }

    /// The frame that says it.
    pub(super) fn frame(&self, tracing_id: Option<&str>) -> Value {
        match self.retry_after {
            Some(seconds) => {
                let mut body = self.body("TooManyRequestsErrorMessage", 4029);
                body["retryAfter"] = seconds.into();
                frame::response("TooManyRequestsErrorMessage", 429, body, tracing_id)
            }
            None => frame::response("string", self.code, self.text.as_str().into(), tracing_id),
        }
    }
}
