//! Which entry of a history that keeps no ids is which message: by its text, by what was chosen, by the file.

use crate::line::{Line, chosen, stored};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A draft left and its link broke; then the history has this entry. Gives how the draft ended.
fn found(draft: Value, entry: Value) -> Option<&'static str> {
    let mut line = Line::connected(json!({}));
    let id = line.draft(draft);
    line.reconnects();
    line.key();
    line.page(&[entry], 1);
    line.end_of(&id).map(|end| end.0)
}

fn reply(payload: &str) -> Value {
    json!({ "quickReply": { "text": "Yes", "payload": payload } })
}

#[test]
fn a_reply_is_told_by_its_payload_whatever_text_the_service_gives_it() {
    for text in ["", "Yes", "the guest said yes"] {
        assert_eq!(found(reply("yes-1"), chosen("p1", text, "yes-1")), Some("delivered"), "{text}");
    }
    assert_eq!(found(reply("yes-1"), chosen("p1", "", "yes-2")), None, "that is another one");
}

#[test]
fn where_the_history_does_not_show_what_was_chosen_its_label_tells() {
    assert_eq!(found(reply("yes-1"), stored("p1", "Inbound", "Yes")), Some("delivered"));
    assert_eq!(found(reply("yes-1"), stored("p1", "Inbound", "No")), None);
}

#[test]
fn a_file_is_told_by_its_id() {
    let mut entry = stored("p1", "Inbound", "");
    entry["content"] = json!([{ "contentType": "Attachment", "attachment": { "id": "f-1", "url": "https://f/1" } }]);
    assert_eq!(found(json!({ "attachment": "f-1" }), entry.clone()), Some("delivered"));
    assert_eq!(found(json!({ "text": "look", "attachment": "f-1" }), entry.clone()), Some("delivered"));
    assert_eq!(found(json!({ "attachment": "f-2" }), entry), None);
}

#[test]
fn a_text_is_not_taken_for_a_payload() {
    assert_eq!(found(json!({ "text": "yes-1" }), chosen("p1", "", "yes-1")), None);
}

#[test]
fn a_reply_that_ended_unconfirmed_makes_the_next_one_of_its_kind_doubtful_and_no_other() {
    for (second, end) in [("yes-1", Some("unconfirmed")), ("yes-2", None)] {
        let mut line = Line::connected(json!({}));
        let first = line.draft(reply("yes-1"));
        line.reconnects();
        for _ in 0..3 {
            line.key();
            line.answer(500, &json!({}));
            line.run(9_000);
        }
        assert_eq!(line.end_of(&first).map(|end| end.0), Some("unconfirmed"));
        let next = line.draft(reply(second));
        line.reconnects();
        line.key();
        line.page(&[chosen("p1", "", "yes-1")], 1);
        assert_eq!(line.end_of(&next).map(|end| end.0), end, "{second}");
        assert!(line.heard().is_empty(), "it is nobody else's");
    }
}

#[test]
fn what_may_be_an_older_one_that_says_the_same_proves_no_absence_of_what_was_in_flight() {
    let mut line = Line::connected(json!({}));
    let first = line.send("yes");
    line.reconnects();
    for _ in 0..3 {
        line.key();
        line.answer(500, &json!({}));
        line.run(9_000);
    }
    assert_eq!(line.end_of(&first).map(|end| end.0), Some("unconfirmed"));
    line.reconnects();
    let second = line.send("yes");
    assert_eq!(line.left("onMessage").len(), 1);
    line.key();
    // It may be the first one, come late, or the second, before its echo.
    line.page(&[stored("p1", "Inbound", "yes")], 1);
    assert_eq!(line.end_of(&second), None);
    line.reconnects();
    line.key();
    line.page(&[stored("p1", "Inbound", "yes")], 1);
    assert_eq!(line.end_of(&second).map(|end| end.0), Some("unconfirmed"), "and is not taken for absent");
}
