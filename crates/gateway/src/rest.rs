//! The service's REST: what stands in the headers goes to the model, and its answer comes back.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use guestwire_sim::service::Credential;

use crate::answer::{deliver, read_body, refusal};
use crate::hub::Hub;
use crate::server::Peer;

/// `POST /api/v2/webchat/guests`
pub(crate) async fn create_guest(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let body = match json_body(&hub, &headers, body).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let credential = match (bearer(&headers), headers.get("api_key")) {
        (Some(token), _) => Credential::Bearer(token),
        (None, Some(key)) => key.to_str().map_or(Credential::Absent, Credential::ApiKey),
        (None, None) => Credential::Absent,
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
    let body = match json_body(&hub, &headers, body).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let token = bearer(&headers);
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

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    // RFC 9110, section 11.1: the scheme's case does not matter.
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The body, if it is JSON by its own word and within the limit.
///
/// The check of the type is a real one: without it a page of any origin could send a message with
/// a form, and no preflight.
async fn json_body(hub: &Hub, headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Response> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default();
    if !kind.trim().eq_ignore_ascii_case("application/json") {
        let why = "Content-Type must be application/json";
        return Err(refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
    }
    let limit = hub.ask(|service, _| service.config().max_frame);
    read_body(body, limit).await.map(Into::into)
}
