//! What a close means. The dialect has the table; the option `closeCodes` overrides single rows.

use crate::checkpoint::keep_one_of;

/// What the client does after a close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// Dial again, with backoff.
    Reconnect,
    /// Dial again, starting at the backoff's cap.
    ReconnectSlowly,
    /// Renew the credentials, then dial again.
    Renew,
    /// Stop: repeating it cannot help.
    Stop,
    /// The guest session is gone: make a new one.
    SessionLost,
}

keep_one_of!(Close { Reconnect, ReconnectSlowly, Renew, Stop, SessionLost });

impl Close {
    /// All of them.
    pub const ALL: &'static [Close] =
        &[Close::Reconnect, Close::ReconnectSlowly, Close::Renew, Close::Stop, Close::SessionLost];

    /// Their names, in the same order, as the option `closeCodes` takes them.
    pub const NAMES: &'static [&'static str] = &["reconnect", "reconnect-slowly", "renew", "stop", "session-lost"];
}
