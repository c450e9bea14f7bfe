//! The socket: who is let in, what its frames mean, and what is answered.

use super::frame::{self, FromGuest, GuestMessage};
use super::order::Blocked;
use super::session::Denied;
use super::taking::{Refused, Taking};
use super::{Peer, SocketAuth};
use crate::service::budget::{Exhausted, Use};
use crate::service::connection::{Connection, Peer as Speaks};
use crate::service::faults::RetryAfter;
use crate::service::ledger::Via;
use crate::service::limits::SOCKET_WEIGHT;
use crate::service::rate::whole_seconds;
use crate::service::{ConnectionId, Millis, RestAnswer, Service, weight};

/// The guest token that came with a handshake, and where it was.
#[derive(Clone, Copy)]
pub enum SocketCredential<'a> {
    /// In `?access_token=`.
    Query(&'a str),
    /// In a `bearer.…` subprotocol.
    Subprotocol(&'a str),
    /// Nowhere.
    Absent,
}

impl Service {
    /// A guest of `webchat` opens a socket. Where it is refused, the handshake is answered with what comes back.
    pub fn open_socket(
        &mut self,
        now: Millis,
        conversation: &str,
        credential: SocketCredential<'_>,
    ) -> Result<ConnectionId, RestAnswer> {
        let admitted = self.admit(now, conversation, credential).and_then(|()| {
            let weight = self.budget.reserve(Use::Connections, SOCKET_WEIGHT + weight::text(conversation));
            weight.map_err(|Exhausted| RestAnswer::no_room())
        });
        self.note_attempt(now, super::NAME, conversation, admitted.as_ref().err());
        let weight = admitted?;
        let peer = Speaks::WebChat(Peer::default());
        let id = self.connections.open(Connection::new(peer, conversation.to_owned(), now, weight));
        if let Some(session) = self.webchat.sessions.get_mut(conversation) {
            session.connections.push(id);
        }
        self.replay(now, conversation, id);
        let acts = self.faults.acts_on_open(now, Some(conversation));
        self.expect_acts(now, id, acts);
        self.run_acts(now);
        Ok(id)
    }

    fn admit(&mut self, now: Millis, conversation: &str, credential: SocketCredential<'_>) -> Result<(), RestAnswer> {
        if let Some(ms) = self.faults.stall_socket(now, conversation) {
            return Err(RestAnswer::stalled(ms));
        }
        self.handshake_intercepted(now, conversation)?;
        if let Some(refusal) = self.faults.refuse_socket(now, conversation) {
            return Err(RestAnswer::fault(refusal, None));
        }
        let token = self.socket_token(credential)?;
        let checked = match token {
            None if self.config.webchat.socket_auth == SocketAuth::None => {
                match self.webchat.sessions.get(conversation) {
                    Some(session) if session.is_alive(now) => Ok(()),
                    Some(_) => Err(Denied::Expired),
                    None => Err(Denied::UnknownSession),
                }
            }
            token => self.webchat.sessions.check(now, conversation, token).map(|_| ()),
        };
        checked.map_err(RestAnswer::denied)?;
        if self.connections.len() >= self.config.max_connections {
            let retry = Some(RetryAfter::seconds(5));
            return Err(RestAnswer::refused(503, "too many connections", None, retry));
        }
        Ok(())
    }

    fn socket_token<'a>(&self, credential: SocketCredential<'a>) -> Result<Option<&'a str>, RestAnswer> {
        let elsewhere = || RestAnswer::refused(401, "the token is looked for elsewhere", None, None);
        match (credential, self.config.webchat.socket_auth) {
            (SocketCredential::Absent, _) => Ok(None),
            (SocketCredential::Query(_), SocketAuth::Subprotocol)
            | (SocketCredential::Subprotocol(_), SocketAuth::Query) => Err(elsewhere()),
            (SocketCredential::Query(token) | SocketCredential::Subprotocol(token), _) => Ok(Some(token)),
        }
    }

    /// What the agent said before, since the guest may have been away.
    fn replay(&mut self, now: Millis, conversation: &str, id: ConnectionId) {
        let words = match self.webchat.sessions.get(conversation) {
            Some(session) => session.words.clone(),
            None => return,
        };
        for word in words {
            self.send(now, id, frame::word(&word.message_id, &word.content));
        }
    }

    /// What a guest of `webchat` says on an open connection.
    pub(in crate::service) fn receive_webchat(&mut self, now: Millis, id: ConnectionId, text: &str) {
        let Some(connection) = self.connections.open_mut(id) else {
            return;
        };
        match frame::read(text) {
            FromGuest::Message(message) => self.receive_message(now, id, &message),
            FromGuest::Heartbeat(heartbeat) => {
                connection.heartbeats += 1;
                connection.irregular_heartbeats += u64::from(heartbeat.irregular.is_some());
                if self.config.webchat.heartbeat_ack {
                    self.send(now, id, heartbeat.answer(now));
                }
            }
            // As the contract has it for the other direction: ignored and counted.
            FromGuest::Unknown => connection.malformed += 1,
            FromGuest::Malformed { message_id, why } => {
                connection.malformed += 1;
                self.send(now, id, frame::error(400, why, message_id.as_deref(), None));
            }
        }
    }

    fn receive_message(&mut self, now: Millis, id: ConnectionId, message: &GuestMessage) {
        let dedupe = self.config.webchat.dedupe;
        let Some(connection) = self.connections.open_mut(id) else {
            return;
        };
        let conversation = connection.conversation.clone();
        let known = |id: &str| self.ledger.knows(dedupe.key(&conversation, id));
        if let Some(Peer { blocked }) = connection.webchat() {
            blocked.take_if(|blocked| blocked.forget_known(known));
            if let Some(blocked) = blocked
                && !blocked.awaits(&message.id)
                && !known(&message.id)
            {
                blocked.refuse_behind(&message.id);
                let (code, retry_at) = (blocked.code, blocked.retry_at);
                return self.refuse_behind(now, id, message, code, retry_at);
            }
        }
        let taking = self.take(now, &conversation, message, Via::WebSocket);
        if let Taking::Refused(refused) = taking {
            return self.refuse(now, id, message, &refused);
        }
        self.returned(id, &message.id);
        self.acknowledge(now, id, &conversation, &message.id);
        if taking == Taking::Taken {
            self.message_taken(now, &conversation);
        }
    }

    /// A message came back and its fate is known: this connection waits for it no longer.
    fn returned(&mut self, id: ConnectionId, message_id: &str) {
        if let Some(peer) = self.connections.get_mut(id).and_then(Connection::webchat) {
            peer.blocked.take_if(|blocked| blocked.awaits(message_id));
        }
    }

    fn refuse_behind(
        &mut self,
        now: Millis,
        id: ConnectionId,
        message: &GuestMessage,
        code: u16,
        retry_at: Option<Millis>,
    ) {
        let retry = retry_at.map(|at| whole_seconds(at.saturating_sub(now)));
        let why = "an earlier message was refused and has not returned";
        self.send(now, id, frame::error(code, why, Some(&message.id), retry));
    }

    fn refuse(&mut self, now: Millis, id: ConnectionId, message: &GuestMessage, refused: &Refused) {
        let retry = refused.retry_after.map(|retry| retry.seconds);
        let said = refused.retry_after.filter(|retry| retry.in_body).map(|retry| retry.seconds);
        self.send(now, id, frame::error(refused.code, refused.message, Some(&message.id), said));
        if !refused.is_retryable() {
            return self.returned(id, &message.id);
        }
        let keeps_order = self.config.webchat.order_under_refusal;
        let open = self.connections.open_mut(id).filter(|_| keeps_order);
        let Some(peer) = open.and_then(Connection::webchat) else {
            return;
        };
        let retry_at = retry.map(|seconds| now + u64::from(seconds) * 1000);
        match &mut peer.blocked {
            Some(blocked) if blocked.awaits(&message.id) => blocked.refused_again(refused.code, retry_at),
            // A copy of a message that is known was refused: what is awaited stays so.
            Some(_) => {}
            None => peer.blocked = Some(Blocked::new(&self.budget, message.id.clone(), refused.code, retry_at)),
        }
    }

    fn acknowledge(&mut self, now: Millis, id: ConnectionId, conversation: &str, message_id: &str) {
        if self.faults.lose_ack(now, conversation, Via::WebSocket) {
            return;
        }
        self.send(now, id, frame::acknowledgement(message_id));
        if self.faults.duplicate_ack(now, conversation) {
            self.send(now, id, frame::acknowledgement(message_id));
        }
    }
}
