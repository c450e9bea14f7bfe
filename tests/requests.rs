//! Requests by `fetch`: nothing of them is left once they have ended, whatever their end, and
//! whatever an instrumented page has put in `fetch`'s place.
#![cfg(target_arch = "wasm32")]

mod common;

use common::{Guest, eventually, ledger, neutral, options};
use guestwire_core::value::Value;
use js_sys::{Function, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// What the module holds: objects of JavaScript, and bytes of memory.
fn held() -> (u32, u32) {
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let buffer: js_sys::ArrayBuffer = memory.buffer().unchecked_into();
    (wasm_bindgen::externref_heap_live_count(), buffer.byte_length())
}

async fn by_rest(guest: &Guest, count: usize) {
    for _ in 0..count / 50 {
        let ids: Vec<String> = (0..50).map(|number| guest.send(&format!("message {number}"))).collect();
        for id in &ids {
            assert_eq!(guest.delivered(id).await.text("via"), "rest");
        }
        guest.forget();
    }
}

#[wasm_bindgen_test]
async fn a_thousand_requests_leave_nothing_behind() {
    // Without the recorder, whose window would still be filling (tests/e2e/life.test.mjs sees it full).
    let guest = Guest::over(&options(r#","trace":0"#), &common::refusing());
    guest.raw().connect();
    by_rest(&guest, 200).await;
    let before = held();
    by_rest(&guest, 1_000).await;
    let after = held();
    assert_eq!(ledger(&guest.conversation()).await.len(), 1_200);
    // What a settled promise is about to let go of may still be there.
    assert!(after.0 <= before.0 + 10, "objects: {before:?}, then {after:?}");
    assert!(after.1 <= before.1 + 65_536, "bytes: {before:?}, then {after:?}");
}

#[wasm_bindgen_test]
async fn requests_that_are_aborted_leave_nothing_behind() {
    let mut settled = None;
    for _ in 0..4 {
        let before = held();
        for _ in 0..100 {
            let guest = Guest::new(&options(""));
            guest.raw().connect();
            guest.free();
        }
        eventually("everything is let go of", async || held().0 <= before.0 + 5).await;
        // The first round takes the memory that so many clients need at once.
        let first = *settled.get_or_insert(held().1);
        assert!(held().1 <= first + 65_536, "bytes: {first}, then {}", held().1);
    }
}

#[wasm_bindgen_test]
async fn an_answer_without_end_is_cut_off_and_its_status_counts() {
    let endless = common::endless_fetch();
    let member = |name: &str| Reflect::get(&endless, &name.into()).expect(name);
    let guest = Guest::new(&options(""));
    let id = guest.send("hello");
    guest.raw().connect();
    guest.delivered(&id).await;
    let restore: Function = member("restore").unchecked_into();
    restore.call0(&JsValue::UNDEFINED).expect("restored");
    assert_eq!(member("aborted"), JsValue::TRUE, "nobody reads on");
    // The limit, the chunk that went over it, and what the stream holds ready.
    let pulled = member("pulled").as_f64().expect("a number");
    let most = guestwire_core::limits::ANSWER_BYTES as f64;
    assert!((most..=most + 262_144.0).contains(&pulled), "{pulled} bytes were read");
    let waited = guest.told("statechange").into_iter().find(|told| told.text("step") == "waiting");
    assert!(waited.is_some(), "503 was taken for what it is: {:?}", guest.told("statechange"));
}

#[wasm_bindgen_test]
async fn whatever_fetch_does_the_client_tries_again() {
    let restore = common::broken_fetch();
    let guest = Guest::new(&options(r#","rest":false,"sessionTimeout":1000"#));
    let id = guest.send("hello");
    guest.raw().connect();
    let end = guest.end(&id).await;
    restore.call0(&JsValue::UNDEFINED).expect("restored");
    assert_eq!(end.text("state"), "delivered", "{end:?}");
    assert_eq!(ledger(&guest.conversation()).await, ["hello"]);
    assert!(neutral(&guest.raw().stats()).get("attempt").and_then(Value::whole).is_some());
}

#[wasm_bindgen_test]
async fn an_answer_of_another_realm_is_read_like_our_own() {
    let restore = common::foreign_fetch().await.expect("a frame");
    let guest = Guest::over(&options(""), &common::refusing());
    let id = guest.send("hello");
    guest.raw().connect();
    let end = guest.end(&id).await;
    restore.unchecked_into::<Function>().call0(&JsValue::UNDEFINED).expect("restored");
    assert_eq!((end.text("state"), end.text("via")), ("delivered", "rest"));
}
