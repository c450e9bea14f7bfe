//! What happened while away is fetched after each reconnect, and told once, in order.

use crate::line::{Line, kept, stored};
use guestwire_core::event::Event;
use guestwire_core::io::Input;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn said(id: &str) -> Value {
    stored(id, "Outbound", id)
}

#[test]
fn what_was_missed_is_told_once_and_in_order_before_what_comes_meanwhile() {
    let mut line = Line::connected(json!({}));
    line.agent("a1", "a1");
    line.reconnects();
    line.agent("a4", "a4");
    assert_eq!(line.heard().len(), 1, "it waits for what was said before it");
    line.key();
    line.page(&[said("a4"), said("a3"), said("a2"), said("a1")], 4);
    let heard: Vec<&str> = line.heard().iter().map(|told| told.1).collect();
    assert_eq!(heard, ["a1", "a2", "a3", "a4"]);
    line.agent("a4", "a4");
    line.agent("a5", "a5");
    assert_eq!(line.heard().len(), 5);
    assert!(!line.events.iter().any(|event| matches!(event, Event::Gap(_))), "nothing was missed");
}

#[test]
fn pages_that_shift_while_they_are_read_give_nothing_twice_and_leave_nothing_out() {
    let mut line = Line::connected(json!({}));
    line.agent("a0", "a0");
    line.reconnects();
    line.key();
    let all: Vec<String> = (0..=150).map(|number| format!("a{number}")).collect();
    let newest = |from: usize, to: usize| all[from..to].iter().rev().map(|id| said(id)).collect::<Vec<_>>();
    line.page(&newest(51, 151), 151);
    // Three more were said meanwhile: what stood on the first page stands on the second.
    for id in ["b1", "b2", "b3"] {
        line.agent(id, id);
    }
    line.page(&newest(0, 54), 154);
    let heard: Vec<&str> = line.heard().iter().map(|told| told.1).collect();
    let expected: Vec<&str> = all.iter().map(String::as_str).chain(["b1", "b2", "b3"]).collect();
    assert_eq!(heard, expected);
}

#[test]
fn a_conversation_that_was_there_before_is_not_told_as_new() {
    let mut line = Line::new(json!({}));
    line.connect();
    line.says("SessionResponse", json!({ "connected": true, "newSession": false }), None);
    line.key();
    line.page(&[said("old2"), said("old1")], 200);
    assert!(line.heard().is_empty() && line.requests.is_empty());
    line.agent("a1", "a1");
    line.reconnects();
    line.key();
    line.page(&[said("a2"), said("a1"), said("old2")], 201);
    let heard: Vec<&str> = line.heard().iter().map(|told| told.1).collect();
    assert_eq!(heard, ["a1", "a2"]);
}

#[test]
fn a_gap_that_cannot_be_read_is_told() {
    let mut line = Line::connected(json!({}));
    line.agent("a1", "a1");
    line.reconnects();
    line.agent("a3", "a3");
    for _ in 0..3 {
        line.key();
        line.answer(503, &json!({}));
        line.run(9_000);
    }
    assert!(line.events.iter().any(|event| matches!(event, Event::Gap(_))));
    assert_eq!(line.heard().len(), 2, "what came meanwhile is not lost");
}

#[test]
fn what_was_held_back_is_told_when_the_client_closes() {
    let mut line = Line::connected(json!({}));
    line.reconnects();
    line.agent("a1", "a1");
    line.close();
    assert_eq!(line.heard(), [("agent", "a1")]);
}

#[test]
fn a_trace_that_begins_after_something_was_held_back_leads_to_the_same_once_more() {
    let mut line = Line::connected(json!({ "trace": 16 }));
    line.reconnects();
    line.agent("a1", "a1");
    for _ in 0..40 {
        line.input(Input::Time);
    }
    line.close();
    assert_eq!(line.heard(), [("agent", "a1")]);
    assert!(!line.trace().contains("tracingId"), "it begins later");
}

#[test]
fn what_was_held_back_is_told_when_the_session_turns_out_to_be_another_one() {
    let mut line = Line::connected(json!({}));
    line.reconnects();
    line.agent("a1", "a1");
    line.breaks();
    line.run(2_000);
    line.open();
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    assert_eq!(line.heard(), [("agent", "a1")]);
}

#[test]
fn what_was_missed_in_a_session_that_is_lost_before_it_was_read_is_told_as_a_gap() {
    let lost = |miss: fn(&mut Line)| {
        let mut line = Line::connected(json!({}));
        line.agent("a1", "a1");
        miss(&mut line);
        line.breaks();
        line.run(2_000);
        line.open();
        line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
        line.events.iter().filter(|event| matches!(event, Event::Gap(_))).count()
    };
    assert_eq!(lost(Line::reconnects), 1, "what was said while away");
    assert_eq!(lost(Line::mumbles), 1, "what came and could not be read");
}

#[test]
fn what_is_echoed_while_a_gap_is_read_does_not_end_the_search() {
    let mut line = Line::connected(json!({}));
    line.agent("a1", "a1");
    line.reconnects();
    let id = line.send("hello");
    line.echoes(&id, "hello");
    line.key();
    // A page full of what came since, and the echo among it.
    line.page(&[kept(&id, "hello"), said("a3")], 180);
    line.page(&[said("a2"), said("a1")], 180);
    let heard: Vec<&str> = line.heard().iter().map(|told| told.1).collect();
    assert_eq!(heard, ["a1", "a2", "a3"]);
}

#[test]
fn a_link_that_breaks_while_the_history_is_read_leaves_nothing_out() {
    let mut line = Line::connected(json!({}));
    line.agent("a1", "a1");
    line.reconnects();
    line.agent("a3", "a3");
    line.key();
    line.reconnects();
    line.key();
    line.page(&[said("a4"), said("a3"), said("a2"), said("a1")], 4);
    let heard: Vec<&str> = line.heard().iter().map(|told| told.1).collect();
    assert_eq!(heard, ["a1", "a2", "a3", "a4"]);
}

#[test]
fn what_a_history_that_lags_does_not_show_yet_is_looked_for_once_more_and_told_in_its_place() {
    let mut line = Line::connected(json!({ "historyLag": 1_000 }));
    line.agent("a1", "a1");
    line.reconnects();
    line.agent("a4", "a4");
    line.key();
    line.page(&[said("a2"), said("a1")], 2);
    let heard: Vec<&str> = line.heard().iter().map(|told| told.1).collect();
    assert_eq!(heard, ["a1", "a2"], "what is said now waits a little longer");
    line.run(1_100);
    line.key();
    line.page(&[said("a4"), said("a3"), said("a2"), said("a1")], 4);
    let heard: Vec<&str> = line.heard().iter().map(|told| told.1).collect();
    assert_eq!(heard, ["a1", "a2", "a3", "a4"]);
    line.agent("a5", "a5");
    assert_eq!(line.heard().len(), 5, "and then nothing waits");
    line.run(30_000);
    assert!(line.left("getJwt").is_empty());
}

#[test]
fn a_read_that_begins_late_enough_is_the_only_one() {
    let mut line = Line::connected(json!({ "historyLag": 1_000 }));
    line.agent("a1", "a1");
    line.reconnects();
    line.key();
    line.answer(500, &json!({}));
    line.run(3_000);
    line.key();
    line.page(&[said("a2"), said("a1")], 2);
    line.agent("a3", "a3");
    assert_eq!(line.heard().len(), 3);
}

#[test]
fn a_session_is_not_taken_for_another_because_its_history_lags() {
    let mut line = Line::connected(json!({ "historyLag": 1_000 }));
    line.agent("a1", "welcome");
    line.breaks();
    line.run(2_000);
    line.open();
    line.reconnects();
    line.key();
    line.page(&[], 0);
    assert_eq!(line.told("session").len(), 1);
    line.run(1_100);
    line.key();
    line.page(&[said("a1")], 1);
    assert_eq!(line.told("session").len(), 1, "it is the same");
}

#[test]
fn what_comes_before_the_service_is_ready_waits_for_what_was_said_before_it() {
    let mut line = Line::connected(json!({}));
    line.agent("a1", "a1");
    line.breaks();
    line.run(2_000);
    line.open();
    line.agent("a3", "a3");
    assert_eq!(line.heard().len(), 1, "a2 was said while away");
    line.says("SessionResponse", json!({ "connected": true, "newSession": false }), None);
    line.key();
    line.page(&[said("a3"), said("a2"), said("a1")], 3);
    let heard: Vec<&str> = line.heard().iter().map(|told| told.1).collect();
    assert_eq!(heard, ["a1", "a2", "a3"]);
}

#[test]
fn a_gap_that_nobody_could_read_reaches_back_over_a_link_that_broke_meanwhile() {
    let mut line = Line::connected(json!({}));
    line.run(1_000);
    let spoiled = line.now().wall;
    line.says_text("{");
    line.run(1_000);
    // It comes later, and waits for what was said before it.
    line.agent("a2", "a2");
    line.breaks();
    line.close();
    assert_eq!(line.heard().len(), 1);
    let from = line.told("gap")[0]["from"].as_f64().unwrap();
    assert!(from <= spoiled as f64, "{from} is after {spoiled}, when it was dropped");
}
