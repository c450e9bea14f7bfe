//! What a refusal means: by its code, by its words in whatever letters, and by what is going on.

use crate::accounts::{SigningIn, asked, signed_in, states};
use crate::line::{Line, kept, stored};
use guestwire_core::connection::State;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn codes(line: &Line) -> Vec<Value> {
    line.told("error").iter().map(|told| told["code"].clone()).collect()
}

fn refuses(line: &mut Line, code: u16) {
    line.says_frame(
        &json!({ "type": "response", "class": "string", "code": code, "body": "HTTP authorization error" }),
    );
}

#[test]
fn a_refusal_that_names_nothing_ends_no_client_that_is_in_its_session() {
    for code in [401, 403] {
        let mut line = Line::connected(json!({ "autoStart": true }));
        refuses(&mut line, code);
        assert_eq!((line.client.state(), codes(&line)), (State::Connected, vec![json!("refused")]), "{code}");
        assert_eq!((line.opened.len(), line.told("session").len()), (1, 1));
        line.agent("a1", "hello");
        assert_eq!(line.heard().len(), 1);
    }
}

#[test]
fn the_message_that_it_may_mean_is_looked_up() {
    for code in [401, 403] {
        let mut line = Line::connected(json!({}));
        let id = line.send("hello");
        line.left("onMessage");
        refuses(&mut line, code);
        assert_eq!(line.end_of(&id), None);
        line.key();
        line.page(&[kept(&id, "hello")], 1);
        assert_eq!(line.end_of(&id), Some(("delivered", None)));
        assert_eq!((line.opened.len(), codes(&line).len()), (1, 1));
    }
}

#[test]
fn a_message_that_is_refused_again_and_again_without_a_name_ends() {
    let mut line = Line::connected(json!({}));
    let id = line.send("hello");
    for _ in 0..3 {
        for _ in 0..60 {
            if !line.left("onMessage").is_empty() {
                break;
            }
            if line.frames.iter().any(|frame| frame["action"] == "getJwt") {
                line.key();
                line.page(&[], 0);
            }
            line.run(500);
        }
        refuses(&mut line, 403);
    }
    assert_eq!(line.end_of(&id), Some(("unconfirmed", Some("failed"))));
    assert_eq!(line.client.state(), State::Connected);
}

#[test]
fn while_the_session_is_being_configured_it_is_final() {
    let mut line = Line::new(json!({}));
    line.connect();
    refuses(&mut line, 403);
    assert_eq!((line.client.state(), codes(&line)), (State::Closed, vec![json!("forbidden")]));
}

#[test]
fn words_tell_a_refusal_in_whatever_letters() {
    for said in
        ["Presence events Conversation Clear are not supported", "presence events conversation clear are not supported"]
    {
        let mut line = Line::connected(json!({}));
        line.clear().unwrap();
        line.says_with_code("string", 403, json!(said), None);
        assert_eq!((line.client.state(), codes(&line)), (State::Connected, vec![json!("clear_refused")]), "{said}");
    }
    for said in ["TURN ON THE FEATURE TOGGLE OR FIX THE CONFIGURATION.", "turn on the feature toggle or fix it"] {
        let mut line = Line::connected(json!({}));
        assert!(line.types());
        line.says_with_code("string", 403, json!(said), Some("typing"));
        assert_eq!((line.client.state(), codes(&line)), (State::Connected, vec![]), "{said}");
    }
    for said in ["try to authenticate again", "SESSION AUTHENTICATION FAILED: expired"] {
        let mut line = signed_in(json!({}));
        line.says_with_code("string", 403, json!(said), None);
        line.run(3_000);
        assert_eq!(asked(&line).1, "refresh", "{said}");
    }
}

#[test]
fn words_in_the_body_of_an_error_tell_it_too() {
    let mut line = signed_in(json!({}));
    line.says_with_code("Error", 403, json!({ "errorCode": 403, "errorMessage": "try to authenticate again" }), None);
    line.run(3_000);
    assert_eq!(asked(&line).1, "refresh");
}

#[test]
fn a_guest_who_is_not_let_in_is_told_what_this_service_knows_of() {
    let mut line = Line::new(json!({ "credential": { "kind": "provider" } }));
    line.begin();
    for token in ["token-number-one", "token-number-two"] {
        line.gives_token(token);
        line.open();
        line.says_with_code("string", 403, json!("Session authentication failed"), Some("greet"));
        line.run(3_000);
    }
    assert_eq!(line.client.state(), State::Closed);
    let told = line.told("error").pop().expect("told");
    assert_eq!(told["code"], json!("unauthorized"));
    let remedy = told["remedy"].as_str().expect("a text");
    assert!(!remedy.contains("webchat") && !remedy.contains("API key"), "{remedy}");
}

#[test]
fn where_guests_must_sign_in_they_are_asked_to_once_more() {
    let mut line = Line::new(json!({ "authenticated": true }));
    line.signs_in().expect("may sign in");
    line.begin();
    line.answer(200, &json!({ "jwt": "hush-jwt-1" }));
    line.open();
    line.says_with_code("string", 403, json!("session authentication failed"), Some("greet"));
    line.run(3_000);
    assert_eq!((line.client.state(), codes(&line)), (State::Reconnecting, vec![json!("authorization_required")]));
    assert_eq!(states(&line).last(), Some(&json!("required")));
}

#[test]
fn what_an_older_message_said_is_no_answer_to_a_refusal() {
    let mut line = Line::connected(json!({}));
    line.says("StructuredMessage", stored("p1", "Inbound", "hello"), Some("0b7e4a52-9a1c-4a5e-8f3b-0f3f5e0d9a11"));
    let id = line.send("hello");
    refuses(&mut line, 403);
    line.key();
    line.page(&[stored("p1", "Inbound", "hello")], 1);
    assert_eq!(line.end_of(&id), None, "that was another tab's");
}
