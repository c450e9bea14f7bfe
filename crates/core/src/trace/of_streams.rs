//! What of a stream stands in a trace: whoever knows the id or the address of a channel can listen, and what its events
//! hold is content.

use super::STAND_IN;
use super::entries::too_long;
use crate::detail::Field;
use crate::json::{decimal, digits};
use crate::limits;
use crate::protocol::Dialect;
use crate::protocol::streams::{BEAT, PONG, is_system, wait_in_words};
use crate::text;
use crate::value::{INEXACT_ID, Value};

/// The address of a socket that may be dialled, of a service in a region and of one on loopback.
const STAND_IN_SOCKET: &str = "wss://streaming.stand-in.invalid/";
/// See [`STAND_IN_SOCKET`].
const STAND_IN_LOCAL_SOCKET: &str = "ws://localhost/";

/// What stands for an id, and for no other: few bits of it, far from enough to guess it by. What stands for one already
/// stands for itself.
pub(crate) fn alias(id: &str) -> String {
    let number = id.strip_prefix(STAND_IN).and_then(|rest| rest.strip_prefix('-'));
    if id.is_empty() || number.is_some_and(|number| digits(number, u32::MAX.into()).is_some()) {
        return id.to_owned();
    }
    // FNV-1a.
    let sum = id.bytes().fold(0x811c_9dc5_u32, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let mut alias = String::from(STAND_IN);
    alias.push('-');
    decimal(&mut alias, sum.into());
    alias
}

/// A topic; one of the system without the id of a channel.
pub(super) fn topic(text: &str) -> Field {
    let known = text.strip_prefix("v2.system.").and_then(|rest| text::split_once(rest, b'.'));
    Field::Text(match known {
        Some((_, id)) => {
            let mut topic = text[..text.len() - id.len()].to_owned();
            topic.push_str(&alias(id));
            topic
        }
        // Of the system's other topics nothing is read.
        None if is_system(text) && !text.starts_with("v2.system") && text != "channel.metadata" => {
            String::from("system.v2.")
        }
        None => text.to_owned(),
    })
}

/// An id.
fn id(text: &str, is_channel: bool) -> Field {
    Field::Text(match text {
        _ if text.len() > limits::IDENTIFIER_BYTES => too_long(limits::IDENTIFIER_BYTES),
        // What can be no channel's id is none afterwards.
        "." | ".." => text.to_owned(),
        _ if is_channel => alias(text),
        _ => text.to_owned(),
    })
}

/// What names something, which may be a channel. One that is not exact stays so.
pub(super) fn named(value: &Value, alias: bool, beside: &[(String, Value)]) -> Field {
    let exact = value.id();
    match exact.as_deref().ok().or(value.text()) {
        Some(text) if alias || is_channel(text, beside) => match exact {
            Err(INEXACT_ID) => Field::Word("\u{fffd}"),
            _ => id(text, true),
        },
        Some(text) => id(text, false),
        None => Field::Flag(true),
    }
}

/// Whether an id is that of a channel: by what stands beside it, or by its form.
fn is_channel(id: &str, beside: &[(String, Value)]) -> bool {
    let says_so = |(name, _): &(String, Value)| matches!(name.as_str(), "connectUri" | "expires");
    beside.iter().any(says_so) || id.starts_with("streaming-")
}

/// The address of a channel's socket.
pub(super) fn socket(text: &str, dialect: &dyn Dialect) -> Field {
    let channels = dialect.streaming().and_then(|streaming| streaming.channels());
    Field::Word(match channels {
        Some(channels) if text.len() <= limits::IDENTIFIER_BYTES && channels.trusts(text) => {
            if channels.trusts(STAND_IN_LOCAL_SOCKET) { STAND_IN_LOCAL_SOCKET } else { STAND_IN_SOCKET }
        }
        _ => "",
    })
}

/// A sentence of the service's.
pub(super) fn said(sentence: &str) -> Field {
    match wait_in_words(sentence) {
        _ if [PONG, BEAT].contains(&sentence) => Field::Text(sentence.to_owned()),
        Some(seconds) if sentence.len() <= limits::IDENTIFIER_BYTES => {
            let mut wait = String::from("[");
            decimal(&mut wait, seconds);
            wait.push_str("] seconds");
            Field::Text(wait)
        }
        _ => Field::Word(""),
    }
}

/// Whether what stands beside a topic is said of the channel itself.
pub(super) fn is_of_system(beside: &[(String, Value)]) -> bool {
    text_beside(beside, "topicName").is_some_and(is_system)
}

/// Whether what stands beside it makes it an error's.
pub(super) fn is_of_error(beside: &[(String, Value)]) -> bool {
    text_beside(beside, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("error"))
}

fn text_beside<'a>(beside: &'a [(String, Value)], name: &str) -> Option<&'a str> {
    beside.iter().find(|(other, _)| other == name)?.1.text()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::io::{AnswerBody, Frame, HttpAnswer, Input};
    use crate::protocol::streaming::{Channel, News};
    use crate::protocol::{Received, Spoken};
    use crate::secret::Secret;
    use crate::trace::{entries, replay};
    use crate::value::read;
    use serde_json::Value as Json;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const FRAMES: &str = include_str!("../../../sim/tests/data/stream-frames.json");
    const CONFIRMED: &str = r#","subscribe":{"confirmed":{"type":"subscribed","status":"ok"}}"#;

    fn spoken(from: &str) -> Spoken {
        let place = match from {
            "channel" => String::from(r#""region":"mypurecloud.de""#),
            "local" => String::from(r#""region":"http://127.0.0.1:8787""#),
            _ => format!(r#""url":"wss://events.example"{CONFIRMED}"#),
        };
        let options = format!(r#"{{"dialect":"streams",{place},"credential":{{"kind":"provider"}}}}"#);
        Spoken::new(&Config::from_value(&read(&options, 1_000).unwrap()).unwrap())
    }

    /// What a trace has of it.
    fn entry(input: &Input, dialect: &Spoken) -> Json {
        serde_json::to_value(entries::input(input, &**dialect)).unwrap()
    }

    fn frame(text: &str) -> Input {
        Input::SocketFrame(1, Frame { bytes: text.len(), body: read(text, 1 << 20) })
    }

    fn answer(text: &str) -> Input {
        let body = AnswerBody::read(text, 1 << 20);
        Input::Answered(1, HttpAnswer { status: 200, body, ..HttpAnswer::default() })
    }

    /// Without what no trace has: bodies, and what an id is really called.
    fn essence(received: Result<Received, &'static str>) -> Result<Received, &'static str> {
        received.map(|received| match received {
            Received::Streamed(mut event) => {
                event.body = crate::body::Body::default();
                event.raw = crate::raw::Raw::default();
                Received::Streamed(event)
            }
            Received::Stream(News::Unsubscribed(Some(id))) => {
                Received::Stream(News::Unsubscribed(Some(Secret::new(alias(id.expose())))))
            }
            other => other,
        })
    }

    #[test]
    fn what_a_trace_has_of_a_frame_means_the_same_and_says_no_word_of_its_content() {
        let Ok(Value::List(frames)) = read(FRAMES, 1 << 20) else { panic!() };
        let all: Json = serde_json::from_str(FRAMES).unwrap();
        for (example, json) in frames.iter().zip(all.as_array().unwrap()) {
            let dialect = spoken(json["from"].as_str().unwrap());
            let entry = entry(&frame(&json["frame"].to_string()), &dialect);
            let recorded = if entry["confirmed"] == true {
                dialect.streaming().unwrap().confirmation()
            } else {
                replay::value(&entry["body"], 0).unwrap()
            };
            let meant = essence(dialect.read(example.get("frame").unwrap()));
            assert_eq!(essence(dialect.read(&recorded)), meant, "{}: {entry}", json["name"]);
            let text = entry.to_string();
            for word in ["AVAILABLE", "waiting", "anything", "fmtdmf", "streaming-0", "streaming-2", "not yet", "line"]
            {
                assert!(!text.contains(word), "{text}");
            }
        }
    }

    #[test]
    fn what_a_trace_has_of_a_channel_leads_nowhere_and_is_believed_as_the_channel_was() {
        let body = |id: &str, uri: &str| {
            format!(r#"{{"id":"{id}","connectUri":"{uri}","expires":"2026-11-21T13:00:00.000Z"}}"#)
        };
        let good = "wss://streaming.mypurecloud.de/channels/streaming-0-x";
        for (from, recorded, id, uri, made) in [
            ("channel", "stand-in.invalid", "streaming-0-x", good, true),
            ("channel", "stand-in.invalid", "anything", good, true),
            ("channel", "stand-in.invalid", "..", good, false),
            ("channel", "stand-in.invalid", "", good, false),
            ("channel", "stand-in.invalid", "x", "wss://evil.example/channels/x", false),
            ("local", "http://127.0.0.1:8787", "x", "ws://127.0.0.1:8787/channels/x", true),
            ("local", "http://127.0.0.1:8787", "x", "wss://streaming.mypurecloud.de/x", false),
        ] {
            let text = body(id, uri);
            let dialect = spoken(from);
            let channel = |dialect: &Spoken, body: &Value| -> Option<Channel> {
                dialect.streaming()?.channels()?.made(body, 1_795_262_400_000)
            };
            assert_eq!(channel(&dialect, &read(&text, 10_000).unwrap()).is_some(), made, "{id} {uri}");
            let entry = entry(&answer(&text), &dialect);
            // As the replay has it: of the region only what kind of place it is.
            let place = format!(r#"{{"dialect":"streams","region":"{recorded}","credential":{{"kind":"provider"}}}}"#);
            let elsewhere = Spoken::new(&Config::from_value(&read(&place, 1_000).unwrap()).unwrap());
            let replayed = channel(&elsewhere, &replay::value(&entry["body"], 0).unwrap());
            assert_eq!(replayed.is_some(), made, "{entry}");
            assert!(!entry.to_string().contains("streaming-0") && !entry.to_string().contains("channels/x"), "{entry}");
            if let Some(replayed) = replayed {
                assert_eq!((alias(replayed.id.expose()), replayed.life), (alias(id), 3_600_000));
            }
        }
    }

    #[test]
    fn a_list_of_channels_and_the_verdicts_on_topics_are_told_apart() {
        let dialect = spoken("channel");
        let list =
            r#"{"entities":[{"id":"my-channel","connectUri":"wss://streaming.mypurecloud.de/c","expires":"x"}]}"#;
        let shown = entry(&answer(list), &dialect).to_string();
        assert!(!shown.contains("my-channel") && shown.contains(&alias("my-channel")), "{shown}");
        let verdicts = r#"{"entities":[{"id":"v2.users.u.presence","state":"Permitted","selfUri":"/hidden"}]}"#;
        let shown = entry(&answer(verdicts), &dialect).to_string();
        assert!(shown.contains("v2.users.u.presence") && !shown.contains("hidden"), "{shown}");
    }

    #[test]
    fn of_a_sentence_only_what_is_read_of_it_is_told() {
        let dialect = spoken("channel");
        for (sentence, told) in [
            ("no channel streaming-0-x of token abc", ""),
            ("Rate limit of streaming-0-x exceeded. Retry the request in [59] seconds", "[59] seconds"),
            ("in [059] seconds", "[59] seconds"),
            ("in [x] seconds", ""),
            ("pong", "pong"),
            ("WebSocket Heartbeat", "WebSocket Heartbeat"),
        ] {
            let body = read(&format!(r#"{{"message":"{sentence}","code":"x","status":429}}"#), 10_000).unwrap();
            let entry = entry(&answer(&format!(r#"{{"message":"{sentence}","code":"x","status":429}}"#)), &dialect);
            assert_eq!(entry["body"]["message"], told);
            let replayed = replay::value(&entry["body"], 0).unwrap();
            assert_eq!(dialect.retry_after(&replayed), dialect.retry_after(&body), "{sentence}");
        }
    }

    #[test]
    fn an_alias_stands_for_one_id_and_for_itself() {
        assert_ne!(alias("streaming-0-a"), alias("streaming-0-b"));
        assert_eq!(alias(&alias("streaming-0-a")), alias("streaming-0-a"));
        assert_eq!(alias(""), "");
    }
}
