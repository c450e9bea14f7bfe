//! The example frames of clients and services that others have published (each with its source in the file).

use crate::line::Line;
use guestwire_core::config::Config;
use guestwire_core::protocol::Spoken;
use guestwire_core::value;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const FRAMES: &str = include_str!("../../../sim/tests/data/web-messaging-frames.json");

fn frames(direction: &str) -> Vec<Value> {
    let all: Vec<Value> = serde_json::from_str(FRAMES).unwrap();
    all.into_iter().filter(|it| it["direction"] == direction && it["channel"] == "ws").collect()
}

#[test]
fn every_frame_that_a_service_was_seen_to_send_can_be_read() {
    let options = r#"{"dialect":"web-messaging","region":"a.example","deploymentId":"d","credential":{"kind":"bearer","value":"0123456789"}}"#;
    let config = Config::from_value(&value::read(options, 1_000).unwrap()).unwrap();
    let dialect = Spoken::new(&config);
    let frames = frames("server");
    assert!(frames.len() > 30);
    for example in frames {
        let frame = value::read(&example["frame"].to_string(), 1 << 20).unwrap();
        assert!(dialect.read(&frame).is_ok(), "{}: {:?}", example["name"], dialect.read(&frame));
    }
}

#[test]
fn none_of_them_troubles_a_client() {
    for example in frames("server") {
        let mut line = Line::connected(json!({}));
        line.says_frame(&example["frame"]);
        let trouble = line.told("error");
        assert!(trouble.iter().all(|told| told["code"] != "malformed_frame"), "{}: {trouble:?}", example["name"]);
        line.trace();
    }
}

#[test]
fn every_history_that_was_seen_can_be_read() {
    let all: Vec<Value> = serde_json::from_str(FRAMES).unwrap();
    let histories = all.iter().filter(|it| it["frame"].get("entities").is_some());
    let mut count = 0;
    for example in histories {
        let mut line = Line::connected(json!({}));
        line.reconnects();
        line.key();
        line.answer(200, &example["frame"]);
        assert!(line.told("gap").is_empty() && line.left("getJwt").is_empty(), "{}", example["name"]);
        let spoken = example["frame"]["entities"].as_array().unwrap().iter().filter(|it| it["type"] != "Event");
        assert_eq!(line.heard().len(), spoken.count(), "{}", example["name"]);
        count += 1;
    }
    assert!(count > 1);
}

#[test]
fn what_is_sent_has_the_members_that_other_clients_send() {
    let mut line = Line::new(json!({}));
    line.connect();
    line.says("SessionResponse", json!({ "connected": true, "newSession": false }), None);
    let mut sent = line.left("configureSession");
    sent.extend(line.frames.clone());
    line.key();
    line.page(&[], 0);
    let id = line.send("hello");
    sent.extend(line.left("onMessage"));
    line.echoes(&id, "hello");
    // A health check that stays unanswered, and the probe that follows it.
    line.run(45_000);
    sent.extend(line.left("echo"));
    sent.extend(line.left("getConfiguration"));
    let known = frames("client");
    for action in ["configureSession", "getJwt", "onMessage", "echo", "getConfiguration"] {
        let ours = sent.iter().find(|frame| frame["action"] == action).unwrap_or_else(|| panic!("no {action}"));
        let theirs: Vec<&Value> =
            known.iter().map(|it| &it["frame"]).filter(|frame| frame["action"] == action).collect();
        resembles(ours, &theirs, action);
    }
}

/// Each member of ours is one that some client sends, of the same type.
fn resembles(ours: &Value, theirs: &[&Value], place: &str) {
    let Value::Object(members) = ours else { return };
    for (name, value) in members {
        let same: Vec<&Value> = theirs.iter().filter_map(|frame| frame.get(name)).collect();
        assert!(!same.is_empty(), "nobody sends {place}.{name}");
        let kind = std::mem::discriminant(value);
        assert!(same.iter().any(|it| std::mem::discriminant(*it) == kind), "{place}.{name} is of another type");
        resembles(value, &same, &format!("{place}.{name}"));
    }
}
