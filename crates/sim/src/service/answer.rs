//! The answer to a request, whichever service it was for.

use serde_json::Value;

use super::budget::Reservation;
use super::faults::{Foreign, RetryAfter, Scope};
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
    /// Somebody else's words in the place of the body. In a box, as few answers have any.
    pub foreign: Option<Box<ForeignBody>>,
    /// The room that a large body takes, until it is written out.
    pub held: Option<Reservation>,
}

/// What somebody else answers with in the service's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignBody {
    /// The words.
    pub text: String,
    /// What they are said to be, a `Content-Type`.
    pub content_type: String,
}

impl RestAnswer {
    pub(super) fn ok(body: Value) -> Self {
        Self {
            status: 200,
            body,
            retry_after: None,
            delay: 0,
            lost: false,
            headers: Vec::new(),
            foreign: None,
            held: None,
        }
    }

    /// Nothing is answered for so long, and then the connection is reset.
    pub(super) fn stalled(ms: Millis) -> Self {
        Self { delay: ms, lost: true, ..Self::refusal(503, Value::Null, None) }
    }

    /// Its body as it goes out.
    pub fn text(&self) -> String {
        match (&self.foreign, &self.body) {
            (Some(foreign), _) => foreign.text.clone(),
            (None, Value::Null) => String::new(),
            (None, body) => body.to_string(),
        }
    }

    pub(super) fn foreign(answer: Foreign) -> Self {
        let seconds = |seconds| RetryAfter { in_body: false, ..RetryAfter::seconds(seconds) };
        Self {
            status: answer.status,
            retry_after: answer.retry_after.map(seconds),
            headers: answer.location.into_iter().map(|to| ("location", to)).collect(),
            foreign: Some(Box::new(ForeignBody { text: answer.body, content_type: answer.content_type })),
            ..Self::ok(Value::Null)
        }
    }

    pub(super) fn refusal(status: u16, body: Value, retry_after: Option<RetryAfter>) -> Self {
        let retry_after = retry_after.filter(|retry| retry.header.is_some());
        Self { status, retry_after, ..Self::ok(body) }
    }
}

impl Service {
    /// What somebody else answers to a request that the service never sees, where a fault says so.
    pub(super) fn intercepted(
        &mut self,
        now: Millis,
        what: &'static str,
        scope: Scope,
        conversation: Option<&str>,
    ) -> Option<RestAnswer> {
        let answer = RestAnswer::foreign(self.faults.foreign(now, scope, conversation)?);
        Some(self.finish(now, what, conversation.map(str::to_owned), None, answer))
    }

    /// The same of a socket's handshake.
    pub(super) fn handshake_intercepted(&mut self, now: Millis, conversation: &str) -> Result<(), RestAnswer> {
        self.faults
            .foreign(now, Scope::Socket, Some(conversation))
            .map_or(Ok(()), |answer| Err(RestAnswer::foreign(answer)))
    }

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
