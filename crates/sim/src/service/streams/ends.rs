//! What comes to an end, by itself or on command: channels, tokens, sockets that are announced to close.

use serde_json::json;

use super::frame;
use super::report::Over;
use super::{Ended, GoneChannels, Kind, Wake, later};
use crate::service::{ConnectionId, Millis, Service, Wake as ServiceWake};

impl Service {
    pub(in crate::service) fn wake_streams(&mut self, now: Millis, wake: Wake) {
        match wake {
            Wake::Beat(id) => self.beat(now, id),
            Wake::Idle(id) => self.end_if_idle(now, id),
            Wake::Close(id) => {
                self.close(now, id, self.config.streams.close_code, "the socket was announced to close");
            }
            Wake::ChannelEnds(id) => self.end_channel_in_time(now, id),
            Wake::TokenEnds(token) => self.end_channels_of(now, &token, Ended::TokenExpired),
            Wake::Say(id, said, held) => {
                drop(held);
                self.send(now, id, *said);
            }
            Wake::Generate => self.generate(now),
            Wake::Emit(emission, weight) => {
                self.go_on_emitting(now, *emission, weight);
            }
        }
    }

    /// Forgets the channels without a socket, the tokens that nothing is left of, and what happened.
    pub(in crate::service) fn forget_unconnected_streams(&mut self, now: Millis) {
        self.streams.channels.forget_unconnected();
        self.streams.over.clear();
        self.streams.emitted.clear();
        let of_channels = self.streams.channels.iter().map(|(_, channel)| channel.token.clone());
        let of_sockets = self.connections.iter().filter_map(|(_, connection)| match &connection.stream_peer()?.kind {
            Kind::Events { token, .. } => token.clone(),
            Kind::Channel { .. } => None,
        });
        let used = of_channels.chain(of_sockets).collect();
        self.streams.tokens.forget_unused(now, &used);
    }

    fn beat(&mut self, now: Millis, id: ConnectionId) {
        let (Some(every), Some(connection)) = (self.config.streams.heartbeat, self.connections.get(id)) else {
            return;
        };
        let (speaks, channel) = (connection.is_live_channel(), connection.conversation.clone());
        if speaks && !self.faults.lose_heartbeat(now, &channel, false) {
            self.send(now, id, frame::metadata("WebSocket Heartbeat"));
        }
        self.timers.at(later(now, every), ServiceWake::Streams(Wake::Beat(id)));
    }

    /// The service is about to restart the machine that this socket is on: it says so, and closes the socket later.
    pub(in crate::service) fn announce_closing(&mut self, now: Millis, id: ConnectionId) {
        if self.connections.get(id).is_none_or(|connection| !connection.is_live_channel()) {
            return;
        }
        let body = json!({ "message": "This socket is going to be closed. Please connect anew." });
        self.send(now, id, frame::system("v2.system.socket_closing", body));
        let notice = self.config.streams.closing_notice;
        self.timers.at(later(now, notice), ServiceWake::Streams(Wake::Close(id)));
    }

    fn end_channel_in_time(&mut self, now: Millis, id: String) {
        let Some(expires_at) = self.streams.channels.get(&id).map(|channel| channel.expires_at) else {
            return;
        };
        if now >= expires_at {
            self.end_channel(now, &id, Ended::Expired);
        } else {
            // Its topics were set anew meanwhile.
            self.timers.at(expires_at, ServiceWake::Streams(Wake::ChannelEnds(id)));
        }
    }

    pub(super) fn expect_token_end(&mut self, at: Millis, token: &str) {
        self.timers.at(at, ServiceWake::Streams(Wake::TokenEnds(token.to_owned())));
    }

    /// A channel is gone, and whoever listens may be told why.
    pub(super) fn end_channel(&mut self, now: Millis, id: &str, why: Ended) {
        let told = self.streams.channels.get(id).and_then(|channel| channel.connection);
        if let Some(connection) = told {
            let body = |kind: &str, reason: &str| json!({ "channelId": id, "systemTopicType": kind, "reason": reason });
            let said = match why {
                Ended::Evicted => {
                    let body = body("no_longer_subscribed", "another_channel_subscribed");
                    Some((format!("v2.system.no_longer_subscribed.{id}"), body))
                }
                Ended::TokenRevoked => {
                    Some((format!("v2.system.token_revoked.{id}"), body("token_revoked", "user_tokens_revoked")))
                }
                Ended::Expired | Ended::TokenExpired => None,
            };
            if let Some((topic, body)) = said {
                self.send(now, connection, frame::system(&topic, body));
            }
        }
        if self.streams.channels.remove(id).is_none() {
            return;
        }
        self.streams.over.push(Over { at: now, channel: id.to_owned(), why: why.name() });
        let Some(connection) = told else {
            return;
        };
        match self.config.streams.gone {
            GoneChannels::Refused(_) => {
                self.close(now, connection, self.config.streams.close_code, "the channel is gone");
            }
            GoneChannels::Mute => {
                if let Some(peer) = self.connections.get_mut(connection).and_then(|connection| connection.stream()) {
                    peer.kind = Kind::Channel { mute: true };
                }
            }
        }
    }

    fn end_channels_of(&mut self, now: Millis, token: &str, why: Ended) {
        if !self.config.streams.channels_die_with_token {
            return;
        }
        for id in self.streams.channels.of(|channel| channel.token == token) {
            self.end_channel(now, &id, why);
        }
    }

    /// A token counts no more: what it made goes, where that is so, and its plain sockets are told.
    pub(super) fn revoke_token(&mut self, now: Millis, token: &str) {
        self.stop_token(now, token, Ended::TokenRevoked, "the access token was revoked");
    }

    fn stop_token(&mut self, now: Millis, token: &str, why: Ended, message: &str) {
        if !self.streams.tokens.revoke(now, token) {
            return;
        }
        if why == Ended::TokenRevoked && !self.config.streams.channels_die_with_token {
            self.tell_revoked(now, token);
        }
        self.end_channels_of(now, token, why);
        let with_it = self.connections.iter().filter(|(_, connection)| {
            let kind = connection.stream_peer().map(|peer| &peer.kind);
            matches!(kind, Some(Kind::Events { token: Some(own), .. }) if own == token)
        });
        let with_it: Vec<ConnectionId> = with_it.map(|(id, _)| id).collect();
        for id in with_it {
            self.refuse_inside(now, id, 401, message);
        }
    }

    /// Channels that outlive their token hear of its end all the same.
    fn tell_revoked(&mut self, now: Millis, token: &str) {
        for id in self.streams.channels.of(|channel| channel.token == token) {
            if let Some(connection) = self.streams.channels.get(&id).and_then(|channel| channel.connection) {
                let body = json!({
                    "channelId": id, "systemTopicType": "token_revoked", "reason": "user_tokens_revoked",
                });
                self.send(now, connection, frame::system(&format!("v2.system.token_revoked.{id}"), body));
            }
        }
    }

    /// By command: the tokens of a channel or of an application count no more, or all.
    pub(in crate::service) fn expire_streams(&mut self, now: Millis, conversation: Option<&str>) {
        for token in self.tokens_meant(now, conversation) {
            self.stop_token(now, &token, Ended::TokenExpired, "the access token has expired");
        }
    }

    /// The same, and it is said.
    pub(in crate::service) fn revoke_tokens(&mut self, now: Millis, conversation: Option<&str>) {
        for token in self.tokens_meant(now, conversation) {
            self.revoke_token(now, &token);
        }
    }

    fn tokens_meant(&self, now: Millis, conversation: Option<&str>) -> Vec<String> {
        match conversation.map(|id| (id, self.streams.channels.get(id))) {
            None => self.streams.tokens.alive(now, None),
            Some((_, Some(channel))) => vec![channel.token.clone()],
            Some((client, None)) => self.streams.tokens.alive(now, Some(client)),
        }
    }

    /// By command: a channel makes room for another, or all of an application do, or simply all.
    pub(in crate::service) fn evict_channels(&mut self, now: Millis, conversation: Option<&str>) {
        let meant: Vec<String> = self
            .streams
            .channels
            .iter()
            .filter(|(id, channel)| conversation.is_none_or(|named| named == *id || named == channel.client))
            .map(|(id, _)| id.to_owned())
            .collect();
        for id in meant {
            self.end_channel(now, &id, Ended::Evicted);
        }
    }
}

impl Ended {
    fn name(self) -> &'static str {
        match self {
            Self::Evicted => "evicted",
            Self::Expired => "expired",
            Self::TokenExpired => "token_expired",
            Self::TokenRevoked => "token_revoked",
        }
    }
}
