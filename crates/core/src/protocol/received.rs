//! What comes from a service: what its frames mean, and what its refusals mean for a message.

use super::{conversation, files, streaming};
use crate::body::Body;
use crate::checkpoint::{keep, keep_one_of};
use crate::content::Content;
use crate::error::conversation::Departure;
use crate::files::Allowed;
use crate::secret::Secret;
use crate::value::Nameless;
use uuid::Uuid;

/// What a received frame means.
#[derive(Clone, Debug, PartialEq)]
pub enum Received {
    /// The service is ready for us.
    Ready(Terms),
    /// The service has the message.
    Acked(Uuid),
    /// The service refuses something.
    Refused(Refusal),
    /// Somebody says something; it may be the echo of what we said.
    Incoming(Entry),
    /// The same, without a name by which it could be known again, and why; its `id` is empty.
    Nameless(Nameless, Entry),
    /// A heartbeat's answer, with the timestamp that it repeats.
    Alive(Option<u64>),
    /// What the history is read with.
    Key(Secret),
    /// The service does not want to know that the guest types.
    TypingRefused,
    /// Something about a file.
    File(files::FileNews),
    /// The guest has no place in the conversation any more.
    Departed(Departure),
    /// The service does not do what it was asked for beside taking a message.
    Declined(conversation::Declined),
    /// Something else happens in the conversation.
    Happened(conversation::Happened),
    /// An event of a stream.
    Streamed(streaming::Streamed),
    /// The service says something about the stream itself.
    Stream(streaming::News),
    /// Something that we need not know.
    Ignored,
}

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The service's side, person or machine.
    Agent,
    /// The guest, elsewhere: in another tab, or on another device.
    Guest,
}

impl Sender {
    /// A stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Guest => "guest",
        }
    }
}

/// One message of somebody's, as it comes or as a history has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What live frames call it too.
    pub id: String,
    /// Another name that some of them, or some histories, call it by.
    pub also: Option<String>,
    /// Who.
    pub sender: Sender,
    /// The id that the guest's frame had, where the service gives that back. It may have put its own in its place.
    pub ours: Option<Uuid>,
    /// The id that the guest's client put beside the message; nil, where it is none of our kind. The service makes up none.
    pub kept: Option<Uuid>,
    /// It is a message, not a typing, or a sign of life, or the like.
    pub spoken: bool,
    /// It says that the guest came.
    pub joins: bool,
    /// When it was said, by the service's clock, epoch ms.
    pub time: Option<u64>,
    /// What was said.
    pub content: Content,
    /// All that the service sent of it.
    pub body: Body,
}

impl Received {
    /// Somebody's words, with the name that they came with.
    pub(crate) fn said(id: Result<String, Nameless>, entry: Entry) -> Self {
        match id {
            Ok(id) => Self::Incoming(Entry { id, ..entry }),
            Err(why) => Self::Nameless(why, entry),
        }
    }
}

impl Entry {
    /// Whether the guest said it, and by its ids it may be any client's.
    #[must_use]
    pub fn is_anybodys(&self) -> bool {
        self.sender == Sender::Guest && self.spoken && self.kept.is_none()
    }
}

/// What the service says of the session when it is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// It did not exist before.
    pub new: bool,
    /// When it began, by the service's clock, epoch ms, if it is new.
    pub began: Option<u64>,
    /// We are in it; else we were let out.
    pub connected: bool,
    /// Nothing can be said in it any more.
    pub read_only: bool,
    /// The service has begun the conversation by itself.
    pub auto_started: bool,
    /// What the guest had elsewhere was ended for it.
    pub cleared: bool,
    /// Bytes of custom attributes that it takes with a message, where it says so.
    pub attribute_bytes: Option<usize>,
    /// The files that it takes.
    pub files: Allowed,
}

/// An error frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The message that it is about, where it says so.
    pub message: Option<Uuid>,
    /// Its code, read like an HTTP status.
    pub code: u16,
    /// How long it asks to wait, ms.
    pub retry_after: Option<u64>,
}

/// What an answer means for a message, alike for an error frame and a REST status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The service has it.
    Acknowledged,
    /// The credentials are refused: a new session, then on with the same message.
    SessionRefused,
    /// The session is gone.
    SessionGone,
    /// The service refuses this message for good.
    Rejected,
    /// The service refuses this client for good.
    Forbidden,
    /// Not now: the path pauses. `certain`: the service certainly did not take it.
    Paused {
        /// Whether the service certainly lacks this copy.
        certain: bool,
    },
    /// A failed attempt of this message; the service may have it.
    Failed,
}

keep_one_of!(Sender { Agent, Guest });
keep!(Entry { id, also, sender, ours, kept, spoken, joins, time, content, body });
