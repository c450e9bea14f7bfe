//! Each way in which the service ends it has its own name, and none is fought.

use crate::line::Line;
use guestwire_core::connection::State;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn ends(line: &Line) -> Value {
    line.told("error").last().map_or(Value::Null, |told| told["code"].clone())
}

#[test]
fn every_ending_is_told_as_what_it_is_and_is_no_reason_to_come_back() {
    for (class, code, body, name) in [
        ("ConnectionClosedEvent", 200, json!({}), "evicted"),
        ("ConnectionClosedEvent", 200, json!({ "reason": "signedIn" }), "signed_in"),
        ("ConnectionClosedEvent", 200, json!({ "reasonCode": "signedIn" }), "signed_in"),
        ("LogoutEvent", 200, json!({}), "logged_out"),
        ("SessionClearedEvent", 200, json!({}), "cleared"),
        ("string", 4017, json!("Cannot downgrade"), "downgraded"),
    ] {
        let mut line = Line::connected(json!({}));
        line.says_with_code(class, code, body, None);
        assert_eq!((line.client.state(), ends(&line)), (State::Closed, json!(name)));
        line.run(600_000);
        assert_eq!(line.opened.len(), 1, "{name}");
        line.trace();
    }
}

#[test]
fn a_greeting_that_is_refused_is_not_said_for_ever() {
    for (code, name) in
        [(400, "refused"), (403, "forbidden"), (404, "refused"), (4_020, "refused"), (4_017, "downgraded")]
    {
        for tracing in [Some("greet"), None] {
            let mut line = Line::new(json!({}));
            line.connect();
            line.says_with_code("string", code, json!("Deployment not found"), tracing);
            assert_eq!((line.client.state(), ends(&line)), (State::Closed, json!(name)), "{code} {tracing:?}");
        }
    }
}

#[test]
fn a_greeting_that_is_refused_for_now_is_said_again_later() {
    for code in [408, 500, 503, 5_000] {
        let mut line = Line::new(json!({}));
        line.connect();
        line.says_with_code("string", code, json!("Request failed."), None);
        line.run(3_000);
        assert_eq!(line.opened.len(), 2, "{code}");
    }
    let mut line = Line::new(json!({}));
    line.connect();
    let body = json!({ "retryAfter": 9, "errorCode": 4029, "errorMessage": "too many" });
    line.says_with_code("TooManyRequestsErrorMessage", 429, body, Some("greet"));
    line.run(8_900);
    assert_eq!(line.opened.len(), 1);
    line.run(4_000);
    assert_eq!(line.opened.len(), 2);
}

#[test]
fn a_feature_that_is_not_there_ends_nothing() {
    let mut line = Line::connected(json!({}));
    line.says_with_code("string", 403, json!("Turn on the Feature Toggle or fix the configuration."), None);
    assert_eq!((line.client.state(), ends(&line)), (State::Connected, json!("refused")));
}

#[test]
fn whoever_asks_for_a_new_session_gets_one_and_keeps_it() {
    let mut line = Line::new(json!({ "startNew": true }));
    line.connect();
    assert_eq!(line.left("configureSession")[0]["startNew"], json!(true));
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    line.breaks();
    line.run(2_000);
    line.open();
    assert_eq!(line.left("configureSession")[0]["startNew"], json!(false), "a drop does not throw it away");
}
