//! The dialect `webchat`, as an observer on the wire sees it.

use base64ct::{Base64UrlUnpadded, Encoding};
use guestwire_core::protocol::{Address, Request};
use guestwire_core::value::Value;

use super::{Handshake, Nature, Told};
use crate::checkers::Endpoint;
use crate::service::{
    ConnectionId, Dedupe, RestAnswer, Service, ServiceConfig, SocketAuth, SocketCredential, WebChatConfig,
};
use crate::world::CREDENTIAL;
use crate::world::chance::Chance;
use crate::world::life::MAX_CONTENT;

/// `https://{host}/api/v2/webchat/instances/{conversation}/…`
const CONVERSATION: usize = 7;

pub(super) fn nature(chance: &mut Chance, habits: &mut Chance, recorded: usize) -> Nature {
    let lost = chance.pick(&["resend", "resend", "fail", "resend-uncertain"]);
    let provider = chance.one_in(3);
    let credential = if provider {
        r#"{"kind":"provider"}"#.to_owned()
    } else {
        format!(r#"{{"kind":"bearer","value":"{CREDENTIAL}"}}"#)
    };
    let (auth, service_auth) =
        chance.pick(&[("query", SocketAuth::Query), ("query", SocketAuth::Any), ("subprotocol", SocketAuth::Any)]);
    let (rest, window) = (!chance.one_in(5), chance.pick(&[32, 32, 4, 1]));
    let dedupe = habits.pick(&[Dedupe::Instance, Dedupe::Instance, Dedupe::Host]);
    let options = format!(
        r#"{{"host":"chat.example","credential":{credential},"socketAuth":"{auth}","onSessionLost":"{lost}","rest":{},"window":{},"ttl":{},"maxMessages":{},"maxBytes":{},"maxOpens":{},"trace":{recorded}}}"#,
        rest,
        window,
        chance.pick(&[300_000, 40_000]),
        chance.pick(&[1_000, 20]),
        chance.pick(&[4 << 20, 4 << 20, 6_000]),
        chance.pick(&[5, 5, 3]),
    );
    let webchat = WebChatConfig {
        bearer_tokens: vec![CREDENTIAL.to_owned()],
        token_life: chance.pick(&[3_600, 3_600, 120, 45]),
        rate: chance.pick(&[None, None, Some(5.0), Some(1.0)]),
        heartbeat_ack: !chance.one_in(6),
        max_content: MAX_CONTENT,
        socket_auth: service_auth,
        dedupe,
        replay: habits.pick(&[100, 100, 3, 0]),
        // `window: 1` is for services that do not keep it (webchat.md, "Order under refusal").
        order_under_refusal: window > 1 || habits.one_in(2),
        ..WebChatConfig::default()
    };
    let service = ServiceConfig { echo: chance.one_in(4), ..ServiceConfig::from(webchat) };
    let duplicates_accepted = lost == "resend-uncertain" && dedupe == Dedupe::Instance;
    let copies_arrive_within = u64::MAX / 2;
    Nature { options, service, provider, duplicates_accepted, replayable: true, copies_arrive_within, in_order: true }
}

pub(super) fn open(service: &mut Service, now: u64, handshake: &Handshake) -> Result<ConnectionId, RestAnswer> {
    let token = handshake.token.as_str();
    let credential =
        if handshake.subprotocol { SocketCredential::Subprotocol(token) } else { SocketCredential::Query(token) };
    service.open_socket(now, &handshake.conversation, credential)
}

fn conversation(url: &str) -> String {
    url.split('/').nth(CONVERSATION).unwrap_or_default().to_owned()
}

pub(super) fn handshake(address: &Address) -> Handshake {
    let url = address.url.expose();
    let offered = address.protocols.iter().find_map(|protocol| protocol.expose().strip_prefix("bearer."));
    let offered = offered.and_then(|encoded| String::from_utf8(Base64UrlUnpadded::decode_vec(encoded).ok()?).ok());
    let asked = url.split_once("?access_token=").map(|(_, token)| token.to_owned());
    Handshake {
        conversation: conversation(url),
        subprotocol: offered.is_some(),
        token: offered.or(asked).unwrap_or_default(),
    }
}

pub(super) fn endpoint(request: &Request) -> (Endpoint, String) {
    let url = request.url.expose();
    let endpoint = match request.method {
        "GET" => Endpoint::Probe,
        _ if url.ends_with("/guests") => Endpoint::Guests,
        _ => Endpoint::Messages,
    };
    (endpoint, conversation(url))
}

pub(super) fn message(frame: &str) -> Option<&str> {
    frame.rsplit_once(r#""messageId":""#).and_then(|(_, rest)| rest.get(..36))
}

pub(super) fn told(frame: &Value) -> Told<'_> {
    let kind = frame.get("type").and_then(Value::text);
    let answer = matches!(kind, Some("messageReceived" | "error"));
    let id = frame.get("messageId").and_then(Value::text);
    let code = frame.get("code").and_then(Value::whole).and_then(|code| u16::try_from(code).ok());
    let taken = kind == Some("messageReceived") || code.and_then(took) == Some(true);
    let readable = kind == Some("message") && frame.get("content").and_then(Value::text).is_some();
    let retry_after = frame.get("retryAfter").and_then(Value::whole).map(|seconds| seconds * 1_000);
    Told {
        answers: id.filter(|_| answer),
        of_latest: false,
        taken,
        code: code.filter(|_| kind == Some("error")),
        came: id.filter(|id| readable && !id.is_empty()),
        retry_after: retry_after.filter(|_| answer),
        attributes: None,
        read_only: None,
        new: false,
    }
}

/// 409: it was taken before.
pub(super) fn took(status: u16) -> Option<bool> {
    match status {
        200..=299 | 409 => Some(true),
        400.. => Some(false),
        _ => None,
    }
}

/// "Create a guest session", "Error frames" and the table of close codes.
pub(super) fn ends(code: u16) -> Option<&'static str> {
    match code {
        401 | 1008 | 3000 | 4001 | 4401 => Some("unauthorized"),
        403 | 4003 | 4403 => Some("forbidden"),
        400..=499 => Some("refused"),
        1000 => Some("ended"),
        1002 | 1003 | 1007 | 1009 | 1010 | 3003 => Some("protocol"),
        _ => None,
    }
}

pub(super) fn written(token: &str) -> String {
    Base64UrlUnpadded::encode_string(token.as_bytes())
}
