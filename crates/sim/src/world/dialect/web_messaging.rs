//! The dialect `web-messaging`, as an observer on the wire sees it.

use guestwire_core::protocol::Request;
use guestwire_core::value::Value;

use super::{Nature, Told, words};
use crate::checkers::Endpoint;
use crate::service::{
    Act, ConnectionId, Fault, Handshake, HistoryRequest, Incoming, RestAnswer, Rewriting, Service, ServiceConfig,
    Speech, WebMessagingConfig,
};
use crate::world::CREDENTIAL;
use crate::world::chance::Chance;
use crate::world::life::MAX_CONTENT;
use crate::world::plan::act;

/// How late a first copy can still appear, as the client is told, ms. The service is late by less.
const SETTLE_AFTER: u64 = 10_000;
/// The page that the client is in, and the service's name.
const ORIGIN: &str = "https://page.example";
/// What stands here for the frames that end a connection for good; they have no code.
const EVICTED: u16 = 1;
const LOGGED_OUT: u16 = 2;
const CLEARED: u16 = 3;
const BASE: &str = "https://webmessaging.chat.example";

pub(super) fn nature(chance: &mut Chance, habits: &mut Chance, recorded: usize) -> Nature {
    let policy = chance.pick(&["never-twice", "never-twice", "at-least-once"]);
    let history_lag = habits.pick(&[0, 0, 500, 1_500]);
    let mut options = format!(
        r#"{{"dialect":"web-messaging","region":"chat.example","deploymentId":"d-1","credential":{{"kind":"bearer","value":"{CREDENTIAL}"}},"onUncertain":"{policy}","settleAfter":{SETTLE_AFTER},"historyLag":{history_lag},"ttl":{},"maxMessages":{},"maxBytes":{},"maxOpens":{},"trace":{recorded}"#,
        chance.pick(&[300_000, 40_000]),
        chance.pick(&[1_000, 20]),
        chance.pick(&[4 << 20, 4 << 20, 6_000]),
        chance.pick(&[5, 5, 3]),
    );
    let dedupe = habits.one_in(3);
    let rewritings = habits.pick(&[
        &[][..],
        &[],
        &[Rewriting::Trim, Rewriting::Lines],
        &[Rewriting::Spaces, Rewriting::Invisible],
        &[Rewriting::Escape],
        &[Rewriting::Trim, Rewriting::Letters],
        &[Rewriting::Markup, Rewriting::Pictures, Rewriting::Links],
        &[Rewriting::Mask, Rewriting::Cut],
    ]);
    let own_tracing = habits.one_in(4);
    let (history_tracing, history_metadata) = (habits.one_in(2), habits.one_in(2));
    // Texts are not in a recording, and so not what is told by them.
    let by_id = history_tracing && !own_tracing || history_metadata;
    let web_messaging = WebMessagingConfig {
        session_life: chance.pick(&[259_200, 259_200, 900]),
        max_text: MAX_CONTENT,
        dedupe,
        history_tracing,
        history_metadata,
        error_tracing: !habits.one_in(3),
        late: habits.pick(&[0, 0, 300, 3_000, SETTLE_AFTER - 2_000]),
        push_expiry: habits.one_in(2),
        max_custom_bytes: habits.pick(&[2_048, 2_048, 600]),
        typing: !habits.one_in(4),
        echo_typing: habits.one_in(2),
        history_message_ids: habits.one_in(3),
        history_bare: habits.one_in(3),
        other_forms: habits.one_in(2),
        older_history: habits.one_in(3),
        history_page: habits.pick(&[500, 500, 25, 7]),
        history_total: !habits.one_in(6),
        history_poison: habits.pick(&[0, 0, 0, 5]),
        rewritings: rewritings.to_vec(),
        own_tracing,
        untraced_echo: habits.one_in(4),
        capitals: habits.one_in(3),
        history_lag,
        disorder: habits.pick(&[0, 0, 0, 30, 1_000]),
        upload_takes: habits.pick(&[0, 0, 300, 4_000, 40_000]),
        ..WebMessagingConfig::default()
    };
    let service = ServiceConfig { echo: chance.one_in(2), ..ServiceConfig::from(web_messaging) };
    let duplicates_accepted = policy == "at-least-once" && !dedupe;
    // What the client assumes (docs/web-messaging.md): the network's part of it and the service's.
    let copies_arrive_within = SETTLE_AFTER - service.web_messaging.late - service.web_messaging.history_lag;
    options.push_str(if habits.one_in(3) { r#","autoStart":true}"# } else { "}" });
    let in_order = service.web_messaging.disorder == 0;
    Nature { options, service, provider: false, duplicates_accepted, replayable: by_id, copies_arrive_within, in_order }
}

pub(super) fn open(service: &mut Service, now: u64) -> Result<ConnectionId, RestAnswer> {
    service.open_messaging_socket(now, Handshake { deployment: Some("d-1"), origin: Some(ORIGIN), base: BASE })
}

/// Before this life the guest was there already, by another client, and said what is said again and again. That session has
/// ended.
pub(super) fn begins(service: &mut Service, now: u64) {
    let Ok(before) = open(service, now) else { return };
    let token = CREDENTIAL;
    let mut says = |frame: serde_json::Value| {
        let mut frame = frame;
        frame["token"] = token.into();
        service.receive(now, before, Incoming::Text(&frame.to_string()));
    };
    says(serde_json::json!({ "action": "configureSession", "deploymentId": "d-1", "startNew": false }));
    for text in words::COMMON {
        says(serde_json::json!({ "action": "onMessage", "message": { "type": "Text", "text": text } }));
    }
    if let Some(conversation) = service.live_conversation_of(now, CREDENTIAL) {
        let _said = service.say(now, Some(&conversation), Speech::Text("We called you back."), None);
    }
    let fault = Fault { kind: act(Act::ExpireSession), conversation: None, after: None, count: None, lasts: None };
    let _full = service.queue_faults(now, vec![fault]);
    service.socket_gone(before);
    while service.poll().is_some() {}
}

/// Where a request goes, and what it asks for there.
pub(super) fn endpoint(request: &Request) -> (Endpoint, String) {
    if let Some((_, key)) = request.url.expose().rsplit_once("/uploads/") {
        return (Endpoint::Uploads, key.to_owned());
    }
    let query = request.url.expose().split_once('?').map_or("", |(_, query)| query);
    (Endpoint::History, query.to_owned())
}

pub(super) fn history(service: &mut Service, now: u64, query: &str, jwt: &str) -> RestAnswer {
    let member = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let (page_number, page_size) = (member("pageNumber"), member("pageSize"));
    let request = HistoryRequest { jwt: Some(jwt), origin: Some(ORIGIN), base: BASE, page_number, page_size };
    service.messaging_history(now, request)
}

pub(super) fn message(frame: &str) -> Option<&str> {
    let sent = frame.starts_with(r#"{"action":"onMessage""#);
    let (_, rest) = frame.split_once(r#""tracingId":""#).filter(|_| sent)?;
    // What is asked about the conversation, and that the guest types, have other names.
    rest.split('"').next().filter(|id| id.len() == 36)
}

/// That the guest types.
pub(super) fn is_typing(frame: &str) -> bool {
    frame.contains(r#""eventType":"Typing""#)
}

pub(super) fn told(frame: &Value) -> Told<'_> {
    let class = frame.get("class").and_then(Value::text).unwrap_or_default();
    let body = frame.get("body").unwrap_or(&Value::Null);
    let spoken = class == "StructuredMessage" && body.get("type").and_then(Value::text) != Some("Event");
    // Of a guest's typing; it says nothing of the client and of no message.
    let of_typing = body.text().is_some_and(|text| text.to_lowercase().starts_with("turn on the feature toggle"));
    let error = matches!(class, "string" | "TooManyRequestsErrorMessage") && !of_typing;
    let direction = body.get("direction").and_then(Value::text);
    let named = frame.get("tracingId").and_then(Value::text).filter(|id| id.len() == 36);
    let custom = || body.get("metadata")?.get("customMessageId")?.text();
    let retry_after = body.get("retryAfter").and_then(Value::whole).map(|seconds| seconds * 1_000);
    let echoed = spoken && direction == Some("Inbound");
    let code = match class {
        "ConnectionClosedEvent" => Some(EVICTED),
        "LogoutEvent" => Some(LOGGED_OUT),
        "SessionClearedEvent" => Some(CLEARED),
        // The echo: by whomever it was asked for, the end of the connection means this.
        "StructuredMessage" if presence(body) == Some("Clear") => Some(CLEARED),
        _ if error => frame.get("code").and_then(Value::whole).and_then(|code| u16::try_from(code).ok()),
        _ => None,
    };
    let session = class == "SessionResponse" && body.get("connected").and_then(Value::flag) != Some(false);
    let marked = || body.get("metadata")?.get("readOnly")?.text();
    let read_only = match class {
        _ if session => Some(body.get("readOnly").and_then(Value::flag) == Some(true)),
        "StructuredMessage" if presence(body) == Some("Disconnect") && marked() == Some("true") => Some(true),
        _ if error && code == Some(409) => Some(true),
        _ => None,
    };
    Told {
        read_only,
        new: session && body.get("newSession").and_then(Value::flag) == Some(true),
        code,
        // The service may trace an echo by an id of its own.
        answers: custom().or(named).filter(|_| echoed || error),
        of_latest: error && frame.get("tracingId").is_none(),
        taken: echoed,
        came: name(body).filter(|_| spoken && direction == Some("Outbound")),
        retry_after: retry_after.filter(|_| error),
        attributes: body.get("maxCustomDataBytes").and_then(Value::whole).filter(|_| class == "SessionResponse"),
    }
}

fn presence(body: &Value) -> Option<&str> {
    let Some(Value::List(events)) = body.get("events") else { return None };
    events.iter().find_map(|event| event.get("presence")?.get("type")?.text())
}

/// What ends a client for good.
pub(super) fn ends(code: u16) -> Option<&'static str> {
    match code {
        EVICTED => Some("evicted"),
        LOGGED_OUT => Some("logged_out"),
        CLEARED => Some("cleared"),
        4017 => Some("forbidden"),
        _ => None,
    }
}

/// What a page of the history shows of the guest's own messages: their ids, where it has them, and what they are told by.
pub(super) fn shown(page: &Value) -> Vec<(Option<String>, String)> {
    let Some(Value::List(entities)) = page.get("entities") else { return Vec::new() };
    let own = entities.iter().filter(|entity| entity.get("direction").and_then(Value::text) == Some("Inbound"));
    own.map(|entity| {
        let custom = || entity.get("metadata")?.get("customMessageId")?.text();
        let id = custom().or_else(|| entity.get("tracingId")?.text());
        let text = entity.get("text").and_then(Value::text).unwrap_or_default();
        (id.map(str::to_owned), chosen(entity).map_or_else(|| words::rough(text), |it| words::payload(&it)))
    })
    .collect()
}

/// All that was chosen, or given to a form.
fn chosen(entity: &Value) -> Option<String> {
    let list = |value: Option<&Value>| match value {
        Some(Value::List(list)) => list.clone(),
        _ => Vec::new(),
    };
    let payload = |part: &Value| part.get("buttonResponse")?.get("payload")?.text().map(str::to_owned);
    let fields = |part: &Value| list(part.get("form").and_then(|form| form.get("response")));
    let of_part = |part: &Value| {
        let of_fields = fields(part).iter().filter_map(|field| payload(field.get("component")?)).collect::<Vec<_>>();
        payload(part).into_iter().chain(of_fields)
    };
    let all: Vec<String> = list(entity.get("content")).iter().flat_map(of_part).collect();
    (!all.is_empty()).then(|| all.join("\u{1f}"))
}

fn name(body: &Value) -> Option<&str> {
    let live = body.get("channel").and_then(|channel| channel.get("messageId"));
    live.and_then(Value::text).or_else(|| body.get("id").and_then(Value::text))
}
