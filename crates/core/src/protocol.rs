//! What differs between services, and only that: how a session is made, what is said first, how a
//! message and a heartbeat are written, what a received frame means, how a message goes by REST. A
//! dialect holds no timers and no state machine. Adding one touches its own file and [`dialect`].

pub mod heartbeat;
pub mod webchat;

use crate::close::Close;
use crate::config::{Config, Guest};
use crate::secret::Secret;
use crate::session::{Granted, GuestSession};
use crate::value::Value;
use core::fmt;
use uuid::Uuid;

/// The dialect that a configuration asks for.
#[must_use]
pub fn dialect(config: &Config) -> Box<dyn Dialect> {
    Box::new(webchat::Webchat::new(config))
}

/// An HTTP request. Its address and its headers may carry a token, its body content; the `Debug`
/// form shows none of them.
#[derive(Clone)]
pub struct Request {
    /// `GET` or `POST`.
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

/// Where the socket is. Both parts may carry a token.
#[derive(Clone, Debug)]
pub struct Address {
    /// The absolute address.
    pub url: Secret,
    /// For `Sec-WebSocket-Protocol`.
    pub protocols: Vec<Secret>,
}

/// What a received frame means.
#[derive(Clone, Debug, PartialEq)]
pub enum Received {
    /// The service has the message.
    Acked(Uuid),
    /// The service refuses something.
    Refused(Refusal),
    /// The agent says something.
    Incoming {
        /// The service's id of it.
        id: String,
        /// What was said.
        content: String,
    },
    /// A heartbeat's answer, with the timestamp that it repeats.
    Alive(Option<u64>),
    /// Something that we need not know.
    Ignored,
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

/// How a member of what a service says stands in a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// As it is: a kind, an id, a figure.
    Whole,
    /// What somebody wrote: its length.
    Content,
    /// A stand-in.
    Token,
}

/// The members that a dialect reads, at whatever depth; of others a trace has nothing.
pub type Members = &'static [(&'static str, Shown)];

/// What differs between services. See the module.
pub trait Dialect {
    /// The request that makes a guest session; `bearer` is the token where a provider gave one.
    fn session_request(&self, guest: &Guest, bearer: Option<&Secret>) -> Request;

    /// What such a request was answered with; none: malformed.
    fn session_granted(&self, body: &Value) -> Option<Granted>;

    /// The request that asks whether a session lives.
    fn session_check(&self, session: &GuestSession) -> Request;

    /// Where the socket is.
    fn socket(&self, session: &GuestSession) -> Address;

    /// The connection is ready when a frame was received, or after it was open for so long, ms.
    fn ready_after(&self) -> u64;

    /// A message, as a frame.
    fn message_frame(&self, id: Uuid, content: &str) -> String;

    /// A message, as a REST request.
    fn message_request(&self, session: &GuestSession, id: Uuid, content: &str) -> Request;

    /// What a received frame means; an error names what is wrong with it.
    fn read(&self, frame: &Value) -> Result<Received, &'static str>;

    /// What an answer means; `names_message`: it says which message it is about; `retry_after`: it
    /// asks to come back later.
    fn answer(&self, status: u16, names_message: bool, retry_after: bool) -> Answer;

    /// Whether a REST answer's body names this message.
    fn names_message(&self, body: &Value, id: Uuid) -> bool;

    /// The wait that a body asks for, ms.
    fn retry_after(&self, body: &Value) -> Option<u64>;

    /// Every member of a frame or an answer that is read.
    fn members(&self) -> Members;

    /// What a close code means.
    fn close(&self, code: u16) -> Close;
}
