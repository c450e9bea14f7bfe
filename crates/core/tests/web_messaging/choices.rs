//! The answers to a list picker and to a form: how they leave, how the history tells them, and what is none.

use crate::line::{Line, stored};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

pub fn list(payloads: &[&str]) -> Value {
    let choices: Vec<Value> = payloads.iter().map(|it| json!({ "text": it.to_uppercase(), "payload": it })).collect();
    json!({ "listPicker": { "choices": choices, "text": "Chosen:", "originatingMessageId": "M" } })
}

pub fn form(values: &[&str]) -> Value {
    let field = |(at, value): (usize, &&str)| json!({ "id": format!("f{at}"), "text": value, "payload": value });
    let fields: Vec<Value> = values.iter().enumerate().map(field).collect();
    json!({ "form": { "fields": fields, "text": "Sent", "cannedResponseId": "C", "originatingMessageId": "M" } })
}

#[test]
fn several_choices_leave_as_a_part_each() {
    let mut line = Line::connected(json!({}));
    let id = line.draft(list(&["a", "b"]));
    let sent = line.left("onMessage").remove(0)["message"].take();
    let button = |text: &str, payload: &str| {
        let button = json!({ "text": text, "payload": payload, "type": "ListPicker", "originatingMessageId": "M" });
        json!({ "contentType": "ButtonResponse", "buttonResponse": button })
    };
    assert_eq!((&sent["type"], &sent["text"]), (&json!("Structured"), &json!("Chosen:")));
    assert_eq!(sent["content"], json!([button("A", "a"), button("B", "b")]));
    assert_eq!(sent["metadata"]["parentMessageId"], "M");
    line.echoes(&id, "");
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
}

#[test]
fn a_form_leaves_with_what_each_field_was_given_also_where_that_is_nothing() {
    let mut line = Line::connected(json!({}));
    let id = line.draft(form(&["Ann", ""]));
    let sent = line.left("onMessage").remove(0)["message"].take();
    let field = |id: &str, value: &str| {
        let button = json!({ "type": "Form", "text": value, "payload": value });
        json!({ "id": id, "component": { "contentType": "ButtonResponse", "buttonResponse": button } })
    };
    let response = json!([field("f0", "Ann"), field("f1", "")]);
    let form = json!({ "originatingMessageId": "M", "cannedResponseId": "C", "response": response });
    assert_eq!(sent["content"], json!([{ "contentType": "Form", "form": form }]));
    assert_eq!((&sent["type"], &sent["text"]), (&json!("Structured"), &json!("Sent")));
    assert_eq!(sent["metadata"].get("parentMessageId"), None, "a form is named in its content only");
    line.echoes(&id, "");
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
}

/// The draft left and its link broke; then the history, which keeps no ids, has what leaves for the other draft.
fn found(draft: Value, other: Value) -> Option<&'static str> {
    let mut elsewhere = Line::connected(json!({}));
    elsewhere.draft(other);
    let message = elsewhere.left("onMessage").remove(0)["message"].take();
    let mut entry = stored("p1", "Inbound", message["text"].as_str().unwrap());
    entry["content"] = message["content"].clone();
    let mut line = Line::connected(json!({}));
    let id = line.draft(draft);
    line.reconnects();
    line.key();
    line.page(&[entry], 1);
    line.end_of(&id).map(|end| end.0)
}

#[test]
fn what_was_chosen_tells_an_answer_in_a_history_that_keeps_no_ids() {
    assert_eq!(found(list(&["a", "b"]), list(&["a", "b"])), Some("delivered"));
    assert_eq!(found(form(&["Ann", ""]), form(&["Ann", ""])), Some("delivered"));
    for (sent, other) in [
        (list(&["a", "b"]), list(&["a"])),
        (list(&["a", "b"]), list(&["b", "a"])),
        (list(&["a", "b"]), list(&["ab"])),
        (form(&["Ann", ""]), form(&["Ann", "Lee"])),
        (form(&["Ann", ""]), form(&["", "Ann"])),
    ] {
        assert_eq!(found(sent.clone(), other.clone()), None, "{sent} is not {other}");
    }
}

#[test]
fn what_is_no_answer_is_refused() {
    let mut line = Line::connected(json!({}));
    let with = |mut draft: Value, name: &str, value: Value| {
        let inner = draft.as_object_mut().unwrap().values_mut().next().unwrap();
        inner[name] = value;
        draft
    };
    let (list, form) = (|| list(&["a"]), || form(&["x"]));
    for draft in [
        with(list(), "choices", json!([])),
        with(list(), "choices", json!(["a"])),
        with(list(), "choices", json!([{ "text": "A" }])),
        with(list(), "choices", json!([{ "text": "A", "payload": "a", "id": 1 }])),
        with(list(), "choices", json!(vec![json!({ "text": "A", "payload": "a" }); 257])),
        with(list(), "fields", json!([])),
        with(list(), "cannedResponseId", json!("C")),
        with(list(), "originatingMessageId", json!("")),
        with(list(), "text", json!(1)),
        json!({ "listPicker": { "choices": [{ "text": "A", "payload": "a" }] } }),
        with(form(), "fields", json!([{ "text": "x", "payload": "x" }])),
        with(form(), "cannedResponseId", json!("")),
        with(form(), "cannedResponseId", Value::Null),
        with(form(), "choices", json!([])),
        json!({ "text": "x", "form": form()["form"] }),
    ] {
        assert_eq!(line.try_draft(draft.clone()), Err("bad_content"), "{draft}");
    }
    let long = "x".repeat(4_097);
    assert_eq!(line.try_draft(with(list(), "text", json!(long))), Err("too_large"));
    assert_eq!(line.try_draft(with(list(), "choices", json!([{ "text": long, "payload": "a" }]))), Err("too_large"));
    let full = "x".repeat(4_000);
    let many = vec![json!({ "id": "f", "text": full, "payload": full }); 3];
    assert_eq!(line.try_draft(with(form(), "fields", json!(many))), Err("too_large"), "together they are over 16 KiB");
    assert!(line.left("onMessage").is_empty());
}
