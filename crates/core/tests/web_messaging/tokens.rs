//! The guest token: given, or asked for; a refused one is asked for anew.

use crate::line::Line;
use guestwire_core::connection::State;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A client whose application provides its token, and has given the first.
fn provided() -> Line {
    let mut line = Line::new(json!({ "credential": { "kind": "provider" } }));
    line.begin();
    assert_eq!(line.wishes.last().map(|wish| wish.1), Some(false));
    line.gives_token("the-first-token");
    line.open();
    line
}

#[test]
fn the_token_that_the_application_provides_is_in_every_frame() {
    let mut line = provided();
    assert_eq!(line.frames.remove(0)["token"], "the-first-token");
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    line.send("hello");
    assert_eq!(line.left("onMessage")[0]["token"], "the-first-token");
    line.breaks();
    line.run(2_000);
    assert!(line.wishes.is_empty(), "the session is the same");
    line.open();
    assert_eq!(line.frames.remove(0)["token"], "the-first-token");
}

#[test]
fn a_token_that_is_refused_is_replaced_by_a_fresh_one() {
    let mut line = provided();
    line.says_with_code("string", 401, json!("no"), None);
    line.run(5_000);
    assert_eq!(line.wishes.last().map(|wish| wish.1), Some(true));
    line.gives_token("the-second-token");
    line.open();
    assert_eq!(line.left("configureSession").pop().unwrap()["token"], "the-second-token");
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    assert_eq!(line.client.state(), State::Connected);
}

#[test]
fn a_session_that_is_gone_is_made_anew_with_the_same_token() {
    let mut line = provided();
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    line.says_with_code("string", 4_006, json!("expired"), None);
    line.run(5_000);
    assert_eq!(line.wishes.last().map(|wish| wish.1), Some(false));
    line.gives_token("the-first-token");
    line.open();
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    assert_eq!(line.client.state(), State::Connected);
}

#[test]
fn a_token_that_is_of_no_use_any_more_is_not_taken_again() {
    for (class, code, body, renewed) in [
        ("ConnectionClosedEvent", 200, json!({ "reason": "signedIn" }), true),
        ("LogoutEvent", 200, json!({}), true),
        ("string", 4017, json!("Cannot downgrade"), true),
        ("ConnectionClosedEvent", 200, json!({}), false),
        ("SessionClearedEvent", 200, json!({}), false),
    ] {
        let mut line = provided();
        line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
        line.says_with_code(class, code, body.clone(), None);
        assert_eq!(line.client.state(), State::Closed);
        line.begin();
        // Whoever was evicted has its session still, and needs no token.
        let asked = line.wishes.last().map(|wish| wish.1);
        assert_eq!(asked == Some(true), renewed, "{class} {code} {body}");
    }
}
