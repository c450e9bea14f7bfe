//! What becomes of a frame on its way to the guest: some of it cannot be read any more, some is written in another way.

use serde_json::{Value, json};

use crate::service::Frame;

/// How a frame is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corruption {
    /// It is cut in half.
    Cut,
    /// It comes as a binary frame.
    Binary,
    /// It is longer than what a client reads by itself (256 KiB).
    Large,
    /// A page comes in its place.
    Page,
    /// It has half a character, where somebody wrote something, or anywhere.
    HalfCharacter,
    /// A part of it nests deeper than what is read.
    Deep,
    /// Numbers, and what is true or false, stand there as texts.
    Texts,
    /// What is not there is there, as `null`.
    Nulls,
    /// What somebody says has no id.
    NoIds,
    /// What somebody says has a number for an id: always the same for the same.
    NumericIds,
    /// What somebody says has an id that no double holds, which others have too.
    InexactIds,
}

/// Stands for half a character until the frame is text.
const HALF: char = '\u{e000}';
/// Longer than a client's default.
const LARGE: usize = 300_000;
/// Deeper than what a client reads.
const DEEP: usize = 40;
/// Members that a client may look for.
const OPTIONAL: [&str; 6] = ["retryAfter", "tracingId", "metadata", "errorCode", "data", "ofAnotherTime"];

impl Corruption {
    /// All of them, by the names that they are asked for by.
    pub const ALL: [(&str, Self); 11] = [
        ("cut", Self::Cut),
        ("binary", Self::Binary),
        ("large", Self::Large),
        ("page", Self::Page),
        ("half_character", Self::HalfCharacter),
        ("deep", Self::Deep),
        ("texts", Self::Texts),
        ("nulls", Self::Nulls),
        ("no_ids", Self::NoIds),
        ("numeric_ids", Self::NumericIds),
        ("inexact_ids", Self::InexactIds),
    ];

    /// The frame as it leaves.
    pub(in crate::service) fn of(self, mut frame: Value) -> Frame {
        match self {
            Self::Cut => return Frame::Text(frame.to_string()).corrupted(),
            Self::Binary => return Frame::Binary(frame.to_string().into_bytes()),
            Self::Page => return Frame::Text("<!doctype html><title>502 Bad Gateway</title>".to_owned()),
            Self::Large => frame["ofAnotherTime"] = json!("x".repeat(LARGE)),
            Self::Deep => frame["ofAnotherTime"] = (0..DEEP).fold(json!(7), |inner, _| json!([inner])),
            Self::HalfCharacter => {
                if !halve(&mut frame) {
                    frame["ofAnotherTime"] = json!(format!("x{HALF}"));
                }
            }
            Self::Texts => write_out(&mut frame),
            Self::Nulls => {
                empty(&mut frame);
                if let Some(body) = frame.get_mut("body") {
                    empty(body);
                }
            }
            Self::NoIds => rename(&mut frame, &|_| None),
            Self::NumericIds => rename(&mut frame, &|id| Some(number_of(id))),
            Self::InexactIds => rename(&mut frame, &|_| Some(json!(1_524_831_183_200_260_097_u64))),
        }
        Frame::Text(frame.to_string().replace(HALF, r"\ud83d"))
    }
}

/// Half a character at the end of each text that somebody wrote. False: there is none.
fn halve(value: &mut Value) -> bool {
    let mut found = false;
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| found |= halve(item)),
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if matches!(name.as_str(), "content" | "text" | "preview") => {
                        text.push(HALF);
                        found = true;
                    }
                    _ => found |= halve(member),
                }
            }
        }
        _ => {}
    }
    found
}

fn write_out(value: &mut Value) {
    match value {
        Value::Number(_) | Value::Bool(_) => *value = json!(value.to_string()),
        Value::Array(items) => items.iter_mut().for_each(write_out),
        Value::Object(members) => members.values_mut().for_each(write_out),
        _ => {}
    }
}

fn empty(value: &mut Value) {
    if let Value::Object(members) = value {
        for name in OPTIONAL {
            members.entry(name).or_insert(Value::Null);
        }
    }
}

/// Gives what the agent says, in either service's frames, another id.
fn rename(frame: &mut Value, id: &dyn Fn(&str) -> Option<Value>) {
    let change = |members: Option<&mut Value>, name: &str| {
        let Some(members) = members.and_then(Value::as_object_mut) else { return };
        let Some(known) = members.remove(name) else { return };
        if let Some(id) = id(known.as_str().unwrap_or_default()) {
            members.insert(name.to_owned(), id);
        }
    };
    if frame["type"] == "message" && frame["class"].is_null() {
        change(Some(frame), "messageId");
    } else if frame["body"]["direction"] == "Outbound" {
        change(frame.get_mut("body"), "id");
        change(frame.pointer_mut("/body/channel"), "messageId");
    }
}

/// FNV-1a, as much of it as a double holds.
fn number_of(id: &str) -> Value {
    let add = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    json!(id.bytes().fold(0xcbf2_9ce4_8422_2325, add) >> 12)
}

#[cfg(test)]
mod tests {
    use guestwire_core::value::{Unreadable, read};

    use super::*;

    fn said() -> Value {
        json!({ "type": "message", "content": "hello", "messageId": "m-1", "priority": 2 })
    }

    fn text(how: Corruption) -> String {
        match how.of(said()) {
            Frame::Text(text) => text,
            Frame::Binary(_) => panic!("it is text"),
        }
    }

    #[test]
    fn some_cannot_be_read_and_the_others_say_what_they_said() {
        for (name, how) in Corruption::ALL {
            let Frame::Text(text) = how.of(said()) else {
                assert_eq!(how, Corruption::Binary);
                continue;
            };
            let read = read(&text, 256 * 1024);
            match how {
                Corruption::Cut | Corruption::Page => assert_eq!(read, Err(Unreadable::NotJson), "{name}"),
                Corruption::Large => assert_eq!(read, Err(Unreadable::TooLarge), "{name}"),
                _ => {
                    let read = read.unwrap();
                    let content = read.get("content").and_then(|it| it.text()).unwrap();
                    assert!(content.starts_with("hello"), "{name}");
                    assert_eq!(read.is_cut(), how == Corruption::Deep, "{name}");
                }
            }
        }
    }

    #[test]
    fn each_is_as_it_is_named() {
        assert!(text(Corruption::HalfCharacter).contains(r#""hello\ud83d""#));
        assert!(text(Corruption::Texts).contains(r#""priority":"2""#));
        assert!(text(Corruption::Nulls).contains(r#""retryAfter":null"#));
        assert!(!text(Corruption::NoIds).contains("messageId"));
        assert_eq!(text(Corruption::NumericIds), text(Corruption::NumericIds));
        assert!(!text(Corruption::NumericIds).contains("m-1"));
        assert!(text(Corruption::InexactIds).contains("1524831183200260097"));
        let agents = json!({ "class": "StructuredMessage", "body": { "direction": "Outbound", "id": "i", "channel": { "messageId": "m" } } });
        let Frame::Text(nameless) = Corruption::NoIds.of(agents) else { panic!() };
        assert_eq!(nameless, r#"{"body":{"channel":{},"direction":"Outbound"},"class":"StructuredMessage"}"#);
    }
}
