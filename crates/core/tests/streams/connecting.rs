//! From nothing to events, and back after a drop.

use crate::line::{Line, event};
use guestwire_core::io::Input;
use guestwire_core::limits;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_channel_is_made_told_of_all_topics_in_one_request_and_dialled() {
    let mut line = Line::new(json!({}));
    line.begin();
    assert_eq!(line.wishes.len(), 1);
    line.give_token(Some(86_400_000));
    assert_eq!(line.open_requests(), ["POST https://api.mypurecloud.com/api/v2/notifications/channels"]);
    line.make_channel();
    let request = line.requests[0].1.clone();
    assert_eq!(request.method, "PUT");
    assert_eq!(
        request.body.as_deref(),
        Some(r#"[{"id":"v2.users.u-1.presence"},{"id":"v2.routing.queues.q-1.conversations"}]"#)
    );
    line.take_topics();
    assert_eq!(line.opened.len(), 1);
    assert_eq!(line.opened[0].1, "wss://streaming.mypurecloud.com/channels/streaming-5-1");
    line.open();
    line.pong();
    line.says(&event(1));
    let told = line.told("event");
    assert_eq!(told[0]["topic"], "v2.users.u-1.presence");
    assert_eq!(told[0]["body"], json!({ "number": 1.0 }));
    assert_eq!(told[0]["correlationId"], "c-1");
    assert_eq!(line.client.state().name(), "connected");
    line.replays();
}

#[test]
fn each_step_to_a_connection_has_the_deadline_of_the_session_and_what_is_asked_beside_it_another() {
    let options = json!({ "sessionTimeout": 3_000, "restTimeout": 20_000 });
    for steps in 0..3 {
        let mut line = Line::new(options.clone());
        line.begin();
        let acts: [fn(&mut Line); 2] = [|line| line.give_token(None), Line::make_channel];
        acts[..steps].iter().for_each(|act| act(&mut line));
        line.wait(2_999);
        assert_eq!(line.client.state().name(), "connecting", "after {steps} steps");
        line.wait(1);
        assert_eq!((line.client.state().name(), line.requests.len()), ("reconnecting", 0), "after {steps} steps");
    }
    let mut line = Line::connected(options);
    line.subscribe(&["a"]);
    line.wait(19_999);
    assert_eq!(line.topics_told_last(), ["a"]);
    line.wait(1);
    assert!(line.requests.is_empty());
}

#[test]
fn a_drop_is_answered_by_dialling_the_same_channel_and_by_nothing_else() {
    let mut line = Line::connected(json!({}));
    line.closes(1, 1006);
    line.until_it_acts(2_000);
    assert_eq!(line.opened.len(), 2);
    assert_eq!(line.opened[1].1, line.opened[0].1);
    assert_eq!((line.wished, line.requests.len()), (1, 0));
    line.open();
    line.pong();
    assert_eq!(line.told("gap").len(), 1);
    line.replays();
}

#[test]
fn a_channel_that_is_gone_is_made_anew_with_all_topics() {
    let mut line = Line::connected(json!({}));
    line.closes(1, 1006);
    for _ in 0..limits::UNOPENED_BEFORE_PROBE {
        line.until_it_acts(30_000);
        let &(socket, _) = line.opened.last().unwrap();
        line.closes(socket, 1006);
    }
    line.until_it_acts(30_000);
    let check = line.asked("HEAD", "/channels/streaming-5-1");
    line.answer(check, 404, json!({}));
    line.gets_a_channel();
    assert_eq!(line.opened.last().unwrap().1, "wss://streaming.mypurecloud.com/channels/streaming-5-2");
    assert_eq!(line.told("gap").len(), 1);
    line.replays();
}

/// A connection that was lost, and whose channel is asked about: the number of the question.
fn doubted() -> (Line, u32) {
    let mut line = Line::connected(json!({}));
    line.lives(120_000);
    let &(socket, _) = line.opened.last().unwrap();
    line.closes(socket, 1006);
    for _ in 0..limits::UNOPENED_BEFORE_PROBE {
        line.until_it_acts(30_000);
        let &(socket, _) = line.opened.last().unwrap();
        line.closes(socket, 1006);
    }
    line.until_it_acts(30_000);
    let check = line.asked("HEAD", "/channels/streaming-5-1");
    (line, check)
}

#[test]
fn a_word_about_the_channel_that_proves_nothing_is_asked_for_again_in_words_that_do() {
    for (status, gone) in [(404, true), (404, false), (401, false), (403, false), (200, false)] {
        let (mut line, check) = doubted();
        let before = line.opened.len();
        line.answers(check, status, "");
        assert_eq!((line.opened.len(), line.client.state().name()), (before, "reconnecting"), "{status}");
        if gone {
            let at = line.requests.remove(0).0;
            line.answer(at, 404, json!({ "code": "not.found" }));
            line.gets_a_channel();
            assert_eq!(line.opened.last().unwrap().1, "wss://streaming.mypurecloud.com/channels/streaming-5-2");
        } else {
            line.take_topics();
            assert_eq!(line.opened.last().unwrap().1, "wss://streaming.mypurecloud.com/channels/streaming-5-1");
            line.open();
            line.pong();
        }
        line.replays();
    }
}

#[test]
fn a_page_for_people_is_no_word_of_the_service() {
    const PAGE: &str = "<h1>Please sign in to the network</h1>";
    for status in [200, 204, 301, 400, 401, 403, 404, 409, 429, 500] {
        let mut line = Line::new(json!({}));
        line.begin();
        line.give_token(None);
        // In the place of the channel.
        let made = line.asked("POST", "/channels");
        line.answers(made, status, PAGE);
        assert_eq!(line.client.state().name(), "reconnecting", "{status}");
        line.until_it_acts(120_000);
        line.make_channel();
        // In the place of the word on its topics, over a minute later.
        for _ in 0..6 {
            let at = line.requests.remove(0).0;
            line.input(Input::Unanswered(at, None));
            line.until_it_acts(60_000);
        }
        let at = line.requests.remove(0).0;
        line.answers(at, status, PAGE);
        assert_eq!(line.opened.len(), 0, "{status}: it is not known to listen");
        line.until_it_acts(60_000);
        line.take_topics();
        line.open();
        line.pong();
        assert_eq!(line.client.state().name(), "connected");
        // And beside the connection.
        line.lives(120_000);
        line.subscribe(&["late"]);
        let at = line.requests.remove(0).0;
        line.answers(at, status, PAGE);
        assert!(line.told("answer").is_empty(), "{status}: nobody knows yet");
        line.lives(20_000);
        line.take_topics();
        assert_eq!(line.told("answer").len(), 1, "{status}");
        line.replays();
    }
}

#[test]
fn a_plain_socket_is_told_of_the_topics_on_each_connection() {
    let mut line = Line::plain(json!({}));
    line.begin();
    line.give_token(None);
    assert!(line.opened[0].1.starts_with("wss://events.example/stream?access_token="));
    line.open();
    assert_eq!(line.frames[0].1, r#"{"type":"subscribe","data":{"topics":["a","b"]}}"#);
    line.says(&json!({ "type": "STREAMING_DATA", "topic": "a", "data": { "x": 1 } }));
    assert_eq!(line.told("event")[0]["topic"], "a");
    line.closes(1, 1006);
    line.frames.clear();
    line.until_it_acts(2_000);
    line.open();
    assert_eq!(line.frames[0].1, r#"{"type":"subscribe","data":{"topics":["a","b"]}}"#);
    line.replays();
}

#[test]
fn what_is_taken_back_on_a_plain_socket_waits_for_no_confirmation() {
    let mut line = Line::plain(json!({ "subscribe": { "topics": ["a", "b"], "confirmed": { "type": "subscribed" } } }));
    line.begin();
    line.give_token(None);
    line.open();
    assert_eq!(line.client.state().name(), "connecting");
    line.says(&json!({ "type": "subscribed" }));
    assert_eq!(line.client.state().name(), "connected");
    line.unsubscribe(&["b"]);
    assert_eq!(line.frames.last().unwrap().1, r#"{"type":"unsubscribe","data":{"topics":["b"]}}"#);
    assert_eq!(line.told("answer").len(), 1, "what confirms topics does not confirm that some are gone");
    line.subscribe(&["c"]);
    assert_eq!(line.told("answer").len(), 1);
    line.says(&json!({ "type": "subscribed" }));
    assert_eq!(line.told("answer").len(), 2);
    line.replays();
}

#[test]
fn an_announced_end_is_met_by_a_second_socket_of_the_same_channel() {
    let mut line = Line::connected(json!({}));
    line.says(&json!({ "topicName": "v2.system.socket_closing", "eventBody": {} }));
    line.until_it_acts(30_000);
    assert_eq!(line.opened.len(), 2);
    line.open();
    assert_eq!(line.client.state().name(), "connected");
    assert_eq!(line.told("gap").len(), 1);
    line.says_on(1, &event(1));
    line.says(&event(1));
    assert_eq!(line.told("event").len(), 1);
    line.wait(3_000);
    assert_eq!(line.sockets, [2]);
    line.replays();
}

#[test]
fn a_token_that_comes_late_is_used_and_no_other_is_asked_for() {
    let mut line = Line::new(json!({}));
    line.begin();
    line.wait(10_000);
    assert_eq!(line.client.state().name(), "reconnecting", "it gave up");
    let wished = line.wished;
    line.give_token(Some(86_400_000));
    line.until_it_acts(60_000);
    assert_eq!(line.wished, wished, "it has one");
    line.gets_a_channel();
    assert_eq!(line.client.state().name(), "connected");
    line.replays();
}

#[test]
fn a_topic_that_is_wanted_while_a_plain_socket_is_about_to_be_ready_costs_no_connection() {
    let mut line = Line::plain(json!({ "subscribe": { "topics": [], "confirmed": { "type": "subscribed" } } }));
    line.begin();
    line.give_token(None);
    line.open();
    line.wait(500);
    line.subscribe(&["a"]);
    line.wait(3_000);
    assert_eq!((line.client.state().name(), line.opened.len()), ("connected", 1));
    line.says(&json!({ "type": "subscribed" }));
    assert_eq!(line.client.topics()[0].state, "subscribed");
    line.replays();
}
