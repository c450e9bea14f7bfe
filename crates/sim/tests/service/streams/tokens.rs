//! An application's id and secret for a token.

use guestwire_sim::service::{OAuthClient, RestAnswer, TokenRequest};
use serde_json::json;

use super::world::{FORM, World, code, header};

fn ask(world: &mut World, authorization: Option<&str>, content_type: &str, body: &str) -> RestAnswer {
    let request = TokenRequest { authorization, content_type: Some(content_type), body: body.as_bytes() };
    world.service.give_token(world.now, request)
}

fn error(answer: &RestAnswer) -> (u16, &str) {
    (answer.status, answer.body["error"].as_str().expect("an error"))
}

/// `app:app-secret`
const BASIC: &str = "Basic YXBwOmFwcC1zZWNyZXQ=";
const GRANT: &str = "grant_type=client_credentials";

#[test]
fn a_token_is_had_by_header_or_by_body_and_is_another_each_time() {
    let mut world = World::new();
    let by_header = ask(&mut world, Some(BASIC), FORM, GRANT);
    let charset = format!("{FORM}; charset=utf-8");
    let by_body = ask(&mut world, None, &charset, &format!("{GRANT}&client_id=app&client_secret=app%2Dsecret"));
    for answer in [&by_header, &by_body] {
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.body["expires_in"], 86_400);
        assert_eq!(answer.body["token_type"], "bearer");
    }
    assert_ne!(by_header.body["access_token"], by_body.body["access_token"]);
    assert_eq!(world.report()["tokens"], json!({ "issued": 2, "alive": 2 }));
    assert!(!world.report().to_string().contains(by_body.body["access_token"].as_str().expect("a token")));
}

#[test]
fn a_secret_in_the_header_is_as_it_is_or_encoded_like_a_form() {
    let client = OAuthClient { id: "a b".into(), secret: "p+/ä%20&=c".into() };
    let mut world = World::with(|config| config.clients = vec![client]);
    // `a b:p+/ä%20&=c`, and `a+b:p%2B%2F%C3%A4%2520%26%3Dc`.
    for header in ["Basic YSBiOnArL8OkJTIwJj1j", "Basic YStiOnAlMkIlMkYlQzMlQTQlMjUyMCUyNiUzRGM="] {
        assert_eq!(ask(&mut world, Some(header), FORM, GRANT).status, 200, "{header}");
    }
}

#[test]
fn wrong_credentials_are_an_invalid_client_in_either_form() {
    let mut world = World::new();
    for wrong in ["Basic YXBwOnNlY3JldA==", "Basic bm9ib2R5OnNlY3JldA==", "Basic ???", "Basic YXBw", "Bearer x", "x"] {
        let answer = ask(&mut world, Some(wrong), FORM, GRANT);
        assert_eq!(error(&answer), (401, "invalid_client"), "{wrong}");
        assert!(header(&answer, "www-authenticate").is_some_and(|scheme| scheme.starts_with("Basic")));
    }
    let in_body = ask(&mut world, None, FORM, &format!("{GRANT}&client_id=app&client_secret=x"));
    assert_eq!(error(&in_body), (400, "invalid_client"));
    assert_eq!(error(&ask(&mut world, None, FORM, GRANT)), (400, "invalid_client"));
}

#[test]
fn what_is_no_request_for_a_token_says_why() {
    let mut world = World::new();
    let body = format!("{GRANT}&client_id=app&client_secret=app-secret");
    assert_eq!(error(&ask(&mut world, None, "application/json", &body)), (400, "invalid_request"));
    assert_eq!(error(&ask(&mut world, Some(BASIC), FORM, "")), (400, "invalid_request"));
    assert_eq!(error(&ask(&mut world, Some(BASIC), FORM, "grant_type=password")), (400, "unsupported_grant_type"));
    assert_eq!(error(&ask(&mut world, Some(BASIC), FORM, &body)), (400, "invalid_request"), "both ways at once");
    let twice = format!("{body}&client_id=app");
    assert_eq!(error(&ask(&mut world, None, FORM, &twice)), (400, "invalid_request"));
}

#[test]
fn tokens_are_rationed_by_application_and_the_wait_is_said_as_in_the_field() {
    let mut world = World::with(|config| config.token_rate = Some(2.0));
    world.token();
    world.token();
    let refused = world.ask_token("app", "app-secret");
    assert_eq!((refused.status, code(&refused)), (429, "too.many.requests.retry.after"));
    assert_eq!(refused.body["message"], "Rate limit exceeded the maximum. Retry the request in [30] seconds");
    assert_eq!(refused.retry_after.expect("a wait").seconds, 30);
    world.token_of("other");
    world.pass(30_000);
    world.token();
    assert_eq!(world.report()["calls"]["token"], 5);
}

#[test]
fn a_token_expires_and_says_so() {
    let mut world = World::with(|config| config.token_life = 60);
    let token = world.token();
    let channel = world.channel(&token);
    world.pass(59_999);
    assert!(world.exists(&token, &channel));
    world.pass(1);
    let refused = world.service.create_channel(world.now, Some(&token), "http://x");
    assert_eq!((refused.status, code(&refused)), (401, "credentials.expired"));
    assert_eq!(world.report()["tokens"], json!({ "issued": 1, "alive": 0 }));
}

#[test]
fn one_token_too_many_revokes_the_first() {
    let mut world = World::with(|config| config.tokens_per_client = Some(2));
    let first = world.token();
    let (channel, socket) = world.stream(&first, &["v2.a"]);
    let second = world.token();
    assert!(world.exists(&second, &channel));
    let third = world.token();
    assert_eq!(world.topics_heard(socket), [format!("v2.system.token_revoked.{channel}")]);
    assert_eq!(world.service.check_channel(world.now, Some(&first), &channel).status, 401);
    world.channel(&second);
    world.channel(&third);
}

#[test]
fn faults_refuse_tokens_in_the_words_of_the_token_endpoint() {
    let mut world = World::new();
    world.fault(json!([
        { "fault": "refuse_rest", "scope": "token", "status": 401, "count": 1 },
        { "fault": "refuse_rest", "scope": "token", "status": 429, "retry_after": 7, "count": 1 },
        { "fault": "refuse_rest", "scope": "token", "status": 503, "count": 1 },
        { "fault": "refuse_rest", "scope": "channels", "status": 403, "count": 1 },
    ]));
    let mut ask = || world.ask_token("app", "app-secret");
    assert_eq!(error(&ask()), (401, "invalid_client"));
    let limited = ask();
    assert_eq!((limited.status, code(&limited)), (429, "too.many.requests.retry.after"));
    assert_eq!(limited.retry_after.expect("a wait").seconds, 7);
    assert_eq!(code(&ask()), "service.unavailable");
    let token = world.token();
    let refused = world.service.create_channel(world.now, Some(&token), "http://x");
    assert_eq!((refused.status, code(&refused)), (403, "not.authorized"));
}
