//! Frames as they should not be: whatever a client says, it is answered or ignored, and everybody else is served on.

use guestwire_sim::service::{Upload, WebMessagingConfig};
use serde_json::{Value, json};

use super::world::{World, config, text};

/// What can stand where something else should.
fn stand_ins() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(1e300),
        json!(""),
        json!("\u{0}\u{202e}🦀"),
        json!("x".repeat(10_000)),
        json!([]),
        json!([[[[]]], null, {}]),
        json!({}),
        json!({ "type": 1, "metadata": [], "id": {}, "attachment": 7 }),
    ]
}

/// The value with each of its members in turn replaced by each stand-in, or left out.
fn mangled(value: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let mut without = members.clone();
                without.remove(name);
                all.push(Value::Object(without));
                for other in stand_ins().into_iter().chain(mangled(member)) {
                    let mut changed = members.clone();
                    changed.insert(name.clone(), other);
                    all.push(Value::Object(changed));
                }
            }
        }
        Value::Array(elements) => {
            for (position, element) in elements.iter().enumerate() {
                for other in stand_ins().into_iter().chain(mangled(element)) {
                    let mut changed = elements.clone();
                    changed[position] = other;
                    all.push(Value::Array(changed));
                }
            }
        }
        _ => {}
    }
    all
}

#[test]
fn no_frame_stops_the_service_for_anybody() {
    let frames: Vec<Value> = serde_json::from_str(include_str!("../../data/web-messaging-frames.json")).expect("JSON");
    let clients = frames.iter().filter(|example| example["direction"] == "client" && example["channel"] == "ws");
    let mut tried = 0;
    for example in clients {
        let token = example["frame"]["token"].as_str().unwrap_or("t");
        for frame in mangled(&example["frame"]) {
            let mut world = World::new(WebMessagingConfig { late: 5, disorder: 5, echo_typing: true, ..config() });
            let (guest, other) = (world.guest(token), world.guest("other"));
            world.say(guest, &frame);
            world.pass(20);
            for heard in world.heard(guest) {
                assert!(heard["class"].is_string() && heard["code"].is_u64(), "{frame}: {heard}");
            }
            world.heard(other);
            world.ask(other, "other", text("a", "still here"));
            world.pass(20);
            assert_eq!(world.heard(other).len(), 1, "{frame}");
            tried += 1;
        }
    }
    assert!(tried > 1_000, "{tried}");
}

#[test]
fn whatever_the_agent_is_told_to_say_is_passed_on_and_can_be_read_again() {
    let frames: Vec<Value> = serde_json::from_str(include_str!("../../data/web-messaging-frames.json")).expect("JSON");
    let said = frames.iter().filter(|example| example["frame"]["class"] == "StructuredMessage");
    let mut world = World::new(WebMessagingConfig { history_message_ids: true, ..config() });
    let guest = world.guest("t");
    for message in said.flat_map(|example| mangled(&example["frame"]["body"])) {
        world.agent(&message);
        assert_eq!(world.heard(guest).len(), 1, "{message}");
    }
    let jwt = world.jwt(guest, "t");
    assert_eq!(world.history_page(&jwt, "1", "500").status, 200);
}

#[test]
fn no_body_of_a_request_stops_the_service() {
    let mut world = World::new(config());
    let good = json!({ "deploymentId": "d", "refreshToken": "r", "deviceToken": "t", "language": "l",
        "oauth": { "code": "c", "idToken": "i" } });
    for body in mangled(&good).into_iter().chain(stand_ins()) {
        let body = body.to_string();
        for status in [
            world.service.exchange_code(world.now, body.as_bytes()).status,
            world.service.refresh_jwt(world.now, body.as_bytes()).status,
            world.service.register_device(world.now, "d", "t", body.as_bytes()).status,
            world.service.upload(world.now, "nowhere", Upload { tagging: None, bytes: body.as_bytes() }).status,
        ] {
            assert!(matches!(status, 200 | 204 | 400 | 401 | 403 | 404), "{body}: {status}");
        }
    }
    assert_eq!(world.service.exchange_code(world.now, &[0xff; 9]).status, 404, "no UTF-8, no deployment");
}
