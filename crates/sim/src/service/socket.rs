//! The socket: who is let in, what its frames mean, and what is answered.

use super::connection::{Blocked, Connection};
use super::faults::{After, RetryAfter};
use super::frame::{self, FromGuest, GuestMessage};
use super::history::Attempt;
use super::ledger::Via;
use super::limits::MAX_CONNECTION_ACTS;
use super::rest::RestAnswer;
use super::session::Denied;
use super::taking::{Refused, Taking, whole_seconds};
use super::{ConnectionId, Millis, Service, SocketAuth, Wake};

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

/// A frame from a guest.
#[derive(Clone, Copy)]
pub enum Incoming<'a> {
    /// A text frame.
    Text(&'a str),
    /// A binary frame, which the contract does not know.
    Binary,
    /// A frame over the limit, of which no more than that is known.
    TooLarge,
}

impl Service {
    /// A guest opens a socket. Where it is refused, the handshake is answered with what comes back.
    pub fn open_socket(
        &mut self,
        now: Millis,
        conversation: &str,
        credential: SocketCredential<'_>,
    ) -> Result<ConnectionId, RestAnswer> {
        let admitted = self.admit(now, conversation, credential);
        self.attempts.push(Attempt {
            at: now,
            conversation: conversation.chars().take(64).collect(),
            status: admitted.as_ref().err().map_or(101, |refusal| refusal.status),
        });
        admitted?;
        let id = self.connections.open(Connection::new(conversation.to_owned(), now));
        if let Some(session) = self.sessions.get_mut(conversation) {
            session.connections.push(id);
        }
        self.replay(now, conversation, id);
        self.expect_acts(now, conversation, id);
        self.run_acts(now);
        Ok(id)
    }

    fn admit(&mut self, now: Millis, conversation: &str, credential: SocketCredential<'_>) -> Result<(), RestAnswer> {
        if let Some(refusal) = self.faults.refuse_socket(now, conversation) {
            return Err(RestAnswer::fault(refusal, None));
        }
        let token = self.socket_token(credential)?;
        let checked = match token {
            None if self.config.socket_auth == SocketAuth::None => match self.sessions.get(conversation) {
                Some(session) if session.is_alive(now) => Ok(()),
                Some(_) => Err(Denied::Expired),
                None => Err(Denied::UnknownSession),
            },
            token => self.sessions.check(now, conversation, token).map(|_| ()),
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
        match (credential, self.config.socket_auth) {
            (SocketCredential::Absent, _) => Ok(None),
            (SocketCredential::Query(_), SocketAuth::Subprotocol)
            | (SocketCredential::Subprotocol(_), SocketAuth::Query) => Err(elsewhere()),
            (SocketCredential::Query(token) | SocketCredential::Subprotocol(token), _) => Ok(Some(token)),
        }
    }

    /// What the agent said before, since the guest may have been away.
    fn replay(&mut self, now: Millis, conversation: &str, id: ConnectionId) {
        let words = match self.sessions.get(conversation) {
            Some(session) => session.words.clone(),
            None => return,
        };
        for word in words {
            self.send(now, id, frame::word(&word.message_id, &word.content));
        }
    }

    fn expect_acts(&mut self, now: Millis, conversation: &str, id: ConnectionId) {
        for (act, after) in self.faults.acts_on_open(now, conversation) {
            match after {
                None => self.happen_to(now, id, &act),
                Some(After::Ms(ms)) => self.timers.at(now + ms, Wake::Act(id, act)),
                Some(After::Messages(count)) => {
                    if let Some(connection) = self.connections.open_mut(id)
                        && connection.acts.len() < MAX_CONNECTION_ACTS
                    {
                        connection.acts.push((act, count));
                    }
                }
            }
        }
    }

    /// The socket is gone, by whosever doing.
    pub fn socket_gone(&mut self, connection: ConnectionId) {
        self.forget(connection);
    }

    /// A frame came. On a connection that is half-open or closing it is not processed.
    pub fn receive(&mut self, now: Millis, id: ConnectionId, incoming: Incoming<'_>) {
        let max_frame = self.config.max_frame;
        let Some(connection) = self.connections.open_mut(id) else {
            return;
        };
        connection.received += 1;
        let text = match incoming {
            Incoming::Text(text) if text.len() <= max_frame => text,
            Incoming::Text(_) | Incoming::TooLarge => {
                connection.malformed += 1;
                return self.close(now, id, 1009, "the frame is too large");
            }
            Incoming::Binary => {
                connection.malformed += 1;
                return self.close(now, id, 1003, "text frames only");
            }
        };
        match frame::read(text) {
            FromGuest::Message(message) => self.receive_message(now, id, &message),
            FromGuest::Heartbeat { timestamp, connection_id, irregular } => {
                connection.heartbeats += 1;
                connection.irregular_heartbeats += u64::from(irregular.is_some());
                if self.config.heartbeat_ack {
                    self.send(now, id, frame::heartbeat_ack(timestamp, connection_id, now));
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
        let Some(connection) = self.connections.open_mut(id) else {
            return;
        };
        let conversation = connection.conversation.clone();
        let known = |id: &str| self.ledger.knows(&conversation, id);
        connection.blocked.take_if(|blocked| blocked.forget_known(known));
        if let Some(blocked) = &mut connection.blocked
            && !blocked.awaits(&message.id)
            && !known(&message.id)
        {
            blocked.refuse_behind(&message.id);
            let (code, retry_at) = (blocked.code, blocked.retry_at);
            return self.refuse_behind(now, id, message, code, retry_at);
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
        if let Some(connection) = self.connections.get_mut(id) {
            connection.blocked.take_if(|blocked| blocked.awaits(message_id));
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
        let keeps_order = self.config.order_under_refusal;
        let Some(connection) = self.connections.open_mut(id).filter(|_| keeps_order) else {
            return;
        };
        let retry_at = retry.map(|seconds| now + u64::from(seconds) * 1000);
        match &mut connection.blocked {
            Some(blocked) if blocked.awaits(&message.id) => blocked.refused_again(refused.code, retry_at),
            // A copy of a message that is known was refused: what is awaited stays so.
            Some(_) => {}
            None => connection.blocked = Some(Blocked::new(message.id.clone(), refused.code, retry_at)),
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
