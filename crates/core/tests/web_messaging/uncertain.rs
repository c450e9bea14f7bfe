//! Exactly once on a service that knows no ids: what became of a message is read in the history.

use crate::line::{Line, kept, stored};
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A message left, and its link broke before a word was said of it.
fn lost(options: serde_json::Value) -> (Line, String) {
    let mut line = Line::connected(options);
    let id = line.send("hello");
    assert_eq!(line.left("onMessage").len(), 1);
    line.reconnects();
    assert!(line.left("onMessage").is_empty(), "it is looked for first");
    (line, id)
}

#[test]
fn a_message_that_stands_in_the_history_is_delivered_and_not_sent_again() {
    let (mut line, id) = lost(json!({}));
    line.key();
    assert_eq!(
        line.page(&[kept(&id, "hello")], 1),
        "https://api.mypurecloud.com/api/v2/webmessaging/messages?pageSize=100&pageNumber=1"
    );
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
    line.run(60_000);
    assert!(line.left("onMessage").is_empty());
    assert!(line.heard().is_empty());
}

#[test]
fn where_the_history_keeps_no_ids_the_text_tells() {
    let (mut line, id) = lost(json!({}));
    line.key();
    line.page(&[stored("p1", "Inbound", "hello")], 1);
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
}

#[test]
fn what_another_client_said_is_not_taken_for_ours() {
    let (mut line, id) = lost(json!({}));
    line.key();
    line.page(&[kept("0b7e4a52-9a1c-4a5e-8f3b-0f3f5e0d9a11", "hello"), stored("p2", "Outbound", "hello")], 2);
    assert_eq!(line.end_of(&id), None);
    assert_eq!(line.heard(), [("agent", "hello"), ("guest", "hello")]);
}

#[test]
fn what_is_absent_goes_again_only_when_no_late_copy_can_come() {
    let (mut line, id) = lost(json!({ "settleAfter": 10_000 }));
    let newer = line.send("newer");
    line.key();
    line.page(&[], 0);
    line.run(7_000);
    assert!(line.left("onMessage").is_empty(), "the service may still take the first copy");
    line.run(1_500);
    line.key();
    line.page(&[], 0);
    let sent = line.left("onMessage");
    assert_eq!(sent.len(), 1, "and the newer one waits for it");
    assert_eq!(sent[0]["tracingId"], json!(id));
    line.echoes(&id, "hello");
    assert_eq!(line.left("onMessage")[0]["tracingId"], json!(newer));
}

#[test]
fn what_is_in_flight_is_found_by_a_look_that_was_meant_for_another() {
    let (mut line, id) = lost(json!({ "settleAfter": 10_000, "historyLag": 0 }));
    line.key();
    line.page(&[], 0);
    line.echoes(&id, "hello");
    // The echo of the next one is lost, and somebody answers it.
    let next = line.send("next");
    assert_eq!(line.left("onMessage").len(), 1);
    line.agent("a1", "a1");
    line.run(9_000);
    line.key();
    line.page(&[stored("a1", "Outbound", "a1"), stored("p2", "Inbound", "next")], 2);
    line.run(60_000);
    assert_eq!((line.end_of(&next), line.heard()), (Some(("delivered", None)), vec![("agent", "a1")]));
    assert!(line.left("onMessage").is_empty());
}

#[test]
fn a_first_copy_that_comes_late_is_found_by_the_second_look() {
    let (mut line, id) = lost(json!({}));
    line.key();
    line.page(&[], 0);
    line.run(9_000);
    line.key();
    line.page(&[kept(&id, "hello")], 1);
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
}

#[test]
fn where_nobody_can_tell_the_message_ends_unconfirmed() {
    let (mut line, id) = lost(json!({}));
    for _ in 0..3 {
        line.key();
        line.answer(500, &json!({}));
        line.run(9_000);
    }
    assert_eq!(line.end_of(&id), Some(("unconfirmed", Some("history"))));
    assert!(line.left("onMessage").is_empty());
}

#[test]
fn who_would_rather_have_it_twice_gets_it_again() {
    let (mut line, id) = lost(json!({ "onUncertain": "at-least-once" }));
    for _ in 0..3 {
        line.key();
        line.answer(500, &json!({}));
        line.run(9_000);
    }
    assert_eq!(line.end_of(&id), None);
    assert_eq!(line.left("onMessage").len(), 1);
    line.breaks();
    line.close();
    assert_eq!(line.end_of(&id), Some(("unconfirmed", Some("closed"))), "the first copy may be there");
}

#[test]
fn where_it_goes_again_without_proof_no_later_look_proves_that_the_first_copy_is_absent() {
    let mut line = Line::connected(json!({ "onUncertain": "at-least-once", "historyLag": 0 }));
    let before = line.send("before");
    line.echoes(&before, "before");
    let id = line.send("hello");
    line.left("onMessage");
    line.reconnects();
    // The history gives ids, and this entry has none: it may be ours or another tab's.
    let entries = [stored("p1", "Inbound", "hello"), kept(&before, "before")];
    line.key();
    line.page(&entries, 2);
    assert_eq!(line.left("onMessage").len(), 1, "it goes again");
    let refusal = json!({ "errorCode": 4029, "retryAfter": 1 });
    line.says_with_code("TooManyRequestsErrorMessage", 429, refusal.clone(), Some(&id));
    for _ in 0..2 {
        line.run(9_000);
        if !line.left("getJwt").is_empty() {
            line.says("JwtResponse", json!({ "jwt": "key" }), Some("key"));
            line.page(&entries, 2);
        }
    }
    line.says_with_code("TooManyRequestsErrorMessage", 429, refusal, Some(&id));
    line.close();
    assert_eq!(line.end_of(&id), Some(("unconfirmed", Some("closed"))));
}

#[test]
fn an_echo_that_is_overdue_on_a_link_that_lives_is_looked_up_too() {
    let mut line = Line::connected(json!({}));
    let id = line.send("hello");
    line.left("onMessage");
    line.run(10_500);
    let probe = line.left("getConfiguration").remove(0);
    line.says("GetConfigurationResponse", json!({}), probe["tracingId"].as_str());
    assert!(line.left("onMessage").is_empty());
    line.key();
    line.page(&[kept(&id, "hello")], 1);
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
}

#[test]
fn what_is_in_flight_while_a_gap_is_read_is_not_taken_for_another_tab_s() {
    let mut line = Line::connected(json!({}));
    line.agent("a1", "welcome");
    line.reconnects();
    let id = line.send("hello");
    line.key();
    line.page(&[stored("p1", "Inbound", "hello"), stored("a1", "Outbound", "welcome")], 2);
    assert_eq!(line.heard(), [("agent", "welcome")]);
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
}

/// The service makes another session in answer to a greeting, and its answer is lost; to the next greeting it does not say so.
fn secretly_another_session(line: &mut Line) {
    line.breaks();
    line.run(2_000);
    line.open();
    line.reconnects();
    line.key();
}

#[test]
fn a_message_is_not_taken_for_absent_by_the_history_of_another_session() {
    let mut line = Line::connected(json!({}));
    line.agent("a1", "welcome");
    let id = line.send("hello");
    secretly_another_session(&mut line);
    line.page(&[stored("b1", "Outbound", "welcome to the other one")], 1);
    assert_eq!(line.end_of(&id), Some(("unconfirmed", Some("session_lost"))));
    line.run(60_000);
    assert!(line.left("onMessage").is_empty());
    assert_eq!(line.heard().len(), 2, "and what was said in it is told");
}

#[test]
fn nor_where_nobody_has_looked_into_the_history_before() {
    let mut line = Line::new(json!({}));
    let id = line.send("hello");
    line.connect();
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    assert_eq!(line.left("onMessage").len(), 1, "it does not wait for what was said before");
    line.frames.clear();
    secretly_another_session(&mut line);
    line.page(&[], 0);
    line.run(20_000);
    // Once more, when no late copy can come.
    line.key();
    line.page(&[], 0);
    assert_eq!(line.end_of(&id), Some(("unconfirmed", Some("history"))), "it may stand in the one before");
    line.run(60_000);
    assert!(line.left("onMessage").is_empty());
}

#[test]
fn a_greeting_without_an_answer_changes_nothing_where_the_session_is_the_same() {
    let mut line = Line::connected(json!({}));
    line.agent("a1", "welcome");
    let id = line.send("hello");
    secretly_another_session(&mut line);
    line.page(&[kept(&id, "hello"), stored("a1", "Outbound", "welcome")], 2);
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
}

#[test]
fn the_copy_of_a_message_that_ended_unconfirmed_is_not_taken_for_one_that_says_the_same() {
    let (mut line, first) = lost(json!({}));
    for _ in 0..3 {
        line.key();
        line.answer(500, &json!({}));
        line.run(9_000);
    }
    assert_eq!(line.end_of(&first), Some(("unconfirmed", Some("history"))));
    let second = line.send("hello");
    line.reconnects();
    line.key();
    line.page(&[stored("p1", "Inbound", "hello")], 1);
    assert_eq!(line.end_of(&second), Some(("unconfirmed", Some("history"))), "it may be the first");
    assert!(line.heard().is_empty(), "and it is nobody else's");
}

#[test]
fn nothing_is_read_before_the_service_is_ready() {
    let mut line = Line::connected(json!({}));
    line.send("hello");
    line.breaks();
    line.run(2_000);
    line.open();
    line.says("GetConfigurationResponse", json!({}), Some("beat-1"));
    assert!(line.left("getJwt").is_empty());
}

#[test]
fn what_was_said_before_it_left_ends_the_search() {
    let mut line = Line::connected(json!({}));
    line.agent("a1", "welcome");
    let id = line.send("hello");
    line.agent("a2", "are you there?");
    line.reconnects();
    line.key();
    // The newer one is known, but the message may stand before it.
    line.page(&[stored("a2", "Outbound", "are you there?")], 300);
    assert_eq!(
        line.page(&[kept(&id, "hello"), stored("a1", "Outbound", "welcome")], 300).rsplit('=').next(),
        Some("2")
    );
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
    assert!(line.requests.is_empty(), "older pages are not read");
}

#[test]
fn a_message_is_not_taken_for_absent_where_another_tab_has_begun_another_session() {
    let mut line = Line::connected(json!({}));
    line.agent("a1", "welcome");
    let id = line.send("hello");
    line.reconnects();
    line.key();
    // What was said before stands nowhere in it.
    line.page(&[stored("b1", "Outbound", "welcome to the other one")], 1);
    assert_eq!(line.end_of(&id), Some(("unconfirmed", Some("session_lost"))));
    line.run(60_000);
    assert!(line.left("onMessage").is_empty());
}
