//! Event streams, as an observer on the wire sees them: notification channels, or a plain event socket.

use guestwire_core::protocol::{Address, Request};
use guestwire_core::value::Value;

use super::{Handshake, Nature, Told};
use crate::checkers::Endpoint;
use crate::service::{
    ConnectionId, GoneChannels, Millis, OAuthClient, RestAnswer, Service, ServiceConfig, StreamsConfig, Subscribing,
    TokenRequest,
};
use crate::world::chance::Chance;
use crate::world::{CREDENTIAL, EPOCH};

/// The region's API, as the service is asked for there.
const BASE: &str = "https://api.mypurecloud.de";
const CHANNELS: &str = "/api/v2/notifications/channels";
/// What stands here for the frame that ends a client for good; it has no code.
const EVICTED: u16 = 1;
/// How the topic of its frame begins.
const EVICTION: &str = "v2.system.no_longer_subscribed";
const MINUTE: u64 = 60_000;

/// The options of the token manager that stands before the client.
pub(in crate::world) fn credentials(place: &str) -> String {
    format!(r#"{{"region":"mypurecloud.de","clientId":"app","clientSecret":"{CREDENTIAL}","in":"{place}"}}"#)
}

/// What is wanted from the beginning.
const TOPICS: &str = r#"["v2.t.0","v2.t.1","v2.users.u?a&b"]"#;

pub(super) fn nature(chance: &mut Chance, habits: &mut Chance, recorded: usize) -> Nature {
    let plain = chance.one_in(3);
    let confirm = habits.one_in(2);
    let resync = habits.one_in(3);
    let own = if plain {
        let confirmed = if confirm { r#","confirmed":{"type":"subscribed"}"# } else { "" };
        format!(
            r#""url":"wss://events.example/stream","tokenIn":"{}","subscribe":{{"style":"{}","topics":{TOPICS}{confirmed}}}"#,
            chance.pick(&["query", "header"]),
            chance.pick(&["subscribe", "subscribe", "events"]),
        )
    } else {
        format!(
            r#""region":"mypurecloud.de","topics":{TOPICS},"handover":"{}","onEvicted":"{}""#,
            chance.pick(&["same-channel", "same-channel", "second-channel"]),
            chance.pick(&["stop", "reconnect", "reconnect"]),
        )
    };
    let options = format!(
        r#"{{"dialect":"streams",{own},"credential":{{"kind":"provider"}},"resync":{resync},"rawBody":{},"maxOpens":{},"trace":{recorded}}}"#,
        // No draw of its own: no seed means another life by it.
        !resync,
        chance.pick(&[5, 5, 3]),
    );
    let streams = StreamsConfig {
        epoch: EPOCH,
        clients: vec![OAuthClient { id: "app".into(), secret: CREDENTIAL.into() }],
        token_life: habits.pick(&[86_400, 86_400, 3_600, 300]),
        channel_life: habits.pick(&[24 * 60 * MINUTE, 24 * 60 * MINUTE, 60 * MINUTE, 10 * MINUTE]),
        channels_die_with_token: !habits.one_in(3),
        gone: habits.pick(&[GoneChannels::Refused(401), GoneChannels::Refused(404), GoneChannels::Mute]),
        count_combined: habits.one_in(2),
        closing_notice: habits.pick(&[MINUTE, MINUTE, 5_000]),
        idle: Some(habits.pick(&[15 * MINUTE, MINUTE])),
        idle_silently: habits.one_in(2),
        // A service that neither answers nor beats can be half-open for ever, and nobody could tell.
        heartbeat_ack: true,
        confirm,
        ..StreamsConfig::default()
    };
    Nature {
        options,
        service: ServiceConfig::from(streams),
        provider: true,
        duplicates_accepted: false,
        replayable: true,
        copies_arrive_within: u64::MAX / 2,
        in_order: true,
    }
}

/// `…/channels/{id}`, or a plain socket with its token.
pub(super) fn handshake(address: &Address) -> Handshake {
    let url = address.url.expose();
    if let Some((_, id)) = url.split_once("/channels/") {
        return Handshake { conversation: id.to_owned(), ..Handshake::default() };
    }
    let in_query = url.split_once("access_token=").map(|(_, token)| token.to_owned());
    let in_header = || address.authorization.as_ref()?.expose().strip_prefix("Bearer ").map(str::to_owned);
    Handshake { token: in_query.or_else(in_header).unwrap_or_default(), ..Handshake::default() }
}

pub(super) fn open(service: &mut Service, now: Millis, handshake: &Handshake) -> Result<ConnectionId, RestAnswer> {
    if handshake.conversation.is_empty() {
        service.open_events(now, Some(&handshake.token))
    } else {
        service.open_channel(now, &handshake.conversation)
    }
}

/// Where a request goes, and its path.
pub(super) fn endpoint(request: &Request) -> (Endpoint, String) {
    let url = request.url.expose();
    let path = url.find(CHANNELS).map_or("", |place| &url[place..]);
    let endpoint = match (request.method, path) {
        ("POST", CHANNELS) => Endpoint::Guests,
        ("HEAD", _) => Endpoint::Probe,
        _ => Endpoint::Subscriptions,
    };
    (endpoint, path.to_owned())
}

/// A call of the API.
pub(in crate::world) fn serve(
    service: &mut Service,
    now: Millis,
    method: &str,
    path: &str,
    token: &str,
    body: &[u8],
) -> RestAnswer {
    let bearer = Some(token);
    let rest = path.strip_prefix(CHANNELS).unwrap_or_default().trim_start_matches('/');
    let (id, query) = rest.split_once("/subscriptions").unwrap_or((rest, ""));
    let ignore = query.strip_prefix("?ignoreErrors=");
    match method {
        "HEAD" => service.check_channel(now, bearer, id),
        "PUT" => service.change_topics(now, bearer, id, Subscribing::Replace, ignore, body),
        "POST" if !id.is_empty() => service.change_topics(now, bearer, id, Subscribing::Add, ignore, body),
        "POST" => service.create_channel(now, bearer, BASE),
        _ => service.list_channels(now, bearer, None, BASE),
    }
}

/// A request for a token.
pub(in crate::world) fn give_token(service: &mut Service, now: Millis, request: &Request) -> RestAnswer {
    let header = |name: &str| request.headers.iter().find(|header| header.0 == name).map(|header| header.1.expose());
    let body = request.body.as_deref().unwrap_or_default().as_bytes();
    service.give_token(
        now,
        TokenRequest { authorization: header("Authorization"), content_type: header("Content-Type"), body },
    )
}

pub(super) fn told(frame: &Value) -> Told<'_> {
    let text = |name: &str| frame.get(name).and_then(Value::text);
    let evicted = text("topicName").is_some_and(|topic| topic.starts_with(EVICTION));
    let error = text("type") == Some("error");
    let code = frame.get("code").and_then(Value::whole).and_then(|code| u16::try_from(code).ok());
    let retry_after = frame.get("retryAfter").and_then(Value::whole).map(|seconds| seconds * 1_000);
    Told {
        answers: None,
        of_latest: false,
        taken: false,
        came: None,
        code: if evicted { Some(EVICTED) } else { code.filter(|_| error) },
        retry_after: retry_after.filter(|_| error),
        attributes: None,
        read_only: None,
        new: false,
    }
}

/// What a client ends for, by the status of an answer or the code of a frame or of a close.
pub(super) fn ends(code: u16) -> Option<&'static str> {
    match code {
        EVICTED => Some("evicted"),
        401 | 1008 | 3000 | 4001 | 4401 => Some("unauthorized"),
        403 | 4403 | 4003 => Some("forbidden"),
        1002 | 1003 | 1007 | 1009 | 1010 | 3003 => Some("protocol"),
        400 | 405..=407 | 409 | 410..=424 => Some("refused"),
        _ => None,
    }
}

/// What an event is known by on every socket that it comes on.
pub(in crate::world) fn correlation(frame: &Value) -> Option<&str> {
    frame.get("metadata")?.get("CorrelationId")?.text()
}

/// Whether a frame on a plain socket tells of topics.
pub(in crate::world) fn tells_topics(frame: &str) -> bool {
    [r#"{"type":"subscribe""#, r#"{"type":"unsubscribe""#, r#"{"api-version""#]
        .iter()
        .any(|word| frame.starts_with(word))
}

/// The topics that a plain socket's confirmation is about.
pub(in crate::world) fn confirmed(frame: &Value) -> Option<&Value> {
    frame.get("type").and_then(Value::text).filter(|kind| *kind == "subscribed")?;
    frame.get("data")?.get("topics")
}

/// Which channel is said to be evicted, where that is said.
pub(in crate::world) fn evicted(frame: &Value) -> Option<&str> {
    let whose = frame.get("topicName").and_then(Value::text)?.strip_prefix(EVICTION)?.strip_prefix('.');
    whose.or_else(|| frame.get("eventBody")?.get("channelId")?.text())
}

/// That the service will close this socket.
pub(in crate::world) fn is_closing(frame: &Value) -> bool {
    frame.get("topicName").and_then(Value::text) == Some("v2.system.socket_closing")
}

/// That the token counts no more.
pub(in crate::world) fn refuses_token(frame: &Value) -> bool {
    let topic = frame.get("topicName").and_then(Value::text).unwrap_or_default();
    topic.starts_with("v2.system.token_revoked.") || told(frame).code == Some(401)
}

/// The wait that an answer of the API asks for in words, ms.
pub(in crate::world) fn said_wait(body: &serde_json::Value) -> Option<u64> {
    let (_, rest) = body["message"].as_str()?.split_once("Retry the request in [")?;
    rest.split_once(']')?.0.parse::<u64>().ok().map(|seconds| seconds * 1_000)
}
