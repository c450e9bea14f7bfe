//! How what was said before is read, where a service keeps it.

use super::{Entry, Request};
use crate::secret::Secret;
use crate::session::GuestSession;
use crate::value::Value;

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
