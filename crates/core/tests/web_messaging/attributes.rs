//! Attributes that belong to no message: what takes them along, and when they are said again.

use crate::accounts::{SigningIn, codes};
use crate::happenings::events;
use crate::line::Line;
use guestwire_core::connection::State;
use guestwire_core::error::conversation::CannotAsk;
use guestwire_core::offer::OfferAnswer;
use guestwire_core::{draft, value};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn set(line: &mut Line, attributes: Value) -> Result<(), &'static str> {
    let given = value::read(&attributes.to_string(), 1 << 20).unwrap();
    let refused = |error: guestwire_core::error::SendError| error.report().code;
    let set = line.client.set_attributes(line.now(), draft::attributes(&given).map_err(refused)?);
    line.drain();
    set.map_err(refused)
}

fn join(line: &mut Line) -> Result<bool, CannotAsk> {
    let asked = line.client.join(line.now());
    line.drain();
    asked
}

/// The attributes of each message, or event, that left since it was last looked at; both places say the same.
fn said(line: &mut Line) -> Vec<Value> {
    let of = |frame: Value| {
        let inner = frame["message"]["channel"]["metadata"]["customAttributes"].clone();
        assert_eq!(inner, frame["channel"]["metadata"]["customAttributes"]);
        inner
    };
    line.left("onMessage").into_iter().map(of).collect()
}

fn joined(line: &mut Line) {
    let event = json!([{ "eventType": "Presence", "presence": { "type": "Join" } }]);
    line.says("StructuredMessage", events("Inbound", &event), Some("join"));
}

#[test]
fn they_go_with_the_next_message_and_no_other_once_it_is_delivered() {
    let mut line = Line::connected(json!({}));
    set(&mut line, json!({ "page": "x", "né": "\"1\"" })).unwrap();
    assert!(line.frames.is_empty(), "nothing leaves by itself");
    let id = line.send("hello");
    assert_eq!(said(&mut line), [json!({ "page": "x", "né": "\"1\"" })]);
    line.echoes(&id, "hello");
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
    line.send("more");
    assert_eq!(said(&mut line), [Value::Null]);
    line.trace();
}

#[test]
fn while_a_message_has_them_the_next_one_goes_without_and_what_was_set_meanwhile_is_for_that() {
    let mut line = Line::connected(json!({}));
    set(&mut line, json!({ "page": "x" })).unwrap();
    let first = line.send("1");
    let second = line.send("2");
    set(&mut line, json!({ "page": "y" })).unwrap();
    let third = line.draft(json!({ "quickReply": { "text": "3", "payload": "3" } }));
    let mut all = said(&mut line);
    for id in [&first, &second] {
        line.echoes(id, "");
        all.extend(said(&mut line));
    }
    assert_eq!(all, [json!({ "page": "x" }), Value::Null, json!({ "page": "y" })]);
    line.echoes(&third, "");
    line.send("4");
    assert_eq!(said(&mut line), [Value::Null]);
    line.trace();
}

#[test]
fn what_a_message_says_itself_counts_and_stands_beside_what_was_set() {
    let mut line = Line::connected(json!({}));
    set(&mut line, json!({ "page": "x", "plan": "gold" })).unwrap();
    line.draft(json!({ "text": "hello", "attributes": { "page": "own" } }));
    assert_eq!(said(&mut line), [json!({ "page": "own", "plan": "gold" })]);
    line.trace();
}

#[test]
fn a_message_that_was_not_taken_gives_them_back() {
    let mut line = Line::connected(json!({}));
    set(&mut line, json!({ "page": "x" })).unwrap();
    let id = line.send("far too long");
    line.says_with_code("string", 4_011, json!("Message length 5000 is larger than 4096"), Some(&id));
    assert_eq!(line.end_of(&id).map(|end| end.0), Some("rejected"));
    assert_eq!(said(&mut line), [json!({ "page": "x" })]);
    let id = line.send("shorter");
    assert_eq!(said(&mut line), [json!({ "page": "x" })]);
    let busy = json!({ "retryAfter": 1, "errorCode": 4029, "errorMessage": "too many" });
    line.says_with_code("TooManyRequestsErrorMessage", 429, busy, Some(&id));
    line.run(3_000);
    assert_eq!(said(&mut line), [json!({ "page": "x" })], "it goes again, and they with it");
    line.echoes(&id, "shorter");
    line.send("done");
    assert_eq!(said(&mut line), [Value::Null]);
    line.trace();
}

#[test]
fn one_that_is_taken_back_before_it_left_gives_them_back() {
    let mut line = Line::new(json!({}));
    set(&mut line, json!({ "page": "x" })).unwrap();
    let id = line.send("no");
    line.client.cancel(line.now(), id.parse().unwrap());
    line.drain();
    line.send("yes");
    line.connect();
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    assert_eq!(said(&mut line), [json!({ "page": "x" })]);
}

#[test]
fn where_they_are_over_what_the_service_takes_they_are_dropped_and_the_message_is_not() {
    let mut line = Line::connected(json!({}));
    set(&mut line, json!({ "page": "x".repeat(2_000) })).unwrap();
    let id = line.send("hello");
    assert_eq!(said(&mut line).len(), 1);
    let words = json!("Custom Attributes in channel metadata is larger than 600 bytes");
    line.says_with_code("string", 4_013, words, Some(&id));
    assert_eq!(said(&mut line), [Value::Null], "it goes without");
    assert_eq!(codes(&line), [json!("attributes_too_large")]);
    line.echoes(&id, "hello");
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
    line.send("more");
    assert_eq!(said(&mut line), [Value::Null]);
    line.trace();
}

#[test]
fn a_session_that_takes_less_gets_the_message_without_them() {
    for waits in [true, false] {
        let mut line = Line::new(json!({}));
        set(&mut line, json!({ "page": "x".repeat(900) })).unwrap();
        let id = waits.then(|| line.send("hello"));
        line.connect();
        line.says("SessionResponse", json!({ "connected": true, "newSession": true, "maxCustomDataBytes": 600 }), None);
        let id = id.unwrap_or_else(|| line.send("hello"));
        assert_eq!(
            (said(&mut line), codes(&line)),
            (vec![Value::Null], vec![json!("attributes_too_large")]),
            "{waits}"
        );
        line.echoes(&id, "hello");
        assert_eq!(line.end_of(&id), Some(("delivered", None)));
        assert_eq!(line.client.stats(line.now()).messages.bytes, 0);
        assert_eq!(set(&mut line, json!({ "page": "x".repeat(900) })), Err("attributes_too_large"));
        line.trace();
    }
}

#[test]
fn a_session_that_takes_less_is_not_joined_with_what_a_waiting_message_has() {
    let mut line = Line::new(json!({ "autoStart": true }));
    set(&mut line, json!({ "page": "x".repeat(900) })).unwrap();
    let id = line.send("hello");
    line.connect();
    line.says("SessionResponse", json!({ "connected": true, "newSession": true, "maxCustomDataBytes": 600 }), None);
    assert_eq!(said(&mut line), [Value::Null, Value::Null], "neither the Join nor the message has them");
    line.echoes(&id, "hello");
    assert_eq!((line.end_of(&id), codes(&line)), (Some(("delivered", None)), vec![json!("attributes_too_large")]));
    line.trace();
}

#[test]
fn a_session_that_takes_less_gets_each_message_without_what_was_set_for_it() {
    let mut line = Line::new(json!({}));
    set(&mut line, json!({ "page": "x".repeat(900) })).unwrap();
    let first = line.send("one");
    set(&mut line, json!({ "page": "y".repeat(900) })).unwrap();
    let second = line.send("two");
    set(&mut line, json!({ "page": "z" })).unwrap();
    let third = line.send("three");
    line.connect();
    line.says("SessionResponse", json!({ "connected": true, "newSession": true, "maxCustomDataBytes": 600 }), None);
    let mut left = Vec::new();
    for (id, text) in [(&first, "one"), (&second, "two"), (&third, "three")] {
        left.extend(said(&mut line));
        line.echoes(id, text);
        assert_eq!(line.end_of(id), Some(("delivered", None)), "{text}");
    }
    assert_eq!(left, [Value::Null, Value::Null, json!({ "page": "z" })]);
    assert_eq!(codes(&line), [json!("attributes_too_large"), json!("attributes_too_large")]);
    assert_eq!(line.client.stats(line.now()).messages.bytes, 0);
    line.trace();
}

#[test]
fn what_is_too_much_or_no_texts_is_refused_at_once_and_changes_nothing() {
    let mut line = Line::connected(json!({}));
    set(&mut line, json!({ "page": "x" })).unwrap();
    assert_eq!(set(&mut line, json!({ "page": "x".repeat(2_100) })), Err("attributes_too_large"));
    for bad in [json!({ "page": 1 }), json!(["page"]), json!("page"), json!({ "page": null })] {
        assert_eq!(set(&mut line, bad.clone()), Err("bad_content"), "{bad}");
    }
    line.send("hello");
    assert_eq!(said(&mut line), [json!({ "page": "x" })]);
    let mut other = Line::new(
        json!({ "dialect": "webchat", "host": "a.example", "region": null, "deploymentId": null, "historyLag": null }),
    );
    assert_eq!(set(&mut other, json!({ "page": "x" })), Err("unsupported"));
}

#[test]
fn they_are_said_again_in_another_conversation_and_taken_back_by_none() {
    let mut line = Line::connected(json!({}));
    set(&mut line, json!({ "page": "x" })).unwrap();
    let id = line.send("hello");
    line.echoes(&id, "hello");
    said(&mut line);
    line.breaks();
    line.run(2_000);
    line.open();
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    line.send("anew");
    assert_eq!(said(&mut line), [json!({ "page": "x" })]);
    set(&mut line, json!({})).unwrap();
    line.send("none");
    assert!(said(&mut line).iter().all(Value::is_null));
    line.trace();
}

#[test]
fn nothing_of_a_guest_who_signed_out_is_said_of_the_next() {
    let mut line = Line::new(json!({ "credential": { "kind": "provider" } }));
    for (account, name) in [("token-of-alice", Some("Alice")), ("token-of-bob-1", None)] {
        line.signs_in().expect("may sign in");
        line.begin();
        line.is_given("hush-jwt");
        line.gives_token(account);
        line.open();
        line.lets_in(true);
        line.frames.clear();
        if let Some(name) = name {
            set(&mut line, json!({ "name": name })).unwrap();
            line.signs_out().expect("signed in");
            line.answer(204, &Value::Null);
        }
    }
    line.send("hello");
    assert_eq!(said(&mut line), [Value::Null]);
}

#[test]
fn what_says_that_the_guest_is_there_takes_them_along() {
    for by_itself in [true, false] {
        let mut line = Line::new(json!({ "autoStart": by_itself }));
        set(&mut line, json!({ "page": "x" })).unwrap();
        line.connect();
        line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
        if !by_itself {
            assert!(line.left("onMessage").is_empty(), "not before it is wished");
            assert_eq!(join(&mut line), Ok(true));
        }
        assert_eq!(said(&mut line), [json!({ "page": "x" })]);
        line.send("before it is heard");
        assert_eq!(said(&mut line), [Value::Null]);
        joined(&mut line);
        assert_eq!(join(&mut line), Ok(false), "once is enough");
        assert!(line.left("onMessage").is_empty());
        line.trace();
    }
}

#[test]
fn a_guest_may_come_before_the_client_is_there_and_is_told_of_in_time() {
    let mut line = Line::new(json!({}));
    assert_eq!(join(&mut line), Err(CannotAsk::Closed));
    line.begin();
    assert_eq!(join(&mut line), Ok(true));
    line.open();
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    assert_eq!(said(&mut line).len(), 1);
    line.reconnects();
    line.key();
    line.page(&[], 0);
    line.run(11_000);
    line.key();
    line.page(&[], 0);
    assert_eq!(said(&mut line).len(), 1, "nobody has heard it, so it is said again");
    joined(&mut line);
    line.run(60_000);
    assert!(said(&mut line).is_empty());
    line.trace();
}

#[test]
fn that_nobody_can_tell_whether_it_was_heard_is_told_and_it_is_not_said_twice() {
    let mut line = Line::connected(json!({}));
    set(&mut line, json!({ "page": "x" })).unwrap();
    join(&mut line).unwrap();
    said(&mut line);
    line.reconnects();
    for _ in 0..3 {
        line.key();
        line.answer(500, &json!({}));
        line.run(9_000);
    }
    assert_eq!(codes(&line), [json!("join_unconfirmed")]);
    line.send("hello");
    assert_eq!(said(&mut line), [json!({ "page": "x" })], "only the message, and it has them");
    line.trace();
}

#[test]
fn where_they_are_too_much_the_guest_comes_without_them() {
    let mut line = Line::connected(json!({}));
    set(&mut line, json!({ "page": "x" })).unwrap();
    join(&mut line).unwrap();
    assert_eq!(said(&mut line).len(), 1);
    line.says_with_code("string", 4_013, json!("Custom Attributes …"), Some("join"));
    assert_eq!(said(&mut line), [Value::Null]);
    assert_eq!(codes(&line), [json!("attributes_too_large")]);
    joined(&mut line);
    assert_eq!(join(&mut line), Ok(false));
}

#[test]
fn nobody_comes_to_a_conversation_that_can_only_be_read() {
    let mut line = Line::connected(json!({}));
    let end = json!([{ "eventType": "Presence", "presence": { "type": "Disconnect" } }]);
    let mut ended = events("Outbound", &end);
    ended["metadata"] = json!({ "readOnly": "true" });
    line.says("StructuredMessage", ended, None);
    assert_eq!(join(&mut line), Err(CannotAsk::ReadOnly));
}

fn answers(line: &mut Line, video: bool, accepted: bool, id: Option<&str>) -> bool {
    let answer = OfferAnswer { video, accepted, id: id.map(str::to_owned) };
    let leaves = line.client.answer_offer(line.now(), &answer);
    line.drain();
    leaves
}

#[test]
fn an_offer_is_answered_in_the_words_of_the_schema() {
    let mut line = Line::connected(json!({}));
    assert!(answers(&mut line, false, false, Some("s")));
    assert!(answers(&mut line, true, true, Some("o")));
    assert!(answers(&mut line, true, false, None));
    let left: Vec<Value> = line.left("onMessage").into_iter().map(|frame| frame["message"].clone()).collect();
    let event = |event: Value| json!({ "type": "Event", "events": [event] });
    assert_eq!(
        left,
        [
            event(json!({ "eventType": "CoBrowse", "coBrowse": { "type": "OfferingRejected", "sessionId": "s" } })),
            event(json!({ "eventType": "Video", "video": { "type": "OfferingAccepted", "offeringId": "o" } })),
            event(json!({ "eventType": "Video", "video": { "type": "OfferingRejected" } })),
        ]
    );
    line.trace();
}

#[test]
fn that_the_service_does_not_want_the_answer_is_told_and_ends_nothing() {
    let mut line = Line::connected(json!({}));
    let id = line.send("hello");
    answers(&mut line, false, false, Some("s"));
    line.says_with_code("string", 400, json!("Request failed."), Some("offer"));
    assert_eq!((codes(&line), line.client.state()), (vec![json!("offer_refused")], State::Connected));
    assert_eq!(line.end_of(&id), None);
    line.breaks();
    assert!(!answers(&mut line, false, false, Some("s")), "there is nobody to hear it");
}

#[test]
fn what_is_no_answer_to_an_offer_is_refused() {
    let read = |given: Value| {
        let value = value::read(&given.to_string(), 1_000).unwrap();
        OfferAnswer::from_value(&value).map(|it| (it.video, it.accepted, it.id)).map_err(|error| error.report().code)
    };
    let good = json!({ "kind": "Video", "accepted": false, "id": "o" });
    assert_eq!(read(good), Ok((true, false, Some("o".to_owned()))));
    assert_eq!(read(json!({ "kind": "CoBrowse", "accepted": true })), Ok((false, true, None)));
    for bad in [
        json!({}),
        json!({ "kind": "CoBrowse" }),
        json!({ "accepted": true }),
        json!({ "kind": "Phone", "accepted": true }),
        json!({ "kind": "Video", "accepted": "yes" }),
        json!({ "kind": "Video", "accepted": true, "id": "" }),
        json!({ "kind": "Video", "accepted": true, "id": 7 }),
        json!({ "kind": "Video", "accepted": true, "jwt": "x" }),
        json!("Video"),
    ] {
        assert_eq!(read(bad.clone()), Err("bad_content"), "{bad}");
    }
}

#[test]
fn a_join_that_ends_with_its_client_keeps_no_attributes_from_the_next_message() {
    let mut line = Line::connected(json!({}));
    set(&mut line, json!({ "page": "x" })).unwrap();
    assert_eq!(join(&mut line), Ok(true));
    assert_eq!(said(&mut line), [json!({ "page": "x" })]);
    line.breaks();
    line.run(2_000);
    line.open();
    line.says_with_code("string", 403, json!("forbidden"), Some("greet"));
    line.connect();
    line.says("SessionResponse", json!({ "connected": true, "newSession": false }), None);
    if !line.left("getJwt").is_empty() {
        line.says("JwtResponse", json!({ "jwt": "history-key" }), Some("key"));
        line.page(&[], 0);
    }
    line.send("hello");
    assert_eq!(said(&mut line), [json!({ "page": "x" })]);
}
