//! What an operator of the event streams can set. What notifications.md leaves open is among it.

use std::time::{Duration, UNIX_EPOCH};

use crate::service::Millis;

/// An OAuth client: an application with a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct OAuthClient {
    /// `client_id`, in every report too.
    pub id: String,
    /// `client_secret`, in none.
    pub secret: String,
}

impl std::fmt::Debug for OAuthClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OAuthClient").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What becomes of the socket of a channel that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoneChannels {
    /// It is closed, and a new one is refused with this status.
    Refused(u16),
    /// It stays open, a new one is let in, and nothing comes on either.
    Mute,
}

/// The settings of the event streams. [`Default`] is the contracts', and what is likeliest where they are silent.
#[derive(Clone, Debug)]
pub struct StreamsConfig {
    /// What is added to the service's time to have the time since 1970, ms.
    pub epoch: Millis,
    /// Who may have a token.
    pub clients: Vec<OAuthClient>,
    /// Life of a token, in seconds (`expires_in`).
    pub token_life: u32,
    /// Requests for a token per application and minute; `None` is no limit, here and below.
    pub token_rate: Option<f64>,
    /// Tokens that an application has at once; one more, and the first is revoked.
    pub tokens_per_client: Option<usize>,
    /// API calls per token and minute.
    pub api_rate: Option<u32>,
    /// Handshakes per application and minute.
    pub open_rate: Option<f64>,
    /// Frames from a client per connection and second.
    pub frame_rate: Option<f64>,

    /// Channels of an application; one more, and the one used longest ago goes.
    pub channels: usize,
    /// Life of a channel from its making, or from when its topics were last set, in ms.
    pub channel_life: Millis,
    /// Whether a channel goes with the token that made it.
    pub channels_die_with_token: bool,
    /// What becomes of the socket of one that is gone.
    pub gone: GoneChannels,
    /// Topics of a channel, or of a plain socket.
    pub topics: usize,
    /// Whether each name of a combined topic counts.
    pub count_combined: bool,
    /// Topics that begin so are never permitted.
    pub forbidden_prefix: String,

    /// How often the service says on a channel that it is there, in ms.
    pub heartbeat: Option<Millis>,
    /// How long after `v2.system.socket_closing` the socket is closed, in ms.
    pub closing_notice: Millis,
    /// Whether nothing in either direction for so long ends a socket, in ms.
    pub idle: Option<Millis>,
    /// Whether it then goes half-open instead of ending.
    pub idle_silently: bool,
    /// The close code wherever the service closes.
    pub close_code: u16,

    /// Whether subscriptions are confirmed on plain sockets.
    pub confirm: bool,
    /// Whether `KEEP_ALIVE` is answered.
    pub heartbeat_ack: bool,
    /// Whether plain sockets are let in without a token; one that is given is still checked.
    pub open_to_all: bool,
    /// How often something happens by itself in each topic that somebody listens to, in ms.
    pub generate: Option<Millis>,
    /// Largest frame from a client, in bytes.
    pub max_frame: usize,
}

impl StreamsConfig {
    /// A moment as the service writes it.
    pub(super) fn timestamp(&self, moment: Millis) -> String {
        let moment = Duration::from_millis(moment.saturating_add(self.epoch));
        humantime::format_rfc3339_millis(UNIX_EPOCH + moment).to_string()
    }
}

impl Default for StreamsConfig {
    fn default() -> Self {
        Self {
            epoch: 0,
            clients: Vec::new(),
            token_life: 86_400,
            token_rate: Some(60.0),
            tokens_per_client: None,
            api_rate: Some(300),
            open_rate: Some(300.0),
            frame_rate: Some(20.0),
            channels: 20,
            channel_life: 24 * 60 * 60 * 1000,
            channels_die_with_token: true,
            gone: GoneChannels::Refused(401),
            topics: 1_000,
            count_combined: false,
            forbidden_prefix: "v2.forbidden.".into(),
            heartbeat: Some(30_000),
            closing_notice: 60_000,
            idle: Some(15 * 60 * 1000),
            idle_silently: false,
            close_code: 1001,
            confirm: false,
            heartbeat_ack: true,
            open_to_all: false,
            generate: None,
            max_frame: 256 * 1024,
        }
    }
}
