//! The ledger: every message that the service took, in order of first acceptance, and the memory
//! of ids that makes a second copy harmless.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;

use super::budget::{Budget, Exhausted, Reservation, Use};
use super::limits::MAX_LEDGER_MESSAGES;
use super::{Millis, weight};

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
    /// The `webchatInstanceId`, or the session of `web-messaging`.
    pub conversation: String,
    /// The client's id of the message; in `web-messaging` the platform's.
    pub message_id: String,
    /// The client's id of the request, in `web-messaging`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracing_id: Option<String>,
    /// What the guest said.
    pub content: String,
    /// What came beside the text: attachments, the buttons that were pressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub structured: Option<Value>,
    /// The custom attributes that came with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_attributes: Option<Value>,
    /// The path of the first copy.
    pub via: Via,
    /// When the first copy was taken.
    pub at: Millis,
    /// How many copies came, the first included.
    pub copies: u32,
}

impl Entry {
    fn weight(&self) -> usize {
        let texts = [&self.conversation, &self.message_id, &self.content];
        let beside = [&self.structured, &self.custom_attributes];
        weight::entry::<Self>()
            + texts.into_iter().map(|text| weight::text(text)).sum::<usize>()
            + weight::maybe(self.tracing_id.as_deref())
            + beside.into_iter().flatten().map(weight::value).sum::<usize>()
    }
}

/// Why a message could not be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

/// What tells a copy of a message from another message: an id, and within what it counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key<'a> {
    pub(super) scope: &'a str,
    pub(super) id: &'a str,
}

impl Key<'_> {
    /// In the index: the id in a table of its own for each scope.
    fn weight(self) -> usize {
        weight::entry::<(String, usize)>() + weight::text(self.id) + weight::text(self.scope)
    }
}

pub(super) struct Ledger {
    budget: Budget,
    entries: Vec<Entry>,
    weight: Reservation,
    /// By scope and id.
    index: HashMap<String, HashMap<String, usize>>,
}

impl Ledger {
    pub(super) fn new(budget: &Budget) -> Self {
        let weight = budget.charge(Use::Ledger, 0);
        Self { budget: budget.clone(), entries: Vec::new(), weight, index: HashMap::new() }
    }

    fn position(&self, key: Key<'_>) -> Option<usize> {
        self.index.get(key.scope)?.get(key.id).copied()
    }

    pub(super) fn knows(&self, key: Key<'_>) -> bool {
        self.position(key).is_some()
    }

    /// Counts another copy of a message that was taken before; false when it is new.
    pub(super) fn count_copy(&mut self, key: Key<'_>) -> bool {
        match self.position(key) {
            Some(position) => {
                let copies = &mut self.entries[position].copies;
                *copies = copies.saturating_add(1);
                true
            }
            None => false,
        }
    }

    /// Stores a message that the ledger does not know; without a key every copy is another message.
    pub(super) fn store(&mut self, key: Option<Key<'_>>, entry: Entry) -> Result<(), Full> {
        if self.entries.len() >= MAX_LEDGER_MESSAGES {
            return Err(Full);
        }
        let more = entry.weight() + key.map_or(0, Key::weight);
        self.weight.resize(self.weight.bytes() + more).map_err(|Exhausted| Full)?;
        if let Some(key) = key {
            let ids = self.index.entry(key.scope.to_owned()).or_default();
            ids.insert(key.id.to_owned(), self.entries.len());
        }
        self.entries.push(entry);
        Ok(())
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(&self.budget);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key<'a>(scope: &'a str, id: &'a str) -> Key<'a> {
        Key { scope, id }
    }

    fn entry(conversation: &str, id: &str) -> Entry {
        Entry {
            conversation: conversation.into(),
            message_id: id.into(),
            tracing_id: None,
            content: "x".into(),
            structured: None,
            custom_attributes: None,
            via: Via::WebSocket,
            at: 1,
            copies: 1,
        }
    }

    fn ledger() -> Ledger {
        Ledger::new(&Budget::new(1_000_000))
    }

    #[test]
    fn an_id_is_known_in_its_own_scope_only() {
        let mut ledger = ledger();
        ledger.store(Some(key("a", "1")), entry("a", "1")).expect("room");
        assert!(ledger.count_copy(key("a", "1")));
        assert!(!ledger.count_copy(key("b", "1")));
        assert_eq!(ledger.entries()[0].copies, 2);
    }

    #[test]
    fn without_a_key_every_copy_is_another_message() {
        let mut ledger = ledger();
        ledger.store(None, entry("a", "1")).expect("room");
        ledger.store(None, entry("a", "1")).expect("room");
        assert_eq!(ledger.entries().len(), 2);
        assert!(!ledger.knows(key("a", "1")));
    }

    #[test]
    fn a_full_ledger_refuses_and_forgets_nothing() {
        let mut ledger = ledger();
        ledger.store(Some(key("a", "1")), entry("a", "1")).expect("room");
        let huge = Entry { content: "x".repeat(1_000_000), ..entry("a", "2") };
        assert_eq!(ledger.store(Some(key("a", "2")), huge), Err(Full));
        assert!(ledger.knows(key("a", "1")) && !ledger.knows(key("a", "2")));
    }

    #[test]
    fn a_cleared_ledger_knows_no_ids() {
        let budget = Budget::new(1_000_000);
        let mut ledger = Ledger::new(&budget);
        ledger.store(Some(key("a", "1")), entry("a", "1")).expect("room");
        assert!(budget.used() > 0);
        ledger.clear();
        assert!(!ledger.knows(key("a", "1")));
        assert!(ledger.entries().is_empty());
        assert_eq!(budget.used(), 0);
    }
}
