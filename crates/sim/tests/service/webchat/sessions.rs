use guestwire_sim::service::{
    Credential, Incoming, Output, ServiceConfig, SocketAuth, SocketCredential, WebChatConfig,
};

use super::world::{Guest, TOKEN, World, config};

const GUEST: &[u8] = br#"{"guest":{"email":"anonymous@local","firstName":"Guest","lastName":"User"}}"#;

#[test]
fn a_session_is_made_for_a_valid_token_or_key_only() {
    let mut world = World::new(config());
    let mut status = |credential| world.service.create_session(0, credential, GUEST).status;
    assert_eq!(status(Credential::Bearer(TOKEN)), 200);
    assert_eq!(status(Credential::ApiKey("api-key")), 200);
    assert_eq!(status(Credential::Bearer("api-key")), 401);
    assert_eq!(status(Credential::ApiKey(TOKEN)), 401);
    assert_eq!(status(Credential::Bearer("other")), 401);
    assert_eq!(status(Credential::Absent), 401);
    assert_eq!(status(Credential::Bearer("forbidden")), 403);
    assert_eq!(status(Credential::ApiKey("forbidden")), 403);
}

#[test]
fn a_session_says_how_long_it_lives() {
    let mut world = World::new(WebChatConfig { token_life: 90, ..config() });
    let answer = world.service.create_session(0, Credential::Bearer(TOKEN), GUEST);
    assert_eq!(answer.body["expiresIn"], 90);
}

#[test]
fn a_guest_that_is_not_described_gets_no_session() {
    let mut world = World::new(config());
    for body in ["", "[]", "{}", r#"{"guest":1}"#, r#"{"guest":{"email":1}}"#] {
        let answer = world.service.create_session(0, Credential::Bearer(TOKEN), body.as_bytes());
        assert_eq!(answer.status, 400, "{body}");
    }
}

#[test]
fn ids_and_tokens_follow_from_the_seed_and_differ_from_each_other() {
    let (mut one, mut other) = (World::new(config()), World::new(config()));
    let (first, second) = (one.guest(), one.guest());
    assert_ne!(first.conversation, second.conversation);
    assert_ne!(first.token, second.token);
    assert_eq!(other.guest().token, first.token);
}

#[test]
fn an_expired_token_opens_no_new_socket_and_ends_no_live_one() {
    let mut world = World::new(WebChatConfig { token_life: 60, ..config() });
    let guest = world.guest();
    let live = world.open(&guest);
    world.pass(60_000);
    assert_eq!(world.try_open(&guest).expect_err("expired").status, 401);
    assert_eq!(world.post(&guest, "m").status, 401);
    assert_eq!(world.send(live, "m")["type"], "messageReceived");
}

#[test]
fn a_probe_tells_a_live_session_from_an_expired_and_an_unknown_one() {
    let mut world = World::new(WebChatConfig { token_life: 60, ..config() });
    let Guest { conversation, token } = world.guest();
    let now = world.now;
    let probe = |world: &mut World, at, id: &str, token| world.service.probe_session(at, id, token);
    let alive = probe(&mut world, now + 500, &conversation, Some(&token));
    assert_eq!((alive.status, &alive.body["expiresIn"]), (200, &59.into()));
    assert_eq!(probe(&mut world, now + 60_000, &conversation, Some(&token)).status, 401);
    assert_eq!(probe(&mut world, now, &conversation, Some("other")).status, 401);
    assert_eq!(probe(&mut world, now, &conversation, None).status, 401);
    assert_eq!(probe(&mut world, now, "nowhere", Some(&token)).status, 404);
}

#[test]
fn a_socket_needs_the_sessions_token_where_it_is_looked_for() {
    use SocketCredential::{Absent, Query, Subprotocol};
    let status = |auth, credential: fn(&str) -> SocketCredential<'_>| {
        let mut world = World::new(WebChatConfig { socket_auth: auth, ..config() });
        let guest = world.guest();
        let opened = world.service.open_socket(0, &guest.conversation, credential(&guest.token));
        opened.err().map_or(101, |refused| refused.status)
    };
    assert_eq!(status(SocketAuth::Any, |token| Query(token)), 101);
    assert_eq!(status(SocketAuth::Any, |token| Subprotocol(token)), 101);
    assert_eq!(status(SocketAuth::Any, |_| Query("wrong")), 401);
    assert_eq!(status(SocketAuth::Any, |_| Absent), 401);
    assert_eq!(status(SocketAuth::Query, |token| Query(token)), 101);
    assert_eq!(status(SocketAuth::Query, |token| Subprotocol(token)), 401);
    assert_eq!(status(SocketAuth::Subprotocol, |token| Subprotocol(token)), 101);
    assert_eq!(status(SocketAuth::Subprotocol, |token| Query(token)), 401);
    assert_eq!(status(SocketAuth::None, |_| Absent), 101);
    assert_eq!(status(SocketAuth::None, |_| Query("wrong")), 401);
}

#[test]
fn a_socket_for_no_session_is_refused_with_404() {
    let mut world = World::new(WebChatConfig { socket_auth: SocketAuth::None, ..config() });
    let opened = world.service.open_socket(0, "nowhere", SocketCredential::Absent);
    assert_eq!(opened.expect_err("no such session").status, 404);
}

#[test]
fn over_the_connection_limit_a_socket_is_refused_until_another_leaves() {
    let mut world = World::new(ServiceConfig { max_connections: 1, ..config().into() });
    let guest = world.guest();
    let first = world.open(&guest);
    let refused = world.try_open(&guest).expect_err("full");
    assert_eq!(refused.status, 503);
    assert!(refused.retry_after.is_some());
    world.service.socket_gone(first);
    world.open(&guest);
}

#[test]
fn frames_that_are_no_text_or_too_large_end_the_connection() {
    let mut world = World::new(WebChatConfig { max_frame: 100, ..config() });
    let guest = world.guest();
    let mut code = |incoming| {
        let connection = world.open(&guest);
        world.service.receive(0, connection, incoming);
        match world.take().pop() {
            Some(Output::Close { code, .. }) => code,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(code(Incoming::Binary), 1003);
    assert_eq!(code(Incoming::TooLarge), 1009);
    assert_eq!(code(Incoming::Text(&"x".repeat(101))), 1009);
}

#[test]
fn the_report_says_what_is_connected_and_what_was_tried() {
    let mut world = World::new(config());
    let guest = world.guest();
    let first = world.open(&guest);
    world.now += 5;
    let mut wrong = guest.clone();
    wrong.token.clear();
    world.try_open(&wrong).expect_err("refused");
    world.service.socket_gone(first);
    world.now += 5;
    world.open(&guest);
    let report = world.service.connections(world.now);
    assert_eq!(report.opened, 2);
    assert_eq!(report.opened_at, [world.now - 10, world.now]);
    let attempts: Vec<_> = report.attempts.iter().map(|attempt| attempt.status).collect();
    assert_eq!(attempts, [101, 401, 101]);
    let [live] = report.connections.as_slice() else { panic!("one lives") };
    assert_eq!((live.since, live.state, live.conversation.as_str()), (world.now, "open", guest.conversation.as_str()));
}
