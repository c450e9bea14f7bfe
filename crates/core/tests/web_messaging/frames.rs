//! The example frames of clients and services that others have published (each with its source in the file).

use crate::line::Line;
use guestwire_core::config::Config;
use guestwire_core::protocol::Spoken;
use guestwire_core::value;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const FRAMES: &str = include_str!("../../../sim/tests/data/web-messaging-frames.json");

fn frames(direction: &str) -> Vec<Value> {
    let all: Vec<Value> = serde_json::from_str(FRAMES).unwrap();
    all.into_iter().filter(|it| it["direction"] == direction && it["channel"] == "ws").collect()
}

#[test]
fn every_frame_that_a_service_was_seen_to_send_can_be_read() {
    let options = r#"{"dialect":"web-messaging","region":"a.example","deploymentId":"d","credential":{"kind":"bearer","value":"0123456789"}}"#;
    let config = Config::from_value(&value::read(options, 1_000).unwrap()).unwrap();
    let dialect = Spoken::new(&config);
    let frames = frames("server");
    assert!(frames.len() > 30);
    for example in frames {
        let frame = value::read(&example["frame"].to_string(), 1 << 20).unwrap();
        assert!(dialect.read(&frame).is_ok(), "{}: {:?}", example["name"], dialect.read(&frame));
    }
}

#[test]
fn none_of_them_troubles_a_client() {
    for example in frames("server") {
        let mut line = Line::connected(json!({}));
        line.says_frame(&example["frame"]);
        let trouble = line.told("error");
        assert!(trouble.iter().all(|told| told["code"] != "malformed_frame"), "{}: {trouble:?}", example["name"]);
        line.trace();
    }
}

#[test]
fn every_history_that_was_seen_can_be_read() {
    let all: Vec<Value> = serde_json::from_str(FRAMES).unwrap();
    let histories = all.iter().filter(|it| it["frame"].get("entities").is_some());
    let mut count = 0;
    for example in histories {
        let mut line = Line::connected(json!({}));
        line.reconnects();
        line.key();
        line.answer(200, &example["frame"]);
        assert!(line.told("gap").is_empty() && line.left("getJwt").is_empty(), "{}", example["name"]);
        let spoken = example["frame"]["entities"].as_array().unwrap().iter().filter(|it| it["type"] != "Event");
        assert_eq!(line.heard().len(), spoken.count(), "{}", example["name"]);
        count += 1;
    }
    assert!(count > 1);
}

/// What we add to every message: the id in the place in which it came back before 2025-12.
const CUSTOM_ID: &str = "/message/metadata/customMessageId";

/// What was sent is what another client sends, member by member. The token and the ids differ by nature; `differ` names
/// what differs on purpose, ours or theirs.
fn matches(ours: &Value, example: &str, differ: &[&str]) {
    let all = frames("client");
    let theirs = all.iter().find(|it| it["name"].as_str().unwrap().starts_with(example));
    let mut theirs = theirs.unwrap_or_else(|| panic!("no {example}"))["frame"].clone();
    let mut ours = ours.clone();
    for frame in [&mut ours, &mut theirs] {
        for name in ["token", "tracingId"] {
            if frame.get(name).is_some() {
                frame[name] = json!("stand-in");
            }
        }
        for path in differ {
            let (parent, name) = path.rsplit_once('/').unwrap();
            if let Some(Value::Object(parent)) = frame.pointer_mut(parent) {
                parent.remove(name);
            }
        }
        forget_what_is_empty(frame);
    }
    assert_eq!(ours, theirs, "{example}");
}

/// An object that holds nothing is none.
fn forget_what_is_empty(value: &mut Value) {
    if let Value::Object(members) = value {
        members.values_mut().for_each(forget_what_is_empty);
        members.retain(|_, value| value.as_object().is_none_or(|it| !it.is_empty()));
    }
}

/// What a connected client says that sends this.
fn said(draft: Value) -> Value {
    let mut line = Line::connected(json!({}));
    line.draft(draft);
    line.left("onMessage").remove(0)
}

#[test]
fn texts_leave_as_other_clients_send_them() {
    matches(&said(json!({ "text": "Hello world" })), "onMessage Text", &[CUSTOM_ID]);
    let browser = said(json!({ "text": "hi" }));
    matches(&browser, "onMessage Text as the browser Messenger", &[CUSTOM_ID, "/message/metadata/id"]);
    // The older way to name a message is the one that we send beside the newer.
    let mut older = said(json!({ "text": "Hello world!" }));
    older["message"]["metadata"]["customMessageId"] = json!("some_custom_message_id");
    matches(&older, "onMessage Text with metadata.customMessageId", &["/tracingId"]);
}

#[test]
fn attributes_and_files_leave_as_other_clients_send_them() {
    let attributes = |name: &str, value: &str| json!({ "metadata": { "customAttributes": { name: value } } });
    let draft = json!({ "text": "Hello world", "attributes": { "A": "B" }, "attachment": "abcd-1234" });
    let sent = said(draft);
    assert_eq!(sent["channel"], attributes("A", "B"));
    // Attributes stand in both places; this client knows the inner one.
    let differ = [CUSTOM_ID, "/message/metadata/id", "/channel"];
    matches(&sent, "onMessage Text + attachment + custom attributes + metadata", &differ);
    let sent = said(json!({ "text": "hello world", "attributes": { "test": "test-value" } }));
    assert_eq!(sent["message"]["channel"], attributes("test", "test-value"));
    // And these the outer one.
    let differ = [CUSTOM_ID, "/message/channel", "/tracingId"];
    matches(&sent, "onMessage Text, custom attributes at top-level channel", &differ);
    // The browser leaves the type and the empty text out.
    let differ = [CUSTOM_ID, "/message/metadata/id", "/message/type", "/message/text"];
    matches(&said(json!({ "attachment": "<attachmentId>" })), "onMessage attachment only", &differ);
}

#[test]
fn replies_leave_as_other_clients_send_them() {
    let reply = said(json!({ "quickReply": { "text": "text_a", "payload": "payload_a" } }));
    matches(&reply, "onMessage quick reply", &[CUSTOM_ID]);
    let answer = said(json!({ "datePicker": {
        "text": "time formatted: 2022-08-22T19:24:26.704Z",
        "payload": "2022-08-22T19:24:26.704Z",
        "originatingMessageId": "msg_id",
    } }));
    // The parent is named in the metadata too, as the browser does it.
    assert_eq!(answer["message"]["metadata"]["parentMessageId"], json!("msg_id"));
    matches(&answer, "onMessage date picker", &[CUSTOM_ID, "/message/metadata/parentMessageId"]);
}

#[test]
fn choices_and_forms_leave_as_the_browser_sends_them() {
    let choice = json!({ "text": "<item title>", "payload": "<item id>" });
    let list = said(json!({ "listPicker": {
        "text": "<replyMessage.subtitle>", "choices": [choice], "originatingMessageId": "<outbound id>",
    } }));
    matches(&list, "onMessage list picker answer", &[CUSTOM_ID, "/message/metadata/id"]);
    let form = said(json!({ "form": {
        "text": "<replyMessage.title>",
        "fields": [{ "id": "<field id>", "text": "<value>", "payload": "<value>" }],
        "cannedResponseId": "<id>",
        "originatingMessageId": "<outbound id>",
    } }));
    matches(&form, "onMessage form answer", &[CUSTOM_ID, "/message/metadata/id"]);
}

#[test]
fn that_the_guest_is_there_is_said_with_attributes_as_other_clients_say_it() {
    let mut line = Line::connected(json!({}));
    line.client.set_attributes(line.now(), vec![("A".to_owned(), "B".to_owned())]).unwrap();
    line.client.join(line.now()).unwrap();
    line.drain();
    // Services read either place; the outer one is the Java SDK's.
    matches(
        &line.left("onMessage")[0],
        "onMessage Event Presence Join with custom attributes",
        &["/tracingId", "/channel"],
    );
}

#[test]
fn typing_leaves_as_other_clients_send_it() {
    let mut line = Line::connected(json!({}));
    assert!(line.types());
    matches(&line.left("onMessage")[0], "onMessage Event Typing On", &[]);
}

#[test]
fn questions_about_files_leave_as_other_clients_send_them() {
    let mut line = Line::connected(json!({}));
    let file = line.try_attach("foo.png", "image/png", 424_242).unwrap();
    let mut asked = line.offer();
    let url = "https://downloads.example/a";
    line.says("UploadSuccessEvent", json!({ "attachmentId": file.to_string(), "downloadUrl": url }), None);
    assert_eq!(asked["attachmentId"], json!(file.to_string()));
    asked["attachmentId"] = json!("00000000-0000-0000-0000-000000000001");
    matches(&asked, "onAttachment (request upload URL)", &[]);
    line.url_of("test_attachment_id").unwrap();
    matches(&line.question("getAttachment"), "getAttachment", &[]);
    line.says("GenerateUrlError", json!({ "attachmentId": "test_attachment_id", "errorCode": 4009 }), None);
    line.detach(file).unwrap();
    let mut asked = line.question("deleteAttachment");
    asked["attachmentId"] = json!("test_attachment_id");
    matches(&asked, "deleteAttachment", &[]);
}

#[test]
fn questions_leave_as_other_clients_send_them() {
    let mut line = Line::new(json!({ "deploymentId": "deploymentId", "startNew": true }));
    line.connect();
    line.says("SessionResponse", json!({ "connected": true, "newSession": false }), None);
    matches(&line.left("configureSession")[0], "configureSession startNew=true, no journeyContext", &[]);
    matches(&line.frames[0], "getJwt", &[]);
    line.key();
    line.page(&[], 0);
    // A health check that stays unanswered, and the probe that follows it.
    line.run(45_000);
    matches(&line.left("echo")[0], "echo (health check)", &[]);
    let mut probe = line.left("getConfiguration").remove(0);
    probe["deploymentId"] = json!("<deploymentId>");
    matches(&probe, "getConfiguration", &[]);
}
