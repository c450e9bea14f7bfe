//! Which services this build speaks to. All of the core is compiled and checked in every build; what only some service
//! needs is entered past one of these constants, and the optimiser drops what nobody enters (docs/decisions.md, 21).

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
