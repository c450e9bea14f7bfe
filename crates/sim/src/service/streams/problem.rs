//! Refusals in the form that the platform's API shares: `ErrorBody` (notifications.md, A3).

use serde_json::{Value, json};

use crate::service::faults::{Refusal, RetryAfter};
use crate::service::limits::{NO_ROOM, NO_ROOM_RETRY};
use crate::service::{RestAnswer, Service};

/// Why an API call was refused.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Problem {
    pub(super) status: u16,
    code: &'static str,
    message: String,
    /// What it is about, one by one.
    details: Vec<Value>,
    retry_after: Option<RetryAfter>,
}

impl Problem {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), details: Vec::new(), retry_after: None }
    }

    pub(super) fn about(self, details: Vec<Value>) -> Self {
        Self { details, ..self }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "bad.request", message)
    }

    pub(super) fn no_channel() -> Self {
        Self::new(404, "not.found", "The requested channel was not found.")
    }

    /// There is no room for what was asked.
    pub(super) fn no_room() -> Self {
        let retry_after = Some(RetryAfter { in_body: false, ..RetryAfter::seconds(NO_ROOM_RETRY) });
        Self { retry_after, ..Self::new(503, "service.unavailable", NO_ROOM) }
    }

    /// As it was seen in the field, words and all.
    pub(super) fn too_many(seconds: u32) -> Self {
        let message = format!("Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds");
        let retry_after = Some(RetryAfter { in_body: false, ..RetryAfter::seconds(seconds) });
        Self { retry_after, ..Self::new(429, "too.many.requests.retry.after", message) }
    }

    /// A fault has this status: the platform's code and words for it.
    pub(super) fn fault(refusal: Refusal) -> Self {
        let (code, message) = match refusal.status {
            400 => ("bad.request", "The request could not be understood by the server."),
            401 => ("bad.credentials", "Invalid login credentials."),
            403 => ("not.authorized", "You are not authorized to perform the requested action."),
            404 => ("not.found", "The requested resource was not found."),
            408 => ("client.timeout", "The client did not send the request in time."),
            409 => ("request.conflict", "The request conflicts with the present state."),
            413 => ("request.entity.too.large", "The request is too large."),
            429 => match refusal.retry_after {
                Some(retry) => {
                    return Self { retry_after: Some(retry), ..Self::too_many(retry.seconds) };
                }
                None => ("too.many.requests", "Rate limit exceeded the maximum."),
            },
            503 => ("service.unavailable", "Service Unavailable - The server is currently unavailable."),
            504 => ("request.timeout", "The request timed out."),
            500.. => ("internal.server.error", "The server encountered an unexpected condition."),
            _ => ("general.error", "refused by a fault"),
        };
        Self { retry_after: refusal.retry_after, ..Self::new(refusal.status, code, message) }
    }
}

impl Service {
    pub(super) fn problem(&mut self, problem: Problem) -> RestAnswer {
        let body = json!({
            "message": problem.message,
            "code": problem.code,
            "status": problem.status,
            "contextId": self.ids.uuid(),
            "details": problem.details,
            "errors": [],
        });
        RestAnswer::refusal(problem.status, body, problem.retry_after)
    }
}
