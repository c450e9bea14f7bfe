//! What a trace keeps of what stands beside a text: enough to run it again, and nothing of what it says.

use guestwire_core::Client;
use guestwire_core::config::Config;
use guestwire_core::draft::Draft;
use guestwire_core::io::{Frame, Input, Output};
use guestwire_core::time::Now;
use guestwire_core::trace::Recorder;
use guestwire_core::trace::replay::replay;
use guestwire_core::value;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

struct Recorded {
    recorder: Recorder,
    ms: u64,
}

impl Recorded {
    fn now(&mut self) -> Now {
        self.ms += 7;
        Now { monotonic: self.ms, wall: self.ms }
    }

    fn frame(&mut self, frame: &Value) {
        let text = frame.to_string();
        let now = self.now();
        let frame = Frame { bytes: text.len(), body: value::read(&text, 1 << 20) };
        self.recorder.handle(now, Input::SocketFrame(1, frame));
    }

    fn draft(&mut self, draft: &Value) {
        let draft = Draft::from_value(&value::read(&draft.to_string(), 1 << 20).unwrap()).unwrap();
        let now = self.now();
        let _refused = self.recorder.send_draft(now, &draft);
    }

    fn drain(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.recorder.poll_output()).collect()
    }

    fn trace(&self) -> Value {
        let mut trace = json!(self.recorder.frame());
        trace["entries"] = self.recorder.entries().map(|entry| json!(entry)).collect();
        trace
    }
}

#[test]
fn drafts_and_typing_run_again_and_are_not_readable() {
    let options = json!({
        "dialect": "web-messaging", "region": "us-east-1", "deploymentId": "d", "trace": 160,
        "credential": { "kind": "bearer", "value": "0123456789" },
    });
    let config = Config::from_value(&value::read(&options.to_string(), 1_000).unwrap()).unwrap();
    let client = Client::new(config, [5; 16], Now { monotonic: 0, wall: 0 });
    let mut it = Recorded { recorder: Recorder::new(client), ms: 0 };
    let drafts = [
        json!({ "text": "hush \"a\"", "attributes": { "hush b": "hush\nc", "hush d": "" } }),
        json!({ "quickReply": { "text": "hush e", "payload": "hush f" } }),
        json!({ "datePicker": { "text": "hush g", "payload": "hush h", "originatingMessageId": "hush-i" } }),
        json!({ "attachment": "hush-j", "attributes": { "hush k": "x".repeat(2_000) } }),
        json!({ "text": "hush l", "attributes": { "hush m": "x".repeat(2_100) } }),
        json!({ "listPicker": { "text": "hush n", "originatingMessageId": "hush-o", "choices": [
            { "text": "hush p", "payload": "hush q" }, { "text": "hush r", "payload": "\"hush\" s" },
        ] } }),
        json!({ "form": { "originatingMessageId": "hush-t", "cannedResponseId": "hush-u", "fields": [
            { "id": "hush-v", "text": "", "payload": "" }, { "id": "hush-w", "text": "hush x", "payload": "hush y" },
        ] }, "attributes": { "hush k": "own" } }),
    ];
    let now = it.now();
    it.recorder.connect(now);
    let now = it.now();
    it.recorder.handle(now, Input::SocketOpened(1));
    // More than the window holds, so that it begins with some of them in the buffer.
    for _ in 0..12 {
        drafts.iter().for_each(|draft| it.draft(draft));
        let now = it.now();
        let set = vec![("hush k".to_owned(), "hush\nset".to_owned()), ("hush z".to_owned(), String::new())];
        it.recorder.set_attributes(now, set).unwrap();
        it.drain();
    }
    let session = json!({ "connected": true, "newSession": true, "maxCustomDataBytes": 1_000 });
    it.frame(&json!({ "type": "response", "class": "SessionResponse", "code": 200, "body": session }));
    for _ in 0..4 {
        let now = it.now();
        it.recorder.typing(now);
        let left = it.drain().into_iter().rev().find_map(|output| match output {
            Output::SendFrame(_, frame) if !frame.contains("Typing") => Some(frame),
            _ => None,
        });
        let sent: Value = serde_json::from_str(&left.expect("a message leaves")).unwrap();
        let mut echo = sent["message"].clone();
        echo["id"] = json!("p");
        echo["direction"] = json!("Inbound");
        it.frame(&json!({ "class": "StructuredMessage", "code": 200, "body": echo, "tracingId": sent["tracingId"] }));
    }
    let trace = it.trace();
    assert!(!trace.to_string().contains("hush"), "{trace}");
    let replayed = replay(&trace).expect("a trace");
    assert_eq!(replayed.difference, None);
    assert!(replayed.steps.len() > 20);
}
