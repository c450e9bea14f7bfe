//! Sessions: made by a token, shared by connections, ended in every way there is.

use guestwire_sim::service::{Handshake, WebMessagingConfig};
use serde_json::{Value, json};

use super::world::{BASE, DEPLOYMENT, ORIGIN, START, World, config, text};

fn classes(frames: &[Value]) -> Vec<&str> {
    frames.iter().map(|frame| frame["class"].as_str().expect("a class")).collect()
}

#[test]
fn the_same_token_comes_back_to_its_session_and_another_does_not() {
    let mut world = World::new(config());
    let first = world.open();
    let answer = world.configure(first, "t", false);
    let body = &answer["body"];
    assert_eq!(
        (&body["connected"], &body["newSession"], &body["readOnly"]),
        (&json!(true), &json!(true), &json!(false))
    );
    assert_eq!((&body["durationSeconds"], &body["maxCustomDataBytes"]), (&json!(259_200), &json!(2048)));
    assert_eq!(body["expirationDate"], START / 1000 + 259_200);
    assert_eq!(body["allowedMedia"]["inbound"]["maxFileSizeKB"], 10_240);
    world.answer(first, "t", text("a", "hello"));
    let second = world.open();
    assert_eq!(world.configure(second, "t", false)["body"]["newSession"], false);
    assert_eq!(world.history(second, "t").len(), 1);
    let stranger = world.open();
    assert_eq!(world.configure(stranger, "other", false)["body"]["newSession"], true);
    assert!(world.history(stranger, "other").is_empty());
}

#[test]
fn the_tracing_id_of_a_request_comes_back_with_its_answer() {
    let mut world = World::new(config());
    let guest = world.open();
    let configure = json!({ "action": "configureSession", "deploymentId": DEPLOYMENT, "tracingId": "c" });
    assert_eq!(world.answer(guest, "t", configure)["tracingId"], "c");
    let jwt = world.answer(guest, "t", json!({ "action": "getJwt", "tracingId": "j" }));
    assert_eq!((&jwt["class"], &jwt["tracingId"]), (&json!("JwtResponse"), &json!("j")));
    assert_eq!(jwt["body"]["exp"], START / 1000 + 60);
}

#[test]
fn start_new_makes_a_session_of_its_own_and_the_old_one_cannot_be_reached() {
    let mut world = World::new(config());
    let (first, second) = (world.guest("t"), world.guest("t"));
    world.answer(first, "t", text("a", "hello"));
    world.heard(second);
    assert_eq!(world.configure(first, "t", true)["body"]["newSession"], true);
    assert!(world.history(first, "t").is_empty());
    assert_eq!(world.classes(second), ["ConnectionClosedEvent"]);
    assert_eq!(world.closed(second), Some(1000));
}

#[test]
fn a_fourth_connection_closes_the_oldest_and_tells_it_first() {
    let mut world = World::new(config());
    let guests = [world.guest("t"), world.guest("t"), world.guest("t"), world.guest("t")];
    assert_eq!(world.classes(guests[0]), ["ConnectionClosedEvent"]);
    assert_eq!(world.closed(guests[0]), Some(1000));
    for guest in &guests[1..] {
        assert_eq!((world.classes(*guest), world.closed(*guest)), (vec![], None));
    }
    world.answer(guests[3], "t", text("a", "hello"));
    assert_eq!(world.heard(guests[1]).len(), 1);
}

#[test]
fn configuring_again_on_the_same_connection_takes_no_second_place() {
    let mut world = World::new(config());
    let guest = world.guest("t");
    for _ in 0..5 {
        world.configure(guest, "t", false);
    }
    world.answer(guest, "t", text("a", "hello"));
    let (second, third) = (world.guest("t"), world.guest("t"));
    world.configure(guest, "t", false);
    world.guest("t");
    assert_eq!(world.closed(guest), Some(1000), "it is the oldest still");
    assert_eq!((world.closed(second), world.closed(third)), (None, None));
}

#[test]
fn moments_are_told_by_the_clock_on_the_wall() {
    let mut world = World::new(WebMessagingConfig { epoch: 1_000_000_000, ..config() });
    let guest = world.open();
    let session = world.configure(guest, "t", false);
    assert_eq!(session["body"]["expirationDate"], START / 1000 + 1_000_000 + 259_200);
    let echo = world.answer(guest, "t", text("a", "hello"));
    assert_eq!(echo["body"]["channel"]["time"], "2026-12-02T13:46:40.000Z");
    let jwt = world.answer(guest, "t", json!({ "action": "getJwt" }));
    assert_eq!(jwt["body"]["exp"], START / 1000 + 1_000_060);
}

#[test]
fn classes_on_which_the_sources_disagree_have_another_form() {
    let mut world = World::new(WebMessagingConfig { other_forms: true, session_life: 60, ..config() });
    let guest = world.guest("t");
    let offer = |name: &str| {
        json!({ "action": "onAttachment", "attachmentId": "f", "fileName": name,
        "fileType": "image/png", "errorsAsJson": true })
    };
    let refused = world.answer(guest, "t", offer("foo.exe"));
    assert_eq!((&refused["type"], &refused["code"]), (&json!("message"), &json!(200)));
    assert_eq!((&refused["class"], &refused["body"]["errorCode"]), (&json!("GenerateUrlError"), &json!(4001)));
    world.answer(guest, "t", offer("foo.png"));
    let deleted = world.answer(guest, "t", json!({ "action": "deleteAttachment", "attachmentId": "f" }));
    assert_eq!((&deleted["type"], &deleted["class"]), (&json!("message"), &json!("AttachmentDeletedResponse")));
    world.pass(60_000);
    let ping = json!({ "action": "echo", "message": { "type": "Text", "text": "ping" } });
    let expired = world.answer(guest, "t", ping);
    assert_eq!((&expired["type"], &expired["class"]), (&json!("message"), &json!("SessionExpiredEvent")));
}

#[test]
fn a_resume_token_is_given_to_whoever_asks_and_needed_by_nobody() {
    let mut world = World::new(config());
    let guest = world.guest("t");
    let answer = world.answer(guest, "t", json!({ "action": "resumeToken", "tracingId": "r" }));
    assert_eq!((&answer["class"], &answer["tracingId"]), (&json!("ResumeTokenResponse"), &json!("r")));
    let configure = json!({ "action": "configureSession", "deploymentId": super::world::DEPLOYMENT,
        "resumeToken": answer["body"]["resumeToken"] });
    assert_eq!(world.answer(guest, "t", configure)["body"]["newSession"], false);
}

#[test]
fn a_fault_for_one_conversation_waits_until_a_connection_is_in_it() {
    let mut world = World::new(config());
    world.guest("t");
    world.fault(json!({ "fault": "close", "code": 1012, "on": "open", "conversation": "t", "count": 1 }));
    let (other, back) = (world.guest("other"), world.open());
    assert_eq!((world.closed(other), world.closed(back)), (None, None));
    assert_eq!(world.configure(back, "t", false)["class"], "SessionResponse");
    assert_eq!(world.closed(back), Some(1012));
}

#[test]
fn a_session_lasts_so_long_after_its_last_message() {
    let life = WebMessagingConfig { session_life: 900, ..config() };
    let mut world = World::new(life);
    let guest = world.guest("t");
    world.pass(800_000);
    world.answer(guest, "t", text("a", "hello"));
    world.pass(899_000);
    let check = json!({ "action": "echo", "message": { "type": "Text", "text": "ping" } });
    let alive = world.answer(guest, "t", check.clone());
    assert_eq!(alive["body"]["metadata"]["durationSeconds"], "900", "strings, as everything in metadata");
    assert_eq!(alive["body"]["metadata"]["expirationDate"], (START / 1000 + 1_700).to_string());
    world.pass(1_000);
    assert_eq!(world.answer(guest, "t", check)["class"], "SessionExpiredEvent", "a health check does not extend it");
    let late = world.answer(guest, "t", text("b", "too late"));
    assert_eq!((&late["class"], &late["code"]), (&json!("string"), &json!(4006)));
    assert_eq!(world.configure(guest, "t", false)["body"]["newSession"], true, "under the same token");
    world.answer(guest, "t", text("c", "anew"));
}

#[test]
fn where_expiry_is_pushed_it_is_told_at_its_moment() {
    let mut world = World::new(WebMessagingConfig { session_life: 900, push_expiry: true, ..config() });
    let guest = world.guest("t");
    world.pass(500_000);
    world.answer(guest, "t", text("a", "hello"));
    world.pass(899_999);
    assert!(world.heard(guest).is_empty());
    world.pass(1);
    assert_eq!(world.classes(guest), ["SessionExpiredEvent"]);
}

#[test]
fn an_expired_session_by_command_is_told_at_once() {
    let mut world = World::new(config());
    let (one, other) = (world.guest("one"), world.guest("other"));
    world.fault(json!({ "fault": "expire_session", "conversation": "one" }));
    assert_eq!(world.classes(one), ["SessionExpiredEvent"]);
    assert!(world.heard(other).is_empty());
    assert_eq!(world.answer(one, "one", text("a", "x"))["code"], 4006);
    world.answer(other, "other", text("b", "y"));
    world.fault(json!({ "fault": "expire_session" }));
    assert_eq!((world.classes(one), world.classes(other)), (vec![], vec!["SessionExpiredEvent".to_owned()]));
}

#[test]
fn nothing_but_a_configuration_comes_first() {
    let mut world = World::new(config());
    for first in [
        text("a", "hello"),
        json!({ "action": "echo", "message": { "type": "Text", "text": "ping" } }),
        json!({ "action": "getJwt" }),
        json!({ "action": "closeSession", "closeAllConnections": true }),
    ] {
        let guest = world.open();
        let answer = world.answer(guest, "t", first.clone());
        assert_eq!((&answer["class"], &answer["code"]), (&json!("string"), &json!(4007)), "{first}");
        assert_eq!(world.configure(guest, "t", false)["class"], "SessionResponse", "the connection stays");
    }
    let guest = world.open();
    let answer = world.answer(guest, "t", json!({ "action": "getConfiguration", "deploymentId": DEPLOYMENT }));
    assert_eq!(answer["class"], "GetConfigurationResponse", "which needs no session");
}

#[test]
fn a_configuration_without_its_members_or_for_another_deployment_is_refused() {
    let own = WebMessagingConfig { deployments: vec![DEPLOYMENT.into()], uuid_tokens: true, ..config() };
    let mut world = World::new(own);
    let guest = world.open();
    let token = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
    for (frame, code) in [
        (json!({ "action": "configureSession", "token": token }), 4020),
        (json!({ "action": "configureSession", "deploymentId": DEPLOYMENT }), 4020),
        (json!({ "action": "configureSession", "token": token, "deploymentId": "elsewhere" }), 400),
        (json!({ "action": "configureSession", "token": "member_1", "deploymentId": DEPLOYMENT }), 400),
        (json!({ "action": "dance", "token": token }), 400),
        (json!({ "token": token }), 4020),
        (json!([1]), 400),
    ] {
        world.say(guest, &frame);
        let heard = world.heard(guest);
        assert_eq!((classes(&heard), &heard[0]["code"]), (vec!["string"], &json!(code)), "{frame}");
    }
    world.guest(token);
}

#[test]
fn a_token_speaks_for_its_own_session_only() {
    let mut world = World::new(config());
    let (one, _other) = (world.guest("one"), world.guest("other"));
    assert_eq!(world.answer(one, "other", text("a", "x"))["code"], 403);
    world.say(one, &text("b", "no token at all"));
    assert_eq!(world.heard(one)[0]["code"], 4020);
}

#[test]
fn one_token_in_two_deployments_is_two_guests() {
    let mut world = World::new(config());
    let (here, there) = (world.guest("t"), world.open());
    let elsewhere = json!({ "action": "configureSession", "deploymentId": "elsewhere" });
    assert_eq!(world.answer(there, "t", elsewhere)["body"]["newSession"], true);
    world.answer(there, "t", text("a", "there"));
    world.answer(here, "t", text("b", "here"));
    assert_eq!(world.history(here, "t")[0]["text"], "here");
    assert_eq!(world.history(there, "t")[0]["text"], "there");
}

#[test]
fn close_session_dismisses_the_others_and_this_one_begins_anew() {
    let mut world = World::new(config());
    let (first, second) = (world.guest("t"), world.guest("t"));
    let answer = world.answer(first, "t", json!({ "action": "closeSession", "closeAllConnections": true }));
    assert_eq!(answer["class"], "SessionResponse");
    assert_eq!(answer["body"], json!({ "connected": false, "newSession": false, "readOnly": true }));
    assert_eq!(world.classes(second), ["ConnectionClosedEvent"]);
    assert_eq!(world.closed(second), Some(1000));
    assert_eq!(world.closed(first), None);
    assert_eq!(world.answer(first, "t", text("a", "hello"))["code"], 4007, "it is in no session");
    assert_eq!(world.configure(first, "t", true)["body"]["newSession"], true, "on the same socket");
    world.answer(first, "t", text("a", "hello"));
}

#[test]
fn closing_one_connection_leaves_the_others_their_session() {
    let mut world = World::new(config());
    let (first, second) = (world.guest("t"), world.guest("t"));
    let answer = world.answer(first, "t", json!({ "action": "closeSession", "closeAllConnections": false }));
    assert_eq!(answer["body"], json!({ "connected": false, "newSession": false, "readOnly": false }));
    world.answer(second, "t", text("a", "hello"));
    assert!(world.heard(first).is_empty());
    assert_eq!(world.configure(first, "t", false)["body"]["newSession"], false);
    assert_eq!(world.answer(first, "t", json!({ "action": "closeSession" }))["code"], 4020);
}

#[test]
fn a_late_message_brings_no_expired_session_back_to_life() {
    let mut world = World::new(WebMessagingConfig { session_life: 900, late: 10_000, ..config() });
    let guest = world.guest("t");
    world.pass(895_000);
    world.ask(guest, "t", text("a", "late"));
    world.pass(10_000);
    assert_eq!(world.ledger().len(), 1);
    assert_eq!(world.answer(guest, "t", text("b", "x"))["code"], 4006);
}

#[test]
fn a_cleared_conversation_ends_in_its_order() {
    let mut world = World::new(config());
    let (first, second) = (world.guest("t"), world.guest("t"));
    world.answer(first, "t", text("a", "hello"));
    let jwt = world.jwt(first, "t");
    world.heard(second);
    let clear = json!({ "eventType": "Presence", "presence": { "type": "Clear" } });
    let message = json!({ "type": "Event", "events": [clear] });
    let heard = world.ask(first, "t", json!({ "action": "onMessage", "tracingId": "c", "message": message }));
    assert_eq!(classes(&heard), ["StructuredMessage", "SessionClearedEvent", "ConnectionClosedEvent"]);
    assert_eq!((&heard[0]["tracingId"], &heard[0]["body"]["events"][0]), (&json!("c"), &clear));
    assert_eq!(classes(&world.heard(second)), ["StructuredMessage", "SessionClearedEvent", "ConnectionClosedEvent"]);
    assert_eq!((world.closed(first), world.closed(second)), (Some(1000), Some(1000)));
    assert_eq!(world.history_page(&jwt, "1", "25").body["total"], 0, "nor by a token from before");
    let back = world.open();
    assert_eq!(world.configure(back, "t", false)["body"]["newSession"], true);
    assert!(world.history(back, "t").is_empty());
}

#[test]
fn clearing_is_refused_where_it_is_switched_off() {
    let mut world = World::new(WebMessagingConfig { clear: false, ..config() });
    let guest = world.guest("t");
    let message = json!({ "type": "Event", "events": [{ "eventType": "Presence", "presence": { "type": "Clear" } }] });
    let answer = world.answer(guest, "t", json!({ "action": "onMessage", "message": message }));
    assert_eq!(answer["code"], 403);
    assert!(answer["body"].as_str().expect("text").contains("Conversation Clear"));
}

#[test]
fn handshakes_from_other_domains_are_refused() {
    let mut world = World::new(WebMessagingConfig { allowed_domains: vec!["shop.example".into()], ..config() });
    for good in
        ["https://shop.example", "http://www.shop.example:8080", "shop.example", "https://SHOP.example", "127.0.0.1"]
    {
        assert!(world.try_open(Some(good)).is_ok(), "{good}");
    }
    for bad in [Some("https://evil.example"), Some("https://notshop.example"), Some("https://shop.example.evil"), None]
    {
        assert_eq!(world.try_open(bad).map_err(|refused| refused.status).err(), Some(403), "{bad:?}");
    }
    let nowhere = Handshake { deployment: None, origin: Some(ORIGIN), base: BASE };
    assert_eq!(world.service.open_messaging_socket(world.now, nowhere).map_err(|refused| refused.status), Err(403));
    let attempts = world.service.connections(world.now).attempts;
    assert_eq!(attempts.iter().filter(|attempt| attempt.status == 403).count(), 5);
}

#[test]
fn silent_and_old_connections_are_closed() {
    let mut world =
        World::new(WebMessagingConfig { idle_timeout: Some(600_000), max_age: Some(7_200_000), ..config() });
    let (idle, busy) = (world.guest("idle"), world.guest("busy"));
    let mut closed_at = None;
    for _ in 0..15 {
        world.pass(500_000);
        if world.closed(idle).is_some() {
            closed_at.get_or_insert(world.now - START);
        }
        if world.closed(busy).is_none() {
            world.answer(busy, "busy", text("a", "hello"));
        }
    }
    assert_eq!((world.closed(idle), closed_at), (Some(1001), Some(1_000_000)));
    assert_eq!(world.closed(busy), Some(1001), "after two hours");
    assert_eq!(world.ledger().len(), 14);
}
