//! The dialect by itself: what it writes, and what it takes an answer to mean.

use super::*;
use crate::config::Config;
use crate::time::Now;
use crate::value::{INEXACT_ID, NO_ID, read};
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const ID: Uuid = Uuid::from_u128(0x0123_4567_89ab_4def_8123_4567_89ab_cdef);

fn config(rest: &str) -> Config {
    let text = format!(r#"{{"host":"a.example","credential":{{"kind":"bearer","value":"0123456789"}}{rest}}}"#);
    Config::from_value(&read(&text, 10_000).unwrap()).unwrap()
}

fn dialect(rest: &str) -> Webchat {
    Webchat::new(&config(rest))
}

fn granted(id: &str, token: &str) -> Granted {
    let body = read(&format!(r#"{{"webchatInstanceId":"{id}","token":"{token}","expiresIn":3600}}"#), 20_000).unwrap();
    dialect("").session_granted(&body).unwrap()
}

fn session(id: &str, token: &str) -> GuestSession {
    let mut sessions = crate::session::Sessions::default();
    sessions.made(Now::default(), granted(id, token));
    sessions.current().unwrap().clone()
}

#[test]
fn a_session_is_asked_for_as_the_contract_says() {
    let config = config(r#","guest":{"email":"a@b","firstName":"Zoë \"Z\""}"#);
    let request = Webchat::new(&config).session_request(&config.guest, None).expect("a request");
    assert_eq!((request.method, request.url.expose()), ("POST", "https://a.example/api/v2/webchat/guests"));
    let headers: Vec<_> = request.headers.iter().map(|(name, value)| (*name, value.expose())).collect();
    assert_eq!(headers, [("Authorization", "Bearer 0123456789"), ("Content-Type", "application/json")]);
    let body = r#"{"guest":{"email":"a@b","firstName":"Zoë \"Z\"","lastName":"User"}}"#;
    assert_eq!(request.body.as_deref(), Some(body));
}

#[test]
fn what_the_service_names_cannot_leave_its_place_in_an_address() {
    let session = session("../a b?c#d%2f/é", "t+/=&x");
    let dialect = dialect("");
    let path = "/api/v2/webchat/instances/..%2Fa%20b%3Fc%23d%252f%2F%C3%A9";
    let request = dialect.message_request(&session, ID, &Content::new("hi".into())).expect("a request");
    assert_eq!(request.url.expose(), format!("https://a.example{path}/messages"));
    assert_eq!(dialect.session_check(&session).expect("a request").url.expose(), request.url.expose());
    let socket = dialect.socket(&session).unwrap();
    assert_eq!(socket.url.expose(), format!("wss://a.example{path}/websocket?access_token=t%2B%2F%3D%26x"));
    assert!(socket.protocols.is_empty());
}

#[test]
fn the_subprotocol_is_made_of_characters_that_a_header_takes() {
    let dialect = dialect(r#","socketAuth":"subprotocol""#);
    let socket = dialect.socket(&session("i", "t+/=&x?>~")).unwrap();
    assert!(!socket.url.expose().contains("access_token"));
    let protocol = socket.protocols[0].expose();
    assert_eq!(protocol, "bearer.dCsvPSZ4Pz5-");
    assert!(protocol.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)));
}

#[test]
fn a_message_is_the_same_text_on_both_paths() {
    let dialect = dialect("");
    let text = r#"{"type":"message","content":"a \"b\"\n","messageId":"01234567-89ab-4def-8123-456789abcdef"}"#;
    assert_eq!(dialect.message_frame(&session("i", "t"), ID, &Content::new("a \"b\"\n".into())), Some(text.into()));
    assert_eq!(
        dialect
            .message_request(&session("i", "t"), ID, &Content::new("a \"b\"\n".into()))
            .expect("a request")
            .body
            .as_deref(),
        Some(text)
    );
}

#[test]
fn a_session_is_taken_only_whole() {
    let dialect = dialect("");
    for body in [
        "null",
        "{}",
        r#"{"webchatInstanceId":"i","expiresIn":3600}"#,
        r#"{"token":"t","expiresIn":3600}"#,
        r#"{"webchatInstanceId":"i","token":"","expiresIn":3600}"#,
        r#"{"webchatInstanceId":".","token":"t","expiresIn":3600}"#,
        r#"{"webchatInstanceId":"i","token":"a b","expiresIn":3600}"#,
        r#"{"webchatInstanceId":"i","token":"é","expiresIn":3600}"#,
        r#"{"webchatInstanceId":"i","token":"t","expiresIn":0}"#,
        r#"{"webchatInstanceId":"i","token":"t","expiresIn":"soon"}"#,
        r#"{"webchatInstanceId":"i-\ud83d","token":"t","expiresIn":3600}"#,
        r#"{"webchatInstanceId":1524831183200260097,"token":"t","expiresIn":3600}"#,
    ] {
        assert!(dialect.session_granted(&read(body, 1_000).unwrap()).is_none(), "{body}");
    }
    for (body, id, life) in [
        (r#"{"webchatInstanceId":4711,"token":"t","expiresIn":"3600"}"#, "4711", 3_600_000),
        (r#"{"webchatInstanceId":"i","token":"t","expiresIn":null}"#, "i", limits::TOKEN_LIFE),
        (r#"{"webchatInstanceId":"i","token":"t"}"#, "i", limits::TOKEN_LIFE),
        (r#"{"webchatInstanceId":"i","token":"t","expiresIn":1e999}"#, "i", limits::TOKEN_LIFE),
    ] {
        let granted = dialect.session_granted(&read(body, 1_000).unwrap()).unwrap();
        assert_eq!((granted.id.as_str(), granted.expires_in), (id, life), "{body}");
    }
    let long = format!(r#"{{"webchatInstanceId":"i","token":"{}","expiresIn":3600}}"#, "t".repeat(4_097));
    assert!(dialect.session_granted(&read(&long, 10_000).unwrap()).is_none());
    assert_eq!(granted("i", "t").expires_in, 3_600_000);
}

#[test]
fn frames_mean_what_the_contract_says() {
    let dialect = dialect("");
    let read = |text: &str| dialect.read(&read(text, 1_000).unwrap());
    let id = ID.to_string();
    assert_eq!(read(&format!(r#"{{"type":"messageReceived","messageId":"{id}"}}"#)), Ok(Received::Acked(ID)));
    let upper = id.to_uppercase();
    assert_eq!(read(&format!(r#"{{"type":"messageReceived","messageId":"{upper}"}}"#)), Ok(Received::Acked(ID)));
    let entry = |id: &str, content: &str| Entry {
        id: id.to_owned(),
        also: None,
        sender: Sender::Agent,
        ours: None,
        kept: None,
        joins: false,
        time: None,
        spoken: true,
        content: Content::new(content.to_owned()),
        body: Body::default(),
    };
    for (frame, meant) in [
        (r#"{"type":"message","content":"","messageId":"any"}"#, Received::Incoming(entry("any", ""))),
        (r#"{"type":"message","content":"c","messageId":4711}"#, Received::Incoming(entry("4711", "c"))),
        (r#"{"type":"Message","content":"c \ud83d","messageId":"m"}"#, Received::Incoming(entry("m", "c \u{fffd}"))),
        (r#"{"type":"message","content":"c"}"#, Received::Nameless(NO_ID, entry("", "c"))),
        (r#"{"type":"message","content":"c","messageId":null}"#, Received::Nameless(NO_ID, entry("", "c"))),
        (
            r#"{"type":"message","content":"c","messageId":1524831183200260097}"#,
            Received::Nameless(INEXACT_ID, entry("", "c")),
        ),
        (r#"{"type":"message","content":"c","messageId":"m\ud83d"}"#, Received::Nameless(INEXACT_ID, entry("", "c"))),
    ] {
        assert_eq!(read(frame), Ok(meant), "{frame}");
    }
    assert_eq!(read(r#"{"type":"KEEP_ALIVE_ACK","timestamp":"7"}"#), Ok(Received::Alive(Some(7))));
    for id in ["4711", "null", "{}", r#""not ours""#] {
        assert_eq!(read(&format!(r#"{{"type":"messageReceived","messageId":{id}}}"#)), Ok(Received::Ignored), "{id}");
    }
    assert_eq!(read(r#"{"type":"KEEP_ALIVE_ACK","timestamp":7}"#), Ok(Received::Alive(Some(7))));
    assert_eq!(read(r#"{"type":"KEEP_ALIVE_ACK"}"#), Ok(Received::Alive(None)));
    assert_eq!(read(r#"{"type":"tomorrow"}"#), Ok(Received::Ignored));
    let refusal = |message, retry_after| Ok(Received::Refused(Refusal { message, code: 429, retry_after }));
    assert_eq!(read(r#"{"type":"error","code":429}"#), refusal(None, None));
    assert_eq!(read(r#"{"type":"error","code":429,"messageId":null,"retryAfter":1.5}"#), refusal(None, Some(1_500)));
    assert_eq!(read(&format!(r#"{{"type":"error","code":429,"messageId":"{id}"}}"#)), refusal(Some(ID), None));
    assert_eq!(read(r#"{"type":"ERROR","code":"429","retryAfter":"1.5"}"#), refusal(None, Some(1_500)));
    assert_eq!(read(r#"{"type":"error","code":429,"messageId":"else"}"#), Ok(Received::Ignored));
    assert_eq!(read(r#"{"type":"error","code":429,"messageId":4711}"#), Ok(Received::Ignored));
}

/// The table of webchat.md, "What an answer means", for every status there is.
#[test]
fn every_status_has_its_meaning() {
    let dialect = dialect("");
    for status in 0..=999 {
        for names in [false, true] {
            for later in [false, true] {
                let expected = match status {
                    200..=299 | 409 => Answer::Acknowledged,
                    401 => Answer::SessionRefused,
                    403 if names => Answer::Rejected,
                    403 => Answer::Forbidden,
                    404 | 410 => Answer::SessionGone,
                    425 | 429 | 503 => Answer::Paused { certain: true },
                    408 | 502 | 504 => Answer::Paused { certain: false },
                    400..=499 if later => Answer::Paused { certain: true },
                    _ if later => Answer::Paused { certain: false },
                    400..=499 => Answer::Rejected,
                    _ => Answer::Failed,
                };
                assert_eq!(dialect.answer(status, names, later), expected, "{status} {names} {later}");
            }
        }
    }
}

#[test]
fn every_close_code_has_its_meaning_and_every_meaning_can_be_changed() {
    let plain = dialect("");
    let table = [
        (Close::Stop, &[1000, 1002, 1003, 1007, 1009, 1010, 3003, 4003, 4403][..]),
        (Close::ReconnectSlowly, &[1013, 4008, 4029, 4429]),
        (Close::Renew, &[1008, 3000, 4001, 4401]),
        (Close::SessionLost, &[4004, 4404, 4410]),
    ];
    for code in 1000..=4999 {
        let row = table.iter().find(|(_, codes)| codes.contains(&code));
        assert_eq!(plain.close(code), row.map_or(Close::Reconnect, |row| row.0), "{code}");
    }
    let changed = dialect(r#","closeCodes":{"1000":"reconnect","1006":"stop"}"#);
    assert_eq!((changed.close(1000), changed.close(1006)), (Close::Reconnect, Close::Stop));
    assert_eq!(changed.close(1002), Close::Stop);
}

proptest! {
    #![proptest_config(crate::drawn::examples())]

    #[test]
    fn an_override_changes_its_own_code_and_no_other(rows in prop::collection::btree_map(1000u16..=4999, 0..Close::ALL.len(), 0..20)) {
        let given: Vec<String> =
            rows.iter().map(|(code, place)| format!(r#""{code}":"{}""#, Close::NAMES[*place])).collect();
        let changed = dialect(&format!(r#","closeCodes":{{{}}}"#, given.join(",")));
        let plain = dialect("");
        for code in 999..=5000 {
            let expected = rows.get(&code).map_or_else(|| plain.close(code), |place| Close::ALL[*place]);
            prop_assert_eq!(changed.close(code), expected, "{}", code);
        }
    }
}

#[test]
fn a_body_may_name_a_message_and_a_wait() {
    let dialect = dialect("");
    let body = |text: &str| read(text, 1_000).unwrap();
    assert!(dialect.names_message(&body(&format!(r#"{{"messageId":"{ID}"}}"#)), ID));
    for text in ["null", "{}", r#"{"messageId":"else"}"#, r#"{"messageId":7}"#] {
        assert!(!dialect.names_message(&body(text), ID), "{text}");
    }
    for (text, wait) in [
        ("30", Some(30_000)),
        (r#"{"retryAfter":30}"#, Some(30_000)),
        (r#"{"retry_after":0.0001}"#, Some(1)),
        (r#"{"retryAfter":"30"}"#, Some(30_000)),
        (r#"{"retryAfter":null,"retry_after":"0.5"}"#, Some(500)),
        (r#""30""#, None),
        (r#"{"retryAfter":"a while"}"#, None),
        (r#"{"retryAfter":-30}"#, None),
        ("{}", None),
        ("null", None),
    ] {
        assert_eq!(dialect.retry_after(&body(text)), wait, "{text}");
    }
}
