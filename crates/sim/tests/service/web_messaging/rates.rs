//! What may be asked how often, and what is said to whoever asks more.

use guestwire_sim::service::{Handshake, Rates, WebMessagingConfig};
use serde_json::{Value, json};

use super::world::{BASE, DEPLOYMENT, ORIGIN, World, config, text};

fn limited(rates: Rates) -> World {
    World::new(WebMessagingConfig { rates, ..config() })
}

fn refusal(frame: &Value) -> (&Value, &Value, &Value) {
    assert_eq!(frame["class"], "TooManyRequestsErrorMessage", "{frame}");
    (&frame["code"], &frame["body"]["errorCode"], &frame["body"]["retryAfter"])
}

fn ping() -> Value {
    json!({ "action": "echo", "tracingId": "p", "message": { "type": "Text", "text": "ping" } })
}

#[test]
fn a_session_takes_five_messages_a_second_whichever_connection_they_come_by() {
    let mut world = limited(Rates { messages: Some(5.0), ..Rates::NONE });
    let (first, second) = (world.guest("t"), world.guest("t"));
    for id in ["1", "2", "3"] {
        assert_eq!(world.answer(first, "t", text(id, id))["class"], "StructuredMessage");
    }
    for id in ["4", "5"] {
        assert_eq!(world.answer(second, "t", text(id, id))["class"], "StructuredMessage");
    }
    let refused = world.answer(second, "t", text("6", "6"));
    assert_eq!(refusal(&refused), (&json!(429), &json!(4029), &json!(1)));
    assert_eq!(refused["tracingId"], "6");
    world.pass(200);
    assert_eq!(world.answer(second, "t", text("6", "6"))["class"], "StructuredMessage");
    assert_eq!(world.ledger().len(), 6);
}

#[test]
fn requests_and_health_checks_are_counted_per_connection() {
    let mut world = limited(Rates { requests: Some(4.0), health_checks: Some(1.0), ..Rates::NONE });
    let (first, second) = (world.guest("t"), world.guest("t"));
    assert_eq!(world.answer(first, "t", ping())["class"], "StructuredMessage");
    let refused = world.answer(first, "t", ping());
    assert_eq!(refusal(&refused), (&json!(429), &json!(4029), &json!(60)));
    assert_eq!(world.answer(first, "t", text("a", "x"))["class"], "StructuredMessage", "a message is none");
    let refused = world.answer(first, "t", text("b", "x"));
    assert_eq!(refusal(&refused), (&json!(429), &json!(4029), &json!(15)), "the configuration counted too");
    assert_eq!(world.answer(second, "t", ping())["class"], "StructuredMessage");
    let report = world.service.connections(world.now).connections;
    assert_eq!((report[0].heartbeats, report[0].irregular_heartbeats), (2, 1));
}

#[test]
fn configurations_are_counted_per_session() {
    let mut world = limited(Rates { configures: Some(2.0), ..Rates::NONE });
    let guest = world.guest("t");
    world.configure(guest, "t", false);
    world.configure(guest, "t", false);
    let refused = world.configure(guest, "t", false);
    assert_eq!(refusal(&refused), (&json!(429), &json!(4029), &json!(30)));
    world.guest("other");
}

#[test]
fn handshakes_are_counted_and_refused_before_there_is_a_socket() {
    let mut world = limited(Rates { connections: Some(2.0), ..Rates::NONE });
    let handshake = Handshake { deployment: Some(DEPLOYMENT), origin: Some(ORIGIN), base: BASE };
    let mut open = || world.service.open_messaging_socket(world.now, handshake).map_err(|refused| refused.status);
    assert!(open().is_ok() && open().is_ok());
    assert_eq!(open(), Err(429));
    world.pass(30_000);
    world.open();
}
