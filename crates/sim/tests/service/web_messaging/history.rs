//! The history over REST: who may read it, how it is paged, what it has of a message.

use guestwire_sim::service::{HistoryRequest, Rates, WebMessagingConfig};
use serde_json::{Value, json};

use super::world::{BASE, ORIGIN, World, config, text};

fn texts(page: &Value) -> Vec<&str> {
    page["entities"].as_array().expect("a list").iter().filter_map(|item| item["text"].as_str()).collect()
}

#[test]
fn pages_are_newest_first_and_shift_when_something_is_said() {
    let mut world = World::new(config());
    let guest = world.guest("t");
    for id in ["1", "2", "3", "4", "5"] {
        world.answer(guest, "t", text(id, id));
    }
    let jwt = world.jwt(guest, "t");
    let first = world.history_page(&jwt, "1", "2").body;
    assert_eq!(texts(&first), ["5", "4"]);
    let facts = ["pageSize", "pageNumber", "total", "pageCount"].map(|name| first[name].as_u64().expect("a number"));
    assert_eq!(facts, [2, 1, 5, 3]);
    world.answer(guest, "t", text("6", "6"));
    assert_eq!(texts(&world.history_page(&jwt, "2", "2").body), ["4", "3"], "4 was on the first page before");
    assert_eq!(texts(&world.history_page(&jwt, "3", "2").body), ["2", "1"]);
    assert_eq!(texts(&world.history_page(&jwt, "9", "2").body), [] as [&str; 0]);
    let huge = usize::MAX.to_string();
    assert_eq!(texts(&world.history_page(&jwt, &huge, &huge).body), [] as [&str; 0]);
}

#[test]
fn an_empty_history_has_no_pages() {
    let mut world = World::new(config());
    let guest = world.guest("t");
    let jwt = world.jwt(guest, "t");
    let page = world.history_page(&jwt, "1", "25").body;
    assert_eq!(page, json!({ "entities": [], "pageSize": 0, "pageNumber": 1, "total": 0, "pageCount": 0 }));
}

#[test]
fn a_jwt_lives_for_a_minute_and_opens_its_own_session_only() {
    let mut world = World::new(config());
    let (one, other) = (world.guest("one"), world.guest("other"));
    world.answer(one, "one", text("a", "mine"));
    let (jwt, others) = (world.jwt(one, "one"), world.jwt(other, "other"));
    assert_eq!(jwt.split('.').count(), 3);
    assert_eq!(texts(&world.history_page(&others, "1", "25").body), [] as [&str; 0]);
    world.pass(59_999);
    assert_eq!(world.history_page(&jwt, "1", "25").status, 200);
    world.pass(1);
    let expired = world.history_page(&jwt, "1", "25");
    assert_eq!((expired.status, &expired.body["status"]), (401, &json!(401)));
    assert_eq!(world.history_page("made.up.jwt", "1", "25").status, 401);
    let asked: Vec<_> = world.service.requests().map(|request| (request.what, request.status)).collect();
    assert_eq!(asked, [("history", 200), ("history", 200), ("history", 401), ("history", 401)]);
}

#[test]
fn where_pages_are_chosen_the_service_s_own_domain_may_read_too() {
    let mut world = World::new(WebMessagingConfig { allowed_domains: vec!["shop.example".into()], ..config() });
    let guest = world.guest("t");
    let jwt = world.jwt(guest, "t");
    // As the official mobile client says it in REST: the domain, and not the host.
    for (origin, status) in
        [("mypurecloud.de", 200), ("api.mypurecloud.de", 200), ("de", 403), ("cloud.de", 403), ("evil.example", 403)]
    {
        let request = HistoryRequest {
            jwt: Some(&jwt),
            origin: Some(origin),
            base: "https://api.mypurecloud.de",
            ..HistoryRequest::default()
        };
        assert_eq!(world.service.messaging_history(world.now, request).status, status, "{origin}");
    }
}

#[test]
fn a_request_without_origin_is_refused_unless_the_service_is_set_otherwise() {
    for (origin_required, origin, status) in [(true, None, 403), (true, Some(ORIGIN), 200), (false, None, 200)] {
        let mut world = World::new(WebMessagingConfig { origin_required, ..config() });
        let guest = world.guest("t");
        let jwt = world.jwt(guest, "t");
        let request = HistoryRequest { jwt: Some(&jwt), origin, base: BASE, ..HistoryRequest::default() };
        assert_eq!(world.service.messaging_history(world.now, request).status, status);
    }
}

#[test]
fn page_numbers_and_sizes_count_from_one() {
    let mut world = World::new(config());
    let guest = world.guest("t");
    let jwt = world.jwt(guest, "t");
    for (number, size) in [("0", "25"), ("1", "0"), ("-1", "25"), ("x", "25"), ("1", "")] {
        assert_eq!(world.history_page(&jwt, number, size).status, 400, "{number} {size}");
    }
}

#[test]
fn what_the_history_has_of_a_message_is_set() {
    for (history_tracing, history_metadata) in [(false, true), (true, false)] {
        let mut world = World::new(WebMessagingConfig { history_tracing, history_metadata, ..config() });
        let guest = world.guest("t");
        let echo = world.answer(guest, "t", text("a", "hello"));
        let item = &world.history(guest, "t")[0];
        assert_eq!(item.get("tracingId").is_some(), history_tracing);
        assert_eq!(item.get("metadata").is_some(), history_metadata);
        assert_eq!((&item["id"], &item["channel"]), (&echo["body"]["id"], &echo["body"]["channel"]));
    }
}

#[test]
fn a_message_may_have_another_id_in_the_history_or_nothing_that_joins_it_but_its_id() {
    let by_message_id = WebMessagingConfig { history_message_ids: true, ..config() };
    let bare = WebMessagingConfig { history_bare: true, ..config() };
    for (own, id) in [(by_message_id, "messageId"), (bare, "id")] {
        let mut world = World::new(own);
        let guest = world.guest("t");
        let echo = world.answer(guest, "t", text("a", "hello"));
        let agent = world.agent(&json!({ "type": "Text", "text": "hi" }));
        let history = world.history(guest, "t");
        assert_eq!(history[0]["id"], agent, "the agent's has no other");
        if id == "messageId" {
            assert_eq!(history[1]["id"], echo["body"]["channel"]["messageId"]);
        } else {
            assert_eq!((&history[1]["id"], &history[1]["channel"]), (&echo["body"]["id"], &json!({ "time": null })));
        }
    }
}

#[test]
fn the_history_may_lag_behind_what_was_echoed() {
    let mut world = World::new(WebMessagingConfig { history_lag: 2_000, ..config() });
    let guest = world.guest("t");
    for words in ["a", "b"] {
        world.answer(guest, "t", text(words, words));
        world.pass(1_000);
    }
    let jwt = world.jwt(guest, "t");
    let page = world.history_page(&jwt, "1", "25").body;
    assert_eq!((texts(&page), page["total"].as_u64()), (vec!["a"], Some(1)));
    world.pass(1_000);
    assert_eq!(texts(&world.history_page(&jwt, "1", "25").body), ["b", "a"]);
}

#[test]
fn reads_are_limited_per_session_and_say_how_long_to_wait() {
    let rates = Rates { histories: Some(2.0), ..Rates::NONE };
    let mut world = World::new(WebMessagingConfig { rates, ..config() });
    let guest = world.guest("t");
    let jwt = world.jwt(guest, "t");
    assert_eq!([(); 2].map(|()| world.history_page(&jwt, "1", "25").status), [200, 200]);
    let refused = world.history_page(&jwt, "1", "25");
    assert_eq!((refused.status, refused.retry_after.expect("said").seconds), (429, 30));
    world.pass(30_000);
    assert_eq!(world.history_page(&jwt, "1", "25").status, 200);
}

#[test]
fn reads_can_be_refused_by_a_fault() {
    let mut world = World::new(config());
    let guest = world.guest("t");
    let jwt = world.jwt(guest, "t");
    world.fault(json!({ "fault": "refuse_rest", "status": 503, "scope": "history", "count": 1, "conversation": "t" }));
    assert_eq!(world.history_page(&jwt, "1", "25").status, 503);
    assert_eq!(world.history_page(&jwt, "1", "25").status, 200);
}
