//! What the guest says, as frames (web-messaging.md, section 2). A frame is written in one piece up to the text, and
//! what follows the text when the message is accepted, so that the buffer holds it ready and counts it.

use super::{TYPING, frame};
use crate::content::{Beside, Content};
use crate::draft::{Draft, Reply, ReplyKind};
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
    let typing = Object::default().text("type", "On");
    let event = Object::default().text("eventType", "Typing").object("typing", typing);
    let message = Object::default().text("type", "Event").list_of("events", event);
    frame(session, "onMessage", TYPING).object("message", message).finish()
}

/// Notes one part of what was chosen or attached.
pub(super) fn choose(chosen: &mut String, part: &str) {
    chosen.push(PART);
    chosen.push_str(part);
}

/// A message with all that stands beside its text.
pub(super) fn compose(draft: &Draft) -> Content {
    let (mut text, mut chosen) = (draft.text.clone(), String::new());
    let (mut kind, mut label, mut content) = ("Text", String::new(), None);
    let mut frame = String::new();
    if let Some(reply) = &draft.reply {
        label.clone_from(&reply.text);
        if reply.kind == ReplyKind::Button {
            // The browser sends all replies like this, the official mobile client only the buttons of cards; for the
            // others it leaves the text empty.
            kind = "Structured";
            text.clone_from(&reply.text);
        }
        if let Some(parent) = &reply.originating {
            frame.push_str(r#","parentMessageId":"#);
            json::quote(&mut frame, parent);
        }
        choose(&mut chosen, &reply.payload);
        content = Some(Object::default().text("contentType", "ButtonResponse").object("buttonResponse", button(reply)));
    }
    if let Some(id) = &draft.attachment {
        choose(&mut chosen, id);
        let attachment = Object::default().text("id", id);
        content = Some(Object::default().text("contentType", "Attachment").object("attachment", attachment));
    }
    frame.push_str(r#"},"type":""#);
    frame.push_str(kind);
    frame.push('"');
    if let Some(content) = content {
        frame.push_str(r#","content":["#);
        frame.push_str(&content.finish());
        frame.push(']');
    }
    // In both places that clients use; each is known to be read.
    let channel = channel(draft);
    frame.push_str(&channel);
    frame.push('}');
    frame.push_str(&channel);
    frame.push('}');
    Content::with(text, Beside { frame, attributes: draft.attribute_bytes(), chosen, label })
}

fn button(reply: &Reply) -> Object {
    let button = Object::default().text("text", &reply.text).text("payload", &reply.payload);
    let button = button.text("type", reply.kind.name());
    match &reply.originating {
        Some(id) => button.text("originatingMessageId", id),
        None => button,
    }
}

fn channel(draft: &Draft) -> String {
    if draft.attributes.is_empty() {
        return String::new();
    }
    let attributes = draft.attributes.iter().fold(Object::default(), |all, (name, value)| all.text(name, value));
    let metadata = Object::default().object("customAttributes", attributes);
    let mut channel = String::from(r#","channel":"#);
    channel.push_str(&Object::default().object("metadata", metadata).finish());
    channel
}
