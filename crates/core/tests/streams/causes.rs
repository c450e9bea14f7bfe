//! Why nothing comes of a stream, and what is told of it.

use crate::line::Line;
use guestwire_core::failure::ErrorCode;
use guestwire_core::io::{HttpAnswer, Input};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The newest socket's handshake is answered with this.
fn refuses(line: &mut Line, status: u16) {
    let socket = line.sockets.pop().expect("a socket is being opened");
    line.input(Input::SocketRefused(socket, HttpAnswer { status, ..HttpAnswer::default() }));
}

fn codes(line: &Line) -> Vec<Value> {
    line.told("error").into_iter().map(|error| error["code"].clone()).collect()
}

#[test]
fn a_handshake_is_refused_as_its_request_would_be() {
    let mut line = Line::plain(json!({}));
    line.begin();
    line.give_token(None);
    refuses(&mut line, 401);
    assert_eq!(line.told("statechange").pop().unwrap()["cause"], json!({ "status": 401.0 }));
    line.until_it_acts(60_000);
    assert_eq!((line.wished, line.wishes[0].1), (2, true), "the token before was refused");
    line.give_token(None);
    refuses(&mut line, 401);
    assert_eq!((line.client.state().name(), codes(&line)), ("closed", vec![json!("unauthorized")]));
    line.replays();

    let mut line = Line::plain(json!({}));
    line.begin();
    line.give_token(None);
    refuses(&mut line, 403);
    assert_eq!((line.client.state().name(), codes(&line)), ("closed", vec![json!("forbidden")]));
}

#[test]
fn a_channel_whose_handshake_is_refused_is_asked_for_at_once() {
    for status in [401, 403, 404, 410] {
        let mut line = Line::connected(json!({}));
        line.closes(1, 1006);
        line.until_it_acts(2_000);
        refuses(&mut line, status);
        line.until_it_acts(60_000);
        assert_eq!(line.requests.pop().unwrap().1.method, "HEAD", "{status}");
        assert_eq!(codes(&line), Vec::<Value>::new(), "{status}: a channel that is gone may look like anything");
        line.replays();
    }
}

#[test]
fn topics_that_nobody_takes_are_told_of_once() {
    let mut line = Line::connected(json!({}));
    line.subscribe(&["a"]);
    for _ in 0..12 {
        let at = line.requests.iter().position(|(_, request)| request.method == "POST").expect("it is told");
        let (told, _) = line.requests.remove(at);
        line.input(Input::Unanswered(told, ErrorCode::new("ECONNREFUSED")));
        line.lives(120_000);
    }
    let errors = line.told("error");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0]["code"], "rest_unavailable");
    assert_eq!(errors[0]["cause"], json!({ "code": "ECONNREFUSED", "why": "unanswered" }));
    assert_eq!(line.client.state().name(), "connected");
    line.take_topics();
    line.replays();
}

#[test]
fn a_wait_of_hours_that_a_handshake_is_answered_with_ends_nothing_unless_the_service_was_just_heard() {
    let mut line = Line::connected(json!({}));
    line.lives(120_000);
    let socket = line.sockets[0];
    line.closes(socket, 1006);
    line.until_it_acts(60_000);
    let (socket, _) = *line.opened.last().expect("it dials");
    let retry_after = Some("7200".to_owned());
    line.input(Input::SocketRefused(socket, HttpAnswer { status: 503, retry_after, ..HttpAnswer::default() }));
    assert_eq!(line.client.state().name(), "reconnecting");
    line.replays();
}
