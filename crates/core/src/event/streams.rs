//! What the application is told of a stream.

use crate::detail::{Detail, Field};
use crate::error::Report;
use crate::gather::gather;
use crate::protocol::streaming::{Refused, Streamed};

/// See the module.
#[derive(Clone, Debug)]
pub enum Told {
    /// An event, and when it came, epoch ms.
    Event(Streamed, u64),
    /// The service refuses a topic.
    Refused(TopicRefused),
}

impl Told {
    /// Its name, and its names and values. An event's `bytes` are for who keeps it, and not for the application.
    #[must_use]
    pub fn detail(&self) -> (&'static str, Detail) {
        match self {
            Self::Event(it, at) => {
                let mut detail = Detail::default();
                detail.text("topic", Some(&it.topic)).text("correlationId", it.correlation.as_deref());
                detail.with("body", it.body.value().map_or(Field::Nothing, |value| Field::Value(value.clone())));
                detail.whole("at", *at).whole("bytes", it.bytes as u64);
                // The last one: a trace leaves it out.
                if let Some(raw) = it.raw.text() {
                    detail.text("rawBody", Some(raw));
                }
                ("event", detail)
            }
            Self::Refused(it) => ("error", it.detail()),
        }
    }
}

/// One topic, and how it stands.
#[derive(Clone, Debug)]
pub struct Topic {
    /// Its name.
    pub topic: String,
    /// `pending`, `subscribed` or `refused`; `unsubscribed` where it is not wanted.
    pub state: &'static str,
    /// Why it is refused.
    pub why: Option<Refused>,
}

impl Topic {
    /// Its names and values.
    #[must_use]
    pub fn detail(&self) -> Detail {
        let mut detail = Detail::default();
        detail.text("topic", Some(&self.topic)).word("state", self.state);
        if let Some(why) = &self.why {
            detail.text("reason", Some(&why.reason)).with("missingPermissions", words(&why.missing));
        }
        detail
    }
}

/// The service refuses a topic. The others go on.
#[derive(Clone, Debug)]
pub struct TopicRefused {
    /// Its name.
    pub topic: String,
    /// The service's word for why.
    pub reason: String,
    /// The permissions that were missing.
    pub missing: Vec<String>,
    /// When, epoch ms.
    pub at: u64,
}

impl TopicRefused {
    /// An error's names and values, and its own.
    #[must_use]
    pub fn detail(&self) -> Detail {
        let mut message = String::from("the service refuses the topic ");
        message.push_str(&self.topic);
        let report = Report {
            code: "topic_refused",
            message: message.into(),
            remedy: "see `reason` and `missingPermissions`; the other topics stay subscribed".into(),
            retryable: false,
            blame: "service",
            option: None,
        };
        let mut detail = report.detail();
        detail.text("topic", Some(&self.topic)).text("reason", Some(&self.reason));
        detail.with("missingPermissions", words(&self.missing)).whole("at", self.at);
        detail
    }
}

fn words(words: &[String]) -> Field {
    Field::List(gather(words.iter().map(|word| Field::Text(word.clone()))))
}
