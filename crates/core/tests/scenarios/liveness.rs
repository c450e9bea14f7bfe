//! Whether the link lives: heartbeats, half-open links, sleep, quality.

use crate::world::World;
use guestwire_core::event::Event;
use guestwire_core::io::{Environment, Frame, Input, Output};
use guestwire_core::time::Now;
use guestwire_core::value::{Value, read};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn heartbeats(world: &World) -> Vec<(u64, String)> {
    let sent = world.network.sent.iter().filter(|(_, _, text)| text.contains("KEEP_ALIVE"));
    sent.map(|(at, _, text)| (*at, text.clone())).collect()
}

fn quality(world: &World) -> Vec<&'static str> {
    let kind = |event: &Event| match event {
        Event::Quality(quality) => Some(quality.kind),
        _ => None,
    };
    world.events.iter().filter_map(|(_, event)| kind(event)).collect()
}

#[test]
fn a_half_open_link_is_noticed_within_an_interval_a_deadline_and_a_probe() {
    for seed in 0..20 {
        let mut world = World::seeded("", [seed; 16]).ready();
        world.run(60_000 + u64::from(seed) * 977);
        world.network.silence();
        let silent = world.ms();
        world.until("it is noticed", 60_000, |world| world.client.state().name() == "reconnecting");
        assert!(world.ms() - silent <= 20_000 + 3_000 + 3_000, "after {}", world.ms() - silent);
        assert_eq!(world.last_wait().unwrap().1, "half_open");
    }
}

#[test]
fn a_heartbeat_goes_out_only_when_nothing_was_heard_for_an_interval() {
    let mut world = World::new().ready();
    for number in 0..60 {
        world.network.say(world.ms(), format!(r#"{{"type":"message","content":"c","messageId":"{number}"}}"#));
        world.run(10_000);
    }
    assert_eq!(heartbeats(&world).len(), 1, "only the first");
    world.run(100_000);
    assert!(heartbeats(&world).len() > 4);
}

#[test]
fn a_heartbeat_has_the_form_that_the_contract_asks_for() {
    let mut world = World::new().ready();
    world.run(100_000);
    for (_, text) in heartbeats(&world) {
        let frame = read(&text, 1_024).unwrap();
        let whole = |frame: &Value, name: &str| frame.get(name).and_then(Value::whole).unwrap();
        let matrix = frame.get("intervalMatrix").unwrap();
        assert_eq!(frame.get("type").and_then(Value::text), Some("KEEP_ALIVE"));
        assert_eq!(frame.get("connectionId").and_then(Value::text).map(str::len), Some(36));
        assert_eq!(whole(matrix, "nextExpected"), whole(&frame, "timestamp") + whole(matrix, "current"));
        assert_eq!(matrix.get("state").and_then(Value::text), Some("STABLE"));
        let size = frame.get("sizeDirective").unwrap();
        assert_eq!((whole(size, "bytes"), whole(size, "maxAllowed")), (text.len() as u64, 1_024));
        assert_eq!(size.get("compression"), Some(&Value::Bool(false)));
    }
}

#[test]
fn a_host_that_never_answers_heartbeats_is_left_in_peace() {
    let mut world = World::new();
    world.service.answers_heartbeats = false;
    let mut world = world.ready();
    world.run(3_600_000);
    assert_eq!((world.client.state().name(), world.network.opens.len()), ("connected", 1));
    for environment in [Environment::Visible, Environment::Resumed, Environment::Online] {
        world.environment(environment);
        world.run(30_000);
    }
    assert_eq!(world.network.opens.len(), 1);
    // Whether it is dead is then told by what is not acknowledged.
    world.network.silence();
    world.send("hello");
    world.run(10_000 + 10_000 + 3_000 + 1_000);
    assert_eq!(world.network.opens.len(), 2);
}

#[test]
fn a_host_that_has_answered_and_stops_is_dead() {
    let mut world = World::new().ready();
    world.service.answers_heartbeats = false;
    world.run(27_000);
    assert_eq!(world.network.opens.len(), 2);
}

#[test]
fn sleep_and_clock_steps_ask_and_never_condemn() {
    for (ms, monotonic) in [(3_600_000, true), (3_600_000, false), (30_000, true), (24_000, true), (5_000, false)] {
        let mut world = World::new().ready();
        world.run(30_000);
        let before = heartbeats(&world).len();
        world.sleep(ms, monotonic);
        world.environment(Environment::Resumed);
        assert_eq!(heartbeats(&world).len(), before + 1, "it asks at once");
        world.run(60_000);
        assert_eq!((world.client.state().name(), world.network.opens.len()), ("connected", 1), "{ms} {monotonic}");
    }
    for by in [-86_400_000, -3_000, 3_000, 86_400_000] {
        let mut world = World::new().ready();
        world.run(1_000);
        world.step_wall(by);
        let before = heartbeats(&world).len();
        world.input(guestwire_core::io::Input::Time);
        assert_eq!(heartbeats(&world).len(), before + 1, "{by}");
        world.run(60_000);
        assert_eq!((world.client.state().name(), world.network.opens.len()), ("connected", 1), "{by}");
    }
}

#[test]
fn sleeping_while_a_heartbeat_is_out_condemns_nobody() {
    let mut world = World::new().ready();
    for _ in 0..30 {
        // It falls asleep just after the heartbeat, and again just after waking.
        let sent = heartbeats(&world).len();
        world.until("a heartbeat", 30_000, |world| heartbeats(world).len() > sent);
        world.sleep(600_000, true);
        world.environment(Environment::Resumed);
        world.run(10);
        world.sleep(600_000, true);
        world.environment(Environment::Visible);
        world.run(1_000);
        assert_eq!((world.client.state().name(), world.network.opens.len()), ("connected", 1));
    }
}

#[test]
fn a_deadline_seen_on_waking_before_the_answer_is_no_verdict() {
    let mut world = World::new().ready();
    let sent = heartbeats(&world).len();
    world.until("a heartbeat", 30_000, |world| heartbeats(world).len() > sent);
    for _ in 0..2 {
        world.sleep(600_000, true);
        world.input(guestwire_core::io::Input::Time);
    }
    world.run(1_000);
    assert_eq!((world.client.state().name(), world.network.opens.len()), ("connected", 1));
}

#[test]
fn on_waking_to_a_dead_link_it_is_replaced_within_seconds() {
    for wake in [Environment::Resumed, Environment::Visible, Environment::Online] {
        let mut world = World::new().ready();
        world.run(30_000);
        world.network.silence();
        world.sleep(600_000, true);
        world.environment(wake);
        let woke = world.ms();
        world.run(1);
        world.until("another socket", 30_000, |world| world.network.opens.len() == 2);
        assert!(world.ms() - woke <= 3_000 + 3_000 + 1_000);
    }
}

#[test]
fn a_late_timer_is_a_reason_to_ask_only() {
    // A hidden page's timers come once a minute.
    let mut world = World::new().ready();
    for _ in 0..30 {
        world.sleep(60_000, true);
        world.input(guestwire_core::io::Input::Time);
        world.run(100);
    }
    assert_eq!((world.client.state().name(), world.network.opens.len()), ("connected", 1));
}

#[test]
fn a_slow_link_is_told_once_and_its_recovery_once() {
    let mut world = World::new().ready();
    world.network.latency = 1_000;
    world.run(300_000);
    assert_eq!(quality(&world), ["LATENCY_THRESHOLD_EXCEEDED"]);
    assert_eq!(world.client.stats(world.now()).quality, "DEGRADED");
    let beats = heartbeats(&world);
    let gap = beats[beats.len() - 1].0 - beats[beats.len() - 2].0;
    assert!((10_000..13_000).contains(&gap), "a degraded link is asked more often: {gap}");
    assert!(beats.last().unwrap().1.contains(r#""state":"DEGRADED""#));
    world.network.latency = 20;
    world.run(600_000);
    assert_eq!(quality(&world), ["LATENCY_THRESHOLD_EXCEEDED", "LATENCY_RECOVERED"]);
    let round_trip = world.client.stats(world.now()).round_trip;
    assert!(round_trip.samples > 40 && round_trip.last == Some(40), "{round_trip:?}");
}

#[test]
fn each_crossing_tells_the_figures_that_crossed() {
    let mut world = World::new().ready();
    world.network.latency = 1_000;
    world.run(300_000);
    world.network.latency = 20;
    world.run(600_000);
    for _ in 0..20 {
        world.network.silence();
        world.run(40_000);
    }
    world.run(2_000_000);
    let told: Vec<_> = world
        .events
        .iter()
        .filter_map(|(at, event)| match event {
            Event::Quality(quality) => Some((*at, quality)),
            _ => None,
        })
        .collect();
    let (mut latency, mut loss) = (0, 0);
    for (at, quality) in told {
        let (mean, lost) = (quality.mean.unwrap(), quality.loss.unwrap());
        assert!(quality.p50 <= quality.p95 && quality.p50.is_some());
        assert_eq!(quality.at, crate::world::EPOCH + at - 1_000);
        match quality.kind {
            "LATENCY_THRESHOLD_EXCEEDED" => assert!(mean > 800.0 && quality.state == "DEGRADED"),
            "LATENCY_RECOVERED" => assert!(mean < 640.0),
            "PACKET_LOSS_CRITICAL" => assert!(lost > 0.15 && quality.state == "DEGRADED"),
            _ => assert!(lost < 0.12 && quality.state == "STABLE"),
        }
        latency += usize::from(quality.kind.starts_with("LATENCY"));
        loss += usize::from(quality.kind.starts_with("PACKET_LOSS"));
    }
    assert_eq!((latency, loss), (2, 2));
}

#[test]
fn losses_are_told_and_forgotten() {
    let mut world = World::new().ready();
    world.run(120_000);
    for _ in 0..3 {
        world.network.silence();
        world.run(60_000);
    }
    assert!(quality(&world).contains(&"PACKET_LOSS_CRITICAL"), "{:?}", quality(&world));
    world.run(900_000);
    assert_eq!(quality(&world).last(), Some(&"PACKET_LOSS_RECOVERED"));
    assert!(world.client.stats(world.now()).loss.unwrap() < 0.12);
}

#[test]
fn after_a_reconnect_it_asks_sooner_for_a_while() {
    let mut world = World::new().ready();
    world.network.reset(world.ms());
    world.run(1);
    world.until("connected", 10_000, |world| world.client.state().name() == "connected");
    let beats = heartbeats(&world).len();
    assert!(heartbeats(&world)[beats - 1].1.contains(r#""current":5000,"state":"RECONNECTING""#));
    world.run(6_000);
    assert_eq!(heartbeats(&world).len(), beats + 1);
}

#[test]
fn sleep_is_no_lost_heartbeat() {
    let mut world = World::new().ready();
    for _ in 0..20 {
        let sent = heartbeats(&world).len();
        world.until("a heartbeat", 30_000, |world| heartbeats(world).len() > sent);
        world.sleep(600_000, true);
        world.environment(Environment::Resumed);
        world.run(1_000);
    }
    let stats = world.client.stats(world.now());
    assert_eq!((quality(&world), stats.loss), (vec![], Some(0.0)));
    assert_eq!(stats.round_trip.p95, Some(40), "nor is it a long way");
}

#[test]
fn sleep_is_no_slow_acknowledgement() {
    let mut world = World::new();
    world.service.life = 100_000_000;
    let mut world = world.ready();
    for _ in 0..10 {
        world.send("just before sleep");
        world.sleep(600_000, true);
        world.environment(Environment::Resumed);
        world.run(1_000);
    }
    world.send("measured");
    world.run(1_000);
    world.service.lose_acks = 1;
    let id = world.send("lost");
    world.run(5_200);
    assert_eq!(world.fate(id), "delivered", "the deadline is still the floor");
}

#[test]
fn frames_that_come_before_a_throttled_timer_does_are_not_each_a_reason_to_ask() {
    let mut world = World::new().ready();
    world.run(1_000);
    let mut asked = 0;
    for number in 0..100 {
        // The page is hidden: its timers come once a minute, frames as they are sent.
        let later = 40_000 + 2 * number;
        let now = Now { monotonic: world.ms() + later, wall: world.now().wall + later };
        let body = read(r#"{"type":"KEEP_ALIVE_ACK"}"#, 1_000);
        world.client.handle(now, Input::SocketFrame(1, Frame { bytes: 25, body }));
        while let Some(output) = world.client.poll_output() {
            asked += u32::from(matches!(output, Output::SendFrame(..)));
        }
    }
    assert!((1..=2).contains(&asked), "{asked} heartbeats");
}
