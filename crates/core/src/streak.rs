//! Failures in a row. What repeats, and is not mended by waiting, is told once until something succeeds: nothing fails for ever
//! in silence.

use crate::checkpoint::keep;
use crate::failure::Failure;
use crate::limits;

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Streak {
    /// Failures since the last success.
    pub(crate) count: u32,
    /// When the first of them was, epoch ms.
    pub(crate) since: u64,
    /// For how long the client has been awake since, ms.
    awake: u64,
    /// What the last one was, as a number.
    cause: u32,
    /// How many in a row were the same.
    same: u32,
    told: bool,
}

impl Streak {
    /// Something came of it.
    pub(crate) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// What failed has another reason, such as no network at all. What was told stays told.
    pub(crate) fn excused(&mut self) {
        *self = Self { told: self.told, ..Self::default() };
    }

    /// So long passed, ms, awake.
    pub(crate) fn passed(&mut self, ms: u64) {
        self.awake = self.awake.saturating_add(ms);
    }

    /// One more failure at `wall`, epoch ms. True: it is to be told.
    pub(crate) fn failed(&mut self, wall: u64, why: &str, failure: &Failure) -> bool {
        if self.count == 0 {
            *self = Self { told: self.told, since: wall, ..Self::default() };
        }
        let cause = number(why, failure);
        self.same = if cause == self.cause && self.count > 0 { self.same.saturating_add(1) } else { 1 };
        self.cause = cause;
        self.count = self.count.saturating_add(1);
        // Two causes in turn repeat as well.
        let repeats = self.same >= limits::REPEATED_FAILURES || self.count >= 2 * limits::REPEATED_FAILURES;
        let tells = repeats && self.awake >= limits::REPEATED_FOR && !self.told;
        self.told |= tells;
        tells
    }
}

/// Stands for a cause (FNV-1a): a checkpoint has no room for words, and the host is none of its business.
fn number(why: &str, failure: &Failure) -> u32 {
    let code = failure.code.as_ref().map_or("", |code| code.name());
    let status = failure.status.unwrap_or(0).to_le_bytes();
    let bytes = why.bytes().chain([b' ']).chain(code.bytes()).chain(status);
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

keep!(Streak { count, since, awake, cause, same, told });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::ErrorCode;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn nothing() -> Failure {
        Failure::default()
    }

    fn code(code: &str) -> Failure {
        Failure { code: ErrorCode::new(code), ..Failure::default() }
    }

    #[test]
    fn the_third_of_one_cause_is_told_once_after_half_a_minute_and_again_after_a_success() {
        let mut streak = Streak::default();
        for round in 0..2 {
            assert!(!streak.failed(1_000 + round, "network", &nothing()));
            streak.passed(29_999);
            assert!(!streak.failed(2_000, "network", &nothing()));
            assert!(!streak.failed(3_000, "network", &nothing()));
            streak.passed(1);
            assert!(streak.failed(4_000, "network", &nothing()));
            assert_eq!((streak.count, streak.since), (4, 1_000 + round));
            streak.passed(600_000);
            assert!(!streak.failed(5_000, "network", &nothing()), "once");
            streak.excused();
            for _ in 0..9 {
                streak.passed(30_000);
                assert!(!streak.failed(6_000, "network", &nothing()), "once until something succeeds");
            }
            streak.succeeded();
        }
    }

    #[test]
    fn another_cause_begins_anew_but_causes_in_turn_repeat_too() {
        let mut streak = Streak::default();
        for _ in 0..2 {
            assert!(!streak.failed(0, "network", &code("ECONNREFUSED")));
            streak.passed(60_000);
            assert!(!streak.failed(0, "network", &code("EAI_AGAIN")));
        }
        assert!(!streak.failed(0, "unopened", &code("EAI_AGAIN")));
        assert!(streak.failed(0, "network", &code("EAI_AGAIN")), "the sixth, of whatever causes");
    }

    #[test]
    fn what_failed_without_a_network_does_not_count() {
        let mut streak = Streak::default();
        for _ in 0..9 {
            streak.passed(60_000);
            streak.excused();
        }
        assert!(!streak.failed(0, "network", &nothing()));
        assert!(!streak.failed(0, "network", &nothing()));
        assert!(!streak.failed(0, "network", &nothing()), "no time has passed");
        streak.passed(30_000);
        assert!(streak.failed(0, "network", &nothing()));
    }
}
