//! What a refusal of one message does to that message and to those behind it (webchat.md, "What an
//! answer means" and "Order under refusal").

use crate::world::World;
use crate::world::service::{Refusal, refusal};
use uuid::Uuid;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn later(code: u16, seconds: u64) -> Refusal {
    Refusal { retry_after: Some(seconds), ..refusal(code) }
}

fn say(world: &mut World, count: usize) -> Vec<Uuid> {
    (1..=count).map(|number| world.send(&format!("message {number}"))).collect()
}

fn numbers(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("message {number}")).collect()
}

#[test]
fn a_refusal_stops_what_follows_and_everything_arrives_in_order() {
    for code in [408, 425, 429, 500, 502, 503, 504] {
        let mut world = World::new().ready();
        world.service.refusals.push_back(refusal(code));
        let ids = say(&mut world, 5);
        world.until("all end", 60_000, |world| world.checks.all_ended());
        assert_eq!(world.service.contents(), numbers(5), "{code}");
        assert!(ids.iter().all(|id| world.fate(*id) == "delivered"), "{code}");
        assert_eq!(world.network.opens.len(), 1, "{code}: the connection is as good as before");
    }
}

#[test]
fn a_refusal_that_names_a_wait_is_never_undercut() {
    let mut world = World::new().ready();
    world.service.refusals.push_back(later(429, 12));
    let refused_at = world.ms();
    say(&mut world, 3);
    world.until("all end", 60_000, |world| world.checks.all_ended());
    let again = world.service.arrivals.iter().map(|arrival| arrival.0).find(|at| at - refused_at > 1_000).unwrap();
    assert!((12_000..16_000).contains(&(again - refused_at)), "it came again after {} ms", again - refused_at);
    assert_eq!(world.service.contents(), numbers(3));
}

#[test]
fn a_late_refusal_of_a_message_that_is_not_under_way_still_pauses_the_socket() {
    let never_ours = Uuid::from_u128(7);
    for ended in [true, false] {
        let mut world = World::new().ready();
        let delivered = world.send("message 1");
        world.until("it ends", 5_000, |world| world.checks.all_ended());
        let named = if ended { delivered } else { never_ours };
        world.frame(&format!(r#"{{"type":"error","code":429,"messageId":"{named}","retryAfter":12}}"#));
        let refused_at = world.ms();
        world.send("message 2");
        world.until("all end", 60_000, |world| world.checks.all_ended());
        let sent = world.service.arrivals.last().unwrap().0;
        assert!((12_000..16_000).contains(&(sent - refused_at)), "it left after {} ms", sent - refused_at);
        assert_eq!((world.fate(delivered), world.network.opens.len()), ("delivered", 1), "nothing else changes");
    }
}

#[test]
fn after_a_refusal_one_message_goes_ahead_and_the_rest_wait_for_it() {
    let mut world = World::new().ready();
    for _ in 0..2 {
        world.service.refusals.push_back(later(429, 1));
    }
    say(&mut world, 10);
    world.until("all end", 60_000, |world| world.checks.all_ended());
    assert_eq!(world.service.contents(), numbers(10));
    // Ten at first, the first alone twice, then the other nine.
    assert_eq!(world.service.arrivals.len(), 10 + 2 + 9);
}

#[test]
fn on_a_slow_link_what_goes_again_goes_with_all_that_follows_it_so_that_a_refusal_cannot_reorder() {
    let mut world = World::new().ready();
    // The refusal of the first and its second copy cross each other on the way.
    world.network.latency = 11_000;
    world.service.refusals.push_back(later(429, 0));
    let mut ids = say(&mut world, 3);
    world.run(3_000);
    ids.push(world.send("message 4"));
    world.run(7_100);
    let word = |number: u32| format!(r#"{{"type":"message","messageId":"word {number}","content":"still there?"}}"#);
    world.frame(&word(0)); // The link lives: the first three are overdue and go again, the fourth is not.
    ids.push(world.send("message 5"));
    for number in 1..30 {
        world.run(2_000);
        world.frame(&word(number));
    }
    assert_eq!(world.service.contents(), numbers(5));
    assert!(ids.iter().all(|id| world.fate(*id) == "delivered"));
}

#[test]
fn after_a_refusal_what_is_in_flight_settles_before_anything_goes_out() {
    let mut world = World::new().ready();
    let ids = say(&mut world, 3);
    world.network.silence();
    world.frame(&format!(r#"{{"type":"error","code":429,"messageId":"{}","retryAfter":0}}"#, ids[0]));
    let later = world.send("later");
    world.run(5_000);
    let sent = world.network.sent.iter().filter(|sent| sent.2.contains("content")).count();
    assert_eq!((sent, world.fate(ids[0]), world.fate(later)), (3, "queued", "queued"));
    for id in &ids[1..] {
        world.frame(&format!(r#"{{"type":"error","code":429,"messageId":"{id}","retryAfter":0}}"#));
    }
    world.run(1_000);
    let sent = world.network.sent.iter().filter(|sent| sent.2.contains("content")).count();
    assert_eq!((sent, world.fate(ids[0])), (4, "sending"), "it goes on from the first");
}

#[test]
fn three_failures_end_a_message_and_spare_those_behind_it() {
    let mut world = World::new().ready();
    for _ in 0..3 {
        world.service.refusals.push_back(refusal(500));
    }
    let ids = say(&mut world, 4);
    world.until("all end", 120_000, |world| world.checks.all_ended());
    assert_eq!((world.fate(ids[0]), world.reason(ids[0])), ("unconfirmed", "failed"));
    assert_eq!(world.service.contents(), numbers(4)[1..]);
}

#[test]
fn a_service_that_waits_for_a_message_that_has_ended_is_not_waited_for() {
    // Taken back by the caller.
    let mut world = World::new().ready();
    world.service.refusals.push_back(later(429, 2));
    let first = world.send("message 1");
    world.run(500);
    assert!(world.cancel(first), "it was refused, so the service lacks it");
    let second = world.send("message 2");
    world.until("the second ends", 30_000, |world| world.checks.all_ended());
    assert_eq!((world.fate(second), world.service.contents()), ("delivered", vec!["message 2"]));

    // Out of time.
    let mut world = World::with(r#""ttl":20000"#).ready();
    world.service.refusals.push_back(later(503, 30));
    let first = world.send("message 1");
    world.run(21_000);
    assert_eq!((world.fate(first), world.reason(first)), ("expired", "ttl"));
    world.run(10_000);
    let second = world.send("message 2");
    world.until("the second ends", 30_000, |world| world.checks.all_ended());
    assert_eq!((world.fate(second), world.service.contents()), ("delivered", vec!["message 2"]));
}

#[test]
fn a_message_that_the_service_will_not_have_is_rejected_and_the_others_go_on() {
    for code in [400, 403, 413, 422] {
        let mut world = World::new().ready();
        world.service.refusals.push_back(refusal(code));
        let ids = say(&mut world, 3);
        world.run(1_000);
        assert_eq!((world.fate(ids[0]), world.reason(ids[0])), ("rejected", "refused"), "{code}");
        assert_eq!(world.service.contents(), numbers(3)[1..], "{code}");
        assert_eq!(world.client.state().name(), "connected", "{code}");
    }
}

#[test]
fn a_forbidden_without_a_message_ends_the_client() {
    let mut world = World::new().ready();
    world.service.refusals.push_back(Refusal { named: false, ..refusal(403) });
    let id = world.send("message 1");
    world.run(1_000);
    assert_eq!(world.closed_with(), Some("forbidden"));
    assert_eq!(world.fate(id), "unconfirmed", "it was in flight, and its answer did not name it");
}

#[test]
fn a_rejection_is_unconfirmed_while_an_earlier_copy_is_uncertain() {
    let mut world = World::new().ready();
    let id = world.send("message 1");
    world.network.reset(world.ms());
    world.service.refusals.push_back(refusal(400));
    world.until("it ends", 30_000, |world| world.checks.all_ended());
    assert_eq!((world.fate(id), world.reason(id)), ("unconfirmed", "refused"));
}

#[test]
fn a_conflict_says_that_the_service_has_it() {
    let mut world = World::new().ready();
    world.service.lose_acks = 1;
    let id = world.send("message 1");
    world.run(100);
    world.frame(&format!(r#"{{"type":"error","code":409,"messageId":"{id}"}}"#));
    assert_eq!(world.fate(id), "delivered");
}

#[test]
fn a_message_refused_with_its_session_moves_to_the_next_and_stays_first() {
    let mut world = World::new().ready();
    world.run(6_000);
    world.service.end_sessions(401);
    let ids = say(&mut world, 3);
    world.until("all end", 60_000, |world| world.checks.all_ended());
    // The first was refused for certain; the two behind it were in flight when the link was dropped.
    assert_eq!(ids.iter().map(|id| world.fate(*id)).collect::<Vec<_>>(), ["delivered", "unconfirmed", "unconfirmed"]);
    assert_eq!(world.service.contents(), ["message 1"]);
    assert_eq!(world.service.ledger[0].session, "instance-2");
}

#[test]
fn an_uncertain_message_that_is_refused_with_its_session_is_not_offered_again() {
    for (code, mode, fate) in
        [(401, "resend", "unconfirmed"), (404, "fail", "unconfirmed"), (410, "resend-uncertain", "delivered")]
    {
        let mut world = World::with(&format!(r#""onSessionLost":"{mode}""#)).ready();
        let id = world.send("message 1");
        world.network.reset(world.ms());
        world.service.refusals.push_back(refusal(code));
        world.until("it ends", 30_000, |world| world.checks.all_ended());
        assert_eq!((world.fate(id), world.service.count("messages")), (fate, 0), "{code} {mode}");
    }
}
