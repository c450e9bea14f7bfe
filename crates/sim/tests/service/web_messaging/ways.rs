//! What services do that keep to no document: older sessions in the history, small pages, entries that cannot be read, texts
//! written anew, ids of their own, refusals in other letters.

use guestwire_sim::service::{Rewriting, WebMessagingConfig};
use serde_json::{Value, json};

use super::world::{World, config, text};

fn texts(page: &Value) -> Vec<&str> {
    page["entities"].as_array().expect("a list").iter().filter_map(|item| item["text"].as_str()).collect()
}

#[test]
fn a_new_session_may_show_what_was_said_in_the_one_before() {
    for older_history in [false, true] {
        let mut world = World::new(WebMessagingConfig { older_history, ..config() });
        let guest = world.guest("t");
        world.answer(guest, "t", text("1", "yesterday"));
        let answer = world.configure(guest, "t", true);
        assert_eq!(answer["body"]["newSession"], json!(true));
        world.answer(guest, "t", text("2", "today"));
        let jwt = world.jwt(guest, "t");
        let expected: &[&str] = if older_history { &["today", "yesterday"] } else { &["today"] };
        assert_eq!(texts(&world.history_page(&jwt, "1", "25").body), expected);
        assert_eq!(world.service.said_by_agents("t"), [""; 0], "and the agents have said nothing in it");
    }
}

#[test]
fn pages_may_be_smaller_than_is_asked_for_and_may_not_say_how_many_there_are() {
    let mut world = World::new(WebMessagingConfig { history_page: 2, ..config() });
    let guest = world.guest("t");
    for id in ["1", "2", "3"] {
        world.answer(guest, "t", text(id, id));
    }
    let jwt = world.jwt(guest, "t");
    let page = world.history_page(&jwt, "1", "100").body;
    assert_eq!((texts(&page), &page["pageSize"], &page["pageCount"]), (vec!["3", "2"], &json!(2), &json!(2)));
    assert_eq!(texts(&world.history_page(&jwt, "2", "100").body), ["1"]);
    let mut world = World::new(WebMessagingConfig { history_total: false, ..config() });
    let guest = world.guest("t");
    let jwt = world.jwt(guest, "t");
    assert_eq!(world.history_page(&jwt, "1", "25").body, json!({ "entities": [], "pageNumber": 1 }));
}

#[test]
fn an_entry_in_so_many_may_be_none() {
    let mut world = World::new(WebMessagingConfig { history_poison: 2, ..config() });
    let guest = world.guest("t");
    for id in ["1", "2", "3"] {
        world.answer(guest, "t", text(id, id));
    }
    let jwt = world.jwt(guest, "t");
    let page = world.history_page(&jwt, "1", "25").body;
    assert_eq!((texts(&page), &page["entities"][1], &page["total"]), (vec!["3", "1"], &json!("poison"), &json!(3)));
}

#[test]
fn a_text_may_be_written_anew_before_it_is_kept() {
    let rewritings = vec![Rewriting::Trim, Rewriting::Escape];
    let mut world = World::new(WebMessagingConfig { rewritings, ..config() });
    let guest = world.guest("t");
    let echo = world.answer(guest, "t", text("1", " Tom & Jerry \n"));
    assert_eq!(echo["body"]["text"], json!("Tom &amp; Jerry"));
    assert_eq!(world.service.ledger()[0].content, "Tom &amp; Jerry");
}

#[test]
fn echoes_may_be_traced_by_ids_of_the_service_s_own() {
    let mut world = World::new(WebMessagingConfig { own_tracing: true, history_tracing: true, ..config() });
    let guest = world.guest("t");
    let mut frame = text("mine", "hello");
    frame["message"]["metadata"] = json!({ "customMessageId": "mine" });
    let echo = world.answer(guest, "t", frame);
    assert_eq!(echo["body"]["metadata"]["customMessageId"], json!("mine"));
    let jwt = world.jwt(guest, "t");
    for id in [&echo["tracingId"], &world.history_page(&jwt, "1", "25").body["entities"][0]["tracingId"]] {
        assert!(id.as_str().is_some_and(|id| id.len() == 36), "{id}");
    }
}

#[test]
fn a_health_check_s_answer_may_be_untraced() {
    let mut world = World::new(WebMessagingConfig { untraced_echo: true, ..config() });
    let guest = world.guest("t");
    let check = json!({ "action": "echo", "tracingId": "beat", "message": { "type": "Text", "text": "ping" } });
    let answer = world.answer(guest, "t", check);
    assert_eq!((answer.get("tracingId"), &answer["type"]), (None, &json!("response")));
}

#[test]
fn refusals_may_be_written_in_capitals() {
    let mut world = World::new(WebMessagingConfig { capitals: true, clear: false, ..config() });
    let guest = world.guest("t");
    let event = json!([{ "eventType": "Presence", "presence": { "type": "Clear" } }]);
    let clear = json!({ "action": "onMessage", "message": { "type": "Event", "events": event } });
    let refused = world.answer(guest, "t", clear);
    assert_eq!(
        (&refused["code"], &refused["body"]),
        (&json!(403), &json!("CONVERSATION CLEAR IS NOT ENABLED FOR THIS DEPLOYMENT"))
    );
}
