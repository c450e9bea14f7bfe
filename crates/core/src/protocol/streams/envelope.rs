//! What a notification channel's socket says (notifications.md, A4). What is said of the channel itself is never an event.

use super::{correlation, identifier, topic};
use crate::body::Body;
use crate::protocol::streaming::{News, Streamed};
use crate::protocol::{Members, Received, Shown};
use crate::raw::Raw;
use crate::secret::Secret;
use crate::text;
use crate::value::Value;
use std::borrow::Cow;

/// What it is asked whether it lives.
pub(super) const PING: &str = r#"{"message":"ping"}"#;

/// What it answers to that.
pub(crate) const PONG: &str = "pong";
/// What it says of itself.
pub(crate) const BEAT: &str = "WebSocket Heartbeat";

/// Those of REST too: the trace has one list.
pub(super) const MEMBERS: Members = &[
    ("topicName", Shown::Topic),
    ("eventBody", Shown::OfSystem),
    ("message", Shown::Said),
    ("metadata", Shown::Parts),
    ("CorrelationId", Shown::Whole),
    ("correlationId", Shown::Whole),
    ("channelId", Shown::Alias),
    ("systemTopicType", Shown::Word),
    ("reason", Shown::Word),
    ("result", Shown::Figure),
    ("connectUri", Shown::Socket),
    ("id", Shown::Named),
    ("expires", Shown::Figure),
    ("entities", Shown::Parts),
    ("state", Shown::Whole),
    ("rejectionReason", Shown::Whole),
    ("missingPermissions", Shown::Words),
    ("code", Shown::Whole),
    ("retryAfter", Shown::Figure),
    ("retry_after", Shown::Figure),
];

/// What the service names itself by. Two of them are known of a sibling of these sockets only; they are no events either.
const SYSTEM: [&str; 4] = ["v2.system.", "channel.metadata", "system.v2.", "streaming-subscriptions-expiring"];

/// Whether a topic is about the channel itself.
pub(crate) fn is_system(topic: &str) -> bool {
    SYSTEM.iter().any(|known| topic.starts_with(known)) || topic == "v2.system"
}

pub(super) fn read(frame: &Value) -> Result<Received, &'static str> {
    let body = frame.get("eventBody");
    let Some(topic) = topic(frame.get("topicName")) else {
        return match (frame.get("result"), said(Some(frame))) {
            (Some(result), _) => Ok(answered(result)),
            (None, Some(PONG)) => Ok(Received::Alive(None)),
            _ => Err("no_topic"),
        };
    };
    if is_system(&topic) {
        return Ok(system(&topic, body));
    }
    Ok(Received::Streamed(Streamed {
        topic: topic.into_owned(),
        body: Body::new(body.unwrap_or(&Value::Null)),
        raw: Raw::member(Some("eventBody")),
        bytes: 0,
        correlation: correlation(frame.get("metadata")),
    }))
}

/// Of the system's topics every member may be missing.
fn system(topic: &str, body: Option<&Value>) -> Received {
    let member = |name: &str| body.and_then(|body| body.get(name));
    let text = |name: &str| identifier(member(name));
    if topic == "channel.metadata" {
        return match said(body) {
            Some(PONG) => Received::Alive(None),
            Some(BEAT) => Received::Stream(News::Beat),
            _ => Received::Ignored,
        };
    }
    let (named, whose) =
        match topic.strip_prefix("v2.system.").map(|rest| text::split_once(rest, b'.').unwrap_or((rest, ""))) {
            Some((named, whose)) => (named, Some(whose).filter(|whose| !whose.is_empty())),
            None => (text("systemTopicType").filter(|_| topic == "v2.system").unwrap_or_default(), None),
        };
    match named {
        "socket_closing" => Received::Stream(News::Closing),
        "token_revoked" => Received::Stream(News::TokenRevoked),
        // It is not the channel's place that was taken.
        "no_longer_subscribed" if member("reason").is_some_and(|it| it.is_word("user_tokens_revoked")) => {
            Received::Stream(News::TokenRevoked)
        }
        "no_longer_subscribed" => {
            // One that is not exact is another's, as far as anybody knows.
            let said = || member("channelId").map(|id| id.id().unwrap_or_default());
            let channel = whose.map(Cow::Borrowed).or_else(said);
            Received::Stream(News::Unsubscribed(channel.map(|id| Secret::new(id.into_owned()))))
        }
        _ => Received::Ignored,
    }
}

fn said(value: Option<&Value>) -> Option<&str> {
    value?.get("message")?.text()
}

/// An answer to what was asked over the socket. A 404 says that the channel is not there, whatever the cause.
fn answered(result: &Value) -> Received {
    match result.code() {
        Some(200) => Received::Stream(News::Confirmed),
        Some(404) => Received::Stream(News::Gone),
        _ => Received::Ignored,
    }
}

/// What is read as one.
pub(super) fn confirmation() -> Value {
    Value::Map(vec![("result".to_owned(), Value::Text("200".to_owned()))])
}
