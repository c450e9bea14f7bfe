//! What happens in a conversation without being said: typing, coming and going.

use crate::line::{Line, stored};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Events as the service sends them.
pub fn events(direction: &str, events: &Value) -> Value {
    json!({ "id": "e", "type": "Event", "direction": direction, "events": events, "channel": { "messageId": "e" } })
}

fn typing(line: &mut Line, typing: Value) {
    let event = json!([{ "eventType": "Typing", "typing": typing }]);
    line.says("StructuredMessage", events("Outbound", &event), None);
}

/// Whether the agent was told to write, each time that this changed.
fn changes(line: &Line) -> Vec<bool> {
    line.told("typing").iter().map(|told| told["active"] == true).collect()
}

#[test]
fn an_agent_who_writes_stops_when_the_time_is_over() {
    let mut line = Line::connected(json!({}));
    typing(&mut line, json!({ "type": "On", "duration": 3_000 }));
    assert_eq!(line.told("typing")[0]["duration"], json!(3_000.0));
    line.run(2_900);
    assert_eq!(changes(&line), [true]);
    line.run(200);
    assert_eq!(changes(&line), [true, false]);
}

#[test]
fn an_agent_who_writes_on_is_told_of_once() {
    let mut line = Line::connected(json!({}));
    for _ in 0..5 {
        typing(&mut line, json!({ "type": "On" }));
        line.run(4_000);
    }
    assert_eq!(changes(&line), [true]);
    line.run(1_100);
    assert_eq!(changes(&line), [true, false]);
}

#[test]
fn how_long_it_holds_has_two_names_a_default_and_an_end() {
    for (said, ms) in [
        (json!({ "type": "On", "durationMs": 2_000 }), 2_000),
        (json!({ "type": "On" }), 5_000),
        (json!({ "type": "On", "duration": -4 }), 5_000),
        (json!({ "type": "On", "duration": "long" }), 5_000),
        (json!({ "type": "On", "duration": 1e15 }), 60_000),
        (json!(null), 5_000),
    ] {
        let mut line = Line::connected(json!({}));
        typing(&mut line, said.clone());
        line.run(ms - 1);
        assert_eq!(changes(&line), [true], "{said}");
        line.run(1);
        assert_eq!(changes(&line), [true, false], "{said}");
    }
}

#[test]
fn off_a_message_and_a_lost_link_end_it() {
    let mut line = Line::connected(json!({}));
    typing(&mut line, json!({ "type": "On" }));
    typing(&mut line, json!({ "type": "Off", "duration": 1_000 }));
    assert_eq!(changes(&line), [true, false]);
    typing(&mut line, json!({ "type": "On" }));
    line.agent("a1", "here it is");
    assert_eq!(changes(&line), [true, false, true, false]);
    typing(&mut line, json!({ "type": "On" }));
    line.breaks();
    assert_eq!(changes(&line), [true, false, true, false, true, false]);
    line.run(60_000);
    assert_eq!(changes(&line).len(), 6);
}

#[test]
fn the_last_of_several_events_in_one_frame_counts() {
    let mut line = Line::connected(json!({}));
    let both = json!([
        { "eventType": "Typing", "typing": { "type": "Off", "duration": 1_000 } },
        { "eventType": "Typing", "typing": { "type": "On", "duration": 5_000 } },
    ]);
    line.says("StructuredMessage", events("Outbound", &both), None);
    assert_eq!(changes(&line), [true]);
}

#[test]
fn our_own_typing_and_that_of_the_guest_elsewhere_is_nobody_s_news() {
    let mut line = Line::connected(json!({}));
    let own = json!([{ "eventType": "Typing", "typing": { "type": "On" } }]);
    line.says("StructuredMessage", events("Inbound", &own), Some("0b7e4a52-9a1c-4a5e-8f3b-0f3f5e0d9a11"));
    assert!(line.told("typing").is_empty() && line.heard().is_empty());
}

#[test]
fn who_comes_and_goes_is_told_by_the_service_s_own_name_of_it() {
    let mut line = Line::connected(json!({}));
    for kind in ["Join", "Disconnect", "SignIn", "FromTheFuture"] {
        let event = json!([{ "eventType": "Presence", "presence": { "type": kind } }]);
        line.says("StructuredMessage", events("Outbound", &event), None);
    }
    let kinds: Vec<Value> = line.told("presence").iter().map(|told| told["kind"].clone()).collect();
    assert_eq!(kinds, ["Join", "Disconnect", "SignIn", "FromTheFuture"]);
    assert!(line.heard().is_empty());
    line.send("still here");
    assert_eq!(line.left("onMessage").len(), 1, "a disconnect without the mark ends nothing");
}

#[test]
fn what_happened_before_stands_in_the_history_and_happens_to_nobody() {
    let mut line = Line::connected(json!({}));
    line.reconnects();
    line.key();
    let mut gone = events("Outbound", &json!([{ "eventType": "Presence", "presence": { "type": "Disconnect" } }]));
    gone["metadata"] = json!({ "readOnly": "true" });
    let typed = events("Outbound", &json!([{ "eventType": "Typing", "typing": { "type": "On" } }]));
    line.page(&[typed, gone, stored("a1", "Outbound", "bye")], 3);
    assert_eq!(line.heard(), [("agent", "bye")]);
    assert!(line.told("presence").is_empty() && line.told("typing").is_empty());
    line.send("hello");
    assert_eq!(line.left("onMessage").len(), 1);
}

#[test]
fn a_frame_full_of_events_is_taken_as_far_as_a_real_one_goes() {
    let mut line = Line::connected(json!({}));
    let many: Vec<Value> =
        (0..2_000).map(|_| json!({ "eventType": "Presence", "presence": { "type": "Join" } })).collect();
    line.says("StructuredMessage", events("Outbound", &json!(many)), None);
    assert_eq!(line.told("presence").len(), guestwire_core::limits::EVENTS_IN_FRAME);
    line.trace();
}
