//! A channel that cannot be kept, nor replaced: whoever refuses that is asked a few times, and not for ever.

use crate::line::Line;
use guestwire_core::limits;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Lives for so long at a service that makes channels and takes no topics. The requests: for channels, for topics.
fn refused(line: &mut Line, ms: u64) -> (usize, usize) {
    let (end, mut channels, mut topics) = (line.now().monotonic + ms, 0, 0);
    while line.now().monotonic < end {
        line.lives(end - line.now().monotonic);
        while let Some((number, request)) = line.requests.pop() {
            if request.url.expose().ends_with("/channels") {
                line.requests.push((number, request));
                line.make_channel();
                channels += 1;
            } else {
                line.answer(number, 400, json!({ "code": "bad.request" }));
                topics += 1;
            }
        }
    }
    (channels, topics)
}

#[test]
fn a_channel_that_can_be_neither_renewed_nor_replaced_is_let_be_after_a_few_tries() {
    let mut line = Line::connected(json!({}));
    let asked = refused(&mut line, 3 * 86_400_000);
    let tries = limits::HANDOVER_ATTEMPTS as usize;
    assert_eq!((line.client.state().name(), line.opened.len()), ("connected", 1), "its socket lives on");
    // One renewal; with each channel that comes to nothing both are told of all topics.
    assert_eq!(asked, (tries, 1 + 2 * tries));
    // When it ends at last, there is another.
    line.closes(1, 1006);
    line.until_it_acts(2_000);
    line.gets_a_channel();
    assert_eq!((line.client.state().name(), line.told("gap").len()), ("connected", 1));
    line.replays();
}

#[test]
fn a_channel_whose_successor_is_refused_once_is_replaced_soon_and_without_a_gap() {
    let mut line = Line::connected(json!({}));
    line.lives(25 * 3_600_000);
    let told = line.asked("PUT", "/channels/streaming-5-1/subscriptions?ignoreErrors=true");
    line.answer(told, 403, json!({ "code": "missing.permissions" }));
    line.lives(3_600_000);
    let began = line.now().monotonic;
    let made = line.asked("POST", "/channels");
    line.answer(made, 409, json!({ "code": "conflict" }));
    line.lives(3_600_000);
    let waited = line.now().monotonic - began;
    assert!((limits::REPLACEMENT_WAIT..=2 * limits::REPLACEMENT_WAIT).contains(&waited), "{waited}");
    line.make_channel();
    line.take_topics();
    line.open();
    line.lives(limits::HANDOVER_OVERLAP);
    assert_eq!((line.sockets.as_slice(), line.told("gap").len()), (&[2][..], 0));
    line.replays();
}

/// Sleeps for so long, with a monotonic clock that stands still, and lives until the client acts. How long that takes, ms.
fn acts_after_a_sleep(line: &mut Line, slept: i64) -> u64 {
    line.set_clock(slept);
    line.beats();
    let began = line.now().wall;
    line.lives(24 * 3_600_000);
    line.now().wall - began
}

#[test]
fn a_channel_is_renewed_before_its_day_is_over_though_the_machine_slept_half_of_it() {
    let mut line = Line::connected(json!({}));
    line.lives(3_600_000);
    let waited = acts_after_a_sleep(&mut line, 12 * 3_600_000);
    line.asked("PUT", "/channels/streaming-5-1/subscriptions?ignoreErrors=true");
    assert!(waited < 11 * 3_600_000, "its day is over after {waited} ms");
    line.replays();
}

#[test]
fn a_channel_is_replaced_before_its_token_ends_though_the_machine_slept() {
    let mut line = Line::new(json!({}));
    line.begin();
    line.give_token(Some(8 * 3_600_000));
    line.gets_a_channel();
    line.lives(3_600_000);
    let waited = acts_after_a_sleep(&mut line, 4 * 3_600_000);
    assert!(line.wished == 2 && waited < 3 * 3_600_000, "its token is over after {waited} ms");
    line.replays();
}
