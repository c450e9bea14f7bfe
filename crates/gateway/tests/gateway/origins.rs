//! Who may call what from a page.

use guestwire_gateway::DEMO_KEY;

use crate::world::World;

const ELSEWHERE: &str = "https://shop.example";

#[tokio::test]
async fn pages_of_any_origin_may_use_the_service() {
    let world = World::new().await;
    let preflight = [
        ("Origin", ELSEWHERE),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "api_key,authorization,content-type"),
    ];
    for path in ["/api/v2/webchat/guests", "/api/v2/webchat/instances/x/messages"] {
        let answer = world.request("OPTIONS", path, &preflight, "").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        let headers = answer.header("access-control-allow-headers").expect("said");
        for header in ["authorization", "api_key", "content-type"] {
            assert!(headers.contains(header), "{headers}");
        }
        assert!(answer.header("access-control-allow-methods").expect("said").contains("POST"));
    }
    let headers = [("Origin", ELSEWHERE), ("Content-Type", "application/json"), ("api_key", "wrong")];
    let refused = world.request("POST", "/api/v2/webchat/guests", &headers, "{}").await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("access-control-allow-origin"), Some("*"), "a page may read refusals");
}

#[tokio::test]
async fn the_times_to_wait_can_be_read_from_elsewhere_unless_hidden() {
    let exposed = World::new().await;
    let hidden = World::with(|s| s.expose_headers = false).await;
    let headers = [("Origin", ELSEWHERE), ("Content-Type", "application/json"), ("api_key", DEMO_KEY)];
    let read = async |world: &World| {
        let answer = world.request("POST", "/api/v2/webchat/guests", &headers, r#"{"guest":{}}"#).await;
        assert_eq!(answer.status, 200);
        answer.header("access-control-expose-headers").map(str::to_owned)
    };
    assert_eq!(read(&exposed).await.as_deref(), Some("retry-after,date"));
    assert_eq!(read(&hidden).await, None);
}

#[tokio::test]
async fn control_answers_pages_of_this_machine_only() {
    let world = World::new().await;
    let from = async |origin| {
        let body = r#"{"fault":"delay","ms":1}"#;
        world.request("POST", "/control/faults", &[("Origin", origin)], body).await
    };
    for origin in ["http://localhost:5173", "http://127.0.0.1:1", "https://[::1]:1"] {
        let answer = from(origin).await;
        assert_eq!(answer.status, 200, "{origin}");
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
    }
    for origin in [ELSEWHERE, "null", "http://localhost.evil.example", "http://10.0.0.1"] {
        let answer = from(origin).await;
        assert_eq!(answer.status, 403, "{origin}");
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    let cross = [("Sec-Fetch-Site", "cross-site")];
    assert_eq!(world.request("GET", "/control/ledger", &cross, "").await.status, 403);
}

#[tokio::test]
async fn control_answers_preflights_of_pages_of_this_machine_only() {
    let world = World::new().await;
    let preflight = async |origin| {
        let headers = [("Origin", origin), ("Access-Control-Request-Method", "DELETE")];
        world.request("OPTIONS", "/control/faults", &headers, "").await
    };
    let ours = preflight("http://localhost:5173").await;
    assert_eq!(ours.header("access-control-allow-origin"), Some("http://localhost:5173"));
    assert!(ours.header("access-control-allow-methods").expect("said").contains("DELETE"));
    assert_eq!(preflight(ELSEWHERE).await.status, 403);
}

#[tokio::test]
async fn control_does_not_answer_what_a_proxy_of_this_machine_passes_on() {
    let world = World::new().await;
    for header in ["Forwarded", "Via", "X-Forwarded-For", "x-forwarded-host", "X-Forwarded-Proto", "X-Real-IP"] {
        let answer = world.request("GET", "/control/ledger", &[(header, "127.0.0.1")], "").await;
        assert_eq!(answer.status, 403, "{header}");
    }
}

#[tokio::test]
async fn control_does_not_answer_where_it_is_asked_by_two_names() {
    let world = World::new().await;
    let twice = [("Host", "127.0.0.1"), ("Host", "rebound.example")];
    for headers in [twice, [twice[1], twice[0]], [twice[0], twice[0]]] {
        let answer = world.request("GET", "/control/ledger", &headers, "").await;
        assert!(matches!(answer.status, 400 | 403), "{}", answer.status);
    }
    for target in ["http://rebound.example/control/ledger", "http://127.0.0.1/control/ledger"] {
        let answer = world.request("GET", target, &[], "").await;
        assert!(matches!(answer.status, 400 | 403), "{target}: {}", answer.status);
    }
}

#[tokio::test]
async fn control_does_not_answer_to_a_name_that_somebody_pointed_at_this_machine() {
    let world = World::new().await;
    for host in ["rebound.example", "127.0.0.1.evil.example", "10.0.0.1", ""] {
        let answer = world.request("GET", "/control/ledger", &[("Host", host)], "").await;
        assert!(matches!(answer.status, 400 | 403), "{host}: {}", answer.status);
    }
    for host in ["localhost", "127.0.0.1:8787", "[::1]:8787"] {
        let answer = world.request("GET", "/control/ledger", &[("Host", host)], "").await;
        assert_eq!(answer.status, 200, "{host}");
    }
    let guest = world.guest().await;
    assert_eq!(world.post(&guest, "a").await.status, 200);
}
