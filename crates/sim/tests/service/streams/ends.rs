//! What comes to an end: channels, tokens, sockets.

use guestwire_sim::service::GoneChannels;
use serde_json::json;

use super::world::{DAY, World};

#[test]
fn a_channel_lives_a_day_from_when_its_topics_were_last_set() {
    let mut world = World::with(|config| (config.token_life, config.idle) = (10 * 86_400, None));
    let token = world.token();
    let (channel, socket) = world.stream(&token, &["v2.a"]);
    world.pass(DAY - 1);
    world.put(&token, &channel, &["v2.a"]);
    world.pass(DAY / 2);
    let subscribe = json!({ "message": "subscribe", "topics": ["v2.b"] });
    assert_eq!(world.ask(socket, &subscribe)[0]["result"], "200");
    world.pass(DAY - 1);
    assert!(world.exists(&token, &channel) && world.ended(socket).is_none());
    world.pass(1);
    assert!(!world.exists(&token, &channel), "looking at it made it no younger");
    assert_eq!(world.ended(socket), Some(Some(1001)));
    assert_eq!(world.report()["over"][0]["why"], "expired");
}

#[test]
fn a_channel_goes_with_its_token_and_not_with_another() {
    let mut world = World::with(|config| config.token_life = 100);
    let first = world.token();
    let (channel, socket) = world.stream(&first, &["v2.a"]);
    world.pass(50_000);
    let second = world.token();
    let (kept, _) = world.stream(&second, &["v2.a"]);
    world.put(&second, &channel, &["v2.b"]);
    world.pass(50_000);
    assert!(!world.exists(&second, &channel) && world.exists(&second, &kept));
    assert_eq!(world.ended(socket), Some(Some(1001)));
    assert!(world.topics_heard(socket).iter().all(|topic| topic == "channel.metadata"), "nobody says why");
    assert_eq!(world.try_open(&channel).expect_err("gone").status, 401);
}

#[test]
fn a_channel_can_outlive_its_token() {
    let mut world = World::with(|config| (config.token_life, config.channels_die_with_token) = (100, false));
    let first = world.token();
    let (channel, socket) = world.stream(&first, &["v2.a"]);
    world.pass(200_000);
    let second = world.token();
    assert!(world.exists(&second, &channel) && world.ended(socket).is_none());
    let third = world.token();
    let (own, revoked) = world.stream(&third, &["v2.a"]);
    world.fault(json!({ "fault": "revoke_token", "conversation": own }));
    assert_eq!(world.topics_heard(revoked), [format!("v2.system.token_revoked.{own}")]);
    assert!(world.ended(revoked).is_none() && world.exists(&second, &own));
}

#[test]
fn a_closing_is_announced_and_comes_a_minute_later() {
    let mut world = World::with(|config| config.heartbeat = None);
    let token = world.token();
    let (channel, socket) = world.stream(&token, &["v2.a"]);
    world.fault(json!({ "fault": "socket_closing", "conversation": channel }));
    assert_eq!(world.topics_heard(socket), ["v2.system.socket_closing"]);
    world.pass(59_999);
    assert_eq!(world.emit("v2.a").sent.len(), 1, "until then it hears");
    world.pass(1);
    assert_eq!(world.ended(socket), Some(Some(1001)));
    assert!(world.exists(&token, &channel), "the channel stays");
    world.open(&channel);
}

#[test]
fn a_channel_is_evicted_on_command() {
    let mut world = World::new();
    let token = world.token();
    let (channel, socket) = world.stream(&token, &["v2.a"]);
    let (kept, _) = world.stream(&token, &["v2.a"]);
    world.fault(json!({ "fault": "evict_channel", "conversation": channel }));
    assert_eq!(world.topics_heard(socket), [format!("v2.system.no_longer_subscribed.{channel}")]);
    assert!(!world.exists(&token, &channel) && world.exists(&token, &kept));
    world.fault(json!({ "fault": "evict_channel" }));
    assert!(!world.exists(&token, &kept));
}

#[test]
fn a_token_is_revoked_on_command_and_what_it_made_hears_of_it() {
    let mut world = World::new();
    let (token, second) = (world.token(), world.token());
    let (channel, socket) = world.stream(&token, &["v2.a"]);
    let events = world.events(&token);
    world.fault(json!({ "fault": "revoke_token", "conversation": channel }));
    let told = world.heard(socket);
    assert_eq!(told[0]["topicName"], format!("v2.system.token_revoked.{channel}"));
    assert_eq!(told[0]["eventBody"]["reason"], "user_tokens_revoked");
    assert_eq!((world.ended(socket), world.ended(events)), (Some(Some(1001)), Some(Some(1001))));
    assert_eq!(world.heard(events)[0]["code"], 401);
    assert_eq!(world.service.check_channel(world.now, Some(&token), &channel).status, 401);
    assert!(!world.exists(&second, &channel));
    world.fault(json!({ "fault": "revoke_token" }));
    assert_eq!(world.report()["tokens"]["alive"], 0);
}

#[test]
fn sessions_that_expire_on_command_are_tokens_here() {
    let mut world = World::new();
    let (token, foreign) = (world.token(), world.token_of("other"));
    let (channel, socket) = world.stream(&token, &["v2.a"]);
    let kept = world.events(&foreign);
    world.fault(json!({ "fault": "expire_session", "conversation": "app" }));
    assert!(world.heard(socket).is_empty(), "an expiry is not announced");
    assert_eq!((world.ended(socket), world.ended(kept)), (Some(Some(1001)), None));
    assert_eq!(world.service.check_channel(world.now, Some(&token), &channel).status, 401);
}

#[test]
fn where_channels_die_quietly_a_socket_opens_and_yields_nothing() {
    let mut world = World::with(|config| config.gone = GoneChannels::Mute);
    let token = world.token();
    let (channel, socket) = world.stream(&token, &["v2.a"]);
    world.fault(json!({ "fault": "expire_session", "conversation": channel }));
    world.pass(120_000);
    assert!(world.heard(socket).is_empty() && world.ended(socket).is_none());
    let late = world.open(&channel);
    assert!(world.ask(late, &json!({ "message": "ping" })).is_empty());
    let refused = world.ask(late, &json!({ "message": "subscribe", "topics": ["v2.a"] })).remove(0);
    assert_eq!((&refused["result"], refused["message"].is_string()), (&json!("404"), true));
    assert_eq!(world.emit("v2.a").sent.len(), 0);
}
