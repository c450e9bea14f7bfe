//! What the driver's tests share: the gateway as its control surface shows it, and a guest whose
//! events are noted as the face would note them. Each test has a conversation of its own.
#![allow(dead_code)] // Each test binary uses its part of it.

use guestwire::RawClient;
use guestwire_core::value::Value;
use js_sys::{Array, Function, JSON, Promise};
use std::cell::{Ref, RefCell};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/tests/common/page.js")]
extern "C" {
    #[wasm_bindgen(js_name = ask)]
    fn ask_gateway(method: &str, address: &str, body: Option<&str>) -> Promise;
    fn pause(ms: u32) -> Promise;

    #[derive(Clone)]
    pub type Page;
    #[wasm_bindgen(constructor)]
    pub fn new(sockets: &JsValue) -> Page;
    #[wasm_bindgen(method, getter)]
    pub fn calls(this: &Page) -> u32;
    #[wasm_bindgen(method)]
    fn take(this: &Page) -> Array;

    pub fn remembered() -> Function;
    pub fn calling(then: &Function) -> Function;
    pub fn refusing() -> Function;
    pub fn immediate() -> Function;
    #[wasm_bindgen(js_name = immediateButOne)]
    pub fn immediate_but_one() -> Function;
    #[wasm_bindgen(js_name = closingInside)]
    pub fn closing_inside() -> Function;
    #[wasm_bindgen(js_name = noSockets)]
    pub fn no_sockets() -> Function;
    #[wasm_bindgen(js_name = callingInSend)]
    pub fn calling_in_send(then: &Function) -> Function;
    #[wasm_bindgen(js_name = callingWhenOpen)]
    pub fn calling_when_open(then: &Function) -> Function;
    pub fn babbling() -> Function;

    #[wasm_bindgen(js_name = brokenFetch)]
    pub fn broken_fetch() -> Function;
    #[wasm_bindgen(js_name = endlessFetch)]
    pub fn endless_fetch() -> JsValue;
    #[wasm_bindgen(js_name = foreignFetch)]
    pub fn foreign_fetch() -> Promise;

    #[wasm_bindgen(js_name = hostileOptions)]
    pub fn hostile_options() -> Array;
    #[wasm_bindgen(js_name = noConstructors)]
    pub fn no_constructors() -> Array;
}

/// How long anything observable may take before the test fails, ms.
const DEADLINE: f64 = 30_000.0;

/// The credential that the gateway knows without being told.
pub const TOKEN: &str = "demo-token-0000000000";

/// The gateway that the runner has started.
pub fn gateway() -> &'static str {
    // Not `env!`: the other targets of the workspace are checked without a gateway.
    match option_env!("GUESTWIRE_GATEWAY") {
        Some(address) => address,
        None => panic!("run this by `cargo xtask test wasm-driver`, which starts a gateway"),
    }
}

/// Options that suit a test: the gateway, and waits that are short. `more` are further members.
pub fn options(more: &str) -> JsValue {
    let host = gateway();
    let text = format!(
        r#"{{"host":"{host}","credential":{{"kind":"bearer","value":"{TOKEN}"}},"backoff":{{"base":10,"cap":50}},"maxOpens":1000{more}}}"#
    );
    JSON::parse(&text).expect("options are JSON")
}

/// Asks the gateway's control surface.
pub async fn control(method: &str, path: &str, body: Option<&str>) -> Value {
    let answer = ask_gateway(method, &format!("{}/control/{path}", gateway()), body).await;
    neutral(&answer.unwrap_or_else(|error| panic!("{method} {path}: {error:?}")))
}

/// The members `name` of a list of objects.
pub fn texts(list: &Value, name: &str) -> Vec<String> {
    items(list).iter().map(|item| item.get(name).and_then(Value::text).unwrap_or_default().to_owned()).collect()
}

pub fn items(list: &Value) -> &[Value] {
    match list {
        Value::List(items) => items,
        other => panic!("no list: {other:?}"),
    }
}

/// The contents that the service has of a conversation, in order.
pub async fn ledger(conversation: &str) -> Vec<String> {
    texts(&taken(conversation).await, "content")
}

/// The messages that the service has of a conversation, in order.
pub async fn taken(conversation: &str) -> Value {
    let ledger = control("GET", &format!("ledger?conversation={conversation}"), None).await;
    ledger.get("messages").expect("messages").clone()
}

/// How many sockets of a conversation the gateway sees.
pub async fn sockets(conversation: &str) -> usize {
    let connections = control("GET", "connections", None).await;
    let live = connections.get("connections").expect("connections");
    texts(live, "conversation").iter().filter(|it| *it == conversation).count()
}

/// Waits until it is so. Not for time to pass: for what can be observed.
pub async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let began = js_sys::Date::now();
    while !is_so().await {
        assert!(js_sys::Date::now() - began < DEADLINE, "never: {what}");
        let _paused = pause(5).await;
    }
}

/// Any plain value of JavaScript, to look at.
pub fn neutral(value: &JsValue) -> Value {
    guestwire::value::options(value).unwrap_or_else(|_| panic!("no plain value: {value:?}"))
}

/// Something that the host was told.
#[derive(Clone, Debug)]
pub struct Told {
    pub kind: String,
    pub detail: Value,
}

impl Told {
    pub fn text(&self, name: &str) -> &str {
        self.detail.get(name).and_then(Value::text).unwrap_or_default()
    }

    pub fn whole(&self, name: &str) -> Option<u64> {
        self.detail.get(name).and_then(Value::whole)
    }
}

/// A client and its host. Dropped, or let go by `free`, as `free()` of the face does.
pub struct Guest {
    raw: RefCell<Option<RawClient>>,
    pub page: Page,
    told: RefCell<Vec<Told>>,
}

impl Guest {
    /// With the platform's own sockets.
    pub fn new(options: &JsValue) -> Self {
        Self::over(options, &JsValue::UNDEFINED)
    }

    /// With the sockets that this constructor makes.
    pub fn over(options: &JsValue, sockets: &JsValue) -> Self {
        let page = Page::new(sockets);
        let raw = RawClient::new(options, page.clone().unchecked_into());
        let raw = raw.unwrap_or_else(|error| panic!("refused: {error:?}"));
        Self { raw: RefCell::new(Some(raw)), page, told: RefCell::default() }
    }

    pub fn raw(&self) -> Ref<'_, RawClient> {
        Ref::map(self.raw.borrow(), |raw| raw.as_ref().expect("freed"))
    }

    /// Lets go of the client.
    pub fn free(&self) {
        let raw = self.raw.take();
        drop(raw);
    }

    pub fn send(&self, content: &str) -> String {
        self.raw().send(&content.into()).unwrap_or_else(|error| panic!("refused: {error:?}"))
    }

    /// Everything of a kind that was told so far.
    pub fn told(&self, kind: &str) -> Vec<Told> {
        self.note();
        self.told.borrow().iter().filter(|told| told.kind == kind).cloned().collect()
    }

    /// Forgets what was told so far, where a test measures what the module itself keeps.
    pub fn forget(&self) {
        self.note();
        self.told.take();
    }

    fn note(&self) {
        let mut told = self.told.borrow_mut();
        for entry in self.page.take() {
            let entry: Array = entry.unchecked_into();
            told.push(Told { kind: entry.get(0).as_string().unwrap_or_default(), detail: neutral(&entry.get(1)) });
        }
    }

    /// The figures of this moment.
    pub fn stats(&self) -> Value {
        neutral(&self.raw().stats())
    }

    /// One figure.
    pub fn figure(&self, name: &str) -> u64 {
        self.stats().get(name).and_then(Value::whole).unwrap_or_else(|| panic!("no figure {name}"))
    }

    /// Waits for a state.
    pub async fn reaches(&self, state: &str) {
        let reached = || async { self.stats().get("state").and_then(Value::text) == Some(state) };
        eventually(&format!("the state {state}; last: {:?}", self.told("statechange").last()), reached).await;
    }

    /// Connects, and gives the conversation's id.
    pub async fn connected(&self) -> String {
        self.raw().connect();
        self.reaches("connected").await;
        self.conversation()
    }

    pub fn conversation(&self) -> String {
        let session = neutral(&self.raw().session());
        session.get("id").and_then(Value::text).expect("a session").to_owned()
    }

    /// How a message ended.
    pub async fn end(&self, id: &str) -> Told {
        let ends = || self.told("delivery").into_iter().filter(|told| told.text("id") == id && is_final(told));
        eventually(&format!("the end of {id}"), || async { ends().next().is_some() }).await;
        let ends: Vec<Told> = ends().collect();
        assert_eq!(ends.len(), 1, "one end: {ends:?}");
        ends[0].clone()
    }

    /// Waits until a message is delivered; any other end is a failure.
    pub async fn delivered(&self, id: &str) -> Told {
        let end = self.end(id).await;
        assert_eq!(end.text("state"), "delivered", "{end:?}");
        end
    }
}

fn is_final(told: &Told) -> bool {
    !matches!(told.text("state"), "queued" | "sending")
}
