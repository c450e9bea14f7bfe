//! What the caller says: a text, a draft with more beside it, and that the guest types; each held against what the session
//! takes before anything leaves.

use super::Client;
use crate::built;
use crate::checkpoint::{Keep, Writer};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};
use crate::connection::{State, Step};
use crate::content::Content;
use crate::draft::{Attributes, Draft};
use crate::error::SendError;
use crate::limits;
use crate::offer::OfferAnswer;
use crate::outbox::Message;
use crate::protocol::Terms;
use crate::protocol::conversation::Question;
use crate::time::Now;
use uuid::Uuid;

/// What the session takes, and what it was told of the guest's typing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sending {
    /// Bytes of custom attributes of one message.
    pub(super) attributes: usize,
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
        if let Some(along) = self.carried(&[]).filter(|_| content.len() <= self.config.max_content) {
            return self.send_with(now, &Draft::text(content), Some(along));
        }
        self.arrive(now);
        self.takes(content.len())?;
        self.accept(Content::new(content.to_owned()), None, None)
    }

    /// The same for a draft, where the service takes more than texts. It is held against what the session takes, or as
    /// long as there is none against what the service usually takes.
    pub fn send_draft(&mut self, now: Now, draft: &Draft) -> Result<Uuid, SendError> {
        let along = self.carried(&draft.attributes);
        self.send_with(now, draft, along)
    }

    /// `along`: attributes that it takes along ([`set_attributes`](Self::set_attributes)).
    pub(crate) fn send_with(&mut self, now: Now, draft: &Draft, along: Option<Attributes>) -> Result<Uuid, SendError> {
        self.arrive(now);
        if !draft.is_plain() || along.is_some() {
            draft.check(self.config.max_content, self.sending.attributes)?;
        }
        let plain = match draft.is_plain() {
            true => Content::new(draft.text.clone()),
            false => self.dialect.compose(draft).ok_or(SendError::Unsupported)?,
        };
        let Some(along) = along else {
            let file = self.file_of(draft)?;
            return self.accept(plain, file, None);
        };
        let mut whole = draft.clone();
        whole.attributes.extend_from_slice(&along);
        let content = self.dialect.compose(&whole).ok_or(SendError::Unsupported)?;
        let file = self.file_of(draft)?;
        self.accept(content, file, Some((along, plain)))
    }

    /// Whether a text of so many bytes can be sent at all: asked before anything is copied.
    fn takes(&self, bytes: usize) -> Result<(), SendError> {
        if matches!(self.state, State::Closing | State::Closed) {
            Err(SendError::Closed)
        } else if self.conversation.is_read_only() {
            Err(SendError::ReadOnly)
        } else if bytes > self.config.max_content {
            Err(SendError::TooLarge)
        } else {
            Ok(())
        }
    }

    /// `file`: one of the guest's, which it takes along. `along`: attributes too, and what it is without them.
    fn accept(
        &mut self,
        content: Content,
        file: Option<Uuid>,
        along: Option<(Attributes, Content)>,
    ) -> Result<Uuid, SendError> {
        self.takes(content.len())?;
        self.outbox.check(&content)?;
        let (id, bytes) = (self.random.uuid(), content.weight());
        self.outbox.accept(self.now, id, content);
        if let Some((along, plain)) = along {
            self.attributes_go_with(id, along, plain);
        }
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

    /// Whether something that nobody waits for can leave now.
    fn can_tell(&self) -> bool {
        let over = self.conversation.is_read_only() || self.conversation.is_ending();
        let ready = self.step == Step::Ready && self.state.is_active() && !self.liveness.is_suspected() && !over;
        ready && self.now.monotonic >= self.ration.earliest()
    }

    fn tell_typing(&mut self) -> bool {
        let now = self.now.monotonic;
        let told = self.sending.typed.is_some_and(|at| now < at + limits::TYPING_EVERY);
        if told || self.sending.typing_refused || !self.can_tell() {
            return false;
        }
        let Some(session) = self.sessions.current() else { return false };
        let Some(frame) = self.dialect.typing_frame(session) else { return false };
        self.sending.typed = Some(now);
        self.sending.tellings = limits::TELLINGS.min(self.sending.tellings + 1);
        self.tells("typing", frame)
    }

    fn tells(&mut self, what: &'static str, frame: String) -> bool {
        let Some(generation) = self.generation() else { return false };
        self.audit(what, None, frame.len(), None);
        // The service counts it with the messages too.
        self.ration.message(self.now.monotonic);
        self.emit_frame(generation, frame);
        true
    }

    /// Says what the guest makes of an offer; false: it does not leave, as the connection is not ready or has no room for it.
    /// It never waits; that the service refuses it is told.
    pub fn answer_offer(&mut self, now: Now, answer: &OfferAnswer) -> bool {
        self.arrive(now);
        let frame = self.conversing().zip(self.sessions.current()).map(|(it, session)| it.offer_frame(session, answer));
        let leaves = self.can_tell() && frame.is_some_and(|frame| self.tells(Question::Offer.name(), frame));
        self.settle();
        leaves
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
        self.attributes_meet_terms();
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
