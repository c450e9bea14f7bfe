use serde_json::{Value, json};

use crate::world::{World, message, request};

#[tokio::test]
async fn a_fault_that_is_not_understood_is_refused_by_name_and_none_is_queued() {
    let world = World::new().await;
    for (body, named) in [
        ("{", "the body"),
        (r#"{"fault":"explode"}"#, "explode"),
        (r#"[{"fault":"reset"},{"fault":"close","code":1012,"reasons":"x"}]"#, "reasons"),
        (r#"{"fault":"delay","ms":"1"}"#, "ms"),
    ] {
        let answer = world.request("POST", "/control/faults", &[], body).await;
        let why = answer.json()["message"].as_str().expect("a text").to_owned();
        assert_eq!(answer.status, 400, "{body}");
        assert!(why.contains(named), "{why}");
    }
    assert_eq!(world.control("GET", "faults", Value::Null).await, json!({"faults":[]}));
}

#[tokio::test]
async fn faults_are_listed_and_cleared() {
    let world = World::new().await;
    let queued =
        world.control("POST", "faults", json!([{"fault":"lose_acks","count":3},{"fault":"delay","ms":1}])).await;
    assert_eq!(queued, json!({"queued":2}));
    let listed = world.control("GET", "faults", Value::Null).await;
    assert_eq!(listed["faults"][0], json!({"fault":"lose_acks","left":3,"holds":true}));
    assert_eq!(world.control("DELETE", "faults", Value::Null).await, json!({"cleared":2}));
}

#[tokio::test]
async fn the_ledger_names_each_message_and_can_be_asked_for_one_conversation() {
    let world = World::new().await;
    let (one, other) = (world.guest().await, world.guest().await);
    world.post(&one, "a").await;
    world.open(&other).await.send("b").await;
    let all = world.control("GET", "ledger", Value::Null).await;
    let ids: Vec<_> = all["messages"].as_array().expect("a list").iter().map(|m| &m["messageId"]).collect();
    assert_eq!(ids, ["a", "b"]);
    let path = format!("ledger?conversation={}", other.conversation);
    let ledger = world.control("GET", &path, Value::Null).await;
    let entry = &ledger["messages"][0];
    assert!(entry["at"].as_u64().is_some_and(|at| at > 1_600_000_000_000));
    assert_eq!(
        ledger,
        json!({"messages":[{"conversation":other.conversation,"messageId":"b","content":"hello",
            "via":"websocket","at":entry["at"],"copies":1}]})
    );
    let wrong = world.request("GET", "/control/ledger?conversations=x", &[], "").await;
    assert_eq!(wrong.status, 400);
    world.control("DELETE", "ledger", Value::Null).await;
    assert!(world.ledger().await.is_empty());
}

#[tokio::test]
async fn the_requests_and_the_connections_can_be_judged() {
    let world = World::new().await;
    let guest = world.guest().await;
    let _socket = world.open(&guest).await;
    world.post(&guest, "a").await;
    let requests = world.control("GET", "requests", Value::Null).await;
    let last = &requests["requests"][1];
    assert_eq!((&last["what"], &last["messageId"], &last["status"]), (&json!("messages"), &json!("a"), &json!(200)));
    let report = world.control("GET", "connections", Value::Null).await;
    let live = &report["connections"][0];
    assert_eq!(live["conversation"], guest.conversation.as_str());
    assert_eq!(live["since"], report["openedAt"][0]);
    assert!(report["now"].as_u64() >= live["since"].as_u64());
}

#[tokio::test]
async fn saying_to_nobody_or_wrongly_is_refused() {
    let world = World::new().await;
    let status = async |body: &str| world.request("POST", "/control/say", &[], body).await.status;
    assert_eq!(status(r#"{"content":"hi","conversation":"nowhere"}"#).await, 404);
    assert_eq!(status(r#"{"contents":"hi"}"#).await, 400);
    assert_eq!(status(r#"{"content":"hi"}"#).await, 200);
}

#[tokio::test]
async fn without_the_control_surface_there_is_none() {
    let world = World::with(|s| s.control = false).await;
    for path in ["/control/ledger", "/control/faults"] {
        assert_eq!(world.request("GET", path, &[], "").await.status, 404);
    }
    let answer = request(world.addr, "POST", "/control/faults", &[], r#"{"fault":"reset"}"#).await;
    assert_eq!(answer.expect("an answer").status, 404);
    let guest = world.guest().await;
    assert_eq!(world.post(&guest, "a").await.status, 200);
}

#[tokio::test]
async fn the_queue_of_faults_is_bounded() {
    let world = World::new().await;
    let many = json!(vec![json!({"fault":"delay","ms":1}); 256]);
    world.fault(many).await;
    let answer = world.request("POST", "/control/faults", &[], r#"{"fault":"delay","ms":1}"#).await;
    assert_eq!(answer.status, 429);
    let large = "x".repeat(3 * 1024 * 1024);
    let answer = request(world.addr, "POST", "/control/say", &[], &message(&large)).await;
    assert!(answer.map_or(true, |answer| answer.status == 413));
}
