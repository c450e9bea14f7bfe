//! The control surface: faults, the ledger, the agent's words, and what is connected.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use guestwire_sim::service::{BadFault, ControlError, Emission, Entry, GuestEvent, Service, Speech, parse_faults};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::{read_body, refusal};
use crate::hub::Hub;
use crate::limits::{MAX_CONTROL_BODY, MAX_EMITTED};
use crate::query::Query;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OneConversation {
    conversation: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Say {
    conversation: Option<String>,
    content: Option<String>,
    message: Option<Value>,
    message_id: Option<String>,
}

/// `POST /control/faults`
pub(crate) async fn queue_faults(State(hub): State<Arc<Hub>>, body: Body) -> Response {
    let value = match read::<Value>(body).await {
        Ok(value) => value,
        Err(refused) => return refused,
    };
    let faults = match parse_faults(value) {
        Ok(faults) => faults,
        Err(BadFault(why)) => return refusal(StatusCode::BAD_REQUEST, &why),
    };
    let count = faults.len();
    match hub.with(|service, now| service.queue_faults(now, faults)) {
        Ok(()) => Json(json!({ "queued": count })).into_response(),
        Err(error) => refusal(StatusCode::TOO_MANY_REQUESTS, &error.to_string()),
    }
}

/// `GET /control/faults`
pub(crate) async fn list_faults(State(hub): State<Arc<Hub>>) -> Response {
    Json(json!({ "faults": hub.ask(Service::faults) })).into_response()
}

/// `DELETE /control/faults`
pub(crate) async fn clear_faults(State(hub): State<Arc<Hub>>) -> Response {
    let cleared = hub.with(Service::clear_faults);
    Json(json!({ "cleared": cleared })).into_response()
}

#[derive(Serialize)]
struct Messages<'a> {
    messages: Vec<&'a Entry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<&'a GuestEvent>,
}

/// `GET /control/ledger[?conversation=]`
pub(crate) async fn ledger(State(hub): State<Arc<Hub>>, Query(query): Query<OneConversation>) -> Response {
    let wanted = query.conversation;
    hub.ask(|service, _| {
        let wanted = wanted.as_deref().map(|wanted| service.conversation(wanted));
        let concerns = |entry: &&Entry| wanted.is_none_or(|wanted| wanted == entry.conversation);
        let messages = service.ledger().iter().filter(concerns).collect();
        let here = |event: &&GuestEvent| wanted.is_none_or(|wanted| event.conversation.as_deref() == Some(wanted));
        let events = service.guest_events().filter(here).collect();
        Json(Messages { messages, events }).into_response()
    })
}

/// `DELETE /control/ledger`
pub(crate) async fn clear_ledger(State(hub): State<Arc<Hub>>) -> Response {
    hub.with(|service, _| service.clear_ledger());
    Json(json!({})).into_response()
}

/// `POST /control/say`
pub(crate) async fn say(State(hub): State<Arc<Hub>>, body: Body) -> Response {
    let say = match read::<Say>(body).await {
        Ok(say) => say,
        Err(refused) => return refused,
    };
    let speech = match (&say.content, &say.message) {
        (Some(content), None) => Speech::Text(content),
        (None, Some(message)) if message.is_object() => Speech::Message(message),
        _ => return refusal(StatusCode::BAD_REQUEST, "either `content`, a string, or `message`, an object"),
    };
    let said = hub.with(|service, now| {
        let conversation = say.conversation.as_deref();
        service.say(now, conversation, speech, say.message_id.as_deref())
    });
    match said {
        Ok(said) => Json(json!({ "said": said })).into_response(),
        Err(error @ ControlError::TextOnly) => refusal(StatusCode::BAD_REQUEST, &error.to_string()),
        Err(error) => refusal(StatusCode::NOT_FOUND, &error.to_string()),
    }
}

/// `GET /control/connections`
pub(crate) async fn connections(State(hub): State<Arc<Hub>>) -> Response {
    Json(hub.ask(Service::connections)).into_response()
}

/// `GET /control/requests`
pub(crate) async fn requests(State(hub): State<Arc<Hub>>) -> Response {
    hub.ask(|service, _| {
        let requests: Vec<_> = service.requests().collect();
        Json(json!({ "requests": requests })).into_response()
    })
}

/// `GET /control/streams`
pub(crate) async fn streams(State(hub): State<Arc<Hub>>) -> Response {
    Json(hub.ask(Service::streams)).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Emit {
    topic: Option<String>,
    #[serde(default)]
    body: Value,
    correlation_id: Option<String>,
    count: Option<u32>,
    every: Option<u32>,
    after: Option<u32>,
}

/// `POST /control/emit`
pub(crate) async fn emit(State(hub): State<Arc<Hub>>, body: Body) -> Response {
    let emit = match read::<Emit>(body).await {
        Ok(emit) => emit,
        Err(refused) => return refused,
    };
    let count = emit.count.unwrap_or(1);
    if !(1..=MAX_EMITTED).contains(&count) {
        return refusal(StatusCode::BAD_REQUEST, &format!("`count` is a number from 1 to {MAX_EMITTED}"));
    }
    let emission = Emission {
        topic: emit.topic,
        body: emit.body,
        correlation_id: emit.correlation_id,
        count,
        every: emit.every.unwrap_or(0).into(),
        after: emit.after.unwrap_or(0).into(),
    };
    let emitted = hub.with(|service, now| service.emit(now, emission));
    Json(json!({ "emitted": emitted })).into_response()
}

/// Whatever `Content-Type` it has: `curl -d` sends a form's, and the caller's origin is checked.
async fn read<T: for<'de> Deserialize<'de>>(body: Body) -> Result<T, Response> {
    let body = read_body(body, MAX_CONTROL_BODY).await?;
    serde_json::from_slice(&body).map_err(|error| refusal(StatusCode::BAD_REQUEST, &format!("the body: {error}")))
}
