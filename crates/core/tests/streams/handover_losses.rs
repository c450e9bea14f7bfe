//! Handovers in which something is lost: a socket, a channel, an answer. Nothing is told twice, or missed without a gap.

use crate::line::{Line, event, system};
use guestwire_core::io::{Environment, Input};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn pong() -> Value {
    json!({ "topicName": "channel.metadata", "eventBody": { "message": "pong" } })
}

fn numbers(line: &Line) -> Vec<f64> {
    line.told("event").iter().map(|told| told["body"]["number"].as_f64().unwrap()).collect()
}

#[test]
fn nothing_is_told_twice_where_the_old_socket_ends_before_the_next_one_is_open() {
    let mut line = Line::connected(json!({ "handover": "second-channel" }));
    line.hands_over();
    line.says_on(1, &event(1));
    line.closes(1, 1000);
    line.open();
    line.says(&event(1));
    line.says(&event(2));
    assert_eq!(numbers(&line), [1.0, 2.0]);
    line.replays();
}

#[test]
fn events_of_two_sockets_keep_their_order_though_the_application_has_to_catch_up() {
    let mut line = Line::connected(json!({ "handover": "second-channel", "resync": true }));
    line.drops(1);
    line.hands_over();
    line.old_answers = false;
    line.open();
    line.says(&event(2));
    line.says_on(2, &event(1));
    line.says_on(2, &event(2));
    line.says_on(2, &pong());
    line.client.resynced(line.now(), 1);
    line.drain();
    assert_eq!(numbers(&line), [1.0, 2.0]);
    line.replays();
}

#[test]
fn the_late_answer_to_an_earlier_question_does_not_prove_that_the_old_socket_lives() {
    let mut line = Line::connected(json!({ "handover": "second-channel" }));
    line.old_answers = false;
    line.says(&system("v2.system.socket_closing", json!({})));
    line.until_it_acts(30_000);
    line.make_channel();
    // The page is looked at again: a probe goes out on the old socket, just before the next one is open.
    line.input(Input::Environment(Environment::Visible));
    line.take_topics();
    line.open();
    line.says_on(1, &pong());
    line.pong();
    line.wait(5_000);
    assert_eq!(line.told("gap").len(), 1);
    line.replays();
}

#[test]
fn our_own_second_channel_in_place_of_our_first_is_no_eviction() {
    for told in [false, true] {
        let mut line = Line::connected(json!({ "handover": "second-channel" }));
        line.says(&system("v2.system.socket_closing", json!({})));
        line.until_it_acts(30_000);
        line.make_channel();
        if told {
            line.take_topics();
        }
        let named = json!({ "reason": "another_channel_subscribed", "channelId": "streaming-5-1" });
        line.says_on(1, &system("v2.system.no_longer_subscribed.streaming-5-1", named));
        assert_eq!(line.client.state().name(), "reconnecting", "it was one channel too many");
        line.until_it_acts(2_000);
        if !told {
            line.take_topics();
        }
        assert!(line.opened.last().unwrap().1.ends_with("streaming-5-2") && line.requests.is_empty());
        line.open();
        line.pong();
        assert_eq!((line.client.state().name(), line.told("gap").len()), ("connected", 1));
        assert!(line.client.topics().iter().all(|topic| topic.state == "subscribed"));
        line.replays();
    }
}

#[test]
fn a_service_that_announces_one_end_after_another_is_not_asked_for_a_channel_each_time() {
    let mut line = Line::connected(json!({ "handover": "second-channel" }));
    line.hands_over();
    line.open();
    line.wait(5_000);
    line.says(&system("v2.system.socket_closing", json!({})));
    line.until_it_acts(30_000);
    assert!(line.requests.is_empty(), "the same channel: {:?}", line.open_requests());
    assert!(line.opened.last().unwrap().1.ends_with("streaming-5-2"));
    line.open();
    line.lives(600_000);
    assert_eq!(line.told("gap").len(), 1);
    line.hands_over();
    line.open();
    assert!(line.opened.last().unwrap().1.ends_with("streaming-5-3"));
    line.replays();
}

#[test]
fn a_service_that_ends_channels_and_announces_ends_is_not_asked_for_a_channel_each_time() {
    let mut line = Line::connected(json!({ "handover": "second-channel" }));
    line.says(&system("v2.system.socket_closing", json!({})));
    line.until_it_acts(30_000);
    line.make_channel();
    // The first one has to go before the second knows the topics.
    line.says_on(1, &system("v2.system.no_longer_subscribed.streaming-5-1", json!({})));
    line.until_it_acts(2_000);
    line.take_topics();
    line.open();
    line.pong();
    line.says(&system("v2.system.socket_closing", json!({})));
    line.until_it_acts(30_000);
    assert!(line.requests.is_empty(), "the same channel: {:?}", line.open_requests());
    assert!(line.opened.last().unwrap().1.ends_with("streaming-5-2"));
    line.replays();
}

#[test]
fn a_close_that_the_application_calls_final_is_final_in_a_handover_too() {
    let options = json!({ "handover": "second-channel", "closeCodes": { "4123": "stop" } });
    let mut line = Line::connected(options);
    line.hands_over();
    line.closes(1, 4123);
    assert_eq!((line.client.state().name(), line.sockets.len()), ("closed", 0));
    line.replays();
}

#[test]
fn a_second_channel_that_is_taken_away_while_it_is_told_of_topics_leaves_all_that_was_wanted() {
    let mut line = Line::connected(json!({ "handover": "second-channel" }));
    line.says(&system("v2.system.socket_closing", json!({})));
    line.until_it_acts(30_000);
    line.make_channel();
    let late = line.requests.last().expect("it is told of all").0;
    line.says(&system("v2.system.no_longer_subscribed.streaming-5-2", json!({})));
    line.answer(late, 200, json!({ "entities": [] }));
    // What only the channel in use can bring is told to it.
    line.wait(1_000);
    assert_eq!(line.open_requests().len(), 1, "{:?}", line.open_requests());
    assert_eq!(line.topics_told_last().len(), 2);
    line.take_topics();
    line.subscribe(&["a"]);
    assert_eq!(line.topics_told_last(), ["a"]);
    line.take_topics();
    assert!(line.client.topics().iter().all(|topic| topic.state == "subscribed"));
    line.replays();
}
