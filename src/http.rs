//! HTTP over `fetch`. A body is read only up to its limit, and only as JSON. Promises are followed by
//! two closures, not by a Rust future: an executor would cost more than all of this (docs/size.md).
//! A promise calls one of them even after the call was aborted, so they live until it has settled.

use crate::value;
use guestwire_core::failure::{ErrorCode, host_in};
use guestwire_core::io::{AnswerBody, HttpAnswer};
use guestwire_core::limits;
use guestwire_core::protocol::Request;
use guestwire_core::value::Unreadable;
use js_sys::{ArrayBuffer, JsString, Object, Promise, Reflect, Uint8Array};
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::*;
use web_sys::AbortController;

#[wasm_bindgen]
extern "C" {
    // Pages put their own in its place, which may throw, and may give what is no promise. An option:
    // the generated code leaks the place of a plain value that a throw has kept from coming.
    #[wasm_bindgen(catch, js_name = fetch)]
    fn fetch(request: &web_sys::Request) -> Result<Option<JsValue>, JsValue>;

    /// The body of an answer, which such a `fetch` may have read before us, and then it is locked.
    type Body;
    #[wasm_bindgen(catch, method, js_name = getReader)]
    fn reader(this: &Body) -> Result<Option<Reader>, JsValue>;

    /// What reads it part by part.
    type Reader;
    #[wasm_bindgen(method)]
    fn read(this: &Reader) -> JsValue;
}

/// Whoever makes requests, and hears of their ends.
pub(crate) trait Caller {
    /// Those that are under way.
    fn calls(&self) -> &Calls;

    /// One came to its end; without an answer it failed, by this code of the platform's, where there is one.
    fn called(&self, id: u32, answer: Result<HttpAnswer, Option<ErrorCode>>);
}

/// A caller, as its requests see it. Where only clients make any, the optimiser sees through it (docs/size.md).
#[cfg(feature = "streams")]
pub(crate) type Asker = dyn Caller;
#[cfg(not(feature = "streams"))]
pub(crate) type Asker = crate::driver::Driver;

/// The requests of one caller that are under way.
#[derive(Default)]
pub(crate) struct Calls(RefCell<Vec<Call>>);

impl Calls {
    /// Keeps one until it is over.
    pub(crate) fn keep(&self, call: Call) {
        self.0.borrow_mut().push(call);
    }

    /// A request that is over, or is to be: dropped, it is aborted, with no borrow held.
    pub(crate) fn let_go(&self, id: u32) -> Option<Call> {
        let mut calls = self.0.borrow_mut();
        let place = calls.iter().position(|call| call.id == id);
        place.map(|place| calls.swap_remove(place))
    }

    /// Aborts them all.
    pub(crate) fn stop(&self) {
        self.0.take();
    }
}

/// Dropped, it aborts what has its signal. All that is opened on the platform is closed in the end: the fuse keeps what is open
/// (`js/src/fuse.ts`).
struct Abort(AbortController);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A request that is under way. Dropped, it is aborted, and nobody hears of it any more.
pub(crate) struct Call {
    id: u32,
    _abort: Abort,
    /// Node 20 holds it weakly: once collected, it is aborted by nobody, and its connection lives on for minutes.
    _request: web_sys::Request,
    exchange: Rc<Exchange>,
}

impl Drop for Call {
    fn drop(&mut self) {
        // First deaf, then aborted, with the members: the abort rejects the promise, which lets go of the exchange.
        self.exchange.progress.replace(Progress::Over);
    }
}

/// Makes a request. None: the platform refused to make one.
pub(crate) fn call(id: u32, request: &Request, caller: Weak<Asker>) -> Option<Call> {
    let headers = Object::new();
    for (name, secret) in &request.headers {
        set(&headers, name, &secret.expose().into());
    }
    let body = request.body.as_deref().map(JsValue::from_str);
    start(id, request.method, request.url.expose(), headers, body, caller)
}

/// The same for whatever else can be a body.
pub(crate) fn start(
    id: u32,
    method: &str,
    url: &str,
    headers: Object,
    body: Option<JsValue>,
    caller: Weak<Asker>,
) -> Option<Call> {
    let abort = Abort(AbortController::new().ok()?);
    let init = Object::new();
    let put = |name: &str, value: &JsValue| set(&init, name, value);
    put("method", &method.into());
    put("signal", &abort.0.signal());
    put("headers", &headers);
    // The token says who we are: no cookie, no cache, no referrer, and no other host by redirect, which is told and not
    // followed.
    for (name, value) in
        [("credentials", "omit"), ("cache", "no-store"), ("referrerPolicy", "no-referrer"), ("redirect", "manual")]
    {
        put(name, &value.into());
    }
    if let Some(body) = &body {
        put("body", body);
    }
    // Not the library's builder: it takes the address apart and together again (docs/size.md).
    let request = web_sys::Request::new_with_str_and_init(url, init.unchecked_ref()).ok()?;
    let answer = Promise::resolve(&fetch(&request).ok()??);
    let exchange = Exchange::new(id, caller);
    exchange.follow(&answer);
    Some(Call { id, _abort: abort, _request: request, exchange })
}

/// Whether the platform can ask for something there.
pub(crate) fn is_address(url: &str) -> bool {
    web_sys::Request::new_with_str_and_init(url, Object::new().unchecked_ref()).is_ok()
}

/// A member of an object of ours. Headers are one too, not the platform's: what a page does to the iterators of that is no matter then.
pub(crate) fn set(of: &Object, name: &str, value: &JsValue) {
    let _set = Reflect::set(of, &name.into(), value);
}

/// How far the exchange is.
enum Progress {
    Asked,
    Reading { answer: HttpAnswer, reader: Reader, bytes: Vec<u8> },
    Over,
}

type Settled = Closure<dyn FnMut(JsValue)>;

struct Exchange {
    id: u32,
    caller: Weak<Asker>,
    progress: RefCell<Progress>,
    closures: RefCell<Option<(Settled, Settled)>>,
}

impl Exchange {
    fn new(id: u32, caller: Weak<Asker>) -> Rc<Self> {
        let exchange =
            Rc::new(Self { id, caller, progress: RefCell::new(Progress::Asked), closures: RefCell::default() });
        let (on_value, on_error) = (exchange.clone(), exchange.clone());
        let fulfilled = Closure::new(move |value: JsValue| {
            on_value.advance(&value);
            on_value.release();
        });
        let rejected = Closure::new(move |error: JsValue| {
            on_error.failed(&error);
            on_error.release();
        });
        exchange.closures.replace(Some((fulfilled, rejected)));
        exchange
    }

    /// The promise that was followed has settled: without another one nobody calls the closures any
    /// more, and with them goes the exchange, which they hold.
    fn release(&self) {
        if !matches!(*self.progress.borrow(), Progress::Reading { .. }) {
            let closures = self.closures.take();
            drop(closures);
        }
    }

    fn follow(&self, promise: &Promise) {
        if let Some((fulfilled, rejected)) = self.closures.borrow().as_ref() {
            let _followed = promise.then2(fulfilled, rejected);
        }
    }

    /// The answer's head has come, or a part of its body.
    fn advance(&self, value: &JsValue) {
        let progress = self.progress.replace(Progress::Over);
        match progress {
            Progress::Asked => match head(value) {
                // What leads elsewhere is not the service's, and not read.
                Some(answer) if answer.redirected.is_some() => self.answered(answer),
                Some(answer) => match body(value).reader() {
                    Ok(Some(reader)) => self.read(answer, reader, Vec::new()),
                    // There is none, or none to be read any more.
                    _ => self.answered(answer),
                },
                None => self.end(Err(None)),
            },
            Progress::Reading { mut answer, reader, mut bytes } => {
                let chunk = Reflect::get(value, &"value".into()).ok();
                // Not by its class: the bytes may come from another realm's `fetch`. A copy is of our own class, whatever
                // that one's prototype has become.
                let chunk = chunk.filter(ArrayBuffer::is_view).map(|bytes| Uint8Array::new(&bytes));
                match chunk {
                    // The status is known. The driver reads no further: it aborts a call that is answered.
                    Some(chunk) if bytes.len() + chunk.length() as usize > limits::ANSWER_BYTES => {
                        answer.body = AnswerBody::Unreadable(Unreadable::TooLarge);
                        self.answered(answer);
                    }
                    Some(chunk) => {
                        bytes.extend(chunk.to_vec());
                        self.read(answer, reader, bytes);
                    }
                    None => {
                        answer.body = match String::from_utf8(bytes) {
                            Ok(text) => {
                                let (_, read) = value::read(&JsString::from(text.as_str()), limits::ANSWER_BYTES);
                                AnswerBody::new(&text, read)
                            }
                            Err(_) => AnswerBody::Unreadable(Unreadable::Binary),
                        };
                        self.answered(answer);
                    }
                }
            }
            Progress::Over => {}
        }
    }

    fn read(&self, answer: HttpAnswer, reader: Reader, bytes: Vec<u8>) {
        // What is no promise of the platform's might call back at once.
        let part = Promise::resolve(&reader.read());
        self.progress.replace(Progress::Reading { answer, reader, bytes });
        self.follow(&part);
    }

    /// No answer came, or it broke off in its body: then its status still was said.
    fn failed(&self, error: &JsValue) {
        match self.progress.replace(Progress::Over) {
            Progress::Asked => self.end(Err(code_of(error))),
            Progress::Reading { mut answer, .. } => {
                answer.body = AnswerBody::Unreadable(Unreadable::NotJson);
                self.answered(answer);
            }
            Progress::Over => {}
        }
    }

    fn answered(&self, answer: HttpAnswer) {
        self.end(Ok(answer));
    }

    fn end(&self, answer: Result<HttpAnswer, Option<ErrorCode>>) {
        let Some(caller) = self.caller.upgrade() else { return };
        // Unless it was aborted before.
        if caller.calls().let_go(self.id).is_some() {
            caller.called(self.id, answer);
        }
    }
}

/// The answer's head. A page's own `fetch` may give anything, and what throws here would be a rejection that
/// nobody hears, which in Node ends the process. None: it is no answer.
pub(crate) fn head(response: &JsValue) -> Option<HttpAnswer> {
    let member = |name: &str| Reflect::get(response, &name.into()).ok();
    let headers: web_sys::Headers = member("headers")?.unchecked_into();
    let header = |name| headers.get(name).ok().flatten();
    let (retry_after, date) = (header("Retry-After"), header("Date"));
    // The cast saturates: whatever is said is a status, if a strange one.
    let status = member("status")?.as_f64()? as u16;
    // A browser hides where it leads, Node does not; a page's own `fetch` may have gone there.
    let redirected = match status {
        301 | 302 | 303 | 307 | 308 => Some(header("Location").map_or_else(String::new, |to| host_in(&to))),
        _ if member("type")? == "opaqueredirect" => Some(String::new()),
        _ if member("redirected")? == true => {
            Some(member("url")?.as_string().map_or_else(String::new, |to| host_in(&to)))
        }
        _ => None,
    };
    let answer = HttpAnswer { status, retry_after, date, redirected, ..HttpAnswer::default() };
    Some(answer)
}

fn body(response: &JsValue) -> Body {
    Reflect::get(response, &"body".into()).unwrap_or_default().unchecked_into()
}

/// The platform's own code of what went wrong. Node says it of the cause of what `fetch` rejects with.
pub(crate) fn code_of(error: &JsValue) -> Option<ErrorCode> {
    let member = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).ok();
    let code = |of: &JsValue| ErrorCode::new(&value::short(&member(of, "code")?, limits::ERROR_CODE_BYTES)?);
    member(error, "cause").as_ref().and_then(code).or_else(|| code(error))
}
