//! Whether a channel's socket lives: the service says so every 30 s; when it does not, it is asked.

use crate::line::{Line, event};
use guestwire_core::io::{Environment, Input};
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const PING: &str = r#"{"message":"ping"}"#;

fn pings(line: &Line) -> usize {
    line.frames.iter().filter(|(_, text)| text == PING).count()
}

#[test]
fn a_channel_that_speaks_is_not_asked() {
    let mut line = Line::connected(json!({}));
    let asked = pings(&line);
    line.lives(900_000);
    assert_eq!((pings(&line), line.opened.len()), (asked, 1), "fifteen idle minutes");
}

#[test]
fn a_channel_that_falls_silent_is_asked_after_35_seconds_and_its_answer_is_the_round_trip() {
    let mut line = Line::connected(json!({}));
    line.says(&event(1));
    let asked = pings(&line);
    line.wait(34_999);
    assert_eq!(pings(&line), asked);
    line.wait(1);
    assert_eq!(pings(&line), asked + 1);
    line.wait(120);
    line.pong();
    assert_eq!(line.client.stats(line.now()).round_trip.p95, Some(120));
    assert_eq!(line.opened.len(), 1);
    line.replays();
}

#[test]
fn a_channel_that_does_not_answer_is_dead_within_a_minute() {
    let mut line = Line::connected(json!({}));
    line.beats();
    let began = line.now().monotonic;
    line.until_it_acts(60_000);
    assert!(line.now().monotonic - began >= 38_000, "a verdict takes a heartbeat and a probe");
    assert_eq!((line.opened.len(), line.sockets.as_slice()), (2, &[2][..]));
    assert!(line.told("statechange").iter().any(|change| change["why"] == "half_open"));
    line.replays();
}

#[test]
fn a_page_that_wakes_up_asks_at_once() {
    let mut line = Line::connected(json!({}));
    line.beats();
    let asked = pings(&line);
    line.input(Input::Environment(Environment::Resumed));
    assert_eq!(pings(&line), asked + 1);
    line.wait(20_000);
    assert_eq!(line.opened.len(), 2, "a socket that slept with the page is found out in seconds");
}

#[test]
fn a_service_that_beats_and_answers_no_ping_is_not_taken_for_dead() {
    let mut line = Line::new(json!({}));
    line.opens();
    line.lives(60_000);
    line.closes(1, 1006);
    line.until_it_acts(2_000);
    line.open();
    // Its first beat comes 30 s after the socket opened.
    line.wait(29_900);
    for _ in 0..20 {
        line.beats();
        line.wait(30_000);
    }
    assert_eq!((line.client.state().name(), line.opened.len(), line.requests.len()), ("connected", 2, 0));
    line.replays();
}

#[test]
fn a_first_connection_that_never_says_a_word_is_found_out() {
    let mut line = Line::new(json!({}));
    line.opens();
    line.until_it_acts(90_000);
    assert_eq!((line.client.state().name(), line.sockets.len()), ("reconnecting", 0));
    line.asked("HEAD", "/channels/streaming-5-1");
    line.replays();
}

#[test]
fn a_channel_that_is_there_and_mute_is_dialled_less_and_less_often() {
    let mut line = Line::new(json!({}));
    line.opens();
    // On so slow a way a verdict takes longer than it takes to call a connection stable.
    line.wait(2_500);
    line.pong();
    let end = line.now().monotonic + 1_800_000;
    let mut known = 1;
    while line.now().monotonic < end {
        line.wait(100);
        if !line.requests.is_empty() {
            if line.open_requests()[0].starts_with("HEAD") {
                let asked = line.asked("HEAD", "/channels/streaming-5-1");
                line.answer(asked, 200, json!(null));
            } else {
                // Nobody knows who said so without a word.
                line.take_topics();
            }
        }
        if line.opened.len() > known {
            known = line.opened.len();
            line.open();
        }
    }
    let deaths = line.told("statechange").into_iter().filter(|change| change["why"] == "half_open");
    let waits: Vec<f64> = deaths.map(|change| change["wait"].as_f64().unwrap()).skip(10).collect();
    let mean = waits.iter().sum::<f64>() / waits.len() as f64;
    assert!(mean > 8_000.0, "a socket that opened proves nothing: {waits:?}");
    line.replays();
}

#[test]
fn a_channel_that_is_dead_is_found_out_though_every_timer_comes_late() {
    let mut line = Line::new(json!({}));
    line.opens();
    line.lives(60_000);
    // It never answered a question; from now on it is silent, in a page whose timers are throttled.
    for _ in 0..10 {
        let next = line.client.next_wake().expect("something is due");
        line.sleeps(next.saturating_sub(line.now().monotonic) + 2_000);
        line.input(Input::Time);
    }
    assert_ne!(line.client.state().name(), "connected");
    line.replays();
}
