//! The `streams` dialect: the notification channels of Genesys Cloud (protocols/notifications.md) and plain event sockets
//! (protocols/streaming.md).

mod channels;
mod envelope;
mod plain;

pub(crate) use channels::wait_in_words;
pub(crate) use envelope::{BEAT, PONG, is_system};

use super::streaming::{Change, Channels, Streaming};
use super::{Address, Answer, Beat, Dialect, Members, Ready, Received, Request, heartbeat};
use crate::close::Close;
use crate::config::{Config, Host, Stream};
use crate::gather::gather;
use crate::limits;
use crate::secret::Secret;
use crate::text;
use crate::topics::Telling;
use crate::value::{self, Value};
pub(super) use channels::instant;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::borrow::Cow;

/// Everything but RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// See the module.
#[derive(Debug)]
pub struct Streams {
    host: Host,
    stream: Stream,
    close_codes: Vec<(u16, Close)>,
}

impl Streams {
    /// The dialect for one client's options.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            host: config.host.clone(),
            stream: config.stream.get().cloned().unwrap_or_default(),
            close_codes: config.close_codes.clone(),
        }
    }

    /// The API of the region.
    fn request(&self, method: &'static str, token: &Secret, path: &str, body: Option<String>) -> Request {
        let mut headers = vec![("Authorization", bearer(token))];
        if body.is_some() {
            headers.push(("Content-Type", Secret::new("application/json".to_owned())));
        }
        Request { method, url: Secret::new(self.host.named("api.").http(path)), headers, body }
    }
}

impl Dialect for Streams {
    fn ready(&self) -> Ready {
        Ready::After(2_000) // streaming.md, "Subscriptions": sent is enough where nothing is confirmed
    }

    fn streaming(&self) -> Option<&dyn Streaming> {
        Some(self)
    }

    fn read(&self, frame: &Value) -> Result<Received, &'static str> {
        if !matches!(frame, Value::Map(_)) {
            return Err("not_an_object");
        }
        if self.stream.has_channels() { envelope::read(frame) } else { plain::read(frame, &self.stream.confirmed) }
    }

    fn answer(&self, status: u16, _names_message: bool, retry_after: bool) -> Answer {
        match status {
            200..=299 => Answer::Acknowledged,
            401 => Answer::SessionRefused,
            403 => Answer::Forbidden,
            404 | 410 => Answer::SessionGone,
            408 | 425 | 429 | 500..=599 => Answer::Paused { certain: true },
            _ if retry_after => Answer::Paused { certain: true },
            400..=499 => Answer::Rejected,
            _ => Answer::Failed,
        }
    }

    fn retry_after(&self, body: &Value) -> Option<u64> {
        if self.stream.has_channels() { channels::retry_after(body) } else { plain::retry_after(body) }
    }

    fn words(&self) -> &'static [&'static str] {
        &["socket_closing", "token_revoked", "no_longer_subscribed", "user_tokens_revoked"]
    }

    fn members(&self) -> Members {
        if self.stream.has_channels() { envelope::MEMBERS } else { plain::MEMBERS }
    }

    fn close(&self, code: u16) -> Close {
        if let Some(&(_, close)) = self.close_codes.iter().find(|(overridden, _)| *overridden == code) {
            return close;
        }
        // A channel's mean nothing (notifications.md, A4): REST is asked.
        if self.stream.has_channels() {
            return Close::Reconnect;
        }
        // As those of `webchat`, but that there is no session to be lost, and that a service which has said all that it
        // had to say for now (1000) is listened to again: only the application knows when it has heard enough.
        match code {
            1002 | 1003 | 1007 | 1009 | 1010 | 3003 | 4003 | 4403 => Close::Stop,
            1013 | 4008 | 4029 | 4429 => Close::ReconnectSlowly,
            1008 | 3000 | 4001 | 4401 => Close::Renew,
            _ => Close::Reconnect,
        }
    }
}

impl Streaming for Streams {
    fn channels(&self) -> Option<&dyn Channels> {
        if self.stream.has_channels() { Some(self) } else { None }
    }

    fn socket(&self, token: Option<&Secret>) -> Address {
        let path = self.stream.path.as_ref().map_or("", Secret::expose);
        let mut url = self.host.socket(path);
        let authorization = token.filter(|_| self.stream.token_in_header).map(bearer);
        if let Some(token) = token.filter(|_| !self.stream.token_in_header) {
            url.push_str(if text::split_once(path, b'?').is_some() { "&access_token=" } else { "?access_token=" });
            url.extend(utf8_percent_encode(token.expose(), ENCODED));
        }
        Address { url: Secret::new(url), protocols: Vec::new(), origin: None, authorization }
    }

    fn heartbeat(&self, beat: &Beat) -> Option<String> {
        if self.stream.has_channels() {
            Some(envelope::PING.to_owned())
        } else {
            heartbeat::frame(beat, self.stream.heartbeat_bytes)
        }
    }

    fn telling(&self) -> Telling {
        self.stream.telling()
    }

    fn subscription(&self, change: &Change) -> Vec<String> {
        plain::subscription(self.stream.style, change)
    }

    fn confirms(&self) -> bool {
        !self.stream.confirmed.is_empty()
    }

    fn confirmation(&self) -> Value {
        if self.stream.has_channels() {
            return envelope::confirmation();
        }
        let member = |(name, text): &(String, String)| (name.clone(), Value::Text(text.clone()));
        Value::Map(gather(self.stream.confirmed.iter().map(member)))
    }
}

fn bearer(token: &Secret) -> Secret {
    let mut value = String::from("Bearer ");
    value.push_str(token.expose());
    Secret::new(value)
}

/// By which the same event is known elsewhere. Its name is written in both ways (notifications.md, A4).
fn correlation(value: Option<&Value>) -> Option<String> {
    let value = value?;
    value::id(value.get("CorrelationId").or_else(|| value.get("correlationId"))).ok().map(Cow::into_owned)
}

/// What an event is called. It is told, and need not be exact.
fn topic(value: Option<&Value>) -> Option<Cow<'_, str>> {
    value::id(value).ok().or_else(|| identifier(value).map(Cow::Borrowed))
}

/// A text of the service's, if it can be a name.
fn identifier(value: Option<&Value>) -> Option<&str> {
    value?.text().filter(|text| (1..=limits::IDENTIFIER_BYTES).contains(&text.len()))
}

#[cfg(test)]
mod tests;
