//! What a token manager is made from: an OAuth client, where it shows itself, and where tokens are made (streaming.md,
//! "Token manager").

use super::host::{Host, path};
use super::reader::{Fault, Reader};
use crate::error::OptionError;
use crate::limits;
use crate::secret::Secret;
use crate::value::Value;

/// Where tokens are made, of a region's login host (notifications.md, A1).
const TOKEN_PATH: &str = "/oauth/token";

/// Where the client's id and secret stand in the request (RFC 6749, 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// In the header `Authorization`, as HTTP Basic has it.
    Basic,
    /// In the form.
    Body,
}

/// All options of a token manager, checked. Durations in milliseconds. Its `Debug` form shows neither id nor secret.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    /// Where tokens are made.
    pub url: Secret,
    /// Who asks.
    pub id: Secret,
    /// What proves it.
    pub secret: Secret,
    /// Where both stand.
    pub placed: Placed,
    /// How long one request may take.
    pub timeout: u64,
    /// First step of the backoff.
    pub backoff_base: u64,
    /// Largest step of the backoff.
    pub backoff_cap: u64,
}

impl ClientCredentials {
    /// Reads and checks all options.
    ///
    /// # Errors
    /// The first option that is unknown, missing, of the wrong type or out of range.
    pub fn from_value(options: &Value) -> Result<Self, OptionError> {
        let fault = Fault::default();
        let all = Reader::new("", options, &fault);
        let credentials = Self::read(&all, &fault);
        fault.check()?;
        Ok(credentials)
    }

    fn read(all: &Reader<'_>, fault: &Fault) -> Self {
        all.only(&["region", "tokenUrl", "clientId", "clientSecret", "in", "timeout", "backoff"]);
        let backoff = all.nested("backoff", &["base", "cap"]);
        let duration =
            |reader: &Reader<'_>, name, default, least| reader.whole(name, default, least, limits::DURATION_MOST);
        let backoff_base = duration(&backoff, "base", limits::BACKOFF_BASE, 1);
        Self {
            url: Secret::new(address(all, fault)),
            id: word(all, "clientId"),
            secret: word(all, "clientSecret"),
            placed: [Placed::Basic, Placed::Body][all.choice("in", &["basic", "body"])],
            timeout: duration(all, "timeout", limits::STEP_TIMEOUT, 100),
            backoff_base,
            backoff_cap: duration(&backoff, "cap", limits::BACKOFF_CAP.max(backoff_base), backoff_base),
        }
    }
}

/// Where tokens are made: an address of its own, or the region's.
fn address(all: &Reader<'_>, fault: &Fault) -> String {
    if !all.has("tokenUrl") {
        if !all.has("region") {
            all.fault("region", "is missing", "give the region, or in tokenUrl where tokens are made");
        }
        return match Host::of_region(all.required_text("region")) {
            Ok(host) => host.named("login.").http(TOKEN_PATH),
            Err(error) => {
                fault.keep(error);
                String::new()
            }
        };
    }
    if all.has("region") {
        all.fault("tokenUrl", "stands beside a region", "give one of the two");
    }
    let given = all.maybe_text("tokenUrl").unwrap_or_default();
    let parsed = parse(given);
    if parsed.is_none() {
        all.fault(
            "tokenUrl",
            "is no address of tokens",
            "give one like https://login.mypurecloud.de/oauth/token; plain http: is only for loopback",
        );
    }
    parsed.unwrap_or_default()
}

/// The host is checked as every host is; what follows it stands in the address as it is.
fn parse(text: &str) -> Option<String> {
    let path = path(text);
    let sound = ["https://", "http://"].iter().any(|scheme| text.starts_with(scheme))
        && text.len() <= limits::ADDRESS_BYTES
        && path.starts_with('/')
        && path.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'\\'));
    Host::parse(&text[..text.len() - path.len()]).ok().filter(|_| sound).map(|host| host.http(path))
}

/// The client's id or its secret. A line's end or a space around it came with it from where it was copied.
fn word(all: &Reader<'_>, name: &str) -> Secret {
    let given = all.maybe_text(name).unwrap_or_default();
    let is_space = |end: Option<char>| end.is_some_and(char::is_whitespace);
    let sound = (1..=limits::IDENTIFIER_BYTES).contains(&given.len())
        && !is_space(given.chars().next())
        && !is_space(given.chars().next_back())
        && !given.chars().any(char::is_control);
    if !sound {
        all.fault(name, "is missing or malformed", "give it as the OAuth client has it, with nothing around it");
    }
    Secret::new(given.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::read;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn options(rest: &str) -> Result<ClientCredentials, OptionError> {
        let text = format!(r#"{{"clientId":"an id","clientSecret":"a secret",{rest}}}"#);
        ClientCredentials::from_value(&read(&text, usize::MAX).unwrap())
    }

    #[test]
    fn tokens_are_made_at_the_regions_login_host_or_where_an_address_says() {
        for (rest, url) in [
            (r#""region":"eu-central-1""#, "https://login.mypurecloud.de/oauth/token"),
            (r#""region":"mypurecloud.com""#, "https://login.mypurecloud.com/oauth/token"),
            (r#""region":"http://127.0.0.1:8787""#, "http://127.0.0.1:8787/oauth/token"),
            (
                r#""tokenUrl":"https://api.acme.example:8443/api/v2/oauth/token""#,
                "https://api.acme.example:8443/api/v2/oauth/token",
            ),
            (r#""tokenUrl":"https://acme.example/token?tenant=7""#, "https://acme.example/token?tenant=7"),
            (r#""tokenUrl":"http://localhost:1/t""#, "http://localhost:1/t"),
        ] {
            assert_eq!(options(rest).unwrap().url.expose(), url);
        }
    }

    #[test]
    fn no_secret_goes_where_others_could_read_it() {
        for url in [
            "http://acme.example/oauth/token",
            "http://127.0.0.1.evil.example/oauth/token",
            "http://127.0.0.1@evil.example/oauth/token",
            "https://acme.example",
            "https:///oauth/token",
            "wss://acme.example/oauth/token",
            "ftp://acme.example/oauth/token",
            "acme.example/oauth/token",
            "/oauth/token",
            "https://user@acme.example/oauth/token",
            "https://acme.example\\\\@evil.example/oauth/token",
            "https://acme.example/a\\\\b",
            "https://acme.example/a b",
            "https://acme.example/a#b",
            "https://acme.example/\\u00e9",
            "https://acme.example/\\r\\nX: y",
            "",
        ] {
            let error = options(&format!(r#""tokenUrl":"{url}""#)).unwrap_err();
            assert!(error.option == "tokenUrl" && error.remedy.contains("loopback"), "{url}: {error:?}");
        }
    }

    #[test]
    fn who_says_no_place_is_told_of_both_that_would_do() {
        let error = options(r#""in":"body""#).unwrap_err();
        assert_eq!((error.option.as_str(), &*error.problem), ("region", "is missing"));
        assert!(error.remedy.contains("region") && error.remedy.contains("tokenUrl"), "{}", error.remedy);
    }

    #[test]
    fn every_bad_option_is_named_with_its_remedy() {
        const REGION: &str = r#""region":"eu-central-1""#;
        for (rest, option) in [
            (String::from(r#""in":"basic""#), "region"),
            (String::from(r#""region":"nowhere""#), "region"),
            (String::from(r#""tokenUrl":7"#), "tokenUrl"),
            (format!(r#"{REGION},"tokenUrl":"https://a.example/t""#), "tokenUrl"),
            (format!(r#"{REGION},"in":"header""#), "in"),
            (format!(r#"{REGION},"timeout":99"#), "timeout"),
            (format!(r#"{REGION},"backoff":{{"base":1000,"cap":10}}"#), "backoff.cap"),
            (format!(r#"{REGION},"secret":"x""#), "secret"),
            (format!(r#"{REGION},"clientId":"""#), "clientId"),
            (format!(r#"{REGION},"clientId":"id ""#), "clientId"),
            (format!(r#"{REGION},"clientSecret":"line\n""#), "clientSecret"),
            (format!(r#"{REGION},"clientSecret":"a\u0000b""#), "clientSecret"),
            (format!(r#"{REGION},"clientSecret":null"#), "clientSecret"),
            (format!(r#"{REGION},"clientSecret":"{}""#, "x".repeat(limits::IDENTIFIER_BYTES + 1)), "clientSecret"),
        ] {
            let error = options(&rest).unwrap_err();
            assert_eq!(error.option, option, "{rest}");
            assert!(!error.remedy.is_empty() && error.report().code == "bad_option");
        }
        assert_eq!(ClientCredentials::from_value(&Value::Null).unwrap_err().option, "options");
        assert_eq!(ClientCredentials::from_value(&read("{}", 9).unwrap()).unwrap_err().option, "region");
    }

    #[test]
    fn neither_id_nor_secret_is_shown() {
        let text = r#"{"clientId":"top-id","clientSecret":"top-secret","region":"eu-central-1"}"#;
        let shown = format!("{:?}", ClientCredentials::from_value(&read(text, usize::MAX).unwrap()).unwrap());
        assert!(!shown.contains("top-"), "{shown}");
        let bad = r#"{"clientId":"top-id","clientSecret":"top-secret\n","region":"eu-central-1"}"#;
        let shown = format!("{:?}", ClientCredentials::from_value(&read(bad, usize::MAX).unwrap()).unwrap_err());
        assert!(!shown.contains("top-"), "{shown}");
    }
}
