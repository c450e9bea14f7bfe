//! `Retry-After`: the header in both forms (RFC 9110, 10.2.3), and the wait that follows from it.

use crate::limits;
use crate::random::Random;

/// How long the header asks to wait, in milliseconds. A date is read against the answer's own
/// `Date` where that can be read, else against our wall clock.
#[must_use]
pub fn parse(header: &str, date: Option<&str>, wall: u64) -> Option<u64> {
    let header = header.trim_ascii();
    if header.len() > limits::HEADER_BYTES {
        return None;
    }
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a u64 holds still mean "very long".
        return Some(header.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(1_000));
    }
    let until = epoch(header)?;
    let date = date.filter(|date| date.len() <= limits::HEADER_BYTES);
    let from = date.and_then(|date| epoch(date.trim_ascii())).unwrap_or(wall);
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

/// The three forms of RFC 9110, 5.6.7, in milliseconds since 1970. By hand: the library that reads
/// them weighs 3.7 kB in the module (docs/size.md); a test holds the two together.
fn epoch(date: &str) -> Option<u64> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let mut parts = [""; 8];
    let mut count = 0;
    for part in date.split([' ', ',', '-', ':']).filter(|part| !part.is_empty()) {
        *parts.get_mut(count)? = part;
        count += 1;
    }
    let [day, month, year, hour, minute, second] = match (parts, count) {
        ([_, day, month, year, hour, minute, second, "GMT"], 8) => [day, month, year, hour, minute, second],
        ([_, month, day, hour, minute, second, year, ""], 7) => [day, month, year, hour, minute, second],
        _ => return None,
    };
    let number = |text: &str, most: u64| text.parse::<u64>().ok().filter(|number| *number <= most);
    let month = (0..12).find(|place| MONTHS.get(place * 3..place * 3 + 3) == Some(month))? as u64 + 1;
    let year = number(year, 9_999)? + if year.len() == 2 { 2_000 } else { 0 };
    let day = number(day, 31).filter(|day| *day > 0)?;
    let seconds = number(hour, 23)? * 3_600 + number(minute, 59)? * 60 + number(second, 60)?;
    Some((days(year, month, day)? * 86_400 + seconds) * 1_000)
}

/// Days from 1970-01-01 in the Gregorian calendar, counted from March so that the leap day is last.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let since_year_0 = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    since_year_0.checked_sub(719_468)
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
        fn every_date_of_the_rfc_is_read_as_the_library_reads_it(seconds in 0u64..253_402_300_799) {
            let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
            prop_assert_eq!(epoch(&httpdate::fmt_http_date(time)), Some(seconds * 1_000));
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
