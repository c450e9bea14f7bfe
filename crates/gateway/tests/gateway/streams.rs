//! Event streams over the wire: tokens, channels and their topics, and both kinds of sockets.

use std::net::SocketAddr;

use guestwire_gateway::{DEMO_CLIENT, DEMO_SECRET, StreamsConfig};
use serde_json::{Value, json};

use crate::world::{Answer, End, Socket, World, request};

const CHANNELS: &str = "/api/v2/notifications/channels";
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const ELSEWHERE: &str = "https://desk.example";

fn credentials() -> String {
    format!("grant_type=client_credentials&client_id={DEMO_CLIENT}&client_secret={DEMO_SECRET}")
}

async fn with(change: impl FnOnce(&mut StreamsConfig)) -> World {
    World::with(|settings| change(&mut settings.service.streams)).await
}

/// A call with a token.
async fn call(addr: SocketAddr, token: &str, method: &str, path: &str, body: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    request(addr, method, path, &headers, body).await.expect("an answer")
}

impl World {
    async fn oauth(&self, path: &str, body: &str) -> Answer {
        self.request("POST", path, &[FORM, ("Origin", ELSEWHERE)], body).await
    }

    async fn token(&self) -> String {
        let answer = self.oauth("/oauth/token", &credentials()).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        answer.json()["access_token"].as_str().expect("a token").to_owned()
    }

    /// A new channel with these topics: its id, and its socket as its `connectUri` has it.
    async fn channel(&self, token: &str, topics: &[&str]) -> (String, Socket) {
        let facts = call(self.addr, token, "POST", CHANNELS, "").await.json();
        let id = facts["id"].as_str().expect("an id").to_owned();
        let topics: Vec<Value> = topics.iter().map(|id| json!({ "id": id })).collect();
        let path = format!("{CHANNELS}/{id}/subscriptions");
        let put = call(self.addr, token, "PUT", &path, &Value::from(topics).to_string()).await;
        assert_eq!(put.status, 200, "{}", String::from_utf8_lossy(&put.body));
        let uri = facts["connectUri"].as_str().expect("an address");
        let path = uri.strip_prefix(&format!("ws://{}", self.addr)).expect("our own address");
        (id, self.stream(path).await)
    }

    async fn stream(&self, path: &str) -> Socket {
        match self.try_open(path, None).await {
            Ok((socket, _)) => socket,
            Err(answer) => panic!("the socket was refused: {answer:?}"),
        }
    }

    async fn emit(&self, topic: &str) -> Value {
        let emitted = self.control("POST", "emit", json!({ "topic": topic, "body": { "x": 1 } })).await;
        emitted["emitted"][0].clone()
    }

    async fn streams(&self) -> Value {
        self.control("GET", "streams", Value::Null).await
    }
}

#[tokio::test]
async fn tokens_are_given_on_the_login_host_and_on_the_apis() {
    let world = World::new().await;
    for path in ["/oauth/token", "/api/v2/oauth/token"] {
        let answer = world.oauth(path, &credentials()).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
        assert_eq!(answer.json()["expires_in"], 86_400);
    }
    let refused = world.oauth("/oauth/token", "grant_type=client_credentials&client_id=x&client_secret=y").await;
    assert_eq!((refused.status, &refused.json()["error"]), (400, &json!("invalid_client")));
    assert_eq!(refused.header("access-control-allow-origin"), Some("*"), "a page may read refusals");
    let headers = [FORM, ("Authorization", "Basic eDp5")];
    let refused = world.request("POST", "/oauth/token", &headers, "grant_type=client_credentials").await;
    assert_eq!(refused.status, 401);
    assert!(refused.header("www-authenticate").is_some());
    assert_eq!(world.streams().await["tokens"]["issued"], 2);
}

#[tokio::test]
async fn a_channel_is_made_filled_looked_at_and_heard() {
    let world = World::new().await;
    let token = world.token().await;
    let (id, mut socket) = world.channel(&token, &["v2.users.u?presence&station"]).await;
    let head = call(world.addr, &token, "HEAD", &format!("{CHANNELS}/{id}"), "").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(call(world.addr, &token, "HEAD", &format!("{CHANNELS}/x"), "").await.status, 404);
    let path = format!("{CHANNELS}/{id}/subscriptions");
    let topics = call(world.addr, &token, "GET", &path, "").await;
    assert_eq!(topics.json()["entities"][0]["id"], "v2.users.u?presence&station");
    assert_eq!(topics.header("inin-ratelimit-count"), Some("5"));
    let event = world.emit("v2.users.u.presence").await;
    let heard = socket.hear_json().await;
    assert_eq!(heard["topicName"], "v2.users.u.presence");
    assert_eq!(heard["metadata"]["CorrelationId"], event["correlationId"]);
    assert_eq!(call(world.addr, &token, "DELETE", &path, "").await.status, 200);
    assert_eq!(world.emit("v2.users.u.presence").await["sent"], json!([]));
    let ignoring = format!("{path}?ignoreErrors=true");
    let added = call(world.addr, &token, "POST", &ignoring, r#"[{"id":"v2.forbidden.x"}]"#).await;
    assert_eq!(added.json()["entities"][0]["state"], "Rejected");
    let listed = call(world.addr, &token, "GET", &format!("{CHANNELS}?includechannels=oauthclient"), "").await;
    assert_eq!(listed.json()["entities"][0]["id"], id);
    let available = call(world.addr, &token, "GET", "/api/v2/notifications/availabletopics?expand=schema", "").await;
    assert_eq!(available.status, 200);
}

#[tokio::test]
async fn a_channel_speaks_and_answers() {
    let world = with(|config| config.heartbeat = Some(50)).await;
    let token = world.token().await;
    let (_, mut socket) = world.channel(&token, &[]).await;
    assert_eq!(socket.hear_json().await["eventBody"]["message"], "WebSocket Heartbeat");
    socket.say("12:00:00").await;
    socket.say(r#"{"message":"ping"}"#).await;
    while socket.hear_json().await["eventBody"]["message"] != "pong" {}
}

#[tokio::test]
async fn the_second_socket_of_a_channel_ends_the_first() {
    let world = World::new().await;
    let token = world.token().await;
    let (id, mut first) = world.channel(&token, &["v2.a"]).await;
    let mut second = world.stream(&format!("/channels/{id}")).await;
    assert!(matches!(first.end().await, End::Close(1001, _)));
    world.emit("v2.a").await;
    assert_eq!(second.hear_json().await["topicName"], "v2.a");
    let channel = world.streams().await["channels"][0].clone();
    assert_eq!((&channel["live"], &channel["replaced"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn a_channel_that_is_gone_has_no_socket() {
    let world = World::new().await;
    assert_eq!(world.refused("/channels/streaming-0-x", None).await.status, 401);
    let token = world.token().await;
    let (id, mut socket) = world.channel(&token, &["v2.a"]).await;
    world.fault(json!({ "fault": "evict_channel", "conversation": id })).await;
    assert_eq!(socket.hear_json().await["topicName"], format!("v2.system.no_longer_subscribed.{id}"));
    assert!(matches!(socket.end().await, End::Close(1001, _)));
    assert_eq!(world.refused(&format!("/channels/{id}"), None).await.status, 401);
}

#[tokio::test]
async fn a_closing_is_announced_and_then_comes() {
    let world = with(|config| config.closing_notice = 30).await;
    let token = world.token().await;
    let (_, mut socket) = world.channel(&token, &[]).await;
    world.fault(json!({ "fault": "socket_closing" })).await;
    assert_eq!(socket.hear_json().await["topicName"], "v2.system.socket_closing");
    assert!(matches!(socket.end().await, End::Close(1001, _)));
}

#[tokio::test]
async fn a_plain_socket_takes_its_token_from_the_header_or_the_query() {
    let world = with(|config| config.confirm = true).await;
    let token = world.token().await;
    assert_eq!(world.refused("/events", None).await.status, 401);
    let bearer = format!("Bearer {token}");
    let by_header = world.try_open_with("/events", &[("authorization", &bearer)]).await;
    let mut by_header = by_header.unwrap_or_else(|answer| panic!("{answer:?}")).0;
    let mut by_query = world.stream(&format!("/events?access_token={token}")).await;
    let frames = [
        json!({ "type": "subscribe", "data": { "topics": ["v2.a"] } }),
        json!({ "api-version": "1", "events": ["v2.a"] }),
    ];
    for (socket, frame) in [&mut by_header, &mut by_query].into_iter().zip(frames) {
        assert_eq!(socket.ask(&frame).await["type"], "subscribed");
    }
    assert_eq!(world.emit("v2.a").await["sent"].as_array().map(Vec::len), Some(2));
    for socket in [&mut by_header, &mut by_query] {
        assert_eq!(socket.hear_json().await["type"], "STREAMING_DATA");
        assert_eq!(socket.ask(&json!({ "type": "KEEP_ALIVE", "timestamp": 1 })).await["timestamp"], 1);
    }
    world.fault(json!({ "fault": "auth_error" })).await;
    assert_eq!(by_query.hear_json().await["code"], 401);
    assert!(matches!(by_query.end().await, End::Close(1001, _)));
}

#[tokio::test]
async fn an_idle_socket_ends_with_no_close_frame() {
    let world = with(|config| config.idle = Some(40)).await;
    let token = world.token().await;
    let mut socket = world.stream(&format!("/events?access_token={token}")).await;
    assert_eq!(socket.end().await, End::NoFrame);
}

#[tokio::test]
async fn what_breaks_other_sockets_breaks_these() {
    let world = World::new().await;
    let token = world.token().await;
    let (id, mut socket) = world.channel(&token, &["v2.a"]).await;
    world.fault(json!({ "fault": "close", "code": 1012, "conversation": id })).await;
    assert!(matches!(socket.end().await, End::Close(1012, _)));
    for (fault, end) in [
        (json!({ "fault": "reset" }), End::Reset),
        (json!({ "fault": "silence", "ms": 100 }), End::Reset),
        (json!({ "fault": "close", "code": 1006 }), End::NoFrame),
    ] {
        let mut socket = world.stream(&format!("/channels/{id}")).await;
        world.fault(fault).await;
        assert_eq!(socket.end().await, end);
    }
    world
        .fault(json!({ "fault": "refuse_rest", "scope": "subscriptions", "status": 429, "retry_after": 3, "count": 1 }))
        .await;
    let refused = call(world.addr, &token, "PUT", &format!("{CHANNELS}/{id}/subscriptions"), "[]").await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("3")));
    let message = "Rate limit exceeded the maximum. Retry the request in [3] seconds";
    assert_eq!(refused.json()["message"], message);
}

#[tokio::test]
async fn channels_outlive_a_restart() {
    let world = World::new().await;
    let token = world.token().await;
    let (id, mut socket) = world.channel(&token, &["v2.a"]).await;
    world.fault(json!({ "fault": "restart", "ms": 50 })).await;
    assert_eq!(socket.end().await, End::Reset);
    let mut socket = loop {
        let bearer = format!("Bearer {token}");
        let path = format!("{CHANNELS}/{id}");
        if request(world.addr, "HEAD", &path, &[("Authorization", &bearer)], "").await.is_ok() {
            break world.stream(&format!("/channels/{id}")).await;
        }
    };
    world.emit("v2.a").await;
    assert_eq!(socket.hear_json().await["topicName"], "v2.a");
}

#[tokio::test]
async fn pages_may_read_what_the_api_says_of_its_limits() {
    let world = World::new().await;
    let preflight = [
        ("Origin", ELSEWHERE),
        ("Access-Control-Request-Method", "PUT"),
        ("Access-Control-Request-Headers", "authorization,content-type,purecloud-sdk"),
    ];
    let answer = world.request("OPTIONS", &format!("{CHANNELS}/x/subscriptions"), &preflight, "").await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert!(answer.header("access-control-allow-methods").expect("said").contains("PUT"));
    let answer = world.request("GET", CHANNELS, &[("Origin", ELSEWHERE)], "").await;
    let exposed = answer.header("access-control-expose-headers").expect("said");
    assert!(exposed.contains("retry-after") && exposed.contains("inin-ratelimit-reset"), "{exposed}");
    let hidden = World::with(|settings| settings.expose_headers = false).await;
    let answer = hidden.request("GET", CHANNELS, &[("Origin", ELSEWHERE)], "").await;
    assert_eq!(answer.header("access-control-expose-headers"), None);
}

#[tokio::test]
async fn what_is_asked_to_happen_is_checked() {
    let world = World::new().await;
    for bad in [r#"{"count":0}"#, r#"{"count":10001}"#, r#"{"topics":[]}"#, "[]", r#"{"topic":7}"#] {
        assert_eq!(world.request("POST", "/control/emit", &[], bad).await.status, 400, "{bad}");
    }
    let emitted = world.control("POST", "emit", json!({ "topic": "v2.a", "count": 3, "correlationId": "c" })).await;
    assert_eq!(emitted["emitted"].as_array().map(Vec::len), Some(3));
    assert_eq!(world.streams().await["events"][2]["correlationId"], "c");
}
