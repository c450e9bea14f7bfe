//! What the client does on the wire: one socket, one writer, few opens, and patience where it is asked for.

use std::collections::{BTreeSet, HashMap, VecDeque};

use super::{Checker, Endpoint, Law, Limits, Report, Seen};

/// The span over which opens are counted, ms (design, Backoff).
const WINDOW: u64 = 20_000;
/// Between two tellings that the guest types, ms (web-messaging.md, 1.4).
const TYPING_EVERY: u64 = 5_000;
/// Frames without a message in that span: a good reason to ask, like waking up, can come several times a second.
const QUESTIONS: usize = 100;

#[derive(Default)]
pub(super) struct Sockets {
    /// Oldest first.
    live: Vec<u32>,
    /// One may take over from another.
    handover: bool,
    /// …and, when that is over, the next: it was announced meanwhile.
    another: bool,
}

impl Checker for Sockets {
    fn see(&mut self, seen: &Seen<'_>, broken: &mut Report<'_>) {
        match *seen {
            Seen::Handover => {
                self.another |= self.live.len() > 1;
                self.handover = true;
            }
            Seen::SocketAsked(socket) => {
                if let Some(live) = self.live.last().filter(|_| self.live.len() > usize::from(self.handover)) {
                    broken.add(Law::TwoSockets, format!("socket {socket} is asked for while {live} lives"));
                }
                self.live.push(socket);
            }
            Seen::SocketGone(socket) => {
                // The handover is over when the old one is gone.
                if self.live.first() == Some(&socket) {
                    self.handover = std::mem::take(&mut self.another);
                }
                self.live.retain(|live| *live != socket);
            }
            Seen::FrameSent { socket, .. } if !self.live.contains(&socket) => {
                broken.add(Law::TwoSockets, format!("a frame leaves on socket {socket}, which is gone"));
            }
            _ => {}
        }
    }
}

/// What happened in the last [`WINDOW`].
#[derive(Default)]
struct Recent(VecDeque<u64>);

impl Recent {
    fn count(&mut self, at: u64) -> usize {
        self.0.push_back(at);
        while self.0.front().is_some_and(|first| at - first > WINDOW) {
            self.0.pop_front();
        }
        self.0.len()
    }
}

/// No storm of opens, nor of requests for a session.
pub(super) struct Calm {
    limits: Limits,
    opens: Recent,
    asks: Recent,
    questions: Recent,
}

impl Calm {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, opens: Recent::default(), asks: Recent::default(), questions: Recent::default() }
    }
}

impl Checker for Calm {
    fn see(&mut self, seen: &Seen<'_>, broken: &mut Report<'_>) {
        match seen {
            Seen::SocketAsked(_) => {
                let opens = self.opens.count(broken.at);
                if opens > self.limits.opens {
                    broken.add(Law::Storm, format!("{opens} opens in {WINDOW} ms"));
                }
            }
            Seen::QuestionSent => {
                let questions = self.questions.count(broken.at);
                if questions > QUESTIONS {
                    broken.add(Law::Storm, format!("{questions} heartbeats and the like in {WINDOW} ms"));
                }
            }
            Seen::Requested { endpoint: Endpoint::Guests, .. } => {
                let asks = self.asks.count(broken.at);
                if asks > self.limits.asks {
                    broken.add(Law::Storm, format!("{asks} requests for a session in {WINDOW} ms"));
                }
            }
            _ => {}
        }
    }
}

#[derive(Default)]
pub(super) struct Writers {
    /// Messages on the live socket that were not answered.
    on_socket: BTreeSet<String>,
    post: Option<u32>,
}

impl Checker for Writers {
    fn see(&mut self, seen: &Seen<'_>, broken: &mut Report<'_>) {
        match *seen {
            Seen::FrameSent { id, .. } => {
                if self.post.is_some() {
                    broken.add(Law::TwoWriters, format!("{id} leaves on the socket while a request is under way"));
                }
                self.on_socket.insert(id.to_owned());
            }
            Seen::Requested { request, endpoint: Endpoint::Messages, .. } => {
                if self.post.replace(request).is_some() {
                    broken.add(Law::TwoWriters, "two requests with messages at once".to_owned());
                }
                if let Some(id) = self.on_socket.first() {
                    broken.add(Law::TwoWriters, format!("a request leaves while {id} is on the socket"));
                }
            }
            Seen::FrameAnswered { id, .. } => {
                self.on_socket.remove(id);
            }
            Seen::Told { id, state } if !matches!(state, "queued" | "sending") => {
                self.on_socket.remove(id);
            }
            Seen::SocketGone(_) => self.on_socket.clear(),
            Seen::RequestOver { request, .. } => {
                self.post.take_if(|post| *post == request);
            }
            _ => {}
        }
    }
}

/// The longest wait of a stream that is connected, ms; a client that is not ends instead, and holds the whole of it.
const WAITED_FOR: u64 = 3_600_000;

/// A wait that the service asked for holds for the path that it was asked on.
#[derive(Default)]
pub(super) struct Patience {
    under_way: HashMap<u32, Endpoint>,
    guests: u64,
    messages: u64,
    socket: u64,
    /// Of topics.
    api: u64,
    /// Of sessions and topics, with waits that nobody who is connected waits for.
    whole: u64,
}

impl Checker for Patience {
    fn see(&mut self, seen: &Seen<'_>, broken: &mut Report<'_>) {
        let at = broken.at;
        match *seen {
            Seen::Requested { request, endpoint, .. } => {
                self.under_way.insert(request, endpoint);
                match endpoint {
                    Endpoint::Guests if at < self.guests => {
                        broken
                            .add(Law::RetryAfter, format!("a session is asked for {} ms too early", self.guests - at));
                    }
                    Endpoint::Messages if at < self.messages => {
                        broken.add(Law::RetryAfter, format!("a message is posted {} ms too early", self.messages - at));
                    }
                    Endpoint::Subscriptions if at < self.api => {
                        broken.add(Law::RetryAfter, format!("topics are told {} ms too early", self.api - at));
                    }
                    _ => {}
                }
            }
            // What was asked of one token is not asked of another.
            Seen::TokenGiven { .. } => (self.guests, self.api, self.whole) = (0, 0, 0),
            Seen::Stopped("rate_limited") => self.guests = self.whole,
            Seen::RequestOver { request, retry_after, .. } => {
                let wait = retry_after.unwrap_or(0);
                let (until, beside) = (at + wait, at + wait.min(WAITED_FOR));
                let endpoint = self.under_way.remove(&request);
                if let Some(Endpoint::Guests | Endpoint::Subscriptions) = endpoint {
                    self.whole = self.whole.max(until);
                }
                match endpoint {
                    Some(Endpoint::Guests) => self.guests = self.guests.max(beside),
                    Some(Endpoint::Messages) => self.messages = self.messages.max(until),
                    Some(Endpoint::Subscriptions) => self.api = self.api.max(beside),
                    Some(Endpoint::Probe | Endpoint::History | Endpoint::Uploads) | None => {}
                }
            }
            Seen::FrameAnswered { retry_after: Some(wait), .. } => self.socket = self.socket.max(at + wait),
            Seen::FrameSent { id, .. } if at < self.socket => {
                broken.add(Law::RetryAfter, format!("{id} leaves {} ms too early", self.socket - at));
            }
            _ => {}
        }
    }
}

/// What the service has said that it does not take does not leave.
#[derive(Default)]
pub(super) struct Measure {
    excluded: BTreeSet<String>,
    typed: Option<u64>,
}

impl Checker for Measure {
    fn see(&mut self, seen: &Seen<'_>, broken: &mut Report<'_>) {
        match *seen {
            Seen::Excluded(id) => {
                self.excluded.insert(id.to_owned());
            }
            Seen::FrameSent { id, .. } if self.excluded.contains(id) => {
                broken.add(Law::Excess, format!("{id} leaves, and is more than the session takes"));
            }
            Seen::TypingSent => {
                if let Some(before) = self.typed.replace(broken.at).filter(|at| broken.at - at < TYPING_EVERY) {
                    broken.add(Law::Excess, format!("it tells of typing again after {} ms", broken.at - before));
                }
            }
            _ => {}
        }
    }
}
