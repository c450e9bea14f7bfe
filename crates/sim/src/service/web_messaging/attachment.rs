//! Files on request: an upload is offered, an address renewed, a file withdrawn; and which may go with a message.

use serde_json::{Map, Value, json};

use super::files::{File, FileState, file_key};
use super::frame;
use super::message::{Message, Pending};
use super::problem::Problem;
use super::request::Request;
use crate::service::budget::{Exhausted, Use};
use crate::service::limits::{MAX_FILE_NAME, MAX_FILES, MAX_MESSAGE_ID};
use crate::service::{ConnectionId, Millis, Service};

impl Service {
    /// `onAttachment`: where the file may be put. An error is JSON only where the guest asks for that.
    pub(super) fn offer_upload(&mut self, now: Millis, id: ConnectionId, request: &Request) -> Result<(), Problem> {
        let conversation = self.session_of(now, id, request)?;
        let attachment = match request.members.get("attachmentId") {
            Some(Value::String(given)) if !given.is_empty() && given.len() <= MAX_MESSAGE_ID => given.clone(),
            None | Some(Value::Null) => self.ids.uuid(),
            Some(_) => return Err(Problem::bad_request("attachmentId is no string, or too long")),
        };
        let offered = self.try_offer(now, &conversation, &attachment, request);
        let Err(problem) = offered else {
            return self.answer_offer(now, id, &conversation, &attachment, request);
        };
        if !request.flag("errorsAsJson") {
            return Err(problem);
        }
        let mut body = problem.body("GenerateUrlError", problem.code);
        body["attachmentId"] = attachment.into();
        let tracing_id = request.tracing_id.as_deref().filter(|_| self.config.web_messaging.error_tracing);
        self.send(now, id, frame::upload_refused(self.config.web_messaging.other_forms, body, tracing_id));
        Ok(())
    }

    fn try_offer(
        &mut self,
        now: Millis,
        conversation: &str,
        attachment: &str,
        request: &Request,
    ) -> Result<(), Problem> {
        if !self.config.web_messaging.attachments {
            return Err(Problem::new(4000, "Attachments are not enabled for this deployment"));
        }
        let name = request.text("fileName")?;
        let kind = request.text("fileType")?;
        let size = request.members.get("fileSize").and_then(Value::as_u64);
        self.check_file(name, kind, size)?;
        let files = &mut self.web_messaging.files;
        if files.get(conversation, attachment).is_some_and(|file| file.sent) {
            return Err(Problem::bad_request("this attachment was sent"));
        }
        if files.len() >= MAX_FILES {
            return Err(Problem::new(5000, "too many files"));
        }
        let bytes = File::weight(conversation, attachment, name, kind);
        let weight = self.budget.reserve(Use::Files, bytes).map_err(|Exhausted| Problem::no_room())?;
        files.insert(conversation, attachment, File::offered(now, name, kind, weight));
        Ok(())
    }

    fn check_file(&self, name: &str, kind: &str, size: Option<u64>) -> Result<(), Problem> {
        let config = &self.config.web_messaging;
        if name.chars().count() >= MAX_FILE_NAME {
            return Err(Problem::new(4005, format!("File name is longer than {} characters", MAX_FILE_NAME - 1)));
        }
        let extension = name.rsplit_once('.').filter(|(stem, extension)| !stem.is_empty() && !extension.is_empty());
        let Some((_, extension)) =
            extension.filter(|_| !name.contains(['/', '\\']) && !name.contains(char::is_control))
        else {
            return Err(Problem::new(4004, format!("File name {name} is invalid")));
        };
        let is_blocked = |blocked: &String| blocked.trim_start_matches('.').eq_ignore_ascii_case(extension);
        if config.blocked_extensions.iter().any(is_blocked) {
            return Err(Problem::new(4001, format!("File extension .{extension} not supported")));
        }
        if !config.file_types.iter().any(|allowed| covers(allowed, kind)) {
            return Err(Problem::new(4001, format!("File type {kind} not supported")));
        }
        match size {
            Some(0) => Err(Problem::new(4102, "File is empty")),
            Some(size) if size > config.max_file_bytes() => {
                Err(Problem::new(4002, format!("File size {size} is larger than {} KB", config.max_file_kb)))
            }
            _ => Ok(()),
        }
    }

    fn answer_offer(
        &mut self,
        now: Millis,
        id: ConnectionId,
        conversation: &str,
        attachment: &str,
        request: &Request,
    ) -> Result<(), Problem> {
        let until = now + u64::from(self.config.web_messaging.upload_life) * 1000;
        let (key, organization) = (self.ids.token(), self.ids.uuid());
        let tagging = format!("organizationId={organization}&originPlatform=PureCloud&role=guest");
        if !self.web_messaging.files.offer(
            now,
            key.clone(),
            file_key(conversation, attachment),
            &tagging,
            until,
            &self.budget,
        ) {
            return Err(Problem::new(5000, "too many uploads"));
        }
        let base = self.base(id);
        let mut body = json!({
            "attachmentId": attachment,
            "headers": { "x-amz-tagging": tagging },
            "url": format!("{base}/uploads/{key}"),
        });
        for name in ["fileName", "fileSize", "fileType"] {
            if let Some(value) = request.members.get(name) {
                body[name] = value.clone();
            }
        }
        self.send(now, id, frame::response("PresignedUrlResponse", 200, body, request.tracing_id.as_deref()));
        Ok(())
    }

    /// `getAttachment`: a fresh address for a file that is there.
    pub(super) fn renew_download(&mut self, now: Millis, id: ConnectionId, request: &Request) -> Result<(), Problem> {
        let conversation = self.session_of(now, id, request)?;
        let attachment = request.text("attachmentId")?;
        let file = self.usable_file(now, &conversation, attachment)?;
        let (name, kind, size) = (file.name.clone(), file.kind.clone(), file.bytes.len());
        let base = self.base(id);
        let url = self.download_address(now, &conversation, attachment, &base)?;
        let body = json!({
            "attachmentId": attachment, "headers": {}, "url": url,
            "fileName": name, "fileSize": size, "fileType": kind,
        });
        self.send(now, id, frame::response("PresignedUrlResponse", 200, body, request.tracing_id.as_deref()));
        Ok(())
    }

    /// `deleteAttachment`: only before the file has gone with a message.
    pub(super) fn delete_attachment(
        &mut self,
        now: Millis,
        id: ConnectionId,
        request: &Request,
    ) -> Result<(), Problem> {
        let conversation = self.session_of(now, id, request)?;
        let attachment = request.text("attachmentId")?;
        match self.web_messaging.files.get(&conversation, attachment) {
            None => return Err(Problem::new(4009, "attachment not found")),
            Some(file) if file.sent => return Err(Problem::bad_request("this attachment was sent")),
            Some(_) => {}
        }
        self.web_messaging.files.remove(&conversation, attachment);
        let other_form = self.config.web_messaging.other_forms;
        self.send(now, id, frame::attachment_deleted(other_form, attachment, request.tracing_id.as_deref()));
        Ok(())
    }

    /// The files of a message are there.
    pub(super) fn check_attachments(&self, now: Millis, pending: &Pending) -> Result<(), Problem> {
        for attachment in pending.message.attachments() {
            self.usable_file(now, &pending.conversation, attachment)?;
        }
        Ok(())
    }

    fn usable_file(&self, now: Millis, conversation: &str, attachment: &str) -> Result<&File, Problem> {
        let file = self.web_messaging.files.get(conversation, attachment);
        let file = file.ok_or_else(|| Problem::new(4009, "attachment not found"))?;
        if file.state != FileState::Uploaded {
            return Err(Problem::new(4010, "attachment has not been successfully uploaded"));
        }
        let kept = u64::from(self.config.web_messaging.file_life) * 1000;
        if now >= file.made_at + kept {
            return Err(Problem::new(4008, "attachment has expired"));
        }
        Ok(file)
    }

    /// The files of a message that was taken can no longer be withdrawn.
    pub(super) fn attachments_sent(&mut self, conversation: &str, message: &Message) {
        for attachment in message.attachments() {
            if let Some(file) = self.web_messaging.files.get_mut(conversation, attachment) {
                file.sent = true;
            }
        }
    }

    /// A message as one connection sees it: each file of the guest's with what is known of it, and an address that
    /// works for a while.
    pub(super) fn with_addresses(&mut self, now: Millis, conversation: &str, body: Value, id: ConnectionId) -> Value {
        let base = self.base(id);
        self.with_addresses_at(now, conversation, body, &base)
    }

    /// The same for whoever knows the service by this address.
    pub(super) fn with_addresses_at(&mut self, now: Millis, conversation: &str, mut body: Value, base: &str) -> Value {
        let Some(content) = body.get_mut("content").and_then(Value::as_array_mut) else {
            return body;
        };
        for part in content {
            let Some(Value::String(id)) = part.get("attachment").and_then(|attachment| attachment.get("id")) else {
                continue;
            };
            let id = id.clone();
            let Some(file) = self.web_messaging.files.get(conversation, &id) else {
                continue;
            };
            let mut facts = Map::new();
            facts.insert("id".into(), id.as_str().into());
            facts.insert("filename".into(), file.name.as_str().into());
            facts.insert("mediaType".into(), media_type(&file.kind).into());
            facts.insert("fileSize".into(), file.bytes.len().into());
            facts.insert("mime".into(), file.kind.as_str().into());
            if let Ok(url) = self.download_address(now, conversation, &id, base) {
                facts.insert("url".into(), url.into());
            }
            part["attachment"] = Value::Object(facts);
        }
        body
    }

    /// By which address a connection knows the service.
    pub(super) fn base(&self, id: ConnectionId) -> String {
        self.peer(id).map(|peer| peer.base.clone()).unwrap_or_default()
    }
}

/// `*/*`, `image/*` or a type by its name.
fn covers(allowed: &str, kind: &str) -> bool {
    match allowed.strip_suffix("/*") {
        Some("*") => true,
        Some(family) => kind.split('/').next().is_some_and(|of| of.eq_ignore_ascii_case(family)),
        None => allowed.eq_ignore_ascii_case(kind),
    }
}

fn media_type(kind: &str) -> &'static str {
    match kind.split('/').next().unwrap_or_default() {
        "image" => "Image",
        "video" => "Video",
        "audio" => "Audio",
        _ => "File",
    }
}
