//! The model's answers as HTTP responses.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::AsHeaderName;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use guestwire_sim::service::{RestAnswer, RetryAfterForm};
use serde_json::Value;

use crate::limits::BODY_TIMEOUT;
use crate::link::{Cut, Link};

/// Sends an answer, when and if it is to be sent.
pub(crate) async fn deliver(answer: RestAnswer, link: &Arc<Link>) -> Response {
    if answer.delay > 0 {
        tokio::time::sleep(Duration::from_millis(answer.delay)).await;
    }
    if answer.lost {
        link.cut(Cut::Reset);
        // Whoever drives the link drops this with it.
        return std::future::pending().await;
    }
    respond(answer)
}

/// The response of an answer that goes out at once.
pub(crate) fn respond(answer: RestAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match (answer.foreign, answer.body) {
        (Some(foreign), _) => {
            let kind = HeaderValue::from_str(&foreign.content_type).unwrap_or(HeaderValue::from_static("text/html"));
            (status, [(header::CONTENT_TYPE, kind)], foreign.text).into_response()
        }
        (None, Value::Null) => status.into_response(),
        (None, body) => (status, Json(body)).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    if let Some(retry) = answer.retry_after {
        let seconds = u64::from(retry.seconds);
        match retry.header {
            None => {}
            Some(RetryAfterForm::Seconds) => {
                headers.insert(header::RETRY_AFTER, seconds.into());
            }
            Some(RetryAfterForm::HttpDate) => {
                // Both dates from one reading of the clock, so that their difference is exact.
                let now = SystemTime::now();
                let later = now + Duration::from_secs(seconds);
                insert_date(headers, header::DATE, now);
                insert_date(headers, header::RETRY_AFTER, later);
            }
        }
    }
    response
}

fn insert_date(headers: &mut HeaderMap, name: header::HeaderName, at: SystemTime) {
    if let Ok(date) = HeaderValue::from_str(&httpdate::fmt_http_date(at)) {
        headers.insert(name, date);
    }
}

/// A refusal of the shell's own, in the form of the service's.
pub(crate) fn refusal(status: StatusCode, why: &str) -> Response {
    respond(RestAnswer::refused(status.as_u16(), why, None, None))
}

/// The token of `Authorization: Bearer`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = text(headers, header::AUTHORIZATION)?.split_once(' ')?;
    // RFC 9110, section 11.1: the scheme's case does not matter.
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A header that is text.
pub(crate) fn text(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// By which address the guest knows us: addresses that it is told of begin with it. A proxy that ends TLS says so.
pub(crate) fn base(headers: &HeaderMap) -> String {
    let secure = text(headers, "x-forwarded-proto").is_some_and(|protocol| protocol.eq_ignore_ascii_case("https"));
    let scheme = if secure { "https" } else { "http" };
    format!("{scheme}://{}", text(headers, header::HOST).unwrap_or_default())
}

/// The whole body, if it comes within the limit and in time.
pub(crate) async fn read_body(body: Body, limit: usize) -> Result<Bytes, Response> {
    match tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, limit)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => {
            let why = "the body is too large or broke off";
            Err(refusal(StatusCode::PAYLOAD_TOO_LARGE, why))
        }
        Err(_) => Err(refusal(StatusCode::REQUEST_TIMEOUT, "the body did not come in time")),
    }
}
