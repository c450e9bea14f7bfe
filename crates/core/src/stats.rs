//! The client's running figures. No content and no token.

use crate::checkpoint::keep;
use crate::detail::Detail;
use crate::round_trip::Figures;

/// What `stats()` gives.
#[derive(Clone, Debug)]
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
#[derive(Clone, Copy, Debug)]
pub struct Buffered {
    /// Messages that wait.
    pub queued: usize,
    /// Messages under way.
    pub in_flight: usize,
    /// Bytes of content of both.
    pub bytes: usize,
}

/// What is counted over the client's life.
#[derive(Clone, Copy, Debug, Default)]
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
    /// Frames of a kind that is not known, or about nothing that is.
    pub ignored: u64,
    /// Bytes of frames and bodies received.
    pub bytes_in: u64,
    /// Bytes of frames and bodies sent.
    pub bytes_out: u64,
}

/// One message that has not ended.
#[derive(Clone, Debug)]
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

impl Stats {
    /// Its names and values.
    #[must_use]
    pub fn detail(&self) -> Detail {
        let mut messages = Detail::default();
        messages
            .whole("queued", self.messages.queued as u64)
            .whole("inFlight", self.messages.in_flight as u64)
            .whole("bytes", self.messages.bytes as u64);
        let mut round_trip = Detail::default();
        round_trip
            .whole_or_none("last", self.round_trip.last)
            .number("mean", self.round_trip.mean)
            .whole_or_none("p50", self.round_trip.p50)
            .whole_or_none("p95", self.round_trip.p95)
            .number("smoothed", self.round_trip.smoothed)
            .whole("samples", self.round_trip.samples as u64);
        let counters = &self.counters;
        let mut detail = Detail::default();
        detail
            .word("state", self.state)
            .word("step", self.step)
            .whole("attempt", self.attempt.into())
            .whole_or_none("nextAttemptIn", self.next_attempt_in)
            .detail("messages", Some(messages))
            .whole("opens", counters.opens)
            .whole("reconnects", counters.reconnects)
            .whole("delivered", counters.delivered)
            .whole("rejected", counters.rejected)
            .whole("expired", counters.expired)
            .whole("cancelled", counters.cancelled)
            .whole("unconfirmed", counters.unconfirmed)
            .whole("received", counters.received)
            .whole("duplicates", counters.duplicates)
            .whole("malformed", counters.malformed)
            .whole("ignored", counters.ignored)
            .whole("bytesIn", counters.bytes_in)
            .whole("bytesOut", counters.bytes_out)
            .detail("roundTrip", Some(round_trip))
            .number("loss", self.loss)
            .word("quality", self.quality)
            .flag("platformOffline", self.platform_offline);
        detail
    }
}

impl Pending {
    /// Its names and values.
    #[must_use]
    pub fn detail(&self) -> Detail {
        let mut detail = Detail::default();
        detail.text("id", Some(&self.id)).word("state", self.state);
        detail.whole("size", self.size as u64).whole("age", self.age);
        detail
    }
}
keep!(Counters {
    opens,
    reconnects,
    delivered,
    rejected,
    expired,
    cancelled,
    unconfirmed,
    received,
    duplicates,
    malformed,
    ignored,
    bytes_in,
    bytes_out,
});
