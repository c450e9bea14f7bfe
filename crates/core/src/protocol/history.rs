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

    /// What such a request, for so many, was answered with; none: malformed.
    fn page(&self, body: &Value, size: usize) -> Option<Page>;
}

/// One page of a history.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// What it holds, the newest first; none: what cannot be read, and may be somebody's word. What it holds beyond what was
    /// asked for counts as one of those.
    pub entries: Vec<Option<Entry>>,
    /// How many there are in all, where it says so.
    pub total: Option<u64>,
    /// How many a page holds by the service's own measure, where it says so.
    pub size: Option<u64>,
    /// How many pages there are, where it says so.
    pub pages: Option<u64>,
}

impl Page {
    /// How many entries it holds.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Whether this page, the so manyeth, with which so many were read, reaches the beginning; none: it does not say.
    #[must_use]
    pub fn is_last(&self, page: u32, read: u64) -> Option<bool> {
        let by_pages = self.pages.map(|pages| u64::from(page) >= pages || self.read() == 0);
        let by_total = self.total.map(|total| read >= total);
        // Where the two differ, there is more.
        Some(by_total.or(by_pages)? && by_pages.unwrap_or(true))
    }
}
