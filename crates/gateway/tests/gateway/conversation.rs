//! `web-messaging` over real sockets: a session, a message, its echo, the history.

use serde_json::{Value, json};

use crate::messenger::{DEPLOYMENT, ORIGIN, TOKEN, address, configure_session, text};
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
    let report = world.control("GET", "connections", Value::Null).await;
    for list in ["connections", "attempts"] {
        assert_eq!([&report[list][0]["service"], &report[list][1]["service"]], ["webchat", "web-messaging"]);
    }
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

#[tokio::test]
async fn a_deployment_says_where_its_service_is() {
    let world = World::with(|s| s.service.web_messaging.deployments = vec![DEPLOYMENT.into()]).await;
    let path = format!("/webdeployments/v1/deployments/{DEPLOYMENT}/config.json");
    let config = world.request("GET", &path, &[ORIGIN], "").await;
    assert_eq!(config.header("access-control-allow-origin"), Some("*"));
    let config = config.json();
    assert_eq!(config["apiEndpoint"], format!("http://{}", world.addr));
    let socket = config["messenger"]["apps"]["conversations"]["messagingEndpoint"].clone();
    assert_eq!(socket, format!("ws://{}", world.addr));
    let secure = world.request("GET", &path, &[ORIGIN, ("X-Forwarded-Proto", "https")], "").await.json();
    assert_eq!(secure["apiEndpoint"], format!("https://{}", world.addr), "behind a proxy that ends TLS");
    let elsewhere = world.request("GET", "/webdeployments/v1/deployments/x/config.json", &[ORIGIN], "").await;
    assert_eq!((elsewhere.status, &elsewhere.json()["code"]), (404, &json!("deployment.not.found")));
}

#[tokio::test]
async fn the_agent_says_structured_things_and_ends_the_conversation() {
    let world = World::new().await;
    let mut guest = world.messenger().await;
    let card = json!([{ "contentType": "Card", "card": { "title": "One", "actions": [] } }]);
    let message = json!({ "type": "Structured", "text": "Look", "content": card });
    let said = world.control("POST", "say", json!({ "conversation": TOKEN, "message": message })).await;
    let heard = guest.hear_json().await;
    assert_eq!((&heard["body"]["content"], &heard["body"]["id"]), (&card, &said["said"][0]["messageId"]));
    let event = json!({ "eventType": "Presence", "presence": { "type": "Disconnect" } });
    let end = json!({ "type": "Event", "events": [event], "metadata": { "readOnly": "true" } });
    world.control("POST", "say", json!({ "message": end })).await;
    assert_eq!(guest.hear_json().await["body"]["metadata"]["readOnly"], "true");
    let refused = guest.ask(&text("a", "but")).await;
    assert_eq!(
        (&refused["code"], &refused["body"]),
        (&json!(409), &json!("Session is read-only, no new messages allowed"))
    );
}

#[tokio::test]
async fn what_the_agent_is_to_say_is_either_a_text_or_a_message_and_webchat_knows_text_only() {
    let world = World::new().await;
    let webchat = world.guest().await;
    for body in
        [json!({}), json!({ "content": "a", "message": {} }), json!({ "message": "a" }), json!({ "content": 1 })]
    {
        let answer = world.request("POST", "/control/say", &[], &body.to_string()).await;
        assert_eq!(answer.status, 400, "{body}");
    }
    let body = json!({ "conversation": webchat.conversation, "message": { "type": "Text", "text": "a" } });
    assert_eq!(world.request("POST", "/control/say", &[], &body.to_string()).await.status, 400);
}

#[tokio::test]
async fn a_fourth_connection_closes_the_oldest() {
    let world = World::new().await;
    let mut first = world.messenger().await;
    let _others = [world.messenger().await, world.messenger().await, world.messenger().await];
    assert_eq!(first.hear_json().await["class"], "ConnectionClosedEvent");
    assert_eq!(first.end().await, End::Close(1000, String::new()));
}

#[tokio::test]
async fn faults_of_webchat_work_here_too() {
    let world = World::new().await;
    let mut guest = world.messenger().await;
    world.fault(json!({ "fault": "lose_acks", "count": 1 })).await;
    guest.say(text("lost", "hello").to_string()).await;
    world.fault(json!({ "fault": "duplicate_acks", "count": 1 })).await;
    let twice = guest.ask(&text("twice", "hello")).await;
    assert_eq!((&twice["tracingId"], guest.hear_json().await), (&json!("twice"), twice.clone()));
    world.fault(json!({ "fault": "refuse_message", "code": 429, "retry_after": 7, "count": 1 })).await;
    let refused = guest.ask(&text("slow", "hello")).await;
    assert_eq!((&refused["class"], &refused["body"]["retryAfter"]), (&json!("TooManyRequestsErrorMessage"), &json!(7)));
    world.fault(json!({ "fault": "reset" })).await;
    assert_eq!(guest.end().await, End::Reset);
    world.fault(json!({ "fault": "refuse_socket", "status": 503, "count": 1 })).await;
    assert_eq!(world.refused(&address(), None).await.status, 503);
    world.fault(json!({ "fault": "close", "code": 1011, "on": "open", "conversation": TOKEN, "count": 1 })).await;
    let mut back = world.open_messaging().await;
    assert_eq!(back.ask(&configure_session()).await["body"]["newSession"], false, "the close waits for the session");
    assert_eq!(back.end().await, End::Close(1011, String::new()));
    let ids: Vec<_> = world.control("GET", "ledger", Value::Null).await["messages"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| row["tracingId"].clone())
        .collect();
    assert_eq!(ids, ["lost", "twice"]);
}

#[tokio::test]
async fn a_frame_that_is_too_large_closes_the_socket() {
    let world = World::with(|s| s.service.web_messaging.max_frame = 1_000).await;
    let mut guest = world.messenger().await;
    guest.say(text("a", &"x".repeat(1_000)).to_string()).await;
    assert!(matches!(guest.end().await, End::Close(1009, _)));
}

#[tokio::test]
async fn a_file_too_large_is_refused_by_the_service_or_by_the_gateway() {
    let world = World::with(|s| s.service.web_messaging.max_file_kb = 1).await;
    let mut guest = world.messenger().await;
    let ask = json!({ "action": "onAttachment", "token": TOKEN, "fileName": "a.png", "fileType": "image/png" });
    for (size, status) in [(1_001, 200), (2_000_000, 413)] {
        let offer = guest.ask(&ask).await;
        let url = offer["body"]["url"].as_str().expect("an address");
        let path = url.strip_prefix(&format!("http://{}", world.addr)).expect("at this gateway");
        let tagging = offer["body"]["headers"]["x-amz-tagging"].as_str().expect("a tag");
        let put = world.request("PUT", path, &[("x-amz-tagging", tagging)], &"x".repeat(size)).await;
        assert_eq!(put.status, status);
        if status == 200 {
            assert_eq!(guest.hear_json().await["body"]["errorCode"], 4002);
        }
    }
}
