//! The addresses of `webchat`: what stands in the headers goes to the model, and its answer comes back.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guestwire_sim::service::{Credential, SocketCredential};
use serde::Deserialize;

use crate::answer::{Read, bearer, deliver, read_body, refusal};
use crate::hub::Hub;
use crate::query::Query;
use crate::server::Peer;
use crate::socket;

/// `POST /api/v2/webchat/guests`
pub(crate) async fn create_guest(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let credential = match (bearer(&headers), headers.get("api_key")) {
        (Some(token), _) => Credential::Bearer(token),
        (None, Some(key)) => key.to_str().map_or(Credential::Absent, Credential::ApiKey),
        (None, None) => Credential::Absent,
    };
    // Nothing is read of whoever is refused anyway.
    let refused = !hub.ask(|service, _| service.accepts_credential(credential));
    let body = match json_body(&hub, &headers, if refused { Body::empty() } else { body }).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let answer = hub.with(|service, now| service.create_session(now, credential, &body));
    deliver(answer, &peer.link).await
}

/// `POST /api/v2/webchat/instances/{conversation}/messages`
pub(crate) async fn post_message(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path(conversation): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let token = bearer(&headers);
    let refused = !hub.ask(|service, now| service.accepts_guest(now, &conversation, token));
    let body = match json_body(&hub, &headers, if refused { Body::empty() } else { body }).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let answer = hub.with(|service, now| service.post_message(now, &conversation, token, &body));
    deliver(answer, &peer.link).await
}

/// `GET /api/v2/webchat/instances/{conversation}/messages`
pub(crate) async fn probe_session(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path(conversation): Path<String>,
    headers: HeaderMap,
) -> Response {
    let token = bearer(&headers);
    let answer = hub.with(|service, now| service.probe_session(now, &conversation, token));
    deliver(answer, &peer.link).await
}

/// The body, if it is JSON by its own word and within the limit.
///
/// The check of the type is a real one: without it a page of any origin could send a message with
/// a form, and no preflight.
async fn json_body(hub: &Hub, headers: &HeaderMap, body: Body) -> Result<Read, Response> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default();
    if !kind.trim().eq_ignore_ascii_case("application/json") {
        let why = "Content-Type must be application/json";
        return Err(refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
    }
    let limit = hub.ask(|service, _| service.config().webchat.max_frame);
    read_body(body, limit, hub.budget()).await
}

#[derive(Deserialize)]
pub(crate) struct SocketQuery {
    access_token: Option<String>,
}

/// `GET /api/v2/webchat/instances/{conversation}/websocket`
pub(crate) async fn open_socket(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path(conversation): Path<String>,
    upgrade: WebSocketUpgrade,
    Query(query): Query<SocketQuery>,
    headers: HeaderMap,
) -> Response {
    let subprotocol = bearer_subprotocol(&headers);
    let credential = match (&query.access_token, &subprotocol) {
        (Some(token), _) => SocketCredential::Query(token),
        (None, Some((_, token))) => SocketCredential::Subprotocol(token),
        (None, None) => SocketCredential::Absent,
    };
    let opened =
        hub.open_socket(Arc::clone(&peer.link), |service, now| service.open_socket(now, &conversation, credential));
    let protocol = subprotocol.as_ref().map(|(offered, _)| offered.clone());
    let max_frame = hub.ask(|service, _| service.config().webchat.max_frame);
    socket::answer(upgrade, opened, &peer.link, protocol, max_frame).await
}

/// The offered subprotocol that carries a token, and the token.
fn bearer_subprotocol(headers: &HeaderMap) -> Option<(String, String)> {
    let offers = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    let offers = offers.filter_map(|offer| offer.to_str().ok());
    offers.flat_map(|offers| offers.split(',')).find_map(|offer| {
        let offer = offer.trim();
        let token = URL_SAFE_NO_PAD.decode(offer.strip_prefix("bearer.")?).ok()?;
        Some((offer.to_owned(), String::from_utf8(token).ok()?))
    })
}
