//! The dialect by itself: what it writes, and what it takes a frame or an answer to mean.

mod channels;

use super::*;
use crate::protocol::streaming::News;
use crate::value::read;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const FRAMES: &str = include_str!("../../../../sim/tests/data/stream-frames.json");

fn spoken(options: &str) -> Streams {
    let text = format!(r#"{{"dialect":"streams",{options}}}"#);
    Streams::new(&Config::from_value(&read(&text, 10_000).unwrap()).unwrap())
}

fn channels_of(region: &str) -> Streams {
    spoken(&format!(r#""region":"{region}","credential":{{"kind":"provider"}}"#))
}

fn channels() -> Streams {
    channels_of("mypurecloud.de")
}

fn plain(options: &str) -> Streams {
    spoken(&format!(r#""url":"wss://events.example/stream?v=1","credential":{{"kind":"provider"}}{options}"#))
}

fn token() -> Secret {
    Secret::new("t+0/k=n".to_owned())
}

fn json(text: &str) -> Value {
    read(text, 1 << 20).unwrap()
}

/// What a fixture says that a frame means.
fn meaning(received: &Result<Received, &'static str>) -> String {
    match received.as_ref().unwrap() {
        Received::Streamed(_) => "event".to_owned(),
        Received::Alive(None) => "pong".to_owned(),
        Received::Alive(Some(at)) => format!("pong {at}"),
        Received::Stream(News::Beat) => "beat".to_owned(),
        Received::Stream(News::Closing) => "closing".to_owned(),
        Received::Stream(News::Unsubscribed(None)) => "unsubscribed".to_owned(),
        Received::Stream(News::Unsubscribed(Some(id))) => format!("unsubscribed {}", id.expose()),
        Received::Stream(News::TokenRevoked) => "token revoked".to_owned(),
        Received::Stream(News::Confirmed) => "confirmed".to_owned(),
        Received::Stream(News::Gone) => "gone".to_owned(),
        Received::Refused(it) => match it.retry_after {
            Some(wait) => format!("refused {} {wait}", it.code),
            None => format!("refused {}", it.code),
        },
        Received::Ignored => "nothing".to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_frame_of_the_contracts_means_what_they_say() {
    let confirmed = r#","subscribe":{"confirmed":{"type":"subscribed","status":"ok"}}"#;
    let (channels, plain) = (channels(), plain(confirmed));
    let Value::List(frames) = json(FRAMES) else { panic!() };
    assert!(frames.len() > 30);
    for example in &frames {
        let text = |name: &str| example.get(name).and_then(Value::text).unwrap();
        let dialect = if text("from") == "channel" { &channels } else { &plain };
        let received = dialect.read(example.get("frame").unwrap());
        assert_eq!(meaning(&received), text("means"), "{}", text("name"));
    }
    assert!(matches!(channels.read(&channels.confirmation()), Ok(Received::Stream(News::Confirmed))));
    assert!(matches!(plain.read(&plain.confirmation()), Ok(Received::Stream(News::Confirmed))));
}

#[test]
fn an_event_has_its_topic_its_body_and_its_correlation() {
    let event = |dialect: &Streams, text: &str| match dialect.read(&json(text)) {
        Ok(Received::Streamed(it)) => (it.topic, it.body.value().cloned(), it.correlation),
        other => panic!("{other:?}"),
    };
    let dialect = channels();
    for metadata in [r#"{"CorrelationId":"c"}"#, r#"{"correlationId":"c"}"#] {
        let told = event(&dialect, &format!(r#"{{"topicName":"t","eventBody":[1],"metadata":{metadata}}}"#));
        assert_eq!(told, ("t".into(), Some(json("[1]")), Some("c".into())));
    }
    let told = event(&dialect, r#"{"topicName":7,"eventBody":null,"metadata":{"CorrelationId":4711}}"#);
    assert_eq!(told, ("7".into(), Some(Value::Null), Some("4711".into())));
    let inexact = [r#"{"CorrelationId":1524831183200260097}"#, r#"{"CorrelationId":"c-\ud83d"}"#];
    for metadata in ["7", "null", "{}", r#"{"CorrelationId":""}"#].into_iter().chain(inexact) {
        let told = event(&dialect, &format!(r#"{{"topicName":"t","metadata":{metadata}}}"#));
        assert_eq!(told, ("t".into(), Some(Value::Null), None));
    }
    let dialect = plain("");
    for (frame, topic, body, correlation) in [
        (r#"{"type":"STREAMING_DATA","data":{"a":1},"correlationId":"c"}"#, "STREAMING_DATA", r#"{"a":1}"#, Some("c")),
        (r#"{"topicName":"t","eventBody":2,"metadata":{"CorrelationId":"c"}}"#, "t", "2", Some("c")),
        (r#"{"type":"x","topic":"t"}"#, "t", r#"{"type":"x","topic":"t"}"#, None),
        (r#"{"type":7}"#, "", r#"{"type":7}"#, None),
    ] {
        let told = event(&dialect, frame);
        assert_eq!(told, (topic.into(), Some(json(body)), correlation.map(str::to_owned)), "{frame}");
    }
}

#[test]
fn what_is_no_frame_of_a_channel_is_named_and_dropped() {
    let dialect = channels();
    for frame in [r#"{"topicName":{}}"#, r#"{"topicName":""}"#, "{}", r#"{"message":"hello"}"#] {
        assert_eq!(dialect.read(&json(frame)), Err("no_topic"), "{frame}");
    }
    let long = format!(r#"{{"topicName":"{}"}}"#, "x".repeat(4_097));
    assert_eq!(dialect.read(&json(&long)), Err("no_topic"));
    for frame in ["null", "[]", "7", r#""text""#] {
        assert_eq!(dialect.read(&json(frame)), Err("not_an_object"));
        assert_eq!(plain("").read(&json(frame)), Err("not_an_object"));
    }
}

#[test]
fn a_plain_socket_has_the_token_where_it_can_be_carried() {
    let address = |options: &str, token: Option<&Secret>| {
        let address = Streaming::socket(&plain(options), token);
        (address.url.expose().to_owned(), address.authorization.map(|it| it.expose().to_owned()))
    };
    let url = "wss://events.example/stream?v=1";
    assert_eq!(address("", Some(&token())), (format!("{url}&access_token=t%2B0%2Fk%3Dn"), None));
    let header = address(r#","tokenIn":"header""#, Some(&token()));
    assert_eq!(header, (url.to_owned(), Some("Bearer t+0/k=n".to_owned())));
    assert_eq!(address("", None), (url.to_owned(), None));
    let bare = spoken(r#""url":"ws://127.0.0.1:8787","credential":{"kind":"none"}"#);
    assert_eq!(Streaming::socket(&bare, Some(&token())).url.expose(), "ws://127.0.0.1:8787?access_token=t%2B0%2Fk%3Dn");
}

#[test]
fn a_plain_socket_is_told_of_topics_in_its_own_style() {
    let list = |topics: &[&str]| topics.iter().map(|&topic| topic.to_owned()).collect::<Vec<_>>();
    let change = |whole, add: &[&str], remove: &[&str]| Change { whole, add: list(add), remove: list(remove) };
    let subscribe = plain("");
    assert_eq!(subscribe.telling(), Telling::Differences);
    let frames = subscribe.subscription(&change(false, &["a", "\"b"], &["c"]));
    let (gone, new) =
        (r#"{"type":"unsubscribe","data":{"topics":["c"]}}"#, r#"{"type":"subscribe","data":{"topics":["a","\"b"]}}"#);
    assert_eq!(frames, [gone, new]);
    assert_eq!(subscribe.subscription(&change(false, &[], &["c"])), [gone]);
    let events = plain(r#","subscribe":{"style":"events"}"#);
    assert_eq!(events.telling(), Telling::Everything);
    let frames = events.subscription(&change(true, &["a", "b"], &["c"]));
    assert_eq!(frames, [r#"{"api-version":"1","events":["a","b"]}"#]);
    assert_eq!(events.subscription(&change(true, &[], &["c"])), [r#"{"api-version":"1","events":[]}"#]);
    assert!(!events.confirms() && plain(r#","subscribe":{"confirmed":{"type":"ok"}}"#).confirms());
    assert_eq!(channels().telling(), Telling::Channel);
}

#[test]
fn a_channel_is_pinged_and_a_plain_socket_gets_a_keep_alive() {
    let beat = Beat { connection: uuid::Uuid::nil(), wall: 7, state: "STABLE", interval: 20_000, probe: false };
    assert_eq!(
        channels().channels().map(|_| Streaming::heartbeat(&channels(), &beat)),
        Some(Some(r#"{"message":"ping"}"#.into()))
    );
    assert_eq!(Streaming::heartbeat(&plain(""), &beat), heartbeat::frame(&beat, 1_024));
    let told = Streaming::heartbeat(&plain(r#","heartbeat":{"maxBytes":512}"#), &beat).unwrap();
    assert!(told.contains(r#""maxAllowed":512"#));
}

/// Of a channel the code says nothing; of a plain socket what the table of webchat.md says, but for what only a chat has.
#[test]
fn every_close_code_has_its_meaning_and_every_meaning_can_be_changed() {
    let (channels, plain) = (channels(), plain(""));
    let table = [
        (Close::Stop, &[1002, 1003, 1007, 1009, 1010, 3003, 4003, 4403][..]),
        (Close::ReconnectSlowly, &[1013, 4008, 4029, 4429]),
        (Close::Renew, &[1008, 3000, 4001, 4401]),
    ];
    for code in 1000..=4999 {
        let row = table.iter().find(|(_, codes)| codes.contains(&code));
        assert_eq!(plain.close(code), row.map_or(Close::Reconnect, |row| row.0), "{code}");
        assert_eq!(channels.close(code), Close::Reconnect, "{code}");
    }
    let changed = spoken(r#""region":"mypurecloud.de","credential":{"kind":"provider"},"closeCodes":{"1012":"stop"}"#);
    assert_eq!((changed.close(1012), changed.close(1011)), (Close::Stop, Close::Reconnect));
}

#[test]
fn every_status_has_its_meaning() {
    for status in 0..=999 {
        for later in [false, true] {
            let expected = match status {
                200..=299 => Answer::Acknowledged,
                401 => Answer::SessionRefused,
                403 => Answer::Forbidden,
                404 | 410 => Answer::SessionGone,
                408 | 425 | 429 | 500..=599 => Answer::Paused { certain: true },
                _ if later => Answer::Paused { certain: true },
                400..=499 => Answer::Rejected,
                _ => Answer::Failed,
            };
            assert_eq!(channels().answer(status, false, later), expected, "{status} {later}");
        }
    }
}
