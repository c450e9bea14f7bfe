//! What a token is asked for with, and what the answer means (RFC 6749, 2.3.1, 4.4, 5.1 and 5.2). No state, no time.

use crate::base64::{self, Alphabet};
use crate::config::{ClientCredentials, Placed, well_formed};
use crate::error::tokens::NoToken;
use crate::io::HttpAnswer;
use crate::limits;
use crate::protocol::Request;
use crate::retry_after::seconds;
use crate::secret::Secret;
use crate::text;
use crate::value::Value;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a form leaves as it is (RFC 6749, appendix B).
const IN_A_FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// What an answer means.
#[derive(Clone, Debug)]
pub enum Meaning {
    /// A token, which lives for so long, ms.
    Granted(Secret, u64),
    /// The same request will not come to anything else.
    Denied(NoToken),
    /// It may later.
    NotNow {
        /// There were too many requests.
        limited: bool,
    },
}

/// The request for a token.
#[must_use]
pub fn request(credentials: &ClientCredentials) -> Request {
    let mut headers = vec![
        ("Accept", Secret::new("application/json".to_owned())),
        ("Content-Type", Secret::new("application/x-www-form-urlencoded".to_owned())),
    ];
    let mut body = String::from("grant_type=client_credentials");
    match credentials.placed {
        Placed::Basic => {
            let mut pair = encoded(&credentials.id);
            pair.push(':');
            pair.push_str(&encoded(&credentials.secret));
            let mut value = String::from("Basic ");
            base64::push(&mut value, pair.as_bytes(), Alphabet::Standard);
            headers.push(("Authorization", Secret::new(value)));
        }
        Placed::Body => {
            for (name, secret) in [("&client_id=", &credentials.id), ("&client_secret=", &credentials.secret)] {
                body.push_str(name);
                body.push_str(&encoded(secret));
            }
        }
    }
    Request { method: "POST", url: credentials.url.clone(), headers, body: Some(body) }
}

/// `application/x-www-form-urlencoded`, in which a space is a plus sign.
fn encoded(secret: &Secret) -> String {
    let mut encoded = String::new();
    for (place, word) in text::split(secret.expose(), b' ').into_iter().enumerate() {
        if place > 0 {
            encoded.push('+');
        }
        encoded.extend(utf8_percent_encode(word, IN_A_FORM));
    }
    encoded
}

/// What it was answered with.
#[must_use]
pub fn meaning(answer: &HttpAnswer) -> Meaning {
    let error = answer.json().and_then(|body| body.get("error"));
    let is = |word| error.is_some_and(|error| error.is_word(word));
    match answer.status {
        // What is no token may be the word of something that stands before the service.
        200..=299 => answer.json().and_then(granted).unwrap_or(Meaning::NotNow { limited: false }),
        429 => Meaning::NotNow { limited: true },
        401 => Meaning::Denied(NoToken::InvalidClient),
        403 => Meaning::Denied(NoToken::Forbidden),
        408 | 425 => Meaning::NotNow { limited: false },
        400..=499 if is("invalid_client") => Meaning::Denied(NoToken::InvalidClient),
        400..=499 if is("unauthorized_client") || is("unsupported_grant_type") => {
            Meaning::Denied(NoToken::UnauthorizedClient)
        }
        status @ 400..=499 => Meaning::Denied(NoToken::Refused(status)),
        _ => Meaning::NotNow { limited: false },
    }
}

fn granted(body: &Value) -> Option<Meaning> {
    let token = body.get("access_token")?.text().filter(|token| well_formed(token))?;
    // Nothing but a bearer token would be understood where it goes (RFC 6749, 7.1).
    if !body.get("token_type").is_none_or(|kind| kind.is_word("bearer")) {
        return None;
    }
    let life = match body.get("expires_in") {
        None => limits::TOKEN_LIFE,
        Some(life) => seconds(life.number()?)?,
    };
    if life == 0 {
        return None;
    }
    Some(Meaning::Granted(Secret::new(token.to_owned()), life))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::AnswerBody;
    use crate::value::read;
    use base64ct::{Base64, Encoding};
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn asked(id: &str, secret: &str, placed: Placed) -> Request {
        let text = r#"{"region":"eu-central-1","clientId":"x","clientSecret":"x"}"#;
        let mut credentials = ClientCredentials::from_value(&read(text, 1_000).unwrap()).unwrap();
        (credentials.id, credentials.secret, credentials.placed) =
            (Secret::new(id.to_owned()), Secret::new(secret.to_owned()), placed);
        request(&credentials)
    }

    fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
        request.headers.iter().find(|header| header.0 == name).map(|header| header.1.expose())
    }

    fn answer(status: u16, body: &str) -> HttpAnswer {
        HttpAnswer { status, body: AnswerBody::read(body, 1 << 20), ..HttpAnswer::default() }
    }

    #[test]
    fn the_client_shows_itself_in_a_header_or_in_the_form() {
        let basic = asked("7c2b", "sEcret-1", Placed::Basic);
        assert_eq!(basic.method, "POST");
        assert_eq!(header(&basic, "Authorization"), Some("Basic N2MyYjpzRWNyZXQtMQ=="));
        assert_eq!(header(&basic, "Content-Type"), Some("application/x-www-form-urlencoded"));
        assert_eq!(basic.body.as_deref(), Some("grant_type=client_credentials"));
        let body = asked("7c2b", "sEcret-1", Placed::Body);
        assert_eq!(header(&body, "Authorization"), None);
        assert_eq!(body.body.as_deref(), Some("grant_type=client_credentials&client_id=7c2b&client_secret=sEcret-1"));
    }

    #[test]
    fn what_a_form_would_take_for_something_else_is_encoded_in_both_places() {
        // A colon in the id would end it in Basic; a plus sign would be a space in a form.
        let basic = asked("a:b", "p+q &é", Placed::Basic);
        let pair = header(&basic, "Authorization").unwrap().strip_prefix("Basic ").unwrap();
        assert_eq!(Base64::decode_vec(pair).unwrap(), b"a%3Ab:p%2Bq+%26%C3%A9");
        let body = asked("a:b", "p+q &é", Placed::Body).body.unwrap();
        assert!(body.ends_with("&client_id=a%3Ab&client_secret=p%2Bq+%26%C3%A9"), "{body}");
    }

    #[test]
    fn neither_secret_nor_token_is_shown() {
        for placed in [Placed::Basic, Placed::Body] {
            let shown = format!("{:?}", asked("top-id", "top-secret", placed));
            assert!(!shown.contains("top-") && !shown.contains("dG9w"), "{shown}");
        }
        let granted = meaning(&answer(200, r#"{"access_token":"top-token-0123456789","expires_in":60}"#));
        assert!(!format!("{granted:?}").contains("top-"));
    }

    #[test]
    fn an_answer_is_a_token_only_where_it_is_one_whole_bearer_token() {
        for (body, life) in [
            (r#"{"access_token":"0123456789","expires_in":86400}"#, Some(86_400_000)),
            (r#"{"access_token":"0123456789","token_type":"Bearer","expires_in":0.5}"#, Some(500)),
            (r#"{"access_token":"0123456789"}"#, Some(limits::TOKEN_LIFE)),
            (r#"{"access_token":"0123456789","expires_in":1e300}"#, Some(u64::MAX)),
            (r#"{"access_token":"0123456789","expires_in":0}"#, None),
            (r#"{"access_token":"0123456789","expires_in":-1}"#, None),
            (r#"{"access_token":"0123456789","expires_in":"60"}"#, Some(60_000)),
            (r#"{"access_token":"0123456789","expires_in":null}"#, Some(limits::TOKEN_LIFE)),
            (r#"{"access_token":"0123456789","expires_in":"0"}"#, None),
            (r#"{"access_token":"0123456789","expires_in":"soon"}"#, None),
            (r#"{"access_token":"0123456789","expires_in":[]}"#, None),
            (r#"{"access_token":"0123456789","token_type":"mac","expires_in":60}"#, None),
            (r#"{"access_token":"0123456789","token_type":null,"expires_in":60}"#, Some(60_000)),
            (r#"{"access_token":"0123456789","expires_in":"0.5"}"#, Some(500)),
            (r#"{"access_token":"","expires_in":60}"#, None),
            (r#"{"access_token":"0123456789\r\nX: y","expires_in":60}"#, None),
            (r#"{"access_token":7,"expires_in":60}"#, None),
            (r#"{"expires_in":60}"#, None),
            ("[]", None),
            ("<html>", None),
        ] {
            let granted = match meaning(&answer(200, body)) {
                Meaning::Granted(token, life) => {
                    assert_eq!(token.expose(), "0123456789");
                    Some(life)
                }
                Meaning::NotNow { limited: false } => None,
                other => panic!("{body}: {other:?}"),
            };
            assert_eq!(granted, life, "{body}");
        }
    }

    #[test]
    fn a_refusal_is_final_where_the_same_request_cannot_come_to_anything_else() {
        for (status, body, denied) in [
            (400, r#"{"error":"invalid_client"}"#, Some(NoToken::InvalidClient)),
            (401, r#"{"error":"invalid_client"}"#, Some(NoToken::InvalidClient)),
            (401, "", Some(NoToken::InvalidClient)),
            (400, r#"{"error":"unauthorized_client"}"#, Some(NoToken::UnauthorizedClient)),
            (400, r#"{"error":"unsupported_grant_type"}"#, Some(NoToken::UnauthorizedClient)),
            (400, r#"{"error":"Invalid_Client"}"#, Some(NoToken::InvalidClient)),
            (400, r#"{"error":"invalid_request"}"#, Some(NoToken::Refused(400))),
            (400, r#"{"error":7}"#, Some(NoToken::Refused(400))),
            (403, "", Some(NoToken::Forbidden)),
            (404, "<html>", Some(NoToken::Refused(404))),
            (408, "", None),
            (429, r#"{"error":"invalid_client"}"#, None),
            (500, "", None),
            (503, r#"{"error":"invalid_client"}"#, None),
            (302, "", None),
            (100, "", None),
        ] {
            match (meaning(&answer(status, body)), denied) {
                (Meaning::Denied(why), Some(denied)) => assert_eq!(why, denied, "{status} {body}"),
                (Meaning::NotNow { limited }, None) => assert_eq!(limited, status == 429),
                (other, _) => panic!("{status} {body}: {other:?}"),
            }
        }
    }

    proptest! {
        #![proptest_config(crate::drawn::examples())]

        #[test]
        fn a_service_that_reads_forms_reads_the_same_id_and_secret(id in "\\PC{1,40}", secret in "\\PC{1,40}") {
            fn form(text: &str) -> String {
                let spaced = text.replace('+', " ");
                percent_encoding::percent_decode_str(&spaced).decode_utf8().unwrap().into_owned()
            }
            let basic = asked(&id, &secret, Placed::Basic);
            let pair = Base64::decode_vec(header(&basic, "Authorization").unwrap().strip_prefix("Basic ").unwrap());
            let pair = String::from_utf8(pair.unwrap()).unwrap();
            let (read_id, read_secret) = pair.split_once(':').unwrap();
            prop_assert_eq!((form(read_id), form(read_secret)), (id.clone(), secret.clone()));
            let body = asked(&id, &secret, Placed::Body).body.unwrap();
            let read: Vec<_> = body.split('&').map(|pair| pair.split_once('=').unwrap()).map(|(name, value)| (name, form(value))).collect();
            prop_assert_eq!(read, vec![("grant_type", "client_credentials".to_owned()), ("client_id", id), ("client_secret", secret)]);
        }

        #[test]
        fn whatever_a_service_answers_is_survived(status in 0u16..1_000, body: String) {
            let _ = meaning(&answer(status, &body));
        }
    }
}
