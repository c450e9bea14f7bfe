//! The two clocks, as an argument of every input. Deadlines are monotonic; an age that must
//! outlive a sleep is the larger of both differences.

use crate::checkpoint::keep;

/// One moment, read from both of the platform's clocks. Milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Never goes back within one process; may stand still while the machine sleeps.
    pub monotonic: u64,
    /// Since the Unix epoch; may step either way.
    pub wall: u64,
}

keep!(Now { monotonic, wall });

impl Now {
    /// How long ago `then` was: the larger of the two differences. A wall clock that went back
    /// counts as 0, so a clock step cannot make anything younger than its monotonic age.
    #[must_use]
    pub fn since(self, then: Now) -> u64 {
        let monotonic = self.monotonic.saturating_sub(then.monotonic);
        monotonic.max(self.wall.saturating_sub(then.wall))
    }

    /// How far the two clocks parted since `then`: a sleep, or a clock step.
    #[must_use]
    pub fn parted_since(self, then: Now) -> u64 {
        let monotonic = self.monotonic.saturating_sub(then.monotonic);
        let wall = i128::from(self.wall) - i128::from(then.wall);
        u64::try_from((wall - i128::from(monotonic)).unsigned_abs()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn at(monotonic: u64, wall: u64) -> Now {
        Now { monotonic, wall }
    }

    #[test]
    fn an_age_survives_a_sleep_that_the_monotonic_clock_missed() {
        assert_eq!(at(10, 90_000).since(at(5, 1_000)), 89_000);
    }

    #[test]
    fn a_wall_clock_set_back_makes_nothing_younger() {
        assert_eq!(at(700, 50).since(at(200, 90_000)), 500);
    }

    #[test]
    fn clocks_part_both_ways() {
        assert_eq!(at(100, 10_100).parted_since(at(0, 0)), 10_000);
        assert_eq!(at(10_100, 100).parted_since(at(0, 0)), 10_000);
        assert_eq!(at(5, 0).parted_since(at(0, 5)), 10);
    }
}
