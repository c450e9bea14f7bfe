//! A small neutral value: what a frame, a REST body or an option is made of, whoever parsed it.
//! In the module the host's `JSON.parse` fills it; natively `serde_json` does.
//!
//! # Reading is tolerant by one rule
//! What a service says is read as tolerantly as its meaning allows, alike in every member of every frame and answer; the
//! accessors below are that rule (docs/reading.md tells it to users). Options and what an application sends are read strictly.
//! - Half a character reads as U+FFFD; a number that no double holds, and what nests deeper than
//!   [`VALUE_DEPTH`](crate::limits::VALUE_DEPTH), costs itself alone. Only bytes are a limit of the whole.
//! - `null` is as good as absent ([`Value::get`]).
//! - An id may be a text or a whole number ([`Value::id`]). One that is not exact, because a character of it was replaced or
//!   because doubles do not tell it from its neighbours, identifies nothing: what it names is told, and never matched,
//!   deduplicated or echoed.
//! - A number may be written as a text ([`Value::number`], [`Value::whole`], [`Value::code`]), and so may a flag
//!   ([`Value::flag`]).
//! - Letters' case tells nothing in a word of the service's ([`Value::is_word`]).
//! - Members and values that nobody knows are kept where the whole is told, and else ignored.

use crate::json::{decimal, digits};
use crate::limits;
use crate::text::split_once;
use std::borrow::Cow;

/// One JSON value. Numbers are doubles, as JavaScript has them.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A finite number.
    Number(f64),
    /// Text without lone surrogates.
    Text(String),
    /// An array.
    List(Vec<Value>),
    /// An object; a name stands once, unless two differ only in what was replaced.
    Map(Vec<(String, Value)>),
    /// Something that nested too deep and was left out.
    Cut,
}

/// Why a text is no value that we take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is not JSON.
    NotJson,
    /// It is longer than its limit.
    TooLarge,
    /// It is binary where text is spoken.
    Binary,
}

impl Unreadable {
    /// All of them.
    #[cfg(feature = "replay")]
    pub(crate) const ALL: [Self; 3] = [Self::NotJson, Self::TooLarge, Self::Binary];

    /// A stable name for records.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::TooLarge => "too_large",
            Self::Binary => "binary",
        }
    }
}

/// Why something has no name by which it could be known again: a word for audit records.
pub type Nameless = &'static str;

/// It was given none, or what cannot be one.
pub const NO_ID: Nameless = "no_id";
/// It was given one that others may have too.
pub const INEXACT_ID: Nameless = "inexact_id";

/// The largest whole number that doubles tell from its neighbours.
const EXACT: u64 = (1 << 53) - 1;

impl Value {
    /// A member of an object. One that is `null` is as good as absent.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let Self::Map(members) = self else { return None };
        let found = members.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        found.filter(|value| !matches!(value, Self::Null | Self::Cut))
    }

    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What something is called: a text, or a whole number in its digits.
    pub fn id(&self) -> Result<Cow<'_, str>, Nameless> {
        match self {
            // U+FFFD, byte by byte: the library's search is large.
            Self::Text(text) if text.as_bytes().windows(3).any(|part| part == b"\xef\xbf\xbd") => Err(INEXACT_ID),
            Self::Text(text) if (1..=limits::IDENTIFIER_BYTES).contains(&text.len()) => Ok(Cow::Borrowed(text)),
            Self::Number(number) if number.trunc() == *number && *number >= 0.0 => {
                let mut id = String::new();
                decimal(&mut id, *number as u64);
                if *number as u64 > EXACT { Err(INEXACT_ID) } else { Ok(Cow::Owned(id)) }
            }
            _ => Err(NO_ID),
        }
    }

    /// The number, if it is one, or a text of one: digits, with a point in them or without.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => {
                // The library's reader of doubles weighs more than all of this.
                let (whole, fraction) = split_once(text, b'.').unwrap_or((text, "0"));
                let mut part = digits(fraction.get(..9).unwrap_or(fraction), EXACT)? as f64;
                fraction.bytes().take(9).for_each(|_| part /= 10.0);
                Some(digits(whole, EXACT)? as f64 + part)
            }
            _ => None,
        }
    }

    /// The number, if it is a whole one from 0 to 2^53; a text of one as well.
    #[must_use]
    pub fn whole(&self) -> Option<u64> {
        const LARGEST: f64 = 9_007_199_254_740_992.0;
        let number = self.number()?;
        ((0.0..=LARGEST).contains(&number) && number.trunc() == number).then_some(number as u64)
    }

    /// A status, or the code of an error.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        self.whole().and_then(|code| u16::try_from(code).ok())
    }

    /// What a flag says.
    #[must_use]
    pub fn flag(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            _ if self.is_word("true") => Some(true),
            _ => self.is_word("false").then_some(false),
        }
    }

    /// Whether it is this word of the service's, in whatever letters.
    #[must_use]
    pub fn is_word(&self, word: &str) -> bool {
        self.text().is_some_and(|text| text.eq_ignore_ascii_case(word))
    }

    /// Whether something in it was left out.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        match self {
            Self::Cut => true,
            Self::List(items) => items.iter().any(Self::is_cut),
            Self::Map(members) => members.iter().any(|(_, member)| member.is_cut()),
            _ => false,
        }
    }
}

/// What something is called by a member that may not be there.
pub fn id(value: Option<&Value>) -> Result<Cow<'_, str>, Nameless> {
    value.map_or(Err(NO_ID), Value::id)
}

/// Reads a text natively. The module's reader is in `src/value.rs`; a test compares the two.
#[cfg(any(test, feature = "json"))]
pub fn read(text: &str, most: usize) -> Result<Value, Unreadable> {
    if text.len() > most {
        return Err(Unreadable::TooLarge);
    }
    native::parse(text).or_else(|_| native::parse(&native::repaired(text))).map_err(|_| Unreadable::NotJson)
}

#[cfg(any(test, feature = "json"))]
mod native {
    use super::Value;
    use crate::limits;
    use core::fmt;
    use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
    use std::collections::BTreeMap;

    pub(super) fn parse(text: &str) -> Result<Value, serde_json::Error> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let value = At(0).deserialize(&mut reader)?;
        reader.end().map(|()| value)
    }

    /// JSON as JavaScript's reader takes it and `serde_json` does not: half a character is U+FFFD here, and a number that no
    /// double holds is `null`.
    pub(super) fn repaired(text: &str) -> String {
        let unit = |at: usize| {
            let digits = text.get(at..)?.strip_prefix("\\u")?.get(..4)?;
            digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
        };
        let (mut out, mut at, mut quoted) = (String::with_capacity(text.len()), 0, false);
        while let Some(character) = text[at..].chars().next() {
            let mut length = character.len_utf8();
            match character {
                '"' => quoted = !quoted,
                '\\' => {
                    let pair = (unit(at), unit(at + 6));
                    length = match pair {
                        (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
                        (Some(0xd800..=0xdfff), _) => {
                            out.push('\u{fffd}');
                            at += 6;
                            continue;
                        }
                        _ => 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8),
                    };
                }
                '-' | '0'..='9' if !quoted => {
                    let of_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
                    length = text.as_bytes()[at..].iter().take_while(|byte| of_number(byte)).count();
                    let number = &text[at..at + length];
                    let is_one = serde_json::from_str::<IgnoredAny>(number).is_ok();
                    if is_one && number.parse::<f64>().is_ok_and(f64::is_infinite) {
                        out.push_str("null");
                        at += length;
                        continue;
                    }
                }
                _ => {}
            }
            out.push_str(&text[at..at + length]);
            at += length;
        }
        out
    }

    /// What stands so deep.
    struct At(usize);

    impl<'de> DeserializeSeed<'de> for At {
        type Value = Value;

        fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
            if self.0 >= limits::VALUE_DEPTH {
                return reader.deserialize_ignored_any(IgnoredAny).map(|_| Value::Cut);
            }
            reader.deserialize_any(self)
        }
    }

    impl<'de> Visitor<'de> for At {
        type Value = Value;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a JSON value")
        }

        fn visit_unit<E: Error>(self) -> Result<Value, E> {
            Ok(Value::Null)
        }

        fn visit_bool<E: Error>(self, it: bool) -> Result<Value, E> {
            Ok(Value::Bool(it))
        }

        fn visit_u64<E: Error>(self, it: u64) -> Result<Value, E> {
            Ok(Value::Number(it as f64))
        }

        fn visit_i64<E: Error>(self, it: i64) -> Result<Value, E> {
            Ok(Value::Number(it as f64))
        }

        fn visit_f64<E: Error>(self, it: f64) -> Result<Value, E> {
            Ok(Value::Number(it))
        }

        fn visit_str<E: Error>(self, it: &str) -> Result<Value, E> {
            Ok(Value::Text(it.to_owned()))
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
            let mut list = Vec::new();
            while let Some(item) = items.next_element_seed(At(self.0 + 1))? {
                list.push(item);
            }
            Ok(Value::List(list))
        }

        fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
            // Of a name that comes again the last one counts.
            let mut map = BTreeMap::new();
            while let Some(name) = members.next_key::<String>()? {
                map.insert(name, members.next_value_seed(At(self.0 + 1))?);
            }
            Ok(Value::Map(map.into_iter().collect()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn what_nests_too_deep_costs_itself_alone() {
        let text = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(!read(&text(32), 1 << 20).unwrap().is_cut());
        for depth in [33, 500, 100_000] {
            let value = read(&format!(r#"{{"content":"hello","deep":{}}}"#, text(depth)), 1 << 20).unwrap();
            assert!(value.is_cut());
            assert_eq!(value.get("content").and_then(Value::text), Some("hello"));
        }
        assert_eq!(read(&"[".repeat(100_000), 1 << 20), Err(Unreadable::NotJson), "not even then may it be no JSON");
    }

    #[test]
    fn half_a_character_is_read_as_a_replaced_one() {
        for (text, read_as) in [
            (r#""on its way \ud83d""#, "on its way \u{fffd}"),
            (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
            (r#""\uD83D\ude00\udbff\\ud83d""#, "😀\u{fffd}\\ud83d"),
            (r#""\ud83d\ud83d\ude00\"\u00e9""#, "\u{fffd}😀\"é"),
            (r#""1e999 \ud83dx\ude00""#, "1e999 \u{fffd}x\u{fffd}"),
        ] {
            assert_eq!(read(text, 100), Ok(Value::Text(read_as.to_owned())), "{text}");
        }
        let named = read(r#"{"\ud800":1}"#, 100).unwrap();
        assert_eq!(named.get("\u{fffd}").and_then(Value::whole), Some(1));
        for text in [r#""\ud83"#, r#""\ud83d"#, r#"\ud83d"#, r#"{"a":\ud83d}"#, r#""\ud8zz""#, "\"\\é\"", "\"\\"] {
            assert_eq!(read(text, 100), Err(Unreadable::NotJson), "{text}");
        }
    }

    #[test]
    fn a_number_that_no_double_holds_is_as_good_as_absent() {
        let value = read(r#"{"code":1e999,"list":[-1e400,1],"content":"1e999"}"#, 100).unwrap();
        assert_eq!(value.get("code"), None);
        assert_eq!(value.get("list"), Some(&Value::List(vec![Value::Null, Value::Number(1.0)])));
        assert_eq!(value.get("content").and_then(Value::text), Some("1e999"));
        assert_eq!(read("9007199254740993", 100), Ok(Value::Number(9_007_199_254_740_992.0)));
        for text in ["01e999", "1e999e", "-", "1e", "--1e999"] {
            assert_eq!(read(text, 100), Err(Unreadable::NotJson), "{text}");
        }
    }

    #[test]
    fn an_id_is_a_text_or_a_whole_number_and_names_one_thing_only_if_it_is_exact() {
        for (text, id) in [
            (r#""m-1""#, Ok("m-1")),
            ("4711", Ok("4711")),
            ("0", Ok("0")),
            ("9007199254740991", Ok("9007199254740991")),
            ("9007199254740992", Err(INEXACT_ID)),
            ("1524831183200260097", Err(INEXACT_ID)),
            ("1e300", Err(INEXACT_ID)),
            (r#""m-\ud83d""#, Err(INEXACT_ID)),
            ("\"\u{fffd}\"", Err(INEXACT_ID)),
            (r#""""#, Err(NO_ID)),
            ("1.5", Err(NO_ID)),
            ("-1", Err(NO_ID)),
            ("true", Err(NO_ID)),
            ("[]", Err(NO_ID)),
        ] {
            assert_eq!(read(text, 100).unwrap().id().as_deref(), id.as_deref(), "{text}");
        }
        assert_eq!(id(None), Err(NO_ID));
        let long = Value::Text("x".repeat(limits::IDENTIFIER_BYTES + 1));
        assert_eq!(long.id(), Err(NO_ID));
    }

    #[test]
    fn numbers_and_flags_may_be_written_as_texts() {
        for (text, number, whole) in [
            (r#""3600""#, Some(3_600.0), Some(3_600)),
            (r#""0.25""#, Some(0.25), None),
            (r#""1.000000000001""#, Some(1.0), Some(1)),
            (r#""7.0""#, Some(7.0), Some(7)),
            (r#""007""#, Some(7.0), Some(7)),
            (r#""99999999999999999999""#, None, None),
            (r#""""#, None, None),
            (r#"".""#, None, None),
            (r#""1.""#, None, None),
            (r#""-1""#, None, None),
            (r#""1e3""#, None, None),
            (r#""1.2.3""#, None, None),
            (r#""12 s""#, None, None),
            ("\"0.99999999é\"", None, None),
            ("true", None, None),
        ] {
            let value = read(text, 100).unwrap();
            assert_eq!((value.number(), value.whole()), (number, whole), "{text}");
        }
        for (text, flag) in [
            ("true", Some(true)),
            (r#""true""#, Some(true)),
            (r#""False""#, Some(false)),
            ("false", Some(false)),
            ("1", None),
            (r#""yes""#, None),
        ] {
            assert_eq!(read(text, 100).unwrap().flag(), flag, "{text}");
        }
        assert_eq!(read(r#""429""#, 100).unwrap().code(), Some(429));
        assert_eq!(read("70000", 100).unwrap().code(), None);
    }

    #[test]
    fn null_is_as_good_as_absent() {
        let value = read(r#"{"a":null,"b":0}"#, 100).unwrap();
        assert_eq!((value.get("a"), value.get("b").is_some(), value.get("c")), (None, true, None));
    }

    #[test]
    fn a_repeated_name_counts_once_and_the_last_wins() {
        let value = read(r#"{"a":1,"a":2}"#, 100).unwrap();
        assert_eq!(value.get("a").and_then(Value::whole), Some(2));
    }

    #[test]
    fn whole_numbers_are_whole_and_not_negative() {
        for (text, whole) in [("3600", Some(3600)), ("0", Some(0)), ("-1", None), ("1.5", None), ("1e30", None)] {
            assert_eq!(read(text, 100).unwrap().whole(), whole, "{text}");
        }
    }
}
