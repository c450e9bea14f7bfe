//! Sockets that an application passes may do anything: throw, call back before a call has returned,
//! or be no sockets. Nothing of that may trap the module, or make it hold on to a socket.
#![cfg(target_arch = "wasm32")]

mod common;

use common::{Guest, eventually, ledger, neutral, options, sockets};
use guestwire_core::value::Value;
use js_sys::{Array, Function, Reflect};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::WebSocket;

wasm_bindgen_test_configure!(run_in_browser);

/// The sockets that such a constructor has made.
fn made(constructor: &Function) -> Array {
    Reflect::get(constructor, &"made".into()).expect("made").unchecked_into()
}

#[wasm_bindgen_test]
async fn what_is_no_constructor_is_refused_by_name() {
    for given in common::no_constructors() {
        let page = common::Page::new(&given);
        let error = match guestwire::RawClient::new(&options(""), page.unchecked_into()) {
            Ok(_) => panic!("{given:?} was taken"),
            Err(error) => neutral(&error),
        };
        let member = |name: &str| error.get(name).and_then(Value::text).unwrap_or_default().to_owned();
        assert_eq!((member("code"), member("option")), ("bad_option".to_owned(), "WebSocket".to_owned()), "{given:?}");
    }
}

#[wasm_bindgen_test]
async fn no_socket_is_made_before_connect() {
    let constructor = common::remembered();
    let guest = Guest::over(&options(""), &constructor);
    guest.send("waiting");
    assert_eq!(made(&constructor).length(), 0);
    guest.connected().await;
    assert_eq!(made(&constructor).length(), 1);
}

#[wasm_bindgen_test]
async fn where_the_constructor_throws_messages_go_by_rest() {
    let guest = Guest::over(&options(""), &common::refusing());
    guest.raw().connect();
    let ids: Vec<String> = (0..10).map(|number| guest.send(&format!("message {number}"))).collect();
    for id in &ids {
        assert_eq!(guest.delivered(id).await.text("via"), "rest");
    }
    let expected: Vec<String> = (0..10).map(|number| format!("message {number}")).collect();
    assert_eq!(ledger(&guest.conversation()).await, expected);
}

#[wasm_bindgen_test]
async fn a_socket_that_answers_inside_each_call_works_like_any_other() {
    for (constructor, window) in [
        (common::immediate(), 32),
        (common::immediate(), 1),
        (common::immediate_but_one(), 32),
        (common::immediate_but_one(), 1),
    ] {
        let guest = Guest::over(&options(&format!(r#","rest":false,"window":{window}"#)), &constructor);
        let early: Vec<String> = (0..5).map(|_| guest.send("early")).collect();
        guest.raw().connect();
        guest.reaches("connected").await;
        let late: Vec<String> = (0..5).map(|_| guest.send("late")).collect();
        for id in early.iter().chain(&late) {
            assert_eq!(guest.delivered(id).await.whole("attempts"), Some(1));
        }
        let sent = Reflect::get(&made(&constructor).get(0), &"sent".into()).expect("sent");
        let sent: Vec<String> = sent.unchecked_into::<Array>().iter().filter_map(|id| id.as_string()).collect();
        assert_eq!(sent, [early, late].concat());
        assert_eq!((guest.figure("opens"), guest.figure("malformed"), guest.figure("duplicates")), (1, 0, 0));
    }
}

#[wasm_bindgen_test]
async fn sockets_that_close_inside_a_call_are_lost_links() {
    let constructor = common::closing_inside();
    let guest = Guest::over(&options(r#","rest":false"#), &constructor);
    let id = guest.send("hello");
    guest.raw().connect();
    guest.delivered(&id).await;
    assert_eq!(ledger(&guest.conversation()).await, ["hello"]);
    assert_eq!(made(&constructor).length(), 5, "four that closed, and one that works");
    assert_eq!(guest.figure("opens"), 5);
}

#[wasm_bindgen_test]
async fn what_the_constructor_makes_may_be_no_socket() {
    let constructor = common::no_sockets();
    let guest = Guest::over(&options(r#","rest":false,"socketTimeout":1000"#), &constructor);
    let id = guest.send("hello");
    guest.raw().connect();
    guest.delivered(&id).await;
    assert_eq!(ledger(&guest.conversation()).await, ["hello"]);
    // A real one that is not open in time is followed by another.
    assert!(made(&constructor).length() >= 6);
}

#[wasm_bindgen_test]
async fn events_with_nothing_in_them_are_counted() {
    let guest = Guest::over(&options(r#","rest":false"#), &common::babbling());
    guest.raw().connect();
    guest.reaches("connected").await;
    guest.delivered(&guest.send("hello")).await;
    assert_eq!(guest.figure("malformed") + guest.figure("ignored"), 11);
    assert_eq!(guest.figure("opens"), 1);
}

/// A guest that something else may free, as a page would: at a moment that is not of our choosing.
struct Freed {
    guest: Rc<RefCell<Option<Guest>>>,
    calls: Rc<Cell<Option<u32>>>,
    free: Closure<dyn FnMut()>,
}

impl Freed {
    fn new() -> Self {
        let guest: Rc<RefCell<Option<Guest>>> = Rc::default();
        let calls: Rc<Cell<Option<u32>>> = Rc::default();
        let (whom, noted) = (guest.clone(), calls.clone());
        let free = Closure::new(move || {
            if let Some(guest) = whom.borrow().as_ref().filter(|_| noted.get().is_none()) {
                noted.set(Some(guest.page.calls()));
                guest.free();
                assert_eq!(Some(guest.page.calls()), noted.get(), "told while it was freed");
            }
        });
        Self { guest, calls, free }
    }

    fn function(&self) -> &Function {
        self.free.as_ref().unchecked_ref()
    }

    async fn run(&self, guest: Guest) {
        guest.send("hello");
        guest.raw().connect();
        self.guest.replace(Some(guest));
        eventually("it is freed", async || self.calls.get().is_some()).await;
        // Another client's whole life: time enough for what was still on its way.
        let other = Guest::new(&options(""));
        other.connected().await;
        other.delivered(&other.send("hello")).await;
        let guest = self.guest.borrow();
        assert_eq!(Some(guest.as_ref().expect("a guest").page.calls()), self.calls.get(), "told after it was freed");
    }
}

#[wasm_bindgen_test]
async fn freed_inside_the_constructor_no_socket_is_left() {
    let freed = Freed::new();
    let constructor = common::calling(freed.function());
    let before = common::control("GET", "connections", None).await;
    let before = common::items(before.get("connections").expect("connections")).len();
    freed.run(Guest::over(&options(r#","rest":false"#), &constructor)).await;
    let socket: WebSocket = made(&constructor).get(0).unchecked_into();
    eventually("the socket is closed", async || socket.ready_state() == WebSocket::CLOSED).await;
    eventually("the gateway sees none", async || {
        let now = common::control("GET", "connections", None).await;
        common::items(now.get("connections").expect("connections")).len() <= before
    })
    .await;
}

#[wasm_bindgen_test]
async fn freed_inside_send_it_is_silent_and_closes() {
    let freed = Freed::new();
    let constructor = common::calling_in_send(freed.function());
    freed.run(Guest::over(&options(r#","rest":false"#), &constructor)).await;
    let closed = Reflect::get(&made(&constructor).get(0), &"closed".into()).expect("closed");
    assert_eq!(closed.as_f64(), Some(1.0), "closed once");
}

#[wasm_bindgen_test]
async fn freed_as_it_opens_no_socket_is_left() {
    let freed = Freed::new();
    let constructor = common::calling_when_open(freed.function());
    freed.run(Guest::over(&options(r#","rest":false"#), &constructor)).await;
    let socket: WebSocket = made(&constructor).get(0).unchecked_into();
    eventually("the socket is closed", async || socket.ready_state() == WebSocket::CLOSED).await;
}

#[wasm_bindgen_test]
async fn an_old_socket_is_closed_before_the_next_one_is_opened() {
    let constructor = common::remembered();
    let guest = Guest::over(&options(""), &constructor);
    let conversation = guest.connected().await;
    // The session is refused inside a frame; it is the client that leaves.
    let frame = r#""text":"{\"type\":\"error\",\"code\":401,\"message\":\"expired\"}""#;
    let fault = format!(r#"{{"fault":"raw_frame","conversation":"{conversation}",{frame}}}"#);
    common::control("POST", "faults", Some(&fault)).await;
    eventually("a second socket", async || made(&constructor).length() == 2).await;
    guest.reaches("connected").await;
    assert_eq!(Reflect::get(&constructor, &"overlaps".into()).expect("overlaps").as_f64(), Some(0.0));
    eventually("the gateway sees the old one closed", async || sockets(&conversation).await == 0).await;
    assert_eq!(sockets(&guest.conversation()).await, 1);
}
