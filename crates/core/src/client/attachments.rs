//! The guest's files, each in one state from `attach` to its end: an address is asked for, the bytes are put there,
//! the service says that they have arrived, a message takes the file along. What a dropped connection leaves open is
//! asked again on the next one; only the id that a message carries counts, so an upload may safely be repeated.

mod asking;
mod endings;
mod uploading;

use super::Client;
use crate::backoff::Backoff;
use crate::built::{self, InWebMessaging};
use crate::checkpoint::{Keep, Writer, keep};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};
use crate::connection::State;
use crate::draft::Draft;
use crate::error::{FileError, SendError};
use crate::event::{self, Event};
use crate::files::{Allowed, Offer};
use crate::io::Output;
use crate::limits;
use crate::protocol::files::{Files, Question};
use crate::secret::Secret;
use crate::time::Now;
use uuid::Uuid;

/// How far a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// An address is wanted.
    Presign,
    /// The request of this number carries its bytes.
    Put(u32),
    /// They were taken; whether they are good is still to be said.
    Judged,
    /// That was not heard: whether the file has arrived is to be asked.
    Look,
    /// It may go with a message.
    Uploaded,
    /// This message takes it along.
    Carried(Uuid),
    /// It is to be removed.
    Remove,
}

/// One file.
#[derive(Clone, Debug)]
struct Attachment {
    id: Uuid,
    offer: Offer,
    phase: Phase,
    /// What is wanted is not asked before this moment; what is awaited is overdue after it. Monotonic.
    at: u64,
    failures: u8,
    /// The service may know of it.
    asked: bool,
    /// All of its bytes have left.
    left: bool,
    /// Why the service refused the message that took it along, where the file was at fault.
    spoilt: Option<u16>,
    /// Where it can be fetched for a while, as the service said last.
    url: Option<Secret>,
    backoff: Backoff,
}

impl Attachment {
    fn state(&self) -> &'static str {
        match self.phase {
            Phase::Presign => "presigning",
            Phase::Put(_) | Phase::Judged | Phase::Look => "uploading",
            Phase::Uploaded => "uploaded",
            Phase::Carried(_) => "sending",
            Phase::Remove => "detaching",
        }
    }

    #[inline(never)]
    fn told(&self, state: &'static str, why: Why, at: u64) -> Output {
        Output::Event(Event::Attachment(InWebMessaging::new(event::Attachment {
            id: super::telling::text(self.id),
            name: self.offer.name.clone(),
            kind: self.offer.kind.clone(),
            size: self.offer.size,
            state,
            reason: why.reason,
            code: why.code,
            // What has no part in the conversation any more is nowhere.
            url: self.url.clone().filter(|_| !matches!(state, "detached" | "failed")),
            at,
        })))
    }
}

/// Somebody wants to know where a file can be fetched.
#[derive(Clone, Debug)]
struct Wanted {
    number: u32,
    file: String,
    /// It is not asked before this moment, monotonic.
    at: u64,
    /// Nobody waits for it after this one.
    until: u64,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Attachments {
    items: Vec<Attachment>,
    /// Those whose end was told, so that none goes with a message once more.
    ended: Vec<Uuid>,
    wanted: Vec<Wanted>,
    allowed: Allowed,
    /// The one question that is out, and until when its answer is awaited. One at a time: an error that names no file
    /// can then mean one only.
    asked: Option<(Question, u64)>,
    /// Questions on this link that were never answered; a late error may be about any of them.
    open: u32,
    numbers: u32,
}

/// What an end or a step of a file is told with.
#[derive(Clone, Copy, Default)]
struct Why {
    reason: Option<&'static str>,
    code: Option<u16>,
}

impl Why {
    fn because(reason: &'static str) -> Self {
        Self { reason: Some(reason), code: None }
    }

    fn code(reason: &'static str, code: u16) -> Self {
        Self { reason: Some(reason), code: Some(code) }
    }
}

impl Attachments {
    pub(super) fn is_call(&self, request: u32) -> bool {
        built::WEB_MESSAGING && self.items.iter().any(|item| item.phase == Phase::Put(request))
    }

    fn get(&self, id: Uuid) -> Option<&Attachment> {
        self.items.iter().find(|item| item.id == id)
    }

    fn get_mut(&mut self, id: Uuid) -> Option<&mut Attachment> {
        self.items.iter_mut().find(|item| item.id == id)
    }

    // Of one form for all who ask: a form for each costs a hundred bytes in the module.
    #[inline(never)]
    fn ids(&self, which: &dyn Fn(&Attachment) -> bool) -> Vec<Uuid> {
        let mut ids = Vec::new();
        for item in &self.items {
            if which(item) {
                ids.push(item.id);
            }
        }
        ids
    }

    /// The numbers of what is wanted.
    #[inline(never)]
    fn numbers(&self, which: &dyn Fn(&Wanted) -> bool) -> Vec<u32> {
        let mut numbers = Vec::new();
        for wanted in &self.wanted {
            if which(wanted) {
                numbers.push(wanted.number);
            }
        }
        numbers
    }
}

impl Client {
    fn files(&self) -> Option<&dyn Files> {
        if built::WEB_MESSAGING { self.dialect.files() } else { None }
    }

    /// Takes a file on; its bytes are put where the service says, as soon as it is there.
    pub fn attach(&mut self, now: Now, offer: Offer) -> Result<Uuid, FileError> {
        self.arrive(now);
        if self.files().is_none() {
            return Err(FileError::Unsupported);
        }
        if matches!(self.state, State::Closing | State::Closed) {
            return Err(FileError::Closed);
        }
        if self.conversation.is_read_only() {
            return Err(FileError::ReadOnly);
        }
        self.attachments.allowed.check(&offer)?;
        if self.attachments.items.len() >= limits::ATTACHMENTS {
            return Err(FileError::TooMany);
        }
        let id = self.random.uuid();
        self.attachments.items.push(Attachment {
            id,
            offer,
            phase: Phase::Presign,
            at: 0,
            failures: 0,
            asked: false,
            left: false,
            spoilt: None,
            url: None,
            backoff: Backoff::new(self.config.backoff_base, self.config.backoff_cap),
        });
        self.tell_attachment(id, Why::default());
        self.settle();
        Ok(id)
    }

    /// Takes a file back, until a message takes it along. What the service may know of is removed there.
    pub fn detach(&mut self, now: Now, id: Uuid) -> Result<(), FileError> {
        self.arrive(now);
        let Some(item) = self.attachments.get_mut(id).filter(|_| built::WEB_MESSAGING) else {
            return Err(FileError::Unknown);
        };
        match item.phase {
            Phase::Carried(_) => return Err(FileError::Sending),
            Phase::Remove => {}
            _ if !item.asked => self.end_attachment(id, "detached", Why::because("caller")),
            phase => {
                (item.phase, item.at, item.failures) = (Phase::Remove, 0, 0);
                self.drop_put(phase);
                self.question_is_over(id);
                self.tell_attachment(id, Why::because("caller"));
            }
        }
        self.settle();
        Ok(())
    }

    /// Asks where a file can be fetched, ours or another's of this conversation. The answer comes as an
    /// [`Event::Address`] with the number that this gives.
    pub fn attachment_url(&mut self, now: Now, file: &str) -> Result<u32, FileError> {
        self.arrive(now);
        if self.files().is_none() {
            return Err(FileError::Unsupported);
        }
        if matches!(self.state, State::Closing | State::Closed) {
            return Err(FileError::Closed);
        }
        if !(1..=limits::IDENTIFIER_BYTES).contains(&file.len()) {
            return Err(FileError::Unknown);
        }
        if let Some(wanted) = self.attachments.wanted.iter().find(|wanted| wanted.file == file) {
            // Whoever else wants to know shares the answer.
            return Ok(wanted.number);
        }
        if self.attachments.wanted.len() >= limits::ADDRESSES_WANTED {
            return Err(FileError::TooManyQuestions);
        }
        self.attachments.numbers = self.attachments.numbers.wrapping_add(1);
        let number = self.attachments.numbers;
        let until = self.now.monotonic + limits::ADDRESS_TIMEOUT;
        self.attachments.wanted.push(Wanted { number, file: file.to_owned(), at: 0, until });
        self.settle();
        Ok(number)
    }

    /// The guest's file that a message is to take along, which must have arrived. One that this client never knew may
    /// be another page's; the service is the judge of that.
    pub(super) fn file_of(&self, draft: &Draft) -> Result<Option<Uuid>, SendError> {
        let named = draft.attachment.as_deref().filter(|_| built::WEB_MESSAGING);
        let is = |id: &Uuid| named == Some(&*id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()));
        match self.attachments.items.iter().find(|item| is(&item.id)) {
            Some(item) if item.phase == Phase::Uploaded => Ok(Some(item.id)),
            Some(_) => Err(SendError::NotUploaded),
            None if self.attachments.ended.iter().any(is) => Err(SendError::UnknownAttachment),
            None => Ok(None),
        }
    }

    /// A message that was accepted takes this file along.
    pub(super) fn carry(&mut self, id: Uuid, message: Uuid) {
        if let Some(item) = self.attachments.get_mut(id).filter(|_| built::WEB_MESSAGING) {
            item.phase = Phase::Carried(message);
            self.tell_attachment(id, Why::default());
        }
    }

    /// What the session says of the files that it takes.
    pub(super) fn files_allowed(&mut self, allowed: Allowed) {
        self.attachments.allowed = allowed;
    }

    #[inline(never)]
    fn tell_attachment(&mut self, id: Uuid, why: Why) {
        let Some(item) = self.attachments.get(id) else { return };
        let told = item.told(item.state(), why, self.now.wall);
        self.output(told);
    }

    /// A file is at its end, whatever it was. The one place where that happens.
    #[inline(never)]
    fn end_attachment(&mut self, id: Uuid, state: &'static str, why: Why) {
        let Some(place) = self.attachments.items.iter().position(|item| item.id == id) else { return };
        let item = self.attachments.items.remove(place);
        if self.attachments.ended.len() >= limits::REMEMBERED_FINAL {
            self.attachments.ended.remove(0);
        }
        self.attachments.ended.push(id);
        self.drop_put(item.phase);
        self.question_is_over(id);
        self.output(Output::ReleaseFile(id));
        let told = item.told(state, why, self.now.wall);
        self.output(told);
    }

    fn drop_put(&mut self, phase: Phase) {
        if let Phase::Put(request) = phase {
            self.output(Output::AbortRequest(request));
        }
    }
}

keep!(Attachment { id, offer, phase, at, failures, asked, left, spoilt, url, backoff });
keep!(Wanted { number, file, at, until });

/// Where there are no files, as in every client of another dialect, a checkpoint has nothing of them: it must not depend
/// on what its module can speak.
impl Keep for Attachments {
    fn keep(&self, to: &mut Writer) {
        let Self { items, ended, wanted, allowed, asked, open, numbers } = self;
        let known = !allowed.types.is_empty() || !allowed.blocked.is_empty() || allowed.most != limits::FILE_BYTES;
        // An address that was wanted once has a number; a file that was taken on once is here or has ended.
        let begun = built::WEB_MESSAGING && (known || *numbers > 0 || !items.is_empty() || !ended.is_empty());
        begun.keep(to);
        if begun {
            items.keep(to);
            ended.keep(to);
            wanted.keep(to);
            allowed.keep(to);
            asked.keep(to);
            open.keep(to);
            numbers.keep(to);
        }
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        if !bool::restore(from)? {
            return Ok(Self::default());
        }
        Ok(Self {
            items: Keep::restore(from)?,
            ended: Keep::restore(from)?,
            wanted: Keep::restore(from)?,
            allowed: Keep::restore(from)?,
            asked: Keep::restore(from)?,
            open: Keep::restore(from)?,
            numbers: Keep::restore(from)?,
        })
    }
}

impl Keep for Phase {
    fn keep(&self, to: &mut Writer) {
        let (kind, request, message) = match *self {
            Self::Presign => (0, 0, Uuid::nil()),
            Self::Put(request) => (1, request, Uuid::nil()),
            Self::Judged => (2, 0, Uuid::nil()),
            Self::Look => (3, 0, Uuid::nil()),
            Self::Uploaded => (4, 0, Uuid::nil()),
            Self::Carried(message) => (5, 0, message),
            Self::Remove => (6, 0, Uuid::nil()),
        };
        to.number(kind);
        request.keep(to);
        message.keep(to);
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let kind = from.place(7)?;
        let (request, message) = (Keep::restore(from)?, Keep::restore(from)?);
        Ok([
            Self::Presign,
            Self::Put(request),
            Self::Judged,
            Self::Look,
            Self::Uploaded,
            Self::Carried(message),
            Self::Remove,
        ][kind])
    }
}
