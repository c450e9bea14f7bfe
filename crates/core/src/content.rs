//! Text that people wrote. It stands on the wire, in the buffer and in the application; nowhere else.

use crate::built;
use crate::checkpoint::{Keep, Writer};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};
use crate::json;
#[cfg(feature = "replay")]
use crate::limits;
use core::fmt;
use core::ops::Deref;

/// What a guest or an agent wrote. Its `Debug` form shows its length only, and a checkpoint what the
/// client's ways depend on: how long it is, and how long its JSON form.
#[derive(Clone, PartialEq, Eq)]
pub struct Content {
    text: String,
    beside: Option<Box<Beside>>,
}

/// What stands beside a text: attributes, a reply, a file.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Beside {
    /// What follows the text in its frame, as the dialect wrote it; nothing, where it was received.
    pub frame: String,
    /// Bytes of the custom attributes.
    pub attributes: usize,
    /// What was chosen or attached: payloads and ids of files.
    pub chosen: String,
    /// What the guest saw of what was chosen.
    pub label: String,
}

impl Content {
    /// Wraps a text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self { text, beside: None }
    }

    /// Wraps a text, with what stands beside it.
    #[must_use]
    pub fn with(text: String, beside: Beside) -> Self {
        Self { text, beside: Some(Box::new(beside)) }
    }

    /// What stands beside the text.
    #[must_use]
    pub fn beside(&self) -> Option<&Beside> {
        self.beside.as_deref().filter(|_| built::WEB_MESSAGING)
    }

    /// Bytes that it takes, all in all.
    #[must_use]
    pub fn weight(&self) -> usize {
        let beside = self.beside().map_or(0, |it| it.frame.len() + it.chosen.len() + it.label.len());
        self.text.len() + beside
    }

    /// Whether an entry of a history that says `other` may be this message. What was chosen tells it; a history that
    /// does not show that may show what the guest saw, or the text.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.likenesses().iter().any(|one| Plain(one).eq(Plain(other.likeness())))
    }

    /// What an entry of a history is told by.
    pub(crate) fn likeness(&self) -> &str {
        let chosen = self.beside().map_or("", |it| &it.chosen);
        if chosen.is_empty() { self } else { chosen }
    }

    /// As what this message may stand in a history.
    pub(crate) fn likenesses(&self) -> [&str; 3] {
        let label = self.beside().map_or("", |it| &it.label);
        [self.likeness(), self, if label.is_empty() { self } else { label }]
    }

    /// The hash (FNV-1a) of what is alike of alike texts.
    pub(crate) fn mark(text: &str) -> u64 {
        let add = |hash: u64, one: char| (hash ^ u64::from(u32::from(one))).wrapping_mul(0x0100_0000_01b3);
        Plain(text).fold(0xcbf2_9ce4_8422_2325, add)
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
        Some(Self::new("\u{1}".repeat(controls) + &"\"".repeat(quotes) + &"x".repeat(plain)))
    }
}

/// The characters of a text that are left whichever way a service writes it anew: with other white space or none, without
/// what takes no room, escaped as HTML once, twice, or not at all. What else services do to texts (composed letters, Markdown,
/// shortcodes, an end that is cut off) takes tables that are larger than the client.
struct Plain<'a>(&'a str);

impl Iterator for Plain<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        const ESCAPES: [(&str, char); 5] =
            [("lt;", '<'), ("gt;", '>'), ("quot;", '"'), ("apos;", '\''), ("nbsp;", ' ')];
        loop {
            let mut rest = self.0.chars();
            let mut one = rest.next()?;
            self.0 = rest.as_str();
            if one == '&' {
                while let Some(behind) = self.0.strip_prefix("amp;") {
                    self.0 = behind;
                }
                if let Some((meant, behind)) = numbered(self.0) {
                    (one, self.0) = (meant, behind);
                }
                for (escape, meant) in ESCAPES {
                    if let Some(behind) = self.0.strip_prefix(escape).filter(|_| one == '&') {
                        (one, self.0) = (meant, behind);
                    }
                }
            }
            // The separator of what was chosen is neither.
            let none = matches!(one, '\0'..='\x1e' | ' ' | '\x7f'..='\u{a0}' | '\u{ad}' | '\u{1680}' | '\u{180e}'
                | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}' | '\u{3000}'
                | '\u{fe00}'..='\u{fe0f}' | '\u{feff}');
            if !none {
                return Some(one);
            }
        }
    }
}

/// `#39;` or `#x27;`: the character, and what stands behind it.
fn numbered(text: &str) -> Option<(char, &str)> {
    let text = text.strip_prefix('#')?;
    let end = text.bytes().take(8).position(|byte| byte == b';')?;
    let (number, behind) = (&text[..end], &text[end + 1..]);
    let (base, number) = number.strip_prefix(['x', 'X']).map_or((10, number), |number| (16, number));
    let mut code = 0;
    for digit in number.chars() {
        code = code * base + digit.to_digit(base).filter(|_| code <= 0x10_ffff)?;
    }
    Some((char::from_u32(code).filter(|_| !number.is_empty())?, behind))
}

impl From<Content> for String {
    fn from(content: Content) -> Self {
        content.text
    }
}

impl Deref for Content {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} bytes]", self.weight())
    }
}

impl Keep for Content {
    fn keep(&self, to: &mut Writer) {
        let (bytes, quoted) = Self::lengths(self);
        to.number(bytes as u64);
        to.number(quoted as u64);
        self.beside().is_some().keep(to);
        if let Some(beside) = self.beside() {
            let Beside { frame, attributes, chosen, label } = beside;
            for length in [frame.len(), chosen.len(), label.len(), *attributes] {
                length.keep(to);
            }
        }
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut length = || from.place(limits::FILLER_BYTES);
        let (bytes, quoted) = (length()?, length()?);
        from.stands_for(bytes)?;
        let mut content =
            Self::filler(bytes, quoted).ok_or(Malformed("the checkpoint has a content that cannot be"))?;
        if bool::restore(from)? {
            let mut text = || {
                let length = from.place(limits::FILLER_BYTES)?;
                from.stands_for(length).map(|()| "x".repeat(length))
            };
            let (frame, chosen, label) = (text()?, text()?, text()?);
            content.beside = Some(Box::new(Beside { frame, chosen, label, attributes: Keep::restore(from)? }));
        }
        Ok(content)
    }
}

#[cfg(all(test, feature = "replay"))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    proptest! {
        #![proptest_config(crate::drawn::examples())]

        #[test]
        fn filler_is_as_long_as_what_it_stands_for_on_the_wire_too(text in "[a-z\"\\\\\n\t\u{0}-\u{1f}é😀]{0,60}") {
            let (bytes, quoted) = Content::lengths(&text);
            let filler = Content::filler(bytes, quoted).unwrap();
            prop_assert_eq!(Content::lengths(&filler), (bytes, quoted));
        }
    }
}
