//! How often what may be asked.

use guestwire_sim::service::Subscribing;
use serde_json::json;

use super::world::{BASE, World, code, header};

#[test]
fn a_token_has_three_hundred_calls_a_minute_and_every_answer_counts_them() {
    let mut world = World::new();
    let token = world.token();
    let channel = world.channel(&token);
    world.pass(10_000);
    let answer = world.service.read_topics(world.now, Some(&token), &channel);
    assert_eq!(header(&answer, "inin-ratelimit-count"), Some("2"));
    assert_eq!(header(&answer, "inin-ratelimit-allowed"), Some("300"));
    assert_eq!(header(&answer, "inin-ratelimit-reset"), Some("50"));
    assert!(header(&answer, "inin-correlation-id").is_some());
    for _ in 0..298 {
        assert!(world.exists(&token, &channel));
    }
    let refused = world.service.list_channels(world.now, Some(&token), None, BASE);
    assert_eq!((refused.status, code(&refused)), (429, "too.many.requests.retry.after"));
    assert_eq!(refused.body["message"], "Rate limit exceeded the maximum. Retry the request in [50] seconds");
    assert_eq!(refused.retry_after.expect("a wait").seconds, 50);
    assert_eq!(header(&refused, "inin-ratelimit-count"), Some("301"));
    // Another token of the same application has a count of its own.
    let second = world.token();
    assert!(world.exists(&second, &channel));
    world.pass(50_000);
    assert!(world.exists(&token, &channel));
}

#[test]
fn handshakes_are_counted_by_application() {
    let mut world = World::with(|config| config.open_rate = Some(2.0));
    let (token, foreign) = (world.token(), world.token_of("other"));
    let channel = world.channel(&token);
    world.open(&channel);
    world.events(&token);
    let refused = world.try_open(&channel).expect_err("too many");
    assert_eq!((refused.status, code(&refused)), (429, "too.many.requests.retry.after"));
    assert_eq!(refused.retry_after.expect("a wait").seconds, 30);
    assert_eq!(world.try_events(Some(&token)).expect_err("too many").status, 429);
    world.events(&foreign);
    world.pass(30_000);
    world.open(&channel);
}

#[test]
fn a_client_that_talks_too_much_is_told_to_wait() {
    let mut world = World::with(|config| config.frame_rate = Some(2.0));
    let token = world.token();
    let (_, channel) = world.stream(&token, &[]);
    let ping = json!({ "message": "ping" });
    for _ in 0..2 {
        assert_eq!(world.ask(channel, &ping)[0]["eventBody"]["message"], "pong");
    }
    assert_eq!(
        world.ask(channel, &ping),
        [
            json!({ "result": "429", "status": "error", "message": "Too many requests on this channel", "retryAfter": 1 })
        ]
    );
    let events = world.events(&token);
    for _ in 0..2 {
        assert_eq!(world.ask(events, &json!({ "type": "KEEP_ALIVE" }))[0]["type"], "KEEP_ALIVE_ACK");
    }
    let refused = world.ask(events, &json!({ "type": "KEEP_ALIVE" }));
    assert_eq!((&refused[0]["code"], &refused[0]["retryAfter"]), (&json!(429), &json!(1)));
    world.pass(1_000);
    assert_eq!(world.ask(channel, &ping)[0]["eventBody"]["message"], "pong");
}

#[test]
fn every_call_is_counted_by_its_kind() {
    let mut world = World::new();
    let token = world.token();
    let channel = world.channel(&token);
    world.change(&token, &channel, Subscribing::Add, true, &["v2.a"]);
    world.put(&token, &channel, &["v2.a"]);
    world.exists(&token, &channel);
    world.service.create_channel(world.now, None, BASE);
    let calls = world.report()["calls"].clone();
    let expected = json!({ "token": 1, "create_channel": 2, "add_topics": 1, "replace_topics": 1, "check_channel": 1 });
    assert_eq!(calls, expected);
    let kinds: Vec<&str> = world.service.requests().map(|request| request.what).collect();
    assert_eq!(kinds, ["token", "create_channel", "add_topics", "replace_topics", "check_channel", "create_channel"]);
}
