//! Events, and who hears of them.

use guestwire_sim::service::Emission;
use serde_json::json;

use super::world::{START, World};

#[test]
fn an_event_comes_in_its_envelope_with_a_correlation_id() {
    let mut world = World::new();
    let token = world.token();
    let (_, socket) = world.stream(&token, &["v2.a"]);
    let event = world.emit("v2.a");
    assert_eq!(
        world.heard(socket),
        [json!({
            "topicName": "v2.a",
            "version": "2",
            "eventBody": { "x": 1 },
            "metadata": { "CorrelationId": event.correlation_id },
        })]
    );
    assert_eq!(event.correlation_id.len(), 36);
    assert_eq!(world.report()["events"][0]["correlationId"], event.correlation_id);
}

#[test]
fn an_event_goes_to_whoever_listens_once_each_and_is_the_same_for_all() {
    let mut world = World::new();
    let token = world.token();
    let (_, both) = world.stream(&token, &["v2.users.u.presence", "v2.users.u?presence&station"]);
    let (_, one) = world.stream(&token, &["v2.users.u?presence&routingStatus"]);
    let (_, none) = world.stream(&token, &["v2.users.u.routingStatus"]);
    let event = world.emit("v2.users.u.presence");
    let (to_both, to_one) = (world.heard(both), world.heard(one));
    assert_eq!((to_both.len(), &to_both), (1, &to_one));
    assert_eq!(to_both[0]["topicName"], "v2.users.u.presence");
    assert!(world.heard(none).is_empty());
    assert_eq!(event.sent.len(), 2);
    assert_eq!(world.emit("v2.users.u.station").sent.len(), 1);
    assert_eq!(world.emit("v2.users.u?presence&station").sent.len(), 0);
}

#[test]
fn several_events_happen_at_once_or_with_a_while_between() {
    let mut world = World::new();
    let token = world.token();
    let (_, socket) = world.stream(&token, &["v2.a", "v2.b"]);
    let emission = |topic: Option<&str>, count, every| Emission {
        topic: topic.map(str::to_owned),
        body: json!({}),
        correlation_id: Some("mine".into()),
        count,
        every,
        after: 0,
    };
    assert_eq!(world.service.emit(START, emission(Some("v2.a"), 3, 0)).expect("room").len(), 3);
    world.drain();
    assert!(world.heard(socket).iter().all(|event| event["metadata"]["CorrelationId"] == "mine"));
    assert_eq!(world.service.emit(START, emission(None, 3, 100)).expect("room").len(), 2, "one in each topic");
    world.drain();
    world.pass(199);
    assert_eq!(world.topics_heard(socket), ["v2.a", "v2.b", "v2.a", "v2.b"]);
    world.pass(1);
    assert_eq!(world.topics_heard(socket), ["v2.a", "v2.b"]);
    world.pass(10_000);
    assert!(world.heard(socket).is_empty());
    let late = Emission { after: 5_000, ..emission(Some("v2.a"), 2, 0) };
    assert!(world.service.emit(world.now, late).expect("room").is_empty());
    world.pass(4_999);
    assert!(world.heard(socket).is_empty());
    world.pass(1);
    assert_eq!(world.heard(socket).len(), 2);
}

#[test]
fn something_happens_by_itself_as_long_as_somebody_is_there() {
    let mut world = World::with(|config| (config.generate, config.heartbeat) = (Some(1_000), None));
    let token = world.token();
    let (channel, socket) = world.stream(&token, &["v2.b", "v2.a?x&y"]);
    world.pass(2_000);
    assert_eq!(world.topics_heard(socket), ["v2.a.x", "v2.a.y", "v2.b", "v2.a.x", "v2.a.y", "v2.b"]);
    world.service.socket_gone(socket);
    world.pass(60_000);
    assert_eq!(world.report()["events"].as_array().map(Vec::len), Some(6));
    let again = world.open(&channel);
    world.pass(1_000);
    assert_eq!(world.heard(again).len(), 3);
}

#[test]
fn what_goes_out_on_a_half_open_link_counts_as_missed() {
    let mut world = World::new();
    let token = world.token();
    let (channel, _) = world.stream(&token, &["v2.a"]);
    world.fault(json!({ "fault": "silence", "ms": 5_000 }));
    let event = world.emit("v2.a");
    assert_eq!((event.sent.len(), event.missed), (0, vec![channel]));
}
