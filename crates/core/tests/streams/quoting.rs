//! The words in which a service wrote a body: for applications whose numbers are larger than a double holds.

use crate::line::Line;
use guestwire_core::content::Content;
use guestwire_core::io::{Frame, Input};
use guestwire_core::value;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The newest socket says this, and its text is kept where it is wanted, as the driver keeps it.
fn says(line: &mut Line, text: &str) {
    let &(socket, _) = line.opened.last().expect("a socket");
    let frame = Frame { bytes: text.len(), body: value::read(text, 1 << 20) };
    line.input(if line.client.quotes() {
        Input::SocketText(socket, frame, Content::new(text.to_owned()))
    } else {
        Input::SocketFrame(socket, frame)
    });
}

const BODY: &str = r#"{ "id": 1524831183200260097, "ids": [9007199254740993] }"#;

fn envelope(body: &str) -> String {
    format!(r#"{{"topicName":"v2.users.u-1.presence","eventBody": {body} ,"metadata":{{"eventBody":1}}}}"#)
}

#[test]
fn a_number_that_a_double_would_round_can_be_read_exactly() {
    let mut line = Line::connected(json!({ "rawBody": true }));
    says(&mut line, &envelope(BODY));
    let event = line.told("event").pop().unwrap();
    assert_eq!(event["rawBody"], BODY);
    assert_eq!(event["body"]["id"].as_f64(), Some(1_524_831_183_200_260_096.0), "beside it, as ever");
    let trace: Vec<_> = line.client.entries().map(|entry| json!(entry).to_string()).collect();
    for log in [line.log.as_str(), &trace.concat()] {
        assert!(!log.contains("1524831183200260097"), "it is content, and in no log and no trace");
    }
    line.replays();
}

#[test]
fn without_the_option_an_event_has_nothing_of_it() {
    let mut line = Line::connected(json!({}));
    says(&mut line, &envelope(BODY));
    assert!(line.told("event")[0].get("rawBody").is_none());
}

#[test]
fn what_is_quoted_is_what_the_body_is_whatever_the_service_calls_it() {
    let mut line = Line::plain(json!({ "rawBody": true }));
    line.begin();
    line.give_token(None);
    line.open();
    says(&mut line, r#"{"type":"KEEP_ALIVE_ACK"}"#);
    for (frame, quoted) in [
        (r#"{"type":"STREAMING_DATA","data":1,"eventBody":12345678901234567890}"#, "12345678901234567890"),
        (r#"{"type":"news", "data" : [1, 2.50] }"#, "[1, 2.50]"),
        (r#" {"type":"news","id":12345678901234567890} "#, r#"{"type":"news","id":12345678901234567890}"#),
    ] {
        says(&mut line, frame);
        assert_eq!(line.told("event").pop().unwrap()["rawBody"], quoted, "{frame}");
    }
    let mut line = Line::connected(json!({ "rawBody": true }));
    says(&mut line, r#"{"topicName":"v2.users.u-1.presence"}"#);
    assert_eq!(line.told("event")[0]["rawBody"], "null", "as the body is where the service says nothing");
}

#[test]
fn what_waits_for_the_application_is_kept_in_the_same_memory_with_its_words() {
    let mut line = Line::connected(json!({ "rawBody": true, "resync": true }));
    line.drops(1);
    let gaps = line.told("gap").len();
    let text = envelope(&format!("\"{}\"", "x".repeat(200_000)));
    // Each counts twice, and 2 MiB may wait.
    for _ in 0..5 {
        says(&mut line, &text);
    }
    assert_eq!(line.told("gap").len(), gaps);
    says(&mut line, &text);
    assert_eq!(line.told("gap").len(), gaps + 1);
    line.replays();
}
