//! `web-messaging` over real sockets: a session, a message, its echo, the history.

use serde_json::{Value, json};

use crate::messenger::{ORIGIN, TOKEN, configure_session, text};
use crate::world::{End, World};

#[tokio::test]
async fn a_guest_configures_writes_is_echoed_and_reads_the_history() {
    let world = World::new().await;
    let mut guest = world.open_messaging().await;
    let session = guest.ask(&configure_session()).await;
    assert_eq!((&session["body"]["connected"], &session["body"]["newSession"]), (&json!(true), &json!(true)));
    assert_eq!(session["body"]["durationSeconds"], 259_200);
    let echo = guest.ask(&text("a", "hello")).await;
    assert_eq!((&echo["tracingId"], &echo["body"]["text"]), (&json!("a"), &json!("hello")));
    guest.ask(&text("b", "again")).await;
    let page = world.history(&mut guest, "?pageNumber=1&pageSize=25").await;
    assert_eq!((page.status, page.header("access-control-allow-origin")), (200, Some("*")));
    let texts: Vec<_> = page.json()["entities"].as_array().expect("a list").iter().map(|m| m["text"].clone()).collect();
    assert_eq!(texts, ["again", "hello"], "newest first");
    assert_eq!(world.ledger().await[0].0, echo["body"]["id"].as_str().expect("an id"));

    let mut tab = world.messenger().await;
    world.control("POST", "say", json!({ "message": { "type": "Text", "text": "from an agent" } })).await;
    for socket in [&mut guest, &mut tab] {
        let said = socket.hear_json().await;
        assert_eq!((&said["body"]["direction"], &said["body"]["text"]), (&json!("Outbound"), &json!("from an agent")));
    }
}

#[tokio::test]
async fn both_services_live_at_one_address_with_one_ledger_and_one_queue_of_faults() {
    let world = World::new().await;
    let webchat = world.guest().await;
    let mut chat = world.open(&webchat).await;
    let mut messenger = world.messenger().await;
    chat.send("m1").await;
    messenger.ask(&text("m2", "hello")).await;
    let rows = world.control("GET", "ledger", Value::Null).await;
    assert_eq!(rows["messages"].as_array().expect("a list").len(), 2);
    let one = world.control("GET", &format!("ledger?conversation={TOKEN}"), Value::Null).await;
    assert_eq!(one["messages"].as_array().expect("a list").len(), 1, "a token stands for its conversation");
    assert_eq!(one["messages"][0]["tracingId"], "m2");
    world.fault(json!({ "fault": "close", "code": 1012, "conversation": TOKEN })).await;
    assert_eq!(messenger.end().await, End::Close(1012, String::new()));
    chat.send("m3").await;
}

#[tokio::test]
async fn a_page_of_another_origin_may_ask_before_it_reads_or_uploads() {
    let world = World::new().await;
    for (path, method, header) in [
        ("/api/v2/webmessaging/messages", "GET", "authorization"),
        ("/uploads/key", "PUT", "x-amz-tagging"),
        ("/api/v2/webdeployments/token/revoke", "DELETE", "authorization"),
    ] {
        let headers = [ORIGIN, ("access-control-request-method", method), ("access-control-request-headers", header)];
        let answer = world.request("OPTIONS", path, &headers, "").await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some("*")), "{path}");
        let allowed = |name: &str| answer.header(name).unwrap_or_default().to_ascii_lowercase();
        assert!(allowed("access-control-allow-methods").contains(&method.to_ascii_lowercase()), "{path}");
        assert!(allowed("access-control-allow-headers").contains(header), "{path}");
    }
}
