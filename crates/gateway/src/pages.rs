//! Reports that are written as they are sent, a page at a time: whole, a long one would stand in memory a second time.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use guestwire_sim::service::Service;
use hyper::body::Frame;
use serde::Serialize;

use crate::answer::counted;
use crate::hub::Hub;
use crate::limits::PAGE;

/// Writes rows until the page is full; false: there are no more.
type WriteRows = Box<dyn FnMut(&Service, &mut Rows) -> bool + Send>;

enum Part {
    Text(String),
    Rows(WriteRows),
}

/// A JSON text in parts.
pub(crate) struct Pages {
    hub: Arc<Hub>,
    parts: VecDeque<Part>,
    /// Whether a row was written in the present list.
    begun: bool,
    /// A page that was written before it was asked for.
    first: Option<Bytes>,
}

/// The rows of one page.
pub(crate) struct Rows {
    bytes: Vec<u8>,
    begun: bool,
}

impl Rows {
    pub(crate) fn is_full(&self) -> bool {
        self.bytes.len() >= PAGE
    }

    pub(crate) fn write(&mut self, row: &impl Serialize) {
        if std::mem::replace(&mut self.begun, true) {
            self.bytes.push(b',');
        }
        // Neither a report nor a list can fail to be written.
        let _ = serde_json::to_writer(&mut self.bytes, row);
    }
}

impl Pages {
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        Self { hub, parts: VecDeque::new(), begun: false, first: None }
    }

    /// Text as it is.
    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        self.parts.push_back(Part::Text(text.into()));
        self
    }

    /// The rows of a list, without its brackets.
    pub(crate) fn rows(mut self, write: impl FnMut(&Service, &mut Rows) -> bool + Send + 'static) -> Self {
        self.parts.push_back(Part::Rows(Box::new(write)));
        self
    }

    /// The rows of a history: each with its number, from one on.
    pub(crate) fn history<T: Serialize>(
        self,
        mut from: impl FnMut(&Service, u64, &mut dyn FnMut(u64, &T) -> bool) + Send + 'static,
    ) -> Self {
        let mut next = 0;
        self.rows(move |service, rows| {
            let mut more = false;
            from(service, next, &mut |number, row| {
                more = rows.is_full();
                if !more {
                    rows.write(row);
                    next = number + 1;
                }
                !more
            });
            more
        })
    }

    /// The next page, and whether there are more.
    fn page(&mut self) -> (Vec<u8>, bool) {
        let mut rows = Rows { bytes: Vec::with_capacity(PAGE), begun: self.begun };
        while !rows.is_full() {
            let ended = match self.parts.front_mut() {
                None => return (rows.bytes, false),
                Some(Part::Text(text)) => {
                    rows.bytes.extend_from_slice(text.as_bytes());
                    rows.begun = false;
                    true
                }
                Some(Part::Rows(write)) => !self.hub.ask(|service, _| write(service, &mut rows)),
            };
            if ended {
                self.parts.pop_front();
            }
        }
        self.begun = rows.begun;
        (rows.bytes, true)
    }
}

impl HttpBody for Pages {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let page = self.first.take().unwrap_or_else(|| {
            let (bytes, _) = self.page();
            // A page is small, and a report that was begun is to be ended.
            counted(bytes, self.hub.budget()).unwrap_or_else(Into::into)
        });
        let page = (!page.is_empty()).then_some(page);
        Poll::Ready(page.map(|bytes| Ok(Frame::data(bytes))))
    }
}

impl IntoResponse for Pages {
    fn into_response(mut self) -> Response {
        let (first, more) = self.page();
        // A short report says how long it is.
        let body = if more {
            self.first = Some(counted(first, self.hub.budget()).unwrap_or_else(Into::into));
            Body::new(self)
        } else {
            counted(first, self.hub.budget()).unwrap_or_else(Into::into).into()
        };
        ([(header::CONTENT_TYPE, "application/json")], body).into_response()
    }
}
