//! What is doubted where nothing is heard: whether the channel is there, and whether the token is any good.

use super::super::Client;
use crate::config::Credential;
use crate::limits;
use crate::protocol::Request;

impl Client {
    /// The connection is dead. Where it opened and never said a word, the channel may be gone: it is asked for.
    pub(in crate::client) fn doubt_silent_channel(&mut self) {
        if self.is_mute_channel() {
            self.unopened = limits::UNOPENED_BEFORE_PROBE;
        }
    }

    /// Its socket is open, and has not said a word: that proves nothing (notifications.md, A7).
    pub(in crate::client) fn is_mute_channel(&self) -> bool {
        self.liveness.is_silent() && self.channels().is_some()
    }

    /// What asks in plain words why no handshake succeeds; none: nothing does, but a token that is no good may be why.
    pub(in crate::client) fn stream_check(&mut self) -> Option<Request> {
        if let Some(channels) = self.channels() {
            if self.now.monotonic < self.asked_until {
                // The service wants no call of its API; a handshake is none.
                return None;
            }
            let streaming = self.streaming.get()?;
            let held = streaming.channel.as_ref()?;
            return Some(channels.check(&self.fresh_token()?, &held.channel));
        }
        // Only where there is another one to be had.
        let provided = matches!(self.config.credential, Credential::Provider);
        let doubts = provided && self.streaming.get().is_some_and(|streaming| !streaming.doubted);
        if let Some(streaming) = self.stream().filter(|_| doubts) {
            // Once: a service that is down refuses good ones as well.
            streaming.doubted = true;
            streaming.spent |= streaming.token.take().is_some();
        }
        None
    }
}
