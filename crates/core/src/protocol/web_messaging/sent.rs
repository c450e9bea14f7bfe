//! What the guest says, as frames (web-messaging.md, section 2). A frame is written in one piece up to the text, and
//! what follows the text when the message is accepted, so that the buffer holds it ready and counts it.

use super::{TYPING, frame};
use crate::content::{Beside, Content};
use crate::draft::{Choice, Draft, Reply, ReplyKind, attribute_bytes};
use crate::json::{self, Object};
use crate::session::GuestSession;
use uuid::Uuid;

/// What follows the text where nothing stands beside it: the end of the metadata, the type, the end of the message.
const PLAIN: &str = r#"},"type":"Text"}}"#;

/// Stands before each part of what was chosen, so that no text of one part looks like it.
const PART: char = '\u{1f}';

pub(super) fn message(session: &GuestSession, id: Uuid, content: &Content) -> String {
    let mut buffer = Uuid::encode_buffer();
    let id = &*id.as_hyphenated().encode_lower(&mut buffer);
    // Both places in which an id comes back: the frame's own since 2025-12, the metadata's before (3.4).
    let mut said = frame(session, "onMessage", id).open();
    said.push_str(r#","message":{"text":"#);
    json::quote(&mut said, content);
    said.push_str(r#","metadata":{"customMessageId":""#);
    said.push_str(id);
    said.push('"');
    said.push_str(content.beside().map_or(PLAIN, |beside| &beside.frame));
    said
}

pub(super) fn typing(session: &GuestSession) -> String {
    event(session, TYPING, ("Typing", "typing"), Object::default().text("type", "On"), &[])
}

/// What the guest does beside saying something: the event's name, that of its member, and what stands there.
pub(super) fn event(
    session: &GuestSession,
    tracing: &str,
    (kind, member): (&str, &str),
    what: Object,
    along: &[(String, String)],
) -> String {
    let event = Object::default().text("eventType", kind).object(member, what);
    let mut said = frame(session, "onMessage", tracing).open();
    said.push_str(r#","message":"#);
    said.push_str(&Object::default().text("type", "Event").list_of("events", event).open());
    let channel = channel(along);
    said.push_str(&channel);
    said.push('}');
    said.push_str(&channel);
    said.push('}');
    said
}

/// Notes one part of what was chosen or attached.
pub(super) fn choose(chosen: &mut String, part: &str) {
    chosen.push(PART);
    chosen.push_str(part);
}

/// A message with all that stands beside its text.
pub(super) fn compose(draft: &Draft) -> Content {
    let (mut text, mut chosen) = (draft.text.clone(), String::new());
    let (mut kind, mut label, mut content) = ("Text", String::new(), String::new());
    let mut frame = String::new();
    if let Some(reply) = &draft.reply {
        let form = reply.kind == ReplyKind::Form;
        if let ([one], false) = (&*reply.choices, form) {
            label.clone_from(&one.text);
        }
        if matches!(reply.kind, ReplyKind::Button | ReplyKind::ListPicker | ReplyKind::Form) {
            // The browser sends all replies like this, the official mobile client only the buttons of cards; for the
            // others it leaves the text empty.
            kind = "Structured";
            text.clone_from(if reply.kind == ReplyKind::Button { &label } else { &reply.text });
        }
        if let Some(parent) = reply.originating.as_ref().filter(|_| !form) {
            frame.push_str(r#","parentMessageId":"#);
            json::quote(&mut frame, parent);
        }
        for choice in &reply.choices {
            choose(&mut chosen, &choice.payload);
            let mut part =
                Object::default().text("contentType", "ButtonResponse").object("buttonResponse", button(reply, choice));
            if form {
                part = Object::default().text("id", &choice.id).object("component", part);
            }
            add(&mut content, part);
        }
        if form {
            let answer = Object::default().text(ORIGINATING, reply.originating.as_deref().unwrap_or_default());
            content.push(']');
            let answer = answer.text("cannedResponseId", &reply.form).json("response", &content);
            content.clear();
            add(&mut content, Object::default().text("contentType", "Form").object("form", answer));
        }
    }
    if let Some(id) = &draft.attachment {
        choose(&mut chosen, id);
        let attachment = Object::default().text("id", id);
        add(&mut content, Object::default().text("contentType", "Attachment").object("attachment", attachment));
    }
    frame.push_str(r#"},"type":""#);
    frame.push_str(kind);
    frame.push('"');
    if !content.is_empty() {
        frame.push_str(r#","content":"#);
        frame.push_str(&content);
        frame.push(']');
    }
    // In both places that clients use; each is known to be read.
    let channel = channel(&draft.attributes);
    frame.push_str(&channel);
    frame.push('}');
    frame.push_str(&channel);
    frame.push('}');
    Content::with(text, Beside { frame, attributes: attribute_bytes(&draft.attributes), chosen, label })
}

const ORIGINATING: &str = "originatingMessageId";

/// Adds a part to a list that is still open.
fn add(list: &mut String, part: Object) {
    list.push(if list.is_empty() { '[' } else { ',' });
    list.push_str(&part.finish());
}

fn button(reply: &Reply, choice: &Choice) -> Object {
    let button = Object::default().text("text", &choice.text).text("payload", &choice.payload);
    let button = button.text("type", reply.kind.name());
    match reply.originating.as_ref().filter(|_| reply.kind != ReplyKind::Form) {
        Some(id) => button.text(ORIGINATING, id),
        None => button,
    }
}

/// What follows a member of a message, or of its frame, where custom attributes go with it.
fn channel(attributes: &[(String, String)]) -> String {
    if attributes.is_empty() {
        return String::new();
    }
    let attributes = attributes.iter().fold(Object::default(), |all, (name, value)| all.text(name, value));
    let metadata = Object::default().object("customAttributes", attributes);
    let mut channel = String::from(r#","channel":"#);
    channel.push_str(&Object::default().object("metadata", metadata).finish());
    channel
}
