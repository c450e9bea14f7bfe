//! Pages of a history as services give them: capped, with entries that cannot be read, or not to be had.

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

fn newest(from: usize, to: usize) -> Vec<Value> {
    (from..to).rev().map(said).collect()
}

fn gaps(line: &Line) -> usize {
    line.events.iter().filter(|event| matches!(event, Event::Gap(_))).count()
}

/// A page by the service's own measure.
fn page(line: &mut Line, entities: &[Value], size: usize, total: usize) -> String {
    let body = json!({ "entities": entities, "pageSize": size, "total": total, "pageCount": total.div_ceil(size) });
    line.answer(200, &body)
}

/// Heard one message, and then was away.
fn was_away() -> Line {
    let mut line = Line::connected(json!({}));
    line.agent("a0", "a0");
    line.reconnects();
    line
}

fn heard(line: &Line) -> Vec<String> {
    line.heard().iter().map(|told| told.1.to_owned()).collect()
}

#[test]
fn a_service_that_gives_smaller_pages_is_read_to_the_end() {
    let mut line = was_away();
    line.key();
    page(&mut line, &newest(36, 61), 25, 61);
    let second = page(&mut line, &newest(11, 36), 25, 61);
    assert!(second.ends_with("pageSize=25&pageNumber=2"), "{second}");
    page(&mut line, &newest(0, 11), 25, 61);
    let all: Vec<String> = (0..61).map(|number| format!("a{number}")).collect();
    assert_eq!((heard(&line), gaps(&line)), (all, 0));
    assert_eq!(line.told("session").len(), 1, "it is the same session");
    line.reconnects();
    line.key();
    let first = page(&mut line, &newest(36, 61), 25, 61);
    assert!(first.ends_with("pageSize=25&pageNumber=1"), "it is remembered: {first}");
}

#[test]
fn a_service_that_does_not_say_how_large_its_pages_are_is_read_to_the_end_too() {
    let mut line = was_away();
    line.key();
    line.answer(200, &json!({ "entities": newest(36, 61), "total": 61 }));
    line.answer(200, &json!({ "entities": newest(11, 36), "total": 61 }));
    line.answer(200, &json!({ "entities": newest(0, 11), "total": 61 }));
    assert_eq!((heard(&line).len(), gaps(&line)), (61, 0));
}

#[test]
fn a_message_behind_the_first_small_page_is_found_and_not_sent_twice() {
    let mut line = Line::connected(json!({}));
    line.agent("a0", "a0");
    let id = line.send("hello");
    line.left("onMessage");
    line.reconnects();
    line.key();
    page(&mut line, &newest(2, 27), 25, 28);
    page(&mut line, &[said(1), kept(&id, "hello"), said(0)], 25, 28);
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
    assert!(line.left("onMessage").is_empty());
}

#[test]
fn where_a_history_does_not_say_where_it_ends_absence_is_not_proven() {
    for facts in [json!({}), json!({ "total": "many" }), json!({ "total": 30 })] {
        let mut line = Line::connected(json!({}));
        let id = line.send("hello");
        line.left("onMessage");
        line.reconnects();
        for _ in 0..40 {
            if line.frames.iter().any(|frame| frame["action"] == "getJwt") {
                line.key();
            }
            if !line.requests.is_empty() {
                let mut body = facts.clone();
                let first = line.requests[0].1.url.expose().ends_with("pageNumber=1");
                body["entities"] = json!(if first { newest(10, 20) } else { vec![] });
                line.answer(200, &body);
            }
            line.run(500);
        }
        assert!(line.left("onMessage").is_empty(), "{facts}");
        assert_eq!(line.end_of(&id), Some(("unconfirmed", Some("history"))), "{facts}");
        assert_eq!(
            (heard(&line).len(), gaps(&line) > 0),
            (10, true),
            "what there is is told, and that more may be missing"
        );
    }
}

#[test]
fn looking_back_goes_by_the_pages_that_the_service_gives() {
    let mut line = Line::new(json!({}));
    line.connect();
    line.says("SessionResponse", json!({ "connected": true, "newSession": false }), None);
    line.key();
    page(&mut line, &newest(36, 61), 25, 61);
    let mut given: Vec<String> = Vec::new();
    for (from, to, done) in [(36, 61, false), (11, 36, false), (0, 11, true)] {
        line.client.inquire(line.now(), Inquiry::History).expect("it can be asked");
        line.drain();
        line.key();
        page(&mut line, &newest(from, to), 25, 61);
        let last = line.events.iter().rev().find_map(|event| match event {
            Event::Answer(answer) => match &answer.get()?.found {
                Ok(Found::Messages { messages, done }) => Some((messages.clone(), *done)),
                _ => None,
            },
            _ => None,
        });
        let (messages, told_done) = last.expect("answered");
        assert_eq!(told_done, done);
        given.splice(0..0, messages.into_iter().map(|message| message.content));
    }
    let all: Vec<String> = (0..61).map(|number| format!("a{number}")).collect();
    assert_eq!(given, all);
}

#[test]
fn an_entry_that_cannot_be_read_costs_itself_alone() {
    let nameless = json!({ "type": "Text", "direction": "Outbound", "text": "whose?" });
    let undirected = json!({ "id": "x", "type": "Text", "direction": 4711, "text": "whose?" });
    for poison in [json!(null), json!("poison"), json!([]), json!(4711), nameless, undirected] {
        let mut line = was_away();
        line.key();
        line.page(&[said(2), poison.clone(), said(1), said(0)], 4);
        assert_eq!((heard(&line), gaps(&line)), (vec!["a0".into(), "a1".into(), "a2".into()], 1), "{poison}");
        line.run(60_000);
        assert!(line.left("getJwt").is_empty(), "it is read once");
        // Below what is known it is no loss any more.
        line.reconnects();
        line.key();
        assert!(line.page(&[said(2), poison.clone(), said(1), said(0)], 4).contains("pageSize=100"));
        assert_eq!(gaps(&line), 1, "{poison}");
    }
}

#[test]
fn what_a_history_lacks_again_within_a_minute_is_told_in_the_next() {
    let mut line = was_away();
    line.key();
    line.page(&[said(1), json!("poison"), said(0)], 3);
    assert_eq!(gaps(&line), 1);
    line.mumbles();
    line.key();
    line.page(&[said(2), json!("poison"), said(1)], 3);
    assert_eq!(gaps(&line), 1);
    line.run(61_000);
    assert_eq!(gaps(&line), 2);
}

#[test]
fn an_entry_that_nests_too_deep_is_told_and_that_it_lacks_something_too() {
    let mut line = was_away();
    let mut deep = said(1);
    deep["content"] = (0..40).fold(json!("deep"), |inner, _| json!([inner]));
    line.key();
    line.page(&[said(2), deep.clone(), said(0)], 3);
    assert_eq!((heard(&line), gaps(&line)), (vec!["a0".into(), "a1".into(), "a2".into()], 1));
    // Where all of it is known, it is no loss any more.
    line.reconnects();
    line.key();
    line.page(&[said(2), deep, said(0)], 3);
    assert_eq!((heard(&line).len(), gaps(&line)), (3, 1));
}

#[test]
fn what_is_nobody_s_word_is_missed_by_nobody() {
    let mut line = was_away();
    line.key();
    let events = [json!({ "type": "Event", "events": 4711 }), json!({ "type": "Receipt" })];
    line.page(&[events[0].clone(), said(1), events[1].clone(), said(0)], 4);
    assert_eq!((heard(&line).len(), gaps(&line)), (2, 0));
}

#[test]
fn an_entry_that_cannot_be_read_proves_no_absence() {
    let mut line = Line::connected(json!({}));
    let id = line.send("hello");
    line.left("onMessage");
    line.reconnects();
    for _ in 0..30 {
        if line.frames.iter().any(|frame| frame["action"] == "getJwt") {
            line.key();
            line.page(&[json!("poison")], 1);
        }
        line.run(500);
    }
    assert!(line.left("onMessage").is_empty());
    assert_eq!(line.end_of(&id), Some(("unconfirmed", Some("history"))));
}

#[test]
fn an_entry_without_a_name_of_the_service_s_is_ours_by_ours() {
    let mut line = Line::connected(json!({}));
    let id = line.send("hello");
    line.reconnects();
    line.key();
    line.page(&[json!({ "direction": "Inbound", "metadata": { "customMessageId": id } })], 1);
    assert_eq!((line.end_of(&id), gaps(&line)), (Some(("delivered", None)), 0));
}

#[test]
fn looking_back_goes_on_past_an_entry_that_cannot_be_read() {
    let mut line = Line::connected(json!({}));
    line.client.inquire(line.now(), Inquiry::History).expect("it can be asked");
    line.drain();
    line.key();
    line.page(&[said(2), json!("poison"), said(1)], 3);
    let found = line.told("answer").pop().or_else(|| {
        line.events.iter().rev().find_map(|event| match event {
            Event::Answer(_) => Some(json!(true)),
            _ => None,
        })
    });
    assert!(found.is_some());
    assert_eq!(gaps(&line), 1, "and something is missing");
}

/// Answers what was asked of the history by something that is no page.
fn no_page(line: &mut Line, body: AnswerBody) -> String {
    line.key();
    let address = line.answers(200, None, body);
    line.run(9_000);
    address
}

#[test]
fn only_a_page_that_is_too_long_makes_the_next_ones_smaller_and_success_undoes_it() {
    let page_of_html = || AnswerBody::read("<h1>You are offline</h1>", 1_000);
    let too_long = || AnswerBody::read("[1, 2, 3]", 2);
    let mut line = was_away();
    no_page(&mut line, page_of_html());
    assert!(no_page(&mut line, too_long()).contains("pageSize=100"), "a page of HTML says nothing of its size");
    line.key();
    assert!(line.page(&[said(1), said(0)], 2).contains("pageSize=25"));
    line.reconnects();
    line.key();
    assert!(
        line.page(&[said(2), said(1), said(0)], 3).contains("pageSize=100"),
        "the next read begins as large as ever"
    );
    assert_eq!((heard(&line), gaps(&line)), (vec!["a0".into(), "a1".into(), "a2".into()], 0));
}

#[test]
fn a_message_that_one_page_shows_by_its_id_is_delivered_though_the_next_page_never_comes() {
    let mut line = Line::connected(json!({}));
    line.agent("a0", "a0");
    let id = line.send("hello");
    line.reconnects();
    line.key();
    page(&mut line, &[said(1), kept(&id, "hello")], 2, 5);
    line.breaks();
    line.close();
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
}

#[test]
fn what_a_page_has_beyond_what_was_asked_for_is_not_taken_and_told_as_a_gap() {
    // Whatever the service says of how many there are.
    for total in [100, 150, 1_000] {
        let mut line = Line::connected(json!({}));
        line.reconnects();
        line.key();
        page(&mut line, &newest(0, 150), 100, total);
        while !line.requests.is_empty() {
            page(&mut line, &[], 100, total);
        }
        assert_eq!((heard(&line).len(), gaps(&line)), (100, 1), "{total}");
    }
}

#[test]
fn what_a_page_has_beyond_what_was_asked_for_is_no_loss_where_it_is_older_than_what_was_missed() {
    let mut line = Line::connected(json!({}));
    for number in 0..100 {
        line.agent(&format!("a{number}"), "");
    }
    line.reconnects();
    line.key();
    page(&mut line, &newest(0, 105), 100, 105);
    assert_eq!((heard(&line).len(), gaps(&line)), (105, 0));
    line.trace();
}
