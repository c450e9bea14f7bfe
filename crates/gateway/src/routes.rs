//! Which address leads where, and who may call it from a page.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{any, delete, get, head, post, put};
use tower_http::cors::{AllowOrigin, Any, CorsLayer};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::answer::{no_room, refusal};
use crate::hub::Hub;
use crate::origin::{is_loopback_origin, loopback_only};
use crate::server::Peer;
use crate::{Settings, control, streams, web_messaging, webchat, www};

const PREFLIGHT_AGE: Duration = Duration::from_secs(600);

pub(crate) fn router(settings: &Settings, hub: Arc<Hub>) -> Router {
    let services = webchat(settings).merge(web_messaging(settings)).merge(streams(settings));
    let mut router = services.with_state(Arc::clone(&hub)).layer(from_fn(with_room));
    if settings.control {
        router = router.merge(control().with_state(hub));
    }
    let nowhere = || async { refusal(StatusCode::NOT_FOUND, "there is nothing at this address") };
    router
        .route("/api/{*rest}", any(nowhere))
        .route("/control/{*rest}", any(nowhere))
        .fallback_service(www::router(settings.www.as_deref()).layer(from_fn(with_room)))
        .layer(from_fn(log))
}

/// The services answer pages of any origin, as the real ones must.
fn cors(settings: &Settings) -> CorsLayer {
    let cors = CorsLayer::new().allow_origin(Any).max_age(PREFLIGHT_AGE);
    if settings.expose_headers { cors.expose_headers([header::RETRY_AFTER, header::DATE]) } else { cors }
}

fn webchat(settings: &Settings) -> Router<Arc<Hub>> {
    let cors = cors(settings).allow_methods([Method::GET, Method::POST]).allow_headers([
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
        HeaderName::from_static("api_key"),
    ]);
    Router::new()
        .route("/api/v2/webchat/guests", post(webchat::create_guest))
        .route(
            "/api/v2/webchat/instances/{conversation}/messages",
            post(webchat::post_message).get(webchat::probe_session),
        )
        .layer(cors)
        .route("/api/v2/webchat/instances/{conversation}/websocket", get(webchat::open_socket))
}

fn web_messaging(settings: &Settings) -> Router<Arc<Hub>> {
    let cors = cors(settings)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, HeaderName::from_static("x-amz-tagging")]);
    Router::new()
        .route("/api/v2/webmessaging/messages", get(web_messaging::history))
        .route("/api/v2/webdeployments/token/oauthcodegrantjwtexchange", post(web_messaging::exchange))
        .route("/api/v2/webdeployments/token/refresh", post(web_messaging::refresh))
        .route("/api/v2/webdeployments/token/revoke", delete(web_messaging::revoke))
        .route(
            "/api/v2/webmessaging/deployments/{deployment}/pushdevices/{token}",
            post(web_messaging::register_device)
                .patch(web_messaging::update_device)
                .delete(web_messaging::forget_device),
        )
        .route("/webdeployments/v1/deployments/{deployment}/config.json", get(web_messaging::deployment_config))
        .route("/webdeployments/v1/deployments/{deployment}/domains.json", get(web_messaging::deployment_domains))
        .route("/uploads/{key}", put(web_messaging::upload))
        .route("/api/v2/downloads/{key}", get(web_messaging::download))
        .layer(cors)
        .route("/v1", get(web_messaging::open_socket))
}

/// What pages of other origins may read of the platform's API: when to come back, and what it says of its limits.
const READABLE: [HeaderName; 6] = [
    header::RETRY_AFTER,
    header::DATE,
    HeaderName::from_static("inin-correlation-id"),
    HeaderName::from_static("inin-ratelimit-allowed"),
    HeaderName::from_static("inin-ratelimit-count"),
    HeaderName::from_static("inin-ratelimit-reset"),
];

fn streams(settings: &Settings) -> Router<Arc<Hub>> {
    let cors = if settings.expose_headers { cors(settings).expose_headers(READABLE) } else { cors(settings) }
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, HeaderName::from_static("purecloud-sdk")]);
    Router::new()
        .route("/oauth/token", post(streams::token))
        .route("/api/v2/oauth/token", post(streams::token))
        .route("/api/v2/notifications/channels", post(streams::create_channel).get(streams::list_channels))
        .route("/api/v2/notifications/channels/{id}", head(streams::check_channel))
        .route(
            "/api/v2/notifications/channels/{id}/subscriptions",
            get(streams::read_topics)
                .post(streams::add_topics)
                .put(streams::replace_topics)
                .delete(streams::remove_topics),
        )
        .route("/api/v2/notifications/availabletopics", get(streams::available_topics))
        .layer(cors)
        .route("/channels/{id}", get(streams::open_channel))
        .route("/events", get(streams::open_events))
}

fn control() -> Router<Arc<Hub>> {
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(|origin, _| is_loopback_origin(origin)))
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers([header::CONTENT_TYPE])
        .max_age(PREFLIGHT_AGE);
    Router::new()
        .route("/control/faults", post(control::queue_faults).get(control::list_faults).delete(control::clear_faults))
        .route("/control/ledger", get(control::ledger).delete(control::clear_ledger))
        .route("/control/memory", get(control::memory).delete(control::clear_memory))
        .route("/control/say", post(control::say))
        .route("/control/connections", get(control::connections))
        .route("/control/requests", get(control::requests))
        .route("/control/streams", get(control::streams))
        .route("/control/emit", post(control::emit))
        .layer(cors)
        .layer(from_fn(loopback_only))
        .layer(SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .layer(SetResponseHeaderLayer::overriding(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
}

/// The route, never the address: a socket's address holds its token.
async fn log(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let link = request.extensions().get::<Peer>().map(|peer| Arc::clone(&peer.link));
    let response = next.run(request).await;
    // Whoever is refused may still be sending: a reset would take the answer away.
    if let Some(link) = link.filter(|_| response.status().is_client_error() || response.status().is_server_error()) {
        link.linger();
    }
    let route = route.as_ref().map_or("(page)", MatchedPath::as_str);
    tracing::info!(%method, route, status = response.status().as_u16(), "request");
    response
}

/// Connections that only the control surface has room for are answered nothing else.
async fn with_room(request: Request, next: Next) -> Response {
    if !request.extensions().get::<Peer>().is_some_and(|peer| peer.link.is_spare()) {
        return next.run(request).await;
    }
    let mut refused = no_room();
    refused.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    refused
}
