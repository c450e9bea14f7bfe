//! What the history says of our messages (docs/web-messaging.md): which of them an entry is, and which are absent.

use super::Client;
use crate::built;
use crate::checkpoint::{Keep, Writer};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};
use crate::config::OnUncertain;
use crate::content::Content;
use crate::limits;
use crate::outbox::{Message, Outcome, Path};
use crate::protocol::Entry;
use crate::text;
use uuid::Uuid;

impl Client {
    /// Whether the history must say what became of it. That of another session cannot.
    pub(super) fn awaits_word(&self, message: &Message) -> bool {
        awaits_word(message, self.sessions.serial())
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
        self.has_had(entry) || self.was_before(entry)
    }

    /// Whether it was there before the client was.
    pub(super) fn was_before(&self, entry: &Entry) -> bool {
        let known = |name: &String| self.reading.before.contains(&text::mark(name));
        known(&entry.id) || entry.also.as_ref().is_some_and(known)
    }

    /// The message of ours whose id an entry carries, in either place.
    pub(in crate::client) fn ours(&self, entry: &Entry) -> Option<Uuid> {
        [entry.ours, entry.kept].into_iter().flatten().find(|&id| self.outbox.knows(id))
    }

    /// A message stands in the history: it is one of ours, or it is told. What is `old` was said before all that is looked
    /// for, and what was there at an `unsure` read may have been: neither is ours by what it says, and the latter is not told.
    pub(super) fn found(&mut self, entry: &Entry, old: bool, unsure: bool) {
        // Its id says more than that it is known.
        if let Some(id) = self.ours(entry) {
            return self.found_ours(id, entry);
        }
        if self.is_known(entry) {
            return;
        }
        if entry.joins && unsure {
            self.nobody_knows_whether_started();
        } else if entry.joins {
            self.incoming.is_new_entry(entry);
            self.conversation_started();
        }
        if entry.is_anybodys() && !old && self.guess(entry, unsure) || unsure {
            return;
        }
        if entry.spoken {
            self.hear(entry.clone(), 0);
        }
    }

    pub(in crate::client) fn found_ours(&mut self, id: Uuid, entry: &Entry) {
        self.incoming.is_new_entry(entry);
        if self.outbox.get(id).is_some() {
            self.audit("found", Some(id), 0, None);
            self.delivered(id, Path::Socket);
        }
    }

    /// The guest said something, and which client brought it, it does not say: it may be one of ours, as it was or as the
    /// service has written it anew. True: so it is taken, and not told.
    fn guess(&mut self, entry: &Entry, unsure: bool) -> bool {
        let like = self.alike(entry).map(|message| (message.id, message.is_uncertain()));
        let mark = Content::mark(entry.content.likeness());
        let ghost = self.reading.ghosts.iter().any(|ghost| ghost.0.contains(&mark));
        let Some((id, uncertain)) = like else {
            if ghost {
                self.incoming.is_new_entry(entry);
            } else if !self.reading.gives_ids {
                self.perhaps_ours();
            }
            return ghost;
        };
        let mixed = self.reading.mixed.is_some() && super::of_session(self.reading.began, entry) != Some(true);
        if mixed {
            // No later look may take it for what was said in this session.
            self.incoming.is_new_entry(entry);
        }
        if !unsure && !ghost && !mixed && !self.reading.gives_ids && entry.ours.is_none() {
            self.found_ours(id, entry);
        } else if uncertain && !unsure {
            // Of two that said the same, say, nobody can tell which one this is.
            self.incoming.is_new_entry(entry);
            self.nobody_can_tell_of(id);
        } else if let Some(message) = self.outbox.get_mut(id) {
            // One that is in flight may still be told by its echo.
            message.perhaps = true;
        }
        true
    }

    /// The message that is out and that an entry without an id of ours may be by what it says. Equal texts are taken in order.
    /// What is in flight may be there too, before its echo is here.
    pub(super) fn alike(&self, entry: &Entry) -> Option<&Message> {
        let may = entry.is_anybodys();
        let serial = self.sessions.serial();
        self.outbox.iter().find(|message| may && is_out(message, serial) && message.content.is_like(&entry.content))
    }

    /// Something that cannot be explained stands in the history, or was said: it may be any of ours that is out.
    pub(super) fn perhaps_ours(&mut self) {
        let serial = self.sessions.serial();
        for message in self.outbox.iter_mut() {
            message.perhaps |= is_out(message, serial);
        }
    }

    /// The application is given something of the newest page, which it had not heard. It is known from now on, and if it is
    /// one of ours that is out, no later read would say so.
    pub(in crate::client) fn given(&mut self, entry: &Entry) {
        if !self.reading.gives_ids && entry.is_anybodys() && !self.was_before(entry) {
            self.perhaps_ours();
        }
        self.incoming.is_new_entry(entry);
    }

    /// The guest said something live, without an id of ours. If it has none at all, or says the same as what is in flight,
    /// it may be its echo.
    pub(in crate::client) fn overheard(&mut self, entry: &Entry) {
        let said_so = |message: &Message| message.flight.is_some() && message.content.is_like(&entry.content);
        if built::WEB_MESSAGING && entry.is_anybodys() && (entry.ours.is_none() || self.outbox.iter().any(said_so)) {
            self.perhaps_ours();
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
            if begun >= clean && certain && !message.perhaps {
                message.unknown = 0;
                self.tell_progress(id, Some("absent"));
            } else if begun >= clean && certain {
                self.nobody_can_tell_of(id);
            } else if begun >= clean {
                self.give_up(id, Outcome::Unconfirmed, "history");
            } else {
                again = again.max(Some(clean));
            }
        }
        again.max(self.conversation_not_started(begun))
    }

    /// What became of the messages cannot be read.
    pub(super) fn nobody_can_tell(&mut self) {
        self.nobody_knows_whether_started();
        for id in self.awaiting_word() {
            self.nobody_can_tell_of(id);
        }
    }

    /// What became of a message cannot be told: what the application would rather have decides.
    fn nobody_can_tell_of(&mut self, id: Uuid) {
        let policy = self.config.deployment.as_ref().map(|deployment| deployment.on_uncertain);
        if policy != Some(OnUncertain::AtLeastOnce) {
            self.give_up(id, Outcome::Unconfirmed, "history");
        } else if let Some(message) = self.outbox.get_mut(id) {
            // No later look may find it absent: what could tell is known by now.
            (message.again, message.perhaps) = (true, true);
        }
    }
}

/// Whether the history of the session with this number must say what became of a message.
fn awaits_word(message: &Message, session: u32) -> bool {
    message.is_uncertain() && !message.again && message.session == session
}

/// The fate of a message is open: a copy is under way, or may have arrived.
fn is_out(message: &Message, session: u32) -> bool {
    message.flight.is_some() || awaits_word(message, session)
}

/// As what a message may stand there, each as FNV-1a: enough to tell equal ones from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ghost([u64; 3]);

impl Ghost {
    fn of(content: &Content) -> Self {
        Self(content.likenesses().map(Content::mark))
    }
}

/// A checkpoint has nothing of it: a text could be guessed from it.
impl Keep for Ghost {
    fn keep(&self, _: &mut Writer) {}

    #[cfg(feature = "replay")]
    fn restore(_: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self([0; 3]))
    }
}
