//! Text that people wrote. It stands on the wire, in the buffer and in the application; nowhere else.

use crate::checkpoint::{Keep, Writer};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};
use crate::json;
use core::fmt;
use core::ops::Deref;

/// What a guest or an agent wrote. Its `Debug` form shows its length only, and a checkpoint what the
/// client's ways depend on: how long it is, and how long its JSON form.
#[derive(Clone, PartialEq, Eq)]
pub struct Content(String);

impl Content {
    /// Wraps a text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// Its length as it is, and between the quotes of a JSON text, both in bytes of UTF-8.
    #[must_use]
    pub fn lengths(text: &str) -> (usize, usize) {
        (text.len(), json::quoted_len(text))
    }

    /// A text that says nothing, with these lengths; none: no text has them.
    #[cfg(feature = "replay")]
    #[must_use]
    pub fn filler(bytes: usize, quoted: usize) -> Option<Self> {
        // In JSON a control character is five bytes longer than in the text, a quotation mark one.
        let longer = quoted.checked_sub(bytes)?;
        let (controls, quotes) = (longer / 5, longer % 5);
        let plain = bytes.checked_sub(controls + quotes)?;
        Some(Self("\u{1}".repeat(controls) + &"\"".repeat(quotes) + &"x".repeat(plain)))
    }
}

impl From<Content> for String {
    fn from(content: Content) -> Self {
        content.0
    }
}

impl Deref for Content {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} bytes]", self.0.len())
    }
}

impl Keep for Content {
    fn keep(&self, to: &mut Writer) {
        let (bytes, quoted) = Self::lengths(self);
        to.number(bytes as u64);
        to.number(quoted as u64);
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut length = || from.place(crate::limits::FILLER_BYTES);
        let (bytes, quoted) = (length()?, length()?);
        let left = from.content.checked_sub(bytes);
        from.content = left.ok_or(Malformed("the checkpoint has more content than a client holds"))?;
        Self::filler(bytes, quoted).ok_or(Malformed("the checkpoint has a content that cannot be"))
    }
}

#[cfg(all(test, feature = "replay"))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    proptest! {
        #[test]
        fn filler_is_as_long_as_what_it_stands_for_on_the_wire_too(text in "[a-z\"\\\\\n\t\u{0}-\u{1f}é😀]{0,60}") {
            let (bytes, quoted) = Content::lengths(&text);
            let filler = Content::filler(bytes, quoted).unwrap();
            prop_assert_eq!(Content::lengths(&filler), (bytes, quoted));
        }
    }
}
