//! Which services this build speaks to. All of the core is compiled and checked in every build; what only some service
//! needs is entered past one of these constants, and the optimiser drops what nobody enters (docs/decisions.md, 21).

use crate::checkpoint::{Keep, Writer};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};

/// Our founding contract, `webchat`.
pub const WEBCHAT: bool = cfg!(feature = "webchat");
/// Genesys Cloud Web Messaging.
pub const WEB_MESSAGING: bool = cfg!(feature = "web-messaging");
/// Event streams: notification channels and plain event sockets.
pub const STREAMS: bool = cfg!(feature = "streams");

/// Something is said there, in a conversation.
pub const MESSAGES: bool = WEBCHAT || WEB_MESSAGING;
/// What comes in is told as the service sent it, members, lists and all.
pub const BODIES: bool = WEB_MESSAGING || STREAMS;

const _: () = assert!(WEBCHAT || WEB_MESSAGING || STREAMS, "a feature names the service that is spoken to");

/// What only a stream has, if it is there. Where streams are not built in there is no room for one, and nothing to be dropped.
#[derive(Clone, Debug)]
pub struct InStreams<T>(Inner<T>);

#[cfg(feature = "streams")]
type Inner<T> = Option<Box<T>>;
#[cfg(not(feature = "streams"))]
type Inner<T> = core::marker::PhantomData<T>;

impl<T> Default for InStreams<T> {
    fn default() -> Self {
        Self(Inner::default())
    }
}

#[cfg_attr(not(feature = "streams"), allow(unused_variables, clippy::unused_self))]
impl<T> InStreams<T> {
    /// There it is.
    #[must_use]
    #[inline(always)]
    pub fn new(value: T) -> Self {
        #[cfg(feature = "streams")]
        return Self(Some(Box::new(value)));
        #[cfg(not(feature = "streams"))]
        Self::default()
    }

    /// Whether it is there.
    #[must_use]
    #[inline(always)]
    pub fn is_some(&self) -> bool {
        self.get().is_some()
    }

    /// To look at it.
    #[must_use]
    #[inline(always)]
    pub fn get(&self) -> Option<&T> {
        #[cfg(feature = "streams")]
        return self.0.as_deref();
        #[cfg(not(feature = "streams"))]
        None
    }

    /// To change it.
    #[inline(always)]
    pub fn get_mut(&mut self) -> Option<&mut T> {
        #[cfg(feature = "streams")]
        return self.0.as_deref_mut();
        #[cfg(not(feature = "streams"))]
        None
    }
}

impl<T: Keep> Keep for InStreams<T> {
    fn keep(&self, to: &mut Writer) {
        to.number(u64::from(self.is_some()));
        if let Some(value) = self.get() {
            value.keep(to);
        }
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(if bool::restore(from)? { Self::new(T::restore(from)?) } else { Self::default() })
    }
}
