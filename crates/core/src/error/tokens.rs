//! Why there is no token.

use super::{Report, with_number};
use std::borrow::Cow;

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoToken {
    /// The service knows no such client, or the secret is wrong.
    InvalidClient,
    /// The client may not ask in this way.
    UnauthorizedClient,
    /// The client may have no token.
    Forbidden,
    /// The service refused the request for another reason, with this status.
    Refused(u16),
    /// The service asks to wait for more than an hour.
    RateLimited,
    /// Too many wait already.
    TooManyAsks,
}

impl NoToken {
    /// Those after which there will never be one. Of a refusal that another has told of, the status is not known.
    pub const FINAL: [Self; 4] = [Self::InvalidClient, Self::UnauthorizedClient, Self::Forbidden, Self::Refused(0)];

    /// A stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::InvalidClient => "invalid_client",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::Forbidden => "forbidden",
            Self::Refused(_) => "refused",
            Self::RateLimited => "rate_limited",
            Self::TooManyAsks => "too_many_asks",
        }
    }

    /// The form in which it leaves.
    #[must_use]
    pub fn report(self) -> Report {
        let (message, remedy, retryable): (Cow<'static, str>, _, _) = match self {
            Self::InvalidClient => (
                "the service refused the client's id or its secret".into(),
                "check clientId and clientSecret, and that the region is theirs; a service that wants them in the form needs in: \"body\"",
                false,
            ),
            Self::UnauthorizedClient => (
                "the client may not have tokens by its own credentials".into(),
                "use an OAuth client whose grant type is Client Credentials",
                false,
            ),
            Self::Forbidden => {
                ("the client may have no token".into(), "check that the OAuth client is active, and its roles", false)
            }
            Self::Refused(0) => ("the service refused to make a token".into(), "check region or tokenUrl", false),
            Self::Refused(status) => (
                with_number("the service refused to make a token, with status ", status),
                "check region or tokenUrl",
                false,
            ),
            Self::RateLimited => ("the service asks to wait for more than an hour".into(), "ask again later", true),
            Self::TooManyAsks => (
                "too many wait for a token already".into(),
                "ask again when some of them have it, or abort those that nobody needs",
                true,
            ),
        };
        let blame = if self == Self::TooManyAsks { "caller" } else { "service" };
        Report { code: self.code(), message, remedy: remedy.into(), retryable, blame, option: None }
    }
}
