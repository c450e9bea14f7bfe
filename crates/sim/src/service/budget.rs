//! One count of bytes for everything that the service keeps, and the shell around it buffers. Whoever keeps something
//! holds a [`Reservation`] with it; the bytes are free again when that is dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use serde::Serialize;

/// What bytes are used for, as the report names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Use {
    /// The process itself, and what its allocator holds back.
    Process,
    /// TCP connections and sockets, with the buffers under them.
    Connections,
    /// Bodies of requests, as they are read.
    Bodies,
    /// Bodies of answers, until they are written.
    Answers,
    /// Frames on their way to guests.
    Frames,
    /// The ledger.
    Ledger,
    /// What was said in conversations.
    Conversations,
    /// Sessions.
    Sessions,
    /// Tokens that were given out, registered devices.
    Tokens,
    /// Files, and their addresses.
    Files,
    /// Channels and topics.
    Streams,
    /// What is remembered for the reports.
    Reports,
    /// Faults that are queued.
    Faults,
    /// What is to happen later.
    Timers,
}

const USES: [&str; 14] = [
    "process",
    "connections",
    "bodies",
    "answers",
    "frames",
    "ledger",
    "conversations",
    "sessions",
    "tokens",
    "files",
    "streams",
    "reports",
    "faults",
    "timers",
];

/// One part in so many is set aside for answers and for the control surface, so that what is full can still say so.
const SET_ASIDE: usize = 16;

/// There is no room for what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted;

#[derive(Debug, Default)]
struct Counts {
    allowed: usize,
    used: AtomicUsize,
    peak: AtomicUsize,
    refused: AtomicU64,
    by_use: [AtomicUsize; USES.len()],
}

/// The bytes that may be used, and those that are. Clones share one count.
#[derive(Clone, Debug)]
pub struct Budget(Arc<Counts>);

/// The budget, for the report.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BudgetReport {
    /// Bytes that may be used.
    pub allowed: usize,
    /// Bytes that are used.
    pub used: usize,
    /// The most that ever were.
    pub peak: usize,
    /// How often there was no room.
    pub refused: u64,
    /// For what they are used.
    pub uses: std::collections::BTreeMap<&'static str, usize>,
}

impl Budget {
    /// A budget of so many bytes.
    #[must_use]
    pub fn new(allowed: usize) -> Self {
        Self(Arc::new(Counts { allowed, ..Counts::default() }))
    }

    /// The bytes that may be used.
    #[must_use]
    pub fn allowed(&self) -> usize {
        self.0.allowed
    }

    /// The bytes that are used.
    #[must_use]
    pub fn used(&self) -> usize {
        self.0.used.load(Ordering::Acquire)
    }

    /// What is used, and for what.
    #[must_use]
    pub fn report(&self) -> BudgetReport {
        let counts = &self.0;
        let by_use = counts.by_use.iter().map(|used| used.load(Ordering::Relaxed));
        BudgetReport {
            allowed: counts.allowed,
            used: self.used(),
            peak: counts.peak.load(Ordering::Relaxed),
            refused: counts.refused.load(Ordering::Relaxed),
            uses: USES.into_iter().zip(by_use).collect(),
        }
    }

    /// Takes bytes for something new.
    pub fn reserve(&self, of: Use, bytes: usize) -> Result<Reservation, Exhausted> {
        self.take(of, bytes, false)
    }

    /// Takes bytes for an answer or for the control surface, from what is set aside where nothing else is left.
    pub fn reserve_to_answer(&self, of: Use, bytes: usize) -> Result<Reservation, Exhausted> {
        self.take(of, bytes, true)
    }

    /// Takes a few bytes that follow from what was let in, whether there is room or not: the next newcomer finds none.
    #[must_use]
    pub fn charge(&self, of: Use, bytes: usize) -> Reservation {
        self.count(self.0.used.fetch_add(bytes, Ordering::AcqRel) + bytes, of, bytes);
        Reservation { budget: self.clone(), of, bytes, to_answer: false }
    }

    /// Whether something new of so many bytes has room.
    #[must_use]
    pub fn has_room(&self, bytes: usize) -> bool {
        let room = self.used().saturating_add(bytes) <= self.for_newcomers();
        if !room {
            self.0.refused.fetch_add(1, Ordering::Relaxed);
        }
        room
    }

    fn for_newcomers(&self) -> usize {
        self.0.allowed - self.0.allowed / SET_ASIDE
    }

    fn take(&self, of: Use, bytes: usize, to_answer: bool) -> Result<Reservation, Exhausted> {
        self.take_bytes(of, bytes, to_answer)?;
        Ok(Reservation { budget: self.clone(), of, bytes, to_answer })
    }

    fn take_bytes(&self, of: Use, bytes: usize, to_answer: bool) -> Result<(), Exhausted> {
        let most = if to_answer { self.0.allowed } else { self.for_newcomers() };
        let more = |used: usize| used.checked_add(bytes).filter(|sum| *sum <= most);
        match self.0.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, more) {
            Ok(before) => {
                self.count(before + bytes, of, bytes);
                Ok(())
            }
            Err(_) => {
                self.0.refused.fetch_add(1, Ordering::Relaxed);
                Err(Exhausted)
            }
        }
    }

    fn count(&self, used: usize, of: Use, bytes: usize) {
        self.0.peak.fetch_max(used, Ordering::Relaxed);
        self.0.by_use[of as usize].fetch_add(bytes, Ordering::Relaxed);
    }

    fn free(&self, of: Use, bytes: usize) {
        self.0.used.fetch_sub(bytes, Ordering::AcqRel);
        self.0.by_use[of as usize].fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Bytes of a [`Budget`] that are in use until this is dropped. A clone is charged, as what it stands for was copied.
#[derive(Debug)]
pub struct Reservation {
    budget: Budget,
    of: Use,
    bytes: usize,
    /// Whether it may use what is set aside.
    to_answer: bool,
}

impl Reservation {
    /// How many.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Makes it so many bytes. Where there is no room for more it stays as it is.
    pub fn resize(&mut self, bytes: usize) -> Result<(), Exhausted> {
        match bytes.checked_sub(self.bytes) {
            Some(more) => self.budget.take_bytes(self.of, more, self.to_answer)?,
            None => self.budget.free(self.of, self.bytes - bytes),
        }
        self.bytes = bytes;
        Ok(())
    }
}

impl Clone for Reservation {
    fn clone(&self) -> Self {
        self.budget.charge(self.of, self.bytes)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.free(self.of, self.bytes);
    }
}

/// What is counted of a thing is no part of what it is.
impl PartialEq for Reservation {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Reservation {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_free_again_and_what_is_copied_counts_twice() {
        let budget = Budget::new(160);
        let one = budget.reserve(Use::Files, 50).expect("room");
        let copy = one.clone();
        assert_eq!((budget.used(), budget.report().uses["files"]), (100, 100));
        drop((one, copy));
        assert_eq!((budget.used(), budget.report().uses["files"], budget.report().peak), (0, 0, 100));
    }

    #[test]
    fn a_newcomer_is_refused_where_an_answer_still_has_room() {
        let budget = Budget::new(160);
        let mut kept = budget.reserve(Use::Ledger, 150).expect("room");
        assert_eq!(budget.reserve(Use::Ledger, 1), Err(Exhausted));
        assert_eq!(kept.resize(151), Err(Exhausted));
        assert!(!budget.has_room(1));
        let answer = budget.reserve_to_answer(Use::Answers, 10).expect("it is set aside");
        assert_eq!(budget.reserve_to_answer(Use::Answers, 1), Err(Exhausted));
        assert_eq!((kept.bytes(), answer.bytes(), budget.report().refused), (150, 10, 4));
        kept.resize(100).expect("less has room");
        assert!(budget.reserve(Use::Ledger, 40).is_ok());
    }

    #[test]
    fn what_follows_from_what_was_let_in_is_counted_though_there_is_no_room() {
        let budget = Budget::new(16);
        let charged = budget.charge(Use::Timers, 20);
        assert_eq!(budget.used(), 20);
        assert_eq!(budget.reserve_to_answer(Use::Answers, 1), Err(Exhausted));
        drop(charged);
        assert_eq!(budget.used(), 0);
    }
}
