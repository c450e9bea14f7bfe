//! Any text as options: those that are taken are within the limits and make a client that works; an error names the option
//! and a remedy; and neither says a word of the credential.

use guestwire_core::config::{ClientCredentials, Config, Credential, well_formed};
use guestwire_core::limits;
use guestwire_core::value::{Value, read};

use crate::driven::Driven;

pub(crate) fn body(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Ok(value) = read(&text, limits::FRAME_BYTES) else { return };
    token_manager(&value);
    let told = outcome(&value);
    assert_eq!(told, outcome(&with_another_credential(value)), "what is told depends on the credential");
}

/// The same text as a token manager's options: what is taken sends the secret to nobody else, and is shown to nobody.
fn token_manager(options: &Value) {
    let shown = match ClientCredentials::from_value(options) {
        Ok(credentials) => {
            let address = credentials.url.expose();
            let authority = address.split('/').nth(2).unwrap_or_default();
            let name = authority.rsplit_once(':').map_or(authority, |(name, _)| name);
            let loopback =
                name == "localhost" || name.ends_with(".localhost") || name == "[::1]" || name.starts_with("127.");
            assert!(address.starts_with("https://") || address.starts_with("http://") && loopback, "{address}");
            assert!(!address.contains(['@', '\\', '#', ' ']) && address.is_ascii(), "{address}");
            assert!(
                credentials.backoff_base <= credentials.backoff_cap && credentials.timeout <= limits::DURATION_MOST
            );
            format!("{credentials:?}")
        }
        Err(error) => format!("{error:?}{:?}", error.report()),
    };
    let secret = options.get("clientSecret").and_then(Value::text).unwrap_or_default();
    // Shorter ones stand in words of ours.
    assert!(secret.len() < 16 || !shown.contains(secret), "{shown}");
}

/// The value of a well-formed credential in another wording of the same length.
fn with_another_credential(mut options: Value) -> Value {
    let Value::Map(members) = &mut options else { return options };
    for (_, credential) in members.iter_mut().filter(|(name, _)| name == "credential") {
        let Value::Map(parts) = credential else { continue };
        for (_, value) in parts.iter_mut().filter(|(name, _)| name == "value") {
            if let Value::Text(text) = value
                && well_formed(text)
            {
                *text = "~".repeat(text.len());
            }
        }
    }
    options
}

/// All that can be logged of these options, and of what a client does with them.
fn outcome(options: &Value) -> String {
    let config = match Config::from_value(options) {
        Ok(config) => config,
        Err(error) => {
            let report = error.report();
            assert!(!report.message.is_empty() && !report.remedy.is_empty() && report.option.is_some());
            return format!("{report:?}{error:?}");
        }
    };
    is_within_limits(&config);
    let shown = format!("{config:?}");
    if config.max_messages > 1_000 {
        // The laws that a life is held to are stated for the sizes that people use.
        return shown;
    }
    let mut life = Driven::new(config);
    life.connect();
    for content in ["hello", "\u{1F600}", ""] {
        // Refused where the options say so.
        let _ = life.send(content);
    }
    life.wake(0);
    life.wake(5_000);
    let shown = format!("{shown}{}", life.log);
    life.finish();
    shown
}

fn is_within_limits(config: &Config) {
    let durations = [
        config.ttl,
        config.backoff_base,
        config.backoff_cap,
        config.ack_min,
        config.ack_max,
        config.session_timeout,
        config.socket_timeout,
        config.rest_timeout,
        config.close_grace,
    ];
    assert!(durations.iter().all(|duration| *duration <= limits::DURATION_MOST));
    assert!(config.backoff_base <= config.backoff_cap && config.ack_min <= config.ack_max);
    let beats = [config.heartbeat_stable, config.heartbeat_degraded, config.heartbeat_reconnecting];
    assert!(beats.iter().all(|beat| (limits::HEARTBEAT_LEAST..=limits::HEARTBEAT_MOST).contains(beat)));
    assert!(beats[1..].iter().all(|beat| *beat <= config.heartbeat_stable));
    assert!((1..=limits::MESSAGES).contains(&config.window) && config.max_messages <= 100_000);
    assert!(
        config.max_bytes <= limits::BUFFER_BYTES_MOST && config.max_content <= 1 << 20 && config.max_frame <= 4 << 20
    );
    assert!((1..=limits::OPENS_MOST).contains(&config.max_opens) && config.trace <= limits::TRACE_MOST);
    assert!(config.close_codes.iter().all(|(code, _)| (1000..=4999).contains(code)));
    let secret = match &config.credential {
        Credential::Bearer(secret) | Credential::ApiKey(secret) => Some(secret),
        Credential::Provider | Credential::None => None,
    };
    assert!(secret.is_none_or(|secret| well_formed(secret.expose())));
    // It stands in an address as it is.
    let sound = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    assert!(config.deployment.as_ref().is_none_or(|deployment| sound(&deployment.id)), "{:?}", config.deployment);
    // Plain only on loopback, whatever a host is written like.
    let address = config.host.http("/path");
    assert!(address.starts_with("https://") || config.host.is_loopback(), "{address}");
    let authority = address.split('/').nth(2).unwrap_or_default();
    assert!(address.ends_with("/path") && address.matches('/').count() == 3, "{address}");
    assert!(authority.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte)), "{address}");
}
