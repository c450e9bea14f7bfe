//! The options of a service whose widget is a deployment (web-messaging.md).

use super::journey::journey;
use super::reader::{Fault, Reader};
use crate::checkpoint::{keep, keep_one_of};
use crate::content::Content;
use crate::error::OptionError;
use crate::limits;
use crate::secret::Secret;

/// What becomes of a message of which not even the service's history tells whether it arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnUncertain {
    /// It ends `unconfirmed`.
    NeverTwice,
    /// It is sent again: the caller accepts duplicates.
    AtLeastOnce,
}

/// In what the journey of a guest who signs in is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JourneyIn {
    /// In each greeting, as that of any guest (the official mobile client up to 2.14).
    Greeting,
    /// In the exchange of what they sign in with (2.15.0-rc1).
    Exchange,
    /// In both.
    Both,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// Its id.
    pub id: String,
    /// A fresh session, whatever the service has.
    pub start_new: bool,
    /// What becomes of a message whose fate nobody can tell.
    pub on_uncertain: OnUncertain,
    /// How late the service may take a copy whose link has ended, ms.
    pub settle_after: u64,
    /// How long after it was said the history may still lack a message, ms.
    pub history_lag: u64,
    /// The service is told in each new session that the guest is there, before a word was said.
    pub auto_start: bool,
    /// How long before the session's end it is told of, ms.
    pub expiry_notice: u64,
    /// Where the client says to come from.
    pub origin: Option<Secret>,
    /// What the guest did on the site before, as it stands in a frame.
    pub journey: Option<Content>,
    /// In what that of a guest who signs in is told.
    pub journey_in: JourneyIn,
    /// No session is begun but as somebody who has signed in.
    pub authenticated: bool,
}

impl Deployment {
    /// The options by their names.
    pub(super) const NAMES: &[&str] = &[
        "region",
        "deploymentId",
        "startNew",
        "onUncertain",
        "settleAfter",
        "historyLag",
        "autoStart",
        "expiryNotice",
        "origin",
        "authenticated",
        "journeyContext",
        "journeyIn",
    ];

    pub(super) fn read(all: &Reader<'_>, fault: &Fault) -> Self {
        let id = all.maybe_text("deploymentId").unwrap_or_default();
        // It stands in an address as it is.
        let sound = (1..=limits::DEPLOYMENT_BYTES).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !sound {
            fault.keep(OptionError {
                option: "deploymentId".to_owned(),
                problem: "is missing or malformed".into(),
                remedy: "give the id of the Messenger deployment".into(),
            });
        }
        Self {
            id: id.to_owned(),
            start_new: all.flag("startNew", false),
            on_uncertain: [OnUncertain::NeverTwice, OnUncertain::AtLeastOnce]
                [all.choice("onUncertain", &["never-twice", "at-least-once"])],
            settle_after: all.whole("settleAfter", limits::SETTLE_AFTER, 0, limits::DURATION_MOST),
            history_lag: all.whole("historyLag", limits::HISTORY_LAG, 0, limits::DURATION_MOST),
            auto_start: all.flag("autoStart", false),
            authenticated: all.flag("authenticated", false),
            expiry_notice: all.whole("expiryNotice", limits::EXPIRY_NOTICE, 0, limits::DURATION_MOST),
            origin: origin(all),
            journey: journey(all),
            journey_in: [JourneyIn::Greeting, JourneyIn::Exchange, JourneyIn::Both]
                [all.choice("journeyIn", &["greeting", "exchange", "both"])],
        }
    }
}

/// It stands in a header as it is.
fn origin(all: &Reader<'_>) -> Option<Secret> {
    if !all.has("origin") {
        return None;
    }
    let given = all.maybe_text("origin").unwrap_or_default();
    if !(1..=limits::ORIGIN_BYTES).contains(&given.len()) || !given.bytes().all(|byte| byte.is_ascii_graphic()) {
        all.fault(
            "origin",
            "is no origin",
            "give the address of a page that the deployment allows, like https://acme.example",
        );
    }
    Some(Secret::new(given.to_owned()))
}

keep_one_of!(OnUncertain { NeverTwice, AtLeastOnce });
keep_one_of!(JourneyIn { Greeting, Exchange, Both });
keep!(Deployment {
    id,
    start_new,
    on_uncertain,
    settle_after,
    history_lag,
    auto_start,
    expiry_notice,
    origin,
    journey,
    journey_in,
    authenticated
});
