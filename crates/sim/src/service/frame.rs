//! Frames as the shell carries them, whichever service speaks.

/// A frame to a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A text frame; every frame of the contract is one.
    Text(String),
    /// A binary frame; only a `raw_frame` fault sends one.
    Binary(Vec<u8>),
}

impl Frame {
    /// The frame cut in half, so that it is no longer JSON.
    pub(super) fn corrupted(self) -> Self {
        match self {
            Self::Text(mut text) => {
                let half = text.floor_char_boundary(text.len() / 2);
                text.truncate(half);
                Self::Text(text)
            }
            Self::Binary(mut bytes) => {
                bytes.truncate(bytes.len() / 2);
                Self::Binary(bytes)
            }
        }
    }
}

/// A frame from a guest.
#[derive(Clone, Copy)]
pub enum Incoming<'a> {
    /// A text frame.
    Text(&'a str),
    /// A binary frame, which neither service knows.
    Binary,
    /// A frame over the limit, of which no more than that is known.
    TooLarge,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_corrupted_frame_is_still_text_but_no_longer_json() {
        let frame = Frame::Text(json!({ "content": "grüße 🦀🦀🦀🦀" }).to_string()).corrupted();
        let Frame::Text(text) = frame else { panic!("text stays text") };
        assert!(serde_json::from_str::<Value>(&text).is_err());
    }
}
