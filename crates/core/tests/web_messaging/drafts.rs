//! What stands beside a text: how it leaves, and that it ends like any message.

use crate::line::{Line, kept};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Sends a draft, and gives the `message` and the `channel` that left.
fn leaves(draft: Value) -> (Value, Value) {
    let mut line = Line::connected(json!({}));
    let id = line.draft(draft);
    let mut sent = line.left("onMessage").remove(0);
    assert_eq!(sent["tracingId"], json!(id));
    assert_eq!(sent["message"]["metadata"]["customMessageId"], json!(id));
    sent["message"]["metadata"].as_object_mut().unwrap().remove("customMessageId");
    line.echoes(&id, "");
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
    (sent["message"].take(), sent["channel"].take())
}

#[test]
fn attributes_leave_in_both_places_that_services_read() {
    let (message, channel) = leaves(json!({ "text": "hello", "attributes": { "plan": "gold", "né": "\"x\"" } }));
    let attributes = json!({ "metadata": { "customAttributes": { "plan": "gold", "né": "\"x\"" } } });
    assert_eq!(message, json!({ "type": "Text", "text": "hello", "metadata": {}, "channel": attributes }));
    assert_eq!(channel, attributes);
}

#[test]
fn a_quick_reply_leaves_without_a_text_of_its_own() {
    let (message, channel) = leaves(json!({ "quickReply": { "text": "Yes", "payload": "yes-1" } }));
    let reply = json!({ "text": "Yes", "payload": "yes-1", "type": "QuickReply" });
    let content = json!([{ "contentType": "ButtonResponse", "buttonResponse": reply }]);
    assert_eq!(message, json!({ "type": "Text", "text": "", "metadata": {}, "content": content }));
    assert_eq!(channel, Value::Null);
}

#[test]
fn a_button_of_a_card_leaves_as_a_structured_message_with_its_label() {
    let (message, _) = leaves(json!({ "button": { "text": "Book", "payload": "book-7" } }));
    let reply = json!({ "text": "Book", "payload": "book-7", "type": "Button" });
    let content = json!([{ "contentType": "ButtonResponse", "buttonResponse": reply }]);
    assert_eq!(message, json!({ "type": "Structured", "text": "Book", "metadata": {}, "content": content }));
}

#[test]
fn the_answer_to_a_date_picker_names_the_message_that_asked() {
    let answer = json!({ "text": "Monday", "payload": "2026-11-23T10:00:00.000Z", "originatingMessageId": "m-1" });
    let (message, _) = leaves(json!({ "datePicker": answer, "attributes": { "a": "b" } }));
    let reply = json!({
        "text": "Monday", "payload": "2026-11-23T10:00:00.000Z", "type": "DatePicker", "originatingMessageId": "m-1",
    });
    assert_eq!(message["content"], json!([{ "contentType": "ButtonResponse", "buttonResponse": reply }]));
    assert_eq!(message["metadata"], json!({ "parentMessageId": "m-1" }));
    assert_eq!(message["channel"]["metadata"]["customAttributes"], json!({ "a": "b" }));
}

#[test]
fn a_file_leaves_with_a_text_or_alone() {
    let content = json!([{ "contentType": "Attachment", "attachment": { "id": "f-1" } }]);
    let (message, _) = leaves(json!({ "text": "look", "attachment": "f-1" }));
    assert_eq!(message, json!({ "type": "Text", "text": "look", "metadata": {}, "content": content }));
    let (message, _) = leaves(json!({ "attachment": "f-1" }));
    assert_eq!(message, json!({ "type": "Text", "text": "", "metadata": {}, "content": content }));
}

#[test]
fn an_object_with_nothing_but_a_text_is_that_text() {
    let (message, channel) = leaves(json!({ "text": "hello", "attributes": {} }));
    assert_eq!(message, json!({ "type": "Text", "text": "hello", "metadata": {} }));
    assert_eq!(channel, Value::Null);
}

#[test]
fn a_draft_waits_in_order_with_the_texts_and_goes_again_as_it_was() {
    let mut line = Line::connected(json!({}));
    let text = line.send("first");
    let reply = line.draft(json!({ "quickReply": { "text": "Yes", "payload": "yes-1" }, "attributes": { "a": "b" } }));
    line.left("onMessage");
    line.echoes(&text, "first");
    let once = line.left("onMessage").remove(0);
    assert_eq!(once["tracingId"], json!(reply));
    line.reconnects();
    let there = [kept(&text, "first")];
    line.key();
    line.page(&there, 1);
    line.run(9_000);
    line.key();
    line.page(&there, 1);
    assert_eq!(line.left("onMessage"), [once], "it is not there, and leaves once more");
}

#[test]
fn what_stands_beside_a_text_counts_in_the_buffer_and_is_let_go() {
    let mut line = Line::connected(json!({ "maxBytes": 1_000 }));
    let held = |line: &Line| line.client.stats(line.now()).messages.bytes;
    let id = line.draft(json!({ "attachment": "f-1", "attributes": { "note": "x".repeat(200) } }));
    assert!(held(&line) > 2 * 200, "the attributes stand in it twice");
    assert_eq!(line.client.pending(line.now())[0].size, held(&line));
    let more = json!({ "text": "and", "attributes": { "note": "x".repeat(300) } });
    assert_eq!(line.try_draft(more), Err("buffer_full"));
    line.echoes(&id, "");
    assert_eq!(held(&line), 0);
}

#[test]
fn a_service_that_takes_texts_only_refuses_the_rest_and_keeps_nothing() {
    let mut line = Line::new(
        json!({ "dialect": "webchat", "host": "a.example", "region": null, "deploymentId": null, "historyLag": null }),
    );
    for draft in [
        json!({ "quickReply": { "text": "Yes", "payload": "yes" } }),
        json!({ "text": "hello", "attributes": { "a": "b" } }),
        json!({ "attachment": "f-1" }),
    ] {
        assert_eq!(line.try_draft(draft), Err("unsupported"));
    }
    assert!(line.client.pending(line.now()).is_empty());
    assert!(line.try_draft(json!({ "text": "hello" })).is_ok(), "a text is a text");
}
