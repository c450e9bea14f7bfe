//! What an operator of the service can set.

use super::limits::MAX_MEMORY;
use super::{StreamsConfig, WebChatConfig, WebMessagingConfig};

/// The settings of a [`Service`](super::Service). [`Default`] is the contracts'.
#[derive(Clone, Debug)]
pub struct ServiceConfig {
    /// Sockets open at once, of all services.
    pub max_connections: usize,
    /// Bytes of everything that is kept and buffered.
    pub max_memory: usize,
    /// Whether an agent answers each message with a line that quotes it.
    pub echo: bool,
    /// The service `webchat`.
    pub webchat: WebChatConfig,
    /// The service `web-messaging`.
    pub web_messaging: WebMessagingConfig,
    /// The event streams.
    pub streams: StreamsConfig,
}

impl Default for ServiceConfig {
    fn default() -> Self {
        Self {
            max_connections: 1_000,
            max_memory: MAX_MEMORY,
            echo: false,
            webchat: WebChatConfig::default(),
            web_messaging: WebMessagingConfig::default(),
            streams: StreamsConfig::default(),
        }
    }
}

impl From<WebChatConfig> for ServiceConfig {
    fn from(webchat: WebChatConfig) -> Self {
        Self { webchat, ..Self::default() }
    }
}

impl From<WebMessagingConfig> for ServiceConfig {
    fn from(web_messaging: WebMessagingConfig) -> Self {
        Self { web_messaging, ..Self::default() }
    }
}

impl From<StreamsConfig> for ServiceConfig {
    fn from(streams: StreamsConfig) -> Self {
        Self { streams, ..Self::default() }
    }
}
