//! Token buckets: so many at a steady pace, and a burst of some.

use super::Millis;

/// Parts of a token that are lost to binary fractions, not to haste.
const ROUNDING: f64 = 1e-6;

/// How much is allowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pace {
    per_second: f64,
    burst: f64,
}

impl Pace {
    /// So many a second, with a burst of one second's worth.
    pub(super) fn per_second(rate: f64) -> Self {
        Self { per_second: rate, burst: rate.max(1.0) }
    }

    /// So many a minute, with a burst of one minute's worth.
    pub(super) fn per_minute(rate: f64) -> Self {
        Self { per_second: rate / 60.0, burst: rate.max(1.0) }
    }
}

#[derive(Debug)]
pub(super) struct Bucket {
    pace: Pace,
    tokens: f64,
    filled_at: Millis,
}

impl Bucket {
    pub(super) fn full(pace: Pace, now: Millis) -> Self {
        Self { pace, tokens: pace.burst, filled_at: now }
    }

    /// Takes one token, or says in how many milliseconds there will be one.
    pub(super) fn take(&mut self, now: Millis) -> Result<(), Millis> {
        let passed = now.saturating_sub(self.filled_at) as f64 / 1000.0;
        self.tokens = (self.tokens + passed * self.pace.per_second).min(self.pace.burst);
        self.filled_at = now;
        if self.tokens >= 1.0 - ROUNDING {
            self.tokens -= 1.0;
            return Ok(());
        }
        Err(((1.0 - self.tokens) / self.pace.per_second * 1000.0 - ROUNDING).ceil() as Millis)
    }
}

/// `Retry-After` counts in whole seconds, and too early is worse than too late.
pub(super) fn whole_seconds(ms: Millis) -> u32 {
    u32::try_from(ms.div_ceil(1000)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_takes_its_rate_and_then_says_how_long_to_wait() {
        let mut bucket = Bucket::full(Pace::per_second(2.0), 0);
        assert_eq!(bucket.take(0), Ok(()));
        assert_eq!(bucket.take(0), Ok(()));
        assert_eq!(bucket.take(0), Err(500));
        assert_eq!(bucket.take(499), Err(1));
        assert_eq!(bucket.take(500), Ok(()));
    }

    #[test]
    fn a_slow_rate_lets_one_through_and_an_idle_hour_saves_up_no_more() {
        let mut bucket = Bucket::full(Pace::per_second(0.5), 0);
        assert_eq!(bucket.take(0), Ok(()));
        assert_eq!(bucket.take(3_600_000), Ok(()));
        assert_eq!(bucket.take(3_600_000), Err(2000));
    }

    #[test]
    fn a_minute_takes_its_rate_at_once_and_then_one_at_a_time() {
        let mut bucket = Bucket::full(Pace::per_minute(2.0), 0);
        assert_eq!((bucket.take(0), bucket.take(0)), (Ok(()), Ok(())));
        assert_eq!(bucket.take(0), Err(30_000));
        assert_eq!(bucket.take(30_000), Ok(()));
        assert_eq!(bucket.take(30_000), Err(30_000));
    }
}
