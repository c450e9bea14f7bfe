//! The service's channels over REST: what is asked for, and what an answer is taken to mean.

use super::*;
use crate::protocol::streaming::{Channel, Refused, Verdict};
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// 2020-08-12T12:41:54Z.
const WALL: u64 = 1_597_236_114_000;

fn channel(id: &str) -> Channel {
    let text = |text: &str| Secret::new(text.to_owned());
    Channel { id: text(id), uri: text("wss://streaming.mypurecloud.de/channels/x"), life: 1 }
}

fn shown(request: &Request) -> (&'static str, &str, Vec<(&'static str, &str)>, Option<&str>) {
    let headers = request.headers.iter().map(|(name, value)| (*name, value.expose())).collect();
    (request.method, request.url.expose(), headers, request.body.as_deref())
}

#[test]
fn a_channel_is_made_checked_listed_and_told_of_topics_as_the_contract_says() {
    let (dialect, token, held) = (channels(), token(), channel("streaming-0-a/b"));
    let api = "https://api.mypurecloud.de/api/v2/notifications/channels";
    let authorization = ("Authorization", "Bearer t+0/k=n");
    assert_eq!(shown(&dialect.make(&token)), ("POST", api, vec![authorization], None));
    assert_eq!(shown(&dialect.list(&token)), ("GET", api, vec![authorization], None));
    let one = format!("{api}/streaming-0-a%2Fb");
    assert_eq!(shown(&dialect.check(&token, &held)), ("HEAD", one.as_str(), vec![authorization], None));
    let list = |topics: &[&str]| topics.iter().map(|&topic| topic.to_owned()).collect::<Vec<_>>();
    let subscriptions = format!("{one}/subscriptions?ignoreErrors=true");
    let headers = vec![authorization, ("Content-Type", "application/json")];
    for (whole, method) in [(true, "PUT"), (false, "POST")] {
        let change = Change { whole, add: list(&["v2.users.u?presence&station", "a\"b"]), remove: list(&["c"]) };
        let body = r#"[{"id":"v2.users.u?presence&station"},{"id":"a\"b"}]"#;
        let request = dialect.subscribe(&token, &held, &change);
        assert_eq!(shown(&request), (method, subscriptions.as_str(), headers.clone(), Some(body)));
    }
    let nothing = Change { whole: true, add: vec![], remove: list(&["c"]) };
    assert_eq!(dialect.subscribe(&token, &held, &nothing).body.as_deref(), Some("[]"));
    assert_eq!(dialect.channels().unwrap().socket(&held).url.expose(), "wss://streaming.mypurecloud.de/channels/x");
    let log = format!("{held:?} {:?} {dialect:?}", dialect.make(&token));
    assert!(!log.contains("streaming-0") && !log.contains("t+0"), "{log}");
}

#[test]
fn a_channel_leads_to_its_own_service_only() {
    let made = |dialect: &Streams, id: &str, uri: &str| {
        let body = format!(r#"{{"id":{id},"connectUri":{uri:?},"expires":"2020-08-12T13:41:54.500Z"}}"#);
        dialect.made(&json(&body), WALL)
    };
    let id = r#""streaming-0-x""#;
    let region = channels();
    let good = made(&region, id, "wss://streaming.mypurecloud.de/channels/streaming-0-x").unwrap();
    assert_eq!((good.id.expose(), good.life), ("streaming-0-x", 3_600_500));
    assert!(made(&region, id, "wss://STREAMING.mypurecloud.de/channels/x?a=b").is_some());
    for uri in [
        "ws://streaming.mypurecloud.de/channels/x",
        "wss://streaming.mypurecloud.com/channels/x",
        "wss://mypurecloud.de/channels/x",
        "wss://streaming.mypurecloud.de.evil.example/channels/x",
        "wss://streaming.mypurecloud.de@evil.example/channels/x",
        "wss://evil.example/streaming.mypurecloud.de/x",
        "wss://evil.example#wss://streaming.mypurecloud.de/",
        "wss://streaming.mypurecloud.de:444/channels/x",
        "wss://streaming.mypurecloud.de\\\\.evil.example/x",
        "wss://streaming.mypurecloud.de",
        "wss://streaming.mypurecloud.de?x",
        "wss://streaming.mypurecloud.de/a b",
        "wss://streaming.mypurecloud.de/#a",
        "https://streaming.mypurecloud.de/channels/x",
        "wss://127.0.0.1:8787/channels/x",
        "",
    ] {
        assert!(made(&region, id, uri).is_none(), "{uri}");
    }
    let local = channels_of("http://127.0.0.1:8787");
    for uri in ["ws://127.0.0.1:8787/channels/x", "ws://localhost:9000/x", "wss://[::1]/x"] {
        assert!(made(&local, id, uri).is_some(), "{uri}");
    }
    for uri in ["ws://10.0.0.1/x", "wss://streaming.mypurecloud.de/x", "ws://127.0.0.1.evil.example/x", "ws:///x"] {
        assert!(made(&local, id, uri).is_none(), "{uri}");
    }
    let uri = "wss://streaming.mypurecloud.de/channels/x";
    assert_eq!(made(&region, "7", uri).unwrap().id.expose(), "7");
    for id in [
        "null",
        "1524831183200260097",
        r#""\ud83d""#,
        r#""""#,
        r#"".""#,
        r#""..""#,
        &format!("\"{}\"", "x".repeat(4_097)),
    ] {
        assert!(made(&region, id, uri).is_none(), "{id}");
    }
    for body in ["null", "{}", r#"{"id":"i"}"#, r#"{"id":"i","connectUri":7}"#] {
        assert!(region.made(&json(body), WALL).is_none(), "{body}");
    }
}

#[test]
fn a_channel_lives_as_long_as_it_says_and_a_day_at_most() {
    let life = |expires: &str| {
        let uri = "wss://streaming.mypurecloud.de/channels/x";
        let body = format!(r#"{{"id":"i","connectUri":"{uri}","expires":{expires}}}"#);
        channels().made(&json(&body), WALL).unwrap().life
    };
    const DAY: u64 = 24 * 3_600_000;
    for (expires, expected) in [
        (r#""2020-08-12T12:42:54.000Z""#, 60_000),
        (r#""2020-08-12T12:42:55Z""#, 61_000),
        (r#""2020-08-12T12:42:54.7Z""#, 60_700),
        (r#""2020-08-12T12:42:54.0071234Z""#, 60_007),
        (r#""2020-08-13T12:41:53Z""#, DAY - 1_000),
        (r#""9999-12-31T23:59:59.999Z""#, DAY),
        // What nobody can use says nothing: it lives as long as they do.
        (r#""2020-08-12T12:42:53.999Z""#, DAY),
        (r#""2020-08-12T12:41:54.707Z""#, DAY),
        (r#""2020-08-12T12:41:54.000Z""#, DAY),
        (r#""2019-08-12T12:41:54.000Z""#, DAY),
        (r#""0000-01-01T00:00:00Z""#, DAY),
        (r#""2020-08-12T12:41:54.707+02:00""#, DAY),
        (r#""2020-08-12 13:41:54""#, DAY),
        (r#""2020-13-12T12:41:54Z""#, DAY),
        (r#""2020-08-12T+2:41:54Z""#, DAY),
        (r#""2020-08-12T13:41:54.Z""#, DAY),
        (r#""2020-08-12T13:41:54.1e9Z""#, DAY),
        (r#""2020-08-12T13:41:54.0000000000Z""#, DAY),
        (r#""99999999999999999999-08-12T13:41:54Z""#, DAY),
        (r#""soon""#, DAY),
        ("1597236115000", DAY),
        ("null", DAY),
    ] {
        assert_eq!(life(expires), expected, "{expires}");
    }
}

#[test]
fn until_when_a_channel_lives_is_found_in_a_list_of_all() {
    let body = json(
        r#"{"entities":[{},{"id":"a","expires":"2020-08-12T12:42:55Z"},{"id":"b","expires":"2020-08-12T12:42:56Z"},{"id":"c"}]}"#,
    );
    let left = |id| channels().left(&body, &channel(id), WALL);
    assert_eq!([left("a"), left("b"), left("c"), left("d")], [Some(61_000), Some(62_000), None, None]);
    assert_eq!(channels().left(&json(r#"{"entities":7}"#), &channel("a"), WALL), None);
}

#[test]
fn each_topic_has_its_own_verdict() {
    let body = json(
        r#"{"entities":[
            {"id":"a","state":"Permitted","selfUri":"/x"},
            {"id":"b","state":"Rejected","rejectionReason":"Missing permission","missingPermissions":["x:y:view",7,""]},
            {"id":"c","state":"Rejected"},
            {"id":"d"},
            {"id":"e","state":"permitted"},
            {"id":"f","state":"Rejected","rejectionReason":7,"missingPermissions":"x"},
            {"id":7,"state":"Permitted"},
            {"state":"Permitted"},
            7
        ]}"#,
    );
    let verdict = |topic: &str, refused: Option<(&str, &[&str])>| Verdict {
        topic: topic.to_owned(),
        refused: refused.map(|(reason, missing)| Refused {
            reason: reason.to_owned(),
            missing: missing.iter().map(|&it| it.to_owned()).collect(),
        }),
    };
    let expected = [
        verdict("a", None),
        verdict("b", Some(("Missing permission", &["x:y:view"]))),
        verdict("c", Some(("Rejected", &[]))),
        verdict("d", None),
        verdict("e", None),
        verdict("f", Some(("Rejected", &[]))),
        verdict("7", None),
    ];
    assert_eq!(channels().verdicts(&body).unwrap(), expected);
    for body in ["null", "{}", r#"{"entities":{}}"#, r#"{"entities":"a"}"#] {
        assert_eq!(channels().verdicts(&json(body)), None, "{body}");
    }
    let many = |count: usize| format!(r#"{{"entities":[{}]}}"#, vec![r#"{"id":"a"}"#; count].join(","));
    assert_eq!(channels().verdicts(&json(&many(limits::VERDICTS + 1))).unwrap().len(), limits::VERDICTS);
    let missing = vec![r#""p""#; 1_000].join(",");
    let body = json(&format!(r#"{{"entities":[{{"id":"a","state":"no","missingPermissions":[{missing}]}}]}}"#));
    let refused = channels().verdicts(&body).unwrap().remove(0).refused.unwrap();
    assert_eq!(refused.missing.len(), limits::PERMISSIONS);
}

#[test]
fn a_refusal_says_why_and_how_long_to_wait_even_where_a_page_cannot_read_the_header() {
    let real = json(
        r#"{"message":"Rate limit exceeded the maximum. Retry the request in [59] seconds","code":"too.many.requests.retry.after","status":429}"#,
    );
    assert_eq!(channels().reason(&real), Some("too.many.requests.retry.after"));
    assert_eq!(channels().retry_after(&real), Some(59_000));
    for message in [
        "",
        "Retry in 59 seconds",
        "[x] seconds",
        "[] seconds",
        "[1",
        "[-1] seconds",
        "[9999999999] seconds",
        "[59] hours",
    ] {
        let body = json(&format!(r#"{{"message":{message:?},"code":"not.found"}}"#));
        assert_eq!(channels().retry_after(&body), None, "{message}");
    }
    for body in ["null", "[]", r#"{"code":7,"message":7}"#, r#"{"code":""}"#] {
        assert_eq!((channels().reason(&json(body)), channels().retry_after(&json(body))), (None, None));
    }
    assert_eq!(plain("").retry_after(&json(r#"{"retry_after":1.5}"#)), Some(1_500));
}

proptest! {
    #![proptest_config(crate::drawn::examples())]

    #[test]
    fn whatever_a_service_names_an_end_it_is_a_life_of_a_day_at_most(expires: String, wall: u64) {
        let body = Value::Map(vec![
            ("id".into(), Value::Text("i".into())),
            ("connectUri".into(), Value::Text("wss://streaming.mypurecloud.de/x".into())),
            ("expires".into(), Value::Text(expires)),
        ]);
        let life = channels().made(&body, wall).unwrap().life;
        prop_assert!((limits::CHANNEL_LIFE_LEAST..=limits::CHANNEL_LIFE).contains(&life));
    }

    #[test]
    fn an_end_is_read_as_it_was_written(year in 1970u64..10_000, month in 1u64..=12, day in 1u64..=28, ms in 0u64..86_400_000) {
        let clock = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60, ms % 1_000);
        let text = format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z", clock.0, clock.1, clock.2, clock.3);
        let start = crate::retry_after::days(year, month, day).unwrap() * 86_400_000;
        // Just before, so that the life is what lies between.
        let body = format!(r#"{{"id":"i","connectUri":"wss://streaming.mypurecloud.de/x","expires":"{text}"}}"#);
        let wall = (start + ms).saturating_sub(61_234);
        let life = Some(start + ms - wall).filter(|&life| life >= limits::CHANNEL_LIFE_LEAST);
        prop_assert_eq!(channels().made(&json(&body), wall).unwrap().life, life.unwrap_or(limits::CHANNEL_LIFE));
    }

    #[test]
    fn no_address_leads_past_the_region(uri in "wss?://[a-z.@:/\\\\#?]{0,12}(streaming\\.mypurecloud\\.de)?[a-z.@:/\\\\#?]{0,12}") {
        if channels().trusts(&uri) {
            prop_assert!(uri.starts_with("wss://streaming.mypurecloud.de/"), "{}", uri);
        }
    }
}
