//! What faults that happen at a moment do, and when their moment has come.

use super::connection::{Connection, State};
use super::faults::{Act, After};
use super::limits::MAX_CONNECTION_ACTS;
use super::{ConnectionId, Cut, Frame, Millis, Output, Service, Wake};

impl Service {
    /// Acts that are due and have somebody to happen to.
    pub(super) fn run_acts(&mut self, now: Millis) {
        loop {
            let connections = &self.connections;
            let somebody = |conversation: Option<&str>| !connections.open_ids(conversation).is_empty();
            let Some((act, conversation)) = self.faults.next_act(now, somebody) else {
                return;
            };
            match act {
                Act::ExpireSession => self.expire(now, conversation.as_deref()),
                Act::Restart { ms } => self.restart(now, ms),
                Act::EvictChannel => self.evict_channels(now, conversation.as_deref()),
                Act::RevokeToken => self.revoke_tokens(now, conversation.as_deref()),
                act => {
                    for connection in self.connections.open_ids(conversation.as_deref()) {
                        self.happen_to(now, connection, &act);
                    }
                }
            }
        }
    }

    pub(super) fn happen_to(&mut self, now: Millis, connection: ConnectionId, act: &Act) {
        match act {
            Act::Close { code, reason } => self.close(now, connection, *code, reason),
            Act::Reset => self.cut(connection, Cut::Reset),
            Act::Silence { ms } => self.silence(now, connection, *ms),
            Act::RawFrame { text, binary } => {
                let text = text.to_string();
                let frame = if *binary { Frame::Binary(text.into_bytes()) } else { Frame::Text(text) };
                self.send_as_is(now, connection, frame);
            }
            Act::SocketClosing => self.announce_closing(now, connection),
            Act::AuthError { code, message } => self.refuse_inside(now, connection, *code, message),
            // These happen to sessions, channels and the whole service, not to a connection; the
            // parser gives them no `on`, and `run_acts` has handled them.
            Act::ExpireSession | Act::Restart { .. } | Act::EvictChannel | Act::RevokeToken => {}
        }
    }

    /// The connection goes half-open, and is reset later.
    pub(super) fn silence(&mut self, now: Millis, connection: ConnectionId, ms: Millis) {
        if let Some(silenced) = self.connections.get_mut(connection) {
            silenced.state = State::Silent;
            self.outputs.push_back(Output::Silence { connection });
            self.timers.at(now + ms, Wake::EndSilence(connection));
        }
    }

    fn expire(&mut self, now: Millis, conversation: Option<&str>) {
        self.expire_webchat(now, conversation);
        self.expire_web_messaging(now, conversation);
        self.expire_streams(now, conversation);
    }

    fn restart(&mut self, now: Millis, ms: Millis) {
        for connection in self.connections.ids() {
            self.forget(connection);
        }
        self.down_until = now + ms;
        self.outputs.push_back(Output::Restart { ms });
    }

    /// Acts that happen to a connection because it opened.
    pub(super) fn expect_acts(&mut self, now: Millis, id: ConnectionId, acts: Vec<(Act, Option<After>)>) {
        for (act, after) in acts {
            match after {
                None => self.happen_to(now, id, &act),
                Some(After::Ms(ms)) => {
                    self.timers.at(now + ms, Wake::Act(id, act));
                }
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

    /// To be called once the answer to a newly taken message is on its way.
    pub(super) fn message_taken(&mut self, now: Millis, conversation: &str) {
        self.faults.count_message(now, conversation);
        for id in self.connections.open_ids(Some(conversation)) {
            let acts = self.connections.open_mut(id).map(Connection::count_message);
            for act in acts.unwrap_or_default() {
                self.happen_to(now, id, &act);
            }
        }
        self.run_acts(now);
    }
}
