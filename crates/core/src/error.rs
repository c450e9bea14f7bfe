//! What can go wrong, one small type per fallible operation, each with a stable code, whose fault
//! it is, and what to do. Texts carry no content and no token.

pub mod conversation;
pub mod repeated;
pub mod streaming;
pub mod tokens;
pub mod topics;

use crate::built;
use crate::detail::Detail;
use crate::json::decimal;
use crate::protocol::Name;
use crate::value::{Unreadable, Value};
use conversation::Departure;
use std::borrow::Cow;
use streaming::Replaced;
use tokens::NoToken;

/// The form in which every error leaves the core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Stable; what a program branches on.
    pub code: &'static str,
    /// What happened, for a person.
    pub message: Cow<'static, str>,
    /// What to do about it.
    pub remedy: Cow<'static, str>,
    /// Whether the same call may succeed later, unchanged.
    pub retryable: bool,
    /// Whose fault: `caller`, `service` or `network`.
    pub blame: &'static str,
    /// The option at fault, for `bad_option`.
    pub option: Option<String>,
}

impl Report {
    /// Its names and values.
    #[must_use]
    pub fn detail(&self) -> Detail {
        let mut detail = Detail::default();
        detail
            .word("code", self.code)
            .text("message", Some(&self.message))
            .text("remedy", Some(&self.remedy))
            .flag("retryable", self.retryable)
            .word("blame", self.blame);
        if let Some(option) = &self.option {
            detail.text("option", Some(option));
        }
        detail
    }
}

/// An option that is unknown, of the wrong type or out of range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionError {
    /// Its name, with the names around it: `backoff.base`.
    pub option: String,
    /// What is wrong with it.
    pub problem: Cow<'static, str>,
    /// What would be right.
    pub remedy: Cow<'static, str>,
}

impl OptionError {
    /// The host in it is well formed, and the platform says that it is none.
    #[must_use]
    pub fn no_address(option: &str) -> Self {
        let problem = "is no host name that this platform can look up".into();
        Self { option: option.to_owned(), problem, remedy: "look for what is mistyped in it".into() }
    }

    /// The form in which it leaves.
    #[must_use]
    pub fn report(&self) -> Report {
        let mut message = String::from("option ");
        message.push_str(&self.option);
        message.push(' ');
        message.push_str(&self.problem);
        Report {
            code: "bad_option",
            message: message.into(),
            remedy: self.remedy.clone(),
            retryable: false,
            blame: "caller",
            option: Some(self.option.clone()),
        }
    }
}

/// Why a message was not accepted. Nothing was kept of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// There is nothing to send.
    Empty,
    /// It is no text, or has a lone surrogate.
    Malformed,
    /// Over `maxContent`.
    TooLarge,
    /// `maxMessages` or `maxBytes` are in the buffer; nothing is evicted.
    BufferFull,
    /// The client is closing or closed.
    Closed,
    /// The conversation has ended, and can only be read.
    ReadOnly,
    /// The service takes texts only.
    Unsupported,
    /// What stands beside the text is malformed; what is wrong with it.
    BadContent(&'static str),
    /// The member at this place of a draft is none of its members.
    UnknownMember(usize),
    /// The custom attributes are over what the session takes.
    AttributesTooLarge,
    /// There is no such file: it was never taken on, or it is at its end.
    UnknownAttachment,
    /// The file has not arrived at the service yet, or goes with another message.
    NotUploaded,
}

/// The members that there are, for who gave another one.
const MEMBERS: &str = "known here: text, attachment, attributes, quickReply, button, datePicker, listPicker, form; \
     of the answer to an offer: kind, accepted, id";

impl SendError {
    /// The form in which it leaves, of a draft that was given as this.
    #[must_use]
    pub fn report_on(self, draft: &Value) -> Report {
        let mut report = self.report();
        if let (Self::UnknownMember(place), Value::Map(members)) = (self, draft)
            && let Some((name, _)) = members.get(place)
        {
            let mut message = String::from("the member ");
            message.push_str(name);
            message.push_str(" is unknown");
            report.message = message.into();
        }
        report
    }

    /// The form in which it leaves.
    #[must_use]
    pub fn report(self) -> Report {
        let (code, message, remedy, retryable) = match self {
            Self::Empty => ("empty", "the message has no content", "send at least one character", false),
            Self::Malformed => {
                ("malformed", "the message is no well-formed text", "send a string without lone surrogates", false)
            }
            Self::TooLarge => {
                ("too_large", "the message is over maxContent", "shorten it, or split it into several", false)
            }
            Self::BufferFull => (
                "buffer_full",
                "the buffer holds maxMessages or maxBytes already",
                "wait until some of the pending messages have ended, then send again",
                true,
            ),
            Self::ReadOnly if built::WEB_MESSAGING => {
                ("read_only", "the conversation has ended and can only be read", "startNew() begins another one", false)
            }
            Self::UnknownAttachment if built::WEB_MESSAGING => return FileError::Unknown.report(),
            Self::NotUploaded if built::WEB_MESSAGING => return FileError::NotUploaded.report(),
            Self::Closed | Self::ReadOnly | Self::UnknownAttachment | Self::NotUploaded => {
                ("closed", "the client is closed", "connect() again, or make a new client", false)
            }
            Self::Unsupported => ("unsupported", "this service takes texts only", "send a text", false),
            Self::UnknownMember(_) => ("bad_content", "a member is unknown", MEMBERS, false),
            Self::BadContent(problem) => ("bad_content", problem, "give each member as its type says", false),
            Self::AttributesTooLarge => (
                "attributes_too_large",
                "the attributes are over what the session takes",
                "send fewer or shorter ones; names and values count, in bytes of UTF-8",
                false,
            ),
        };
        Report { code, message: message.into(), remedy: remedy.into(), retryable, blame: "caller", option: None }
    }
}

/// Why nothing can be done with a file. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileError {
    /// The client is closing or closed.
    Closed,
    /// The conversation has ended, and can only be read.
    ReadOnly,
    /// The service takes no files.
    Unsupported,
    /// It has no bytes.
    Empty,
    /// Its name is none, or has no extension.
    Name,
    /// Its name is too long.
    NameTooLong,
    /// The service does not take its type, or what its extension says of it.
    Type,
    /// The service takes only smaller ones.
    TooLarge,
    /// Too many are neither sent nor given up.
    TooMany,
    /// There is no such file, or not any more.
    Unknown,
    /// A message takes it along.
    Sending,
    /// It has not arrived at the service, or goes with another message.
    NotUploaded,
    /// The service keeps it no longer.
    Expired,
    /// Too many addresses are wanted.
    TooManyQuestions,
    /// Nobody has answered.
    TimedOut,
    /// The service refuses to say.
    Refused,
}

impl FileError {
    /// A stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::ReadOnly => "read_only",
            Self::Unsupported => "files_unsupported",
            Self::Empty => "file_empty",
            Self::Name | Self::NameTooLong => "file_name",
            Self::Type => "file_type",
            Self::TooLarge => "file_too_large",
            Self::TooMany | Self::TooManyQuestions => "too_many_files",
            Self::Unknown => "unknown_attachment",
            Self::Sending => "attachment_sending",
            Self::NotUploaded => "attachment_not_uploaded",
            Self::Expired => "attachment_expired",
            Self::TimedOut => "timeout",
            Self::Refused => "refused",
        }
    }

    /// The form in which it leaves.
    #[must_use]
    pub fn report(self) -> Report {
        let (message, remedy, retryable) = match self {
            Self::Closed => ("the client is closed", "connect() again, or make a new client", false),
            Self::ReadOnly => {
                ("the conversation has ended and can only be read", "startNew() begins another one", false)
            }
            Self::Unsupported => ("the service takes no files", "send text", false),
            Self::Empty => ("the file has no bytes", "attach one that has some", false),
            Self::Name => {
                ("the file's name is none, or has no extension", "name it like photo.png, with no folders", false)
            }
            Self::NameTooLong => ("the file's name is too long", "use fewer than 1024 characters", false),
            Self::Type => ("the service does not take such files", "attach a file of a type that it announced", false),
            Self::TooLarge => ("the file is larger than the service takes", "attach a smaller one", false),
            Self::TooMany => {
                ("too many files are neither sent nor detached", "send or detach some of them first", true)
            }
            Self::Unknown => ("there is no such file, or not any more", "attach it again", false),
            Self::Sending => ("a message takes the file along", "cancel() the message first, while it waits", true),
            Self::NotUploaded => {
                ("the file has not arrived, or goes with another message", "wait until it is uploaded", true)
            }
            Self::Expired => ("the service keeps the file no longer", "attach it again", false),
            Self::TooManyQuestions => ("too many addresses are wanted already", "wait for some of them", true),
            Self::TimedOut => ("nobody has answered in time", "ask again when connected", true),
            Self::Refused => ("the service refuses to say", "nothing; the file may not be this guest's", false),
        };
        let blame = match self {
            Self::TimedOut => "network",
            Self::Refused | Self::Expired => "service",
            _ => "caller",
        };
        Report { code: self.code(), message: message.into(), remedy: remedy.into(), retryable, blame, option: None }
    }
}

/// Why the client ended for good. `connect()` starts anew from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// The caller's `close()`.
    Closed,
    /// The service refused the credential, twice.
    Unauthorized,
    /// The token provider said for good that there is no token.
    Tokenless,
    /// The token manager said so, for this reason.
    NoToken(NoToken),
    /// The account may not do this.
    Forbidden,
    /// The service refused to make a session, with this status.
    Refused(u16),
    /// Two guest sessions in a row were lost with nothing achieved in between.
    SessionLost,
    /// The service asks to wait for more than an hour.
    RateLimited,
    /// `maxAttempts` attempts in a row failed.
    AttemptsExhausted,
    /// The service ended the conversation.
    Conversation,
    /// The guest has no place in it any more.
    Departed(Departure),
    /// The service closed with a code that says that the same bytes cannot help.
    Protocol(u16),
    /// Another channel has taken the place of this stream's.
    Evicted,
}

impl Ended {
    /// Why there will never be a token, by the code of the error that the provider failed with.
    #[must_use]
    pub fn tokenless(code: &str) -> Self {
        let known = NoToken::FINAL.into_iter().find(|reason| built::STREAMS && reason.code() == code);
        known.map_or(Self::Tokenless, Self::NoToken)
    }

    /// A stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::NoToken(reason) if built::STREAMS => reason.code(),
            Self::Unauthorized | Self::Tokenless | Self::NoToken(_) => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::Refused(_) => "refused",
            Self::SessionLost => "session_lost",
            Self::RateLimited => "rate_limited",
            Self::AttemptsExhausted => "attempts_exhausted",
            Self::Departed(departure) if built::WEB_MESSAGING => departure.code(),
            Self::Conversation | Self::Departed(_) => "ended",
            Self::Protocol(_) => "protocol",
            Self::Evicted => "evicted",
        }
    }

    /// The form in which it leaves, in the words of this service.
    #[must_use]
    pub fn report(self, service: Name) -> Report {
        let (messaging, streams) = (service.is_web_messaging(), service.is_streams());
        let (message, remedy, retryable, blame): (Cow<'static, str>, _, _, _) = match self {
            Self::Unauthorized if streams => (
                "the service refused the token".into(),
                "check credentials, or auth with a url: whether the token lives, and is one of this region",
                false,
                "service",
            ),
            Self::Unauthorized if messaging => (
                "the service refused the guest's token".into(),
                "pass a function as token that gives another one where renew is true, or leave token out",
                false,
                "service",
            ),
            Self::Forbidden if streams => (
                "the token may not listen here".into(),
                "check the permissions of the OAuth client, or of the user, whose token it is",
                false,
                "service",
            ),
            Self::Forbidden if messaging => (
                "the service does not let this guest in".into(),
                "check that the deployment is active, and that it allows this page's domain, or the option origin",
                false,
                "service",
            ),
            Self::Refused(status) if streams => (
                with_number("the service refused to make a channel, with status ", status),
                "check region, and what the OAuth client of the token may do",
                false,
                "service",
            ),
            Self::Refused(status) if messaging => (
                with_number("the service refused to begin a session, with code ", status),
                "check deploymentId and region, and that the deployment is active; then journeyContext, if it is given",
                false,
                "service",
            ),
            Self::Conversation if streams => {
                ("the service ended the stream".into(), "connect() starts anew", false, "service")
            }
            Self::NoToken(reason) if built::STREAMS => return reason.report(),
            Self::Tokenless | Self::NoToken(_) => (
                "the token provider said that there is no token".into(),
                "connect() asks it again; an error without retryable: false would have it asked again by itself",
                false,
                "service",
            ),
            Self::Evicted if streams => {
                let (_, message, remedy) = Replaced::Evicted.texts();
                (message.into(), remedy, true, "service")
            }
            Self::Closed => ("the client was closed".into(), "connect() to start anew", false, "caller"),
            Self::Unauthorized => (
                "the service refused the credential".into(),
                "check token or apiKey: its expiry, and its scope webchat:guest:write",
                false,
                "service",
            ),
            Self::Forbidden => {
                ("the account may not use web chat".into(), "check the account's entitlement", false, "service")
            }
            Self::Refused(status) => (
                with_number("the service refused to make a session, with status ", status),
                "check host, and the members of guest",
                false,
                "service",
            ),
            Self::SessionLost => (
                "the guest session was lost twice in a row".into(),
                "connect() later; if it recurs, the service ends sessions at once",
                true,
                "service",
            ),
            Self::RateLimited => {
                ("the service asks to wait for more than an hour".into(), "connect() later", true, "service")
            }
            Self::AttemptsExhausted => {
                ("maxAttempts attempts in a row failed".into(), "connect() again when it suits", true, "network")
            }
            Self::Departed(departure) if messaging => return departure.report(),
            Self::Conversation | Self::Departed(_) | Self::Evicted => {
                ("the service ended the conversation".into(), "connect() to start a new one", false, "service")
            }
            Self::Protocol(code) => (
                with_number("the service closed for good, with code ", code),
                "do not repeat it unchanged; closeCodes can give the code another meaning",
                false,
                "service",
            ),
        };
        Report { code: self.code(), message, remedy: remedy.into(), retryable, blame, option: None }
    }
}

/// Trouble that the application should know of though the client goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// The token provider failed; it is asked again, with backoff.
    TokenUnavailable,
    /// The token provider gave what is no token; it is asked again, with backoff. A literal one is `bad_option`.
    InvalidCredential,
    /// A received frame could not be understood, for this reason, and so many before it that no error has told of; each was
    /// dropped.
    MalformedFrame(&'static str, u32),
    /// REST asks to wait for more than an hour. A conversation uses only the socket from now on, a stream asks again after an
    /// hour.
    RestClosed,
    /// The service refused the client's session; another one is made.
    SessionReplaced,
    /// No handshake succeeds, and what is published of the deployment is not there, by this status.
    NoDeployment(u16),
    /// The stream's channel or token was taken away; it goes on with another.
    Stream(Replaced),
}

impl Trouble {
    /// The form in which it leaves, in the words of this service.
    #[must_use]
    pub fn report(self, service: Name) -> Report {
        let streams = service.is_streams();
        let (code, message, remedy, blame): (_, Cow<'static, str>, _, _) = match self {
            Self::TokenUnavailable => (
                "token_unavailable",
                "the token provider failed, or gave no token".into(),
                if streams {
                    "look at what was passed as credentials, or auth with a url: it gives a token, and throws where it has none; it is asked again"
                } else {
                    "look at the function that was passed as token: it gives a token, and throws where it has none; it is asked again"
                },
                "caller",
            ),
            Self::NoDeployment(status) if service.is_web_messaging() => (
                "unknown_deployment",
                with_number(
                    "the handshake is refused, and the deployment's config.json is answered with status ",
                    status,
                ),
                "check deploymentId and region; meanwhile it goes on trying",
                "service",
            ),
            Self::InvalidCredential => (
                "invalid_credential",
                "what the token provider gave is no token".into(),
                "make it check that its request succeeded, and give the token alone: 10 to 4096 visible ASCII characters; it is asked again",
                "caller",
            ),
            Self::MalformedFrame(what, before) => {
                let mut message = String::from("a received frame was dropped: ");
                message.push_str(what);
                if before > 0 {
                    message.push_str("; before it, untold: ");
                    decimal(&mut message, before.into());
                }
                let is_large = what == Unreadable::TooLarge.name();
                let remedy = if is_large { "raise the option maxFrame" } else { "nothing; tell the service's owner" };
                ("malformed_frame", message.into(), remedy, "service")
            }
            Self::RestClosed => (
                "rate_limited",
                "REST asks to wait for more than an hour".into(),
                if streams {
                    "nothing; topics are asked for again in an hour"
                } else {
                    "nothing; messages wait for the socket"
                },
                "service",
            ),
            Self::Stream(replaced) if streams => {
                let (code, message, remedy) = replaced.texts();
                (code, message.into(), remedy, "service")
            }
            Self::SessionReplaced | Self::Stream(_) | Self::NoDeployment(_) => (
                "session_replaced",
                "the guest session was lost and is being replaced".into(),
                "show that this is a new conversation; onSessionLost says what moves to it",
                "service",
            ),
        };
        Report { code, message, remedy: remedy.into(), retryable: true, blame, option: None }
    }
}

fn with_number(text: &str, number: u16) -> Cow<'static, str> {
    let mut message = String::from(text);
    decimal(&mut message, number.into());
    message.into()
}
