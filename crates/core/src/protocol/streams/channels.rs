//! The service's channels over REST (notifications.md, A3).

use super::{ENCODED, Streams, identifier, topic};
use crate::gather::gather;
use crate::json::{digits, quote};
use crate::limits;
use crate::protocol::streaming::{Change, Channel, Channels, Refused, Verdict};
use crate::protocol::{Address, Request};
use crate::retry_after::days;
use crate::secret::Secret;
use crate::text;
use crate::value::{self, Value};
use percent_encoding::utf8_percent_encode;

const CHANNELS: &str = "/api/v2/notifications/channels";

impl Channels for Streams {
    fn make(&self, token: &Secret) -> Request {
        self.request("POST", token, CHANNELS, None)
    }

    fn made(&self, body: &Value, wall: u64) -> Option<Channel> {
        // A dot segment would change the path that the id stands in.
        let id = value::id(body.get("id")).ok().filter(|id| !matches!(&**id, "." | ".."))?;
        let uri = identifier(body.get("connectUri")).filter(|uri| self.trusts(uri))?;
        let life = life(body, wall).unwrap_or(limits::CHANNEL_LIFE);
        Some(Channel { id: Secret::new(id.into_owned()), uri: Secret::new(uri.to_owned()), life })
    }

    fn check(&self, token: &Secret, channel: &Channel) -> Request {
        self.request("HEAD", token, &path(channel, ""), None)
    }

    fn list(&self, token: &Secret) -> Request {
        self.request("GET", token, CHANNELS, None)
    }

    fn left(&self, body: &Value, channel: &Channel, wall: u64) -> Option<u64> {
        let Value::List(entities) = body.get("entities")? else { return None };
        let is_ours = |it: &&Value| value::id(it.get("id")).is_ok_and(|id| id == channel.id.expose());
        let ours = entities.iter().find(is_ours)?;
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
        Some(gather(entities.iter().filter_map(verdict).take(limits::VERDICTS)))
    }

    fn reason<'a>(&self, body: &'a Value) -> Option<&'a str> {
        short(body.get("code"))
    }

    fn trusts(&self, uri: &str) -> bool {
        self.host.has_socket("streaming.", uri)
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

/// What became of one topic. An entity without a state is one all the same: it stands in the list of what there is.
fn verdict(entity: &Value) -> Option<Verdict> {
    let topic = topic(entity.get("id"))?.into_owned();
    let state = identifier(entity.get("state"));
    if state.is_none_or(|state| state.eq_ignore_ascii_case("permitted")) {
        return Some(Verdict { topic, refused: None });
    }
    let missing = match entity.get("missingPermissions") {
        Some(Value::List(missing)) => missing.as_slice(),
        _ => &[],
    };
    let missing = missing.iter().filter_map(|it| short(Some(it)).map(str::to_owned)).take(limits::PERMISSIONS);
    let reason =
        short(entity.get("rejectionReason")).or_else(|| short(entity.get("state"))).unwrap_or_default().to_owned();
    Some(Verdict { topic, refused: Some(Refused { reason, missing: gather(missing) }) })
}

/// A reason, or a permission: one answer may give it to every topic.
fn short(value: Option<&Value>) -> Option<&str> {
    identifier(value).filter(|text| text.len() <= limits::REASON_BYTES)
}

/// A page cannot always read the header; the service also says it in words: "Retry the request in [59] seconds".
pub(super) fn retry_after(body: &Value) -> Option<u64> {
    wait_in_words(identifier(body.get("message"))?).map(|seconds| seconds * 1_000)
}

/// The seconds in such a sentence.
pub(crate) fn wait_in_words(sentence: &str) -> Option<u64> {
    let (_, rest) = text::rsplit_once(sentence, b'[')?;
    let (number, rest) = text::split_once(rest, b']')?;
    digits(number, 999_999_999).filter(|_| rest.starts_with(" seconds"))
}

/// How long something lives, ms, by the moment at which it ends. What seems to be over at once says more of our clock.
fn life(body: &Value, wall: u64) -> Option<u64> {
    let expires = body.get("expires")?;
    let expires = expires.text().and_then(instant).or_else(|| expires.whole())?;
    let life = expires.checked_sub(wall).filter(|&life| life >= limits::CHANNEL_LIFE_LEAST);
    life.map(|life| life.min(limits::CHANNEL_LIFE))
}

/// `2020-08-12T12:41:54.707Z` in milliseconds since 1970 (ISO 8601, as the service writes it).
pub(in crate::protocol) fn instant(text: &str) -> Option<u64> {
    let (date, time) = text::split_once(text.strip_suffix('Z')?, b'T')?;
    let (time, fraction) = text::split_once(time, b'.').unwrap_or((time, "0"));
    if !(1..=9).contains(&fraction.len()) || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, month, day) = three(date, b'-', [4, 2, 2])?;
    let (hour, minute, second) = three(time, b':', [2, 2, 2])?;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = days(year, month, day)? * 86_400 + hour * 3_600 + minute * 60 + second;
    // Of a fraction the thousandths count; there are fewer digits where it is short.
    let mut thousandths = 0;
    for place in 0..3 {
        thousandths = thousandths * 10 + fraction.as_bytes().get(place).map_or(0, |digit| u64::from(digit - b'0'));
    }
    Some(seconds * 1_000 + thousandths)
}

/// Three numbers of so many digits.
fn three(text: &str, by: u8, lengths: [usize; 3]) -> Option<(u64, u64, u64)> {
    let parts = text::split(text, by);
    let mut numbers = [0; 3];
    for (place, length) in lengths.into_iter().enumerate() {
        let part = parts.get(place).filter(|part| part.len() == length)?;
        numbers[place] = digits(part, u64::MAX)?;
    }
    (parts.len() == 3).then_some((numbers[0], numbers[1], numbers[2]))
}
