//! Nothing is replayed by the service: what may have been missed is told, and caught up with before events flow again.

use crate::line::{Line, event};
use guestwire_core::io::{Frame, Input};
use guestwire_core::limits;
use guestwire_core::value::{self, Unreadable};
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn numbers(line: &Line) -> Vec<f64> {
    line.told("event").iter().map(|told| told["body"]["number"].as_f64().unwrap()).collect()
}

fn reconnects(line: &mut Line) {
    let socket = line.sockets[0];
    line.closes(socket, 1006);
    line.until_it_acts(30_000);
    line.open();
    line.pong();
}

fn resynced(line: &mut Line, gap: usize) {
    let number = line.told("gap")[gap]["number"].as_f64().unwrap() as u32;
    let now = line.now();
    line.client.resynced(now, number);
    line.drain();
}

#[test]
fn each_reconnect_tells_from_when_to_when_nothing_was_heard() {
    let mut line = Line::connected(json!({}));
    assert!(line.told("gap").is_empty(), "nothing was missed before the beginning");
    line.lives(20_000);
    line.beats();
    let heard = line.now().wall;
    line.wait(5_000);
    for count in 1..=3 {
        reconnects(&mut line);
        assert_eq!(line.told("gap").len(), count);
    }
    let gaps = line.told("gap");
    assert_eq!(gaps[0]["from"].as_f64(), Some(heard as f64));
    for gap in &gaps {
        assert!(gap["from"].as_f64() <= gap["to"].as_f64());
    }
    assert!(gaps[0]["to"].as_f64() <= gaps[1]["from"].as_f64());
    line.replays();
}

#[test]
fn attempts_that_fail_are_one_gap() {
    let mut line = Line::connected(json!({}));
    line.closes(1, 1006);
    for _ in 0..2 {
        line.until_it_acts(30_000);
        let &(socket, _) = line.opened.last().unwrap();
        line.closes(socket, 1006);
    }
    line.until_it_acts(30_000);
    line.open();
    line.pong();
    assert_eq!(line.told("gap").len(), 1);
}

#[test]
fn events_wait_until_the_application_has_caught_up() {
    let mut line = Line::connected(json!({ "resync": true }));
    line.says(&event(1));
    reconnects(&mut line);
    line.says(&event(2));
    line.says(&event(3));
    assert_eq!(numbers(&line), [1.0]);
    line.replays();
    resynced(&mut line, 0);
    line.says(&event(4));
    assert_eq!(numbers(&line), [1.0, 2.0, 3.0, 4.0]);
    line.replays();
}

#[test]
fn a_gap_that_opens_while_another_one_is_caught_up_with_is_waited_for_too() {
    let mut line = Line::connected(json!({ "resync": true }));
    reconnects(&mut line);
    line.says(&event(1));
    reconnects(&mut line);
    line.says(&event(2));
    resynced(&mut line, 0);
    assert!(numbers(&line).is_empty(), "what was missed in the second is not there yet");
    resynced(&mut line, 1);
    resynced(&mut line, 1);
    assert_eq!(numbers(&line), [1.0, 2.0]);
    line.replays();
}

#[test]
fn too_much_to_be_kept_is_another_gap_and_not_a_silent_loss() {
    let mut line = Line::connected(json!({ "resync": true }));
    reconnects(&mut line);
    for number in 0..=limits::HELD_EVENTS as u32 {
        line.says(&event(number));
    }
    assert_eq!(line.told("gap").len(), 2);
    resynced(&mut line, 0);
    assert!(numbers(&line).is_empty());
    resynced(&mut line, 1);
    assert_eq!(numbers(&line), [limits::HELD_EVENTS as f64]);
}

#[test]
fn what_waits_is_told_when_the_client_ends() {
    let mut line = Line::connected(json!({ "resync": true }));
    reconnects(&mut line);
    line.says(&event(1));
    let now = line.now();
    line.client.close(now, None);
    line.drain();
    assert_eq!(numbers(&line), [1.0]);
    line.replays();
}

#[test]
fn what_came_on_the_old_socket_of_a_handover_and_comes_again_is_told_once() {
    let mut line = Line::connected(json!({}));
    line.says(&json!({ "topicName": "v2.system.socket_closing" }));
    line.until_it_acts(30_000);
    line.says_on(1, &event(1));
    line.open();
    line.says(&event(1));
    assert_eq!((numbers(&line), line.told("gap").len()), (vec![1.0], 1));
    // A recording may end, and begin, in the middle of this.
    line.replays();
    line.says_on(1, &event(2));
    line.says(&event(2));
    line.replays();
    assert_eq!(numbers(&line), [1.0, 2.0]);
    // The next one may be slower, and say it only when the old one is gone.
    line.says_on(1, &event(3));
    line.wait(limits::HANDOVER_OVERLAP);
    assert_eq!(line.sockets, [2]);
    line.says(&event(3));
    assert_eq!(numbers(&line), [1.0, 2.0, 3.0]);
    line.wait(limits::HANDOVER_MEMORY);
    line.says(&event(3));
    assert_eq!(numbers(&line), [1.0, 2.0, 3.0, 3.0], "nothing is remembered for ever");
    line.replays();
}

#[test]
fn a_connection_that_was_never_ready_does_not_shorten_the_gap() {
    let subscribe = json!({ "topics": ["a"], "confirmed": { "type": "subscribed" } });
    let mut line = Line::plain(json!({ "subscribe": subscribe }));
    line.begin();
    line.give_token(None);
    line.open();
    line.says(&json!({ "type": "subscribed" }));
    let heard = line.now().wall;
    line.wait(1_000);
    line.closes(1, 1006);
    line.until_it_acts(5_000);
    line.wait(500);
    line.open();
    line.says(&json!({ "type": "welcome" }));
    line.closes(2, 1011);
    line.until_it_acts(30_000);
    line.open();
    line.says(&json!({ "type": "subscribed" }));
    assert_eq!(line.told("gap")[0]["from"].as_f64(), Some(heard as f64));
    line.replays();
}

#[test]
fn what_comes_before_the_confirmation_is_told_after_the_gap() {
    let subscribe = json!({ "topics": ["a"], "confirmed": { "type": "subscribed" } });
    for ends in [false, true] {
        let mut line = Line::plain(json!({ "subscribe": subscribe }));
        line.begin();
        line.give_token(None);
        line.open();
        line.says(&json!({ "type": "subscribed" }));
        line.closes(1, 1006);
        line.until_it_acts(5_000);
        line.open();
        line.says(&json!({ "type": "early" }));
        assert!(line.told("event").is_empty(), "what was missed before it is not told yet");
        if ends {
            let now = line.now();
            line.client.close(now, None);
            line.drain();
        } else {
            line.says(&json!({ "type": "subscribed" }));
        }
        let order: Vec<_> = line.events.iter().map(|event| event.detail().0).collect();
        let place = |name: &str| order.iter().position(|told| *told == name).expect(name);
        assert!(place("gap") < place("event"), "{order:?}");
        line.replays();
    }
}

#[test]
fn a_gap_after_a_sleep_begins_before_the_sleep() {
    let mut line = Line::connected(json!({ "handover": "second-channel" }));
    let slept_at = line.now().wall;
    line.sleeps(400_000);
    line.beats();
    line.hands_over();
    line.open();
    let gap = line.told("gap").remove(0);
    assert!(gap["from"].as_f64().unwrap() <= slept_at as f64, "the channel may have ended in the sleep: {gap}");
    line.replays();
}

#[test]
fn a_gap_begins_when_the_channel_was_last_known_though_its_socket_lived_on() {
    let mut line = Line::connected(json!({}));
    line.wait(1_000);
    line.says(&event(1));
    let last = line.now().wall;
    line.lives(3_600_000);
    line.subscribe(&["a"]);
    let told = line.asked("POST", "/subscriptions?ignoreErrors=true");
    line.answer(told, 404, json!({}));
    line.until_it_acts(2_000);
    line.gets_a_channel();
    assert_eq!(line.told("gap")[0]["from"].as_f64(), Some(last as f64));
    line.replays();
}

#[test]
fn a_gap_begins_before_a_sleep_though_what_had_come_before_it_was_read_after_it() {
    let mut line = Line::connected(json!({}));
    line.wait(1_000);
    line.says(&event(1));
    let last = line.now().wall;
    line.sleeps(3_600_000);
    // It lay in the machine all the time; the service has closed the socket since.
    line.says(&event(2));
    line.drops(1);
    assert_eq!(line.told("gap")[0]["from"].as_f64(), Some(last as f64));
    line.replays();
}

#[test]
fn a_gap_after_a_sleep_that_the_socket_survived_begins_where_it_was_lost() {
    // By an answer to what was asked after the sleep, or by a frame that comes so long after it that it is new.
    for answers in [true, false] {
        let mut line = Line::connected(json!({}));
        line.sleeps(3_600_000);
        line.beats();
        if answers {
            line.wait(100);
            line.pong();
        } else {
            line.wait(4_000);
            line.beats();
            line.lives(70_000);
        }
        line.says(&event(1));
        let last = line.now().wall;
        line.wait(1_000);
        line.drops(1);
        assert_eq!((line.told("gap")[0]["from"].as_f64(), line.opened.len()), (Some(last as f64), 2), "{answers}");
        line.replays();
    }
}

#[test]
fn a_gap_does_not_end_before_it_begins_though_the_clock_was_set_back() {
    let mut line = Line::connected(json!({}));
    line.wait(1_000);
    line.says(&event(1));
    line.set_clock(-3_600_000);
    line.wait(500);
    line.says(&event(2));
    line.drops(1);
    let gap = line.told("gap").remove(0);
    let (from, to) = (gap["from"].as_f64().unwrap(), gap["to"].as_f64().unwrap());
    assert!((500.0..10_000.0).contains(&(to - from)), "{gap}");
    line.replays();
}

#[test]
fn a_gap_begins_before_a_sleep_that_followed_a_late_moment_at_once() {
    let mut line = Line::connected(json!({}));
    line.wait(1_000);
    line.says(&event(1));
    let last = line.now().wall;
    // A timer is late, in a hidden page; and before it comes the machine is frozen, its clocks running.
    let due = line.client.next_wake().expect("something is due");
    line.sleeps(due - line.now().monotonic + 3_000);
    line.subscribe(&["a"]);
    line.sleeps(600_000);
    line.says(&event(2));
    line.drops(1);
    assert!(line.told("gap")[0]["from"].as_f64() <= Some(last as f64), "{}", line.told("gap")[0]);
    line.replays();
}

#[test]
fn a_gap_begins_when_the_channel_was_last_known_though_it_was_the_token_that_was_refused() {
    let mut line = Line::connected(json!({}));
    line.wait(1_000);
    line.says(&event(1));
    let last = line.now().wall;
    // The channel went with its token, and its socket lived on.
    line.lives(3_600_000);
    line.subscribe(&["a"]);
    let told = line.asked("POST", "/subscriptions?ignoreErrors=true");
    line.answer(told, 401, json!({}));
    line.until_it_acts(2_000);
    line.give_token(None);
    line.gets_a_channel();
    assert_eq!(line.told("gap")[0]["from"].as_f64(), Some(last as f64));
    line.replays();
}

#[test]
fn a_gap_begins_when_the_channel_was_last_known_though_its_time_was_over() {
    let mut line = Line::connected(json!({}));
    line.lives(25 * 3_600_000);
    let told = line.asked("PUT", "/subscriptions?ignoreErrors=true");
    line.answer(told, 400, json!({ "code": "bad.request" }));
    for _ in 0..limits::HANDOVER_ATTEMPTS {
        line.lives(25 * 3_600_000);
        let made = line.asked("POST", "/channels");
        line.answer(made, 409, json!({}));
    }
    line.says(&event(1));
    let last = line.now().wall;
    // Nobody replaces it, and one that is over is silent.
    line.lives(2 * 86_400_000);
    assert_eq!((line.client.state().name(), line.opened.len()), ("connected", 1));
    line.closes(1, 1001);
    line.until_it_acts(2_000);
    line.gets_a_channel();
    assert_eq!(line.told("gap")[0]["from"].as_f64(), Some(last as f64));
    line.replays();
}

#[test]
fn a_gap_is_as_long_as_it_was_though_the_clock_is_set_back_before_the_next_connection() {
    let mut line = Line::connected(json!({}));
    line.wait(1_000);
    line.says(&event(1));
    line.closes(1, 1006);
    line.sleeps(5_000);
    line.set_clock(-3_600_000);
    line.until_it_acts(2_000);
    line.open();
    line.pong();
    let gap = line.told("gap").remove(0);
    let (from, to) = (gap["from"].as_f64().unwrap(), gap["to"].as_f64().unwrap());
    assert!((5_000.0..10_000.0).contains(&(to - from)), "{gap}");
    line.replays();
}

#[test]
fn a_gap_of_events_that_could_not_wait_does_not_end_before_it_begins() {
    let mut line = Line::connected(json!({ "resync": true }));
    reconnects(&mut line);
    line.says(&event(0));
    line.wait(1_000);
    line.set_clock(-3_600_000);
    for number in 1..=limits::HELD_EVENTS as u32 {
        line.says(&event(number));
    }
    let gap = line.told("gap").remove(1);
    let (from, to) = (gap["from"].as_f64().unwrap(), gap["to"].as_f64().unwrap());
    assert!(from <= to, "{gap}");
}

#[test]
fn what_comes_after_the_confirmation_is_told_after_what_came_before_it() {
    let subscribe = json!({ "topics": ["a"], "confirmed": { "type": "subscribed" } });
    let mut line = Line::plain(json!({ "subscribe": subscribe, "resync": true }));
    line.begin();
    line.give_token(None);
    line.open();
    line.says(&json!({ "type": "subscribed" }));
    line.closes(1, 1006);
    line.until_it_acts(5_000);
    line.open();
    for topic in ["one", "subscribed", "two"] {
        line.says(&json!({ "type": topic }));
    }
    resynced(&mut line, 0);
    let told: Vec<_> = line.told("event").iter().map(|told| told["topic"].as_str().unwrap().to_owned()).collect();
    assert_eq!(told, ["one", "two"]);
    line.replays();
}

#[test]
fn whoever_keeps_events_is_told_how_large_each_was_whether_or_not_it_had_to_wait() {
    let mut line = Line::connected(json!({ "resync": true }));
    line.says(&event(1));
    reconnects(&mut line);
    line.says(&event(20));
    resynced(&mut line, 0);
    let bytes: Vec<_> = line.told("event").iter().map(|told| told["bytes"].as_f64().unwrap()).collect();
    assert_eq!(bytes, [event(1), event(20)].map(|event| event.to_string().len() as f64));
    line.replays();
}

/// A frame that cannot be read, on the newest socket.
fn spoils(line: &mut Line, unreadable: Unreadable) {
    let &(socket, _) = line.opened.last().unwrap();
    line.input(Input::SocketFrame(socket, Frame { bytes: 9, body: Err(unreadable) }));
}

#[test]
fn an_event_that_cannot_be_read_is_a_gap_and_is_caught_up_with() {
    for unreadable in [Unreadable::NotJson, Unreadable::TooLarge, Unreadable::Binary] {
        let mut line = Line::connected(json!({ "resync": true }));
        line.beats();
        let heard = line.now().wall;
        line.wait(1_000);
        spoils(&mut line, unreadable);
        let gaps = line.told("gap");
        assert_eq!((gaps.len(), gaps[0]["from"].as_f64()), (1, Some(heard as f64)));
        line.says(&event(1));
        assert!(numbers(&line).is_empty(), "it waits until the application has caught up");
        resynced(&mut line, 0);
        assert_eq!(numbers(&line), [1.0]);
        line.replays();
    }
}

#[test]
fn half_a_character_costs_no_event() {
    let mut line = Line::connected(json!({}));
    let text = r#"{"topicName":"t","eventBody":{"number":1,"preview":"hello \ud83d"},"metadata":{}}"#;
    let &(socket, _) = line.opened.last().unwrap();
    line.input(Input::SocketFrame(socket, Frame { bytes: text.len(), body: value::read(text, 1 << 20) }));
    assert_eq!(line.told("event")[0]["body"]["preview"], "hello \u{fffd}");
    assert!(line.told("gap").is_empty() && line.told("error").is_empty());
    line.replays();
}

#[test]
fn what_is_dropped_while_the_application_catches_up_is_the_next_gap() {
    let mut line = Line::connected(json!({ "resync": true }));
    spoils(&mut line, Unreadable::Binary);
    line.lives(30_000);
    spoils(&mut line, Unreadable::Binary);
    line.lives(120_000);
    assert_eq!(line.told("gap").len(), 1, "it is being caught up with");
    line.says(&event(1));
    resynced(&mut line, 0);
    assert_eq!((line.told("gap").len(), numbers(&line)), (2, vec![1.0]));
    line.lives(120_000);
    assert_eq!(line.told("gap").len(), 2);
    line.replays();
}

#[test]
fn a_confirmation_with_a_part_that_nests_too_deep_is_recorded_with_its_gap() {
    let mut line = Line::plain(json!({ "subscribe": { "topics": ["a"], "confirmed": { "type": "subscribed" } } }));
    line.begin();
    line.give_token(None);
    line.open();
    let deep = (0..40).fold(json!(7), |inner, _| json!([inner]));
    line.says(&json!({ "type": "subscribed", "topics": ["a"], "ofAnotherTime": deep }));
    assert_eq!((line.client.state().name(), line.told("gap").len()), ("connected", 1));
    line.replays();
}
