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

fn ended_by_the_agent(line: &mut Line) {
    let event = json!([{ "eventType": "Presence", "presence": { "type": "Disconnect" } }]);
    let body = json!({
        "id": "d-1", "type": "Event", "direction": "Outbound", "events": event, "metadata": { "readOnly": "true" },
    });
    line.says("StructuredMessage", body, None);
}

#[test]
fn a_conversation_that_had_ended_and_is_left_in_another_tab_is_no_place_that_was_taken() {
    let mut line = Line::connected(json!({}));
    ended_by_the_agent(&mut line);
    line.says("ConnectionClosedEvent", json!({}), None);
    assert_eq!((line.client.state(), ends(&line)), (State::Closed, json!("superseded")));
    line.run(600_000);
    assert_eq!(line.opened.len(), 1, "it does not come back by itself");
    line.connect();
    line.says("SessionResponse", json!({ "connected": true, "newSession": false, "readOnly": false }), None);
    let told = line.told("conversation").pop().expect("told");
    assert_eq!((&told["readOnly"], &told["new"]), (&json!(false), &json!(true)), "it is in the one that was begun");
    line.says("ConnectionClosedEvent", json!({}), None);
    assert_eq!(ends(&line), json!("evicted"), "and that one was not left");
    line.trace();
}

#[test]
fn whoever_comes_back_into_a_conversation_that_has_ended_and_is_shut_out_again_has_lost_the_place() {
    let mut line = Line::connected(json!({}));
    ended_by_the_agent(&mut line);
    line.says("ConnectionClosedEvent", json!({}), None);
    assert_eq!(ends(&line), json!("superseded"));
    line.connect();
    line.says("SessionResponse", json!({ "connected": true, "newSession": false, "readOnly": true }), None);
    line.says("ConnectionClosedEvent", json!({}), None);
    assert_eq!(ends(&line), json!("evicted"), "four tabs that come back at once would do so for ever");
    line.trace();
}

#[test]
fn a_deployment_that_there_is_not_is_named_once_where_no_handshake_succeeds() {
    for (status, named) in [(404, true), (403, true), (200, false), (503, false)] {
        let mut line = Line::new(json!({}));
        line.begin();
        let mut asked = 0;
        for _ in 0..12 {
            line.breaks();
            while !line.is_dialling() {
                line.run(1_000);
                if !line.requests.is_empty() {
                    let address = line.answer(status, &json!({}));
                    assert!(address.ends_with("/webdeployments/v1/deployments/d-1/config.json"), "{address}");
                    asked += 1;
                }
            }
        }
        // That it fails again and again is told whatever the cause, and once.
        let codes: Vec<Value> = line.told("error").iter().map(|told| told["code"].clone()).collect();
        let wanted: &[Value] =
            if named { &[json!("unknown_deployment"), json!("not_connecting")] } else { &[json!("not_connecting")] };
        assert_eq!((asked, &codes[..]), (1, wanted), "{status}");
        assert_ne!(line.client.state(), State::Closed, "it goes on");
        line.trace();
    }
    let mut line = Line::connected(json!({}));
    for _ in 0..8 {
        line.breaks();
        while !line.is_dialling() {
            line.run(1_000);
        }
    }
    assert!(line.requests.is_empty(), "where it was let in before, there is one");
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
