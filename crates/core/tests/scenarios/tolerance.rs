//! The contract's frames with each member changed in each way: never fatal where they were not, and what the agent says is
//! told, or a gap is.

use crate::changed;
use crate::recording::recording;
use crate::world::World;
use guestwire_core::event::Event;
use guestwire_core::trace::replay::replay;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn frames() -> Vec<Value> {
    let id = "00000000-0000-4000-8000-000000000000";
    vec![
        json!({ "type": "message", "content": "We close in five minutes", "messageId": "m-1" }),
        json!({ "type": "message", "content": "We close in five minutes", "messageId": 4711, "sender": { "name": "A" } }),
        json!({ "type": "messageReceived", "messageId": id }),
        json!({ "type": "KEEP_ALIVE_ACK", "timestamp": 1_795_262_400_000_u64 }),
        json!({ "type": "error", "code": 429, "message": "slowly", "retryAfter": 3 }),
        json!({ "type": "error", "code": 400, "messageId": id }),
        json!({ "type": "error", "code": 403, "message": "no" }),
    ]
}

/// The state, and what the application was told of.
fn after(text: &str) -> (&'static str, usize, usize) {
    let mut world = World::new().ready();
    world.frame(text);
    let gaps = world.events.iter().filter(|(_, event)| matches!(event, Event::Gap(_))).count();
    (world.client.state().name(), world.heard().len(), gaps)
}

#[test]
fn nothing_that_a_service_changes_ends_a_client_or_swallows_what_was_said() {
    let mut count = 0;
    for frame in frames() {
        let (state, said, _) = after(&frame.to_string());
        for changed in changed::each(&frame) {
            let (now, heard, gaps) = after(&changed.text);
            // A refusal that names no message means the client: so it does where what named one is gone.
            let unnamed = changed.at == "/messageId" && frame["type"] == "error";
            assert!(now == state || now != "closed" || unnamed, "{}", changed.text);
            assert!(said == 0 || heard + gaps > 0 || changed.at == "/type", "{}", changed.text);
            if changed.same || changed.how == "/type other letters" {
                assert_eq!((now, heard, gaps), (state, said, 0), "{}", changed.text);
            }
            count += 1;
        }
    }
    assert!(count > 150, "{count}");
}

#[test]
fn a_secret_that_a_service_quotes_is_in_no_trace_and_no_error() {
    let mut count = 0;
    for frame in frames() {
        for planted in changed::planted(&frame) {
            let mut world = World::new().ready();
            world.frame(&planted.text);
            let told = world.events.iter().filter(|(_, event)| !matches!(event, Event::Message(_)));
            let told = format!("{:?}", told.map(|(_, event)| event.detail()).collect::<Vec<_>>());
            let trace = recording(&world);
            assert_eq!(replay(&trace).unwrap().difference, None, "{}", planted.text);
            assert!(!trace.to_string().contains("hush") && !told.contains("hush"), "{}", planted.text);
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}
