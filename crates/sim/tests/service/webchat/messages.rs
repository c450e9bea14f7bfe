use guestwire_sim::service::{Dedupe, Via, WebChatConfig};
use serde_json::json;

use super::world::{World, ack, config, message};

#[test]
fn a_message_is_acknowledged_and_stands_in_the_ledger() {
    let mut world = World::new(config());
    let guest = world.guest();
    let socket = world.open(&guest);
    assert_eq!(world.send(socket, "a"), ack("a"));
    let answer = world.post(&guest, "b");
    assert_eq!((answer.status, answer.body), (200, ack("b")));
    let ledger = world.service.ledger();
    assert_eq!((ledger[0].via, ledger[1].via), (Via::WebSocket, Via::Rest));
    assert_eq!(ledger[0].content, "hello");
    assert_eq!(ledger[0].at, world.now);
    assert_eq!(ledger[0].conversation, guest.conversation);
}

#[test]
fn a_copy_by_any_path_is_acknowledged_again_and_stored_once() {
    let mut world = World::new(config());
    let guest = world.guest();
    let socket = world.open(&guest);
    world.send(socket, "a");
    assert_eq!(world.send(socket, "a"), ack("a"));
    assert_eq!(world.post(&guest, "a").status, 200);
    assert_eq!(world.ledger(), [("a", 3)]);
}

#[test]
fn an_id_belongs_to_its_session_or_with_dedupe_host_to_all() {
    for (dedupe, stored) in [(Dedupe::Instance, 2), (Dedupe::Host, 1)] {
        let mut world = World::new(WebChatConfig { dedupe, ..config() });
        let (one, other) = (world.guest(), world.guest());
        assert_eq!(world.post(&one, "a").status, 200);
        assert_eq!(world.post(&other, "a").status, 200);
        assert_eq!(world.ledger().len(), stored, "{dedupe:?}");
    }
}

#[test]
fn content_that_is_empty_or_too_large_is_refused_with_its_id() {
    let mut world = World::new(WebChatConfig { max_content: 4, ..config() });
    let guest = world.guest();
    let socket = world.open(&guest);
    for (content, code) in [("", 400), ("12345", 413), ("ééé", 413)] {
        world.receive(socket, &message("a", content));
        let frames = world.frames(socket);
        assert_eq!((&frames[0]["code"], &frames[0]["messageId"]), (&json!(code), &json!("a")));
    }
    world.receive(socket, &message("b", "éé"));
    assert_eq!(world.frames(socket), [ack("b")]);
    assert_eq!(world.ledger(), [("b", 1)]);
}

#[test]
fn what_is_no_message_is_answered_and_the_connection_goes_on() {
    let mut world = World::new(config());
    let guest = world.guest();
    let socket = world.open(&guest);
    for text in ["{", "7", r#"{"type":"message"}"#, r#"{"type":[]}"#] {
        world.receive(socket, text);
        let frames = world.frames(socket);
        assert_eq!(frames[0]["code"], 400, "{text}");
        assert!(frames[0].get("messageId").is_none(), "{text}");
    }
    world.receive(socket, r#"{"type":"typing"}"#);
    assert!(world.frames(socket).is_empty());
    assert_eq!(world.send(socket, "a"), ack("a"));
    assert_eq!(world.service.connections(0).connections[0].malformed, 5);
}

#[test]
fn over_rest_only_a_message_is_taken() {
    let mut world = World::new(config());
    let guest = world.guest();
    let (conversation, token) = (&guest.conversation, Some(guest.token.as_str()));
    for body in [&b"{"[..], b"\xff", br#"{"type":"KEEP_ALIVE"}"#, br#"{"type":"typing"}"#] {
        assert_eq!(world.service.post_message(0, conversation, token, body).status, 400);
    }
    let body = message("a", "x");
    let status = |world: &mut World, conversation: &str, token| {
        world.service.post_message(0, conversation, token, body.as_bytes()).status
    };
    assert_eq!(status(&mut world, conversation, None), 401);
    assert_eq!(status(&mut world, conversation, Some("wrong")), 401);
    assert_eq!(status(&mut world, "nowhere", token), 404);
    assert!(world.ledger().is_empty());
}

#[test]
fn a_heartbeat_comes_back_with_its_timestamp() {
    let mut world = World::new(config());
    let guest = world.guest();
    let socket = world.open(&guest);
    world.receive(socket, r#"{"type":"KEEP_ALIVE","timestamp":1732150000000.5,"connectionId":"c"}"#);
    let frames = world.frames(socket);
    assert_eq!(frames[0]["type"], "KEEP_ALIVE_ACK");
    assert_eq!(frames[0]["timestamp"], 1_732_150_000_000.5);
    assert_eq!(frames[0]["connectionId"], "c");
    world.receive(socket, r#"{"type":"KEEP_ALIVE","timestamp":"soon"}"#);
    assert!(world.frames(socket)[0].get("timestamp").is_none());
    let report = world.service.connections(0);
    assert_eq!(report.connections[0].heartbeats, 2);
    assert_eq!(report.connections[0].irregular_heartbeats, 2);
}

#[test]
fn a_service_without_heartbeat_answers_is_silent_about_them() {
    let mut world = World::new(WebChatConfig { heartbeat_ack: false, ..config() });
    let guest = world.guest();
    let socket = world.open(&guest);
    world.receive(socket, r#"{"type":"KEEP_ALIVE","timestamp":1}"#);
    assert!(world.frames(socket).is_empty());
}

#[test]
fn a_cleared_ledger_takes_the_same_id_anew() {
    let mut world = World::new(config());
    let guest = world.guest();
    world.post(&guest, "a");
    world.service.clear_ledger();
    world.post(&guest, "a");
    assert_eq!(world.ledger(), [("a", 1)]);
}

#[test]
fn the_requests_that_came_are_remembered_with_their_status() {
    let mut world = World::new(config());
    let guest = world.guest();
    world.fault(json!({"fault":"refuse_rest","status":503,"count":1}));
    world.fault(json!({"fault":"lose_acks","via":"rest","count":1}));
    world.post(&guest, "a");
    world.post(&guest, "a");
    world.post(&guest, "a");
    let seen: Vec<_> =
        world.service.requests().map(|request| (request.what, request.message_id.as_deref(), request.status)).collect();
    let a = Some("a");
    assert_eq!(seen, [("guests", None, 200), ("messages", a, 503), ("messages", a, 0), ("messages", a, 200)]);
}
