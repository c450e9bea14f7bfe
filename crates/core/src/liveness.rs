//! Whether the connection lives: by evidence, not by timers. Any received frame is proof of life. A
//! verdict of death needs a heartbeat that really went out, its deadline and a probe's passed in
//! awake time, and nothing heard (design, Liveness; streaming.md).

use crate::built;
use crate::checkpoint::{keep, keep_one_of};
use crate::config::Config;
use crate::limits;
use crate::quality::Quality;
use crate::round_trip::Estimator;
use crate::time::Now;

/// What is to be done when a moment of the liveness has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Nothing: proof of life came in time.
    Fine,
    /// A heartbeat must go out.
    Beat,
    /// The connection is dead.
    Dead,
}

/// How far the doubt has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubt {
    /// None.
    Trusting,
    /// A heartbeat is out.
    Heartbeat,
    /// A heartbeat stayed unanswered; its probe is out.
    Probe,
}

#[derive(Clone, Copy, Debug)]
struct Outstanding {
    wall: u64,
    sent: u64,
    deadline: u64,
    lost: bool,
}

/// The liveness of one connection after another.
#[derive(Clone, Debug)]
pub struct Liveness {
    stable: u64,
    degraded: u64,
    reconnecting: u64,
    outstanding: Vec<Outstanding>,
    estimator: Estimator,
    quality: Quality,
    doubt: Doubt,
    heard: Now,
    opened: u64,
    settling: bool,
    verdict_at: Option<u64>,
    beat_at: Option<u64>,
    /// A deadline passed while the process slept or was throttled: it counted for nothing, once.
    forgiven: bool,
    /// Whether this host ever answered a heartbeat. Until it has, silence alone proves nothing.
    answers: bool,
    /// The service says by itself that it lives, and is never silent for so long, ms; 0: it does not.
    speaks_within: u64,
    /// A message waits for its acknowledgement past its deadline: evidence on any host.
    overdue: bool,
    /// Something gave reason to ask, and no answer came yet.
    suspected: bool,
    /// Nothing has come since the socket opened.
    silent: bool,
    /// The process slept, and what is read since may have come before, while what came then was lost: when something was
    /// last heard before, epoch ms.
    unsure_since: Option<u64>,
    /// When the process first woke up late after something was heard, monotonic: timers may come late for ever.
    quiet_since: Option<u64>,
    /// Since when the process has been awake, as far as is known. What went out before says nothing
    /// of the way's length or losses.
    awake_since: u64,
}

impl Liveness {
    /// Nothing is connected yet.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            stable: config.heartbeat_stable,
            degraded: config.heartbeat_degraded,
            reconnecting: config.heartbeat_reconnecting,
            outstanding: Vec::new(),
            estimator: Estimator::default(),
            quality: Quality::new(config.latency_degraded, config.loss_degraded),
            doubt: Doubt::Trusting,
            heard: Now::default(),
            opened: 0,
            settling: false,
            verdict_at: None,
            beat_at: None,
            forgiven: false,
            answers: false,
            speaks_within: config.speaks_within(),
            overdue: false,
            suspected: false,
            silent: false,
            unsure_since: None,
            quiet_since: None,
            awake_since: 0,
        }
    }

    /// A socket opened; `again` where it is not the first.
    pub fn opened(&mut self, now: Now, again: bool) {
        self.closed(now);
        self.heard = now;
        self.opened = now.monotonic;
        self.silent = true;
        self.unsure_since = None;
        self.quiet_since = None;
        self.settling = again;
        self.rearm(now);
    }

    /// The socket is gone. What was due and unanswered counts as lost; what was not yet due, as
    /// nothing.
    pub fn closed(&mut self, now: Now) {
        self.count_losses(now.monotonic);
        self.outstanding.clear();
        self.doubt = Doubt::Trusting;
        self.verdict_at = None;
        self.beat_at = None;
        self.forgiven = false;
        self.overdue = false;
        self.suspected = false;
    }

    /// Whether the link may well be dead: what would leave now had better wait for its answer. On a
    /// host that answers no heartbeat that would be in vain.
    #[must_use]
    pub fn is_suspected(&self) -> bool {
        self.answers && (self.suspected || self.doubt == Doubt::Probe)
    }

    /// The state that a heartbeat tells (streaming.md): its name and its interval.
    #[must_use]
    pub fn state(&self, now: Now) -> (&'static str, u64) {
        if self.settling && now.monotonic.saturating_sub(self.opened) < limits::STABLE_AFTER {
            ("RECONNECTING", self.reconnecting)
        } else if self.quality.is_degraded() {
            ("DEGRADED", self.degraded)
        } else {
            ("STABLE", self.stable)
        }
    }

    /// How many heartbeats are out whose answer may still come.
    #[must_use]
    pub fn unanswered(&self, now: Now) -> usize {
        self.outstanding.iter().filter(|beat| beat.deadline > now.monotonic).count()
    }

    /// Whether the socket opened and nothing has come on it since.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.silent
    }

    /// The process slept until now, or its clock was set.
    pub fn awoke(&mut self, now: Now) {
        self.awake_since = now.monotonic;
        // As the clock shows it now: it may have been set back.
        let ago = now.monotonic.saturating_sub(self.heard.monotonic);
        let heard = self.heard.wall.min(now.wall.saturating_sub(ago));
        self.unsure_since = self.unsure_since.or(Some(heard));
        self.quiet_since = self.quiet_since.or(Some(now.monotonic));
    }

    /// A frame of any kind was received.
    pub fn heard(&mut self, now: Now) {
        self.heard = now;
        self.silent = false;
        self.quiet_since = None;
        if now.monotonic - self.awake_since >= limits::WAKE_DOUBT {
            self.unsure_since = None;
        }
        self.doubt = Doubt::Trusting;
        self.verdict_at = None;
        self.forgiven = false;
        self.overdue = false;
        self.suspected = false;
        self.rearm(now);
    }

    /// A heartbeat's answer was received; `echo` is the timestamp that it repeats, if it does. It is
    /// matched by that, else to the oldest unanswered. Gives the round trip.
    pub fn answered(&mut self, now: Now, echo: Option<u64>) -> Option<u64> {
        self.answers = true;
        let place = match echo {
            Some(echo) => self.outstanding.iter().position(|beat| beat.wall == echo)?,
            None if self.outstanding.is_empty() => return None,
            None => 0,
        };
        let beat = self.outstanding.remove(place);
        let round_trip = now.monotonic.saturating_sub(beat.sent);
        if beat.sent < self.awake_since {
            return None;
        }
        self.unsure_since = None;
        self.estimator.sample(round_trip);
        self.quality.round_trip(round_trip);
        if !beat.lost {
            self.quality.heartbeat(true);
        }
        Some(round_trip)
    }

    /// A heartbeat went out. Its deadline begins.
    pub fn sent(&mut self, now: Now) {
        let deadline = now.monotonic
            + match self.doubt {
                Doubt::Trusting => self.estimator.timeout(
                    limits::HEARTBEAT_DEADLINE_MAX,
                    limits::HEARTBEAT_DEADLINE_MIN,
                    limits::HEARTBEAT_DEADLINE_MAX,
                ),
                Doubt::Heartbeat | Doubt::Probe => limits::PROBE_DEADLINE,
            };
        if self.doubt == Doubt::Trusting {
            self.doubt = Doubt::Heartbeat;
        }
        self.verdict_at = Some(deadline);
        self.beat_at = None;
        if self.outstanding.len() == limits::HEARTBEATS_OUTSTANDING {
            self.outstanding.remove(0);
        }
        self.outstanding.push(Outstanding { wall: now.wall, sent: now.monotonic, deadline, lost: false });
    }

    /// Something gives reason to ask at once (a wake-up, `online`, a clock jump, an overdue
    /// acknowledgement). The probe that goes out has the probe's short deadline.
    pub fn suspect(&mut self) -> Finding {
        self.suspected = true;
        match self.doubt {
            Doubt::Trusting => {
                self.doubt = Doubt::Heartbeat;
                Finding::Beat
            }
            // One is out already; its deadline decides.
            Doubt::Heartbeat | Doubt::Probe => Finding::Fine,
        }
    }

    /// A message waits for its acknowledgement past its deadline.
    pub fn overdue(&mut self) -> Finding {
        self.overdue = true;
        self.suspect()
    }

    /// Nothing was heard for an interval.
    pub fn beat_due(&mut self) -> Finding {
        self.beat_at = None;
        if self.doubt == Doubt::Trusting { Finding::Beat } else { Finding::Fine }
    }

    /// The deadline of what is out has passed, and nothing was heard since it went out.
    pub fn verdict_due(&mut self, now: Now, due: u64) -> Finding {
        self.verdict_at = None;
        self.count_losses(now.monotonic);
        let slept = now.monotonic.saturating_sub(due) > limits::LATE_WAKE;
        if slept && !self.forgiven {
            // A deadline passed in sleep proves nothing; what was asked in sleep is asked again.
            self.forgiven = true;
            return Finding::Beat;
        }
        match self.doubt {
            Doubt::Trusting => Finding::Fine,
            Doubt::Heartbeat => {
                self.doubt = Doubt::Probe;
                self.forgiven = false;
                Finding::Beat
            }
            Doubt::Probe if self.answers || self.overdue || self.is_too_silent(now) => Finding::Dead,
            Doubt::Probe => {
                // Silence on a host that never answered a heartbeat is its custom.
                self.doubt = Doubt::Trusting;
                self.beat_at = Some(now.monotonic + self.state(now).1);
                Finding::Fine
            }
        }
    }

    /// When the next heartbeat is due, and when the verdict is.
    #[must_use]
    pub fn deadlines(&self) -> (Option<u64>, Option<u64>) {
        (self.beat_at, self.verdict_at)
    }

    /// Until when certainly nothing was missed, epoch ms.
    #[must_use]
    pub fn last_heard(&self) -> u64 {
        self.unsure_since.unwrap_or(self.heard.wall)
    }

    /// The figures.
    #[must_use]
    pub fn quality(&self) -> &Quality {
        &self.quality
    }

    /// The figures, to take what crossed a threshold.
    pub fn quality_mut(&mut self) -> &mut Quality {
        &mut self.quality
    }

    /// The smoothed round trip, ms.
    #[must_use]
    pub fn smoothed(&self) -> Option<f64> {
        self.estimator.smoothed()
    }

    /// The state has changed: the heartbeat that is waited for comes at its interval, not at that of the state before.
    pub fn repace(&mut self, now: Now) {
        if self.beat_at.is_some() {
            self.rearm(now);
        }
    }

    fn rearm(&mut self, now: Now) {
        self.beat_at = Some(now.monotonic + self.state(now).1);
    }

    /// The service would have said by itself that it lives, while the process was awake to hear it.
    fn is_too_silent(&self, now: Now) -> bool {
        let since = self.quiet_since.unwrap_or(self.heard.monotonic);
        built::STREAMS && self.speaks_within > 0 && now.monotonic.saturating_sub(since) >= self.speaks_within
    }

    fn count_losses(&mut self, now: u64) {
        for beat in &mut self.outstanding {
            if !beat.lost && beat.deadline <= now {
                beat.lost = true;
                if beat.sent >= self.awake_since {
                    self.quality.heartbeat(false);
                }
            }
        }
    }
}

keep_one_of!(Doubt { Trusting, Heartbeat, Probe });
keep!(Outstanding { wall, sent, deadline, lost });
keep!(Liveness {
    stable,
    degraded,
    reconnecting,
    outstanding,
    estimator,
    quality,
    doubt,
    heard,
    opened,
    settling,
    verdict_at,
    beat_at,
    forgiven,
    answers,
    speaks_within,
    overdue,
    suspected,
    silent,
    unsure_since,
    quiet_since,
    awake_since,
});

#[cfg(test)]
mod tests;
