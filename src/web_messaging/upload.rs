//! The bytes of files, and their way out. They go like any other request: `XMLHttpRequest` says how far it is, but it follows redirects, and
//! a file and the page's address would go to whom the service never named (docs/decisions.md, 46).

use crate::driver::Driver;
use crate::http::{self, Call};
use guestwire_core::files::Upload;
use js_sys::Object;
use std::cell::RefCell;
use std::rc::Weak;
use uuid::Uuid;
use web_sys::Blob;

/// The files that the core knows of.
#[derive(Default)]
pub(crate) struct Uploads(RefCell<Vec<(Uuid, Blob)>>);

impl Uploads {
    /// Keeps the bytes of a file until nobody needs them any more.
    pub(crate) fn keep(&self, id: Uuid, bytes: Blob) {
        self.0.borrow_mut().push((id, bytes));
    }

    pub(crate) fn release(&self, id: Uuid) {
        let mut files = self.0.borrow_mut();
        let place = files.iter().position(|file| file.0 == id);
        drop(place.map(|place| files.swap_remove(place)));
    }

    pub(crate) fn stop(&self) {
        self.0.take();
    }

    /// Puts a file where the service said. None: the platform refused.
    pub(crate) fn put(&self, id: u32, upload: &Upload, driver: &Weak<Driver>) -> Option<Call> {
        let bytes = self.0.borrow().iter().find(|file| file.0 == upload.attachment).map(|file| file.1.clone())?;
        let headers = Object::new();
        for (name, value) in &upload.headers {
            http::set(&headers, name, &value.expose().into());
        }
        http::start(id, "PUT", upload.url.expose(), headers, Some(bytes.into()), driver.clone())
    }
}
