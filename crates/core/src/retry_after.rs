//! `Retry-After`: the header in both forms (RFC 9110, 10.2.3), and the wait that follows from it.

use crate::limits;
use crate::random::Random;

/// How long the header asks to wait, in milliseconds. A date is read against the answer's own
/// `Date` where that can be read, else against our wall clock.
#[must_use]
pub fn parse(header: &str, date: Option<&str>, wall: u64) -> Option<u64> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a u64 holds still mean "very long".
        return Some(header.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(1_000));
    }
    let until = epoch(header)?;
    let from = date.and_then(|date| epoch(date.trim())).unwrap_or(wall);
    Some(until.saturating_sub(from))
}

/// A number of seconds in a body or a frame, in milliseconds.
#[must_use]
pub fn seconds(number: f64) -> Option<u64> {
    // The cast saturates, which is right for an absurd wait.
    (number.is_finite() && number >= 0.0).then_some((number * 1_000.0).ceil() as u64)
}

/// The wait that the client makes of it: uniform in `[asked, asked + max(1 s, asked / 4)]`. Never
/// less than was asked, and spread, so that all who were refused together do not return together.
pub fn wait(asked: u64, random: &mut Random) -> u64 {
    asked.saturating_add(random.between(0, (asked / 4).clamp(1_000, limits::RETRY_AFTER_MOST)))
}

fn epoch(date: &str) -> Option<u64> {
    let time = httpdate::parse_http_date(date).ok()?;
    u64::try_from(time.duration_since(std::time::UNIX_EPOCH).ok()?.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const NOON: &str = "Sat, 21 Nov 2026 12:00:00 GMT";
    const NOON_MS: u64 = 1_795_262_400_000;

    #[test]
    fn both_forms_are_read_and_nonsense_is_not() {
        for (header, date, asked) in [
            ("120", None, Some(120_000)),
            (" 0 ", None, Some(0)),
            ("99999999999999999999999", None, Some(u64::MAX)),
            ("Sat, 21 Nov 2026 12:00:30 GMT", Some(NOON), Some(30_000)),
            ("Sat, 21 Nov 2026 12:00:30 GMT", None, Some(30_000)),
            ("Sat, 21 Nov 2026 12:00:30 GMT", Some("yesterday"), Some(30_000)),
            ("Saturday, 21-Nov-26 12:00:05 GMT", Some(NOON), Some(5_000)),
            ("Sat Nov 21 12:00:05 2026", Some(NOON), Some(5_000)),
            ("Sat, 21 Nov 2026 11:00:00 GMT", Some(NOON), Some(0)),
            ("-5", None, None),
            ("1.5", None, None),
            ("soon", None, None),
            ("", None, None),
        ] {
            assert_eq!(parse(header, date, NOON_MS), asked, "{header:?}");
        }
    }

    #[test]
    fn a_wrong_local_clock_changes_nothing_where_the_answer_has_a_date() {
        assert_eq!(parse("Sat, 21 Nov 2026 12:01:00 GMT", Some(NOON), 0), Some(60_000));
    }

    proptest! {
        #[test]
        fn the_wait_never_undercuts_what_was_asked(seed: [u8; 16], asked in 0u64..7_200_000) {
            let wait = wait(asked, &mut Random::new(seed));
            prop_assert!(wait >= asked && wait <= asked + (asked / 4).max(1_000));
        }

        #[test]
        fn whatever_a_server_writes_is_survived(header: String, date: Option<String>) {
            let _ = parse(&header, date.as_deref(), NOON_MS);
        }

        #[test]
        fn seconds_in_a_body_are_never_rounded_down(number in 0.0f64..100_000.0) {
            prop_assert!(seconds(number).unwrap() as f64 >= number * 1_000.0);
        }
    }
}
