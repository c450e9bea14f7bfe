//! How a connection becomes ready, and how the service ends it.

use crate::line::{Line, TOKEN};
use guestwire_core::connection::State;
use guestwire_core::event::Event;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn the_first_word_configures_the_session_and_the_answer_to_it_makes_the_connection_ready() {
    let mut line = Line::new(json!({}));
    line.connect();
    let sent = line.frames.remove(0);
    let (action, token, deployment) = (&sent["action"], &sent["token"], &sent["deploymentId"]);
    assert_eq!((action, token, deployment), (&json!("configureSession"), &json!(TOKEN), &json!("d-1")));
    assert!(line.frames.is_empty(), "nothing is said before the answer: {:?}", line.frames);
    assert_eq!(line.client.state(), State::Connecting);
    line.says("UnknownToUs", json!({}), None);
    assert_eq!(line.client.state(), State::Connecting, "any other word proves nothing");
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    assert_eq!(line.client.state(), State::Connected);
    assert!(line.requests.is_empty(), "a session that did not exist has no history");
}

#[test]
fn the_token_stands_in_no_address() {
    let line = Line::connected(json!({}));
    let address = "wss://webmessaging.mypurecloud.com/v1?deploymentId=d-1&application=guestwire-";
    assert!(line.opened[0].starts_with(address), "{}", line.opened[0]);
    assert!(!line.opened[0].contains(TOKEN));
}

#[test]
fn every_request_says_where_it_comes_from() {
    for (given, socket, rest) in [
        (json!({}), "webmessaging.mypurecloud.com", "mypurecloud.com"),
        (json!({ "origin": "https://shop.example" }), "https://shop.example", "https://shop.example"),
    ] {
        let mut line = Line::connected(given);
        line.reconnects();
        line.key();
        assert_eq!(line.origins, [socket, socket]);
        let headers = &line.requests[0].1.headers;
        assert!(headers.iter().any(|(name, value)| *name == "Origin" && value.expose() == rest));
    }
}

#[test]
fn a_service_that_does_not_answer_is_tried_again() {
    let mut line = Line::new(json!({}));
    line.connect();
    line.run(13_000);
    assert_eq!(line.opened.len(), 2);
}

#[test]
fn an_evicted_client_does_not_fight_for_its_place() {
    let mut line = Line::connected(json!({}));
    let id = line.send("hello");
    line.says("ConnectionClosedEvent", json!({}), None);
    assert_eq!(line.client.state(), State::Closed);
    line.run(600_000);
    assert_eq!(line.opened.len(), 1);
    assert_eq!(line.end_of(&id), Some(("unconfirmed", Some("evicted"))));
    let told = line.events.iter().any(|event| matches!(event, Event::Error(report) if report.code == "evicted"));
    assert!(told);
}

#[test]
fn health_checks_stay_within_the_ration() {
    let mut line = Line::connected(json!({}));
    let mut times = Vec::new();
    for _ in 0..200 {
        line.run(1_000);
        for beat in line.left("echo") {
            times.push(line.now().monotonic);
            assert_eq!(beat["message"], json!({ "type": "Text", "text": "ping" }));
            let ping = json!({ "id": "e", "type": "Text", "text": "ping", "direction": "Inbound" });
            line.says("StructuredMessage", ping, beat["tracingId"].as_str());
        }
    }
    assert!(times.len() > 3, "{times:?}");
    // Two in a minute are allowed.
    for window in times.windows(3) {
        assert!(window[2] - window[0] > 60_000, "{times:?}");
    }
    assert!(line.heard().is_empty(), "a health check is nobody's message");
    assert_eq!(line.opened.len(), 1, "the link lives");
}

#[test]
fn a_deployment_must_be_named() {
    let options =
        r#"{"dialect":"web-messaging","region":"mypurecloud.com","credential":{"kind":"bearer","value":"0123456789"}}"#;
    let options = guestwire_core::value::read(options, 1_000).unwrap();
    let error = guestwire_core::config::Config::from_value(&options).unwrap_err();
    assert_eq!(error.option, "deploymentId");
}

#[test]
fn the_guests_journey_goes_with_each_greeting_as_other_clients_send_it() {
    let journey = json!({
        "customer": { "id": "00000000-0000-0000-0000-000000000000", "idType": "cookie" },
        "customerSession": { "id": "", "type": "web" },
        "triggeringAction": { "id": "a \"1\"", "actionMap": { "id": "m", "version": 3 } },
    });
    let mut line = Line::new(json!({ "journeyContext": journey }));
    line.connect();
    assert_eq!(line.left("configureSession")[0]["journeyContext"], journey);
    line.says("SessionResponse", json!({ "connected": true, "newSession": true }), None);
    line.breaks();
    line.run(2_000);
    line.open();
    assert_eq!(line.left("configureSession")[0]["journeyContext"], journey);
}

#[test]
fn a_journey_that_is_none_is_refused() {
    for (journey, option) in [
        (r#"{"customer":"me"}"#, "customer"),
        (r#"{"customer":{"id":7}}"#, "customer.id"),
        (r#"{"cart":{}}"#, "journeyContext.cart"),
        (r#"{"triggeringAction":{"actionMap":{"version":-1}}}"#, "actionMap.version"),
        ("[]", "journeyContext"),
    ] {
        let options = format!(
            r#"{{"dialect":"web-messaging","region":"us-east-1","deploymentId":"d","journeyContext":{journey},
            "credential":{{"kind":"bearer","value":"0123456789"}}}}"#
        );
        let options = guestwire_core::value::read(&options, 1_000).unwrap();
        let error = guestwire_core::config::Config::from_value(&options).unwrap_err();
        assert_eq!(error.option, option, "{journey}");
    }
}
