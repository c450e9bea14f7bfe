//! A stream of events on the shared connection: its token, its channel, its topics, and what flows. The steps of
//! connecting are `connecting.rs`'s; here is what comes between them, and what is done while the connection is ready.

mod channel;
mod doubt;
mod errands;
mod flow;
mod handover;
mod news;
mod renewal;
mod retired;
mod subscribing;
mod token;
mod twice;

use super::Client;
use crate::backoff::Backoff;
use crate::built;
use crate::checkpoint::keep;
use crate::config::{Config, Stream};
use crate::connection::{State, Step};
use crate::error::Ended;
use crate::protocol::Ready;
use crate::protocol::streaming::{Channels, Streaming as Dialect};
use crate::timers::sooner;
use crate::topics::{Telling, Topics};
use channel::Held;
use errands::Errand;
use flow::Flow;
use handover::Handover;
use retired::Retired;
use subscribing::Question;
use token::Token;
use twice::Memory;

/// What a stream has that no conversation has.
#[derive(Clone, Debug)]
pub(super) struct Streaming {
    token: Option<Token>,
    /// The token that we had is of no use any more: the provider is asked for another.
    spent: bool,
    /// No handshake succeeded, and so another token was asked for.
    doubted: bool,
    /// Tokens refused in a row, with no connection in between that held.
    refusals: u32,
    /// Until when another one that is refused beside a connection is not the first, monotonic.
    refused_until: u64,
    channel: Option<Held>,
    /// When channels were lost before their time, monotonic; the latest.
    lost_at: Vec<u64>,
    topics: Topics,
    /// From when an announced end of a socket may be met by a second channel, monotonic.
    second_from: u64,
    /// The service may lack topics that it has confirmed: it is told of all.
    tell_all: bool,
    errand: Option<Errand>,
    /// Waits between errands that failed.
    retry: Backoff,
    /// Before this moment no errand is run again, monotonic.
    errands_from: u64,
    handover: Handover,
    /// The socket from which the one in use has taken over.
    retired: Option<Retired>,
    /// What came while there were two sockets.
    memory: Memory,
    flow: Flow,
    questions: Vec<Question>,
    numbers: u32,
    /// Something about topics has changed since the questions were looked at.
    changed: bool,
}

impl Streaming {
    pub(super) fn new(config: &Config, telling: Telling) -> Option<Self> {
        let stream = config.stream.get().filter(|_| config.is_streams())?;
        let mut topics = Topics::new(telling);
        // They were checked when the options were read.
        let _taken = topics.add(&stream.topics);
        Some(Self {
            token: None,
            spent: false,
            doubted: false,
            refusals: 0,
            refused_until: 0,
            channel: None,
            lost_at: Vec::new(),
            topics,
            second_from: 0,
            tell_all: false,
            errand: None,
            retry: Backoff::new(config.backoff_base, config.backoff_cap),
            errands_from: 0,
            handover: Handover::default(),
            retired: None,
            memory: Memory::default(),
            flow: Flow::default(),
            questions: Vec::new(),
            numbers: 0,
            changed: false,
        })
    }
}

impl Client {
    /// Whether this is a stream.
    #[inline(always)]
    pub(super) fn streams(&self) -> bool {
        built::STREAMS && (!built::MESSAGES || self.streaming.is_some())
    }

    /// The stream's own state. To be asked for only where there is one.
    pub(super) fn stream(&mut self) -> Option<&mut Streaming> {
        self.streaming.get_mut()
    }

    fn stream_dialect(&self) -> Option<&dyn Dialect> {
        if built::STREAMS { self.dialect.streaming() } else { None }
    }

    fn channels(&self) -> Option<&dyn Channels> {
        self.stream_dialect().and_then(Dialect::channels)
    }

    fn stream_options(&self) -> Option<&Stream> {
        self.config.stream.get()
    }

    /// Whether the stream has no channels, and its socket itself is told of the topics.
    pub(super) fn is_plain_socket(&self) -> bool {
        self.channels().is_none()
    }

    /// How an open connection becomes ready.
    pub(super) fn readiness(&self) -> Ready {
        // What is wanted from now on is told when it is ready, and need not be waited for.
        let awaits = self.streams() && self.awaits_confirmation();
        if awaits { Ready::Said(self.config.session_timeout) } else { self.dialect.ready() }
    }

    /// After every input: what is due is done.
    pub(super) fn tend_stream(&mut self) {
        if !self.streams() {
            return;
        }
        self.end_late_errand();
        self.tend_retired();
        self.tend_handover();
        self.run_errands();
        self.answer_questions();
    }

    /// When the stream wants to be called.
    pub(super) fn stream_due(&self) -> Option<u64> {
        if !self.streams() {
            return None;
        }
        sooner(self.errands_due(), sooner(self.retired_due(), self.handover_due()))
    }

    /// The wall clock went ahead of the monotonic one by so much, ms: in a sleep perhaps. What ends at a moment of the
    /// service's does not wait for a clock that stood still.
    pub(super) fn stream_went_ahead(&mut self, by: u64) {
        if let Some(held) = self.stream().and_then(|streaming| streaming.channel.as_mut()) {
            held.renew_at = held.renew_at.saturating_sub(by);
            held.replace_at = held.replace_at.map(|at| at.saturating_sub(by));
        }
    }

    /// The link is gone; what was begun beside it is over.
    pub(super) fn stream_unlinked(&mut self) {
        if !self.streams() {
            return;
        }
        self.drop_errand();
        self.abandon_handover();
        let plain = self.is_plain_socket();
        if let Some(streaming) = self.stream() {
            if plain {
                // Each connection is told anew.
                streaming.topics.lost();
            }
            streaming.changed = true;
        }
    }

    /// A step of connecting was not answered, or is given up.
    pub(super) fn stream_step_undone(&mut self, step: Step) {
        if self.streams() && step == Step::Subscription {
            self.topics_untold();
        }
    }

    /// The connection has held.
    pub(super) fn stream_proved(&mut self) {
        if let Some(streaming) = self.stream() {
            (streaming.refusals, streaming.doubted) = (0, false);
        }
    }

    /// The client ends.
    pub(super) fn stream_stops(&mut self, ended: Ended) {
        if !self.streams() {
            return;
        }
        self.drop_errand();
        self.abandon_handover();
        self.let_flow();
        let refused = matches!(
            ended,
            Ended::Unauthorized | Ended::Tokenless | Ended::NoToken(_) | Ended::Forbidden | Ended::Evicted
        );
        if let Some(streaming) = self.stream() {
            streaming.refusals = 0;
            if refused {
                streaming.channel = None;
                streaming.topics.lost();
            }
        }
        self.refuse_questions(&ended.report(self.config.dialect));
    }

    fn stream_is_ready(&self) -> bool {
        self.step == Step::Ready && self.state == State::Connected
    }
}

keep!(Streaming {
    token,
    spent,
    doubted,
    refusals,
    refused_until,
    channel,
    lost_at,
    topics,
    second_from,
    tell_all,
    errand,
    retry,
    errands_from,
    handover,
    retired,
    memory,
    flow,
    questions,
    numbers,
    changed,
});
