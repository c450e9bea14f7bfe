//! The client's one generator. It is seeded once, so a run is a function of its inputs; nothing
//! secret ever comes from it.

use crate::checkpoint::{Keep, Writer};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};
use rand_xoshiro::Xoshiro128PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use uuid::{Builder, Uuid};

/// A seeded source of jitter and of message ids.
#[derive(Clone, Debug)]
pub struct Random(Xoshiro128PlusPlus);

impl Random {
    /// A generator from 128 bits of the platform's randomness.
    #[must_use]
    pub fn new(seed: [u8; 16]) -> Self {
        Self(Xoshiro128PlusPlus::from_seed(seed))
    }

    /// Uniform in `[from, to]`, both included.
    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        let span = to.saturating_sub(from).min(u64::from(u32::MAX) - 1) + 1;
        from + ((u64::from(self.0.next_u32()) * span) >> 32)
    }

    /// A random UUID (RFC 9562, version 4).
    pub fn uuid(&mut self) -> Uuid {
        let mut bytes = [0; 16];
        self.0.fill_bytes(&mut bytes);
        Builder::from_random_bytes(bytes).into_uuid()
    }
}

impl Keep for Random {
    fn keep(&self, to: &mut Writer) {
        self.0.state().keep(to);
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        Keep::restore(from).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    proptest! {
        #![proptest_config(crate::drawn::examples())]

        #[test]
        fn a_draw_stays_within_its_bounds(seed: [u8; 16], from in 0u64..1 << 40, span in 0u64..4_000_000) {
            let drawn = Random::new(seed).between(from, from + span);
            prop_assert!((from..=from + span).contains(&drawn));
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        let ids = |seed| {
            let mut random = Random::new(seed);
            [random.uuid(), random.uuid()]
        };
        assert_eq!(ids([7; 16]), ids([7; 16]));
        assert_ne!(ids([7; 16]), ids([8; 16]));
        assert_ne!(ids([7; 16])[0], ids([7; 16])[1]);
    }
}
