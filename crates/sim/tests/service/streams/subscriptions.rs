//! The topics of a channel over REST.

use guestwire_sim::service::{RestAnswer, Subscribing};
use serde_json::json;

use super::world::{START, World, code};

const USERS: &str = "v2.users.u.presence";
const QUEUE: &str = "v2.routing.queues.q.conversations";
const FORBIDDEN: &str = "v2.forbidden.queue";

fn states(answer: &RestAnswer) -> Vec<(&str, &str)> {
    let entities = answer.body["entities"].as_array().expect("a list").iter();
    entities.map(|it| (it["id"].as_str().expect("an id"), it["state"].as_str().expect("a state"))).collect()
}

#[test]
fn topics_are_added_replaced_read_and_removed() {
    let mut world = World::new();
    let token = world.token();
    let channel = world.channel(&token);
    let answer = world.change(&token, &channel, Subscribing::Replace, false, &[USERS]);
    assert_eq!(states(&answer), [(USERS, "Permitted")]);
    let answer = world.change(&token, &channel, Subscribing::Add, false, &[QUEUE, USERS, QUEUE]);
    assert_eq!(states(&answer), [(QUEUE, "Permitted"), (USERS, "Permitted")]);
    assert_eq!(world.topics(&token, &channel), [USERS, QUEUE]);
    world.put(&token, &channel, &[QUEUE]);
    assert_eq!(world.topics(&token, &channel), [QUEUE]);
    let answer = world.service.remove_topics(START, Some(&token), &channel);
    assert_eq!(answer.status, 200);
    assert!(world.topics(&token, &channel).is_empty());
}

#[test]
fn one_bad_topic_fails_all_of_them() {
    let mut world = World::new();
    let token = world.token();
    let channel = world.channel(&token);
    world.put(&token, &channel, &[USERS]);
    let refused = world.change(&token, &channel, Subscribing::Replace, false, &[QUEUE, FORBIDDEN]);
    assert_eq!((refused.status, code(&refused)), (403, "missing.permissions"));
    assert_eq!(refused.body["details"][0]["fieldName"], FORBIDDEN);
    for bad in ["nothing", "v2.a b", &"v2.".repeat(67)] {
        let refused = world.change(&token, &channel, Subscribing::Add, false, &[QUEUE, bad]);
        assert_eq!((refused.status, code(&refused)), (400, "bad.request"), "{bad}");
    }
    assert_eq!(world.topics(&token, &channel), [USERS]);
}

#[test]
fn where_errors_are_ignored_each_topic_has_its_own_state() {
    let mut world = World::new();
    let token = world.token();
    let channel = world.channel(&token);
    let answer = world.change(&token, &channel, Subscribing::Replace, true, &[FORBIDDEN, USERS, "nothing"]);
    assert_eq!(answer.status, 200);
    assert_eq!(states(&answer), [(FORBIDDEN, "Rejected"), (USERS, "Permitted"), ("nothing", "Rejected")]);
    let refused = &answer.body["entities"][0];
    assert_eq!(refused["missingPermissions"], json!(["forbidden:queue:view"]));
    assert!(refused["rejectionReason"].is_string() && refused["selfUri"].is_string());
    assert_eq!(world.topics(&token, &channel), [USERS]);
}

#[test]
fn a_thousand_topics_and_no_more() {
    let mut world = World::new();
    let token = world.token();
    let channel = world.channel(&token);
    let ids: Vec<String> = (0..1_001).map(|n| format!("v2.users.{n}.presence")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    world.put(&token, &channel, &ids[..1_000]);
    for how in [Subscribing::Add, Subscribing::Replace] {
        for ignore in [false, true] {
            let refused = world.change(&token, &channel, how, ignore, &ids);
            assert_eq!((refused.status, code(&refused)), (400, "bad.request"));
        }
    }
    assert_eq!(world.topics(&token, &channel).len(), 1_000);
    let combined = world.change(&token, &channel, Subscribing::Replace, false, &["v2.users.u?a&b"]);
    assert_eq!(combined.status, 200);
}

#[test]
fn whether_a_combined_topic_counts_once_is_a_setting() {
    for (count_combined, status) in [(false, 200), (true, 400)] {
        let mut world = World::with(|config| (config.topics, config.count_combined) = (2, count_combined));
        let token = world.token();
        let channel = world.channel(&token);
        let answer = world.change(&token, &channel, Subscribing::Replace, false, &["v2.users.u?a&b", "v2.x"]);
        assert_eq!(answer.status, status);
    }
}

#[test]
fn a_body_that_is_no_list_of_topics_is_refused() {
    let mut world = World::new();
    let token = world.token();
    let channel = world.channel(&token);
    for body in ["", "{}", "[1]", r#"["v2.a"]"#, r#"[{"id":7}]"#, r#"[{"topic":"v2.a"}]"#] {
        let answer =
            world.service.change_topics(START, Some(&token), &channel, Subscribing::Replace, None, body.as_bytes());
        assert_eq!((answer.status, code(&answer)), (400, "bad.request"), "{body}");
    }
    let answer = world.service.change_topics(START, Some(&token), &channel, Subscribing::Add, Some("yes"), b"[]");
    assert_eq!(code(&answer), "bad.request");
}

#[test]
fn the_available_topics_say_what_they_take() {
    let mut world = World::new();
    let token = world.token();
    let answer = world.service.available_topics(START, Some(&token));
    let queues = answer.body["entities"].as_array().expect("a list").iter();
    let queues = queues.filter(|topic| topic["id"] == "v2.routing.queues.{id}.conversations");
    assert!(queues.clone().all(|topic| topic["requiresPermissions"][0] == "routing:queue:view"));
    assert_eq!(queues.count(), 1);
}
