//! The dialects there are, and which of them are built in: one, or all.

use crate::built;
use crate::checkpoint::{Keep, Writer};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// Our founding contract.
    Webchat,
    /// Genesys Cloud Web Messaging.
    WebMessaging,
    /// Event streams: the notification channels of Genesys Cloud, and plain event sockets.
    Streams,
}

impl Name {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Webchat, Self::WebMessaging, Self::Streams];

    /// Those that are built in, the default first.
    pub const BUILT: &[Self] = match (built::WEBCHAT, built::WEB_MESSAGING, built::STREAMS) {
        (true, true, true) => Self::ALL,
        (true, false, false) => &[Self::Webchat],
        (false, true, false) => &[Self::WebMessaging],
        (false, false, true) => &[Self::Streams],
        _ => panic!("the module speaks to one service, or to all of them"),
    };

    /// What they are called, in the same order.
    pub const BUILT_NAMES: &[&str] = match (built::WEBCHAT, built::WEB_MESSAGING, built::STREAMS) {
        (true, false, false) => &["webchat"],
        (false, true, false) => &["web-messaging"],
        (false, false, true) => &["streams"],
        _ => &["webchat", "web-messaging", "streams"],
    };

    /// Whether this is Genesys Cloud Web Messaging, which counts what it is asked and knows no ids.
    pub(crate) fn is_web_messaging(&self) -> bool {
        built::WEB_MESSAGING && (!built::WEBCHAT || *self == Self::WebMessaging)
    }

    /// Whether events come there, and nothing is said.
    pub(crate) fn is_streams(&self) -> bool {
        built::STREAMS && (!built::MESSAGES || *self == Self::Streams)
    }
}

/// By its place in the list, whatever is built in.
impl Keep for Name {
    fn keep(&self, to: &mut Writer) {
        to.number(*self as u64);
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self::ALL[from.place(Self::ALL.len())?])
    }
}
