//! Every decoder, with the shapes that take it longest.

use crate::{cost, grows_as_it_is_read};
use guestwire_core::Client;
use guestwire_core::config::Config;
use guestwire_core::io::{Frame, Input, Output};
use guestwire_core::time::Now;
use guestwire_core::value;
use serde_json::json;
use std::time::Duration;

pub const NOW: Now = Now { monotonic: 1_000, wall: 1_795_262_400_000 };

/// A client of each dialect whose socket is open, and the socket.
pub fn clients() -> Vec<(Client, u32)> {
    let all = [
        json!({
            "dialect": "webchat", "host": "chat.example", "trace": 0,
            "credential": { "kind": "bearer", "value": "0123456789abcdef" },
        }),
        json!({
            "dialect": "web-messaging", "region": "us-east-1", "deploymentId": "d-1", "trace": 0,
            "credential": { "kind": "bearer", "value": "0123456789abcdef" },
        }),
        json!({
            "dialect": "streams", "url": "wss://events.example/stream", "trace": 0,
            "credential": { "kind": "bearer", "value": "0123456789abcdef" }, "subscribe": { "topics": ["a", "b"] },
        }),
    ];
    let mut clients = Vec::new();
    for options in all {
        let options = value::read(&options.to_string(), 1 << 20).unwrap();
        let config = Config::from_value(&options).expect("good options");
        let mut client = Client::new(config, [7; 16], NOW);
        client.connect(NOW);
        let (mut socket, mut asked) = (None, None);
        let mut take = |client: &mut Client| {
            while let Some(output) = client.poll_output() {
                match output {
                    Output::OpenSocket(generation, _) => socket = Some(generation),
                    Output::Request(id, _) => asked = Some(id),
                    _ => {}
                }
            }
            (socket, asked)
        };
        let (mut socket, asked) = take(&mut client);
        if let Some(asked) = asked.filter(|_| socket.is_none()) {
            let body = json!({ "webchatInstanceId": "instance-1", "token": "0123456789abcdef", "expiresIn": 3_600 });
            let body = guestwire_core::io::AnswerBody::read(&body.to_string(), 1 << 20);
            let answer = guestwire_core::io::HttpAnswer { status: 200, body, ..Default::default() };
            client.handle(NOW, Input::Answered(asked, answer));
            socket = take(&mut client).0;
        }
        let socket = socket.expect("a socket is opened");
        client.handle(NOW, Input::SocketOpened(socket));
        clients.push((client, socket));
    }
    clients
}

fn many(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect::<Vec<_>>().join(",")
}

/// Reads a frame with each dialect, and says all that comes of it.
fn read(text: &str) -> Duration {
    let mut spent = Duration::ZERO;
    for (mut client, socket) in clients() {
        // The module has the host's reader: what ours takes is no matter.
        let frame = Frame { bytes: text.len(), body: value::read(text, 4 << 20) };
        spent += cost(|| client.handle(NOW, Input::SocketFrame(socket, frame)));
    }
    spent
}

#[test]
fn a_frame_of_many_members_costs_what_reading_it_costs() {
    let name = |number: usize| format!(r#""{}{number:06}":1"#, "m".repeat(40));
    grows_as_it_is_read(1_000, |count| {
        let members = many(count, name);
        read(&format!("{{{members}}}"))
            + read(&format!(r#"{{"class":"StructuredMessage","code":200,"body":{{{members}}},{members}}}"#))
            + read(&format!(r#"{{"type":"message","data":{{{members}}},"metadata":{{{members}}},{members}}}"#))
    });
}

#[test]
fn a_frame_that_nests_deep_costs_what_reading_it_costs() {
    grows_as_it_is_read(4_000, |count| {
        let deep = format!("{}{}", "[".repeat(count), "]".repeat(count));
        read(&format!(r#"{{"class":"StructuredMessage","code":200,"body":{deep}}}"#)) + read(&deep)
    });
}

#[test]
fn a_message_of_many_parts_costs_what_reading_it_costs() {
    let field = |number: usize| format!(r#"{{"component":{{"buttonResponse":{{"payload":"p{number}"}}}}}}"#);
    let event = |number: usize| format!(r#"{{"eventType":"Typing{number}","typing":{{"duration":1}}}}"#);
    let part = |number: usize| {
        format!(r#"{{"attachment":{{"id":"a{number}","url":"https://a.example/{number}"}},"form":{{"response":[]}}}}"#)
    };
    let frame = |body: &str| {
        let body = format!(r#"{{"id":"m","direction":"Inbound","channel":{{"messageId":"m"}},{body}}}"#);
        format!(r#"{{"type":"message","class":"StructuredMessage","code":200,"body":{body}}}"#)
    };
    grows_as_it_is_read(500, |count| {
        let (parts, events) = (many(count, part), many(count, event));
        let form = format!(r#"[{{"form":{{"response":[{}]}}}}]"#, many(count, field));
        read(&frame(&format!(r#""type":"Structured","text":"","content":[{parts}]"#)))
            + read(&frame(&format!(r#""type":"Structured","text":"","content":{form}"#)))
            + read(&frame(&format!(r#""type":"Event","events":[{events}]"#)))
    });
}

#[test]
fn a_session_with_many_rules_costs_what_reading_it_costs() {
    let kind = |number: usize| format!(r#"{{"type":"application/x-{number}"}}"#);
    let ending = |number: usize| format!(r#"".e{number}""#);
    grows_as_it_is_read(500, |count| {
        let rules = format!(
            r#"{{"inbound":{{"fileTypes":[{}],"maxFileSizeKB":1}},"blockedExtensions":[{}]}}"#,
            many(count, kind),
            many(count, ending)
        );
        let body = format!(
            r#"{{"connected":true,"newSession":true,"allowedMedia":{rules},"blockedExtensions":[{}]}}"#,
            many(count, ending)
        );
        read(&format!(r#"{{"type":"response","class":"SessionResponse","code":200,"body":{body}}}"#))
    });
}

#[test]
fn a_long_text_costs_what_reading_it_costs() {
    for text in ["&amp;amp;", "&#", "[", "\\ud83d", "\u{fffd}", "://"] {
        grows_as_it_is_read(8_000, |count| {
            let long = text.repeat(count / text.len());
            let body = format!(r#"{{"type":"Text","direction":"Inbound","id":"{long}","text":"{long}"}}"#);
            read(&format!(r#"{{"class":"StructuredMessage","code":200,"body":{body},"tracingId":"{long}"}}"#))
                + read(&format!(r#"{{"type":"error","code":429,"message":"{long}","topics":["{long}"]}}"#))
                + read(&format!(r#"{{"type":"message","content":"{long}","id":"{long}"}}"#))
        });
    }
}
