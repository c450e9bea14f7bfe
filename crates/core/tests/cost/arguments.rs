//! What the application gives.

use crate::decoding::{NOW, clients};
use crate::guest::Line;
use crate::{cost, does_not_grow, grows_as_it_is_read};
use guestwire_core::config::Config;
use guestwire_core::draft::{self, Draft};
use guestwire_core::value::{self, Value};
use serde_json::json;
use std::time::Duration;

fn read(value: &serde_json::Value) -> Value {
    value::read(&value.to_string(), 64 << 20).unwrap()
}

#[test]
fn a_text_that_is_too_long_costs_the_same_however_long_it_is() {
    does_not_grow(4 << 20, |length| {
        let text = "x".repeat(length);
        let mut spent = Duration::ZERO;
        for (mut client, _) in clients() {
            // What it costs is too little to be measured once.
            spent += cost(|| (0..1_000).for_each(|_| assert!(client.send(NOW, &text).is_err())));
        }
        spent
    });
}

#[test]
fn attributes_cost_what_reading_them_costs() {
    grows_as_it_is_read(256, |count| {
        let named = |first: usize| {
            let all = (first..first + count / 2).map(|number| (format!("{}{number:04}", "n".repeat(50)), json!("")));
            serde_json::Value::Object(all.collect())
        };
        let mut line = Line::new(json!({ "trace": 0 }));
        line.connect();
        let body = json!({ "connected": true, "newSession": true, "maxCustomDataBytes": 65_536 });
        line.says("SessionResponse", body, None);
        let set = draft::attributes(&read(&named(0))).unwrap();
        let own = read(&json!({ "text": "hello", "attributes": named(count) }));
        cost(|| {
            line.client.set_attributes(line.now(), set).expect("they are taken");
            let draft = Draft::from_value(&own).unwrap();
            line.client.send_draft(line.now(), &draft).expect("it is taken");
        })
    });
}

#[test]
fn choices_cost_what_reading_them_costs() {
    grows_as_it_is_read(64, |count| {
        let choices: Vec<_> =
            (0..count).map(|number| json!({ "text": "t", "payload": format!("p{number}") })).collect();
        let list = json!({ "listPicker": { "originatingMessageId": "m", "text": "t", "choices": choices } });
        let list = read(&list);
        let mut line = Line::connected(json!({ "trace": 0 }));
        cost(|| {
            let draft = Draft::from_value(&list).unwrap();
            line.client.send_draft(line.now(), &draft).expect("it is taken");
        })
    });
}

#[test]
fn options_cost_what_reading_them_costs() {
    grows_as_it_is_read(1_250, |count| {
        let name = |number: usize| format!("v2.users.{:04}.t{:02}", number / 20, number % 20);
        let topics: Vec<_> = (0..count).map(name).collect();
        let mut options = json!({
            "dialect": "streams", "region": "us-east-1", "topics": topics, "credential": { "kind": "provider" },
        });
        let good = read(&options);
        for number in 0..count {
            options[format!("unknown-{number}")] = json!(1);
        }
        let bad = read(&options);
        cost(|| {
            Config::from_value(&good).expect("good options");
            assert!(Config::from_value(&bad).is_err());
        })
    });
}
