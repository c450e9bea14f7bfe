//! What becomes of a message on the socket: order, window, bounds, time, acknowledgements.

use crate::world::World;
use crate::world::service::Handshake;
use guestwire_core::io::Environment;
use uuid::Uuid;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn numbers(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("message {number}")).collect()
}

#[test]
fn what_was_said_before_connect_arrives_in_order() {
    let mut world = World::new();
    let ids: Vec<Uuid> = numbers(100).iter().map(|text| world.send(text)).collect();
    world.connect();
    world.run(2_000);
    assert_eq!(world.service.contents(), numbers(100));
    assert!(ids.iter().all(|id| world.fate(*id) == "delivered" && world.via(*id) == "socket"));
    let told: Vec<_> = world.deliveries(ids[0]).iter().map(|delivery| delivery.state).collect();
    assert_eq!(told, ["queued", "sending", "delivered"]);
}

#[test]
fn no_more_than_the_window_is_in_flight() {
    for window in [1, 4, 32] {
        let mut world = World::with(&format!(r#""window":{window}"#)).ready();
        for text in numbers(50) {
            world.send(&text);
        }
        let stats = world.client.stats(world.now());
        assert_eq!((stats.messages.in_flight, stats.messages.queued), (window, 50 - window));
        let pending = world.client.pending(world.now());
        assert_eq!(pending.iter().filter(|message| message.state == "sending").count(), window);
        world.run(10_000);
        assert_eq!(world.service.contents(), numbers(50));
    }
}

#[test]
fn a_full_buffer_refuses_and_evicts_nobody() {
    let mut world = World::with(r#""maxMessages":3,"maxBytes":100,"maxContent":60"#);
    let code = |world: &mut World, text: &str| world.client.send(world.now(), text).unwrap_err().report().code;
    assert_eq!(code(&mut world, ""), "empty");
    assert_eq!(code(&mut world, &"x".repeat(61)), "too_large");
    world.send(&"x".repeat(50));
    world.send(&"y".repeat(40));
    assert_eq!(code(&mut world, &"z".repeat(11)), "buffer_full");
    world.send("z");
    assert_eq!(code(&mut world, "a"), "buffer_full");
    assert_eq!(world.client.pending(world.now()).len(), 3);
    world.connect();
    world.run(1_000);
    assert_eq!(world.service.ledger.len(), 3);
    world.send("there is room again");
}

#[test]
fn what_never_left_in_time_is_expired_and_never_arrives() {
    let mut world = World::with(r#""ttl":10000,"rest":false"#);
    world.service.handshakes_always = Handshake::Refused;
    world.connect();
    let id = world.send("too late");
    world.run(9_999);
    assert_eq!(world.fate(id), "queued");
    world.run(1);
    assert_eq!((world.fate(id), world.reason(id)), ("expired", "ttl"));
    world.service.handshakes_always = Handshake::Opens;
    world.run(60_000);
    assert!(world.service.ledger.is_empty());
}

#[test]
fn a_message_may_expire_before_connect_and_in_sleep() {
    let mut world = World::with(r#""ttl":10000"#);
    let first = world.send("forgotten");
    world.run(10_000);
    assert_eq!(world.fate(first), "expired");
    // The monotonic clock stood still; the wall clock tells.
    let second = world.send("slept through");
    world.sleep(20_000, false);
    world.connect();
    assert_eq!(world.fate(second), "expired");
    world.run(5_000);
    assert!(world.service.ledger.is_empty());
}

#[test]
fn what_is_uncertain_when_its_time_ends_is_unconfirmed() {
    let mut world = World::with(r#""ttl":10000,"rest":false"#).ready();
    let id = world.send("maybe");
    world.network.reset(world.ms());
    world.service.handshakes_always = Handshake::Refused;
    world.run(12_000);
    assert_eq!((world.fate(id), world.reason(id)), ("unconfirmed", "ttl"));
}

#[test]
fn a_message_in_flight_when_its_time_ends_keeps_its_deadline() {
    let mut world = World::with(r#""ttl":3000"#).ready();
    world.network.latency = 2_000;
    let id = world.send("on its way");
    world.run(3_500);
    world.input(guestwire_core::io::Input::Time);
    assert_eq!(world.fate(id), "sending");
    world.run(1_000);
    assert_eq!(world.fate(id), "delivered");
}

#[test]
fn a_lost_acknowledgement_costs_a_second_copy_and_nothing_else() {
    let mut world = World::new().ready();
    world.service.lose_acks = 2;
    let ids: Vec<Uuid> = numbers(4).iter().map(|text| world.send(text)).collect();
    world.run(9_999);
    assert_eq!(world.fate(ids[0]), "sending", "its deadline is ten seconds before anything was measured");
    world.run(500);
    assert!(ids.iter().all(|id| world.fate(*id) == "delivered"));
    assert_eq!(world.service.contents(), numbers(4));
    assert_eq!(world.service.ledger.iter().map(|entry| entry.copies).collect::<Vec<_>>(), [2, 2, 1, 1]);
    assert_eq!((world.network.opens.len(), world.audits("probe").len()), (1, 1), "it asked whether the link lives");
}

#[test]
fn the_deadline_follows_the_measured_acknowledgements_and_doubles() {
    let mut world = World::new().ready();
    for text in numbers(20) {
        world.send(&text);
        world.run(100);
    }
    world.service.lose_acks = 3;
    let id = world.send("again and again");
    world.until("it is delivered", 60_000, |world| world.fate(id) == "delivered");
    let gaps: Vec<u64> = world
        .service
        .arrivals
        .iter()
        .filter(|arrival| arrival.2 == id.to_string())
        .map(|arrival| arrival.0)
        .collect::<Vec<_>>()
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .collect();
    assert!((5_000..5_200).contains(&gaps[0]), "the floor: {gaps:?}");
    assert!((10_000..10_200).contains(&gaps[1]) && (20_000..20_200).contains(&gaps[2]), "{gaps:?}");
}

#[test]
fn a_dead_link_is_found_by_an_overdue_acknowledgement_and_all_is_sent_again_in_order() {
    for answers in [true, false] {
        let mut world = World::with(r#""rest":false"#);
        world.service.answers_heartbeats = answers;
        let mut world = world.ready();
        world.network.silence();
        let ids: Vec<Uuid> = numbers(5).iter().map(|text| world.send(text)).collect();
        let sent = world.ms();
        world.until("the link is given up", 30_000, |world| world.client.state().name() == "reconnecting");
        assert!(world.ms() - sent <= 10_000 + 3_000 + 3_000, "after {}", world.ms() - sent);
        world.run(10_000);
        assert!(ids.iter().all(|id| world.fate(*id) == "delivered"));
        assert_eq!(world.service.contents(), numbers(5));
    }
}

#[test]
fn after_a_drop_what_was_in_flight_goes_again_in_order_before_anything_newer() {
    let mut world = World::new().ready();
    for text in numbers(10) {
        world.send(&text);
    }
    world.run(25); // The service has them; its answers are lost with the link.
    world.network.reset(world.ms());
    world.run(1);
    for text in &numbers(15)[10..] {
        world.send(text);
    }
    world.run(10_000);
    assert_eq!(world.service.contents(), numbers(15));
    assert!(world.service.ledger[..10].iter().all(|entry| entry.copies == 2));
}

#[test]
fn a_message_is_taken_back_only_while_the_service_certainly_lacks_it() {
    let mut world = World::with(r#""window":1"#).ready();
    let (flying, waiting) = (world.send("flying"), world.send("waiting"));
    assert!(!world.cancel(flying), "it is under way");
    assert!(world.cancel(waiting));
    assert!(!world.cancel(waiting), "it has ended");
    assert!(!world.cancel(Uuid::nil()), "it never was");
    assert_eq!((world.fate(waiting), world.reason(waiting)), ("cancelled", "caller"));
    world.network.reset(world.ms());
    world.run(1);
    assert!(!world.cancel(flying), "the service may have it");
    world.run(10_000);
    assert_eq!((world.fate(flying), world.service.contents()), ("delivered", vec!["flying"]));
}

#[test]
fn acknowledgements_that_come_twice_late_or_for_nobody_change_nothing() {
    let mut world = World::with(r#""ttl":3000,"ackTimeout":{"min":1000,"max":1000}"#).ready();
    world.service.double_acks = 1;
    let twice = world.send("acknowledged twice");
    world.run(1_000);
    assert_eq!((world.fate(twice), world.audits("duplicate_ack").len()), ("delivered", 1));
    assert_eq!(world.client.stats(world.now()).counters.duplicates, 1);

    world.service.lose_acks = 100;
    let late = world.send("acknowledged late");
    world.run(10_000);
    assert_eq!(world.fate(late), "unconfirmed");
    world.frame(&format!(r#"{{"type":"messageReceived","messageId":"{late}"}}"#));
    world.frame(&format!(r#"{{"type":"messageReceived","messageId":"{}"}}"#, Uuid::max()));
    assert_eq!(world.fate(late), "unconfirmed", "a later acknowledgement changes no final state");
    assert_eq!((world.audits("late_ack").len(), world.audits("unknown_ack").len()), (1, 1));
    assert_eq!(world.audits("late_ack")[0].message, Some(late.to_string()));
    assert_eq!(world.client.state().name(), "connected");
}

#[test]
fn ten_thousand_messages_leave_nothing_behind() {
    let mut world = World::new();
    world.thorough = false;
    let mut world = world.ready();
    for _ in 0..100 {
        for _ in 0..100 {
            world.send("one of many");
        }
        world.run(500);
    }
    let stats = world.client.stats(world.now());
    assert_eq!((stats.counters.delivered, stats.messages.bytes), (10_000, 0));
    assert!(world.client.pending(world.now()).is_empty());
}

#[test]
fn eight_deaths_of_the_link_lose_double_and_reorder_nothing() {
    // The program of the comparison: 300 messages, one every 20 ms, answers after 15 ms; 120 ms of
    // silence before each of 8 resets.
    for seed in 0..20 {
        let options = r#""backoff":{"base":50,"cap":200},"rest":false,"maxOpens":100"#;
        let mut world = World::seeded(options, [seed; 16]);
        world.network.latency = 7;
        let mut world = world.ready();
        world.thorough = false;
        let start = world.ms();
        let (mut said, mut deaths) = (0, 0);
        let mut silent_until = None;
        while said < 300 || deaths < 8 {
            world.run(5);
            let at = world.ms() - start;
            if said < 300 && at >= said * 20 {
                said += 1;
                world.send(&format!("message {said}"));
            }
            if let Some(until) = silent_until {
                if at >= until {
                    let generation = world.network.latest();
                    world.input(guestwire_core::io::Input::SocketClosed(generation, 1006, None));
                    silent_until = None;
                    deaths += 1;
                }
            } else if deaths < 8 && at >= 300 + deaths * 750 && world.client.state().name() == "connected" {
                world.network.silence();
                silent_until = Some(at + 120);
            }
        }
        world.until("all end", 60_000, |world| world.checks.all_ended());
        assert_eq!(world.service.contents(), numbers(300));
        assert!(world.checks.ended.values().all(|state| *state == "delivered"));
    }
}

#[test]
fn a_page_that_comes_back_after_an_hour_of_sleep_loses_nothing_that_is_young_enough() {
    for (life, old, new) in [(10_000_000, "delivered", "delivered"), (3_600_000, "unconfirmed", "delivered")] {
        let mut world = World::with(r#""ttl":7200000"#);
        world.service.life = life;
        let mut world = world.ready();
        let before = world.send("before sleep");
        world.network.silence();
        world.sleep(3_600_000, true);
        world.environment(Environment::Resumed);
        // What is said now does not go to a link that nobody has heard since, and so is never uncertain.
        let after = world.send("after sleep");
        assert_eq!(world.fate(after), "queued");
        world.run(30_000);
        assert_eq!((world.fate(before), world.fate(after)), (old, new));
    }
}

#[test]
fn a_suspected_link_that_lives_takes_messages_again_at_once() {
    for wake in [Environment::Visible, Environment::Resumed, Environment::Online] {
        let mut world = World::new().ready();
        world.run(30_000);
        world.environment(wake);
        let id = world.send("hello");
        world.run(40 + 40);
        assert_eq!(world.fate(id), "delivered");
    }
    // A host that answers no heartbeat is not waited for.
    let mut world = World::new();
    world.service.answers_heartbeats = false;
    let mut world = world.ready();
    world.environment(Environment::Visible);
    let id = world.send("hello");
    world.run(40);
    assert_eq!(world.fate(id), "delivered");
}
