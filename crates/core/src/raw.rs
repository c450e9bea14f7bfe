//! The words in which a service wrote a body: for applications that need more than a double holds (docs/streams.md).

use crate::checkpoint::{Keep, Writer};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};
use core::fmt;

/// How a body was written, and where it stands in its frame. Its `Debug` form shows nothing of it, and a checkpoint and a trace neither:
/// what the client does never depends on it.
#[derive(Clone, Default, PartialEq)]
pub struct Raw {
    /// As which member; none: it is the frame.
    member: Option<&'static str>,
    text: Option<String>,
}

impl Raw {
    /// What stands as this member; none: the frame itself. Nothing is kept of it yet.
    #[must_use]
    pub fn member(member: Option<&'static str>) -> Self {
        Self { member, text: None }
    }

    /// Keeps it, from the frame's text where that was kept: `null` where nothing stands there.
    pub fn quote(&mut self, frame: Option<&str>) {
        let Some(frame) = frame else { return };
        let words = self.member.map_or(frame.trim_ascii(), |name| member(frame, name).unwrap_or("null"));
        self.text = Some(words.to_owned());
    }

    /// The words, where they were kept.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Keep for Raw {
    fn keep(&self, _: &mut Writer) {}

    #[cfg(feature = "replay")]
    fn restore(_: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self::default())
    }
}

/// The last member of this name in an object's text, as `JSON.parse` takes the last. The text was read as JSON before; of anything
/// else the answer means nothing. `name`: ASCII letters and digits.
fn member<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = json.as_bytes();
    let at = |rest: &[u8]| json.len() - rest.len();
    let mut found = None;
    // Where the value begins that is being walked over; none: it is not in the outermost object, or has another name.
    let mut begins = None;
    let (mut depth, mut is_it) = (0_usize, false);
    while let [first, after @ ..] = rest {
        let here = at(rest);
        rest = after;
        match first {
            b'"' => {
                let inside = text(after);
                rest = after.get(inside.len() + 1..).unwrap_or_default();
                // A value is a text too, but then the name is known.
                if depth == 1 && begins.is_none() {
                    is_it = is_named(inside, name);
                }
            }
            b':' if depth == 1 => begins = Some(here + 1),
            b'{' | b'[' => depth += 1,
            b',' | b'}' | b']' => {
                if depth == 1 {
                    let value = begins.take().filter(|_| is_it).and_then(|begins| json.get(begins..here));
                    found = value.map(str::trim_ascii).or(found);
                }
                if *first != b',' {
                    depth = depth.saturating_sub(1);
                }
            }
            _ => {}
        }
    }
    found
}

/// A JSON string's inside, from behind its first quote.
fn text(json: &[u8]) -> &[u8] {
    let mut escaped = false;
    let is_end = |&byte: &u8| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    };
    json.split(is_end).next().unwrap_or_default()
}

/// Whether a JSON string's inside spells this name, of which each letter may be escaped.
fn is_named(mut spelled: &[u8], name: &str) -> bool {
    for &byte in name.as_bytes() {
        spelled = match spelled {
            [b'\\', b'u', b'0', b'0', high, low, rest @ ..] if digit(*high) << 4 | digit(*low) == u32::from(byte) => {
                rest
            }
            [first, rest @ ..] if *first == byte => rest,
            _ => return false,
        };
    }
    spelled.is_empty()
}

fn digit(hex: u8) -> u32 {
    char::from(hex).to_digit(16).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value as Json;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// JSON texts as anybody may write them: white space anywhere, letters escaped, names twice.
    fn json(depth: u32) -> BoxedStrategy<String> {
        let space = prop::sample::select(vec!["", "", "", " ", "\n", "\t \r"]);
        let scalar = prop_oneof![
            Just("null".to_owned()),
            any::<bool>().prop_map(|it| it.to_string()),
            any::<i128>().prop_map(|it| it.to_string()),
            "-?[1-9][0-9]{0,30}\\.[0-9]{1,30}(e[+-]?[0-9])?",
            quoted(),
        ];
        let scalar = (space.clone(), scalar, space.clone()).prop_map(|(a, it, b)| a.to_owned() + &it + b);
        if depth == 0 {
            return scalar.boxed();
        }
        let list = prop::collection::vec(json(depth - 1), 0..4);
        let list = (space, list).prop_map(|(space, items)| format!("[{space}{}]", items.join(",")));
        prop_oneof![2 => scalar, 1 => list, 2 => object(depth - 1)].boxed()
    }

    fn object(depth: u32) -> BoxedStrategy<String> {
        let space = || prop::sample::select(vec!["", "", " ", "\n\t"]);
        let member = (space(), prop_oneof![3 => named("eventBody"), 2 => quoted()], space(), json(depth));
        let member = member.prop_map(|(a, name, b, value)| format!("{a}{name}{b}:{value}"));
        (space(), prop::collection::vec(member, 0..5), space())
            .prop_map(|(a, members, b)| format!("{a}{{{}{a}}}{b}", members.join(",")))
            .boxed()
    }

    /// Any text, much of it of what a scanner could stumble over.
    fn quoted() -> BoxedStrategy<String> {
        let part = prop_oneof![
            Just("\\\"".to_owned()),
            Just("\\\\".to_owned()),
            Just("\\ud83d\\ude00".to_owned()),
            Just("\\u0022".to_owned()),
            "[{}\\[\\],: a-z]{1,3}",
            Just("eventBody".to_owned()),
            Just("ä€😀".to_owned()),
        ];
        prop::collection::vec(part, 0..5).prop_map(|parts| format!("\"{}\"", parts.concat())).boxed()
    }

    /// A name, in one of the ways in which JSON writes it.
    fn named(name: &'static str) -> BoxedStrategy<String> {
        let letter = |letter: char, how| match how {
            0..=7 => letter.to_string(),
            8 => format!("\\u{:04x}", u32::from(letter)),
            _ => format!("\\u{:04X}", u32::from(letter)),
        };
        prop::collection::vec(0..10, name.len())
            .prop_map(move |how| {
                format!("\"{}\"", name.chars().zip(how).map(|(it, how)| letter(it, how)).collect::<String>())
            })
            .boxed()
    }

    proptest! {
        #![proptest_config(crate::drawn::examples())]

        #[test]
        fn a_member_is_found_as_a_parser_finds_it_and_comes_as_it_stands(text in object(4)) {
            let parsed: Json = serde_json::from_str(&text).unwrap();
            let found = member(&text, "eventBody");
            let read = found.map(|it| serde_json::from_str::<Json>(it).unwrap());
            prop_assert_eq!(read.as_ref(), parsed.get("eventBody"));
            if let Some(found) = found {
                prop_assert!(text.contains(found) && found.trim() == found);
            }
        }

        #[test]
        fn what_is_no_json_harms_nothing(text: String, tail in "[\"\\\\{}\\[\\]:,a\u{e4}]{0,30}") {
            let _found = member(&text, "eventBody");
            let _found = member(&tail, "a");
            let _found = member(&(String::from("{\"eventBody\":") + &tail), "eventBody");
        }
    }

    #[test]
    fn the_last_of_two_counts_and_what_is_inside_of_others_does_not() {
        let text = r#"{"a":{"id":1},"id":1,"b":"\"id\":2","c":["id",{"id":3}],"i\u0064" : 1524831183200260097 }"#;
        assert_eq!(member(text, "id"), Some("1524831183200260097"));
        assert_eq!(member(r#"{"a":"id","b":["id"]}"#, "id"), None);
        assert_eq!(member("[]", "id"), None);
        assert_eq!(member(r#"{"id":"x\\"}"#, "id"), Some(r#""x\\""#));
    }
}
