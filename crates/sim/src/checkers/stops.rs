//! A client ends by itself only where something final reached it.

use std::collections::BTreeSet;

use super::{Checker, Law, Report, Seen};

/// A wait that is longer than this ends the client, ms (design, Backoff).
pub const WAITED_FOR_AT_MOST: u64 = 3_600_000;

#[derive(Default)]
pub(super) struct Stops {
    /// The final words since the caller connected.
    heard: BTreeSet<String>,
    /// A longer wait was asked for than any client waits.
    too_long: bool,
    /// Sessions that were made since the caller connected or a message was delivered.
    sessions: u32,
    /// The token in use was refused.
    refused: bool,
    /// The conversation has ended, as the client was told.
    read_only: bool,
    /// When tokens were refused since the caller connected, each once.
    refusals: Vec<u64>,
}

/// Two tokens that are refused within so long, ms, are refused in a row: no connection in between has held for long.
const IN_A_ROW: u64 = 60_000;

impl Stops {
    fn is_founded(&self, reason: &str) -> bool {
        match reason {
            "closed" => true,
            "rate_limited" => self.too_long,
            // In the same words, of what has ended.
            "superseded" => self.read_only && self.heard.contains("evicted"),
            // The second in a row was lost: by a word of the service, or because its life was over.
            "session_lost" => self.sessions > 0,
            "unauthorized" if self.refusals.windows(2).any(|two| two[1] - two[0] <= IN_A_ROW) => true,
            other => self.heard.contains(other),
        }
    }
}

impl Checker for Stops {
    fn see(&mut self, seen: &Seen<'_>, broken: &mut Report<'_>) {
        match *seen {
            Seen::Connects => {
                self.heard.clear();
                self.refusals.clear();
                self.sessions = 0;
            }
            Seen::TokenRefused if !std::mem::replace(&mut self.refused, true) => self.refusals.push(broken.at),
            Seen::TokenGiven { .. } => self.refused = false,
            Seen::Session => self.sessions += 1,
            Seen::ReadOnly(read_only) => self.read_only = read_only,
            Seen::Told { state: "delivered", .. } => self.sessions = 0,
            Seen::RequestOver { retry_after: Some(wait), .. } => self.too_long |= wait > WAITED_FOR_AT_MOST,
            // The client keeps waiting so long, also where its application calls `connect()` again.
            Seen::Final("rate_limited") => self.too_long = true,
            Seen::Final(reason) | Seen::Grounds(reason) => {
                self.heard.insert(reason.to_owned());
            }
            Seen::Stopped(reason) if !self.is_founded(reason) => {
                broken.add(Law::Stopped, format!("it ends as {reason}, and nothing said so"));
            }
            _ => {}
        }
    }
}
