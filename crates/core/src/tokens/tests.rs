use super::*;
use crate::io::AnswerBody;
use crate::value::read;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

mod laws;

const NOON: u64 = 1_795_262_400_000;

fn at(monotonic: u64) -> Now {
    Now { monotonic, wall: NOON + monotonic }
}

fn manager() -> Tokens {
    seeded([7; 16], "")
}

fn seeded(seed: [u8; 16], rest: &str) -> Tokens {
    let text = format!(r#"{{"region":"eu-central-1","clientId":"top-id","clientSecret":"top-secret"{rest}}}"#);
    let credentials = ClientCredentials::from_value(&read(&text, 10_000).unwrap()).unwrap();
    Tokens::new(credentials, seed, at(0))
}

fn answer(status: u16, body: &str) -> HttpAnswer {
    HttpAnswer { status, body: AnswerBody::read(body, 1 << 20), ..HttpAnswer::default() }
}

fn token(name: &str, seconds: u64) -> HttpAnswer {
    answer(200, &format!(r#"{{"access_token":"top-token-{name}","token_type":"bearer","expires_in":{seconds}}}"#))
}

fn limited(retry_after: &str) -> HttpAnswer {
    HttpAnswer { retry_after: Some(retry_after.to_owned()), ..answer(429, "") }
}

/// What it wants, as a reader needs it: `request 1`, `1: a for 60000`, `1: forbidden`.
fn told(tokens: &mut Tokens) -> Vec<String> {
    let mut told = Vec::new();
    while let Some(output) = tokens.poll_output() {
        let shown = format!("{output:?}");
        assert!(!shown.contains("top-"), "a secret is shown: {shown}");
        told.push(match output {
            Output::Request(number, _) => format!("request {number}"),
            Output::AbortRequest(number) => format!("abort {number}"),
            Output::Given(ask, token, left) => {
                format!("{ask}: {} for {left}", token.expose().strip_prefix("top-token-").unwrap())
            }
            Output::Refused(ask, report) => format!("{ask}: {}", report.code),
            Output::Audit(_) | Output::Repeated(_) => continue,
        });
    }
    told
}

fn audited(tokens: &mut Tokens) -> Vec<(&'static str, &'static str, Option<u16>)> {
    core::iter::from_fn(|| tokens.poll_output())
        .filter_map(|output| match output {
            Output::Audit(audit) => Some((audit.what, audit.state, audit.code)),
            _ => None,
        })
        .collect()
}

#[test]
fn one_request_serves_however_many_ask() {
    let mut tokens = manager();
    (1..=100).for_each(|number| tokens.ask(at(0), number, None));
    assert_eq!(told(&mut tokens), ["request 1"]);
    tokens.answered(at(100), 1, Some(&token("a", 60)));
    let given: Vec<_> = (1..=100).map(|number| format!("{number}: a for 59900")).collect();
    assert_eq!(told(&mut tokens), given);
    tokens.ask(at(1_000), 101, None);
    assert_eq!(told(&mut tokens), ["101: a for 59000"]);
    assert_eq!(tokens.next_wake(), None, "a manager that nobody asks wants nothing");
}

#[test]
fn a_token_with_under_thirty_seconds_left_is_renewed_before_it_is_given() {
    let mut tokens = manager();
    tokens.ask(at(0), 1, None);
    tokens.answered(at(0), 1, Some(&token("a", 3_600)));
    tokens.ask(at(3_570_000), 2, None);
    assert_eq!(told(&mut tokens), ["request 1", "1: a for 3600000", "2: a for 30000"]);
    tokens.ask(at(3_570_001), 3, None);
    assert_eq!(told(&mut tokens), ["request 2"]);
    // Asleep, the monotonic clock may stand still; the wall clock tells.
    let mut tokens = manager();
    tokens.ask(at(0), 1, None);
    tokens.answered(at(0), 1, Some(&token("a", 3_600)));
    tokens.ask(Now { monotonic: 5, wall: NOON + 4_000_000 }, 2, None);
    assert_eq!(told(&mut tokens), ["request 1", "1: a for 3600000", "request 2"]);
}

#[test]
fn a_page_before_the_endpoint_denies_nothing_until_nothing_else_is_heard_for_ten_minutes() {
    const PAGE: &str = "<h1>Please sign in to the network</h1>";
    for status in [400, 401, 403, 404] {
        let mut tokens = manager();
        tokens.ask(at(0), 1, None);
        let (mut request, mut now) = (0, 0);
        while now < 570_000 {
            told(&mut tokens);
            request += 1;
            tokens.answered(at(now), request, Some(&answer(status, PAGE)));
            assert!(told(&mut tokens).is_empty(), "{status} after {now} ms");
            now = tokens.next_wake().unwrap();
            tokens.time(at(now));
        }
        tokens.answered(at(now), request + 1, Some(&token("a", 3_600)));
        told(&mut tokens);
        // It was itself within that minute: what stands before it is its own.
        tokens.ask(at(now + 1_000), 2, Some("top-token-a"));
        tokens.answered(at(now + 1_000), request + 2, Some(&answer(status, PAGE)));
        assert_eq!(told(&mut tokens).len(), 2, "{status}");
    }
    let mut tokens = manager();
    tokens.ask(at(0), 1, None);
    let mut now = 0;
    for request in 1.. {
        tokens.answered(at(now), request, Some(&answer(401, PAGE)));
        if told(&mut tokens).contains(&"1: invalid_client".to_owned()) {
            break;
        }
        now = tokens.next_wake().unwrap();
        tokens.time(at(now));
    }
    assert!((600_000..700_000).contains(&now), "{now}");
}

#[test]
fn a_token_that_lives_for_moments_is_given_to_those_who_waited_for_it() {
    let mut tokens = manager();
    tokens.ask(at(0), 1, None);
    // It was on its way for longer than it lives.
    tokens.answered(at(9_000), 1, Some(&token("a", 5)));
    assert_eq!(told(&mut tokens), ["request 1", "1: a for 0"]);
    tokens.ask(at(9_001), 2, None);
    tokens.answered(at(9_002), 2, Some(&token("b", 40)));
    tokens.ask(at(39_000), 3, None);
    assert_eq!(told(&mut tokens), ["request 2", "2: b for 39999", "3: b for 10001"], "a quarter of its life is left");
    tokens.ask(at(39_002), 4, None);
    assert_eq!(told(&mut tokens), ["request 3"]);
}

#[test]
fn a_refused_token_is_renewed_once_whoever_it_was_refused_to() {
    let mut tokens = manager();
    tokens.ask(at(0), 1, None);
    tokens.answered(at(0), 1, Some(&token("a", 3_600)));
    told(&mut tokens);
    tokens.ask(at(10), 2, Some("top-token-a"));
    tokens.ask(at(11), 3, Some("top-token-a"));
    assert_eq!(told(&mut tokens), ["request 2"]);
    tokens.answered(at(20), 2, Some(&token("b", 3_600)));
    assert_eq!(told(&mut tokens), ["2: b for 3599990", "3: b for 3599990"]);
    // Who comes later with the old one gets what the others have.
    tokens.ask(at(30), 4, Some("top-token-a"));
    assert_eq!(told(&mut tokens), ["4: b for 3599980"]);
    tokens.ask(at(40), 5, Some("top-token-b"));
    assert_eq!(told(&mut tokens), ["request 3"]);
}

#[test]
fn a_service_that_refuses_what_it_has_just_given_meets_no_storm() {
    let mut tokens = manager();
    let (mut requests, mut now, mut last) = (0, 0, None::<String>);
    while now < 20_000 {
        tokens.ask(at(now), 1, last.as_deref());
        if told(&mut tokens).iter().any(|it| it.starts_with("request")) {
            requests += 1;
            tokens.answered(at(now), requests, Some(&token(&requests.to_string(), 3_600)));
            last = Some(format!("top-token-{requests}"));
            told(&mut tokens);
        } else {
            tokens.abort(at(now), 1);
        }
        now += 10;
    }
    assert_eq!(requests, 5);
}

#[test]
fn a_wrong_secret_is_told_to_all_who_wait_and_asked_about_no_more_than_needed() {
    let mut tokens = manager();
    (1..=3).for_each(|number| tokens.ask(at(0), number, None));
    tokens.answered(at(50), 1, Some(&answer(401, r#"{"error":"invalid_client"}"#)));
    assert_eq!(told(&mut tokens), ["request 1", "1: invalid_client", "2: invalid_client", "3: invalid_client"]);
    // A loop that asks again and again costs the service nothing.
    (0..1_000).for_each(|step| tokens.ask(at(51 + step), 4, None));
    assert!(told(&mut tokens).iter().all(|it| it == "4: invalid_client"));
    assert_eq!(tokens.next_wake(), None);
    // Somebody may have mended it.
    tokens.ask(at(31_000), 5, None);
    assert_eq!(told(&mut tokens), ["request 2"]);
}

#[test]
fn a_wait_that_the_service_asks_for_is_kept_and_spread() {
    for seed in 0..50 {
        let mut tokens = seeded([seed; 16], "");
        tokens.ask(at(0), 1, None);
        tokens.answered(at(0), 1, Some(&limited("60")));
        let wake = tokens.next_wake().unwrap();
        assert!((60_000..=75_000).contains(&wake), "{wake}");
        told(&mut tokens);
        tokens.ask(at(100), 2, Some("whatever"));
        tokens.time(at(wake - 1));
        assert!(told(&mut tokens).is_empty());
        tokens.time(at(wake));
        assert_eq!(told(&mut tokens), ["request 2"]);
    }
}

#[test]
fn a_refusal_without_a_wait_is_waited_for_nevertheless() {
    let mut tokens = manager();
    tokens.ask(at(0), 1, None);
    tokens.answered(at(0), 1, Some(&answer(429, "")));
    assert!((5_000..=6_250).contains(&tokens.next_wake().unwrap()));
}

#[test]
fn a_wait_of_more_than_an_hour_is_no_wait_for_anybody() {
    let mut tokens = manager();
    tokens.ask(at(0), 1, None);
    tokens.answered(at(0), 1, Some(&limited("7200")));
    assert_eq!(told(&mut tokens), ["request 1", "1: rate_limited"]);
    tokens.ask(at(60_000), 2, None);
    assert_eq!(told(&mut tokens), ["2: rate_limited"]);
    // The last hour of it is waited for; nothing is asked before its end.
    tokens.ask(at(2 * 7_200_000 - 3_600_000), 3, None);
    assert_eq!(told(&mut tokens), ["request 2"], "with all of the jitter above it, it is over");
}

#[test]
fn trouble_is_waited_out_longer_and_longer_and_forgotten_when_it_is_over() {
    let mut tokens = manager();
    tokens.ask(at(0), 1, None);
    let (mut now, mut waits) = (0, Vec::new());
    for request in 1..=8 {
        let unavailable = answer(503, "");
        tokens.answered(at(now), request, Some(&unavailable).filter(|_| request % 2 == 0));
        let wake = tokens.next_wake().unwrap();
        waits.push(wake - now);
        now = wake;
        tokens.time(at(now));
    }
    assert!(waits[0] <= 1_000 && waits[7] >= 15_000 && waits.iter().all(|&wait| wait <= 30_000), "{waits:?}");
    tokens.answered(at(now), 9, Some(&token("a", 60)));
    assert_eq!(told(&mut tokens).last().unwrap(), "1: a for 60000");
    tokens.ask(at(now), 2, Some("top-token-a"));
    tokens.answered(at(now), 10, None);
    assert!(tokens.next_wake().unwrap() - now <= 1_000);
}

#[test]
fn a_service_that_never_answers_is_given_up_in_time_and_heard_no_more() {
    let mut tokens = seeded([7; 16], r#","timeout":500"#);
    tokens.ask(at(0), 1, None);
    assert_eq!(tokens.next_wake(), Some(500));
    tokens.time(at(499));
    assert_eq!(told(&mut tokens), ["request 1"]);
    tokens.time(at(500));
    assert_eq!(told(&mut tokens), ["abort 1"]);
    tokens.answered(at(501), 1, Some(&token("late", 60)));
    assert!(told(&mut tokens).is_empty(), "an answer that was given up is nobody's");
    let wake = tokens.next_wake().unwrap();
    tokens.time(at(wake));
    assert_eq!(told(&mut tokens), ["request 2"]);
}

#[test]
fn a_service_that_lets_everybody_wait_is_asked_less_often_than_one_that_refuses_at_once() {
    let waits = |silent: bool| {
        let mut tokens = manager();
        tokens.ask(at(0), 1, None);
        let (mut now, mut waited) = (0, 0);
        for request in 1..=3 {
            if silent {
                now = tokens.next_wake().unwrap();
                tokens.time(at(now));
            } else {
                tokens.answered(at(now), request, None);
            }
            let wake = tokens.next_wake().unwrap();
            waited = wake - now;
            now = wake;
            tokens.time(at(now));
        }
        waited
    };
    assert!(waits(false) <= 4_000 && waits(true) >= 15_000);
}

#[test]
fn a_deadline_is_as_far_away_as_it_should_be_though_the_clock_went_back() {
    let mut tokens = manager();
    tokens.abort(at(100_000), 9);
    tokens.ask(at(0), 1, None);
    assert_eq!(tokens.next_wake(), Some(110_000));
}

#[test]
fn nothing_is_asked_for_that_nobody_waits_for() {
    let mut tokens = manager();
    tokens.ask(at(0), 1, None);
    tokens.ask(at(0), 2, None);
    tokens.abort(at(1), 1);
    tokens.answered(at(2), 1, Some(&answer(500, "")));
    assert!(tokens.next_wake().is_some());
    tokens.abort(at(3), 2);
    assert_eq!(tokens.next_wake(), None);
    tokens.time(at(60_000));
    assert_eq!(told(&mut tokens), ["request 1"]);
    // Nor does anything outlive the last one who waits; a process would live on for it.
    tokens.ask(at(60_000), 3, None);
    tokens.ask(at(60_000), 4, None);
    tokens.abort(at(60_001), 3);
    assert_eq!(told(&mut tokens), ["request 2"]);
    tokens.abort(at(60_002), 4);
    assert_eq!((told(&mut tokens), tokens.next_wake()), (vec!["abort 2".to_owned()], None));
}

#[test]
fn what_nobody_waits_for_is_aborted_when_its_one_client_has_gone() {
    let mut tokens = manager();
    tokens.ask(at(0), 1, None);
    tokens.rest(at(1));
    assert_eq!(told(&mut tokens), ["request 1"], "somebody waits");
    tokens.abort(at(2), 1);
    assert_eq!(told(&mut tokens), ["abort 1"]);
    assert_eq!(tokens.next_wake(), None);
    tokens.ask(at(4), 2, None);
    assert_eq!(told(&mut tokens), ["request 2"]);
}

#[test]
fn too_many_who_wait_are_refused_and_the_others_keep_their_place() {
    let mut tokens = manager();
    (0..=limits::TOKEN_ASKS as u32).for_each(|number| tokens.ask(at(0), number, None));
    assert_eq!(told(&mut tokens), ["request 1", "1000: too_many_asks"]);
    tokens.answered(at(0), 1, Some(&token("a", 60)));
    assert_eq!(told(&mut tokens).len(), limits::TOKEN_ASKS);
}

#[test]
fn clocks_that_step_back_or_stand_neither_renew_nor_keep_a_token() {
    let mut tokens = manager();
    tokens.ask(at(1_000), 1, None);
    tokens.answered(at(1_000), 1, Some(&token("a", 60)));
    told(&mut tokens);
    tokens.ask(Now { monotonic: 0, wall: 0 }, 2, None);
    assert_eq!(told(&mut tokens), ["2: a for 60000"]);
    tokens.ask(Now { monotonic: 50_000, wall: 0 }, 3, None);
    assert_eq!(told(&mut tokens), ["request 2"]);
    tokens.answered(Now { monotonic: u64::MAX, wall: u64::MAX }, 2, Some(&limited("99999999999999999999")));
    tokens.time(Now { monotonic: u64::MAX, wall: 0 });
}

#[test]
fn every_exchange_is_in_the_audit_and_no_secret_of_it() {
    let mut tokens = manager();
    tokens.ask(at(0), 1, None);
    tokens.answered(at(1), 1, Some(&answer(503, "")));
    tokens.time(at(1_001));
    tokens.answered(at(1_002), 2, Some(&token("a", 60)));
    tokens.ask(at(1_003), 2, Some("top-token-a"));
    tokens.answered(at(1_004), 3, Some(&answer(403, "")));
    assert_eq!(
        audited(&mut tokens),
        [
            ("request", "asking", None),
            ("answer", "waiting", Some(503)),
            ("unavailable", "waiting", Some(503)),
            ("request", "asking", None),
            ("answer", "waiting", Some(200)),
            ("token_refused", "idle", None),
            ("request", "asking", None),
            ("answer", "waiting", Some(403)),
            ("forbidden", "waiting", Some(403)),
        ]
    );
}

#[test]
fn a_service_that_gives_no_token_again_and_again_is_told_of_once() {
    let mut tokens = manager();
    tokens.ask(at(0), 1, None);
    let mut repeated = Vec::new();
    for request in 1..=12 {
        tokens.unanswered(at(tokens.now.monotonic), request, ErrorCode::new("EAI_AGAIN"));
        while let Some(output) = tokens.poll_output() {
            if let Output::Repeated(told) = output {
                repeated.push((request, tokens.now.monotonic, serde_json::json!(told.detail())));
            }
        }
        let wake = tokens.next_wake().unwrap();
        tokens.time(at(wake));
    }
    let [(request, now, told)] = &repeated[..] else { panic!("{repeated:?}") };
    assert!(*request >= 3 && *now >= 30_000, "{repeated:?}");
    assert_eq!(told["cause"], serde_json::json!({ "code": "EAI_AGAIN", "why": "unanswered" }));
    assert_eq!((&told["code"], told["count"].as_f64()), (&"not_connecting".into(), Some(f64::from(*request))));
}
