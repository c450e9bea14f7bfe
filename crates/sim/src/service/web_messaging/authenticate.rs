//! Customers who sign in: a code becomes a JWT over REST, and the JWT opens an authenticated session.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::configure::Joined;
use super::frame;
use super::problem::Problem;
use super::request::Request;
use super::session::Item;
use crate::service::budget::{Exhausted, Reservation, Use};
use crate::service::faults::Scope;
use crate::service::history::{GuestEvent, kept};
use crate::service::limits::{MAX_CUSTOMER, MAX_JWTS, TOKEN_WEIGHT};
use crate::service::{ConnectionId, Millis, RestAnswer, Service, weight};

/// Who has signed in, by what they were given for it.
#[derive(Default)]
pub(super) struct Customers {
    jwts: HashMap<String, (String, Millis, Reservation)>,
    refresh_tokens: HashMap<String, (String, Reservation)>,
}

/// A customer, and until when they have proved to be that one.
struct Customer {
    name: String,
    until: Millis,
}

impl Customers {
    fn of_jwt(&self, now: Millis, jwt: &str) -> Option<Customer> {
        let (name, until, _) = self.jwts.get(jwt)?;
        (now < *until).then(|| Customer { name: name.clone(), until: *until })
    }
}

impl Service {
    /// `POST /api/v2/webdeployments/token/oauthcodegrantjwtexchange`
    pub fn exchange_code(&mut self, now: Millis, body: &[u8]) -> RestAnswer {
        let answer = self.try_exchange(now, body).unwrap_or_else(|refusal| refusal);
        self.finish(now, "exchange", None, None, answer)
    }

    fn try_exchange(&mut self, now: Millis, body: &[u8]) -> Result<RestAnswer, RestAnswer> {
        self.refuse_auth(now)?;
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        match text(&body["deploymentId"]) {
            Some(deployment) if self.is_deployment(&deployment) => {}
            _ => return Err(self.messaging_refusal(404, "deployment.not.found", "Deployment not found", None)),
        }
        let proof = text(&body["oauth"]["code"]).or_else(|| text(&body["oauth"]["idToken"]));
        let Some(proof) = proof else {
            return Err(self.messaging_refusal(400, "bad.request", "oauth has neither code nor idToken", None));
        };
        let codes = &self.config.web_messaging.auth_codes;
        if !codes.is_empty() && !codes.contains(&proof) {
            return Err(self.messaging_refusal(401, "bad.credentials", "the code is not valid", None));
        }
        if let Some(journey) = kept(&body["journeyContext"]) {
            self.guest_events.push(GuestEvent { journey_context: Some(journey), ..GuestEvent::new(now, None) });
        }
        // `alice:1` and `alice:2` sign in the same customer.
        let customer: String = proof.split(':').next().unwrap_or_default().chars().take(MAX_CUSTOMER).collect();
        let mut answer = json!({ "jwt": self.customer_jwt(now, &customer)? });
        if self.config.web_messaging.refresh_tokens {
            let token = self.ids.token();
            if self.web_messaging.customers.refresh_tokens.len() < MAX_JWTS
                && let Ok(weight) = self.budget.reserve(Use::Tokens, TOKEN_WEIGHT + weight::text(&token))
            {
                self.web_messaging.customers.refresh_tokens.insert(token.clone(), (customer, weight));
                answer["refreshToken"] = token.into();
            }
        }
        Ok(RestAnswer::ok(answer))
    }

    /// `POST /api/v2/webdeployments/token/refresh`
    pub fn refresh_jwt(&mut self, now: Millis, body: &[u8]) -> RestAnswer {
        let answer = self.try_refresh(now, body).unwrap_or_else(|refusal| refusal);
        self.finish(now, "refresh", None, None, answer)
    }

    fn try_refresh(&mut self, now: Millis, body: &[u8]) -> Result<RestAnswer, RestAnswer> {
        self.refuse_auth(now)?;
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let token = body["refreshToken"].as_str().unwrap_or_default();
        let Some(customer) = self.web_messaging.customers.refresh_tokens.get(token).map(|(of, _)| of.clone()) else {
            return Err(self.messaging_refusal(401, "bad.credentials", "the refresh token is not valid", None));
        };
        Ok(RestAnswer::ok(json!({ "jwt": self.customer_jwt(now, &customer)?, "refreshToken": token })))
    }

    /// `DELETE /api/v2/webdeployments/token/revoke`: signs the customer out, on every device.
    pub fn revoke_jwt(&mut self, now: Millis, jwt: Option<&str>) -> RestAnswer {
        let answer = match self.try_revoke(now, jwt) {
            Ok(()) => RestAnswer { status: 204, ..RestAnswer::ok(Value::Null) },
            Err(refusal) => refusal,
        };
        self.finish(now, "revoke", None, None, answer)
    }

    fn try_revoke(&mut self, now: Millis, jwt: Option<&str>) -> Result<(), RestAnswer> {
        self.refuse_auth(now)?;
        let customers = &mut self.web_messaging.customers;
        let Some(customer) = jwt.and_then(|jwt| customers.of_jwt(now, jwt)) else {
            return Err(self.messaging_refusal(401, "bad.credentials", "the JWT is missing, unknown or expired", None));
        };
        customers.jwts.retain(|_, (of, ..)| *of != customer.name);
        customers.refresh_tokens.retain(|_, (of, _)| *of != customer.name);
        for conversation in self.web_messaging.sessions.of_customer(now, &customer.name) {
            self.log_out(now, &conversation);
        }
        Ok(())
    }

    fn log_out(&mut self, now: Millis, conversation: &str) {
        let Some(session) = self.web_messaging.sessions.get_mut(conversation) else {
            return;
        };
        session.over = true;
        for id in session.connections.clone() {
            self.send(now, id, frame::notice("LogoutEvent", json!({})));
            self.web_messaging_closes(now, id);
        }
    }

    fn refuse_auth(&mut self, now: Millis) -> Result<(), RestAnswer> {
        if let Some(foreign) = self.faults.foreign(now, Scope::Auth, None) {
            return Err(RestAnswer::foreign(foreign));
        }
        if let Some(refusal) = self.faults.refuse_rest(now, Scope::Auth, None) {
            return Err(self.messaging_refusal(refusal.status, "fault", "refused by a fault", refusal.retry_after));
        }
        if !self.config.web_messaging.authentication {
            return Err(self.messaging_refusal(403, "forbidden", "the deployment has no authentication", None));
        }
        Ok(())
    }

    fn customer_jwt(&mut self, now: Millis, customer: &str) -> Result<String, RestAnswer> {
        let until = now + u64::from(self.config.web_messaging.auth_life) * 1000;
        let jwt = self.jwt(&json!({ "sub": customer, "exp": self.config.web_messaging.wall_seconds(until) }));
        let jwts = &mut self.web_messaging.customers.jwts;
        let bytes = TOKEN_WEIGHT + weight::text(&jwt);
        if jwts.len() >= MAX_JWTS || !self.budget.has_room(bytes) {
            jwts.retain(|_, (_, until, _)| now < *until);
        }
        if jwts.len() >= MAX_JWTS {
            return Err(self.messaging_refusal(503, "service.unavailable", "too many tokens", None));
        }
        let weight = self.budget.reserve(Use::Tokens, bytes).map_err(|Exhausted| self.messaging_no_room())?;
        self.web_messaging.customers.jwts.insert(jwt.clone(), (customer.to_owned(), until, weight));
        Ok(jwt)
    }

    /// `configureAuthenticatedSession`
    pub(super) fn configure_authenticated(
        &mut self,
        now: Millis,
        id: ConnectionId,
        request: &Request,
    ) -> Result<(), Problem> {
        self.check_configuration(request)?;
        let code = request.members.get("data").and_then(|data| data.get("code")).and_then(Value::as_str);
        let code = code.ok_or_else(|| Problem::missing("data.code"))?;
        let customer = self.web_messaging.customers.of_jwt(now, code);
        let customer = customer.ok_or_else(|| Problem::new(401, "User is unauthorized"))?;
        let current = self.live_session(now, request);
        let owner = current.as_deref().and_then(|id| self.web_messaging.sessions.get(id)?.customer.clone());
        match (current, owner) {
            (Some(_), Some(owner)) if owner != customer.name => Err(Problem::new(403, "HTTP authorization error")),
            (Some(current), None) => self.step_up(now, id, request, current, customer),
            // A customer's conversation goes with them from device to device.
            (current, _) => {
                let theirs = || self.web_messaging.sessions.of_customer(now, &customer.name).pop();
                let joined = self.enter(now, id, request, current.or_else(theirs))?;
                self.belongs_to(id, &customer);
                self.answer_configured(now, id, request, joined);
                Ok(())
            }
        }
    }

    /// An anonymous session becomes the customer's own. What they had elsewhere ends.
    fn step_up(
        &mut self,
        now: Millis,
        id: ConnectionId,
        request: &Request,
        current: String,
        customer: Customer,
    ) -> Result<(), Problem> {
        if !self.config.web_messaging.session_upgrade {
            return Err(Problem::new(403, "HTTP authorization error"));
        }
        let elsewhere = self.web_messaging.sessions.of_customer(now, &customer.name);
        let joined = self.enter(now, id, request, Some(current))?;
        for conversation in &elsewhere {
            self.end_session(now, conversation, Some(id), Some("signedIn"));
        }
        self.belongs_to(id, &customer);
        if !joined.new_session {
            self.announce_sign_in(now, id, &customer.name);
        }
        let joined = Joined { cleared_existing: !elsewhere.is_empty(), ..joined };
        self.answer_configured(now, id, request, joined);
        Ok(())
    }

    fn belongs_to(&mut self, id: ConnectionId, customer: &Customer) {
        let conversation = self.connections.get(id).map(|connection| connection.conversation.clone());
        let session = conversation.and_then(|conversation| self.web_messaging.sessions.get_mut(&conversation));
        if let Some(session) = session {
            session.customer = Some(customer.name.clone());
            session.authentic_until = customer.until;
        }
    }

    fn announce_sign_in(&mut self, now: Millis, id: ConnectionId, customer: &str) {
        let Some(conversation) = self.connections.get(id).map(|connection| connection.conversation.clone()) else {
            return;
        };
        let body = json!({
            "id": self.ids.hex(),
            "type": "Event",
            "direction": "Inbound",
            "originatingEntity": "",
            "channel": {
                "time": self.config.web_messaging.timestamp(now),
                "messageId": self.ids.uuid(),
                "type": "Private",
                "from": { "firstName": customer },
            },
            "metadata": { "correlationId": self.ids.uuid(), "authenticated": "true" },
            "events": [{ "eventType": "Presence", "presence": { "type": "SignIn" } }],
        });
        if let Some(session) = self.web_messaging.sessions.get_mut(&conversation) {
            let weight = self.budget.charge(Use::Conversations, Item::weight(&body, None));
            session.remember(Item { at: now, body: body.clone(), tracing_id: None, weight });
        }
        self.echo_message(now, None, &conversation, body, None);
    }
}
