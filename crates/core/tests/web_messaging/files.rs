//! The test's part in what concerns files: it says where they may be put, and that they have arrived.

use crate::line::Line;
use guestwire_core::error::FileError;
use guestwire_core::event::{Attachment, Event};
use guestwire_core::files::Offer;
use guestwire_core::io::{HttpAnswer, Input};
use guestwire_core::secret::Secret;
use serde_json::{Value, json};
use uuid::Uuid;

pub const UPLOAD: &str = "https://uploads.example/secret-upload?signed";
pub const DOWNLOAD: &str = "https://downloads.example/secret-download?signed";
pub const NAME: &str = "Zoë's secret passport.PNG";

impl Line {
    pub fn attach(&mut self) -> Uuid {
        self.try_attach(NAME, "image/png", 5_000).expect("taken on")
    }

    pub fn try_attach(&mut self, name: &str, kind: &str, size: u64) -> Result<Uuid, FileError> {
        let now = self.now();
        let attached = self.client.attach(now, Offer::new(name, kind, size)?);
        self.drain();
        attached
    }

    /// Why a message is not accepted.
    pub fn refuses(&mut self, draft: Value) -> &'static str {
        self.try_draft(draft).expect_err("it is not accepted")
    }

    pub fn cancel(&mut self, message: &str) -> bool {
        let now = self.now();
        let cancelled = self.client.cancel(now, message.parse().unwrap());
        self.drain();
        cancelled
    }

    pub fn detach(&mut self, id: Uuid) -> Result<(), FileError> {
        let now = self.now();
        let detached = self.client.detach(now, id);
        self.drain();
        detached
    }

    pub fn url_of(&mut self, file: &str) -> Result<u32, FileError> {
        let now = self.now();
        let asked = self.client.attachment_url(now, file);
        self.drain();
        asked
    }

    /// The one question about files that has left.
    pub fn question(&mut self, action: &str) -> Value {
        let mut left = self.left(action);
        assert_eq!(left.len(), 1, "{action}: {left:?}");
        left.remove(0)
    }

    /// Time passes until an address is asked for.
    pub fn until_asked(&mut self) {
        for _ in 0..600 {
            if self.frames.iter().any(|frame| frame["action"] == "onAttachment") {
                return;
            }
            self.run(100);
        }
        panic!("no address is asked for");
    }

    /// Says where the file may be put that is asked about.
    pub fn offer(&mut self) -> Value {
        let asked = self.question("onAttachment");
        let body = json!({ "attachmentId": asked["attachmentId"], "url": UPLOAD, "headers": { "x-amz-tagging": "a=b" },
            "fileName": asked["fileName"], "fileSize": asked["fileSize"] });
        self.says("PresignedUrlResponse", body, asked["tracingId"].as_str());
        asked
    }

    /// Answers the upload that is under way; none: it fails.
    pub fn put(&mut self, status: Option<u16>) {
        let (request, _) = self.uploads.remove(0);
        self.input(match status {
            Some(status) => Input::Answered(request, HttpAnswer { status, ..HttpAnswer::default() }),
            None => Input::Unanswered(request, None),
        });
    }

    pub fn arrives(&mut self, id: Uuid) {
        let body =
            json!({ "attachmentId": id.to_string(), "downloadUrl": DOWNLOAD, "timestamp": "2026-11-21T10:00:00.000Z" });
        self.says("UploadSuccessEvent", body, None);
    }

    /// What was told of a file.
    pub fn told_of(&self, id: Uuid) -> Vec<&Attachment> {
        let of = id.to_string();
        let mut told = Vec::new();
        for event in &self.events {
            if let Event::Attachment(it) = event
                && let Some(it) = it.get().filter(|it| it.id == of)
            {
                told.push(it);
            }
        }
        told
    }

    pub fn states(&self, id: Uuid) -> Vec<&'static str> {
        let mut states: Vec<_> = self.told_of(id).iter().map(|it| it.state).collect();
        states.dedup();
        states
    }

    pub fn last(&self, id: Uuid) -> (&'static str, Option<&'static str>, Option<u16>) {
        let told = self.told_of(id);
        let last = told.last().expect("something was told");
        (last.state, last.reason, last.code)
    }

    /// The latest answer to who wants to know where a file is.
    pub fn address(&self) -> Option<(u32, Option<&str>, Option<&'static str>)> {
        self.events.iter().rev().find_map(|event| match event {
            Event::Address(it) => {
                let it = it.get()?;
                Some((it.number, it.url.as_ref().map(Secret::expose), it.error.as_ref().map(|error| error.code)))
            }
            _ => None,
        })
    }

    /// The session comes about with these words of what it takes.
    pub fn announcing(words: Value) -> Self {
        let mut line = Self::new(json!({}));
        line.connect();
        let mut session = words;
        session["connected"] = json!(true);
        session["newSession"] = json!(true);
        line.says("SessionResponse", session, None);
        line.frames.clear();
        line
    }

    /// A file that the service has.
    pub fn uploaded(&mut self) -> Uuid {
        let id = self.attach();
        self.offer();
        self.put(Some(200));
        self.arrives(id);
        assert_eq!(self.last(id).0, "uploaded");
        id
    }
}
