//! What the agent and the guest do besides text: structured messages, typing, the end of a conversation.

use guestwire_sim::service::{ControlError, ServiceConfig, Speech, WebMessagingConfig};
use serde_json::{Value, json};

use super::world::{World, config, text};

#[test]
fn whatever_the_agent_says_arrives_whole_everywhere_and_in_the_history() {
    let mut world = World::new(config());
    let (first, second) = (world.guest("t"), world.guest("t"));
    let replies = json!([{ "contentType": "QuickReply", "quickReply": { "text": "Yes", "payload": "yes" } }]);
    let unknown = json!([{ "contentType": "Hologram", "hologram": { "depth": 3 } }]);
    for content in [replies, unknown] {
        let id = world.agent(&json!({ "type": "Structured", "text": "Well?", "content": content }));
        for guest in [first, second] {
            let heard = world.heard(guest);
            assert_eq!(heard.len(), 1);
            let body = &heard[0]["body"];
            assert_eq!((&body["id"], &body["content"]), (&json!(id), &content));
            assert_eq!((&body["direction"], &body["originatingEntity"]), (&json!("Outbound"), &json!("Human")));
        }
        assert_eq!(world.history(first, "t")[0]["content"], content);
    }
}

#[test]
fn a_conversation_is_named_by_its_guests_token_and_by_what_was_said_in_it() {
    let mut world = World::new(config());
    let (first, second) = (world.guest("t"), world.guest("u"));
    world.ask(first, "t", text("a-message", "hello"));
    world.heard(second);
    for named in ["t", "a-message"] {
        world.service.say(world.now, Some(named), Speech::Text("hi"), None).expect("known");
        assert_eq!((world.heard(first).len(), world.heard(second).len()), (1, 0), "{named}");
    }
    let none = world.service.say(world.now, Some("another-message"), Speech::Text("hi"), None);
    assert_eq!(none.unwrap_err(), ControlError::UnknownConversation);
}

#[test]
fn an_agent_has_a_name_where_one_is_given() {
    let mut world = World::new(config());
    let guest = world.guest("t");
    world.agent(&json!({ "text": "hi", "channel": { "from": { "nickname": "Tony" } }, "originatingEntity": "Bot" }));
    let body = world.heard(guest).remove(0)["body"].take();
    assert_eq!(
        body["channel"],
        json!({ "from": { "nickname": "Tony" }, "time": "2026-11-21T00:00:00.000Z", "type": "Private" })
    );
    assert_eq!(
        (&body["type"], &body["direction"], &body["originatingEntity"]),
        (&json!("Text"), &json!("Outbound"), &json!("Bot"))
    );
}

#[test]
fn an_agent_who_types_leaves_nothing_in_the_history() {
    let mut world = World::new(config());
    let guest = world.guest("t");
    let typing = json!({ "eventType": "Typing", "typing": { "type": "On", "duration": 5000 } });
    world.agent(&json!({ "type": "Event", "events": [typing] }));
    assert_eq!(world.heard(guest)[0]["body"]["events"][0], typing);
    assert!(world.history(guest, "t").is_empty());
}

#[test]
fn a_guests_typing_is_echoed_or_not_as_the_service_is_set() {
    let message = json!({ "type": "Event", "events": [{ "eventType": "Typing", "typing": { "type": "On" } }] });
    let frame = json!({ "action": "onMessage", "tracingId": "t1", "message": message });
    for echo_typing in [false, true] {
        let mut world = World::new(WebMessagingConfig { echo_typing, ..config() });
        let guest = world.guest("t");
        let heard = world.ask(guest, "t", frame.clone());
        let tracing: Vec<&Value> = heard.iter().map(|frame| &frame["tracingId"]).collect();
        assert_eq!(tracing, if echo_typing { vec!["t1"] } else { vec![] });
        assert!(world.history(guest, "t").is_empty());
    }
    let mut world = World::new(WebMessagingConfig { typing: false, ..config() });
    let guest = world.guest("t");
    assert_eq!(world.answer(guest, "t", frame)["code"], 403);
}

#[test]
fn a_guest_who_joins_is_echoed_and_remembered() {
    let mut world = World::new(config());
    let guest = world.guest("t");
    let join = json!({ "eventType": "Presence", "presence": { "type": "Join" } });
    let message = json!({ "type": "Event", "events": [join],
        "channel": { "metadata": { "customAttributes": { "A": "B" } } } });
    let echo = world.answer(guest, "t", json!({ "action": "onMessage", "tracingId": "j", "message": message }));
    assert_eq!((&echo["tracingId"], &echo["body"]["events"][0]), (&json!("j"), &join));
    assert_eq!(world.history(guest, "t")[0]["events"][0], join);
    assert!(world.ledger().is_empty(), "it is no message");
}

#[test]
fn a_disconnect_ends_the_conversation_only_where_it_says_so() {
    for (metadata, read_only) in [(json!({}), false), (json!({ "readOnly": "true" }), true)] {
        let mut world = World::new(config());
        let guest = world.guest("t");
        let disconnect = json!({ "eventType": "Presence", "presence": { "type": "Disconnect" } });
        world.agent(&json!({ "type": "Event", "events": [disconnect], "metadata": metadata }));
        assert_eq!(world.heard(guest)[0]["body"]["metadata"]["readOnly"], metadata["readOnly"]);
        let answer = world.answer(guest, "t", text("a", "one more thing"));
        let again = world.open();
        let session = world.configure(again, "t", false);
        assert_eq!((&session["body"]["readOnly"], &session["body"]["newSession"]), (&json!(read_only), &json!(false)));
        if !read_only {
            assert_eq!(answer["class"], "StructuredMessage");
            continue;
        }
        assert_eq!((&answer["class"], &answer["code"]), (&json!("string"), &json!(409)));
        assert_eq!(answer["body"], "Session is read-only, no new messages allowed");
        assert_eq!(world.history(guest, "t").len(), 1, "which can still be read");
        assert_eq!(world.configure(again, "t", true)["body"]["readOnly"], false);
        world.answer(again, "t", text("b", "anew"));
    }
}

#[test]
fn an_unknown_conversation_is_no_place_to_speak() {
    let mut world = World::new(config());
    let said = world.service.say(world.now, Some("nowhere"), Speech::Text("hi"), None);
    assert_eq!(said.map(|_| ()), Err(ControlError::UnknownConversation));
}

#[test]
fn the_agent_that_answers_by_itself_does_so_here_too() {
    let mut world = World::new(ServiceConfig { echo: true, ..config().into() });
    let guest = world.guest("t");
    world.answer(guest, "t", text("a", "hello"));
    world.pass(1_000);
    let heard = world.heard(guest);
    assert_eq!(heard[0]["body"]["text"], "Thank you! You wrote: “hello”");
    assert_eq!(heard[0]["body"]["direction"], "Outbound");
}
