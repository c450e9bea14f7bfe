//! What proves that a message has arrived, and what does not.

use crate::accounts::SigningIn;
use crate::line::{Line, kept, stored};
use guestwire_core::connection::State;
use guestwire_core::event::Event;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const ELSEWHERE: &str = "0b7e4a52-9a1c-4a5e-8f3b-0f3f5e0d9a11";

/// Greeted in a session that is said to be new; nobody has looked at its history.
fn greeted() -> Line {
    let mut line = Line::new(json!({}));
    line.connect();
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    line
}

/// Looks until the service can have no late copy any more, at a history that stays as it is.
fn looks(line: &mut Line, entities: &[Value], total: usize) {
    for _ in 0..40 {
        if line.frames.iter().any(|frame| frame["action"] == "getJwt") {
            line.key();
            line.page(entities, total);
        }
        line.run(500);
    }
}

/// A message left, its link broke, and the history of the session has this. Gives how it ended, and how often it left.
fn ends(line: &mut Line, text: &str, entities: &[Value]) -> (Option<&'static str>, usize) {
    let id = line.send(text);
    let mut left = line.left("onMessage").len();
    line.reconnects();
    looks(line, entities, entities.len());
    left += line.left("onMessage").len();
    (line.end_of(&id).map(|end| end.0), left)
}

fn gaps(line: &Line) -> usize {
    line.events.iter().filter(|event| matches!(event, Event::Gap(_))).count()
}

fn yesterday() -> Vec<Value> {
    vec![stored("y2", "Outbound", "We called you back"), stored("y1", "Inbound", "hello")]
}

#[test]
fn the_first_message_of_a_new_session_waits_for_no_history() {
    let mut line = greeted();
    let id = line.send("hello");
    assert_eq!(line.left("onMessage").len(), 1);
    line.echoes(&id, "hello");
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
}

#[test]
fn what_an_older_session_had_proves_no_delivery_in_a_new_one() {
    let mut line = greeted();
    line.key();
    line.page(&yesterday(), 2);
    // What stood there before the first message left is not that message: the service lacks it.
    assert_eq!(ends(&mut line, "hello", &yesterday()), (None, 2));
    assert!(line.heard().is_empty(), "and an old message is not told as live");
}

#[test]
fn where_nobody_had_looked_before_the_first_message_left_its_words_prove_nothing() {
    let mut line = greeted();
    line.frames.clear();
    assert_eq!(ends(&mut line, "hello", &yesterday()), (Some("unconfirmed"), 1));
    assert!(line.heard().is_empty());
    assert_eq!(gaps(&line), 1, "what may have been said since is not passed over in silence");
}

#[test]
fn an_older_session_whose_words_may_be_ours_in_other_words_proves_no_absence_either() {
    let mut line = greeted();
    line.frames.clear();
    assert_eq!(ends(&mut line, "good evening", &yesterday()), (Some("unconfirmed"), 1));
}

#[test]
fn a_history_that_has_nothing_of_the_guest_proves_absence_whoever_looked_before() {
    let mut line = greeted();
    line.frames.clear();
    assert_eq!(ends(&mut line, "hello", &[]), (None, 2));
    assert_eq!(gaps(&line), 0, "nothing was missed");
    let mut line = greeted();
    line.frames.clear();
    assert_eq!(ends(&mut line, "hello", &[kept(ELSEWHERE, "hello")]), (None, 2), "that is another client's");
}

#[test]
fn what_stands_after_something_that_was_heard_is_of_this_session() {
    let mut line = greeted();
    line.agent("a1", "welcome");
    line.frames.clear();
    let mut history = vec![stored("a2", "Outbound", "still there?"), stored("p1", "Inbound", "hello")];
    history.push(stored("a1", "Outbound", "welcome"));
    history.extend(yesterday());
    assert_eq!(ends(&mut line, "hello", &history), (Some("delivered"), 1));
    assert_eq!(line.heard(), [("agent", "welcome"), ("agent", "still there?")]);
}

#[test]
fn what_an_older_session_said_like_it_is_older_than_what_was_heard_before_it_left() {
    let mut line = greeted();
    line.agent("a1", "welcome");
    line.frames.clear();
    let mut history = vec![stored("a1", "Outbound", "welcome")];
    history.extend(yesterday());
    assert_eq!(ends(&mut line, "hello", &history), (None, 2));
    assert_eq!(line.heard(), [("agent", "welcome")]);
}

#[test]
fn an_older_session_in_the_history_of_the_next_one_is_not_told_as_live() {
    let mut line = greeted();
    line.key();
    line.page(&yesterday(), 2);
    line.agent("a1", "welcome");
    // It has ended, and the next one shows all that was said before it.
    line.says("SessionExpiredEvent", json!({}), None);
    line.run(2_000);
    line.open();
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    let mut history = vec![stored("b1", "Outbound", "welcome again"), stored("a1", "Outbound", "welcome")];
    history.extend(yesterday());
    line.key();
    line.page(&history, 4);
    assert_eq!(line.heard(), [("agent", "welcome"), ("agent", "welcome again")]);
}

#[test]
fn what_was_said_while_the_older_session_was_lost_proves_no_delivery_in_the_next_one() {
    let mut line = Line::connected(json!({ "historyLag": 0 }));
    line.agent("a1", "a1");
    line.breaks();
    let id = line.send("hello");
    line.run(2_000);
    line.open();
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    assert_eq!(line.left("onMessage").len(), 1);
    // Another tab said the same in the session before, when nobody heard it here.
    let entries = [stored("p1", "Inbound", "hello"), stored("a1", "Outbound", "a1")];
    line.key();
    line.page(&entries, 2);
    assert_eq!(line.end_of(&id), None);
    line.reconnects();
    line.key();
    line.page(&entries, 2);
    line.run(9_000);
    line.key();
    line.page(&entries, 2);
    assert_eq!(line.end_of(&id), Some(("unconfirmed", Some("history"))));
    assert!(line.left("onMessage").is_empty(), "nor is it said twice");
}

#[test]
fn another_token_may_have_older_sessions_of_its_own() {
    let mut line = Line::new(json!({ "credential": { "kind": "provider" } }));
    line.begin();
    line.gives_token("token-number-one");
    line.open();
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    line.key();
    line.page(&[], 0);
    line.says_with_code("string", 403, json!("Session authentication failed"), None);
    line.run(3_000);
    line.gives_token("token-number-two");
    line.open();
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    line.key();
    line.page(&yesterday(), 2);
    assert!(line.heard().is_empty());
}

#[test]
fn what_may_have_been_missed_before_the_first_look_is_a_gap() {
    let mut line = greeted();
    line.reconnects();
    line.key();
    line.page(&yesterday(), 2);
    assert!(line.heard().is_empty());
    assert_eq!(gaps(&line), 1);
    // From here on it is known what was there before.
    line.reconnects();
    line.key();
    let mut history = vec![stored("a1", "Outbound", "hello")];
    history.extend(yesterday());
    line.page(&history, 3);
    assert_eq!((line.heard().len(), gaps(&line)), (1, 1));
}

#[test]
fn an_echo_is_ours_by_either_of_its_ids() {
    for tracing in [None, Some(""), Some("the-service-s-own"), Some(ELSEWHERE)] {
        let mut line = Line::connected(json!({}));
        let id = line.send("hello");
        line.says("StructuredMessage", kept(&id, "hello"), tracing);
        assert_eq!(line.end_of(&id), Some(("delivered", None)), "{tracing:?}");
        assert!(line.heard().is_empty(), "it is nobody else's");
    }
    let mut line = Line::connected(json!({}));
    let id = line.send("hello");
    line.says("StructuredMessage", kept(ELSEWHERE, "hello"), Some(&id));
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
}

#[test]
fn an_entry_is_ours_by_either_of_its_ids() {
    for tracing in [json!(null), json!(""), json!("the-service-s-own"), json!(ELSEWHERE)] {
        let mut line = Line::connected(json!({}));
        let id = line.send("hello");
        line.reconnects();
        line.key();
        let mut entry = kept(&id, "hello");
        entry["tracingId"] = tracing;
        line.page(&[entry], 1);
        assert_eq!(line.end_of(&id), Some(("delivered", None)));
        assert!(line.heard().is_empty());
    }
}

#[test]
fn an_id_of_ours_says_more_than_that_a_message_is_known() {
    let mut line = Line::connected(json!({}));
    let id = line.send("hello");
    // The echo lost our ids on its way: it was told as somebody's.
    line.says("StructuredMessage", stored("p1", "Inbound", "hello"), None);
    line.reconnects();
    line.key();
    let mut entry = stored("p1", "Inbound", "hello");
    entry["metadata"] = json!({ "customMessageId": id });
    line.page(&[entry], 1);
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
}

#[test]
fn an_echo_that_has_no_id_at_all_makes_no_second_copy() {
    let mut line = Line::connected(json!({}));
    let id = line.send("hello");
    let mut left = line.left("onMessage").len();
    line.says("StructuredMessage", stored("p1", "Inbound", "hello"), None);
    line.reconnects();
    looks(&mut line, &[stored("p1", "Inbound", "hello")], 1);
    left += line.left("onMessage").len();
    assert_eq!((line.end_of(&id).map(|end| end.0), left), (Some("unconfirmed"), 1));
}

#[test]
fn a_text_that_the_service_has_cleaned_or_escaped_is_the_same_text() {
    for (sent, stands) in [
        ("Please cancel my order \n", "Please cancel my order"),
        ("first\nsecond", "first\r\nsecond"),
        ("two  spaces", "two spaces"),
        ("so\u{a0}so", "so so"),
        ("a\u{200b}b\u{feff}", "ab"),
        ("Tom & \"Jerry\" <3", "Tom &amp; &quot;Jerry&quot; &lt;3"),
        ("it's > that", "it&#39;s &gt; that"),
        ("it's > that", "it&#x27;s &amp;gt; that"),
        ("&lt; is an escape", "&amp;lt; is an escape"),
        ("a heart \u{2764}\u{fe0f}", "a heart \u{2764}"),
    ] {
        let mut line = Line::connected(json!({}));
        let found = ends(&mut line, sent, &[stored("p1", "Inbound", stands)]);
        assert_eq!(found, (Some("delivered"), 1), "{sent:?} {stands:?}");
        assert!(line.heard().is_empty());
    }
}

#[test]
fn a_text_that_the_service_has_written_anew_is_never_sent_twice() {
    for (sent, stands) in [
        ("caf\u{e9}", "cafe\u{301}"),
        ("**now**", "<strong>now</strong>"),
        (":smile:", "\u{1f604}"),
        ("a long story", "a long\u{2026}"),
        ("my card is 4111 1111 1111 1111", "my card is ****"),
        ("see example.com", "see <a href=\"https://example.com\">example.com</a>"),
    ] {
        let mut line = Line::connected(json!({}));
        let found = ends(&mut line, sent, &[stored("p1", "Inbound", stands)]);
        assert_eq!(found, (Some("unconfirmed"), 1), "{sent:?} {stands:?}");
        let mut line = Line::connected(json!({ "onUncertain": "at-least-once" }));
        assert_eq!(
            ends(&mut line, sent, &[stored("p1", "Inbound", stands)]),
            (None, 2),
            "who would rather have it twice"
        );
    }
}

#[test]
fn a_message_that_ended_unconfirmed_is_known_in_its_cleaned_form_too() {
    let mut line = Line::connected(json!({}));
    let first = line.send("yes \n");
    line.reconnects();
    for _ in 0..3 {
        line.key();
        line.answer(500, &json!({}));
        line.run(9_000);
    }
    assert_eq!(line.end_of(&first).map(|end| end.0), Some("unconfirmed"));
    assert_eq!(ends(&mut line, "yes", &[stored("p1", "Inbound", "yes")]).0, Some("unconfirmed"), "it may be the first");
    assert!(line.heard().is_empty());
}

#[test]
fn in_a_history_that_gives_our_ids_what_another_tab_said_hides_nothing() {
    let mut line = Line::connected(json!({}));
    let first = line.send("good morning");
    line.echoes(&first, "good morning");
    line.frames.clear();
    let history = [stored("p2", "Inbound", "from another tab"), kept(&first, "good morning")];
    assert_eq!(ends(&mut line, "hello", &history), (None, 2), "it is certainly absent");
    assert_eq!(line.heard(), [("guest", "from another tab")]);
}

#[test]
fn in_a_history_without_ids_what_another_tab_said_may_be_ours() {
    let mut line = Line::connected(json!({}));
    assert_eq!(ends(&mut line, "hello", &[stored("p2", "Inbound", "from another tab")]), (Some("unconfirmed"), 1));
    assert_eq!(line.heard(), [("guest", "from another tab")], "and is told");
}

#[test]
fn a_health_check_s_answer_is_a_sign_of_life_whatever_it_is_called() {
    for tracing in [None, Some("SGVhbHRoQ2hlY2tNZXNzYWdlSWQ="), Some(ELSEWHERE)] {
        let mut line = Line::connected(json!({}));
        line.run(32_000);
        assert_eq!(line.left("echo").len(), 1);
        let body = json!({ "id": "p", "type": "Text", "direction": "Inbound", "text": "ping" });
        let mut frame = json!({ "type": "response", "class": "StructuredMessage", "code": 200, "body": body });
        if let Some(tracing) = tracing {
            frame["tracingId"] = json!(tracing);
        }
        line.says_frame(&frame);
        assert!(line.heard().is_empty(), "{tracing:?}");
        line.run(9_000);
        assert_eq!(line.client.state(), State::Connected);
        line.trace();
    }
}

#[test]
fn a_guest_who_really_says_ping_is_heard() {
    let mut line = Line::connected(json!({}));
    line.says("StructuredMessage", stored("p1", "Inbound", "ping"), None);
    assert_eq!(line.heard(), [("guest", "ping")]);
    let id = line.send("ping");
    let body = json!({ "id": "p2", "type": "Text", "direction": "Inbound", "text": "ping" });
    line.says_frame(
        &json!({ "type": "response", "class": "StructuredMessage", "code": 200, "body": body, "tracingId": id }),
    );
    assert_eq!(line.end_of(&id), Some(("delivered", None)), "with an id of ours it is ours");
}

/// Greeted in a session that is new, and says since when; nobody has looked at its history.
fn greeted_at(seconds: u64) -> Line {
    let mut line = Line::new(json!({}));
    line.connect();
    let body =
        json!({ "connected": true, "newSession": true, "durationSeconds": 900, "expirationDate": seconds + 900 });
    line.says("SessionResponse", body, None);
    line.frames.clear();
    line
}

fn dated(mut entry: Value, time: &str) -> Value {
    entry["channel"]["time"] = json!(time);
    entry
}

#[test]
fn where_nobody_had_looked_dates_tell_what_is_of_this_session() {
    // 2026-11-21T12:00:00Z
    let mut line = greeted_at(1_795_262_400);
    let id = line.send("hello");
    line.reconnects();
    line.key();
    let history = [
        dated(stored("a1", "Outbound", "welcome"), "2026-11-21T12:00:02.100Z"),
        dated(stored("p1", "Inbound", "hello"), "2026-11-21T12:00:01.500Z"),
        dated(stored("y2", "Outbound", "We called you back"), "2026-11-20T12:00:01.000Z"),
        dated(stored("y1", "Inbound", "hello"), "2026-11-20T12:00:00.000Z"),
    ];
    line.page(&history, 4);
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
    assert_eq!((line.heard(), gaps(&line)), (vec![("agent", "welcome")], 0));
}

#[test]
fn what_is_dated_before_this_session_neither_proves_nor_hides_anything() {
    let mut line = greeted_at(1_795_262_400);
    let history: Vec<Value> = yesterday().into_iter().map(|entry| dated(entry, "2026-11-20T12:00:00.000Z")).collect();
    assert_eq!(ends(&mut line, "hello", &history), (None, 2), "the service lacks it");
    assert_eq!((line.heard().len(), gaps(&line)), (0, 0));
    line.trace();
}

#[test]
fn what_was_said_on_an_account_s_other_devices_is_not_told_as_live_when_a_guest_has_signed_in() {
    let mut line = Line::connected(json!({}));
    line.agent("a1", "welcome");
    line.signs_in().expect("may sign in");
    line.is_given("hush-jwt-1");
    line.lets_in(false);
    line.key();
    // The account's own session, in which nothing that was said here stands.
    line.page(&yesterday(), 2);
    line.reconnects();
    line.key();
    let mut history = vec![stored("a2", "Outbound", "and here you are")];
    history.extend(yesterday());
    line.page(&history, 3);
    assert_eq!(line.heard(), [("agent", "welcome"), ("agent", "and here you are")]);
}

#[test]
fn what_the_first_look_at_a_new_session_showed_undated_may_have_been_missed_where_the_link_then_breaks() {
    let mut line = greeted();
    line.key();
    let mut welcome = stored("a1", "Outbound", "welcome");
    welcome["channel"] = json!({ "time": null });
    line.page(&[welcome.clone()], 1);
    assert_eq!((line.heard().len(), gaps(&line)), (0, 0), "it may still come live");
    line.reconnects();
    line.key();
    line.page(&[welcome], 1);
    assert_eq!((line.heard().len(), gaps(&line)), (0, 1));
}
