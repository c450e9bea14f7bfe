use std::io::ErrorKind;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::world::{End, World, ack, in_time, message, request};

/// How long a silence or a restart lasts where something is to be tried meanwhile. A machine that is held up for longer than
/// that tries it too late.
const AWAY: Duration = Duration::from_millis(5_000);

#[tokio::test]
async fn a_close_comes_with_its_code_and_reason() {
    let world = World::new().await;
    let guest = world.guest().await;
    for code in [1000, 1001, 1012, 1013, 4404] {
        let mut socket = world.open(&guest).await;
        world.fault(json!({"fault":"close","code":code,"reason":"because"})).await;
        assert_eq!(socket.end().await, End::Close(code, "because".into()));
    }
}

#[tokio::test]
async fn codes_without_a_frame_end_the_stream_and_reset_it_not() {
    let world = World::new().await;
    let guest = world.guest().await;
    for code in [1005, 1006, 1015] {
        let mut socket = world.open(&guest).await;
        world.fault(json!({"fault":"close","code":code})).await;
        assert_eq!(socket.end().await, End::NoFrame, "{code}");
    }
}

#[tokio::test]
async fn a_reset_is_one_on_the_wire() {
    let world = World::new().await;
    let guest = world.guest().await;
    let mut socket = world.open(&guest).await;
    world.fault(json!({"fault":"reset"})).await;
    assert_eq!(socket.end().await, End::Reset);
}

#[tokio::test]
async fn a_silent_link_answers_nothing_not_even_a_ping_and_is_then_reset() {
    let world = World::new().await;
    let guest = world.guest().await;
    let mut socket = world.open(&guest).await;
    let begun = Instant::now();
    world.fault(json!({"fault":"silence","ms":AWAY.as_millis() as u64})).await;
    for said in [Message::text(message("lost")), Message::Ping(vec![1].into())] {
        if in_time(socket.0.send(said)).await.is_err() {
            return assert!(begun.elapsed() >= AWAY, "reset too early");
        }
    }
    assert_eq!(socket.end().await, End::Reset);
    assert!(world.ledger().await.is_empty());
}

#[tokio::test]
async fn a_silent_link_answers_no_close_either() {
    let world = World::new().await;
    let guest = world.guest().await;
    let mut socket = world.open(&guest).await;
    let begun = Instant::now();
    world.fault(json!({"fault":"silence","ms":AWAY.as_millis() as u64})).await;
    if in_time(socket.0.send(Message::Close(None))).await.is_err() {
        return assert!(begun.elapsed() >= AWAY, "reset too early");
    }
    assert_eq!(socket.end().await, End::Reset);
}

#[tokio::test]
async fn clearing_the_faults_ends_a_silence() {
    let world = World::new().await;
    let guest = world.guest().await;
    let mut socket = world.open(&guest).await;
    world.fault(json!({"fault":"silence","ms":86_400_000})).await;
    world.control("DELETE", "faults", Value::Null).await;
    assert_eq!(socket.end().await, End::Reset);
}

#[tokio::test]
async fn a_fault_after_so_many_messages_comes_after_their_acks() {
    let world = World::new().await;
    let guest = world.guest().await;
    let mut socket = world.open(&guest).await;
    world.fault(json!({"fault":"close","code":1012,"after":{"messages":2},"conversation":guest.conversation})).await;
    assert_eq!(socket.send("a").await, ack("a"));
    assert_eq!(socket.send("b").await, ack("b"));
    assert!(matches!(socket.end().await, End::Close(1012, _)));
}

#[tokio::test]
async fn a_fault_after_so_many_milliseconds_comes_by_itself() {
    let world = World::new().await;
    let guest = world.guest().await;
    let mut socket = world.open(&guest).await;
    world.fault(json!({"fault":"reset","after":{"ms":50}})).await;
    assert_eq!(socket.end().await, End::Reset);
}

#[tokio::test]
async fn every_new_socket_is_closed_until_the_fault_is_cleared() {
    let world = World::new().await;
    let guest = world.guest().await;
    world.fault(json!({"fault":"close","code":1006,"on":"open"})).await;
    for _ in 0..3 {
        assert_eq!(world.open(&guest).await.end().await, End::NoFrame);
    }
    world.control("DELETE", "faults", Value::Null).await;
    assert_eq!(world.open(&guest).await.send("a").await, ack("a"));
    let report = world.control("GET", "connections", Value::Null).await;
    assert_eq!(report["opened"], 4);
    assert_eq!(report["openedAt"].as_array().map(Vec::len), Some(4));
}

#[tokio::test]
async fn sockets_are_refused_with_the_status_that_was_asked_for() {
    let world = World::new().await;
    let guest = world.guest().await;
    world.fault(json!({"fault":"refuse_socket","status":503,"retry_after":4,"count":1})).await;
    let path = format!("{}?access_token={}", guest.socket(), guest.token);
    let refused = world.refused(&path, None).await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("4")));
    world.open(&guest).await;
}

#[tokio::test]
async fn somebody_else_answers_handshakes_with_any_status_and_leads_elsewhere() {
    let world = World::new().await;
    let guest = world.guest().await;
    let to = "https://elsewhere.example/portal";
    world.fault(json!({"fault":"foreign","path":"socket","status":301,"location":to,"count":1})).await;
    world.fault(json!({"fault":"foreign","path":"socket","count":1})).await;
    let path = format!("{}?access_token={}", guest.socket(), guest.token);
    let moved = world.refused(&path, None).await;
    assert_eq!((moved.status, moved.header("location")), (301, Some(to)));
    let page = world.refused(&path, None).await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    // What is said of all requests is said of no handshake.
    world.fault(json!({"fault":"foreign","status":503})).await;
    assert_eq!(world.open(&guest).await.send("a").await, ack("a"));
}

#[tokio::test]
async fn a_handshake_that_is_stalled_is_reset_in_the_end_and_no_socket() {
    let world = World::new().await;
    let guest = world.guest().await;
    world.fault(json!({"fault":"stall_socket","ms":50,"count":1})).await;
    let path = format!("{}?access_token={}", guest.socket(), guest.token);
    let stream = TcpStream::connect(world.addr).await.expect("it listens");
    let refused = in_time(tokio_tungstenite::client_async(format!("ws://{}{path}", world.addr), stream)).await;
    let Err(Error::Io(error)) = refused else { panic!("answered: {refused:?}") };
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    let report = world.control("GET", "connections", Value::Null).await;
    assert_eq!((&report["opened"], &report["attempts"][0]["status"]), (&json!(0), &json!(0)));
    world.open(&guest).await;
}

#[tokio::test]
async fn a_lost_answer_over_rest_is_a_broken_connection_and_the_message_is_taken() {
    let world = World::new().await;
    let guest = world.guest().await;
    world.fault(json!({"fault":"lose_acks","via":"rest","count":1})).await;
    let lost = world.try_post(&guest, "a").await.expect_err("no answer");
    assert_eq!(lost.kind(), ErrorKind::ConnectionReset);
    assert_eq!(world.post(&guest, "a").await.status, 200);
    assert_eq!(world.ledger().await, [("a".into(), 2)]);
}

#[tokio::test]
async fn acks_are_lost_and_doubled_on_a_socket() {
    let world = World::new().await;
    let guest = world.guest().await;
    let mut socket = world.open(&guest).await;
    world.fault(json!([{"fault":"lose_acks","count":1},{"fault":"duplicate_acks","count":1}])).await;
    socket.say(message("lost")).await;
    assert_eq!(socket.send("doubled").await, ack("doubled"));
    assert_eq!(socket.hear_json().await, ack("doubled"));
    assert_eq!(socket.send("plain").await, ack("plain"));
}

#[tokio::test]
async fn frames_are_corrupted_and_made_up_on_demand() {
    let world = World::new().await;
    let guest = world.guest().await;
    let mut socket = world.open(&guest).await;
    world.fault(json!({"fault":"corrupt_frames","count":1})).await;
    socket.say(message("a")).await;
    assert!(serde_json::from_str::<Value>(&socket.hear().await).is_err());
    let huge = format!("[{}", "x".repeat(300_000));
    world.fault(json!([{"fault":"raw_frame","text":huge},{"fault":"raw_frame","text":"b","binary":true}])).await;
    assert_eq!(socket.hear().await, huge);
    let binary = in_time(socket.0.next()).await.expect("a frame").expect("a frame");
    assert_eq!(binary, Message::binary(b"b".to_vec()));
}

#[tokio::test]
async fn frames_are_written_in_the_ways_in_which_services_differ() {
    let world = World::new().await;
    let guest = world.guest().await;
    let mut socket = world.open(&guest).await;
    let mut corrupted = async |how: &str| {
        world.fault(json!({"fault":"corrupt_frames","how":how,"count":1})).await;
        let said = json!({"content":"hello"});
        world.control("POST", "say", said).await;
        in_time(socket.0.next()).await.expect("a frame").expect("a frame")
    };
    assert!(corrupted("binary").await.is_binary());
    let large = corrupted("large").await;
    assert!(large.len() > 256 * 1024 && serde_json::from_str::<Value>(large.to_text().unwrap()).is_ok());
    for (how, has) in [
        ("page", "<!doctype html>"),
        ("half_character", r#""content":"hello\ud83d""#),
        ("nulls", r#""retryAfter":null"#),
        ("inexact_ids", r#""messageId":1524831183200260097"#),
        ("deep", "[[[["),
    ] {
        let frame = corrupted(how).await;
        assert!(frame.to_text().unwrap().contains(has), "{how}: {frame}");
    }
    let nameless: Value = serde_json::from_str(corrupted("no_ids").await.to_text().unwrap()).unwrap();
    assert_eq!((&nameless["content"], nameless.get("messageId")), (&json!("hello"), None));
    let numbered: Value = serde_json::from_str(corrupted("numeric_ids").await.to_text().unwrap()).unwrap();
    assert!(numbered["messageId"].is_u64());
}

#[tokio::test]
async fn a_delay_keeps_the_order_and_holds_requests_too() {
    let world = World::new().await;
    let guest = world.guest().await;
    let mut socket = world.open(&guest).await;
    world.fault(json!({"fault":"delay","ms":150})).await;
    let start = Instant::now();
    socket.say(message("a")).await;
    socket.say(message("b")).await;
    assert_eq!(socket.hear_json().await, ack("a"));
    assert_eq!(socket.hear_json().await, ack("b"));
    assert!(start.elapsed().as_millis() >= 150, "never earlier");
    let start = Instant::now();
    world.post(&guest, "c").await;
    assert!(start.elapsed().as_millis() >= 150, "never earlier");
}

#[tokio::test]
async fn an_expired_session_closes_with_4401_and_is_refused_everywhere() {
    let world = World::new().await;
    let guest = world.guest().await;
    let mut socket = world.open(&guest).await;
    world.fault(json!({"fault":"expire_session","conversation":guest.conversation})).await;
    assert!(matches!(socket.end().await, End::Close(4401, _)));
    assert_eq!(world.post(&guest, "a").await.status, 401);
    let path = format!("{}?access_token={}", guest.socket(), guest.token);
    assert_eq!(world.refused(&path, None).await.status, 401);
}

#[tokio::test]
async fn a_restart_cuts_everything_refuses_connections_and_comes_back_with_its_memory() {
    let world = World::new().await;
    let guest = world.guest().await;
    let mut socket = world.open(&guest).await;
    assert_eq!(socket.send("a").await, ack("a"));
    let mut idle = tokio::net::TcpStream::connect(world.addr).await.expect("it listens");
    let begun = Instant::now();
    world.fault(json!({"fault":"restart","ms":AWAY.as_millis() as u64})).await;
    assert_eq!(socket.end().await, End::Reset);
    let mut byte = [0];
    let cut = in_time(tokio::io::AsyncReadExt::read(&mut idle, &mut byte)).await;
    assert!(matches!(cut, Ok(0) | Err(_)), "a connection without a request is cut too");
    match request(world.addr, "GET", "/control/ledger", &[], "").await {
        Err(away) => assert_eq!(away.kind(), ErrorKind::ConnectionRefused),
        Ok(_) => assert!(begun.elapsed() >= AWAY, "somebody listens"),
    }
    in_time(async { while request(world.addr, "GET", "/control/ledger", &[], "").await.is_err() {} }).await;
    let mut socket = world.open(&guest).await;
    assert_eq!(socket.send("a").await, ack("a"));
    assert_eq!(world.ledger().await, [("a".into(), 2)]);
}
