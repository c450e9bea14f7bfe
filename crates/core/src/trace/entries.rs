//! What an input and an output look like in a trace: with every figure the client's ways depend on,
//! and without a word of what people wrote, a token or an address.

use crate::body::Body;
use crate::built;
use crate::content::Content;
use crate::detail::{Detail, Field};
use crate::draft::{self, Choice, Draft};
use crate::error::Ended;
use crate::error::repeated::Repeated;
#[cfg(feature = "web-messaging")]
use crate::event::conversation::{Happening, Notice, Presence};
use crate::event::{Event, Message};
use crate::failure::{ErrorCode, Failure};
use crate::files::Offer;
use crate::gather::gather;
use crate::grant::Grant;
use crate::io::{AnswerBody, Environment, HttpAnswer, Input, Output};
use crate::limits;
use crate::offer::OfferAnswer;
use crate::protocol::streaming::News;
#[cfg(feature = "web-messaging")]
use crate::protocol::web_messaging::is_word;
use crate::protocol::{Dialect, Received};
use crate::retry_after;
use crate::trace::STAND_IN;
use crate::trace::received::body_shown;
use crate::value::{Unreadable, Value};
use uuid::Uuid;

/// Something that the caller wants, or that happened.
#[inline(never)]
pub(super) fn command(what: &'static str) -> Detail {
    let mut entry = Detail::default();
    entry.word("in", what);
    entry
}

#[inline(never)]
pub(super) fn numbered(what: &'static str, name: &'static str, number: u32) -> Detail {
    let mut entry = command(what);
    entry.whole(name, number.into());
    entry
}

pub(super) fn send(content: &str) -> Detail {
    let mut entry = command("send");
    entry.with("content", filler(content));
    entry
}

/// How many they are, and how long together.
fn attributes(attributes: &[(String, String)]) -> Field {
    let mut shown = Detail::default();
    shown.whole("count", attributes.len() as u64).with("all", filler(&draft::joined(attributes)));
    Field::Detail(shown)
}

pub(super) fn set_attributes(all: &[(String, String)]) -> Detail {
    let mut entry = command("set_attributes");
    entry.with("attributes", attributes(all));
    entry
}

pub(super) fn answer_offer(answer: &OfferAnswer) -> Detail {
    let mut entry = command("answer_offer");
    entry.flag("video", answer.video).flag("accepted", answer.accepted);
    if let Some(id) = &answer.id {
        entry.with("id", filler(id));
    }
    entry
}

/// Of a draft, what the length of its frame and the checks depend on; `along`: the attributes that it takes along.
pub(super) fn draft(draft: &Draft, along: Option<&[(String, String)]>) -> Detail {
    let mut entry = command("draft");
    entry.with("content", filler(&draft.text));
    entry.with("attributes", attributes(&draft.attributes));
    if let Some(along) = along {
        entry.with("along", attributes(along));
    }
    if let Some(reply) = &draft.reply {
        let choice = |it: &Choice| {
            let mut choice = Detail::default();
            choice.with("id", filler(&it.id)).with("text", filler(&it.text)).with("payload", filler(&it.payload));
            Field::Detail(choice)
        };
        // That there are more is all that is read of them.
        let choices = gather(reply.choices.iter().take(limits::CHOICES + 1).map(choice));
        entry
            .word("reply", reply.kind.name())
            .with("choices", Field::List(choices))
            .with("words", filler(&reply.text))
            .with("form", filler(&reply.form));
    }
    let originating = draft.reply.as_ref().and_then(|reply| reply.originating.as_deref());
    if let Some(text) = originating {
        entry.with("originating", filler(text));
    }
    if let Some(file) = draft.attachment.as_deref() {
        // Which of the guest's files it is decides what follows; what is none of them can be anybody's word.
        let ours =
            Uuid::try_parse(file).is_ok_and(|id| *id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()) == *file);
        entry.with("attachment", if ours { Field::Text(file.to_owned()) } else { filler(file) });
    }
    entry
}

pub(super) fn cancel(id: Uuid) -> Detail {
    let mut entry = command("cancel");
    entry.text("id", Some(id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer())));
    entry
}

pub(super) fn attach(offer: &Offer) -> Detail {
    let mut entry = command("attach");
    // An extension is no secret, and the service may refuse it.
    entry.with("name", filler(&offer.name)).text("extension", Some(&offer.extension));
    entry.text("type", Some(&offer.kind)).whole("size", offer.size);
    entry
}

pub(super) fn detach(id: Uuid) -> Detail {
    let mut entry = command("detach");
    entry.text("id", Some(id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer())));
    entry
}

pub(super) fn attachment_url(file: &str) -> Detail {
    let mut entry = command("attachment_url");
    // Longer ones are no ids; that they are too long is all that is read of them.
    let most = limits::IDENTIFIER_BYTES;
    entry.with("id", Field::Text(if file.len() > most { too_long(most) } else { file.to_owned() }));
    entry
}

pub(super) fn sign_in(grant: &Grant) -> Detail {
    let mut entry = command("sign_in");
    entry.whole("bytes", grant.bytes() as u64);
    entry
}

/// Which they are decides what follows. What cannot be one is written down as something that cannot be one either.
pub(super) fn topics(what: &'static str, topics: &[String]) -> Detail {
    let most = limits::TOPIC_UNITS;
    let topic = |topic: &String| Field::Text(if topic.len() > 4 * most { too_long(most) } else { topic.clone() });
    let mut entry = command(what);
    entry.with("topics", Field::List(gather(topics.iter().take(limits::TOPICS_WANTED + 1).map(topic))));
    entry
}

/// What stands for a text that is longer than this.
pub(super) fn too_long(most: usize) -> String {
    let mut text = String::new();
    for _ in 0..=most {
        text.push('x');
    }
    text
}

pub(super) fn close(grace: Option<u64>) -> Detail {
    let mut entry = command("close");
    entry.whole_or_none("grace", grace);
    entry
}

pub(super) fn input(input: &Input, dialect: &dyn Dialect) -> Detail {
    match input {
        Input::SocketOpened(socket) => numbered("opened", "socket", *socket),
        Input::SocketFrame(socket, frame) | Input::SocketText(socket, frame, _) => {
            let mut entry = numbered("frame", "socket", *socket);
            entry.whole("bytes", frame.bytes as u64);
            match &frame.body {
                // By which members it is known is the application's word.
                Ok(body) if built::STREAMS && is_confirmation(body, dialect) => {
                    entry.flag("confirmed", true);
                    cut_shown(&mut entry, body);
                }
                Ok(body) => with_body(&mut entry, body, dialect),
                Err(unreadable) => {
                    entry.word("unreadable", Unreadable::name(*unreadable));
                }
            }
            entry
        }
        Input::SocketClosed(socket, code, why) => {
            let mut entry = numbered("closed", "socket", *socket);
            entry.whole("code", u64::from(*code));
            failed(entry, why.as_ref())
        }
        Input::SocketRefused(socket, answer) => head(numbered("refused", "socket", *socket), answer),
        Input::Answered(request, answer) => answered(*request, answer, dialect),
        Input::Unanswered(request, why) => failed(numbered("unanswered", "request", *request), why.as_ref()),
        Input::Token(request, token, life) => {
            let mut entry = numbered("token", "request", *request);
            let token = token.expose().trim_ascii();
            entry.flag("wellFormed", crate::config::well_formed(token));
            // It may stand in frames, whose size is recorded.
            entry.whole("bytes", token.len().min(limits::IDENTIFIER_BYTES) as u64);
            if built::STREAMS {
                // A longer one is not believed.
                entry.whole_or_none("expiresIn", life.map(|life| life.min(limits::TOKEN_LIFE_MOST)));
            }
            entry
        }
        Input::TokenRefused(request, ended) => {
            let mut entry = numbered("token_refused", "request", *request);
            entry.word_or_none("final", ended.map(Ended::code));
            entry
        }
        Input::Environment(environment) => command(match environment {
            Environment::Online => "online",
            Environment::Offline => "offline",
            Environment::Visible => "visible",
            Environment::Resumed => "resumed",
        }),
        Input::Time => command("time"),
    }
}

fn failed(mut entry: Detail, why: Option<&ErrorCode>) -> Detail {
    if let Some(why) = why {
        entry.text("why", Some(why.name()));
    }
    entry
}

fn answered(request: u32, answer: &HttpAnswer, dialect: &dyn Dialect) -> Detail {
    let mut entry = head(numbered("answered", "request", request), answer);
    match &answer.body {
        AnswerBody::Empty => {}
        AnswerBody::Json(body) => {
            with_body(&mut entry, body, dialect);
        }
        AnswerBody::Unreadable(why) => {
            entry.word("unreadable", why.name());
        }
    }
    entry
}

fn with_body(entry: &mut Detail, body: &Value, dialect: &dyn Dialect) {
    entry.with("body", body_shown(body, dialect));
    cut_shown(entry, body);
}

/// That something in it was left out, wherever that stood.
fn cut_shown(entry: &mut Detail, body: &Value) {
    if body.is_cut() {
        entry.flag("cut", true);
    }
}

fn head(mut entry: Detail, answer: &HttpAnswer) -> Detail {
    // Longer ones are not read; what they hold is no date.
    let header = |header: &Option<String>| {
        let header = header.as_deref().filter(|header| header.len() <= limits::HEADER_BYTES);
        // What asks for no wait, and is no date, may be anything.
        let known = |header: &str| retry_after::parse(header, None, 0).is_some();
        header.map_or(
            Field::Nothing,
            |header| if known(header) { Field::Text(header.to_owned()) } else { Field::Word("?") },
        )
    };
    entry
        .whole("status", u64::from(answer.status))
        .with("retryAfter", header(&answer.retry_after))
        .with("date", header(&answer.date));
    if let Some(host) = &answer.redirected {
        entry.word("redirected", if host.is_empty() { "" } else { STAND_IN });
    }
    entry
}

fn is_confirmation(body: &Value, dialect: &dyn Dialect) -> bool {
    dialect.streaming().is_some() && matches!(dialect.read(body), Ok(Received::Stream(News::Confirmed)))
}

/// Stands for a text: how long it is, and how long in JSON.
pub(super) fn filler(text: &str) -> Field {
    let (bytes, quoted) = Content::lengths(text);
    let mut detail = Detail::default();
    detail.whole("filler", bytes as u64).whole("quoted", quoted as u64);
    Field::Detail(detail)
}

/// So many more outputs follow from one input than are written down one by one.
pub(super) fn more(count: usize) -> Detail {
    let mut entry = Detail::default();
    entry.word("out", "more").whole("count", count as u64);
    entry
}

pub(super) fn output(output: &Output) -> Detail {
    let mut entry = Detail::default();
    let mut put = |what: &'static str, name: &'static str, number: u32| {
        entry.word("out", what).whole(name, number.into());
    };
    match output {
        Output::OpenSocket(socket, _) => put("open_socket", "socket", *socket),
        Output::SendFrame(socket, text) => {
            put("send_frame", "socket", *socket);
            entry.whole("bytes", text.len() as u64);
        }
        Output::CloseSocket(socket, code) => {
            put("close_socket", "socket", *socket);
            entry.whole("code", u64::from(*code));
        }
        Output::Request(request, sent) => {
            put("request", "request", *request);
            entry.word("method", sent.method).whole("bytes", sent.body.as_ref().map_or(0, String::len) as u64);
        }
        Output::Upload(request, upload) if built::WEB_MESSAGING => {
            put("upload", "request", *request);
            entry.text("id", Some(upload.attachment.as_hyphenated().encode_lower(&mut Uuid::encode_buffer())));
        }
        Output::ReleaseFile(id) if built::WEB_MESSAGING => {
            entry.word("out", "release_file");
            entry.text("id", Some(id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer())));
        }
        // What no service that is built in wants.
        Output::Upload(..) | Output::ReleaseFile(_) => {}
        Output::AbortRequest(request) => put("abort_request", "request", *request),
        Output::RequestToken(request, renew) => {
            put("request_token", "request", *request);
            entry.flag("renew", *renew);
        }
        Output::Event(event) => {
            let (name, detail) = told(event);
            entry.word("out", name).detail("detail", Some(detail));
        }
    }
    entry
}

/// The same failure, without the host that a redirect leads to.
fn unnamed(failure: &Failure) -> Failure {
    let stand_in = |host: &String| if host.is_empty() { String::new() } else { STAND_IN.to_owned() };
    Failure { redirected: failure.redirected.as_ref().map(stand_in), ..failure.clone() }
}

fn told(event: &Event) -> (&'static str, Detail) {
    let (name, mut detail) = event.detail();
    if let Event::Message(message) = event {
        detail.replace("content", filler(&message.content));
    }
    match event {
        Event::StateChange(change) if change.cause.redirected.is_some() => {
            detail.replace("cause", unnamed(&change.cause).detail().map_or(Field::Nothing, Field::Detail));
        }
        Event::Repeated(it) if it.failure.redirected.is_some() => {
            detail = Repeated { failure: unnamed(&it.failure), ..it.clone() }.detail();
        }
        Event::Attachment(file) => {
            if let Some(file) = file.get() {
                detail.replace("name", filler(&file.name));
                detail.replace("url", file.url.as_ref().map_or(Field::Nothing, |_| Field::Word(STAND_IN)));
            }
        }
        #[cfg(feature = "web-messaging")]
        Event::Conversation(it) => {
            if let Some(Happening::Presence(Presence { kind, .. }) | Happening::Notice(Notice { kind, .. })) = it.get()
                && !is_word(kind)
            {
                detail.replace("kind", filler(kind));
            }
        }
        Event::Answer(answer) if answer.get().is_some_and(|answer| answer.found.is_ok()) => {
            detail.replace("value", Field::Flag(true));
        }
        Event::Stream(told) if told.is_some() && name == "event" => {
            detail.replace("body", Field::Flag(true));
            if detail.last() == Some("rawBody") {
                detail.cut(1);
            }
        }
        Event::Address(address) => {
            if let Some(address) = address.get() {
                detail.replace("url", address.url.as_ref().map_or(Field::Nothing, |_| Field::Word(STAND_IN)));
            }
        }
        _ => {}
    }
    Body::untell(&mut detail);
    // It is told where there is a body, and what was held back over a checkpoint has none any more.
    if matches!(event, Event::Message(Message { sent_id: None, .. })) && detail.last() == Some("sentId") {
        detail.cut(1);
    }
    (name, detail)
}
