//! What the service's frames mean. They are told apart by `class`; `type` differs between sources (3.1).

use super::attachments::{self, allowed};
use super::{BEAT, KEY, TYPING, UNAUTHENTICATED, sent};
use crate::body::Body;
use crate::content::{Beside, Content};
use crate::error::conversation::Departure;
use crate::json;
use crate::limits;
use crate::protocol::conversation::{Declined, Doing, Happened, Question};
use crate::protocol::files::{FileNews, FileWord};
use crate::protocol::streams::instant;
use crate::protocol::{Entry, Received, Refusal, Sender, Terms};
use crate::retry_after::seconds;
use crate::secret::Secret;
use crate::value::{self, NO_ID, Value};
use std::borrow::Cow;
use uuid::Uuid;

/// Stands here for the 403 that only the clearing of a conversation is answered with.
const CLEAR_REFUSED: u16 = 4_403;

pub(super) fn read(frame: &Value) -> Result<Received, &'static str> {
    if !matches!(frame, Value::Map(_)) {
        return Err("not_an_object");
    }
    let class = frame.get("class").and_then(Value::text).ok_or("no_class")?;
    let body = frame.get("body").unwrap_or(&Value::Null);
    // What is there and no name of ours is somebody else's.
    let tracing = frame.get("tracingId").map(|tracing| tracing.id().unwrap_or_default());
    let tracing = tracing.as_deref();
    Ok(match class {
        "SessionResponse" => Received::Ready(Terms {
            new: says(body, "newSession", true),
            began: began(body).filter(|_| says(body, "newSession", true)),
            connected: !says(body, "connected", false),
            read_only: says(body, "readOnly", true),
            auto_started: says(body, "autoStarted", true),
            cleared: says(body, "clearedExistingSession", true),
            attribute_bytes: body
                .get("maxCustomDataBytes")
                .and_then(Value::whole)
                .map(|most| most.min(limits::ATTRIBUTE_BYTES_MOST as u64) as usize),
            files: allowed(body),
        }),
        "StructuredMessage" => return structured(frame, body, tracing),
        "GetConfigurationResponse" => Received::Alive(tracing.and_then(beat)),
        "JwtResponse" => {
            let jwt = body.get("jwt").and_then(Value::text).filter(|jwt| is_sound(jwt)).ok_or("no_jwt")?;
            Received::Key(Secret::new(jwt.to_owned()))
        }
        "PresignedUrlResponse"
        | "UploadSuccessEvent"
        | "UploadFailureEvent"
        | "GenerateUrlError"
        | "AttachmentDeletedResponse" => Received::File(attachments::read(class, body, tracing)?),
        // In answer to a health check it has that one's name, which says nothing of whom it ends.
        "SessionExpiredEvent" => declined(None, 4_006),
        "SessionClearedEvent" => Received::Departed(Departure::Cleared),
        "ConnectionClosedEvent" => {
            // Both names are in use (3.1).
            let reason = body.get("reason").or_else(|| body.get("reasonCode"));
            let signed_in = reason.is_some_and(|reason| reason.is_word("signedIn"));
            Received::Departed(if signed_in { Departure::SignedIn } else { Departure::Evicted })
        }
        "LogoutEvent" => Received::Departed(Departure::LoggedOut),
        "TooManyRequestsErrorMessage" => {
            let wait = body.get("retryAfter").and_then(Value::number).and_then(seconds);
            refused(tracing, 4_029, wait)
        }
        "string" | "Error" | "ErrorMessage" => {
            let said = body.get("errorCode").and_then(Value::code).or_else(|| frame.get("code")?.code());
            match said.ok_or("no_code")? {
                200..=299 => Received::Ignored,
                code => refused(tracing, meant(code, body), None),
            }
        }
        _ => Received::Ignored,
    })
}

/// What a code means by the words that come with it: three different things are said with 403 (3.4).
fn meant(code: u16, body: &Value) -> u16 {
    let said = body.text().or_else(|| body.get("errorMessage")?.text()).filter(|_| code == 403);
    match said.and_then(sentence) {
        Some(UNAUTHENTICATED_SAID) => UNAUTHENTICATED,
        Some(CLEAR_SAID) => CLEAR_REFUSED,
        Some(_) => 4_000,
        None => code,
    }
}

const UNAUTHENTICATED_SAID: &str = "session authentication failed";
const CLEAR_SAID: &str = "conversation clear";
const TOGGLE_SAID: &str = "turn on the feature toggle";

/// Which of the sentences that come with 403 this is.
pub(super) fn sentence(said: &str) -> Option<&'static str> {
    let said = said.as_bytes();
    if said.len() > limits::IDENTIFIER_BYTES {
        return None;
    }
    // Services write the same words in other letters.
    let begins = |with: &str| said.get(..with.len()).is_some_and(|it| it.eq_ignore_ascii_case(with.as_bytes()));
    let clear = CLEAR_SAID.as_bytes();
    if begins(UNAUTHENTICATED_SAID) || begins("try to authenticate again") {
        Some(UNAUTHENTICATED_SAID)
    } else if said.windows(clear.len()).any(|part| part.eq_ignore_ascii_case(clear)) {
        // (Sought byte by byte: the standard library's search is large.)
        Some(CLEAR_SAID)
    } else {
        begins(TOGGLE_SAID).then_some(TOGGLE_SAID)
    }
}

/// The words of frames that anything follows from, but for the types of files (3.1 to 3.3).
pub(super) const WORDS: &[&str] = &[
    "SessionResponse",
    "StructuredMessage",
    "GetConfigurationResponse",
    "JwtResponse",
    "PresignedUrlResponse",
    "UploadSuccessEvent",
    "UploadFailureEvent",
    "GenerateUrlError",
    "AttachmentDeletedResponse",
    "SessionExpiredEvent",
    "SessionClearedEvent",
    "ConnectionClosedEvent",
    "LogoutEvent",
    "TooManyRequestsErrorMessage",
    "string",
    "Error",
    "ErrorMessage",
    "signedIn",
    "response",
    "Text",
    "Structured",
    "Event",
    "Inbound",
    "Outbound",
    "Typing",
    "Off",
    "Presence",
    "Join",
    "Disconnect",
    // Nothing follows from these, and they are told.
    "Clear",
    "SignIn",
    "CoBrowse",
    "Receipt",
];

fn refused(tracing: Option<&str>, code: u16, retry_after: Option<u64>) -> Received {
    let message = tracing.and_then(|tracing| Uuid::try_parse(tracing).ok());
    if matches!(code, 401 | UNAUTHENTICATED) || message.is_some() {
        // Whatever it was that the guest was refused, it is the guest who was.
        return Received::Refused(Refusal { message, code, retry_after });
    }
    if matches!(code, 4_006 | 4_007 | 4_017) {
        // And whatever was asked in a session that is no more, it is the session that is no more.
        return declined(None, code);
    }
    if tracing == Some(TYPING) {
        // Nothing can be said any more: like that the guest is there, that they type is of no interest.
        let over = Declined { question: Some(Question::Join), code, retry_after };
        return if code == 409 { Received::Declined(over) } else { Received::TypingRefused };
    }
    if let Some(question) = tracing.and_then(attachments::question) {
        let word = FileWord::Refused { code, retry_after };
        return Received::File(FileNews { file: None, answers: Some(question), word });
    }
    // An answer to a heartbeat, or for the history's key.
    if tracing.is_some_and(|tracing| tracing == KEY || beat(tracing).is_some()) {
        return Received::Alive(None);
    }
    let asked = Question::ALL.into_iter().find(|question| tracing == Some(question.name()));
    let question = asked.or_else(|| (code == CLEAR_REFUSED).then_some(Question::Clear));
    if question.is_some() || matches!(code, 409 | 4_000) {
        return Received::Declined(Declined { question, code, retry_after });
    }
    Received::Refused(Refusal { message: None, code, retry_after })
}

/// When a session began that nothing was said in yet: so long before its end as it lasts (3.1).
fn began(body: &Value) -> Option<u64> {
    let seconds = |name: &str| body.get(name).and_then(Value::whole);
    seconds("expirationDate")?.checked_sub(seconds("durationSeconds")?)?.checked_mul(1_000)
}

/// When something was said; histories may leave that out (3.2).
fn time(body: &Value) -> Option<u64> {
    instant(body.get("channel")?.get("time")?.text()?)
}

fn declined(question: Option<Question>, code: u16) -> Received {
    Received::Declined(Declined { question, code, retry_after: None })
}

fn says(body: &Value, name: &str, flag: bool) -> bool {
    body.get(name).and_then(Value::flag) == Some(flag)
}

/// When a heartbeat went out whose answer this is.
fn beat(tracing: &str) -> Option<u64> {
    json::digits(tracing.strip_prefix(BEAT)?, u64::MAX)
}

fn is_sound(token: &str) -> bool {
    token.len() <= limits::IDENTIFIER_BYTES && json::is_plain(token)
}

fn structured(frame: &Value, body: &Value, tracing: Option<&str>) -> Result<Received, &'static str> {
    if let Some(sent) = tracing.and_then(beat) {
        return Ok(Received::Alive(Some(sent)));
    }
    let sender = sender(body).ok_or("no_direction")?;
    let happened = |doings| Received::Happened(Happened { sender, doings, body: Body::new(body) });
    let kind = kind(body);
    if kind == Some("Event") {
        return Ok(happened(doings(body)));
    }
    if !is_spoken(kind) {
        let kind = kind.filter(|kind| kind.len() <= limits::IDENTIFIER_BYTES).ok_or("unknown_type")?;
        return Ok(happened(vec![Doing::Other(kind.to_owned())]));
    }
    let mut entry = entry(body, tracing).ok_or("no_direction")?;
    // A health check is answered by what it said; what somebody says is no answer, and has a name in its channel (3.2, 4).
    let answers = frame.get("type").and_then(Value::text) == Some("response");
    entry.spoken = !answers || body.get("channel").and_then(|it| it.get("messageId")).is_some();
    let id = core::mem::take(&mut entry.id);
    let id = if id.is_empty() { Err(value::id(body.get("id")).err().unwrap_or(NO_ID)) } else { Ok(id) };
    Ok(Received::said(id, entry))
}

/// A message, live or in the history. Where nothing names it, its id is empty.
fn entry(body: &Value, tracing: Option<&str>) -> Option<Entry> {
    let (sender, kept) = (sender(body)?, value::id(body.get("metadata").and_then(|it| it.get("customMessageId"))).ok());
    let kept = kept.as_deref();
    // What has no name of the service's has perhaps one of ours.
    let (id, also) = names(body).unwrap_or_else(|| (kept.unwrap_or_default().to_owned(), None));
    // The acknowledgement of a message is the service's own echo of it (4). In both places stand ids of ours.
    let of_guest = |id: Option<&str>| {
        let id = id.filter(|id| sender == Sender::Guest && !id.is_empty())?;
        Some(Uuid::try_parse(id).unwrap_or_default())
    };
    let (ours, kept) = (of_guest(tracing), of_guest(kept));
    let content = content(body);
    let (time, body) = (time(body), Body::new(body));
    Some(Entry { id, also, sender, ours, kept, spoken: true, joins: false, time, content, body })
}

/// What the history has; none: it cannot be read, and may be somebody's word.
pub(super) fn past(entity: &Value) -> Option<Entry> {
    if !is_spoken(kind(entity)) {
        // Nobody's word, whatever it lacks.
        let (id, also) = names(entity).unwrap_or_default();
        let sender = sender(entity).unwrap_or(Sender::Agent);
        let (joins, content, body) = (is_joining(entity), Content::new(String::new()), Body::default());
        let (ours, kept, time) = (None, None, time(entity));
        return Some(Entry { id, also, sender, ours, kept, spoken: false, joins, time, content, body });
    }
    // What nothing names may have been told already.
    entry(entity, entity.get("tracingId").and_then(Value::text)).filter(|entry| !entry.id.is_empty())
}

fn kind(body: &Value) -> Option<&str> {
    body.get("type").and_then(Value::text)
}

/// A browser leaves the type out of what is only a file (2).
fn is_spoken(kind: Option<&str>) -> bool {
    matches!(kind, None | Some("Text" | "Structured"))
}

/// What happened, in order (3.3).
fn doings(body: &Value) -> Vec<Doing> {
    let Some(Value::List(events)) = body.get("events") else { return Vec::new() };
    let short = |kind: &&str| (1..=limits::IDENTIFIER_BYTES).contains(&kind.len());
    let doing = |event: &Value| {
        let kind = event.get("eventType").and_then(Value::text).filter(short)?;
        Some(match kind {
            "Typing" => Doing::Typing(typing(event.get("typing"))),
            "Presence" => {
                let kind = event.get("presence")?.get("type").and_then(Value::text).filter(short)?;
                let marked = || body.get("metadata")?.get("readOnly")?.flag();
                Doing::Presence { kind: kind.to_owned(), read_only: kind == "Disconnect" && marked() == Some(true) }
            }
            other => Doing::Other(other.to_owned()),
        })
    };
    events.iter().filter_map(doing).take(limits::EVENTS_IN_FRAME).collect()
}

/// In the history: the guest came.
fn is_joining(body: &Value) -> bool {
    let joins = |doing: &Doing| matches!(doing, Doing::Presence { kind, .. } if kind == "Join");
    kind(body) == Some("Event") && sender(body) == Some(Sender::Guest) && doings(body).iter().any(joins)
}

/// For how long it holds. Both names are in use, and neither may be there.
fn typing(typing: Option<&Value>) -> Option<u64> {
    let said = |name| typing.and_then(|typing| typing.get(name)).and_then(Value::whole).filter(|&ms| ms > 0);
    let off = typing.and_then(|typing| typing.get("type")).is_some_and(|kind| kind.is_word("Off"));
    let duration = said("duration").or_else(|| said("durationMs")).unwrap_or(limits::TYPING);
    (!off).then_some(duration.min(limits::TYPING_MOST))
}

/// What joins a live message to its place in the history (4): `channel.messageId`, else `id`; and the other one, since some
/// histories have but one of them.
fn names(body: &Value) -> Option<(String, Option<String>)> {
    // What is not exact is no name.
    let given = |value: Option<&Value>| value::id(value).ok().map(Cow::into_owned);
    let id = given(body.get("id"));
    match given(body.get("channel").and_then(|channel| channel.get("messageId"))) {
        Some(live) => {
            // One name twice is one name.
            let also = id.filter(|id| *id != live);
            Some((live, also))
        }
        None => Some((id?, None)),
    }
}

fn sender(body: &Value) -> Option<Sender> {
    let direction = body.get("direction")?;
    let known = [("Inbound", Sender::Guest), ("Outbound", Sender::Agent)];
    known.into_iter().find(|(word, _)| direction.is_word(word)).map(|(_, sender)| sender)
}

/// What was said; of a guest's words also what was chosen or attached, by which they are told from others.
fn content(body: &Value) -> Content {
    let text = body.get("text").and_then(Value::text).unwrap_or_default().to_owned();
    let Some(Value::List(parts)) = body.get("content") else { return Content::new(text) };
    let mut chosen = String::new();
    let payload = |part: &'_ Value| part.get("buttonResponse")?.get("payload")?.text().map(str::to_owned);
    for part in parts {
        let file = || part.get("attachment")?.get("id")?.text().map(str::to_owned);
        if let Some(part) = payload(part).or_else(file) {
            sent::choose(&mut chosen, &part);
        }
        let fields = part.get("form").and_then(|form| form.get("response"));
        let Some(Value::List(fields)) = fields else { continue };
        for field in fields {
            // One that the guest left empty may come back without a payload.
            sent::choose(&mut chosen, &field.get("component").and_then(payload).unwrap_or_default());
        }
    }
    if chosen.is_empty() { Content::new(text) } else { Content::with(text, Beside { chosen, ..Beside::default() }) }
}
