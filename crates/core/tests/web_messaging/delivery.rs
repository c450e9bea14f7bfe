//! How a message leaves, and what its answers mean.

use crate::line::Line;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_message_is_delivered_by_its_own_echo() {
    let mut line = Line::connected(json!({}));
    let id = line.send("hello");
    let sent = line.left("onMessage").remove(0);
    assert_eq!(sent["tracingId"], json!(id));
    let message = json!({ "type": "Text", "text": "hello", "metadata": { "customMessageId": id } });
    assert_eq!(sent["message"], message);
    line.echoes(&id, "hello");
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
    assert!(line.heard().is_empty(), "it is ours");
}

#[test]
fn an_older_service_names_the_message_in_its_metadata() {
    let mut line = Line::connected(json!({}));
    let id = line.send("hello");
    line.says("StructuredMessage", crate::line::kept(&id, "hello"), None);
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
}

#[test]
fn what_the_guest_says_in_another_tab_is_told_and_acknowledges_nothing() {
    let mut line = Line::connected(json!({}));
    let id = line.send("hello");
    let elsewhere = "0b7e4a52-9a1c-4a5e-8f3b-0f3f5e0d9a11";
    line.echoes(elsewhere, "hello");
    assert_eq!(line.end_of(&id), None);
    line.echoes(&id, "hello");
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
    assert_eq!(line.heard(), [("guest", "hello")]);
    line.agent("a1", "good morning");
    let sent: Vec<_> = line.told("message").iter().map(|told| told["sentId"].clone()).collect();
    assert_eq!(sent, [json!(elsewhere), json!(null)], "by it the other tab's message is known");
}

#[test]
fn messages_leave_one_by_one_in_order() {
    let mut line = Line::connected(json!({}));
    let ids: Vec<String> = (0..4).map(|number| line.send(&format!("message {number}"))).collect();
    for (number, id) in ids.iter().enumerate() {
        let sent = line.left("onMessage");
        assert_eq!(sent.len(), 1, "before the echo of the one before nothing leaves");
        assert_eq!(sent[0]["message"]["text"], json!(format!("message {number}")));
        line.echoes(id, "");
    }
}

#[test]
fn no_more_than_five_messages_leave_in_a_second() {
    let mut line = Line::connected(json!({}));
    for _ in 0..12 {
        line.send("hello");
    }
    let mut times = Vec::new();
    for _ in 0..200 {
        for sent in line.left("onMessage") {
            times.push(line.now().monotonic);
            line.echoes(sent["tracingId"].as_str().unwrap(), "hello");
        }
        line.run(20);
    }
    assert_eq!(times.len(), 12);
    for window in times.windows(6) {
        assert!(window[5] - window[0] > 1_000, "{times:?}");
    }
}

#[test]
fn no_more_than_sixty_requests_leave_on_one_connection_in_a_minute() {
    let mut line = Line::connected(json!({}));
    for _ in 0..120 {
        line.send("hello");
    }
    let mut times = Vec::new();
    for _ in 0..1_600 {
        for sent in std::mem::take(&mut line.frames) {
            times.push(line.now().monotonic);
            line.echoes(sent["tracingId"].as_str().unwrap(), "hello");
        }
        line.run(100);
    }
    assert!(times.len() > 120, "{}", times.len());
    for window in times.windows(61) {
        assert!(window[60] - window[0] > 60_000, "{times:?}");
    }
}

#[test]
fn a_refusal_without_a_name_is_laid_on_the_one_message_that_it_can_mean() {
    let mut line = Line::connected(json!({}));
    let (first, second) = (line.send("too long"), line.send("hello"));
    let text = json!("Message length 5000 is larger than 4096");
    line.says_with_code("string", 4011, text.clone(), None);
    assert_eq!(line.end_of(&first), Some(("rejected", Some("refused"))));
    assert_eq!(line.end_of(&second), None);
    line.echoes(&second, "hello");
    line.says_with_code("string", 4011, text, None);
    assert_eq!(line.end_of(&second), Some(("delivered", None)));
}

#[test]
fn an_error_that_may_mean_anything_is_laid_on_nobody() {
    let mut line = Line::connected(json!({}));
    let id = line.send("hello");
    line.says_with_code("string", 5000, json!("Request failed."), None);
    line.says_with_code("string", 400, json!("Request failed."), None);
    assert_eq!(line.end_of(&id), None);
    line.echoes(&id, "hello");
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
}

#[test]
fn a_limit_that_was_met_is_waited_out() {
    let mut line = Line::connected(json!({}));
    let id = line.send("hello");
    line.left("onMessage");
    let body = json!({ "retryAfter": 7, "errorCode": 4029, "errorMessage": "too many" });
    line.says_with_code("TooManyRequestsErrorMessage", 429, body, Some(&id));
    line.run(6_900);
    assert!(line.left("onMessage").is_empty());
    line.run(3_000);
    assert_eq!(line.left("onMessage").len(), 1);
    line.echoes(&id, "hello");
    assert_eq!(line.end_of(&id), Some(("delivered", None)));
}
