//! Tokens, channels and what events say stand in nothing that can be logged.

use crate::line::{Line, event};
use guestwire_core::event::Event;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_streams_life_shows_neither_tokens_nor_channels_nor_what_events_say() {
    let mut line = Line::connected(json!({}));
    let mut said = event(1);
    said["eventBody"] = json!({ "message": "only for its listeners", "id": "only for its listeners" });
    line.says(&said);
    line.subscribe(&["v2.users.u-2.presence"]);
    line.take_topics();
    line.says(&json!({ "topicName": "v2.system.token_revoked.streaming-5-1", "eventBody": { "reason": "user_tokens_revoked" } }));
    line.until_it_acts(120_000);
    line.closes(line.opened[0].0, 1006);
    for _ in 0..6 {
        while !line.wishes.is_empty() {
            line.give_token(Some(3_600_000));
        }
        while let Some((request, _)) = line.requests.first().cloned() {
            line.requests.remove(0);
            line.answer(
                request,
                401,
                json!({ "code": "bad.credentials", "message": "no channel streaming-5-1 of a-token-that-is-number-1" }),
            );
        }
        line.wait(20_000);
    }
    line.client.close(line.now(), Some(0));
    line.drain();
    let told = line.events.iter().map(Event::detail).filter(|(name, _)| *name != "event");
    let told: Vec<_> = told.map(|(name, detail)| json!([name, detail]).to_string()).collect();
    let trace: Vec<_> = line.client.entries().map(|entry| json!(entry).to_string()).collect();
    assert!(told.len() > 20 && trace.len() > 20);
    for shown in [&line.log, &told.join("\n"), &trace.join("\n"), &json!(line.client.frame()).to_string()] {
        for secret in
            ["a-token-that-is", "streaming-5-", "streaming.mypurecloud.com/channels", "only for its listeners"]
        {
            assert!(!shown.contains(secret), "{secret} in {}", around(shown, secret));
        }
    }
}

fn around(text: &str, secret: &str) -> String {
    text.lines().find(|line| line.contains(secret)).unwrap_or_default().to_owned()
}
