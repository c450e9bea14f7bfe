//! The addresses of the event streams: tokens, channels and their topics, and the two kinds of sockets.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use guestwire_sim::service::{Subscribing, TokenRequest};
use serde::Deserialize;

use crate::answer::{base, bearer, deliver, read_body, text};
use crate::hub::Hub;
use crate::limits::{MAX_SMALL_BODY, MAX_TOPICS_BODY};
use crate::query::Query;
use crate::server::Peer;
use crate::socket;

/// `POST /oauth/token`, `POST /api/v2/oauth/token`
pub(crate) async fn token(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let body = match read_body(body, MAX_SMALL_BODY, hub.budget()).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let request = TokenRequest {
        authorization: text(&headers, header::AUTHORIZATION),
        content_type: text(&headers, header::CONTENT_TYPE),
        body: &body,
    };
    let answer = hub.with(|service, now| service.give_token(now, request));
    deliver(answer, &peer.link).await
}

/// `POST /api/v2/notifications/channels`
pub(crate) async fn create_channel(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    let answer = hub.with(|service, now| service.create_channel(now, bearer(&headers), &base(&headers)));
    deliver(answer, &peer.link).await
}

#[derive(Deserialize)]
pub(crate) struct ListQuery {
    includechannels: Option<String>,
}

/// `GET /api/v2/notifications/channels[?includechannels=…]`
pub(crate) async fn list_channels(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Query(query): Query<ListQuery>,
    headers: HeaderMap,
) -> Response {
    let (include, base) = (query.includechannels.as_deref(), base(&headers));
    let answer = hub.with(|service, now| service.list_channels(now, bearer(&headers), include, &base));
    deliver(answer, &peer.link).await
}

/// `HEAD /api/v2/notifications/channels/{id}`
pub(crate) async fn check_channel(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let answer = hub.with(|service, now| service.check_channel(now, bearer(&headers), &id));
    deliver(answer, &peer.link).await
}

/// `GET /api/v2/notifications/channels/{id}/subscriptions`
pub(crate) async fn read_topics(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let answer = hub.with(|service, now| service.read_topics(now, bearer(&headers), &id));
    deliver(answer, &peer.link).await
}

/// `DELETE` there.
pub(crate) async fn remove_topics(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let answer = hub.with(|service, now| service.remove_topics(now, bearer(&headers), &id));
    deliver(answer, &peer.link).await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubscribeQuery {
    ignore_errors: Option<String>,
}

/// `POST` there.
pub(crate) async fn add_topics(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    Query(query): Query<SubscribeQuery>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    change_topics(&hub, &peer, &id, Subscribing::Add, query, &headers, body).await
}

/// `PUT` there.
pub(crate) async fn replace_topics(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    Query(query): Query<SubscribeQuery>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    change_topics(&hub, &peer, &id, Subscribing::Replace, query, &headers, body).await
}

async fn change_topics(
    hub: &Hub,
    peer: &Peer,
    id: &str,
    how: Subscribing,
    query: SubscribeQuery,
    headers: &HeaderMap,
    body: Body,
) -> Response {
    // Nothing is read of whoever is refused anyway.
    let refused = !hub.ask(|service, now| service.accepts_topics(now, bearer(headers), id));
    let body = if refused { Body::empty() } else { body };
    let body = match read_body(body, MAX_TOPICS_BODY, hub.budget()).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let ignore_errors = query.ignore_errors.as_deref();
    let answer = hub.with(|service, now| service.change_topics(now, bearer(headers), id, how, ignore_errors, &body));
    deliver(answer, &peer.link).await
}

/// `GET /api/v2/notifications/availabletopics`
pub(crate) async fn available_topics(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    let answer = hub.with(|service, now| service.available_topics(now, bearer(&headers)));
    deliver(answer, &peer.link).await
}

/// `GET /channels/{id}`: the socket of a channel.
pub(crate) async fn open_channel(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let opened = hub.open_socket(Arc::clone(&peer.link), |service, now| service.open_channel(now, &id));
    let max_frame = hub.ask(|service, _| service.config().streams.max_frame);
    socket::answer(upgrade, opened, &peer.link, None, max_frame).await
}

#[derive(Deserialize)]
pub(crate) struct EventsQuery {
    access_token: Option<String>,
}

/// `GET /events[?access_token=…]`: a plain event socket.
pub(crate) async fn open_events(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    upgrade: WebSocketUpgrade,
    Query(query): Query<EventsQuery>,
    headers: HeaderMap,
) -> Response {
    let token = bearer(&headers).or(query.access_token.as_deref());
    let opened = hub.open_socket(Arc::clone(&peer.link), |service, now| service.open_events(now, token));
    let max_frame = hub.ask(|service, _| service.config().streams.max_frame);
    socket::answer(upgrade, opened, &peer.link, None, max_frame).await
}
