//! Every file that was taken on has one end, the end is true by the ledger, and no file goes with two messages.

use std::collections::HashMap;

use super::{Checker, Law, Report, Seen};

#[derive(Default)]
struct File {
    /// The latest that was told of it.
    state: String,
    /// Nobody can tell whether a message took it along.
    doubtful: bool,
    /// Messages in the ledger that have it.
    taken: u32,
}

impl File {
    fn is_over(&self) -> bool {
        matches!(self.state.as_str(), "sent" | "detached" | "failed")
    }
}

pub(super) struct Files {
    duplicates_accepted: bool,
    files: HashMap<String, File>,
}

impl Files {
    pub(super) fn new(duplicates_accepted: bool) -> Self {
        Self { duplicates_accepted, files: HashMap::new() }
    }

    fn told(&mut self, id: &str, state: &str, reason: &str, broken: &mut Report<'_>) {
        let file = self.files.entry(id.to_owned()).or_default();
        if file.is_over() {
            broken.add(Law::Untrue, format!("the file {id} was {} and is told of as {state}", file.state));
        }
        state.clone_into(&mut file.state);
        file.doubtful = reason == "unconfirmed";
        match state {
            "sent" if file.taken == 0 => broken.add(Law::Lost, format!("the file {id} is sent and not there")),
            "detached" | "failed" | "uploaded" if file.taken > 0 && !file.doubtful => {
                broken.add(Law::Untrue, format!("the file {id} is told of as {state} and stands in the ledger"));
            }
            _ => {}
        }
    }

    fn taken(&mut self, id: &str, broken: &mut Report<'_>) {
        let file = self.files.entry(id.to_owned()).or_default();
        file.taken += 1;
        if file.taken > 1 && !self.duplicates_accepted {
            broken.add(Law::Duplicated, format!("the file {id} goes with {} messages", file.taken));
        }
        if matches!(file.state.as_str(), "detached" | "failed") && !file.doubtful {
            broken.add(Law::Untrue, format!("the file {id} was {} and was taken after", file.state));
        }
    }
}

impl Checker for Files {
    fn see(&mut self, seen: &Seen<'_>, broken: &mut Report<'_>) {
        match *seen {
            Seen::FileTold { id, state, reason } => self.told(id, state, reason, broken),
            Seen::FileTaken(id) => self.taken(id, broken),
            Seen::Settled => {
                for (id, file) in self.files.iter().filter(|(_, file)| !file.is_over()) {
                    broken.add(Law::Stuck, format!("the file {id} is still {}", file.state));
                }
            }
            _ => {}
        }
    }
}
