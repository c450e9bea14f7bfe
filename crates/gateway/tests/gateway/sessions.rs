use std::time::{Duration, SystemTime};

use guestwire_gateway::{DEMO_KEY, DEMO_TOKEN};
use serde_json::json;

use crate::world::{World, ack, message};

#[tokio::test]
async fn a_session_needs_a_valid_token_or_key() {
    let world = World::with(|s| s.service.webchat.forbidden_tokens = vec!["no-entitlement".into()]).await;
    let bearer = |token: &str| format!("Bearer {token}");
    for (name, value, status) in [
        ("Authorization", bearer(DEMO_TOKEN), 200),
        ("authorization", format!("bearer {DEMO_TOKEN}"), 200),
        ("api_key", DEMO_KEY.into(), 200),
        ("Authorization", bearer("wrong"), 401),
        ("Authorization", format!("Basic {DEMO_TOKEN}"), 401),
        ("api_key", "wrong".into(), 401),
        ("X-Nothing", "x".into(), 401),
        ("Authorization", bearer("no-entitlement"), 403),
    ] {
        let answer = world.create(name, &value).await;
        assert_eq!(answer.status, status, "{name}: {value}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test]
async fn a_body_must_be_json_by_its_own_word_and_within_the_limit() {
    let world = World::with(|s| s.service.webchat.max_frame = 1_000).await;
    let guest = world.guest().await;
    let token = format!("Bearer {}", guest.token);
    let auth = ("Authorization", token.as_str());
    let json = ("Content-Type", "application/json; charset=utf-8");
    let path = guest.messages();
    let form = ("Content-Type", "text/plain");
    assert_eq!(world.request("POST", &path, &[auth, form], &message("a")).await.status, 415);
    assert_eq!(world.request("POST", &path, &[auth], &message("a")).await.status, 415);
    assert_eq!(world.request("POST", &path, &[auth, json], &"x".repeat(1_001)).await.status, 413);
    assert_eq!(world.request("POST", &path, &[auth, json], "{").await.status, 400);
    assert_eq!(world.request("POST", &path, &[auth, json], &message("a")).await.status, 200);
    assert_eq!(world.request("PUT", &path, &[auth, json], &message("a")).await.status, 405);
}

#[tokio::test]
async fn a_query_that_says_one_thing_twice_is_refused_with_the_reason() {
    let world = World::new().await;
    let guest = world.guest().await;
    for (path, member) in [
        ("/api/v2/notifications/channels", "includechannels"),
        ("/api/v2/webmessaging/messages", "pageNumber"),
        ("/control/ledger", "conversation"),
    ] {
        let answer = world.request("GET", &format!("{path}?{member}=1&{member}=2"), &[], "").await;
        assert_eq!(answer.status, 400, "{path}");
        let says = answer.json()["message"].to_string();
        assert!(says.contains(&format!("duplicate field `{member}`")), "{path}: {says}");
    }
    for path in [guest.socket(), "/events".into()] {
        let refused = world.refused(&format!("{path}?access_token=x&access_token=y"), None).await;
        assert_eq!(refused.status, 400, "{path}");
    }
}

#[tokio::test]
async fn a_message_over_rest_is_taken_once_and_acknowledged_each_time() {
    let world = World::new().await;
    let guest = world.guest().await;
    for _ in 0..2 {
        let answer = world.post(&guest, "a").await;
        assert_eq!((answer.status, answer.json()), (200, ack("a")));
    }
    assert_eq!(world.ledger().await, [("a".into(), 2)]);
}

#[tokio::test]
async fn a_probe_tells_whether_the_session_lives() {
    let world = World::new().await;
    let guest = world.guest().await;
    let token = format!("Bearer {}", guest.token);
    let probe = async || world.request("GET", &guest.messages(), &[("Authorization", &token)], "").await;
    let alive = probe().await;
    assert_eq!((alive.status, &alive.json()["webchatInstanceId"]), (200, &json!(guest.conversation)));
    world.fault(json!({"fault":"expire_session"})).await;
    assert_eq!(probe().await.status, 401);
    let nowhere = "/api/v2/webchat/instances/nowhere/messages";
    assert_eq!(world.request("GET", nowhere, &[("Authorization", &token)], "").await.status, 404);
    assert_eq!(world.request("GET", "/api/v2/nothing", &[], "").await.status, 404);
}

#[tokio::test]
async fn over_the_rate_the_answer_says_when_to_come_back() {
    let world = World::with(|s| s.service.webchat.rate = Some(0.1)).await;
    let guest = world.guest().await;
    assert_eq!(world.post(&guest, "a").await.status, 200);
    let refused = world.post(&guest, "b").await;
    assert_eq!(refused.status, 429);
    let seconds: u64 = refused.header("retry-after").expect("said").parse().expect("a number");
    assert!((1..=10).contains(&seconds), "{seconds}");
    assert_eq!(refused.json()["messageId"], "b");
}

#[tokio::test]
async fn a_retry_after_comes_as_seconds_as_a_date_or_in_the_body_only() {
    let world = World::new().await;
    let guest = world.guest().await;
    let refuse = |form: &str, place: &str| {
        json!({"fault":"refuse_rest","status":503,"retry_after":90,"count":1,
            "retry_after_form":form,"retry_after_in":place})
    };
    world.fault(refuse("seconds", "header")).await;
    let answer = world.post(&guest, "a").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("90")));
    assert!(answer.json().get("retryAfter").is_none());

    world.fault(refuse("http-date", "header")).await;
    let answer = world.post(&guest, "a").await;
    let date = |name| httpdate::parse_http_date(answer.header(name).expect("said")).expect("a date");
    let wait = date("retry-after").duration_since(date("date")).expect("later");
    assert_eq!(wait, Duration::from_secs(90));
    assert!(SystemTime::now().duration_since(date("date")).is_ok());

    world.fault(refuse("seconds", "body")).await;
    let answer = world.post(&guest, "a").await;
    assert_eq!((answer.header("retry-after"), &answer.json()["retryAfter"]), (None, &json!(90)));
}

#[tokio::test]
async fn sessions_are_refused_in_their_own_scope() {
    let world = World::new().await;
    world.fault(json!({"fault":"refuse_rest","status":429,"retry_after":2,"scope":"guests","count":1})).await;
    let refused = world.create("api_key", DEMO_KEY).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("2")));
    assert_eq!(world.create("api_key", DEMO_KEY).await.status, 200);
}
