//! Why something failed, in the words of the platform or of whoever answered: codes of a fixed form, statuses and hosts.
//! Never free text, an address or a token.

use crate::detail::Detail;
use crate::io::HttpAnswer;
use crate::limits;
use crate::text;

/// A platform's own code of an error, such as `ECONNREFUSED`: up to 64 of `A`–`Z`, `0`–`9` and `_`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorCode(String);

impl ErrorCode {
    /// None: it is no such code.
    #[must_use]
    pub fn new(code: &str) -> Option<Self> {
        let sound = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        let fits = (1..=limits::ERROR_CODE_BYTES).contains(&code.len());
        (fits && code.bytes().all(sound)).then(|| Self(code.to_owned()))
    }

    /// The code.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// What is known of a failure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// The platform's code.
    pub code: Option<ErrorCode>,
    /// The status of the answer.
    pub status: Option<u16>,
    /// It was a redirect, and led to this host; empty: to the same, or the platform hides it.
    pub redirected: Option<String>,
}

impl Failure {
    /// What an answer says of one; a success says nothing.
    #[must_use]
    pub fn of(answer: &HttpAnswer) -> Self {
        let status = (!matches!(answer.status, 0 | 200..=299)).then_some(answer.status);
        Self { code: None, status, redirected: answer.redirected.clone() }
    }

    /// Its names and values; only those that are known.
    #[must_use]
    pub fn detail(&self) -> Option<Detail> {
        let host = self.redirected.as_deref().filter(|host| !host.is_empty());
        if self.code.is_none() && self.status.is_none() && host.is_none() {
            return None;
        }
        let mut detail = Detail::default();
        if let Some(code) = &self.code {
            detail.text("code", Some(code.name()));
        }
        if let Some(status) = self.status {
            detail.whole("status", status.into());
        }
        if let Some(host) = host {
            detail.text("host", Some(host));
        }
        Some(detail)
    }
}

/// The host in an address, with its port where that is not the usual one; empty: there is none, or it is of no form that a host has.
#[must_use]
pub fn host_in(address: &str) -> String {
    let (mut rest, mut port) = (address, "");
    for (scheme, usual) in [("https:", ":443"), ("http:", ":80"), ("wss:", ":443"), ("ws:", ":80")] {
        if let Some(head) = address.get(..scheme.len()).filter(|head| head.eq_ignore_ascii_case(scheme)) {
            (rest, port) = (&address[head.len()..], usual);
        }
    }
    let Some(rest) = rest.strip_prefix("//") else { return String::new() };
    let end = rest.bytes().position(|byte| matches!(byte, b'/' | b'?' | b'#' | b'\\')).unwrap_or(rest.len());
    // What stands before an `@` is a secret.
    let authority = &rest[..end];
    let host = text::rsplit_once(authority, b'@').map_or(authority, |parts| parts.1);
    let host = host.strip_suffix(port).unwrap_or(host);
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    let fits = host.len() <= limits::HOST_BYTES && host.bytes().all(sound);
    if fits { host.to_ascii_lowercase() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_code_is_a_code_and_never_a_sentence_an_address_or_a_token() {
        for code in ["ECONNREFUSED", "DEPTH_ZERO_SELF_SIGNED_CERT", "UND_ERR_SOCKET", "E2BIG"] {
            assert_eq!(ErrorCode::new(code).as_ref().map(ErrorCode::name), Some(code));
        }
        let long = "E".repeat(65);
        for no_code in
            ["", "connect ECONNREFUSED 127.0.0.1:80", "econnrefused", "https://a.example", "eyJhbGciOi", &long]
        {
            assert_eq!(ErrorCode::new(no_code), None, "{no_code}");
        }
    }

    #[test]
    fn of_an_address_only_the_host_is_kept() {
        for (address, host) in [
            ("https://elsewhere.example/api/v2?access_token=secret#x", "elsewhere.example"),
            ("HTTPS://Elsewhere.Example", "elsewhere.example"),
            ("http://guest:secret@elsewhere.example:8080/", "elsewhere.example:8080"),
            ("//cdn.example\\@other.example/", "cdn.example"),
            ("wss://[::1]:8787/socket", "[::1]:8787"),
            ("https://elsewhere.example:443/", "elsewhere.example"),
            ("http://elsewhere.example:443/", "elsewhere.example:443"),
            ("/api/v2/elsewhere", ""),
            ("elsewhere.example/path", ""),
            ("https:", ""),
            ("https://", ""),
            ("https://se cret/", ""),
            ("https://schön.example/", ""),
            ("ö", ""),
            ("", ""),
        ] {
            assert_eq!(host_in(address), host, "{address}");
        }
    }
}
