//! Pages of the history.

use crate::guest::{Line, stored};
use crate::{cost, does_not_grow, grows_as_it_is_read};
use guestwire_core::io::{AnswerBody, HttpAnswer, Input};
use guestwire_core::protocol::Inquiry;
use serde_json::{Value, json};
use std::time::Duration;

/// Heard so many messages, and then was away.
fn was_away(known: usize) -> Line {
    let mut line = Line::connected(json!({ "trace": 0 }));
    for number in 0..known {
        line.agent(&format!("known-{number}"), "");
    }
    line.reconnects();
    line.key();
    line.events.clear();
    line
}

/// One that the client does not know.
fn unknown(number: usize) -> Value {
    stored(&format!("{}{number:08}", "x".repeat(200)), "Outbound", "")
}

/// One of the guest's, from another client.
fn of_guest(number: usize) -> Value {
    stored(&format!("{}{number:08}", "x".repeat(200)), "Inbound", &format!("words-{number}"))
}

/// One of which nobody can tell whose word it is.
fn unreadable() -> Value {
    json!({ "type": "Text" })
}

/// What the client does with a page that it asked for, read already.
fn page(line: &mut Line, entities: &[Value], total: usize) -> Duration {
    let body = json!({ "entities": entities, "pageSize": 100, "total": total });
    let body = AnswerBody::read(&body.to_string(), 64 << 20);
    let (id, _) = line.requests.remove(0);
    let answer = HttpAnswer { status: 200, body, ..HttpAnswer::default() };
    cost(|| line.input(Input::Answered(id, answer)))
}

/// A read of eight such pages.
fn read(mut line: Line, entities: impl Fn(usize) -> Vec<Value>) -> Duration {
    (0..8).map(|number| page(&mut line, &entities(number), 100_000)).sum()
}

#[test]
fn a_page_with_more_than_was_asked_for_costs_what_reading_it_costs() {
    grows_as_it_is_read(1_000, |count| {
        let entities: Vec<_> = (0..count).map(unknown).collect();
        page(&mut was_away(1), &entities, 100_000)
    });
}

#[test]
fn a_page_of_what_cannot_be_read_costs_what_reading_it_costs() {
    grows_as_it_is_read(300, |count| {
        let mut entities: Vec<_> = (0..count).map(unknown).collect();
        entities.extend((0..count).map(|_| unreadable()));
        page(&mut was_away(1), &entities, 100_000)
    });
}

#[test]
fn eight_pages_cost_eight_times_what_one_costs() {
    grows_as_it_is_read(25, |count| {
        read(was_away(1), |number| {
            let mut entities: Vec<_> = (0..count / 2).map(|place| unknown(number * count + place)).collect();
            entities.extend((0..count / 2).map(|_| unreadable()));
            entities
        })
    });
}

#[test]
fn a_page_costs_the_same_however_many_messages_ended_unconfirmed() {
    let long = "words ".repeat(300);
    does_not_grow(16, |ghosts| {
        let mut line = Line::connected(json!({ "trace": 0 }));
        for round in 0..ghosts {
            line.send(&format!("ghost {round}"));
            line.run(1_000);
            line.breaks();
            line.opens_again();
            line.says("SessionResponse", json!({ "connected": true, "newSession": false }), None);
            line.key();
            // It does not say where it ends: what it lacks may be there.
            line.answer(200, &json!({ "entities": [] }));
            line.run(20_000);
        }
        let unconfirmed = line.told("delivery").iter().filter(|it| it["state"] == "unconfirmed").count();
        assert_eq!(unconfirmed, ghosts);
        line.breaks();
        line.opens_again();
        line.says("SessionResponse", json!({ "connected": true, "newSession": false }), None);
        line.key();
        let entities: Vec<_> = (0..100).map(|number| stored(&format!("m{number}"), "Inbound", &long)).collect();
        page(&mut line, &entities, 100_000)
    });
}

#[test]
fn looking_back_costs_the_same_however_much_was_given() {
    does_not_grow(2, |pages| {
        let mut line = Line::new(json!({ "trace": 0 }));
        line.connect();
        line.says("SessionResponse", json!({ "connected": true, "newSession": false }), None);
        line.key();
        page(&mut line, &[], 100_000);
        let mut spent = Duration::MAX;
        for number in 1..=pages + 1 {
            line.client.inquire(line.now(), Inquiry::History).expect("it can be asked");
            line.drain();
            line.key();
            let entities: Vec<_> = (0..100).map(|place| unknown(number * 100 + place)).collect();
            spent = page(&mut line, &entities, 100_000);
        }
        spent
    });
}
