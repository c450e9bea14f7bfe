//! What the service's close codes do, row by row (webchat.md, "Close codes").

use crate::world::World;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// What is seen 100 ms after a ready connection was closed with a code.
fn seen(world: &mut World, code: u16) -> (&'static str, Option<&'static str>, bool) {
    world.run(6_000);
    world.network.close(world.ms(), code);
    world.run(25);
    let slow = world.last_wait().is_some_and(|(wait, _)| wait >= 15_000 - 25);
    (world.client.state().name(), world.closed_with(), slow)
}

#[test]
fn every_row_of_the_table() {
    for code in [1001, 1005, 1006, 1011, 1012, 1014, 1015, 3008, 4000, 4999, 3500, 1016] {
        let mut world = World::new().ready();
        assert_eq!(seen(&mut world, code), ("reconnecting", None, false), "{code}");
        world.run(10_000);
        assert_eq!(world.service.count("guests"), 1, "{code}: with the same session");
    }
    for code in [1013, 4008, 4029, 4429] {
        let mut world = World::new().ready();
        assert_eq!(seen(&mut world, code), ("reconnecting", None, true), "{code}");
    }
    for code in [1008, 3000, 4001, 4401, 4004, 4404, 4410] {
        let mut world = World::new().ready();
        assert_eq!(seen(&mut world, code), ("reconnecting", None, false), "{code}");
        world.run(10_000);
        assert_eq!((world.client.state().name(), world.service.count("guests")), ("connected", 2), "{code}");
    }
    for (code, ended) in [
        (1000, "ended"),
        (1002, "protocol"),
        (1003, "protocol"),
        (1007, "protocol"),
        (1009, "protocol"),
        (1010, "protocol"),
        (3003, "protocol"),
        (4003, "forbidden"),
        (4403, "forbidden"),
    ] {
        let mut world = World::new().ready();
        let id = world.send("in time");
        assert_eq!(seen(&mut world, code), ("closed", Some(ended), false), "{code}");
        assert_eq!((world.fate(id), world.client.next_wake()), ("delivered", None));
    }
}

#[test]
fn each_row_can_be_overridden() {
    for (action, state, ended, slow) in [
        ("reconnect", "reconnecting", None, false),
        ("reconnect-slowly", "reconnecting", None, true),
        ("renew", "reconnecting", None, false),
        ("session-lost", "reconnecting", None, false),
        ("stop", "closed", Some("protocol"), false),
    ] {
        for code in [1006, 1002, 4777] {
            let mut world = World::with(&format!(r#""closeCodes":{{"{code}":"{action}"}}"#)).ready();
            assert_eq!(seen(&mut world, code), (state, ended, slow), "{action} {code}");
        }
    }
    let mut world = World::with(r#""closeCodes":{"1000":"reconnect"}"#).ready();
    assert_eq!(seen(&mut world, 1000), ("reconnecting", None, false));
}

#[test]
fn renewal_twice_in_a_row_without_a_ready_connection_is_final() {
    let mut world = World::new();
    world.service.answers_heartbeats = false;
    world.network.close_after_open = Some((100, 4401));
    world.connect();
    world.run(60_000);
    assert_eq!((world.closed_with(), world.network.opens.len()), (Some("unauthorized"), 2));
    assert_eq!(world.service.count("guests"), 2);
}

#[test]
fn renewals_with_a_ready_connection_in_between_are_not() {
    let mut world = World::new().ready();
    for sessions in 2..6 {
        world.run(6_000);
        world.network.close(world.ms(), 4401);
        world.run(100);
        world.until("connected", 10_000, |world| world.client.state().name() == "connected");
        assert_eq!(world.service.count("guests"), sessions);
    }
}

#[test]
fn a_close_before_the_socket_was_open_is_a_refused_handshake_whatever_it_says() {
    for code in [1000, 1002, 4403, 4404] {
        let mut world = World::new();
        world.connect();
        world.run(50);
        let generation = world.network.latest();
        world.input(guestwire_core::io::Input::SocketClosed(generation, code, None));
        assert_eq!(world.client.state().name(), "reconnecting", "{code}");
    }
}

#[test]
fn an_error_frame_decides_what_the_close_after_it_means() {
    for (error, code, state, ended, guests) in [
        (500, 1000, "connected", None, 1),
        (503, 1008, "connected", None, 1),
        (429, 4403, "connected", None, 1),
        (401, 1006, "connected", None, 2),
        (404, 1000, "connected", None, 2),
        (410, 1006, "connected", None, 2),
        (403, 1006, "closed", Some("forbidden"), 1),
        (400, 1000, "closed", Some("ended"), 1),
    ] {
        let mut world = World::new().ready();
        world.run(6_000);
        world.network.say(world.ms(), format!(r#"{{"type":"error","code":{error},"message":"no"}}"#));
        world.network.close(world.ms(), code);
        world.run(15_000);
        assert_eq!((world.client.state().name(), world.closed_with()), (state, ended), "{error} then {code}");
        assert_eq!(world.service.count("guests"), guests, "{error} then {code}");
    }
}
