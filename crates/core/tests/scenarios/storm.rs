//! No reconnect storm, whatever asks for it: never a sixth open within any twenty seconds. The law
//! itself is in `world/checks.rs`; these lives do their best to break it.

use crate::world::World;
use crate::world::service::{Handshake, Reply, says};
use guestwire_core::io::Environment;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn storm(seed: u8, code: u16, after: u64, minutes: u64) -> World {
    let options = r#""closeCodes":{"1000":"reconnect"}"#;
    let mut world = World::seeded(options, [seed; 16]);
    world.thorough = false;
    world.network.close_after_open = Some((after, code));
    world.connect();
    let until = world.ms() + minutes * 60_000;
    while world.ms() < until {
        world.run(97);
        world.environment(Environment::Offline);
        world.environment(Environment::Online);
        world.environment(Environment::Visible);
        world.environment(Environment::Resumed);
        world.reconnect_now();
    }
    world
}

#[test]
fn accept_then_close_with_good_news_all_the_while_opens_five_sockets_in_twenty_seconds() {
    for seed in 0..20 {
        for (code, after) in [(1006, 0), (1012, 0), (1000, 0), (1006, 50), (1012, 500)] {
            let world = storm(seed, code, after, 3);
            let opens = world.network.opens.len();
            // Eager as it is told to be, and no more.
            assert!((20..=46).contains(&opens), "{opens} opens in three minutes, code {code}");
        }
    }
}

#[test]
fn a_refused_handshake_is_no_different() {
    for seed in 0..20 {
        let mut world = World::seeded("", [seed; 16]);
        world.thorough = false;
        world.service.handshakes_always = Handshake::Refused;
        world.connect();
        for _ in 0..1_000 {
            world.run(150);
            world.environment(Environment::Online);
            world.reconnect_now();
        }
        assert!(world.network.opens.len() <= 40);
    }
}

#[test]
fn a_caller_that_closes_and_connects_without_end_is_held_back_too() {
    let mut world = World::new().ready();
    for _ in 0..500 {
        world.close(Some(0));
        world.connect();
        world.run(100);
    }
    assert!(world.network.opens.len() <= 15, "{}", world.network.opens.len());
}

#[test]
fn the_first_ordinary_reconnect_comes_in_under_a_second() {
    for seed in 0..100 {
        let mut world = World::seeded("", [seed; 16]).ready();
        world.run(1_000);
        world.network.reset(world.ms());
        world.run(1_001);
        assert_eq!(world.network.opens.len(), 2);
    }
}

#[test]
fn left_alone_it_slows_down_to_the_cap() {
    let mut world = World::new();
    world.network.close_after_open = Some((0, 1006));
    world.connect();
    world.run(600_000);
    let last: Vec<u64> = world.network.opens.windows(2).map(|pair| pair[1] - pair[0]).rev().take(5).collect();
    assert!(last.iter().all(|gap| (15_000..=31_000).contains(gap)), "{last:?}");
}

#[test]
fn clients_that_were_stopped_together_do_not_come_back_together() {
    let mut slots = std::collections::BTreeMap::new();
    for seed in 0..500_u16 {
        let mut bytes = [9; 16];
        bytes[..2].copy_from_slice(&seed.to_le_bytes());
        let mut world = World::seeded("", bytes);
        world.thorough = false;
        let mut world = world.ready();
        world.run(70_000);
        world.service.handshakes_always = Handshake::Refused;
        world.network.reset(world.ms());
        world.run(60_000);
        let opens = world.network.opens.len();
        let back = world.ms();
        world.until("another open", 60_000, |world| world.network.opens.len() > opens);
        *slots.entry((world.ms() - back) / 1_000).or_insert(0) += 1;
    }
    let most = slots.values().max().unwrap();
    assert!(*most <= 40, "{most} of 500 clients came in one second");
}

#[test]
fn an_application_that_connects_again_whenever_it_was_refused_asks_for_five_sessions_in_twenty_seconds() {
    for status in [400, 401, 403] {
        let mut world = World::new();
        world.service.guests_always = says(status);
        for _ in 0..600 {
            world.connect();
            world.run(100);
        }
        let asked = world.service.times("guests");
        assert!((10..=15).contains(&asked.len()), "{} requests in a minute, status {status}", asked.len());
        assert!(asked.windows(6).all(|six| six[5] - six[0] > 20_000), "{asked:?}");
    }
}

#[test]
fn an_application_that_closes_before_there_is_a_session_is_held_back_too() {
    let mut world = World::new();
    world.service.guests_always = Reply::Hangs;
    for _ in 0..600 {
        world.connect();
        world.run(50);
        world.close(Some(0));
        world.run(50);
    }
    let asked = world.service.count("guests");
    assert!(asked <= 15, "{asked} requests in a minute");
}

#[test]
fn good_news_all_the_while_hurries_rest_now_and_then_and_not_each_time() {
    let mut world = World::new();
    world.service.handshakes_always = Handshake::Refused;
    world.service.posts_always = Reply::Fails;
    world.connect();
    world.send("hello");
    for _ in 0..1_200 {
        world.run(50);
        world.environment(Environment::Online);
    }
    let asked = world.service.count("messages");
    assert!((5..=40).contains(&asked), "{asked} requests in a minute");
}

/// When each of 200 clients does something first after a loss that strikes all at one moment, ms since then. Nothing
/// is answered any more.
fn first_after_a_silent_outage(options: &str, what: impl Fn(&World) -> Vec<u64>) -> Vec<u64> {
    let moments = (0..200_u8).map(|seed| {
        let mut world = World::seeded(options, [seed; 16]);
        world.thorough = false;
        let mut world = world.ready();
        world.run(70_000);
        world.service.handshakes_always = Handshake::Hangs;
        world.service.posts_always = Reply::Hangs;
        world.send("on its way");
        world.network.reset(world.ms());
        let struck = world.ms();
        world.run(30_000);
        what(&world).into_iter().find(|&at| at > struck).expect("it comes") - struck
    });
    moments.collect()
}

#[test]
fn clients_that_lost_the_service_together_do_not_turn_to_requests_together() {
    let moments = first_after_a_silent_outage("", |world| world.service.times("messages"));
    let (least, most) = (moments.iter().min().unwrap(), moments.iter().max().unwrap());
    assert!(*least >= 5_000 && most - least > 2_000, "{least}..{most}");
}

#[test]
fn an_attempt_that_ran_into_its_deadline_counts_for_two() {
    let second = |world: &World| world.network.opens.iter().skip(2).copied().collect();
    for at in first_after_a_silent_outage(r#""rest":false"#, second) {
        // The first within a second; ten until its deadline; then the third step.
        assert!((12_000..=15_001).contains(&at), "{at}");
    }
}
