//! How a connection comes into a session, and how both end on request.

use serde_json::{Value, json};

use super::frame;
use super::problem::Problem;
use super::request::Request;
use super::session::Session;
use super::{Peer, Wake};
use crate::service::budget::{Exhausted, Use};
use crate::service::connection::Connection;
use crate::service::history::{GuestEvent, kept};
use crate::service::rate::whole_seconds;
use crate::service::{ConnectionId, Millis, Service, Wake as ServiceWake};

/// What a `SessionResponse` says beside what the session itself is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Joined {
    pub(super) new_session: bool,
    pub(super) cleared_existing: bool,
}

impl Service {
    /// `configureSession`
    pub(super) fn configure(&mut self, now: Millis, id: ConnectionId, request: &Request) -> Result<(), Problem> {
        self.check_configuration(request)?;
        let current = self.live_session(now, request);
        if let Some(session) = current.as_deref().and_then(|current| self.web_messaging.sessions.get(current))
            && session.customer.is_some()
        {
            return Err(Problem::new(4017, "Cannot downgrade an authenticated session to an unauthenticated one"));
        }
        let joined = self.enter(now, id, request, current)?;
        self.answer_configured(now, id, request, joined);
        Ok(())
    }

    /// What every configuration must have.
    pub(super) fn check_configuration(&self, request: &Request) -> Result<(), Problem> {
        if request.token.is_empty() {
            return Err(Problem::missing("token"));
        }
        if self.config.web_messaging.uuid_tokens && uuid::Uuid::try_parse(&request.token).is_err() {
            return Err(Problem::bad_request("token is not a UUID"));
        }
        if !self.is_deployment(request.text("deploymentId")?) {
            return Err(Problem::new(400, "Deployment not found"));
        }
        Ok(())
    }

    /// The session that a token has in this deployment, if it lives.
    pub(super) fn live_session(&self, now: Millis, request: &Request) -> Option<String> {
        let id = self.web_messaging.sessions.id_of(&request.token)?;
        let session = self.web_messaging.sessions.get(id)?;
        let is_here = request.text("deploymentId").is_ok_and(|deployment| deployment == session.deployment);
        (is_here && session.is_alive(now)).then(|| id.to_owned())
    }

    /// Puts a connection into the session that it asks for: the present one, or a new one.
    pub(super) fn enter(
        &mut self,
        now: Millis,
        id: ConnectionId,
        request: &Request,
        current: Option<String>,
    ) -> Result<Joined, Problem> {
        if let Some(current) = &current
            && let Some(session) = self.web_messaging.sessions.get_mut(current)
            && let Some(bucket) = &mut session.configures
        {
            bucket.take(now).map_err(|wait| Problem::too_many(whole_seconds(wait)))?;
        }
        let kept = current.clone().filter(|_| !request.flag("startNew"));
        let new_session = kept.is_none();
        let conversation = match kept {
            Some(conversation) => {
                if !self.web_messaging.sessions.bind(&request.token, &conversation, &self.budget) {
                    return Err(Problem::new(5000, "too many tokens"));
                }
                conversation
            }
            None => {
                if let Some(old) = current {
                    self.end_session(now, &old, Some(id), None);
                }
                self.new_session(now, request)?
            }
        };
        self.join(now, id, &conversation);
        Ok(Joined { new_session, cleared_existing: false })
    }

    fn new_session(&mut self, now: Millis, request: &Request) -> Result<String, Problem> {
        let conversation = self.ids.uuid();
        let deployment = request.text("deploymentId")?;
        let bytes = Session::weight(&request.token, deployment);
        let weight = self.budget.reserve(Use::Sessions, bytes).or_else(|Exhausted| {
            if self.may_sweep(now) {
                self.web_messaging.sessions.forget_dead(now);
            }
            self.budget.reserve(Use::Sessions, bytes)
        });
        let weight = weight.map_err(|Exhausted| Problem::no_room())?;
        let mut session = Session::new(now, &request.token, deployment, &self.config.web_messaging, weight);
        let sessions = &self.web_messaging.sessions;
        if let Some(before) = sessions.id_of(&request.token).and_then(|id| sessions.get(id))
            && self.config.web_messaging.older_history
        {
            if !self.budget.has_room(before.items.iter().map(|item| item.weight.bytes()).sum()) {
                return Err(Problem::no_room());
            }
            session.items.clone_from(&before.items);
            session.older = session.items.len();
        }
        let expires_at = session.expires_at();
        if !self.web_messaging.sessions.insert(now, conversation.clone(), session, &self.budget) {
            return Err(Problem::new(5000, "too many sessions"));
        }
        if self.config.web_messaging.push_expiry {
            self.timers.at(expires_at, ServiceWake::WebMessaging(Wake::Expiry(conversation.clone())));
        }
        Ok(conversation)
    }

    /// A connection comes into a session; where that makes too many, the oldest goes.
    fn join(&mut self, now: Millis, id: ConnectionId, conversation: &str) {
        let Some(connection) = self.connections.open_mut(id) else {
            return;
        };
        let left = std::mem::replace(&mut connection.conversation, conversation.to_owned());
        if left == conversation {
            return;
        }
        self.web_messaging.forget(&left, id);
        let most = self.config.web_messaging.connections_per_session.max(1);
        let Some(session) = self.web_messaging.sessions.get_mut(conversation) else {
            return;
        };
        session.connections.push(id);
        let surplus = session.connections.len().saturating_sub(most);
        let evicted: Vec<ConnectionId> = session.connections.iter().take(surplus).copied().collect();
        for old in evicted {
            self.dismiss(now, old, None);
        }
    }

    /// Answers a configuration, and lets happen what waits for a connection in this conversation.
    pub(super) fn answer_configured(&mut self, now: Millis, id: ConnectionId, request: &Request, joined: Joined) {
        let Some(conversation) = self.connections.get(id).map(|connection| connection.conversation.clone()) else {
            return;
        };
        let Some(session) = self.web_messaging.sessions.get(&conversation) else {
            return;
        };
        let mut body = self.session_facts(session);
        body["connected"] = true.into();
        body["newSession"] = joined.new_session.into();
        body["readOnly"] = session.read_only.into();
        if joined.cleared_existing {
            body["clearedExistingSession"] = true.into();
        }
        if let Some(journey) = request.members.get("journeyContext").and_then(kept) {
            let event = GuestEvent::new(now, Some(&conversation));
            self.guest_events.push(GuestEvent { journey_context: Some(journey), ..event });
        }
        self.send(now, id, frame::response("SessionResponse", 200, body, request.tracing_id.as_deref()));
        let acts = self.faults.acts_on_joining(now, &conversation);
        self.expect_acts(now, id, acts);
        self.run_acts(now);
    }

    /// What a guest may send, and until when.
    fn session_facts(&self, session: &Session) -> Value {
        let mut facts = self.media_facts();
        facts["maxCustomDataBytes"] = self.config.web_messaging.max_custom_bytes.into();
        facts["durationSeconds"] = (session.life / 1000).into();
        facts["expirationDate"] = (self.config.web_messaging.wall_seconds(session.expires_at())).into();
        facts
    }

    /// `closeSession`: the others are dismissed, this one is told that it may begin anew.
    pub(super) fn close_session(&mut self, now: Millis, id: ConnectionId, request: &Request) -> Result<(), Problem> {
        let conversation = self.session_of(now, id, request)?;
        match request.members.get("closeAllConnections") {
            Some(Value::Bool(true)) => {
                if let Some(session) = self.web_messaging.sessions.get_mut(&conversation) {
                    session.read_only = true;
                    for other in session.connections.clone() {
                        if other != id {
                            self.dismiss(now, other, None);
                        }
                    }
                }
            }
            Some(Value::Bool(false)) => {}
            _ => return Err(Problem::missing("closeAllConnections")),
        }
        self.leave(id);
        let read_only = self.web_messaging.sessions.get(&conversation).is_some_and(|session| session.read_only);
        let body = json!({ "connected": false, "newSession": false, "readOnly": read_only });
        self.send(now, id, frame::response("SessionResponse", 200, body, request.tracing_id.as_deref()));
        Ok(())
    }

    /// The connection stays, in no session.
    fn leave(&mut self, id: ConnectionId) {
        if let Some(connection) = self.connections.open_mut(id) {
            let left = std::mem::take(&mut connection.conversation);
            self.web_messaging.forget(&left, id);
        }
    }

    /// A session ends: whoever is in it is dismissed, but for the connection that asked for it.
    pub(super) fn end_session(
        &mut self,
        now: Millis,
        conversation: &str,
        but: Option<ConnectionId>,
        reason: Option<&str>,
    ) {
        let Some(session) = self.web_messaging.sessions.get_mut(conversation) else {
            return;
        };
        session.over = true;
        for id in session.connections.clone() {
            if Some(id) != but {
                self.dismiss(now, id, reason);
            }
        }
    }

    /// Tells a connection that it is over, and closes it.
    pub(super) fn dismiss(&mut self, now: Millis, id: ConnectionId, reason: Option<&str>) {
        self.send(now, id, frame::connection_closed(self.config.web_messaging.other_forms, reason));
        self.web_messaging_closes(now, id);
    }

    /// Closes a connection that has been told why; it is of its session no longer.
    pub(super) fn web_messaging_closes(&mut self, now: Millis, id: ConnectionId) {
        if let Some(connection) = self.connections.get(id) {
            self.web_messaging.forget(&connection.conversation, id);
        }
        self.close(now, id, self.config.web_messaging.close_code, "");
    }

    /// The deployment and the address of a connection.
    pub(super) fn peer(&self, id: ConnectionId) -> Option<&Peer> {
        self.connections.get(id).and_then(Connection::web_messaging_peer)
    }
}
