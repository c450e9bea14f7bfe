//! The requests of `webchat`: making a session, sending a message, asking whether a session lives.

use serde_json::{Map, Value, json};

use super::frame::{self, FromGuest};
use super::session::Denied;
use super::taking::Taking;
use crate::service::budget::{Exhausted, Use};
use crate::service::faults::{Refusal, RetryAfter, Scope};
use crate::service::ids::same_secret;
use crate::service::ledger::Via;
use crate::service::limits::{MAX_GUEST_FIELD, NO_ROOM, NO_ROOM_RETRY, SESSION_WEIGHT};
use crate::service::{Millis, RestAnswer, Service, weight};

/// What came to prove that a client may create sessions.
#[derive(Clone, Copy)]
pub enum Credential<'a> {
    /// `Authorization: Bearer …`
    Bearer(&'a str),
    /// `api_key: …`
    ApiKey(&'a str),
    /// Neither.
    Absent,
}

impl RestAnswer {
    /// A refusal in the form of `webchat`.
    pub fn refused(status: u16, message: &str, message_id: Option<&str>, retry_after: Option<RetryAfter>) -> Self {
        let said = retry_after.filter(|retry| retry.in_body).map(|retry| retry.seconds);
        Self::refusal(status, frame::error(status, message, message_id, said), retry_after)
    }

    /// There is no room for what was asked.
    pub fn no_room() -> Self {
        Self::refused(503, NO_ROOM, None, Some(RetryAfter::seconds(NO_ROOM_RETRY)))
    }

    pub(super) fn fault(refusal: Refusal, message_id: Option<&str>) -> Self {
        Self::refused(refusal.status, "refused by a fault", message_id, refusal.retry_after)
    }

    pub(super) fn denied(denied: Denied) -> Self {
        Self::refused(denied.status(), denied.message(), None, None)
    }
}

impl Service {
    /// `POST /api/v2/webchat/guests`
    pub fn create_session(&mut self, now: Millis, credential: Credential<'_>, body: &[u8]) -> RestAnswer {
        if let Some(answer) = self.intercepted(now, "guests", Scope::Guests, None) {
            return answer;
        }
        let answer = self.try_create_session(now, credential, body);
        let answer = answer.unwrap_or_else(|refusal| refusal);
        let conversation = answer.body.get("webchatInstanceId").and_then(Value::as_str);
        let conversation = conversation.map(str::to_owned);
        self.finish(now, "guests", conversation, None, answer)
    }

    fn try_create_session(
        &mut self,
        now: Millis,
        credential: Credential<'_>,
        body: &[u8],
    ) -> Result<RestAnswer, RestAnswer> {
        if let Some(refusal) = self.faults.refuse_rest(now, Scope::Guests, None) {
            return Err(RestAnswer::fault(refusal, None));
        }
        self.check_credential(credential)?;
        check_guest(body).map_err(|why| RestAnswer::refused(400, why, None, None))?;
        let (id, token) = (self.ids.uuid(), self.ids.token());
        let life = self.config.webchat.token_life;
        let answer = json!({ "webchatInstanceId": id, "token": token, "expiresIn": life });
        let bytes = SESSION_WEIGHT + weight::text(&id) + weight::text(&token);
        let weight = self.budget.reserve(Use::Sessions, bytes).or_else(|Exhausted| {
            if self.may_sweep(now) {
                self.webchat.sessions.forget_expired(now);
            }
            self.budget.reserve(Use::Sessions, bytes)
        });
        let weight = weight.map_err(|Exhausted| RestAnswer::no_room())?;
        if !self.webchat.sessions.create(now, id, token, u64::from(life) * 1000, weight) {
            return Err(RestAnswer::refused(503, "too many sessions", None, None));
        }
        Ok(RestAnswer::ok(answer))
    }

    /// Whether this lets a client create sessions: to be asked before a body is read.
    pub fn accepts_credential(&self, credential: Credential<'_>) -> bool {
        self.check_credential(credential).is_ok()
    }

    /// Whether this token is the guest's of this conversation: to be asked before a body is read.
    pub fn accepts_guest(&self, now: Millis, conversation: &str, token: Option<&str>) -> bool {
        self.webchat.sessions.check(now, conversation, token).is_ok()
    }

    fn check_credential(&self, credential: Credential<'_>) -> Result<(), RestAnswer> {
        let (given, allowed) = match credential {
            Credential::Bearer(token) => (token, &self.config.webchat.bearer_tokens),
            Credential::ApiKey(key) => (key, &self.config.webchat.api_keys),
            Credential::Absent => {
                let why = "no Authorization and no api_key header";
                return Err(RestAnswer::refused(401, why, None, None));
            }
        };
        let among = |list: &[String]| list.iter().any(|secret| same_secret(secret, given));
        if among(&self.config.webchat.forbidden_tokens) {
            return Err(RestAnswer::refused(403, "the account lacks the entitlement", None, None));
        }
        if !among(allowed) {
            return Err(RestAnswer::refused(401, "the token or key is not valid", None, None));
        }
        Ok(())
    }

    /// `POST /api/v2/webchat/instances/{conversation}/messages`
    pub fn post_message(&mut self, now: Millis, conversation: &str, token: Option<&str>, body: &[u8]) -> RestAnswer {
        if let Some(answer) = self.intercepted(now, "messages", Scope::Messages, Some(conversation)) {
            return answer;
        }
        let read =
            std::str::from_utf8(body).map_or(FromGuest::Malformed { message_id: None, why: "not UTF-8" }, frame::read);
        let message_id = match &read {
            FromGuest::Message(message) => Some(message.id.clone()),
            FromGuest::Malformed { message_id, .. } => message_id.clone(),
            FromGuest::Heartbeat(_) | FromGuest::Unknown => None,
        };
        let answer = self.try_post_message(now, conversation, token, read);
        let answer = answer.unwrap_or_else(|refusal| refusal);
        let known = self.webchat.sessions.get(conversation).map(|_| conversation.to_owned());
        self.finish(now, "messages", known, message_id, answer)
    }

    fn try_post_message(
        &mut self,
        now: Millis,
        conversation: &str,
        token: Option<&str>,
        read: FromGuest,
    ) -> Result<RestAnswer, RestAnswer> {
        if let Some(refusal) = self.faults.refuse_rest(now, Scope::Messages, Some(conversation)) {
            return Err(RestAnswer::fault(refusal, None));
        }
        self.webchat.sessions.check(now, conversation, token).map_err(RestAnswer::denied)?;
        let message = match read {
            FromGuest::Message(message) => message,
            FromGuest::Malformed { message_id, why } => {
                return Err(RestAnswer::refused(400, why, message_id.as_deref(), None));
            }
            FromGuest::Heartbeat(_) | FromGuest::Unknown => {
                return Err(RestAnswer::refused(400, "type is not message", None, None));
            }
        };
        let taking = self.take(now, conversation, &message, Via::Rest);
        if let Taking::Refused(refused) = taking {
            let id = Some(message.id.as_str());
            let retry = refused.retry_after;
            return Err(RestAnswer::refused(refused.code, refused.message, id, retry));
        }
        let mut answer = RestAnswer::ok(frame::acknowledgement(&message.id));
        answer.lost = self.faults.lose_ack(now, conversation, Via::Rest);
        if taking == Taking::Taken {
            self.message_taken(now, conversation);
        }
        Ok(answer)
    }

    /// `GET /api/v2/webchat/instances/{conversation}/messages`: does the session live?
    pub fn probe_session(&mut self, now: Millis, conversation: &str, token: Option<&str>) -> RestAnswer {
        if let Some(answer) = self.intercepted(now, "probe", Scope::Probe, Some(conversation)) {
            return answer;
        }
        let answer = match self.faults.refuse_rest(now, Scope::Probe, Some(conversation)) {
            Some(refusal) => RestAnswer::fault(refusal, None),
            None => match self.webchat.sessions.check(now, conversation, token) {
                Ok(session) => RestAnswer::ok(json!({
                    "webchatInstanceId": conversation,
                    "expiresIn": session.expires_in(now),
                })),
                Err(denied) => RestAnswer::denied(denied),
            },
        };
        let known = self.webchat.sessions.get(conversation).map(|_| conversation.to_owned());
        self.finish(now, "probe", known, None, answer)
    }
}

fn check_guest(body: &[u8]) -> Result<(), &'static str> {
    let body = serde_json::from_slice::<Value>(body).map_err(|_| "the body is not JSON")?;
    let guest = body.get("guest").and_then(Value::as_object);
    let guest: &Map<String, Value> = guest.ok_or("guest is missing or not an object")?;
    for field in ["email", "firstName", "lastName"] {
        match guest.get(field) {
            None => {}
            Some(Value::String(text)) if text.len() <= MAX_GUEST_FIELD => {}
            Some(_) => return Err("a field of guest is not a string, or too long"),
        }
    }
    Ok(())
}
