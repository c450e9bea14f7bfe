//! Heartbeats of a plain event socket (streaming.md): their form, their matrix, what answers them and what makes them needless.

use crate::line::{Line, event};
use guestwire_core::io::{Environment, Input};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A plain socket that is ready, with nothing left of how it came to be so.
fn ready(options: Value) -> Line {
    let mut line = Line::plain(options);
    line.begin();
    line.give_token(None);
    line.open();
    answer_all(&mut line);
    line.frames.clear();
    line
}

/// The heartbeats among what left.
fn heartbeats(line: &Line) -> Vec<Value> {
    let frames = line.frames.iter().filter_map(|(_, text)| serde_json::from_str::<Value>(text).ok());
    frames.filter(|frame| frame["type"] == "KEEP_ALIVE").collect()
}

fn answer_all(line: &mut Line) {
    for beat in heartbeats(line) {
        line.says(&json!({ "type": "KEEP_ALIVE_ACK", "timestamp": beat["timestamp"] }));
    }
}

fn round_trip(line: &Line) -> (usize, Option<u64>) {
    let figures = line.client.stats(line.now()).round_trip;
    (figures.samples, figures.last)
}

#[test]
fn an_idle_stream_is_kept_alive_at_the_interval_of_its_state() {
    let mut line = ready(json!({ "heartbeat": { "stable": 15_000, "maxBytes": 512 } }));
    line.wait(15_000);
    let beats = heartbeats(&line);
    assert_eq!(beats.len(), 1);
    let (_, text) = &line.frames[0];
    let matrix = &beats[0]["intervalMatrix"];
    assert_eq!((&matrix["current"], &matrix["state"]), (&json!(15_000), &json!("STABLE")));
    let due = beats[0]["timestamp"].as_u64().unwrap() + 15_000;
    assert_eq!(matrix["nextExpected"], due);
    assert_eq!(beats[0]["sizeDirective"], json!({ "bytes": text.len(), "maxAllowed": 512, "compression": false }));
    assert_eq!(beats[0]["connectionId"].as_str().unwrap().len(), 36);
}

#[test]
fn a_link_that_has_become_slow_is_asked_at_the_shorter_interval_from_that_moment_on() {
    let mut line = ready(json!({}));
    line.wait(20_000);
    line.wait(2_500);
    answer_all(&mut line);
    assert_eq!(line.told("quality")[0]["kind"], "LATENCY_THRESHOLD_EXCEEDED", "0 and 2,500 ms");
    line.frames.clear();
    line.wait(9_999);
    assert_eq!(heartbeats(&line).len(), 0);
    line.wait(1);
    let beats = heartbeats(&line);
    let matrix = &beats[0]["intervalMatrix"];
    assert_eq!((&matrix["current"], &matrix["state"]), (&json!(10_000), &json!("DEGRADED")));
    // And when it is fast again, at the longer one.
    for _ in 0..3 {
        answer_all(&mut line);
        line.frames.clear();
        line.wait(10_000);
    }
    answer_all(&mut line);
    assert_eq!(line.told("quality")[1]["kind"], "LATENCY_RECOVERED");
    line.frames.clear();
    line.wait(19_999);
    assert_eq!(heartbeats(&line).len(), 0);
    line.wait(1);
    assert_eq!(heartbeats(&line)[0]["intervalMatrix"]["state"], "STABLE");
    line.replays();
}

#[test]
fn what_counts_as_slow_is_the_applications_word() {
    let mut line = ready(json!({ "quality": { "latency": 100 } }));
    line.wait(20_000);
    line.wait(250);
    answer_all(&mut line);
    assert_eq!(line.told("quality")[0]["kind"], "LATENCY_THRESHOLD_EXCEEDED", "0 and 250 ms");
}

#[test]
fn an_answer_belongs_to_the_heartbeat_that_it_repeats_else_to_the_oldest() {
    let mut line = ready(json!({}));
    let (had, _) = round_trip(&line);
    line.wait(20_000);
    line.wait(3_500);
    // The probe is out, and the heartbeat before it.
    let beats = heartbeats(&line);
    assert_eq!(beats.len(), 2);
    line.says(&json!({ "type": "KEEP_ALIVE_ACK", "timestamp": beats[1]["timestamp"] }));
    let of_the_second = round_trip(&line);
    line.says(&json!({ "type": "KEEP_ALIVE_ACK" }));
    let of_the_first = round_trip(&line);
    assert_eq!((of_the_second.0, of_the_first.0), (had + 1, had + 2));
    let between = beats[1]["timestamp"].as_u64().unwrap() - beats[0]["timestamp"].as_u64().unwrap();
    assert_eq!(of_the_first.1.unwrap() - of_the_second.1.unwrap(), between);
    line.says(&json!({ "type": "KEEP_ALIVE_ACK", "timestamp": 7 }));
    assert_eq!(round_trip(&line), of_the_first, "an answer to nothing measures nothing");
}

#[test]
fn events_are_proof_of_life_and_no_round_trip() {
    let mut line = ready(json!({}));
    let measured = round_trip(&line);
    for number in 0..400 {
        line.wait(15_000);
        let mut data = event(number);
        data["type"] = json!("STREAMING_DATA");
        line.says(&data);
    }
    assert_eq!(heartbeats(&line).len(), 0, "real traffic has made each of them needless");
    assert_eq!((round_trip(&line), line.opened.len()), (measured, 1));
    assert_eq!(line.told("event").len(), 400);
    // It stops: within an interval it is asked, and it is dead after two deadlines.
    line.wait(20_000 + 10_000 + 3_000);
    assert_eq!((heartbeats(&line).len(), line.client.state().name()), (2, "reconnecting"));
}

#[test]
fn an_event_that_comes_while_a_heartbeat_is_out_saves_the_connection() {
    let mut line = ready(json!({}));
    line.wait(20_000);
    assert_eq!(heartbeats(&line).len(), 1);
    line.wait(2_000);
    line.says(&event(1));
    line.wait(19_000);
    assert_eq!((heartbeats(&line).len(), line.opened.len()), (1, 1));
}

#[test]
fn after_a_reconnect_the_matrix_says_so_until_it_has_held() {
    let mut line = ready(json!({ "heartbeat": { "reconnecting": 6_000 } }));
    line.closes(line.opened[0].0, 1006);
    line.until_it_acts(5_000);
    while !line.wishes.is_empty() {
        line.give_token(None);
    }
    line.open();
    let beats = heartbeats(&line);
    let matrix = &beats.last().expect("it asks at once")["intervalMatrix"];
    assert_eq!((&matrix["current"], &matrix["state"]), (&json!(6_000), &json!("RECONNECTING")));
    answer_all(&mut line);
    line.wait(6_000);
    let beats = heartbeats(&line);
    assert_eq!(beats.last().unwrap()["intervalMatrix"]["state"], "STABLE");
}

#[test]
fn everything_leaves_by_one_writer_in_the_order_in_which_it_was_wanted() {
    let mut line = ready(json!({}));
    line.subscribe(&["c"]);
    line.input(Input::Environment(Environment::Resumed));
    line.unsubscribe(&["a"]);
    let left: Vec<_> = line
        .frames
        .iter()
        .map(|(socket, text)| (*socket, serde_json::from_str::<Value>(text).unwrap()["type"].clone()))
        .collect();
    let socket = line.opened[0].0;
    assert_eq!(left, ["subscribe", "KEEP_ALIVE", "unsubscribe"].map(|kind| (socket, json!(kind))));
}
