//! What other clients wait between two attempts, by hand from their published sources (npm, November 2026, defaults).
//! Only the formula: what such a library does besides (fallback transports, several timers for one failure) is left out.

use crate::chance::Chance;
use crate::figures::{Figures, HORIZON};
use crate::life::ROUND_TRIP;

/// One client that has lost its connection.
struct Lost {
    /// Attempts that failed since then.
    failures: u32,
    /// Since then, ms.
    since: f64,
    /// Drawn once for the page, uniform in [0, 1).
    own: f64,
}

/// A published formula.
pub struct Peer {
    /// The package, or what the formula is called.
    pub name: &'static str,
    /// Where the formula stands.
    pub source: &'static str,
    /// The wait before the next attempt, ms; none: it gives up.
    wait: fn(&Lost, &mut Chance) -> Option<f64>,
}

impl Peer {
    /// Leads one client through an outage in which every attempt fails after one round trip.
    pub(crate) fn survive(&self, chance: &mut Chance, figures: &mut Figures) {
        let mut lost = Lost { failures: 0, since: 0.0, own: chance.share() };
        let mut arrived = false;
        let end = figures.lasts() + HORIZON;
        loop {
            let Some(wait) = (self.wait)(&lost, chance) else { return figures.done(None) };
            lost.since += wait;
            let at = lost.since as u64;
            if at > end {
                return figures.done(None);
            }
            if figures.contact(at, &mut arrived) {
                return figures.done(Some(at + 2 * ROUND_TRIP));
            }
            lost.since += ROUND_TRIP as f64;
            lost.failures += 1;
        }
    }
}

/// `least · factor^failures`, at most `most`.
fn grown(least: f64, factor: f64, failures: u32, most: f64) -> f64 {
    (least * factor.powi(failures.min(64).cast_signed())).min(most)
}

/// The step at this many failures, or the last.
fn step(steps: &[f64], failures: u32) -> f64 {
    let place = (failures as usize).min(steps.len() - 1);
    steps[place]
}

/// Every formula, in the order of the table.
pub const PEERS: &[Peer] = &[
    Peer {
        name: "AWS, full jitter",
        source: "Exponential Backoff And Jitter, AWS Architecture Blog, 2015; with our base and cap (1 s, 30 s)",
        wait: |lost, chance| Some(grown(1_000.0, 2.0, lost.failures, 30_000.0) * chance.share()),
    },
    Peer {
        name: "AWS, equal jitter",
        source: "the same",
        wait: |lost, chance| {
            let top = grown(1_000.0, 2.0, lost.failures, 30_000.0);
            Some(top / 2.0 + top / 2.0 * chance.share())
        },
    },
    Peer {
        name: "centrifuge",
        source: "centrifuge 5.8.0, build/index.js, backoff(); minReconnectDelay 500, maxReconnectDelay 20000",
        wait: |lost, chance| {
            let jitter = grown(500.0, 2.0, lost.failures.min(31), 20_000.0) * chance.share();
            Some((500.0 + jitter).min(20_000.0))
        },
    },
    Peer {
        name: "stream-chat",
        source: "stream-chat 9.53.0, src/utils.ts, retryInterval(); the loss is the first failure",
        wait: |lost, chance| {
            let failures = f64::from(lost.failures + 1);
            let most = (500.0 + failures * 2_000.0).min(25_000.0);
            let least = ((failures - 1.0) * 2_000.0).clamp(250.0, 25_000.0);
            Some((most - least) * chance.share() + least)
        },
    },
    Peer {
        name: "ably",
        source: "ably 2.28.0, src/common/lib/util/utils.ts, getRetryTime(), and transport/connectionmanager.ts: at once, \
                 then 15 s by coefficient and jitter, from 120 s on (suspended) every 30 s",
        wait: |lost, chance| {
            if lost.failures == 0 {
                return Some(0.0);
            }
            if lost.since >= 120_000.0 {
                return Some(30_000.0);
            }
            let coefficient = (f64::from(lost.failures + 3) / 3.0).min(2.0);
            let wait = 15_000.0 * coefficient * (1.0 - chance.share() * 0.2);
            Some(if lost.since + wait < 120_000.0 { wait } else { 150_000.0 - lost.since })
        },
    },
    Peer {
        name: "socket.io-client",
        source: "socket.io-client 4.8.4, build/esm/contrib/backo2.js, duration(); 1000, 5000, 0.5",
        wait: |lost, chance| {
            let (step, drawn) = (1_000.0 * 2_f64.powi(lost.failures.min(64).cast_signed()), chance.share());
            let deviation = (drawn * 0.5 * step).floor();
            let less = (drawn * 10.0) as u32 & 1 == 0;
            Some(if less { step - deviation } else { step + deviation }.min(5_000.0))
        },
    },
    Peer {
        name: "reconnecting-websocket",
        source: "reconnecting-websocket 4.4.0, reconnecting-websocket.ts, _getNextDelay(); from 1 to 5 s, drawn once a page",
        wait: |lost, _| Some(grown(1_000.0 + 4_000.0 * lost.own, 1.3, lost.failures, 10_000.0)),
    },
    Peer {
        name: "partysocket",
        source: "partysocket 1.3.0, dist/ws.js, _getNextDelay()",
        wait: |lost, _| Some(grown(3_000.0, 1.3, lost.failures, 10_000.0)),
    },
    Peer {
        name: "phoenix",
        source: "phoenix 1.8.16, assets/js/phoenix/socket.js, reconnectAfterMs",
        wait: |lost, _| {
            let steps = [10.0, 50.0, 100.0, 150.0, 200.0, 250.0, 500.0, 1_000.0, 2_000.0, 5_000.0];
            Some(step(&steps, lost.failures))
        },
    },
    Peer {
        name: "pusher-js",
        source: "pusher-js 8.6.0, src/core/connection/connection_manager.ts, retryIn(1000), then \
                 strategies/sequential_strategy.ts: the socket again when 15 s, 30 s, 60 s have passed",
        wait: |lost, _| Some(step(&[1_000.0, 15_000.0, 30_000.0, 60_000.0], lost.failures)),
    },
    Peer {
        name: "graphql-ws",
        source: "graphql-ws 6.4.2, dist/client.js, randomisedExponentialBackoff; retryAttempts 5",
        wait: |lost, chance| {
            let jitter = (chance.share() * 2_700.0 + 300.0).floor();
            (lost.failures < 5).then(|| grown(1_000.0, 2.0, lost.failures, f64::MAX) + jitter)
        },
    },
    Peer {
        name: "signalr",
        source: "@microsoft/signalr 10.0.11, dist/esm/DefaultReconnectPolicy.js, with withAutomaticReconnect()",
        wait: |lost, _| [0.0, 2_000.0, 10_000.0, 30_000.0].get(lost.failures as usize).copied(),
    },
];
