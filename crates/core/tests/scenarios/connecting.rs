//! From nothing to a ready connection: steps with deadlines, readiness, generations, backoff.

use crate::world::World;
use crate::world::service::{Handshake, Reply, says};
use guestwire_core::event::Event;
use guestwire_core::io::{Environment, Frame, Input};
use guestwire_core::value::read;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn steps(world: &World) -> Vec<&'static str> {
    world.changes().iter().map(|(_, change)| change.step).collect()
}

#[test]
fn the_steps_are_told_in_order() {
    let world = World::new().ready();
    assert_eq!(steps(&world), ["session", "socket", "ready"]);
    let why: Vec<_> = world.changes().iter().map(|(_, change)| change.why).collect();
    assert_eq!(why, ["connect", "open", "greeted"]);
}

#[test]
fn a_connection_is_ready_at_the_first_frame_or_after_two_seconds_open() {
    let mut world = World::new();
    world.connect();
    world.run(80);
    assert_eq!(world.client.state().name(), "connecting", "open is not ready");
    world.run(40);
    assert_eq!(world.client.state().name(), "connected");

    let mut world = World::new();
    world.service.answers_heartbeats = false;
    world.connect();
    world.run(80 + 1_999);
    assert_eq!(world.client.state().name(), "connecting");
    world.run(1);
    assert_eq!((world.client.state().name(), world.last_wait()), ("connected", None));
}

#[test]
fn the_first_thing_said_on_a_socket_is_a_heartbeat_and_nothing_else_before_it_is_ready() {
    let mut world = World::new();
    world.connect();
    world.send("hello");
    world.run(100);
    assert_eq!(world.network.sent.len(), 1);
    assert!(world.network.sent[0].2.contains("KEEP_ALIVE"));
    world.run(100);
    assert_eq!(world.service.contents(), ["hello"]);
}

#[test]
fn an_error_frame_is_no_greeting() {
    let mut world = World::new();
    world.service.answers_heartbeats = false;
    world.service.greeting = vec![r#"{"type":"error","code":503,"message":"no"}"#.into()];
    world.connect();
    world.run(1_000);
    assert_eq!(world.client.state().name(), "connecting");
}

#[test]
fn each_step_has_its_deadline() {
    let mut world = World::with(r#""sessionTimeout":4000"#);
    world.service.guests.push_back(Reply::Hangs);
    world.connect();
    world.run(3_999);
    assert_eq!(world.client.state().name(), "connecting");
    world.run(1);
    assert_eq!(world.last_wait().map(|wait| wait.1), Some("timeout"));
    assert_eq!(world.network.aborted, [1]);

    let mut world = World::with(r#""socketTimeout":4000"#);
    world.service.handshakes.push_back(Handshake::Hangs);
    world.connect();
    world.run(40 + 4_000);
    assert_eq!(world.last_wait().map(|wait| wait.1), Some("timeout"));
    assert_eq!(world.network.closed, [(1, 1000)], "the socket that hangs is let go");
    world.until("connected", 5_000, |world| world.client.state().name() == "connected");
}

#[test]
fn an_event_of_an_old_socket_is_ignored() {
    let mut world = World::new().ready();
    let old = world.network.latest();
    world.network.reset(world.ms());
    world.run(1);
    world.until("connected", 10_000, |world| world.client.state().name() == "connected");
    let id = world.send("hello");
    let told = world.events.len();
    let text = format!(r#"{{"type":"messageReceived","messageId":"{id}"}}"#);
    world.input(Input::SocketFrame(old, Frame { bytes: text.len(), body: read(&text, 1_000) }));
    let agent = r#"{"type":"message","content":"late","messageId":"a"}"#;
    world.input(Input::SocketFrame(old, Frame { bytes: agent.len(), body: read(agent, 1_000) }));
    world.input(Input::SocketClosed(old, 4403, None));
    world.input(Input::SocketOpened(old));
    world.input(Input::SocketClosed(old, 1000, None));
    assert_eq!((world.events.len(), world.fate(id)), (told, "sending"));
    world.run(100);
    assert_eq!((world.client.state().name(), world.fate(id)), ("connected", "delivered"));
}

#[test]
fn an_answer_to_an_old_request_is_ignored() {
    let mut world = World::new().ready();
    let told = world.events.len();
    for request in 0..10 {
        world.input(Input::Unanswered(request, None));
        world.input(Input::TokenRefused(request, None));
    }
    assert_eq!((world.events.len(), world.client.state().name()), (told, "connected"));
}

#[test]
fn the_old_socket_is_closed_before_the_next_is_opened() {
    // The law is in the world's checks; here a link dies with no end told.
    let mut world = World::new().ready();
    world.network.silence();
    world.until("reconnecting", 60_000, |world| world.client.state().name() == "reconnecting");
    assert_eq!(world.network.closed, [(1, 1000)]);
    world.until("connected", 10_000, |world| world.client.state().name() == "connected");
}

#[test]
fn waits_follow_the_backoff_and_never_pass_the_cap() {
    for seed in 0..50 {
        let mut world = World::seeded(r#""maxOpens":1000,"rest":false"#, [seed; 16]);
        world.service.handshakes_always = Handshake::Refused;
        world.connect();
        world.run(200_000);
        let waits: Vec<u64> = world.changes().iter().filter_map(|(_, change)| change.wait).collect();
        assert!(waits[0] <= 1_000, "the first reconnect comes in under a second");
        for (n, wait) in waits.iter().enumerate().skip(1) {
            let top = (1_000 << n).min(30_000);
            assert!((top / 2..=top).contains(wait), "wait {n}: {wait}");
        }
    }
}

#[test]
fn the_backoff_falls_only_after_the_connection_has_held() {
    // Lost at once every time: the waits grow.
    let mut world = World::with(r#""maxOpens":1000"#);
    world.network.close_after_open = Some((1_000, 1006));
    world.connect();
    world.run(60_000);
    let waits: Vec<u64> = world.changes().iter().filter_map(|(_, change)| change.wait).collect();
    assert!(waits[4] >= 8_000, "{waits:?}");
    // Held for six seconds: it halves.
    world.network.close_after_open = None;
    world.until("connected", 60_000, |world| world.client.state().name() == "connected");
    world.run(6_000);
    world.network.reset(world.ms());
    world.run(1);
    let (halved, _) = world.last_wait().unwrap();
    assert!((2_000..20_000).contains(&halved), "{halved}");
    // Held for a minute: it is forgotten.
    world.until("connected", 60_000, |world| world.client.state().name() == "connected");
    world.run(61_000);
    world.network.reset(world.ms());
    world.run(1);
    assert!(world.last_wait().unwrap().0 <= 1_000);
}

#[test]
fn the_client_gives_up_after_max_attempts() {
    let mut world = World::with(r#""maxAttempts":3"#);
    world.service.handshakes_always = Handshake::Refused;
    world.connect();
    let id = world.send("hello");
    world.service.posts_always = Reply::Fails;
    world.run(60_000);
    assert_eq!((world.closed_with(), world.network.opens.len()), (Some("attempts_exhausted"), 3));
    assert_eq!(world.fate(id), "unconfirmed", "a request had left with it");
    assert_eq!(world.client.next_wake(), None);
    // connect() starts anew.
    world.service.handshakes_always = Handshake::Opens;
    world.connect();
    world.until("connected", 30_000, |world| world.client.state().name() == "connected");
}

#[test]
fn a_ready_connection_begins_the_count_of_attempts_anew() {
    let mut world = World::with(r#""maxAttempts":3,"rest":false"#).ready();
    for _ in 0..4 {
        world.run(6_000);
        world.service.handshakes.extend([Handshake::Refused, Handshake::Refused]);
        world.network.reset(world.ms());
        world.run(1);
        let first = world.changes().pop().unwrap().1.attempt;
        assert_eq!(first, 1);
        world.until("connected", 30_000, |world| world.client.state().name() == "connected");
        assert_eq!(world.client.stats(world.now()).attempt, 0);
    }
}

#[test]
fn no_network_is_no_reason_to_drop_a_live_link() {
    let mut world = World::new().ready();
    world.environment(Environment::Offline);
    world.run(60_000);
    assert_eq!(world.client.state().name(), "connected");
    assert!(world.client.stats(world.now()).platform_offline);
    let id = world.send("hello");
    world.run(100);
    assert_eq!(world.fate(id), "delivered");
}

#[test]
fn with_no_network_it_tries_once_per_cap_and_at_once_when_it_is_back() {
    let mut world = World::new().ready();
    world.environment(Environment::Offline);
    world.service.handshakes_always = Handshake::Refused;
    world.network.reset(world.ms());
    world.run(1);
    assert_eq!(world.client.state().name(), "offline");
    let before = world.network.opens.len();
    world.run(300_000);
    let tried = world.network.opens.len() - before;
    assert!((10..=20).contains(&tried), "{tried} attempts in five minutes");
    world.service.handshakes_always = Handshake::Opens;
    let back = world.ms();
    world.environment(Environment::Online);
    assert_eq!(world.client.state().name(), "reconnecting");
    world.until("connected", 2_000, |world| world.client.state().name() == "connected");
    assert!(world.ms() - back < 1_200);
}

#[test]
fn going_offline_during_a_wait_lengthens_it() {
    let mut world = World::new().ready();
    world.service.handshakes_always = Handshake::Refused;
    world.network.reset(world.ms());
    world.run(1);
    assert_eq!(world.client.state().name(), "reconnecting");
    world.environment(Environment::Offline);
    assert_eq!(world.client.state().name(), "offline");
    assert!(world.last_wait().unwrap().0 >= 15_000);
}

#[test]
fn loopback_needs_no_network() {
    let mut world = World::with(r#""host":"http://127.0.0.1:8787""#).ready();
    world.environment(Environment::Offline);
    world.network.reset(world.ms());
    world.run(1);
    assert_eq!(world.client.state().name(), "reconnecting");
    assert!(world.last_wait().unwrap().0 <= 1_000);
}

#[test]
fn good_news_shortens_a_wait_once_and_keeps_the_counter() {
    let mut world = World::with(r#""rest":false"#);
    world.service.handshakes_always = Handshake::Refused;
    world.connect();
    world.run(40_000);
    let (wait, _) = world.last_wait().unwrap();
    assert!(wait > 10_000);
    world.run(1);
    world.environment(Environment::Visible);
    let (short, why) = world.last_wait().unwrap();
    assert!(short <= 1_000 && why == "shortened", "{short} {why}");
    let told = world.events.len();
    world.environment(Environment::Online);
    world.environment(Environment::Resumed);
    assert_eq!(world.events.len(), told, "a second reason does not shorten it again");
    world.run(short + 100);
    assert!(world.last_wait().unwrap().0 >= 15_000, "the counter was not reset");
}

#[test]
fn a_caller_who_wants_to_be_connected_now_waits_a_second_at_most_and_connect_leaves_the_wait_alone() {
    let mut world = World::with(r#""rest":false"#);
    world.service.handshakes_always = Handshake::Refused;
    world.connect();
    world.run(40_000);
    assert!(world.last_wait().unwrap().0 > 10_000);
    world.run(1);
    let told = world.events.len();
    world.connect();
    assert_eq!(world.events.len(), told, "it joins the attempt that is waited for");
    world.reconnect_now();
    let (short, why) = world.last_wait().unwrap();
    assert!(short <= 1_000 && why == "shortened", "{short} {why}");
    let told = world.events.len();
    world.reconnect_now();
    assert_eq!(world.events.len(), told, "once");
    world.run(short + 100);
    assert!(world.last_wait().unwrap().0 >= 15_000, "the counter was not reset");
}

#[test]
fn a_caller_who_is_connected_has_the_link_asked_whether_it_lives() {
    let mut world = World::new().ready();
    world.run(10);
    let sent = world.network.sent.len();
    world.reconnect_now();
    world.run(10);
    assert!(world.network.sent[sent..].iter().any(|(_, _, text)| text.contains("KEEP_ALIVE")));
    assert_eq!(world.client.state().name(), "connected");
}

#[test]
fn a_client_that_was_never_connected_does_nothing() {
    let mut world = World::new();
    world.reconnect_now();
    for environment in [Environment::Online, Environment::Offline, Environment::Visible, Environment::Resumed] {
        world.environment(environment);
    }
    world.input(Input::Time);
    world.run(60_000);
    assert_eq!((world.client.state().name(), world.network.calls.len()), ("idle", 0));
}

#[test]
fn the_token_is_offered_where_the_option_says() {
    for (auth, query, protocols) in [("query", true, 0), ("subprotocol", false, 1), ("none", false, 0)] {
        let mut world = World::with(&format!(r#""socketAuth":"{auth}""#));
        world.connect();
        world.run(50);
        let (url, offered) = &world.network.addresses[0];
        assert!(url.starts_with("wss://chat.example/api/v2/webchat/instances/instance-1/websocket"), "{url}");
        assert_eq!((url.contains("access_token=guest-token-0001"), offered.len()), (query, protocols), "{auth}");
        if protocols == 1 {
            assert_eq!(offered[0], "bearer.Z3Vlc3QtdG9rZW4tMDAwMQ");
        }
    }
}

#[test]
fn a_gap_is_told_on_every_reconnect_and_a_session_only_when_it_is_new() {
    let mut world = World::new().ready();
    world.run(1_000);
    world.network.reset(world.ms());
    world.run(5_000);
    let gaps = world.events.iter().filter(|(_, event)| matches!(event, Event::Gap(_))).count();
    assert_eq!((gaps, world.sessions().len()), (1, 1));
}

#[test]
fn a_gap_begins_where_the_connection_was_lost_whatever_opened_and_closed_meanwhile() {
    let mut world = World::new().ready();
    world.run(1_000);
    let lost = world.now().wall;
    // The next one closes before a word was said on it.
    world.network.close_after_open = Some((0, 1006));
    world.network.reset(world.ms());
    world.until("a socket has opened and closed", 10_000, |world| world.audits("opened").len() == 2);
    world.network.close_after_open = None;
    world.until("it is connected again", 30_000, |world| world.client.state().name() == "connected");
    let gap = |event: &Event| match event {
        Event::Gap(gap) => Some(gap.from),
        _ => None,
    };
    let gaps: Vec<_> = world.events.iter().filter_map(|(_, event)| gap(event)).collect();
    assert!(gaps.len() == 1 && gaps[0] <= lost, "{gaps:?} after {lost}");
}

#[test]
fn a_refused_session_during_a_reconnect_is_final_too() {
    let mut world = World::new();
    world.service.life = 60_000;
    let mut world = world.ready();
    world.run(61_000);
    world.service.guests_always = says(403);
    world.network.reset(world.ms());
    world.run(5_000);
    assert_eq!(world.closed_with(), Some("forbidden"));
}
