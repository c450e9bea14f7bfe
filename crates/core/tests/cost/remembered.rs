//! One frame beside all that the client remembers.

use crate::guest::{Line, stored};
use crate::{cost, does_not_grow};
use guestwire_core::io::Input;
use serde_json::json;

/// As long as an id may be, and alike to its end.
fn id(number: usize) -> String {
    format!("{}{number:08}", "x".repeat(4_000))
}

/// The frame in which the agent says something under such an id.
fn frame(line: &Line, number: usize) -> Input {
    let body = stored(&id(number), "Outbound", "");
    line.frame(&json!({ "type": "message", "class": "StructuredMessage", "code": 200, "body": body }).to_string())
}

/// So many frames of the service's, with so many others known.
fn beside(known: usize) -> std::time::Duration {
    let mut line = Line::connected(json!({ "trace": 0 }));
    for number in 0..known {
        line.agent(&id(number), "");
    }
    line.events.clear();
    let frames: Vec<_> = (0..50).map(|number| frame(&line, 1_000_000 + number)).collect();
    let spent = cost(|| frames.into_iter().for_each(|frame| line.input(frame)));
    assert_eq!(line.heard().len(), 50, "each is told");
    spent
}

#[test]
fn a_message_costs_the_same_however_many_came_before_it() {
    // Each has two ids, of which 2,048 are remembered.
    does_not_grow(256, beside);
}

#[test]
fn what_comes_once_more_costs_the_same_however_many_came_before_it() {
    does_not_grow(250, |known| {
        let mut line = Line::connected(json!({ "trace": 0 }));
        for number in 0..known {
            line.agent(&id(number), "");
        }
        line.events.clear();
        // The latest are found last.
        let frames: Vec<_> = (known - 50..known).map(|number| frame(&line, number)).collect();
        let spent = cost(|| frames.into_iter().for_each(|frame| line.input(frame)));
        assert_eq!(line.heard().len(), 0, "each is told once");
        spent
    });
}
