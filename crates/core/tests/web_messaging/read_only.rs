//! A conversation that has ended: what becomes of what was to be said in it, and how another one begins in its place.

use crate::happenings::events;
use crate::line::{Line, kept, stored};
use guestwire_core::connection::State;
use guestwire_core::error::SendError;
use guestwire_core::error::conversation::CannotAsk;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The agent ends the conversation for good.
fn disconnect(line: &mut Line) {
    let mut body = events("Outbound", &json!([{ "eventType": "Presence", "presence": { "type": "Disconnect" } }]));
    body["metadata"] = json!({ "readOnly": "true" });
    line.says("StructuredMessage", body, None);
}

fn session(new: bool, read_only: bool) -> Value {
    json!({ "connected": true, "newSession": new, "readOnly": read_only })
}

/// The service lets us out of the session.
fn lets_out(line: &mut Line) {
    line.says("SessionResponse", json!({ "connected": false, "readOnly": true }), Some("leave"));
}

fn ended() -> Line {
    let mut line = Line::connected(json!({}));
    disconnect(&mut line);
    line.frames.clear();
    line
}

fn changes(line: &Line) -> Vec<(bool, bool)> {
    line.told("conversation").iter().map(|told| (told["readOnly"] == true, told["new"] == true)).collect()
}

/// The link breaks, and on the next one the service says what the session is like.
fn returns(line: &mut Line, session: Value) {
    line.breaks();
    line.run(2_000);
    line.open();
    line.says("SessionResponse", session, None);
}

#[test]
fn the_first_conversation_of_a_client_is_no_other_than_before_and_one_in_the_place_of_a_lost_one_is() {
    let mut line = Line::connected(json!({}));
    assert_eq!(changes(&line), [], "nothing has changed");
    returns(&mut line, json!({ "connected": true, "newSession": true }));
    assert_eq!(changes(&line), [(false, true)]);
    // Nor is one that can only be read, though that is told.
    let mut line = Line::new(json!({}));
    line.connect();
    line.says("SessionResponse", json!({ "connected": true, "newSession": true, "readOnly": true }), None);
    assert_eq!(changes(&line), [(true, false)]);
    // After an end it is another one, and not where the service has kept it.
    for new in [true, false] {
        let mut line = Line::connected(json!({}));
        line.close();
        line.connect();
        line.says("SessionResponse", json!({ "connected": true, "newSession": new }), None);
        assert_eq!(changes(&line), if new { vec![(false, true)] } else { vec![] });
    }
}

#[test]
fn nothing_is_said_into_a_conversation_that_has_ended() {
    let mut line = ended();
    assert_eq!(changes(&line), [(true, false)]);
    assert_eq!(line.client.send(line.now(), "hello"), Err(SendError::ReadOnly));
    assert_eq!(SendError::ReadOnly.report().code, "read_only");
    line.run(60_000);
    assert!(line.left("onMessage").is_empty());
    assert_eq!(line.client.state(), State::Connected, "it can still be read");
}

#[test]
fn what_waits_is_cancelled_and_what_was_said_before_is_delivered() {
    let mut line = Line::connected(json!({}));
    let (first, second) = (line.send("first"), line.send("second"));
    disconnect(&mut line);
    assert_eq!(line.end_of(&second), Some(("cancelled", Some("read_only"))));
    line.echoes(&first, "first");
    assert_eq!(line.end_of(&first), Some(("delivered", None)));
    line.trace();
}

#[test]
fn what_is_uncertain_when_it_ends_is_looked_up() {
    for found in [true, false] {
        let mut line = Line::connected(json!({}));
        line.agent("a1", "good morning");
        let id = line.send("hello");
        disconnect(&mut line);
        returns(&mut line, session(false, true));
        line.run(9_000);
        line.key();
        let before = stored("a1", "Outbound", "good morning");
        if found {
            line.page(&[kept(&id, "hello"), before], 2);
            assert_eq!(line.end_of(&id), Some(("delivered", None)));
        } else {
            line.page(std::slice::from_ref(&before), 1);
            line.run(2_000);
            line.key();
            line.page(&[before], 1);
            assert_eq!(line.end_of(&id), Some(("cancelled", Some("read_only"))));
        }
        assert!(line.left("onMessage").is_empty());
    }
}

/// Another tab may have begun another conversation meanwhile, which ended too.
#[test]
fn what_is_absent_where_nothing_is_known_may_stand_in_another_conversation_that_ended() {
    let mut line = Line::connected(json!({}));
    let id = line.send("hello");
    disconnect(&mut line);
    returns(&mut line, session(false, true));
    line.run(9_000);
    line.key();
    line.page(&[], 0);
    line.run(2_000);
    line.key();
    line.page(&[], 0);
    assert_eq!(line.end_of(&id), Some(("unconfirmed", Some("history"))));
}

#[test]
fn a_message_that_is_refused_because_it_has_ended_says_so_too() {
    let mut line = Line::connected(json!({}));
    let (first, second) = (line.send("first"), line.send("second"));
    let text = json!("Session is read-only, no new messages allowed");
    line.says_with_code("string", 409, text, Some(&first));
    assert_eq!(line.end_of(&first), Some(("rejected", Some("refused"))));
    assert_eq!(line.end_of(&second), Some(("cancelled", Some("read_only"))));
    assert_eq!(changes(&line).last(), Some(&(true, false)));
}

#[test]
fn a_refusal_without_a_name_is_laid_on_no_message_that_may_have_been_taken() {
    let mut line = Line::connected(json!({}));
    let id = line.send("first");
    line.says_with_code("string", 409, json!("Session is read-only, no new messages allowed"), None);
    assert_eq!(line.end_of(&id), None, "it may be about something else");
    line.key();
    line.page(&[kept(&id, "first")], 1);
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
}

#[test]
fn a_session_that_can_only_be_read_is_one_from_the_first_word() {
    let mut line = Line::new(json!({}));
    let id = line.send("early");
    line.connect();
    line.says("SessionResponse", session(false, true), None);
    assert_eq!(line.end_of(&id), Some(("cancelled", Some("read_only"))));
    line.key();
    line.page(&[stored("a", "Outbound", "bye")], 1);
    assert_eq!(line.client.state(), State::Connected);
}

#[test]
fn another_one_begins_on_the_same_connection() {
    let mut line = ended();
    assert_eq!(line.start_new(), Ok(()));
    let left = line.left("closeSession");
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["closeAllConnections"], json!(true));
    lets_out(&mut line);
    let entered = line.left("configureSession");
    assert_eq!((entered.len(), &entered[0]["startNew"]), (1, &json!(true)));
    line.says("SessionResponse", session(true, false), Some("enter"));
    assert_eq!(changes(&line).last(), Some(&(false, true)));
    assert_eq!(line.told("session").last().unwrap()["reason"], json!("started_anew"));
    assert_eq!(line.opened.len(), 1);
    let id = line.send("hello again");
    assert_eq!(line.left("onMessage").len(), 1);
    line.echoes(&id, "hello again");
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
    line.trace();
}

#[test]
fn only_where_the_old_one_has_ended() {
    let mut line = Line::connected(json!({}));
    assert_eq!(line.start_new(), Err(CannotAsk::Writable));
    assert!(line.frames.is_empty());
    line.close();
    assert_eq!(line.start_new(), Err(CannotAsk::Closed));
}

#[test]
fn the_old_one_is_not_left_before_what_was_said_in_it_is_known() {
    let mut line = Line::connected(json!({}));
    let id = line.send("hello");
    disconnect(&mut line);
    line.start_new().unwrap();
    assert!(line.left("closeSession").is_empty());
    line.echoes(&id, "hello");
    assert_eq!(line.left("closeSession").len(), 1);
}

#[test]
fn a_drop_while_it_is_left_begins_again() {
    let mut line = ended();
    line.start_new().unwrap();
    returns(&mut line, session(false, true));
    line.key();
    line.page(&[], 0);
    assert_eq!(line.left("closeSession").len(), 1);
    // The first one comes late, and shuts out whoever is there: us.
    returns(&mut line, session(false, true));
    line.says("ConnectionClosedEvent", json!({}), None);
    assert_ne!(line.client.state(), State::Closed);
    line.run(3_000);
    line.open();
    line.says("SessionResponse", session(false, true), None);
    line.key();
    line.page(&[], 0);
    lets_out(&mut line);
    line.says("SessionResponse", session(true, false), Some("enter"));
    assert_eq!(changes(&line).last(), Some(&(false, true)));
}

#[test]
fn a_drop_while_the_new_one_is_entered_makes_no_second_one() {
    let mut line = ended();
    line.start_new().unwrap();
    lets_out(&mut line);
    assert_eq!(line.left("configureSession").len(), 1);
    line.breaks();
    line.run(2_000);
    line.open();
    // It was made, and is the one that we are in.
    line.says("SessionResponse", session(false, false), None);
    assert_eq!(changes(&line).last(), Some(&(false, true)));
    line.key();
    line.page(&[stored("w", "Outbound", "welcome")], 1);
    assert_eq!(line.heard(), [("agent", "welcome")]);
    line.run(60_000);
    assert!(line.left("closeSession").is_empty());
}

#[test]
fn where_nobody_knows_whether_it_was_entered_it_is_asked_again_when_the_first_word_cannot_come_any_more() {
    let mut line = ended();
    line.start_new().unwrap();
    lets_out(&mut line);
    line.breaks();
    line.run(2_000);
    line.open();
    line.left("configureSession");
    line.says("SessionResponse", session(false, true), None);
    line.key();
    line.page(&[], 0);
    line.run(7_000);
    assert!(line.left("closeSession").is_empty() && line.left("configureSession").is_empty());
    line.run(2_000);
    let asked = line.left("configureSession");
    assert_eq!((asked.len(), &asked[0]["startNew"]), (1, &json!(false)));
    line.says("SessionResponse", session(false, true), Some("greet"));
    assert_eq!(line.left("closeSession").len(), 1);
    line.trace();
}

#[test]
fn a_service_that_begins_no_other_one_is_told_of_once_and_the_client_goes_on() {
    let mut line = ended();
    line.start_new().unwrap();
    lets_out(&mut line);
    line.says_with_code("string", 400, json!("Request failed."), None);
    line.frames.clear();
    assert_eq!(line.told("error").last().unwrap()["code"], json!("start_new_refused"));
    line.run(3_000);
    line.open();
    line.says("SessionResponse", session(false, true), None);
    line.key();
    line.page(&[], 0);
    line.run(60_000);
    assert!(line.left("closeSession").is_empty());
    assert_eq!(line.client.state(), State::Connected);
}

#[test]
fn an_answer_that_does_not_come_is_awaited_no_longer_than_any_other() {
    let mut line = ended();
    line.start_new().unwrap();
    line.run(13_000);
    assert_eq!(line.opened.len(), 2);
}

#[test]
fn one_that_another_tab_began_in_its_place_is_another_one() {
    let mut line = Line::connected(json!({}));
    let id = line.send("hello");
    disconnect(&mut line);
    returns(&mut line, session(false, false));
    assert_eq!(changes(&line).last(), Some(&(false, true)));
    line.run(20_000);
    assert_eq!(line.end_of(&id), Some(("unconfirmed", Some("session_lost"))), "its history does not tell");
    line.send("hello");
}

#[test]
fn a_refusal_of_typing_says_so_too_and_says_nothing_of_a_message() {
    let mut line = Line::connected(json!({}));
    let (first, second) = (line.send("first"), line.send("second"));
    assert!(line.types());
    line.says_with_code("string", 409, json!("Session is read-only, no new messages allowed"), Some("typing"));
    assert_eq!(line.end_of(&second), Some(("cancelled", Some("read_only"))));
    line.echoes(&first, "first");
    assert_eq!(line.end_of(&first), Some(("delivered", None)));
    assert!(!line.types());
}

#[test]
fn a_new_conversation_that_nobody_lets_us_into_is_given_up_and_told() {
    let mut line = ended();
    line.start_new().unwrap();
    for _ in 0..3 {
        assert_eq!(line.left("closeSession").len(), 1);
        line.run(10_000);
        line.opens_again();
        line.says("SessionResponse", session(false, true), None);
        if !line.left("getJwt").is_empty() {
            line.says("JwtResponse", json!({ "jwt": "history-key" }), Some("key"));
            line.page(&[], 0);
        }
        line.run(30_000);
    }
    assert_eq!(line.told("error").last().map(|told| told["code"].clone()), Some(json!("start_new_refused")));
    assert!(line.left("closeSession").is_empty(), "it is not asked for ever");
}
