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

/// A value that only some services have, if it is there. Where none of them is built in there is no room for one, and nothing
/// to be dropped.
macro_rules! only_in {
    ($(#[$what:meta])* $name:ident: $built:meta) => {
        $(#[$what])*
        #[derive(Clone, Debug)]
        pub struct $name<T> {
            #[cfg($built)]
            value: Option<Box<T>>,
            none: core::marker::PhantomData<T>,
        }

        impl<T> Default for $name<T> {
            #[inline(always)]
            fn default() -> Self {
                Self {
                    #[cfg($built)]
                    value: None,
                    none: core::marker::PhantomData,
                }
            }
        }

        #[cfg_attr(not($built), allow(unused_variables, clippy::unused_self))]
        impl<T> $name<T> {
            /// There it is.
            #[must_use]
            #[inline(always)]
            pub fn new(value: T) -> Self {
                Self {
                    #[cfg($built)]
                    value: Some(Box::new(value)),
                    none: core::marker::PhantomData,
                }
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
                #[cfg($built)]
                return self.value.as_deref();
                #[cfg(not($built))]
                None
            }

            /// To change it.
            #[inline(always)]
            pub fn get_mut(&mut self) -> Option<&mut T> {
                #[cfg($built)]
                return self.value.as_deref_mut();
                #[cfg(not($built))]
                None
            }
        }

        impl<T: Keep> Keep for $name<T> {
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
    };
}

only_in! {
    /// What only a stream has.
    InStreams: feature = "streams"
}
only_in! {
    /// What only a conversation of web messaging has.
    InWebMessaging: feature = "web-messaging"
}
only_in! {
    /// What is had where something can be asked.
    InAsking: any(feature = "web-messaging", feature = "streams")
}
