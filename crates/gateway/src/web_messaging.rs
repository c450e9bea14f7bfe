//! The addresses of `web-messaging`: its socket, its REST, its files, and what a deployment says of itself.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use guestwire_sim::service::{Content, Handshake, HistoryRequest, RestAnswer, Service, Upload};
use serde::Deserialize;

use crate::answer::{base, bearer, deliver, read_body, text};
use crate::hub::Hub;
use crate::limits::{FILE_SLACK, MAX_SMALL_BODY};
use crate::query::Query;
use crate::server::Peer;
use crate::socket;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SocketQuery {
    deployment_id: Option<String>,
}

/// `GET /v1?deploymentId=…[&application=…]`
pub(crate) async fn open_socket(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    upgrade: WebSocketUpgrade,
    Query(query): Query<SocketQuery>,
    headers: HeaderMap,
) -> Response {
    let base = base(&headers);
    let handshake =
        Handshake { deployment: query.deployment_id.as_deref(), origin: text(&headers, header::ORIGIN), base: &base };
    let opened = hub.open_socket(Arc::clone(&peer.link), |service, now| service.open_messaging_socket(now, handshake));
    let max_frame = hub.ask(|service, _| service.config().web_messaging.max_frame);
    socket::answer(upgrade, opened, &peer.link, None, max_frame).await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HistoryQuery {
    page_number: Option<String>,
    page_size: Option<String>,
}

/// `GET /api/v2/webmessaging/messages?pageNumber=…&pageSize=…`
pub(crate) async fn history(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Query(query): Query<HistoryQuery>,
    headers: HeaderMap,
) -> Response {
    let base = base(&headers);
    let request = HistoryRequest {
        jwt: bearer(&headers),
        origin: text(&headers, header::ORIGIN),
        base: &base,
        page_number: query.page_number.as_deref(),
        page_size: query.page_size.as_deref(),
    };
    let answer = hub.with(|service, now| service.messaging_history(now, request));
    deliver(answer, &peer.link).await
}

/// `POST /api/v2/webdeployments/token/oauthcodegrantjwtexchange`
pub(crate) async fn exchange(State(hub): State<Arc<Hub>>, Extension(peer): Extension<Peer>, body: Body) -> Response {
    with_body(&hub, &peer, body, Service::exchange_code).await
}

/// `POST /api/v2/webdeployments/token/refresh`
pub(crate) async fn refresh(State(hub): State<Arc<Hub>>, Extension(peer): Extension<Peer>, body: Body) -> Response {
    with_body(&hub, &peer, body, Service::refresh_jwt).await
}

async fn with_body(
    hub: &Hub,
    peer: &Peer,
    body: Body,
    input: impl FnOnce(&mut Service, u64, &[u8]) -> RestAnswer,
) -> Response {
    let body = match read_body(body, MAX_SMALL_BODY, hub.budget()).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let answer = hub.with(|service, now| input(service, now, &body));
    deliver(answer, &peer.link).await
}

/// `DELETE /api/v2/webdeployments/token/revoke`
pub(crate) async fn revoke(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    let answer = hub.with(|service, now| service.revoke_jwt(now, bearer(&headers)));
    deliver(answer, &peer.link).await
}

/// `POST /api/v2/webmessaging/deployments/{deployment}/pushdevices/{token}`
pub(crate) async fn register_device(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path((deployment, token)): Path<(String, String)>,
    body: Body,
) -> Response {
    with_body(&hub, &peer, body, |service, now, body| service.register_device(now, &deployment, &token, body)).await
}

/// `PATCH` there.
pub(crate) async fn update_device(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path((deployment, token)): Path<(String, String)>,
) -> Response {
    let answer = hub.with(|service, now| service.update_device(now, &deployment, &token));
    deliver(answer, &peer.link).await
}

/// `DELETE` there.
pub(crate) async fn forget_device(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path((deployment, token)): Path<(String, String)>,
) -> Response {
    let answer = hub.with(|service, now| service.forget_device(now, &deployment, &token));
    deliver(answer, &peer.link).await
}

/// `PUT /uploads/{key}`
pub(crate) async fn upload(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let tagging = text(&headers, "x-amz-tagging");
    // Nothing is read for a key that is wrong.
    let refused = !hub.ask(|service, now| service.accepts_upload(now, &key, tagging));
    let body = if refused { Body::empty() } else { body };
    // Somewhat more than is allowed, so that it is the service that finds a file too large.
    let most = hub.ask(|service, _| service.config().web_messaging.max_file_kb as usize * 1000 + FILE_SLACK);
    let bytes = match read_body(body, most, hub.budget()).await {
        Ok(bytes) => bytes,
        Err(refused) => return refused,
    };
    let upload = Upload { tagging, bytes: &bytes };
    let answer = hub.with(|service, now| service.upload(now, &key, upload));
    deliver(answer, &peer.link).await
}

/// What several may fetch at once.
struct Shared(Arc<Content>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}

/// `GET /api/v2/downloads/{key}`. Whatever a guest has put there is a file to a browser, never a page of ours.
pub(crate) async fn download(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path(key): Path<String>,
) -> Response {
    let download = match hub.with(|service, now| service.download(now, &key)) {
        Ok(download) => download,
        Err(refused) => return deliver(refused, &peer.link).await,
    };
    let mut response = Bytes::from_owner(Shared(download.bytes)).into_response();
    let headers = response.headers_mut();
    let mime = HeaderValue::from_str(&download.mime);
    headers.insert(header::CONTENT_TYPE, mime.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// `GET /webdeployments/v1/deployments/{deployment}/config.json`
pub(crate) async fn deployment_config(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path(deployment): Path<String>,
    headers: HeaderMap,
) -> Response {
    let answer = hub.with(|service, now| service.deployment_config(now, &deployment, &base(&headers)));
    deliver(answer, &peer.link).await
}

/// `GET /webdeployments/v1/deployments/{deployment}/domains.json`
pub(crate) async fn deployment_domains(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path(deployment): Path<String>,
) -> Response {
    let answer = hub.with(|service, now| service.deployment_domains(now, &deployment));
    deliver(answer, &peer.link).await
}
