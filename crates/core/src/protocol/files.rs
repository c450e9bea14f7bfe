//! How a dialect asks for what a file needs, and what it may be told. A question carries a name of ours, which its
//! answer repeats where the service is so kind.

use crate::checkpoint::{Keep, Writer};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};
use crate::files::Offer;
use crate::secret::Secret;
use crate::session::GuestSession;
use uuid::Uuid;

/// Something that is asked about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Where may it be put?
    Upload(Uuid),
    /// Has it arrived?
    Look(Uuid),
    /// Let it be removed.
    Remove(Uuid),
    /// Where can it be fetched? By a number, since it may be anybody's file.
    Address(u32),
}

/// How the service is asked.
pub trait Files {
    /// Where may this be put?
    fn upload_frame(&self, session: &GuestSession, id: Uuid, offer: &Offer) -> String;

    /// Any other question about a file of this name.
    fn file_frame(&self, session: &GuestSession, question: Question, file: &str) -> String;
}

/// Something that the service says of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct FileNews {
    /// The file's id, where it is named.
    pub file: Option<String>,
    /// What this answers, where it says so.
    pub answers: Option<Question>,
    /// What is said.
    pub word: FileWord,
}

/// What is said of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum FileWord {
    /// It may be put there, with these headers. None: what was said is not fit to be followed.
    PutThere(Option<(Secret, Vec<(String, Secret)>)>),
    /// It can be fetched there, for a while: it has arrived.
    Here(Secret),
    /// It has arrived; where it can be fetched.
    Arrived(Option<Secret>),
    /// What arrived is refused, with this code.
    Bad(u16),
    /// It was removed.
    Removed,
    /// What was asked is refused.
    Refused {
        /// Why.
        code: u16,
        /// How long it asks to wait, ms.
        retry_after: Option<u64>,
    },
}

impl Keep for Question {
    fn keep(&self, to: &mut Writer) {
        let (kind, id, number) = match self {
            Self::Upload(id) => (0, *id, 0),
            Self::Look(id) => (1, *id, 0),
            Self::Remove(id) => (2, *id, 0),
            Self::Address(number) => (3, Uuid::nil(), *number),
        };
        to.number(kind);
        id.keep(to);
        number.keep(to);
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let kind = from.place(4)?;
        let (id, number) = (Keep::restore(from)?, Keep::restore(from)?);
        Ok(match kind {
            0 => Self::Upload(id),
            1 => Self::Look(id),
            2 => Self::Remove(id),
            _ => Self::Address(number),
        })
    }
}
