//! Thousands of topics, and what the service says of them.

use crate::stream::Line;
use crate::{cost, grows_as_it_is_read};
use guestwire_core::io::{HttpAnswer, Input};
use serde_json::{Value, json};
use std::time::Duration;

const SUBSCRIPTIONS: &str = "/subscriptions?ignoreErrors=true";

/// So many, twenty of one user's: the service is told of each twenty as of one.
fn topics(count: usize) -> Vec<String> {
    let name = |number: usize| format!("v2.users.{}{:04}.t{:02}", "u".repeat(60), number / 20, number % 20);
    (0..count).map(name).collect()
}

/// Connected, with nothing subscribed to.
fn connected() -> Line {
    Line::connected(json!({ "topics": ["v2.users.u-1.presence"], "trace": 0 }))
}

fn subscribe(line: &mut Line, topics: &[String]) -> Duration {
    let spent = cost(|| {
        line.client.subscribe(line.now(), topics).expect("good topics");
    });
    line.drain();
    spent
}

fn unsubscribe(line: &mut Line, topics: &[String]) -> Duration {
    let spent = cost(|| {
        line.client.unsubscribe(line.now(), topics).expect("known or not");
    });
    line.drain();
    spent
}

/// Answers what is told of topics, as it was read, and gives what that costs.
fn answered(line: &mut Line, status: u16) -> Duration {
    let method = if line.open_requests()[0].starts_with("POST") { "POST" } else { "PUT" };
    let request = line.asked(method, SUBSCRIPTIONS);
    let answer = HttpAnswer { status, ..HttpAnswer::default() };
    let spent = cost(|| line.client.handle(line.now(), Input::Answered(request, answer)));
    line.drain();
    spent
}

#[test]
fn ten_thousand_refused_topics_cost_four_times_what_a_quarter_of_them_costs() {
    grows_as_it_is_read(2_480, |count| {
        let mut line = connected();
        subscribe(&mut line, &topics(count));
        let spent = answered(&mut line, 400);
        assert!(line.told("error").len() >= count, "each refusal is told");
        spent
    });
}

#[test]
fn to_ask_for_refused_topics_again_costs_no_more() {
    grows_as_it_is_read(2_480, |count| {
        let mut line = connected();
        let topics = topics(count);
        subscribe(&mut line, &topics);
        answered(&mut line, 400);
        let spent = subscribe(&mut line, &topics);
        spent + answered(&mut line, 400)
    });
}

#[test]
fn topics_that_are_wanted_again_before_the_service_heard_that_they_go_cost_no_more() {
    grows_as_it_is_read(2_480, |count| {
        let mut line = connected();
        let topics = topics(count);
        subscribe(&mut line, &topics);
        line.take_topics();
        // The client tells the service of one more topic, and so holds back what comes next.
        subscribe(&mut line, &["v2.users.u-1.other".to_owned()]);
        let spent = unsubscribe(&mut line, &topics);
        let backwards: Vec<_> = topics.iter().rev().cloned().collect();
        spent + subscribe(&mut line, &backwards)
    });
}

#[test]
fn topics_that_are_regretted_while_the_service_hears_of_them_cost_no_more() {
    grows_as_it_is_read(2_480, |count| {
        let mut line = connected();
        let topics = topics(count);
        subscribe(&mut line, &topics);
        let spent = unsubscribe(&mut line, &topics);
        let backwards: Vec<_> = topics.iter().rev().cloned().collect();
        spent + subscribe(&mut line, &backwards)
    });
}

#[test]
fn topics_that_the_service_did_not_let_go_cost_no_more() {
    grows_as_it_is_read(2_480, |count| {
        let mut line = connected();
        let topics = topics(count);
        subscribe(&mut line, &topics);
        line.take_topics();
        unsubscribe(&mut line, &topics);
        let backwards: Vec<_> = topics.iter().rev().cloned().collect();
        let spent = subscribe(&mut line, &backwards);
        spent + answered(&mut line, 500)
    });
}

#[test]
fn an_answer_that_names_every_topic_costs_what_reading_it_costs() {
    grows_as_it_is_read(250, |count| {
        let mut line = connected();
        let topics: Vec<_> = (0..count).map(|number| format!("v2.{}.{number:04}", "x".repeat(150))).collect();
        subscribe(&mut line, &topics[..count - 1]);
        let missing = vec!["y".repeat(20); 32];
        let verdict = |topic: &String| json!({ "id": topic, "state": "Rejected", "missingPermissions": missing });
        let body = json!({ "entities": topics.iter().map(verdict).collect::<Vec<Value>>() }).to_string();
        let request = line.asked("POST", SUBSCRIPTIONS);
        let body = guestwire_core::io::AnswerBody::read(&body, 8 << 20);
        let answer = HttpAnswer { status: 200, body, ..HttpAnswer::default() };
        cost(|| line.client.handle(line.now(), Input::Answered(request, answer)))
    });
}

#[test]
fn a_socket_that_refuses_its_topics_costs_what_reading_that_costs() {
    grows_as_it_is_read(250, |count| {
        let topics: Vec<_> = (0..count).map(|number| format!("{}{number:04}", "x".repeat(190))).collect();
        let mut line = Line::plain(json!({ "subscribe": { "topics": topics }, "trace": 0 }));
        line.begin();
        line.give_token(None);
        line.open();
        let frame = json!({ "type": "error", "code": 403, "topics": topics });
        cost(|| line.says(&frame))
    });
}
