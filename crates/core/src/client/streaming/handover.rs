//! The one time at which two sockets are open: the service has said that it will close ours, or our channel ends. The
//! next one is opened before the old one is let go. One channel carries one socket, so where the channel stays the same
//! the service ends the old one, and there is a gap; with a second channel there is none, if the old socket lives.

use super::super::Client;
use super::super::link::{Link, NORMAL};
use super::channel::Held;
use super::errands::What;
use super::retired::Retired;
use crate::checkpoint::{keep, keep_one_of};
use crate::config::Handover as Way;
use crate::connection::{Cause, Step};
use crate::io::{HttpAnswer, Output};
use crate::limits;
use crate::protocol::Request;
use crate::protocol::streaming::Verdict;
use crate::secret::Secret;
use crate::timers::Timer;

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    /// Nobody wants it.
    #[default]
    Rest,
    /// It begins at its moment.
    Announced,
    /// A second channel is made and told of the topics.
    Preparing,
    /// The next socket is being opened.
    Opening,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Handover {
    phase: Phase,
    /// By a second channel.
    second: bool,
    /// When it begins, or goes on, monotonic.
    at: u64,
    /// How often its socket did not open.
    failures: u32,
    /// The second channel, until it takes over.
    next: Option<Held>,
    /// The second channel knows the topics.
    told: bool,
    /// What it made of them, if it said: true once its socket is open, so until then the change stays under way.
    verdicts: Option<Vec<Verdict>>,
    /// The socket that is to take over, while it is being opened.
    link: Option<Link>,
}

impl Handover {
    /// What it needs of the service.
    pub(super) fn wants(&self) -> Option<What> {
        match self.phase {
            Phase::Preparing if self.second && self.next.is_none() => Some(What::Channel),
            Phase::Preparing if self.second && !self.told => Some(What::Handover),
            _ => None,
        }
    }

    /// What is told to the channel in use now is told in vain: another one takes over, and may only wait for its next try.
    pub(super) fn is_under_way(&self) -> bool {
        matches!(self.phase, Phase::Preparing | Phase::Opening) || self.next.is_some()
    }

    /// Whether this is the second channel.
    pub(super) fn is_to(&self, id: &Secret) -> bool {
        self.next.as_ref().is_some_and(|held| held.channel.id == *id)
    }

    /// The next socket is being opened beside the one in use, and may be open at the service already.
    pub(super) fn is_opening(&self) -> bool {
        self.phase == Phase::Opening
    }
}

impl Client {
    /// The service will close this socket within about a minute. All clients are told at once: each goes at a moment of
    /// its own (notifications.md, A7).
    pub(super) fn announce_handover(&mut self) {
        let now = self.now.monotonic;
        let at = now + self.random.between(0, limits::HANDOVER_SPREAD);
        let wanted = self.stream_options().is_some_and(|stream| stream.handover == Way::SecondChannel);
        let plain = self.is_plain_socket();
        let Some(streaming) = self.stream().filter(|_| !plain) else { return };
        let second = wanted && streaming.second_from <= now;
        if streaming.handover.phase == Phase::Rest {
            streaming.handover.phase = Phase::Announced;
            (streaming.handover.second, streaming.handover.at, streaming.handover.failures) = (second, at, 0);
        }
    }

    /// What is due of it is done.
    pub(super) fn tend_handover(&mut self) {
        let now = self.now.monotonic;
        let ready = self.stream_is_ready();
        let earliest = self.opens.earliest();
        let Some(streaming) = self.stream() else { return };
        let (handover, alone) = (&mut streaming.handover, streaming.retired.is_none());
        if alone && handover.phase == Phase::Rest {
            streaming.memory.fade(now);
        }
        if !ready {
            return;
        }
        let ends = streaming.channel.as_ref().and_then(|held| held.replace_at).is_some_and(|at| at <= now);
        match handover.phase {
            Phase::Rest if ends && alone => {
                (handover.phase, handover.second, handover.failures) = (Phase::Preparing, true, 0);
            }
            // Two sockets, never three.
            Phase::Announced if handover.at <= now && alone => handover.phase = Phase::Preparing,
            Phase::Opening if handover.at <= now => return self.successor_failed(),
            _ => {}
        }
        // That a channel was told says nothing once that one has taken over.
        let prepared = !handover.second || handover.next.is_some() && handover.told;
        if handover.phase == Phase::Preparing && prepared && earliest <= now {
            self.open_successor();
        }
    }

    /// When it is to be looked at.
    pub(super) fn handover_due(&self) -> Option<u64> {
        let streaming = self.streaming.get()?;
        if !self.stream_is_ready() {
            return None;
        }
        let handover = &streaming.handover;
        match handover.phase {
            Phase::Rest | Phase::Announced if streaming.retired.is_some() => None,
            Phase::Rest => streaming.channel.as_ref().and_then(|held| held.replace_at),
            Phase::Announced | Phase::Opening => Some(handover.at),
            Phase::Preparing => handover.wants().is_none().then(|| self.opens.earliest()),
        }
    }

    /// The request that tells the second channel of all topics.
    pub(super) fn handover_request(&mut self, token: &Secret) -> Option<Request> {
        let streaming = self.streaming.get_mut()?;
        streaming.topics.reconsider();
        let Some(change) = streaming.topics.begin(true) else {
            // There is nothing to be told.
            streaming.handover.told = true;
            return None;
        };
        let held = streaming.handover.next.as_ref()?;
        Some(self.dialect.streaming()?.channels()?.subscribe(token, &held.channel, &change))
    }

    pub(super) fn second_channel_made(&mut self, answer: &HttpAnswer) {
        match self.channel_made(answer) {
            Some(held) => {
                self.audit("channel", None, 0, None);
                if let Some(streaming) = self.stream() {
                    let handover = &mut streaming.handover;
                    (handover.next, handover.told, handover.verdicts) = (Some(held), false, None);
                }
            }
            None => {
                self.counters.malformed += 1;
                self.abandon_handover();
            }
        }
    }

    pub(super) fn second_channel_told(&mut self, answer: &HttpAnswer) {
        let verdicts = self.verdicts(answer);
        if let Some(streaming) = self.stream() {
            (streaming.handover.told, streaming.handover.verdicts) = (true, verdicts);
        }
    }

    fn open_successor(&mut self) {
        let address = self.streaming.get().and_then(|streaming| {
            let held = streaming.handover.next.as_ref().or(streaming.channel.as_ref())?;
            Some(self.channels()?.socket(&held.channel))
        });
        let Some(address) = address else { return self.abandon_handover() };
        let link = self.next_link();
        let (generation, connection) = (link.generation(), link.connection);
        let until = self.now.monotonic + self.config.socket_timeout;
        if let Some(streaming) = self.stream() {
            let handover = &mut streaming.handover;
            (handover.phase, handover.link, handover.at) = (Phase::Opening, Some(link), until);
        }
        self.audit_on(connection, "open", 0, None);
        self.output(Output::OpenSocket(generation, address));
    }

    /// The next socket is open: it takes over. What is still on its way on the old one is heard for a while.
    pub(in crate::client) fn successor_opened(&mut self, generation: u32) {
        let now = self.now;
        let Some(streaming) = self.streaming.get_mut() else { return };
        let handover = &mut streaming.handover;
        let Some(mut link) = handover.link.take_if(|link| link.generation() == generation) else { return };
        self.heard_before = self.liveness.last_heard();
        let owed = self.liveness.unanswered(now);
        self.liveness.opened(now, true);
        handover.phase = Phase::Rest;
        let second = handover.second;
        // Where the process slept, or its clock was set, the old one may have ended earlier than we think, and silently.
        let awake_since = self.awake_since;
        let doubted = streaming.channel.as_ref().filter(|held| held.since.monotonic < awake_since);
        let proven = doubted.map(|held| held.proven);
        link.ready_at = Some(now.monotonic);
        if let Some(old) = self.link.replace(link) {
            streaming.retired = Some(Retired::new(old, now, owed));
        }
        self.take_second_channel();
        self.timers.set(Timer::Stable, Some(now.monotonic + limits::STABLE_AFTER));
        self.audit("opened", None, 0, None);
        self.tell_state(self.state, "handover", None);
        if let Some(proven) = proven {
            self.heard_before = self.heard_before.min(proven);
        }
        if !second || proven.is_some() {
            self.tell_gap();
        } else {
            self.ask_retired();
        }
        self.send_heartbeat("heartbeat");
    }

    /// The old socket is gone while the next one is being opened: what was a handover is a reconnect, and the socket that
    /// is on its way is the one. True where that was so.
    pub(in crate::client) fn promote_successor(&mut self) -> bool {
        if !self.streams() {
            return false;
        }
        let Some(streaming) = self.streaming.get_mut() else { return false };
        let handover = &mut streaming.handover;
        if handover.phase != Phase::Opening {
            return false;
        }
        let Some(link) = handover.link.take() else { return false };
        handover.phase = Phase::Rest;
        let until = handover.at;
        self.take_second_channel();
        self.link_is_gone();
        self.link = Some(link);
        self.attempt = 1;
        self.timers.set(Timer::Step, Some(until));
        self.step = Step::Socket;
        if let Some(next) = self.state.after(Cause::Failed) {
            self.tell_state(next, "handover", None);
        }
        true
    }

    /// The second channel, if there is one, is the one from now on, with what it made of the topics. True where there is.
    pub(super) fn take_second_channel(&mut self) -> bool {
        let now = self.now.monotonic;
        let Some(streaming) = self.stream() else { return false };
        let Some(held) = streaming.handover.next.take() else { return false };
        (streaming.channel, streaming.tell_all) = (Some(held), false);
        streaming.second_from = now + limits::HANDOVER_AGE;
        if streaming.handover.told {
            let verdicts = streaming.handover.verdicts.take();
            self.topics_done(verdicts);
        } else {
            streaming.topics.lost();
        }
        true
    }

    /// The next socket did not open, or not in time. It is tried again a few times.
    fn successor_failed(&mut self) {
        let now = self.now.monotonic;
        let Some(streaming) = self.streaming.get_mut() else { return };
        let handover = &mut streaming.handover;
        let link = handover.link.take();
        handover.failures += 1;
        let gives_up = handover.failures >= limits::HANDOVER_ATTEMPTS;
        handover.phase = Phase::Announced;
        handover.at = now + streaming.retry.next(&mut self.random);
        if let Some(link) = link {
            self.output(Output::CloseSocket(link.generation(), NORMAL));
        }
        if gives_up {
            // The old socket goes on until it is closed; then it is a reconnect.
            self.abandon_handover();
        }
    }

    /// A socket that is not the one in use is closed; it may be one of ours.
    pub(in crate::client) fn other_socket_closed(&mut self, generation: u32, code: u16) {
        if self.retired_closed(generation, code) {
            return;
        }
        let Some(streaming) = self.stream() else { return };
        // It is gone already; there is nothing to close.
        let Some(link) = streaming.handover.link.take_if(|link| link.generation() == generation) else { return };
        self.audit_on(link.connection, "closed", 0, Some(code));
        self.successor_failed();
    }

    /// Nothing comes of it; a socket that was its own is closed.
    pub(super) fn abandon_handover(&mut self) {
        let (now, link_is_gone) = (self.now.monotonic, self.link.is_none());
        let Some(streaming) = self.stream() else { return };
        if streaming.handover.told && link_is_gone {
            // It is there, and knows all: the next socket is its.
            self.take_second_channel();
        }
        let Some(streaming) = self.streaming.get_mut() else { return };
        let Handover { phase, second, link, next, told, .. } = core::mem::take(&mut streaming.handover);
        // What the old socket brought may come on the one that is on its way.
        streaming.memory.lasts_from(now);
        if next.is_some() {
            // What the second channel was told of, the first one may not know.
            streaming.tell_all = true;
            if told {
                streaming.topics.failed();
            }
        }
        if let Some(held) = streaming.channel.as_mut().filter(|_| second && phase != Phase::Rest) {
            held.not_replaced(now, &mut self.random);
        }
        if let Some(link) = link {
            self.output(Output::CloseSocket(link.generation(), NORMAL));
        }
        self.drop_retired();
    }
}

keep_one_of!(Phase { Rest, Announced, Preparing, Opening });
keep!(Handover { phase, second, at, failures, next, told, verdicts, link });
