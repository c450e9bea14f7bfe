//! What the application is told: plain structs, one per kind, with the field's own names. None
//! carries a token; only [`Message`] and what has a [`Body`] carry content.

pub mod conversation;
mod streams;

pub use streams::{Told, Topic, TopicRefused};

use crate::body::Body;
use crate::built::{self, InAsking, InStreams, InWebMessaging};
use crate::content::Content;
use crate::detail::{Detail, Field};
use crate::error::Report;
use crate::error::repeated::Repeated;
use crate::failure::{ErrorCode, Failure};
use crate::gather::gather;
use crate::secret::Secret;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// The connection changed, began to wait, or began an attempt. Boxed: it is rare, and twice as
    /// large as the next.
    StateChange(Box<StateChange>),
    /// A message of the guest changed its state.
    Delivery(Delivery),
    /// The agent said something.
    Message(Message),
    /// Something else happened in the conversation.
    Conversation(InWebMessaging<conversation::Happening>),
    /// The connection was away for a while; the service may have said something meanwhile.
    Gap(Gap),
    /// There is a guest session.
    Session(Session),
    /// The connection's quality crossed a threshold.
    Quality(Quality),
    /// A file of the guest changed its state.
    Attachment(InWebMessaging<Attachment>),
    /// Bytes of a file have left.
    Progress(InWebMessaging<Progress>),
    /// Where a file can be fetched, or why nobody can say.
    Address(InWebMessaging<Address>),
    /// What the application asked for, or why there is no answer.
    Answer(InAsking<Answer>),
    /// One record of what was done on the wire.
    Audit(Audit),
    /// Something about a stream.
    Stream(InStreams<Told>),
    /// Trouble, or the final error.
    Error(Report),
    /// Trouble that repeats.
    Repeated(Repeated),
}

impl Event {
    /// Its name, and its own names and values.
    #[must_use]
    pub fn detail(&self) -> (&'static str, Detail) {
        let mut detail = Detail::default();
        let to = &mut detail;
        let name = match self {
            Self::StateChange(it) => {
                to.word("from", it.from).word("to", it.to).word("step", it.step).word("why", it.why);
                to.whole("attempt", it.attempt.into()).whole_or_none("wait", it.wait);
                to.detail("cause", it.cause.detail());
                to.detail("error", it.error.as_ref().map(Report::detail)).whole("at", it.at);
                "statechange"
            }
            Self::Delivery(it) => {
                to.text("id", Some(&it.id)).word("state", it.state).word_or_none("reason", it.reason);
                to.word_or_none("via", it.via).whole("elapsed", it.elapsed);
                to.whole("attempts", it.attempts.into()).whole("at", it.at);
                "delivery"
            }
            Self::Message(it) => {
                it.tell(to);
                "message"
            }
            Self::Conversation(it) => it.get().map_or("", |it| it.tell(to)),
            Self::Gap(it) => {
                to.whole("from", it.from).whole("to", it.to);
                if built::STREAMS && it.number > 0 {
                    to.whole("number", it.number.into());
                }
                "gap"
            }
            Self::Session(it) => {
                to.text("id", Some(&it.id)).whole("expiresIn", it.expires_in);
                to.text("replaces", it.replaces.as_deref()).word("reason", it.reason);
                "session"
            }
            Self::Quality(it) => {
                to.word("kind", it.kind).word("state", it.state).number("mean", it.mean);
                to.whole_or_none("p50", it.p50).whole_or_none("p95", it.p95);
                to.number("loss", it.loss).whole("at", it.at);
                "quality"
            }
            Self::Audit(it) => {
                to.word("what", it.what).text("connection", it.connection.as_deref());
                to.text("message", it.message.as_deref()).whole("bytes", it.bytes as u64);
                to.word("state", it.state).whole_or_none("code", it.code.map(u64::from)).whole("at", it.at);
                if let Some(cause) = &it.cause {
                    to.text("cause", Some(cause.name()));
                }
                "audit"
            }
            Self::Attachment(it) => it.get().map_or("", |it| it.tell(to)),
            Self::Progress(it) => it.get().map_or("", |it| it.tell(to)),
            Self::Address(it) => it.get().map_or("", |it| it.tell(to)),
            Self::Answer(it) => it.get().map_or("", |it| it.tell(to)),
            Self::Stream(it) => {
                let Some(told) = it.get() else { return ("", detail) };
                return told.detail();
            }
            Self::Error(it) => {
                detail = it.detail();
                "error"
            }
            Self::Repeated(it) => {
                detail = it.detail();
                "error"
            }
        };
        (name, detail)
    }
}

/// See [`Event::StateChange`].
#[derive(Clone, Debug)]
pub struct StateChange {
    /// The state before.
    pub from: &'static str,
    /// The state now; the same where only a wait or an attempt began.
    pub to: &'static str,
    /// What is being done in it.
    pub step: &'static str,
    /// Why.
    pub why: &'static str,
    /// Attempts since the connection was last ready, this one included.
    pub attempt: u32,
    /// How long until the next attempt, ms, where one is waited for.
    pub wait: Option<u64>,
    /// Why, in the words of the platform or of whoever answered.
    pub cause: Failure,
    /// The final error, where it ended for good.
    pub error: Option<Report>,
    /// When, epoch ms.
    pub at: u64,
}

/// See [`Event::Delivery`].
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The message's id.
    pub id: String,
    /// `queued`, `sending`, or one of the five final states.
    pub state: &'static str,
    /// Why, where it ended other than `delivered`, or went back to `queued`.
    pub reason: Option<&'static str>,
    /// `socket` or `rest`, where it is under way or delivered.
    pub via: Option<&'static str>,
    /// Since it was accepted, ms.
    pub elapsed: u64,
    /// How often it left.
    pub attempts: u32,
    /// When, epoch ms.
    pub at: u64,
}

/// See [`Event::Message`].
#[derive(Clone, Debug)]
pub struct Message {
    /// The service's id of it.
    pub id: String,
    /// `agent`, or `guest` where it was said elsewhere, in another tab, say.
    pub sender: &'static str,
    /// Of a guest's: the id that the client gave it which sent it, where the service repeats it.
    pub sent_id: Option<String>,
    /// What was said.
    pub content: String,
    /// All that the service sent of it: buttons, cards, files, and what this client knows nothing of.
    pub body: Body,
    /// When it was received, epoch ms.
    pub at: u64,
}

impl Message {
    fn tell(&self, to: &mut Detail) {
        to.text("id", Some(&self.id)).word("sender", self.sender);
        to.text("content", Some(&self.content)).whole("at", self.at);
        // Where a service sends a text alone, it knows nothing of another tab's.
        if self.body.value().is_some() || self.sent_id.is_some() {
            to.text("sentId", self.sent_id.as_deref());
        }
        self.body.tell(to);
    }
}

/// See [`Event::Answer`].
#[derive(Clone, Debug)]
pub struct Answer {
    /// The question's number.
    pub number: u32,
    /// What was found.
    pub found: Result<Found, Report>,
}

/// What was asked for.
#[derive(Clone, Debug)]
pub enum Found {
    /// An older part of the conversation, in order.
    Messages {
        /// Those that the application did not know.
        messages: Vec<Message>,
        /// There is nothing before them.
        done: bool,
    },
    /// What the deployment is like.
    Deployment(Body),
    /// What became of topics.
    Topics(InStreams<Vec<Topic>>),
}

impl Answer {
    fn tell(&self, to: &mut Detail) -> &'static str {
        to.whole("request", self.number.into());
        match &self.found {
            Ok(Found::Topics(topics)) => {
                let Some(topics) = topics.get() else { return "" };
                let told = topics.iter().map(|topic| Field::Detail(topic.detail()));
                to.with("value", Field::List(gather(told)));
            }
            Ok(Found::Messages { messages, done }) => {
                let told = |message: &Message| {
                    let mut detail = Detail::default();
                    message.tell(&mut detail);
                    Field::Detail(detail)
                };
                to.with("value", Field::List(gather(messages.iter().map(told)))).flag("done", *done);
            }
            Ok(Found::Deployment(body)) => {
                to.with("value", body.value().map_or(Field::Nothing, |value| Field::Value(value.clone())));
            }
            Err(error) => {
                to.detail("error", Some(error.detail()));
            }
        }
        "answer"
    }
}

/// See [`Event::Gap`].
#[derive(Clone, Debug)]
pub struct Gap {
    /// When something was last heard, epoch ms.
    pub from: u64,
    /// When the connection was ready again, epoch ms.
    pub to: u64,
    /// By which the application says that it has caught up; 0: nobody waits for that.
    pub number: u32,
}

/// See [`Event::Session`].
#[derive(Clone, Debug)]
pub struct Session {
    /// The service's id of it.
    pub id: String,
    /// How long it lives, ms.
    pub expires_in: u64,
    /// The id of the session that it replaces.
    pub replaces: Option<String>,
    /// Why it was made.
    pub reason: &'static str,
}

/// See [`Event::Quality`].
#[derive(Clone, Debug)]
pub struct Quality {
    /// Which threshold, and which way.
    pub kind: &'static str,
    /// `STABLE` or `DEGRADED`.
    pub state: &'static str,
    /// Mean round trip, ms.
    pub mean: Option<f64>,
    /// Median round trip, ms.
    pub p50: Option<u64>,
    /// 95th percentile, ms.
    pub p95: Option<u64>,
    /// Share of heartbeats lost, 0 to 1.
    pub loss: Option<f64>,
    /// When, epoch ms.
    pub at: u64,
}

/// See [`Event::Attachment`].
#[derive(Clone, Debug)]
pub struct Attachment {
    /// Its id; a message takes it along by it.
    pub id: String,
    /// Its name.
    pub name: Content,
    /// Its type.
    pub kind: String,
    /// Bytes.
    pub size: u64,
    /// `presigning`, `uploading`, `uploaded`, `sending`, `detaching`, or its end: `sent`, `detached` or `failed`.
    pub state: &'static str,
    /// Why, where it failed, was taken back, or went back to an earlier state.
    pub reason: Option<&'static str>,
    /// The service's word for that, where it gave one.
    pub code: Option<u16>,
    /// Where it can be fetched for a while, where the service says so.
    pub url: Option<Secret>,
    /// When, epoch ms.
    pub at: u64,
}

impl Attachment {
    fn tell(&self, to: &mut Detail) -> &'static str {
        to.text("id", Some(&self.id)).text("name", Some(&self.name)).text("type", Some(&self.kind));
        to.whole("size", self.size).word("state", self.state).word_or_none("reason", self.reason);
        to.whole_or_none("code", self.code.map(u64::from));
        to.text("url", self.url.as_ref().map(Secret::expose)).whole("at", self.at);
        "attachment"
    }
}

/// See [`Event::Progress`].
#[derive(Clone, Debug)]
pub struct Progress {
    /// The file's id.
    pub id: String,
    /// Bytes that have left.
    pub loaded: u64,
    /// All of them.
    pub total: u64,
}

impl Progress {
    fn tell(&self, to: &mut Detail) -> &'static str {
        to.text("id", Some(&self.id)).whole("loaded", self.loaded).whole("total", self.total);
        "uploadprogress"
    }
}

/// See [`Event::Address`].
#[derive(Clone, Debug)]
pub struct Address {
    /// Which question this answers.
    pub number: u32,
    /// The file's id.
    pub id: String,
    /// Where it can be fetched for a while.
    pub url: Option<Secret>,
    /// Why nobody can say.
    pub error: Option<Report>,
    /// When, epoch ms.
    pub at: u64,
}

impl Address {
    fn tell(&self, to: &mut Detail) -> &'static str {
        to.whole("request", self.number.into()).text("id", Some(&self.id));
        to.text("url", self.url.as_ref().map(Secret::expose));
        to.detail("error", self.error.as_ref().map(Report::detail)).whole("at", self.at);
        "attachmenturl"
    }
}

/// See [`Event::Audit`].
#[derive(Clone, Debug)]
pub struct Audit {
    /// What was done.
    pub what: &'static str,
    /// The connection's id.
    pub connection: Option<String>,
    /// The message's id.
    pub message: Option<String>,
    /// Size, where something was sent or received.
    pub bytes: usize,
    /// The client's state.
    pub state: &'static str,
    /// A status, a close code or the code of an error.
    pub code: Option<u16>,
    /// The platform's own code of what failed.
    pub cause: Option<ErrorCode>,
    /// When, epoch ms.
    pub at: u64,
}
