//! Clients of `web-messaging` that others wrote, as they are in the field: each differs from the documents somewhere,
//! and the service serves it as the real one does.

use serde_json::{Value, json};

use crate::messenger::{DEPLOYMENT, ORIGIN, TOKEN, configure_session, text};
use crate::world::{Socket, World};

fn message(message: Value) -> Value {
    json!({ "action": "onMessage", "token": TOKEN, "message": message })
}

async fn says(socket: &mut Socket, frame: &Value) -> Value {
    let echo = socket.ask(frame).await;
    assert_eq!((&echo["class"], &echo["code"]), (&json!("StructuredMessage"), &json!(200)), "{echo}");
    echo
}

#[tokio::test]
async fn no_tracing_id_is_sent_and_none_comes_back() {
    let world = World::new().await;
    let mut guest = world.messenger().await;
    let echo = says(&mut guest, &message(json!({ "type": "Text", "text": "hello" }))).await;
    assert_eq!(echo.get("tracingId"), None);
    assert_eq!(echo["body"]["text"], "hello");
    assert!(echo["body"]["id"].is_string(), "by which it is known all the same");
}

#[tokio::test]
async fn a_message_with_time_and_an_unknown_member_is_taken() {
    let world = World::new().await;
    let mut guest = world.messenger().await;
    let mut frame = text("a", "hello");
    frame["time"] = "2026-11-21T00:00:00.000Z".into();
    frame["attachmentIds"] = json!([]);
    frame["mode"] = 0.into();
    says(&mut guest, &frame).await;
}

#[tokio::test]
async fn custom_attributes_may_stand_in_the_message_or_beside_it() {
    let world = World::new().await;
    let mut guest = world.messenger().await;
    let channel = json!({ "metadata": { "customAttributes": { "test": "test-value" } } });
    let mut inside = message(json!({ "type": "Text", "text": "mobile" }));
    inside["message"]["channel"] = channel.clone();
    let mut beside = message(json!({ "type": "Text", "text": "java" }));
    beside["channel"] = channel;
    says(&mut guest, &inside).await;
    says(&mut guest, &beside).await;
    let large = json!({ "metadata": { "customAttributes": { "k": "x".repeat(2_048) } } });
    inside["message"]["channel"] = large.clone();
    beside["channel"] = large;
    for frame in [inside, beside] {
        assert_eq!(guest.ask(&frame).await["code"], 4013, "and count in both places");
    }
}

#[tokio::test]
async fn the_address_may_name_an_application_or_not_but_must_name_a_deployment() {
    let world = World::new().await;
    for query in [
        format!("deploymentId={DEPLOYMENT}"),
        format!("deploymentId={DEPLOYMENT}&application=messenger-2.16.2"),
        format!("application=guest%20client%2F1.0&deploymentId={DEPLOYMENT}&unknown=1"),
    ] {
        let (mut socket, _) = world.try_open_with(&format!("/v1?{query}"), &[ORIGIN]).await.expect("let in");
        assert_eq!(socket.ask(&configure_session()).await["class"], "SessionResponse", "{query}");
    }
    for query in ["", "?application=x", "?deploymentId="] {
        assert_eq!(world.refused(&format!("/v1{query}"), None).await.status, 403, "{query}");
    }
}

#[tokio::test]
async fn origin_may_be_an_origin_or_a_bare_host_or_missing() {
    let world = World::new().await;
    let path = format!("/v1?deploymentId={DEPLOYMENT}");
    let java: &[(&'static str, &str)] = &[("origin", "http://localhost"), ("deploymentid", DEPLOYMENT)];
    for headers in [&[ORIGIN][..], &[("origin", "webmessaging.mypurecloud.com")], java, &[]] {
        assert!(world.try_open_with(&path, headers).await.is_ok(), "{headers:?}");
    }
}

#[tokio::test]
async fn a_restricted_deployment_lets_in_its_domains_and_the_mobile_clients() {
    let world = World::with(|s| s.service.web_messaging.allowed_domains = vec!["shop.example".into()]).await;
    let path = format!("/v1?deploymentId={DEPLOYMENT}");
    let own_host = world.addr.ip().to_string();
    for good in ["https://shop.example", "https://www.shop.example:8443", own_host.as_str()] {
        assert!(world.try_open_with(&path, &[("origin", good)]).await.is_ok(), "{good}");
    }
    for bad in [&[("origin", "https://evil.example")][..], &[]] {
        let refused = world.try_open_with(&path, bad).await.map(|_| ()).expect_err("refused");
        assert_eq!(refused.status, 403);
    }
    let domains =
        world.request("GET", &format!("/webdeployments/v1/deployments/{DEPLOYMENT}/domains.json"), &[ORIGIN], "").await;
    assert_eq!(domains.json(), json!({ "allowAllDomains": false, "allowedDomains": ["shop.example"] }));
}

#[tokio::test]
async fn the_older_id_in_the_metadata_comes_back_where_it_was() {
    let world = World::new().await;
    let mut guest = world.messenger().await;
    let metadata = json!({ "customMessageId": "some_custom_message_id" });
    let echo = says(&mut guest, &message(json!({ "type": "Text", "text": "Hello", "metadata": metadata }))).await;
    assert_eq!(echo["body"]["metadata"]["customMessageId"], "some_custom_message_id");
    let ping = json!({ "action": "echo", "token": TOKEN,
        "message": { "type": "Text", "text": "ping", "metadata": { "customMessageId": "health" } } });
    let pong = says(&mut guest, &ping).await;
    assert_eq!((&pong["type"], &pong["body"]["metadata"]["customMessageId"]), (&json!("response"), &json!("health")));
    let ledger = world.control("GET", "ledger", Value::Null).await;
    assert_eq!(ledger["messages"][0]["tracingId"], "some_custom_message_id");
}

#[tokio::test]
async fn a_first_frame_that_is_no_configuration_is_refused_and_the_socket_stays() {
    let world = World::new().await;
    let mut guest = world.open_messaging().await;
    let refused = guest.ask(&text("a", "too early")).await;
    assert_eq!(
        (&refused["class"], &refused["code"], &refused["tracingId"]),
        (&json!("string"), &json!(4007), &json!("a"))
    );
    assert_eq!(guest.ask(&configure_session()).await["class"], "SessionResponse");
    says(&mut guest, &text("b", "now")).await;
    assert_eq!(world.ledger().await.len(), 1);
}

#[tokio::test]
async fn a_health_check_without_a_token_is_answered_to_its_sender_only() {
    let world = World::new().await;
    let (mut guest, mut tab) = (world.messenger().await, world.messenger().await);
    let pong = says(&mut guest, &json!({ "action": "echo", "message": { "type": "Text", "text": "ping" } })).await;
    assert_eq!((&pong["type"], &pong["body"]["text"]), (&json!("response"), &json!("ping")));
    let told = tab.ask(&text("a", "from the other tab")).await;
    assert_eq!(told["tracingId"], "a", "and no health check before it");
}

#[tokio::test]
async fn a_browser_sends_only_a_file_with_neither_type_nor_text() {
    let world = World::new().await;
    let mut guest = world.messenger().await;
    let ask = json!({ "action": "onAttachment", "fileName": "photo.png", "fileSize": 5, "fileType": "image/png", "token": TOKEN });
    let offer = guest.ask(&ask).await;
    let url = offer["body"]["url"].as_str().expect("an address");
    let path = url.strip_prefix(&format!("http://{}", world.addr)).expect("at this gateway");
    let tagging = offer["body"]["headers"]["x-amz-tagging"].as_str().expect("a tag");
    let put =
        world.request("PUT", path, &[("x-amz-tagging", tagging), ("Content-Type", "image/png"), ORIGIN], "image").await;
    assert_eq!((put.status, put.body.len()), (200, 0));
    let event = guest.hear_json().await;
    assert_eq!(event["class"], "UploadSuccessEvent");
    let part = json!({ "contentType": "Attachment", "attachment": { "id": offer["body"]["attachmentId"] } });
    let frame = json!({ "action": "onMessage", "token": TOKEN, "tracingId": "f",
        "message": { "metadata": { "id": "x" }, "content": [part] } });
    let echo = says(&mut guest, &frame).await;
    assert_eq!((&echo["body"]["type"], echo["body"].get("text")), (&json!("Text"), None));
    let url = echo["body"]["content"][0]["attachment"]["url"].as_str().expect("an address");
    let path = url.strip_prefix(&format!("http://{}", world.addr)).expect("at this gateway");
    let file = world.request("GET", path, &[ORIGIN], "").await;
    assert_eq!((file.body.as_slice(), file.header("content-type")), (b"image".as_slice(), Some("image/png")));
    assert_eq!(file.header("content-disposition"), Some("attachment"), "never a page of ours");
}

#[tokio::test]
async fn a_widget_of_2023_names_its_file_beside_the_message_and_tells_it_by_its_address() {
    let world = World::new().await;
    let mut guest = world.messenger().await;
    let ask = json!({ "action": "onAttachment", "fileName": "photo.png", "fileSize": 5, "fileType": "image/png",
        "token": TOKEN });
    let offer = guest.ask(&ask).await;
    let url = offer["body"]["url"].as_str().expect("an address");
    let path = url.strip_prefix(&format!("http://{}", world.addr)).expect("at this gateway");
    let tagging = offer["body"]["headers"]["x-amz-tagging"].as_str().expect("a tag");
    world.request("PUT", path, &[("x-amz-tagging", tagging)], "image").await;
    let event = guest.hear_json().await;
    let mut frame = message(json!({ "type": "Text", "text": "" }));
    frame["attachmentIds"] = json!([event["body"]["attachmentId"]]);
    let echo = says(&mut guest, &frame).await;
    assert_eq!(echo["body"].get("text"), None);
    let url = echo["body"]["content"][0]["attachment"]["url"].as_str().expect("an address");
    assert!(url.starts_with(&format!("http://{}/api/v2/downloads/", world.addr)), "{url}");
    frame["attachmentIds"] = json!(["nowhere"]);
    assert_eq!(guest.ask(&frame).await["code"], 4009);
    frame["attachmentIds"] = json!("nowhere");
    assert_eq!(guest.ask(&frame).await["code"], 400);
}

#[tokio::test]
async fn a_quick_reply_may_be_of_type_text_with_no_text_or_structured_with_its_label() {
    let world = World::new().await;
    let mut guest = world.messenger().await;
    let pressed = |kind: &str| {
        json!([{ "contentType": "ButtonResponse",
        "buttonResponse": { "text": "Yes", "payload": "yes", "type": kind } }])
    };
    for (kind, text, button) in
        [("Text", "", "QuickReply"), ("Structured", "Yes", "QuickReply"), ("Structured", "Yes", "Button")]
    {
        let echo = says(&mut guest, &message(json!({ "type": kind, "text": text, "content": pressed(button) }))).await;
        assert_eq!((&echo["body"]["type"], &echo["body"]["content"]), (&json!(kind), &pressed(button)));
    }
    let rows = world.control("GET", "ledger", Value::Null).await;
    assert_eq!(rows["messages"][0]["structured"], pressed("QuickReply"));
}

#[tokio::test]
async fn clients_of_long_ago_and_of_tomorrow_configure_with_members_of_their_own() {
    let world = World::new().await;
    for own in [
        json!({ "guestInformation": { "email": "peter.parker@marvel.com", "firstName": "Peter" } }),
        json!({ "mode": 0, "journeyContext": { "customer": { "id": TOKEN, "idType": "cookie" },
            "customerSession": { "id": "", "type": "web" } } }),
        json!({ "journeyContext": { "customer": { "id": TOKEN, "idType": "cookie" } } }),
        json!({ "resumeToken": "x", "startNew": null }),
    ] {
        let mut frame = configure_session();
        frame.as_object_mut().expect("an object").extend(own.as_object().expect("an object").clone());
        let mut socket = world.open_messaging().await;
        assert_eq!(socket.ask(&frame).await["class"], "SessionResponse", "{own}");
    }
    let mut minimal = configure_session();
    minimal.as_object_mut().expect("an object").remove("startNew");
    let mut socket = world.open_messaging().await;
    assert_eq!(socket.ask(&minimal).await["body"]["newSession"], false);
}

#[tokio::test]
async fn a_client_that_does_not_wait_for_its_session_is_served_in_order() {
    let world = World::new().await;
    let mut guest = world.open_messaging().await;
    guest.say(configure_session().to_string()).await;
    guest.say(message(json!({ "type": "Text", "text": "System: handoff" })).to_string()).await;
    assert_eq!(guest.hear_json().await["class"], "SessionResponse");
    assert_eq!(guest.hear_json().await["body"]["text"], "System: handoff");
}

#[tokio::test]
async fn what_clients_say_beside_the_schema_is_no_reason_to_refuse_them() {
    let world = World::new().await;
    let mut guest = world.open_messaging().await;
    let mut configure = configure_session();
    configure["data"] = json!({ "customAttributes": { "plan": "gold" } });
    assert_eq!(guest.ask(&configure).await["class"], "SessionResponse");
    let id = "0f0e0d0c-0b0a-4908-8706-050403020100";
    let echo = says(&mut guest, &message(json!({ "type": "Text", "text": "a", "id": id, "status": "Sent" }))).await;
    assert_ne!(echo["body"]["id"], id, "ids of messages are the platform's");
    let mut bare = message(json!({ "type": "Text", "text": "b", "channel": { "metadata": { "plan": "gold" } } }));
    says(&mut guest, &bare).await;
    bare["channel"] = json!({ "metadata": { "plan": "gold" } });
    says(&mut guest, &bare).await;
    let page = world.history(&mut guest, "?pageSize=500").await.json();
    assert_eq!((&page["pageSize"], &page["total"], &page["pageCount"]), (&json!(500), &json!(3), &json!(1)));
}

#[tokio::test]
async fn a_token_that_is_no_uuid_is_taken_unless_the_service_is_set_otherwise() {
    for (uuid_tokens, class) in [(false, "SessionResponse"), (true, "string")] {
        let world = World::with(|s| s.service.web_messaging.uuid_tokens = uuid_tokens).await;
        let mut frame = configure_session();
        frame["token"] = "member_00000002".into();
        assert_eq!(world.open_messaging().await.ask(&frame).await["class"], class);
    }
}

#[tokio::test]
async fn a_customer_is_signed_in_by_code_or_by_id_token() {
    let world = World::new().await;
    for oauth in [
        json!({ "code": "c", "redirectUri": "https://shop.example", "codeVerifier": "v" }),
        json!({ "idToken": "i", "nonce": "n" }),
    ] {
        let body = json!({ "deploymentId": DEPLOYMENT, "oauth": oauth }).to_string();
        let path = "/api/v2/webdeployments/token/oauthcodegrantjwtexchange";
        let tokens = world.request("POST", path, &[("Content-Type", "application/json")], &body).await.json();
        let refresh = json!({ "refreshToken": tokens["refreshToken"] }).to_string();
        let fresh = world.request("POST", "/api/v2/webdeployments/token/refresh", &[], &refresh).await;
        let jwt = fresh.json()["jwt"].as_str().expect("a JWT").to_owned();
        let mut socket = world.open_messaging().await;
        let frame = json!({ "action": "configureAuthenticatedSession", "deploymentId": DEPLOYMENT, "token": jwt[..36],
            "data": { "code": jwt } });
        assert_eq!(socket.ask(&frame).await["class"], "SessionResponse");
        let bearer = format!("bearer {jwt}");
        let revoked =
            world.request("DELETE", "/api/v2/webdeployments/token/revoke", &[("Authorization", &bearer)], "").await;
        assert_eq!(revoked.status, 204);
        assert_eq!(socket.hear_json().await["class"], "LogoutEvent");
    }
}

#[tokio::test]
async fn the_history_is_refused_to_a_client_that_forgets_its_origin() {
    let world = World::new().await;
    let mut guest = world.messenger().await;
    let jwt = guest.ask(&json!({ "action": "getJwt", "token": TOKEN })).await;
    let jwt = format!("Bearer {}", jwt["body"]["jwt"].as_str().expect("a JWT"));
    let path = "/api/v2/webmessaging/messages";
    let without = world.request("GET", path, &[("Authorization", &jwt)], "").await;
    assert_eq!(without.status, 403);
    let bare = world.request("GET", path, &[("Authorization", &jwt), ("Origin", "mypurecloud.com")], "").await;
    assert_eq!((bare.status, bare.json()["pageNumber"].as_u64()), (200, Some(1)), "page 1 where none is named");
    assert_eq!(world.request("GET", path, &[ORIGIN], "").await.status, 401);
}

#[tokio::test]
async fn a_mobile_client_registers_its_device() {
    let world = World::new().await;
    let path = format!("/api/v2/webmessaging/deployments/{DEPLOYMENT}/pushdevices/{TOKEN}");
    let body = json!({ "deviceToken": "d", "language": "Eng", "deviceType": "android", "notificationProvider": "FCM" });
    assert_eq!(world.request("PATCH", &path, &[], &body.to_string()).await.status, 404);
    assert_eq!(world.request("POST", &path, &[], "{}").await.status, 400);
    assert_eq!(world.request("POST", &path, &[], &body.to_string()).await.status, 204);
    assert_eq!(world.request("PATCH", &path, &[], &body.to_string()).await.status, 204);
    assert_eq!(world.request("DELETE", &path, &[], "").await.status, 204);
    let gone = world.request("DELETE", &path, &[], "").await;
    assert_eq!((gone.status, &gone.json()["code"]), (404, &json!("device.not.found")));
}
