//! The socket: who is let in, and which request leads where.

use serde_json::{Value, json};

use super::problem::Problem;
use super::request::{Action, Request};
use super::{Peer, Wake, frame};
use crate::service::budget::{Exhausted, Use};
use crate::service::connection::{Connection, Peer as Speaks};
use crate::service::limits::SOCKET_WEIGHT;
use crate::service::rate::{Bucket, Pace, whole_seconds};
use crate::service::{ConnectionId, Millis, RestAnswer, RetryAfter, Service, Wake as ServiceWake, weight};

/// What came with the handshake of a socket.
#[derive(Clone, Copy, Debug)]
pub struct Handshake<'a> {
    /// `?deploymentId=`
    pub deployment: Option<&'a str>,
    /// The header `Origin`.
    pub origin: Option<&'a str>,
    /// By which address the guest knows the service (`http://127.0.0.1:8787`), so that it can be told of more there.
    pub base: &'a str,
}

impl Service {
    /// A guest of `web-messaging` opens a socket. Where it is refused, the handshake is answered with what comes back.
    pub fn open_messaging_socket(&mut self, now: Millis, handshake: Handshake<'_>) -> Result<ConnectionId, RestAnswer> {
        let admitted = self.admit_to_messaging(now, handshake).and_then(|()| {
            let weight = self.budget.reserve(Use::Connections, SOCKET_WEIGHT + weight::text(handshake.base));
            weight.map_err(|Exhausted| self.messaging_no_room())
        });
        // In which conversation it is, it says later.
        self.note_attempt(now, super::NAME, "", admitted.as_ref().err());
        let weight = admitted?;
        let rates = self.config.web_messaging.rates;
        let per_minute = |rate: Option<f64>| rate.map(|rate| Bucket::full(Pace::per_minute(rate), now));
        let peer = Peer {
            base: handshake.base.to_owned(),
            requests: per_minute(rates.requests),
            health_checks: per_minute(rates.health_checks),
        };
        let id = self.connections.open(Connection::new(Speaks::WebMessaging(peer), String::new(), now, weight));
        if let Some(idle) = self.config.web_messaging.idle_timeout {
            self.expect_idle(id, now + idle);
        }
        if let Some(age) = self.config.web_messaging.max_age {
            let key = self.timers.at(now + age, ServiceWake::WebMessaging(Wake::TooOld(id)));
            if let Some(connection) = self.connections.get_mut(id) {
                connection.age = Some(key);
            }
        }
        let acts = self.faults.acts_on_open(now, None);
        self.expect_acts(now, id, acts);
        self.run_acts(now);
        Ok(id)
    }

    fn admit_to_messaging(&mut self, now: Millis, handshake: Handshake<'_>) -> Result<(), RestAnswer> {
        if let Some(ms) = self.faults.stall_socket(now, "") {
            return Err(RestAnswer::stalled(ms));
        }
        self.handshake_intercepted(now, "")?;
        if let Some(refusal) = self.faults.refuse_socket(now, "") {
            let text = "refused by a fault";
            return Err(self.messaging_refusal(refusal.status, "fault", text, refusal.retry_after));
        }
        if let Some(rate) = self.config.web_messaging.rates.connections {
            let bucket = self.web_messaging.handshakes.get_or_insert_with(|| Bucket::full(Pace::per_minute(rate), now));
            if let Err(wait) = bucket.take(now) {
                let retry = Some(RetryAfter::seconds(whole_seconds(wait)));
                return Err(self.messaging_refusal(429, "too.many.requests", "too many connections", retry));
            }
        }
        if handshake.deployment.is_none_or(str::is_empty) {
            return Err(self.messaging_refusal(403, "forbidden", "deploymentId is missing", None));
        }
        if !self.is_origin_allowed(handshake.origin, handshake.base) {
            return Err(self.messaging_refusal(403, "forbidden", "the domain is not allowed", None));
        }
        if self.connections.len() >= self.config.max_connections {
            let retry = Some(RetryAfter::seconds(5));
            return Err(self.messaging_refusal(503, "service.unavailable", "too many connections", retry));
        }
        Ok(())
    }

    /// What a guest says on an open connection.
    pub(in crate::service) fn receive_web_messaging(&mut self, now: Millis, id: ConnectionId, text: &str) {
        let (tracing_id, answered) = match Request::read(text) {
            Ok(request) => (request.tracing_id.clone(), self.serve(now, id, &request)),
            Err(unreadable) => {
                if let Some(connection) = self.connections.open_mut(id) {
                    connection.malformed += 1;
                }
                (unreadable.tracing_id, Err(unreadable.problem))
            }
        };
        if let Err(problem) = answered {
            self.report(now, id, tracing_id.as_deref(), &problem);
        }
    }

    /// Tells a guest what went wrong.
    pub(super) fn report(&mut self, now: Millis, id: ConnectionId, tracing_id: Option<&str>, problem: &Problem) {
        let tracing_id = tracing_id.filter(|_| self.config.web_messaging.error_tracing);
        let frame = match self.config.web_messaging.capitals {
            true => problem.clone().in_capitals().frame(tracing_id),
            false => problem.frame(tracing_id),
        };
        self.send(now, id, frame);
    }

    fn serve(&mut self, now: Millis, id: ConnectionId, request: &Request) -> Result<(), Problem> {
        self.pace_request(now, id, request.action)?;
        match request.action {
            Action::ConfigureSession => self.configure(now, id, request),
            Action::ConfigureAuthenticatedSession => self.configure_authenticated(now, id, request),
            Action::OnMessage => self.on_message(now, id, request),
            Action::Echo => self.health_check(now, id, request),
            Action::GetJwt => self.give_jwt(now, id, request),
            Action::ResumeToken => self.give_resume_token(now, id, request),
            Action::GetConfiguration => self.give_configuration(now, id, request),
            Action::OnAttachment => self.offer_upload(now, id, request),
            Action::GetAttachment => self.renew_download(now, id, request),
            Action::DeleteAttachment => self.delete_attachment(now, id, request),
            Action::CloseSession => self.close_session(now, id, request),
        }
    }

    fn pace_request(&mut self, now: Millis, id: ConnectionId, action: Action) -> Result<(), Problem> {
        let Some(connection) = self.connections.open_mut(id) else {
            return Ok(());
        };
        let is_health_check = action == Action::Echo;
        connection.heartbeats += u64::from(is_health_check);
        let Some(peer) = connection.web_messaging() else {
            return Ok(());
        };
        let mut paced = peer.requests.as_mut().map_or(Ok(()), |bucket| bucket.take(now));
        if is_health_check && paced.is_ok() {
            paced = peer.health_checks.as_mut().map_or(Ok(()), |bucket| bucket.take(now));
            connection.irregular_heartbeats += u64::from(paced.is_err());
        }
        paced.map_err(|wait| Problem::too_many(whole_seconds(wait)))
    }

    /// The session that a request is about: its own, and it must be the one that the connection is in.
    pub(super) fn session_of(&self, now: Millis, id: ConnectionId, request: &Request) -> Result<String, Problem> {
        // A health check without a token works in the field.
        if request.token.is_empty() && request.action != Action::Echo {
            return Err(Problem::missing("token"));
        }
        let conversation = self.connections.get(id).map(|connection| connection.conversation.clone());
        let conversation = conversation.filter(|conversation| !conversation.is_empty());
        let conversation = conversation.ok_or_else(Problem::session_not_found)?;
        let session = self.web_messaging.sessions.get(&conversation).ok_or_else(Problem::session_not_found)?;
        // Its first guest's, or that of the same customer on another device.
        let is_its_own = request.token.is_empty()
            || request.token == session.token
            || self.web_messaging.sessions.id_of(&request.token) == Some(&conversation);
        if !is_its_own {
            return Err(Problem::new(403, "HTTP authorization error"));
        }
        if !session.is_alive(now) {
            return Err(Problem::session_expired());
        }
        let lapsed = session.customer.is_some() && now >= session.authentic_until;
        if lapsed && self.config.web_messaging.auth_lapses {
            return Err(Problem::new(403, "Try to authenticate again"));
        }
        Ok(conversation)
    }

    /// `echo`: answered with what it said, and with how long the session still lasts.
    fn health_check(&mut self, now: Millis, id: ConnectionId, request: &Request) -> Result<(), Problem> {
        let tracing_id = request.tracing_id.as_deref();
        let conversation = match self.session_of(now, id, request) {
            Ok(conversation) => conversation,
            Err(problem) if problem == Problem::session_expired() => {
                let event = frame::session_expired(self.config.web_messaging.other_forms, tracing_id);
                self.send(now, id, event);
                return Ok(());
            }
            Err(problem) => return Err(problem),
        };
        let said = request.members.get("message").and_then(Value::as_object).ok_or(Problem::missing("message"))?;
        let mut metadata = match said.get("metadata") {
            Some(Value::Object(metadata)) => metadata.clone(),
            _ => serde_json::Map::new(),
        };
        if let Some(session) = self.web_messaging.sessions.get(&conversation) {
            metadata.insert("durationSeconds".into(), (session.life / 1000).to_string().into());
            let expires = self.config.web_messaging.wall_seconds(session.expires_at());
            metadata.insert("expirationDate".into(), expires.to_string().into());
        }
        let body = json!({
            "text": said.get("text").and_then(Value::as_str).unwrap_or_default(),
            "type": "Text",
            "direction": "Inbound",
            "id": self.ids.hex(),
            "metadata": metadata,
        });
        let tracing_id = tracing_id.filter(|_| !self.config.web_messaging.untraced_echo);
        self.send(now, id, frame::response("StructuredMessage", 200, body, tracing_id));
        Ok(())
    }
}
