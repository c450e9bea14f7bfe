//! The audit of a stream (streaming.md, "Audit"): whatever is done on the wire leaves a record, which names its own connection, also
//! while there are two.

use crate::line::{Line, event, system};
use guestwire_core::event::{Audit, Event};
use guestwire_core::io::{Frame, Input, Output};
use guestwire_core::value;
use serde_json::json;
use std::collections::HashMap;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A life with two handovers, of both kinds, in which the old socket and the new one say all that sockets say, and with a drop.
fn eventful() -> Line {
    let mut line = Line::connected(json!({ "handover": "second-channel" }));
    line.says(&event(1));
    line.beats();
    line.subscribe(&["v2.users.u-2.presence"]);
    line.take_topics();
    line.hands_over();
    line.old_answers = false;
    line.open();
    line.says(&event(2));
    line.says_on(1, &event(2));
    line.says_on(1, &event(3));
    line.says_on(1, &system("channel.metadata", json!({ "message": "WebSocket Heartbeat" })));
    line.input(Input::SocketFrame(1, Frame { bytes: 7, body: value::read("no json", 100) }));
    line.says_on(1, &system("channel.metadata", json!({ "message": "pong" })));
    line.closes(1, 1001);
    line.pong();
    line.wait(10_000);
    // Too soon for another channel.
    line.says(&system("v2.system.socket_closing", json!({})));
    line.until_it_acts(30_000);
    line.open();
    line.closes(2, 1001);
    line.pong();
    line.drops(3);
    line.input(Input::SocketFrame(4, Frame { bytes: 7, body: value::read("no json", 100) }));
    line.says(&json!({ "topicName": "v2.system.of_another_time", "eventBody": {} }));
    assert_eq!((line.client.state().name(), line.opened.len()), ("connected", 4));
    line.replays();
    line
}

/// The records between two things that were done, and then the second.
fn with_what_was_recorded_before(line: &Line) -> Vec<(Vec<&Audit>, &Output)> {
    let (mut records, mut done) = (Vec::new(), Vec::new());
    for output in &line.outputs {
        match output {
            Output::Event(Event::Audit(audit)) => records.push(audit),
            Output::SendFrame(..) | Output::Request(..) | Output::OpenSocket(..) => {
                done.push((core::mem::take(&mut records), output));
            }
            _ => {}
        }
    }
    done
}

/// By which name each socket's connection was opened.
fn connections(line: &Line) -> HashMap<u32, &str> {
    let mut connections = HashMap::new();
    for (records, output) in with_what_was_recorded_before(line) {
        if let Output::OpenSocket(socket, _) = output {
            let record = records.iter().rfind(|record| record.what == "open").expect("an attempt has a record");
            connections.insert(*socket, record.connection.as_deref().expect("of a connection"));
        }
    }
    connections
}

#[test]
fn whatever_leaves_a_stream_has_a_record_with_its_size_and_its_own_connection() {
    let line = eventful();
    let connections = connections(&line);
    let mut names: Vec<_> = connections.values().collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 4, "each socket is a connection of its own");
    for (records, output) in with_what_was_recorded_before(&line) {
        match output {
            Output::SendFrame(socket, text) => {
                let record = records.iter().rfind(|record| record.bytes == text.len()).expect(text);
                assert_eq!(record.connection.as_deref(), connections.get(socket).copied(), "{text} on {socket}");
            }
            Output::Request(_, request) => {
                let bytes = request.body.as_ref().map_or(0, String::len);
                assert!(records.iter().any(|record| (record.what, record.bytes) == ("request", bytes)), "{request:?}");
            }
            _ => {}
        }
    }
}

#[test]
fn whatever_comes_to_a_stream_has_a_record_with_its_size_and_its_own_connection() {
    const RECEIVED: &[&str] =
        &["event", "heartbeat_answer", "service_heartbeat", "socket_closing", "ignored", "malformed"];
    let line = eventful();
    let connections = connections(&line);
    let records: Vec<_> = line
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Audit(audit) => Some(audit),
            _ => None,
        })
        .collect();
    let heard: usize = records.iter().filter(|record| RECEIVED.contains(&record.what)).map(|record| record.bytes).sum();
    assert_eq!(heard as u64, line.client.stats(line.now()).counters.bytes_in);
    let of = |what: &str| -> Vec<_> {
        let named = records.iter().filter(|record| record.what == what);
        named
            .map(|record| connections.iter().find(|(_, name)| record.connection.as_deref() == Some(name)))
            .map(|found| found.map(|(socket, _)| *socket))
            .collect()
    };
    assert_eq!(of("opened"), [1, 2, 3, 4].map(Some));
    assert_eq!(of("event"), [1, 2, 1, 1].map(Some));
    // The last one is why the state changed.
    assert_eq!(of("closed"), [Some(1), Some(2), Some(3), None]);
    assert_eq!(of("heartbeat_answer"), [1, 1, 2, 3, 4].map(Some));
    assert_eq!(of("malformed"), [1, 4].map(Some));
    assert_eq!(of("service_heartbeat"), [Some(1)]);
    assert_eq!(of("ignored"), [1, 4].map(Some), "what an old socket says of itself changes nothing");
}
