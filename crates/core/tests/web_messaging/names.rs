//! What a live frame calls a message by two names, a history may call it by either of them.

use crate::line::{Line, stored};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// As histories have it that leave one of the names out: the frame's own id, or in its place the message's.
fn in_history(id: &str, direction: &str, text: &str, by_message_id: bool) -> Value {
    let mut entry = stored(id, direction, text);
    if by_message_id {
        entry["id"] = json!(id);
    }
    entry["channel"] = json!({ "time": null });
    entry
}

#[test]
fn what_was_told_live_is_not_told_again_by_another_name() {
    for by_message_id in [false, true] {
        let mut line = Line::connected(json!({}));
        line.agent("a1", "welcome");
        line.reconnects();
        line.key();
        let entries = ["a2", "a1"].map(|id| in_history(id, "Outbound", "welcome", by_message_id));
        line.page(&entries, 2);
        assert_eq!(line.heard().len(), 2);
        line.agent("a2", "welcome");
        assert_eq!(line.heard().len(), 2, "nor when its live frame comes after");
    }
}

#[test]
fn what_was_acknowledged_is_neither_told_nor_taken_for_what_says_the_same() {
    for by_message_id in [false, true] {
        let mut line = Line::connected(json!({}));
        let first = line.send("yes");
        line.echoes(&first, "yes");
        let second = line.send("yes");
        line.reconnects();
        line.key();
        line.page(&[in_history(&format!("platform-{first}"), "Inbound", "yes", by_message_id)], 1);
        assert_eq!(line.end_of(&second), None, "that was the first");
        assert!(line.heard().is_empty());
    }
}

#[test]
fn a_search_ends_where_something_is_known_by_either_name() {
    let mut line = Line::connected(json!({}));
    line.agent("a1", "welcome");
    line.reconnects();
    line.key();
    line.page(&[in_history("a1", "Outbound", "welcome", false)], 500);
    assert!(line.requests.is_empty(), "older pages are not read");
}

#[test]
fn what_has_no_name_of_its_own_is_told_and_that_it_cannot_be_known_again_is_audited() {
    let audited = |line: &Line, what: &str| line.told("audit").iter().filter(|record| record["what"] == what).count();
    for (id, in_channel, audit) in [
        (json!(null), json!(null), Some("no_id")),
        (json!(""), json!({}), Some("no_id")),
        (json!(1_524_831_183_200_260_097_u64), json!(null), Some("inexact_id")),
        (json!(4_711), json!(null), None),
        (json!(null), json!(4_711), None),
        (json!("same"), json!("same"), None),
    ] {
        let mut line = Line::connected(json!({}));
        let mut body = stored("a1", "Outbound", "we close in five minutes");
        body["id"] = id.clone();
        body["channel"]["messageId"] = in_channel;
        for _ in 0..2 {
            line.says("StructuredMessage", body.clone(), None);
        }
        let told = line.told("message");
        assert_eq!(told.len(), if audit.is_some() { 2 } else { 1 }, "{id}");
        if let Some(audit) = audit {
            assert_ne!(told[0]["id"], told[1]["id"], "no two are the same");
            assert_eq!(audited(&line, audit), 2, "{id}");
        }
        assert_eq!(audited(&line, "malformed"), 0, "{id}");
        line.trace();
    }
}

#[test]
fn an_echo_without_a_name_of_the_services_acknowledges_all_the_same() {
    let mut line = Line::connected(json!({}));
    let id = line.send("hello");
    line.says("StructuredMessage", json!({ "type": "Text", "direction": "inbound", "text": "hello" }), Some(&id));
    assert_eq!(line.end_of(&id).map(|(state, _)| state), Some("delivered"));
    assert!(line.heard().is_empty());
}
