//! `POST /oauth/token`: an application's id and secret for a token (notifications.md, A2; RFC 6749, sections 4.4 and 5).

use base64ct::{Base64, Encoding};
use serde_json::{Value, json};

use super::OAuthClient;
use super::problem::Problem;
use super::tokens::Tokens;
use crate::service::budget::{Exhausted, Use};
use crate::service::faults::{Refusal, RetryAfter, Scope};
use crate::service::ids::same_secret;
use crate::service::rate::{Bucket, Pace, whole_seconds};
use crate::service::{Millis, RestAnswer, Service};

/// What came with a request for a token.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokenRequest<'a> {
    /// The header `Authorization`.
    pub authorization: Option<&'a str>,
    /// The header `Content-Type`.
    pub content_type: Option<&'a str>,
    /// A form.
    pub body: &'a [u8],
}

/// Where a client showed who it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    InHeader,
    InBody,
}

struct Credentials {
    id: String,
    secret: String,
    shown: Shown,
}

impl Credentials {
    fn are_of(&self, client: &OAuthClient) -> bool {
        client.id == self.id && same_secret(&client.secret, &self.secret)
    }

    /// What RFC 6749, section 2.3.1, has a client write into the header, where it is not as it is.
    fn decoded(&self) -> Self {
        let decode = |text: &str| {
            form_urlencoded::parse(format!("x={}", text.replace('&', "%26")).as_bytes())
                .next()
                .map_or_else(String::new, |(_, value)| value.into_owned())
        };
        Self { id: decode(&self.id), secret: decode(&self.secret), shown: self.shown }
    }
}

impl Service {
    /// `POST /oauth/token`, on the login host and on the API's.
    pub fn give_token(&mut self, now: Millis, request: TokenRequest<'_>) -> RestAnswer {
        if let Some(answer) = self.intercepted(now, "token", Scope::Token, None) {
            return answer;
        }
        let answer = match self.faults.refuse_rest(now, Scope::Token, None) {
            Some(refusal) => self.token_fault(refusal),
            None => self.try_give_token(now, request).unwrap_or_else(|refused| refused),
        };
        self.streams.count("token");
        self.finish(now, "token", None, None, answer)
    }

    fn try_give_token(&mut self, now: Millis, request: TokenRequest<'_>) -> Result<RestAnswer, RestAnswer> {
        let mut credentials = read(request)?;
        let clients = &self.config.streams.clients;
        if credentials.shown == Shown::InHeader && !clients.iter().any(|client| credentials.are_of(client)) {
            credentials = credentials.decoded();
        }
        let known = clients.iter().find(|client| client.id == credentials.id).cloned();
        if let Some(rate) = self.config.streams.token_rate {
            // Whoever is unknown shares one count: there can be any number of them.
            let counted = known.as_ref().map_or("", |client| client.id.as_str());
            let paces = self.streams.token_paces.entry(counted.to_owned());
            let bucket = paces.or_insert_with(|| Bucket::full(Pace::per_minute(rate), now));
            if let Err(wait) = bucket.take(now) {
                return Err(self.problem(Problem::too_many(whole_seconds(wait))));
            }
        }
        let good = known.is_some_and(|client| credentials.are_of(&client));
        if !good {
            return Err(invalid_client(credentials.shown));
        }
        if let Some(most) = self.config.streams.tokens_per_client {
            let alive = self.streams.tokens.alive(now, Some(&credentials.id));
            for text in alive.iter().take((alive.len() + 1).saturating_sub(most)) {
                self.revoke_token(now, text);
            }
        }
        let (text, life) = (self.ids.token(), self.config.streams.token_life);
        let bytes = Tokens::weight(&text, &credentials.id);
        let weight = self.budget.reserve(Use::Tokens, bytes).or_else(|Exhausted| {
            if self.may_sweep(now) {
                self.streams.tokens.forget_over(now);
            }
            self.budget.reserve(Use::Tokens, bytes)
        });
        let weight = weight.map_err(|Exhausted| self.problem(Problem::no_room()))?;
        self.streams.tokens.insert(now, text.clone(), credentials.id, u64::from(life) * 1000, weight);
        self.expect_token_end(now + u64::from(life) * 1000, &text);
        Ok(RestAnswer::ok(json!({ "access_token": text, "token_type": "bearer", "expires_in": life })))
    }

    fn token_fault(&mut self, refusal: Refusal) -> RestAnswer {
        match refusal.status {
            400 | 401 => RestAnswer::refusal(refusal.status, oauth_error("invalid_client"), refusal.retry_after),
            _ => self.problem(Problem::fault(refusal)),
        }
    }
}

fn oauth_error(error: &str) -> Value {
    let description = match error {
        "invalid_client" => "client not found or invalid client secret",
        "unsupported_grant_type" => "the grant type is not supported",
        _ => "the request is malformed",
    };
    json!({ "error": error, "error_description": description, "description": description })
}

fn malformed(error: &str) -> RestAnswer {
    RestAnswer::refusal(400, oauth_error(error), None::<RetryAfter>)
}

/// RFC 6749, section 5.2: 401 and the scheme to whoever tried a header, else 400.
fn invalid_client(shown: Shown) -> RestAnswer {
    let status = if shown == Shown::InHeader { 401 } else { 400 };
    let mut answer = RestAnswer::refusal(status, oauth_error("invalid_client"), None);
    if shown == Shown::InHeader {
        answer.headers.push(("www-authenticate", r#"Basic realm="oauth""#.into()));
    }
    answer
}

fn read(request: TokenRequest<'_>) -> Result<Credentials, RestAnswer> {
    let kind = request.content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    if !kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(malformed("invalid_request"));
    }
    let (mut grant, mut id, mut secret) = (None, None, None);
    for (name, value) in form_urlencoded::parse(request.body) {
        let member = match &*name {
            "grant_type" => &mut grant,
            "client_id" => &mut id,
            "client_secret" => &mut secret,
            _ => continue,
        };
        // Section 3.2: a parameter comes once.
        if member.replace(value.into_owned()).is_some() {
            return Err(malformed("invalid_request"));
        }
    }
    match grant.as_deref() {
        Some("client_credentials") => {}
        Some(_) => return Err(malformed("unsupported_grant_type")),
        None => return Err(malformed("invalid_request")),
    }
    match (request.authorization, secret) {
        // Section 2.3: one way at a time.
        (Some(_), Some(_)) => Err(malformed("invalid_request")),
        (Some(header), None) => basic(header).ok_or_else(|| invalid_client(Shown::InHeader)),
        (None, Some(secret)) => {
            let id = id.ok_or_else(|| malformed("invalid_request"))?;
            Ok(Credentials { id, secret, shown: Shown::InBody })
        }
        (None, None) => Err(invalid_client(Shown::InBody)),
    }
}

/// `Basic base64(id:secret)`, both as they are, as the official clients write them, or encoded like a form.
fn basic(header: &str) -> Option<Credentials> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(Base64::decode_vec(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some(Credentials { id: id.to_owned(), secret: secret.to_owned(), shown: Shown::InHeader })
}
