//! What the history says of our messages (docs/web-messaging.md): which of them an entry is, and which are absent.

use super::Client;
use crate::checkpoint::{Keep, Writer};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};
use crate::config::OnUncertain;
use crate::content::Content;
use crate::limits;
use crate::outbox::{Message, Outcome, Path};
use crate::protocol::{Entry, Sender};
use uuid::Uuid;

impl Client {
    /// Whether the history must say what became of it. That of another session cannot.
    pub(super) fn awaits_word(&self, message: &Message) -> bool {
        message.is_uncertain() && !message.again && message.session == self.sessions.serial()
    }

    fn awaiting_word(&self) -> Vec<Uuid> {
        self.outbox.ids(&mut |message| self.awaits_word(message) && message.flight.is_none())
    }

    /// A message ended unconfirmed: whether it is there stays open.
    pub(in crate::client) fn stays_open(&mut self, content: &Content) {
        if self.history().is_none() {
            return;
        }
        if self.reading.ghosts.len() == limits::GHOSTS {
            self.reading.ghosts.remove(0);
        }
        self.reading.ghosts.push(Ghost::of(content));
    }

    pub(super) fn is_known(&self, entry: &Entry) -> bool {
        self.incoming.place_of(entry).is_some() || self.was_before(entry)
    }

    /// Whether it was there before the client was.
    pub(super) fn was_before(&self, entry: &Entry) -> bool {
        let known = |name: &String| self.reading.before.contains(name);
        known(&entry.id) || entry.also.as_ref().is_some_and(known)
    }

    /// Which message of ours an entry is.
    pub(super) fn own(&self, entry: &Entry) -> Option<Uuid> {
        match entry.ours {
            // Somebody came, say: that is no message, whatever it is like.
            _ if entry.sender == Sender::Agent || !entry.spoken => None,
            Some(id) => self.outbox.knows(id).then_some(id),
            // It carries no id. It can only be told by what it says; equal texts are taken in order. What is in
            // flight may be there too, before its echo is here.
            None => {
                let out = |message: &Message| message.flight.is_some() || self.awaits_word(message);
                let same = |message: &&Message| out(message) && message.content.is_like(&entry.content);
                self.outbox.iter().find(same).map(|message| message.id)
            }
        }
    }

    /// A message stands in the history: it is one of ours, or it is told. Of what was there at the `first`
    /// read nobody knows whether it was there before us, so its words prove nothing.
    pub(in crate::client) fn found(&mut self, entry: &Entry, first: bool) {
        if self.is_known(entry) {
            return;
        }
        let ours = self.own(entry).filter(|_| !first || entry.ours.is_some());
        let named = entry.sender == Sender::Agent || entry.ours.is_some() || !entry.spoken;
        if !named && self.reading.ghosts.iter().any(|ghost| ghost.is_like(&entry.content)) {
            // Of two that said the same, nobody can tell which one this is. One that is in flight may still be told by
            // its echo; if not, this is looked at again.
            let uncertain = ours.map(|id| self.outbox.get(id).is_some_and(Message::is_uncertain));
            if uncertain != Some(false) {
                self.incoming.is_new_entry(entry);
            }
            if let Some(id) = ours.filter(|_| uncertain == Some(true)) {
                self.give_up(id, Outcome::Unconfirmed, "history");
            }
            return;
        }
        if let Some(id) = ours {
            self.incoming.is_new_entry(entry);
            if self.outbox.get(id).is_some() {
                self.audit("found", Some(id), 0, None);
                self.delivered(id, Path::Socket);
            }
        } else if !first && entry.spoken {
            self.hear(entry.clone(), 0);
        }
    }

    /// What the history lacks long enough after its copy's link ended, the service lacks, if it is `certain` whose history
    /// it is. Gives when to look again.
    pub(super) fn conclude_absence(&mut self, whole: bool, certain: bool) -> Option<u64> {
        if !whole {
            self.nobody_can_tell();
            return None;
        }
        let begun = self.reading.begun;
        let settle_after = self.config.deployment.as_ref().map_or(0, |deployment| deployment.settle_after);
        let mut again = None;
        for id in self.awaiting_word() {
            let Some(message) = self.outbox.get_mut(id) else { continue };
            let clean = message.uncertain_since.saturating_add(settle_after);
            if begun >= clean && certain {
                message.unknown = 0;
                self.tell_progress(id, Some("absent"));
            } else if begun >= clean {
                self.give_up(id, Outcome::Unconfirmed, "history");
            } else {
                again = again.max(Some(clean));
            }
        }
        again.max(self.conversation_not_started(begun))
    }

    /// What became of a message cannot be read: what the application would rather have decides.
    pub(super) fn nobody_can_tell(&mut self) {
        self.nobody_knows_whether_started();
        let policy = self.config.deployment.as_ref().map(|deployment| deployment.on_uncertain);
        let again = policy == Some(OnUncertain::AtLeastOnce);
        for id in self.awaiting_word() {
            if !again {
                self.give_up(id, Outcome::Unconfirmed, "history");
            } else if let Some(message) = self.outbox.get_mut(id) {
                message.again = true;
            }
        }
    }
}

/// As what a message may stand there, each as FNV-1a: enough to tell equal ones from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ghost([u64; 3]);

impl Ghost {
    fn of(content: &Content) -> Self {
        Self(content.likenesses().map(hash))
    }

    fn is_like(self, entry: &Content) -> bool {
        self.0.contains(&hash(entry.likeness()))
    }
}

fn hash(text: &str) -> u64 {
    let add = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, add)
}

/// A checkpoint has nothing of it: a text could be guessed from it.
impl Keep for Ghost {
    fn keep(&self, _: &mut Writer) {}

    #[cfg(feature = "replay")]
    fn restore(_: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self([0; 3]))
    }
}
