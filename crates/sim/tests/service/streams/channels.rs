//! Channels over REST.

use guestwire_sim::service::Subscribing;
use serde_json::Value;

use super::world::{BASE, START, World, code};

#[test]
fn a_new_channel_says_where_its_socket_is_and_until_when_it_lives() {
    let mut world = World::new();
    let token = world.token();
    let facts = world.service.create_channel(START, Some(&token), "https://api.example.com").body;
    let id = facts["id"].as_str().expect("an id");
    let mut parts = id.splitn(3, '-');
    assert_eq!(parts.next(), Some("streaming"));
    assert!(parts.next().is_some_and(|shard| shard.len() == 1 && shard.parse::<u8>().is_ok()), "{id}");
    let base32 = |c: char| c.is_ascii_lowercase() || ('2'..='7').contains(&c);
    assert!(parts.next().is_some_and(|rest| rest.len() == 26 && rest.chars().all(base32)), "{id}");
    assert_eq!(facts["connectUri"], format!("wss://streaming.example.com/channels/{id}"));
    assert_eq!(facts["expires"], "2026-11-22T00:00:00.000Z");
}

#[test]
fn a_channel_is_its_applications() {
    let mut world = World::new();
    let (token, second, foreign) = (world.token(), world.token(), world.token_of("other"));
    let channel = world.channel(&token);
    assert!(world.exists(&token, &channel) && world.exists(&second, &channel));
    assert!(!world.exists(&foreign, &channel) && !world.exists(&token, "streaming-0-nothing"));
    let refused = world.change(&foreign, &channel, Subscribing::Replace, false, &[]);
    assert_eq!((refused.status, code(&refused)), (404, "not.found"));
    let answer = world.service.check_channel(START, None, &channel);
    assert_eq!((answer.status, &answer.body), (401, &Value::Null), "a HEAD has no body");
}

#[test]
fn channels_of_other_tokens_are_listed_without_their_ids() {
    let mut world = World::new();
    let (token, second) = (world.token(), world.token());
    let channel = world.channel(&token);
    world.channel(&second);
    let list = |include| world.service.list_channels(START, Some(&token), include, BASE);
    let mut list = list;
    let own = list(None).body;
    assert_eq!(own["entities"][0]["id"], channel);
    assert!(own["entities"][1]["id"].is_null() && own["entities"][1]["connectUri"].is_null());
    assert_eq!(list(Some("token")).body, own);
    let all = list(Some("oauthclient")).body;
    assert!(all["entities"].as_array().expect("a list").iter().all(|channel| channel["id"].is_string()));
    assert_eq!(code(&list(Some("all"))), "bad.request");
}

#[test]
fn whoever_calls_without_a_good_token_is_told_which_way_it_is_bad() {
    let mut world = World::new();
    let mut call = |bearer| world.service.create_channel(START, bearer, BASE);
    for (bearer, expected) in
        [(None, "authentication.required"), (Some(""), "authentication.required"), (Some("x"), "bad.credentials")]
    {
        let refused = call(bearer);
        assert_eq!((refused.status, code(&refused)), (401, expected));
    }
}

#[test]
fn the_twenty_first_channel_takes_the_place_of_the_one_used_longest_ago() {
    let mut world = World::with(|config| config.api_rate = None);
    let token = world.token();
    let mut channels = Vec::new();
    for _ in 0..20 {
        channels.push(world.channel(&token));
        world.pass(10);
    }
    // The first has been used since, and the second is connected.
    assert!(world.exists(&token, &channels[0]));
    let socket = world.open(&channels[1]);
    world.pass(10);
    channels.push(world.channel(&token));
    let alive = |world: &mut World| -> Vec<bool> { channels.iter().map(|id| world.exists(&token, id)).collect() };
    let gone: Vec<usize> =
        alive(&mut world).iter().enumerate().filter(|(_, alive)| !**alive).map(|(at, _)| at).collect();
    assert_eq!(gone, [2], "the third");
    assert!(world.heard(socket).is_empty());
    assert_eq!(world.report()["over"][0]["why"], "evicted");
    assert_eq!(world.report()["made"], 21);
}

#[test]
fn where_all_are_connected_one_of_them_is_told_that_it_makes_room() {
    let mut world = World::with(|config| config.channels = 2);
    let token = world.token();
    let (first, _) = world.stream(&token, &["v2.a"]);
    world.pass(1);
    let (second, kept) = world.stream(&token, &["v2.a"]);
    world.pass(1);
    // It is used again, and so the other one is the older.
    let renewed = world.open(&first);
    world.pass(1);
    world.channel(&token);
    assert!(!world.exists(&token, &second) && world.exists(&token, &first));
    let told = world.heard(kept);
    assert_eq!(told[0]["topicName"], format!("v2.system.no_longer_subscribed.{second}"));
    assert_eq!(told[0]["eventBody"]["reason"], "another_channel_subscribed");
    assert_eq!(world.ended(kept), Some(Some(1001)));
    assert!(world.heard(renewed).is_empty() && world.ended(renewed).is_none());
    let foreign = world.token_of("other");
    world.channel(&foreign);
    assert!(world.exists(&token, &first), "another application has its own");
}
