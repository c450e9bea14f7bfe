//! The tokens that were given out, and what each has left of its minute.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::service::budget::Reservation;
use crate::service::limits::{MAX_JWTS, TOKEN_WEIGHT};
use crate::service::{Millis, weight};

/// How long API calls are counted together.
const MINUTE: Millis = 60_000;

/// What is known of a token. Its text is the key, and is in no report.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) client: String,
    expires_at: Millis,
    revoked: bool,
    counted_from: Millis,
    calls: u32,
    _weight: Reservation,
}

/// Why a token does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denied {
    Absent,
    Unknown,
    /// It did count once.
    Over,
}

/// How often a token may still call, as the headers say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Allowance {
    pub(super) count: u32,
    pub(super) allowed: u32,
    /// Until it is counted anew, in ms.
    pub(super) reset: Millis,
}

impl Token {
    pub(super) fn is_alive(&self, now: Millis) -> bool {
        !self.revoked && now < self.expires_at
    }

    /// Counts a call. It is one too many where the count is above what is allowed.
    pub(super) fn count(&mut self, now: Millis, allowed: u32) -> Allowance {
        if now >= self.counted_from.saturating_add(MINUTE) {
            (self.counted_from, self.calls) = (now, 0);
        }
        self.calls = self.calls.saturating_add(1);
        Allowance { count: self.calls, allowed, reset: (self.counted_from + MINUTE).saturating_sub(now) }
    }
}

#[derive(Default)]
pub(super) struct Tokens {
    by_text: HashMap<String, Token>,
    /// In order of giving: what is asked of all must not depend on a hash.
    order: VecDeque<String>,
    issued: u64,
}

impl Tokens {
    /// What one weighs, which stands in two tables.
    pub(super) fn weight(text: &str, client: &str) -> usize {
        TOKEN_WEIGHT + 2 * weight::text(text) + weight::text(client)
    }

    /// Forgets those that count no more.
    pub(super) fn forget_over(&mut self, now: Millis) {
        self.forget_but(|_, token| token.is_alive(now));
    }

    /// Forgets those that count no more, and those that nothing is left of.
    pub(super) fn forget_unused(&mut self, now: Millis, used: &HashSet<String>) {
        self.forget_but(|text, token| token.is_alive(now) && used.contains(text));
    }

    fn forget_but(&mut self, keep: impl Fn(&str, &Token) -> bool) {
        self.by_text.retain(|text, token| keep(text, token));
        self.order.retain(|text| self.by_text.contains_key(text));
    }

    /// Where there is no room, those that count no more are forgotten, and then the oldest.
    pub(super) fn insert(&mut self, now: Millis, text: String, client: String, life: Millis, weight: Reservation) {
        if self.by_text.len() >= MAX_JWTS {
            self.forget_over(now);
        }
        if self.by_text.len() >= MAX_JWTS
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_text.remove(&oldest);
        }
        self.issued += 1;
        self.order.push_back(text.clone());
        let token =
            Token { client, expires_at: now + life, revoked: false, counted_from: now, calls: 0, _weight: weight };
        self.by_text.insert(text, token);
    }

    pub(super) fn get(&self, text: &str) -> Option<&Token> {
        self.by_text.get(text)
    }

    pub(super) fn check(&mut self, now: Millis, text: Option<&str>) -> Result<&mut Token, Denied> {
        let text = text.filter(|text| !text.is_empty()).ok_or(Denied::Absent)?;
        let token = self.by_text.get_mut(text).ok_or(Denied::Unknown)?;
        if token.is_alive(now) { Ok(token) } else { Err(Denied::Over) }
    }

    /// The tokens that count, in order of giving; of one application, or all.
    pub(super) fn alive(&self, now: Millis, client: Option<&str>) -> Vec<String> {
        let concerned = |text: &&String| {
            self.by_text
                .get(*text)
                .is_some_and(|token| token.is_alive(now) && client.is_none_or(|client| token.client == client))
        };
        self.order.iter().filter(concerned).cloned().collect()
    }

    /// It counts no more. False: it did not before.
    pub(super) fn revoke(&mut self, now: Millis, text: &str) -> bool {
        let Some(token) = self.by_text.get_mut(text).filter(|token| token.is_alive(now)) else {
            return false;
        };
        token.revoked = true;
        true
    }

    /// How many were ever given out.
    pub(super) fn issued(&self) -> u64 {
        self.issued
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::budget::{Budget, Use};

    fn nothing() -> Reservation {
        Budget::new(1).charge(Use::Tokens, 0)
    }

    fn one() -> Tokens {
        let mut tokens = Tokens::default();
        tokens.insert(0, "t".into(), "app".into(), 1_000, nothing());
        tokens
    }

    #[test]
    fn a_token_counts_until_it_expires_or_is_revoked() {
        let mut tokens = one();
        assert!(tokens.check(999, Some("t")).is_ok());
        assert_eq!(tokens.check(1_000, Some("t")).err(), Some(Denied::Over));
        assert_eq!(tokens.check(0, Some("u")).err(), Some(Denied::Unknown));
        assert_eq!(tokens.check(0, Some("")).err(), Some(Denied::Absent));
        assert!(tokens.revoke(0, "t") && !tokens.revoke(0, "t"));
        assert_eq!(tokens.check(0, Some("t")).err(), Some(Denied::Over));
    }

    #[test]
    fn calls_are_counted_by_the_minute_from_the_first_on() {
        let mut tokens = Tokens::default();
        tokens.insert(0, "t".into(), "app".into(), 1_000_000, nothing());
        let token = tokens.check(0, Some("t")).expect("good");
        assert_eq!(token.count(10_000, 2), Allowance { count: 1, allowed: 2, reset: 50_000 });
        assert_eq!(token.count(59_999, 2).count, 2);
        assert_eq!(token.count(59_999, 2).count, 3, "one too many");
        assert_eq!(token.count(60_000, 2), Allowance { count: 1, allowed: 2, reset: 60_000 });
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_oldest_goes() {
        let mut tokens = one();
        for number in 0..MAX_JWTS {
            tokens.insert(500, number.to_string(), "app".into(), 1_000_000, nothing());
        }
        assert!(tokens.get("t").is_none());
        assert!(tokens.by_text.len() <= MAX_JWTS && tokens.order.len() <= MAX_JWTS);
        assert_eq!(tokens.issued(), MAX_JWTS as u64 + 1);
    }
}
