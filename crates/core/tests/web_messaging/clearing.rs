//! A conversation that is cleared away, by this guest here or elsewhere.

use crate::happenings::events;
use crate::line::{Line, stored};
use guestwire_core::connection::State;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn echo() -> Value {
    events("Inbound", &json!([{ "eventType": "Presence", "presence": { "type": "Clear" } }]))
}

fn end(line: &Line) -> Value {
    line.told("error").last().map_or(Value::Null, |told| told["code"].clone())
}

fn is_clear(frame: &Value) -> bool {
    frame["message"]["events"][0]["presence"]["type"] == "Clear"
}

#[test]
fn clearing_ends_the_client_and_the_next_conversation_knows_nothing_of_it() {
    let mut line = Line::connected(json!({}));
    line.agent("a1", "hello");
    line.clear().unwrap();
    let asked = line.left("onMessage");
    assert!(asked.len() == 1 && is_clear(&asked[0]), "{asked:?}");
    line.says("StructuredMessage", echo(), Some("clear"));
    line.says("SessionClearedEvent", json!({}), None);
    assert_eq!((line.client.state(), end(&line)), (State::Closed, json!("cleared")));
    line.run(600_000);
    assert_eq!(line.opened.len(), 1);
    line.connect();
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    line.key();
    // Not every service forgets for good what was cleared away.
    line.page(&[stored("a0", "Outbound", "of a long time ago")], 1);
    line.agent("a2", "hello again");
    assert_eq!(line.heard(), [("agent", "hello"), ("agent", "hello again")]);
}

#[test]
fn another_tab_clears_it_and_this_one_is_not_told_that_it_was_evicted() {
    for cleared in ["SessionClearedEvent", "ConnectionClosedEvent"] {
        let mut line = Line::connected(json!({}));
        let waiting = (line.send("first"), line.send("second"));
        line.says("StructuredMessage", echo(), Some("0b7e4a52-9a1c-4a5e-8f3b-0f3f5e0d9a11"));
        line.says(cleared, json!({}), None);
        assert_eq!((line.client.state(), end(&line)), (State::Closed, json!("cleared")), "{cleared}");
        assert_eq!(line.end_of(&waiting.0), Some(("unconfirmed", Some("cleared"))));
        assert_eq!(line.end_of(&waiting.1), Some(("cancelled", Some("cleared"))));
    }
}

#[test]
fn a_service_that_does_not_clear_says_so_by_name_or_without() {
    for tracing in [Some("clear"), None] {
        let mut line = Line::connected(json!({}));
        line.clear().unwrap();
        let text = json!("Conversation Clear is not enabled for this deployment");
        line.says_with_code("string", 403, text, tracing);
        assert_eq!((line.client.state(), end(&line)), (State::Connected, json!("clear_refused")));
        let id = line.send("then we talk on");
        assert_eq!(line.left("onMessage").len(), 2);
        line.echoes(&id, "then we talk on");
        assert_eq!(line.end_of(&id), Some(("delivered", None)));
    }
}

#[test]
fn what_was_said_before_is_known_before_it_is_cleared_and_nothing_follows_it() {
    let mut line = Line::connected(json!({}));
    let first = line.send("first");
    line.left("onMessage");
    line.clear().unwrap();
    let late = line.send("late");
    assert!(line.left("onMessage").is_empty());
    line.echoes(&first, "first");
    assert!(line.left("onMessage").iter().all(is_clear));
    line.says("SessionClearedEvent", json!({}), None);
    assert_eq!(line.end_of(&first), Some(("delivered", None)));
    assert_eq!(line.end_of(&late), Some(("cancelled", Some("cleared"))));
}

#[test]
fn a_drop_leaves_the_wish_and_another_session_proves_it_fulfilled() {
    for done in [true, false] {
        let mut line = Line::connected(json!({}));
        line.clear().unwrap();
        line.breaks();
        line.run(2_000);
        line.open();
        line.says("SessionResponse", json!({ "connected": true, "newSession": done }), None);
        if done {
            assert_eq!((line.client.state(), end(&line)), (State::Closed, json!("cleared")));
        } else {
            line.key();
            line.page(&[], 0);
            assert!(line.left("onMessage").iter().any(is_clear), "it is asked again");
        }
        line.trace();
    }
}

#[test]
fn a_clearing_that_comes_too_soon_comes_later() {
    let mut line = Line::connected(json!({}));
    line.clear().unwrap();
    line.frames.clear();
    let body = json!({ "retryAfter": 7, "errorCode": 4029, "errorMessage": "too many" });
    line.says_with_code("TooManyRequestsErrorMessage", 429, body, Some("clear"));
    line.run(6_900);
    assert!(line.left("onMessage").is_empty());
    line.run(3_000);
    assert!(line.left("onMessage").iter().any(is_clear));
}

#[test]
fn a_recording_that_begins_after_the_end_leads_to_the_same() {
    let mut line = Line::connected(json!({ "trace": 4 }));
    line.send("hello");
    line.says("SessionClearedEvent", json!({}), None);
    line.connect();
    for _ in 0..8 {
        line.says("UnknownToUs", json!({}), None);
    }
    line.trace();
}

#[test]
fn what_nobody_answers_is_given_up_and_told() {
    let mut line = Line::connected(json!({}));
    line.clear().unwrap();
    for _ in 0..3 {
        assert_eq!(line.left("onMessage").iter().filter(|frame| is_clear(frame)).count(), 1);
        line.run(10_000);
        line.opens_again();
        line.says("SessionResponse", json!({ "connected": true, "newSession": false }), None);
    }
    assert_eq!(end(&line), json!("clear_refused"));
    assert!(!line.left("onMessage").iter().any(is_clear), "it is not asked for ever");
}
