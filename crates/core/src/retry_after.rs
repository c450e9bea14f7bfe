//! `Retry-After`: the header in both forms (RFC 9110, 10.2.3), and the wait that follows from it.

use crate::json::digits;
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
        return Some(digits(header, u64::MAX).unwrap_or(u64::MAX).saturating_mul(1_000));
    }
    let until = epoch(header)?;
    Some(until.saturating_sub(answered_at(date, wall)))
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

/// When an answer was given, by its header `Date`, epoch ms; else by our wall clock.
pub(crate) fn answered_at(date: Option<&str>, wall: u64) -> u64 {
    date.filter(|date| date.len() <= limits::HEADER_BYTES).and_then(|date| epoch(date.trim_ascii())).unwrap_or(wall)
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
    let number = digits;
    let month = (0..12).find(|place| MONTHS.get(place * 3..place * 3 + 3) == Some(month))? as u64 + 1;
    // Two digits: a year that seems more than 50 years ahead is past (RFC 9110, 5.6.7).
    let century = if year.len() != 2 {
        0
    } else if year < "70" {
        2_000
    } else {
        1_900
    };
    let year = number(year, 9_999)? + century;
    let day = number(day, 31).filter(|day| *day > 0)?;
    let seconds = number(hour, 23)? * 3_600 + number(minute, 59)? * 60 + number(second, 60)?;
    Some((days(year, month, day)? * 86_400 + seconds) * 1_000)
}

/// Days from 1970-01-01 in the Gregorian calendar, counted from March so that the leap day is last.
pub(crate) fn days(year: u64, month: u64, day: u64) -> Option<u64> {
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
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(NOON), Some(0)),
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
        #![proptest_config(crate::drawn::examples())]

        #[test]
        fn the_wait_never_undercuts_what_was_asked(seed: [u8; 16], asked in 0u64..7_200_000) {
            let wait = wait(asked, &mut Random::new(seed));
            prop_assert!(wait >= asked && wait <= asked + (asked / 4).max(1_000));
        }

        #[test]
        fn every_date_of_the_rfc_is_read_as_the_library_reads_it(seconds in 0u64..253_402_300_799) {
            let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
            let date = httpdate::fmt_http_date(time);
            prop_assert_eq!(epoch(&date), Some(seconds * 1_000));
            // "Sun, 06 Nov 1994 08:49:37 GMT", in the two obsolete forms of RFC 9110, 5.6.7.
            let (weekday, day, month) = (&date[..3], &date[5..7], &date[8..11]);
            let (year, clock) = (&date[12..16], &date[17..25]);
            let named = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
            let named = named.into_iter().find(|name| name.starts_with(weekday)).unwrap();
            for obsolete in [
                format!("{named}, {day}-{month}-{} {clock} GMT", &year[2..]),
                format!("{weekday} {month} {:>2} {clock} {year}", day.trim_start_matches('0')),
            ] {
                // Of two digits the century is a guess, and so may be the day of the week.
                if let Ok(time) = httpdate::parse_http_date(&obsolete) {
                    let since = time.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as u64;
                    prop_assert_eq!(epoch(&obsolete), Some(since), "{}", obsolete);
                }
            }
        }

        #[test]
        fn what_the_library_takes_for_a_date_is_the_same_moment_here(
            date in "(Mon|Sat), [0-3][0-9] (Jan|Feb|Dec|Oct) [0-9]{4} [0-2][0-9]:[0-6][0-9]:[0-6][0-9] GMT"
        ) {
            if let Ok(time) = httpdate::parse_http_date(&date) {
                let since = time.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as u64;
                prop_assert_eq!(epoch(&date), Some(since));
            }
        }

        #[test]
        fn a_number_of_seconds_is_that_many_whatever_stands_around_it(asked: u64, before in "[ \t]{0,3}", after in "[ \t]{0,3}") {
            prop_assert_eq!(parse(&format!("{before}{asked}{after}"), None, NOON_MS), Some(asked.saturating_mul(1_000)));
        }

        #[test]
        fn a_date_asks_for_its_distance_from_the_answers_own_date(from in 0u64..4_000_000_000, ahead in 0u64..100_000, wall: u64) {
            let at = |seconds| httpdate::fmt_http_date(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds));
            prop_assert_eq!(parse(&at(from + ahead), Some(&at(from)), wall), Some(ahead * 1_000));
            prop_assert_eq!(parse(&at(from), Some(&at(from + ahead)), wall), Some(0));
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
