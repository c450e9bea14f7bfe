//! What differs between services, and only that: how a session is made, what is said first, how a
//! message and a heartbeat are written, what a received frame means, how a message goes by REST. A
//! dialect holds no timers and no state machine. Adding one touches its own file, and the lists here.

pub mod authorisation;
pub mod conversation;
pub mod files;
pub mod heartbeat;
mod history;
mod name;
mod received;
mod request;
mod shown;
mod spoken;
pub mod streaming;
pub mod streams;
pub mod web_messaging;
pub mod webchat;

pub use heartbeat::Beat;
pub use history::{History, Page};
pub use name::Name;
pub use received::{Answer, Entry, Received, Refusal, Sender, Terms};
pub use request::{Address, Request};
pub use shown::{Members, Shown};
pub use spoken::Spoken;

use crate::checkpoint::keep_one_of;
use crate::close::Close;
use crate::config::Guest;
use crate::content::Content;
use crate::draft::Draft;
use crate::random::Random;
use crate::secret::Secret;
use crate::session::{Granted, GuestSession};
use crate::value::Value;
use uuid::Uuid;

/// So many within so long, ms.
pub type Rate = (usize, u64);

/// How often the service may be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// Messages of one session.
    pub messages: Option<Rate>,
    /// Frames of one connection. Messages wait for it; what keeps the connection alive does not, so a dialect
    /// leaves some room.
    pub frames: Option<Rate>,
    /// Pages of one session's history.
    pub pages: Option<Rate>,
}

/// What the application may ask for beside the conversation's course.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inquiry {
    /// What was said before all that it knows.
    History,
    /// How the deployment is configured.
    Deployment,
    /// Whose pages may use it.
    Domains,
}

keep_one_of!(Inquiry { History, Deployment, Domains });

impl Inquiry {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::History, Self::Deployment, Self::Domains];

    /// A stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::History => "ask_history",
            Self::Deployment => "ask_deployment",
            Self::Domains => "ask_domains",
        }
    }
}

/// What makes an open connection ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ready {
    /// A received frame, or that it was open for so long, ms.
    After(u64),
    /// That the service says so, [`Received::Ready`], within so long, ms.
    Said(u64),
}

/// What differs between services. See the module.
pub trait Dialect {
    /// The request that makes a guest session; `bearer` is the token where a provider gave one.
    fn session_request(&self, _guest: &Guest, _bearer: Option<&Secret>) -> Option<Request> {
        None
    }

    /// What such a request was answered with; none: malformed.
    fn session_granted(&self, _body: &Value) -> Option<Granted> {
        None
    }

    /// The request that asks whether a session lives; none: there is none.
    fn session_check(&self, _session: &GuestSession) -> Option<Request> {
        None
    }

    /// Where the socket of a guest session is; none: there are no such sessions.
    fn socket(&self, _session: &GuestSession) -> Option<Address> {
        None
    }

    /// The session of a service that makes none by request: whoever brings the same guest token has the same one.
    fn session(&self, _token: &Secret, _random: &mut Random) -> Option<Granted> {
        None
    }

    /// How the connection becomes ready once it is open.
    fn ready(&self) -> Ready;

    /// A message, as a frame; none: nothing is said there.
    fn message_frame(&self, _session: &GuestSession, _id: Uuid, _content: &Content) -> Option<String> {
        None
    }

    /// What a guest wants to say, ready for [`message_frame`](Self::message_frame); none: the service takes texts only.
    fn compose(&self, _draft: &Draft) -> Option<Content> {
        None
    }

    /// That the guest types, as a frame; none: nobody wants to know.
    fn typing_frame(&self, _session: &GuestSession) -> Option<String> {
        None
    }

    /// A heartbeat, as a frame; none: there is none to be sent as things are.
    fn heartbeat(&self, _session: &GuestSession, _beat: &Beat) -> Option<String> {
        None
    }

    /// A message, as a REST request; none: no message goes by REST.
    fn message_request(&self, _session: &GuestSession, _id: Uuid, _content: &Content) -> Option<Request> {
        None
    }

    /// How often the service may be asked.
    fn rates(&self) -> Rates {
        Rates::default()
    }

    /// The request for something that nobody needs to be known for; none: the service has nothing of the kind.
    fn inquiry(&self, _what: Inquiry) -> Option<Request> {
        None
    }

    /// Where the service knows no ids: how what it has is read. None: an id that comes twice is taken once.
    fn history(&self) -> Option<&dyn History> {
        None
    }

    /// How files are brought to the service. None: it takes none.
    fn files(&self) -> Option<&dyn files::Files> {
        None
    }

    /// What can be asked about a conversation as a whole; none: nothing.
    fn conversing(&self) -> Option<&dyn conversation::Conversing> {
        None
    }

    /// How events come; none: what comes are messages.
    fn streaming(&self) -> Option<&dyn streaming::Streaming> {
        None
    }

    /// How guests sign in; none: not at all.
    fn authorising(&self) -> Option<&dyn authorisation::Authorising> {
        None
    }

    /// Whether an error frame with this code that names no message can only mean one in flight.
    fn blames_the_message(&self, _code: u16) -> bool {
        false
    }

    /// What a received frame means; an error names what is wrong with it.
    fn read(&self, frame: &Value) -> Result<Received, &'static str>;

    /// What an answer means; `names_message`: it says which message it is about; `retry_after`: it
    /// asks to come back later.
    fn answer(&self, status: u16, names_message: bool, retry_after: bool) -> Answer;

    /// Whether a REST answer's body names this message.
    fn names_message(&self, _body: &Value, _id: Uuid) -> bool {
        false
    }

    /// The wait that a body asks for, ms.
    fn retry_after(&self, body: &Value) -> Option<u64>;

    /// Every member of a frame or an answer that is read.
    fn members(&self) -> Members;

    /// The words of the service's that anything follows from, in any letters: a trace has no others.
    fn words(&self) -> &'static [&'static str];

    /// What stands in a trace for an error's sentence: one that is read alike; none: nothing is read of it.
    fn sentence(&self, _said: &str) -> Option<&'static str> {
        None
    }

    /// What a close code means.
    fn close(&self, code: u16) -> Close;
}
