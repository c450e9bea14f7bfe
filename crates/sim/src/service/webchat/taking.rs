//! How a message is taken, or not, whichever way it came: the one place where the ledger grows.

use super::frame::GuestMessage;
use crate::service::ledger::{Entry, Full, Via};
use crate::service::limits::{NO_ROOM, NO_ROOM_RETRY};
use crate::service::rate::{Bucket, Pace, whole_seconds};
use crate::service::{Millis, RetryAfter, Service};

/// What became of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taking {
    Taken,
    /// It was taken before; this copy changes nothing.
    Known,
    Refused(Refused),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) code: u16,
    pub(super) message: &'static str,
    pub(super) retry_after: Option<RetryAfter>,
}

impl Refused {
    fn new(code: u16, message: &'static str) -> Self {
        Self { code, message, retry_after: None }
    }

    /// Whether the guest is meant to come back with the same message: later, or with another session. Nothing
    /// overtakes it meanwhile.
    pub(super) fn is_retryable(&self) -> bool {
        matches!(self.code, 401 | 404 | 408 | 410 | 425 | 429 | 500..=599) || self.retry_after.is_some()
    }
}

impl Service {
    /// The conversation exists: the caller has checked the token.
    pub(super) fn take(&mut self, now: Millis, conversation: &str, message: &GuestMessage, via: Via) -> Taking {
        if let Some(refusal) = self.faults.refuse_message(now, conversation) {
            return Taking::Refused(Refused {
                code: refusal.status,
                message: "refused by a fault",
                retry_after: refusal.retry_after,
            });
        }
        if message.content.is_empty() {
            return Taking::Refused(Refused::new(400, "content is empty"));
        }
        if message.content.len() > self.config.webchat.max_content {
            return Taking::Refused(Refused::new(413, "content is too large"));
        }
        if self.ledger.count_copy(self.config.webchat.dedupe.key(conversation, &message.id)) {
            return Taking::Known;
        }
        if let Err(wait) = self.pace(now, conversation) {
            return Taking::Refused(Refused {
                code: 429,
                message: "too many messages",
                retry_after: Some(RetryAfter::seconds(whole_seconds(wait))),
            });
        }
        let entry = Entry {
            conversation: conversation.to_owned(),
            message_id: message.id.clone(),
            tracing_id: None,
            content: message.content.clone(),
            structured: None,
            custom_attributes: None,
            via,
            at: now,
            copies: 1,
        };
        let stored = self.ledger.store(Some(self.config.webchat.dedupe.key(conversation, &message.id)), entry);
        if let Err(Full) = stored {
            return Taking::Refused(Refused {
                retry_after: Some(RetryAfter::seconds(NO_ROOM_RETRY)),
                ..Refused::new(503, NO_ROOM)
            });
        }
        self.agent_answers(now, conversation, &message.content);
        Taking::Taken
    }

    fn pace(&mut self, now: Millis, conversation: &str) -> Result<(), Millis> {
        let (Some(rate), Some(session)) = (self.config.webchat.rate, self.webchat.sessions.get_mut(conversation))
        else {
            return Ok(());
        };
        let bucket = session.bucket.get_or_insert_with(|| Bucket::full(Pace::per_second(rate), now));
        bucket.take(now)
    }
}
