use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::SinkExt;
use guestwire_gateway::{Dedupe, SocketAuth};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::world::{End, World, ack, in_time, message};

#[tokio::test]
async fn a_message_is_acknowledged_by_id_and_a_copy_again() {
    let world = World::new().await;
    let guest = world.guest().await;
    let mut socket = world.open(&guest).await;
    assert_eq!(socket.send("a").await, ack("a"));
    assert_eq!(socket.send("a").await, ack("a"));
    assert_eq!(world.post(&guest, "a").await.status, 200);
    assert_eq!(world.ledger().await, [("a".into(), 3)]);
}

#[tokio::test]
async fn an_id_counts_for_the_whole_host_where_that_was_asked_for() {
    let world = World::with(|s| s.service.webchat.dedupe = Dedupe::Host).await;
    let (one, other) = (world.guest().await, world.guest().await);
    world.post(&one, "a").await;
    assert_eq!(world.open(&other).await.send("a").await, ack("a"));
    assert_eq!(world.ledger().await, [("a".into(), 2)]);
}

#[tokio::test]
async fn a_heartbeat_is_answered_with_its_own_timestamp() {
    let world = World::new().await;
    let guest = world.guest().await;
    let mut socket = world.open(&guest).await;
    socket.say(json!({"type":"KEEP_ALIVE","timestamp":1_732_150_000_000_u64}).to_string()).await;
    let answer = socket.hear_json().await;
    assert_eq!(answer["type"], "KEEP_ALIVE_ACK");
    assert_eq!(answer["timestamp"], 1_732_150_000_000_u64);
}

#[tokio::test]
async fn the_token_may_stand_in_the_query_or_in_the_subprotocol_which_is_then_chosen() {
    let world = World::new().await;
    let guest = world.guest().await;
    let protocol = format!("bearer.{}", URL_SAFE_NO_PAD.encode(&guest.token));
    let offer = format!("chat, {protocol}");
    let Ok((mut socket, response)) = world.try_open(&guest.socket(), Some(&offer)).await else {
        panic!("refused");
    };
    assert_eq!(response.headers()["sec-websocket-protocol"], protocol.as_str());
    assert_eq!(socket.send("a").await, ack("a"));
}

#[tokio::test]
async fn a_socket_without_its_token_is_refused_with_a_real_status() {
    let world = World::new().await;
    let guest = world.guest().await;
    assert_eq!(world.refused(&guest.socket(), None).await.status, 401);
    let wrong = format!("{}?access_token=wrong", guest.socket());
    let refused = world.refused(&wrong, None).await;
    assert_eq!((refused.status, &refused.json()["code"]), (401, &json!(401)));
    assert_eq!(world.refused(&guest.socket(), Some("bearer.d3Jvbmc")).await.status, 401);
    let nowhere = format!("/api/v2/webchat/instances/nowhere/websocket?access_token={}", guest.token);
    assert_eq!(world.refused(&nowhere, None).await.status, 404);
    let path = format!("{}?access_token={}", guest.socket(), guest.token);
    let plain = world.request("GET", &path, &[], "").await;
    assert_eq!(plain.status, 400, "no upgrade, no socket");
}

#[tokio::test]
async fn where_the_token_is_looked_for_can_be_set() {
    let world = World::with(|s| s.service.webchat.socket_auth = SocketAuth::Subprotocol).await;
    let guest = world.guest().await;
    let query = format!("{}?access_token={}", guest.socket(), guest.token);
    assert_eq!(world.refused(&query, None).await.status, 401);
    let world = World::with(|s| s.service.webchat.socket_auth = SocketAuth::None).await;
    let guest = world.guest().await;
    assert!(world.try_open(&guest.socket(), None).await.is_ok());
}

#[tokio::test]
async fn over_the_connection_limit_sockets_are_refused() {
    let world = World::with(|s| s.service.max_connections = 1).await;
    let guest = world.guest().await;
    let first = world.open(&guest).await;
    let path = format!("{}?access_token={}", guest.socket(), guest.token);
    assert_eq!(world.refused(&path, None).await.status, 503);
    drop(first);
    in_time(async { while world.try_open(&path, None).await.is_err() {} }).await;
}

#[tokio::test]
async fn a_frame_over_the_limit_ends_the_socket_with_1009() {
    let world = World::with(|s| s.service.webchat.max_frame = 1_000).await;
    let guest = world.guest().await;
    for size in [1_001, 1_000_000] {
        let mut socket = world.open(&guest).await;
        // The service may end the connection while the rest of a large frame is still on its way.
        let _ = in_time(socket.0.send(Message::text("x".repeat(size)))).await;
        assert!(matches!(socket.end().await, End::Close(1009, _)), "{size}");
    }
}

#[tokio::test]
async fn a_binary_frame_ends_the_socket_with_1003() {
    let world = World::new().await;
    let guest = world.guest().await;
    let mut socket = world.open(&guest).await;
    in_time(socket.0.send(Message::binary(vec![1]))).await.expect("sent");
    assert!(matches!(socket.end().await, End::Close(1003, _)));
}

#[tokio::test]
async fn content_over_the_limit_is_refused_with_its_id() {
    let world = World::with(|s| s.service.webchat.max_content = 4).await;
    let guest = world.guest().await;
    let refused = world.open(&guest).await.send("a").await;
    assert_eq!((&refused["code"], &refused["messageId"]), (&json!(413), &json!("a")));
}

#[tokio::test]
async fn after_a_refusal_nothing_later_is_taken_until_the_message_returns() {
    let world = World::new().await;
    let guest = world.guest().await;
    let mut socket = world.open(&guest).await;
    world.fault(json!({"fault":"refuse_message","code":429,"retry_after":1,"count":1})).await;
    for id in ["1", "2"] {
        let refused = socket.send(id).await;
        assert_eq!((&refused["code"], &refused["messageId"]), (&json!(429), &json!(id)));
    }
    assert_eq!(socket.send("1").await, ack("1"));
    assert_eq!(socket.send("2").await, ack("2"));
    assert_eq!(world.ledger().await, [("1".into(), 1), ("2".into(), 1)]);
}

#[tokio::test]
async fn what_is_not_understood_is_answered_and_the_socket_stays() {
    let world = World::new().await;
    let guest = world.guest().await;
    let mut socket = world.open(&guest).await;
    socket.say("{").await;
    assert_eq!(socket.hear_json().await["code"], 400);
    assert_eq!(socket.send("a").await, ack("a"));
}

#[tokio::test]
async fn the_agents_words_are_repeated_on_a_new_socket() {
    let world = World::new().await;
    let guest = world.guest().await;
    let said = world.control("POST", "say", json!({"content":"hi","conversation":guest.conversation})).await;
    let mut socket = world.open(&guest).await;
    let first = socket.hear_json().await;
    assert_eq!((&first["content"], &first["messageId"]), (&json!("hi"), &said["said"][0]["messageId"]));
}

#[tokio::test]
async fn the_echo_agent_answers() {
    let world = World::with(|s| s.service.echo = true).await;
    let guest = world.guest().await;
    let mut socket = world.open(&guest).await;
    assert_eq!(socket.send("a").await, ack("a"));
    let word = socket.hear_json().await;
    assert!(word["content"].as_str().is_some_and(|text| text.contains("hello")), "{word}");
}

#[tokio::test]
async fn a_guest_that_leaves_is_no_longer_connected() {
    let world = World::new().await;
    let guest = world.guest().await;
    let mut socket = world.open(&guest).await;
    in_time(socket.0.close(None)).await.expect("closed");
    drop(socket);
    in_time(async {
        loop {
            let report = world.control("GET", "connections", Value::Null).await;
            if report["connections"] == json!([]) {
                assert_eq!(report["opened"], 1);
                return;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_guest_that_does_not_read_is_cut_and_harms_nobody() {
    let world = World::new().await;
    let (deaf, other) = (world.guest().await, world.guest().await);
    let _deaf = world.open(&deaf).await;
    let mut socket = world.open(&other).await;
    let long = "x".repeat(1_000_000);
    let one = json!({"fault":"raw_frame","text":"x","conversation":deaf.conversation});
    let many = json!(vec![one; 200]);
    let mut rounds = 0;
    loop {
        let said = json!({"content":long,"conversation":deaf.conversation});
        world.control("POST", "say", said).await;
        world.fault(many.clone()).await;
        let report = world.control("GET", "connections", Value::Null).await;
        if report["connections"].as_array().is_some_and(|live| live.len() == 1) {
            break;
        }
        rounds += 1;
        assert!(rounds < 200, "{rounds} million bytes wait for nobody");
    }
    socket.say(message("a")).await;
    assert_eq!(socket.hear_json().await, ack("a"));
}

#[tokio::test]
async fn when_the_gateway_stops_every_socket_is_told() {
    let world = World::new().await;
    let guest = world.guest().await;
    let mut socket = world.open(&guest).await;
    let (end, ()) = tokio::join!(
        async {
            let end = socket.end().await;
            drop(socket);
            end
        },
        world.gateway.stop()
    );
    assert!(matches!(end, End::Close(1001, _)), "{end:?}");
}
