//! What differs between services, and only that: how a session is made, what is said first, how a
//! message and a heartbeat are written, what a received frame means, how a message goes by REST. A
//! dialect holds no timers and no state machine. Adding one touches its own file, and the lists here.

pub mod authorisation;
pub mod conversation;
pub mod files;
pub mod heartbeat;
mod name;
mod spoken;
pub mod streaming;
pub mod streams;
pub mod web_messaging;
pub mod webchat;

use crate::body::Body;
pub use name::Name;
pub use spoken::Spoken;

use crate::checkpoint::{keep, keep_one_of};
use crate::close::Close;
use crate::config::Guest;
use crate::content::Content;
use crate::draft::Draft;
use crate::error::conversation::Departure;
use crate::files::Allowed;
use crate::random::Random;
use crate::secret::Secret;
use crate::session::{Granted, GuestSession};
use crate::value::Value;
use core::fmt;
use uuid::Uuid;

/// An HTTP request. Its address and its headers may carry a token, its body content; the `Debug`
/// form shows none of them.
#[derive(Clone)]
pub struct Request {
    /// `GET`, `HEAD`, `POST`, `PUT` or `DELETE`.
    pub method: &'static str,
    /// The absolute address.
    pub url: Secret,
    /// Names and values.
    pub headers: Vec<(&'static str, Secret)>,
    /// JSON text, where there is any.
    pub body: Option<String>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("headers", &self.headers)
            .field("bytes", &self.body.as_ref().map(String::len))
            .finish()
    }
}

/// Where the socket is. The first two may carry a token.
#[derive(Clone, Debug)]
pub struct Address {
    /// The absolute address.
    pub url: Secret,
    /// For `Sec-WebSocket-Protocol`.
    pub protocols: Vec<Secret>,
    /// Where the client says to come from, where its platform does not say it by itself, as pages do.
    pub origin: Option<Secret>,
    /// The value of `Authorization`, where the socket takes headers.
    pub authorization: Option<Secret>,
}

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

/// What the service says of the session when it is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// It did not exist before.
    pub new: bool,
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

/// How a service tells what it has.
pub trait History {
    /// The frame that asks for a key to it.
    fn key_frame(&self, session: &GuestSession) -> String;

    /// The request for a page of so many, counted from 1; the newest stands first.
    fn page_request(&self, key: &Secret, page: u32, size: u32) -> Request;

    /// What such a request was answered with; none: malformed.
    fn page(&self, body: &Value) -> Option<Page>;
}

/// One page of a history.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// What it holds, the newest first; what has no name is none.
    pub entries: Vec<Option<Entry>>,
    /// How many it holds, what is no message included.
    pub read: u64,
    /// How many there are in all.
    pub total: u64,
    /// It has it that the guest came.
    pub joined: bool,
}

/// One message in a history.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What live frames call it too.
    pub id: String,
    /// Another name that some of them, or some histories, call it by.
    pub also: Option<String>,
    /// Who.
    pub sender: Sender,
    /// The id that we gave it, where the service kept it.
    pub ours: Option<Uuid>,
    /// It is a message, not a typing or the like.
    pub spoken: bool,
    /// What was said.
    pub content: Content,
    /// All that the service sent of it.
    pub body: Body,
}

keep_one_of!(Sender { Agent, Guest });
keep!(Entry { id, also, sender, ours, spoken, content, body });

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

/// What makes an open connection ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ready {
    /// A received frame, or that it was open for so long, ms.
    After(u64),
    /// That the service says so, [`Received::Ready`], within so long, ms.
    Said(u64),
}

/// A heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    /// The connection's name.
    pub connection: Uuid,
    /// When it goes out, epoch ms; its answer repeats it.
    pub wall: u64,
    /// How the connection is (streaming.md).
    pub state: &'static str,
    /// How long until the next one, ms.
    pub interval: u64,
    /// It asks at once whether the link lives.
    pub probe: bool,
}

/// How a member of what a service says stands in a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// As it is: a kind, an id, a figure.
    Whole,
    /// What somebody wrote: its length.
    Content,
    /// The members that are read of a list or an object; of a text its length.
    Parts,
    /// A stand-in.
    Token,
    /// The same, as long as it is: it will stand where lengths are recorded.
    Measured,
    /// An address: a stand-in.
    Address,
    /// Headers: whether there are any, and whether they may be sent.
    Headers,
    /// A list of words of the service's own.
    Words,
    /// A topic. One of the system may end in the id of a channel: as [`Alias`](Self::Alias).
    Topic,
    /// The id of a channel, by which anybody could listen: a name that stands for it and for no other.
    Alias,
    /// An id that may be that of a channel.
    Named,
    /// The address of a channel's socket: a stand-in of the same kind, if it may be dialled.
    Socket,
    /// The members that are read, in a frame of the system; of others nothing.
    OfSystem,
    /// The texts of a list, in an error; of others nothing.
    OfError,
    /// A sentence of the service's: what is read of it. It may name anything.
    Said,
}

/// The members that a dialect reads, at whatever depth; of others a trace has nothing.
pub type Members = &'static [(&'static str, Shown)];

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

    /// What a close code means.
    fn close(&self, code: u16) -> Close;
}
