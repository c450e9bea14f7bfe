//! The wanted set: asked for at any time, told in one request and then by the difference, each refusal with its reason.

use crate::line::Line;
use guestwire_core::io::{HttpAnswer, Input};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const POST: &str = "/subscriptions?ignoreErrors=true";

/// What became of the call with this number.
fn answer(line: &Line, number: u32) -> Option<Value> {
    line.told("answer").into_iter().find(|answer| answer["request"].as_f64() == Some(f64::from(number)))
}

fn states(line: &Line) -> Vec<(String, &'static str)> {
    line.client.topics().into_iter().map(|topic| (topic.topic, topic.state)).collect()
}

fn state_of(line: &Line, name: &str) -> &'static str {
    states(line).into_iter().find(|(topic, _)| topic == name).map_or("unwanted", |(_, state)| state)
}

#[test]
fn topics_can_be_asked_for_before_there_is_a_connection() {
    let mut line = Line::new(json!({ "topics": [] }));
    let number = line.subscribe(&["a", "b"]);
    line.subscribe(&["c"]);
    line.unsubscribe(&["b"]);
    assert_eq!(answer(&line, number), None);
    assert_eq!(states(&line), [("a".to_owned(), "pending"), ("c".to_owned(), "pending")]);
    line.begin();
    line.give_token(None);
    line.make_channel();
    assert_eq!(line.topics_told_last(), ["a", "c"]);
    line.take_topics();
    let told = answer(&line, number).unwrap();
    assert_eq!(told["value"][0], json!({ "topic": "a", "state": "subscribed" }));
    assert_eq!(told["value"][1]["state"], "unsubscribed", "it was taken back meanwhile");
    line.replays();
}

#[test]
fn what_is_new_is_told_alone_and_what_goes_by_telling_all_that_stays() {
    let mut line = Line::connected(json!({}));
    let number = line.subscribe(&["v2.users.u-2.presence", "v2.users.u-1.presence"]);
    assert_eq!(line.topics_told_last(), ["v2.users.u-2.presence"]);
    assert_eq!(line.open_requests()[0].split(' ').next(), Some("POST"));
    assert_eq!(answer(&line, number), None, "not before the service has said so");
    line.take_topics();
    assert_eq!(answer(&line, number).unwrap()["value"][1]["state"], "subscribed");
    let number = line.unsubscribe(&["v2.users.u-1.presence", "nobody.wanted.it"]);
    assert_eq!(line.open_requests()[0].split(' ').next(), Some("PUT"));
    assert_eq!(line.topics_told_last(), ["v2.routing.queues.q-1.conversations", "v2.users.u-2.presence"]);
    line.take_topics();
    assert!(answer(&line, number).unwrap().get("error").is_none());
    assert_eq!((line.opened.len(), line.told("gap").len()), (1, 0), "the socket goes on");
    line.replays();
}

#[test]
fn calls_that_come_together_cost_one_request_at_a_time() {
    let mut line = Line::connected(json!({}));
    for number in 0..20 {
        line.subscribe(&[&format!("t{number}")]);
    }
    assert_eq!(line.requests.len(), 1);
    line.take_topics();
    assert_eq!(line.topics_told_last().len(), 19, "the others together");
    line.take_topics();
    assert_eq!((line.requests.len(), line.told("answer").len()), (0, 20));
}

#[test]
fn a_refused_topic_is_told_with_its_reason_and_the_rest_stays_subscribed() {
    let mut line = Line::connected(json!({}));
    let number = line.subscribe(&["a", "b"]);
    let told = line.asked("POST", POST);
    let refused = json!({
        "id": "b", "state": "Rejected", "rejectionReason": "Missing permission",
        "missingPermissions": ["routing:queue:view"],
    });
    line.answer(told, 200, json!({ "entities": [{ "id": "a", "state": "Permitted" }, refused] }));
    let told = answer(&line, number).unwrap();
    assert_eq!(told["value"][0], json!({ "topic": "a", "state": "subscribed" }));
    let why = json!({
        "topic": "b", "state": "refused", "reason": "Missing permission", "missingPermissions": ["routing:queue:view"],
    });
    assert_eq!(told["value"][1], why);
    let error = &line.told("error")[0];
    assert_eq!((error["code"].as_str(), error["topic"].as_str()), (Some("topic_refused"), Some("b")));
    line.lives(60_000);
    assert!(line.requests.is_empty(), "it is not asked for again and again");
    // The caller may ask once more.
    line.subscribe(&["b"]);
    assert_eq!(line.topics_told_last(), ["b"]);
    line.take_topics();
    assert_eq!((state_of(&line, "b"), line.told("error").len()), ("subscribed", 1));
    line.replays();
}

#[test]
fn an_answer_that_leads_elsewhere_refuses_no_topic() {
    let mut line = Line::connected(json!({}));
    line.subscribe(&["v2.users.u-9.presence"]);
    let told = line.asked("POST", POST);
    line.answer(told, 302, Value::Null);
    assert!(line.client.topics().iter().all(|topic| topic.state != "refused"));
    line.until_it_acts(60_000);
    line.take_topics();
    assert!(line.client.topics().iter().all(|topic| topic.state == "subscribed"));
    line.replays();
}

#[test]
fn a_request_that_is_refused_as_a_whole_refuses_what_was_asked_and_nothing_else() {
    let mut line = Line::connected(json!({}));
    let number = line.subscribe(&["a"]);
    let told = line.asked("POST", POST);
    line.answer(told, 400, json!({ "code": "bad.request", "message": "no such topic" }));
    assert_eq!(answer(&line, number).unwrap()["value"][0]["reason"], "bad.request");
    assert_eq!(state_of(&line, "v2.users.u-1.presence"), "subscribed");
    assert_eq!((line.client.state().name(), line.requests.len()), ("connected", 0));
    line.replays();
}

#[test]
fn a_topic_that_the_service_would_not_let_go_of_goes_with_the_next_change() {
    let mut line = Line::connected(json!({}));
    line.subscribe(&["a"]);
    line.take_topics();
    line.unsubscribe(&["a"]);
    let told = line.asked("PUT", POST);
    line.answer(told, 409, json!({ "code": "request.conflict" }));
    assert!(line.requests.is_empty(), "it is not told of that again and again");
    line.subscribe(&["b"]);
    let whole = line.topics_told_last();
    assert!(whole.contains(&"b".to_owned()) && !whole.contains(&"a".to_owned()) && whole.len() > 1, "{whole:?}");
    line.take_topics();
    // It has let go: what comes next is told by itself.
    line.subscribe(&["c"]);
    assert_eq!(line.topics_told_last(), ["c"]);
    line.replays();
}

#[test]
fn what_was_not_answered_is_told_again_with_ever_longer_waits() {
    let mut line = Line::connected(json!({}));
    let number = line.subscribe(&["a"]);
    let mut waits = Vec::new();
    for status in [503, 500, 0, 504, 408] {
        let at = line.requests.iter().position(|(_, request)| request.method == "POST").expect("it is told");
        let (told, _) = line.requests.remove(at);
        if status == 0 {
            line.input(Input::Unanswered(told, None));
        } else {
            line.answer(told, status, Value::Null);
        }
        assert!(line.requests.is_empty(), "{status}: not at once");
        let began = line.now().monotonic;
        line.lives(120_000);
        waits.push(line.now().monotonic - began);
    }
    assert!(waits.iter().all(|wait| (1_000..=30_000).contains(wait)) && waits[4] >= 4_000, "{waits:?}");
    line.take_topics();
    assert_eq!(answer(&line, number).unwrap()["value"][0]["state"], "subscribed");
    assert_eq!((line.opened.len(), line.told("gap").len(), line.wished), (1, 0, 1));
    line.replays();
}

#[test]
fn a_wait_that_the_service_asks_for_is_kept() {
    let mut line = Line::connected(json!({}));
    line.subscribe(&["a"]);
    let told = line.asked("POST", POST);
    let answer = HttpAnswer { status: 429, retry_after: Some("59".to_owned()), ..HttpAnswer::default() };
    line.input(Input::Answered(told, answer));
    line.subscribe(&["b"]);
    assert!(line.requests.is_empty());
    let began = line.now().monotonic;
    line.lives(200_000);
    assert!((59_000..=75_000).contains(&(line.now().monotonic - began)));
    assert_eq!(line.topics_told_last(), ["a", "b"]);
}

#[test]
fn an_answer_that_never_comes_is_not_waited_for_for_ever() {
    let mut line = Line::connected(json!({}));
    line.subscribe(&["a"]);
    let (first, _) = line.requests[0];
    line.wait(10_000);
    assert!(line.requests.is_empty(), "it is aborted");
    line.lives(30_000);
    assert_eq!(line.topics_told_last(), ["a"]);
    // The late answer of the first is nobody's.
    line.answer(first, 200, json!({ "entities": [] }));
    assert_eq!(state_of(&line, "a"), "pending");
    line.replays();
}

#[test]
fn a_refused_token_in_mid_life_is_renewed_once() {
    let mut line = Line::connected(json!({}));
    line.subscribe(&["a"]);
    let told = line.asked("POST", POST);
    line.answer(told, 401, json!({ "code": "credentials.expired" }));
    line.until_it_acts(2_000);
    assert_eq!(line.wishes.len(), 1);
    assert!(line.wishes[0].1, "another than the one that was refused");
    line.give_token(None);
    let made = line.asked("POST", "/channels");
    line.answer(made, 401, json!({ "code": "bad.credentials" }));
    assert_eq!(line.client.state().name(), "closed");
    assert_eq!(line.told("error").last().unwrap()["code"], "unauthorized");
    line.wait(600_000);
    assert_eq!((line.wished, line.opened.len()), (2, 1));
    line.replays();
}

#[test]
fn a_drop_while_topics_are_told_tells_them_again() {
    let mut line = Line::connected(json!({}));
    let number = line.subscribe(&["a"]);
    line.closes(1, 1006);
    line.lives(2_000);
    line.open();
    line.pong();
    if line.requests.is_empty() {
        line.lives(5_000);
    }
    assert_eq!(line.topics_told_last(), ["a"], "the channel remembers the others");
    line.take_topics();
    assert_eq!(answer(&line, number).unwrap()["value"][0]["state"], "subscribed");
    line.replays();
}

#[test]
fn topics_that_cannot_be_told_do_not_keep_the_stream_from_coming_back() {
    let mut line = Line::connected(json!({}));
    line.closes(1, 1006);
    line.subscribe(&["a"]);
    line.until_it_acts(2_000);
    // What the channel knows already flows, whatever REST says.
    assert_eq!(line.opened.len(), 2);
    line.open();
    line.pong();
    assert_eq!((line.client.state().name(), line.told("gap").len()), ("connected", 1));
    let told = line.asked("POST", POST);
    line.answer(told, 503, Value::Null);
    assert_eq!(line.client.state().name(), "connected");
    line.replays();
}

#[test]
fn more_topics_than_a_channel_takes_are_combined_and_yet_more_are_refused_at_once() {
    let mut line = Line::connected(json!({ "topics": ["t"] }));
    let users = |name: &str| (0..600).map(|user| format!("v2.users.{user}.{name}")).collect::<Vec<_>>();
    let now = line.now();
    line.client.subscribe(now, &users("presence")).unwrap();
    line.client.subscribe(now, &users("station")).unwrap();
    line.drain();
    line.take_topics();
    let all = line.topics_told_last();
    assert!(all.len() == 1_000 && all[1] == "v2.users.0?presence&station", "{} {}", all.len(), all[1]);
    line.take_topics();
    assert!(line.client.topics().iter().all(|topic| topic.state == "subscribed"));
    let many: Vec<String> = (0..1_001).map(|number| format!("t{number}")).collect();
    let codes = [&many[..], &["x".repeat(200)], &["a b".to_owned()]]
        .map(|topics| line.client.subscribe(now, topics).map_err(|error| error.report().code));
    assert_eq!(codes, [Err("too_many_topics"), Err("topic_too_long"), Err("bad_topic")]);
    assert_eq!(line.client.topics().len(), 1_201);
    line.replays();
}

#[test]
fn a_call_without_topics_is_answered() {
    let mut line = Line::connected(json!({}));
    let numbers = [line.subscribe(&[]), line.unsubscribe(&[]), line.subscribe(&["v2.users.u-1.presence"])];
    for number in numbers {
        assert!(answer(&line, number).is_some());
    }
    assert!(line.requests.is_empty());
}

#[test]
fn calls_that_wait_end_with_the_client() {
    let mut line = Line::connected(json!({}));
    let number = line.subscribe(&["a"]);
    let now = line.now();
    line.client.close(now, None);
    line.drain();
    assert_eq!(answer(&line, number).unwrap()["error"]["code"], "closed");
    line.replays();
}

#[test]
fn a_fresh_channel_that_does_not_answer_for_its_topics_is_told_of_them_again() {
    for unanswered in [true, false] {
        let mut line = Line::new(json!({}));
        line.begin();
        line.give_token(None);
        line.make_channel();
        let told = line.asked("PUT", POST);
        if unanswered {
            line.input(Input::Unanswered(told, None));
        } else {
            line.wait(10_000);
        }
        line.until_it_acts(30_000);
        assert_eq!(line.topics_told_last().len(), 2, "a channel without topics is silent");
        line.take_topics();
        line.open();
        line.pong();
        assert_eq!(line.client.state().name(), "connected");
        line.replays();
    }
}

#[test]
fn a_connection_that_is_given_up_while_topics_are_told_begins_with_all_of_them() {
    let mut line = Line::new(json!({}));
    line.begin();
    line.give_token(None);
    line.make_channel();
    let now = line.now();
    line.client.close(now, None);
    line.client.connect(now);
    line.drain();
    assert_eq!(line.topics_told_last().len(), 2);
    line.take_topics();
    assert_eq!(line.opened.len(), 1);
}

#[test]
fn a_token_that_is_said_to_live_for_ever_is_a_token() {
    let mut line = Line::new(json!({}));
    line.begin();
    line.give_token(Some(u64::MAX));
    line.gets_a_channel();
    line.lives(60_000);
    assert_eq!((line.client.state().name(), line.wished), ("connected", 1));
    line.replays();
}

#[test]
fn what_a_closed_client_wants_no_more_is_gone_at_once_and_not_told_of_again() {
    let mut line = Line::connected(json!({}));
    let now = line.now();
    line.client.close(now, None);
    line.drain();
    let gone = line.unsubscribe(&["v2.users.u-1.presence"]);
    let new = line.subscribe(&["a"]);
    assert!(answer(&line, gone).is_some() && answer(&line, new).is_none());
    line.begin();
    line.open();
    line.pong();
    assert_eq!(line.topics_told_last(), ["v2.routing.queues.q-1.conversations", "a"]);
    line.take_topics();
    assert_eq!(answer(&line, new).unwrap()["value"][0]["state"], "subscribed");
    line.replays();
}

#[test]
fn a_result_that_nobody_asked_for_says_nothing_of_topics() {
    let mut line = Line::connected(json!({}));
    line.subscribe(&["a"]);
    line.says(&json!({ "result": "200", "status": "subscribed" }));
    assert!(line.told("answer").is_empty());
    let told = line.asked("POST", "/subscriptions?ignoreErrors=true");
    line.answer(told, 200, json!({ "entities": [{ "id": "a", "state": "Rejected" }] }));
    let state = line.client.topics().into_iter().find(|topic| topic.topic == "a").map(|topic| topic.state);
    assert_eq!(state, Some("refused"));
    line.replays();
}
