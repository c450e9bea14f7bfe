//! The answer to a request, whichever service it was for.

use serde_json::Value;

use super::faults::RetryAfter;
use super::history::Request;
use super::{Millis, Service};

/// The answer to a request.
#[derive(Clone, Debug, PartialEq)]
pub struct RestAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body, JSON; null is none.
    pub body: Value,
    /// What the header `Retry-After` is to say.
    pub retry_after: Option<RetryAfter>,
    /// How much later than now it is to go out.
    pub delay: Millis,
    /// The answer never arrives: the connection is reset instead.
    pub lost: bool,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
}

impl RestAnswer {
    pub(super) fn ok(body: Value) -> Self {
        Self { status: 200, body, retry_after: None, delay: 0, lost: false, headers: Vec::new() }
    }

    /// Nothing is answered for so long, and then the connection is reset.
    pub(super) fn stalled(ms: Millis) -> Self {
        Self { delay: ms, lost: true, ..Self::refusal(503, Value::Null, None) }
    }

    pub(super) fn refusal(status: u16, body: Value, retry_after: Option<RetryAfter>) -> Self {
        let retry_after = retry_after.filter(|retry| retry.header.is_some());
        Self { status, body, retry_after, delay: 0, lost: false, headers: Vec::new() }
    }
}

impl Service {
    /// Notes a request and its answer, and delays it where a fault says so.
    pub(super) fn finish(
        &mut self,
        now: Millis,
        what: &'static str,
        conversation: Option<String>,
        message_id: Option<String>,
        mut answer: RestAnswer,
    ) -> RestAnswer {
        answer.delay = self.faults.delay(now, conversation.as_deref());
        let status = if answer.lost { 0 } else { answer.status };
        self.requests.push(Request { at: now, what, conversation, message_id, status });
        answer
    }
}
