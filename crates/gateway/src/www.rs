//! The demo page's files, under a policy that lets nothing run that is not one of them.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use percent_encoding::percent_decode_str;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

/// The page may talk to its own origin and to gateways on this machine, whatever their port.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; \
    script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; manifest-src 'self'; worker-src 'self'; \
    connect-src 'self' ws://127.0.0.1:* ws://localhost:* http://127.0.0.1:* http://localhost:*; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS: [(&str, &str); 8] = [
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    // Asked for anew each time, and answered with 304: a rebuilt page shows at once.
    ("cache-control", "no-cache"),
];

/// Everything that is not the service's.
pub(crate) fn router(www: Option<&Path>) -> Router {
    let router = match www {
        Some(dir) => Router::new()
            .fallback_service(ServeDir::new(dir).fallback(get(|| async { NOT_FOUND })))
            .layer(from_fn_with_state(Arc::from(dir), below_only)),
        None => Router::new().fallback(no_page),
    };
    HEADERS.iter().fold(router, |router, (name, value)| {
        router.layer(SetResponseHeaderLayer::overriding(HeaderName::from_static(name), HeaderValue::from_static(value)))
    })
}

const NOT_FOUND: (StatusCode, &str) = (StatusCode::NOT_FOUND, "not found\n");

/// Whoever passes a directory means what is in it: not what a link in it leads to, nor files that are hidden.
async fn below_only(State(dir): State<Arc<Path>>, request: Request, next: Next) -> Response {
    if is_below(&dir, request.uri().path()) { next.run(request).await } else { NOT_FOUND.into_response() }
}

/// Whether an address names something in the directory itself; what is not there does as well.
fn is_below(dir: &Path, address: &str) -> bool {
    let Ok(path) = percent_decode_str(address).decode_utf8() else { return false };
    let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
    if names.iter().any(|name| name.starts_with('.') || name.contains(['\\', ':', '\0'])) {
        return false;
    }
    let mut at = dir.to_path_buf();
    names.into_iter().all(|name| {
        at.push(name);
        !at.is_symlink()
    })
}

async fn no_page() -> impl IntoResponse {
    let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (StatusCode::NOT_FOUND, plain, "guestwire-gateway: no page here; --www DIR serves one\n")
}
