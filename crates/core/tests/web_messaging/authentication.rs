//! Guests who sign in: before they write, or while they do.

use crate::accounts::{SigningIn, asked, codes, signed_in, states};
use crate::line::{Line, stored};
use guestwire_core::connection::State;
use guestwire_core::error::conversation::CannotAsk;
use guestwire_core::grant::Grant;
use guestwire_core::io::AnswerBody;
use guestwire_core::value;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn whoever_signs_in_first_is_never_a_stranger() {
    let mut line = Line::new(json!({}));
    line.signs_in().expect("may sign in");
    line.begin();
    assert!(line.opened.is_empty(), "what the greeting needs comes first");
    let oauth = json!({ "code": "hush-code", "redirectUri": "https://shop.example", "codeVerifier": "hush-verifier" });
    let body = json!({ "deploymentId": "d-1", "oauth": oauth });
    assert_eq!(asked(&line), ("POST", "oauthcodegrantjwtexchange".to_owned(), body));
    line.is_given("hush-jwt-1");
    line.open();
    let greeting = line.frames.remove(0);
    assert_eq!((&greeting["action"], &greeting["startNew"]), (&json!("configureAuthenticatedSession"), &json!(false)));
    assert_eq!(greeting["data"], json!({ "code": "hush-jwt-1" }));
    line.lets_in(true);
    assert_eq!((line.client.state(), states(&line)), (State::Connected, vec![json!("signed_in")]));
    assert_eq!(line.signs_in(), Err(CannotAsk::SignedIn));
    line.breaks();
    line.run(2_000);
    line.open();
    assert_eq!(line.frames.remove(0)["data"]["code"], "hush-jwt-1", "and so it is on every later greeting");
    assert!(line.requests.is_empty());
}

#[test]
fn a_guest_who_signs_in_keeps_the_conversation_and_the_link() {
    let mut line = Line::connected(json!({}));
    line.send("as nobody");
    line.signs_in().expect("may sign in");
    assert_eq!(line.left("onMessage").len(), 1, "nobody waits for it");
    line.is_given("hush-jwt-1");
    let greeting = line.left("configureAuthenticatedSession").remove(0);
    assert_eq!((&greeting["token"], &greeting["data"]["code"]), (&json!(crate::line::TOKEN), &json!("hush-jwt-1")));
    let mut presence = stored("p1", "Inbound", "");
    presence["type"] = json!("Event");
    presence["events"] = json!([{ "eventType": "Presence", "presence": { "type": "SignIn" } }]);
    line.says("StructuredMessage", presence, None);
    let body = json!({ "connected": true, "newSession": false, "clearedExistingSession": true });
    line.says("SessionResponse", body, Some("greet"));
    assert_eq!(line.told("presence")[0]["kind"], "SignIn");
    let told = line.told("authorization").remove(0);
    assert_eq!((&told["state"], &told["clearedExisting"]), (&json!("signed_in"), &json!(true)));
    assert_eq!((line.opened.len(), line.client.state()), (1, State::Connected));
    line.breaks();
    line.run(2_000);
    line.open();
    assert_eq!(line.frames.remove(0)["action"], "configureAuthenticatedSession");
    line.trace();
}

#[test]
fn a_guest_whose_signing_in_is_refused_stays_what_they_were() {
    for (status, body) in [(401, json!({})), (400, json!({})), (403, json!({}))] {
        let mut line = Line::connected(json!({}));
        line.signs_in().expect("may sign in");
        line.answer(status, &body);
        assert_eq!((states(&line), codes(&line)), (vec![json!("refused")], vec![json!("sign_in_refused")]));
        let id = line.send("still nobody");
        line.echoes(&id, "still nobody");
        assert_eq!(line.end_of(&id), Some(("delivered", None)));
        assert_eq!(line.signs_in(), Ok(()), "with a new grant it may be tried again");
    }
    // The deployment does not allow it (`allowSessionUpgrade`).
    for (code, tracing) in [(403, Some("greet")), (403, None), (401, Some("greet")), (401, None)] {
        let mut line = Line::connected(json!({}));
        line.signs_in().expect("may sign in");
        line.is_given("hush-jwt-1");
        line.says_with_code("string", code, json!("HTTP authorization error"), tracing);
        assert_eq!((states(&line), line.client.state()), (vec![json!("refused")], State::Connected), "{code}");
        line.breaks();
        line.run(2_000);
        line.open();
        assert_eq!(line.frames.remove(0)["action"], "configureSession", "{code} {tracing:?}");
        line.trace();
    }
}

#[test]
fn a_guest_who_signs_in_while_the_link_is_away_does_so_when_it_is_back() {
    let mut line = Line::connected(json!({}));
    line.breaks();
    line.signs_in().expect("may sign in");
    line.run(2_000);
    line.open();
    assert_eq!(line.frames.remove(0)["action"], "configureSession", "the conversation does not wait for it");
    line.lets_in(false);
    assert_eq!(asked(&line).1, "oauthcodegrantjwtexchange");
    line.is_given("hush-jwt-1");
    assert_eq!(line.left("configureAuthenticatedSession").len(), 1);
    // It may have arrived, or not.
    line.breaks();
    line.run(4_000);
    line.open();
    assert_eq!(line.frames.remove(0)["action"], "configureAuthenticatedSession");
    line.lets_in(false);
    assert_eq!(states(&line), ["signed_in"]);
}

#[test]
fn a_step_up_that_nobody_answers_is_asked_on_another_link() {
    let mut line = Line::connected(json!({}));
    line.signs_in().expect("may sign in");
    line.is_given("hush-jwt-1");
    line.run(9_900);
    assert_eq!(line.client.state(), State::Connected);
    line.run(2_000);
    line.open();
    assert_eq!(line.opened.len(), 2);
    assert_eq!(line.frames.remove(0)["data"]["code"], "hush-jwt-1");
}

#[test]
fn an_exchange_that_finds_no_answer_is_tried_again_beside_the_conversation() {
    let mut line = Line::connected(json!({}));
    line.signs_in().expect("may sign in");
    line.run(10_100);
    assert!(line.told("authorization").is_empty());
    line.run(20_000);
    line.answers(503, Some("60"), AnswerBody::Empty);
    line.run(59_000);
    assert!(line.requests.is_empty());
    line.run(20_000);
    line.is_given("hush-jwt-1");
    line.lets_in(false);
    assert_eq!((states(&line), line.opened.len()), (vec![json!("signed_in")], 1));
}

#[test]
fn an_answer_that_is_none_is_no_jwt() {
    let sound = "x".repeat(16 * 1024);
    for body in [
        json!({}),
        json!({ "jwt": "" }),
        json!({ "jwt": 7 }),
        json!({ "jwt": "a b" }),
        json!({ "jwt": "a\"b" }),
        json!({ "jwt": format!("{sound}x") }),
    ] {
        let mut line = Line::new(json!({}));
        line.signs_in().expect("may sign in");
        line.begin();
        line.answer(200, &body);
        assert_eq!((line.opened.len(), line.client.state()), (0, State::Reconnecting));
        line.trace();
    }
    let mut line = Line::new(json!({}));
    line.signs_in().expect("may sign in");
    line.begin();
    line.is_given(&sound);
    line.open();
    assert_eq!(line.frames.remove(0)["data"]["code"], json!(sound));
    line.trace();
}

#[test]
fn what_is_no_grant_is_refused_before_anything_leaves() {
    let read = |given: Value| Grant::from_value(&value::read(&given.to_string(), 1 << 20).unwrap()).err();
    for given in [
        json!("code"),
        json!({}),
        json!({ "nonce": "n" }),
        json!({ "code": "" }),
        json!({ "code": 7 }),
        json!({ "code": "c", "password": "p" }),
        json!({ "code": "x".repeat(17_000) }),
    ] {
        let error = read(given.clone()).map(CannotAsk::report);
        assert_eq!(error.map(|error| error.code), Some("bad_grant"), "{given}");
    }
    assert_eq!(read(json!({ "idToken": "i", "nonce": "n" })), None);
}

#[test]
fn no_secret_of_whoever_signs_in_is_in_a_trace_an_event_or_an_address() {
    let mut line = signed_in(json!({ "trace": 400 }));
    line.unauthorised(None);
    line.comes_back();
    line.is_given("hush-jwt-2");
    line.open();
    line.lets_in(false);
    line.signs_out().expect("signed in");
    let all = format!("{}{:?}{:?}{:?}", line.trace(), line.events, line.opened, line.requests);
    assert!(!all.contains("hush"), "{all}");
    let addresses: Vec<&str> = line.requests.iter().map(|(_, request)| request.url.expose()).collect();
    assert!(!addresses.concat().contains("hush"), "{addresses:?}");
    line.answer(204, &Value::Null);
    assert!(!line.trace().contains("hush"));
}

#[test]
fn the_journey_of_a_guest_who_signs_in_is_told_where_the_option_says() {
    let journey =
        json!({ "customer": { "id": "c", "idType": "cookie" }, "customerSession": { "id": "", "type": "web" } });
    for (place, with_grant, with_greeting) in [
        (Value::Null, false, true),
        (json!("greeting"), false, true),
        (json!("exchange"), true, false),
        (json!("both"), true, true),
    ] {
        let options = json!({ "journeyContext": journey, "journeyIn": place });
        let mut line = Line::new(options.clone());
        line.signs_in().expect("may sign in");
        line.begin();
        let told = |told: &Value| told.get("journeyContext") == Some(&journey);
        assert_eq!(told(&asked(&line).2), with_grant, "{place}");
        line.is_given("hush-jwt-1");
        line.open();
        assert_eq!(told(&line.frames[0]), with_greeting, "{place}");
        let mut stranger = Line::new(options);
        stranger.connect();
        assert!(told(&stranger.frames[0]), "a stranger's has no other place: {place}");
    }
}
