//! Every frame that a service was seen to send, with each member changed in each way: read by the one rule, never fatal, and
//! what somebody said is told, or that something may lack.

use crate::changed::{self, Changed, SECRET};
use crate::line::{Line, stored};
use guestwire_core::config::Config;
use guestwire_core::io::{HttpAnswer, Input};
use guestwire_core::protocol::Spoken;
use guestwire_core::value;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const FRAMES: &str = include_str!("../../../sim/tests/data/web-messaging-frames.json");

fn frames() -> Vec<Value> {
    let all: Vec<Value> = serde_json::from_str(FRAMES).unwrap();
    all.into_iter().filter(|it| it["direction"] == "server" && it["channel"] == "ws").collect()
}

/// Words that mean the same in whatever letters.
const WORDS: [&str; 2] = ["/body/direction", "/body/reason"];

fn means_the_same(changed: &Changed) -> bool {
    // What stands among headers is one.
    changed.same && changed.at != "/body/headers"
        || changed.how.ends_with("other letters") && WORDS.contains(&changed.at.as_str())
}

#[test]
fn what_the_rule_says_means_the_same_means_the_same() {
    let options = r#"{"dialect":"web-messaging","region":"a.example","deploymentId":"d","credential":{"kind":"bearer","value":"0123456789"}}"#;
    let dialect = Spoken::new(&Config::from_value(&value::read(options, 1_000).unwrap()).unwrap());
    let meaning = |text: &str| {
        let frame = value::read(text, 1 << 20).unwrap();
        let lasts = dialect.conversing().unwrap().lasts(&frame);
        format!("{:?} {lasts:?}", dialect.read(&frame))
    };
    let mut count = 0;
    for example in frames() {
        let all = changed::each(&example["frame"]);
        for changed in all.iter().filter(|changed| means_the_same(changed)) {
            let meant = meaning(&example["frame"].to_string());
            assert_eq!(meaning(&changed.text), meant, "{}: {}", example["name"], changed.how);
            count += 1;
        }
        let how = |how: &str| all.iter().filter(move |changed| changed.how.ends_with(how)).collect::<Vec<_>>();
        for (removed, null) in
            how(" removed").iter().flat_map(|it| how(" null").into_iter().map(move |null| (*it, null)))
        {
            // A header that is nothing is none that can be sent.
            if removed.at == null.at && !null.at.starts_with("/body/headers/") {
                assert_eq!(meaning(&removed.text), meaning(&null.text), "{}: {}", example["name"], null.how);
            }
        }
    }
    assert!(count > 150, "{count}");
}

/// What an application was told by which it knows that something was said, or may have been.
fn told(line: &mut Line) -> usize {
    let told: usize = ["message", "notice", "presence", "gap"].iter().map(|name| line.told(name).len()).sum();
    // The history is read for what could not be.
    told + line.left("getJwt").len()
}

#[test]
fn nothing_that_a_service_changes_ends_a_client_or_swallows_what_was_said() {
    let (mut count, mut wrong) = (0, Vec::new());
    for example in frames() {
        let frame = &example["frame"];
        let mut line = Line::connected(json!({}));
        line.says_frame(frame);
        let (state, said) = (line.client.state(), told(&mut line));
        for changed in changed::each(frame) {
            let name = format!("{}: {}", example["name"], changed.how);
            let mut line = Line::connected(json!({}));
            line.says_text(&changed.text);
            let now = line.client.state();
            // Without the words that say what it means, 403 means that the guest may not.
            let unexplained = frame["code"] == 403 && changed.at == "/body";
            if now != state && now.name() == "closed" && !unexplained {
                wrong.push(format!("{name}: {:?}", line.told("error")));
            }
            // Whose class is not known can be read, and says nothing to us.
            let tells = said > 0 && changed.at != "/class" && !changed.at.starts_with("/body/events");
            if tells && told(&mut line) == 0 {
                wrong.push(format!("{name} is swallowed: {}", changed.text));
            }
            if count % 16 == 0 {
                line.trace();
            }
            count += 1;
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(count > 3_000, "{count}");
}

#[test]
fn a_secret_that_a_service_quotes_is_in_no_trace_and_no_error() {
    let (mut count, mut shown) = (0, Vec::new());
    for example in frames() {
        for planted in changed::planted(&example["frame"]) {
            let mut line = Line::connected(json!({}));
            line.says_text(&planted.text);
            // What is told to the application is the service's own word; errors and what is kept for others are not.
            let errors = json!([line.told("error"), line.told("statechange"), line.told("audit")]).to_string();
            if line.trace().contains("hush") || errors.contains("hush") {
                shown.push(format!("{}: {}", example["name"], planted.how));
            }
            count += 1;
        }
    }
    assert!(shown.is_empty(), "{shown:#?}");
    assert!(count > 500, "{count}");
}

#[test]
fn a_secret_in_the_heads_of_answers_is_in_no_trace() {
    for answer in [
        HttpAnswer { retry_after: Some(SECRET.to_owned()), ..HttpAnswer::default() },
        HttpAnswer { date: Some(SECRET.to_owned()), ..HttpAnswer::default() },
        HttpAnswer { redirected: Some(SECRET.to_owned()), ..HttpAnswer::default() },
    ] {
        for status in [200, 302, 401, 403, 429, 503] {
            let mut line = Line::connected(json!({}));
            line.attach();
            line.offer();
            let (request, _) = line.uploads.remove(0);
            line.input(Input::Answered(request, HttpAnswer { status, ..answer.clone() }));
            assert!(!line.trace().contains("hush"), "{status}: {answer:?}");
        }
    }
}

#[test]
fn a_name_that_is_too_long_to_be_one_is_remembered_by_nobody() {
    let mut line = Line::connected(json!({}));
    let mut said = stored("", "Outbound", "hello");
    said.as_object_mut().expect("an object").remove("id");
    said["channel"].as_object_mut().map(|channel| channel.remove("messageId"));
    said["metadata"] = json!({ "customMessageId": "x".repeat(10_000) });
    line.says("StructuredMessage", said.clone(), None);
    line.says("StructuredMessage", said, None);
    assert_eq!(line.heard().len(), 2, "it has none by which it could be known again");
}

#[test]
fn a_list_that_nests_too_deep_is_a_gap_and_its_trace_leads_to_it_once_more() {
    let mut line = Line::connected(json!({}));
    line.says_text(&format!("{}{}", "[".repeat(40), "]".repeat(40)));
    line.trace();
}
