//! Round trips: a smoothed estimate as in RFC 6298, and the figures over a window of the latest.

use crate::checkpoint::keep;
use crate::limits;

/// The smoothed round trip and its deviation (RFC 6298, 2), in milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Estimator {
    smoothed: Option<f64>,
    deviation: f64,
}

impl Estimator {
    /// Takes one measured round trip.
    pub fn sample(&mut self, round_trip: u64) {
        let measured = round_trip as f64;
        match self.smoothed {
            None => {
                self.smoothed = Some(measured);
                self.deviation = measured / 2.0;
            }
            Some(smoothed) => {
                self.deviation = 0.75 * self.deviation + 0.25 * (smoothed - measured).abs();
                self.smoothed = Some(0.875 * smoothed + 0.125 * measured);
            }
        }
    }

    /// The estimate.
    #[must_use]
    pub fn smoothed(&self) -> Option<f64> {
        self.smoothed
    }

    /// `srtt + 4·rttvar` within bounds; `first` before anything was measured.
    #[must_use]
    pub fn timeout(&self, first: u64, least: u64, most: u64) -> u64 {
        let timeout = self.smoothed.map_or(first, |smoothed| (smoothed + 4.0 * self.deviation).ceil() as u64);
        timeout.clamp(least, most.max(least))
    }
}

/// The figures over the window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// The latest, ms.
    pub last: Option<u64>,
    /// Mean over the window, ms.
    pub mean: Option<f64>,
    /// Median, ms.
    pub p50: Option<u64>,
    /// 95th percentile, ms.
    pub p95: Option<u64>,
    /// Smoothed as in RFC 6298, ms.
    pub smoothed: Option<f64>,
    /// Round trips in the window.
    pub samples: usize,
}

/// The latest round trips.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// Milliseconds. 32 bits are 49 days, and half the memory of an idle client's windows.
    samples: Vec<u32>,
}

impl Window {
    /// Takes one round trip, in milliseconds.
    pub fn push(&mut self, round_trip: u64) {
        if self.samples.len() == limits::SAMPLES {
            self.samples.remove(0);
        }
        self.samples.push(u32::try_from(round_trip).unwrap_or(u32::MAX));
    }

    /// The mean.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (!self.samples.is_empty()).then(|| {
            self.samples.iter().map(|&sample| u64::from(sample)).sum::<u64>() as f64 / self.samples.len() as f64
        })
    }

    /// All figures; percentiles by the nearest rank.
    #[must_use]
    pub fn figures(&self, smoothed: Option<f64>) -> Figures {
        // Insertion into at most a hundred numbers; the library's sort weighs 3 kB.
        let mut sorted: Vec<u32> = Vec::with_capacity(self.samples.len());
        for &round_trip in &self.samples {
            let place = sorted.partition_point(|&other| other <= round_trip);
            sorted.insert(place, round_trip);
        }
        let rank = |percent: usize| {
            sorted.get((sorted.len() * percent).div_ceil(100).saturating_sub(1)).copied().map(u64::from)
        };
        Figures {
            last: self.samples.last().copied().map(u64::from),
            mean: self.mean(),
            p50: rank(50),
            p95: rank(95),
            smoothed,
            samples: sorted.len(),
        }
    }
}

keep!(Estimator { smoothed, deviation });
keep!(Window { samples });

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn the_estimate_follows_the_rfc() {
        let mut estimator = Estimator::default();
        assert_eq!(estimator.timeout(10_000, 0, 30_000), 10_000);
        estimator.sample(100);
        assert_eq!(estimator.timeout(0, 0, 30_000), 300); // 100 + 4 · 50
        estimator.sample(200);
        // rttvar = 0.75·50 + 0.25·100 = 62.5; srtt = 112.5
        assert_eq!(estimator.smoothed(), Some(112.5));
        assert_eq!(estimator.timeout(0, 0, 30_000), 363);
    }

    #[test]
    fn the_figures_are_those_of_the_last_hundred() {
        let mut window = Window::default();
        (1..=200).rev().for_each(|round_trip| window.push(round_trip));
        let figures = window.figures(Some(7.0));
        assert_eq!((figures.mean, figures.p50, figures.p95), (Some(50.5), Some(50), Some(95)));
        assert_eq!((figures.last, figures.samples, figures.smoothed), (Some(1), 100, Some(7.0)));
    }

    proptest! {
        #![proptest_config(crate::drawn::examples())]

        #[test]
        fn a_deadline_keeps_its_bounds(samples in prop::collection::vec(0u64..1_000_000, 0..50)) {
            let mut estimator = Estimator::default();
            for sample in samples { estimator.sample(sample); }
            prop_assert!((3_000..=10_000).contains(&estimator.timeout(10_000, 3_000, 10_000)));
        }

        #[test]
        fn the_estimate_is_the_rfcs_and_lies_among_what_was_measured(samples in prop::collection::vec(0u64..1_000_000, 1..50)) {
            let mut estimator = Estimator::default();
            // RFC 6298, 2.2 and 2.3, as it is written there.
            let (mut srtt, mut rttvar) = (samples[0] as f64, samples[0] as f64 / 2.0);
            estimator.sample(samples[0]);
            for &sample in &samples[1..] {
                let r = sample as f64;
                rttvar = (1.0 - 1.0 / 4.0) * rttvar + 1.0 / 4.0 * (srtt - r).abs();
                srtt = (1.0 - 1.0 / 8.0) * srtt + 1.0 / 8.0 * r;
                estimator.sample(sample);
            }
            let smoothed = estimator.smoothed().unwrap();
            prop_assert!((smoothed - srtt).abs() < 1e-3);
            let (least, most) = (*samples.iter().min().unwrap() as f64, *samples.iter().max().unwrap() as f64);
            prop_assert!((least - 1e-3..=most + 1e-3).contains(&smoothed));
            let timeout = estimator.timeout(0, 0, u64::MAX);
            prop_assert!((timeout as f64 - (srtt + 4.0 * rttvar)).abs() <= 1.0, "{timeout}");
            prop_assert!(timeout as f64 >= smoothed);
        }

        #[test]
        fn a_way_that_has_become_steady_gets_a_deadline_close_to_it(
            before in prop::collection::vec(0u64..60_000, 0..30), steady in 1u64..60_000
        ) {
            let mut estimator = Estimator::default();
            before.iter().for_each(|&sample| estimator.sample(sample));
            for _ in 0..200 { estimator.sample(steady); }
            let timeout = estimator.timeout(0, 0, u64::MAX);
            prop_assert!((steady..=steady + 2).contains(&timeout), "{timeout} for {steady}");
        }

        #[test]
        fn percentiles_are_samples_and_ordered(samples in prop::collection::vec(0u64..10_000, 1..300)) {
            let mut window = Window::default();
            for &sample in &samples { window.push(sample); }
            let figures = window.figures(None);
            let kept = &samples[samples.len().saturating_sub(100)..];
            prop_assert!(figures.p50 <= figures.p95 && kept.contains(&figures.p50.unwrap()));
            prop_assert_eq!(figures.samples, kept.len());
            prop_assert_eq!(figures.last, samples.last().copied());
        }
    }
}
