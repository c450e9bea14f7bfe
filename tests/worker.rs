//! The module in a worker, where there is neither a window nor a document.
#![cfg(target_arch = "wasm32")]

mod common;

use common::{Guest, control, eventually, ledger, options, sockets};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
async fn a_worker_has_a_whole_conversation() {
    assert!(js_sys::Reflect::get(&js_sys::global(), &"document".into()).is_ok_and(|document| document.is_undefined()));
    let guest = Guest::new(&options(""));
    let id = guest.send("from a worker");
    let conversation = guest.connected().await;
    guest.delivered(&id).await;
    let say = format!(r#"{{"conversation":"{conversation}","content":"to a worker"}}"#);
    control("POST", "say", Some(&say)).await;
    eventually("the agent's answer", async || !guest.told("message").is_empty()).await;
    control("POST", "faults", Some(&format!(r#"{{"fault":"reset","conversation":"{conversation}"}}"#))).await;
    eventually("the link is lost", async || guest.told("statechange").iter().any(|it| it.text("to") == "reconnecting"))
        .await;
    guest.delivered(&guest.send("and again")).await;
    assert_eq!(ledger(&conversation).await, ["from a worker", "and again"]);
    guest.raw().close(None);
    guest.reaches("closed").await;
    eventually("the gateway sees it closed", async || sockets(&conversation).await == 0).await;
}
