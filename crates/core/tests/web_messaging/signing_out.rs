//! Guests who sign out, here and on all devices; nobody comes to what was theirs.

use crate::accounts::{SigningIn, asked, codes, signed_in, states};
use crate::line::{Line, stored};
use guestwire_core::connection::State;
use guestwire_core::error::conversation::CannotAsk;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn an_account_never_comes_to_the_token_of_another() {
    // MTSDK-953: whoever switched accounts saw the history of the one before.
    let mut line = Line::new(json!({ "credential": { "kind": "provider" } }));
    line.signs_in().expect("may sign in");
    line.begin();
    line.is_given("hush-jwt-1");
    assert_eq!(line.wishes.last().map(|wish| wish.1), Some(true), "one that was kept may be known as somebody's");
    line.gives_token("token-of-alice");
    line.open();
    line.lets_in(true);
    line.agent("a1", "for Alice's eyes");
    line.signs_out().expect("signed in");
    line.answer(204, &Value::Null);
    assert_eq!(line.client.state(), State::Closed);
    line.signs_in().expect("as somebody else");
    line.begin();
    line.is_given("hush-jwt-2");
    assert_eq!(line.wishes.last().map(|wish| wish.1), Some(true));
    line.gives_token("token-of-bob-1");
    line.open();
    let greeting = line.frames.pop().unwrap();
    assert_eq!((&greeting["token"], &greeting["data"]["code"]), (&json!("token-of-bob-1"), &json!("hush-jwt-2")));
    line.lets_in(false);
    line.key();
    line.page(&[stored("b1", "Outbound", "for Bob's eyes, long ago")], 1);
    assert_eq!(line.heard(), [("agent", "for Alice's eyes")], "what was before he came he can page back to");
}

#[test]
fn a_token_that_an_account_has_used_is_not_used_again_where_none_can_be_asked_for() {
    let mut line = signed_in(json!({}));
    line.signs_out().expect("signed in");
    line.answer(204, &Value::Null);
    line.begin();
    assert_eq!((line.opened.len(), line.client.state()), (1, State::Closed));
    assert_eq!(codes(&line).last(), Some(&json!("unauthorized")));
}

#[test]
fn signing_out_tells_the_service_and_gives_every_message_its_true_end() {
    let mut line = signed_in(json!({}));
    let out = line.send("in flight");
    let waits = line.send("waits");
    line.signs_out().expect("signed in");
    line.signs_out().expect("the same wish");
    let (_, request) = line.requests.last().unwrap();
    let header = request.headers.iter().find(|header| header.0 == "Authorization").unwrap();
    assert_eq!((request.method, header.1.expose()), ("DELETE", "bearer hush-jwt-1"));
    assert_eq!((line.requests.len(), asked(&line).1), (1, "revoke".to_owned()));
    line.echoes(&out, "in flight");
    assert_eq!(line.end_of(&out), Some(("delivered", None)));
    assert_eq!(line.left("onMessage").len(), 1, "nothing leaves any more");
    line.answer(204, &Value::Null);
    assert_eq!(line.end_of(&waits), Some(("cancelled", Some("logged_out"))));
    assert_eq!((line.client.state(), states(&line)), (State::Closed, vec![json!("signed_in"), json!("signed_out")]));
    assert_eq!(codes(&line), ["logged_out"]);
    assert_eq!(line.signs_out(), Err(CannotAsk::SignedOut));
    line.trace();
}

#[test]
fn the_services_own_word_ends_it_as_well_as_its_answer() {
    let mut line = signed_in(json!({}));
    let out = line.send("in flight");
    line.signs_out().expect("signed in");
    line.says("LogoutEvent", json!({}), None);
    assert_eq!(line.end_of(&out), Some(("unconfirmed", Some("logged_out"))));
    assert_eq!((line.client.state(), states(&line).last()), (State::Closed, Some(&json!("signed_out"))));
    line.answer(204, &Value::Null);
    assert_eq!(states(&line).len(), 2, "it is told once");
    line.begin();
    assert!(line.left("configureAuthenticatedSession").is_empty());
}

#[test]
fn a_jwt_that_is_refused_because_it_is_being_revoked_is_not_renewed() {
    for tracing in [Some("greet"), Some("beat-1"), None] {
        let mut line = signed_in(json!({}));
        line.signs_out().expect("signed in");
        line.unauthorised(tracing);
        line.run(5_000);
        assert_eq!((line.requests.len(), asked(&line).1, line.opened.len()), (1, "revoke".to_owned(), 1));
        line.answer(204, &Value::Null);
        assert_eq!(states(&line), ["signed_in", "signed_out"]);
        assert_eq!((line.client.state(), codes(&line)), (State::Closed, vec![json!("logged_out")]));
    }
    // The same while it is being renewed, and while a stranger's session is to become theirs.
    let mut line = signed_in(json!({}));
    line.unauthorised(None);
    line.comes_back();
    line.signs_out().expect("signed in");
    line.answer(401, &json!({}));
    line.run(5_000);
    line.answer(204, &Value::Null);
    assert_eq!((states(&line).last(), line.client.state()), (Some(&json!("signed_out")), State::Closed));
    let mut line = Line::connected(json!({}));
    line.signs_in().expect("may sign in");
    line.is_given("hush-jwt-1");
    line.signs_out().expect("about to");
    line.says_with_code("string", 403, json!("HTTP authorization error"), Some("greet"));
    line.answer(204, &Value::Null);
    assert_eq!(states(&line), ["signed_out"]);
}

#[test]
fn what_nobody_waits_for_any_more_is_aborted() {
    let mut line = Line::connected(json!({}));
    line.signs_in().expect("may sign in");
    line.run(10_100);
    assert!(line.requests.is_empty(), "its time is over");
    let mut line = Line::connected(json!({}));
    line.signs_in().expect("may sign in");
    line.signs_out().expect("about to");
    assert!(line.requests.is_empty());
    assert_eq!(states(&line), ["signed_out"]);
}

#[test]
fn a_signing_out_that_is_not_confirmed_happens_here_and_is_told_as_such() {
    for status in [None, Some(401), Some(503)] {
        let mut line = signed_in(json!({}));
        line.signs_out().expect("signed in");
        match status {
            Some(status) => drop(line.answer(status, &json!({}))),
            None => line.run(10_100),
        }
        assert_eq!((line.client.state(), states(&line).last()), (State::Closed, Some(&json!("signed_out"))));
        assert!(codes(&line).contains(&json!("sign_out_unconfirmed")), "{status:?}");
    }
}

#[test]
fn whoever_is_not_connected_can_sign_out_too() {
    let mut line = signed_in(json!({}));
    line.close();
    line.signs_out().expect("signed in");
    assert_eq!(asked(&line).1, "revoke");
    line.run(10_100);
    assert_eq!(states(&line).last(), Some(&json!("signed_out")));
    // A grant that was not exchanged yet is thrown away.
    let mut line = Line::new(json!({}));
    assert_eq!(line.signs_out(), Err(CannotAsk::SignedOut));
    line.signs_in().expect("may sign in");
    line.signs_out().expect("about to");
    assert_eq!((line.requests.len(), states(&line)), (0, vec![json!("signed_out")]));
}

#[test]
fn whoever_signs_out_when_closed_leaves_nothing_to_the_next_one_either() {
    let mut line = Line::new(json!({ "credential": { "kind": "provider" } }));
    line.signs_in().expect("may sign in");
    line.begin();
    line.is_given("hush-jwt-1");
    line.gives_token("token-of-alice");
    line.open();
    line.lets_in(true);
    line.agent("a1", "for Alice's eyes");
    line.close();
    line.signs_out().expect("signed in");
    line.answer(204, &Value::Null);
    line.signs_in().expect("as somebody else");
    line.begin();
    line.is_given("hush-jwt-2");
    line.gives_token("token-of-bob-1");
    line.open();
    line.lets_in(false);
    line.key();
    line.page(&[stored("b1", "Outbound", "for Bob's eyes, long ago")], 1);
    assert_eq!(line.heard(), [("agent", "for Alice's eyes")], "what was before he came is nothing that he missed");
    line.trace();
}
