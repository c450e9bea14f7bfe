//! What a close means. The dialect has the table; the option `closeCodes` overrides single rows.

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

impl Close {
    /// The names of the actions as the option `closeCodes` takes them.
    pub const NAMES: &'static [(&'static str, Close)] = &[
        ("reconnect", Close::Reconnect),
        ("reconnect-slowly", Close::ReconnectSlowly),
        ("renew", Close::Renew),
        ("stop", Close::Stop),
        ("session-lost", Close::SessionLost),
    ];
}
