//! The service announces that it will close the socket: the next one is opened before, each client's at a moment of its
//! own; by the same channel, with a gap, or by a second one, without.

use crate::line::{Line, event, system};
use guestwire_core::io::Input;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn an_announced_end_is_met_at_a_random_moment_so_that_not_all_come_at_once() {
    let mut moments = Vec::new();
    for seed in 0..40 {
        let mut line = Line::seeded(seed, json!({}));
        line.connects();
        let began = line.now().monotonic;
        line.says(&system("v2.system.socket_closing", json!({ "message": "..." })));
        line.until_it_acts(30_000);
        moments.push(line.now().monotonic - began);
        assert_eq!(line.requests.len(), 0, "the channel is there; nothing is asked of the service");
    }
    moments.sort_unstable();
    assert!(moments[5] < 10_000 && moments[34] > 20_000 && moments[39] <= 30_000, "{moments:?}");
}

#[test]
fn the_old_socket_may_end_before_the_next_one_is_open() {
    // One channel carries one socket: the service ends the old one as soon as it sees the new one.
    let mut line = Line::connected(json!({}));
    line.says(&system("v2.system.socket_closing", json!({})));
    line.until_it_acts(30_000);
    line.closes(1, 1000);
    line.open();
    line.says(&event(1));
    assert_eq!((line.client.state().name(), line.opened.len(), line.requests.len()), ("connected", 2, 0));
    assert_eq!((line.told("gap").len(), line.told("event").len()), (1, 1));
    line.lives(60_000);
    assert_eq!(line.opened.len(), 2);
    line.replays();
}

#[test]
fn an_announced_end_may_come_before_its_moment() {
    let mut line = Line::connected(json!({}));
    line.says(&system("v2.system.socket_closing", json!({})));
    line.closes(1, 1001);
    line.until_it_acts(2_000);
    line.open();
    line.pong();
    assert_eq!((line.told("gap").len(), line.opened.len()), (1, 2));
    line.wait(34_000);
    assert_eq!(line.opened.len(), 2, "what was announced has happened");
    line.replays();
}

#[test]
fn an_end_that_is_announced_while_two_are_open_waits_for_one_to_go() {
    for seed in 0..20 {
        let mut line = Line::seeded(seed, json!({}));
        line.connects();
        line.says(&system("v2.system.socket_closing", json!({})));
        line.until_it_acts(30_000);
        line.open();
        line.says(&system("v2.system.socket_closing", json!({})));
        while line.opened.len() < 3 {
            assert!(line.sockets.len() <= 2);
            line.lives(100);
        }
        assert_eq!(line.sockets, [2, 3], "seed {seed}");
    }
}

#[test]
fn a_second_channel_takes_over_without_a_gap_and_nothing_is_told_twice() {
    let mut line = Line::connected(json!({ "handover": "second-channel" }));
    line.says(&system("v2.system.socket_closing", json!({})));
    line.until_it_acts(30_000);
    assert_eq!(line.sockets, [1], "the old one goes on");
    line.make_channel();
    assert_eq!(line.topics_told_last().len(), 2);
    line.says(&event(1));
    line.take_topics();
    let next = line.opened.last().unwrap().0;
    line.says_on(1, &event(2));
    line.open();
    line.says_on(next, &event(2));
    line.says_on(next, &event(3));
    line.says_on(1, &event(3));
    // The same again on one socket is another event.
    line.says_on(next, &event(3));
    let numbers: Vec<_> = line.told("event").iter().map(|told| told["body"]["number"].as_f64().unwrap()).collect();
    assert_eq!(numbers, [1.0, 2.0, 3.0, 3.0]);
    line.wait(5_000);
    assert_eq!((line.sockets.as_slice(), line.told("gap").len()), (&[next][..], 0));
    line.replays();
}

#[test]
fn a_second_channel_that_cannot_be_had_leaves_the_first_as_it_is() {
    let mut line = Line::connected(json!({ "handover": "second-channel" }));
    line.says(&system("v2.system.socket_closing", json!({})));
    line.until_it_acts(30_000);
    let made = line.asked("POST", "/channels");
    line.answer(made, 403, json!({ "code": "not.authorized" }));
    line.says(&event(1));
    assert_eq!((line.client.state().name(), line.told("event").len(), line.sockets.len()), ("connected", 1, 1));
    line.closes(1, 1001);
    line.until_it_acts(2_000);
    line.open();
    line.pong();
    assert_eq!((line.told("gap").len(), line.opened.last().unwrap().1.ends_with("streaming-5-1")), (1, true));
    line.replays();
}

#[test]
fn a_second_channel_that_refuses_the_topics_leaves_the_first_with_all_of_them() {
    let mut line = Line::connected(json!({ "handover": "second-channel" }));
    line.says(&system("v2.system.socket_closing", json!({})));
    line.until_it_acts(30_000);
    line.make_channel();
    let told = line.asked("PUT", "/channels/streaming-5-2/subscriptions?ignoreErrors=true");
    line.answer(told, 403, json!({ "code": "missing.permissions" }));
    let told = line.asked("PUT", "/channels/streaming-5-1/subscriptions?ignoreErrors=true");
    let entities = json!([{ "id": "v2.users.u-1.presence" }, { "id": "v2.routing.queues.q-1.conversations" }]);
    line.answer(told, 200, json!({ "entities": entities }));
    line.lives(40_000);
    assert_eq!((line.client.state().name(), line.opened.len(), line.requests.len()), ("connected", 1, 0));
    line.replays();
}

#[test]
fn a_process_that_sleeps_in_a_handover_neither_hears_twice_nor_misses() {
    for timer_comes_first in [true, false] {
        let mut line = Line::connected(json!({ "handover": "second-channel" }));
        line.hands_over();
        line.open();
        line.sleeps(420_000);
        if timer_comes_first {
            line.input(Input::Time);
        }
        // What both sockets had brought by then is read now, in any order.
        line.says_on(1, &event(1));
        line.says_on(2, &event(1));
        line.says_on(1, &event(2));
        assert_eq!(line.told("event").len(), 2, "{timer_comes_first}");
        line.wait(5_000);
        assert_eq!(line.sockets, [2]);
        line.replays();
    }
}

#[test]
fn a_next_socket_that_fails_is_closed_by_nobody_else_and_tried_again() {
    let mut line = Line::connected(json!({}));
    line.says(&system("v2.system.socket_closing", json!({})));
    line.until_it_acts(30_000);
    line.closes(2, 1006);
    assert_eq!((line.sockets.as_slice(), line.closed.as_slice()), (&[1][..], &[][..]));
    line.until_it_acts(10_000);
    line.open();
    line.says(&event(1));
    assert_eq!((line.client.state().name(), line.told("event").len()), ("connected", 1));
    line.replays();
}

#[test]
fn a_second_channel_is_asked_for_what_the_first_one_refused() {
    let mut line = Line::connected(json!({ "handover": "second-channel" }));
    line.subscribe(&["a"]);
    let told = line.asked("POST", "/subscriptions?ignoreErrors=true");
    line.answer(told, 200, json!({ "entities": [{ "id": "a", "state": "Rejected" }] }));
    line.says(&system("v2.system.socket_closing", json!({})));
    line.until_it_acts(30_000);
    line.make_channel();
    assert_eq!(line.topics_told_last(), ["v2.users.u-1.presence", "v2.routing.queues.q-1.conversations", "a"]);
    line.take_topics();
    line.open();
    assert!(line.client.topics().iter().all(|topic| topic.state == "subscribed"));
    line.replays();
}

#[test]
fn a_socket_that_was_dead_when_a_second_channel_took_over_leaves_a_gap() {
    let mut line = Line::connected(json!({ "handover": "second-channel" }));
    line.old_answers = false;
    line.says(&json!({ "topicName": "v2.system.socket_closing", "eventBody": {} }));
    line.until_it_acts(30_000);
    line.gets_a_channel();
    line.says(&event(3));
    // It may have been on its way for long: what came before the link died says nothing of what came after.
    line.says_on(1, &event(1));
    assert!(line.told("gap").is_empty(), "it may still answer");
    assert_eq!(line.told("event").len(), 1, "what comes after a gap is not told before it");
    line.wait(3_000);
    assert_eq!((line.told("gap").len(), line.told("event").len(), line.sockets.len()), (1, 2, 1));
    line.replays();
}

#[test]
fn what_comes_on_the_next_socket_is_told_after_what_is_still_on_its_way_on_the_old_one() {
    let mut line = Line::connected(json!({ "handover": "second-channel" }));
    line.old_answers = false;
    line.hands_over();
    line.open();
    line.says(&event(2));
    line.says_on(1, &event(1));
    line.says_on(1, &event(2));
    line.says_on(1, &json!({ "topicName": "channel.metadata", "eventBody": { "message": "pong" } }));
    line.says(&event(3));
    let numbers: Vec<_> = line.told("event").iter().map(|told| told["body"]["number"].as_f64().unwrap()).collect();
    assert_eq!((numbers.as_slice(), line.told("gap").len()), (&[1.0, 2.0, 3.0][..], 0));
    line.replays();
}

#[test]
fn events_that_wait_for_the_old_socket_come_after_the_gap_where_the_next_one_is_lost_too() {
    for ends in [false, true] {
        let mut line = Line::connected(json!({ "handover": "second-channel" }));
        line.old_answers = false;
        line.hands_over();
        line.open();
        line.says(&event(1));
        if ends {
            line.client.close(line.now(), None);
            line.drain();
        } else {
            line.drops(2);
        }
        let told: Vec<_> =
            line.events.iter().map(|told| told.detail().0).filter(|it| ["gap", "event"].contains(it)).collect();
        assert_eq!(told, ["gap", "event"], "{ends}");
        line.replays();
    }
}

#[test]
fn events_that_wait_for_the_old_socket_do_so_though_the_application_has_caught_up() {
    let mut line = Line::connected(json!({ "handover": "second-channel", "resync": true }));
    line.drops(1);
    line.old_answers = false;
    line.hands_over();
    line.open();
    line.says(&event(1));
    line.client.resynced(line.now(), 1);
    line.drain();
    assert_eq!((line.told("gap").len(), line.told("event").len()), (1, 0));
    line.wait(3_000);
    assert_eq!((line.told("gap").len(), line.told("event").len()), (2, 0));
    line.client.resynced(line.now(), 2);
    line.drain();
    assert_eq!(line.told("event").len(), 1);
    line.replays();
}

#[test]
fn a_topic_that_only_the_second_channel_knows_is_subscribed_to_when_its_socket_is_open() {
    let mut line = Line::connected(json!({ "handover": "second-channel" }));
    line.says(&system("v2.system.socket_closing", json!({})));
    line.until_it_acts(30_000);
    let number = line.subscribe(&["a"]);
    line.make_channel();
    assert_eq!(line.topics_told_last().len(), 3);
    line.take_topics();
    let state = |line: &Line| line.client.topics().iter().find(|topic| topic.topic == "a").map(|topic| topic.state);
    assert_eq!((state(&line), line.told("answer").len()), (Some("pending"), 0), "no socket brings it yet");
    line.open();
    assert_eq!(state(&line), Some("subscribed"));
    assert_eq!(line.told("answer")[0]["request"].as_f64(), Some(f64::from(number)));
    assert!(line.requests.is_empty(), "it has been told of all");
    line.replays();
}

#[test]
fn a_second_channel_takes_over_with_a_gap_where_the_process_has_slept() {
    let mut line = Line::connected(json!({ "handover": "second-channel" }));
    line.sleeps(400_000);
    line.beats();
    line.hands_over();
    line.open();
    // The channel may have ended silently in the meantime, though its socket lives.
    assert_eq!((line.told("gap").len(), line.opened.len()), (1, 2));
    line.wait(5_000);
    assert_eq!(line.told("gap").len(), 1, "it is told once");
    line.replays();
}

#[test]
fn topics_are_not_told_to_a_channel_that_is_about_to_be_left() {
    let mut line = Line::connected(json!({ "handover": "second-channel" }));
    line.hands_over();
    line.closes(2, 1006);
    let number = line.subscribe(&["a"]);
    assert!(line.requests.is_empty(), "the next channel would never hear of it: {:?}", line.open_requests());
    line.until_it_acts(10_000);
    line.open();
    assert_eq!(line.topics_told_last(), ["a"]);
    line.take_topics();
    assert_eq!(line.told("answer")[0]["request"].as_f64(), Some(f64::from(number)));
    line.replays();
}

#[test]
fn a_drop_before_an_announced_end_does_not_make_the_end_of_the_token_a_gap() {
    let mut line = Line::new(json!({ "handover": "second-channel" }));
    line.begin();
    line.give_token(Some(3_600_000));
    line.gets_a_channel();
    line.says(&system("v2.system.socket_closing", json!({})));
    line.drops(1);
    line.lives(3_600_000);
    line.give_token(Some(3_600_000));
    line.make_channel();
    line.take_topics();
    line.open();
    line.lives(5_000);
    assert_eq!((line.told("gap").len(), line.sockets.len()), (1, 1), "that of the drop, and no other");
    line.replays();
}
