//! Who gave an answer (docs/answers.md): pages of captive portals, proxies and service workers in the place of the service's
//! word, and what certainly never left.

use crate::world::service::{Handshake, Reply, Says};
use crate::world::{Provider, World};
use guestwire_core::connection::State;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const PAGE: &str = "<!doctype html><h1>You are offline</h1>";
const MINUTE: u64 = 60_000;

fn with_body(status: u16, body: &str) -> Reply {
    Reply::Says(Says { status, body: Some(body.to_owned()), ..Says::default() })
}

fn page(status: u16) -> Reply {
    with_body(status, PAGE)
}

/// A world with no socket to be had, and its client.
fn cut_off(options: &str) -> World {
    let mut world = World::with(options);
    world.service.handshakes_always = Handshake::Refused;
    world
}

#[test]
fn nothing_but_the_services_word_acknowledges_a_message() {
    let another = r#"{"type":"messageReceived","messageId":"6f9619ff-8b86-4d01-b42d-00cf4fc964ff"}"#;
    for (status, body) in [
        (200, PAGE),
        (200, ""),
        (204, ""),
        (200, "\"OK\""),
        (200, "OK"),
        (200, "[]"),
        (200, "{}"),
        (200, r#"{"status":"please sign in to the network"}"#),
        (200, another),
        (202, PAGE),
        (409, PAGE),
        (409, ""),
        (409, another),
    ] {
        let mut world = cut_off("");
        world.service.posts_always = with_body(status, body);
        world.connect();
        let id = world.send("hello");
        world.run(2 * MINUTE);
        assert_eq!((world.fate(id), world.service.ledger.len()), ("queued", 0), "{status} {body}");
        assert!(world.service.count("messages") > 3, "it is tried again, and that is not the message's failure");
        world.service.posts_always = Reply::Works;
        world.until("it ends", MINUTE, |world| world.checks.all_ended());
        assert_eq!((world.fate(id), world.service.ledger[0].copies), ("delivered", 1), "{status} {body}");
    }
}

#[test]
fn what_never_was_acknowledged_ends_unconfirmed() {
    let mut world = cut_off("");
    world.service.posts_always = page(200);
    world.connect();
    let id = world.send("hello");
    world.until("it ends", 6 * MINUTE, |world| world.checks.all_ended());
    assert_eq!((world.fate(id), world.reason(id)), ("unconfirmed", "ttl"));
}

#[test]
fn a_service_that_is_known_to_answer_otherwise_can_be_believed() {
    for (proof, body, fate) in [
        ("id", "{}", "queued"),
        ("json", "{}", "delivered"),
        ("json", r#"{"id":7}"#, "delivered"),
        ("json", "[]", "queued"),
        ("json", PAGE, "queued"),
        ("json", "", "queued"),
        ("status", "", "delivered"),
        ("status", "OK", "delivered"),
    ] {
        let mut world = cut_off(&format!(r#""restProof":"{proof}""#));
        world.service.posts_always = with_body(200, body);
        world.connect();
        let id = world.send("hello");
        world.run(30_000);
        assert_eq!(world.fate(id), fate, "{proof} {body}");
    }
}

#[test]
fn a_page_instead_of_the_service_ends_neither_client_nor_session_nor_message() {
    for status in [400, 401, 403, 404, 405, 410, 413, 429, 500, 503, 511] {
        // While a session is made, for nine minutes.
        let mut world = World::new();
        world.service.guests_always = page(status);
        world.connect();
        let id = world.send("hello");
        world.run(4 * MINUTE);
        assert_eq!((world.client.state().name(), world.fate(id)), ("reconnecting", "queued"), "{status}");
        world.service.guests_always = Reply::Works;
        world.until("it ends", MINUTE, |world| world.checks.all_ended());
        assert_eq!(world.fate(id), "delivered", "{status}");

        // While a message goes by REST, and the service was not heard for long.
        let mut world = World::new().ready();
        world.service.handshakes_always = Handshake::Refused;
        (world.service.checks_always, world.service.posts_always) = (Reply::Fails, Reply::Fails);
        world.network.reset(world.ms());
        world.run(2 * MINUTE);
        (world.service.checks_always, world.service.posts_always) = (page(status), page(status));
        let id = world.send("hello");
        world.run(4 * MINUTE);
        assert_eq!((world.fate(id), world.sessions().len()), ("queued", 1), "{status}");
        assert_eq!(world.service.count("messages"), 0, "nothing is posted to somebody else");
        (world.service.checks_always, world.service.posts_always) = (Reply::Works, Reply::Works);
        world.until("it ends", MINUTE, |world| world.checks.all_ended());
        assert_eq!((world.fate(id), world.service.ledger[0].copies), ("delivered", 1), "{status}");
    }
}

#[test]
fn a_page_in_answer_to_a_message_says_nothing_of_it() {
    for status in [400, 401, 403, 404, 410, 413, 500, 501, 503] {
        let mut world = cut_off("");
        world.connect();
        let id = world.send("hello");
        // The question is answered, and between it and the message over a minute passes.
        world.service.posts.extend([Reply::Fails, Reply::Fails, Reply::Fails, Reply::Fails]);
        world.service.checks_always = Reply::Works;
        world.until("posted", MINUTE, |world| world.service.count("messages") == 1);
        world.service.checks_always = Reply::Fails;
        world.run(2 * MINUTE);
        world.service.checks_always = page(200);
        world.service.posts_always = page(status);
        world.run(MINUTE);
        assert_eq!((world.fate(id), world.sessions().len()), ("queued", 1), "{status}");
        assert_eq!(world.client.state(), State::Reconnecting, "{status}");
    }
}

#[test]
fn a_proxy_before_a_service_that_was_heard_within_the_minute_is_believed() {
    let mut world = cut_off("");
    world.service.posts.push_back(page(404));
    world.connect();
    let id = world.send("hello");
    world.until("it ends", MINUTE, |world| world.checks.all_ended());
    assert_eq!((world.fate(id), world.sessions().len()), ("delivered", 2));

    // A socket's word counts as well.
    let mut world = World::new().ready();
    world.service.handshakes_always = Handshake::Refused;
    world.service.checks.push_back(page(410));
    world.network.reset(world.ms());
    world.run(1_000);
    let id = world.send("hello");
    world.until("it ends", MINUTE, |world| world.checks.all_ended());
    assert_eq!((world.fate(id), world.sessions().len()), ("delivered", 2));
}

#[test]
fn a_refusal_that_is_all_there_is_for_ten_minutes_is_believed() {
    let mut world = World::new();
    world.service.guests_always = page(401);
    world.connect();
    world.run(9 * MINUTE);
    assert_eq!(world.client.state().name(), "reconnecting");
    world.run(2 * MINUTE);
    assert_eq!(world.closed_with(), Some("unauthorized"));
}

#[test]
fn a_wait_that_somebody_else_asks_for_is_kept_and_closes_nothing() {
    let busy = Reply::Says(Says {
        status: 503,
        retry_after: Some("1000000".to_owned()),
        body: Some(PAGE.to_owned()),
        ..Says::default()
    });
    let mut world = World::new();
    world.service.guests.push_back(busy.clone());
    world.connect();
    world.run(59 * MINUTE);
    assert_eq!((world.client.state().name(), world.service.count("guests")), ("reconnecting", 1));
    world.run(20 * MINUTE);
    assert_eq!(world.client.state().name(), "connected");

    let mut world = cut_off(r#""ttl":10000000"#);
    world.service.checks.push_back(busy);
    world.connect();
    let id = world.send("hello");
    world.run(59 * MINUTE);
    assert_eq!((world.fate(id), world.errors()), ("queued", vec![]));
    world.run(20 * MINUTE);
    assert_eq!((world.fate(id), world.via(id)), ("delivered", "rest"));
}

#[test]
fn a_service_that_comes_back_without_its_sessions_gets_what_certainly_never_left() {
    for rest in ["", r#""rest":false"#] {
        let mut world = World::with(rest).ready();
        // It is killed, and a message is typed.
        world.service.handshakes_always = Handshake::Refused;
        (world.service.checks_always, world.service.posts_always) = (Reply::Fails, Reply::Fails);
        world.service.guests_always = Reply::Fails;
        world.network.reset(world.ms());
        world.run(1_000);
        let id = world.send("hello");
        world.run(30_000);
        assert_eq!(world.service.count("messages"), 0, "nothing is posted to who does not answer");
        // It is back, and knows nobody.
        world.service.sessions.clear();
        world.service.handshakes_always = Handshake::Opens;
        world.service.guests_always = Reply::Works;
        (world.service.checks_always, world.service.posts_always) = (Reply::Works, Reply::Works);
        world.until("it ends", 2 * MINUTE, |world| world.checks.all_ended());
        assert_eq!((world.fate(id), world.service.ledger.len()), ("delivered", 1), "{rest}");
    }
}

#[test]
fn a_socket_that_is_ready_does_not_wait_for_the_question() {
    let mut world = cut_off("");
    world.service.checks_always = Reply::Hangs;
    world.connect();
    let id = world.send("hello");
    world.until("asked", MINUTE, |world| world.service.count("check") == 1);
    world.service.handshakes_always = Handshake::Opens;
    world.until("connected", MINUTE, |world| world.client.state() == State::Connected);
    world.run(200);
    assert_eq!((world.fate(id), world.via(id)), ("delivered", "socket"));
}

#[test]
fn a_token_endpoint_with_a_bad_minute_is_asked_again() {
    for nonsense in ["", "  \n", "short", "[object Object]", "line\nbreak-0123", PAGE, "Bearer oauth-credential-7391"] {
        let mut world = World::with_provider(Provider::Gives(nonsense), "");
        world.connect();
        let id = world.send("hello");
        world.run(50_000);
        assert_eq!((world.client.state().name(), world.fate(id)), ("reconnecting", "queued"), "{nonsense:?}");
        assert_eq!(world.service.count("guests"), 0, "nobody is shown it");
        assert!((3..10).contains(&world.asked.len()), "asked {} times", world.asked.len());
        assert_eq!(world.errors(), ["invalid_credential"], "told at once, and not each time");
        world.run(60_000);
        assert_eq!(world.errors(), ["invalid_credential"; 2], "nor in silence");
        world.provider = Provider::Gives(" \r\noauth-credential-7391\n");
        world.until("it ends", MINUTE, |world| world.checks.all_ended());
        assert_eq!(world.fate(id), "delivered", "{nonsense:?}: white space around it is not part of it");
    }
}

#[test]
fn a_post_that_a_close_cut_off_shows_nobody_who_could_be_posted_to() {
    let mut world = cut_off("");
    world.connect();
    world.send("hello");
    world.service.posts_always = Reply::Hangs;
    world.until("posted", MINUTE, |world| world.service.count("messages") == 1);
    world.close(Some(0));
    world.service.checks_always = Reply::Fails;
    world.connect();
    let id = world.send("hello again");
    world.run(MINUTE);
    assert_eq!(
        (world.fate(id), world.service.count("messages")),
        ("queued", 1),
        "nothing is posted to who does not answer"
    );
}

#[test]
fn a_page_that_is_believed_shows_nobody_who_could_be_posted_to() {
    let mut world = cut_off("");
    world.service.posts.push_back(page(405));
    world.connect();
    let (refused, next) = (world.send("hello"), world.send("hello again"));
    world.until("it ends", MINUTE, |world| world.checks.all_ended());
    assert_eq!((world.fate(refused), world.fate(next)), ("rejected", "delivered"));
    assert_eq!(world.service.count("check"), 2, "it is asked again before the next is posted");
}

#[test]
fn a_refusal_that_ends_the_client_and_asks_to_wait_is_waited_for_by_who_connects_anew() {
    let refusal = Says { status: 413, retry_after: Some("46".to_owned()), body: None, ..Says::default() };
    let mut world = World::new();
    world.service.guests.push_back(Reply::Says(refusal));
    world.connect();
    world.until("it ends", MINUTE, |world| world.client.state() == State::Closed);
    world.connect();
    world.run(45_000);
    assert_eq!(world.service.count("guests"), 1);
    world.until("connected", MINUTE, |world| world.client.state() == State::Connected);
}
