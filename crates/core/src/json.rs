//! Writes the few JSON objects that we send. Reading is the host's job (see [`crate::value`]).

/// An object under construction.
#[derive(Debug)]
pub(crate) struct Object(String);

impl Default for Object {
    fn default() -> Self {
        Self(String::from("{"))
    }
}

impl Object {
    /// A text member.
    #[must_use]
    pub(crate) fn text(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        quote(&mut self.0, value);
        self
    }

    /// A whole number.
    #[must_use]
    pub(crate) fn whole(mut self, name: &str, value: u64) -> Self {
        self.name(name);
        decimal(&mut self.0, value);
        self
    }

    /// `true` or `false`.
    #[must_use]
    pub(crate) fn bool(mut self, name: &str, value: bool) -> Self {
        self.name(name);
        self.0.push_str(if value { "true" } else { "false" });
        self
    }

    /// An object in this one.
    #[must_use]
    pub(crate) fn object(mut self, name: &str, value: Object) -> Self {
        self.name(name);
        self.0.push_str(&value.finish());
        self
    }

    /// What is JSON already.
    #[must_use]
    pub(crate) fn json(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        self.0.push_str(value);
        self
    }

    /// A list of one object.
    #[must_use]
    pub(crate) fn list_of(mut self, name: &str, value: Object) -> Self {
        self.name(name);
        self.0.push('[');
        self.0.push_str(&value.finish());
        self.0.push(']');
        self
    }

    /// The text, open at its end.
    #[must_use]
    pub(crate) fn open(self) -> String {
        self.0
    }

    /// The text.
    #[must_use]
    pub(crate) fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        quote(&mut self.0, name);
        self.0.push(':');
    }
}

/// A number of decimal digits, and nothing else, up to `most`. The one reader of them: each type's own weighs as much again.
#[inline(never)]
pub(crate) fn digits(text: &str, most: u64) -> Option<u64> {
    let mut number: u64 = 0;
    for byte in text.bytes() {
        let digit = u64::from(byte.wrapping_sub(b'0'));
        // Not a checked product: that is one of 128 bits.
        if digit > 9 || number > most.checked_sub(digit)? / 10 {
            return None;
        }
        number = number * 10 + digit;
    }
    (!text.is_empty()).then_some(number)
}

/// A whole number. `to_string` brings the formatting machinery with it, which weighs more than a part of the client.
pub(crate) fn decimal(out: &mut String, number: u64) {
    if number > 9 {
        decimal(out, number / 10);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}

/// RFC 8259, 7: quotes, backslashes and control characters are escaped.
pub(crate) fn quote(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => {
                out.push_str("\\u00");
                for digit in [u32::from(control) >> 4, u32::from(control) & 15] {
                    out.push(char::from_digit(digit, 16).unwrap_or('0'));
                }
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

/// Whether a token is one that stands in JSON as it is.
pub(crate) fn is_plain(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'))
}

/// How long a text is between the quotes.
pub(crate) fn quoted_len(text: &str) -> usize {
    let mut quoted = String::new();
    quote(&mut quoted, text);
    quoted.len() - 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Value, read};
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    proptest! {
        #![proptest_config(crate::drawn::examples())]

        #[test]
        fn whatever_the_guest_types_arrives_as_typed(content: String) {
            let frame = Object::default().text("content", &content).whole("n", 7).bool("b", true).finish();
            let value = read(&frame, usize::MAX).unwrap();
            prop_assert_eq!(value.get("content").and_then(Value::text), Some(content.as_str()));
        }
    }
}
