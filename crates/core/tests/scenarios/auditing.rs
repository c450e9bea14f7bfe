//! The audit (streaming.md, "Audit"): every transmission, acknowledgement, refusal, attempt, wait and state change leaves a
//! record. What must not stand in one is looked for in every scenario (`world/checks.rs`).

use crate::world::World;
use crate::world::service::{Handshake, says, says_later};
use guestwire_core::event::{Audit, Event};
use guestwire_core::io::{Environment, Output};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A life in which everything happens that can: both paths, refusals, a lost link, a lost session, sleep, the end.
fn eventful() -> World {
    let mut world = World::new().ready();
    world.send("by the socket");
    world.run(25_000);
    world.network.say(world.ms(), r#"{"type":"message","content":"c","messageId":"m"}"#.into());
    world.network.say(world.ms(), r#"{"type":"of_another_time"}"#.into());
    world.network.say(world.ms(), r#"{"type":"error","code":500}"#.into());
    world.network.say(world.ms(), "no json".into());
    world.run(1_000);
    world.sleep(600_000, true);
    world.environment(Environment::Resumed);
    world.run(1_000);
    world.service.posts.extend([says(500), says_later(429, "1")]);
    world.service.handshakes_always = Handshake::Refused;
    world.network.reset(world.ms());
    world.send("by REST");
    world.run(60_000);
    world.service.end_sessions(404);
    world.service.handshakes_always = Handshake::Opens;
    world.send("to another session");
    world.run(60_000);
    world.network.silence();
    world.send("into a link that is dead");
    world.run(60_000);
    world.send("last");
    world.close(None);
    world.run(5_000);
    assert_eq!(world.client.state().name(), "closed");
    world
}

/// The records between two things that were done, and then the second.
fn with_what_was_recorded_before(world: &World) -> Vec<(Vec<&Audit>, &Output)> {
    let (mut records, mut done) = (Vec::new(), Vec::new());
    for (_, output) in &world.outputs {
        match output {
            Output::Event(Event::Audit(audit)) => records.push(audit),
            Output::SendFrame(..)
            | Output::Request(..)
            | Output::OpenSocket(..)
            | Output::Event(Event::StateChange(_)) => {
                done.push((core::mem::take(&mut records), output));
            }
            _ => {}
        }
    }
    done
}

#[test]
fn whatever_leaves_has_a_record_with_its_size_and_its_connection() {
    let world = eventful();
    let (mut frames, mut requests, mut opens) = (0, 0, 0);
    for (records, output) in with_what_was_recorded_before(&world) {
        let recorded = |bytes| records.iter().any(|record| record.bytes == bytes);
        match output {
            Output::SendFrame(_, text) => {
                let record = records.iter().find(|record| record.bytes == text.len());
                assert!(record.expect(text).connection.is_some(), "{text}");
                frames += 1;
            }
            Output::Request(_, request) => {
                assert!(recorded(request.body.as_ref().map_or(0, String::len)), "{request:?} after {records:?}");
                requests += 1;
            }
            Output::OpenSocket(..) => {
                assert!(records.iter().any(|record| record.what == "open" && record.connection.is_some()));
                opens += 1;
            }
            _ => {}
        }
    }
    assert!(frames > 10 && requests > 5 && opens > 3, "{frames} frames, {requests} requests, {opens} opens");
}

#[test]
fn every_attempt_wait_and_change_of_state_has_a_record_that_says_why() {
    let world = eventful();
    let mut states = std::collections::BTreeSet::new();
    for (records, output) in with_what_was_recorded_before(&world) {
        if let Output::Event(Event::StateChange(change)) = output {
            let says = |record: &&&Audit| (record.what, record.state, record.at) == (change.why, change.to, change.at);
            assert!(records.iter().any(|record| says(&record)), "{change:?} after {records:?}");
            states.insert(change.to);
        }
    }
    assert!(states.len() >= 5, "{states:?}");
}

#[test]
fn whatever_comes_in_has_a_record_with_its_size_or_its_code() {
    let world = eventful();
    let records = || {
        world.events.iter().filter_map(|(_, event)| match event {
            Event::Audit(audit) => Some(audit),
            _ => None,
        })
    };
    const RECEIVED: &[&str] = &[
        "acknowledged",
        "duplicate_ack",
        "late_ack",
        "unknown_ack",
        "heartbeat_answer",
        "message",
        "ignored",
        "malformed",
        "refused",
    ];
    let heard: usize = records().filter(|it| RECEIVED.contains(&it.what)).map(|it| it.bytes).sum();
    assert_eq!(heard as u64, world.client.stats(world.now()).counters.bytes_in);
    for what in ["acknowledged", "heartbeat_answer", "message", "ignored", "malformed", "refused"] {
        assert!(records().any(|it| it.what == what), "{what}");
    }
    let codes: Vec<_> = records().filter(|it| it.what == "answer").filter_map(|it| it.code).collect();
    assert!([200, 429, 500, 404].iter().all(|code| codes.contains(code)), "{codes:?}");
    assert!(records().any(|it| it.what == "closed" && it.code == Some(1006)));
}
