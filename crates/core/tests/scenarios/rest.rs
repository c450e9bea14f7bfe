//! The REST path: when it takes over, what it waits for, how it gives back.

use crate::world::World;
use crate::world::service::{Handshake, Reply, Says, http_date, says, says_later};
use uuid::Uuid;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A world with no socket to be had.
fn cut_off(options: &str) -> World {
    let mut world = World::with(options);
    world.service.handshakes_always = Handshake::Refused;
    world
}

fn numbers(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("message {number}")).collect()
}

#[test]
fn fifty_messages_arrive_in_order_one_at_a_time_when_no_socket_can_be_had() {
    let mut world = cut_off("");
    world.connect();
    let ids: Vec<Uuid> = numbers(50).iter().map(|text| world.send(text)).collect();
    world.until("all end", 30_000, |world| world.checks.all_ended());
    assert_eq!(world.service.contents(), numbers(50));
    assert!(ids.iter().all(|id| world.fate(*id) == "delivered" && world.via(*id) == "rest"));
    assert!(world.service.ledger.iter().all(|entry| entry.copies == 1 && entry.via == "rest"));
}

#[test]
fn it_takes_over_after_two_failed_attempts_or_five_seconds() {
    let mut world = cut_off("");
    world.connect();
    world.send("hello");
    world.until("by request", 10_000, |world| world.service.count("messages") == 1);
    assert_eq!(world.network.opens.len(), 2);

    let mut world = World::with(r#""socketTimeout":60000"#);
    world.service.handshakes_always = Handshake::Hangs;
    world.connect();
    world.send("hello");
    let begun = world.ms();
    world.until("by request", 10_000, |world| world.service.count("messages") == 1);
    assert_eq!(world.ms() - begun, 5_000 + 40 + 20, "the question goes first");

    // A short interruption is none of its business.
    let mut world = World::new().ready();
    world.network.reset(world.ms());
    world.send("hello");
    world.run(10_000);
    assert_eq!((world.service.count("messages"), world.service.contents()), (0, vec!["hello"]));
}

#[test]
fn without_the_option_nothing_goes_by_rest() {
    let mut world = cut_off(r#""rest":false"#);
    world.connect();
    let id = world.send("hello");
    world.run(200_000);
    assert_eq!((world.service.count("messages"), world.fate(id)), (0, "queued"));
}

#[test]
fn a_retry_after_is_never_undercut_in_any_of_its_forms() {
    let said = |retry_after: Option<String>, date: Option<String>, body: Option<&str>| {
        Reply::Says(Says { status: 429, retry_after, date, body: body.map(str::to_owned), ..Says::default() })
    };
    for (reply, asked) in [
        (said(Some("20".into()), None, None), 20_000),
        (said(Some(http_date(61_000)), Some(http_date(41_000)), None), 20_000),
        (said(None, None, Some(r#"{"retryAfter":20}"#)), 20_000),
        (said(None, None, Some("20")), 20_000),
        (said(Some("nonsense".into()), None, Some(r#"{"retry_after":20}"#)), 20_000),
        (says(429), 5_000),
        (says(503), 5_000),
        (says_later(500, "20"), 20_000),
        (says_later(400, "20"), 20_000),
    ] {
        let mut world = cut_off("");
        world.service.posts.push_back(reply.clone());
        world.connect();
        let ids: Vec<Uuid> = numbers(3).iter().map(|text| world.send(text)).collect();
        for _ in 0..100 {
            world.run(500);
            world.environment(guestwire_core::io::Environment::Online);
        }
        let times = world.service.times("messages");
        let waited = times[1] - times[0];
        assert!(waited >= asked && waited <= asked + (asked / 4).max(1_000) + 100, "{reply:?}: {waited}");
        assert_eq!(world.service.contents(), numbers(3), "{reply:?}");
        assert!(ids.iter().all(|id| world.fate(*id) == "delivered"), "{reply:?}: a pause is not the message's fault");
    }
}

#[test]
fn over_an_hour_closes_the_path_and_the_socket_goes_on() {
    let mut world = cut_off("");
    world.service.posts_always = says_later(429, "3601");
    world.connect();
    let id = world.send("hello");
    world.run(60_000);
    assert_eq!((world.errors(), world.service.count("messages")), (vec!["rate_limited"], 1));
    assert_eq!(world.fate(id), "queued");
    world.service.handshakes_always = Handshake::Opens;
    world.run(60_000);
    assert_eq!((world.fate(id), world.via(id)), ("delivered", "socket"));
}

#[test]
fn a_ready_socket_does_not_wait_for_what_rest_was_asked_to_wait_for() {
    let mut world = cut_off("");
    world.service.posts_always = says_later(429, "600");
    world.connect();
    let id = world.send("hello");
    world.run(10_000);
    world.service.handshakes_always = Handshake::Opens;
    world.until("connected", 40_000, |world| world.client.state().name() == "connected");
    world.run(100);
    assert_eq!((world.fate(id), world.via(id)), ("delivered", "socket"));
}

#[test]
fn the_socket_coming_back_waits_for_the_request_under_way() {
    let mut world = cut_off("");
    world.service.posts.push_back(Reply::HangsDone);
    world.connect();
    let ids: Vec<Uuid> = numbers(3).iter().map(|text| world.send(text)).collect();
    world.until("on its way", 10_000, |world| world.via(ids[0]) == "rest");
    let posted = world.ms();
    world.service.handshakes_always = Handshake::Opens;
    world.until("connected", 10_000, |world| world.client.state().name() == "connected");
    assert_eq!(world.fate(ids[1]), "queued", "one writer");
    world.until("all end", 20_000, |world| world.checks.all_ended());
    assert!(world.ms() - posted >= 10_000, "it waited for the request's own deadline");
    assert_eq!(world.service.contents(), numbers(3));
    assert_eq!(world.service.ledger[0].copies, 2, "the uncertain one went again, by the socket");
    assert_eq!((world.via(ids[0]), world.via(ids[2])), ("socket", "socket"));
}

#[test]
fn every_answer_does_what_the_table_says() {
    let named = |status, id: &str| {
        let body = Some(format!(r#"{{"messageId":"{id}"}}"#));
        Reply::Says(Says { status, body, ..Says::default() })
    };
    for (status, fate, posts) in [
        // They name no message: somebody else may have said so.
        (409, "delivered", 2),
        (202, "delivered", 2),
        (400, "rejected", 1),
        (413, "rejected", 1),
        (408, "delivered", 2),
        (425, "delivered", 2),
        (429, "delivered", 2),
        (502, "delivered", 2),
        (503, "delivered", 2),
        (504, "delivered", 2),
        (500, "delivered", 2),
        (501, "delivered", 2),
    ] {
        let mut world = cut_off("");
        world.service.posts.push_back(says(status));
        world.connect();
        let id = world.send("hello");
        world.until("it ends", 60_000, |world| world.checks.all_ended());
        assert_eq!((world.fate(id), world.service.count("messages")), (fate, posts), "{status}");
    }
    for status in [200, 202, 409] {
        let mut world = cut_off("");
        world.connect();
        let id = world.send("hello");
        world.service.posts.push_back(named(status, &id.to_string()));
        world.until("it ends", 60_000, |world| world.checks.all_ended());
        assert_eq!((world.fate(id), world.service.count("messages")), ("delivered", 1), "{status}");
    }
    // 403 names the message: that message. It does not: the client.
    let mut world = cut_off("");
    world.connect();
    let id = world.send("hello");
    world.service.posts.push_back(named(403, &id.to_string()));
    world.until("it ends", 30_000, |world| world.checks.all_ended());
    assert_eq!((world.fate(id), world.client.state().name()), ("rejected", "reconnecting"));
    let id = world.send("hello");
    world.service.posts.push_back(named(403, &Uuid::nil().to_string()));
    world.until("it ends", 30_000, |world| world.checks.all_ended());
    assert_eq!((world.fate(id), world.closed_with()), ("cancelled", Some("forbidden")));
}

#[test]
fn three_answered_failures_end_a_message_and_lost_answers_do_not() {
    let mut world = cut_off("");
    world.service.posts.extend([says(500), says(500), says(500)]);
    world.connect();
    let ids: Vec<Uuid> = numbers(2).iter().map(|text| world.send(text)).collect();
    world.until("all end", 60_000, |world| world.checks.all_ended());
    assert_eq!((world.fate(ids[0]), world.reason(ids[0])), ("unconfirmed", "failed"));
    assert_eq!(world.service.contents(), ["message 2"]);

    let mut world = cut_off("");
    for reply in [Reply::Fails, Reply::Lost, Reply::Hangs, Reply::Fails, Reply::Lost] {
        world.service.posts.push_back(reply);
    }
    world.connect();
    let id = world.send("hello");
    world.until("it ends", 120_000, |world| world.checks.all_ended());
    assert_eq!((world.fate(id), world.service.ledger[0].copies), ("delivered", 3));
}

#[test]
fn a_rejection_after_a_lost_answer_is_unconfirmed() {
    let mut world = cut_off("");
    world.service.posts.extend([Reply::Lost, says(400)]);
    world.connect();
    let id = world.send("hello");
    world.until("it ends", 30_000, |world| world.checks.all_ended());
    assert_eq!(world.fate(id), "unconfirmed");
}

#[test]
fn a_refused_token_means_a_new_session_and_the_same_message() {
    for status in [401, 404, 410] {
        let mut world = cut_off("");
        world.service.posts.push_back(says(status));
        world.connect();
        let id = world.send("hello");
        world.until("it ends", 60_000, |world| world.checks.all_ended());
        assert_eq!((world.fate(id), world.service.ledger[0].session.as_str()), ("delivered", "instance-2"), "{status}");
    }
}

#[test]
fn nothing_goes_by_rest_with_a_session_that_has_under_thirty_seconds_left() {
    let mut world = World::new();
    world.service.life = 130_000;
    let mut world = world.ready();
    // A socket is tried with 34 s left, and hangs; the message comes when 28 s are left.
    world.run(96_000 - world.ms() + 1_000);
    world.service.handshakes_always = Handshake::Hangs;
    world.network.reset(world.ms());
    world.run(6_000);
    let id = world.send("hello");
    world.run(500);
    assert_eq!(world.fate(id), "queued");
    world.run(30_000);
    assert_eq!((world.fate(id), world.service.ledger[0].session.as_str()), ("delivered", "instance-2"));
}

#[test]
fn a_path_that_fails_is_tried_with_backoff() {
    let mut world = cut_off("");
    world.service.posts_always = Reply::Fails;
    world.connect();
    world.send("hello");
    world.run(120_000);
    let times = world.service.times("messages");
    assert!((5..=12).contains(&times.len()), "{} requests in two minutes", times.len());
}

#[test]
fn refused_with_429_and_503_for_a_minute_messages_wait_and_arrive() {
    let mut world = cut_off("");
    world.connect();
    let ids: Vec<Uuid> = numbers(50).iter().map(|text| world.send(text)).collect();
    for reply in [says_later(429, "2"), says(503)] {
        world.service.posts_always = reply;
        world.run(30_000);
    }
    assert!(ids.iter().all(|id| world.fate(*id) == "queued"), "a paused path is not the message's fault");
    let refused = world.service.count("messages");
    assert!((8..=20).contains(&refused), "{refused} requests in a minute");
    world.service.posts_always = Reply::Works;
    world.until("all end", 60_000, |world| world.checks.all_ended());
    assert_eq!(world.service.contents(), numbers(50));
    assert!(ids.iter().all(|id| world.fate(*id) == "delivered"));
}
