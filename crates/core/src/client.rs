//! The client: the parts put together. Mutate, drain, wait: after any command or input, take
//! outputs until there is none ([`Client::poll_output`]), then wait for the next input or for the
//! moment that [`Client::next_wake`] names.

mod attachments;
mod authorisation;
mod connecting;
mod conversation;
mod delivering;
mod dropped;
mod ending;
mod history;
mod inquiries;
mod link;
mod rest;
mod sending;
mod sessions;
mod streaming;
mod telling;

use crate::backoff::Backoff;
use crate::built::{self, InStreams};
use crate::checkpoint::keep;
use crate::config::Config;
use crate::connection::{Cause, State, Step};
use crate::failure::Failure;
use crate::incoming::Incoming;
use crate::io::{Environment, Input, Output};
use crate::limits;
use crate::liveness::{Finding, Liveness};
use crate::outbox::{Outbox, Outcome};
use crate::pace::{Pace, Ration};
use crate::protocol::Spoken;
use crate::provenance::Provenance;
use crate::random::Random;
use crate::round_trip::Estimator;
use crate::session::Sessions;
use crate::stats::Counters;
use crate::streak::Streak;
use crate::time::Now;
use crate::timers::{Timer, Timers};
use attachments::Attachments;
use connecting::{Call, Wait};
use conversation::Conversation;
use delivering::Gate;
use dropped::Dropped;
use history::Reading;
use inquiries::Inquiries;
use link::Link;
use rest::Rest;
use sending::Sending;
use std::collections::VecDeque;
use streaming::Streaming;
use uuid::Uuid;

/// A guest client. See the module.
///
/// Commands ([`connect`](Self::connect), [`send`](Self::send), [`cancel`](Self::cancel),
/// [`close`](Self::close)) and inputs ([`handle`](Self::handle)) change what
/// [`poll_output`](Self::poll_output) and [`next_wake`](Self::next_wake) give; the getters change
/// nothing.
pub struct Client {
    pub(crate) config: Config,
    pub(crate) dialect: Spoken,
    random: Random,
    now: Now,
    timers: Timers,
    pub(crate) outputs: VecDeque<Output>,

    state: State,
    step: Step,
    attempt: u32,
    wait: Option<Wait>,
    call: Option<Call>,
    requests: u32,
    backoff: Backoff,
    opens: Pace,
    /// Attempts failed since the connection was last ready.
    failed: u32,
    /// Handshakes in a row that ended in nothing.
    unopened: u32,
    /// When REST takes over at the latest while the connection is not ready, monotonic.
    fall_back_at: u64,
    platform_offline: bool,
    /// Attempts to connect that came to nothing.
    streak: Streak,
    /// Requests beside the connection that came to nothing.
    beside: Streak,
    /// What the input that is being dealt with says of a failure.
    said: Failure,
    /// The clocks parted, or a wake-up came late.
    slept: bool,
    /// The latest moment at which a wake-up was due and came late, monotonic.
    late_at: u64,
    /// When that was last, monotonic: what went out before measures nothing.
    awake_since: u64,

    sessions: Sessions,
    /// The credential was refused once; the provider was asked again.
    asked_again: bool,
    /// Before this moment the service wants no request for a session, monotonic.
    asked_until: u64,
    /// When the application was told last that its provider gives no token, monotonic; none: it gave one since.
    token_trouble_at: Option<u64>,
    /// Who answers where the service is.
    provenance: Provenance,
    /// When sessions were asked for: a `connect()` that follows each refusal must be no storm.
    asks: Pace,

    generations: u32,
    link: Option<Link>,
    liveness: Liveness,
    was_ready: bool,
    /// When something was heard on the link before this one, epoch ms.
    heard_before: u64,

    outbox: Outbox,
    acks: Estimator,
    ration: Ration,
    gate: Gate,
    rest: Rest,
    reading: Reading,
    sending: Sending,
    incoming: Incoming,
    dropped: Dropped,
    conversation: Conversation,
    attachments: Attachments,
    inquiries: Inquiries,
    /// What a stream of events has, and no conversation.
    streaming: InStreams<Streaming>,
    counters: Counters,
}

impl Client {
    /// A client that has done nothing yet. `seed` is 128 bits from the platform's secure source.
    #[must_use]
    pub fn new(config: Config, seed: [u8; 16], now: Now) -> Self {
        let backoff = || Backoff::new(config.backoff_base, config.backoff_cap);
        let opens = || Pace::new((config.max_opens, limits::OPENS_WINDOW));
        let dialect = Spoken::new(&config);
        Self {
            random: Random::new(seed),
            now,
            timers: Timers::default(),
            outputs: VecDeque::new(),
            state: State::Idle,
            step: Step::Rest,
            attempt: 0,
            wait: None,
            call: None,
            requests: 0,
            backoff: backoff(),
            opens: opens(),
            failed: 0,
            unopened: 0,
            fall_back_at: 0,
            platform_offline: false,
            streak: Streak::default(),
            beside: Streak::default(),
            said: Failure::default(),
            slept: false,
            late_at: 0,
            awake_since: 0,
            sessions: Sessions::default(),
            asked_again: false,
            asked_until: 0,
            token_trouble_at: None,
            provenance: Provenance::default(),
            asks: opens(),
            generations: 0,
            link: None,
            liveness: Liveness::new(&config),
            was_ready: false,
            heard_before: 0,
            outbox: Outbox::new(config.max_messages, config.max_bytes, config.max_content),
            acks: Estimator::default(),
            ration: Ration::new(dialect.rates()),
            gate: Gate::new(backoff()),
            rest: Rest::new(config.rest, backoff()),
            reading: Reading::default(),
            sending: Sending::default(),
            incoming: Incoming::default(),
            dropped: Dropped::default(),
            conversation: Conversation::default(),
            attachments: Attachments::default(),
            inquiries: Inquiries::default(),
            streaming: dialect
                .streaming()
                .and_then(|streaming| Streaming::new(&config, streaming.telling()))
                .map_or_else(InStreams::default, InStreams::new),
            counters: Counters::default(),
            dialect,
            config,
        }
    }

    /// Starts to connect; from `closed` anew. Does nothing while that is under way.
    pub fn connect(&mut self, now: Now) {
        self.arrive(now);
        if self.state == State::Closing {
            self.finish_closing();
        }
        if matches!(self.state, State::Idle | State::Closed) {
            self.start();
        }
        self.settle();
    }

    /// The caller wants to be connected now: a wait shortens, and a live link is asked, as when the network is back.
    pub fn reconnect_now(&mut self, now: Now) {
        self.arrive(now);
        if self.state.is_active() {
            self.be_eager();
        }
        self.settle();
    }

    /// Takes a message back. False once it is under way by any path, or may be.
    pub fn cancel(&mut self, now: Now, id: Uuid) -> bool {
        self.arrive(now);
        let free = self.outbox.get(id).is_some_and(|message| message.flight.is_none() && !message.is_uncertain());
        if free {
            self.end_message(id, Outcome::Cancelled, "caller", None);
        }
        self.settle();
        free
    }

    /// Closes. What waits is cancelled; what is in flight has `grace` ms to settle (0: none; absent:
    /// the option `closeGrace`). Does nothing when closed.
    pub fn close(&mut self, now: Now, grace: Option<u64>) {
        self.arrive(now);
        self.begin_closing(grace.unwrap_or(self.config.close_grace));
        self.settle();
    }

    /// Takes one thing that happened.
    pub fn handle(&mut self, now: Now, input: Input) {
        self.arrive(now);
        match input {
            Input::SocketOpened(generation) => self.socket_opened(generation),
            Input::SocketFrame(generation, frame) => self.socket_frame(generation, frame, None),
            Input::SocketText(generation, frame, text) if built::STREAMS => {
                self.socket_frame(generation, frame, Some(text));
            }
            Input::SocketText(..) => {}
            Input::SocketClosed(generation, code, why) => {
                self.said.code = why;
                self.socket_closed(generation, code);
            }
            Input::SocketRefused(generation, answer) => {
                // Of a handshake no answer is a success.
                self.said = Failure { status: Some(answer.status), ..Failure::of(&answer) };
                self.socket_refused(generation, &answer);
            }
            Input::Answered(request, answer) => {
                self.said = Failure::of(&answer);
                // What leads elsewhere is no answer.
                self.answered(request, Some(answer).filter(|answer| answer.redirected.is_none()));
            }
            Input::Unanswered(request, why) => {
                self.said.code = why;
                self.answered(request, None);
            }
            Input::Token(request, token, life) => self.token_given(request, token, life),
            Input::TokenRefused(request, ended) => self.token_refused(request, ended),
            Input::Environment(environment) => self.environment(environment),
            Input::Time => {
                while let Some((timer, due)) = self.timers.take_due(self.now.monotonic) {
                    self.fire(timer, due);
                }
            }
        }
        self.settle();
        self.said = Failure::default();
    }

    /// Takes the next thing to do, until there is none.
    pub fn poll_output(&mut self) -> Option<Output> {
        let output = self.outputs.pop_front();
        if output.is_none() {
            // A client at rest holds no buffer; after a burst it would be a large one.
            self.outputs = VecDeque::new();
        }
        output
    }

    /// When [`Input::Time`] is wanted next, on the monotonic clock in ms.
    #[must_use]
    pub fn next_wake(&self) -> Option<u64> {
        self.timers.next()
    }

    /// The connection's state.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// The largest frame that is read, bytes.
    #[must_use]
    pub fn max_frame(&self) -> usize {
        self.config.max_frame
    }

    /// The largest text that is sent, bytes.
    #[must_use]
    pub fn max_content(&self) -> usize {
        self.config.max_content
    }

    /// Whether frames are wanted with their texts.
    #[must_use]
    pub fn quotes(&self) -> bool {
        built::STREAMS && self.config.stream.get().is_some_and(|stream| stream.raw_body)
    }

    /// The guest session: its id, and how long it lives, ms.
    #[must_use]
    pub fn session(&self, now: Now) -> Option<(&str, u64)> {
        self.sessions.current().map(|session| (session.granted.id.as_str(), session.left(now)))
    }

    /// The time of an input. Clocks are hostile too: the monotonic one never goes back here.
    fn arrive(&mut self, now: Now) {
        let now = Now { monotonic: now.monotonic.max(self.now.monotonic), wall: now.wall };
        let jumped = now.parted_since(self.now) > limits::CLOCK_PARTING;
        // Each late moment counts once: while a page's timers are throttled, frames come before it does.
        let due = self.timers.next().filter(|&due| now.monotonic.saturating_sub(due) > limits::LATE_WAKE);
        // Where nothing at all comes for longer than any throttled timer waits, it has slept since.
        let frozen = due.is_some() && now.monotonic - self.now.monotonic > limits::FROZEN;
        let late = frozen || due > Some(self.late_at);
        self.late_at = due.unwrap_or(self.late_at);
        if jumped {
            let expected = self.now.wall.saturating_add(now.monotonic - self.now.monotonic);
            // As the clock shows it now, if it was set back.
            let back = expected.saturating_sub(now.wall);
            self.heard_before = self.heard_before.saturating_sub(back);
            self.dropped.clock_went_back(back);
            self.stream_went_ahead(now.wall.saturating_sub(expected));
        }
        if !(jumped || late) {
            let passed = now.monotonic - self.now.monotonic;
            self.streak.passed(passed);
            self.beside.passed(passed);
        }
        self.now = now;
        if jumped || late {
            self.slept = true;
            self.awake_since = now.monotonic;
            self.liveness.awoke(now);
        }
    }

    /// After every input: what can leave leaves, what is over ends, and the table of timers is true.
    fn settle(&mut self) {
        if core::mem::take(&mut self.slept) {
            // Something happened (sleep, or a clock step): a reason to ask, never a verdict. Not
            // before the input was taken: it may say that there is nobody left to ask.
            self.probe();
        }
        if built::MESSAGES {
            self.attend_conversation();
        }
        if self.state == State::Closing {
            self.settle_closing();
        } else if self.state != State::Closed {
            self.tend_stream();
            self.tend_dropped();
            if built::MESSAGES {
                self.expire();
                // Before messages: what is asked about files is little, and they could take all of a ration.
                self.tend_attachments();
                self.pump();
            }
        }
        if built::MESSAGES {
            self.settle_inquiries();
        }
        self.schedule();
    }

    fn fire(&mut self, timer: Timer, due: u64) {
        match timer {
            Timer::Attempt => self.begin_attempt(),
            Timer::Step => self.step_timed_out(),
            Timer::Greeting => self.greeting_over(),
            Timer::Stable => self.held(),
            Timer::Heartbeat => {
                if self.liveness.beat_due() == Finding::Beat {
                    self.send_heartbeat("heartbeat");
                }
            }
            Timer::Verdict => match self.liveness.verdict_due(self.now, due) {
                Finding::Beat => self.send_heartbeat("probe"),
                Finding::Dead => {
                    if self.streams() {
                        self.doubt_silent_channel();
                    }
                    self.attempt_failed("half_open", None, false);
                }
                Finding::Fine => {}
            },
            Timer::Acknowledgement if built::MESSAGES => self.acknowledgement_overdue(),
            Timer::RestDeadline if built::MESSAGES => self.rest_timed_out(),
            Timer::History if built::MESSAGES => self.history_due(),
            Timer::CloseGrace => self.finish_closing(),
            // `settle` does what these moments are for; the first three no service that is built in has.
            Timer::Acknowledgement
            | Timer::RestDeadline
            | Timer::History
            | Timer::Expiry
            | Timer::SocketPause
            | Timer::Rest
            | Timer::Conversation
            | Timer::Attachments
            | Timer::Inquiries
            | Timer::Dropped
            | Timer::Stream => {}
        }
        self.tell_crossings();
    }

    fn environment(&mut self, environment: Environment) {
        match environment {
            Environment::Offline if self.config.host.is_loopback() => {}
            Environment::Offline => {
                self.platform_offline = true;
                self.went_offline();
            }
            Environment::Online => {
                self.platform_offline = false;
                if let Some(next) = self.state.after(Cause::Online) {
                    self.tell_state(next, "online", None);
                }
                self.be_eager();
            }
            Environment::Visible | Environment::Resumed => self.be_eager(),
        }
    }

    /// A reason to believe that the network works now: a wait shortens, a live link is asked.
    fn be_eager(&mut self) {
        self.shorten_wait();
        self.rest.shorten(self.now.monotonic, &mut self.random);
        self.probe();
    }

    fn probe(&mut self) {
        let open = matches!(self.step, Step::Greeting | Step::Ready);
        if open && self.liveness.suspect() == Finding::Beat {
            self.send_heartbeat("probe");
        }
    }

    fn schedule(&mut self) {
        let (beat, verdict) = self.liveness.deadlines();
        self.timers.set(Timer::Heartbeat, beat);
        self.timers.set(Timer::Verdict, verdict);
        if built::MESSAGES {
            self.timers.set(Timer::Acknowledgement, self.next_overdue());
            self.timers.set(Timer::Expiry, self.next_expiry());
            self.timers.set(Timer::SocketPause, self.socket_pause_ends());
            self.timers.set(Timer::Rest, self.rest_at());
            self.timers.set(Timer::Conversation, self.conversation_due());
            self.timers.set(Timer::Attachments, self.attachments_due());
            self.timers.set(Timer::Inquiries, self.inquiries_due());
        }
        self.timers.set(Timer::Dropped, self.dropped_due());
        self.timers.set(Timer::Stream, self.stream_due());
    }

    fn next_request(&mut self) -> u32 {
        self.requests = self.requests.wrapping_add(1);
        self.requests
    }

    fn output(&mut self, output: Output) {
        self.outputs.push_back(output);
    }
}

// What is still to be drained is not part of it: a checkpoint is taken when nothing is.
keep!(Client {
    config,
    random,
    now,
    timers,
    state,
    step,
    attempt,
    wait,
    call,
    requests,
    backoff,
    opens,
    failed,
    unopened,
    fall_back_at,
    platform_offline,
    streak,
    beside,
    slept,
    late_at,
    awake_since,
    sessions,
    asked_again,
    asked_until,
    token_trouble_at,
    provenance,
    asks,
    generations,
    link,
    liveness,
    was_ready,
    heard_before,
    outbox,
    acks,
    ration,
    gate,
    rest,
    incoming,
    dropped,
    counters,
} when config: Config::is_web_messaging {
    reading,
    sending,
    conversation,
    attachments,
    inquiries,
} when config: Config::is_streams {
    streaming,
} and {
    dialect: Spoken::new(&config),
    outputs: VecDeque::new(),
    said: Failure::default(),
});
