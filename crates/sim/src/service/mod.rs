//! The model of the services: `webchat` (webchat.md), `web-messaging` (web-messaging.md) and event streams
//! (notifications.md, streaming.md), each in its folder, and what they share around them: connections, ledger, faults, ids, rates, timers. Sans-IO: the time is an
//! argument, ids come from a seed, and whatever is to happen to a socket is an output.
//!
//! The run loop: call one input, then drain [`Service::poll`], then wait for the next input or for
//! [`Service::next_wake`], whichever comes first. Requests are answered by their own call.

mod acts;
mod agent;
mod answer;
mod budget;
mod config;
mod connection;
mod control;
mod faults;
mod frame;
mod heartbeat;
mod history;
mod ids;
mod ledger;
pub mod limits;
mod rate;
mod sending;
mod streams;
mod timers;
mod web_messaging;
mod webchat;
mod weight;

use std::collections::VecDeque;

pub use agent::{Said, Speech};
pub use answer::{ForeignBody, RestAnswer};
pub use budget::{Budget, BudgetReport, Exhausted, Reservation, Use};
pub use config::ServiceConfig;
pub use connection::ConnectionId;
use connection::{Connections, Peer};
pub use control::{ConnectionReport, ConnectionsReport, ControlError, FaultReport};
pub use faults::{
    Act, After, BadFault, Condition, Corruption, Fault, FaultKind, Foreign, On, Refusal, RetryAfter, RetryAfterForm,
    Scope, parse as parse_faults,
};
pub use frame::{Frame, Held, Incoming};
pub use history::{Attempt, GuestEvent, Request};
pub use ledger::{Entry, Via};
pub use streams::{
    Emission, Emitted, GoneChannels, OAuthClient, Over, StreamsConfig, StreamsReport, Subscribing, TokenRequest,
};
pub use web_messaging::{
    Content, Download, Handshake, HistoryRequest, Rates, Rewriting, TextUnit, Upload, WebMessagingConfig,
};
pub use webchat::{Credential, Dedupe, SocketAuth, SocketCredential, WebChatConfig};

use faults::FaultQueue;
use history::History;
use ids::Ids;
use ledger::Ledger;
use streams::Streams;
use timers::Timers;
use web_messaging::WebMessaging;
use webchat::WebChat;

/// Milliseconds: a moment since the Unix epoch, or a span.
pub type Millis = u64;

/// What is to happen to a socket, or to the whole service.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// Send a frame.
    Send {
        /// On which socket.
        connection: ConnectionId,
        /// What.
        frame: Frame,
        /// The room that it takes until it is written.
        held: Held,
    },
    /// Send a close frame and end; the service has forgotten the connection.
    Close {
        /// Which socket.
        connection: ConnectionId,
        /// The close code.
        code: u16,
        /// The close reason.
        reason: String,
    },
    /// End the connection at once, with no close frame; the service has forgotten it.
    Cut {
        /// Which socket.
        connection: ConnectionId,
        /// How.
        how: Cut,
    },
    /// From now on the connection is half-open: read and discard, send nothing, not even what the
    /// protocol sends by itself.
    Silence {
        /// Which socket.
        connection: ConnectionId,
    },
    /// Cut every connection (those of requests too), close the listener, and listen again later.
    Restart {
        /// How long nobody listens.
        ms: Millis,
    },
}

/// How a connection ends without a close frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The stream ends (TCP FIN).
    End,
    /// The stream is reset (TCP RST).
    Reset,
}

/// What the service does by itself later.
enum Wake {
    Flush(ConnectionId),
    Act(ConnectionId, Act),
    EndSilence(ConnectionId),
    /// A queued fault has its time.
    Faults,
    Echo {
        conversation: String,
        content: String,
        _weight: Reservation,
    },
    WebMessaging(web_messaging::Wake),
    Streams(streams::Wake),
}

/// The messaging services.
///
/// Inputs: [`open_socket`](Self::open_socket) and [`open_messaging_socket`](Self::open_messaging_socket),
/// [`receive`](Self::receive), [`socket_gone`](Self::socket_gone), the requests (those of `webchat` and those of
/// `web-messaging`, each answered by its own call), the control
/// surface ([`queue_faults`](Self::queue_faults), [`say`](Self::say) …) and [`wake`](Self::wake).
/// Each of them may change what [`poll`](Self::poll) and [`next_wake`](Self::next_wake) return.
pub struct Service {
    config: ServiceConfig,
    budget: Budget,
    _process: Reservation,
    ids: Ids,
    webchat: WebChat,
    web_messaging: WebMessaging,
    streams: Streams,
    ledger: Ledger,
    connections: Connections,
    faults: FaultQueue,
    timers: Timers<Wake>,
    attempts: History<Attempt>,
    requests: History<Request>,
    guest_events: History<GuestEvent>,
    outputs: VecDeque<Output>,
    down_until: Millis,
    /// How often the ledger was.
    cleared: u64,
    /// When what has expired was last looked for, because there was no room.
    swept_at: Millis,
}

impl Service {
    /// A service with no sessions. All ids and tokens follow from the seed: give it 256 secret bits
    /// where tokens must not be guessed.
    pub fn new(config: ServiceConfig, seed: [u8; 32]) -> Self {
        let budget = Budget::new(config.max_memory);
        Self {
            ids: Ids::new(seed),
            webchat: WebChat::default(),
            web_messaging: WebMessaging::default(),
            streams: Streams::new(&budget),
            ledger: Ledger::new(&budget),
            connections: Connections::default(),
            faults: FaultQueue::default(),
            timers: Timers::new(&budget),
            attempts: History::new(&budget),
            requests: History::new(&budget),
            guest_events: History::new(&budget),
            _process: budget.charge(Use::Process, budget.allowed() / limits::PROCESS_SHARE),
            budget,
            outputs: VecDeque::new(),
            down_until: 0,
            cleared: 0,
            swept_at: 0,
            config,
        }
    }

    /// The settings.
    pub fn config(&self) -> &ServiceConfig {
        &self.config
    }

    /// The count of all that is kept and buffered, which the shell shares.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Whether what has expired is to be looked for: all is looked through, so not for each of many who have no room.
    fn may_sweep(&mut self, now: Millis) -> bool {
        let may = now >= self.swept_at.saturating_add(limits::SWEEP_EVERY);
        if may {
            self.swept_at = now;
        }
        may
    }

    /// Whether a restart is under way, so that nobody listens.
    pub fn is_down(&self, now: Millis) -> bool {
        now < self.down_until
    }

    /// The next thing that is to happen; to be drained after every input.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`wake`](Self::wake) must be called. Early and late calls are harmless.
    pub fn next_wake(&self) -> Option<Millis> {
        self.timers.next_due()
    }

    /// Time has passed.
    pub fn wake(&mut self, now: Millis) {
        while let Some(wake) = self.timers.pop_due(now) {
            match wake {
                Wake::Flush(connection) => self.flush(now, connection),
                Wake::Act(connection, act) => {
                    if self.connections.open_mut(connection).is_some() {
                        self.happen_to(now, connection, &act);
                    }
                }
                Wake::EndSilence(connection) => self.cut(connection, Cut::Reset),
                Wake::Faults => self.run_acts(now),
                Wake::Echo { conversation, content, .. } => self.agent_speaks(now, &conversation, &content),
                Wake::WebMessaging(wake) => self.wake_web_messaging(now, wake),
                Wake::Streams(wake) => self.wake_streams(now, wake),
            }
        }
    }

    /// The whole service goes away: every socket is closed with this code.
    pub fn close_all(&mut self, now: Millis, code: u16, reason: &str) {
        for connection in self.connections.ids() {
            self.close(now, connection, code, reason);
        }
    }

    /// The socket is gone, by whosever doing.
    pub fn socket_gone(&mut self, connection: ConnectionId) {
        self.forget(connection);
    }

    /// A frame came. On a connection that is half-open or closing it is not processed.
    pub fn receive(&mut self, now: Millis, id: ConnectionId, incoming: Incoming<'_>) {
        let Some(connection) = self.connections.open_mut(id) else {
            return;
        };
        connection.received += 1;
        connection.active_at = now;
        let max_frame = match connection.peer {
            Peer::WebChat(_) => self.config.webchat.max_frame,
            Peer::WebMessaging(_) => self.config.web_messaging.max_frame,
            Peer::Streams(_) => self.config.streams.max_frame,
        };
        match (incoming, &connection.peer) {
            (Incoming::Text(text), Peer::WebChat(_)) if text.len() <= max_frame => self.receive_webchat(now, id, text),
            (Incoming::Text(text), Peer::WebMessaging(_)) if text.len() <= max_frame => {
                self.receive_web_messaging(now, id, text);
            }
            (Incoming::Text(text), Peer::Streams(_)) if text.len() <= max_frame => self.receive_stream(now, id, text),
            (Incoming::Text(_) | Incoming::TooLarge, _) => {
                connection.malformed += 1;
                self.close(now, id, 1009, "the frame is too large");
            }
            (Incoming::Binary, Peer::Streams(_)) => connection.malformed += 1,
            (Incoming::Binary, _) => {
                connection.malformed += 1;
                self.close(now, id, 1003, "text frames only");
            }
        }
    }

    fn note_attempt(&mut self, now: Millis, service: &'static str, conversation: &str, refused: Option<&RestAnswer>) {
        self.attempts.push(Attempt {
            at: now,
            service,
            conversation: conversation.chars().take(64).collect(),
            status: refused.map_or(101, |refused| if refused.lost { 0 } else { refused.status }),
        });
    }
}
