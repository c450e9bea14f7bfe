//! Attachments: `onAttachment`, `getAttachment`, `deleteAttachment` and what comes of them (5.7). An upload's success
//! is an event of its own; the answer to its `PUT` says nothing.

use super::{WebMessaging, frame};
use crate::files::{Allowed, Offer, is_address, is_header};
use crate::json::digits;
use crate::limits;
use crate::protocol::files::{FileNews, FileWord, Files, Question};
use crate::secret::Secret;
use crate::session::GuestSession;
use crate::value::{self, Value};
use std::borrow::Cow;
use uuid::Uuid;

/// What the tracing ids of questions begin with; the file's id follows, or the question's number.
const NAMES: [&str; 4] = ["upload-", "look-", "remove-", "address-"];

impl Files for WebMessaging {
    fn upload_frame(&self, session: &GuestSession, id: Uuid, offer: &Offer) -> String {
        let mut buffer = Uuid::encode_buffer();
        let file = &*id.as_hyphenated().encode_lower(&mut buffer);
        frame(session, "onAttachment", &tracing_id(Question::Upload(id)))
            .text("attachmentId", file)
            .text("fileName", &offer.name)
            .text("fileType", &offer.kind)
            .whole("fileSize", offer.size)
            // Else an error comes as bare text, which names no file.
            .bool("errorsAsJson", true)
            .finish()
    }

    fn file_frame(&self, session: &GuestSession, question: Question, file: &str) -> String {
        let action = if let Question::Remove(_) = question { "deleteAttachment" } else { "getAttachment" };
        frame(session, action, &tracing_id(question)).text("attachmentId", file).finish()
    }
}

fn tracing_id(question: Question) -> String {
    let (place, id) = match question {
        Question::Upload(id) => (0, id),
        Question::Look(id) => (1, id),
        Question::Remove(id) => (2, id),
        Question::Address(number) => {
            let mut tracing = String::from(NAMES[3]);
            crate::json::decimal(&mut tracing, number.into());
            return tracing;
        }
    };
    let mut tracing = String::from(NAMES[place]);
    tracing.push_str(id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()));
    tracing
}

/// The question that a frame with this tracing id answers.
pub(super) fn question(tracing: &str) -> Option<Question> {
    let place = NAMES.iter().position(|name| tracing.starts_with(name))?;
    let rest = tracing.strip_prefix(NAMES[place])?;
    if place == 3 {
        return digits(rest, u32::MAX.into()).map(|number| Question::Address(number as u32));
    }
    let id = Uuid::try_parse(rest).ok()?;
    Some([Question::Upload, Question::Look, Question::Remove][place](id))
}

/// What a frame of one of these classes says; an error names what is wrong with it.
pub(super) fn read(class: &str, body: &Value, tracing: Option<&str>) -> Result<FileNews, &'static str> {
    let file = value::id(body.get("attachmentId")).ok().map(Cow::into_owned);
    let answers = tracing.and_then(question);
    if file.is_none() && answers.is_none() {
        return Err("no_attachment");
    }
    let code = || body.get("errorCode").and_then(Value::code);
    let word = match class {
        "PresignedUrlResponse" => offered(body, answers),
        "UploadSuccessEvent" => FileWord::Arrived(address(body, "downloadUrl")),
        "UploadFailureEvent" => FileWord::Bad(code().ok_or("no_code")?),
        "AttachmentDeletedResponse" => FileWord::Removed,
        _ => FileWord::Refused { code: code().ok_or("no_code")?, retry_after: None },
    };
    Ok(FileNews { file, answers, word })
}

/// Without headers, and with the size of what is there, it is where a file can be fetched (3.1).
fn offered(body: &Value, answers: Option<Question>) -> FileWord {
    let headers = match body.get("headers") {
        Some(Value::Map(headers)) => headers.as_slice(),
        _ => &[],
    };
    let upload = matches!(answers, Some(Question::Upload(_)));
    let url = address(body, "url");
    if !upload && headers.is_empty() && body.get("fileSize").is_some() {
        // What cannot be followed is as good as a refusal.
        return url.map_or(FileWord::Refused { code: 500, retry_after: None }, FileWord::Here);
    }
    let mut kept = Vec::new();
    for (name, value) in headers {
        match value.text().filter(|value| is_header(name, value)) {
            Some(value) if kept.len() < limits::UPLOAD_HEADERS => {
                kept.push((name.clone(), Secret::new(value.to_owned())));
            }
            _ => return FileWord::PutThere(None),
        }
    }
    FileWord::PutThere(url.map(|url| (url, kept)))
}

fn address(body: &Value, name: &str) -> Option<Secret> {
    let address = body.get(name).and_then(Value::text).filter(|text| is_address(text))?;
    Some(Secret::new(address.to_owned()))
}

/// What a session announces of the files that it takes: `allowedMedia.inbound`, `blockedExtensions` (3.1).
pub(super) fn allowed(body: &Value) -> Allowed {
    let mut allowed = Allowed::default();
    let inbound = body.get("allowedMedia").and_then(|media| media.get("inbound"));
    let types = inbound.and_then(|inbound| inbound.get("fileTypes"));
    allowed.types = words(types, limits::FILE_TYPE_BYTES);
    if let Some(most) = inbound.and_then(|inbound| inbound.get("maxFileSizeKB")).and_then(Value::whole) {
        // A thousand bytes each (5.7).
        allowed.most = most.saturating_mul(1_000);
    }
    allowed.blocked = words(body.get("blockedExtensions"), limits::EXTENSION_BYTES);
    allowed
}

/// The words in a list, or the types of what is in it, in small letters.
fn words(list: Option<&Value>, most: usize) -> Vec<String> {
    let mut words = Vec::new();
    let list = match list {
        // Of a list that is too long to be kept the service itself is the judge.
        Some(Value::List(list)) if list.len() <= limits::FILE_TYPES => list,
        _ => return words,
    };
    for entry in list {
        let word = entry.get("type").unwrap_or(entry).text().unwrap_or_default().trim_start_matches('.');
        if (1..=most).contains(&word.len()) {
            words.push(word.to_ascii_lowercase());
        }
    }
    words
}
