//! What a notification channel's socket says (notifications.md, A4).

use super::identifier;
use crate::body::Body;
use crate::protocol::Received;
use crate::protocol::streaming::{News, Streamed};
use crate::secret::Secret;
use crate::value::Value;

/// What it is asked whether it lives (notifications.md, A4, "Client health check").
pub(super) const PING: &str = r#"{"message":"ping"}"#;

pub(super) fn read(frame: &Value) -> Result<Received, &'static str> {
    let Some(topic) = identifier(frame.get("topicName")) else {
        return if frame.get("result").is_some() { Ok(answered(frame)) } else { Err("no_topic") };
    };
    let body = frame.get("eventBody");
    let said = body.and_then(|body| body.get("message")).and_then(Value::text);
    if topic == "channel.metadata" {
        return Ok(match said {
            Some("pong") => Received::Alive(None),
            Some("WebSocket Heartbeat") => Received::Stream(News::Beat),
            _ => Received::Ignored,
        });
    }
    if let Some(system) = topic.strip_prefix("v2.system.") {
        return Ok(match system.split_once('.').map_or(system, |(kind, _)| kind) {
            "socket_closing" => Received::Stream(News::Closing),
            "no_longer_subscribed" => {
                let named = system.split_once('.').map(|(_, id)| id);
                let named = named.or_else(|| identifier(body.and_then(|body| body.get("channelId"))));
                Received::Stream(News::Unsubscribed(named.map(|id| Secret::new(id.to_owned()))))
            }
            "token_revoked" => Received::Stream(News::TokenRevoked),
            _ => Received::Ignored,
        });
    }
    let metadata = frame.get("metadata");
    let correlation = metadata.and_then(|it| it.get("CorrelationId").or_else(|| it.get("correlationId")));
    Ok(Received::Streamed(Streamed {
        topic: topic.to_owned(),
        body: Body::new(body.unwrap_or(&Value::Null)),
        bytes: 0,
        correlation: identifier(correlation).map(str::to_owned),
    }))
}

/// An answer to what was asked over the socket. A 404 says that the channel is not there, whatever the cause.
fn answered(frame: &Value) -> Received {
    match frame.get("result").and_then(Value::text) {
        Some("200") => Received::Stream(News::Confirmed),
        Some("404") => Received::Stream(News::Gone),
        _ => Received::Ignored,
    }
}
