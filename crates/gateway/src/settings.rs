//! What the gateway is told before it starts.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use guestwire_sim::service::{OAuthClient, ServiceConfig, StreamsConfig, WebChatConfig};

/// The bearer token that is accepted where none is set.
pub const DEMO_TOKEN: &str = "demo-token-0000000000";
/// The API key that is accepted where none is set.
pub const DEMO_KEY: &str = "demo-key-0000000000";

/// The application that may have OAuth tokens where none is set.
pub const DEMO_CLIENT: &str = "demo-client";
/// Its secret.
pub const DEMO_SECRET: &str = "demo-secret-0000000000";

/// The settings of a [`Gateway`](crate::Gateway).
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen; port 0 picks a free one.
    pub addr: SocketAddr,
    /// Whether `addr` may be one that other machines reach.
    pub allow_remote: bool,
    /// The directory that is served at `/`.
    pub www: Option<PathBuf>,
    /// Whether there is a control surface.
    pub control: bool,
    /// Whether pages of other origins may read `Retry-After` and `Date`.
    pub expose_headers: bool,
    /// The services themselves.
    pub service: ServiceConfig,
    /// The seed of ids and tokens; `None` takes it from the operating system.
    pub seed: Option<[u8; 32]>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            allow_remote: false,
            www: None,
            control: true,
            expose_headers: true,
            service: ServiceConfig {
                webchat: WebChatConfig {
                    bearer_tokens: vec![DEMO_TOKEN.into()],
                    api_keys: vec![DEMO_KEY.into()],
                    ..WebChatConfig::default()
                },
                streams: StreamsConfig {
                    clients: vec![OAuthClient { id: DEMO_CLIENT.into(), secret: DEMO_SECRET.into() }],
                    ..StreamsConfig::default()
                },
                ..ServiceConfig::default()
            },
            seed: None,
        }
    }
}
