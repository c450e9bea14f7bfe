//! The wanted set against a service that is only a list.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;
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
    assert!(topics.is_leaving("a") && !topics.is_leaving("x"));
    let all = Change { whole: true, add: list(&["b", "c"]), remove: list(&["a"]) };
    assert_eq!(topics.begin(false), Some(all), "a channel has nothing else for what goes");
    topics.done(&[permitted("b"), permitted("c")]);
    assert!(topics.is_settled() && !topics.is_leaving("a"));
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
    assert!(topics.is_leaving("a"));
    topics.done(&[permitted("a"), permitted("b")]);
    assert!(topics.is_leaving("a"));
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

/// What a service does with a change before it, or the network, says something.
#[derive(Clone, Copy, Debug)]
enum Answer {
    Told,
    /// It does it, and the answer is lost.
    Done,
    /// It does not even hear of it.
    Lost,
    /// It does not do it, and says so.
    Refused,
    /// It forgets all of it.
    Forgets,
}

#[derive(Clone, Debug)]
enum Step {
    Add(Vec<u16>),
    Remove(Vec<u16>),
    Begin { everything: bool },
    Answer(Answer),
}

fn step() -> impl Strategy<Value = Step> {
    // Some say much, so that the limit is met.
    let some = || {
        prop_oneof![
            4 => prop::collection::vec(0u16..1_600, 0..6),
            1 => (0u16..1_600, 0u16..900).prop_map(|(from, count)| (from..(from + count).min(1_600)).collect()),
        ]
    };
    let answer = prop_oneof![
        6 => Just(Answer::Told), 1 => Just(Answer::Done), 1 => Just(Answer::Lost),
        1 => Just(Answer::Refused), 1 => Just(Answer::Forgets),
    ];
    prop_oneof![
        3 => some().prop_map(Step::Add),
        2 => some().prop_map(Step::Remove),
        3 => any::<bool>().prop_map(|everything| Step::Begin { everything }),
        3 => answer.prop_map(Step::Answer),
    ]
}

/// Three to a user; every 7th user's station and all of every 11th user are nobody's to see.
fn name(number: u16) -> String {
    format!("v2.users.{}.{}", number / 3, ["presence", "station", "activity"][usize::from(number % 3)])
}

fn is_denied(topic: &str) -> bool {
    let user = topic.split(['.', '?']).nth(2).and_then(|user| user.parse::<u16>().ok()).unwrap();
    user.is_multiple_of(7) && topic.ends_with(".station") || user.is_multiple_of(11)
}

#[derive(Default)]
struct Service {
    has: BTreeSet<String>,
}

impl Service {
    fn apply(&mut self, telling: Telling, change: &Change) -> Vec<Verdict> {
        assert!(change.add.iter().all(|topic| topic.encode_utf16().count() < 200));
        if change.whole {
            self.has.clear();
        }
        if telling != Telling::Channel {
            for topic in &change.remove {
                self.has.remove(topic);
            }
        }
        let mut verdicts = Vec::new();
        for topic in &change.add {
            if is_denied(topic) {
                verdicts.push(denied(topic));
                continue;
            }
            self.has.insert(topic.clone());
            verdicts.push(permitted(topic));
            verdicts.extend(parts(topic).iter().filter(|part| is_denied(part)).map(|part| denied(part)));
        }
        assert!(self.has.len() <= 1_000);
        verdicts
    }

    fn sends(&self) -> BTreeSet<String> {
        let one = |topic: &String| if topic.contains('?') { parts(topic) } else { vec![topic.clone()] };
        self.has.iter().flat_map(one).filter(|topic| !is_denied(topic)).collect()
    }
}

fn converges(telling: Telling, steps: Vec<Step>) {
    let (mut topics, mut service) = (Topics::new(telling), Service::default());
    let mut model: Vec<String> = Vec::new();
    let mut under_way: Option<Change> = None;
    let mut hopeless = BTreeSet::new();
    // It refused, once, to let go of something.
    let mut stubborn = false;
    for step in steps {
        match step {
            Step::Add(numbers) => {
                let given: Vec<String> = numbers.into_iter().map(name).collect();
                let before: Vec<_> = model.clone();
                for topic in &given {
                    if !model.contains(topic) {
                        model.push(topic.clone());
                    }
                }
                match topics.add(&given) {
                    Ok(()) => hopeless.retain(|topic| !given.contains(topic)),
                    Err(error) => {
                        assert!(error == TopicError::TooMany && model.len() > 1_000);
                        model = before;
                    }
                }
            }
            Step::Remove(numbers) => {
                let given: Vec<String> = numbers.into_iter().map(name).collect();
                model.retain(|topic| !given.contains(topic));
                topics.remove(&given);
            }
            Step::Begin { everything } => {
                let change = topics.begin(everything);
                assert!(change.is_none() || under_way.is_none());
                under_way = change.or(under_way);
            }
            Step::Answer(answer) => {
                let Some(change) = under_way.take() else { continue };
                match answer {
                    Answer::Told => topics.done(&service.apply(telling, &change)),
                    Answer::Done => {
                        service.apply(telling, &change);
                        topics.failed();
                    }
                    Answer::Lost => topics.failed(),
                    Answer::Refused => {
                        stubborn |= !change.remove.is_empty();
                        topics.refused(&Refused::default());
                        let refused = topics.states().filter(|(_, state)| state.name() == "refused");
                        hopeless.extend(refused.map(|(topic, _)| topic.to_owned()));
                    }
                    Answer::Forgets => {
                        service.has.clear();
                        topics.lost();
                        hopeless.clear();
                        stubborn = false;
                    }
                }
            }
        }
        assert_eq!(topics.states().map(|(topic, _)| topic).collect::<Vec<_>>(), model, "the order is kept");
        let mut writer = Writer::default();
        topics.keep(&mut writer);
        let mut reader = crate::checkpoint::Reader { rest: &writer.0, content: 0 };
        topics = Topics::restore(&mut reader).unwrap();
        assert_eq!(reader.rest, "");
    }
    if under_way.is_some() {
        topics.failed();
    }
    let mut changes = 0;
    while let Some(change) = topics.begin(false) {
        topics.done(&service.apply(telling, &change));
        changes += 1;
        assert!(changes <= 2, "it comes to rest");
    }
    assert!(topics.is_settled());
    let sends = service.sends();
    for (topic, state) in topics.states() {
        let unsure = matches!(state, State::Refused { partly: true, .. }) && hopeless.contains(topic);
        assert!(unsure || (state == &State::Subscribed) == sends.contains(topic), "{topic} {state:?}");
        assert!(state == &State::Subscribed || is_denied(topic) || hopeless.contains(topic), "{topic}");
    }
    let surplus: Vec<_> = sends.iter().filter(|topic| !model.contains(topic)).collect();
    assert!(surplus.is_empty() || stubborn, "{surplus:?}");
}

#[test]
fn what_the_service_has_stays_so_though_it_was_regretted_and_wanted_again_while_all_was_told() {
    for telling in [Telling::Channel, Telling::Differences, Telling::Everything] {
        let mut topics = Topics::new(telling);
        topics.add(&[name(1)]).unwrap();
        topics.begin(false).unwrap();
        topics.done(&[permitted(&name(1))]);
        topics.begin(true).unwrap();
        topics.remove(&[name(1)]);
        topics.add(&[name(1)]).unwrap();
        // It does not take the list, and has what it had.
        topics.refused(&Refused::default());
        assert_eq!(topics.state(&name(1)), Some(&State::Subscribed));
        assert!(topics.is_settled());
    }
}

#[test]
fn what_is_wanted_again_while_it_is_told_of_is_told_of_again_when_the_answer_is_lost() {
    let mut topics = Topics::new(Telling::Differences);
    topics.add(&[name(1)]).unwrap();
    topics.begin(false).unwrap();
    topics.failed();
    topics.begin(false).unwrap();
    // Of the first change nobody knows, the second is refused.
    topics.refused(&Refused::default());
    assert!(matches!(topics.state(&name(1)), Some(State::Refused { partly: true, .. })));
    for regretted in [false, true] {
        topics.begin(true).unwrap();
        if regretted {
            topics.remove(&[name(1)]);
        }
        topics.add(&[name(1)]).unwrap();
        topics.failed();
        assert_eq!(topics.begin(false).unwrap().add, [name(1)]);
        topics.refused(&Refused::default());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_is_asked_and_answered_a_channel_comes_to_have_what_is_wanted(steps in prop::collection::vec(step(), 0..40)) {
        converges(Telling::Channel, steps);
    }

    #[test]
    fn so_does_a_plain_socket_that_takes_differences(steps in prop::collection::vec(step(), 0..40)) {
        converges(Telling::Differences, steps);
    }

    #[test]
    fn so_does_a_plain_socket_that_is_told_all(steps in prop::collection::vec(step(), 0..40)) {
        converges(Telling::Everything, steps);
    }

    #[test]
    fn a_combined_list_means_what_the_topics_mean_and_fits_if_it_can(
        given in prop::collection::btree_set("[ab](\\.[ab]{1,60}){0,3}", 0..60), most in 1usize..40,
    ) {
        let topics: Vec<&str> = given.iter().map(String::as_str).collect();
        let told = combining::fitting(&topics, most);
        let meant: BTreeSet<String> = told.iter().flat_map(|topic| {
            if topic.contains('?') { parts(topic) } else { vec![topic.clone()] }
        }).collect();
        prop_assert_eq!(meant, given.clone());
        prop_assert!(told.iter().all(|topic| topic.len() < 200));
        if topics.len() <= most {
            prop_assert_eq!(told, topics);
        }
    }
}
