//! Which services this build speaks to. All of the core is compiled and checked in every build; what only some service
//! needs is entered past one of these constants, and the optimiser drops what nobody enters (docs/decisions.md, 21).

/// Our founding contract, `webchat`.
pub const WEBCHAT: bool = cfg!(feature = "webchat");
/// Genesys Cloud Web Messaging.
pub const WEB_MESSAGING: bool = cfg!(feature = "web-messaging");

const _: () = assert!(WEBCHAT || WEB_MESSAGING, "a feature names the service that is spoken to");
