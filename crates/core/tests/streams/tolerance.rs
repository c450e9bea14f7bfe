//! Every frame of the contracts, with each member changed in each way: read by the one rule, never fatal, and an event is
//! told, or a gap.

use crate::changed;
use crate::line::Line;
use guestwire_core::config::Config;
use guestwire_core::io::{Frame, Input};
use guestwire_core::protocol::Spoken;
use guestwire_core::value;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const FRAMES: &str = include_str!("../../../sim/tests/data/stream-frames.json");

fn frames(from: &str) -> Vec<Value> {
    let all: Vec<Value> = serde_json::from_str(FRAMES).unwrap();
    all.into_iter().filter(|it| it["from"] == from).collect()
}

fn says(line: &mut Line, text: &str) {
    let &(socket, _) = line.opened.last().expect("a socket");
    line.input(Input::SocketFrame(socket, Frame { bytes: text.len(), body: value::read(text, 1 << 20) }));
}

fn nothing_is_swallowed(from: &str, connected: impl Fn() -> Line) -> usize {
    let (mut count, mut wrong) = (0, Vec::new());
    for example in frames(from) {
        let frame = &example["frame"];
        let after = |text: &str| {
            let mut line = connected();
            says(&mut line, text);
            let told = line.told("event").len() + line.told("gap").len();
            (line.client.state().name(), told, line)
        };
        let (state, said, _) = after(&frame.to_string());
        for changed in changed::each(frame) {
            let name = format!("{}: {}", example["name"], changed.how);
            let (now, told, line) = after(&changed.text);
            // A wait for ever is one; and what names no other channel is said of the socket's own.
            let means_it = changed.at == "/retryAfter" || changed.at.starts_with("/eventBody");
            if now != state && now == "closed" && !means_it {
                wrong.push(format!("{name}: {:?}", line.told("error")));
            }
            // What it is called says what it is.
            let renamed = ["/topicName", "/type"].contains(&changed.at.as_str());
            if said > 0 && told == 0 && !renamed || said == 0 && told > 0 && changed.same {
                wrong.push(format!("{name}, told {told} instead of {said}: {}", changed.text));
            }
            if count % 16 == 0 {
                line.replays();
            }
            count += 1;
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    count
}

#[test]
fn nothing_that_a_channel_changes_ends_a_stream_or_swallows_an_event() {
    let count = nothing_is_swallowed("channel", || Line::connected(json!({})));
    assert!(count > 300, "{count}");
}

#[test]
fn nothing_that_a_plain_socket_changes_ends_a_stream_or_swallows_an_event() {
    let count = nothing_is_swallowed("plain", plain);
    assert!(count > 100, "{count}");
}

/// Where a service quotes a secret, and a trace or an error has it.
fn shown(from: &str, connected: impl Fn() -> Line) -> (usize, Vec<String>) {
    let (mut count, mut shown) = (0, Vec::new());
    for example in frames(from) {
        // Topics name what the application asked for; a plain socket's event without one has its type in that place.
        let is_topic = |at: &str| ["/topicName", "/topic", "/type"].contains(&at);
        for planted in changed::planted(&example["frame"]).into_iter().filter(|it| !is_topic(&it.at)) {
            let mut line = connected();
            says(&mut line, &planted.text);
            let errors = json!([line.told("error"), line.told("statechange"), line.told("audit")]).to_string();
            if line.replays().contains("hush") || errors.contains("hush") {
                shown.push(format!("{}: {}", example["name"], planted.how));
            }
            count += 1;
        }
    }
    (count, shown)
}

#[test]
fn a_secret_that_a_channel_quotes_is_in_no_trace_and_no_error() {
    let (count, shown) = shown("channel", || Line::connected(json!({})));
    assert!(shown.is_empty(), "{shown:#?}");
    assert!(count > 50, "{count}");
}

#[test]
fn a_secret_that_a_plain_socket_quotes_is_in_no_trace_and_no_error() {
    let (count, shown) = shown("plain", plain);
    assert!(shown.is_empty(), "{shown:#?}");
    assert!(count > 20, "{count}");
}

fn plain() -> Line {
    let mut line = Line::plain(json!({}));
    line.begin();
    line.give_token(None);
    line.open();
    says(&mut line, r#"{"type":"KEEP_ALIVE_ACK"}"#);
    line
}

#[test]
fn what_the_rule_says_means_the_same_means_the_same() {
    let plain = r#"{"dialect":"streams","url":"wss://a.example/s","credential":{"kind":"provider"},"subscribe":{"confirmed":{"type":"subscribed","status":"ok"}}}"#;
    let channel = r#"{"dialect":"streams","region":"mypurecloud.de","credential":{"kind":"provider"}}"#;
    let mut count = 0;
    for (from, options) in [("plain", plain), ("channel", channel)] {
        let dialect = Spoken::new(&Config::from_value(&value::read(options, 1_000).unwrap()).unwrap());
        let meaning = |text: &str| format!("{:?}", dialect.read(&value::read(text, 1 << 20).unwrap()));
        for example in frames(from) {
            for changed in changed::each(&example["frame"]).into_iter().filter(|changed| changed.same) {
                let meant = meaning(&example["frame"].to_string());
                assert_eq!(meaning(&changed.text), meant, "{}: {}", example["name"], changed.how);
                count += 1;
            }
        }
    }
    assert!(count > 50, "{count}");
}
