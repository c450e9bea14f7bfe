//! What happened, for the reports: bounded, oldest first.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;

use super::Millis;
use super::limits::{MAX_GUEST_EVENT, MAX_HISTORY};

/// One attempt to open a socket.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// When.
    pub at: Millis,
    /// Of which service: `webchat`, `web-messaging` or `streams`.
    pub service: &'static str,
    /// For which conversation, or which channel; a socket of `web-messaging` says that only later.
    pub conversation: String,
    /// 101, or the status of the refusal; 0 where nothing was answered.
    pub status: u16,
}

/// One request over REST.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// When.
    pub at: Millis,
    /// What it asked for: `guests`, `messages`, `probe`, `history` …
    pub what: &'static str,
    /// For which conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    /// For which message, where it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// The status that it was answered with; 0 where the answer was lost.
    pub status: u16,
}

/// Something that a guest of `web-messaging` did or told beside messages, and the service took note of.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GuestEvent {
    /// When.
    pub at: Millis,
    /// In which conversation; none: in the exchange that comes before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    /// An event, as it came: the guest joined, or answered an offer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Value>,
    /// The custom attributes that came with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_attributes: Option<Value>,
    /// The guest's journey, with a greeting or an exchange.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journey_context: Option<Value>,
}

impl GuestEvent {
    /// What is known of it, none of it larger than is kept.
    pub(super) fn new(at: Millis, conversation: Option<&str>) -> Self {
        let conversation = conversation.map(str::to_owned);
        Self { at, conversation, event: None, custom_attributes: None, journey_context: None }
    }
}

/// A value that is kept, unless it is too large for that.
pub(super) fn kept(value: &Value) -> Option<Value> {
    (!value.is_null() && value.to_string().len() <= MAX_GUEST_EVENT).then(|| value.clone())
}

pub(super) struct History<T>(VecDeque<T>);

impl<T> Default for History<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> History<T> {
    pub(super) fn push(&mut self, event: T) {
        if self.0.len() >= MAX_HISTORY {
            self.0.pop_front();
        }
        self.0.push_back(event);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }
}
