//! Guests who stay signed in for longer than what they were given lives, or must sign in again.

use crate::accounts::{SigningIn, asked, codes, signed_in, states};
use crate::line::{Line, stored};
use guestwire_core::connection::State;
use guestwire_core::io::{AnswerBody, Input};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

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
    line.input(Input::Unanswered(request, None));
    for status in [500, 503, 408, 302] {
        line.comes_back();
        line.answer(status, &json!({}));
    }
    line.comes_back();
    line.answers(503, Some("120"), AnswerBody::Empty);
    line.run(119_000);
    assert!(line.requests.is_empty(), "it asked for peace");
    line.run(1_000);
    line.comes_back();
    assert_eq!(asked(&line).2, json!({ "refreshToken": "hush-refresh" }));
    line.is_given("hush-jwt-2");
    line.open();
    assert_eq!(line.frames.remove(0)["data"]["code"], "hush-jwt-2");
    line.lets_in(false);
    // That it took long is told, and nothing of the guest.
    assert_eq!((codes(&line), states(&line)), (vec![json!("not_connecting")], vec![json!("signed_in")]));
    line.trace();
}

#[test]
fn a_page_in_the_place_of_the_service_costs_nobody_their_signing_in() {
    let page = || AnswerBody::read("<h1>Please sign in to the network</h1>", 1_000);
    for status in [200, 302, 400, 401, 403, 404, 429, 500] {
        let mut line = Line::new(json!({}));
        line.signs_in().expect("may sign in");
        line.begin();
        line.answers(status, None, page());
        assert_eq!(codes(&line), Vec::<Value>::new(), "{status}: the grant is kept");
        line.comes_back();
        assert_eq!(asked(&line).2["oauth"]["code"], "hush-code");
        line.is_given("hush-jwt-1");
        line.open();
        line.lets_in(true);
        line.run(120_000);
        line.unauthorised(None);
        line.comes_back();
        line.answers(status, None, page());
        line.comes_back();
        assert_eq!(asked(&line).2, json!({ "refreshToken": "hush-refresh" }), "{status}");
        line.is_given("hush-jwt-2");
        line.opens_again();
        line.lets_in(false);
        // A page has signed nobody out.
        line.signs_out().expect("signed in");
        line.answers(status, None, page());
        assert_eq!(codes(&line).last(), Some(&json!("sign_out_unconfirmed")), "{status}");
    }
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
fn whoever_has_no_grant_now_is_asked_again_ever_later_until_the_guest_has_signed_in() {
    let mut line = Line::new(json!({ "authenticated": true, "backoff": { "base": 1000, "cap": 8000 } }));
    line.has_no_grant();
    line.begin();
    for (round, most) in [1_000, 2_000, 4_000, 8_000, 8_000].into_iter().enumerate() {
        line.has_no_grant();
        line.run(most / 2 - 1);
        assert_eq!(line.told("grantwanted").len(), round, "no sooner than half of {most}");
        line.run(most / 2 + 1);
        assert_eq!(line.told("grantwanted").len(), round + 1, "within {most}");
        line.run(60_000);
        assert_eq!(line.told("grantwanted").len(), round + 1, "once");
    }
    line.has_no_grant();
    line.signs_in().expect("may sign in");
    line.is_given("hush-jwt-1");
    line.has_no_grant();
    line.run(60_000);
    assert_eq!((line.told("grantwanted").len(), line.opened.is_empty()), (5, false), "it was found otherwise");
    line.trace();
}

#[test]
fn a_client_that_is_closed_asks_nobody_for_a_grant() {
    let mut line = Line::new(json!({ "authenticated": true }));
    line.begin();
    line.has_no_grant();
    line.close();
    assert_eq!(line.client.next_wake(), None, "it costs its page nothing");
    line.trace();
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
fn what_renews_it_is_kept_until_there_is_another() {
    let mut line = signed_in(json!({}));
    for (round, answer) in [json!({ "jwt": "hush-jwt-2" }), json!({ "jwt": "hush-jwt-3" })].iter().enumerate() {
        line.run(6_000);
        line.unauthorised(None);
        line.comes_back();
        assert_eq!(asked(&line).2, json!({ "refreshToken": "hush-refresh" }), "{round}");
        line.answer(200, answer);
        line.opens_again();
        line.lets_in(false);
    }
    line.run(6_000);
    line.unauthorised(None);
    line.comes_back();
    line.answer(200, &json!({ "jwt": "hush-jwt-4", "refreshToken": "hush-refresh-2" }));
    line.opens_again();
    line.lets_in(false);
    line.unauthorised(None);
    line.comes_back();
    assert_eq!(asked(&line).2, json!({ "refreshToken": "hush-refresh-2" }));
}

#[test]
fn an_account_that_the_service_says_something_new_of_stays_one() {
    let mut line = signed_in(json!({}));
    line.says("SessionResponse", json!({ "connected": true, "newSession": false }), None);
    line.unauthorised(None);
    line.comes_back();
    assert_eq!((asked(&line).1, states(&line)), ("refresh".to_owned(), vec![json!("signed_in")]));
}

#[test]
fn a_message_that_may_have_arrived_before_is_not_given_up_with_the_jwt() {
    let mut line = signed_in(json!({ "onUncertain": "at-least-once" }));
    let id = line.send("hello");
    line.breaks();
    line.run(2_000);
    line.opens_again();
    line.lets_in(false);
    // Nobody can tell, and so it goes again.
    while line.left("onMessage").is_empty() {
        if line.frames.iter().any(|frame| frame["action"] == "getJwt") {
            line.key();
            line.answer(500, &json!({}));
        }
        line.run(1_000);
    }
    line.says_with_code("string", 401, json!("no"), Some(&id));
    assert_eq!(line.end_of(&id), None);
    line.comes_back();
    line.is_given("hush-jwt-2");
    line.opens_again();
    line.lets_in(false);
    line.key();
    line.page(&[stored("p1", "Inbound", "hello")], 1);
    assert_eq!(line.end_of(&id), Some(("delivered", None)), "the first copy had arrived");
}
