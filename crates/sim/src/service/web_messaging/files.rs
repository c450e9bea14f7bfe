//! Files where they lie: the addresses at which they are put and fetched, each for a while only.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::problem::Problem;
use super::{Wake, frame};
use crate::service::budget::{Budget, Exhausted, Reservation, Use};
use crate::service::faults::Scope;
use crate::service::limits::{MAX_ADDRESSES, TOKEN_WEIGHT};
use crate::service::{Millis, RestAnswer, Service, Wake as ServiceWake, weight};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileState {
    Offered,
    Uploaded,
    Failed,
}

#[derive(Debug)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) made_at: Millis,
    pub(super) state: FileState,
    pub(super) sent: bool,
    /// Something was put there since it was offered.
    put: bool,
    pub(super) bytes: Arc<Content>,
    _weight: Reservation,
}

/// What is in a file. Whoever fetches it shares it, and it counts until the last of them is done.
#[derive(Debug, Default)]
pub struct Content {
    bytes: Vec<u8>,
    _weight: Option<Reservation>,
}

impl AsRef<[u8]> for Content {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Content {}

impl Content {
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }
}

impl File {
    /// What one weighs while nothing is in it.
    pub(super) fn weight(conversation: &str, attachment: &str, name: &str, kind: &str) -> usize {
        let texts = [conversation, attachment, name, kind];
        weight::entry::<(FileKey, Self)>() + texts.into_iter().map(weight::text).sum::<usize>()
    }

    pub(super) fn offered(now: Millis, name: &str, kind: &str, weight: Reservation) -> Self {
        Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            made_at: now,
            state: FileState::Offered,
            sent: false,
            put: false,
            bytes: Arc::default(),
            _weight: weight,
        }
    }
}

/// A conversation, and the id of an attachment in it.
pub(super) type FileKey = (String, String);

struct Offer {
    file: FileKey,
    tagging: String,
    until: Millis,
    _weight: Reservation,
}

#[derive(Default)]
pub(super) struct Files {
    files: HashMap<FileKey, File>,
    offers: HashMap<String, Offer>,
    downloads: HashMap<String, (FileKey, Millis, Reservation)>,
}

/// What an address of a file weighs.
fn address(conversation: &str, attachment: &str) -> usize {
    TOKEN_WEIGHT + weight::text(conversation) + weight::text(attachment)
}

pub(super) fn file_key(conversation: &str, attachment: &str) -> FileKey {
    (conversation.to_owned(), attachment.to_owned())
}

impl Files {
    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    pub(super) fn get(&self, conversation: &str, attachment: &str) -> Option<&File> {
        self.files.get(&file_key(conversation, attachment))
    }

    pub(super) fn get_mut(&mut self, conversation: &str, attachment: &str) -> Option<&mut File> {
        self.files.get_mut(&file_key(conversation, attachment))
    }

    pub(super) fn insert(&mut self, conversation: &str, attachment: &str, file: File) {
        self.remove(conversation, attachment);
        self.files.insert(file_key(conversation, attachment), file);
    }

    pub(super) fn remove(&mut self, conversation: &str, attachment: &str) {
        let key = file_key(conversation, attachment);
        self.files.remove(&key);
        self.offers.retain(|_, offer| offer.file != key);
    }

    /// False: too many addresses are open.
    pub(super) fn offer(
        &mut self,
        now: Millis,
        key: String,
        file: FileKey,
        tagging: &str,
        until: Millis,
        budget: &Budget,
    ) -> bool {
        let bytes = address(&file.0, &file.1) + weight::text(tagging);
        if self.offers.len() >= MAX_ADDRESSES || !budget.has_room(bytes) {
            self.offers.retain(|_, offer| now < offer.until);
        }
        if self.offers.len() >= MAX_ADDRESSES {
            return false;
        }
        let weight = budget.reserve(Use::Files, bytes);
        weight.is_ok_and(|weight| {
            self.offers.insert(key, Offer { file, tagging: tagging.to_owned(), until, _weight: weight });
            true
        })
    }
}

/// What is put at an upload's address.
#[derive(Clone, Copy, Debug)]
pub struct Upload<'a> {
    /// The header `x-amz-tagging`, which is part of what was signed.
    pub tagging: Option<&'a str>,
    /// The file.
    pub bytes: &'a [u8],
}

/// A file that is fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// Its content.
    pub bytes: Arc<Content>,
    /// Its type, as its guest gave it.
    pub mime: String,
}

impl Service {
    /// Whether something may be put at the address of an offer: to be asked before it is read.
    pub fn accepts_upload(&self, now: Millis, key: &str, tagging: Option<&str>) -> bool {
        let offer = self.web_messaging.files.offers.get(key).filter(|offer| now < offer.until);
        offer.is_some_and(|offer| tagging == Some(&offer.tagging))
    }

    /// `PUT` at the address of an offer. That it succeeded says nothing yet: the event does.
    pub fn upload(&mut self, now: Millis, key: &str, upload: Upload<'_>) -> RestAnswer {
        let conversation = self.web_messaging.files.offers.get(key).map(|offer| offer.file.0.clone());
        if let Some(answer) = self.intercepted(now, "upload", Scope::Uploads, conversation.as_deref()) {
            return answer;
        }
        let answer = match self.try_upload(now, key, conversation.as_deref(), upload) {
            Ok(()) => RestAnswer::ok(Value::Null),
            Err(refusal) => refusal,
        };
        self.finish(now, "upload", conversation, None, answer)
    }

    fn try_upload(
        &mut self,
        now: Millis,
        key: &str,
        conversation: Option<&str>,
        upload: Upload<'_>,
    ) -> Result<(), RestAnswer> {
        if let Some(refusal) = self.faults.refuse_rest(now, Scope::Uploads, conversation) {
            return Err(self.messaging_refusal(refusal.status, "fault", "refused by a fault", refusal.retry_after));
        }
        let files = &mut self.web_messaging.files;
        let offer = files.offers.get(key).filter(|offer| now < offer.until);
        let Some(offer) = offer.filter(|offer| upload.tagging == Some(&offer.tagging)) else {
            let why = "no such upload, or it has expired, or x-amz-tagging is not what was signed";
            return Err(self.messaging_refusal(403, "forbidden", why, None));
        };
        let file_key = offer.file.clone();
        let content = match self.budget.reserve(Use::Files, upload.bytes.len() + weight::ALLOCATION) {
            Ok(weight) => Content { bytes: upload.bytes.to_vec(), _weight: Some(weight) },
            Err(Exhausted) => return Err(self.messaging_no_room()),
        };
        let (conversation, attachment) = file_key.clone();
        if let Some(file) = self.web_messaging.files.files.get_mut(&file_key) {
            file.bytes = Arc::new(content);
            file.put = true;
            let late = self.config.web_messaging.upload_takes;
            let judge = Wake::JudgeUpload { conversation, attachment };
            self.timers.at(now + late, ServiceWake::WebMessaging(judge));
        }
        Ok(())
    }

    /// What was put there is looked at, and every connection of the session told.
    pub(super) fn judge_upload(&mut self, now: Millis, conversation: &str, attachment: &str) {
        let most = self.config.web_messaging.max_file_bytes();
        let failure = self.faults.fail_upload(now, conversation);
        // What was put before it was offered anew is not looked at any more.
        let file = self.web_messaging.files.get_mut(conversation, attachment);
        let Some(file) = file.filter(|file| file.put) else {
            return;
        };
        let failure = match file.bytes.len() as u64 {
            _ if failure.is_some() => failure.map(|code| (code, "refused by a fault")),
            0 => Some((4102, "File is empty")),
            size if size > most => Some((4002, "File is too large")),
            _ => None,
        };
        file.state = if failure.is_some() { FileState::Failed } else { FileState::Uploaded };
        let connections = self.web_messaging.sessions.get(conversation).map(|session| session.connections.clone());
        for id in connections.unwrap_or_default() {
            let mut body = json!({ "attachmentId": attachment, "timestamp": self.config.web_messaging.timestamp(now) });
            let class = match failure {
                Some((code, why)) => {
                    body["errorCode"] = code.into();
                    body["errorMessage"] = why.into();
                    "UploadFailureEvent"
                }
                None => {
                    let base = self.base(id);
                    if let Ok(url) = self.download_address(now, conversation, attachment, &base) {
                        body["downloadUrl"] = url.into();
                    }
                    "UploadSuccessEvent"
                }
            };
            self.send(now, id, frame::notice(class, body));
        }
    }

    /// An address at which a file can be fetched for a while.
    pub(super) fn download_address(
        &mut self,
        now: Millis,
        conversation: &str,
        attachment: &str,
        base: &str,
    ) -> Result<String, Problem> {
        let until = now + u64::from(self.config.web_messaging.download_life) * 1000;
        let key = self.ids.token();
        let downloads = &mut self.web_messaging.files.downloads;
        let bytes = address(conversation, attachment);
        if downloads.len() >= MAX_ADDRESSES || !self.budget.has_room(bytes) {
            downloads.retain(|_, (_, until, _)| now < *until);
        }
        if downloads.len() >= MAX_ADDRESSES {
            return Err(Problem::new(5000, "too many downloads"));
        }
        let weight = self.budget.reserve(Use::Files, bytes).map_err(|Exhausted| Problem::no_room())?;
        downloads.insert(key.clone(), (file_key(conversation, attachment), until, weight));
        Ok(format!("{base}/api/v2/downloads/{key}"))
    }

    /// `GET` at an address of a file.
    pub fn download(&mut self, now: Millis, key: &str) -> Result<Download, RestAnswer> {
        let files = &self.web_messaging.files;
        let found = files.downloads.get(key).filter(|(_, until, _)| now < *until);
        let found = found.and_then(|(key, ..)| Some((key.0.clone(), files.files.get(key)?)));
        let download = found.map(|(conversation, file)| {
            (conversation, Download { bytes: Arc::clone(&file.bytes), mime: file.kind.clone() })
        });
        let Some((conversation, download)) = download else {
            let refusal = self.messaging_refusal(403, "forbidden", "no such download, or it has expired", None);
            return Err(self.finish(now, "download", None, None, refusal));
        };
        self.finish(now, "download", Some(conversation), None, RestAnswer::ok(Value::Null));
        Ok(download)
    }
}
