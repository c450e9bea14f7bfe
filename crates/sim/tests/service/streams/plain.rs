//! Plain event sockets.

use serde_json::{Value, json};

use super::world::{World, code};

fn subscribe(topics: Value) -> Value {
    json!({ "type": "subscribe", "data": { "topics": topics } })
}

#[test]
fn events_are_streaming_data_to_whoever_asked_for_them() {
    let mut world = World::new();
    let token = world.token();
    let socket = world.events(&token);
    assert!(world.ask(socket, &subscribe(json!(["v2.a", "v2.u?x&y"]))).is_empty(), "nothing confirms it");
    let event = world.emit("v2.a");
    let heard = world.heard(socket);
    assert_eq!((&heard[0]["type"], &heard[0]["topicName"]), (&json!("STREAMING_DATA"), &json!("v2.a")));
    assert_eq!(heard[0]["metadata"]["CorrelationId"], event.correlation_id);
    assert_eq!(world.emit("v2.u.y").sent.len(), 1);
    world.say(socket, &json!({ "type": "unsubscribe", "data": { "topics": ["v2.a"] } }));
    assert_eq!(world.emit("v2.a").sent.len(), 0);
}

#[test]
fn the_older_frame_names_all_that_is_wanted() {
    let mut world = World::new();
    let token = world.token();
    let socket = world.events(&token);
    world.say(socket, &json!({ "api-version": "1", "events": ["v2.a", "v2.b"] }));
    world.say(socket, &json!({ "api-version": "1", "events": ["v2.b", "v2.c"] }));
    assert_eq!(world.report()["sockets"][0]["topics"], json!(["v2.b", "v2.c"]));
    assert_eq!(world.report()["sockets"][0]["kind"], "events");
}

#[test]
fn subscriptions_are_confirmed_where_that_is_set() {
    let mut world = World::with(|config| config.confirm = true);
    let token = world.token();
    let socket = world.events(&token);
    let confirmed = world.ask(socket, &subscribe(json!(["v2.a", "v2.forbidden.x", "nothing"])));
    assert_eq!(confirmed[0], json!({ "type": "subscribed", "data": { "topics": ["v2.a"] } }));
    assert_eq!((&confirmed[1]["code"], &confirmed[1]["topics"]), (&json!(403), &json!(["v2.forbidden.x"])));
    assert_eq!((&confirmed[2]["code"], &confirmed[2]["topics"]), (&json!(400), &json!(["nothing"])));
    let older = world.ask(socket, &json!({ "api-version": "1", "events": ["v2.b"] }));
    assert_eq!(older, [json!({ "type": "subscribed", "data": { "topics": ["v2.b"] } })]);
    let gone = world.ask(socket, &json!({ "type": "unsubscribe", "data": { "topics": ["v2.b"] } }));
    assert_eq!(gone[0]["type"], "unsubscribed");
}

#[test]
fn a_confirmation_is_lost_or_late_or_comes_twice_on_command() {
    let mut world = World::with(|config| config.confirm = true);
    let token = world.token();
    let socket = world.events(&token);
    world.fault(json!({ "fault": "lose_acks", "count": 1 }));
    assert!(world.ask(socket, &subscribe(json!(["v2.a"]))).is_empty());
    assert_eq!(world.emit("v2.a").sent.len(), 1, "it is done all the same");
    world.heard(socket);
    world.fault(json!({ "fault": "duplicate_acks", "count": 1 }));
    assert_eq!(world.ask(socket, &subscribe(json!(["v2.b"]))).len(), 2);
    world.fault(json!({ "fault": "late", "ms": 500, "count": 1 }));
    assert!(world.ask(socket, &subscribe(json!(["v2.c"]))).is_empty());
    world.pass(500);
    assert_eq!(world.heard(socket), [json!({ "type": "subscribed", "data": { "topics": ["v2.c"] } })]);
    world.fault(json!([{ "fault": "late", "ms": 500, "count": 1 }, { "fault": "duplicate_acks", "count": 1 }]));
    assert_eq!(world.ask(socket, &subscribe(json!(["v2.d"]))).len(), 1);
    world.pass(500);
    assert_eq!(world.heard(socket).len(), 1, "the second one is late");
}

#[test]
fn heartbeats_are_answered_with_what_they_said() {
    let mut world = World::new();
    let token = world.token();
    let socket = world.events(&token);
    let ack = world.ask(socket, &json!({ "type": "KEEP_ALIVE", "timestamp": 7, "connectionId": "c" }));
    assert_eq!((&ack[0]["type"], &ack[0]["timestamp"]), (&json!("KEEP_ALIVE_ACK"), &json!(7)));
    world.fault(json!({ "fault": "lose_heartbeats", "answers": true, "count": 1 }));
    assert!(world.ask(socket, &json!({ "type": "KEEP_ALIVE" })).is_empty());
    assert_eq!(world.ask(socket, &json!({ "type": "KEEP_ALIVE" })).len(), 1);
    let report = world.service.connections(world.now).connections;
    assert_eq!((report[0].heartbeats, report[0].irregular_heartbeats), (3, 3));
    let mut quiet = World::with(|config| config.heartbeat_ack = false);
    let token = quiet.token();
    let socket = quiet.events(&token);
    assert!(quiet.ask(socket, &json!({ "type": "KEEP_ALIVE" })).is_empty());
}

#[test]
fn a_token_is_needed_unless_all_are_let_in() {
    let mut world = World::new();
    let refused = world.try_events(None).expect_err("none");
    assert_eq!((refused.status, code(&refused)), (401, "authentication.required"));
    assert_eq!(code(&world.try_events(Some("x")).expect_err("unknown")), "bad.credentials");
    let mut open = World::with(|config| config.open_to_all = true);
    assert!(open.try_events(None).is_ok());
    assert!(open.try_events(Some("x")).is_err(), "one that is given is checked");
}

#[test]
fn a_token_that_has_expired_is_told_inside_of_a_frame() {
    let mut world = World::with(|config| config.token_life = 60);
    let token = world.token();
    let live = world.events(&token);
    world.pass(60_000);
    assert!(world.ended(live).is_none(), "what is open stays so");
    let late = world.events(&token);
    let told = world.heard(late);
    assert_eq!((&told[0]["type"], &told[0]["code"]), (&json!("error"), &json!(401)));
    assert_eq!(world.ended(late), Some(Some(1001)));
}

#[test]
fn a_socket_opens_and_is_refused_inside_on_command() {
    let mut world = World::new();
    let token = world.token();
    world.fault(json!({ "fault": "auth_error", "on": "open", "count": 1, "code": 403, "message": "no" }));
    let socket = world.events(&token);
    assert_eq!(world.heard(socket), [json!({ "type": "error", "code": 403, "message": "no" })]);
    assert_eq!(world.ended(socket), Some(Some(1001)));
    let next = world.events(&token);
    assert!(world.heard(next).is_empty());
}

#[test]
fn nothing_in_either_direction_for_fifteen_minutes_ends_a_socket_without_a_word() {
    let minutes = |count: u64| count * 60_000;
    let mut world = World::with(|config| config.heartbeat = None);
    let token = world.token();
    let (_, channel) = world.stream(&token, &["v2.a"]);
    let socket = world.events(&token);
    world.say(socket, &subscribe(json!(["v2.b"])));
    world.pass(minutes(10));
    world.emit("v2.a");
    world.say(socket, &json!({ "type": "KEEP_ALIVE" }));
    world.pass(minutes(15) - 1);
    assert!(world.ended(channel).is_none() && world.ended(socket).is_none());
    world.pass(1);
    assert_eq!((world.ended(channel), world.ended(socket)), (Some(None), Some(None)), "no close frame");
}

#[test]
fn an_idle_socket_can_go_half_open_instead() {
    let mut world = World::with(|config| (config.idle, config.idle_silently) = (Some(1_000), true));
    let token = world.token();
    let socket = world.events(&token);
    world.pass(1_000);
    assert!(world.is_silent(socket) && world.ended(socket).is_none());
    assert!(world.ask(socket, &json!({ "type": "KEEP_ALIVE" })).is_empty());
    world.pass(1_000);
    assert_eq!(world.ended(socket), Some(None), "a reset in the end");
}

#[test]
fn what_is_not_understood_is_an_error_and_too_many_topics_are_one() {
    let mut world = World::with(|config| config.topics = 2);
    let token = world.token();
    let socket = world.events(&token);
    for junk in [json!({}), json!({ "type": "subscribe" }), json!({ "api-version": "1" }), json!([1])] {
        assert_eq!(world.ask(socket, &junk)[0]["code"], 400, "{junk}");
    }
    assert!(world.ask(socket, &subscribe(json!(["v2.a", "v2.b"]))).is_empty());
    assert_eq!(world.ask(socket, &subscribe(json!(["v2.c"])))[0]["code"], 400);
    assert_eq!(world.report()["sockets"][0]["topics"], json!(["v2.a", "v2.b"]));
}
