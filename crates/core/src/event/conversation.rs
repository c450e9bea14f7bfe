//! What is told of a conversation beside its messages.

use crate::body::Body;
use crate::detail::Detail;
use crate::error::conversation::Declined;

/// See [`super::Event::Conversation`].
#[derive(Clone, Debug)]
pub enum Happening {
    /// The agent begins to write, or writes no more.
    Typing(Typing),
    /// Somebody came, went, or did something with the conversation as a whole.
    Presence(Presence),
    /// It can only be read from now on, or can be written to again, or is another one.
    Changed(Changed),
    /// It will end soon unless something is said.
    Expiring(Expiring),
    /// The guest has signed in or out, or is asked to.
    Authorization(Authorization),
    /// Whoever gives grants is asked again.
    GrantWanted,
    /// The service said something that is no message and that this client knows nothing of.
    Notice(Notice),
}

/// See [`Happening::Typing`].
#[derive(Clone, Copy, Debug)]
pub struct Typing {
    /// Whether the agent writes.
    pub active: bool,
    /// For how long it holds unless it is said again, ms.
    pub duration: Option<u64>,
    /// When, epoch ms.
    pub at: u64,
}

/// See [`Happening::Changed`].
#[derive(Clone, Copy, Debug)]
pub struct Changed {
    /// Nothing can be said in it.
    pub read_only: bool,
    /// It is another one than before.
    pub new: bool,
    /// `session` (the service says so of the session), `disconnected` (the agent ended it), `refused` (what was said)
    /// or `started_anew`.
    pub why: &'static str,
    /// When, epoch ms.
    pub at: u64,
}

/// See [`Happening::Expiring`].
#[derive(Clone, Copy, Debug)]
pub struct Expiring {
    /// In how long, ms.
    pub remaining: u64,
    /// When this is told, epoch ms.
    pub at: u64,
}

/// See [`Happening::Authorization`].
#[derive(Clone, Copy, Debug)]
pub struct Authorization {
    /// `signed_in`, `signed_out`, `refused` (it goes on as before) or `required` (it waits for the guest to sign in).
    pub state: &'static str,
    /// Of what is required: `first` (the option `authenticated`), `expired` or `refused`.
    pub reason: Option<&'static str>,
    /// What the guest had elsewhere was ended for it.
    pub cleared: bool,
    /// What went wrong.
    pub error: Option<Declined>,
    /// When, epoch ms.
    pub at: u64,
}

/// See [`Happening::Presence`].
#[derive(Clone, Debug)]
pub struct Presence {
    /// What happened, in the service's word: `Join`, `Disconnect`, `Clear`, `SignIn`, or one that is not known here.
    pub kind: String,
    /// Whose doing it is.
    pub sender: &'static str,
    /// All that the service said with it.
    pub body: Body,
    /// When it was received, epoch ms.
    pub at: u64,
}

/// See [`Happening::Notice`].
#[derive(Clone, Debug)]
pub struct Notice {
    /// What it is, in the service's word: the type of what would be a message (`Receipt`), or of an event (`CoBrowse`).
    pub kind: String,
    /// Whose doing it is.
    pub sender: &'static str,
    /// All that the service said.
    pub body: Body,
    /// When it was received, epoch ms.
    pub at: u64,
}

impl Happening {
    /// Its name; its own names and values are added.
    pub(super) fn tell(&self, to: &mut Detail) -> &'static str {
        match self {
            Self::Typing(it) => {
                to.flag("active", it.active).whole_or_none("duration", it.duration).whole("at", it.at);
                "typing"
            }
            Self::Presence(Presence { kind, sender, body, at }) => {
                tell_kind(to, kind, sender, body, *at);
                "presence"
            }
            Self::Changed(it) => {
                to.flag("readOnly", it.read_only).flag("new", it.new).word("why", it.why).whole("at", it.at);
                "conversation"
            }
            Self::Expiring(it) => {
                to.whole("in", it.remaining).whole("at", it.at);
                "expiring"
            }
            Self::Authorization(it) => {
                to.word("state", it.state).word_or_none("reason", it.reason).flag("clearedExisting", it.cleared);
                to.detail("error", it.error.map(|error| error.report().detail())).whole("at", it.at);
                "authorization"
            }
            Self::GrantWanted => "grantwanted",
            Self::Notice(Notice { kind, sender, body, at }) => {
                tell_kind(to, kind, sender, body, *at);
                "notice"
            }
        }
    }
}

fn tell_kind(to: &mut Detail, kind: &str, sender: &'static str, body: &Body, at: u64) {
    to.text("kind", Some(kind)).word("sender", sender).whole("at", at);
    body.tell(to);
}
