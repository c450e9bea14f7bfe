//! Tokens of a stream: those that live for no time, and those that are not to be had, on the way to a connection and beside one.

use crate::line::{Line, system};
use guestwire_core::error::Ended;
use guestwire_core::io::Input;
use guestwire_core::limits;
use guestwire_core::secret::Secret;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Connected with a token of a minute, which is nearly over: another is asked for.
fn wants_the_next_token(options: Value) -> Line {
    let mut line = Line::new(options);
    line.begin();
    line.give_token(Some(60_000));
    line.gets_a_channel();
    line.lives(60_000);
    assert_eq!((line.client.state().name(), line.wished), ("connected", 2));
    line
}

#[test]
fn a_token_that_is_said_to_live_for_no_time_is_used_until_it_is_refused() {
    for life in [0, 1, limits::TOKEN_LIFE_LEAST - 1] {
        let mut line = Line::new(json!({}));
        line.begin();
        line.give_token(Some(life));
        line.sleeps(limits::TOKEN_LIFE_LEAST);
        line.gets_a_channel();
        line.lives(3_600_000);
        assert_eq!((line.client.state().name(), line.wished, line.requests.len()), ("connected", 1, 0), "{life}");
        line.subscribe(&["a"]);
        let told = line.asked("POST", "/subscriptions?ignoreErrors=true");
        line.answer(told, 401, json!({}));
        line.until_it_acts(2_000);
        assert_eq!(line.wishes.last().map(|wish| wish.1), Some(true), "another than the one that was refused");
        line.replays();
    }
}

#[test]
fn a_token_that_is_said_to_live_for_no_time_beside_a_connection_is_used_and_not_asked_for_again() {
    let mut line = wants_the_next_token(json!({}));
    line.give_token(Some(0));
    line.gets_a_channel();
    line.lives(3_600_000);
    assert_eq!((line.wished, line.requests.len(), line.told("gap").len()), (2, 0, 0));
    line.replays();
}

#[test]
fn a_provider_that_fails_beside_a_connection_is_asked_no_more_often_than_on_the_way_to_one() {
    let mut line = wants_the_next_token(json!({ "backoff": { "base": 100, "cap": 100 } }));
    let end = line.now().monotonic + limits::OPENS_WINDOW;
    while line.now().monotonic < end {
        if let Some((wish, _)) = line.wishes.pop() {
            line.input(Input::TokenRefused(wish, None));
        }
        line.lives(end - line.now().monotonic);
    }
    assert_eq!((line.client.state().name(), line.wished), ("connected", 1 + limits::OPENS));
    line.replays();
}

#[test]
fn a_provider_that_fails_for_good_beside_a_connection_ends_the_client() {
    let mut line = wants_the_next_token(json!({}));
    let (wish, _) = line.wishes.remove(0);
    line.input(Input::TokenRefused(wish, Some(Ended::Tokenless)));
    assert_eq!(line.client.state().name(), "closed");
    assert_eq!(line.told("error").last().unwrap()["code"], "unauthorized");
    line.wait(3_600_000);
    assert_eq!((line.wished, line.sockets.len()), (2, 0), "nobody is asked any more");
    line.replays();
}

#[test]
fn a_provider_that_fails_beside_a_connection_is_told_of_and_asked_again() {
    let mut line = wants_the_next_token(json!({}));
    let (wish, _) = line.wishes.remove(0);
    line.input(Input::TokenRefused(wish, None));
    assert_eq!(line.client.state().name(), "connected");
    assert_eq!(line.told("error").last().unwrap()["code"], "token_unavailable");
    line.lives(2_000);
    line.give_token(None);
    line.make_channel();
    line.replays();
}

#[test]
fn what_is_no_token_is_told_and_asked_for_again_beside_a_connection_as_on_the_way_to_one() {
    let mut line = wants_the_next_token(json!({}));
    let (wish, _) = line.wishes.remove(0);
    line.input(Input::Token(wish, Secret::new("Bearer a-token".to_owned()), None));
    assert_eq!(line.client.state().name(), "connected");
    assert_eq!(line.told("error").last().unwrap()["code"], "invalid_credential");
    assert_eq!(line.told("error").last().unwrap()["retryable"], true);
    line.lives(2_000);
    line.give_token(None);
    line.make_channel();
    line.replays();
    let mut line = Line::new(json!({}));
    line.begin();
    for _ in 0..3 {
        let (wish, _) = line.wishes.remove(0);
        line.input(Input::Token(wish, Secret::new("<h1>Bad Gateway</h1>".to_owned()), None));
        assert_eq!(line.told("error").len(), 1, "told once");
        line.until_it_acts(30_000);
    }
    line.give_token(None);
    line.make_channel();
    line.replays();
}

#[test]
fn tokens_that_are_revoked_again_and_again_are_fetched_ever_less_often() {
    // Each time the connection has held: another process may have a token of its own in the place of ours.
    let mut line = Line::connected(json!({}));
    let began = line.now().monotonic;
    for times in 0..10 {
        line.lives(6_000);
        line.says(&system("v2.system.token_revoked.u", json!({})));
        let revoked = line.now().monotonic;
        line.until_it_acts(60_000);
        assert!(times > 0 || line.now().monotonic - revoked < 2_000, "the first time is nobody's fight");
        line.give_token(None);
        line.gets_a_channel();
    }
    let mean = (line.now().monotonic - began) / 10;
    assert!(mean > 20_000, "a token and a channel each {mean} ms");
    // One that held for long is another matter.
    line.lives(600_000);
    line.says(&system("v2.system.token_revoked.u", json!({})));
    line.until_it_acts(20_000);
    line.replays();
}
