//! The ledger: every message that the service took, in order of first acceptance, and the memory
//! of ids that makes a second copy harmless.

use std::collections::HashMap;

use serde::Serialize;

use super::Millis;
use super::config::Dedupe;
use super::limits::{MAX_LEDGER_BYTES, MAX_LEDGER_MESSAGES};

/// The path by which a message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// The socket.
    WebSocket,
    /// The REST endpoint.
    Rest,
}

/// One message that the service took.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The `webchatInstanceId`.
    pub conversation: String,
    /// The client's id of the message.
    pub message_id: String,
    /// What the guest said.
    pub content: String,
    /// The path of the first copy.
    pub via: Via,
    /// When the first copy was taken.
    pub at: Millis,
    /// How many copies came, the first included.
    pub copies: u32,
}

/// Why a message could not be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

pub(super) struct Ledger {
    dedupe: Dedupe,
    entries: Vec<Entry>,
    bytes: usize,
    /// By scope (empty for the whole host) and message id.
    index: HashMap<String, HashMap<String, usize>>,
}

impl Ledger {
    pub(super) fn new(dedupe: Dedupe) -> Self {
        Self { dedupe, entries: Vec::new(), bytes: 0, index: HashMap::new() }
    }

    fn scope<'a>(&self, conversation: &'a str) -> &'a str {
        match self.dedupe {
            Dedupe::Instance => conversation,
            Dedupe::Host => "",
        }
    }

    fn position(&self, conversation: &str, message_id: &str) -> Option<usize> {
        let scope = self.index.get(self.scope(conversation))?;
        scope.get(message_id).copied()
    }

    pub(super) fn knows(&self, conversation: &str, message_id: &str) -> bool {
        self.position(conversation, message_id).is_some()
    }

    /// Counts another copy of a message that was taken before; false when it is new.
    pub(super) fn count_copy(&mut self, conversation: &str, message_id: &str) -> bool {
        match self.position(conversation, message_id) {
            Some(position) => {
                let copies = &mut self.entries[position].copies;
                *copies = copies.saturating_add(1);
                true
            }
            None => false,
        }
    }

    /// Stores a message that the ledger does not know.
    pub(super) fn store(&mut self, entry: Entry) -> Result<(), Full> {
        let bytes = self.bytes + entry.content.len();
        if self.entries.len() >= MAX_LEDGER_MESSAGES || bytes > MAX_LEDGER_BYTES {
            return Err(Full);
        }
        let scope = self.scope(&entry.conversation).to_owned();
        let ids = self.index.entry(scope).or_default();
        ids.insert(entry.message_id.clone(), self.entries.len());
        self.entries.push(entry);
        self.bytes = bytes;
        Ok(())
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(self.dedupe);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(conversation: &str, id: &str) -> Entry {
        Entry {
            conversation: conversation.into(),
            message_id: id.into(),
            content: "x".into(),
            via: Via::WebSocket,
            at: 1,
            copies: 1,
        }
    }

    #[test]
    fn an_id_is_known_in_its_own_conversation_only() {
        let mut ledger = Ledger::new(Dedupe::Instance);
        ledger.store(entry("a", "1")).expect("room");
        assert!(ledger.count_copy("a", "1"));
        assert!(!ledger.count_copy("b", "1"));
        assert_eq!(ledger.entries()[0].copies, 2);
    }

    #[test]
    fn with_dedupe_host_an_id_is_known_everywhere() {
        let mut ledger = Ledger::new(Dedupe::Host);
        ledger.store(entry("a", "1")).expect("room");
        assert!(ledger.count_copy("b", "1"));
        assert_eq!(ledger.entries().len(), 1);
    }

    #[test]
    fn a_full_ledger_refuses_and_forgets_nothing() {
        let mut ledger = Ledger::new(Dedupe::Instance);
        ledger.store(entry("a", "1")).expect("room");
        let huge = Entry { content: "x".repeat(MAX_LEDGER_BYTES), ..entry("a", "2") };
        assert_eq!(ledger.store(huge), Err(Full));
        assert!(ledger.knows("a", "1") && !ledger.knows("a", "2"));
    }

    #[test]
    fn a_cleared_ledger_knows_no_ids() {
        let mut ledger = Ledger::new(Dedupe::Instance);
        ledger.store(entry("a", "1")).expect("room");
        ledger.clear();
        assert!(!ledger.knows("a", "1"));
        assert!(ledger.entries().is_empty());
    }
}
