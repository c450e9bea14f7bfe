//! What the caller says: a text, a draft with more beside it, and that the guest types; each held against what the session
//! takes before anything leaves.

use super::Client;
use crate::built;
use crate::checkpoint::{Keep, Writer};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};
use crate::connection::{State, Step};
use crate::content::Content;
use crate::draft::Draft;
use crate::error::SendError;
use crate::limits;
use crate::outbox::Message;
use crate::protocol::Terms;
use crate::time::Now;
use uuid::Uuid;

/// What the session takes, and what it was told of the guest's typing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sending {
    /// Bytes of custom attributes of one message.
    attributes: usize,
    /// When it was last told that the guest types, monotonic.
    typed: Option<u64>,
    /// How often on this connection, as far as that may still be refused.
    tellings: u8,
    /// It does not want to know that.
    typing_refused: bool,
}

impl Default for Sending {
    fn default() -> Self {
        Self { attributes: limits::ATTRIBUTE_BYTES, typed: None, tellings: 0, typing_refused: false }
    }
}

impl Client {
    /// Accepts a text: it has its id and stands in the buffer, in order.
    pub fn send(&mut self, now: Now, content: &str) -> Result<Uuid, SendError> {
        self.arrive(now);
        self.accept(Content::new(content.to_owned()), None)
    }

    /// The same for a draft, where the service takes more than texts. It is held against what the session takes, or as
    /// long as there is none against what the service usually takes.
    pub fn send_draft(&mut self, now: Now, draft: &Draft) -> Result<Uuid, SendError> {
        self.arrive(now);
        if draft.is_plain() {
            return self.accept(Content::new(draft.text.clone()), None);
        }
        draft.check(self.config.max_content, self.sending.attributes)?;
        let content = self.dialect.compose(draft).ok_or(SendError::Unsupported)?;
        let file = self.file_of(draft)?;
        self.accept(content, file)
    }

    /// `file`: one of the guest's, which it takes along.
    fn accept(&mut self, content: Content, file: Option<Uuid>) -> Result<Uuid, SendError> {
        if matches!(self.state, State::Closing | State::Closed) {
            return Err(SendError::Closed);
        }
        if self.conversation.is_read_only() {
            return Err(SendError::ReadOnly);
        }
        self.outbox.check(&content)?;
        let (id, bytes) = (self.random.uuid(), content.weight());
        self.outbox.accept(self.now, id, content);
        self.audit("accepted", Some(id), bytes, None);
        self.tell_progress(id, None);
        if let Some(file) = file {
            self.carry(file, id);
        }
        self.settle();
        Ok(id)
    }

    /// Tells that the guest types; false: it does not leave, as it was told less than 5 s ago, the connection is not ready
    /// or has no room for it, or the service does not want to know. It never waits, and nobody answers for it.
    pub fn typing(&mut self, now: Now) -> bool {
        self.arrive(now);
        let leaves = self.tell_typing();
        self.settle();
        leaves
    }

    fn tell_typing(&mut self) -> bool {
        let now = self.now.monotonic;
        let over = self.conversation.is_read_only() || self.conversation.is_ending();
        let ready = self.step == Step::Ready && self.state.is_active() && !self.liveness.is_suspected() && !over;
        let told = self.sending.typed.is_some_and(|at| now < at + limits::TYPING_EVERY);
        if !ready || told || self.sending.typing_refused || now < self.ration.earliest() {
            return false;
        }
        let (Some(generation), Some(session)) = (self.generation(), self.sessions.current()) else { return false };
        let Some(frame) = self.dialect.typing_frame(session) else { return false };
        self.sending.typed = Some(now);
        self.sending.tellings = limits::TELLINGS.min(self.sending.tellings + 1);
        self.audit("typing", None, frame.len(), None);
        // The service counts it with the messages too.
        self.ration.message(now);
        self.emit_frame(generation, frame);
        true
    }

    /// The service does not want to know that the guest types.
    pub(super) fn typing_refused(&mut self) {
        self.sending.typing_refused = true;
    }

    /// A refusal that names nobody: whether it may mean what was told of the guest's typing. Each telling explains one.
    pub(super) fn explained_by_typing(&mut self) -> bool {
        let explained = built::WEB_MESSAGING && self.sending.tellings > 0;
        if explained {
            self.sending.tellings -= 1;
            self.typing_refused();
        }
        explained
    }

    /// What the session takes from now on.
    pub(super) fn take_terms(&mut self, terms: &Terms) {
        self.sending.attributes = terms.attribute_bytes.unwrap_or(limits::ATTRIBUTE_BYTES);
        self.sending.tellings = 0;
        self.sending.typing_refused = false;
        self.files_allowed(terms.files.clone());
    }

    /// Whether a message has more beside it than the session takes.
    pub(super) fn is_excluded(&self, message: &Message) -> bool {
        message.content.beside().is_some_and(|beside| beside.attributes > self.sending.attributes)
    }
}

/// Where it is as in a new client, as in every one of another dialect, a checkpoint has nothing of it: it must not depend
/// on what its module can speak.
impl Keep for Sending {
    fn keep(&self, to: &mut Writer) {
        let begun = built::WEB_MESSAGING && *self != Self::default();
        begun.keep(to);
        if begun {
            self.attributes.keep(to);
            self.typed.keep(to);
            self.tellings.keep(to);
            self.typing_refused.keep(to);
        }
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        if !bool::restore(from)? {
            return Ok(Self::default());
        }
        Ok(Self {
            attributes: Keep::restore(from)?,
            typed: Keep::restore(from)?,
            tellings: Keep::restore(from)?,
            typing_refused: Keep::restore(from)?,
        })
    }
}
