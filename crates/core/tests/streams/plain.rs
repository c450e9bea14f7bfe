//! Plain event sockets: what goes wrong without a client that knows them (streaming.md), one complaint a test.

use crate::line::Line;
use guestwire_core::limits;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const FRAME: &str = r#"{"type":"subscribe","data":{"topics":["a","b"]}}"#;

fn subscriptions(line: &Line) -> Vec<&str> {
    line.frames.iter().map(|(_, text)| text.as_str()).filter(|text| !text.contains("KEEP_ALIVE")).collect()
}

fn connected(options: Value) -> Line {
    let mut line = Line::plain(options);
    line.begin();
    if !line.wishes.is_empty() {
        line.give_token(None);
    }
    line.open();
    line.says(&json!({ "type": "KEEP_ALIVE_ACK" }));
    line
}

fn last_error(line: &Line) -> Value {
    line.told("error").pop().unwrap_or_default()
}

#[test]
fn a_stream_that_confirms_is_ready_when_it_has_confirmed() {
    let mut line = Line::plain(json!({ "subscribe": { "topics": ["a", "b"], "confirmed": { "type": "subscribed" } } }));
    line.begin();
    line.give_token(None);
    line.open();
    assert_eq!(subscriptions(&line), [FRAME]);
    line.says(&json!({ "type": "welcome" }));
    assert_eq!(line.client.state().name(), "connecting", "open is not subscribed");
    line.says(&json!({ "type": "subscribed", "topics": ["a", "b"] }));
    assert_eq!(line.client.state().name(), "connected");
    assert!(line.client.topics().iter().all(|topic| topic.state == "subscribed"));
    assert_eq!(line.told("event").len(), 1, "a confirmation is no event; a welcome may be one");
    line.replays();
}

#[test]
fn a_subscription_that_is_never_confirmed_is_an_attempt_that_failed() {
    let mut line = Line::plain(json!({ "subscribe": { "topics": ["a"], "confirmed": { "type": "subscribed" } } }));
    line.begin();
    line.give_token(None);
    line.open();
    line.wait(9_000);
    line.says(&json!({ "type": "STREAMING_DATA" }));
    line.wait(1_500);
    assert_eq!(line.client.state().name(), "reconnecting");
    assert_eq!(line.sockets.len(), line.opened.len() - 1);
    line.replays();
}

#[test]
fn topics_that_are_added_and_removed_are_told_by_the_difference_and_confirmed() {
    let mut line = Line::plain(json!({ "subscribe": { "topics": ["a"], "confirmed": { "type": "subscribed" } } }));
    line.begin();
    line.give_token(None);
    line.open();
    line.says(&json!({ "type": "subscribed" }));
    line.frames.clear();
    let number = line.subscribe(&["b"]);
    line.unsubscribe(&["a"]);
    assert_eq!(subscriptions(&line), [r#"{"type":"subscribe","data":{"topics":["b"]}}"#]);
    assert!(line.told("answer").is_empty());
    line.says(&json!({ "type": "subscribed" }));
    assert_eq!(line.told("answer")[0]["request"].as_f64(), Some(f64::from(number)));
    assert_eq!(subscriptions(&line)[1], r#"{"type":"unsubscribe","data":{"topics":["a"]}}"#);
    line.says(&json!({ "type": "subscribed" }));
    assert_eq!(line.told("answer").len(), 2);
    line.replays();
}

#[test]
fn a_change_that_nobody_confirms_is_told_on_another_connection_though_events_come() {
    let mut line = Line::plain(json!({ "subscribe": { "topics": ["a"], "confirmed": { "type": "subscribed" } } }));
    line.begin();
    line.give_token(None);
    line.open();
    line.says(&json!({ "type": "subscribed" }));
    line.subscribe(&["b"]);
    line.wait(9_000);
    line.says(&json!({ "type": "STREAMING_DATA" }));
    assert_eq!(line.client.state().name(), "connected");
    line.wait(1_500);
    assert_eq!(line.client.state().name(), "reconnecting", "what is said there may not arrive");
    line.frames.clear();
    if line.opened.len() == 1 {
        line.until_it_acts(2_000);
    }
    line.open();
    assert_eq!(subscriptions(&line), [FRAME]);
    line.replays();
}

#[test]
fn a_stream_in_the_other_style_is_told_all_each_time() {
    let mut line = connected(json!({ "subscribe": { "style": "events", "topics": ["a"] } }));
    line.subscribe(&["b"]);
    line.unsubscribe(&["a"]);
    let frame = |events: &str| format!(r#"{{"api-version":"1","events":[{events}]}}"#);
    assert_eq!(subscriptions(&line), [frame(r#""a""#), frame(r#""a","b""#), frame(r#""b""#)]);
}

#[test]
fn topics_that_an_error_names_are_refused_and_the_rest_is_listened_to() {
    for confirms in [false, true] {
        let confirmed = json!({ "topics": ["a", "b", "c"], "confirmed": { "type": "subscribed" } });
        let mut line =
            connected(json!({ "subscribe": if confirms { confirmed } else { json!({ "topics": ["a", "b", "c"] }) } }));
        line.says(&json!({ "type": "error", "code": 403, "message": "no permission", "topics": ["b", "x"] }));
        line.says(&json!({ "type": "error", "code": 400, "message": "this is no topic", "topics": ["c"] }));
        line.says(&json!({ "type": "subscribed" }));
        let states: Vec<_> = line.client.topics().iter().map(|topic| topic.state).collect();
        assert_eq!(
            (states.as_slice(), line.client.state().name()),
            (&["subscribed", "refused", "refused"][..], "connected")
        );
        let errors = line.told("error");
        assert_eq!((errors[0]["topic"].as_str(), errors[0]["reason"].as_str()), (Some("b"), Some("403")));
        assert_eq!((errors[1]["topic"].as_str(), errors.len()), (Some("c"), 2));
        line.replays();
    }
}

#[test]
fn a_socket_all_of_whose_topics_are_refused_waits_for_no_confirmation() {
    let mut line = connected(json!({ "subscribe": { "topics": ["a", "b"], "confirmed": { "type": "subscribed" } } }));
    line.says(&json!({ "type": "error", "code": 403, "topics": ["a", "b"] }));
    assert_eq!((line.client.state().name(), line.opened.len()), ("connected", 1));
    let number = line.subscribe(&["c"]);
    line.says(&json!({ "type": "error", "code": 403, "topics": ["c"] }));
    let answer = line.told("answer").remove(0);
    assert_eq!((answer["request"].as_f64(), line.told("error").len()), (Some(f64::from(number)), 3));
    line.wait(9_000);
    line.says(&json!({ "type": "KEEP_ALIVE_ACK" }));
    line.wait(9_000);
    assert_eq!((line.client.state().name(), line.opened.len()), ("connected", 1));
    line.replays();
}

#[test]
fn the_word_for_an_empty_list_is_not_taken_for_the_word_for_the_next_one() {
    let style = json!({ "style": "events", "topics": ["a"], "confirmed": { "type": "subscribed" } });
    let mut line = connected(json!({ "subscribe": style }));
    line.says(&json!({ "type": "subscribed" }));
    line.frames.clear();
    line.unsubscribe(&["a"]);
    line.subscribe(&["b"]);
    let frame = |events: &str| format!(r#"{{"api-version":"1","events":[{events}]}}"#);
    assert_eq!(subscriptions(&line), [frame("")], "one list at a time");
    line.says(&json!({ "type": "subscribed" }));
    assert_eq!(subscriptions(&line), [frame(""), frame(r#""b""#)]);
    assert_eq!(line.client.topics()[0].state, "pending", "that word was for the empty list");
    line.says(&json!({ "type": "subscribed" }));
    assert_eq!(line.client.topics()[0].state, "subscribed");
    line.replays();
}

#[test]
fn a_service_without_a_word_for_an_empty_list_costs_no_connection() {
    let style = json!({ "style": "events", "topics": ["a"], "confirmed": { "type": "subscribed" } });
    let mut line = connected(json!({ "subscribe": style }));
    line.says(&json!({ "type": "subscribed" }));
    let number = line.unsubscribe(&["a"]);
    line.wait(9_000);
    line.says(&json!({ "type": "KEEP_ALIVE_ACK" }));
    line.wait(1_500);
    assert_eq!((line.client.state().name(), line.opened.len()), ("connected", 1));
    assert_eq!(line.told("answer")[0]["request"].as_f64(), Some(f64::from(number)));
    line.replays();
}

#[test]
fn an_authorisation_error_in_a_frame_renews_the_token_once() {
    let mut line = connected(json!({}));
    line.says(&json!({ "type": "error", "code": 401, "message": "token expired" }));
    line.closes(1, 1000);
    line.until_it_acts(2_000);
    assert!(line.wishes[0].1, "another than the one that was refused");
    line.give_token(None);
    assert!(line.opened[1].1.ends_with("?access_token=a-token-that-is-number-2"));
    line.open();
    line.says(&json!({ "type": "error", "code": 401 }));
    assert_eq!((line.client.state().name(), last_error(&line)["code"].as_str()), ("closed", Some("unauthorized")));
    line.wait(600_000);
    assert_eq!((line.opened.len(), line.wished), (2, 2), "a refused token is no reason for a storm");
    line.replays();
}

#[test]
fn a_connection_that_held_makes_a_later_refusal_the_first_one() {
    let mut line = connected(json!({}));
    for number in 1..=4 {
        line.says(&json!({ "type": "error", "code": 401 }));
        line.until_it_acts(if number == 1 { 2_000 } else { 30_000 });
        line.give_token(None);
        line.open();
        line.says(&json!({ "type": "KEEP_ALIVE_ACK" }));
        line.wait(limits::STABLE_AFTER + 100);
        assert_eq!((line.client.state().name(), line.wished), ("connected", number + 1));
    }
}

#[test]
fn a_token_is_not_fetched_for_each_attempt() {
    let mut line = connected(json!({}));
    for _ in 0..2 {
        let &(socket, _) = line.opened.last().unwrap();
        line.closes(socket, 1006);
        line.until_it_acts(30_000);
        line.open();
        line.says(&json!({ "type": "STREAMING_DATA" }));
    }
    assert_eq!((line.wished, line.opened.len(), line.told("gap").len()), (1, 3, 2));
    assert_eq!(subscriptions(&line), [FRAME; 3], "each connection is told");
}

#[test]
fn a_token_that_ended_while_the_socket_was_down_is_renewed_before_the_next_attempt() {
    let mut line = Line::plain(json!({}));
    line.begin();
    line.give_token(Some(60_000));
    line.open();
    line.says(&json!({ "type": "KEEP_ALIVE_ACK" }));
    line.wait(10_000);
    line.says(&json!({ "type": "KEEP_ALIVE_ACK" }));
    line.wait(22_000);
    line.says(&json!({ "type": "KEEP_ALIVE_ACK" }));
    line.wait(14_900);
    line.closes(1, 1006);
    line.until_it_acts(2_000);
    assert_eq!(line.wishes.len(), 1);
    assert!(!line.wishes[0].1, "it was not refused");
    line.give_token(None);
    assert!(line.opened.last().unwrap().1.ends_with("number-2"));
    line.replays();
}

#[test]
fn handshakes_that_fail_for_no_known_reason_try_another_token_once() {
    let mut line = connected(json!({}));
    line.closes(1, 1006);
    let mut opened = 1;
    for _ in 0..12 {
        line.until_it_acts(60_000);
        if !line.wishes.is_empty() {
            line.give_token(None);
        }
        if line.opened.len() > opened {
            opened = line.opened.len();
            let &(socket, _) = line.opened.last().unwrap();
            line.closes(socket, 1006);
        }
    }
    assert_eq!(line.wished, 2, "a service that is down refuses good tokens as well");
    assert!(line.client.state().is_active());
}

#[test]
fn what_failed_with_the_token_before_is_not_laid_on_a_new_one() {
    let mut line = Line::plain(json!({}));
    line.begin();
    line.give_token(Some(600_000));
    line.open();
    line.says(&json!({ "type": "KEEP_ALIVE_ACK" }));
    line.closes(1, 1006);
    // Two handshakes fail; then the token's time is over, and with the next one it is a third.
    for _ in 0..limits::UNOPENED_BEFORE_PROBE - 1 {
        line.until_it_acts(60_000);
        let &(socket, _) = line.opened.last().unwrap();
        line.closes(socket, 1006);
    }
    line.sleeps(3_600_000);
    line.until_it_acts(60_000);
    line.give_token(None);
    let &(socket, _) = line.opened.last().unwrap();
    line.closes(socket, 1006);
    line.until_it_acts(60_000);
    assert_eq!((line.wished, line.wishes.len()), (2, 0), "the new one has failed but once");
    line.replays();
}

#[test]
fn an_outage_does_not_end_a_stream_whose_token_nobody_renews() {
    let mut line = connected(json!({ "credential": { "kind": "bearer", "value": "a-token-for-ever" } }));
    line.closes(1, 1001);
    for _ in 0..12 {
        line.until_it_acts(60_000);
        let &(socket, _) = line.opened.last().unwrap();
        line.closes(socket, 1006);
    }
    line.until_it_acts(60_000);
    line.open();
    line.says(&json!({ "type": "KEEP_ALIVE_ACK" }));
    assert_eq!((line.client.state().name(), line.told("gap").len()), ("connected", 1));
    line.replays();
}

#[test]
fn what_is_open_to_everybody_is_asked_without_a_token() {
    let line = connected(json!({ "credential": { "kind": "none" } }));
    assert_eq!((line.wished, line.opened[0].1.as_str()), (0, "wss://events.example/stream"));
}

#[test]
fn each_close_code_means_what_the_table_says() {
    for (code, state) in [
        (1000, "reconnecting"),
        (1001, "reconnecting"),
        (1006, "reconnecting"),
        (1011, "reconnecting"),
        (1013, "reconnecting"),
        (4401, "reconnecting"),
        (1002, "closed"),
        (1009, "closed"),
        (4403, "closed"),
    ] {
        let mut line = connected(json!({}));
        line.closes(1, code);
        assert_eq!(line.client.state().name(), state, "{code}");
        let began = line.now().monotonic;
        if state == "reconnecting" {
            line.until_it_acts(60_000);
            let waited = line.now().monotonic - began;
            assert_eq!(waited >= 15_000, code == 1013, "{code}: {waited}");
            assert_eq!(line.wishes.len(), usize::from(code == 4401), "{code}");
        }
        line.replays();
    }
}

#[test]
fn a_rate_limit_in_a_frame_is_waited_for() {
    let mut line = connected(json!({}));
    line.says(&json!({ "type": "error", "code": 429, "retryAfter": 40 }));
    let began = line.now().monotonic;
    line.until_it_acts(120_000);
    assert!((40_000..=52_000).contains(&(line.now().monotonic - began)));
    assert_eq!(line.wished, 1);
}

#[test]
fn an_idle_stream_is_kept_alive_and_a_dead_one_is_found_out() {
    let mut line = connected(json!({}));
    // Fifteen minutes without an event: each heartbeat is answered.
    let end = line.now().monotonic + 900_000;
    let mut answered = line.frames.len();
    while line.now().monotonic < end {
        line.wait(1_000);
        for place in answered..line.frames.len() {
            let beat: Value = serde_json::from_str(&line.frames[place].1).unwrap();
            line.says(&json!({ "type": "KEEP_ALIVE_ACK", "timestamp": beat["timestamp"] }));
        }
        answered = line.frames.len();
    }
    let beats = answered - 2;
    assert!((40..=46).contains(&beats), "one each 20 s: {beats}");
    assert_eq!(line.opened.len(), 1);
    // And then nothing answers.
    line.until_it_acts(40_000);
    assert_eq!((line.opened.len(), line.sockets.as_slice()), (2, &[2][..]), "half-open");
    line.replays();
}

#[test]
fn a_frame_that_cannot_be_read_harms_nobody() {
    let mut line = connected(json!({}));
    for frame in [json!([1]), json!("text"), json!(7), json!(null)] {
        line.says(&frame);
    }
    assert_eq!(line.client.state().name(), "connected");
    assert_eq!(last_error(&line)["code"], "malformed_frame");
    line.says(&json!({ "type": "STREAMING_DATA", "data": 1 }));
    assert_eq!(line.told("event").len(), 1);
    line.replays();
}
