//! The options of event streams.

use super::reader::{Fault, Reader};
use crate::checkpoint::{keep, keep_one_of};
use crate::error::OptionError;
use crate::secret::Secret;

/// Which socket takes over when the service announces that it will close one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Handover {
    /// One of the same channel: the service ends the old one, and there is a gap.
    #[default]
    SameChannel,
    /// One of a second channel, made for it: none is lost, and the service is asked twice.
    SecondChannel,
}

/// What is done when another process's channel has taken this one's place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnEvicted {
    /// The client ends.
    #[default]
    Stop,
    /// Another one is made, after the longest wait.
    Reconnect,
}

/// How a plain event socket is told of topics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// `{"type":"subscribe","data":{"topics":[…]}}`
    #[default]
    Subscribe,
    /// `{"api-version":"1","events":[…]}`
    Events,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    /// The path of a plain event socket; none: events come by channels.
    pub path: Option<Secret>,
    /// What is wanted from the beginning.
    pub topics: Vec<String>,
    /// Which socket takes over.
    pub handover: Handover,
    /// What is done when another process's channel has taken this one's place.
    pub on_evicted: OnEvicted,
    /// Events wait after a gap until the application says that it is up to date.
    pub resync: bool,
    /// The token stands in a header of the handshake; else in the address.
    pub token_in_header: bool,
    /// How a plain event socket is told of topics.
    pub style: Style,
    /// The members of the frame by which it confirms them; none: it does not.
    pub confirmed: Vec<(String, String)>,
}

impl Stream {
    /// The options by their names.
    pub(super) const NAMES: &[&str] =
        &["region", "url", "topics", "handover", "onEvicted", "resync", "tokenIn", "subscribe"];

    pub(super) fn read(all: &Reader<'_>, fault: &Fault) -> Self {
        let plain = all.has("url");
        if plain && all.has("region") {
            fault.keep(OptionError {
                option: "url".to_owned(),
                problem: "stands beside a region".into(),
                remedy: "give the region for notification channels, or the address of a plain event socket".into(),
            });
        }
        let subscribe = all.nested("subscribe", &["style", "topics", "confirmed"]);
        let confirmed = subscribe.nested_any("confirmed");
        let member = |name: &str| Some((name.to_owned(), confirmed.maybe_text(name)?.to_owned()));
        Self {
            path: plain.then(|| Secret::new(super::host::path(all.required_text("url")).to_owned())),
            topics: if plain { subscribe.texts("topics") } else { all.texts("topics") },
            handover: [Handover::SameChannel, Handover::SecondChannel]
                [all.choice("handover", &["same-channel", "second-channel"])],
            on_evicted: [OnEvicted::Stop, OnEvicted::Reconnect][all.choice("onEvicted", &["stop", "reconnect"])],
            resync: all.flag("resync", false),
            token_in_header: all.choice("tokenIn", &["query", "header"]) == 1,
            style: [Style::Subscribe, Style::Events][subscribe.choice("style", &["subscribe", "events"])],
            confirmed: confirmed.names().filter_map(member).collect(),
        }
    }
}

keep_one_of!(Handover { SameChannel, SecondChannel });
keep_one_of!(OnEvicted { Stop, Reconnect });
keep_one_of!(Style { Subscribe, Events });
keep!(Stream { path, topics, handover, on_evicted, resync, token_in_header, style, confirmed });
