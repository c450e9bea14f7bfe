//! Channels whose end is named by a clock that is not ours.

use crate::line::Line;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Answers the request for a channel with one that ends then, by the clock of a service that says not what time it has.
fn made_until(line: &mut Line, expires: &str) {
    let made = line.asked("POST", "/channels");
    let uri = "wss://streaming.mypurecloud.com/channels/streaming-5-1";
    line.answer(made, 200, json!({ "id": "streaming-5-1", "connectUri": uri, "expires": expires }));
}

#[test]
fn a_channel_that_seems_to_be_over_when_it_is_made_is_dialled_all_the_same() {
    // A millisecond before our time, at it, after it, and nearly a minute: the page's clock is a day ahead.
    for expires in ["12:00:00.999Z", "12:00:01.000Z", "12:00:01.050Z", "12:01:00.999Z"] {
        let mut line = Line::new(json!({}));
        line.begin();
        line.give_token(None);
        made_until(&mut line, &format!("2026-11-21T{expires}"));
        line.sleeps(100);
        line.take_topics();
        assert_eq!(line.opened.len(), 1, "{expires}");
        line.open();
        line.pong();
        line.lives(20 * 3_600_000);
        assert_eq!((line.client.state().name(), line.requests.len()), ("connected", 0), "{expires}");
        line.replays();
    }
}

#[test]
fn a_channel_that_is_over_before_its_socket_is_asked_for_is_not_made_anew_at_once() {
    let mut line = Line::new(json!({}));
    line.begin();
    line.give_token(None);
    made_until(&mut line, "2026-11-21T12:01:02.000Z");
    line.sleeps(62_000);
    line.take_topics();
    assert_eq!((line.opened.len(), line.requests.len()), (0, 0));
    let began = line.now().monotonic;
    line.until_it_acts(60_000);
    assert!(line.now().monotonic - began >= 15_000);
    line.make_channel();
    line.take_topics();
    assert_eq!(line.opened.len(), 1);
    line.replays();
}

#[test]
fn a_token_that_ends_while_a_channel_is_made_is_not_asked_for_anew_at_once() {
    let mut line = Line::new(json!({}));
    line.begin();
    line.give_token(Some(10_000));
    line.sleeps(8_000);
    line.make_channel();
    assert_eq!((line.wishes.len(), line.requests.len()), (0, 0));
    let began = line.now().monotonic;
    line.until_it_acts(60_000);
    assert_eq!((line.now().monotonic - began >= 15_000, line.wished), (true, 2));
    line.give_token(None);
    line.make_channel();
    line.take_topics();
    assert_eq!(line.opened.len(), 1);
    line.replays();
}
