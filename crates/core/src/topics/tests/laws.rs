//! The wanted set against a service that is only a list, over any course of changes and answers: they come to agree.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

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
    #![proptest_config(ProptestConfig { cases: 48, ..crate::drawn::examples() })]

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
