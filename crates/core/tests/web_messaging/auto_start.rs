//! The option `autoStart`: the service is told once in each new session that the guest is there.

use crate::happenings::events;
use crate::line::Line;
use guestwire_core::connection::State;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn joined() -> Value {
    events("Inbound", &json!([{ "eventType": "Presence", "presence": { "type": "Join" } }]))
}

fn joins(line: &mut Line) -> usize {
    line.left("onMessage").iter().filter(|it| it["message"]["events"][0]["presence"]["type"] == "Join").count()
}

fn started() -> Line {
    let mut line = Line::new(json!({ "autoStart": true }));
    line.connect();
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    line
}

#[test]
fn it_is_said_once_in_a_new_session() {
    let mut line = started();
    assert_eq!(joins(&mut line), 1);
    line.says("StructuredMessage", joined(), Some("join"));
    line.reconnects();
    line.key();
    line.page(&[], 0);
    line.run(60_000);
    assert_eq!(joins(&mut line), 0);
    line.trace();
}

#[test]
fn not_where_it_is_not_wanted_or_the_service_did_it_or_the_session_is_not_new() {
    let cases = [
        (false, json!({ "connected": true, "newSession": true })),
        (true, json!({ "connected": true, "newSession": true, "autoStarted": true })),
        (true, json!({ "connected": true, "newSession": false })),
        (true, json!({ "connected": true, "newSession": true, "readOnly": true })),
    ];
    for (wanted, terms) in cases {
        let mut line = Line::new(json!({ "autoStart": wanted }));
        line.connect();
        line.says("SessionResponse", terms.clone(), None);
        assert_eq!(joins(&mut line), 0, "{wanted} {terms}");
    }
}

#[test]
fn where_nobody_knows_whether_it_was_heard_the_history_tells() {
    for heard in [true, false] {
        let mut line = started();
        line.reconnects();
        line.key();
        line.page(&if heard { vec![joined()] } else { vec![] }, usize::from(heard));
        line.run(7_000);
        assert_eq!(joins(&mut line), 0, "it may still come");
        line.run(3_000);
        if heard {
            assert!(line.left("getJwt").is_empty());
        } else {
            line.key();
            line.page(&[], 0);
            assert_eq!(joins(&mut line), 1);
        }
        line.trace();
    }
}

#[test]
fn whoever_waits_for_their_joining_is_told_where_only_the_history_has_it() {
    let mut line = Line::connected(json!({}));
    assert_eq!(line.client.join(line.now()), Ok(true));
    line.drain();
    assert_eq!(joins(&mut line), 1);
    line.reconnects();
    line.key();
    line.page(&[joined()], 1);
    let told = line.told("presence");
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0]["kind"], &told[0]["sender"]), (&json!("Join"), &json!("guest")));
    line.trace();
}

#[test]
fn a_service_that_does_not_want_it_ends_nothing() {
    let mut line = started();
    line.says_with_code("string", 403, json!("Turn on the Feature Toggle or fix the configuration."), Some("join"));
    assert_eq!(line.told("error").last().unwrap()["code"], json!("auto_start_refused"));
    assert_eq!(line.client.state(), State::Connected);
}

#[test]
fn that_the_guest_came_is_not_taken_for_a_message_without_a_text() {
    let mut line = started();
    line.says("StructuredMessage", joined(), Some("join"));
    line.reconnects();
    let reply = json!({ "datePicker": { "text": "tomorrow", "payload": "2026-11-22T10:00:00Z" } });
    let id = line.try_draft(reply).expect("accepted");
    line.key();
    let mut entry = joined();
    entry["channel"]["messageId"] = json!("in-the-history");
    line.page(&[entry], 1);
    assert_eq!(line.end_of(&id), None, "it has no text, and yet it is not that");
}

#[test]
fn nobody_comes_to_a_conversation_that_is_being_cleared_away() {
    let mut line = Line::new(json!({ "autoStart": true }));
    line.connect();
    line.clear().unwrap();
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    let kinds: Vec<Value> =
        line.left("onMessage").iter().map(|it| it["message"]["events"][0]["presence"]["type"].clone()).collect();
    assert_eq!(kinds, ["Clear"]);
}
