//! How a message is taken, or not, whichever way it came: the one place where the ledger grows.

use super::connection::Connection;
use super::frame::GuestMessage;
use super::ledger::{Entry, Full, Via};
use super::limits::{ECHO_AFTER, ECHO_QUOTE};
use super::rate::Bucket;
use super::{Millis, RetryAfter, Service, Wake};

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
        if message.content.len() > self.config.max_content {
            return Taking::Refused(Refused::new(413, "content is too large"));
        }
        if self.ledger.count_copy(conversation, &message.id) {
            return Taking::Known;
        }
        if let Err(wait) = self.pace(now, conversation) {
            return Taking::Refused(Refused {
                code: 429,
                message: "too many messages",
                retry_after: Some(RetryAfter::seconds(whole_seconds(wait))),
            });
        }
        let stored = self.ledger.store(Entry {
            conversation: conversation.to_owned(),
            message_id: message.id.clone(),
            content: message.content.clone(),
            via,
            at: now,
            copies: 1,
        });
        if let Err(Full) = stored {
            return Taking::Refused(Refused::new(503, "the ledger is full"));
        }
        self.echo(now, conversation, &message.content);
        Taking::Taken
    }

    fn pace(&mut self, now: Millis, conversation: &str) -> Result<(), Millis> {
        let (Some(rate), Some(session)) = (self.config.rate, self.sessions.get_mut(conversation)) else {
            return Ok(());
        };
        let bucket = session.bucket.get_or_insert_with(|| Bucket::full(rate, now));
        bucket.take(rate, now)
    }

    fn echo(&mut self, now: Millis, conversation: &str, content: &str) {
        if !self.config.echo {
            return;
        }
        let mut quote: String = content.chars().take(ECHO_QUOTE).collect();
        if quote.len() < content.len() {
            quote.push('…');
        }
        self.timers.at(
            now + ECHO_AFTER,
            Wake::Echo {
                conversation: conversation.to_owned(), content: format!("Thank you! You wrote: “{quote}”")
            },
        );
    }

    /// To be called once the answer to a newly taken message is on its way.
    pub(super) fn message_taken(&mut self, now: Millis, conversation: &str) {
        self.faults.count_message(now, conversation);
        let connections = self.sessions.get(conversation).map(|s| s.connections.clone());
        for id in connections.unwrap_or_default() {
            let acts = self.connections.open_mut(id).map(Connection::count_message);
            for act in acts.unwrap_or_default() {
                self.happen_to(now, id, &act);
            }
        }
        self.run_acts(now);
    }
}

/// `Retry-After` counts in whole seconds, and too early is worse than too late.
pub(super) fn whole_seconds(ms: Millis) -> u32 {
    u32::try_from(ms.div_ceil(1000)).unwrap_or(u32::MAX)
}
