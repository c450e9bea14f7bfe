//! The guest session: how it is asked for, what each answer means, how long it is kept, how it is lost.

use crate::world::service::{Handshake, Reply, Says, http_date, says, says_later};
use crate::world::{CREDENTIAL, Provider, World};
use guestwire_core::config::Config;
use guestwire_core::event::Event;
use guestwire_core::io::{Environment, HttpAnswer, Input, Output};
use guestwire_core::value::read;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn every_final_answer_is_its_own_error() {
    for (status, code) in
        [(401, "unauthorized"), (403, "forbidden"), (400, "refused"), (404, "refused"), (422, "refused")]
    {
        let mut world = World::new();
        world.service.guests.push_back(says(status));
        world.connect();
        let id = world.send("to nobody");
        world.run(1_000);
        assert_eq!(world.closed_with(), Some(code), "{status}");
        assert_eq!(world.fate(id), "cancelled", "{status}: it never left");
        assert_eq!((world.service.count("guests"), world.client.next_wake()), (1, None), "{status}: nothing goes on");
        let error = world.events.iter().find_map(|(_, event)| match event {
            Event::Error(report) => Some(report),
            _ => None,
        });
        let error = error.expect("the application is told");
        assert_eq!((error.code, error.retryable), (code, false));
        assert!(code != "refused" || error.message.contains(&status.to_string()), "{}", error.message);
    }
}

#[test]
fn a_troubled_service_is_asked_again_with_backoff() {
    for reply in [says(500), says(502), says(503), says(504), says(429), Reply::Fails, Reply::Lost, Reply::Hangs] {
        let mut world = World::new();
        world.service.guests.push_back(reply.clone());
        world.connect();
        world.until("connected", 30_000, |world| world.client.state().name() == "connected");
        assert_eq!(world.service.count("guests"), 2, "{reply:?}");
    }
}

#[test]
fn an_answer_that_makes_no_sense_is_asked_for_again() {
    for body in [
        None,
        Some("{}"),
        Some("[]"),
        Some(r#"{"webchatInstanceId":"i","token":"t","expiresIn":"soon"}"#),
        Some(r#"{"webchatInstanceId":"i","token":"t","expiresIn":0}"#),
        Some(r#"{"webchatInstanceId":"i","token":"t","expiresIn":-5}"#),
        Some(r#"{"webchatInstanceId":"","token":"t","expiresIn":3600}"#),
        Some(r#"{"webchatInstanceId":"..","token":"t","expiresIn":3600}"#),
        Some(r#"{"webchatInstanceId":"i","token":"a\nb","expiresIn":3600}"#),
        Some(r#"{"webchatInstanceId":"i","token":5,"expiresIn":3600}"#),
    ] {
        let mut world = World::new();
        world.service.guests.push_back(Reply::Says(Says {
            status: 200,
            body: body.map(str::to_owned),
            ..Says::default()
        }));
        world.connect();
        world.until("connected", 30_000, |world| world.client.state().name() == "connected");
        assert_eq!(world.client.stats(world.now()).counters.malformed, 1, "{body:?}");
    }
}

#[test]
fn a_session_whose_life_is_written_as_a_text_or_not_at_all_is_used() {
    for life in [r#""3600""#, "null", r#""3600.0""#, "1e999"] {
        let mut world = World::new();
        let body = format!(r#"{{"webchatInstanceId":4711,"token":"t","expiresIn":{life}}}"#);
        world.service.guests.push_back(Reply::Says(Says { status: 200, body: Some(body), ..Says::default() }));
        world.connect();
        world.until("a session", 5_000, |world| world.client.session(world.now()).is_some());
        let (id, left) = world.client.session(world.now()).unwrap();
        assert!(id == "4711" && (3_590_000..=3_600_000).contains(&left), "{id} {left} {life}");
    }
}

#[test]
fn a_wait_that_the_service_asks_for_is_never_undercut() {
    let body = |body: &str| Reply::Says(Says { status: 429, body: Some(body.to_owned()), ..Says::default() });
    let dated = |status| {
        Reply::Says(Says {
            status,
            retry_after: Some(http_date(121_000)),
            date: Some(http_date(1_000)),
            ..Says::default()
        })
    };
    for (reply, asked) in [
        (says_later(429, "120"), 120_000),
        (dated(429), 120_000),
        (body(r#"{"retryAfter":120}"#), 120_000),
        (body("120"), 120_000),
        (says_later(503, "120"), 120_000),
        (says(429), 5_000),
    ] {
        for seed in 0..10 {
            let mut world = World::seeded("", [seed; 16]);
            world.service.guests.push_back(reply.clone());
            world.connect();
            // Nothing shortens it.
            for _ in 0..40 {
                world.run(1_000);
                world.environment(Environment::Offline);
                world.environment(Environment::Online);
                world.environment(Environment::Visible);
            }
            world.until("connected", 200_000, |world| world.client.state().name() == "connected");
            let times = world.service.times("guests");
            let waited = times[1] - times[0];
            assert!(waited >= asked && waited < asked + asked / 4 + 32_000, "{reply:?}: {waited}");
        }
    }
}

#[test]
fn close_and_connect_do_not_undercut_it_either() {
    let mut world = World::new();
    world.service.guests.push_back(says_later(429, "60"));
    world.connect();
    world.run(1_000);
    world.close(None);
    world.connect();
    world.until("connected", 90_000, |world| world.client.state().name() == "connected");
    let times = world.service.times("guests");
    assert!(times[1] - times[0] >= 60_000, "{times:?}");
}

#[test]
fn a_wait_of_just_under_an_hour_is_waited_for_whatever_jitter_is_added_to_it() {
    for seed in 0..10 {
        let mut world = World::seeded("", [seed; 16]);
        world.service.guests.push_back(says_later(429, "3599"));
        world.connect();
        world.run(1_000);
        world.close(None);
        world.connect();
        world.until("connected", 4_600_000, |world| world.client.state().name() == "connected");
        let times = world.service.times("guests");
        assert!(times[1] - times[0] >= 3_599_000, "{times:?}");
    }
}

#[test]
fn a_wait_of_over_an_hour_is_not_waited_for() {
    let mut world = World::new();
    world.service.guests.push_back(says_later(429, "7200"));
    world.connect();
    world.run(1_000);
    assert_eq!(world.closed_with(), Some("rate_limited"));
    world.connect();
    world.run(1_000);
    assert_eq!((world.closed_with(), world.service.count("guests")), (Some("rate_limited"), 1));
}

#[test]
fn the_token_provider_is_asked_once_more_after_a_401_and_a_second_401_is_final() {
    let mut world = World::with_provider(Provider::Gives(CREDENTIAL), "");
    world.service.guests.push_back(says(401));
    world.connect();
    world.run(3_000);
    assert_eq!(world.asked.iter().map(|ask| ask.1).collect::<Vec<_>>(), [false, true]);
    assert_eq!(world.client.state().name(), "connected");

    let mut world = World::with_provider(Provider::Gives(CREDENTIAL), "");
    world.service.guests_always = says(401);
    world.connect();
    world.run(60_000);
    assert_eq!((world.asked.len(), world.closed_with()), (2, Some("unauthorized")));
}

#[test]
fn a_provider_that_fails_or_hangs_is_asked_again_with_backoff() {
    for provider in [Provider::Fails, Provider::Hangs] {
        let mut world = World::with_provider(provider, "");
        world.connect();
        world.run(30_000);
        assert!((2..8).contains(&world.asked.len()), "asked {} times", world.asked.len());
        world.provider = Provider::Gives(CREDENTIAL);
        world.until("connected", 60_000, |world| world.client.state().name() == "connected");
    }
}

#[test]
fn a_malformed_credential_is_refused_when_it_is_given() {
    for kind in ["bearer", "apiKey"] {
        let options = format!(r#"{{"host":"a.example","credential":{{"kind":"{kind}","value":"short"}}}}"#);
        let error = Config::from_value(&read(&options, 1_000).unwrap()).unwrap_err();
        assert_eq!(error.report().code, "bad_option");
    }
}

#[test]
fn an_api_key_and_a_bearer_token_go_where_the_contract_says() {
    let mut world = World::new();
    world.connect();
    assert_eq!(world.network.calls[0].credential, Some(("Authorization".into(), format!("Bearer {CREDENTIAL}"))));
    let mut world = World::of(r#""credential":{"kind":"apiKey","value":"key-0123456789"}"#, "", [1; 16]);
    world.connect();
    assert_eq!(world.network.calls[0].credential, Some(("api_key".into(), "key-0123456789".into())));
    let body = world.network.calls[0].body.as_deref();
    assert_eq!(body, Some(r#"{"guest":{"email":"anonymous@local","firstName":"Guest","lastName":"User"}}"#));
}

#[test]
fn a_session_is_kept_across_reconnects_and_across_close_and_connect() {
    let mut world = World::new().ready();
    for _ in 0..4 {
        world.run(8_000);
        world.network.reset(world.ms());
        world.until("connected", 30_000, |world| world.client.state().name() == "connected");
    }
    world.close(None);
    world.run(30_000);
    world.connect();
    world.run(2_000);
    assert_eq!(world.client.state().name(), "connected");
    assert_eq!((world.service.count("guests"), world.sessions().len()), (1, 1));
}

#[test]
fn many_connects_share_one_session_and_one_socket() {
    let mut world = World::new();
    for _ in 0..5 {
        world.connect();
        world.run(10);
    }
    world.run(2_000);
    world.connect();
    assert_eq!((world.service.count("guests"), world.network.opens.len()), (1, 1));
}

#[test]
fn a_session_is_not_replaced_under_a_live_socket_but_before_the_next_one() {
    let mut world = World::new();
    world.service.life = 100_000;
    let mut world = world.ready();
    // Long past its end; the service lets the socket live.
    world.run(300_000);
    assert_eq!((world.service.count("guests"), world.network.opens.len()), (1, 1));
    world.network.reset(world.ms());
    world.run(5_000);
    assert_eq!(world.client.state().name(), "connected");
    let told = world.sessions();
    assert_eq!(told.len(), 2);
    assert_eq!((told[1].replaces.as_deref(), told[1].reason), (Some("instance-1"), "expired"));
}

#[test]
fn a_session_with_under_thirty_seconds_left_is_not_used_for_a_new_socket() {
    for (after, guests) in [(68_000, 1), (72_000, 2)] {
        let mut world = World::new();
        world.service.life = 200_000;
        let mut world = world.ready();
        world.run(100_000 + after);
        world.network.reset(world.ms());
        world.run(2_000);
        assert_eq!(world.service.count("guests"), guests, "{} s left", 100 - after / 1_000);
    }
}

#[test]
fn two_sessions_lost_in_a_row_with_nothing_achieved_are_final() {
    let mut world = World::new();
    // Every socket is refused, and the check says that the session is gone.
    world.service.handshakes_always = Handshake::Refused;
    world.service.checks_always = says(404);
    world.connect();
    world.until("it ends", 300_000, |world| world.client.state().name() == "closed");
    assert_eq!((world.closed_with(), world.service.count("guests")), (Some("session_lost"), 2));
}

#[test]
fn a_connection_that_held_or_a_message_that_arrived_breaks_the_row() {
    for speaks in [false, true] {
        let mut world = World::new();
        world.connect();
        for _ in 0..5 {
            world.until("connected", 60_000, |world| world.client.state().name() == "connected");
            if speaks {
                world.send("here I am");
                world.run(500);
            } else {
                world.run(5_500);
            }
            world.network.close(world.ms(), 4404);
            world.run(100);
            assert_eq!(world.client.state().name(), "reconnecting");
        }
        assert_eq!(world.service.count("guests"), 5);
    }
}

#[test]
fn connect_from_closed_forgets_what_was_lost_before() {
    let mut world = World::new().ready();
    world.network.close(world.ms(), 4404);
    world.run(100);
    world.close(Some(0));
    world.connect();
    world.until("connected", 60_000, |world| world.client.state().name() == "connected");
    world.network.close(world.ms(), 4404);
    world.run(100);
    assert_eq!(world.client.state().name(), "reconnecting", "the first loss since connect()");
}

#[test]
fn after_three_closes_before_open_the_service_is_asked_whether_the_session_lives() {
    for status in [401, 404, 410] {
        let mut world = World::new().ready();
        world.run(10_000);
        world.service.end_sessions(status);
        world.network.reset(world.ms());
        world.run(1);
        world.until("connected", 60_000, |world| world.client.state().name() == "connected");
        assert_eq!((world.service.count("check"), world.service.count("guests")), (1, 2), "{status}");
        assert_eq!(world.network.opens.len(), 1 + 3 + 1, "{status}");
    }
}

#[test]
fn a_socket_that_opened_in_between_breaks_that_row() {
    let mut world = World::new().ready();
    for _ in 0..5 {
        world.run(61_000);
        world.service.handshakes.extend([Handshake::Refused, Handshake::Refused]);
        world.network.reset(world.ms());
        world.run(1);
        world.until("connected", 30_000, |world| world.client.state().name() == "connected");
    }
    assert_eq!(world.service.count("check"), 0);
}

#[test]
fn a_check_that_says_nothing_of_the_session_keeps_trying_with_it() {
    for reply in [says(200), says(403), says(429), says(500), Reply::Fails, Reply::Hangs] {
        let mut world = World::with(r#""rest":false"#);
        world.service.handshakes_always = Handshake::Refused;
        world.service.checks_always = reply.clone();
        world.connect();
        world.run(120_000);
        world.service.handshakes_always = Handshake::Opens;
        world.until("connected", 60_000, |world| world.client.state().name() == "connected");
        assert_eq!(world.service.count("guests"), 1, "{reply:?}");
        assert!(world.service.count("check") >= 1, "{reply:?}");
    }
}

/// The id of the latest request with a message.
fn latest_post(world: &World) -> u32 {
    let post = |output: &Output| match output {
        Output::Request(id, request) if request.method == "POST" && request.url.expose().ends_with("/messages") => {
            Some(*id)
        }
        _ => None,
    };
    world.outputs.iter().rev().find_map(|(_, output)| post(output)).expect("a request")
}

#[test]
fn an_answer_about_an_old_session_says_nothing_of_the_new_one() {
    for (status, mode, fate) in [
        (404, "resend", "delivered"),
        (401, "resend", "delivered"),
        (429, "resend", "delivered"),
        (404, "fail", "cancelled"),
        (503, "fail", "cancelled"),
    ] {
        let mut world = World::with(&format!(r#""onSessionLost":"{mode}","restTimeout":60000"#));
        // No socket can be had, a request hangs, and meanwhile the session is found to be gone.
        world.service.handshakes_always = Handshake::Refused;
        world.service.posts.push_back(Reply::Hangs);
        world.service.checks.extend([Reply::Works, says(404)]);
        world.connect();
        let id = world.send("in between");
        world.until("the session is replaced", 60_000, |world| world.sessions().len() == 2);
        let answer = HttpAnswer { status, ..HttpAnswer::default() };
        world.input(Input::Answered(latest_post(&world), answer));
        world.service.handshakes_always = Handshake::Opens;
        world.until("it ends", 60_000, |world| world.checks.all_ended());
        world.run(40_000);
        assert_eq!((world.client.state().name(), world.sessions().len()), ("connected", 2), "{status}");
        assert_eq!(world.fate(id), fate, "{status}: the old session refused it for certain");
    }
}

#[test]
fn a_rest_path_that_was_closed_opens_again_with_connect() {
    let mut world = World::new();
    world.service.handshakes_always = Handshake::Refused;
    world.service.posts.push_back(says_later(429, "7200"));
    world.connect();
    world.send("too much");
    world.run(30_000);
    assert_eq!(world.errors(), ["rate_limited"]);
    assert_eq!(world.service.count("messages"), 1);
    world.close(Some(0));
    world.run(7_200_000 + 1_800_000);
    world.connect();
    let id = world.send("a new day");
    world.run(30_000);
    assert_eq!((world.fate(id), world.via(id)), ("delivered", "rest"));
}
