//! HTTP over `fetch`. A body is read only up to its limit, and only as JSON.

use crate::driver::Driver;
use crate::value;
use gloo_net::http::{Method, RequestBuilder, Response};
use guestwire_core::io::{HttpAnswer, Input};
use guestwire_core::limits;
use guestwire_core::protocol::Request;
use guestwire_core::value::Value;
use js_sys::{JsString, Reflect, Uint8Array};
use std::rc::Weak;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    AbortController, ReadableStreamDefaultReader, ReferrerPolicy, RequestCache, RequestCredentials, RequestRedirect,
};

/// A request that is under way. Dropped, it is aborted, and nobody hears of it any more.
pub(crate) struct Call {
    pub(crate) id: u32,
    controller: AbortController,
}

impl Drop for Call {
    fn drop(&mut self) {
        self.controller.abort();
    }
}

/// Makes a request. None: the platform refused to make one.
pub(crate) fn call(id: u32, request: &Request, driver: &Weak<Driver>) -> Option<Call> {
    let controller = AbortController::new().ok()?;
    let method = if request.method == "POST" { Method::POST } else { Method::GET };
    let mut builder = RequestBuilder::new(request.url.expose())
        .method(method)
        .abort_signal(Some(&controller.signal()))
        // The token says who we are: no cookie, no cache, no referrer, and no other host by redirect.
        .credentials(RequestCredentials::Omit)
        .cache(RequestCache::NoStore)
        .referrer_policy(ReferrerPolicy::NoReferrer)
        .redirect(RequestRedirect::Error);
    for (name, secret) in &request.headers {
        builder = builder.header(name, secret.expose());
    }
    let request = match &request.body {
        Some(body) => builder.body(body.as_str()),
        None => builder.build(),
    };
    let request = request.ok()?;
    let driver = driver.clone();
    spawn_local(async move {
        let input = match request.send().await {
            Ok(response) => Input::Answered(id, answer(&response).await),
            Err(_) => Input::Unanswered(id),
        };
        if let Some(driver) = driver.upgrade() {
            driver.called(id, input);
        }
    });
    Some(Call { id, controller })
}

async fn answer(response: &Response) -> HttpAnswer {
    let header = |name| response.headers().get(name);
    HttpAnswer {
        status: response.status(),
        retry_after: header("Retry-After"),
        date: header("Date"),
        body: body(response).await,
    }
}

/// The body, where it is JSON within the limits. What cannot be read counts as none: the status
/// has been said.
async fn body(response: &Response) -> Option<Value> {
    let reader: ReadableStreamDefaultReader = response.body()?.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    loop {
        let part = JsFuture::from(reader.read()).await.ok()?;
        let chunk = Reflect::get(&part, &"value".into()).ok()?;
        let Some(chunk) = chunk.dyn_ref::<Uint8Array>() else { break };
        if bytes.len() + chunk.length() as usize > limits::ANSWER_BYTES {
            // Dropped half read, it costs the service no more.
            let _cancelled = JsFuture::from(reader.cancel()).await;
            return None;
        }
        bytes.extend(chunk.to_vec());
    }
    let text = String::from_utf8(bytes).ok()?;
    value::read(&JsString::from(text), limits::ANSWER_BYTES).1.ok()
}
