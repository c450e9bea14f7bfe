//! What a service says of a conversation beside its messages, and what it can be asked about it.

use super::Sender;
use crate::body::Body;
use crate::checkpoint::keep_one_of;
use crate::offer::OfferAnswer;
use crate::secret::Secret;
use crate::session::GuestSession;
use crate::value::Value;

/// A service whose conversations can end, be emptied and begin anew.
pub trait Conversing {
    /// The frame that leaves the conversation, on all connections of the guest.
    fn leave_frame(&self, session: &GuestSession) -> String;

    /// The frame that enters it, or a new one, as the guest whom the JWT names; none: as nobody in particular.
    fn enter_frame(&self, session: &GuestSession, question: Question, jwt: Option<&Secret>) -> String;

    /// The frame that says that the guest is there, or that clears the conversation away.
    /// With what is known of the guest.
    fn presence_frame(&self, session: &GuestSession, question: Question, along: &[(String, String)]) -> String;

    /// The frame that says what the guest makes of an offer.
    fn offer_frame(&self, session: &GuestSession, answer: &OfferAnswer) -> String;

    /// What a frame says of how long the session lasts.
    fn lasts(&self, frame: &Value) -> Lasts;
}

/// What was asked of the service besides taking messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// To let us into the session.
    Greet,
    /// To let us out of it.
    Leave,
    /// To let us into a new one.
    Enter,
    /// To take note that the guest is there.
    Join,
    /// To clear the conversation away.
    Clear,
    /// To take the guest's answer to an offer.
    Offer,
}

/// The service does not do what it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declined {
    /// What was asked; none: it does not say.
    pub question: Option<Question>,
    /// The error's code.
    pub code: u16,
    /// How long it asks to wait, ms.
    pub retry_after: Option<u64>,
}

/// How long a session lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lasts {
    /// After the last message, ms.
    pub life: Option<u64>,
    /// Until when, by the service's clock, epoch ms.
    pub until: Option<u64>,
}

/// What happened, and whose doing it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Happened {
    /// Whose.
    pub sender: Sender,
    /// What, in order.
    pub doings: Vec<Doing>,
    /// All that the service said with it.
    pub body: Body,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Doing {
    /// Somebody writes, for so long unless it is said again, ms; none: no more.
    Typing(Option<u64>),
    /// Somebody came, went, or did something with the conversation, in the service's word.
    Presence {
        /// Which.
        kind: String,
        /// The conversation can only be read from now on.
        read_only: bool,
    },
    /// What this client knows nothing of, in the service's word.
    Other(String),
}

impl Question {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Greet, Self::Leave, Self::Enter, Self::Join, Self::Clear, Self::Offer];

    /// Its name; what is answered to it repeats it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Greet => "greet",
            Self::Leave => "leave",
            Self::Enter => "enter",
            Self::Join => "join",
            Self::Clear => "clear",
            Self::Offer => "offer",
        }
    }
}

keep_one_of!(Question { Greet, Leave, Enter, Join, Clear, Offer });
