//! Messages: taken, echoed, found in the history.

use guestwire_sim::service::{TextUnit, WebMessagingConfig};
use serde_json::{Value, json};

use super::world::{START, World, config, text};

#[test]
fn a_message_is_acknowledged_by_its_echo_on_every_connection() {
    let mut world = World::new(config());
    let (first, second) = (world.guest("t"), world.guest("t"));
    let echo = world.answer(first, "t", text("a", "hello"));
    assert_eq!(
        (&echo["type"], &echo["class"], &echo["code"]),
        (&json!("message"), &json!("StructuredMessage"), &json!(200))
    );
    assert_eq!((&echo["tracingId"], &echo["body"]["direction"]), (&json!("a"), &json!("Inbound")));
    assert_eq!(echo["body"]["channel"]["time"], "2026-11-21T00:00:00.000Z");
    assert_eq!(echo["body"]["channel"]["messageId"].as_str().expect("an id").len(), 36);
    assert_eq!(world.heard(second), [echo]);
    assert_eq!(world.ledger(), [(Some("a"), "hello", 1)]);
    assert_eq!(world.service.ledger()[0].at, START);
}

#[test]
fn metadata_comes_back_and_the_older_id_in_it_counts_as_the_tracing_id() {
    let mut world = World::new(config());
    let guest = world.guest("t");
    let metadata = json!({ "customMessageId": "old", "id": "x" });
    let frame = json!({ "action": "onMessage", "message": { "type": "Text", "text": "hi", "metadata": metadata } });
    let echo = world.answer(guest, "t", frame);
    assert_eq!(echo.get("tracingId"), None);
    assert_eq!(echo["body"]["metadata"]["customMessageId"], "old");
    assert_eq!(echo["body"]["metadata"]["id"], "x");
    assert!(echo["body"]["metadata"]["correlationId"].is_string());
    assert_eq!(world.ledger(), [(Some("old"), "hi", 1)]);
}

#[test]
fn a_repeated_tracing_id_is_taken_twice_or_once_as_the_service_is_set() {
    for dedupe in [false, true] {
        let mut world = World::new(WebMessagingConfig { dedupe, ..config() });
        let guest = world.guest("t");
        let other = world.guest("t");
        let first = world.answer(guest, "t", text("a", "hello"));
        let second = world.answer(guest, "t", text("a", "hello"));
        assert_eq!(first["body"]["id"] == second["body"]["id"], dedupe);
        assert_eq!(world.history(guest, "t").len(), if dedupe { 1 } else { 2 });
        assert_eq!(world.heard(other).len(), if dedupe { 1 } else { 2 });
        assert_eq!(world.ledger()[0].2, if dedupe { 2 } else { 1 });
    }
}

#[test]
fn a_late_service_takes_a_message_whose_connection_is_gone() {
    let mut world = World::new(WebMessagingConfig { late: 3_000, ..config() });
    let guest = world.guest("t");
    assert_eq!(world.ask(guest, "t", text("a", "hello")), [] as [Value; 0]);
    world.service.socket_gone(guest);
    let back = world.guest("t");
    world.pass(2_999);
    assert!(world.history(back, "t").is_empty());
    world.pass(1);
    assert_eq!(world.history(back, "t").len(), 1);
}

#[test]
fn one_message_can_be_made_late_by_a_fault() {
    let mut world = World::new(config());
    let guest = world.guest("t");
    world.fault(json!({ "fault": "late", "ms": 500, "count": 1 }));
    world.ask(guest, "t", text("a", "late"));
    world.ask(guest, "t", text("b", "prompt"));
    world.pass(500);
    assert_eq!(world.ledger(), [(Some("b"), "prompt", 1), (Some("a"), "late", 1)]);
}

#[test]
fn echoes_of_a_disorderly_service_overtake_one_another() {
    let mut world = World::new(WebMessagingConfig { disorder: 1_000, ..config() });
    let guest = world.guest("t");
    for id in ["a", "b", "c", "d", "e", "f"] {
        world.ask(guest, "t", text(id, id));
    }
    let mut heard = world.heard(guest);
    world.pass(1_000);
    heard.extend(world.heard(guest));
    let ids: Vec<&str> = heard.iter().filter_map(|echo| echo["tracingId"].as_str()).collect();
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    assert_ne!(ids, sorted);
    let taken: Vec<_> = world.ledger().iter().map(|entry| entry.1).collect();
    assert_eq!(taken, ["a", "b", "c", "d", "e", "f"], "what is taken stays in order");
}

#[test]
fn a_text_is_as_long_as_its_bytes_or_as_its_characters() {
    let too_long = "é".repeat(2_049);
    for (unit, code) in [(TextUnit::Bytes, 4011), (TextUnit::Characters, 200)] {
        let mut world = World::new(WebMessagingConfig { text_unit: unit, ..config() });
        let guest = world.guest("t");
        let answer = world.answer(guest, "t", text("a", &too_long));
        assert_eq!(answer["code"], code);
    }
    let mut world = World::new(config());
    let guest = world.guest("t");
    let answer = world.answer(guest, "t", text("a", &"x".repeat(5_000)));
    assert_eq!(answer["class"], "string");
    assert_eq!(answer["body"], "Message length 5000 is larger than 4096");
    assert_eq!(answer["tracingId"], "a");
    assert!(world.ledger().is_empty());
}

#[test]
fn custom_attributes_count_wherever_they_are() {
    let attributes = json!({ "metadata": { "customAttributes": { "k": "x".repeat(2_048) } } });
    for (inside, outside) in [(attributes.clone(), Value::Null), (Value::Null, attributes)] {
        let mut world = World::new(config());
        let guest = world.guest("t");
        let message = json!({ "type": "Text", "text": "hi", "channel": inside });
        let frame = json!({ "action": "onMessage", "message": message, "channel": outside });
        assert_eq!(world.answer(guest, "t", frame)["code"], 4013);
    }
}

#[test]
fn errors_carry_the_tracing_id_or_not_as_the_service_is_set() {
    let mut world = World::new(WebMessagingConfig { error_tracing: false, ..config() });
    let guest = world.guest("t");
    let answer = world.answer(guest, "t", text("a", &"x".repeat(5_000)));
    assert_eq!((answer["code"].as_u64(), answer.get("tracingId")), (Some(4011), None));
}

#[test]
fn what_is_no_message_is_refused_and_named() {
    let mut world = World::new(config());
    let guest = world.guest("t");
    for (message, code) in [
        (Value::Null, 4020),
        (json!({}), 4020),
        (json!({ "type": "Text", "text": "" }), 4020),
        (json!({ "type": "Receipt", "text": "x" }), 400),
        (json!({ "type": "Text", "text": 7 }), 400),
        (json!({ "type": "Text", "content": {} }), 400),
        (json!({ "type": "Text", "content": [{}] }), 400),
        (json!({ "type": "Text", "text": "x", "metadata": { "a": 1 } }), 400),
        (json!({ "type": "Event" }), 4020),
        (json!({ "type": "Event", "events": [{ "eventType": "Dance" }] }), 400),
    ] {
        let answer = world.answer(guest, "t", json!({ "action": "onMessage", "message": message }));
        assert_eq!((&answer["class"], &answer["code"]), (&json!("string"), &json!(code)), "{message}: {answer}");
    }
    assert!(world.ledger().is_empty());
}
