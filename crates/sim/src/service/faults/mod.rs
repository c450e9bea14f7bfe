//! Faults on command: what can be made to go wrong ([`Fault`]), how it is written down (`parse`)
//! and when it happens (`queue`). What a fault does is up to the parts that it happens to.

mod corruption;
mod parse;
mod queue;

pub use corruption::Corruption;
pub use parse::{BadFault, parse};
pub(super) use queue::{FaultQueue, NotQueued};

use std::sync::Arc;

use super::Millis;
use super::ledger::Via;

/// Something that goes wrong, for whom and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// The conversation that it happens to; `None` is every one.
    pub conversation: Option<String>,
    /// What must pass first.
    pub after: Option<After>,
    /// How often, where that can be said; `None` is until cleared.
    pub count: Option<u32>,
    /// How long it stands once it has begun; `None` is until cleared.
    pub lasts: Option<Millis>,
}

/// What must pass before a fault happens, counted from the moment that it was queued; for an act
/// on each open, from each connection's opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// So many messages newly taken.
    Messages(u32),
    /// So many milliseconds.
    Ms(Millis),
}

/// A fault either acts once, or changes for a while how the service answers.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// Happens at a moment.
    Act {
        /// What happens.
        act: Act,
        /// To whom.
        on: On,
    },
    /// Stands until it is used up, over, or cleared.
    Condition(Condition),
}

/// To which connections an act happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// To all that are open when its time has come; where none is, to the next that opens.
    Now,
    /// To each as it opens.
    Open,
}

/// What can happen at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// The service closes; 1005, 1006 and 1015 end the connection without a close frame.
    Close {
        /// The close code.
        code: u16,
        /// The close reason.
        reason: String,
    },
    /// The TCP connection is reset.
    Reset,
    /// Half-open for so long, then reset.
    Silence {
        /// Milliseconds.
        ms: Millis,
    },
    /// A frame is sent as it is given.
    RawFrame {
        /// What it says.
        text: Arc<str>,
        /// As a binary frame.
        binary: bool,
    },
    /// The token is refused everywhere, and what is open is told or closed.
    ExpireSession,
    /// Every connection is cut, and the listener comes back after so long.
    Restart {
        /// Milliseconds.
        ms: Millis,
    },
    /// A channel's socket is announced to close, and is closed later.
    SocketClosing,
    /// An error inside of a frame, and the end of the socket.
    AuthError {
        /// The `code` in the frame.
        code: u16,
        /// The `message` in the frame.
        message: Arc<str>,
    },
    /// A channel makes room for another.
    EvictChannel,
    /// A token is revoked, and its channels are told.
    RevokeToken,
}

impl Act {
    pub(super) fn needs_a_connection(&self) -> bool {
        !matches!(self, Self::ExpireSession | Self::Restart { .. } | Self::EvictChannel | Self::RevokeToken)
    }
}

/// What can stand for a while.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Handshakes of sockets are refused.
    RefuseSocket(Refusal),
    /// Handshakes of sockets are not answered; the connection is reset in the end.
    StallSocket {
        /// Milliseconds until then.
        ms: Millis,
    },
    /// Requests are refused.
    RefuseRest {
        /// Which ones.
        scope: Scope,
        /// How.
        refusal: Refusal,
    },
    /// Somebody between the client and the service answers in its place, and the service hears of nothing.
    Foreign {
        /// Which requests.
        scope: Scope,
        /// What they say.
        answer: Foreign,
    },
    /// Messages are refused one by one, with their id.
    RefuseMessage(Refusal),
    /// What the service sends comes later.
    Delay {
        /// Milliseconds.
        ms: Millis,
    },
    /// A message is taken, and the answer is lost.
    LoseAcks {
        /// On which path; `None` is both.
        via: Option<Via>,
    },
    /// An acknowledgement, or a confirmation of topics, comes twice.
    DuplicateAcks,
    /// A frame to a guest is changed on its way.
    CorruptFrames {
        /// How.
        how: Corruption,
    },
    /// A message is taken so much later than it came (`web-messaging`); a confirmation comes so much later (streams).
    Late {
        /// Milliseconds.
        ms: Millis,
    },
    /// A file that was uploaded is refused (`web-messaging`).
    FailUpload {
        /// The `errorCode`.
        code: u16,
    },
    /// The service's own heartbeats do not come (streams).
    LoseHeartbeats {
        /// Nor do the answers to a client's.
        answers: bool,
    },
}

/// Which requests a `refuse_rest` or a `foreign` is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Messages over REST.
    Messages,
    /// Session creation.
    Guests,
    /// Questions whether a session lives.
    Probe,
    /// Reads of the history.
    History,
    /// Uploads of files.
    Uploads,
    /// Customers' signing in and out.
    Auth,
    /// Requests for OAuth tokens.
    Token,
    /// Channels: made, listed, looked at.
    Channels,
    /// Their topics.
    Subscriptions,
    /// How a deployment is configured.
    Deployment,
    /// Handshakes of sockets; of `foreign` only.
    Socket,
    /// All of these but handshakes.
    All,
}

impl Scope {
    pub(super) fn covers(self, request: Self) -> bool {
        self == request || self == Self::All && request != Self::Socket
    }
}

/// An HTTP status or the code of an error frame, and when to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// 400 to 599.
    pub status: u16,
    /// When to come back.
    pub retry_after: Option<RetryAfter>,
}

/// What captive portals, proxies and service workers answer with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// 200 to 599.
    pub status: u16,
    /// Any text.
    pub body: String,
    /// What they say that it is.
    pub content_type: String,
    /// Where they lead.
    pub location: Option<String>,
    /// The seconds of the header `Retry-After`.
    pub retry_after: Option<u32>,
}

/// When to come back, and how that is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter {
    /// Seconds to wait.
    pub seconds: u32,
    /// How the header says it; `None` leaves the header out.
    pub header: Option<RetryAfterForm>,
    /// Whether the body says it too (`retryAfter`).
    pub in_body: bool,
}

impl RetryAfter {
    /// As the service itself says it: seconds, in the header and in the body.
    pub fn seconds(seconds: u32) -> Self {
        Self { seconds, header: Some(RetryAfterForm::Seconds), in_body: true }
    }
}

/// The two forms of the header (RFC 9110, section 10.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfterForm {
    /// A number of seconds.
    Seconds,
    /// A date.
    HttpDate,
}
