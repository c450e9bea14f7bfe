//! What leaves for a service: a request of its API, and where its socket is opened.

use crate::secret::Secret;
use core::fmt;

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
