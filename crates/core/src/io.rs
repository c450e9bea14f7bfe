//! What goes into the client and what comes out of it.

use crate::event::Event;
use crate::protocol::{Address, Request};
use crate::secret::Secret;
use crate::value::{Unreadable, Value};

/// Something that happened outside. Every socket carries a generation and every request an id, so
/// that a late event of an old one is known as such and ignored.
#[derive(Clone, Debug)]
pub enum Input {
    /// A socket's handshake succeeded.
    SocketOpened(u32),
    /// A socket received a frame.
    SocketFrame(u32, Frame),
    /// A socket is closed, with this code (1006 where it just ended).
    SocketClosed(u32, u16),
    /// A request was answered.
    Answered(u32, HttpAnswer),
    /// A request failed without an answer.
    Unanswered(u32),
    /// The token provider gave a token.
    Token(u32, Secret),
    /// The token provider failed.
    TokenRefused(u32),
    /// The platform says something about the page or the network.
    Environment(Environment),
    /// The moment asked for has come (or any other: it does no harm).
    Time,
}

/// A received frame.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Its length in bytes of UTF-8.
    pub bytes: usize,
    /// What it holds.
    pub body: Result<Value, Unreadable>,
}

/// An HTTP answer.
#[derive(Clone, Debug)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// The header `Retry-After`, where it can be read.
    pub retry_after: Option<String>,
    /// The header `Date`, where it can be read.
    pub date: Option<String>,
    /// The body, where it is JSON within the limits.
    pub body: Option<Value>,
}

/// What the platform says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// There is a network (again).
    Online,
    /// There is none.
    Offline,
    /// The page is seen (again).
    Visible,
    /// The page or the process goes on after a stop.
    Resumed,
}

/// Something that the client wants done.
#[derive(Clone, Debug)]
pub enum Output {
    /// Open a socket.
    OpenSocket(u32, Address),
    /// Send a text frame on a socket.
    SendFrame(u32, String),
    /// Detach from a socket and close it with this code.
    CloseSocket(u32, u16),
    /// Make a request.
    Request(u32, Request),
    /// Forget a request that is under way.
    AbortRequest(u32),
    /// Ask the application for a token; `true`: the one before was refused.
    RequestToken(u32, bool),
    /// Tell the application.
    Event(Event),
}
