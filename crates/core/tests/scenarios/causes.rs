//! Why nothing comes of an attempt, in the words of the platform or of whoever answered.

use crate::world::service::{Handshake, Reply, Says, says};
use crate::world::{Provider, World};
use guestwire_core::error::repeated::{Repeated, What};
use guestwire_core::event::Event;
use guestwire_core::failure::{ErrorCode, Failure};
use guestwire_core::io::{Environment, HttpAnswer};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A redirect, and the host that it leads to, as far as the platform shows it.
fn moved(status: u16, host: &str) -> Reply {
    Reply::Says(Says { status, redirected: Some(host.to_owned()), ..Says::default() })
}

/// The latest wait's reason and cause.
fn cause(world: &World) -> (&'static str, Failure) {
    let (_, change) = world.changes().into_iter().rfind(|(_, change)| change.wait.is_some()).unwrap();
    (change.why, change.cause.clone())
}

#[test]
fn a_service_that_has_moved_is_named_and_not_followed() {
    for (status, host) in [(308, "elsewhere.example"), (301, "elsewhere.example"), (0, "")] {
        let mut world = World::new();
        world.service.guests_always = moved(status, host);
        world.connect();
        world.run(5_000);
        let (why, cause) = cause(&world);
        assert_eq!(why, "redirected");
        assert_eq!(cause.status, (status > 0).then_some(status));
        assert_eq!(cause.redirected.as_deref(), Some(host));
        assert!(world.network.calls.len() > 1, "it goes on asking: services come back");
        world.service.guests_always = Reply::Works;
        world.until("connected", 60_000, |world| world.client.state().name() == "connected");
    }
}

#[test]
fn a_name_that_does_not_resolve_is_told_of_requests_and_of_sockets() {
    let code = ErrorCode::new("EAI_AGAIN");
    for session in [true, false] {
        let mut world = World::new();
        world.network.why = code.clone();
        if session {
            world.service.guests_always = Reply::Fails;
        } else {
            world.service.handshakes_always = Handshake::Refused;
        }
        world.connect();
        world.run(500);
        let why = if session { "network" } else { "unopened" };
        assert_eq!(cause(&world), (why, Failure { code: code.clone(), ..Failure::default() }));
    }
}

#[test]
fn what_a_handshake_was_answered_with_is_told() {
    let mut world = World::new();
    world.service.handshakes_always = Handshake::Refused;
    world.network.refusal = Some(HttpAnswer { status: 502, ..HttpAnswer::default() });
    world.connect();
    world.run(500);
    assert_eq!(cause(&world), ("unavailable", Failure { status: Some(502), ..Failure::default() }));
}

/// The errors about what repeats: code, count, since when, and why.
fn repeated(world: &World) -> Vec<(&'static str, u32, u64, &'static str)> {
    let told = world.events.iter().filter_map(|(_, event)| match event {
        Event::Repeated(Repeated { what, count, since, why, .. }) => {
            let code = if *what == What::Connecting { "not_connecting" } else { "rest_unavailable" };
            Some((code, *count, *since, *why))
        }
        _ => None,
    });
    told.collect()
}

#[test]
fn what_repeats_is_told_once_until_something_succeeds() {
    for round in [Reply::Fails, Reply::Hangs, moved(308, "elsewhere.example"), says(503), Reply::Says(page())] {
        let mut world = World::new();
        world.service.guests_always = round.clone();
        world.connect();
        world.until("told", 120_000, |world| !repeated(world).is_empty());
        let (code, count, since, _) = repeated(&world)[0];
        assert_eq!(code, "not_connecting");
        assert!(count >= 3 && world.now().wall - since >= 30_000, "{round:?}: {count} since {since}");
        assert_eq!(world.client.state().name(), "reconnecting", "it goes on");
        world.run(600_000);
        assert_eq!(repeated(&world).len(), 1, "{round:?}: once");
        // After a success it is told again.
        world.service.guests_always = Reply::Works;
        world.until("connected", 60_000, |world| world.client.state().name() == "connected");
        world.run(60_000);
        world.service.end_sessions(401);
        world.service.guests_always = round.clone();
        world.network.reset(world.ms());
        world.run(600_000);
        assert_eq!(repeated(&world).len(), 2, "{round:?}: once for each time");
    }
}

fn page() -> Says {
    Says { status: 200, body: Some("[]".to_owned()), ..Says::default() }
}

#[test]
fn a_short_outage_is_no_trouble() {
    let mut world = World::new().ready();
    world.service.handshakes_always = Handshake::Refused;
    world.network.reset(world.ms());
    world.run(25_000);
    world.service.handshakes_always = Handshake::Opens;
    world.until("connected", 60_000, |world| world.client.state().name() == "connected");
    assert_eq!(repeated(&world), []);
}

#[test]
fn without_a_network_nothing_is_told() {
    let mut world = World::new();
    world.service.guests_always = Reply::Fails;
    world.environment(Environment::Offline);
    world.connect();
    world.run(600_000);
    assert_eq!(repeated(&world), []);
    world.environment(Environment::Online);
    world.run(15_000);
    assert_eq!(repeated(&world), [], "what failed before had a reason");
    world.run(120_000);
    assert_eq!(repeated(&world).len(), 1);
}

#[test]
fn a_night_asleep_is_no_half_minute_awake() {
    let mut world = World::new();
    world.service.guests_always = Reply::Fails;
    world.connect();
    world.run(1_500);
    for _ in 0..8 {
        // It wakes for a moment, before its network does.
        world.sleep(3_600_000, true);
        world.run(1_200);
    }
    assert!(world.client.stats(world.now()).attempt > 3);
    assert_eq!(repeated(&world), []);
    world.run(120_000);
    assert_eq!(repeated(&world).len(), 1);
}

#[test]
fn messages_that_go_nowhere_by_rest_are_told_of_too() {
    let mut world = World::with(r#""ttl":3600000"#).ready();
    world.service.handshakes_always = Handshake::Refused;
    world.service.posts_always = says(503);
    world.network.reset(world.ms());
    world.send("hello");
    world.run(300_000);
    let codes: Vec<_> = repeated(&world).iter().map(|told| told.0).collect();
    assert!(codes.contains(&"rest_unavailable") && codes.contains(&"not_connecting"), "{codes:?}");
    assert_eq!(codes.len(), 2);
}

#[test]
fn a_provider_that_fails_again_and_again_is_told_of() {
    let mut world = World::with_provider(Provider::Fails, "");
    world.connect();
    world.run(300_000);
    assert_eq!(repeated(&world).iter().map(|told| told.3).collect::<Vec<_>>(), ["token_unavailable"]);
}

#[test]
fn no_word_of_a_token_or_a_host_is_in_what_is_told_but_the_host_of_a_redirect() {
    let mut world = World::new();
    world.service.guests_always = moved(308, "elsewhere.example");
    world.connect();
    world.run(300_000);
    let told = world.events.iter().find_map(|(_, event)| matches!(event, Event::Repeated(_)).then(|| event.detail()));
    let (name, detail) = told.unwrap();
    let json = serde_json::json!(detail);
    assert_eq!(
        (name, &json["cause"]),
        ("error", &serde_json::json!({ "status": 308.0, "host": "elsewhere.example", "why": "redirected" }))
    );
    assert_eq!((&json["code"], &json["retryable"]), (&"not_connecting".into(), &true.into()));
    assert!(json["message"].as_str().unwrap().ends_with(": redirected, status 308"), "{json}");
}

/// A world whose handshakes are answered with this.
fn refused_with(status: u16, retry_after: Option<&str>) -> World {
    let mut world = World::new().ready();
    world.service.handshakes_always = Handshake::Refused;
    let retry_after = retry_after.map(str::to_owned);
    world.network.refusal = Some(HttpAnswer { status, retry_after, ..HttpAnswer::default() });
    world.network.reset(world.ms());
    world
}

#[test]
fn a_handshake_that_is_told_to_wait_waits() {
    for status in [429, 503] {
        let mut world = refused_with(status, Some("25"));
        let opens = |world: &World| world.network.opens.len();
        world.until("refused", 5_000, |world| opens(world) == 2);
        let at = world.ms();
        world.run(24_000);
        world.environment(Environment::Online);
        assert_eq!(opens(&world), 2, "{status}: a floor that nothing shortens");
        world.close(Some(0));
        world.connect();
        world.run(900);
        assert_eq!(opens(&world), 2, "{status}: nor does the caller");
        world.until("again", 20_000, |world| opens(world) == 3);
        assert!(world.ms() - at >= 25_000);
    }
    let mut world = refused_with(429, Some("3601"));
    world.run(10_000);
    assert_eq!(world.client.state().name(), "closed", "over an hour is the end, as with requests");
}

#[test]
fn a_handshake_that_is_refused_means_what_its_request_would() {
    for (status, ends, sessions) in [(401, "unauthorized", 2), (403, "forbidden", 1), (404, "session_lost", 2)] {
        let mut world = refused_with(status, None);
        world.run(60_000);
        assert_eq!(world.client.state().name(), "closed", "{status}");
        let (_, change) = world.changes().pop().unwrap();
        assert_eq!((change.why, world.service.sessions.len()), (ends, sessions), "{status}");
    }
    let mut world = refused_with(200, None);
    world.run(10_000);
    assert_eq!(cause(&world), ("unopened", Failure { status: Some(200), ..Failure::default() }));
    world.run(290_000);
    assert_eq!(world.client.state().name(), "reconnecting");
    assert_eq!(repeated(&world).len(), 1);
}

#[test]
fn one_session_that_a_handshake_refuses_is_replaced() {
    for status in [401, 404] {
        let mut world = refused_with(status, None);
        world.until("another session", 30_000, |world| world.service.sessions.len() == 2);
        world.service.handshakes_always = Handshake::Opens;
        world.network.refusal = None;
        world.until("connected", 30_000, |world| world.client.state().name() == "connected");
    }
}
