//! What can go wrong with a stream.

use super::Report;
use super::topics::TopicError;

/// Why topics were not taken. None of them was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CannotSubscribe {
    /// There is something wrong with them.
    Topics(TopicError),
    /// Too many calls wait for their answers.
    TooMany,
    /// This client has no stream.
    Unsupported,
}

impl CannotSubscribe {
    /// The form in which it leaves.
    #[must_use]
    pub fn report(self) -> Report {
        let (code, message, remedy, retryable) = match self {
            Self::Topics(error) => return error.report(),
            Self::TooMany => {
                ("too_many_questions", "too many calls wait for their answers", "await some of them first", true)
            }
            Self::Unsupported => ("unsupported", "this client has no stream", "use a StreamClient", false),
        };
        Report { code, message: message.into(), remedy: remedy.into(), retryable, blame: "caller", option: None }
    }
}

/// What took a stream's channel or token away, though the client goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// The channel is not there any more.
    Gone,
    /// Another process's channel took its place.
    Evicted,
    /// The token was revoked.
    TokenRevoked,
}

impl Replaced {
    /// Its code, what happened, and what to do.
    #[must_use]
    pub(super) fn texts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Gone => (
                "channel_replaced",
                "the notification channel was gone before its time, and is made anew",
                "nothing; if it recurs, see that no more than 20 channels of this application and user are in use",
            ),
            Self::Evicted => (
                "evicted",
                "another channel of this application and user has taken the place of this one",
                "use fewer channels: 20 at a time, one for each process or page",
            ),
            Self::TokenRevoked => {
                ("token_revoked", "the token was revoked", "nothing; the provider is asked for another")
            }
        }
    }
}
