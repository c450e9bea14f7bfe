//! `close()` in every state, and `connect()` afterwards.

use crate::world::World;
use crate::world::service::{Handshake, Reply};
use guestwire_core::io::Environment;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn close_while_connecting_aborts_what_is_under_way() {
    // While the session is made, while the socket opens, while it greets.
    for (ms, hangs) in [(5, false), (30, false), (60, true), (100, false)] {
        let mut world = World::new();
        world.service.answers_heartbeats = false;
        if hangs {
            world.service.handshakes_always = Handshake::Hangs;
        }
        world.connect();
        let id = world.send("too early");
        world.run(ms);
        let opened = world.network.opens.len();
        world.close(None);
        assert_eq!((world.client.state().name(), world.closed_with()), ("closed", Some("closed")), "{ms}");
        assert_eq!((world.fate(id), world.reason(id)), ("cancelled", "closed"), "{ms}");
        assert_eq!(world.network.closed.len(), opened, "{ms}: the socket is closed");
        assert_eq!(world.network.aborted.len(), usize::from(opened == 0), "{ms}: the request is aborted");
        world.run(60_000);
        assert_eq!((world.network.opens.len(), world.client.next_wake()), (opened, None), "{ms}");
    }
}

#[test]
fn close_lets_what_is_in_flight_settle_and_cancels_what_waits() {
    let mut world = World::with(r#""window":1"#).ready();
    let ids = [world.send("in flight"), world.send("waiting")];
    world.close(None);
    assert_eq!(world.client.state().name(), "closing");
    assert_eq!(ids.map(|id| world.fate(id)), ["sending", "cancelled"]);
    world.run(50);
    assert_eq!(world.client.state().name(), "closed", "it closes as soon as all is settled");
    assert_eq!(ids.map(|id| world.fate(id)), ["delivered", "cancelled"]);
    assert_eq!(world.network.closed, [(1, 1000)]);
}

#[test]
fn what_does_not_settle_within_the_grace_is_unconfirmed() {
    for (grace, ms) in [(None, 2_000), (Some(500), 500), (Some(0), 0)] {
        let mut world = World::new().ready();
        world.service.lose_acks = 1;
        let id = world.send("no answer");
        world.close(grace);
        let asked = world.ms();
        world.until("closed", 10_000, |world| world.client.state().name() == "closed");
        assert_eq!(world.ms() - asked, ms);
        assert_eq!((world.fate(id), world.reason(id)), ("unconfirmed", "closed"));
    }
}

#[test]
fn a_request_under_way_has_the_grace_too() {
    for (reply, fate) in [(Reply::Works, "delivered"), (Reply::Lost, "unconfirmed"), (Reply::Hangs, "unconfirmed")] {
        let mut world = World::new();
        world.service.handshakes_always = Handshake::Refused;
        world.service.posts_always = reply.clone();
        world.connect();
        let id = world.send("by request");
        world.until("it is on its way", 30_000, |world| world.via(id) == "rest");
        let later = world.send("later");
        world.close(None);
        world.until("closed", 3_000, |world| world.client.state().name() == "closed");
        assert_eq!((world.fate(id), world.fate(later)), (fate, "cancelled"), "{reply:?}");
    }
}

#[test]
fn close_is_idempotent_and_safe_in_every_state() {
    let mut world = World::new();
    world.close(None);
    world.close(None);
    assert_eq!(world.client.state().name(), "closed", "from idle");
    assert!(world.client.send(world.now(), "x").is_err());

    let mut world = World::new();
    world.service.handshakes_always = Handshake::Refused;
    world.connect();
    world.run(3_000);
    world.close(None);
    assert_eq!(world.client.state().name(), "closed", "while waiting");

    let mut world = World::new().ready();
    world.environment(Environment::Offline);
    world.network.reset(world.ms());
    world.run(100);
    assert_eq!(world.client.state().name(), "offline");
    world.close(None);
    assert_eq!(world.client.state().name(), "closed", "offline");

    let mut world = World::new().ready();
    world.send("x");
    world.close(Some(5_000));
    world.close(Some(0));
    assert_eq!(world.client.state().name(), "closed", "a second call may shorten the grace");
}

#[test]
fn a_link_that_ends_while_closing_ends_the_client_as_asked() {
    for code in [1000, 1006, 1008, 4401, 4404, 4003] {
        let mut world = World::new().ready();
        world.service.lose_acks = 1;
        let id = world.send("in flight");
        world.close(None);
        world.network.close(world.ms(), code);
        world.run(100);
        assert_eq!((world.closed_with(), world.fate(id)), (Some("closed"), "unconfirmed"), "{code}");
        world.run(60_000);
        assert_eq!((world.network.opens.len(), world.service.count("guests")), (1, 1), "{code}");
    }
}

#[test]
fn connect_from_closed_starts_anew() {
    let mut world = World::new().ready();
    world.close(None);
    world.run(1_000);
    world.connect();
    world.run(3_000);
    let id = world.send("again");
    world.run(1_000);
    assert_eq!(world.fate(id), "delivered");
    assert_eq!(world.changes().iter().filter(|(_, change)| change.why == "connect").count(), 2);
}

#[test]
fn connect_while_closing_finishes_that_first() {
    let mut world = World::new().ready();
    world.service.lose_acks = 1;
    let id = world.send("in flight");
    world.close(Some(60_000));
    world.connect();
    assert_eq!(world.fate(id), "unconfirmed");
    assert_eq!(world.client.state().name(), "connecting");
    world.until("connected", 5_000, |world| world.client.state().name() == "connected");
}

#[test]
fn no_timer_is_left_after_a_close() {
    let mut world = World::new().ready();
    world.run(30_000);
    world.send("x");
    world.close(None);
    world.run(5_000);
    assert_eq!((world.client.state().name(), world.client.next_wake()), ("closed", None));
}
