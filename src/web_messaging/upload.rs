//! The bytes of files on their way: by `XMLHttpRequest` where there is one, since it alone says how far it is, and by
//! `fetch` elsewhere, in Node and in service workers.

use crate::clock;
use crate::driver::Driver;
use crate::http::{self, Call};
use crate::listener::Listener;
use guestwire_core::failure::host_in;
use guestwire_core::files::Upload;
use guestwire_core::io::{HttpAnswer, Input};
use guestwire_core::limits;
use js_sys::Object;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use uuid::Uuid;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, Event, ProgressEvent, XmlHttpRequest};

/// The files that the core knows of, and those that are on their way.
#[derive(Default)]
pub(crate) struct Uploads {
    files: RefCell<Vec<(Uuid, Blob)>>,
    under_way: RefCell<Vec<Sending>>,
}

/// How an upload began.
pub(crate) enum Put {
    /// It is like any other request.
    ByFetch(Call),
    /// It is kept here.
    ByRequest,
    /// The platform refused.
    Refused,
}

/// An upload that is under way. Dropped, it is aborted, and nobody hears of it any more.
struct Sending {
    id: u32,
    request: XmlHttpRequest,
    listeners: Vec<Listener>,
}

impl Drop for Sending {
    fn drop(&mut self) {
        // First deaf, then aborted: the abort is an end too.
        self.listeners.clear();
        let _over = self.request.abort();
    }
}

impl Uploads {
    /// Keeps the bytes of a file until nobody needs them any more.
    pub(crate) fn keep(&self, id: Uuid, bytes: Blob) {
        self.files.borrow_mut().push((id, bytes));
    }

    pub(crate) fn release(&self, id: Uuid) {
        let mut files = self.files.borrow_mut();
        let place = files.iter().position(|file| file.0 == id);
        drop(place.map(|place| files.swap_remove(place)));
    }

    /// Lets go of an upload that is over, or is to be. True: there was one.
    pub(crate) fn let_go(&self, id: u32) -> bool {
        let mut under_way = self.under_way.borrow_mut();
        let place = under_way.iter().position(|sending| sending.id == id);
        let sending = place.map(|place| under_way.swap_remove(place));
        drop(under_way);
        sending.is_some()
    }

    pub(crate) fn stop(&self) {
        self.files.take();
        self.under_way.take();
    }

    pub(crate) fn put(&self, id: u32, upload: &Upload, driver: &Weak<Driver>) -> Put {
        let bytes = self.files.borrow().iter().find(|file| file.0 == upload.attachment).map(|file| file.1.clone());
        let Some(bytes) = bytes else { return Put::Refused };
        let Ok(request) = XmlHttpRequest::new() else {
            return match by_fetch(id, upload, bytes, driver) {
                Some(call) => Put::ByFetch(call),
                None => Put::Refused,
            };
        };
        let mut sending = Sending { id, request, listeners: Vec::new() };
        if begin(&sending.request, upload).is_err() {
            return Put::Refused;
        }
        sending.listeners = listen(id, upload.url.expose(), &sending.request, driver);
        if sending.request.send_with_opt_blob(Some(&bytes)).is_err() {
            return Put::Refused;
        }
        self.under_way.borrow_mut().push(sending);
        Put::ByRequest
    }
}

fn begin(request: &XmlHttpRequest, upload: &Upload) -> Result<(), JsValue> {
    request.open_with_async("PUT", upload.url.expose(), true)?;
    for (name, value) in &upload.headers {
        request.set_request_header(name, value.expose())?;
    }
    Ok(())
}

fn listen(id: u32, url: &str, request: &XmlHttpRequest, driver: &Weak<Driver>) -> Vec<Listener> {
    let mut listeners = Vec::new();
    // Progress comes many times in a second. Its first word, that there will be any, is never left out.
    let told = Rc::new(Cell::new(None));
    if let Ok(upload) = request.upload() {
        for event in ["loadstart", "progress"] {
            let (driver, told) = (driver.clone(), told.clone());
            listeners.push(Listener::new(&upload, event, move |event: Event| {
                let now = clock::now().monotonic;
                let soon = told.get().is_some_and(|at: u64| now < at + limits::PROGRESS_EVERY);
                if let Some(driver) = driver.upgrade().filter(|_| !soon) {
                    told.set(Some(now));
                    let loaded = event.unchecked_ref::<ProgressEvent>().loaded();
                    driver.input(Input::UploadProgress(id, loaded as u64));
                }
            }));
        }
    }
    let (driver, ended, host) = (driver.clone(), request.clone(), host_in(url));
    // The end comes once, whatever it was.
    listeners.push(Listener::new(request, "loadend", move |_| {
        if let Some(driver) = driver.upgrade() {
            let input = match ended.status() {
                Ok(status @ 1..) => Input::Answered(id, answer(&ended, status, &host)),
                _ => Input::Unanswered(id, None),
            };
            if driver.uploads.let_go(id) {
                driver.input(input);
            }
        }
    }));
    listeners
}

fn answer(request: &XmlHttpRequest, status: u16, host: &str) -> HttpAnswer {
    // A page that asks for one that it may not read is told so on its console: only a refusal is worth that.
    let asked = if status < 400 { None } else { request.get_response_header("Retry-After").ok().flatten() };
    // It follows redirects, and nothing keeps it from that. What another host has taken has not arrived.
    let answered = host_in(&request.response_url());
    let elsewhere = answered != host && !answered.is_empty() && !host.is_empty();
    let redirected = elsewhere.then_some(answered);
    HttpAnswer { status, retry_after: asked, redirected, ..HttpAnswer::default() }
}

fn by_fetch(id: u32, upload: &Upload, bytes: Blob, driver: &Weak<Driver>) -> Option<Call> {
    let headers = Object::new();
    for (name, value) in &upload.headers {
        http::set(&headers, name, &value.expose().into());
    }
    http::start(id, "PUT", upload.url.expose(), headers, Some(bytes.into()), driver.clone())
}
