//! The guest's files: some callers attach them, send them with messages, take them back and ask where they are; their
//! bytes go to the service as requests of their own.

use std::collections::{BTreeMap, BTreeSet};

use guestwire_core::draft::Draft;
use guestwire_core::event::Attachment;
use guestwire_core::files::{Offer, Upload};
use guestwire_core::protocol::Request;
use serde_json::Value;
use uuid::Uuid;

use super::World;
use super::chance::{Chance, Stream};
use super::dialect::Dialect;
use crate::checkers::Seen;
use crate::service::{Condition, Fault, FaultKind, Scope};

/// Files that a caller has open at most.
const OPEN: usize = 6;

/// What a caller has of files.
pub(super) struct Files {
    chance: Chance,
    /// This caller attaches some.
    some: bool,
    sizes: BTreeMap<Uuid, u64>,
    /// Those that a message could take along.
    ready: Vec<Uuid>,
    /// Those that are neither ready nor at their end.
    moving: BTreeSet<String>,
}

impl Files {
    pub(super) fn new(seed: u64, dialect: Dialect) -> Self {
        let mut chance = Chance::new(seed, Stream::Files);
        let some = dialect == Dialect::WebMessaging && chance.one_in(2);
        Self { chance, some, sizes: BTreeMap::new(), ready: Vec::new(), moving: BTreeSet::new() }
    }

    /// Whether nothing is on its way.
    pub(super) fn rest(&self) -> bool {
        self.moving.is_empty()
    }
}

impl World {
    /// Does something with files, or nothing.
    pub(super) fn turns_to_files(&mut self) {
        if !self.files.some || self.machine.is_stopped() {
            return;
        }
        if self.files.moving.len() + self.files.ready.len() < OPEN && self.files.chance.one_in(3) {
            self.attach();
        }
        if self.files.ready.is_empty() || self.files.chance.one_in(3) {
            return;
        }
        let place = self.files.chance.below(self.files.ready.len() as u64) as usize;
        let mut file = self.files.ready[place];
        let what = self.files.chance.below(8);
        if what == 2 {
            // Whatever has become of it: it may go with a message already, or have gone.
            let place = self.files.chance.below(self.files.sizes.len() as u64) as usize;
            file = self.files.sizes.keys().nth(place).copied().unwrap_or(file);
        }
        match what {
            0 => {
                // It may be gone by now; the client says so.
                let _gone = self.client.detach(self.clock(), file);
                self.drain();
            }
            1 => {
                let _too_many = self.client.attachment_url(self.clock(), &file.to_string());
                self.drain();
            }
            _ => {
                let text = format!("message {} of this life, with a file", self.accepted);
                let draft = Draft { text: text.clone(), attachment: Some(file.to_string()), ..Draft::default() };
                self.offer_draft(&draft, text);
            }
        }
    }

    fn attach(&mut self) {
        let size = self.files.chance.pick(&[1, 500, 5_000, 40_000]);
        let name = format!("photo {} of this life.png", self.files.sizes.len());
        let offer = Offer::new(&name, "image/png", size).expect("it is a file");
        if let Ok(id) = self.client.attach(self.clock(), offer) {
            self.files.sizes.insert(id, size);
            self.drain();
            if self.files.chance.one_in(6) {
                let wait = self.files.chance.below(3_000);
                self.run(wait);
                if !self.machine.is_stopped() {
                    let _sending = self.client.detach(self.clock(), id);
                    self.drain();
                }
            }
        }
    }

    /// The application was told of a file.
    pub(super) fn told_of_file(&mut self, told: &Attachment) {
        let id: Uuid = told.id.parse().expect("a file's id is one of ours");
        self.files.ready.retain(|ready| *ready != id);
        self.files.moving.remove(&told.id);
        match told.state {
            "uploaded" => self.files.ready.push(id),
            "sent" | "detached" | "failed" => {}
            _ => {
                self.files.moving.insert(told.id.clone());
            }
        }
        let (state, reason) = (told.state, told.reason.unwrap_or_default());
        self.checkers.see(self.now, &Seen::FileTold { id: &told.id, state, reason });
    }

    /// A file's bytes leave.
    pub(super) fn upload(&mut self, id: u32, upload: &Upload) {
        let size = self.files.sizes.get(&upload.attachment).copied().unwrap_or(1);
        if self.files.chance.one_in(self.weather.request_fails) {
            let code = self.files.chance.pick(&[4_003, 4_002, 4_999]);
            let kind = FaultKind::Condition(Condition::FailUpload { code });
            let fault = Fault { kind, conversation: None, after: None, count: Some(1), lasts: None };
            if self.service.queue_faults(self.now, vec![fault]).is_err() {
                self.service.clear_faults(self.now);
            }
        }
        let tagging = upload.headers.iter().find(|(name, _)| name == "x-amz-tagging");
        let headers = tagging.map(|(_, value)| ("x-amz-tagging", value.clone())).into_iter().collect();
        let body = Some("x".repeat(size as usize));
        self.request(id, &Request { method: "PUT", url: upload.url.clone(), headers, body });
    }

    /// A fault of requests can meet uploads as well.
    pub(super) fn meets_uploads(&mut self, mut fault: Fault) -> Fault {
        if let FaultKind::Condition(Condition::RefuseRest { scope, .. }) = &mut fault.kind
            && self.files.some
            && self.files.chance.one_in(2)
        {
            *scope = Scope::Uploads;
        }
        fault
    }

    /// Where a file may be put is nobody's business but the client's.
    pub(super) fn sees_addresses(&mut self, frame: &str) {
        if !frame.contains("PresignedUrlResponse") {
            return;
        }
        let frame: Value = serde_json::from_str(frame).unwrap_or_default();
        if let Some(url) = frame["body"]["url"].as_str().filter(|url| url.contains("/uploads/")) {
            self.see_token(url);
        }
    }
}
