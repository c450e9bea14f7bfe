//! What can go wrong with a conversation that the service can end, empty or take away.

use super::Report;

/// Why the guest has no place in the conversation any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Departure {
    /// The service gave this connection's place to another one of the same guest.
    Evicted,
    /// The conversation, which had ended, was left elsewhere, as is done to begin another one.
    Superseded,
    /// The guest was signed out.
    LoggedOut,
    /// The guest signed in on another device, and what was said there as a stranger belongs to them now.
    SignedIn,
    /// The conversation was cleared away, here or elsewhere.
    Cleared,
    /// The conversation of this token is that of a guest who has signed in.
    Downgraded,
}

impl Departure {
    /// A stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Evicted => "evicted",
            Self::Superseded => "superseded",
            Self::LoggedOut => "logged_out",
            Self::SignedIn => "signed_in",
            Self::Cleared => "cleared",
            Self::Downgraded => "downgraded",
        }
    }

    /// Whether the token is of no use any more.
    #[must_use]
    pub fn spends_token(self) -> bool {
        matches!(self, Self::LoggedOut | Self::SignedIn | Self::Downgraded)
    }

    pub(super) fn report(self) -> Report {
        let (message, remedy, retryable) = match self {
            Self::Evicted => (
                "another tab or device of this guest took the place of this one: the service has three",
                "connect() when the guest is here again; at once, it would take another one's place",
                true,
            ),
            Self::Superseded => (
                "the conversation, which had ended, was left in another tab or on another device",
                "connect() joins the one that is begun in its place",
                true,
            ),
            Self::LoggedOut => ("the guest was signed out", "start anew with another token", false),
            Self::SignedIn => ("the guest signed in elsewhere", "start anew with another token", false),
            Self::Cleared => ("the conversation was cleared", "connect() to begin a new one", true),
            Self::Downgraded => (
                "the conversation of this token is that of a guest who has signed in",
                "sign in, or start anew with another token",
                false,
            ),
        };
        service(self.code(), message, remedy, retryable)
    }
}

/// What the service did not do with the conversation though it was asked to; the client goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Declined {
    /// A new conversation in the place of one that can only be read.
    StartNew,
    /// Clearing it away.
    Clear,
    /// Beginning it without a word of the guest.
    AutoStart,
    /// To be told that the guest is there, as far as is known.
    Join,
    /// The guest's answer to an offer.
    Offer,
    /// To go on without the guest's signing in.
    Authorisation,
    /// The guest's signing in.
    SignIn,
    /// The guest's signing out, as far as is known.
    SignOut,
    /// Something; it did not say what.
    Something,
}

impl Declined {
    /// The form in which it leaves.
    #[must_use]
    pub fn report(self) -> Report {
        let (code, message, remedy) = match self {
            Self::StartNew => ("start_new_refused", "the service began no new conversation", "startNew() later"),
            Self::Clear => (
                "clear_refused",
                "the service did not clear the conversation",
                "allow clearing in the deployment, or leave it",
            ),
            Self::AutoStart => (
                "auto_start_refused",
                "the service did not begin the conversation by itself",
                "nothing; the guest's first message begins it",
            ),
            Self::Join => (
                "join_unconfirmed",
                "nobody can tell whether the service heard that the guest is there",
                "nothing; the guest's first message begins the conversation",
            ),
            Self::Offer => ("offer_refused", "the service refused the answer to an offer", "wait for another offer"),
            Self::Authorisation => {
                ("authorization_required", "the guest must sign in", "signIn() with a new grant; all waits for it")
            }
            Self::SignIn => {
                ("sign_in_refused", "the guest could not sign in", "signIn() with a new grant; all goes on as it was")
            }
            Self::SignOut => (
                "sign_out_unconfirmed",
                "the guest was signed out here only, as far as is known",
                "sign out on the other devices",
            ),
            Self::Something => {
                ("refused", "the service refused something, and did not say what", "check the deployment's features")
            }
        };
        service(code, message, remedy, true)
    }
}

/// Why there is no answer to what the application asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unanswered {
    /// None came in time.
    Timeout,
    /// The service cannot be reached, or cannot say now.
    Unavailable,
    /// The service has nothing of the kind for us.
    Refused,
    /// What came cannot be read.
    Malformed,
}

impl Unanswered {
    /// The form in which it leaves.
    #[must_use]
    pub fn report(self) -> Report {
        let (code, blame, message) = match self {
            Self::Timeout => ("timeout", "network", "there was no answer in time"),
            Self::Unavailable => ("unavailable", "network", "the service cannot be reached, or cannot say now"),
            Self::Refused => ("refused", "service", "the service refused to say"),
            Self::Malformed => ("malformed_answer", "service", "the answer cannot be read"),
        };
        let retryable = self != Self::Refused;
        let remedy = if retryable {
            "ask again later; if it recurs, check deploymentId and region"
        } else {
            "check deploymentId and region"
        };
        Report { blame, ..service(code, message, remedy, retryable) }
    }
}

/// Why something was not even asked of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CannotAsk {
    /// The client is not connected, nor trying to be.
    Closed,
    /// The conversation can still be written to; a new one would throw it away.
    Writable,
    /// The conversation has ended, and can only be read.
    ReadOnly,
    /// The guest has signed in, or is about to.
    SignedIn,
    /// The guest has not signed in.
    SignedOut,
    /// What they brought is no grant.
    BadGrant,
}

impl CannotAsk {
    /// The form in which it leaves.
    #[must_use]
    pub fn report(self) -> Report {
        let (code, message, remedy) = match self {
            Self::Closed => ("closed", "the client is not connected", "connect() first"),
            Self::ReadOnly => {
                ("read_only", "the conversation has ended and can only be read", "startNew() begins another one")
            }
            Self::SignedIn => ("already_signed_in", "the guest has signed in, or does", "signOut() first"),
            Self::SignedOut => ("not_signed_in", "the guest has not signed in", "close() ends it"),
            Self::BadGrant => (
                "bad_grant",
                "that is no grant",
                "give code or idToken, and what belongs to it, as texts of 16 KiB together",
            ),
            Self::Writable => (
                "not_read_only",
                "the conversation can still be written to",
                "go on in it; a new one is for where it can only be read, clear() throws it away",
            ),
        };
        Report { blame: "caller", ..service(code, message, remedy, false) }
    }
}

fn service(code: &'static str, message: &'static str, remedy: &'static str, retryable: bool) -> Report {
    Report { code, message: message.into(), remedy: remedy.into(), retryable, blame: "service", option: None }
}
