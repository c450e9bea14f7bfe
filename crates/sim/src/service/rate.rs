//! A token bucket: `rate` messages a second, with a burst of one second's worth.

use super::Millis;

/// Parts of a token that are lost to binary fractions, not to haste.
const ROUNDING: f64 = 1e-6;

#[derive(Debug)]
pub(super) struct Bucket {
    tokens: f64,
    filled_at: Millis,
}

impl Bucket {
    pub(super) fn full(rate: f64, now: Millis) -> Self {
        Self { tokens: burst(rate), filled_at: now }
    }

    /// Takes one token, or says in how many milliseconds there will be one.
    pub(super) fn take(&mut self, rate: f64, now: Millis) -> Result<(), Millis> {
        let passed = now.saturating_sub(self.filled_at) as f64 / 1000.0;
        self.tokens = (self.tokens + passed * rate).min(burst(rate));
        self.filled_at = now;
        if self.tokens >= 1.0 - ROUNDING {
            self.tokens -= 1.0;
            return Ok(());
        }
        Err(((1.0 - self.tokens) / rate * 1000.0 - ROUNDING).ceil() as Millis)
    }
}

fn burst(rate: f64) -> f64 {
    rate.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_takes_its_rate_and_then_says_how_long_to_wait() {
        let mut bucket = Bucket::full(2.0, 0);
        assert_eq!(bucket.take(2.0, 0), Ok(()));
        assert_eq!(bucket.take(2.0, 0), Ok(()));
        assert_eq!(bucket.take(2.0, 0), Err(500));
        assert_eq!(bucket.take(2.0, 499), Err(1));
        assert_eq!(bucket.take(2.0, 500), Ok(()));
    }

    #[test]
    fn a_slow_rate_lets_one_through_and_an_idle_hour_saves_up_no_more() {
        let mut bucket = Bucket::full(0.5, 0);
        assert_eq!(bucket.take(0.5, 0), Ok(()));
        assert_eq!(bucket.take(0.5, 3_600_000), Ok(()));
        assert_eq!(bucket.take(0.5, 3_600_000), Err(2000));
    }
}
