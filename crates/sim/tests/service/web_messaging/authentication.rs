//! Customers who sign in: before they write, while they write, on another device, and out again.

use guestwire_sim::service::{ConnectionId, WebMessagingConfig};
use serde_json::{Value, json};

use super::world::{DEPLOYMENT, World, config, text};

fn exchange(world: &mut World, code: &str) -> (u16, Value) {
    let oauth = json!({ "code": code, "redirectUri": "https://shop.example", "codeVerifier": "v" });
    let body = json!({ "deploymentId": DEPLOYMENT, "oauth": oauth });
    let answer = world.service.exchange_code(world.now, body.to_string().as_bytes());
    (answer.status, answer.body)
}

fn sign_in(world: &mut World, code: &str) -> String {
    let (status, body) = exchange(world, code);
    assert_eq!(status, 200, "{body}");
    body["jwt"].as_str().expect("a JWT").to_owned()
}

fn configure(world: &mut World, connection: ConnectionId, token: &str, jwt: &str) -> Vec<Value> {
    let frame = json!({ "action": "configureAuthenticatedSession", "deploymentId": DEPLOYMENT, "startNew": false,
        "tracingId": "c", "data": { "code": jwt } });
    world.ask(connection, token, frame)
}

#[test]
fn a_customer_who_signs_in_first_has_a_session_that_goes_with_them() {
    let mut world = World::new(config());
    let jwt = sign_in(&mut world, "alice:1");
    let phone = world.open();
    let answer = configure(&mut world, phone, "phone", &jwt).remove(0);
    assert_eq!((&answer["class"], &answer["body"]["newSession"]), (&json!("SessionResponse"), &json!(true)));
    assert_eq!(answer["tracingId"], "c");
    world.answer(phone, "phone", text("a", "hello"));
    let jwt = sign_in(&mut world, "alice:2");
    let laptop = world.open();
    let answer = configure(&mut world, laptop, "laptop", &jwt).remove(0);
    assert_eq!(answer["body"]["newSession"], false);
    assert_eq!(world.history(laptop, "laptop").len(), 1);
    world.answer(laptop, "laptop", text("b", "from here"));
    assert_eq!(world.heard(phone)[0]["tracingId"], "b");
}

#[test]
fn a_step_up_ends_what_the_customer_had_elsewhere() {
    let mut world = World::new(config());
    let jwt = sign_in(&mut world, "alice");
    let phone = world.open();
    configure(&mut world, phone, "phone", &jwt);
    let laptop = world.guest("laptop");
    world.answer(laptop, "laptop", text("a", "as nobody"));
    let told = configure(&mut world, laptop, "laptop", &jwt);
    let dismissed = world.heard(phone);
    assert_eq!(
        (&dismissed[0]["class"], &dismissed[0]["body"]),
        (&json!("ConnectionClosedEvent"), &json!({ "reason": "signedIn" }))
    );
    assert_eq!(world.closed(phone), Some(1000));
    assert_eq!(told[0]["body"]["events"][0]["presence"]["type"], "SignIn");
    assert_eq!(told[0]["body"]["channel"]["from"]["firstName"], "alice");
    assert_eq!(
        (&told[1]["class"], &told[1]["body"]["clearedExistingSession"]),
        (&json!("SessionResponse"), &json!(true))
    );
    assert_eq!(told[1]["body"]["newSession"], false);
    assert_eq!(told.len(), 2);
    world.answer(laptop, "laptop", text("b", "as myself"));
    assert_eq!(world.history(laptop, "laptop").len(), 3, "both messages, and the sign-in");
}

#[test]
fn the_reason_for_which_a_device_is_dismissed_may_stand_in_another_place() {
    let mut world = World::new(WebMessagingConfig { other_forms: true, ..config() });
    let jwt = sign_in(&mut world, "alice");
    let phone = world.open();
    configure(&mut world, phone, "phone", &jwt);
    let laptop = world.guest("laptop");
    configure(&mut world, laptop, "laptop", &jwt);
    assert_eq!(world.heard(phone)[0]["body"], json!({ "reasonCode": "signedIn" }));
}

#[test]
fn a_step_up_that_ends_nothing_says_nothing_of_it() {
    let mut world = World::new(config());
    let guest = world.guest("t");
    let jwt = sign_in(&mut world, "alice");
    let told = configure(&mut world, guest, "t", &jwt);
    assert_eq!(told[1]["body"].get("clearedExistingSession"), None);
}

#[test]
fn a_step_up_is_refused_where_it_is_switched_off() {
    let mut world = World::new(WebMessagingConfig { session_upgrade: false, ..config() });
    let guest = world.guest("t");
    let jwt = sign_in(&mut world, "alice");
    assert_eq!(configure(&mut world, guest, "t", &jwt)[0]["code"], 403);
    assert_eq!(world.answer(guest, "t", text("a", "still nobody"))["code"], 200);
    let facts = world.service.deployment_config(world.now, DEPLOYMENT, "http://x").body;
    assert_eq!(facts["auth"], json!({ "enabled": true, "allowSessionUpgrade": false }));
    let other = world.open();
    assert_eq!(configure(&mut world, other, "other", &jwt)[0]["class"], "SessionResponse", "from the start it may be");
}

#[test]
fn a_session_may_ask_to_be_authenticated_again() {
    for (auth_lapses, code) in [(true, 403), (false, 200)] {
        let mut world = World::new(WebMessagingConfig { auth_lapses, ..config() });
        let guest = world.open();
        let jwt = sign_in(&mut world, "alice");
        configure(&mut world, guest, "t", &jwt);
        world.pass(899_999);
        assert_eq!(world.answer(guest, "t", text("a", "x"))["code"], 200);
        world.pass(1);
        let answer = world.answer(guest, "t", text("b", "x"));
        assert_eq!(answer["code"], code);
        if auth_lapses {
            assert_eq!(answer["body"], "Try to authenticate again");
        }
        let jwt = sign_in(&mut world, "alice");
        assert_eq!(configure(&mut world, guest, "t", &jwt)[0]["body"]["newSession"], false);
        assert_eq!(world.answer(guest, "t", text("b", "x"))["code"], 200);
    }
}

#[test]
fn there_is_no_way_back_to_nobody() {
    let mut world = World::new(config());
    let guest = world.open();
    let jwt = sign_in(&mut world, "alice");
    configure(&mut world, guest, "t", &jwt);
    let refused = world.configure(guest, "t", false);
    assert_eq!((&refused["class"], &refused["code"]), (&json!("string"), &json!(4017)));
    assert_eq!(world.configure(guest, "another", false)["class"], "SessionResponse");
}

#[test]
fn a_jwt_that_does_not_count_is_refused_and_can_be_refreshed() {
    let mut world = World::new(config());
    let (_, answer) = exchange(&mut world, "alice");
    let jwt = answer["jwt"].as_str().expect("a JWT").to_owned();
    let guest = world.open();
    world.pass(900_000);
    for bad in [jwt.as_str(), "made.up.jwt"] {
        let refused = configure(&mut world, guest, "t", bad).remove(0);
        assert_eq!((&refused["code"], &refused["body"]), (&json!(401), &json!("User is unauthorized")));
    }
    let refresh = json!({ "refreshToken": answer["refreshToken"] }).to_string();
    let answer = world.service.refresh_jwt(world.now, refresh.as_bytes());
    assert_eq!(answer.status, 200);
    let jwt = answer.body["jwt"].as_str().expect("a JWT").to_owned();
    assert_eq!(configure(&mut world, guest, "t", &jwt)[0]["class"], "SessionResponse");
    let unknown = world.service.refresh_jwt(world.now, br#"{"refreshToken":"x"}"#);
    assert_eq!(unknown.status, 401);
}

#[test]
fn signing_out_tells_every_device_and_ends_the_session() {
    let mut world = World::new(config());
    let jwt = sign_in(&mut world, "alice");
    let (phone, laptop, other) = (world.open(), world.open(), world.guest("bob"));
    configure(&mut world, phone, "phone", &jwt);
    configure(&mut world, laptop, "laptop", &jwt);
    assert_eq!(world.service.revoke_jwt(world.now, Some(&jwt)).status, 204);
    for device in [phone, laptop] {
        assert_eq!(world.classes(device), ["LogoutEvent"]);
        assert_eq!(world.closed(device), Some(1000));
    }
    assert!(world.heard(other).is_empty());
    assert_eq!(world.service.revoke_jwt(world.now, Some(&jwt)).status, 401, "it counts no more");
    assert_eq!(world.service.revoke_jwt(world.now, None).status, 401);
    let back = world.open();
    assert_eq!(world.configure(back, "phone", false)["body"]["newSession"], true);
}

#[test]
fn what_is_no_code_is_not_exchanged() {
    let own = WebMessagingConfig {
        auth_codes: vec!["good".into()],
        deployments: vec![DEPLOYMENT.into()],
        refresh_tokens: false,
        ..config()
    };
    let mut world = World::new(own);
    let (status, body) = exchange(&mut world, "good");
    assert_eq!((status, body.get("refreshToken")), (200, None));
    assert_eq!(exchange(&mut world, "bad").0, 401);
    for (body, status) in [
        ("{", 404),
        (r#"{"deploymentId":"elsewhere","oauth":{"code":"good"}}"#, 404),
        (r#"{"deploymentId":"11111111-2222-4333-8444-555555555555","oauth":{}}"#, 400),
    ] {
        assert_eq!(world.service.exchange_code(world.now, body.as_bytes()).status, status, "{body}");
    }
    let implicit = r#"{"deploymentId":"11111111-2222-4333-8444-555555555555","oauth":{"idToken":"good","nonce":"n"}}"#;
    assert_eq!(world.service.exchange_code(world.now, implicit.as_bytes()).status, 200);
    world.fault(json!({ "fault": "refuse_rest", "status": 503, "scope": "auth", "count": 1 }));
    assert_eq!(exchange(&mut world, "good").0, 503);
    let mut none = World::new(WebMessagingConfig { authentication: false, ..config() });
    assert_eq!(exchange(&mut none, "good").0, 403);
}

#[test]
fn one_customer_cannot_take_anothers_session() {
    let mut world = World::new(config());
    let (alice, bob) = (sign_in(&mut world, "alice"), sign_in(&mut world, "bob"));
    let (first, second) = (world.open(), world.open());
    configure(&mut world, first, "t", &alice);
    assert_eq!(configure(&mut world, second, "t", &bob)[0]["code"], 403);
}
