//! What the network is like at the moment.

use super::chance::Chance;

/// The chances are "once in so many".
#[derive(Clone, Copy, Debug)]
pub(super) struct Weather {
    /// One way, ms.
    pub(super) latency: u64,
    /// On top of it at most, ms.
    pub(super) jitter: u64,
    /// Bytes per second, each way; 0: no limit.
    pub(super) bandwidth: u64,
    /// The longest that a slow handshake takes on top, ms.
    pub(super) slow_handshake: u64,
    pub(super) handshake_hangs: u64,
    pub(super) request_fails: u64,
    pub(super) provider_fails: u64,
}

const NEVER: u64 = u64::MAX;

impl Weather {
    /// Nothing goes wrong.
    pub(super) fn calm(latency: u64) -> Self {
        Self {
            latency,
            jitter: latency / 2,
            bandwidth: 0,
            slow_handshake: 1,
            handshake_hangs: NEVER,
            request_fails: NEVER,
            provider_fails: NEVER,
        }
    }

    pub(super) fn bad(chance: &mut Chance) -> Self {
        Self {
            latency: chance.pick(&[1, 20, 150, 900]),
            jitter: chance.pick(&[0, 30, 400, 2_500]),
            bandwidth: chance.pick(&[0, 0, 50_000, 5_000, 800]),
            slow_handshake: chance.pick(&[1, 15_000]),
            handshake_hangs: chance.pick(&[3, 10, NEVER]),
            request_fails: chance.pick(&[2, 5, 20, NEVER]),
            provider_fails: chance.pick(&[10, NEVER]),
        }
    }

    /// How long so many bytes take to leave, ms.
    pub(super) fn transmission(&self, bytes: u64) -> u64 {
        (bytes * 1_000).checked_div(self.bandwidth).unwrap_or(0)
    }
}
