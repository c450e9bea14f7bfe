//! That the guest types is told now or not at all.

use crate::line::Line;
use guestwire_core::connection::State;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn it_is_told_at_most_once_in_five_seconds() {
    let mut line = Line::connected(json!({}));
    assert!(line.types());
    let told = line.left("onMessage").remove(0);
    let event = json!([{ "eventType": "Typing", "typing": { "type": "On" } }]);
    assert_eq!(told["message"], json!({ "type": "Event", "events": event }));
    line.run(4_900);
    assert!(!line.types() && line.left("onMessage").is_empty());
    line.run(200);
    assert!(line.types());
    assert!(line.client.pending(line.now()).is_empty(), "nobody waits for it");
}

#[test]
fn it_never_waits_for_a_connection() {
    let mut line = Line::new(json!({}));
    assert!(!line.types());
    line.connect();
    assert!(!line.types(), "the service is not ready");
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    assert!(line.left("onMessage").is_empty());
    assert!(line.types());
    line.breaks();
    line.run(2_000);
    assert!(!line.types());
    line.open();
    line.says("SessionResponse", json!({ "connected": true, "newSession": false }), None);
    assert!(line.left("onMessage").is_empty(), "what was typed then is no news");
    line.close();
    assert!(!line.types());
}

#[test]
fn it_takes_no_message_s_place_in_the_ration() {
    let mut line = Line::connected(json!({}));
    for number in 0..5 {
        let id = line.send("hello");
        assert_eq!(line.left("onMessage").len(), 1, "message {number}");
        line.echoes(&id, "hello");
    }
    assert!(!line.types(), "the service takes five in a second");
    line.run(1_200);
    assert!(line.types());
}

#[test]
fn its_echo_is_nobody_s_message() {
    let mut line = Line::connected(json!({}));
    let id = line.send("hello");
    line.types();
    let event = json!([{ "eventType": "Typing", "typing": { "type": "On" } }]);
    let echo = json!({ "id": "e1", "type": "Event", "direction": "Inbound", "events": event });
    line.says("StructuredMessage", echo, Some("typing"));
    assert_eq!(line.end_of(&id), None);
    assert!(line.heard().is_empty());
}

#[test]
fn a_service_that_does_not_want_to_know_ends_nothing_and_is_not_told_again() {
    for tracing in [Some("typing"), None] {
        let mut line = Line::connected(json!({}));
        assert!(line.types());
        let text = json!("Turn on the Feature Toggle or fix the configuration.");
        line.says_with_code("string", 403, text, tracing);
        assert_eq!(line.client.state(), State::Connected);
        line.run(20_000);
        assert!(!line.types());
        line.reconnects();
        assert!(line.types(), "another connection may want to know");
    }
}

#[test]
fn a_refusal_that_typing_does_not_explain_is_told() {
    let refused = |line: &Line| line.told("error").iter().filter(|told| told["code"] == "refused").count();
    let mut line = Line::connected(json!({}));
    line.types();
    line.reconnects();
    line.says_with_code("string", 403, json!("HTTP authorization error"), None);
    assert_eq!(refused(&line), 1, "nothing was told on this connection");
    let mut line = Line::connected(json!({}));
    line.types();
    line.says_with_code("string", 403, json!("HTTP authorization error"), None);
    assert_eq!(refused(&line), 0, "that may have been about the typing");
    line.says_with_code("string", 403, json!("HTTP authorization error"), None);
    assert_eq!(refused(&line), 1);
    assert_eq!(line.client.state(), State::Connected);
}

#[test]
fn each_telling_that_is_under_way_may_be_refused_once() {
    let mut line = Line::connected(json!({}));
    line.types();
    line.run(5_100);
    line.types();
    for _ in 0..2 {
        line.says_with_code("string", 403, json!("Turn on the Feature Toggle or fix the configuration."), None);
    }
    assert_eq!(line.client.state(), State::Connected);
}
