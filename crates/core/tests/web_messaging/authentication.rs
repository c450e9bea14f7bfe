//! Guests who sign in: before they write, while they write, for longer than their token lives, and out again.

use crate::line::{Line, stored};
use guestwire_core::connection::State;
use guestwire_core::error::conversation::CannotAsk;
use guestwire_core::grant::Grant;
use guestwire_core::io::Input;
use guestwire_core::value;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn grant(code: &str) -> Grant {
    let given = json!({ "code": code, "redirectUri": "https://shop.example", "codeVerifier": "hush-verifier" });
    Grant::from_value(&value::read(&given.to_string(), 1_000).unwrap()).expect("a grant")
}

/// What one line asked for by REST last, and its body.
fn asked(line: &Line) -> (&'static str, String, Value) {
    let (_, request) = line.requests.last().expect("a request is out");
    let path = request.url.expose().rsplit("/token/").next().unwrap_or_default().to_owned();
    let body = request.body.as_deref().map_or(Value::Null, |body| serde_json::from_str(body).unwrap());
    (request.method, path, body)
}

fn states(line: &Line) -> Vec<Value> {
    line.told("authorization").iter().map(|told| told["state"].clone()).collect()
}

fn codes(line: &Line) -> Vec<Value> {
    line.told("error").iter().map(|told| told["code"].clone()).collect()
}

trait SigningIn {
    fn signs_in(&mut self) -> Result<(), CannotAsk>;
    fn signs_out(&mut self) -> Result<(), CannotAsk>;
    fn is_given(&mut self, jwt: &str);
    fn lets_in(&mut self, new: bool);
    fn unauthorised(&mut self, tracing: Option<&str>);
    fn comes_back(&mut self);
}

impl SigningIn for Line {
    fn signs_in(&mut self) -> Result<(), CannotAsk> {
        let asked = self.client.sign_in(self.now(), grant("hush-code"));
        self.drain();
        asked
    }

    fn signs_out(&mut self) -> Result<(), CannotAsk> {
        let asked = self.client.sign_out(self.now());
        self.drain();
        asked
    }

    fn is_given(&mut self, jwt: &str) {
        self.answer(200, &json!({ "jwt": jwt, "refreshToken": "hush-refresh" }));
    }

    fn lets_in(&mut self, new: bool) {
        self.says("SessionResponse", json!({ "connected": true, "newSession": new }), Some("greet"));
    }

    fn unauthorised(&mut self, tracing: Option<&str>) {
        self.says_with_code("string", 401, json!("User is unauthorized"), tracing);
    }

    /// …up to the moment at which the service is to say something.
    fn comes_back(&mut self) {
        for _ in 0..600 {
            if !self.requests.is_empty() {
                return;
            }
            self.run(100);
        }
        panic!("nothing is asked for");
    }
}

/// Signed in before the first word.
fn signed_in(options: Value) -> Line {
    let mut line = Line::new(options);
    line.signs_in().expect("may sign in");
    line.begin();
    line.is_given("hush-jwt-1");
    line.open();
    line.lets_in(true);
    line.frames.clear();
    line
}

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
fn a_jwt_that_is_refused_is_renewed_and_the_session_is_the_same() {
    for said in ["User is unauthorized", "Session authentication failed", "Try to authenticate again, please"] {
        let code = if said.starts_with("User") { 401 } else { 403 };
        let mut line = signed_in(json!({}));
        let id = line.send("hello");
        line.left("onMessage");
        line.says_with_code("string", code, json!(said), Some(&id));
        line.comes_back();
        assert_eq!(asked(&line), ("POST", "refresh".to_owned(), json!({ "refreshToken": "hush-refresh" })));
        line.answer(200, &json!({ "jwt": "hush-jwt-2" }));
        line.open();
        let greeting = line.frames.remove(0);
        assert_eq!((&greeting["data"]["code"], &greeting["token"]), (&json!("hush-jwt-2"), &json!(crate::line::TOKEN)));
        line.lets_in(false);
        assert_eq!(line.left("onMessage")[0]["tracingId"], json!(id), "it waited, and goes again");
        line.echoes(&id, "hello");
        assert_eq!(line.end_of(&id), Some(("delivered", None)));
        assert_eq!(line.told("session").len(), 1, "nothing was lost");
        assert_eq!(states(&line), ["signed_in"], "nothing new is told");
        line.trace();
    }
}

#[test]
fn a_jwt_is_renewed_whatever_was_refused_with_it() {
    for tracing in [Some("key"), Some("beat-17"), Some("typing"), Some("join"), None] {
        let mut line = signed_in(json!({}));
        line.unauthorised(tracing);
        line.comes_back();
        assert_eq!(asked(&line).1, "refresh", "{tracing:?}");
    }
}

#[test]
fn three_renewed_jwts_in_a_row_that_are_refused_are_enough() {
    let mut line = signed_in(json!({}));
    let waits = line.send("I wait");
    line.says_with_code("string", 401, json!("no"), Some(&waits));
    for round in 0..3 {
        line.comes_back();
        line.is_given(&format!("hush-jwt-{round}"));
        line.opens_again();
        line.unauthorised(Some("greet"));
    }
    line.run(60_000);
    assert!(line.requests.is_empty(), "it is not asked for ever");
    assert_eq!(
        (codes(&line), states(&line)),
        (vec![json!("authorization_required")], vec![json!("signed_in"), json!("required")])
    );
    assert_eq!(line.told("authorization")[1]["reason"], "expired");
    assert_eq!((line.client.state(), line.end_of(&waits)), (State::Reconnecting, None), "what waits, waits");
    assert_eq!(line.told("statechange").last().unwrap()["why"], "authorization_required");
    // The guest signs in again, and all goes on.
    line.signs_in().expect("may sign in");
    line.is_given("hush-jwt-9");
    line.opens_again();
    assert_eq!(line.frames.last().unwrap()["token"], json!(crate::line::TOKEN), "it is the same conversation");
    line.lets_in(false);
    line.key();
    line.page(&[], 0);
    line.echoes(&waits, "I wait");
    assert_eq!(line.end_of(&waits), Some(("delivered", None)));
    assert_eq!(states(&line), ["signed_in", "required", "signed_in"]);
    line.trace();
}

#[test]
fn a_connection_that_held_begins_the_count_anew() {
    let mut line = signed_in(json!({}));
    for round in 0..8 {
        line.run(6_000);
        line.unauthorised(None);
        line.comes_back();
        line.is_given(&format!("hush-jwt-{round}"));
        line.opens_again();
        line.lets_in(false);
    }
    assert_eq!(codes(&line), Vec::<Value>::new());
}

#[test]
fn without_anything_to_renew_it_with_the_caller_is_asked_and_what_waits_ends_truly() {
    let mut line = Line::new(json!({ "ttl": 60_000 }));
    line.signs_in().expect("may sign in");
    line.begin();
    line.answer(200, &json!({ "jwt": "hush-jwt-1" }));
    line.open();
    line.lets_in(true);
    line.unauthorised(None);
    let waits = line.send("I wait");
    line.run(30_000);
    assert_eq!((codes(&line), line.requests.len()), (vec![json!("authorization_required")], 0));
    line.input(Input::Environment(guestwire_core::io::Environment::Online));
    line.run(31_000);
    assert_eq!((line.opened.len(), line.end_of(&waits)), (1, Some(("expired", Some("ttl")))));
    line.close();
    assert_eq!(line.client.state(), State::Closed);
}

#[test]
fn being_offline_while_the_jwt_is_renewed_costs_nobody_their_signing_in() {
    // MTSDK-961: the official client reported it as a failed authentication, and cleared its tokens.
    let mut line = signed_in(json!({}));
    line.unauthorised(None);
    line.comes_back();
    let (request, _) = line.requests.remove(0);
    line.input(Input::Unanswered(request));
    for status in [500, 503, 408, 302] {
        line.comes_back();
        line.answer(status, &json!({}));
    }
    line.comes_back();
    line.answers(503, Some("120"), None);
    line.run(119_000);
    assert!(line.requests.is_empty(), "it asked for peace");
    line.run(1_000);
    line.comes_back();
    assert_eq!(asked(&line).2, json!({ "refreshToken": "hush-refresh" }));
    line.is_given("hush-jwt-2");
    line.open();
    assert_eq!(line.frames.remove(0)["data"]["code"], "hush-jwt-2");
    line.lets_in(false);
    assert_eq!((codes(&line), states(&line)), (Vec::new(), vec![json!("signed_in")]));
    line.trace();
}

#[test]
fn an_exchange_that_finds_no_answer_is_tried_again_beside_the_conversation() {
    let mut line = Line::connected(json!({}));
    line.signs_in().expect("may sign in");
    line.run(10_100);
    assert!(line.told("authorization").is_empty());
    line.run(20_000);
    line.answers(503, Some("60"), None);
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
fn a_client_that_is_for_accounts_only_waits_for_the_first_grant() {
    let mut line = Line::new(json!({ "authenticated": true }));
    line.begin();
    line.run(60_000);
    assert_eq!((line.opened.len(), codes(&line)), (0, Vec::new()), "that is no error");
    let told = line.told("authorization").remove(0);
    assert_eq!((&told["state"], &told["reason"]), (&json!("required"), &json!("first")));
    line.signs_in().expect("may sign in");
    line.answer(401, &json!({}));
    assert_eq!(line.told("authorization")[1]["reason"], "refused");
    line.signs_in().expect("may sign in");
    line.is_given("hush-jwt-1");
    line.open();
    line.lets_in(true);
    assert_eq!(states(&line), ["required", "required", "signed_in"]);
}

#[test]
fn grants_that_are_refused_in_a_loop_are_no_storm() {
    let mut line = Line::new(json!({ "authenticated": true }));
    line.begin();
    let mut asked = 0;
    for _ in 0..600 {
        let _pending = line.signs_in();
        if !line.requests.is_empty() {
            asked += 1;
            line.answer(401, &json!({}));
        }
        line.run(100);
    }
    assert!((5..=16).contains(&asked), "{asked} in a minute");
}

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
