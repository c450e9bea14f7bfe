//! How long a session lasts, and what is told of its end.

use crate::line::{Line, stored};
use guestwire_core::connection::State;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A session of fifteen minutes without a message.
fn lasting(options: Value, mut terms: Value) -> Line {
    terms["connected"] = json!(true);
    let mut line = Line::new(options);
    line.connect();
    line.says("SessionResponse", terms, None);
    line
}

fn notices(line: &Line) -> Vec<f64> {
    line.told("expiring").iter().map(|told| told["in"].as_f64().unwrap()).collect()
}

/// Time passes, and whatever asks for a sign of life gets one.
fn quiet(line: &mut Line, ms: u64) {
    for _ in 0..ms / 1_000 {
        line.run(1_000);
        for beat in line.left("echo").into_iter().chain(line.left("getConfiguration")) {
            line.says("GetConfigurationResponse", json!({}), beat["tracingId"].as_str());
        }
    }
}

#[test]
fn the_end_is_told_of_in_time_and_once_and_each_message_moves_it() {
    let mut line = lasting(json!({}), json!({ "newSession": true, "durationSeconds": 900 }));
    quiet(&mut line, 599_000);
    assert!(notices(&line).is_empty());
    line.agent("a1", "still there?");
    quiet(&mut line, 599_000);
    assert!(notices(&line).is_empty(), "a message moved it");
    quiet(&mut line, 2_000);
    assert_eq!(notices(&line), [300_000.0]);
    quiet(&mut line, 200_000);
    assert_eq!(notices(&line).len(), 1);
    let id = line.send("yes");
    line.echoes(&id, "yes");
    quiet(&mut line, 601_000);
    assert_eq!(notices(&line).len(), 2, "it has another end, of which nobody was told");
    line.trace();
}

#[test]
fn how_long_before_is_an_option() {
    let mut line = lasting(json!({ "expiryNotice": 10_000 }), json!({ "newSession": true, "durationSeconds": 60 }));
    line.run(49_900);
    assert!(notices(&line).is_empty());
    line.run(200);
    assert_eq!(notices(&line), [10_000.0]);
}

#[test]
fn a_session_that_is_old_when_the_client_comes_ends_when_the_service_says() {
    let at = Line::new(json!({})).now().wall / 1_000 + 400;
    let mut line = lasting(json!({}), json!({ "durationSeconds": 900, "expirationDate": at }));
    line.run(98_000);
    assert!(notices(&line).is_empty());
    line.run(3_000);
    assert_eq!(notices(&line).len(), 1);
}

#[test]
fn what_an_answer_to_a_health_check_says_is_the_same_end_and_no_new_notice() {
    let mut line = lasting(json!({}), json!({ "newSession": true, "durationSeconds": 310 }));
    let end = line.now().wall / 1_000 + 310;
    line.run(12_000);
    assert_eq!(notices(&line).len(), 1);
    for _ in 0..4 {
        line.run(20_000);
        let mut echo = stored("e", "Inbound", "ping");
        echo["metadata"] = json!({ "durationSeconds": "310", "expirationDate": end.to_string() });
        line.says("StructuredMessage", echo, Some("beat-1"));
    }
    assert_eq!(notices(&line).len(), 1);
}

#[test]
fn clocks_and_figures_that_cannot_be_bring_no_false_alarm() {
    let now = Line::new(json!({})).now().wall / 1_000;
    let day = 86_400;
    for (terms, notice_after) in [
        // Our clock is a day ahead, or behind: it ends no sooner than it can live, nor later.
        (json!({ "newSession": true, "durationSeconds": 900, "expirationDate": now + 900 - day }), Some(600)),
        (json!({ "newSession": true, "durationSeconds": 900, "expirationDate": now + 900 + day }), Some(600)),
        (json!({ "durationSeconds": 1e300, "expirationDate": 1e300 }), None),
        (json!({ "durationSeconds": -5, "expirationDate": "soon" }), None),
        (json!({ "durationSeconds": 0, "expirationDate": 0 }), None),
        (json!({}), None),
    ] {
        let mut line = lasting(json!({}), terms.clone());
        quiet(&mut line, 590_000);
        assert!(notices(&line).is_empty(), "{terms}");
        quiet(&mut line, 20_000);
        assert_eq!(notices(&line).len(), usize::from(notice_after.is_some()), "{terms}");
        line.trace();
    }
}

#[test]
fn a_session_that_has_expired_is_another_one_from_then_on_by_each_of_its_words() {
    for (class, code, body, why) in [
        ("SessionExpiredEvent", 200, json!({}), "expired"),
        ("string", 4006, json!("session expired"), "expired"),
        ("string", 4007, json!("session not found error message"), "gone"),
    ] {
        let mut line = Line::connected(json!({}));
        line.says_with_code(class, code, body, None);
        line.run(2_000);
        line.open();
        line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
        assert_eq!(line.client.state(), State::Connected, "{class} {code}");
        assert_eq!(line.told("session").last().unwrap()["reason"], json!(why), "{class} {code}");
    }
}

#[test]
fn a_conversation_that_outlives_any_session_keeps_its_place() {
    let mut line = Line::connected(json!({}));
    for number in 0..5 {
        line.breaks();
        line.run(20 * 3_600_000);
        line.opens_again();
        line.says("SessionResponse", json!({ "connected": true, "newSession": false }), None);
        line.agent(&format!("a{number}"), "still here");
    }
    assert_eq!(line.told("session").len(), 1, "the service says when a session is over, and no clock of ours");
}

#[test]
fn a_session_that_is_no_more_is_noticed_by_whatever_is_asked_in_it() {
    for tracing in ["key", "beat-1", "typing", "join", "clear", "leave"] {
        for (code, why) in [(4_006, "expired"), (4_007, "gone")] {
            let mut line = Line::connected(json!({}));
            line.says_with_code("string", code, json!("session not found error message"), Some(tracing));
            line.run(2_000);
            line.open();
            line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
            assert_eq!(line.told("session").last().unwrap()["reason"], json!(why), "{tracing} {code}");
        }
    }
}
