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
    pub attributes: Attributes,
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
    /// What was chosen, in order: of a list picker perhaps several, of a form what each field was given; else one.
    pub choices: Vec<Choice>,
    /// The id of the message that offered it.
    pub originating: Option<String>,
    /// What the offer wants to be said with the choices of a list picker, or with a form.
    pub text: String,
    /// Of a form: its `cannedResponseId`.
    pub form: String,
}

/// One choice, or one field of a form.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// Of a form: the id of the field.
    pub id: String,
    /// What the guest saw.
    pub text: String,
    /// What it means to the service.
    pub payload: String,
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
    /// The items of a list picker.
    ListPicker,
    /// The fields of a form.
    Form,
}

impl ReplyKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::QuickReply, Self::Button, Self::DatePicker, Self::ListPicker, Self::Form];

    /// What it is called on the wire (web-messaging.md, 2).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::QuickReply => "QuickReply",
            Self::Button => "Button",
            Self::DatePicker => "DatePicker",
            Self::ListPicker => "ListPicker",
            Self::Form => "Form",
        }
    }

    /// The member of a draft that holds one.
    fn of_member(name: &str) -> Option<Self> {
        match name {
            "quickReply" => Some(Self::QuickReply),
            "button" => Some(Self::Button),
            "datePicker" => Some(Self::DatePicker),
            "listPicker" => Some(Self::ListPicker),
            "form" => Some(Self::Form),
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
                ("attributes", given) => draft.attributes = attributes(given)?,
                ("text", _) => return Err(SendError::BadContent("text is no well-formed text")),
                ("attachment", _) => return Err(SendError::BadContent("attachment is no id")),
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
        check_attributes(&self.attributes, attributes)
    }
}

/// Custom attributes: names and values.
pub type Attributes = Vec<(String, String)>;

/// Reads an object of texts.
pub fn attributes(given: &Value) -> Result<Attributes, SendError> {
    let Value::Map(members) = given else { return Err(SendError::BadContent("attributes is no object of texts")) };
    let mut attributes = Vec::new();
    for (name, value) in members {
        let value = value.text().ok_or(SendError::BadContent("attributes has a value that is no text"))?;
        attributes.push((name.clone(), value.to_owned()));
    }
    Ok(attributes)
}

/// How the service counts them: bytes of UTF-8 of names and values (web-messaging.md, 5.4).
pub(crate) fn attribute_bytes(attributes: &[(String, String)]) -> usize {
    attributes.iter().map(|(name, value)| name.len() + value.len()).sum()
}

/// All of them as one text: how long it is decides what follows, not what it says.
pub(crate) fn joined(attributes: &[(String, String)]) -> String {
    let mut all = String::new();
    for (name, value) in attributes {
        all.push_str(name);
        all.push_str(value);
    }
    all
}

/// So many that are as long together as this: the first stands for all.
#[cfg(feature = "replay")]
pub(crate) fn stand_in(count: usize, all: crate::content::Content) -> Attributes {
    let mut attributes = vec![(String::new(), String::new()); count];
    if let Some(first) = attributes.first_mut() {
        first.1 = String::from(all);
    }
    attributes
}

/// Whether they are no more than this many bytes.
pub(crate) fn check_attributes(attributes: &[(String, String)], most: usize) -> Result<(), SendError> {
    if attributes.len() > limits::ATTRIBUTES || attribute_bytes(attributes) > most {
        return Err(SendError::AttributesTooLarge);
    }
    Ok(())
}

const ALONE: SendError = SendError::BadContent("a reply stands alone, with no text, file or second reply");

impl Reply {
    fn read(kind: ReplyKind, value: &Value) -> Result<Self, SendError> {
        let wrong = SendError::BadContent(match kind {
            ReplyKind::ListPicker => {
                "listPicker has choices, each with text and payload, originatingMessageId and text"
            }
            ReplyKind::Form => {
                "form has fields, each with id, text and payload, cannedResponseId, originatingMessageId and text"
            }
            _ => "a reply has text, payload and originatingMessageId, each a text",
        });
        let Value::Map(members) = value else { return Err(wrong) };
        let single = !matches!(kind, ReplyKind::ListPicker | ReplyKind::Form);
        let mut reply = Self { kind, choices: Vec::new(), originating: None, text: String::new(), form: String::new() };
        if single {
            reply.choices.push(Choice::read(members, ORIGINATING).ok_or(wrong)?);
        }
        for (name, value) in members {
            match (name.as_str(), value) {
                (ORIGINATING, Value::Text(id)) => reply.originating = Some(id.clone()),
                ("text" | "payload", _) if single => {}
                ("text", Value::Text(text)) => reply.text.clone_from(text),
                ("cannedResponseId", Value::Text(id)) if kind == ReplyKind::Form => reply.form.clone_from(id),
                ("choices" | "fields", Value::List(all)) if (name == "fields") == (kind == ReplyKind::Form) => {
                    for one in all {
                        let Value::Map(members) = one else { return Err(wrong) };
                        reply.choices.push(Choice::read(members, "id").ok_or(wrong)?);
                    }
                }
                _ => return Err(wrong),
            }
        }
        Ok(reply)
    }

    fn check(&self, most: usize) -> Result<(), SendError> {
        let several = matches!(self.kind, ReplyKind::ListPicker | ReplyKind::Form);
        if self.choices.is_empty() || self.choices.len() > limits::CHOICES {
            return Err(SendError::BadContent("choices or fields are none, or more than are taken"));
        }
        let form = self.kind == ReplyKind::Form;
        // A field that the guest left empty goes with the others.
        let empty = |it: &Choice| if form { it.id.is_empty() } else { it.text.is_empty() || it.payload.is_empty() };
        if self.choices.iter().any(empty) {
            return Err(SendError::BadContent("a reply has no text or no payload, or a field no id"));
        }
        let is_id = |id: &str| (1..=limits::IDENTIFIER_BYTES).contains(&id.len());
        if self.originating.as_deref().is_some_and(|id| !is_id(id)) || several && self.originating.is_none() {
            return Err(SendError::BadContent("originatingMessageId is no id"));
        }
        if form && !is_id(&self.form) {
            return Err(SendError::BadContent("cannedResponseId is no id"));
        }
        let mut bytes = self.text.len();
        for Choice { id, text, payload } in &self.choices {
            if text.len().max(payload.len()) > most || form && id.len() > limits::IDENTIFIER_BYTES {
                return Err(SendError::TooLarge);
            }
            bytes += text.len() + payload.len() + if form { id.len() } else { 0 };
        }
        let bytes_most = limits::REPLY_BYTES.max(2 * most);
        if self.text.len() > most || bytes > bytes_most { Err(SendError::TooLarge) } else { Ok(()) }
    }
}

const ORIGINATING: &str = "originatingMessageId";

impl Choice {
    /// `third`: the name of the third member that may be there.
    fn read(members: &[(String, Value)], third: &str) -> Option<Self> {
        let mut choice = Self::default();
        for (name, value) in members {
            let place = match name.as_str() {
                "text" => &mut choice.text,
                "payload" => &mut choice.payload,
                name if name == third => &mut choice.id,
                _ => return None,
            };
            value.text()?.clone_into(place);
        }
        Some(choice)
    }
}
