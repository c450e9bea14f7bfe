//! The client's machine and its page: two clocks that can be wrong, sleep, and a page that is hidden or frozen.

use std::collections::VecDeque;

use guestwire_core::io::{Environment, Input};
use guestwire_core::time::Now;

use super::{EPOCH, Happening, World};
use crate::checkers::Seen;

/// What happens to the machine or its page.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mishap {
    /// The machine sleeps. Its monotonic clock may stop meanwhile, and the platform may tell the page on waking.
    Sleeps { ms: u64, clock_stops: bool, told: Option<Environment> },
    /// The page is frozen: no script runs, the sockets stay open. On resuming it is told so.
    Freezes { ms: u64 },
    /// The page is hidden: its timers come once a second, and after a while (0: at once) once a minute.
    Hidden { ms: u64, once_a_minute_after: u64 },
    /// The wall clock is set.
    ClockJumps(i64),
    /// The platform says something that may be wrong.
    Says(Environment),
}

/// Timers of a hidden page come at multiples of a second; where the browser throttles harder, of a minute.
const HIDDEN_TIMERS: u64 = 1_000;
/// See [`HIDDEN_TIMERS`].
const LONG_HIDDEN_TIMERS: u64 = 60_000;

struct Stop {
    since: u64,
    until: u64,
    clock_stops: bool,
    told: Option<Environment>,
}

struct Hiding {
    until: u64,
    once_a_minute_from: u64,
}

#[derive(Default)]
pub(super) struct Machine {
    /// How far the monotonic clock has fallen behind the truth.
    lag: u64,
    /// How far the wall clock is from the truth.
    wall_error: i64,
    /// How far the wall clock has gone ahead of the monotonic one in all, whatever it was set back: what ends at a moment
    /// may be taken to end so much sooner.
    ahead: u64,
    /// It was set since a gap was told: when the next one begins can be shown by neither clock.
    wall_was_set: bool,
    stop: Option<Stop>,
    hiding: Option<Hiding>,
    /// What reached the machine while nothing ran, in order.
    inbox: VecDeque<Input>,
}

impl Machine {
    pub(super) fn with_wall_error(wall_error: i64) -> Self {
        Self { wall_error, ..Self::default() }
    }

    /// When the client's wall clock showed this, by which a gap begins; none: it was set meanwhile.
    pub(super) fn gap_from(&mut self, wall: u64) -> Option<u64> {
        let was_set = std::mem::take(&mut self.wall_was_set);
        wall.checked_add_signed(-self.wall_error)?.checked_sub(EPOCH).filter(|_| !was_set)
    }

    /// Whether timers come when they should.
    pub(super) fn is_awake(&self) -> bool {
        self.stop.is_none() && self.hiding.is_none()
    }

    /// Whether no script runs.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.is_some()
    }

    /// Keeps what comes while no script runs.
    pub(super) fn keep(&mut self, input: Input) {
        self.inbox.push_back(input);
    }

    /// When a timer comes that was set for a moment of the monotonic clock.
    pub(super) fn timer(&self, now: u64, at: u64) -> Option<u64> {
        if self.is_stopped() {
            return None;
        }
        let step = match &self.hiding {
            None => 1,
            Some(hiding) if now < hiding.once_a_minute_from => HIDDEN_TIMERS,
            Some(_) => LONG_HIDDEN_TIMERS,
        };
        Some((at + self.lag).max(now).next_multiple_of(step))
    }
}

impl World {
    pub(super) fn clock(&self) -> Now {
        let wall = (EPOCH + self.now).saturating_add_signed(self.machine.wall_error);
        Now { monotonic: self.now - self.machine.lag, wall }
    }

    /// The monotonic clock, as it would be had it gone ahead with the other one: by what a life is measured that goes on in
    /// a sleep.
    pub(super) fn aging(&self) -> u64 {
        self.clock().monotonic + self.machine.ahead
    }

    pub(super) fn suffer(&mut self, mishap: Mishap) {
        self.checkers.see(self.now, &Seen::Interrupted);
        match mishap {
            Mishap::Sleeps { ms, clock_stops, told } => self.stop(ms, clock_stops, told),
            Mishap::Freezes { ms } => self.stop(ms, false, Some(Environment::Resumed)),
            Mishap::Hidden { ms, once_a_minute_after } => {
                let until = self.now + ms;
                let hiding = Hiding { until, once_a_minute_from: self.now + once_a_minute_after };
                let hiding = self.machine.hiding.get_or_insert(hiding);
                hiding.until = hiding.until.max(until);
                self.at(ms, Happening::Shown);
            }
            Mishap::ClockJumps(by) => {
                self.machine.wall_error += by;
                self.machine.ahead += by.max(0).unsigned_abs();
                self.machine.wall_was_set = true;
            }
            Mishap::Says(what) => self.tell(Input::Environment(what)),
        }
    }

    /// A stop within a stop makes it longer.
    fn stop(&mut self, ms: u64, clock_stops: bool, told: Option<Environment>) {
        let (since, until) = (self.now, self.now + ms);
        let stop = self.machine.stop.get_or_insert(Stop { since, until, clock_stops, told });
        stop.until = stop.until.max(until);
        self.at(ms, Happening::Wakes);
    }

    /// A stop may be over: what reached the machine meanwhile is told, all at once.
    pub(super) fn wake_if_due(&mut self) {
        let Some(stop) = self.machine.stop.take_if(|stop| stop.until <= self.now) else { return };
        self.checkers.see(self.now, &Seen::Interrupted);
        if stop.clock_stops {
            self.machine.lag += self.now - stop.since;
            self.machine.ahead += self.now - stop.since;
        }
        // A browser may tell the page before it hands over what came, or after.
        let told_first = self.network.one_in(2);
        if let Some(told) = stop.told.filter(|_| told_first) {
            self.tell(Input::Environment(told));
        }
        while let Some(input) = self.machine.inbox.pop_front() {
            self.tell(input);
        }
        if let Some(told) = stop.told.filter(|_| !told_first) {
            self.tell(Input::Environment(told));
        }
    }

    /// The page may be seen again.
    pub(super) fn show_page_if_due(&mut self) {
        if self.machine.hiding.take_if(|hiding| hiding.until <= self.now).is_some() {
            self.checkers.see(self.now, &Seen::Interrupted);
            self.tell(Input::Environment(Environment::Visible));
        }
    }

    /// The user is back: awake, seen, online.
    pub(super) fn come_back(&mut self) {
        if let Some(stop) = &mut self.machine.stop {
            stop.until = self.now;
        }
        self.wake_if_due();
        if let Some(hiding) = &mut self.machine.hiding {
            hiding.until = self.now;
        }
        self.show_page_if_due();
        self.tell(Input::Environment(Environment::Online));
    }
}
