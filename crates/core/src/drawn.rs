//! The examples that the properties of this crate are tried with.

use proptest::test_runner::{Config, RngSeed};

/// `PROPTEST_RNG_SEED` says what they are drawn from; without it they are others each time. proptest reads it where there is an
/// environment. In a browser there is none: there it is what it was when the tests were compiled.
pub(crate) fn examples() -> Config {
    #[cfg(target_arch = "wasm32")]
    if let Some(seed) = option_env!("PROPTEST_RNG_SEED") {
        return Config { rng_seed: RngSeed::Fixed(seed.parse().expect("a number")), ..Config::default() };
    }
    Config::default()
}

mod tests {
    use super::*;
    use proptest::prelude::RngExt as _;
    use proptest::test_runner::TestRunner;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn what_a_seed_was_given_for_is_drawn_the_same_each_time() {
        let first = || TestRunner::new(examples()).new_rng().random::<u64>();
        let seeded = examples().rng_seed != RngSeed::Random;
        assert_eq!(first() == first(), seeded);
        #[cfg(target_arch = "wasm32")]
        assert_eq!(seeded, option_env!("PROPTEST_RNG_SEED").is_some());
    }
}
