//! What an operator of the `webchat` service can set.

use crate::service::ledger::Key;
use crate::service::limits::MAX_REPLAY;

/// Within what the service recognises a `messageId` that it has taken before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dedupe {
    /// Within one guest session (`webchatInstanceId`): the contract's rule.
    #[default]
    Instance,
    /// Within the whole host.
    Host,
}

impl Dedupe {
    pub(super) fn key<'a>(self, conversation: &'a str, id: &'a str) -> Key<'a> {
        let scope = match self {
            Self::Instance => conversation,
            Self::Host => "",
        };
        Key { scope, id }
    }
}

/// Where the service looks for the guest token of a socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SocketAuth {
    /// In the query or in the subprotocol.
    #[default]
    Any,
    /// In `?access_token=` only.
    Query,
    /// In a `bearer.<base64url token>` subprotocol only.
    Subprotocol,
    /// A socket without a token is let in; a token that is given is still checked.
    None,
}

/// The settings of the `webchat` service. [`Default`] is the contract's.
#[derive(Clone, Debug)]
pub struct WebChatConfig {
    /// OAuth tokens that may create sessions.
    pub bearer_tokens: Vec<String>,
    /// API keys that may create sessions.
    pub api_keys: Vec<String>,
    /// Tokens or keys of accounts without the entitlement: they get 403.
    pub forbidden_tokens: Vec<String>,
    /// Life of a guest session in seconds (`expiresIn`).
    pub token_life: u32,
    /// Messages per second and session; `None` is no limit.
    pub rate: Option<f64>,
    /// Largest content of a message, in bytes of UTF-8.
    pub max_content: usize,
    /// Largest frame or request body from a guest, in bytes.
    pub max_frame: usize,
    /// The scope of idempotency.
    pub dedupe: Dedupe,
    /// How many of the agent's messages a new socket repeats; at most [`MAX_REPLAY`].
    pub replay: usize,
    /// Whether heartbeats are answered.
    pub heartbeat_ack: bool,
    /// Whether a connection takes nothing later after a message was refused for now, until that one returns. A guest of
    /// a service that does not has a window of one message.
    pub order_under_refusal: bool,
    /// Where a socket's token is looked for.
    pub socket_auth: SocketAuth,
}

impl Default for WebChatConfig {
    fn default() -> Self {
        Self {
            bearer_tokens: Vec::new(),
            api_keys: Vec::new(),
            forbidden_tokens: Vec::new(),
            token_life: 3600,
            rate: None,
            max_content: 16 * 1024,
            max_frame: 256 * 1024,
            dedupe: Dedupe::default(),
            replay: 100.min(MAX_REPLAY),
            heartbeat_ack: true,
            order_under_refusal: true,
            socket_auth: SocketAuth::default(),
        }
    }
}
