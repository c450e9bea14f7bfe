//! What fails again and again. The client goes on; somebody may have to do something.

use super::Report;
use crate::built;
use crate::detail::Detail;
use crate::failure::Failure;
use crate::json::decimal;

/// What is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// No connection comes about, or no token.
    Connecting,
    /// Requests beside the connection: messages by REST, topics, signing in.
    Requests,
}

/// Failures in a row.
#[derive(Clone, Debug)]
pub struct Repeated {
    /// Of what.
    pub what: What,
    /// How many since the last success.
    pub count: u32,
    /// Since when, epoch ms.
    pub since: u64,
    /// Why the last one failed, as `statechange` tells it.
    pub why: &'static str,
    /// The same in the words of the platform or of whoever answered.
    pub failure: Failure,
}

impl Repeated {
    /// Its names and values.
    #[must_use]
    pub fn detail(&self) -> Detail {
        let mut detail = self.report().detail();
        detail.whole("count", self.count.into()).whole("since", self.since);
        let mut cause = self.failure.detail().unwrap_or_default();
        cause.word("why", self.why);
        detail.detail("cause", Some(cause));
        detail
    }

    fn report(&self) -> Report {
        let (code, text) = match self.what {
            What::Connecting => ("not_connecting", "attempts to connect fail again and again: "),
            What::Requests => ("rest_unavailable", "requests fail again and again: "),
        };
        let mut message = String::from(text);
        // The host that a redirect leads to stands beside.
        match (&self.failure.code, self.failure.status) {
            (Some(code), _) => message.push_str(code.name()),
            (None, Some(status)) => {
                message.push_str(self.why);
                message.push_str(", status ");
                decimal(&mut message, status.into());
            }
            (None, None) => message.push_str(self.why),
        }
        let remedy = self.remedy();
        Report { code, message: message.into(), remedy: remedy.into(), retryable: true, blame: "network", option: None }
    }

    fn remedy(&self) -> &'static str {
        let code = self.failure.code.as_ref().map_or("", |code| code.name());
        let is = |part: &str| code.as_bytes().windows(part.len()).any(|at| at == part.as_bytes());
        if self.failure.redirected.is_some() {
            if built::WEBCHAT {
                "see where it leads, and pass that as host"
            } else {
                "see where it leads, and check the region"
            }
        } else if is("CERT") || is("TLS") || is("SSL") || is("SIGNATURE") {
            "have the certificate signed by an authority that this machine trusts; in Node, NODE_EXTRA_CA_CERTS names others"
        } else if code == "ENOTFOUND" || code == "EAI_AGAIN" {
            if built::WEBCHAT {
                "check the host's name and this machine's DNS"
            } else {
                "check the region and this machine's DNS"
            }
        } else if matches!(self.why, "token_unavailable" | "invalid_credential") {
            "see why the token provider fails, and what it gives"
        } else if self.why == "rate_limited" {
            "see what else uses up the service's limits; it is tried again"
        } else if built::STREAMS && !built::MESSAGES {
            "see that a proxy or firewall lets requests and WebSockets through to the region; it is tried again"
        } else {
            "see that a proxy or firewall lets requests and WebSockets through; it is tried again"
        }
    }
}
