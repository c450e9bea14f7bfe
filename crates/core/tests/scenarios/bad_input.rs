//! Frames that no service should send. Each leaves the client connected and correct, and is counted.

use crate::world::World;
use guestwire_core::event::Event;
use guestwire_core::io::{Frame, Input};
use guestwire_core::limits;
use guestwire_core::value::Unreadable;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Frames that are dropped and told.
fn malformed() -> Vec<String> {
    let mut frames: Vec<String> = [
        "",
        "hello",
        "{",
        "null",
        "true",
        "17",
        r#""text""#,
        "[]",
        "{}",
        r#"{"type":null}"#,
        r#"{"type":17}"#,
        r#"{"type":["message"]}"#,
        r#"{"kind":"message"}"#,
        r#"{"type":"message"}"#,
        r#"{"type":"message","messageId":"m"}"#,
        r#"{"type":"message","content":17,"messageId":"m"}"#,
        r#"{"type":"message","content":null,"messageId":"m"}"#,
        r#"{"type":"error"}"#,
        r#"{"type":"error","code":"none"}"#,
        r#"{"type":"error","code":403.5}"#,
        r#"{"type":"error","code":-1}"#,
        r#"{"type":"error","code":70000}"#,
        r#"{"type":"error","code":1e300}"#,
    ]
    .map(str::to_owned)
    .to_vec();
    frames.push(format!(r#"{{"type":"message","content":"{}","messageId":"m"}}"#, "x".repeat(256 * 1024)));
    frames
}

/// Frames that are understood and mean nothing.
const HARMLESS: [&str; 20] = [
    r#"{"type":"messageReceived"}"#,
    r#"{"type":"messageReceived","messageId":17}"#,
    r#"{"type":"messageReceived","messageId":"not ours"}"#,
    r#"{"type":"messageReceived","messageId":{}}"#,
    r#"{"type":"error","code":403,"messageId":17}"#,
    r#"{"type":"error","code":403,"messageId":"not ours"}"#,
    r#"{"type":"error","code":401,"messageId":"not ours"}"#,
    r#"{"type":"error","code":404,"messageId":[]}"#,
    r#"{"type":"surprise","content":"c"}"#,
    r#"{"type":"KEEP_ALIVE_ACK"}"#,
    r#"{"type":"KEEP_ALIVE_ACK","timestamp":"now"}"#,
    r#"{"type":"KEEP_ALIVE_ACK","timestamp":-1}"#,
    r#"{"type":"KEEP_ALIVE_ACK","timestamp":12345}"#,
    r#"{"type":"KEEP_ALIVE_ACK","timestamp":9e99}"#,
    r#"{"type":"messageReceived","messageId":"00000000-0000-4000-8000-000000000000"}"#,
    r#"{"type":"error","code":400,"message":"no"}"#,
    r#"{"type":"error","code":403,"messageId":"00000000-0000-4000-8000-000000000000"}"#,
    r#"{"type":"error","code":401,"messageId":"00000000-0000-4000-8000-000000000000"}"#,
    r#"{"type":"error","code":404,"messageId":"00000000-0000-4000-8000-000000000000"}"#,
    r#"{"type":"error","code":500,"messageId":"00000000-0000-4000-8000-000000000000","retryAfter":-3}"#,
];

fn is_well(world: &mut World, frame: &str) {
    let frame: String = frame.chars().take(80).collect();
    assert_eq!((world.client.state().name(), world.network.opens.len()), ("connected", 1), "{frame}");
    let id = world.send("still here");
    world.run(100);
    assert_eq!(world.fate(id), "delivered", "{frame}");
}

#[test]
fn a_malformed_frame_is_dropped_counted_and_told() {
    for frame in malformed() {
        let mut world = World::new().ready();
        world.frame(&frame);
        let short: String = frame.chars().take(80).collect();
        assert_eq!(world.client.stats(world.now()).counters.malformed, 1, "{short}");
        assert_eq!((world.errors(), world.audits("malformed").len()), (vec!["malformed_frame"], 1), "{short}");
        assert!(world.heard().is_empty(), "{short}");
        is_well(&mut world, &frame);
    }
}

#[test]
fn one_error_tells_of_the_frames_that_could_not_be_read_within_ten_seconds() {
    let mut world = World::new().ready();
    for _ in 0..100 {
        world.frame("{}");
    }
    assert_eq!((world.errors(), world.audits("malformed").len()), (vec!["malformed_frame"], 100), "each has a record");
    world.run(limits::MALFORMED_EVERY);
    world.frame("{}");
    assert_eq!(world.errors(), ["malformed_frame"; 2]);
    let last = world.events.iter().rev().find_map(|(_, event)| match event {
        Event::Error(report) => Some(report.message.as_ref()),
        _ => None,
    });
    assert!(last.is_some_and(|message| message.ends_with("before it, untold: 99")), "{last:?}");
    is_well(&mut world, "{}");
}

#[test]
fn a_service_that_says_nothing_that_can_be_read_is_left_and_tried_again_with_backoff() {
    let mut world = World::new().ready();
    let mut left = Vec::new();
    for _ in 0..6 {
        let opens = world.network.opens.len();
        for _ in 0..limits::MALFORMED_FRAMES - 1 {
            world.frame("{}");
        }
        assert_eq!(world.client.state().name(), "connected");
        world.frame("{}");
        assert_eq!(world.client.state().name(), "reconnecting", "it is left, and not for good");
        let began = world.now().monotonic;
        while world.network.opens.len() == opens || world.client.state().name() != "connected" {
            world.run(10);
        }
        left.push(world.now().monotonic - began);
    }
    assert!(left[5] > 4_000 && left[5] > left[0], "the waits grow: {left:?}");
    let left = world.changes().iter().filter(|(_, change)| change.why == "malformed").count();
    assert_eq!(left, 6, "and why is told");
    let id = world.send("still here");
    world.run(100);
    assert_eq!(world.fate(id), "delivered");
}

#[test]
fn one_frame_that_can_be_read_among_many_that_cannot_keeps_the_connection() {
    let mut world = World::new().ready();
    for _ in 0..3 {
        for _ in 0..limits::MALFORMED_FRAMES - 1 {
            world.frame("{}");
        }
        world.frame(r#"{"type":"KEEP_ALIVE_ACK"}"#);
    }
    is_well(&mut world, "{}");
}

#[test]
fn a_frame_that_means_nothing_is_taken_without_a_word() {
    for frame in HARMLESS {
        let mut world = World::new().ready();
        world.frame(frame);
        assert_eq!(world.client.stats(world.now()).counters.malformed, 0, "{frame}");
        is_well(&mut world, frame);
    }
}

#[test]
fn what_can_be_told_is_told_whatever_its_id_and_its_characters_are() {
    let long = format!(r#"{{"type":"message","content":"told","messageId":"{}"}}"#, "m".repeat(5_000));
    for (frame, audit) in [
        (r#"{"type":"message","content":"told"}"#, Some("no_id")),
        (r#"{"type":"message","content":"told","messageId":""}"#, Some("no_id")),
        (r#"{"type":"message","content":"told","messageId":null}"#, Some("no_id")),
        (r#"{"type":"message","content":"told","messageId":17.5}"#, Some("no_id")),
        (&long, Some("no_id")),
        (r#"{"type":"message","content":"told","messageId":"m\ud83d"}"#, Some("inexact_id")),
        (r#"{"type":"message","content":"told","messageId":1524831183200260097}"#, Some("inexact_id")),
        (r#"{"type":"message","content":"told","messageId":17}"#, None),
        (r#"{"type":"message","content":"told","messageId":"17"}"#, None),
        (r#"{"TYPE":"x","type":"message","content":"told","messageId":"m","x":1e999}"#, None),
    ] {
        let mut world = World::new().ready();
        world.frame(frame);
        world.frame(&frame.replace("told", "again"));
        let heard = world.heard();
        // What has no name of its own cannot be recognised when it comes again.
        let told: &[&str] = if audit.is_some() { &["told", "again"] } else { &["told"] };
        assert_eq!(heard, told, "{frame}");
        for word in ["no_id", "inexact_id"] {
            assert_eq!(world.audits(word).len(), if audit == Some(word) { 2 } else { 0 }, "{frame}");
        }
        assert!(world.errors().is_empty(), "{frame}");
        is_well(&mut world, frame);
    }
    let mut world = World::new().ready();
    world.frame(r#"{"type":"message","content":"on its way \ud83d","messageId":"m-1"}"#);
    assert_eq!(world.heard(), ["on its way \u{fffd}"]);
}

#[test]
fn a_refusal_is_one_in_whatever_letters_and_whether_its_code_is_a_number_or_a_text() {
    for frame in [
        r#"{"type":"error","code":403}"#,
        r#"{"type":"error","code":"403"}"#,
        r#"{"type":"Error","code":403.0,"messageId":null}"#,
    ] {
        let mut world = World::new().ready();
        world.frame(frame);
        assert_eq!((world.client.state().name(), world.errors()), ("closed", vec!["forbidden"]), "{frame}");
    }
}

#[test]
fn a_binary_frame_is_one_of_them() {
    let mut world = World::new().ready();
    let generation = world.network.latest();
    world.input(Input::SocketFrame(generation, Frame { bytes: 10, body: Err(Unreadable::Binary) }));
    assert_eq!(world.client.stats(world.now()).counters.malformed, 1);
    is_well(&mut world, "binary");
}

#[test]
fn bad_frames_while_messages_are_in_flight_harm_none_of_them() {
    let mut world = World::new().ready();
    let frames: Vec<String> = malformed().into_iter().chain(HARMLESS.map(str::to_owned)).collect();
    let mut said = Vec::new();
    for frame in &frames {
        said.push(world.send("in flight"));
        world.frame(frame);
        world.run(7);
    }
    world.run(1_000);
    assert!(said.iter().all(|id| world.fate(*id) == "delivered"));
    assert!(world.service.ledger.iter().all(|entry| entry.copies == 1));
}

#[test]
fn what_the_agent_says_is_raised_once_and_in_order_across_connections() {
    let mut world = World::new();
    let say = |id: &str| format!(r#"{{"type":"message","content":"{id}","messageId":"{id}"}}"#);
    world.service.greeting = vec![say("a"), say("b")];
    let mut world = world.ready();
    world.run(100);
    world.frame(&say("b"));
    world.frame(&say("c"));
    world.service.greeting.push(say("c"));
    world.network.reset(world.ms());
    world.run(5_000);
    world.frame(&say("d"));
    assert_eq!(world.heard(), ["a", "b", "c", "d"]);
    let counters = world.client.stats(world.now()).counters;
    assert_eq!((counters.received, counters.duplicates), (4, 4));
}

#[test]
fn an_error_for_nobody_with_a_null_id_is_an_error_without_one() {
    let mut world = World::new().ready();
    world.frame(r#"{"type":"error","code":403,"messageId":null}"#);
    assert_eq!(world.closed_with(), Some("forbidden"));
}

#[test]
fn odd_answers_over_http_are_survived() {
    use crate::world::service::{Handshake, Reply, Says};
    for body in ["null", "[]", r#"{"retryAfter":"soon"}"#, r#"{"retryAfter":-1}"#, r#"{"retryAfter":1e300}"#, "1e300"] {
        for status in [100, 302, 400, 429, 500, 599, 700, 999] {
            let mut world = World::new();
            world.service.handshakes_always = Handshake::Refused;
            world.service.posts.push_back(Reply::Says(Says {
                status,
                body: Some(body.to_owned()),
                retry_after: Some("later".to_owned()),
                date: Some("never".to_owned()),
                ..Says::default()
            }));
            world.connect();
            let id = world.send("hello");
            world.run(20_000);
            world.service.handshakes_always = Handshake::Opens;
            world.until("it ends", 400_000, |world| world.checks.all_ended());
            assert!(["delivered", "rejected"].contains(&world.fate(id)), "{status} {body}: {}", world.fate(id));
        }
    }
}
