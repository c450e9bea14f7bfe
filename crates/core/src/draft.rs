//! What a guest wants to say: a text, and what can stand beside it where the service knows more than texts. How it
//! stands on the wire is the dialect's business.

use crate::error::SendError;
use crate::limits;
use crate::value::Value;

/// See the module. It has no `Debug` form: all of it is content.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// The text.
    pub text: String,
    /// Custom attributes: names and values.
    pub attributes: Vec<(String, String)>,
    /// The answer to what the service offered.
    pub reply: Option<Reply>,
    /// The id of a file that was uploaded.
    pub attachment: Option<String>,
}

/// What the guest chose. See [`Draft::reply`].
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// Of what it was one.
    pub kind: ReplyKind,
    /// What the guest saw.
    pub text: String,
    /// What it means to the service.
    pub payload: String,
    /// The id of the message that offered it.
    pub originating: Option<String>,
}

/// What a guest can choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyKind {
    /// Quick replies.
    QuickReply,
    /// The buttons of a card or a carousel.
    Button,
    /// The dates or times of a date picker.
    DatePicker,
}

impl ReplyKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::QuickReply, Self::Button, Self::DatePicker];

    /// What it is called on the wire (web-messaging.md, 2).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::QuickReply => "QuickReply",
            Self::Button => "Button",
            Self::DatePicker => "DatePicker",
        }
    }

    /// The member of a draft that holds one.
    fn of_member(name: &str) -> Option<Self> {
        match name {
            "quickReply" => Some(Self::QuickReply),
            "button" => Some(Self::Button),
            "datePicker" => Some(Self::DatePicker),
            _ => None,
        }
    }
}

impl Draft {
    /// A text and nothing else.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    /// Whether there is nothing beside the text.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.attributes.is_empty() && self.reply.is_none() && self.attachment.is_none()
    }

    /// Reads what the application gave: a text, or an object with the members of a draft.
    pub fn from_value(value: &Value) -> Result<Self, SendError> {
        let members = match value {
            Value::Text(text) => return Ok(Self::text(text)),
            Value::Map(members) => members,
            _ => return Err(SendError::Malformed),
        };
        let mut draft = Self::default();
        for (place, (name, value)) in members.iter().enumerate() {
            match (name.as_str(), value) {
                ("text", Value::Text(text)) => draft.text.clone_from(text),
                ("attachment", Value::Text(id)) => draft.attachment = Some(id.clone()),
                ("attributes", Value::Map(attributes)) => {
                    for (name, value) in attributes {
                        let value =
                            value.text().ok_or(SendError::BadContent("attributes has a value that is no text"))?;
                        draft.attributes.push((name.clone(), value.to_owned()));
                    }
                }
                ("text", _) => return Err(SendError::BadContent("text is no well-formed text")),
                ("attachment", _) => return Err(SendError::BadContent("attachment is no id")),
                ("attributes", _) => return Err(SendError::BadContent("attributes is no object of texts")),
                (name, value) => {
                    let kind = ReplyKind::of_member(name).ok_or(SendError::UnknownMember(place))?;
                    if draft.reply.replace(Reply::read(kind, value)?).is_some() {
                        return Err(ALONE);
                    }
                }
            }
        }
        Ok(draft)
    }

    /// Whether it can be sent by its form and size: no part has more than `most` bytes of UTF-8, the attributes no more
    /// than `attributes`.
    pub(crate) fn check(&self, most: usize, attributes: usize) -> Result<(), SendError> {
        let empty = self.text.is_empty() && self.attachment.is_none();
        match &self.reply {
            None if empty => return Err(SendError::Empty),
            Some(_) if !empty => return Err(ALONE),
            Some(reply) => reply.check(most)?,
            None => {}
        }
        let id = self.attachment.as_deref();
        if id.is_some_and(|id| !(1..=limits::IDENTIFIER_BYTES).contains(&id.len())) {
            return Err(SendError::BadContent("attachment is no id"));
        }
        if self.text.len() > most {
            return Err(SendError::TooLarge);
        }
        if self.attributes.len() > limits::ATTRIBUTES || self.attribute_bytes() > attributes {
            return Err(SendError::AttributesTooLarge);
        }
        Ok(())
    }

    /// How the service counts them: bytes of UTF-8 of names and values (web-messaging.md, 5.4).
    pub(crate) fn attribute_bytes(&self) -> usize {
        self.attributes.iter().map(|(name, value)| name.len() + value.len()).sum()
    }
}

const ALONE: SendError = SendError::BadContent("a reply stands alone, with no text, file or second reply");

impl Reply {
    fn read(kind: ReplyKind, value: &Value) -> Result<Self, SendError> {
        let wrong = SendError::BadContent("a reply has text, payload and originatingMessageId, each a text");
        let Value::Map(members) = value else { return Err(wrong) };
        let mut reply = Self { kind, text: String::new(), payload: String::new(), originating: None };
        for (name, value) in members {
            let text = value.text().ok_or(wrong)?.to_owned();
            match name.as_str() {
                "text" => reply.text = text,
                "payload" => reply.payload = text,
                "originatingMessageId" => reply.originating = Some(text),
                _ => return Err(wrong),
            }
        }
        Ok(reply)
    }

    fn check(&self, most: usize) -> Result<(), SendError> {
        if self.text.is_empty() || self.payload.is_empty() {
            return Err(SendError::BadContent("a reply has no text or no payload"));
        }
        let id = self.originating.as_deref();
        if id.is_some_and(|id| !(1..=limits::IDENTIFIER_BYTES).contains(&id.len())) {
            return Err(SendError::BadContent("originatingMessageId is no id"));
        }
        if self.text.len().max(self.payload.len()) > most { Err(SendError::TooLarge) } else { Ok(()) }
    }
}
