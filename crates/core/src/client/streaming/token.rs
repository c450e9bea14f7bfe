//! The token of a stream: found, used while it is fresh, and given up once it is refused. Another one that is asked for
//! beside a connection is an errand.

use super::super::Client;
use crate::checkpoint::keep;
use crate::config::Credential;
use crate::error::Ended;
use crate::limits;
use crate::random::Random;
use crate::secret::Secret;
use crate::session::is_fresh;
use crate::time::Now;

/// A token, and until when.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) secret: Secret,
    given: Now,
    /// How long it lives, ms; none: nobody says.
    life: Option<u64>,
}

impl Token {
    /// With less than the margin left it is used for nothing new (streaming.md, "Token manager").
    fn is_fresh(&self, now: Now) -> bool {
        self.life.is_none_or(|life| is_fresh(life.saturating_sub(now.since(self.given)), life))
    }

    /// A moment shortly before it ends, monotonic.
    pub(super) fn ends_before(&self, now: Now, random: &mut Random) -> Option<u64> {
        let life = self.life?;
        let margin = limits::SESSION_MARGIN.min(life / 4);
        let left = life.saturating_sub(now.since(self.given) + margin);
        Some(now.monotonic + left + random.between(margin / 4, margin / 2))
    }
}

impl Client {
    pub(super) fn needs_token(&self) -> bool {
        !matches!(self.config.credential, Credential::None)
    }

    /// The token, if it can be used for something new.
    pub(super) fn fresh_token(&self) -> Option<Secret> {
        let streaming = self.streaming.get()?;
        streaming.token.as_ref().filter(|token| token.is_fresh(self.now)).map(|token| token.secret.clone())
    }

    pub(in crate::client) fn stream_token_spent(&self) -> bool {
        self.streaming.get().is_some_and(|streaming| streaming.spent)
    }

    pub(super) fn find_token(&mut self) {
        match self.config.credential.clone() {
            Credential::Provider => {
                if !self.asks_too_often() {
                    self.ask_for_token();
                }
            }
            // There is no other to be had.
            _ if self.stream_token_spent() => self.fail(Ended::Unauthorized),
            Credential::Bearer(secret) | Credential::ApiKey(secret) => {
                self.has_token(secret, None);
                self.dial_stream();
            }
            Credential::None => {}
        }
    }

    /// The provider has given a token, in the course of connecting.
    pub(in crate::client) fn stream_token_given(&mut self, token: Secret, life: Option<u64>) {
        self.has_token(token, life);
        self.dial_stream();
    }

    /// Nobody waits for it any more, and nothing was asked for since. Whoever gave it would take it for refused if it was
    /// asked for another.
    pub(in crate::client) fn token_came_late(&mut self, token: Secret, life: Option<u64>) {
        if self.fresh_token().is_none() {
            self.has_token(token, life);
        }
    }

    pub(in crate::client) fn has_token(&mut self, secret: Secret, life: Option<u64>) {
        let given = self.now;
        let life = life.filter(|&life| life >= limits::TOKEN_LIFE_LEAST).map(|life| life.min(limits::TOKEN_LIFE_MOST));
        if self.is_plain_socket() {
            // What failed with the token before says nothing about this one.
            self.unopened = 0;
        }
        if let Some(streaming) = self.stream() {
            streaming.spent = false;
            streaming.token = Some(Token { secret, given, life });
        }
    }

    /// The token is refused. What was made with it is gone with it. True: that ended the client.
    pub(super) fn spend_stream_token(&mut self) -> bool {
        let Some(streaming) = self.stream() else { return false };
        streaming.token = None;
        streaming.spent = true;
        streaming.refusals += 1;
        let ends = streaming.refusals >= 2;
        self.forget_channel();
        if ends {
            self.fail(Ended::Unauthorized);
        }
        ends
    }

    /// The token is refused on a live connection, or in place of one.
    pub(in crate::client) fn stream_token_refused(&mut self) {
        let now = self.now.monotonic;
        if self.spend_stream_token() {
            return;
        }
        // The first time at once; whoever refuses one after another may be taking places for somebody else's.
        let Some(streaming) = self.stream() else { return };
        let again = now < streaming.refused_until;
        streaming.refused_until = now + limits::BACKOFF_FORGOTTEN_AFTER;
        self.attempt_failed("token_refused", None, again);
    }
}

keep!(Token { secret, given, life });
