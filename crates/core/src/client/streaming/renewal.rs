//! A channel lives for a day, and for another from when it is told of its topics again (notifications.md, A5).

use super::super::Client;
use super::Streaming;
use super::channel::Held;
use crate::io::HttpAnswer;
use crate::limits;
use crate::protocol::Request;
use crate::random::Random;
use crate::retry_after;
use crate::secret::Secret;

impl Client {
    /// When a channel that lives on for so long, ms, is to be renewed, monotonic: 30 to 60 minutes before the end of a
    /// day, and as large a share of a shorter life.
    pub(super) fn renewal_of(&mut self, life: u64) -> u64 {
        let most = life / 24;
        let before = self.random.between(most / 2, most);
        self.now.monotonic + (life - before).min(limits::CHANNEL_LIFE)
    }

    pub(super) fn renewal_request(&mut self, token: &Secret) -> Option<Request> {
        let streaming = self.streaming.get_mut()?;
        let Some(change) = streaming.topics.begin(true) else {
            // There is nothing to be told, and so no way to keep it: another takes its place in time.
            self.not_renewed();
            return None;
        };
        let held = streaming.channel.as_ref()?;
        Some(self.dialect.streaming()?.channels()?.subscribe(token, &held.channel, &change))
    }

    /// The service has heard of all topics again. Until when the channel lives now, it is asked.
    pub(super) fn renewed(&mut self) {
        if let Some(held) = self.stream().and_then(|streaming| streaming.channel.as_mut()) {
            held.renewed = true;
        }
        self.audit("channel_renewed", None, 0, None);
    }

    /// The list of what there is says until when.
    pub(super) fn expiry_told(&mut self, answer: &HttpAnswer) {
        let now = self.now;
        let left = self.streaming.get().and_then(|streaming| {
            let held = streaming.channel.as_ref()?;
            let wall = retry_after::answered_at(answer.date.as_deref(), now.wall);
            self.channels()?.left(answer.json()?, &held.channel, wall)
        });
        let before = self.streaming.get().and_then(|streaming| {
            let held = streaming.channel.as_ref()?;
            Some(held.channel.life.saturating_sub(now.since(held.since)))
        });
        match (left, before) {
            (Some(left), Some(before)) if left > before + before / 2 => {
                let renew_at = self.renewal_of(left);
                if let Some(held) = self.stream().and_then(|streaming| streaming.channel.as_mut()) {
                    held.channel.life = left;
                    (held.since, held.renew_at, held.renewed) = (now, renew_at, false);
                }
            }
            _ => self.not_renewed(),
        }
    }

    /// It ends when it was to end: another takes its place before.
    pub(super) fn not_renewed(&mut self) {
        let now = self.now;
        if let Some(held) = self.stream().and_then(|streaming| streaming.channel.as_mut()) {
            let left = held.channel.life.saturating_sub(now.since(held.since));
            held.renewed = false;
            // Once is enough: it could outlive what it was said to live, and this be asked in circles.
            held.renew_at = u64::MAX;
            let replace_at = now.monotonic + (left / 2).max(limits::ERRAND_WAIT);
            held.replace_at = Some(held.replace_at.map_or(replace_at, |at| at.min(replace_at)));
        }
    }
}

impl Held {
    /// Nothing came of the channel that was to take its place, if one was. That is tried again a few times, ever later; then
    /// it is let be until its socket closes.
    pub(super) fn not_replaced(&mut self, now: u64, random: &mut Random) {
        if self.replace_at.is_some_and(|at| at <= now) {
            self.failures += 1;
            let least = limits::REPLACEMENT_WAIT * if self.failures > 1 { 8 } else { 1 };
            let again = self.failures < limits::HANDOVER_ATTEMPTS;
            self.replace_at = again.then(|| now + random.between(least, least * 2));
        }
    }
}

impl Streaming {
    /// The channel was renewed, and it is to be asked until when it lives.
    pub(super) fn renewal_told(&self) -> bool {
        self.channel.as_ref().is_some_and(|held| held.renewed)
    }
}
