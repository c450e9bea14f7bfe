//! Any text as a frame from the service, in every dialect: what it means is sound, the client survives it as it is, and
//! what a trace says of it depends on no word that somebody wrote.

use guestwire_core::connection::State;
use guestwire_core::io::{Frame, Input};
use guestwire_core::limits;
use guestwire_core::protocol::conversation::{Doing, Happened};
use guestwire_core::protocol::{Entry, Received, Spoken};
use guestwire_core::value::{Unreadable, Value, read};

use crate::dialects::{DIALECTS, Dialect};
use crate::driven::{Driven, config, redacted};

pub(crate) fn body(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let read = read(&text, limits::FRAME_BYTES);
    for spoken in DIALECTS {
        let dialect = Spoken::new(&config(&spoken.plain()));
        if let Ok(value) = &read {
            assert!(is_within_limits(value, 0));
            means_something_sound(dialect.read(value), value);
        }
        let mut life = received(&spoken, text.len(), read.clone());
        let redacted = read.clone().map(|value| with_what_was_cut(redacted(&value, dialect.members()), &value));
        let mut other = received(&spoken, text.len(), redacted);
        assert_eq!(life.ended(), other.ended(), "the trace depends on what it must not say");
        life.finish();
    }
}

/// A trace says that something was left out, though not where.
fn with_what_was_cut(mut redacted: Value, of: &Value) -> Value {
    if let Value::Map(members) = &mut redacted
        && of.is_cut()
    {
        members.push((String::new(), Value::Cut));
    }
    redacted
}

fn is_within_limits(value: &Value, depth: usize) -> bool {
    let inner = match value {
        Value::List(items) => items.iter().all(|item| is_within_limits(item, depth + 1)),
        Value::Map(members) => members.iter().all(|(_, member)| is_within_limits(member, depth + 1)),
        Value::Number(number) => number.is_finite(),
        _ => true,
    };
    inner && depth < limits::VALUE_DEPTH || matches!(value, Value::Cut)
}

fn means_something_sound(received: Result<Received, &'static str>, frame: &Value) {
    match received {
        Ok(Received::Incoming(Entry { id, content, .. })) => {
            assert!((1..=limits::IDENTIFIER_BYTES).contains(&id.len()), "an id of {} bytes", id.len());
            assert!(says(frame, &id) && (content.is_empty() || says(frame, &content)), "it was not said");
        }
        Ok(Received::Happened(Happened { doings, .. })) => {
            assert!(doings.len() <= limits::EVENTS_IN_FRAME, "{} events at once", doings.len());
            let kinds = doings.iter().filter_map(|doing| match doing {
                Doing::Presence { kind, .. } | Doing::Other(kind) => Some(kind),
                Doing::Typing(_) => None,
            });
            for kind in kinds {
                assert!(kind.len() <= limits::IDENTIFIER_BYTES && says(frame, kind), "it is of no kind that was said");
            }
        }
        Ok(_) => {}
        // It is told and logged: a word of ours.
        Err(name) => assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}"),
    }
}

fn says(frame: &Value, text: &str) -> bool {
    match frame {
        Value::Text(said) => said == text,
        // An id may be a number.
        Value::Number(_) => frame.id().is_ok_and(|id| id == text),
        Value::List(items) => items.iter().any(|item| says(item, text)),
        Value::Map(members) => members.iter().any(|(_, member)| says(member, text)),
        _ => false,
    }
}

/// A client that received it, once while messages were in flight, and again.
fn received(dialect: &Dialect, bytes: usize, body: Result<Value, Unreadable>) -> Driven {
    let mut life = Driven::connected(dialect);
    if dialect.has_files {
        life.has_files();
    }
    let first = life.send("a message in flight").expect("accepted");
    life.send("another").expect("accepted");
    for _ in 0..2 {
        let socket = life.sockets;
        life.input(Input::SocketFrame(socket, Frame { bytes, body: body.clone() }));
    }
    assert!(life.state() != State::Closing && life.state() != State::Idle, "{:?}", life.state());
    if life.state() == State::Connected {
        life.frame(&(dialect.acknowledged)(&first.to_string()));
        let fate = life.ended.get(&first.to_string()).copied();
        // A conversation that can only be read takes back what waits.
        let taken_back = fate == Some("cancelled") && !life.has_left(first);
        let ended = matches!(fate, Some("delivered" | "rejected" | "unconfirmed"));
        assert!(ended || taken_back, "a good frame after it: {fate:?}");
    }
    life.wake(0);
    life
}
