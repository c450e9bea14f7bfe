//! How well the connection does: round trips and losses over a window, and the two thresholds with
//! their hysteresis (streaming.md, "Latency, loss and state").

use crate::checkpoint::keep;
use crate::limits;
use crate::round_trip::{Figures, Window};

/// A degraded figure is good again only under this share of its threshold.
const RECOVERED_BELOW: f64 = 0.8;

/// A threshold that was crossed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crossing {
    /// The mean round trip passed its threshold.
    LatencyExceeded,
    /// It fell under 80 % of it.
    LatencyRecovered,
    /// The share of lost heartbeats passed its threshold.
    LossCritical,
    /// It fell under 80 % of it.
    LossRecovered,
}

impl Crossing {
    /// Its name (streaming.md).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LatencyExceeded => "LATENCY_THRESHOLD_EXCEEDED",
            Self::LatencyRecovered => "LATENCY_RECOVERED",
            Self::LossCritical => "PACKET_LOSS_CRITICAL",
            Self::LossRecovered => "PACKET_LOSS_RECOVERED",
        }
    }
}

/// The figures and the verdict over them.
#[derive(Clone, Debug)]
pub struct Quality {
    window: Window,
    outcomes: Vec<bool>,
    latency: Threshold,
    loss: Threshold,
}

impl Quality {
    /// Thresholds: mean round trip in milliseconds, and share of heartbeats lost.
    #[must_use]
    pub fn new(latency: f64, loss: f64) -> Self {
        Self {
            window: Window::default(),
            outcomes: Vec::new(),
            latency: Threshold::new(latency),
            loss: Threshold::new(loss),
        }
    }

    /// Takes one round trip, ms.
    pub fn round_trip(&mut self, round_trip: u64) {
        self.window.push(round_trip);
    }

    /// Takes one heartbeat that was due: answered in time or not.
    pub fn heartbeat(&mut self, answered: bool) {
        if self.outcomes.len() == limits::SAMPLES {
            self.outcomes.remove(0);
        }
        self.outcomes.push(answered);
    }

    /// Share of the heartbeats due that stayed unanswered, 0 to 1.
    #[must_use]
    pub fn loss(&self) -> Option<f64> {
        let lost = self.outcomes.iter().filter(|answered| !**answered).count();
        (!self.outcomes.is_empty()).then(|| lost as f64 / self.outcomes.len() as f64)
    }

    /// The round trips' figures.
    #[must_use]
    pub fn figures(&self, smoothed: Option<f64>) -> Figures {
        self.window.figures(smoothed)
    }

    /// Whether one of the thresholds is passed.
    #[must_use]
    pub fn is_degraded(&self) -> bool {
        self.latency.passed || self.loss.passed
    }

    /// `STABLE` or `DEGRADED`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        if self.is_degraded() { "DEGRADED" } else { "STABLE" }
    }

    /// What was crossed since the last call.
    pub fn crossings(&mut self) -> impl Iterator<Item = Crossing> + use<> {
        let latency = self.latency.judge(self.window.mean());
        // One lost heartbeat of two says nothing about a link.
        let enough = self.outcomes.len() >= limits::LOSS_SAMPLES_LEAST;
        let loss = self.loss.judge(self.loss().filter(|_| enough));
        let name = |crossed: Option<bool>, up, down| crossed.map(|passed| if passed { up } else { down });
        [
            name(latency, Crossing::LatencyExceeded, Crossing::LatencyRecovered),
            name(loss, Crossing::LossCritical, Crossing::LossRecovered),
        ]
        .into_iter()
        .flatten()
    }
}

#[derive(Clone, Copy, Debug)]
struct Threshold {
    at: f64,
    passed: bool,
}

impl Threshold {
    fn new(at: f64) -> Self {
        Self { at, passed: false }
    }

    /// Whether it was crossed just now, and which way.
    fn judge(&mut self, figure: Option<f64>) -> Option<bool> {
        let figure = figure?;
        let passed = if self.passed { figure >= self.at * RECOVERED_BELOW } else { figure > self.at };
        (passed != self.passed).then(|| {
            self.passed = passed;
            passed
        })
    }
}

keep!(Quality { window, outcomes, latency, loss });
keep!(Threshold { at, passed });

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_slow_link_is_told_once_and_its_recovery_once_without_flapping() {
        let mut quality = Quality::new(800.0, 0.15);
        quality.round_trip(900);
        assert_eq!(quality.crossings().collect::<Vec<_>>(), [Crossing::LatencyExceeded]);
        assert_eq!(quality.name(), "DEGRADED");
        quality.round_trip(600); // mean 750: over 80 % of the threshold, so still degraded
        assert_eq!(quality.crossings().count(), 0);
        quality.round_trip(100); // mean 533
        assert_eq!(quality.crossings().collect::<Vec<_>>(), [Crossing::LatencyRecovered]);
        assert_eq!(quality.crossings().count(), 0);
    }

    #[test]
    fn losses_are_judged_over_heartbeats_due() {
        let mut quality = Quality::new(800.0, 0.15);
        quality.heartbeat(false);
        assert_eq!(quality.crossings().count(), 0, "one heartbeat is no sample");
        (0..4).for_each(|_| quality.heartbeat(true));
        assert_eq!(quality.loss(), Some(0.2));
        assert_eq!(quality.crossings().collect::<Vec<_>>(), [Crossing::LossCritical]);
        (0..20).for_each(|_| quality.heartbeat(true));
        assert_eq!(quality.crossings().collect::<Vec<_>>(), [Crossing::LossRecovered]);
    }

    #[test]
    fn at_a_threshold_nothing_is_crossed_and_at_80_percent_of_it_nothing_has_recovered() {
        // (what the mean is, what is told)
        for (means, told) in [
            (vec![800], vec![]),
            (vec![801], vec![Crossing::LatencyExceeded]),
            (vec![900, 380], vec![Crossing::LatencyExceeded]), // 640: just 80 %
            (vec![900, 379], vec![Crossing::LatencyExceeded, Crossing::LatencyRecovered]),
        ] {
            let mut quality = Quality::new(800.0, 0.15);
            let mut crossings = Vec::new();
            for round_trip in means {
                quality.round_trip(round_trip);
                crossings.extend(quality.crossings());
            }
            assert_eq!(crossings, told);
        }
    }

    #[test]
    fn it_is_stable_again_only_when_both_figures_are() {
        let mut quality = Quality::new(800.0, 0.15);
        quality.round_trip(900);
        (0..5).for_each(|_| quality.heartbeat(false));
        assert_eq!(quality.crossings().collect::<Vec<_>>(), [Crossing::LatencyExceeded, Crossing::LossCritical]);
        quality.round_trip(1);
        assert_eq!(quality.crossings().collect::<Vec<_>>(), [Crossing::LatencyRecovered]);
        assert_eq!(quality.name(), "DEGRADED");
        (0..95).for_each(|_| quality.heartbeat(true));
        assert_eq!(quality.crossings().collect::<Vec<_>>(), [Crossing::LossRecovered]);
        assert_eq!(quality.name(), "STABLE");
    }

    #[test]
    fn what_lies_more_than_a_hundred_heartbeats_back_counts_no_more() {
        let mut quality = Quality::new(800.0, 0.15);
        for _ in 0..100 {
            quality.heartbeat(false);
            quality.round_trip(5_000);
        }
        assert_eq!((quality.loss(), quality.figures(None).mean), (Some(1.0), Some(5_000.0)));
        for _ in 0..100 {
            quality.heartbeat(true);
            quality.round_trip(50);
        }
        let figures = quality.figures(None);
        assert_eq!(
            (quality.loss(), figures.mean, figures.p95, figures.samples),
            (Some(0.0), Some(50.0), Some(50), 100)
        );
    }

    proptest! {
        #![proptest_config(crate::drawn::examples())]

        #[test]
        fn crossings_take_turns_and_each_is_true(
            latency in 1u64..2_000, loss in 0.01f64..1.0,
            heartbeats in prop::collection::vec((prop::option::of(0u64..4_000), any::<bool>()), 0..400)
        ) {
            let at = latency as f64;
            let mut quality = Quality::new(at, loss);
            let (mut slow, mut lossy) = (false, false);
            for (round_trip, answered) in heartbeats {
                if let Some(round_trip) = round_trip {
                    quality.round_trip(round_trip);
                }
                quality.heartbeat(answered);
                let crossings: Vec<_> = quality.crossings().collect();
                let (mean, lost) = (quality.figures(None).mean, quality.loss().unwrap());
                for crossing in crossings {
                    match crossing {
                        Crossing::LatencyExceeded => prop_assert!(!slow && mean.unwrap() > at),
                        Crossing::LatencyRecovered => prop_assert!(slow && mean.unwrap() < at * 0.8),
                        Crossing::LossCritical => prop_assert!(!lossy && lost > loss),
                        Crossing::LossRecovered => prop_assert!(lossy && lost < loss * 0.8),
                    }
                    match crossing {
                        Crossing::LatencyExceeded | Crossing::LatencyRecovered => slow = !slow,
                        Crossing::LossCritical | Crossing::LossRecovered => lossy = !lossy,
                    }
                }
                prop_assert_eq!(quality.is_degraded(), slow || lossy);
                prop_assert_eq!(quality.name(), if slow || lossy { "DEGRADED" } else { "STABLE" });
            }
        }
    }
}
