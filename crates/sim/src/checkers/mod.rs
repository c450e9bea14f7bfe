//! The laws, each held by a checker that sees only what was observed: what the client was told and
//! asked for, and what the service took. None knows the workload, the faults or the client's inside.

mod bounds;
mod conversation;
mod dropped;
mod fates;
mod files;
mod grounds;
mod silence;
mod stops;
mod streams;
#[cfg(test)]
mod tests;
mod wire;

pub use stops::WAITED_FOR_AT_MOST;

use std::fmt;

/// One observation.
#[derive(Clone, Copy, Debug)]
pub enum Seen<'a> {
    /// What the client's clocks show when it is next called, ms.
    Clocks {
        /// The monotonic one.
        monotonic: u64,
        /// The other.
        wall: u64,
    },
    /// `send` accepted a message.
    Accepted {
        /// The message.
        id: &'a str,
        /// Of its content.
        bytes: usize,
    },
    /// A message takes another number of bytes than when it was accepted.
    Resized {
        /// The message.
        id: &'a str,
        /// Of its content.
        bytes: usize,
    },
    /// The application was told of a message's state.
    Told {
        /// The message.
        id: &'a str,
        /// Its state.
        state: &'a str,
    },
    /// The client asked for a socket.
    SocketAsked(u32),
    /// The client let go of a socket, or was told of its end.
    SocketGone(u32),
    /// A message left on a socket.
    FrameSent {
        /// On which.
        socket: u32,
        /// The message.
        id: &'a str,
    },
    /// A frame that carries no message left: a heartbeat, a greeting, a question.
    QuestionSent,
    /// A frame that says that the guest types left.
    TypingSent,
    /// A frame that names a message reached the client.
    FrameAnswered {
        /// The message.
        id: &'a str,
        /// It says that the service has it; else, that the service does not take it.
        taken: bool,
        /// How long it asks to wait, ms.
        retry_after: Option<u64>,
    },
    /// The client read of something that says what this message says; whether it is the same, nobody can tell.
    Resembled(&'a str),
    /// The service has said whether something can be said in the conversation.
    ReadOnly(bool),
    /// The client leaves its session, for all connections of the guest.
    Leaves,
    /// The application was told whether somebody writes.
    Typing(bool),
    /// All has been calm for longer than anybody is said to write.
    Quiet,
    /// The session has told the client that it takes less than this message has beside it.
    Excluded(&'a str),
    /// A request left.
    Requested {
        /// Its number.
        request: u32,
        /// To where.
        endpoint: Endpoint,
        /// The message that it carries.
        message: Option<&'a str>,
    },
    /// A request was answered, failed or was given up.
    RequestOver {
        /// Its number.
        request: u32,
        /// Whether the answer says that the service has the message, or that it does not take it.
        taken: Option<bool>,
        /// How long the answer asks to wait, ms.
        retry_after: Option<u64>,
    },
    /// The service itself has answered a request about messages, or whether a session lives.
    RestSpeaks,
    /// Nothing is known any more of whether it would: a socket opened, or a message went there and is not answered.
    RestSilent,
    /// The service took a message into the ledger.
    Taken(&'a str),
    /// The application was told of a file's state.
    FileTold {
        /// The file.
        id: &'a str,
        /// Its state.
        state: &'a str,
        /// Why, or nothing.
        reason: &'a str,
    },
    /// The service took a message with this file into the ledger.
    FileTaken(&'a str),
    /// Something happened in a topic that the application listens to; it was sent on these sockets.
    Happened {
        /// Its number.
        event: u64,
        /// Its topic, as it was asked for.
        topic: &'a str,
        /// The sockets.
        sockets: &'a [u32],
    },
    /// An event reached the client.
    EventCame {
        /// Its number.
        event: u64,
        /// On this socket.
        socket: u32,
    },
    /// A frame that cannot be read, or not the whole of it, reached the client on this socket.
    Spoiled(u32),
    /// The application was told of an event.
    EventTold(u64),
    /// The application was told of a gap.
    Gap {
        /// It will say when it has caught up.
        waits: bool,
        /// When it begins; none: nobody can say.
        from: Option<u64>,
    },
    /// The application has caught up.
    CaughtUp,
    /// The application wants no more of this topic.
    Unwanted(&'a str),
    /// All is calm, and the service listens for something else than it was asked to.
    Astray(&'a str),
    /// Another channel has taken the place of the client's, which comes back later.
    MakesRoom,
    /// Two sockets may be open: one takes over.
    Handover,
    /// A socket of a stream opened.
    Opened {
        /// Which.
        socket: u32,
        /// It may take over from another one without a gap.
        takes_over: bool,
    },
    /// A socket was asked for, and ended before it was open.
    Unopened,
    /// A token was given out, and lives for so long, ms.
    TokenGiven {
        /// How long.
        life: u64,
    },
    /// The client was told that a token counts no more.
    TokenRefused,
    /// The caller connects.
    Connects,
    /// The application was told of a session.
    Session,
    /// What reached the client speaks for what it may complain of, by its code.
    Grounds(&'a str),
    /// The application was told of trouble, by its code.
    Complained(&'a str),
    /// What reached the client can end it, for this reason.
    Final(&'a str),
    /// The client ended by itself, for this reason.
    Stopped(&'a str),
    /// A message of the agent reached the client.
    Came(&'a str),
    /// The application was told of a message of the agent.
    Raised(&'a str),
    /// A message that the agent had said before the client was there.
    Old(&'a str),
    /// The application asked for what is older, and was given this message.
    Given(&'a str),
    /// All that the agents have said in the session, in order; the client could read it, wherever it was.
    Said(&'a [&'a str]),
    /// A token came into the world.
    Token(&'a str),
    /// Text that can be logged.
    Shown(&'a str),
    /// What the client says it holds, when everything that it told was heard.
    Buffered {
        /// Messages.
        messages: usize,
        /// Bytes of content.
        bytes: usize,
    },
    /// The faults are over, and so are the waits that the service asked for: so long it took until every message had
    /// ended and the client was connected or closed, ms; none: it was waited for in vain.
    SettledIn(Option<u64>),
    /// The life is over: nothing may be open any more.
    Settled,
    /// A recording says what it should not, or does not lead to the same once more.
    Misrecorded(&'a str),
    /// The connection is ready.
    Ready,
    /// An attempt to connect came to nothing, for this reason.
    Failed {
        /// Why, as it is told.
        cause: &'a str,
        /// Timers come when they should.
        awake: bool,
    },
    /// The machine, the page or a clock did something: nobody can say for how long the client is awake.
    Interrupted,
    /// The platform says whether there is a network.
    Network(bool),
    /// The application was told that attempts fail again and again.
    Repeats,
    /// The client works no more: it goes in circles, or nothing goes through.
    Stuck(&'a str),
}

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Session creation.
    Guests,
    /// A message.
    Messages,
    /// Whether a session lives.
    Probe,
    /// What was said.
    History,
    /// A file's bytes.
    Uploads,
    /// Topics.
    Subscriptions,
}

/// What can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// `delivered`, and the service lacks it.
    Lost,
    /// In the ledger more than once.
    Duplicated,
    /// Delivered messages stand in another order than they were sent in.
    Reordered,
    /// Something does not settle in time.
    Stuck,
    /// A message has two ends, or an end that is not true.
    Untrue,
    /// Nothing that reached the client speaks for an end, or something speaks against it.
    Unfounded,
    /// The client ended by itself, and nothing had said that it must.
    Stopped,
    /// A message that had not left is posted, and the service has not shown that it is there.
    Unasked,
    /// Two paths carry messages at once.
    TwoWriters,
    /// Two sockets live at once.
    TwoSockets,
    /// A message of the agent was raised twice.
    RaisedTwice,
    /// A message of the agent came and was not raised.
    NotRaised,
    /// Messages of the agent were raised in another order than they were said in.
    Disordered,
    /// A `Retry-After` was undercut.
    RetryAfter,
    /// What the service does not take leaves all the same.
    Excess,
    /// Something is said into a conversation that has ended.
    ReadOnly,
    /// A client that has lost its place comes back by itself.
    Fought,
    /// Somebody's writing has no end, or two beginnings.
    Typing,
    /// Too many opens, or requests for a session, in the window.
    Storm,
    /// A buffer is over its limit.
    Memory,
    /// A token is shown.
    Secret,
    /// A recording is not true, or shows what was said.
    Recording,
    /// Something was missed, and nobody said so; or what comes after a gap came before its time.
    Gap,
    /// The service is not subscribed to what is wanted.
    Astray,
    /// A token was asked for without need.
    Wasted,
    /// What could not be read was dropped, and nobody said so.
    Dropped,
    /// Attempts fail again and again, and nobody says so; or it is said without a reason, or more than once.
    Silent,
}

/// A law that was broken.
#[derive(Clone, Debug)]
pub struct Violation {
    /// Which.
    pub law: Law,
    /// When, ms of the world.
    pub at: u64,
    /// How.
    pub why: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {} ms: {}", self.law, self.at, self.why)
    }
}

/// What the checkers hold the client to.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Opens in any 20 s.
    pub opens: usize,
    /// Requests for a session in any 20 s.
    pub asks: usize,
    /// How long it may take to settle, ms.
    pub settles_within: u64,
    /// How long a message may wait, ms.
    pub ttl: u64,
    /// Messages in the buffer.
    pub messages: usize,
    /// Bytes in the buffer.
    pub bytes: usize,
    /// The caller accepted duplicates (`onSessionLost: "resend-uncertain"`).
    pub duplicates_accepted: bool,
}

trait Checker {
    fn see(&mut self, seen: &Seen<'_>, broken: &mut Report<'_>);
}

/// Violations of one law that are told.
const TOLD_OF_ONE_LAW: usize = 8;

/// Where a checker reports to.
struct Report<'a> {
    at: u64,
    violations: &'a mut Vec<Violation>,
}

impl Report<'_> {
    fn add(&mut self, law: Law, why: String) {
        // The first few say what happened; a broken law is often broken at every step after, and must not hide others.
        if self.violations.iter().filter(|known| known.law == law).count() < TOLD_OF_ONE_LAW {
            self.violations.push(Violation { law, at: self.at, why });
        }
    }
}

/// All checkers over one history.
pub struct Checkers {
    checkers: Vec<Box<dyn Checker>>,
    violations: Vec<Violation>,
}

impl Checkers {
    /// Checkers that have seen nothing yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            checkers: vec![
                Box::new(fates::Fates::new(limits.duplicates_accepted)),
                Box::new(files::Files::new(limits.duplicates_accepted)),
                Box::new(grounds::Grounds::new(limits)),
                Box::new(stops::Stops::default()),
                Box::new(silence::Silence::default()),
                Box::new(streams::Complaints::default()),
                Box::new(wire::Sockets::default()),
                Box::new(wire::Calm::new(limits)),
                Box::new(wire::Writers::default()),
                Box::new(wire::Patience::default()),
                Box::new(wire::Measure::default()),
                Box::new(bounds::Buffers::new(limits)),
                Box::new(bounds::Rest::new(limits)),
                Box::new(bounds::Secrets::default()),
                Box::new(bounds::Agent::default()),
                Box::new(bounds::Recordings),
                Box::new(conversation::Conversation::default()),
                Box::new(dropped::Dropped::default()),
                Box::new(streams::Flow::default()),
                Box::new(streams::Thrift::default()),
            ],
            violations: Vec::new(),
        }
    }

    /// Shows all of them one observation.
    pub fn see(&mut self, at: u64, seen: &Seen<'_>) {
        let mut report = Report { at, violations: &mut self.violations };
        for checker in &mut self.checkers {
            checker.see(seen, &mut report);
        }
    }

    /// What was broken.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }
}
