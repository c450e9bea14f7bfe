//! What the agent says in `webchat`.

use super::frame;
use super::session::Word;
use crate::service::budget::Reservation;
use crate::service::{Millis, Service};

impl Service {
    /// The conversations of `webchat` that live, oldest first.
    pub(in crate::service) fn webchat_conversations(&self, now: Millis) -> Vec<String> {
        self.webchat.sessions.alive(now)
    }

    pub(in crate::service) fn is_webchat(&self, conversation: &str) -> bool {
        self.webchat.sessions.get(conversation).is_some()
    }

    pub(in crate::service) fn say_in_webchat(
        &mut self,
        now: Millis,
        conversation: &str,
        message_id: String,
        content: String,
        weight: Reservation,
    ) {
        let Some(session) = self.webchat.sessions.get_mut(conversation) else {
            return;
        };
        let word = frame::word(&message_id, &content);
        session.remember(Word { message_id, content, _weight: weight }, self.config.webchat.replay);
        for connection in session.connections.clone() {
            self.send(now, connection, word.clone());
        }
    }

    /// The tokens of a conversation, or of all, are refused everywhere, and what is open closes.
    pub(in crate::service) fn expire_webchat(&mut self, now: Millis, conversation: Option<&str>) {
        self.webchat.sessions.revoke(conversation);
        for connection in self.connections.open_ids(conversation) {
            if self.connections.get_mut(connection).is_some_and(|connection| connection.webchat().is_some()) {
                self.close(now, connection, 4401, "the guest token has expired");
            }
        }
    }
}
