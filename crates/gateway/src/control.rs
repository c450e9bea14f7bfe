//! The control surface: faults, the ledger, the agent's words, and what is connected.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use guestwire_sim::service::{
    Attempt, BadFault, ControlError, Emission, Emitted, GuestEvent, Over, Request, Service, Speech, parse_faults,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{counted_json, no_room, read_control_body, refusal};
use crate::hub::Hub;
use crate::limits::{MAX_CONTROL_BODY, MAX_EMITTED};
use crate::pages::Pages;
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
    let value = match read::<Value>(body, &hub).await {
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
        Err(ControlError::NoMemory) => no_room(),
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

/// `GET /control/ledger[?conversation=]`
pub(crate) async fn ledger(State(hub): State<Arc<Hub>>, Query(query): Query<OneConversation>) -> Response {
    // As far as it goes now: what is taken while this is written would make it endless.
    let (wanted, end, times_cleared, events) = hub.ask(|service, _| {
        let wanted = query.conversation.as_deref().map(|wanted| service.conversation(wanted).to_owned());
        let here = |event: &&GuestEvent| wanted.is_none() || event.conversation == wanted;
        let any = service.guest_events().any(|event| here(&event));
        (wanted, service.ledger().len(), service.times_cleared(), any)
    });
    let mut next = 0;
    let of = wanted.clone();
    let pages = Pages::new(hub).text(r#"{"messages":["#).rows(move |service, rows| {
        // What was cleared meanwhile is over, and what came since is none of it.
        let end = if service.times_cleared() == times_cleared { end } else { 0 };
        while next < end {
            if rows.is_full() {
                return true;
            }
            if let Some(entry) = service.ledger().get(next)
                && of.as_ref().is_none_or(|of| *of == entry.conversation)
            {
                rows.write(entry);
            }
            next += 1;
        }
        false
    });
    if !events {
        return pages.text("]}").into_response();
    }
    let pages =
        pages.text(r#"],"events":["#).history(move |service, number, see: &mut dyn FnMut(u64, &GuestEvent) -> bool| {
            for (number, event) in service.guest_events_from(number) {
                if (wanted.is_none() || event.conversation == wanted) && !see(number, event) {
                    return;
                }
            }
        });
    pages.text("]}").into_response()
}

/// `DELETE /control/ledger`
pub(crate) async fn clear_ledger(State(hub): State<Arc<Hub>>) -> Response {
    hub.with(|service, _| service.clear_ledger());
    Json(json!({})).into_response()
}

/// `GET /control/memory`
pub(crate) async fn memory(State(hub): State<Arc<Hub>>) -> Response {
    Json(hub.budget().report()).into_response()
}

/// `DELETE /control/memory`
pub(crate) async fn clear_memory(State(hub): State<Arc<Hub>>) -> Response {
    hub.with(Service::clear_memory);
    Json(hub.budget().report()).into_response()
}

/// `POST /control/say`
pub(crate) async fn say(State(hub): State<Arc<Hub>>, body: Body) -> Response {
    let say = match read::<Say>(body, &hub).await {
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
        Ok(said) => counted_json(&json!({ "said": said }), hub.budget()),
        Err(ControlError::NoMemory) => no_room(),
        Err(error @ ControlError::TextOnly) => refusal(StatusCode::BAD_REQUEST, &error.to_string()),
        Err(error) => refusal(StatusCode::NOT_FOUND, &error.to_string()),
    }
}

/// `GET /control/connections`
pub(crate) async fn connections(State(hub): State<Arc<Hub>>) -> Response {
    let (head, now, opened, forgotten) = hub.ask(|service, now| {
        let (opened, forgotten) = service.opened_and_forgotten();
        (service.live_connections(), now, opened, forgotten)
    });
    let Ok(live) = serde_json::to_string(&head) else { return no_room() };
    let attempts = |opened: bool| {
        move |service: &Service, number: u64, see: &mut dyn FnMut(u64, &Attempt) -> bool| {
            for (number, attempt) in service.attempts_from(number) {
                if (!opened || attempt.status == 101) && !see(number, attempt) {
                    return;
                }
            }
        }
    };
    let opened_at = move |service: &Service, number: u64, see: &mut dyn FnMut(u64, &u64) -> bool| {
        attempts(true)(service, number, &mut |number, attempt| see(number, &attempt.at));
    };
    let head = format!(r#"{{"now":{now},"opened":{opened},"forgotten":{forgotten},"connections":{live},"openedAt":["#);
    let pages = Pages::new(hub).text(head).history(opened_at);
    pages.text(r#"],"attempts":["#).history(attempts(false)).text("]}").into_response()
}

/// `GET /control/requests`
pub(crate) async fn requests(State(hub): State<Arc<Hub>>) -> Response {
    let forgotten = hub.ask(|service, _| service.requests_forgotten());
    let requests = |service: &Service, number: u64, see: &mut dyn FnMut(u64, &Request) -> bool| {
        for (number, request) in service.requests_from(number) {
            if !see(number, request) {
                return;
            }
        }
    };
    let head = format!(r#"{{"forgotten":{forgotten},"requests":["#);
    Pages::new(hub).text(head).history(requests).text("]}").into_response()
}

/// `GET /control/streams`
pub(crate) async fn streams(State(hub): State<Arc<Hub>>) -> Response {
    let Ok(Value::Object(mut present)) = serde_json::to_value(hub.ask(Service::present_streams)) else {
        return no_room();
    };
    present.retain(|name, _| !matches!(name.as_str(), "over" | "events"));
    let mut head = Value::Object(present).to_string();
    head.pop();
    head.push_str(r#","over":["#);
    let over = |service: &Service, number: u64, see: &mut dyn FnMut(u64, &Over) -> bool| {
        for (number, over) in service.ended_channels_from(number) {
            if !see(number, over) {
                return;
            }
        }
    };
    let events = |service: &Service, number: u64, see: &mut dyn FnMut(u64, &Emitted) -> bool| {
        for (number, event) in service.events_from(number) {
            if !see(number, event) {
                return;
            }
        }
    };
    let pages = Pages::new(hub).text(head).history(over);
    pages.text(r#"],"events":["#).history(events).text("]}").into_response()
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
    let emit = match read::<Emit>(body, &hub).await {
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
    match hub.with(|service, now| service.emit(now, emission)) {
        Ok(emitted) => counted_json(&json!({ "emitted": emitted }), hub.budget()),
        Err(_) => no_room(),
    }
}

/// Whatever `Content-Type` it has: `curl -d` sends a form's, and the caller's origin is checked.
async fn read<T: for<'de> Deserialize<'de>>(body: Body, hub: &Hub) -> Result<T, Response> {
    let body = read_control_body(body, MAX_CONTROL_BODY, hub.budget()).await?;
    serde_json::from_slice(&body).map_err(|error| refusal(StatusCode::BAD_REQUEST, &format!("the body: {error}")))
}
