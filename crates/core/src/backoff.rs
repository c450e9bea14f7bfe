//! How long to wait before the next attempt. The clamp comes first and the jitter last, so that
//! clients stay spread at the cap; nothing falls until a connection has held; and whatever asks for
//! it, there is never more than the allowed number of opens in any twenty seconds.

use crate::checkpoint::keep;
use crate::limits;
use crate::random::Random;

/// The exponent of the wait.
#[derive(Clone, Debug)]
pub struct Backoff {
    base: u64,
    cap: u64,
    step: u32,
}

impl Backoff {
    /// A backoff from a first to a largest step, in milliseconds.
    #[must_use]
    pub fn new(base: u64, cap: u64) -> Self {
        Self { base, cap, step: 0 }
    }

    /// The next wait: uniform in `[0, base]` at first, then in `[t/2, t]` with
    /// `t = min(cap, base·2ⁿ)`.
    pub fn next(&mut self, random: &mut Random) -> u64 {
        let step = self.step;
        self.step = self.step.saturating_add(1);
        if step == 0 {
            return random.between(0, self.base);
        }
        let top = self.base.saturating_mul(1_u64.checked_shl(step).unwrap_or(u64::MAX)).min(self.cap);
        random.between(top / 2, top)
    }

    /// An attempt ran into its deadline: it counts for two. It took as long as several that are
    /// refused at once, and after an outage waits must be as long however the attempts failed.
    pub fn skip(&mut self) {
        self.step = self.step.saturating_add(1);
    }

    /// A wait at the cap, where the service asks for distance.
    pub fn at_cap(&mut self, random: &mut Random) -> u64 {
        while self.step < 32 && self.base.saturating_mul(1 << self.step) < self.cap {
            self.step += 1;
        }
        self.step += 1;
        random.between(self.cap / 2, self.cap)
    }

    /// A connection has been ready for so long: the counter halves step by step, and is forgotten
    /// after a minute. Gives the moment of the next step, in milliseconds of readiness.
    pub fn held(&mut self, ready_for: u64) -> Option<u64> {
        if ready_for >= limits::BACKOFF_FORGOTTEN_AFTER {
            self.step = 0;
        } else {
            self.step /= 2;
        }
        (self.step > 0).then(|| (ready_for + limits::STABLE_AFTER).min(limits::BACKOFF_FORGOTTEN_AFTER))
    }

    /// Forgets everything: the path works.
    pub fn reset(&mut self) {
        self.step = 0;
    }
}

keep!(Backoff { base, cap, step });

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn the_first_ordinary_reconnect_comes_in_under_a_second() {
        for seed in 0..200 {
            assert!(Backoff::new(1_000, 30_000).next(&mut Random::new([seed; 16])) <= 1_000);
        }
    }

    proptest! {
        #![proptest_config(crate::drawn::examples())]

        #[test]
        fn every_wait_lies_in_its_half_open_step_and_never_over_the_cap(
            seed: [u8; 16], base in 1u64..5_000, factor in 1u64..100, steps in 1u32..80
        ) {
            let cap = base * factor;
            let (mut backoff, mut random) = (Backoff::new(base, cap), Random::new(seed));
            prop_assert!(backoff.next(&mut random) <= base);
            for step in 1..steps {
                let top = (u128::from(base) << step.min(60)).min(u128::from(cap)) as u64;
                let wait = backoff.next(&mut random);
                prop_assert!((top / 2..=top).contains(&wait), "step {step}: {wait} not in {}..={top}", top / 2);
            }
        }

    }

    proptest! {
        #![proptest_config(crate::drawn::examples())]

        #[test]
        fn clients_that_fail_together_are_spread_over_the_whole_of_every_step(
            seed: [u8; 16], base in 100u64..5_000, factor in 1u64..100, step in 0u32..12
        ) {
            const CLIENTS: usize = 400;
            let cap = base * factor;
            let mut seeds = Random::new(seed);
            let top = base.saturating_mul(1 << step).min(cap);
            let least = if step == 0 { 0 } else { top / 2 };
            let mut parts = [0; 8];
            for _ in 0..CLIENTS {
                let (mut backoff, mut random) = (Backoff::new(base, cap), Random::new(seeds.uuid().into_bytes()));
                let wait = (0..=step).map(|_| backoff.next(&mut random)).last().unwrap();
                parts[((wait - least) * 8 / (top - least + 1)) as usize] += 1;
            }
            // 50 of 400 are expected in each part of the step; these bounds are six deviations and more away.
            prop_assert!(parts.iter().all(|part| (10..=110).contains(part)), "{parts:?}");
        }

        #[test]
        fn holding_never_lengthens_the_next_wait_and_a_minute_of_it_forgets_all(failures in 0u32..1 << 20) {
            let mut backoff = Backoff { base: 1_000, cap: 30_000, step: failures };
            let (mut before, mut next) = (backoff.step, Some(limits::STABLE_AFTER));
            let mut held = 0;
            while let Some(ready_for) = next {
                prop_assert!(ready_for > held && ready_for <= limits::BACKOFF_FORGOTTEN_AFTER);
                held = ready_for;
                next = backoff.held(ready_for);
                prop_assert!(backoff.step < before || backoff.step == 0);
                before = backoff.step;
            }
            prop_assert_eq!(backoff.step, 0);
        }
    }

    #[test]
    fn waits_at_the_cap_stay_spread() {
        let mut random = Random::new([3; 16]);
        let mut backoff = Backoff::new(1_000, 30_000);
        for _ in 0..10 {
            backoff.next(&mut random);
        }
        let waits: Vec<u64> = (0..1_000).map(|_| backoff.next(&mut random)).collect();
        let (least, most) = (*waits.iter().min().unwrap(), *waits.iter().max().unwrap());
        assert!(least < 15_500 && most > 29_500, "{least}..{most}");
    }

    #[test]
    fn a_connection_that_holds_lets_the_wait_fall_and_a_short_one_does_not() {
        let mut random = Random::new([1; 16]);
        let mut backoff = Backoff::new(1_000, 30_000);
        for _ in 0..6 {
            backoff.next(&mut random);
        }
        assert_eq!(backoff.clone().step, 6);
        assert_eq!(backoff.held(5_000), Some(10_000));
        assert_eq!(backoff.step, 3);
        assert_eq!(backoff.held(10_000), Some(15_000));
        assert_eq!(backoff.held(60_000), None);
        assert!(backoff.next(&mut random) <= 1_000);
    }

    #[test]
    fn a_service_that_asks_for_distance_gets_it_at_once() {
        let mut random = Random::new([1; 16]);
        let mut backoff = Backoff::new(1_000, 30_000);
        assert!(backoff.at_cap(&mut random) >= 15_000);
        assert!(backoff.next(&mut random) >= 15_000);
    }
}
