//! `onSessionLost`: what moves to the new conversation, what is offered to the old one, what ends.

use crate::world::World;
use crate::world::service::{Handshake, Reply, says, says_later};
use uuid::Uuid;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Two messages in flight whose fate is uncertain (the service has the first), two that wait; the
/// service says that the session is gone.
fn lost(options: &str) -> (World, [Uuid; 4]) {
    let mut world = World::with(&format!(r#""window":2,{options}"#)).ready();
    world.run(6_000);
    let mut ids = [Uuid::nil(); 4];
    for (place, id) in ids.iter_mut().enumerate() {
        *id = world.send(&format!("message {}", place + 1));
    }
    world.run(20); // The two have arrived; their answers have not.
    world.service.ledger.truncate(1);
    world.service.forget(&ids[1].to_string());
    world.network.reset_with(world.ms(), 4404);
    (world, ids)
}

fn fates(world: &World, ids: [Uuid; 4]) -> [&'static str; 4] {
    ids.map(|id| world.fate(id))
}

fn in_session(world: &World, session: &str) -> Vec<String> {
    world.service.ledger.iter().filter(|entry| entry.session == session).map(|entry| entry.content.clone()).collect()
}

#[test]
fn by_default_the_uncertain_are_offered_to_the_old_session_and_the_rest_moves() {
    // The old session still answers (its time was short, say): what it has it acknowledges.
    let (mut world, ids) = lost(r#""rest":true"#);
    world.run(30_000);
    assert_eq!(fates(&world, ids), ["delivered"; 4]);
    assert_eq!(in_session(&world, "instance-1"), ["message 1", "message 2"]);
    assert_eq!(in_session(&world, "instance-2"), ["message 3", "message 4"]);
    assert_eq!(world.errors(), ["session_replaced"]);
    assert_eq!(world.sessions()[1].replaces.as_deref(), Some("instance-1"));

    // It refuses: they end unconfirmed, and are in neither twice.
    for status in [401, 404, 410, 400] {
        let (mut world, ids) = lost(r#""rest":true"#);
        world.service.posts.extend([says(status), says(status)]);
        world.run(30_000);
        assert_eq!(fates(&world, ids), ["unconfirmed", "unconfirmed", "delivered", "delivered"], "{status}");
        assert_eq!((world.reason(ids[0]), world.reason(ids[1])), ("session_lost", "session_lost"));
        assert_eq!(in_session(&world, "instance-1"), ["message 1"]);
        assert_eq!(in_session(&world, "instance-2"), ["message 3", "message 4"]);
    }
}

#[test]
fn a_session_that_refuses_one_offer_is_not_asked_about_the_others() {
    let (mut world, _) = lost(r#""rest":true"#);
    world.service.posts.push_back(says(404));
    world.run(30_000);
    assert_eq!(world.service.count("messages"), 1);
}

#[test]
fn without_rest_there_is_no_way_to_ask_the_old_session() {
    let (mut world, ids) = lost(r#""rest":false"#);
    world.run(30_000);
    assert_eq!(fates(&world, ids), ["unconfirmed", "unconfirmed", "delivered", "delivered"]);
    assert_eq!((world.service.count("messages"), in_session(&world, "instance-2").len()), (0, 2));
}

#[test]
fn resend_uncertain_moves_everything_in_order_and_accepts_duplicates() {
    for rest in [true, false] {
        let (mut world, ids) = lost(&format!(r#""rest":{rest},"onSessionLost":"resend-uncertain""#));
        world.run(30_000);
        assert_eq!(fates(&world, ids), ["delivered"; 4]);
        assert_eq!(in_session(&world, "instance-1"), ["message 1"]);
        assert_eq!(in_session(&world, "instance-2"), ["message 1", "message 2", "message 3", "message 4"]);
        assert_eq!(world.service.count("messages"), 0);
    }
}

#[test]
fn fail_moves_nothing() {
    for (rest, uncertain) in [(true, "delivered"), (false, "unconfirmed")] {
        let (mut world, ids) = lost(&format!(r#""rest":{rest},"onSessionLost":"fail""#));
        world.run(30_000);
        assert_eq!(fates(&world, ids), [uncertain, uncertain, "cancelled", "cancelled"]);
        assert_eq!(world.reason(ids[3]), "session_lost");
        assert!(in_session(&world, "instance-2").is_empty());
        // What is said from now on goes to the new one.
        let id = world.send("a new start");
        world.run(1_000);
        assert_eq!((world.fate(id), in_session(&world, "instance-2").len()), ("delivered", 1));
    }
}

#[test]
fn an_offer_waits_as_long_as_the_old_session_asks_and_nothing_newer_passes_it() {
    let (mut world, ids) = lost(r#""rest":true"#);
    world.service.posts.push_back(says_later(429, "10"));
    world.until("connected again", 20_000, |world| {
        world.client.state().name() == "connected" && world.sessions().len() == 2
    });
    let asked = world.ms();
    assert_eq!(fates(&world, ids)[2..], ["queued", "queued"]);
    world.until("all end", 30_000, |world| world.checks.all_ended());
    assert!(world.ms() - asked > 5_000);
    assert_eq!(fates(&world, ids), ["delivered"; 4]);
    assert_eq!(in_session(&world, "instance-2"), ["message 3", "message 4"]);
}

#[test]
fn an_offer_that_would_wait_for_over_an_hour_ends_at_once() {
    let (mut world, ids) = lost(r#""rest":true"#);
    world.service.posts.push_back(says_later(429, "7200"));
    world.run(10_000);
    assert_eq!(fates(&world, ids), ["unconfirmed", "unconfirmed", "delivered", "delivered"]);
}

#[test]
fn offers_that_are_never_answered_come_to_an_end() {
    for reply in [Reply::Fails, Reply::Hangs, Reply::Lost, says(500), says(503)] {
        let (mut world, ids) = lost(r#""rest":true"#);
        world.service.posts_always = reply.clone();
        world.until("all end", 200_000, |world| world.checks.all_ended());
        assert_eq!(fates(&world, ids), ["unconfirmed", "unconfirmed", "delivered", "delivered"], "{reply:?}");
    }
}

#[test]
fn a_session_that_expired_while_away_is_offered_what_it_may_have() {
    let mut world = World::with(r#""window":1"#);
    world.service.life = 200_000;
    let mut world = world.ready();
    world.run(175_000); // 25 s are left: too few for a new socket, enough to answer.
    let ids = [world.send("in flight"), world.send("waiting")];
    world.run(20);
    world.network.reset(world.ms());
    world.run(5_000);
    assert_eq!(ids.map(|id| world.fate(id)), ["delivered", "delivered"]);
    assert_eq!((in_session(&world, "instance-1").len(), in_session(&world, "instance-2").len()), (1, 1));
    assert_eq!(world.sessions()[1].reason, "expired");
}

#[test]
fn a_message_lost_with_two_sessions_is_not_offered_to_the_wrong_one() {
    let (mut world, ids) = lost(r#""rest":true"#);
    world.service.posts.push_back(Reply::Hangs);
    world.until("a second session", 20_000, |world| world.sessions().len() == 2);
    world.run(6_000);
    // The second one goes too, before the offer to the first was answered.
    world.service.handshakes_always = Handshake::Opens;
    world.network.close(world.ms(), 4404);
    world.until("all end", 120_000, |world| world.checks.all_ended());
    for (place, id) in ids.iter().enumerate() {
        let copies = world.service.ledger.iter().filter(|entry| entry.id == id.to_string()).count();
        assert!(copies <= 1, "message {} stands {copies} times", place + 1);
    }
    assert_eq!(fates(&world, ids)[2..], ["delivered", "delivered"]);
}
