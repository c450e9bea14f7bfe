//! What fails again and again is told, once.

use super::{Checker, Law, Report, Seen};

/// So many failures of one cause in a row, and so long, ms, are told (docs/decisions.md, 40).
const FAILURES: u32 = 3;
const AWAKE: u64 = 30_000;

#[derive(Default)]
pub(super) struct Silence {
    /// Failures since something succeeded, and when the first was.
    all: (u32, u64),
    /// Failures of one cause in a row while nothing interrupted the client, and when the first was.
    row: (u32, u64),
    cause: String,
    /// It should have been told with the failure before.
    due: bool,
    told: bool,
    offline: bool,
}

impl Silence {
    fn interrupted(&mut self) {
        (self.row, self.due) = ((0, 0), false);
    }
}

impl Checker for Silence {
    fn see(&mut self, seen: &Seen<'_>, broken: &mut Report<'_>) {
        let at = broken.at;
        match *seen {
            Seen::Ready | Seen::Connects | Seen::Stopped(_) => {
                *self = Self { offline: self.offline, ..Self::default() }
            }
            Seen::Interrupted => self.interrupted(),
            Seen::Network(online) => {
                self.offline = !online;
                self.interrupted();
            }
            Seen::Failed { cause, awake } => {
                if self.due && !self.told {
                    broken
                        .add(Law::Silent, format!("{} attempts in a row came to nothing: {}", self.row.0, self.cause));
                    self.told = true;
                }
                self.all = (self.all.0 + 1, if self.all.0 == 0 { at } else { self.all.1 });
                if !awake || self.offline {
                    return self.interrupted();
                }
                if self.row.0 == 0 || self.cause != cause {
                    cause.clone_into(&mut self.cause);
                    self.row = (0, at);
                }
                self.row.0 += 1;
                self.due = self.row.0 >= FAILURES && at - self.row.1 >= AWAKE;
            }
            Seen::Repeats => {
                let (count, since) = self.all;
                if self.told {
                    broken.add(Law::Silent, "it is told again, and nothing has succeeded".to_owned());
                }
                if count < FAILURES || at - since < AWAKE {
                    broken.add(Law::Silent, format!("{count} failures since {since} are told as trouble"));
                }
                if self.offline {
                    broken.add(Law::Silent, "it is told while there is no network".to_owned());
                }
                self.told = true;
            }
            _ => {}
        }
    }
}
