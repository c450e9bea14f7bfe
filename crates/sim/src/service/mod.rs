//! The model of the service for the dialect `webchat` (webchat.md), with its faults. Sans-IO: the
//! time is an argument, ids come from a seed, and whatever is to happen to a socket is an output.
//!
//! The run loop: call one input, then drain [`Service::poll`], then wait for the next input or for
//! [`Service::next_wake`], whichever comes first. Requests are answered by their own call.

mod config;
mod connection;
mod control;
mod faults;
mod frame;
mod history;
mod ids;
mod ledger;
pub mod limits;
mod rate;
mod rest;
mod session;
mod socket;
mod taking;
mod timers;

use std::collections::VecDeque;

pub use config::{Dedupe, ServiceConfig, SocketAuth};
pub use connection::ConnectionId;
use connection::{Connections, Enqueued, Outgoing, State};
pub use control::{ConnectionReport, ConnectionsReport, ControlError, FaultReport, Said};
pub use faults::{
    Act, After, BadFault, Condition, Fault, FaultKind, On, Refusal, RetryAfter, RetryAfterForm, Scope,
    parse as parse_faults,
};
pub use frame::Frame;
pub use history::{Attempt, Request};
pub use ledger::{Entry, Via};
pub use rest::{Credential, RestAnswer};
pub use socket::{Incoming, SocketCredential};

use faults::FaultQueue;
use history::History;
use ids::Ids;
use ledger::Ledger;
use session::Sessions;
use timers::Timers;

/// Milliseconds: a moment since the Unix epoch, or a span.
pub type Millis = u64;

/// What is to happen to a socket, or to the whole service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send a frame.
    Send {
        /// On which socket.
        connection: ConnectionId,
        /// What.
        frame: Frame,
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
    },
}

/// The messaging service.
///
/// Inputs: [`open_socket`](Self::open_socket), [`receive`](Self::receive),
/// [`socket_gone`](Self::socket_gone), the requests ([`create_session`](Self::create_session),
/// [`post_message`](Self::post_message), [`probe_session`](Self::probe_session)), the control
/// surface ([`queue_faults`](Self::queue_faults), [`say`](Self::say) …) and [`wake`](Self::wake).
/// Each of them may change what [`poll`](Self::poll) and [`next_wake`](Self::next_wake) return.
pub struct Service {
    config: ServiceConfig,
    ids: Ids,
    sessions: Sessions,
    ledger: Ledger,
    connections: Connections,
    faults: FaultQueue,
    timers: Timers<Wake>,
    attempts: History<Attempt>,
    requests: History<Request>,
    outputs: VecDeque<Output>,
    down_until: Millis,
}

impl Service {
    /// A service with no sessions. All ids and tokens follow from the seed: give it 256 secret bits
    /// where tokens must not be guessed.
    pub fn new(config: ServiceConfig, seed: [u8; 32]) -> Self {
        Self {
            ids: Ids::new(seed),
            sessions: Sessions::default(),
            ledger: Ledger::new(config.dedupe),
            connections: Connections::default(),
            faults: FaultQueue::default(),
            timers: Timers::new(),
            attempts: History::new(),
            requests: History::new(),
            outputs: VecDeque::new(),
            down_until: 0,
            config,
        }
    }

    /// The settings.
    pub fn config(&self) -> &ServiceConfig {
        &self.config
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
                Wake::Echo { conversation, content } => {
                    let message_id = self.ids.uuid();
                    self.say_in(now, &conversation, message_id, content);
                }
            }
        }
    }

    /// The whole service goes away: every socket is closed with this code.
    pub fn close_all(&mut self, now: Millis, code: u16, reason: &str) {
        for connection in self.connections.ids() {
            self.close(now, connection, code, reason);
        }
    }

    /// Acts that are due and have somebody to happen to.
    fn run_acts(&mut self, now: Millis) {
        loop {
            let connections = &self.connections;
            let somebody = |conversation: Option<&str>| !connections.open_ids(conversation).is_empty();
            let Some((act, conversation)) = self.faults.next_act(now, somebody) else {
                return;
            };
            match act {
                Act::ExpireSession => self.expire(now, conversation.as_deref()),
                Act::Restart { ms } => self.restart(now, ms),
                act => {
                    for connection in self.connections.open_ids(conversation.as_deref()) {
                        self.happen_to(now, connection, &act);
                    }
                }
            }
        }
    }

    fn happen_to(&mut self, now: Millis, connection: ConnectionId, act: &Act) {
        match act {
            Act::Close { code, reason } => self.close(now, connection, *code, reason),
            Act::Reset => self.cut(connection, Cut::Reset),
            Act::Silence { ms } => {
                if let Some(silenced) = self.connections.get_mut(connection) {
                    silenced.state = State::Silent;
                    self.outputs.push_back(Output::Silence { connection });
                    self.timers.at(now + ms, Wake::EndSilence(connection));
                }
            }
            Act::RawFrame { text, binary } => {
                let frame = if *binary { Frame::Binary(text.clone().into_bytes()) } else { Frame::Text(text.clone()) };
                self.send_as_is(now, connection, frame);
            }
            // These two happen to sessions and to the whole service, not to a connection; the
            // parser gives them no `on`, and `run_acts` has handled them.
            Act::ExpireSession | Act::Restart { .. } => {}
        }
    }

    fn expire(&mut self, now: Millis, conversation: Option<&str>) {
        self.sessions.revoke(conversation);
        for connection in self.connections.open_ids(conversation) {
            self.close(now, connection, 4401, "the guest token has expired");
        }
    }

    fn restart(&mut self, now: Millis, ms: Millis) {
        for connection in self.connections.ids() {
            self.forget(connection);
        }
        self.down_until = now + ms;
        self.outputs.push_back(Output::Restart { ms });
    }

    fn send(&mut self, now: Millis, connection: ConnectionId, frame: serde_json::Value) {
        let Some(to) = self.connections.open_mut(connection) else {
            return;
        };
        let mut frame = Frame::Text(frame.to_string());
        if self.faults.corrupt_frame(now, &to.conversation) {
            frame = frame.corrupted();
        }
        self.send_as_is(now, connection, frame);
    }

    fn send_as_is(&mut self, now: Millis, connection: ConnectionId, frame: Frame) {
        let Some(to) = self.connections.open_mut(connection) else {
            return;
        };
        to.sent += 1;
        let delay = self.faults.delay(now, Some(&to.conversation));
        self.enqueue(now, connection, delay, Outgoing::Frame(frame));
    }

    fn close(&mut self, now: Millis, connection: ConnectionId, code: u16, reason: &str) {
        // RFC 6455, section 7.4.1: these codes stand for an end that no close frame announced.
        if matches!(code, 1005 | 1006 | 1015) {
            return self.cut(connection, Cut::End);
        }
        let Some(closing) = self.connections.open_mut(connection) else {
            return;
        };
        closing.state = State::Closing;
        let reason = reason.to_owned();
        self.enqueue(now, connection, 0, Outgoing::Close { code, reason });
    }

    fn enqueue(&mut self, now: Millis, connection: ConnectionId, delay: Millis, what: Outgoing) {
        let Some(to) = self.connections.get_mut(connection) else {
            return;
        };
        match to.enqueue(now, delay, what) {
            Enqueued::GoesNow(what) => self.emit(connection, what),
            Enqueued::GoesAt(due) => self.timers.at(due, Wake::Flush(connection)),
            Enqueued::Waits => {}
            Enqueued::Overflow => self.cut(connection, Cut::Reset),
        }
    }

    fn flush(&mut self, now: Millis, connection: ConnectionId) {
        while let Some(from) = self.connections.get_mut(connection).filter(|c| c.state != State::Silent) {
            match from.next_outgoing(now) {
                Some(what) => self.emit(connection, what),
                None => {
                    if let Some(due) = from.next_due() {
                        self.timers.at(due, Wake::Flush(connection));
                    }
                    return;
                }
            }
        }
    }

    fn emit(&mut self, connection: ConnectionId, what: Outgoing) {
        let output = match what {
            Outgoing::Frame(frame) => Output::Send { connection, frame },
            Outgoing::Close { code, reason } => {
                self.forget(connection);
                Output::Close { connection, code, reason }
            }
        };
        self.outputs.push_back(output);
    }

    fn cut(&mut self, connection: ConnectionId, how: Cut) {
        if self.forget(connection) {
            self.outputs.push_back(Output::Cut { connection, how });
        }
    }

    fn forget(&mut self, connection: ConnectionId) -> bool {
        let Some(gone) = self.connections.remove(connection) else {
            return false;
        };
        if let Some(session) = self.sessions.get_mut(&gone.conversation) {
            session.connections.retain(|id| *id != connection);
        }
        true
    }
}
