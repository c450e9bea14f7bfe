//! Whoever knows a channel's id or address can listen, and what events hold is the application's: neither stands in
//! anything that can be logged, and nothing that was said is changed on its way.

use crate::line::{Line, event};
use guestwire_core::io::Input;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// All that could be logged of a client: what it tells, its outputs, its trace.
fn log(line: &Line) -> String {
    let mut log = String::new();
    for told in &line.events {
        let (name, detail) = told.detail();
        if name != "event" {
            log += &format!("{name} {}\n", serde_json::to_string(&detail).unwrap());
        }
        log += &format!("{told:?}\n");
    }
    for (number, request) in &line.requests {
        log += &format!("{number} {request:?}\n");
    }
    log += &serde_json::to_string(&line.client.frame()).unwrap();
    for entry in line.client.entries() {
        log += &serde_json::to_string(entry).unwrap();
        log.push('\n');
    }
    log
}

#[test]
fn no_log_has_a_token_a_channel_or_a_word_of_an_event() {
    let mut line = Line::connected(json!({ "handover": "second-channel" }));
    line.says(&json!({
        "topicName": "v2.users.u-1.presence",
        "eventBody": { "message": "a word of theirs", "reason": "theirs too", "id": "their-id", "state": "their state" },
        "metadata": { "CorrelationId": "c-1" },
    }));
    line.says(&json!({ "topicName": "v2.system.no_longer_subscribed.streaming-9-other", "eventBody": {} }));
    line.says(&json!({ "topicName": "v2.system.socket_closing", "eventBody": { "channelId": "streaming-5-1" } }));
    line.until_it_acts(30_000);
    line.make_channel();
    line.take_topics();
    line.open();
    line.lives(25 * 3_600_000);
    line.take_topics();
    let list = line.asked("GET", "/channels");
    line.answer(
        list,
        200,
        json!({ "entities": [{ "id": "streaming-9-theirs" }, { "id": "their-name", "expires": "x" }] }),
    );
    line.subscribe(&["v2.users.u-3.presence"]);
    let log = log(&line);
    for secret in [
        "a-token-that",
        "streaming-5",
        "streaming-9",
        "channels/s",
        "their-name",
        "a word",
        "theirs too",
        "their-id",
        "their state",
    ] {
        assert!(!log.contains(secret), "{secret}: {}", &log[log.find(secret).unwrap().saturating_sub(200)..][..400]);
    }
    assert!(log.contains("v2.users.u-1.presence"), "what is wanted is told");
    line.replays();
}

#[test]
fn no_log_of_a_plain_socket_has_its_token_or_a_word_of_an_event() {
    let mut line = Line::plain(json!({ "subscribe": { "topics": ["a"], "confirmed": { "mark": "our-own-word" } } }));
    line.begin();
    line.give_token(None);
    line.open();
    line.says(&json!({ "mark": "our-own-word", "more": "said with it" }));
    line.says(&json!({ "type": "STREAMING_DATA", "data": { "type": "hidden", "code": 5 }, "message": "a word" }));
    line.says(&json!({ "mark": "not ours", "id": "their-id" }));
    let log = log(&line);
    for secret in ["a-token-that", "hidden", "a word", "said with it", "not ours", "their-id"] {
        assert!(!log.contains(secret), "{secret}");
    }
    line.replays();
}

#[test]
fn what_a_service_says_is_told_as_it_was_said_and_no_more_than_once() {
    let mut line = Line::connected(json!({}));
    let body = json!({ "a": [1.5, null, true, { "b": "\u{1f98b}" }], "__proto__": { "x": 1 } });
    line.says(&json!({ "topicName": "t", "eventBody": body }));
    let told = line.told("event").pop().unwrap();
    assert_eq!(told["body"]["a"], body["a"]);
    assert_eq!(told["body"].get("__proto__"), None);
    assert_eq!(told["correlationId"], json!(null));
}

#[test]
fn an_old_generation_says_nothing() {
    let mut line = Line::connected(json!({}));
    line.closes(1, 1006);
    line.until_it_acts(30_000);
    line.open();
    line.pong();
    line.says_on(1, &event(1));
    line.input(Input::SocketClosed(1, 4403, None));
    line.input(Input::SocketOpened(1));
    assert_eq!((line.told("event").len(), line.client.state().name()), (0, "connected"));
}
