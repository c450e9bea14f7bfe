//! How long the session lasts without a message, and the notice before it ends. The service says how long it lives
//! after a message, and until when; the latter by its own clock, which need not be ours.

use super::Client;
use crate::built;
use crate::checkpoint::keep;
use crate::event::conversation::{Expiring, Happening};
use crate::protocol::conversation::Lasts;
use crate::time::Now;

/// See the module.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Lasting {
    /// After a message, ms.
    life: Option<u64>,
    /// How long from [`Self::since`], ms.
    left: Option<u64>,
    since: Now,
    /// The notice was given.
    told: bool,
}

impl Lasting {
    /// How long from now, ms.
    pub(super) fn left(&self, now: Now) -> Option<u64> {
        Some(self.left?.saturating_sub(now.since(self.since)))
    }

    /// Something was said: its life begins anew.
    fn moved(&mut self, now: Now) {
        if self.life.is_some() {
            *self = Self { left: self.life, since: now, told: false, ..*self };
        }
    }

    /// The service says how long it lasts. `notice`: how long before its end it is told of.
    fn said(&mut self, now: Now, lasts: Lasts, notice: u64) {
        self.life = lasts.life.or(self.life);
        // A session that lives does not end before now: where it seems to, our clock is ahead.
        let left = lasts.until.and_then(|until| until.checked_sub(now.wall)).filter(|&left| left > 0);
        // And none lasts longer than its life: where it seems to, our clock is behind.
        let left = left.map(|left| left.min(self.life.unwrap_or(u64::MAX)));
        let Some(left) = left.or(self.left(now)).or(lasts.life) else { return };
        // An end that is as near as the one that was told of is the same.
        self.told &= left <= notice;
        (self.left, self.since) = (Some(left), now);
    }
}

impl Client {
    /// A message was said, by whomever.
    pub(in crate::client) fn session_moved(&mut self) {
        if !built::WEB_MESSAGING {
            return;
        }
        self.conversation.lasting.moved(self.now);
        self.session_lasts();
    }

    /// A frame said how long the session lasts.
    pub(in crate::client) fn told_how_long(&mut self, lasts: Lasts) {
        if built::WEB_MESSAGING && lasts != Lasts::default() {
            self.conversation.lasting.said(self.now, lasts, self.notice());
            self.session_lasts();
        }
    }

    fn session_lasts(&mut self) {
        if let Some(left) = self.conversation.lasting.left(self.now) {
            self.sessions.lasts(self.now, left);
        }
    }

    fn notice(&self) -> u64 {
        self.config.deployment.as_ref().map_or(0, |deployment| deployment.expiry_notice)
    }

    pub(super) fn attend_expiry(&mut self) {
        let Some(left) = self.conversation.lasting.left(self.now) else { return };
        if !self.conversation.lasting.told && left <= self.notice() {
            self.conversation.lasting.told = true;
            let remaining = left;
            self.tell_happening(Happening::Expiring(Expiring { remaining, at: self.now.wall }));
        }
    }

    pub(super) fn expiry_due(&self) -> Option<u64> {
        let Lasting { left, since, told, .. } = self.conversation.lasting;
        let until_notice = left?.saturating_sub(self.notice());
        (!told).then(|| since.monotonic.saturating_add(until_notice))
    }
}

keep!(Lasting { life, left, since, told });
