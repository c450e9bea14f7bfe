//! The socket of a channel.

use guestwire_sim::service::Incoming;
use serde_json::{Value, json};

use super::world::{World, code};

fn heartbeat() -> Value {
    json!({ "topicName": "channel.metadata", "eventBody": { "message": "WebSocket Heartbeat" } })
}

#[test]
fn the_service_says_every_thirty_seconds_that_it_is_there() {
    let mut world = World::new();
    let token = world.token();
    let (_, socket) = world.stream(&token, &[]);
    world.pass(29_999);
    assert!(world.heard(socket).is_empty());
    world.pass(1);
    assert_eq!(world.heard(socket), [heartbeat()]);
    world.pass(60_000);
    assert_eq!(world.heard(socket), [heartbeat(), heartbeat()]);
}

#[test]
fn heartbeats_are_lost_on_command_and_pings_still_answered_unless_these_are_too() {
    let mut world = World::new();
    let token = world.token();
    let (_, socket) = world.stream(&token, &[]);
    let ping = json!({ "message": "ping" });
    world.fault(json!({ "fault": "lose_heartbeats", "lasts": 40_000 }));
    world.pass(35_000);
    assert!(world.heard(socket).is_empty());
    assert_eq!(world.ask(socket, &ping).len(), 1);
    world.pass(25_000);
    assert_eq!(world.heard(socket), [heartbeat()]);
    world.fault(json!({ "fault": "lose_heartbeats", "answers": true }));
    assert!(world.ask(socket, &ping).is_empty());
    world.pass(60_000);
    assert!(world.heard(socket).is_empty());
}

#[test]
fn a_ping_is_answered_and_junk_is_no_offence() {
    let mut world = World::new();
    let token = world.token();
    let (_, socket) = world.stream(&token, &[]);
    let pong = json!({ "topicName": "channel.metadata", "eventBody": { "message": "pong" } });
    assert_eq!(world.ask(socket, &json!({ "message": "ping" })), std::slice::from_ref(&pong));
    for junk in ["12:00:00", "{", "[]", "{}", r#"{"message":7}"#, r#"{"message":"subscribe","topics":[7]}"#] {
        world.say_text(socket, junk);
    }
    world.service.receive(world.now, socket, Incoming::Binary);
    assert!(world.heard(socket).is_empty() && world.ended(socket).is_none());
    assert_eq!(world.service.connections(world.now).connections[0].malformed, 7);
    assert_eq!(world.ask(socket, &json!({ "message": "ping" })), std::slice::from_ref(&pong));
}

#[test]
fn a_second_socket_ends_the_first_and_hears_in_its_stead() {
    let mut world = World::new();
    let token = world.token();
    let (channel, first) = world.stream(&token, &["v2.a"]);
    let second = world.open(&channel);
    assert_eq!((world.ended(first), world.ended(second)), (Some(Some(1001)), None));
    let event = world.emit("v2.a");
    assert!(world.heard(first).is_empty());
    assert_eq!(world.heard(second).len(), 1);
    assert_eq!(event.sent.len(), 1);
    let report = world.report()["channels"][0].clone();
    assert_eq!((&report["live"], &report["opened"], &report["replaced"]), (&json!(1), &json!(2), &json!(1)));
    world.service.socket_gone(second);
    assert_eq!(world.report()["channels"][0]["live"], 0);
    world.open(&channel);
    assert_eq!(world.report()["channels"][0]["replaced"], 1);
}

#[test]
fn topics_are_changed_over_the_socket_and_the_answer_names_the_question() {
    let mut world = World::new();
    let token = world.token();
    let (channel, socket) = world.stream(&token, &["v2.a"]);
    let subscribe = |topics: Value| json!({ "message": "subscribe", "topics": topics, "correlationId": "c-1" });
    let answer = world.ask(socket, &subscribe(json!(["v2.b", "v2.c"])));
    assert_eq!((&answer[0]["result"], &answer[0]["status"]), (&json!("200"), &json!("subscribed")));
    assert_eq!(answer[0]["correlationId"], "c-1");
    let refused = world.ask(socket, &subscribe(json!(["v2.d", "v2.forbidden.x"])));
    assert_eq!((&refused[0]["result"], &refused[0]["topics"]), (&json!("400"), &json!(["v2.forbidden.x"])));
    assert!(refused[0]["message"].is_string(), "a refusal without words is taken for an event");
    let answer = world.ask(socket, &json!({ "message": "unsubscribe", "topics": ["v2.a"] }));
    assert_eq!(answer[0]["result"], "200");
    assert_eq!(world.topics(&token, &channel), ["v2.b", "v2.c"]);
}

#[test]
fn a_channel_remembers_its_topics_while_no_socket_is_there() {
    let mut world = World::new();
    let token = world.token();
    let (channel, socket) = world.stream(&token, &["v2.a"]);
    world.service.socket_gone(socket);
    let missed = world.emit("v2.a");
    assert_eq!((missed.sent.len(), missed.missed), (0, vec![channel.clone()]));
    let socket = world.open(&channel);
    assert!(world.heard(socket).is_empty(), "nothing is repeated");
    assert_eq!(world.emit("v2.a").sent.len(), 1);
}

#[test]
fn an_unknown_channel_is_refused_with_the_status_that_was_set() {
    let mut world = World::new();
    let refused = world.try_open("streaming-0-nothing").expect_err("there is none");
    assert_eq!((refused.status, code(&refused)), (401, "bad.credentials"));
    let attempts = world.service.connections(world.now).attempts;
    assert_eq!((attempts[0].service, attempts[0].status), ("streams", 401));
}

#[test]
fn faults_of_sockets_happen_to_these_too() {
    let mut world = World::new();
    let token = world.token();
    let (channel, socket) = world.stream(&token, &["v2.a"]);
    world.fault(json!({ "fault": "corrupt_frames", "count": 1, "conversation": channel }));
    world.fault(json!({ "fault": "delay", "ms": 500, "count": 2 }));
    world.service.receive(world.now, socket, Incoming::Text(r#"{"message":"ping"}"#));
    let mut frames = Vec::new();
    while let Some(output) = world.service.poll() {
        frames.push(output);
    }
    assert!(frames.is_empty(), "it is delayed");
    world.fault(json!({ "fault": "refuse_socket", "status": 503, "retry_after": 3, "count": 1 }));
    let refused = world.try_open(&channel).expect_err("refused");
    assert_eq!((refused.status, code(&refused)), (503, "service.unavailable"));
    world.fault(json!({ "fault": "close", "code": 1012, "conversation": channel, "after": { "messages": 2 } }));
    world.emit("v2.a");
    assert_eq!(world.ended(socket), None);
    world.emit("v2.a");
    world.pass(1_000);
    assert_eq!(world.ended(socket), Some(Some(1012)));
}
