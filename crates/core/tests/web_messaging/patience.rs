//! The history is read as often as the service allows, and what cannot be had is told.

use crate::line::{Line, stored};
use guestwire_core::event::Event;
use guestwire_core::io::AnswerBody;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn said(id: &str) -> Value {
    stored(id, "Outbound", id)
}

fn heard(line: &Line) -> Vec<&str> {
    line.heard().iter().map(|told| told.1).collect()
}

fn has_gap(line: &Line) -> bool {
    line.events.iter().any(|event| matches!(event, Event::Gap(_)))
}

/// Away once, and then there again, with the key to the history.
fn returned() -> Line {
    let mut line = Line::connected(json!({}));
    line.agent("a1", "a1");
    line.reconnects();
    line.key();
    line
}

#[test]
fn a_page_that_is_too_long_is_asked_for_in_smaller_ones() {
    let mut line = returned();
    let address = line.answers(200, None, AnswerBody::read("[1, 2, 3]", 2));
    assert!(address.contains("pageSize=100&"), "{address}");
    line.run(5_000);
    line.key();
    let newest: Vec<Value> = (2..27).rev().map(|number| said(&format!("a{number}"))).collect();
    let address = line.page(&newest, 26);
    assert!(address.contains("pageSize=25&pageNumber=1"), "{address}");
    let address = line.page(&[said("a1")], 26);
    assert!(address.contains("pageSize=25&pageNumber=2"), "{address}");
    assert_eq!(heard(&line).len(), 26);
    assert!(!has_gap(&line));
}

#[test]
fn a_service_that_wants_no_reads_for_a_while_is_left_alone_for_as_long() {
    let mut line = returned();
    line.answers(429, Some("30"), AnswerBody::Empty);
    line.agent("a3", "a3");
    line.run(29_900);
    assert!(line.left("getJwt").is_empty() && line.requests.is_empty());
    line.run(12_000);
    line.key();
    line.page(&[said("a3"), said("a2"), said("a1")], 3);
    assert_eq!(heard(&line), ["a1", "a2", "a3"]);
    assert!(!has_gap(&line));
}

#[test]
fn what_is_said_live_is_not_held_back_for_the_hour_that_the_history_is_closed() {
    let mut line = returned();
    line.agent("a3", "a3");
    line.answers(503, Some("3600"), AnswerBody::Empty);
    assert_eq!(heard(&line), ["a1", "a3"]);
    assert!(has_gap(&line), "something may stand before it");
    line.run(120_000);
    assert!(line.left("getJwt").is_empty(), "it asked for peace");
}

#[test]
fn no_more_than_ten_pages_are_read_in_any_minute() {
    let mut line = Line::connected(json!({}));
    line.agent("a1", "a1");
    let mut times = Vec::new();
    for round in 0..3 {
        line.reconnects();
        line.key();
        for page in 0..6 {
            for _ in 0..120 {
                if !line.requests.is_empty() {
                    break;
                }
                line.run(1_000);
                if line.frames.iter().any(|frame| frame["action"] == "getJwt") {
                    line.key();
                }
            }
            times.push(line.now().monotonic);
            let newest: Vec<Value> = (0..100).map(|number| said(&format!("{round}-{page}-{number}"))).collect();
            line.page(if page < 5 { &newest } else { &[] }, 10_000);
        }
    }
    assert_eq!(times.len(), 18);
    for window in times.windows(11) {
        assert!(window[10] - window[0] > 60_000, "{times:?}");
    }
}

#[test]
fn what_an_unreadable_frame_said_is_read_and_told_in_its_place() {
    let mut line = Line::connected(json!({}));
    line.agent("a1", "a1");
    line.mumbles();
    line.agent("a3", "a3");
    line.key();
    line.page(&[said("a3"), said("a2"), said("a1")], 3);
    assert_eq!(heard(&line), ["a1", "a2", "a3"]);
}

#[test]
fn a_frame_that_could_not_be_read_while_a_page_was_on_its_way_is_looked_for_once_more() {
    let mut line = returned();
    line.mumbles();
    line.page(&[said("a2"), said("a1")], 2);
    line.run(5_000);
    line.key();
    line.page(&[said("a3"), said("a2"), said("a1")], 3);
    assert_eq!(heard(&line), ["a1", "a2", "a3"]);
}

#[test]
fn a_service_that_only_mumbles_is_not_asked_for_ever() {
    let mut line = Line::connected(json!({}));
    let mut reads = 0;
    // With fewer frames than it takes to be left.
    for _ in 0..240 {
        line.mumbles();
        line.run(250);
        if line.frames.iter().any(|frame| frame["action"] == "getJwt") {
            line.key();
        }
        if !line.requests.is_empty() {
            line.page(&[], 0);
            reads += 1;
        }
    }
    assert!((1..=11).contains(&reads), "{reads} reads in a minute");
}
