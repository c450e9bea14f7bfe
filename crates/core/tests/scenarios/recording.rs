//! The flight recorder: what it keeps leads to the same once more, says nothing that it should not, and stays small.

use crate::world::World;
use crate::world::service::{Handshake, Reply, Says, says, says_later};
use guestwire_core::failure::ErrorCode;
use guestwire_core::io::HttpAnswer;
use guestwire_core::limits;
use guestwire_core::trace::replay::{Difference, replay};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const SAID: &str = "my card number is 4111 \"\\\n\u{1}é";

pub fn recording(world: &World) -> Value {
    let mut trace = json!(world.client.frame());
    trace["entries"] = world.client.entries().map(|entry| json!(entry)).collect();
    // As a file has it.
    serde_json::from_str(&trace.to_string()).unwrap()
}

/// A life with a lost network, REST, a lost session and an agent.
fn eventful(options: &str) -> World {
    let mut world = World::with(options).ready();
    world.send(SAID);
    world.run(500);
    world.network.say(world.ms(), r#"{"type":"message","content":"agent-secret","messageId":"a1"}"#.into());
    world.run(500);
    world.frame("not json agent-secret");
    world.frame("\"agent-secret\"");
    world.frame(r#"{"type":["agent-secret"],"content":{"type":"agent-secret"}}"#);
    world.service.posts.extend([says(500), says_later(429, "1")]);
    world.service.handshakes_always = Handshake::Refused;
    world.network.why = ErrorCode::new("ECONNRESET");
    world.network.refusal = Some(HttpAnswer { status: 502, ..HttpAnswer::default() });
    world.network.reset(world.ms());
    let late = world.send(SAID);
    world.cancel(late);
    world.send(SAID);
    world.run(30_000);
    world.service.end_sessions(404);
    let elsewhere = Says { status: 308, redirected: Some("elsewhere.example".to_owned()), ..Says::default() };
    world.service.guests.push_back(Reply::Says(elsewhere));
    world.service.handshakes_always = Handshake::Opens;
    world.sleep(90_000, true);
    world.send(SAID);
    world.run(60_000);
    world
}

#[test]
fn what_happened_runs_again_to_the_same_state() {
    let mut world = eventful("");
    for close in [false, true] {
        if close {
            world.close(Some(0));
        }
        let replayed = replay(&recording(&world)).unwrap();
        assert_eq!(replayed.difference, None);
        assert!(replayed.steps.len() > 40, "{} steps", replayed.steps.len());
    }
}

#[test]
fn a_recording_shows_neither_what_was_said_nor_tokens_nor_where() {
    let guest = r#""guest":{"email":"zoe@example","firstName":"Zoe","lastName":"Zimmer"}"#;
    let world = eventful(guest);
    let text = recording(&world).to_string();
    let tokens: Vec<&str> = world.service.sessions.iter().map(|session| session.token.as_str()).collect();
    assert!(tokens.len() > 1);
    let secrets =
        ["4111", "agent-secret", "zoe", "Zoe", "Zimmer", "chat.example", "elsewhere", crate::world::CREDENTIAL];
    for secret in secrets.into_iter().chain(tokens) {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[test]
fn the_window_moves_on_and_still_begins_with_a_state() {
    let mut world = World::with(r#""trace":40,"maxMessages":1000"#).ready();
    for _ in 0..6 {
        for _ in 0..50 {
            world.send(SAID);
        }
        world.run(5_000);
        let count = world.client.entries().count();
        assert!((20..=40 + 2 * limits::TRACE_OUTPUTS).contains(&count), "{count} entries");
        assert_eq!(replay(&recording(&world)).unwrap().difference, None);
    }
}

#[test]
fn very_many_outputs_of_one_input_are_counted_not_kept() {
    let mut world = World::new().ready();
    world.network.silence();
    for _ in 0..600 {
        world.send("x");
    }
    world.close(Some(0));
    let (kept, counted) = (recording(&world), |entry: &&Value| entry["out"] == "more");
    assert_eq!(kept["entries"].as_array().unwrap().iter().filter(counted).count(), 1);
    let replayed = replay(&kept).unwrap();
    assert_eq!(replayed.difference, None);
    assert!(replayed.steps.last().unwrap().outputs.len() > 1_200, "and yet all of them are there once more");
}

#[test]
fn a_client_that_records_nothing_keeps_nothing() {
    let world = eventful(r#""trace":0"#);
    let kept = recording(&world);
    assert_eq!(kept["entries"], json!([]));
    assert_eq!(kept["start"], kept["end"]);
    assert_eq!(replay(&kept).unwrap().difference, None);
}

#[test]
fn a_recording_that_was_tampered_with_is_found_out() {
    let kept = recording(&eventful(""));
    let place = kept["entries"].as_array().unwrap().iter().position(|entry| entry["out"] == "delivery").unwrap();
    let mut other = kept.clone();
    other["entries"][place]["detail"]["state"] = json!("delivered");
    assert!(matches!(replay(&other).unwrap().difference, Some(Difference::Outputs { .. })));
    let mut other = kept.clone();
    other["end"] = other["start"].clone();
    assert_eq!(replay(&other).unwrap().difference, Some(Difference::End));
}

#[test]
fn a_small_file_cannot_ask_for_more_content_than_a_client_ever_holds() {
    let mut world = World::with(r#""trace":0,"maxBytes":777777"#);
    for _ in 0..40 {
        world.send(&"x".repeat(7_777));
    }
    let kept = recording(&world);
    let edited = |from: &str, to: &str| {
        let mut other = kept.clone();
        other["start"] = json!(kept["start"].as_str().unwrap().replace(from, to));
        assert_ne!(other, kept);
        replay(&other).map(|replayed| replayed.steps.len())
    };
    assert_eq!(edited(" 7777 7777 ", " 7776 7776 "), Ok(0));
    assert!(edited(" 7777 7777 ", " 6000000 6000000 ").is_err(), "240 MB of content");
    assert!(edited(" 777777 ", " 9007199254740991 ").is_err(), "a buffer for any number of bytes");
}

#[test]
fn what_is_no_recording_is_refused_with_its_reason() {
    let kept = recording(&eventful(""));
    let cut = |text: &Value| json!(text.as_str().unwrap().split_at(100).0);
    for (member, value) in [
        ("format", json!("guestwire-trace/0.0.0")),
        ("start", json!("")),
        ("start", cut(&kept["start"])),
        ("start", json!(format!("{}1 ", kept["start"].as_str().unwrap()))),
        ("entries", json!("none")),
        ("entries", json!([{ "in": "dance", "monotonic": 1, "wall": 1 }])),
        ("entries", json!([{ "in": "send", "content": { "filler": 9, "quoted": 3 }, "monotonic": 1, "wall": 1 }])),
        (
            "entries",
            json!([{ "in": "send", "content": { "filler": 1e15, "quoted": 1e15 }, "monotonic": 1, "wall": 1 }]),
        ),
        ("entries", json!([{ "in": "opened", "socket": -1, "monotonic": 1, "wall": 1 }])),
    ] {
        let mut other = kept.clone();
        other[member] = value;
        assert!(replay(&other).is_err(), "{member}: {}", other[member]);
    }
    assert!(replay(&json!([])).is_err());
}
