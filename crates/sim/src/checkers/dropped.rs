//! Nothing is dropped without a word: what could not be read may have been anybody's, and is covered by a gap, or the history
//! is read for it.

use super::{Checker, Endpoint, Law, Report, Seen};

/// Gaps of one cause come once in a minute, and a machine may sleep a little of it, ms.
const WITHIN: u64 = 75_000;

/// What was dropped, and not told yet.
#[derive(Default)]
pub(super) struct Dropped {
    /// When what is still to be covered reached the client.
    at: Vec<u64>,
    /// The history is asked for since then, by this request.
    asked: Option<(u32, u64)>,
    /// There is one.
    reads: bool,
}

impl Checker for Dropped {
    fn see(&mut self, seen: &Seen<'_>, broken: &mut Report<'_>) {
        match *seen {
            // However many: one gap covers all of them, and the first and the last say whether it does.
            Seen::Spoiled(_) if self.at.len() > 1 => self.at[1] = broken.at,
            Seen::Spoiled(_) => self.at.push(broken.at),
            Seen::Gap { from, .. } => {
                // Where there is a history, what the gap does not cover may still be read in it.
                self.at.retain(|at| from.is_some_and(|from| from > *at));
                if !self.at.is_empty() && !self.reads {
                    broken.add(Law::Dropped, "the gap begins after what was dropped".to_owned());
                    self.at.clear();
                }
            }
            Seen::Requested { request, endpoint: Endpoint::History, .. } => {
                (self.reads, self.asked) = (true, Some((request, broken.at)));
            }
            Seen::RequestOver { request, .. } => {
                if let Some((_, since)) = self.asked.take_if(|(asked, _)| *asked == request) {
                    self.at.retain(|at| *at > since);
                }
            }
            // Whoever ends a client knows that it hears nothing more.
            Seen::Stopped(_) | Seen::Connects => self.at.clear(),
            Seen::Quiet => {
                if let Some(at) = self.at.first().filter(|at| **at + WITHIN <= broken.at) {
                    broken.add(Law::Dropped, format!("what came at {at} ms could not be read, and no gap is told"));
                }
            }
            _ => {}
        }
    }
}
