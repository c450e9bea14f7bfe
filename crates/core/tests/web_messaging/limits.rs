//! What is too much, or not what it should be, is refused before anything leaves.

use crate::line::Line;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Connected to a session that takes so many bytes of attributes.
fn announced(bytes: Value) -> Line {
    let mut line = Line::new(json!({}));
    line.connect();
    let body = json!({ "connected": true, "newSession": true, "maxCustomDataBytes": bytes });
    line.says("SessionResponse", body, None);
    line.frames.clear();
    line
}

fn attributes(bytes: usize) -> Value {
    json!({ "text": "hello", "attributes": { "né": "x".repeat(bytes - 3) } })
}

#[test]
fn a_text_is_measured_in_bytes_and_an_option_says_otherwise() {
    let mut line = Line::connected(json!({}));
    assert!(line.try_draft(json!({ "text": "é".repeat(2_048) })).is_ok());
    assert_eq!(line.try_draft(json!({ "text": "é".repeat(2_049) })), Err("too_large"));
    let mut larger = Line::connected(json!({ "maxContent": 16_384 }));
    assert!(larger.try_draft(json!({ "text": "é".repeat(4_096) })).is_ok());
}

#[test]
fn a_reply_is_measured_like_a_text() {
    let mut line = Line::connected(json!({}));
    let reply =
        |text: usize, payload: usize| json!({ "button": { "text": "x".repeat(text), "payload": "y".repeat(payload) } });
    assert!(line.try_draft(reply(4_096, 4_096)).is_ok());
    assert_eq!(line.try_draft(reply(4_097, 1)), Err("too_large"));
    assert_eq!(line.try_draft(reply(1, 4_097)), Err("too_large"));
}

#[test]
fn attributes_are_held_against_what_the_session_takes() {
    for (said, most) in [(json!(100), 100), (json!(4_000), 4_000), (Value::Null, 2_048), (json!(-1), 2_048)] {
        let mut line = announced(said);
        assert!(line.try_draft(attributes(most)).is_ok());
        assert_eq!(line.try_draft(attributes(most + 1)), Err("attributes_too_large"));
    }
}

#[test]
fn before_there_is_a_session_the_usual_limit_holds() {
    let mut line = Line::new(json!({}));
    assert!(line.try_draft(attributes(2_048)).is_ok());
    assert_eq!(line.try_draft(attributes(2_049)), Err("attributes_too_large"));
}

#[test]
fn what_turns_out_to_be_more_than_the_session_takes_is_rejected_and_never_leaves() {
    let mut line = Line::new(json!({}));
    let (large, small) = (line.draft(attributes(500)), line.draft(attributes(400)));
    line.connect();
    let body = json!({ "connected": true, "newSession": true, "maxCustomDataBytes": 400 });
    line.says("SessionResponse", body, None);
    assert_eq!(line.end_of(&large), Some(("rejected", Some("over_limit"))));
    let sent = line.left("onMessage");
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0]["tracingId"], json!(small), "and holds nobody up");
}

#[test]
fn what_may_have_arrived_before_the_limit_fell_is_looked_for_first() {
    let mut line = announced(json!(1_000));
    let id = line.draft(attributes(500));
    line.breaks();
    line.run(2_000);
    line.open();
    line.says("SessionResponse", json!({ "connected": true, "newSession": false, "maxCustomDataBytes": 400 }), None);
    assert_eq!(line.end_of(&id), None);
    line.key();
    line.page(&[crate::line::kept(&id, "hello")], 1);
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
}

#[test]
fn a_refusal_of_attributes_is_the_message_s_own() {
    let mut line = Line::connected(json!({}));
    let (first, second) = (line.draft(attributes(100)), line.send("hello"));
    let text = json!("Custom Attributes in channel metadata is larger than 2048 bytes");
    line.says_with_code("string", 4013, text, Some(&first));
    assert_eq!(line.end_of(&first), Some(("rejected", Some("refused"))));
    line.echoes(&second, "hello");
    assert_eq!(line.end_of(&second), Some(("delivered", None)));
}

#[test]
fn what_is_no_draft_is_refused_with_what_is_wrong() {
    let mut line = Line::connected(json!({}));
    let yes = json!({ "text": "Yes", "payload": "yes" });
    for draft in [
        json!({ "text": 1 }),
        json!({ "text": null }),
        json!({ "texts": "hello" }),
        json!({ "text": "hello", "attributes": ["a"] }),
        json!({ "text": "hello", "attributes": { "a": 1 } }),
        json!({ "attachment": "" }),
        json!({ "attachment": { "id": "f-1" } }),
        json!({ "quickReply": "yes" }),
        json!({ "quickReply": { "text": "Yes" } }),
        json!({ "quickReply": { "text": "Yes", "payload": 1 } }),
        json!({ "quickReply": { "text": "", "payload": "yes" } }),
        json!({ "quickReply": { "text": "Yes", "payload": "yes", "action": "x" } }),
        json!({ "datePicker": { "text": "Monday", "payload": "x", "originatingMessageId": "" } }),
        json!({ "text": "hello", "quickReply": yes }),
        json!({ "attachment": "f-1", "quickReply": yes }),
        json!({ "button": yes, "quickReply": yes }),
    ] {
        assert_eq!(line.try_draft(draft.clone()), Err("bad_content"), "{draft}");
    }
    assert_eq!(line.try_draft(json!({})), Err("empty"));
    assert_eq!(line.try_draft(json!({ "attributes": { "a": "b" } })), Err("empty"), "attributes go with something");
    assert_eq!(line.try_draft(json!(["hello"])), Err("malformed"));
    assert!(line.left("onMessage").is_empty());
}
