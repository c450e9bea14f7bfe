//! Waits that a service asks for, and that nobody can wait for.

use crate::line::Line;
use guestwire_core::limits;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Thirty years, s.
const YEARS: u32 = 999_999_999;

#[test]
fn a_call_for_topics_is_answered_though_the_service_asks_to_wait_for_years() {
    let mut line = Line::connected(json!({}));
    let number = line.subscribe(&["a"]);
    let told = line.asked("POST", "/subscriptions?ignoreErrors=true");
    line.answer_later(told, 429, YEARS);
    let answer = line.told("answer")[0].clone();
    assert_eq!(answer["request"].as_f64(), Some(f64::from(number)));
    assert_eq!(answer["error"]["code"], "rate_limited", "{answer}");
    assert_eq!(line.told("error").last().unwrap()["code"], "rate_limited");
    assert_eq!((line.client.state().name(), line.client.topics()[2].state), ("connected", "pending"));
    // It is still wanted: after an hour the service is asked again.
    let began = line.now().monotonic;
    line.lives(2 * limits::RETRY_AFTER_MOST);
    let waited = line.now().monotonic - began;
    assert!((limits::RETRY_AFTER_MOST..=limits::RETRY_AFTER_MOST * 5 / 4).contains(&waited), "{waited}");
    line.take_topics();
    assert_eq!(line.client.topics()[2].state, "subscribed");
    line.replays();
}

#[test]
fn a_wait_of_years_for_the_question_about_a_channel_holds_no_topics_for_ever() {
    let mut line = Line::connected(json!({}));
    line.closes(1, 1006);
    for _ in 0..limits::UNOPENED_BEFORE_PROBE {
        line.until_it_acts(60_000);
        let &(socket, _) = line.opened.last().unwrap();
        line.closes(socket, 1006);
    }
    line.subscribe(&["a"]);
    line.until_it_acts(60_000);
    let check = line.asked("HEAD", "/channels/streaming-5-1");
    line.answer_later(check, 503, YEARS);
    assert_eq!(line.told("answer")[0]["error"]["code"], "rate_limited");
    line.open();
    line.pong();
    line.lives(2 * limits::RETRY_AFTER_MOST);
    line.take_topics();
    assert_eq!(line.client.topics()[2].state, "subscribed");
    line.replays();
}

#[test]
fn connecting_anew_within_a_wait_of_years_ends_at_once_and_does_not_hang() {
    let mut line = Line::new(json!({}));
    line.begin();
    line.give_token(None);
    line.make_channel();
    let told = line.asked("PUT", "/subscriptions?ignoreErrors=true");
    line.answer_later(told, 429, YEARS);
    for times in 1..3 {
        assert_eq!((line.client.state().name(), line.requests.len()), ("closed", 0));
        assert_eq!(line.told("error").len(), times);
        assert_eq!(line.told("error").last().unwrap()["code"], "rate_limited");
        line.begin();
    }
    line.replays();
}

#[test]
fn a_refusal_of_topics_that_asks_to_wait_holds_the_next_call_and_no_longer() {
    let mut line = Line::connected(json!({}));
    line.subscribe(&["a"]);
    let told = line.asked("POST", "/subscriptions?ignoreErrors=true");
    line.answer_later(told, 400, 30);
    assert_eq!(line.client.topics()[2].state, "refused");
    line.subscribe(&["b"]);
    let began = line.now().monotonic;
    line.lives(29_000);
    assert!(line.open_requests().is_empty(), "{:?}", line.open_requests());
    while line.open_requests().is_empty() {
        line.lives(1_000);
    }
    assert!((30_000..=40_000).contains(&(line.now().monotonic - began)));
    line.take_topics();
    assert_eq!(line.client.topics()[3].state, "subscribed");
    line.replays();
}
