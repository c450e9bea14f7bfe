//! What ends by itself: sessions without messages, silent connections, old ones.

use super::{Wake, frame};
use crate::service::{ConnectionId, Millis, Service, Wake as ServiceWake};

impl Service {
    pub(in crate::service) fn wake_web_messaging(&mut self, now: Millis, wake: Wake) {
        match wake {
            Wake::Take(pending) => self.take_message(now, *pending),
            Wake::Send(id, message, held) => {
                drop(held);
                self.send(now, id, message);
            }
            Wake::JudgeUpload { conversation, attachment } => self.judge_upload(now, &conversation, &attachment),
            Wake::Idle(id) => self.close_if_idle(now, id),
            Wake::TooOld(id) => {
                self.close(now, id, self.config.web_messaging.idle_close_code, "the connection is too old");
            }
            Wake::Expiry(conversation) => self.expire_in_time(now, conversation),
        }
    }

    fn close_if_idle(&mut self, now: Millis, id: ConnectionId) {
        let Some(idle) = self.config.web_messaging.idle_timeout else {
            return;
        };
        let Some(heard_at) = self.connections.get(id).map(|connection| connection.active_at) else {
            return;
        };
        if now >= heard_at + idle {
            self.close(now, id, self.config.web_messaging.idle_close_code, "the connection is idle");
        } else {
            self.expect_idle(id, heard_at + idle);
        }
    }

    /// A connection may have been silent for too long then.
    pub(super) fn expect_idle(&mut self, id: ConnectionId, at: Millis) {
        let key = self.timers.at(at, ServiceWake::WebMessaging(Wake::Idle(id)));
        if let Some(connection) = self.connections.get_mut(id) {
            connection.idle = Some(key);
        }
    }

    fn expire_in_time(&mut self, now: Millis, conversation: String) {
        let Some(session) = self.web_messaging.sessions.get(&conversation).filter(|session| !session.over) else {
            return;
        };
        if session.is_alive(now) {
            let at = session.expires_at();
            self.timers.at(at, ServiceWake::WebMessaging(Wake::Expiry(conversation)));
        } else {
            self.tell_expired(now, &conversation);
        }
    }

    /// By command: these sessions are over, and whoever is in them is told.
    pub(in crate::service) fn expire_web_messaging(&mut self, now: Millis, conversation: Option<&str>) {
        let expired = match conversation {
            Some(one) => vec![one.to_owned()],
            None => self.web_messaging_conversations(now),
        };
        for conversation in expired {
            if let Some(session) = self.web_messaging.sessions.get_mut(&conversation) {
                session.over = true;
                self.tell_expired(now, &conversation);
            }
        }
    }

    fn tell_expired(&mut self, now: Millis, conversation: &str) {
        let connections = self.web_messaging.sessions.get(conversation).map(|session| session.connections.clone());
        for id in connections.unwrap_or_default() {
            self.send(now, id, frame::session_expired(self.config.web_messaging.other_forms, None));
        }
    }
}
