//! A client's dialect. Where only one is built in, the optimiser sees which, and drops what that one never says.

use super::Dialect;
use crate::config::Config;
use core::ops::Deref;

#[cfg(all(feature = "webchat", feature = "web-messaging", feature = "streams"))]
mod inner {
    use super::super::{Dialect, Name, streams, web_messaging, webchat};
    use crate::config::Config;

    pub(super) type Inner = Box<dyn Dialect>;

    pub(super) fn new(config: &Config) -> Inner {
        match config.dialect {
            Name::Webchat => Box::new(webchat::Webchat::new(config)),
            Name::WebMessaging => Box::new(web_messaging::WebMessaging::new(config)),
            Name::Streams => Box::new(streams::Streams::new(config)),
        }
    }

    #[inline(always)]
    pub(super) fn see(inner: &Inner) -> &(dyn Dialect + 'static) {
        &**inner
    }
}

#[cfg(not(all(feature = "webchat", feature = "web-messaging", feature = "streams")))]
mod inner {
    use super::super::Dialect;
    #[cfg(feature = "streams")]
    use super::super::streams::Streams as Only;
    #[cfg(feature = "web-messaging")]
    use super::super::web_messaging::WebMessaging as Only;
    #[cfg(feature = "webchat")]
    use super::super::webchat::Webchat as Only;
    use crate::config::Config;

    pub(super) type Inner = Only;

    pub(super) fn new(config: &Config) -> Inner {
        Only::new(config)
    }

    #[inline(always)]
    pub(super) fn see(inner: &Inner) -> &(dyn Dialect + 'static) {
        inner
    }
}

/// See the module.
pub struct Spoken(inner::Inner);

impl Spoken {
    /// The dialect that a configuration asks for.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self(inner::new(config))
    }
}

impl Deref for Spoken {
    type Target = dyn Dialect;

    // Seen through, or nothing would be dropped.
    #[inline(always)]
    fn deref(&self) -> &Self::Target {
        inner::see(&self.0)
    }
}
