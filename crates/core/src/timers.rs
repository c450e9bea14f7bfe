//! Every timer of the client, as one fixed table. A timer is only a moment at which the client
//! wants to be called; a spurious or a late call does no harm.

use crate::checkpoint::{Keep, Writer};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};

/// What a moment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Timer {
    /// The wait before the next attempt is over.
    Attempt,
    /// The step under way (session, session check, handshake) took too long.
    Step,
    /// The dialect takes the socket as ready though nothing was heard.
    Greeting,
    /// The connection held for another stretch: the backoff falls.
    Stable,
    /// Nothing was heard for an interval: a heartbeat is due.
    Heartbeat,
    /// The deadline of a heartbeat or a probe.
    Verdict,
    /// The oldest message in flight waits too long for its acknowledgement.
    Acknowledgement,
    /// The oldest waiting message's time runs out.
    Expiry,
    /// The socket's path takes messages again.
    SocketPause,
    /// REST may be tried (again).
    Rest,
    /// The REST request under way took too long.
    RestDeadline,
    /// The history is to be read, or what was asked of it did not come.
    History,
    /// Time does something to the conversation.
    Conversation,
    /// Something is due for the guest's files.
    Attachments,
    /// What the application asked was not answered in time.
    Inquiries,
    /// A gap may be told for what was dropped.
    Dropped,
    /// Something is due for the stream: its topics, its channel, the next socket.
    Stream,
    /// What is in flight had its time to settle; the client closes.
    CloseGrace,
}

impl Timer {
    /// All of them, in the order in which they fire when due at one moment.
    pub const ALL: [Timer; 18] = [
        Timer::CloseGrace,
        Timer::Step,
        Timer::Greeting,
        Timer::Stable,
        Timer::Verdict,
        Timer::Heartbeat,
        Timer::RestDeadline,
        Timer::Acknowledgement,
        Timer::History,
        Timer::Attachments,
        Timer::Expiry,
        Timer::SocketPause,
        Timer::Rest,
        Timer::Conversation,
        Timer::Inquiries,
        Timer::Dropped,
        Timer::Stream,
        Timer::Attempt,
    ];
}

/// A moment that does not come: half the room of an option, in every client.
const NEVER: u64 = u64::MAX;

/// When each timer is due, on the monotonic clock in milliseconds.
#[derive(Clone, Debug)]
pub struct Timers([u64; Timer::ALL.len()]);

impl Default for Timers {
    fn default() -> Self {
        Self([NEVER; Timer::ALL.len()])
    }
}

impl Timers {
    /// Sets a timer, or clears it with `None`.
    pub fn set(&mut self, timer: Timer, at: Option<u64>) {
        self.0[timer as usize] = at.unwrap_or(NEVER);
    }

    /// When a timer is due.
    #[must_use]
    pub fn at(&self, timer: Timer) -> Option<u64> {
        Some(self.0[timer as usize]).filter(|&at| at != NEVER)
    }

    /// The next moment at which anything is due.
    #[must_use]
    pub fn next(&self) -> Option<u64> {
        self.0.iter().min().copied().filter(|&at| at != NEVER)
    }

    /// Takes one timer that is due, with the moment it was due at.
    pub fn take_due(&mut self, now: u64) -> Option<(Timer, u64)> {
        let timer = Timer::ALL.into_iter().find(|&timer| self.at(timer).is_some_and(|at| at <= now))?;
        let at = core::mem::replace(&mut self.0[timer as usize], NEVER);
        Some((timer, at))
    }

    /// Clears them all.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

/// The sooner of two moments, each of which may be none.
pub(crate) fn sooner(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        _ => one.or(other),
    }
}

impl Keep for Timers {
    fn keep(&self, to: &mut Writer) {
        for at in &self.0 {
            at.keep(to);
        }
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut timers = Self::default();
        for at in &mut timers.0 {
            *at = Keep::restore(from)?;
        }
        Ok(timers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn the_table_has_a_row_for_each_timer() {
        let mut rows: Vec<u8> = Timer::ALL.iter().map(|&timer| timer as u8).collect();
        rows.sort_unstable();
        assert_eq!(rows, (0..Timer::ALL.len() as u8).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_due_fires_once_and_the_rest_stays() {
        let mut timers = Timers::default();
        timers.set(Timer::Step, Some(10));
        timers.set(Timer::Attempt, Some(20));
        assert_eq!(timers.next(), Some(10));
        assert_eq!(timers.take_due(9), None);
        assert_eq!(timers.take_due(15), Some((Timer::Step, 10)));
        assert_eq!(timers.take_due(15), None);
        assert_eq!(timers.next(), Some(20));
    }
}
