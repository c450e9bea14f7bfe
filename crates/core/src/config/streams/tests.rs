//! What a stream can be asked for, and what is said of anything else.

use super::super::Config;
use super::*;
use crate::value::{Value, read};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const PROVIDER: &str = r#""credential":{"kind":"provider"}"#;

fn options(text: &str) -> Result<Config, OptionError> {
    Config::from_value(&read(&format!(r#"{{"dialect":"streams",{text}}}"#), usize::MAX).unwrap())
}

fn of_channels(rest: &str) -> Result<Config, OptionError> {
    options(&format!(r#""region":"eu-central-1",{PROVIDER}{rest}"#))
}

fn of_socket(rest: &str) -> Result<Config, OptionError> {
    options(&format!(r#""url":"wss://events.example/stream?v=1",{PROVIDER}{rest}"#))
}

#[test]
fn channels_have_the_defaults_of_the_contract() {
    let config = of_channels(r#","topics":["b","a"]"#).unwrap();
    let stream = config.stream.get().unwrap();
    assert!(stream.has_channels() && config.is_streams() && !config.rest);
    assert_eq!(stream.topics, ["b", "a"]);
    assert_eq!((stream.handover, stream.on_evicted, stream.resync), (Handover::SameChannel, OnEvicted::Stop, false));
    // They say by themselves every 30 s that they live.
    let beats = [config.heartbeat_stable, config.heartbeat_degraded, config.heartbeat_reconnecting];
    assert_eq!(beats, [35_000; 3]);
    let given = of_channels(r#","heartbeat":{"stable":45000,"degraded":5000}"#).unwrap();
    assert_eq!([given.heartbeat_stable, given.heartbeat_degraded], [45_000, 5_000]);
    let other = of_channels(r#","handover":"second-channel","onEvicted":"reconnect","resync":true"#).unwrap();
    let stream = other.stream.get().cloned().unwrap();
    assert_eq!(
        (stream.handover, stream.on_evicted, stream.resync),
        (Handover::SecondChannel, OnEvicted::Reconnect, true)
    );
}

#[test]
fn a_matrix_that_contradicts_itself_or_the_contract_is_refused_when_it_is_made() {
    for (heartbeat, option, remedy) in [
        (r#""stable":4999"#, "heartbeat.stable", "5000 to 45000"),
        (r#""stable":45001"#, "heartbeat.stable", "5000 to 45000"),
        (r#""degraded":4999"#, "heartbeat.degraded", "5000 to 20000"),
        (r#""reconnecting":4999"#, "heartbeat.reconnecting", "5000 to 20000"),
        // What is in doubt would be asked less often than what is not.
        (r#""degraded":20001"#, "heartbeat.degraded", "5000 to 20000"),
        (r#""stable":8000,"degraded":8001"#, "heartbeat.degraded", "5000 to 8000"),
        (r#""stable":8000,"reconnecting":8001"#, "heartbeat.reconnecting", "5000 to 8000"),
        (r#""unstable":8000"#, "heartbeat.unstable", "maxBytes"),
        // No frame would fit, or one that the contract forbids.
        (r#""maxBytes":269"#, "heartbeat.maxBytes", "270 to 1024"),
        (r#""maxBytes":1025"#, "heartbeat.maxBytes", "270 to 1024"),
    ] {
        let error = of_socket(&format!(r#","heartbeat":{{{heartbeat}}}"#)).unwrap_err();
        assert_eq!(error.option, option);
        assert!(error.remedy.contains(remedy), "{heartbeat}: {}", error.remedy);
    }
    let shorter = of_socket(r#","heartbeat":{"stable":6000}"#).unwrap();
    let beats = [shorter.heartbeat_stable, shorter.heartbeat_degraded, shorter.heartbeat_reconnecting];
    assert_eq!(beats, [6_000, 6_000, 5_000], "a default follows what it must not be longer than");
    let small = of_socket(r#","heartbeat":{"maxBytes":270}"#).unwrap();
    assert_eq!(small.stream.get().unwrap().heartbeat_bytes, 270);
    // A channel's heartbeat is no such frame.
    assert_eq!(of_channels(r#","heartbeat":{"maxBytes":512}"#).unwrap_err().option, "heartbeat.maxBytes");
}

#[test]
fn a_plain_socket_has_the_defaults_of_the_contract() {
    let config = of_socket(r#","subscribe":{"topics":["a"]}"#).unwrap();
    let stream = config.stream.get().unwrap();
    assert!(!stream.has_channels() && !stream.token_in_header && stream.confirmed.is_empty());
    assert_eq!((stream.path.as_ref().unwrap().expose(), stream.style), ("/stream?v=1", Style::Subscribe));
    assert_eq!(stream.topics, ["a"]);
    let beats = [config.heartbeat_stable, config.heartbeat_degraded, config.heartbeat_reconnecting];
    assert_eq!(beats, [20_000, 10_000, 5_000]);
    assert_eq!((config.latency_degraded, config.loss_degraded), (800.0, 0.15));
    assert_eq!(stream.heartbeat_bytes, 1_024);
    let given = of_socket(
        r#","tokenIn":"header","subscribe":{"style":"events","confirmed":{"type":"subscribed","status":"ok"}}"#,
    );
    let stream = given.unwrap().stream.get().cloned().unwrap();
    assert!(stream.token_in_header && stream.style == Style::Events && stream.confirmed.len() == 2);
    let everybody = options(r#""url":"ws://127.0.0.1:8787","credential":{"kind":"none"}"#).unwrap();
    assert!(matches!(everybody.credential, Credential::None));
}

#[test]
fn every_bad_option_is_named_with_its_remedy() {
    let long = format!(r#","topics":["{}"]"#, "x".repeat(200));
    let many: Vec<String> = (0..1_001).map(|place| format!("\"t{place}\"")).collect();
    let many = format!(r#","topics":[{}]"#, many.join(","));
    let marks: Vec<String> = (0..9).map(|place| format!(r#""m{place}":"x""#)).collect();
    let marks = format!(r#","subscribe":{{"confirmed":{{{}}}}}"#, marks.join(","));
    for (rest, option) in [
        (r#","topics":"a""#, "topics"),
        (r#","topics":[7]"#, "topics"),
        (r#","topics":["a",""]"#, "topics"),
        (r#","topics":["a b"]"#, "topics"),
        (&long, "topics"),
        (&many, "topics"),
        (r#","handover":"third-channel""#, "handover"),
        (r#","onEvicted":"fight""#, "onEvicted"),
        (r#","resync":"yes""#, "resync"),
        (r#","url":"wss://a.example""#, "url"),
        (r#","subscribe":{}"#, "subscribe"),
        (r#","tokenIn":"header""#, "tokenIn"),
        (r#","ttl":1000"#, "ttl"),
        (r#","maxMessages":1"#, "maxMessages"),
        (r#","closeGrace":1"#, "closeGrace"),
        (r#","guest":{}"#, "guest"),
        (r#","deploymentId":"d""#, "deploymentId"),
        (r#","heartbeat":{"stable":4999}"#, "heartbeat.stable"),
        (r#","heartbeat":{"stable":45001}"#, "heartbeat.stable"),
    ] {
        let error = of_channels(rest).unwrap_err();
        assert!(error.option == option && !error.remedy.is_empty(), "{rest}: {error:?}");
    }
    for (rest, option) in [
        (r#","topics":["a"]"#, "topics"),
        (r#","handover":"second-channel""#, "handover"),
        (r#","onEvicted":"stop""#, "onEvicted"),
        (r#","tokenIn":"cookie""#, "tokenIn"),
        (r#","subscribe":7"#, "subscribe"),
        (r#","subscribe":{"style":"shout"}"#, "subscribe.style"),
        (r#","subscribe":{"topics":["\n"]}"#, "subscribe.topics"),
        (r#","subscribe":{"events":["a"]}"#, "subscribe.events"),
        (r#","subscribe":{"confirmed":{}}"#, "subscribe.confirmed"),
        (r#","subscribe":{"confirmed":{"type":7}}"#, "subscribe.confirmed"),
        (&marks, "subscribe.confirmed"),
        (r#","subscribe":{"confirmed":"yes"}"#, "confirmed"),
    ] {
        let error = of_socket(rest).unwrap_err();
        assert!(error.option == option && !error.remedy.is_empty(), "{rest}: {error:?}");
    }
    let error = of_channels(r#","topics":["a","a b"]"#).unwrap_err();
    assert!(error.problem.contains("place 1"), "{}", error.problem);
}

#[test]
fn a_plain_socket_is_secure_everywhere_but_on_loopback() {
    let with = |url: &str| options(&format!(r#""url":"{url}","credential":{{"kind":"none"}}"#));
    for (url, address) in [
        ("wss://events.example", "wss://events.example"),
        ("wss://EVENTS.example:8443/A/b?c=d", "wss://events.example:8443/A/b?c=d"),
        ("events.example/stream", "wss://events.example/stream"),
        ("ws://localhost:8787/stream", "ws://localhost:8787/stream"),
        ("wss://events.example?topic=x", "wss://events.example?topic=x"),
    ] {
        let config = with(url).unwrap();
        let path = config.stream.get().cloned().unwrap().path.unwrap();
        assert_eq!(config.host.socket(path.expose()), address);
    }
    for url in [
        "ws://events.example/stream",
        "ws://127.0.0.1.evil.example/",
        "wss://user@events.example/",
        "wss:///stream",
        "wss://",
        "",
        "ftp://events.example/",
        "wss://events.example/a b",
        "wss://events.example/a#b",
        "wss://events.example/é",
        "wss://events.example\\\\@evil.example/",
    ] {
        assert_eq!(with(url).unwrap_err().option, "url", "{url}");
    }
    let long = format!("wss://events.example/{}", "x".repeat(limits::ADDRESS_BYTES));
    assert_eq!(with(&long).unwrap_err().option, "url");
    assert_eq!(options(&format!(r#""url":7,{PROVIDER}"#)).unwrap_err().option, "url");
    assert_eq!(options(PROVIDER).unwrap_err().option, "region");
    assert_eq!(options(&format!(r#""region":"atlantis",{PROVIDER}"#)).unwrap_err().option, "region");
}

#[test]
fn a_channel_needs_to_know_who_asks_and_says_so_by_the_name_that_the_caller_knows() {
    let region = r#""region":"eu-central-1""#;
    for credential in [
        "",
        r#","credential":{}"#,
        r#","credential":{"kind":"none"}"#,
        r#","credential":{"kind":"apiKey","value":"0123456789"}"#,
    ] {
        let error = options(&format!("{region}{credential}")).unwrap_err();
        assert!(error.option == "credentials" && error.remedy.contains("TokenManager"), "{credential}");
    }
    for (token, shown) in [("short", false), ("with a space", false), ("0123456789", true)] {
        let credential = format!(r#","credential":{{"kind":"bearer","value":"{token}"}}"#);
        let result = options(&format!("{region}{credential}"));
        assert_eq!(result.is_ok(), shown, "{token}");
        assert!(!format!("{result:?}").contains(token), "nobody is shown it");
        let plain = options(&format!(r#""url":"wss://a.example"{credential}"#));
        assert_eq!(plain.err().map(|error| error.option), (!shown).then(|| "auth".to_owned()));
    }
    assert_eq!(Config::from_value(&Value::Null).unwrap_err().option, "options");
}
