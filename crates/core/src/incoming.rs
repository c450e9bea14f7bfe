//! What came in is remembered by id, in a bounded window, so that it is raised once. Of an id 64 bits are kept: what is
//! remembered then costs the same however long the ids are, and whoever can choose two that are alike, the service, could as
//! well keep a message to itself.

use crate::built;
use crate::checkpoint::keep;
use crate::limits;
use crate::protocol::Entry;
use crate::text;

/// The ids of the latest incoming messages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Incoming {
    ids: Vec<u64>,
    forgotten: u64,
}

impl Incoming {
    /// Whether it is new by both of its names. They are remembered.
    pub(crate) fn is_new_entry(&mut self, entry: &Entry) -> bool {
        let new = self.is_new(&entry.id);
        entry.also.as_ref().is_none_or(|also| !built::WEB_MESSAGING || self.is_new(also)) && new
    }

    /// Where a known one stands among all names that ever came, by either of its own.
    pub(crate) fn place_of(&self, entry: &Entry) -> Option<u64> {
        self.place(&entry.id).or_else(|| self.place(entry.also.as_ref()?))
    }

    /// Whether this id is new. It is remembered.
    fn is_new(&mut self, id: &str) -> bool {
        let id = text::mark(id);
        if self.ids.contains(&id) {
            return false;
        }
        if self.ids.len() == limits::REMEMBERED_INCOMING {
            self.ids.remove(0);
            self.forgotten += 1;
        }
        self.ids.push(id);
        true
    }

    /// Where a known one stands among all that ever came, counted from 0.
    fn place(&self, id: &str) -> Option<u64> {
        let id = text::mark(id);
        let place = self.ids.iter().position(|&known| known == id)?;
        Some(self.forgotten + place as u64)
    }

    /// How many ever came.
    pub(crate) fn count(&self) -> u64 {
        self.forgotten + self.ids.len() as u64
    }
}

keep!(Incoming { ids, forgotten });

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn an_id_is_new_once_and_the_window_is_bounded() {
        let mut incoming = Incoming::default();
        assert!(incoming.is_new("a") && !incoming.is_new("a"));
        for number in 0..limits::REMEMBERED_INCOMING {
            assert!(incoming.is_new(&number.to_string()));
        }
        assert_eq!(incoming.ids.len(), limits::REMEMBERED_INCOMING);
        assert!(incoming.is_new("a"), "it fell out of the window");
    }
}
