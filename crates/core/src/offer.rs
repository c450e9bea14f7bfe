//! What a guest says of an offer: of co-browsing, or of a video call (web-messaging.md, 3.3).

use crate::error::SendError;
use crate::limits;
use crate::value::Value;

/// See the module. It has no `Debug` form: an id may open a session.
#[derive(Clone, PartialEq, Eq)]
pub struct OfferAnswer {
    /// Of a video call; else of co-browsing.
    pub video: bool,
    /// The guest takes it.
    pub accepted: bool,
    /// The offer's id, where it has one.
    pub id: Option<String>,
}

impl OfferAnswer {
    /// Reads what the application gave.
    pub fn from_value(value: &Value) -> Result<Self, SendError> {
        let Value::Map(members) = value else { return Err(SendError::BadContent("an offer's answer is an object")) };
        let (mut video, mut accepted, mut given) = (None, None, None);
        for (place, (name, value)) in members.iter().enumerate() {
            match (name.as_str(), value) {
                ("kind", Value::Text(kind)) if kind == "Video" => video = Some(true),
                ("kind", Value::Text(kind)) if kind == "CoBrowse" => video = Some(false),
                ("accepted", &Value::Bool(it)) => accepted = Some(it),
                ("id", Value::Text(id)) if (1..=limits::IDENTIFIER_BYTES).contains(&id.len()) => {
                    given = Some(id.clone());
                }
                ("id", Value::Null) => {}
                ("id", _) => return Err(SendError::BadContent("id is no id")),
                ("kind" | "accepted", _) => {}
                _ => return Err(SendError::UnknownMember(place)),
            }
        }
        Ok(Self {
            video: video.ok_or(SendError::BadContent("kind is neither CoBrowse nor Video"))?,
            accepted: accepted.ok_or(SendError::BadContent("accepted is neither true nor false"))?,
            id: given,
        })
    }
}
