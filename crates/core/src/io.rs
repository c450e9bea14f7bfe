//! What goes into the client and what comes out of it.

use crate::content::Content;
use crate::error::Ended;
use crate::event::Event;
use crate::failure::ErrorCode;
use crate::files::Upload;
use crate::protocol::{Address, Request};
use crate::secret::Secret;
use crate::value::{Unreadable, Value};
use core::fmt;
use uuid::Uuid;

/// Something that happened outside. Every socket carries a generation and every request an id, so
/// that a late event of an old one is known as such and ignored.
#[derive(Clone, Debug)]
pub enum Input {
    /// A socket's handshake succeeded.
    SocketOpened(u32),
    /// A socket received a frame.
    SocketFrame(u32, Frame),
    /// The same with its text, where the application wants bodies as they were written ([`Client::quotes`](crate::Client::quotes)).
    /// What the client does never depends on it.
    SocketText(u32, Frame, Content),
    /// A socket is closed, with this code (1006 where it just ended), and why, where the platform has a code for it.
    SocketClosed(u32, u16, Option<ErrorCode>),
    /// A socket's handshake was answered with something else than a socket, where the platform shows that.
    SocketRefused(u32, HttpAnswer),
    /// A request was answered.
    Answered(u32, HttpAnswer),
    /// A request failed without an answer, and why, where the platform has a code for it.
    Unanswered(u32, Option<ErrorCode>),
    /// The token provider gave a token, and said how long it lives, ms, or did not.
    Token(u32, Secret, Option<u64>),
    /// The token provider failed. With an end: it will never give one, for this reason.
    TokenRefused(u32, Option<Ended>),
    /// The platform says something about the page or the network.
    Environment(Environment),
    /// The moment asked for has come (or any other: it does no harm).
    Time,
}

/// A received frame. Its `Debug` form never shows what it holds.
#[derive(Clone)]
pub struct Frame {
    /// Its length in bytes of UTF-8.
    pub bytes: usize,
    /// What it holds.
    pub body: Result<Value, Unreadable>,
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = self.body.as_ref().map(|_| "…").map_err(|unreadable| *unreadable);
        f.debug_struct("Frame").field("bytes", &self.bytes).field("body", &body).finish()
    }
}

/// An HTTP answer. Its `Debug` form never shows its body, which may hold a token.
#[derive(Clone, Default)]
pub struct HttpAnswer {
    /// The status; 0 where the platform hides it.
    pub status: u16,
    /// The header `Retry-After`, where it can be read.
    pub retry_after: Option<String>,
    /// The header `Date`, where it can be read.
    pub date: Option<String>,
    /// What its body is.
    pub body: AnswerBody,
    /// It leads elsewhere, to this host, or was followed there; empty: the same host, or the platform hides it. It is no
    /// answer of the service's.
    pub redirected: Option<String>,
}

impl HttpAnswer {
    /// The body, where it is JSON.
    #[must_use]
    pub fn json(&self) -> Option<&Value> {
        match &self.body {
            AnswerBody::Json(value) => Some(value),
            _ => None,
        }
    }

    /// Whether it is a JSON object.
    pub(crate) fn is_object(&self) -> bool {
        matches!(self.body, AnswerBody::Json(Value::Map(_)))
    }

    /// Whether somebody between us and the service may have given it (docs/answers.md): it leads elsewhere, or its body is
    /// neither empty nor JSON.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        let page = matches!(self.body, AnswerBody::Unreadable(_));
        page || self.redirected.is_some() || !matches!(self.status, 200..=299 | 400..=599)
    }

    /// Takes its word away; the wait that it asks for stays.
    pub(crate) fn disown(&mut self) {
        if self.status == 429 && self.retry_after.is_none() {
            self.retry_after = Some(String::from("5"));
        }
        self.status = 0;
    }
}

/// What the body of an answer is: not what its header says, which captive portals and proxies get wrong.
#[derive(Clone, Default)]
pub enum AnswerBody {
    /// There is none, or nothing but white space.
    #[default]
    Empty,
    /// JSON within the limits.
    Json(Value),
    /// Neither: a page for people, say.
    Unreadable(Unreadable),
}

impl AnswerBody {
    /// What a text is, as one of the two readers reads it.
    #[must_use]
    pub fn new(text: &str, read: Result<Value, Unreadable>) -> Self {
        match read {
            Ok(value) => Self::Json(value),
            Err(_) if text.trim_ascii().is_empty() => Self::Empty,
            Err(why) => Self::Unreadable(why),
        }
    }

    /// What it is, and nothing of what it holds.
    fn name(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Json(_) => "json",
            Self::Unreadable(why) => why.name(),
        }
    }

    /// Reads a text natively, of at most so many bytes.
    #[cfg(any(test, feature = "json"))]
    #[must_use]
    pub fn read(text: &str, most: usize) -> Self {
        Self::new(text, crate::value::read(text, most))
    }
}

impl fmt::Debug for HttpAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpAnswer")
            .field("status", &self.status)
            .field("retry_after", &self.retry_after)
            .field("date", &self.date)
            .field("body", &self.body.name())
            .field("redirected", &self.redirected)
            .finish()
    }
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

/// Something that the client wants done. The `Debug` form shows neither a token nor, but in the
/// agent's own [`Event::Message`], content.
#[derive(Clone)]
pub enum Output {
    /// Open a socket.
    OpenSocket(u32, Address),
    /// Send a text frame on a socket.
    SendFrame(u32, String),
    /// Detach from a socket and close it with this code.
    CloseSocket(u32, u16),
    /// Make a request.
    Request(u32, Request),
    /// Put a file's bytes somewhere. It is a request like the others: it is answered, or fails, or is aborted.
    Upload(u32, Upload),
    /// Nobody needs this file's bytes any more.
    ReleaseFile(Uuid),
    /// Forget a request or an upload that is under way.
    AbortRequest(u32),
    /// Ask the application for a token; `true`: the one before was refused.
    RequestToken(u32, bool),
    /// Tell the application.
    Event(Event),
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OpenSocket(generation, address) => {
                f.debug_tuple("OpenSocket").field(generation).field(address).finish()
            }
            Self::SendFrame(generation, text) => {
                f.debug_struct("SendFrame").field("generation", generation).field("bytes", &text.len()).finish()
            }
            Self::CloseSocket(generation, code) => f.debug_tuple("CloseSocket").field(generation).field(code).finish(),
            Self::Request(id, request) => f.debug_tuple("Request").field(id).field(request).finish(),
            Self::Upload(id, upload) => f.debug_tuple("Upload").field(id).field(upload).finish(),
            Self::ReleaseFile(id) => f.debug_tuple("ReleaseFile").field(id).finish(),
            Self::AbortRequest(id) => f.debug_tuple("AbortRequest").field(id).finish(),
            Self::RequestToken(id, renew) => f.debug_tuple("RequestToken").field(id).field(renew).finish(),
            Self::Event(event) => f.debug_tuple("Event").field(event).finish(),
        }
    }
}
