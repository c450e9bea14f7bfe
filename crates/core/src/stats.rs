//! The client's running figures. No content and no token.

use crate::round_trip::Figures;
use serde::Serialize;

/// What `stats()` gives.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// The connection's state.
    pub state: &'static str,
    /// What is being done in it.
    pub step: &'static str,
    /// Attempts since the connection was last ready.
    pub attempt: u32,
    /// How long until the next attempt, ms, where one is waited for.
    pub next_attempt_in: Option<u64>,
    /// The buffer.
    pub messages: Buffered,
    /// What was counted since the client was made.
    #[serde(flatten)]
    pub counters: Counters,
    /// Round trips of heartbeats.
    pub round_trip: Figures,
    /// Share of heartbeats lost, 0 to 1.
    pub loss: Option<f64>,
    /// `STABLE` or `DEGRADED`.
    pub quality: &'static str,
    /// Whether the platform says that there is no network.
    pub platform_offline: bool,
}

/// The buffer's figures.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Buffered {
    /// Messages that wait.
    pub queued: usize,
    /// Messages under way.
    pub in_flight: usize,
    /// Bytes of content of both.
    pub bytes: usize,
}

/// What is counted over the client's life.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counters {
    /// Sockets opened.
    pub opens: u64,
    /// Times the connection was ready again.
    pub reconnects: u64,
    /// Messages that ended so.
    pub delivered: u64,
    /// Messages that ended so.
    pub rejected: u64,
    /// Messages that ended so.
    pub expired: u64,
    /// Messages that ended so.
    pub cancelled: u64,
    /// Messages that ended so.
    pub unconfirmed: u64,
    /// Messages from the agent, each once.
    pub received: u64,
    /// Messages and acknowledgements that came again.
    pub duplicates: u64,
    /// Frames that could not be understood.
    pub malformed: u64,
    /// Frames of a kind that is not known.
    pub ignored: u64,
    /// Bytes of frames and bodies received.
    pub bytes_in: u64,
    /// Bytes of frames and bodies sent.
    pub bytes_out: u64,
}

/// One message that has not ended.
#[derive(Clone, Debug, Serialize)]
pub struct Pending {
    /// Its id.
    pub id: String,
    /// `queued` or `sending`.
    pub state: &'static str,
    /// Bytes of its content.
    pub size: usize,
    /// Since it was accepted, ms.
    pub age: u64,
}
