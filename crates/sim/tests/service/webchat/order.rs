//! Order under refusal: after a retryable refusal of one message nothing later on that connection
//! is taken until it returns.

use guestwire_sim::service::WebChatConfig;
use serde_json::json;

use super::world::{World, ack, config, message};

#[test]
fn nothing_overtakes_a_message_that_was_told_to_come_later() {
    for code in [401, 404, 408, 410, 418, 425, 429, 500, 503] {
        let mut world = World::new(config());
        let guest = world.guest();
        let socket = world.open(&guest);
        world.fault(json!({"fault":"refuse_message","code":code,"count":1,"retry_after":3}));
        let refused = world.send(socket, "1");
        assert_eq!((&refused["code"], &refused["retryAfter"]), (&json!(code), &json!(3)));
        world.now += 1_500;
        let behind = world.send(socket, "2");
        assert_eq!((&behind["code"], &behind["retryAfter"]), (&json!(code), &json!(2)));
        assert_eq!(behind["messageId"], "2");
        assert_eq!(world.send(socket, "2")["code"], code);
        assert_eq!(world.send(socket, "1"), ack("1"));
        assert_eq!(world.send(socket, "2"), ack("2"));
        assert_eq!(world.ledger(), [("1", 1), ("2", 1)]);
    }
}

#[test]
fn a_service_without_this_rule_takes_what_comes() {
    let mut world = World::new(WebChatConfig { order_under_refusal: false, ..config() });
    let guest = world.guest();
    let socket = world.open(&guest);
    world.fault(json!({"fault":"refuse_message","code":429,"count":1}));
    assert_eq!(world.send(socket, "1")["code"], 429);
    assert_eq!(world.send(socket, "2"), ack("2"));
    assert_eq!(world.send(socket, "1"), ack("1"));
}

#[test]
fn a_message_refused_for_good_holds_up_nobody() {
    let mut world = World::new(config());
    let guest = world.guest();
    let socket = world.open(&guest);
    world.fault(json!({"fault":"refuse_message","code":403,"count":1}));
    assert_eq!(world.send(socket, "1")["code"], 403);
    assert_eq!(world.send(socket, "2"), ack("2"));
}

#[test]
fn a_message_that_returns_and_is_then_refused_for_good_lets_the_others_on() {
    let mut world = World::new(config());
    let guest = world.guest();
    let socket = world.open(&guest);
    world.fault(json!([
        {"fault":"refuse_message","code":503,"count":1},
        {"fault":"refuse_message","code":400,"count":1},
    ]));
    assert_eq!(world.send(socket, "1")["code"], 503);
    assert_eq!(world.send(socket, "1")["code"], 400);
    assert_eq!(world.send(socket, "2"), ack("2"));
}

#[test]
fn a_message_that_was_taken_before_its_copy_was_refused_is_awaited_no_longer_once_it_returns() {
    let mut world = World::new(config());
    let guest = world.guest();
    let socket = world.open(&guest);
    assert_eq!(world.send(socket, "1"), ack("1"));
    world.fault(json!({"fault":"refuse_message","code":503,"count":1}));
    assert_eq!(world.send(socket, "1")["code"], 503);
    assert_eq!(world.send(socket, "1"), ack("1"));
    assert_eq!(world.send(socket, "2"), ack("2"));
}

#[test]
fn the_awaited_message_may_return_by_the_other_path() {
    let mut world = World::new(config());
    let guest = world.guest();
    let socket = world.open(&guest);
    world.fault(json!({"fault":"refuse_message","code":429,"count":1}));
    world.send(socket, "1");
    assert_eq!(world.post(&guest, "1").status, 200);
    assert_eq!(world.send(socket, "2"), ack("2"));
}

#[test]
fn a_message_that_was_taken_before_is_acknowledged_even_then() {
    let mut world = World::new(config());
    let guest = world.guest();
    let socket = world.open(&guest);
    world.send(socket, "0");
    world.fault(json!({"fault":"refuse_message","code":429,"count":1}));
    world.send(socket, "1");
    assert_eq!(world.send(socket, "0"), ack("0"));
}

#[test]
fn a_late_frame_on_an_old_socket_does_not_overtake_what_was_refused_there() {
    let mut world = World::new(config());
    let guest = world.guest();
    let old = world.open(&guest);
    world.fault(json!({"fault":"refuse_message","code":429,"count":1}));
    assert_eq!(world.send(old, "1")["code"], 429);
    assert_eq!(world.send(old, "2")["code"], 429);
    // The guest gave the old socket up, and goes on from the first on a new one.
    let new = world.open(&guest);
    assert_eq!(world.send(new, "1"), ack("1"));
    assert_eq!(world.send(old, "3")["code"], 429, "it left before the guest knew, behind the second");
    assert_eq!(world.send(new, "2"), ack("2"));
    assert_eq!(world.send(old, "3"), ack("3"), "all that stood before it are there");
    assert_eq!(world.ledger(), [("1", 1), ("2", 1), ("3", 1)]);
}

#[test]
fn once_the_awaited_message_came_by_the_other_path_the_next_one_may() {
    let mut world = World::new(config());
    let guest = world.guest();
    let socket = world.open(&guest);
    world.fault(json!({"fault":"refuse_message","code":429,"count":1}));
    assert_eq!(world.send(socket, "1")["code"], 429);
    assert_eq!(world.send(socket, "2")["code"], 429);
    assert_eq!(world.post(&guest, "1").status, 200);
    assert_eq!(world.send(socket, "2"), ack("2"));
    assert_eq!(world.send(socket, "3"), ack("3"));
}

#[test]
fn a_guest_that_gave_up_what_was_refused_behind_is_not_held_up_by_it() {
    let mut world = World::new(config());
    let guest = world.guest();
    let socket = world.open(&guest);
    world.fault(json!({"fault":"refuse_message","code":429,"count":1}));
    assert_eq!(world.send(socket, "1")["code"], 429);
    assert_eq!(world.send(socket, "2")["code"], 429);
    assert_eq!(world.send(socket, "1"), ack("1"));
    assert_eq!(world.send(socket, "3"), ack("3"));
}

#[test]
fn a_new_connection_waits_for_nobody() {
    let mut world = World::new(config());
    let guest = world.guest();
    let socket = world.open(&guest);
    world.fault(json!({"fault":"refuse_message","code":429,"count":1}));
    world.send(socket, "1");
    let other = world.open(&guest);
    assert_eq!(world.send(other, "2"), ack("2"));
}

#[test]
fn over_the_rate_messages_are_refused_in_order_and_taken_in_order() {
    let mut world = World::new(WebChatConfig { rate: Some(2.0), ..config() });
    let guest = world.guest();
    let socket = world.open(&guest);
    for id in ["1", "2", "3", "4"] {
        world.receive(socket, &message(id, "x"));
    }
    let frames = world.frames(socket);
    assert_eq!(frames[..2], [ack("1"), ack("2")]);
    for (frame, id) in frames[2..].iter().zip(["3", "4"]) {
        assert_eq!((&frame["code"], &frame["messageId"]), (&json!(429), &json!(id)));
        assert_eq!(frame["retryAfter"], 1);
    }
    world.now += 1_000;
    assert_eq!(world.send(socket, "4")["code"], 429);
    assert_eq!(world.send(socket, "3"), ack("3"));
    assert_eq!(world.send(socket, "4"), ack("4"));
}

#[test]
fn copies_of_what_was_taken_do_not_count_against_the_rate() {
    let mut world = World::new(WebChatConfig { rate: Some(1.0), ..config() });
    let guest = world.guest();
    assert_eq!(world.post(&guest, "1").status, 200);
    assert_eq!(world.post(&guest, "1").status, 200);
    let refused = world.post(&guest, "2");
    assert_eq!(refused.status, 429);
    assert_eq!(refused.retry_after.map(|retry| retry.seconds), Some(1));
}

#[test]
fn the_rate_is_each_sessions_own() {
    let mut world = World::new(WebChatConfig { rate: Some(1.0), ..config() });
    let (one, other) = (world.guest(), world.guest());
    assert_eq!(world.post(&one, "1").status, 200);
    assert_eq!(world.post(&other, "1").status, 200);
}
