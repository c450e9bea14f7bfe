//! A channel's life: kept over reconnects, asked about when in doubt, made anew when it is gone, renewed before its end,
//! handed over, taken away.

use crate::line::{Line, event, system};
use guestwire_core::io::{AnswerBody, HttpAnswer, Input};
use guestwire_core::limits;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The socket is lost, and none that follows opens, until the channel is asked about.
fn doubted(line: &mut Line) -> u32 {
    let socket = line.sockets[0];
    line.closes(socket, 1006);
    for _ in 0..limits::UNOPENED_BEFORE_PROBE {
        line.until_it_acts(60_000);
        let &(socket, _) = line.opened.last().unwrap();
        line.closes(socket, 1006);
    }
    line.until_it_acts(60_000);
    line.asked("HEAD", "/channels/streaming-5-1")
}

fn last_error(line: &Line) -> String {
    line.told("error").last().map_or_else(String::new, |error| error["code"].as_str().unwrap().to_owned())
}

#[test]
fn a_channel_that_is_there_is_dialled_again_after_it_was_asked_about() {
    let mut line = Line::connected(json!({}));
    let check = doubted(&mut line);
    let opened = line.opened.len();
    line.answer(check, 200, Value::Null);
    assert_eq!((line.opened.len(), line.requests.len()), (opened + 1, 0));
    assert_eq!(line.opened.last().unwrap().1, "wss://streaming.mypurecloud.com/channels/streaming-5-1");
    line.open();
    line.pong();
    assert_eq!((line.told("gap").len(), line.wished), (1, 1));
    line.replays();
}

#[test]
fn what_the_question_about_a_channel_is_answered_with_decides() {
    // A new token, and with it a new channel.
    let mut line = Line::connected(json!({}));
    let check = doubted(&mut line);
    line.answer(check, 401, json!({ "code": "credentials.expired" }));
    assert_eq!(line.wishes.last().map(|wish| wish.1), Some(true), "another token than the one that was refused");
    line.give_token(None);
    line.gets_a_channel();
    assert_eq!(line.client.state().name(), "connected");
    line.replays();
    // The end.
    let mut line = Line::connected(json!({}));
    let check = doubted(&mut line);
    line.answer(check, 403, json!({ "code": "not.authorized" }));
    assert_eq!((line.client.state().name(), last_error(&line).as_str()), ("closed", "forbidden"));
    // Nothing that is known of the channel: it is dialled.
    for status in [429, 503] {
        let mut line = Line::connected(json!({}));
        let check = doubted(&mut line);
        let opened = line.opened.len();
        line.answer(check, status, Value::Null);
        assert_eq!(line.opened.len(), opened + 1, "{status}");
    }
    let mut line = Line::connected(json!({}));
    let check = doubted(&mut line);
    let opened = line.opened.len();
    line.input(Input::Unanswered(check, None));
    assert_eq!(line.opened.len(), opened + 1);
}

#[test]
fn a_channel_without_topics_says_in_words_too_that_its_token_is_no_longer_good() {
    let mut line = Line::new(json!({ "topics": [] }));
    let has_a_channel = |line: &mut Line| {
        line.make_channel();
        line.open();
        line.pong();
    };
    line.begin();
    line.give_token(None);
    has_a_channel(&mut line);
    // An answer without a body proves nothing where nobody was heard for so long.
    line.lives(120_000);
    let check = doubted(&mut line);
    line.answers(check, 401, "");
    assert!(line.topics_told_last().is_empty());
    let told = line.asked("PUT", "/subscriptions?ignoreErrors=true");
    line.answer(told, 401, json!({ "code": "credentials.expired" }));
    assert_eq!(line.wishes.last().map(|wish| wish.1), Some(true), "another token than the one that was refused");
    line.give_token(None);
    has_a_channel(&mut line);
    assert_eq!(line.client.state().name(), "connected");
    line.replays();
}

#[test]
fn a_wait_that_the_question_is_answered_with_holds_the_next_question_and_no_handshake() {
    let mut line = Line::connected(json!({}));
    let check = doubted(&mut line);
    let opened = line.opened.len();
    line.answer_later(check, 503, 600);
    assert_eq!(line.opened.len(), opened + 1);
    for _ in 0..limits::UNOPENED_BEFORE_PROBE {
        let &(socket, _) = line.opened.last().unwrap();
        line.closes(socket, 1006);
        line.until_it_acts(60_000);
    }
    assert_eq!((line.opened.len(), line.requests.len()), (opened + 4, 0), "it dials, and asks nothing");
    line.replays();
}

#[test]
fn a_channel_whose_token_ended_while_the_socket_was_down_is_made_anew_without_a_try() {
    let mut line = Line::new(json!({}));
    line.begin();
    line.give_token(Some(60_000));
    line.gets_a_channel();
    line.closes(1, 1006);
    line.sleeps(120_000);
    line.until_it_acts(60_000);
    assert_eq!((line.opened.len(), line.wishes.len()), (1, 1), "another token is asked for, and nothing dialled");
    line.give_token(Some(60_000));
    line.make_channel();
    line.take_topics();
    assert_eq!(line.opened.last().unwrap().1, "wss://streaming.mypurecloud.com/channels/streaming-5-2");
    line.replays();
}

#[test]
fn a_channel_whose_socket_opens_and_never_says_a_word_is_asked_for() {
    let mut line = Line::connected(json!({}));
    line.closes(1, 1006);
    line.until_it_acts(2_000);
    line.open();
    line.until_it_acts(20_000);
    assert_eq!((line.sockets.len(), line.opened.len()), (0, 2));
    let asked = line.asked("HEAD", "/channels/streaming-5-1");
    line.answer(asked, 404, json!(null));
    line.gets_a_channel();
    assert_eq!((line.client.state().name(), line.told("gap").len()), ("connected", 2));
    line.replays();
}

#[test]
fn a_channel_that_is_gone_while_it_is_told_of_topics_is_made_anew() {
    let mut line = Line::connected(json!({}));
    line.subscribe(&["v2.users.u-2.presence"]);
    let told = line.asked("POST", "/channels/streaming-5-1/subscriptions?ignoreErrors=true");
    line.answer(told, 404, json!({ "code": "not.found" }));
    assert_eq!(line.client.state().name(), "reconnecting");
    assert!(line.sockets.is_empty(), "a channel that is gone has no socket");
    line.until_it_acts(1_000);
    line.make_channel();
    assert_eq!(line.topics_told_last().len(), 3, "all of them in one request");
    line.take_topics();
    line.open();
    line.pong();
    assert_eq!((line.client.state().name(), line.told("gap").len()), ("connected", 1));
    assert_eq!(line.told("answer")[0]["value"][0]["state"], "subscribed");
    line.replays();
}

#[test]
fn a_channel_that_the_socket_says_is_not_there_is_asked_about() {
    let mut line = Line::connected(json!({}));
    line.says(&json!({ "result": "404", "status": "failure" }));
    line.until_it_acts(60_000);
    let check = line.asked("HEAD", "/channels/streaming-5-1");
    line.answer(check, 404, Value::Null);
    line.gets_a_channel();
    assert_eq!(line.told("gap").len(), 1);
    line.replays();
}

#[test]
fn channels_that_are_gone_again_and_again_are_not_fought_for() {
    let mut line = Line::connected(json!({}));
    let mut made = Vec::new();
    for number in 1..=4 {
        line.subscribe(&[&format!("t{number}")]);
        let at = line.requests.iter().position(|(_, request)| request.method == "POST").expect("it is told");
        let (told, _) = line.requests.remove(at);
        line.answer(told, 404, Value::Null);
        let began = line.now().monotonic;
        if line.requests.is_empty() {
            line.until_it_acts(200_000);
        }
        made.push(line.now().monotonic - began);
        line.gets_a_channel();
        line.lives(10_000);
    }
    assert!(made[0] <= 1_000, "once it is an accident");
    assert!(made[1] >= 15_000 && made[2] >= 60_000 && made[3] >= 60_000, "{made:?}");
}

#[test]
fn channels_whose_making_is_answered_with_what_cannot_be_read_are_made_ever_less_often() {
    let mut line = Line::new(json!({}));
    line.begin();
    line.give_token(None);
    let mut waits = Vec::new();
    for _ in 0..4 {
        let (request, _) = line.requests.remove(0);
        let began = line.now().monotonic;
        line.answer(request, 200, json!({ "id": "streaming-5-1" }));
        line.until_it_acts(200_000);
        waits.push(line.now().monotonic - began);
        assert_eq!(line.requests[0].1.method, "POST", "it may be there, but nobody says where");
    }
    assert!(waits[0] <= 1_000 && waits[1] >= 15_000 && waits[2] >= 60_000 && waits[3] >= 60_000, "{waits:?}");
    line.replays();
}

/// Waits until the channel is to be renewed, and takes the topics.
fn renews(line: &mut Line) {
    let began = line.now().monotonic;
    line.lives(25 * 3_600_000);
    let waited = line.now().monotonic - began;
    assert!((82_700_000..=84_600_000).contains(&waited), "30 to 60 minutes before the end: {waited}");
    let (_, request) = line.requests[0].clone();
    assert_eq!(request.method, "PUT");
    line.take_topics();
}

#[test]
fn a_channel_is_renewed_before_its_day_is_over_and_keeps_its_socket() {
    let mut line = Line::connected(json!({}));
    renews(&mut line);
    let list = line.asked("GET", "/notifications/channels");
    let expires = "2026-11-23T12:00:00.000Z";
    line.answer(list, 200, json!({ "entities": [{ "id": "x" }, { "id": "streaming-5-1", "expires": expires }] }));
    assert_eq!((line.opened.len(), line.requests.len(), line.told("gap").len()), (1, 0, 0));
    renews(&mut line);
    line.replays();
}

#[test]
fn a_channel_that_cannot_be_renewed_is_replaced_in_time_and_without_a_gap() {
    let mut line = Line::connected(json!({}));
    renews(&mut line);
    let list = line.asked("GET", "/notifications/channels");
    line.answer(list, 200, json!({ "entities": [{ "id": "streaming-5-1", "expires": "2026-11-22T12:00:01.000Z" }] }));
    line.lives(3_600_000);
    line.make_channel();
    line.take_topics();
    assert_eq!(line.sockets.len(), 2);
    line.says_on(1, &event(1));
    line.open();
    line.says_on(1, &event(2));
    line.says(&event(2));
    line.wait(5_000);
    assert_eq!((line.sockets.len(), line.told("gap").len(), line.told("event").len()), (1, 0, 2));
    assert_eq!(line.client.state().name(), "connected");
    line.replays();
}

#[test]
fn a_channel_is_replaced_before_its_token_ends() {
    let mut line = Line::new(json!({}));
    line.begin();
    line.give_token(Some(3_600_000));
    line.gets_a_channel();
    line.lives(3_600_000);
    assert_eq!((line.wished, line.wishes[0].1), (2, false), "renewed in time, not after a refusal");
    assert!(line.now().monotonic >= 3_500_000);
    line.give_token(Some(3_600_000));
    line.make_channel();
    line.take_topics();
    line.open();
    line.wait(5_000);
    assert_eq!((line.sockets.len(), line.told("gap").len(), line.wished), (1, 0, 2));
    line.replays();
}

#[test]
fn each_token_that_ends_has_a_channel_of_its_own() {
    let mut line = Line::new(json!({}));
    line.begin();
    line.give_token(Some(600_000));
    line.gets_a_channel();
    for number in 2..5 {
        line.lives(600_000);
        line.give_token(Some(600_000));
        line.make_channel();
        line.take_topics();
        let (_, address) = line.opened.last().cloned().expect("its socket");
        assert_eq!(address, format!("wss://streaming.mypurecloud.com/channels/streaming-5-{number}"));
        assert_eq!(line.opened.len(), number);
        line.open();
        line.wait(limits::HANDOVER_OVERLAP);
        assert_eq!(line.sockets.len(), 1);
    }
    assert!(line.told("gap").is_empty());
    line.replays();
}

#[test]
fn another_channel_in_our_place_ends_the_client_and_connect_begins_anew_with_the_same_token() {
    for credential in [json!({ "kind": "provider" }), json!({ "kind": "bearer", "value": "a-token-for-ever" })] {
        let mut line = Line::new(json!({ "credential": credential }));
        line.connects();
        let reason = json!({ "channelId": "streaming-5-1", "reason": "another_channel_subscribed" });
        line.says(&system("v2.system.no_longer_subscribed.streaming-5-1", reason));
        assert_eq!((line.client.state().name(), last_error(&line).as_str()), ("closed", "evicted"));
        line.wait(3_600_000);
        assert_eq!((line.opened.len(), line.requests.len(), line.sockets.len()), (1, 0, 0));
        line.begin();
        assert!(line.wishes.is_empty(), "nobody refused the token");
        line.gets_a_channel();
        assert_eq!(line.client.state().name(), "connected");
        line.replays();
    }
}

#[test]
fn an_evicted_client_that_shall_come_back_waits_a_minute_and_more() {
    let mut line = Line::connected(json!({ "onEvicted": "reconnect" }));
    line.says(&system("v2.system.no_longer_subscribed.streaming-5-1", json!({})));
    assert_eq!((line.client.state().name(), last_error(&line).as_str()), ("reconnecting", "evicted"));
    let began = line.now().monotonic;
    line.until_it_acts(200_000);
    assert!((60_000..=120_000).contains(&(line.now().monotonic - began)));
    line.gets_a_channel();
    assert_eq!((line.told("gap").len(), line.wished), (1, 1));
    line.replays();
}

#[test]
fn what_is_said_of_a_channel_that_is_not_ours_means_nothing() {
    let mut line = Line::connected(json!({}));
    let other = json!({ "channelId": "streaming-0-other", "reason": "another_channel_subscribed" });
    line.says(&system("v2.system.no_longer_subscribed.streaming-0-other", other.clone()));
    line.says(&system("v2.system.no_longer_subscribed", other));
    line.says(&system("v2.system.subscription_changed.streaming-5-1", json!({})));
    assert_eq!((line.client.state().name(), line.told("event").len()), ("connected", 0));
    line.replays();
}

#[test]
fn a_revoked_token_is_told_and_replaced() {
    let mut line = Line::connected(json!({}));
    line.says(&system("v2.system.token_revoked.u-1", json!({ "reason": "user_tokens_revoked" })));
    assert_eq!(last_error(&line), "token_revoked");
    line.until_it_acts(2_000);
    assert_eq!(line.wishes, [(line.wishes[0].0, true)]);
    line.give_token(None);
    line.gets_a_channel();
    assert_eq!((line.told("gap").len(), line.wished), (1, 2));
    line.replays();
}

#[test]
fn an_answer_that_is_no_channel_is_tried_again_later() {
    for body in [
        json!({}),
        json!({ "id": "x", "connectUri": "wss://evil.example/channels/x" }),
        json!({ "id": "x", "connectUri": "ws://streaming.mypurecloud.com/channels/x" }),
        json!([1, 2, 3]),
    ] {
        let mut line = Line::new(json!({}));
        line.begin();
        line.give_token(None);
        let made = line.asked("POST", "/channels");
        line.answer(made, 200, body);
        assert_eq!((line.client.state().name(), line.opened.len()), ("reconnecting", 0));
        line.until_it_acts(2_000);
        line.make_channel();
        line.replays();
    }
}

#[test]
fn a_refusal_that_asks_to_wait_is_waited_for() {
    let mut line = Line::new(json!({}));
    line.begin();
    line.give_token(None);
    let made = line.asked("POST", "/channels");
    let body = r#"{"message":"Rate limit exceeded the maximum. Retry the request in [59] seconds","code":"too.many.requests.retry.after","status":429}"#;
    let body = AnswerBody::read(body, 1_000);
    line.input(Input::Answered(made, HttpAnswer { status: 429, body, ..HttpAnswer::default() }));
    let began = line.now().monotonic;
    line.until_it_acts(120_000);
    assert!((59_000..=75_000).contains(&(line.now().monotonic - began)), "the page could not read the header");
    assert_eq!(line.wished, 1, "no token for each attempt");
    line.make_channel();
    line.replays();
}

#[test]
fn closing_leaves_nothing_open_whenever_it_comes() {
    for steps in 0..9 {
        let mut line = Line::new(json!({ "handover": "second-channel" }));
        let acts: [fn(&mut Line); 8] = [
            Line::begin,
            |line| line.give_token(None),
            Line::make_channel,
            Line::take_topics,
            |line| {
                line.open();
                line.pong();
            },
            |line| {
                line.says(&system("v2.system.socket_closing", json!({})));
                line.until_it_acts(30_000);
            },
            |line| {
                line.make_channel();
                line.take_topics();
            },
            Line::open,
        ];
        for act in &acts[..steps] {
            act(&mut line);
        }
        let now = line.now();
        line.client.close(now, None);
        line.drain();
        assert_eq!(line.client.state().name(), "closed", "{steps}");
        assert!(line.sockets.is_empty() && line.requests.is_empty(), "{steps}: {:?}", line.sockets);
        assert_eq!(line.client.next_wake(), None, "{steps}");
        let at_rest = (line.opened.len(), line.wished);
        line.wait(3_600_000);
        assert_eq!((line.opened.len(), line.wished), at_rest);
        line.replays();
    }
}

#[test]
fn a_renewal_that_is_refused_ends_in_another_channel() {
    let mut line = Line::connected(json!({}));
    line.lives(25 * 3_600_000);
    let told = line.asked("PUT", "/channels/streaming-5-1/subscriptions?ignoreErrors=true");
    line.answer(told, 403, json!({ "code": "missing.permissions" }));
    line.lives(3_600_000);
    line.make_channel();
    line.take_topics();
    line.open();
    line.lives(5_000);
    assert_eq!((line.sockets.as_slice(), line.told("gap").len()), (&[2][..], 0));
    line.replays();
}

#[test]
fn a_channel_lives_by_the_services_clock_where_that_can_be_read() {
    let mut line = Line::new(json!({}));
    line.begin();
    line.give_token(None);
    let made = line.asked("POST", "/channels");
    // By our clock it has an hour; by theirs, which is 20 hours behind, 21.
    let body = json!({
        "id": "streaming-5-1", "connectUri": "wss://streaming.mypurecloud.com/channels/streaming-5-1",
        "expires": "2026-11-21T13:00:00.000Z",
    });
    let body = AnswerBody::read(&body.to_string(), 1_000);
    let date = Some("Fri, 20 Nov 2026 16:00:00 GMT".to_owned());
    line.input(Input::Answered(made, HttpAnswer { status: 200, date, body, ..HttpAnswer::default() }));
    line.take_topics();
    line.open();
    line.pong();
    line.lives(20 * 3_600_000 - 60_000);
    assert!(line.requests.is_empty(), "{:?}", line.open_requests());
    line.lives(3_600_000);
    assert_eq!(line.topics_told_last().len(), 2);
    line.replays();
}
