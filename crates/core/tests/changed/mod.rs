//! A frame, with one member of it changed in each of the ways in which services differ from what was written down of them.

use serde_json::{Value, json};

/// Stands for half a character, which no text of ours can hold.
const HALF: char = '\u{e000}';

/// One changed frame.
pub struct Changed {
    /// As it comes.
    pub text: String,
    /// Which member, and how.
    pub how: String,
    /// The member, as RFC 6901 writes it.
    pub at: String,
    /// By the one rule of reading it means what it meant.
    pub same: bool,
}

/// Every member of a frame in every way.
pub fn each(frame: &Value) -> Vec<Changed> {
    let mut all = Vec::new();
    for at in members(frame) {
        let was = frame.pointer(&at).expect("a member");
        let mut put = |how: &str, same: bool, value: Value| {
            let mut changed = frame.clone();
            *changed.pointer_mut(&at).expect("a member") = value;
            let text = changed.to_string().replace(HALF, r"\ud83d");
            all.push(Changed { text, how: format!("{at} {how}"), at: at.clone(), same });
        };
        put("null", false, Value::Null);
        put("an unknown value", false, json!("of-another-time"));
        put("an inexact number", false, json!(1_524_831_183_200_260_097_u64));
        put("half a character", false, json!(format!("x{HALF}")));
        put("an object", false, json!({ "of": "another time" }));
        put("a list", false, json!([[], 7]));
        match was {
            Value::Number(number) => put("a text", true, json!(number.to_string())),
            Value::Bool(flag) => {
                put("a text", true, json!(flag.to_string()));
                put("a text in other letters", true, json!(flag.to_string().to_uppercase()));
            }
            Value::String(text) => {
                let other = |it: char| {
                    if it.is_ascii_lowercase() { it.to_ascii_uppercase() } else { it.to_ascii_lowercase() }
                };
                put("other letters", false, json!(text.chars().map(other).collect::<String>()));
                // An id, where it was one, and as such another one.
                put("a number", false, json!(4_711));
            }
            Value::Object(members) => {
                let mut more = members.clone();
                more.insert("ofAnotherTime".to_owned(), json!({ "a": [null, 1.5, "text"] }));
                put("one unknown member more", true, Value::Object(more));
            }
            _ => {}
        }
        all.extend(removed(frame, &at));
    }
    let mut more = frame.clone();
    more["ofAnotherTime"] = json!("x");
    all.push(Changed {
        text: more.to_string(),
        how: "one unknown member more".to_owned(),
        at: String::new(),
        same: true,
    });
    all
}

/// Something that nobody may be shown, as it stands in the places of [`planted`].
pub const SECRET: &str = "hush: eyJhbGciOi.hush";

/// A frame with a secret in the place of each member in turn, and behind the words of each text. Ids are not among them: those are shown, as
/// names by which the service's own log can be searched.
pub fn planted(frame: &Value) -> Vec<Changed> {
    let is_id = |at: &str| at.to_ascii_lowercase().ends_with("id");
    let mut all = Vec::new();
    for at in members(frame).into_iter().filter(|at| !is_id(at)) {
        let was = frame.pointer(&at).expect("a member");
        let mut put = |how: &str, value: String| {
            let mut changed = frame.clone();
            *changed.pointer_mut(&at).expect("a member") = json!(value);
            all.push(Changed { text: changed.to_string(), how: format!("{at} {how}"), at: at.clone(), same: false });
        };
        put("a secret", SECRET.to_owned());
        if let Some(text) = was.as_str() {
            put("a secret behind it", format!("{text} {SECRET}"));
        }
    }
    all
}

fn removed(frame: &Value, at: &str) -> Option<Changed> {
    let mut changed = frame.clone();
    let (parent, name) = at.rsplit_once('/')?;
    changed.pointer_mut(parent)?.as_object_mut()?.remove(name)?;
    Some(Changed { text: changed.to_string(), how: format!("{at} removed"), at: at.to_owned(), same: false })
}

/// The places of all members, the outer ones first.
fn members(value: &Value) -> Vec<String> {
    let inner = |name: String, value: &Value| {
        let at = format!("/{name}");
        let deeper = members(value).into_iter().map(|rest| format!("{at}{rest}")).collect::<Vec<_>>();
        [vec![at], deeper].concat()
    };
    match value {
        Value::Object(members) => members.iter().flat_map(|(name, value)| inner(name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().flat_map(|(place, it)| inner(place.to_string(), it)).collect(),
        _ => Vec::new(),
    }
}
