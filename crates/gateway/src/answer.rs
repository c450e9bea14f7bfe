//! The model's answers as HTTP responses.

use std::future::poll_fn;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Json;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::AsHeaderName;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use guestwire_sim::service::{Budget, Exhausted, Reservation, RestAnswer, RetryAfterForm, Use};
use serde::Serialize;
use serde_json::Value;

use crate::limits::BODY_TIMEOUT;
use crate::link::{Cut, Link};

/// Sends an answer, when and if it is to be sent.
pub(crate) async fn deliver(answer: RestAnswer, link: &Arc<Link>) -> Response {
    let (delay, lost) = (answer.delay, answer.lost);
    // Written at once, so that nothing but its bytes is held while it waits.
    let response = if lost { None } else { Some(written(answer, link.budget())) };
    if delay > 0 {
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
    let Some(response) = response else {
        link.cut(Cut::Reset);
        // Whoever drives the link drops this with it.
        return std::future::pending().await;
    };
    response
}

/// Bytes of a body that are counted until they are sent.
struct Counted {
    bytes: Vec<u8>,
    _weight: Reservation,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The bytes, counted where they have room; else they come back.
pub(crate) fn counted(bytes: Vec<u8>, budget: &Budget) -> Result<Bytes, Vec<u8>> {
    match budget.reserve_to_answer(Use::Answers, bytes.capacity()) {
        Ok(weight) => Ok(Bytes::from_owner(Counted { bytes, _weight: weight })),
        Err(Exhausted) => Err(bytes),
    }
}

/// JSON in a body that is counted until it is sent.
pub(crate) fn counted_json(value: &impl Serialize, budget: &Budget) -> Response {
    let written = serde_json::to_vec(value).map_err(|_| Vec::new()).and_then(|bytes| counted(bytes, budget));
    match written {
        Ok(bytes) => ([(header::CONTENT_TYPE, "application/json")], bytes).into_response(),
        Err(_) => no_room(),
    }
}

/// There is no room for what was asked.
pub(crate) fn no_room() -> Response {
    respond(RestAnswer::no_room())
}

/// The response of an answer, its body counted where it is not short.
fn written(mut answer: RestAnswer, budget: &Budget) -> Response {
    let bytes = match (answer.foreign.take(), std::mem::take(&mut answer.body)) {
        (Some(foreign), _) => {
            let kind = HeaderValue::from_str(&foreign.content_type).unwrap_or(HeaderValue::from_static("text/html"));
            Some((kind, foreign.text.into_bytes()))
        }
        (None, Value::Null) => None,
        // A JSON value is always written.
        (None, body) => {
            Some((HeaderValue::from_static("application/json"), serde_json::to_vec(&body).unwrap_or_default()))
        }
    };
    // The value is gone; from here on it is its bytes that count.
    answer.held = None;
    let mut response = match bytes.map(|(kind, bytes)| Ok((kind, counted(bytes, budget)?))).transpose() {
        Ok(body) => {
            let mut response = respond(answer);
            if let Some((kind, bytes)) = body {
                *response.body_mut() = Body::from(bytes);
                response.headers_mut().insert(header::CONTENT_TYPE, kind);
            }
            response
        }
        Err::<_, Vec<u8>>(_) => no_room(),
    };
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response
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

/// A body that was read. It is counted for as long as this is held.
pub(crate) struct Read {
    bytes: Vec<u8>,
    weight: Reservation,
}

impl Deref for Read {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The whole body, if it comes within the limit and in time, and has room.
pub(crate) async fn read_body(body: Body, limit: usize, budget: &Budget) -> Result<Read, Response> {
    read_into(body, limit, budget.reserve(Use::Bodies, 0)).await
}

/// The same of a request to the control surface, which has room where others have none.
pub(crate) async fn read_control_body(body: Body, limit: usize, budget: &Budget) -> Result<Read, Response> {
    read_into(body, limit, budget.reserve_to_answer(Use::Bodies, 0)).await
}

async fn read_into(body: Body, limit: usize, weight: Result<Reservation, Exhausted>) -> Result<Read, Response> {
    let weight = weight.map_err(|Exhausted| no_room())?;
    let mut read = Read { bytes: Vec::new(), weight };
    match tokio::time::timeout(BODY_TIMEOUT, read.fill(body, limit)).await {
        Ok(Ok(())) => Ok(read),
        Ok(Err(Unread::NoRoom)) => Err(no_room()),
        Ok(Err(Unread::TooLarge)) => {
            let why = "the body is too large or broke off";
            Err(refusal(StatusCode::PAYLOAD_TOO_LARGE, why))
        }
        Err(_) => Err(refusal(StatusCode::REQUEST_TIMEOUT, "the body did not come in time")),
    }
}

enum Unread {
    /// Or it broke off.
    TooLarge,
    NoRoom,
}

impl Read {
    /// Takes room for what came, never for what was only announced.
    async fn fill(&mut self, mut body: Body, limit: usize) -> Result<(), Unread> {
        while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            let Ok(data) = frame.map_err(|_| Unread::TooLarge)?.into_data() else { continue };
            let length = self.bytes.len() + data.len();
            if length > limit {
                return Err(Unread::TooLarge);
            }
            if length > self.bytes.capacity() {
                let capacity = length.max(2 * self.bytes.capacity()).min(limit);
                self.weight.resize(capacity).map_err(|Exhausted| Unread::NoRoom)?;
                self.bytes.reserve_exact(capacity - self.bytes.len());
            }
            self.bytes.extend_from_slice(&data);
        }
        Ok(())
    }
}
