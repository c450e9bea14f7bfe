use super::*;
use crate::value::read;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn options(rest: &str) -> Value {
    read(
        &format!(r#"{{"host":"acme.example","credential":{{"kind":"bearer","value":"0123456789"}}{rest}}}"#),
        usize::MAX,
    )
    .unwrap()
}

#[test]
fn the_defaults_are_those_of_the_contract() {
    let config = Config::from_value(&options("")).unwrap();
    assert_eq!((config.backoff_base, config.backoff_cap), (1_000, 30_000));
    assert_eq!((config.ttl, config.window, config.max_opens), (300_000, 32, 5));
    assert_eq!(&*config.guest.email, "anonymous@local");
    assert!(config.rest && config.max_attempts.is_none());
}

#[test]
fn a_loopback_host_without_a_scheme_is_refused_with_the_address_that_is_meant() {
    for host in ["localhost", "localhost:8787", "LocalHost:8787", "127.0.0.1:8787", "[::1]:8787", "gateway.localhost/"]
    {
        for found in [Host::parse(host), Host::of_region(host)] {
            let error = found.expect_err(host);
            let meant = format!("http://{}", host.to_ascii_lowercase().trim_end_matches('/'));
            assert!(error.remedy.contains(&meant), "{host}: {}", error.remedy);
        }
    }
    assert_eq!(Host::of_region("localhost:8787").unwrap_err().option, "region");
    for host in ["http://localhost:8787", "https://localhost:8787", "acme.example:8787", "localhost.example"] {
        assert!(Host::parse(host).is_ok(), "{host}");
    }
}

#[test]
fn a_name_that_platforms_take_for_a_number_is_a_host_only_as_an_address_in_its_usual_writing() {
    for host in ["1.2.3.4", "1.2.3.4:8443", "1.example", "0x7f.example", "1.2.3.4.example"] {
        assert!(Host::parse(host).is_ok(), "{host}");
    }
    for host in
        ["1", "0x7f.1", "a.1", "a.0x1", "a.0x", "999.999", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.04", "127.0.0.010"]
    {
        assert!(Host::parse(host).is_err(), "{host}");
        assert!(Host::parse(&format!("https://{host}:443/")).is_err(), "{host}");
    }
    // No host stands before a number: `api.1.2.3.4` is none.
    assert!(Host::of_region("1.2.3.4").is_err());
    assert!(Host::of_region("http://127.0.0.1:8787").is_ok());
}

#[test]
fn every_bad_option_is_named_with_its_remedy() {
    for (rest, option) in [
        (r#","colour":"red""#, "colour"),
        (r#","ttl":"soon""#, "ttl"),
        (r#","ttl":0"#, "ttl"),
        (r#","ttl":-5"#, "ttl"),
        (r#","ttl":1.5"#, "ttl"),
        (r#","ttl":null"#, "ttl"),
        (r#","window":0"#, "window"),
        (r#","window":100000"#, "window"),
        (r#","rest":"yes""#, "rest"),
        (r#","backoff":{"base":1000,"cap":10}"#, "backoff.cap"),
        (r#","backoff":{"bass":1}"#, "backoff.bass"),
        (r#","backoff":7"#, "backoff"),
        (r#","heartbeat":{"stable":4999}"#, "heartbeat.stable"),
        (r#","heartbeat":{"stable":45001}"#, "heartbeat.stable"),
        (r#","quality":{"loss":1.01}"#, "quality.loss"),
        (r#","quality":{"latency":0}"#, "quality.latency"),
        (r#","socketAuth":"cookie""#, "socketAuth"),
        (r#","onSessionLost":3"#, "onSessionLost"),
        (r#","closeCodes":{"999":"stop"}"#, "closeCodes.999"),
        (r#","closeCodes":{"1012":"dance"}"#, "closeCodes.1012"),
        (r#","guest":{"email":5}"#, "guest.email"),
        (r#","maxAttempts":0"#, "maxAttempts"),
    ] {
        let error = Config::from_value(&options(rest)).unwrap_err();
        assert_eq!(error.option, option, "{rest}");
        assert!(!error.remedy.is_empty() && error.report().code == "bad_option");
    }
    assert_eq!(Config::from_value(&Value::Null).unwrap_err().option, "options");
}

#[test]
fn plain_http_is_for_loopback_only() {
    for (host, address) in [
        ("acme.example", "https://acme.example/x"),
        ("ACME.example:8443", "https://acme.example:8443/x"),
        ("https://acme.example/", "https://acme.example/x"),
        ("http://127.0.0.1:8787", "http://127.0.0.1:8787/x"),
        ("http://localhost", "http://localhost/x"),
        ("http://[::1]:80", "http://[::1]:80/x"),
    ] {
        assert_eq!(Host::parse(host).unwrap().http("/x"), address);
    }
    for host in [
        "http://acme.example",
        "http://127.0.0.1.evil.example",
        "ws://10.0.0.1",
        "",
        "https://",
        "a b",
        "user@host",
        "host/path",
        "host:port",
        "host:99999",
        "host:",
        "ftp://host",
        "http://[::1",
        "é.example",
        "a..b",
        "h?q",
    ] {
        assert_eq!(Host::parse(host).unwrap_err().option, "host", "{host}");
    }
}

#[test]
fn a_region_is_known_by_its_name_and_by_its_domain() {
    for (region, address) in [
        ("us-east-1", "wss://webmessaging.mypurecloud.com/v1"),
        ("EU-Central-1", "wss://webmessaging.mypurecloud.de/v1"),
        ("eu-west-2", "wss://webmessaging.euw2.pure.cloud/v1"),
        ("mypurecloud.com.au", "wss://webmessaging.mypurecloud.com.au/v1"),
        ("https://one.to.come/", "wss://webmessaging.one.to.come/v1"),
        // On loopback one gateway is all of it.
        ("http://127.0.0.1:8787", "ws://127.0.0.1:8787/v1"),
        ("http://localhost:8787", "ws://localhost:8787/v1"),
    ] {
        assert_eq!(Host::of_region(region).unwrap().named("webmessaging.").socket("/v1"), address);
    }
    // Every domain that the contracts have (notifications.md, A1), by its name.
    for (name, domain) in [
        ("us-east-1", "mypurecloud.com"),
        ("eu-west-1", "mypurecloud.ie"),
        ("ap-southeast-2", "mypurecloud.com.au"),
        ("ap-northeast-1", "mypurecloud.jp"),
        ("eu-central-1", "mypurecloud.de"),
        ("us-west-2", "usw2.pure.cloud"),
        ("ca-central-1", "cac1.pure.cloud"),
        ("ap-northeast-2", "apne2.pure.cloud"),
        ("eu-west-2", "euw2.pure.cloud"),
        ("ap-south-1", "aps1.pure.cloud"),
        ("us-east-2", "use2.us-gov-pure.cloud"),
        ("sa-east-1", "sae1.pure.cloud"),
        ("me-central-1", "mec1.pure.cloud"),
        ("ap-northeast-3", "apne3.pure.cloud"),
        ("eu-central-2", "euc2.pure.cloud"),
        ("mx-central-1", "mxc1.pure.cloud"),
        ("ap-southeast-1", "apse1.pure.cloud"),
        ("eusc-de-east-1", "edee1.eusc-pure.cloud"),
    ] {
        assert_eq!(Host::of_region(name), Host::of_region(domain), "{name}");
    }
    for region in ["", "eu-central-9", "europe", "http://mypurecloud.de", "mypurecloud.de/x", "a b.c"] {
        let error = Host::of_region(region).unwrap_err();
        assert!(error.option == "region" && error.remedy.contains("eu-central-1"), "{region}");
    }
}

#[test]
fn each_service_has_its_own_options() {
    let web_messaging = |rest: &str| {
        let text =
            format!(r#"{{"dialect":"web-messaging","deploymentId":"d","credential":{{"kind":"provider"}}{rest}}}"#);
        Config::from_value(&read(&text, usize::MAX).unwrap())
    };
    let config = web_messaging(r#","region":"mypurecloud.de""#).unwrap();
    assert_eq!((config.window, config.rest), (1, false));
    assert_eq!(web_messaging("").unwrap_err().option, "region");
    for (rest, option) in [
        (r#","region":"mypurecloud.de","window":2"#, "window"),
        (r#","region":"mypurecloud.de","host":"a.example""#, "host"),
        (r#","region":"nowhere""#, "region"),
        (r#","region":"mypurecloud.de","origin":"https://a.example\r\nCookie: x""#, "origin"),
        (r#","region":"mypurecloud.de","origin":7"#, "origin"),
    ] {
        assert_eq!(web_messaging(rest).unwrap_err().option, option);
    }
    for rest in [r#","region":"mypurecloud.de""#, r#","deploymentId":"d""#] {
        assert!(Config::from_value(&options(rest)).unwrap_err().problem.contains("unknown"));
    }
}

#[test]
fn a_malformed_credential_is_refused_before_any_request_and_never_shown() {
    for value in ["", "short", "with space 123", "Bearer 0123456789\n", "0123456789\u{e9}"] {
        let options = read(
            &format!(r#"{{"host":"a.example","credential":{{"kind":"bearer","value":{value:?}}}}}"#)
                .replace("\\u{e9}", "é"),
            usize::MAX,
        )
        .unwrap();
        let error = Config::from_value(&options).unwrap_err();
        assert_eq!(error.option, "token");
        assert!(value.is_empty() || !format!("{error:?}").contains(value));
    }
    let config = Config::from_value(&options("")).unwrap();
    assert!(!format!("{config:?}").contains("0123456789"));
}

#[test]
fn a_credential_that_is_no_text_is_named_as_the_caller_knows_it() {
    // So arrives a text with a lone surrogate in it.
    for (kind, option) in [("bearer", "token"), ("apiKey", "apiKey")] {
        let options =
            read(&format!(r#"{{"host":"a.example","credential":{{"kind":"{kind}","value":null}}}}"#), usize::MAX);
        assert_eq!(Config::from_value(&options.unwrap()).unwrap_err().option, option);
    }
}
