//! What the service says about the stream itself: that it lives, that it will close, that somebody has taken its place.

use super::super::Client;
use crate::config::OnEvicted;
use crate::connection::Step;
use crate::error::streaming::Replaced;
use crate::error::{Ended, Trouble};
use crate::limits;
use crate::protocol::streaming::{News, Refused};
use crate::protocol::{Answer, Refusal};
use crate::secret::Secret;

/// A frame has a code for a reason.
pub(super) fn refused(code: u16) -> Refused {
    let mut reason = String::new();
    crate::json::decimal(&mut reason, code.into());
    Refused { reason, missing: Vec::new() }
}

impl Client {
    pub(in crate::client) fn stream_news(&mut self, news: News, bytes: usize) {
        let what = match news {
            News::Beat => "service_heartbeat",
            News::Closing => "socket_closing",
            News::Unsubscribed(_) => "no_longer_subscribed",
            News::TokenRevoked => "token_revoked",
            News::Confirmed => "subscribed",
            News::Refused(..) => "refused",
            News::Gone => "gone",
        };
        self.audit(what, None, bytes, None);
        match news {
            // That it came is all that it says.
            News::Beat => {}
            News::Closing => self.announce_handover(),
            News::Unsubscribed(named) => self.no_longer_subscribed(named.as_ref()),
            News::TokenRevoked => {
                // What says so on its socket is its last word.
                self.prove_channel(self.liveness.last_heard());
                self.tell_trouble(Trouble::Stream(Replaced::TokenRevoked));
                self.stream_token_refused();
            }
            // What nobody waits for confirms nothing.
            News::Confirmed if self.awaits_confirmation() => {
                self.topics_confirmed();
                if self.step == Step::Greeting {
                    self.ready("subscribed");
                }
            }
            News::Confirmed => {}
            News::Refused(code, topics) => self.named_topics_refused(code, &topics),
            // What it means nobody says (notifications.md, A4): it is asked.
            News::Gone => {
                self.unopened = limits::UNOPENED_BEFORE_PROBE;
                self.attempt_failed("gone", None, false);
            }
        }
    }

    fn no_longer_subscribed(&mut self, named: Option<&Secret>) {
        let Some(streaming) = self.streaming.get() else { return };
        let ours = streaming.channel.as_ref().is_some_and(|held| named.is_none_or(|id| *id == held.channel.id));
        if !ours {
            if named.is_some_and(|id| streaming.handover.is_to(id)) {
                // It may be told of its topics at this moment: what comes of that says nothing any more.
                self.drop_errand();
                self.abandon_handover();
            }
            return;
        }
        if self.take_second_channel() {
            // Ours was one channel too many, and the one that was to take its place has it.
            return self.attempt_failed("handover", None, false);
        }
        if self.stream_options().is_some_and(|stream| stream.on_evicted == OnEvicted::Stop) {
            return self.fail(Ended::Evicted);
        }
        // Never fought over: whoever took the place has it for a while.
        if let Some(streaming) = self.stream() {
            streaming.channel = None;
            streaming.topics.lost();
        }
        self.tell_trouble(Trouble::Stream(Replaced::Evicted));
        let wait = self.random.between(limits::EVICTED_WAIT, limits::EVICTED_WAIT * 2);
        self.attempt_failed("evicted", Some(wait), true);
    }

    /// An error frame.
    pub(in crate::client) fn stream_refused(&mut self, refusal: Refusal) {
        let Refusal { code, retry_after, .. } = refusal;
        match self.dialect.answer(code, false, retry_after.is_some()) {
            Answer::SessionRefused => self.stream_token_refused(),
            Answer::Forbidden => self.fail(Ended::Forbidden),
            Answer::Paused { .. } | Answer::Failed => self.session_unavailable(code, retry_after),
            Answer::Rejected | Answer::SessionGone | Answer::Acknowledged => {
                self.confirmation_refused(&refused(code));
            }
        }
    }
}
