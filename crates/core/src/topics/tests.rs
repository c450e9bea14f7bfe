//! The wanted set, change by change.

mod laws;

use super::*;
use crate::protocol::streaming::Verdict;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn list(topics: &[&str]) -> Vec<String> {
    topics.iter().map(|&topic| topic.to_owned()).collect()
}

fn wanting(telling: Telling, given: &[&str]) -> Topics {
    let mut topics = Topics::new(telling);
    topics.add(&list(given)).unwrap();
    topics
}

fn permitted(topic: &str) -> Verdict {
    Verdict { topic: topic.to_owned(), refused: None }
}

fn denied(topic: &str) -> Verdict {
    let why = Refused { reason: "no".to_owned(), missing: list(&["a:b:view"]) };
    Verdict { topic: topic.to_owned(), refused: Some(why) }
}

fn told(topics: &Topics) -> Vec<(&str, &'static str)> {
    topics.states().map(|(topic, state)| (topic, state.name())).collect()
}

#[test]
fn a_fresh_channel_is_told_of_all_at_once_and_then_of_what_is_new() {
    let mut topics = wanting(Telling::Channel, &["b", "a", "b"]);
    assert_eq!(told(&topics), [("b", "pending"), ("a", "pending")]);
    assert_eq!(topics.begin(false), Some(Change { whole: true, add: list(&["b", "a"]), remove: vec![] }));
    assert_eq!(topics.begin(false), None, "one change at a time");
    topics.done(&[permitted("a"), permitted("b")]);
    assert!(topics.is_settled() && topics.begin(false).is_none());
    topics.add(&list(&["c", "a"])).unwrap();
    assert_eq!(topics.begin(false), Some(Change { whole: false, add: list(&["c"]), remove: vec![] }));
    topics.done(&[permitted("c")]);
    topics.remove(&list(&["a", "x"]));
    assert!(topics.leaving()("a") && !topics.leaving()("x"));
    let all = Change { whole: true, add: list(&["b", "c"]), remove: list(&["a"]) };
    assert_eq!(topics.begin(false), Some(all), "a channel has nothing else for what goes");
    topics.done(&[permitted("b"), permitted("c")]);
    assert!(topics.is_settled() && !topics.leaving()("a"));
}

#[test]
fn a_plain_socket_is_told_of_the_difference_or_of_all() {
    for (telling, second) in [
        (Telling::Differences, Change { whole: false, add: list(&["c"]), remove: list(&["a"]) }),
        (Telling::Everything, Change { whole: true, add: list(&["b", "c"]), remove: list(&["a"]) }),
    ] {
        let mut topics = wanting(telling, &["a", "b"]);
        assert!(topics.begin(false).is_some_and(|change| change.whole));
        topics.confirmed();
        assert_eq!(told(&topics), [("a", "subscribed"), ("b", "subscribed")]);
        topics.remove(&list(&["a"]));
        topics.add(&list(&["c"])).unwrap();
        assert_eq!(topics.begin(false), Some(second));
        topics.confirmed();
        assert!(topics.is_settled());
    }
}

#[test]
fn what_is_malformed_or_too_much_is_refused_whole() {
    let mut topics = wanting(Telling::Channel, &["a"]);
    let long = "x".repeat(200);
    for (given, error) in [
        (list(&["b", ""]), TopicError::Bad(1)),
        (list(&[" b"]), TopicError::Bad(0)),
        (list(&["b\u{2028}"]), TopicError::Bad(0)),
        (list(&["b\0"]), TopicError::Bad(0)),
        (list(&["b", "c", &long]), TopicError::TooLong(2)),
        (list(&[&"\u{1f98b}".repeat(100)]), TopicError::TooLong(0)),
        ((0..1_000).map(|place| format!("t{place}")).collect(), TopicError::TooMany),
    ] {
        assert_eq!(topics.add(&given), Err(error));
        assert_eq!(error.report().code, error.code());
        assert!(!error.report().remedy.is_empty());
    }
    assert_eq!(told(&topics), [("a", "pending")]);
    topics.add(&[long[1..].to_owned()]).unwrap();
    topics.add(&(0..998).map(|place| format!("t{place}")).collect::<Vec<_>>()).unwrap();
    assert_eq!(topics.add(&list(&["one.more"])), Err(TopicError::TooMany));
    // What is there already takes no room.
    topics.add(&list(&["a"])).unwrap();
}

#[test]
fn topics_are_combined_only_where_they_save_room() {
    let user = |name: &str| (0..400).map(|place| format!("v2.users.{place}.{name}")).collect::<Vec<_>>();
    let mut topics = Topics::new(Telling::Channel);
    topics.add(&user("presence")).unwrap();
    topics.add(&user("station")).unwrap();
    let change = topics.begin(false).unwrap();
    assert!(change.add.len() == 800 && change.add.iter().all(|topic| !topic.contains('?')));
    topics.failed();
    topics.add(&user("routingStatus")).unwrap();
    let change = topics.begin(false).unwrap();
    assert_eq!(change.add.len(), 1_000, "no more are combined than must be");
    assert_eq!(change.add[0], "v2.users.0?presence&station&routingStatus");
    assert_eq!(change.add[999], "v2.users.399.routingStatus");
    // A plain socket knows nothing of this.
    let mut topics = Topics::new(Telling::Differences);
    topics.add(&user("presence")).unwrap();
    topics.add(&user("station")).unwrap();
    assert_eq!(topics.add(&user("routingStatus")), Err(TopicError::TooMany));
}

#[test]
fn where_what_is_new_finds_no_room_any_more_all_is_told_anew_combined() {
    let singles: Vec<String> = (0..998).map(|place| format!("single{place}")).collect();
    let verdicts: Vec<_> = singles.iter().map(|topic| permitted(topic)).collect();
    for answered in [true, false] {
        let mut topics = Topics::new(Telling::Channel);
        topics.add(&singles).unwrap();
        topics.begin(false).unwrap();
        topics.done(&verdicts);
        topics.add(&list(&["v2.users.u.presence"])).unwrap();
        assert!(topics.begin(false).is_some_and(|change| !change.whole));
        if answered {
            topics.done(&[permitted("v2.users.u.presence")]);
        } else {
            topics.failed();
            topics.remove(&list(&["v2.users.u.presence"]));
            topics.add(&list(&["v2.users.u.presence"])).unwrap();
        }
        topics.add(&list(&["v2.users.u.station", "v2.users.u.activity"])).unwrap();
        let change = topics.begin(false).unwrap();
        assert!(change.whole && change.add.len() == 999);
        let of_user: Vec<_> = change.add.iter().filter(|topic| topic.starts_with("v2")).collect();
        assert_eq!(of_user, ["v2.users.u?presence&station&activity"]);
    }
}

#[test]
fn a_combined_topic_stays_under_200_characters() {
    for (last, told) in [(20, 1), (21, 2)] {
        // "a" and the rest: 1 + 1 + 88 + 1 + 87 + 1 + 20 = 199.
        let given =
            [format!("a.{}", "x".repeat(88)), format!("a.{}", "y".repeat(87)), format!("a.{}", "z".repeat(last))];
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        let list = combining::fitting(&given, 1);
        assert_eq!(list.len(), told, "{list:?}");
        assert!(list.iter().all(|topic| topic.len() < 200));
    }
}

#[test]
fn what_comes_back_while_it_is_told_of_is_not_told_twice() {
    let mut topics = wanting(Telling::Channel, &["a", "b"]);
    topics.begin(false).unwrap();
    topics.remove(&list(&["a"]));
    topics.add(&list(&["a"])).unwrap();
    topics.done(&[permitted("a"), permitted("b")]);
    assert_eq!(told(&topics), [("b", "subscribed"), ("a", "subscribed")]);
    assert!(topics.is_settled());
}

#[test]
fn what_may_still_be_there_is_taken_away_when_it_goes_once_more() {
    let mut topics = wanting(Telling::Differences, &["a", "b"]);
    topics.begin(false).unwrap();
    topics.confirmed();
    topics.remove(&list(&["a"]));
    topics.begin(false).unwrap();
    topics.add(&list(&["a"])).unwrap();
    topics.failed();
    topics.remove(&list(&["a"]));
    assert_eq!(topics.begin(false), Some(Change { whole: false, add: vec![], remove: list(&["a"]) }));
}

#[test]
fn what_is_said_of_a_combined_topic_holds_for_its_parts_but_for_those_with_a_word_of_their_own() {
    let given: Vec<String> = (0..1_001).map(|place| format!("v2.users.{}.p{place}", place / 3)).collect();
    let mut topics = Topics::new(Telling::Channel);
    topics.add(&given).unwrap();
    let change = topics.begin(false).unwrap();
    let (first, rest) = change.add.split_first().unwrap();
    assert_eq!(first, "v2.users.0?p0&p1&p2");
    let mut verdicts: Vec<_> = rest.iter().map(|topic| permitted(topic)).collect();
    verdicts.extend([denied(first), permitted("v2.users.0.p1"), denied("v2.users.nobody.asked")]);
    topics.done(&verdicts);
    let refused = topics.states().filter(|(_, state)| state.name() == "refused").map(|(topic, _)| topic);
    assert_eq!(refused.collect::<Vec<_>>(), ["v2.users.0.p0", "v2.users.0.p2"]);
    assert!(topics.is_settled(), "they are not asked for again");
}

#[test]
fn of_a_topic_that_was_given_combined_a_refused_part_is_told_and_the_rest_goes_on() {
    let mut topics = wanting(Telling::Channel, &["v2.users.u?presence&station"]);
    topics.begin(false).unwrap();
    topics.done(&[permitted("v2.users.u?presence&station"), denied("v2.users.u.station")]);
    let State::Refused { why, partly: true } = topics.state("v2.users.u?presence&station").unwrap() else { panic!() };
    assert_eq!((why.reason.as_str(), &why.missing), ("no", &list(&["a:b:view"])));
    assert_eq!(topics.begin(true).unwrap().add, ["v2.users.u?presence&station"]);
}

#[test]
fn a_refused_topic_is_asked_for_again_only_when_the_caller_or_another_channel_gives_a_reason() {
    let mut topics = wanting(Telling::Channel, &["a", "b"]);
    topics.begin(false).unwrap();
    topics.done(&[permitted("a"), denied("b")]);
    assert!(topics.begin(false).is_none());
    assert_eq!(topics.begin(true).unwrap().add, ["a"], "renewing the channel's life is none");
    topics.done(&[permitted("a")]);
    topics.add(&list(&["b"])).unwrap();
    assert_eq!(topics.begin(false), Some(Change { whole: false, add: list(&["b"]), remove: vec![] }));
    topics.done(&[denied("b")]);
    topics.lost();
    assert_eq!(told(&topics), [("a", "pending"), ("b", "pending")]);
    assert_eq!(topics.begin(false), Some(Change { whole: true, add: list(&["a", "b"]), remove: vec![] }));
}

#[test]
fn a_topic_that_the_service_does_not_name_is_no_topic_that_it_has_and_goes_on_being_asked_for() {
    let mut topics = wanting(Telling::Channel, &["a", "b"]);
    topics.begin(false).unwrap();
    topics.done(&[permitted("a")]);
    assert_eq!(told(&topics), [("a", "subscribed"), ("b", "refused")]);
    assert_eq!(topics.begin(true).unwrap().add, ["a", "b"]);
}

#[test]
fn leaving_and_coming_back_before_anybody_was_told_is_nothing_to_tell() {
    let mut topics = wanting(Telling::Channel, &["a", "b"]);
    topics.begin(false).unwrap();
    topics.done(&[permitted("a"), permitted("b")]);
    topics.remove(&list(&["a"]));
    topics.add(&list(&["a"])).unwrap();
    assert_eq!(told(&topics), [("b", "subscribed"), ("a", "subscribed")]);
    assert!(topics.is_settled());
}

#[test]
fn what_is_not_wanted_any_more_when_the_answer_comes_is_taken_away_after_it() {
    let mut topics = wanting(Telling::Channel, &["a", "b"]);
    topics.begin(false).unwrap();
    topics.remove(&list(&["a"]));
    assert!(topics.leaving()("a"));
    topics.done(&[permitted("a"), permitted("b")]);
    assert!(topics.leaving()("a"));
    assert_eq!(topics.begin(false), Some(Change { whole: true, add: list(&["b"]), remove: list(&["a"]) }));
    // And one that comes back meanwhile is told of again.
    topics.add(&list(&["a"])).unwrap();
    topics.done(&[permitted("b")]);
    assert_eq!(topics.begin(false), Some(Change { whole: false, add: list(&["a"]), remove: vec![] }));
}

#[test]
fn a_change_that_the_service_refuses_whole_is_not_tried_for_ever() {
    let why = Refused { reason: "bad.request".to_owned(), missing: vec![] };
    let mut topics = wanting(Telling::Channel, &["a"]);
    topics.begin(false).unwrap();
    topics.done(&[permitted("a")]);
    topics.add(&list(&["b"])).unwrap();
    topics.remove(&list(&["a"]));
    topics.begin(false).unwrap();
    topics.refused(&why);
    assert_eq!(told(&topics), [("b", "refused")]);
    assert_eq!(topics.begin(false), Some(Change { whole: true, add: vec![], remove: list(&["a"]) }));
    topics.refused(&why);
    assert!(topics.is_settled());
}
