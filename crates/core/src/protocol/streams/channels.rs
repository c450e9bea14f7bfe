//! The service's channels over REST (notifications.md, A3).

use super::{ENCODED, Streams, identifier};
use crate::json::quote;
use crate::limits;
use crate::protocol::streaming::{Change, Channel, Channels, Refused, Verdict};
use crate::protocol::{Address, Request};
use crate::retry_after::days;
use crate::secret::Secret;
use crate::value::Value;
use percent_encoding::utf8_percent_encode;

const CHANNELS: &str = "/api/v2/notifications/channels";

impl Channels for Streams {
    fn make(&self, token: &Secret) -> Request {
        self.request("POST", token, CHANNELS, None)
    }

    fn made(&self, body: &Value, wall: u64) -> Option<Channel> {
        let id = identifier(body.get("id"))?;
        let uri = identifier(body.get("connectUri"))?;
        let life = life(body, wall).unwrap_or(limits::CHANNEL_LIFE);
        Some(Channel { id: Secret::new(id.to_owned()), uri: Secret::new(uri.to_owned()), life })
    }

    fn check(&self, token: &Secret, channel: &Channel) -> Request {
        self.request("HEAD", token, &path(channel, ""), None)
    }

    fn list(&self, token: &Secret) -> Request {
        self.request("GET", token, CHANNELS, None)
    }

    fn left(&self, body: &Value, channel: &Channel, wall: u64) -> Option<u64> {
        let Value::List(entities) = body.get("entities")? else { return None };
        let ours = entities.iter().find(|it| it.get("id").and_then(Value::text) == Some(channel.id.expose()))?;
        life(ours, wall)
    }

    fn subscribe(&self, token: &Secret, channel: &Channel, change: &Change) -> Request {
        let mut body = String::from("[");
        for (place, topic) in change.add.iter().enumerate() {
            body.push_str(if place > 0 { ",{\"id\":" } else { "{\"id\":" });
            quote(&mut body, topic);
            body.push('}');
        }
        body.push(']');
        let method = if change.whole { "PUT" } else { "POST" };
        self.request(method, token, &path(channel, "/subscriptions?ignoreErrors=true"), Some(body))
    }

    fn verdicts(&self, body: &Value) -> Option<Vec<Verdict>> {
        let Value::List(entities) = body.get("entities")? else { return None };
        let verdict = |entity: &Value| {
            let permitted = entity.get("state").and_then(Value::text).is_none_or(|state| state == "Permitted");
            let missing = match entity.get("missingPermissions") {
                Some(Value::List(missing)) => {
                    missing.iter().filter_map(|it| identifier(Some(it))).map(str::to_owned).collect()
                }
                _ => Vec::new(),
            };
            let reason = identifier(entity.get("rejectionReason")).or_else(|| identifier(entity.get("state")));
            let refused = Refused { reason: reason.unwrap_or("refused").to_owned(), missing };
            Some(Verdict { topic: identifier(entity.get("id"))?.to_owned(), refused: (!permitted).then_some(refused) })
        };
        Some(entities.iter().filter_map(verdict).collect())
    }

    fn reason<'a>(&self, body: &'a Value) -> Option<&'a str> {
        identifier(body.get("code"))
    }

    fn socket(&self, channel: &Channel) -> Address {
        Address { url: channel.uri.clone(), protocols: Vec::new(), origin: None, authorization: None }
    }
}

fn path(channel: &Channel, rest: &str) -> String {
    let mut path = String::from(CHANNELS);
    path.push('/');
    path.extend(utf8_percent_encode(channel.id.expose(), ENCODED));
    path.push_str(rest);
    path
}

/// How long something lives, ms, by the moment at which it ends.
fn life(body: &Value, wall: u64) -> Option<u64> {
    let expires = instant(body.get("expires")?.text()?)?;
    expires.checked_sub(wall).filter(|&life| life > 0).map(|life| life.min(limits::CHANNEL_LIFE))
}

/// `2020-08-12T12:41:54.707Z` in milliseconds since 1970 (ISO 8601, as the service writes it).
fn instant(text: &str) -> Option<u64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let three = |text: &str, sign: char| {
        let mut parts = text.split(sign).map(|part| part.parse::<u64>().ok());
        let all = (parts.next()??, parts.next()??, parts.next()??);
        parts.next().is_none().then_some(all)
    };
    let (year, month, day) = three(date, '-')?;
    let (hour, minute, second) = three(time, ':')?;
    let sound = year <= 9_999 && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !sound || hour > 23 || minute > 59 || second > 60 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = days(year, month, day)? * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(seconds * 1_000)
}
