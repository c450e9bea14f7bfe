//! What comes beside a text: buttons, cards, files, and what this client knows nothing of.

use crate::line::{Line, stored};
use guestwire_core::limits;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn carousel(id: &str) -> Value {
    let mut body = stored(id, "Outbound", "Which one?");
    body["type"] = json!("Structured");
    body["content"] = json!([
        { "contentType": "Carousel", "carousel": { "cards": [{ "title": "One", "actions": [{ "type": "Link", "text": "Open" }] }] } },
        { "contentType": "FromTheFuture", "fromTheFuture": { "depth": [1.5, 2.5, null, true] } },
    ]);
    body
}

#[test]
fn what_a_message_holds_beside_its_text_arrives_whole_also_what_nobody_knows_yet() {
    let mut line = Line::connected(json!({}));
    line.says("StructuredMessage", carousel("c1"), None);
    let told = line.told("message");
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0]["content"], &told[0]["type"]), (&json!("Which one?"), &json!("Structured")));
    assert_eq!(told[0]["time"], json!("2026-11-21T10:00:00.000Z"));
    assert_eq!(told[0]["body"]["content"][0], carousel("c1")["content"][0]);
    assert_eq!(told[0]["body"]["content"][1]["fromTheFuture"]["depth"], json!([1.5, 2.5, null, true]));
}

#[test]
fn a_file_alone_is_a_message() {
    let mut line = Line::connected(json!({}));
    let file = json!([{ "contentType": "Attachment", "attachment": { "id": "f", "url": "https://x.example/f.png" } }]);
    let body = json!({ "id": "m", "direction": "Outbound", "content": file, "channel": { "time": null } });
    line.says("StructuredMessage", body, None);
    let told = line.told("message");
    assert_eq!((&told[0]["content"], &told[0]["body"]["content"]), (&json!(""), &file));
    assert_eq!((&told[0]["type"], &told[0]["time"]), (&Value::Null, &Value::Null));
}

#[test]
fn what_was_missed_is_told_as_whole_as_what_comes_live() {
    let mut line = Line::connected(json!({}));
    line.reconnects();
    line.key();
    line.page(&[carousel("c2")], 1);
    assert_eq!(line.told("message")[0]["body"], carousel("c2"));
}

#[test]
fn what_is_no_message_is_not_told_as_one_and_not_lost() {
    let mut line = Line::connected(json!({}));
    let receipt =
        json!({ "id": "r", "type": "Receipt", "direction": "Outbound", "status": "Read", "text": "not said" });
    line.says("StructuredMessage", receipt, None);
    let event = json!({ "eventType": "CoBrowse", "coBrowse": { "type": "Offering", "sessionId": "s" } });
    line.says(
        "StructuredMessage",
        json!({ "id": "e", "type": "Event", "direction": "Outbound", "events": [event] }),
        None,
    );
    assert!(line.heard().is_empty());
    let told = line.told("notice");
    assert_eq!((&told[0]["kind"], &told[0]["body"]["status"]), (&json!("Receipt"), &json!("Read")));
    assert_eq!((&told[1]["kind"], &told[1]["body"]["events"][0]), (&json!("CoBrowse"), &event));
    line.agent("r", "this was");
    assert_eq!(line.heard(), [("agent", "this was")], "a receipt of it does not stand for it");
}

#[test]
fn a_recording_has_nothing_of_what_was_said_in_any_form() {
    let mut line = Line::connected(json!({}));
    line.says("StructuredMessage", carousel("c1"), None);
    line.reconnects();
    line.says("StructuredMessage", carousel("c2"), None);
    line.key();
    line.page(&[carousel("c3")], 1);
    assert_eq!(line.told("message").len(), 3);
    let trace = line.trace();
    // When it was said is there: by that a history is told from an older one.
    for word in ["Which one?", "Carousel", "fromTheFuture"] {
        assert!(!trace.contains(word), "{word} in {trace}");
    }
}

#[test]
fn what_is_held_back_while_the_history_is_read_is_bounded_and_not_lost() {
    let mut line = Line::connected(json!({}));
    line.reconnects();
    let text = "x".repeat(200_000);
    let count = limits::HELD_BYTES / text.len() + 3;
    for number in 0..count {
        line.agent(&format!("a{number}"), &text);
    }
    let told_at_once = line.heard().len();
    assert!((2..=4).contains(&told_at_once), "{told_at_once} of {count}");
    line.key();
    line.page(&[], 0);
    assert_eq!(line.heard().len(), count);
}

#[test]
fn no_name_in_a_body_takes_the_place_of_what_every_object_has() {
    let mut line = Line::connected(json!({}));
    let mut body = stored("p", "Outbound", "hello");
    body["metadata"] = serde_json::from_str(r#"{"__proto__":{"admin":true},"a":"b"}"#).unwrap();
    line.says("StructuredMessage", body, None);
    assert_eq!(line.told("message")[0]["body"]["metadata"], json!({ "a": "b" }));
}
