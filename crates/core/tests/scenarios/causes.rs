//! Why nothing comes of an attempt, in the words of the platform or of whoever answered.

use crate::world::World;
use crate::world::service::{Handshake, Reply, Says};
use guestwire_core::failure::{ErrorCode, Failure};
use guestwire_core::io::HttpAnswer;
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
    assert_eq!(cause(&world), ("unopened", Failure { status: Some(502), ..Failure::default() }));
}
