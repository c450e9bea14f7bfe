//! What was said, over REST: the short-lived JWT that opens it, and its pages, newest first.

use std::collections::HashMap;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};

use super::frame;
use super::problem::Problem;
use super::request::Request;
use super::session::Session;
use crate::service::budget::{Budget, Exhausted, Reservation, Use};
use crate::service::faults::Scope;
use crate::service::limits::{MAX_JWTS, TOKEN_WEIGHT};
use crate::service::rate::whole_seconds;
use crate::service::{ConnectionId, Millis, RestAnswer, RetryAfter, Service, weight};

/// The JWTs that were given out: the conversation of each, and until when it counts.
#[derive(Default)]
pub(super) struct Jwts(HashMap<String, (String, Millis, Reservation)>);

impl Jwts {
    fn insert(&mut self, now: Millis, jwt: String, conversation: String, until: Millis, budget: &Budget) -> bool {
        let bytes = TOKEN_WEIGHT + weight::text(&jwt) + weight::text(&conversation);
        if self.0.len() >= MAX_JWTS || !budget.has_room(bytes) {
            self.0.retain(|_, (_, until, _)| now < *until);
        }
        if self.0.len() >= MAX_JWTS {
            return false;
        }
        let weight = budget.reserve(Use::Tokens, bytes);
        weight.is_ok_and(|weight| {
            self.0.insert(jwt, (conversation, until, weight));
            true
        })
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    fn conversation(&self, now: Millis, jwt: &str) -> Option<&str> {
        let (conversation, until, _) = self.0.get(jwt)?;
        (now < *until).then_some(conversation)
    }
}

/// What came with a request for the history.
#[derive(Clone, Copy, Debug, Default)]
pub struct HistoryRequest<'a> {
    /// The JWT of `Authorization: bearer`.
    pub jwt: Option<&'a str>,
    /// The header `Origin`.
    pub origin: Option<&'a str>,
    /// By which address the guest knows the service.
    pub base: &'a str,
    /// `?pageNumber=`, from 1 on.
    pub page_number: Option<&'a str>,
    /// `?pageSize=`
    pub page_size: Option<&'a str>,
}

impl Service {
    /// `getJwt`
    pub(super) fn give_jwt(&mut self, now: Millis, id: ConnectionId, request: &Request) -> Result<(), Problem> {
        let conversation = self.session_of(now, id, request)?;
        let until = now + u64::from(self.config.web_messaging.jwt_life) * 1000;
        let expires = self.config.web_messaging.wall_seconds(until);
        let claims = json!({ "sub": conversation, "exp": expires });
        let jwt = self.jwt(&claims);
        if !self.web_messaging.jwts.insert(now, jwt.clone(), conversation, until, &self.budget) {
            return Err(Problem::new(5000, "too many tokens"));
        }
        let body = json!({ "jwt": jwt, "exp": expires });
        self.send(now, id, frame::response("JwtResponse", 200, body, request.tracing_id.as_deref()));
        Ok(())
    }

    /// `resumeToken`: its answer is in the schema, its use is not; no client asks for it.
    pub(super) fn give_resume_token(
        &mut self,
        now: Millis,
        id: ConnectionId,
        request: &Request,
    ) -> Result<(), Problem> {
        let conversation = self.session_of(now, id, request)?;
        let until = self.web_messaging.sessions.get(&conversation).map_or(now, Session::expires_at);
        let body = json!({ "resumeToken": self.ids.token(), "exp": self.config.web_messaging.wall_seconds(until) });
        self.send(now, id, frame::response("ResumeTokenResponse", 200, body, request.tracing_id.as_deref()));
        Ok(())
    }

    /// A token in the form of a JWT. Its last part is chance, not a signature: the service knows what it gave out.
    pub(super) fn jwt(&mut self, claims: &Value) -> String {
        let part = |value: &Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
        format!("{}.{}.{}", part(&json!({ "alg": "HS256", "typ": "JWT" })), part(claims), self.ids.token())
    }

    /// `GET /api/v2/webmessaging/messages`
    pub fn messaging_history(&mut self, now: Millis, request: HistoryRequest<'_>) -> RestAnswer {
        let jwts = &self.web_messaging.jwts;
        let conversation = request.jwt.and_then(|jwt| jwts.conversation(now, jwt)).map(str::to_owned);
        if let Some(answer) = self.intercepted(now, "history", Scope::History, conversation.as_deref()) {
            return answer;
        }
        let answer = self.try_history(now, request, conversation.as_deref());
        self.finish(now, "history", conversation, None, answer.unwrap_or_else(|refusal| refusal))
    }

    fn try_history(
        &mut self,
        now: Millis,
        request: HistoryRequest<'_>,
        conversation: Option<&str>,
    ) -> Result<RestAnswer, RestAnswer> {
        if let Some(refusal) = self.faults.refuse_rest(now, Scope::History, conversation) {
            return Err(self.messaging_refusal(refusal.status, "fault", "refused by a fault", refusal.retry_after));
        }
        if request.origin.is_none() && self.config.web_messaging.origin_required {
            return Err(self.messaging_refusal(403, "forbidden", "the request has no Origin", None));
        }
        if !self.is_origin_allowed(request.origin, request.base) {
            return Err(self.messaging_refusal(403, "forbidden", "the domain is not allowed", None));
        }
        let Some(conversation) = conversation else {
            return Err(self.messaging_refusal(401, "bad.credentials", "the JWT is missing, unknown or expired", None));
        };
        let number = page_number(request.page_number, 1);
        let size = page_number(request.page_size, 25);
        let (Some(number), Some(size)) = (number, size) else {
            return Err(self.messaging_refusal(400, "bad.request", "pageNumber or pageSize is not from 1 on", None));
        };
        let paced = match self.web_messaging.sessions.get_mut(conversation) {
            Some(session) => session.histories.as_mut().map_or(Ok(()), |bucket| bucket.take(now)),
            None => return Err(self.messaging_refusal(404, "not.found", "there is no such session", None)),
        };
        if let Err(wait) = paced {
            let retry = Some(RetryAfter::seconds(whole_seconds(wait)));
            return Err(self.messaging_refusal(429, "too.many.requests", "too many reads of the history", retry));
        }
        let size = size.min(self.config.web_messaging.history_page);
        let weight = self.web_messaging.sessions.get(conversation).map_or(0, |session| {
            let total = session.shown(now, self.config.web_messaging.history_lag);
            let page = session.items.iter().take(total).rev().skip((number - 1).saturating_mul(size)).take(size);
            page.map(|item| item.weight.bytes()).sum()
        });
        // The page is a copy.
        let held = self.budget.reserve_to_answer(Use::Answers, weight).map_err(|Exhausted| self.messaging_no_room())?;
        let page = self.history_page(now, conversation, number, size, request.base);
        Ok(RestAnswer { held: Some(held), ..RestAnswer::ok(page) })
    }

    fn history_page(&mut self, now: Millis, conversation: &str, number: usize, size: usize, base: &str) -> Value {
        let Some(session) = self.web_messaging.sessions.get(conversation) else {
            return Value::Null;
        };
        let total = session.shown(now, self.config.web_messaging.history_lag);
        let skipped = (number - 1).saturating_mul(size);
        let page = session.items.iter().enumerate().take(total).rev().skip(skipped).take(size);
        // Their weight is held already.
        let page: Vec<_> = page.map(|(place, item)| (place, item.body.clone(), item.tracing_id.clone())).collect();
        let config = &self.config.web_messaging;
        let (with_tracing, with_metadata) = (config.history_tracing, config.history_metadata);
        let (by_message_id, bare) = (config.history_message_ids, config.history_bare);
        let mut entities = Vec::with_capacity(page.len());
        let poison = config.history_poison;
        for (place, mut said, tracing_id) in page {
            if poison > 0 && (place + 1).is_multiple_of(poison) {
                entities.push(Value::from("poison"));
                continue;
            }
            if !with_metadata && let Some(body) = said.as_object_mut() {
                body.remove("metadata");
            }
            if by_message_id && let Some(id) = said["channel"].get("messageId").cloned() {
                said["id"] = id;
            }
            if bare {
                said["channel"] = json!({ "time": null });
            }
            if with_tracing && let Some(id) = tracing_id {
                said["tracingId"] = self.traced(Some(&id)).into();
            }
            entities.push(self.with_addresses_at(now, conversation, said, base));
        }
        // As the fixtures have it: an empty history has no pages, and these no size.
        let size = if total == 0 { 0 } else { size };
        if !self.config.web_messaging.history_total {
            return json!({ "entities": entities, "pageNumber": number });
        }
        json!({
            "entities": entities,
            "pageSize": size,
            "pageNumber": number,
            "total": total,
            "pageCount": if size == 0 { 0 } else { total.div_ceil(size) },
        })
    }
}

fn page_number(text: Option<&str>, default: usize) -> Option<usize> {
    match text {
        None => Some(default),
        Some(text) => text.parse().ok().filter(|number| *number > 0),
    }
}
