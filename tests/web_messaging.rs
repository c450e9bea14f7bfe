//! Web messaging in a page, over real sockets and requests: what only this service asks of the driver.
#![cfg(target_arch = "wasm32")]

mod common;

use common::{Guest, control, eventually, gateway, ledger};
use guestwire_core::value::Value;
use js_sys::{Array, JSON};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::Blob;

wasm_bindgen_test_configure!(run_in_browser);

/// Options that suit a test; `credential` is JSON.
fn options(credential: &str) -> JsValue {
    let region = gateway();
    let text = format!(
        r#"{{"dialect":"web-messaging","region":"{region}","deploymentId":"d","credential":{credential},"backoff":{{"base":10,"cap":50}},"maxOpens":1000,"settleAfter":200}}"#
    );
    JSON::parse(&text).expect("options are JSON")
}

fn bearer(token: &str) -> Guest {
    Guest::new(&options(&format!(r#"{{"kind":"bearer","value":"{token}"}}"#)))
}

fn contents(guest: &Guest) -> Vec<String> {
    guest.told("message").iter().map(|told| told.text("content").to_owned()).collect()
}

#[wasm_bindgen_test]
async fn a_message_is_delivered_by_its_echo_whatever_token_the_host_gives() {
    let guest = Guest::new(&options(r#"{"kind":"provider"}"#));
    guest.raw().connect();
    eventually("a token is asked for", async || !guest.told("token").is_empty()).await;
    let asked = guest.told("token")[0].whole("request").expect("a number");
    guest.raw().provide_token(asked as u32, &"driver-test-echo".into(), None);
    guest.reaches("connected").await;
    let id = guest.send("hello");
    let end = guest.delivered(&id).await;
    assert_eq!((end.text("via"), end.whole("attempts")), ("socket", Some(1)));
    assert_eq!(ledger("driver-test-echo").await, ["hello"]);
}

#[wasm_bindgen_test]
async fn what_was_said_while_away_is_read_and_told_once() {
    let token = "driver-test-away";
    let guest = bearer(token);
    guest.connected().await;
    let say = |content: &str| format!(r#"{{"conversation":"{token}","content":"{content}"}}"#);
    control("POST", "say", Some(&say("one"))).await;
    eventually("it is heard", async || contents(&guest) == ["one"]).await;
    // Its own sockets are cut; what is said before the next one is there is told by the history alone.
    control("POST", "faults", Some(&format!(r#"{{"fault":"reset","conversation":"{token}"}}"#))).await;
    control("POST", "say", Some(&say("two"))).await;
    guest.reaches("connected").await;
    eventually("it is back", async || guest.figure("reconnects") == 1).await;
    control("POST", "say", Some(&say("three"))).await;
    eventually("all is heard", async || contents(&guest).len() >= 3).await;
    assert_eq!(contents(&guest), ["one", "two", "three"]);
}

#[wasm_bindgen_test]
async fn a_file_is_put_where_the_service_says_and_goes_with_a_message() {
    let token = "driver-test-file";
    let guest = bearer(token);
    guest.connected().await;
    let bytes = Blob::new_with_str_sequence(&Array::of1(&"what is in it".into())).expect("a blob");
    let id = guest.raw().attach(&"it.txt".into(), &"text/plain".into(), bytes).expect("a file");
    let states = || guest.told("attachment").iter().map(|told| told.text("state").to_owned()).collect::<Vec<_>>();
    eventually("it is there", async || states().last().is_some_and(|state| state == "uploaded")).await;
    let progress = guest.told("uploadprogress");
    let last = progress.last().expect("how far it is");
    assert_eq!((last.text("id"), last.whole("loaded"), last.whole("total")), (&*id, Some(13), Some(13)));
    let draft = JSON::parse(&format!(r#"{{"text":"see","attachment":"{id}"}}"#)).expect("JSON");
    let message = guest.raw().send_draft(&draft).expect("accepted");
    guest.delivered(&message).await;
    eventually("it is sent", async || states().last().is_some_and(|state| state == "sent")).await;
    assert_eq!(states(), ["presigning", "uploading", "uploaded", "sending", "sent"]);
    assert_eq!(ledger(token).await, ["see"]);
}

#[wasm_bindgen_test]
async fn a_message_of_the_agent_comes_whole() {
    let token = "driver-test-whole";
    let guest = bearer(token);
    guest.connected().await;
    let message = r#"{"type":"Structured","text":"Well?","content":[{"contentType":"QuickReply","quickReply":{"text":"Yes","payload":"y"}},{"contentType":"Hologram","odd":[null,1.5,true]}]}"#;
    control("POST", "say", Some(&format!(r#"{{"conversation":"{token}","message":{message}}}"#))).await;
    eventually("it is heard", async || contents(&guest) == ["Well?"]).await;
    let told = &guest.told("message")[0];
    assert_eq!(told.text("type"), "Structured");
    let content = told.detail.get("body").and_then(|body| body.get("content")).expect("content");
    let parts = common::items(content);
    assert_eq!(parts[0].get("quickReply").and_then(|reply| reply.get("payload")).and_then(Value::text), Some("y"));
    let odd = common::items(parts[1].get("odd").expect("what nobody knows"));
    assert_eq!(odd, [Value::Null, Value::Number(1.5), Value::Bool(true)]);
}
