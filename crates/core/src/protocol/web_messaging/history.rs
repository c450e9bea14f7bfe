//! The history: a key over the socket, then pages by REST, newest first (5.5).

use super::{KEY, WebMessaging, frame, received};
use crate::gather::gather;
use crate::protocol::{History, Page, Request};
use crate::secret::Secret;
use crate::session::GuestSession;
use crate::value::Value;

impl History for WebMessaging {
    fn key_frame(&self, session: &GuestSession) -> String {
        frame(session, "getJwt", KEY).finish()
    }

    fn page_request(&self, key: &Secret, page: u32, size: u32) -> Request {
        let mut path = String::from("/api/v2/webmessaging/messages?pageSize=");
        crate::json::decimal(&mut path, size.into());
        path.push_str("&pageNumber=");
        crate::json::decimal(&mut path, page.into());
        Request {
            method: "GET",
            url: Secret::new(self.rest.http(&path)),
            // Without an origin the service refuses it (1.3).
            headers: vec![("Authorization", super::bearer(key)), ("Origin", self.rest_origin.clone())],
            body: None,
        }
    }

    fn page(&self, body: &Value, size: usize) -> Option<Page> {
        let Value::List(entities) = body.get("entities")? else { return None };
        let taken = entities.get(..size).unwrap_or(entities);
        let mut entries = gather(taken.iter().map(received::past));
        if entities.len() > size {
            entries.push(None);
        }
        let whole = |name: &str| body.get(name).and_then(Value::whole);
        Some(Page { entries, total: whole("total"), size: whole("pageSize"), pages: whole("pageCount") })
    }
}
