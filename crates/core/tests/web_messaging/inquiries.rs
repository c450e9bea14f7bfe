//! What the application asks for: older parts of the history, and what the deployment is like.

use crate::line::{Line, kept, stored};
use guestwire_core::event::{Event, Found};
use guestwire_core::io::AnswerBody;
use guestwire_core::protocol::Inquiry;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn said(number: usize) -> Value {
    stored(&format!("a{number}"), "Outbound", &format!("a{number}"))
}

/// The newest first.
fn newest(from: usize, to: usize) -> Vec<Value> {
    (from..to).rev().map(said).collect()
}

impl Line {
    fn inquires(&mut self, what: Inquiry) -> u32 {
        let number = self.client.inquire(self.now(), what).expect("it can be asked");
        self.drain();
        number
    }

    /// What a question was answered with: the messages, and whether there are none before them; or a code.
    fn answer_to(&self, number: u32) -> Option<Result<(Vec<&str>, bool), &'static str>> {
        self.events.iter().find_map(|event| match event {
            Event::Answer(answer) => Some(match &answer.get().filter(|answer| answer.number == number)?.found {
                Ok(Found::Messages { messages, done }) => {
                    Ok((messages.iter().map(|message| message.content.as_str()).collect(), *done))
                }
                Ok(Found::Deployment(_) | Found::Topics(_)) => Ok((Vec::new(), true)),
                Err(report) => Err(report.code),
            }),
            _ => None,
        })
    }
}

/// In a conversation with `count` messages that were there before.
fn resumed(count: usize) -> Line {
    let mut line = Line::new(json!({}));
    line.connect();
    line.says("SessionResponse", json!({ "connected": true, "newSession": false }), None);
    line.key();
    line.page(&newest(count.saturating_sub(100), count), count);
    line.frames.clear();
    line
}

#[test]
fn what_was_there_before_is_given_page_by_page_in_order_and_once() {
    let mut line = resumed(230);
    let mut given: Vec<String> = Vec::new();
    for (page, (from, to, done)) in [(130, 230, false), (30, 130, false), (0, 30, true)].into_iter().enumerate() {
        let number = line.inquires(Inquiry::History);
        line.key();
        let address = line.page(&newest(from, to), 230);
        assert!(address.ends_with(&format!("pageNumber={}", page + 1)), "{address}");
        let (messages, told_done) = line.answer_to(number).expect("answered").expect("found");
        assert_eq!(told_done, done);
        given.splice(0..0, messages.into_iter().map(str::to_owned));
    }
    let all: Vec<String> = (0..230).map(|number| format!("a{number}")).collect();
    assert_eq!(given, all);
    assert!(line.heard().is_empty(), "what is given is not raised");
}

#[test]
fn what_was_given_is_not_raised_in_the_next_session_of_a_service_that_shows_it_there_too() {
    let mut line = resumed(130);
    for (from, to) in [(30, 130), (0, 30)] {
        line.inquires(Inquiry::History);
        line.key();
        line.page(&newest(from, to), 130);
    }
    line.agent("b1", "b1");
    line.breaks();
    line.run(2_000);
    line.open();
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    line.key();
    line.page(&[stored("b1", "Outbound", "b1"), said(5)], 2);
    assert_eq!(line.heard(), [("agent", "b1")]);
}

#[test]
fn what_the_guest_said_earlier_is_given_with_the_id_that_it_was_sent_with() {
    let id = "0b7e4a52-9a1c-4a5e-8f3b-0f3f5e0d9a11";
    let mut line = Line::new(json!({}));
    line.connect();
    line.says("SessionResponse", json!({ "connected": true, "newSession": false }), None);
    let history = [said(1), kept(id, "hello"), stored("g1", "Inbound", "by another client")];
    line.key();
    line.page(&history, 3);
    line.inquires(Inquiry::History);
    line.key();
    line.page(&history, 3);
    let told = line.told("answer").remove(0);
    let sent: Vec<_> = told["value"].as_array().expect("a list").iter().map(|it| it["sentId"].clone()).collect();
    assert_eq!(sent, [json!(null), json!(id), json!(null)]);
}

#[test]
fn what_is_said_meanwhile_shifts_the_pages_and_gives_nothing_twice() {
    let mut line = resumed(200);
    line.inquires(Inquiry::History);
    line.key();
    line.page(&newest(100, 200), 200);
    for number in 200..203 {
        let id = format!("a{number}");
        line.agent(&id, &id);
    }
    let number = line.inquires(Inquiry::History);
    line.key();
    line.page(&newest(3, 103), 203);
    let expected: Vec<String> = (3..100).map(|number| format!("a{number}")).collect();
    assert_eq!(line.answer_to(number), Some(Ok((expected.iter().map(String::as_str).collect(), false))));
    let number = line.inquires(Inquiry::History);
    line.key();
    line.page(&newest(0, 3), 203);
    assert_eq!(line.answer_to(number), Some(Ok((vec!["a0", "a1", "a2"], true))));
}

#[test]
fn what_was_told_or_sent_here_is_not_given_again() {
    let mut line = resumed(1);
    line.agent("a1", "a1");
    let id = line.send("hello");
    line.echoes(&id, "hello");
    let number = line.inquires(Inquiry::History);
    line.key();
    line.page(&[kept(&id, "hello"), said(1), said(0)], 3);
    assert_eq!(line.answer_to(number), Some(Ok((vec!["a0"], true))));
    // What was given and comes by the socket after all is not told twice either.
    line.agent("a0", "a0");
    assert_eq!(line.heard(), [("agent", "a1")]);
}

#[test]
fn a_page_of_which_all_is_known_is_passed_over() {
    let mut line = resumed(0);
    let ids: Vec<String> = (100..200).map(|number| format!("a{number}")).collect();
    ids.iter().for_each(|id| line.agent(id, id));
    let number = line.inquires(Inquiry::History);
    line.key();
    line.page(&newest(100, 200), 150 + 50);
    assert_eq!(line.answer_to(number), None);
    line.page(&newest(0, 100), 200);
    assert!(matches!(line.answer_to(number), Some(Ok((messages, true))) if messages.len() == 100));
}

#[test]
fn what_was_told_long_ago_is_not_given_again_however_much_was_said_since() {
    let mut line = resumed(150);
    for number in 150..1_450 {
        let id = format!("a{number}");
        line.agent(&id, &id);
    }
    let number = line.inquires(Inquiry::History);
    line.key();
    line.page(&newest(1_350, 1_450), 1_450);
    let address = line.page(&newest(50, 150), 1_450);
    assert!(address.ends_with("pageNumber=14"), "{address}");
    let expected: Vec<String> = (50..150).map(|number| format!("a{number}")).collect();
    assert_eq!(line.answer_to(number), Some(Ok((expected.iter().map(String::as_str).collect(), false))));
}

#[test]
fn a_message_in_flight_that_stands_there_is_known_to_have_arrived() {
    let mut line = resumed(1);
    let id = line.send("hello");
    let number = line.inquires(Inquiry::History);
    line.key();
    line.page(&[kept(&id, "hello"), said(0)], 2);
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
    assert_eq!(line.answer_to(number), Some(Ok((vec!["a0"], true))));
}

#[test]
fn an_old_message_with_the_same_words_as_one_in_flight_is_an_old_message() {
    let mut line = Line::new(json!({}));
    line.connect();
    line.says("SessionResponse", json!({ "connected": true, "newSession": false }), None);
    line.key();
    line.page(&[stored("old", "Inbound", "yes")], 1);
    line.frames.clear();
    let id = line.send("yes");
    let number = line.inquires(Inquiry::History);
    line.key();
    line.page(&[stored("old", "Inbound", "yes")], 1);
    assert_eq!(line.answer_to(number), Some(Ok((vec!["yes"], true))));
    assert_eq!(line.end_of(&id), None);
}

#[test]
fn a_message_in_flight_that_is_given_as_an_older_one_is_not_taken_for_absent() {
    let mut line = resumed(1);
    line.reconnects();
    for _ in 0..3 {
        line.key();
        line.answer(500, &json!({}));
        line.run(9_000);
    }
    let id = line.send("hello");
    let mut left = line.left("onMessage").len();
    line.inquires(Inquiry::History);
    line.key();
    // It is there before its echo is here, and the history keeps no ids.
    let history = [stored("p1", "Inbound", "hello"), said(0)];
    line.page(&history, 2);
    line.reconnects();
    for _ in 0..30 {
        if line.frames.iter().any(|frame| frame["action"] == "getJwt") {
            line.key();
            line.page(&history, 2);
        }
        line.run(500);
    }
    left += line.left("onMessage").len();
    assert_eq!((line.end_of(&id).map(|end| end.0), left), (Some("unconfirmed"), 1));
}

#[test]
fn what_an_unreadable_frame_said_meanwhile_is_read_after_the_question() {
    let mut line = resumed(1);
    let number = line.inquires(Inquiry::History);
    line.key();
    line.answer(503, &json!({}));
    line.mumbles();
    line.agent("a2", "a2");
    line.run(5_000);
    line.key();
    line.page(&[said(0)], 1);
    assert!(line.answer_to(number).is_some());
    line.key();
    line.page(&[said(2), said(1), said(0)], 3);
    assert_eq!(line.heard(), [("agent", "a1"), ("agent", "a2")]);
}

#[test]
fn two_who_ask_share_one_request() {
    let mut line = resumed(10);
    let (one, other) = (line.inquires(Inquiry::History), line.inquires(Inquiry::History));
    assert_eq!(one, other);
    assert_eq!(line.left("getJwt").len(), 1);
}

#[test]
fn a_link_that_breaks_meanwhile_only_delays_the_answer() {
    let mut line = resumed(10);
    let number = line.inquires(Inquiry::History);
    line.key();
    line.reconnects();
    line.key();
    line.page(&newest(0, 10), 10);
    assert_eq!(line.answer_to(number), None, "the gap comes first");
    line.key();
    line.page(&newest(0, 10), 10);
    assert!(matches!(line.answer_to(number), Some(Ok((messages, true))) if messages.len() == 10));
}

#[test]
fn a_history_that_cannot_be_read_is_said_to_be_and_can_be_asked_for_again() {
    let mut line = resumed(10);
    let number = line.inquires(Inquiry::History);
    for _ in 0..3 {
        line.key();
        line.answer(503, &json!({}));
        line.run(9_000);
    }
    assert_eq!(line.answer_to(number), Some(Err("unavailable")));
    assert!(!line.events.iter().any(|event| matches!(event, Event::Gap(_))), "nothing live was missed");
    let number = line.inquires(Inquiry::History);
    line.key();
    line.page(&newest(0, 10), 10);
    assert!(matches!(line.answer_to(number), Some(Ok(_))));
}

#[test]
fn a_question_that_nobody_answers_ends_after_a_minute() {
    let mut line = resumed(10);
    line.breaks();
    let number = line.inquires(Inquiry::History);
    line.run(61_000);
    assert_eq!(line.answer_to(number), Some(Err("timeout")));
}

#[test]
fn a_message_that_is_uncertain_is_looked_up_before_the_question_is_answered() {
    let mut line = resumed(10);
    let number = line.inquires(Inquiry::History);
    let id = line.send("hello");
    line.reconnects();
    let mut again = Vec::new();
    for _ in 0..30 {
        if line.frames.iter().any(|frame| frame["action"] == "getJwt") {
            line.key();
            line.page(&newest(0, 10), 10);
        }
        again.extend(line.left("onMessage"));
        if !again.is_empty() {
            break;
        }
        line.run(1_000);
    }
    assert_eq!(again.len(), 1, "absent, and sent again");
    line.key();
    line.page(&newest(0, 10), 10);
    assert!(line.answer_to(number).is_some());
    line.echoes(&id, "hello");
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
}

#[test]
fn the_deployment_is_asked_for_without_a_connection_and_without_a_token() {
    let mut line = Line::new(json!({}));
    for (what, file) in [(Inquiry::Deployment, "config.json"), (Inquiry::Domains, "domains.json")] {
        let number = line.inquires(what);
        assert!(line.requests[0].1.headers.is_empty());
        let address = line.answer(200, &json!({ "id": "d-1" }));
        assert_eq!(address, format!("https://api-cdn.mypurecloud.com/webdeployments/v1/deployments/d-1/{file}"));
        assert!(matches!(line.answer_to(number), Some(Ok(_))));
    }
}

#[test]
fn a_deployment_that_cannot_be_had_is_an_error_with_its_reason() {
    for (status, code) in [(404, "refused"), (500, "unavailable"), (429, "unavailable")] {
        let mut line = Line::new(json!({}));
        let number = line.inquires(Inquiry::Deployment);
        line.answer(status, &json!({}));
        assert_eq!(line.answer_to(number), Some(Err(code)));
    }
    let mut line = Line::new(json!({}));
    let number = line.inquires(Inquiry::Deployment);
    line.answers(200, None, AnswerBody::Empty);
    assert_eq!(line.answer_to(number), Some(Err("malformed_answer")));
    let number = line.inquires(Inquiry::Deployment);
    line.answers(404, None, AnswerBody::read("<h1>Please sign in to the network</h1>", 1_000));
    assert_eq!(line.answer_to(number), Some(Err("unavailable")), "the service did not say so");
    let number = line.inquires(Inquiry::Deployment);
    line.run(61_000);
    assert_eq!(line.answer_to(number), Some(Err("timeout")));
    assert!(line.requests.is_empty(), "it is not waited for any more");
}

#[test]
fn the_history_of_a_client_that_is_closed_cannot_be_asked_for() {
    let mut line = resumed(10);
    line.close();
    assert!(line.client.inquire(line.now(), Inquiry::History).is_err());
}

#[test]
fn who_looks_back_while_another_conversation_begins_looks_into_that_one() {
    let mut line = Line::connected(json!({}));
    let gone = json!({ "eventType": "Presence", "presence": { "type": "Disconnect" } });
    let metadata = json!({ "readOnly": "true" });
    let body = json!({ "id": "d", "type": "Event", "direction": "Outbound", "events": [gone], "metadata": metadata });
    line.says("StructuredMessage", body, None);
    line.client.start_new(line.now()).unwrap();
    line.drain();
    assert_eq!(line.left("closeSession").len(), 1);
    let number = line.inquires(Inquiry::History);
    assert!(line.left("getJwt").is_empty(), "nothing is asked of the one that is being left");
    line.says("SessionResponse", json!({ "connected": false, "readOnly": true }), Some("leave"));
    assert_eq!(line.left("configureSession").len(), 1);
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), Some("enter"));
    line.run(5_000);
    line.key();
    line.page(&[], 0);
    assert_eq!(line.answer_to(number), Some(Ok((vec![], true))));
}
