//! What a trace has of what a service said: what the dialect reads, each member as that may be shown ([`Shown`]).

use super::entries::{filler, too_long};
use crate::built;
use crate::detail::{Detail, Field};
use crate::files::{is_address, is_header};
use crate::gather::gather;
use crate::limits;
use crate::protocol::{Dialect, Members, Shown};
use crate::text;
use crate::trace::{STAND_IN, STAND_IN_ADDRESS, STAND_IN_PLAIN_ADDRESS, of_streams};
use crate::value::Value;

/// The whole of a frame or an answer. A bare text is somebody's word; a bare number may be a wait.
pub(super) fn body_shown(body: &Value, dialect: &dyn Dialect) -> Field {
    let how = if body.text().is_some() { Shown::Content } else { Shown::Whole };
    shown(body, how, &[], &Reading { members: dialect.members(), dialect })
}

/// As what it is read.
struct Reading<'a> {
    members: Members,
    dialect: &'a dyn Dialect,
}

/// A received value, as far as the dialect reads it; `beside`: the members of what it stands in.
fn shown(value: &Value, how: Shown, beside: &[(String, Value)], reading: &Reading<'_>) -> Field {
    let how = match (value, how) {
        (Value::Text(text), Shown::Word) if !is_known(text, reading.dialect) => Shown::Content,
        (Value::Text(text), Shown::Figure) if !is_figure(text) => Shown::Content,
        (Value::Text(text), Shown::Sentence) => {
            return reading.dialect.sentence(text).map_or_else(|| filler(text), Field::Word);
        }
        (_, Shown::Word | Shown::Figure | Shown::Sentence) => Shown::Whole,
        _ => how,
    };
    match (value, how) {
        (Value::Null | Value::Cut, _) => Field::Nothing,
        (Value::Text(text), Shown::Content | Shown::Parts) => filler(text),
        (Value::Text(text), Shown::Token) => {
            let sound = text.len() <= limits::IDENTIFIER_BYTES && text.bytes().all(|byte| byte.is_ascii_graphic());
            Field::Word(if sound && !text.is_empty() { STAND_IN } else { "" })
        }
        (Value::Text(text), Shown::Measured) if built::WEB_MESSAGING => {
            let sound = text.len() <= limits::AUTHORISATION_BYTES && crate::json::is_plain(text);
            if sound { filler(text) } else { Field::Word("") }
        }
        // Longer ones are no ids; that they are too long is all that is read of them.
        (Value::Text(text), Shown::Socket) if built::STREAMS => of_streams::socket(text, reading.dialect),
        (Value::Text(_) | Value::Number(_), Shown::Alias | Shown::Named) if built::STREAMS => {
            of_streams::named(value, how == Shown::Alias, beside)
        }
        (Value::Text(text), Shown::Topic) if built::STREAMS && text.len() <= limits::IDENTIFIER_BYTES => {
            of_streams::topic(text)
        }
        (Value::Text(text), Shown::Said) if built::STREAMS => of_streams::said(text),
        (Value::Map(map), Shown::OfSystem) if built::STREAMS && of_streams::is_of_system(beside) => {
            map_shown(map, reading)
        }
        (Value::Text(text), Shown::Whole | Shown::Topic) if text.len() > limits::IDENTIFIER_BYTES => {
            Field::Text(too_long(limits::IDENTIFIER_BYTES))
        }
        (Value::Text(text), Shown::Whole) => Field::Text(text.clone()),
        (Value::Bool(flag), Shown::Whole) => Field::Flag(*flag),
        // The members of what is listed have names; a bare text in a list may be anybody's word.
        (Value::List(items), Shown::Whole | Shown::Parts) if built::BODIES => {
            Field::List(gather(items.iter().map(|item| listed(item, reading))))
        }
        (Value::Number(number), Shown::Whole | Shown::Topic) => Field::Number(*number),
        (Value::Text(text), Shown::Address) if built::WEB_MESSAGING => Field::Word(address_shown(text)),
        (Value::Map(map), Shown::Headers) if built::WEB_MESSAGING => headers_shown(map),
        (Value::List(_), Shown::OfError) if built::STREAMS && of_streams::is_of_error(beside) => {
            shown(value, Shown::Words, &[], reading)
        }
        (Value::List(items), Shown::Words) if built::BODIES => {
            Field::List(gather(items.iter().map(|item| shown(item, Shown::Whole, &[], reading))))
        }
        (Value::List(items), Shown::Endings) if built::WEB_MESSAGING => {
            Field::List(gather(items.iter().map(ending_shown)))
        }
        (Value::Map(map), Shown::Whole) => map_shown(map, reading),
        (Value::Map(map), Shown::Parts) if built::BODIES => map_shown(map, reading),
        _ => Field::Flag(true),
    }
}

fn ending_shown(item: &Value) -> Field {
    match item.text() {
        Some(text) if text.len() <= limits::ENDING_BYTES => Field::Text(text.to_owned()),
        Some(text) => filler(text),
        None => Field::Flag(true),
    }
}

/// A word that the dialect reads, or the type of a file.
fn is_known(text: &str, dialect: &dyn Dialect) -> bool {
    dialect.words().iter().any(|word| word.eq_ignore_ascii_case(text)) || built::WEB_MESSAGING && is_file_type(text)
}

/// `image/png`, `image/*`, `*/*`.
fn is_file_type(text: &str) -> bool {
    const KINDS: &[&str] = &["*", "application", "audio", "font", "image", "message", "model", "text", "video"];
    let kind = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"*.+-".contains(&byte);
    let parts = text::split_once(text, b'/');
    parts.is_some_and(|(of, rest)| KINDS.contains(&of) && rest.len() <= 80 && rest.bytes().all(kind))
}

/// What numbers, flags and moments are written with.
fn is_figure(text: &str) -> bool {
    let sign = |byte: u8| byte.is_ascii_digit() || b"+-.:TZ".contains(&byte);
    text.bytes().all(sign) || text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

fn listed(item: &Value, reading: &Reading<'_>) -> Field {
    if let Value::Map(map) = item { map_shown(map, reading) } else { Field::Flag(true) }
}

/// An address that can be followed stays one, of the same kind.
fn address_shown(text: &str) -> &'static str {
    match (is_address(text), text.starts_with("https:")) {
        (true, true) => STAND_IN_ADDRESS,
        (true, false) => STAND_IN_PLAIN_ADDRESS,
        (false, _) => "",
    }
}

/// Whether there are any, whether they may all be sent, and whether one says what the bytes are: all that is read.
fn headers_shown(headers: &[(String, Value)]) -> Field {
    let mut detail = Detail::default();
    let sound = |(name, value): &(String, Value)| value.text().is_some_and(|value| is_header(name, value));
    if headers.len() > limits::UPLOAD_HEADERS || !headers.iter().all(sound) {
        detail.with("", Field::Nothing);
    } else if !headers.is_empty() {
        let typed = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        detail.word(if typed { "content-type" } else { "x-amz-stand-in" }, STAND_IN);
    }
    Field::Detail(detail)
}

fn map_shown(map: &[(String, Value)], reading: &Reading<'_>) -> Field {
    let mut detail = Detail::default();
    for (name, value) in map {
        if let Some((name, how)) = reading.members.iter().find(|member| member.0 == name) {
            detail.with(name, shown(value, *how, map, reading));
        }
    }
    Field::Detail(detail)
}
