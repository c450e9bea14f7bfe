//! The options of event streams.

use super::Credential;
use super::reader::{Fault, Reader};
use crate::checkpoint::{keep, keep_one_of};
use crate::error::{OptionError, Report};
use crate::limits;
use crate::secret::Secret;
use crate::topics::{Telling, Topics};

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
    /// Events carry their bodies in the service's own words too.
    pub raw_body: bool,
    /// The token stands in a header of the handshake; else in the address.
    pub token_in_header: bool,
    /// How a plain event socket is told of topics.
    pub style: Style,
    /// The members of the frame by which it confirms them; none: it does not.
    pub confirmed: Vec<(String, String)>,
    /// A heartbeat frame, bytes.
    pub heartbeat_bytes: usize,
}

impl Stream {
    /// The options by their names, of notification channels or of a plain event socket.
    pub(super) fn names(all: &Reader<'_>) -> &'static [&'static str] {
        match (all.has("url"), all.has("region")) {
            (true, false) => &["url", "subscribe", "tokenIn", "resync", "rawBody"],
            (false, _) => &["region", "topics", "handover", "onEvicted", "resync", "rawBody"],
            (true, true) => {
                let remedy = "give the region for notification channels, or the address of a plain event socket";
                all.fault("url", "stands beside a region", remedy);
                &[]
            }
        }
    }

    pub(super) fn read(all: &Reader<'_>, fault: &Fault) -> Self {
        let plain = all.has("url");
        let subscribe = all.nested("subscribe", &["style", "topics", "confirmed"]);
        let stream = Self {
            path: plain.then(|| path(all)),
            topics: if plain { subscribe.texts("topics") } else { all.texts("topics") },
            handover: [Handover::SameChannel, Handover::SecondChannel]
                [all.choice("handover", &["same-channel", "second-channel"])],
            on_evicted: [OnEvicted::Stop, OnEvicted::Reconnect][all.choice("onEvicted", &["stop", "reconnect"])],
            resync: all.flag("resync", false),
            raw_body: all.flag("rawBody", false),
            token_in_header: all.choice("tokenIn", &["query", "header"]) == 1,
            style: [Style::Subscribe, Style::Events][subscribe.choice("style", &["subscribe", "events"])],
            confirmed: confirmed(&subscribe),
            heartbeat_bytes: all.nested_any("heartbeat").whole(
                "maxBytes",
                limits::HEARTBEAT_BYTES as u64,
                limits::HEARTBEAT_BYTES_LEAST as u64,
                limits::HEARTBEAT_BYTES as u64,
            ) as usize,
        };
        if let Err(error) = Topics::new(stream.telling()).add(&stream.topics) {
            let Report { message, remedy, .. } = error.report();
            let mut problem = String::from("cannot be: ");
            problem.push_str(&message);
            let option = if plain { "subscribe.topics" } else { "topics" };
            fault.keep(OptionError { option: option.to_owned(), problem: problem.into(), remedy });
        }
        stream
    }

    /// Who asks. What is of no kind is nothing of what the face knows. A plain event socket may be for everybody.
    pub(super) fn credential(all: &Reader<'_>, fault: &Fault) -> Credential {
        let plain = all.has("url");
        let given = all.nested("credential", &["kind", "value"]);
        let option = if plain { "auth" } else { "credentials" };
        match given.maybe_text("kind") {
            Some("bearer") => Credential::Bearer(super::literal(&given, fault, option)),
            Some("provider") => Credential::Provider,
            Some("none") if plain => Credential::None,
            _ => {
                fault.keep(OptionError {
                    option: option.to_owned(),
                    problem: "is missing, or nothing that gives a token".into(),
                    remedy: "give a TokenManager, a function that gives a token, a token, or in Node clientId and clientSecret"
                        .into(),
                });
                Credential::None
            }
        }
    }

    /// Whether events come by the service's channels; else by a socket that is there by itself.
    #[must_use]
    pub fn has_channels(&self) -> bool {
        self.path.is_none()
    }

    /// What the service can be told of topics.
    #[must_use]
    pub fn telling(&self) -> Telling {
        match self.style {
            _ if self.has_channels() => Telling::Channel,
            Style::Subscribe => Telling::Differences,
            Style::Events => Telling::Everything,
        }
    }
}

/// What stands behind the host in the address of a plain event socket.
fn path(all: &Reader<'_>) -> Secret {
    let path = super::host::path(all.required_text("url"));
    // A fragment never leaves a platform, and one with it is no socket's address.
    if path.len() > limits::ADDRESS_BYTES || !path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
        all.fault(
            "url",
            "has a path that is malformed, or a fragment",
            "encode what is no visible ASCII, and leave out what begins with #",
        );
    }
    Secret::new(path.to_owned())
}

/// By what the frame is known that confirms the topics.
fn confirmed(subscribe: &Reader<'_>) -> Vec<(String, String)> {
    if !subscribe.has("confirmed") {
        return Vec::new();
    }
    let given = subscribe.nested_any("confirmed");
    let mut members = Vec::new();
    let mut sound = true;
    for name in given.names().take(limits::MARKS + 1) {
        let text = given.maybe_text(name).filter(|text| text.len() <= limits::MARK_BYTES);
        sound &= text.is_some();
        members.push((name.to_owned(), text.unwrap_or_default().to_owned()));
    }
    if !sound || !(1..=limits::MARKS).contains(&members.len()) {
        subscribe.fault(
            "confirmed",
            "names no members, or too many, or some that are no texts",
            "give one or more members of the confirming frame, like {\"type\":\"subscribed\"}",
        );
        return Vec::new();
    }
    members
}

keep_one_of!(Handover { SameChannel, SecondChannel });
keep_one_of!(OnEvicted { Stop, Reconnect });
keep_one_of!(Style { Subscribe, Events });
keep!(Stream {
    path,
    topics,
    handover,
    on_evicted,
    resync,
    raw_body,
    token_in_header,
    style,
    confirmed,
    heartbeat_bytes
});

#[cfg(test)]
mod tests;
