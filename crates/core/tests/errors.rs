//! What an error says to whom: each in the words of the service that this client speaks to, with what its user can do.

use guestwire_core::error::conversation::{CannotAsk, Declined, Departure, Unanswered};
use guestwire_core::error::streaming::{CannotSubscribe, Replaced};
use guestwire_core::error::tokens::NoToken;
use guestwire_core::error::topics::TopicError;
use guestwire_core::error::{Ended, FileError, Report, SendError, Trouble};
use guestwire_core::protocol::Name;

/// Every error that a client of this service can tell of.
fn told(service: Name) -> Vec<Report> {
    let mut ends = vec![
        Ended::Closed,
        Ended::Unauthorized,
        Ended::Tokenless,
        Ended::Forbidden,
        Ended::Refused(404),
        Ended::RateLimited,
        Ended::AttemptsExhausted,
        Ended::Conversation,
        Ended::Protocol(1002),
    ];
    let mut troubles = vec![Trouble::TokenUnavailable, Trouble::MalformedFrame("no_id", 3)];
    let mut others = Vec::new();
    let send = [
        SendError::Empty,
        SendError::Malformed,
        SendError::TooLarge,
        SendError::BufferFull,
        SendError::Closed,
        SendError::Unsupported,
    ];
    match service {
        Name::Webchat => {
            ends.push(Ended::SessionLost);
            troubles.extend([Trouble::RestClosed, Trouble::SessionReplaced]);
            others.extend(send.map(SendError::report));
        }
        Name::WebMessaging => {
            ends.push(Ended::SessionLost);
            ends.extend(
                [
                    Departure::Evicted,
                    Departure::Superseded,
                    Departure::LoggedOut,
                    Departure::SignedIn,
                    Departure::Cleared,
                    Departure::Downgraded,
                ]
                .map(Ended::Departed),
            );
            troubles.extend([Trouble::SessionReplaced, Trouble::NoDeployment(404)]);
            others.extend(send.map(SendError::report));
            others.extend(
                [SendError::ReadOnly, SendError::BadContent("x"), SendError::UnknownMember(0)].map(SendError::report),
            );
            others.push(SendError::AttributesTooLarge.report());
            others.extend(
                [
                    Declined::StartNew,
                    Declined::Clear,
                    Declined::AutoStart,
                    Declined::Authorisation,
                    Declined::SignIn,
                    Declined::SignOut,
                    Declined::Something,
                ]
                .map(Declined::report),
            );
            others.extend(
                [Unanswered::Timeout, Unanswered::Unavailable, Unanswered::Refused, Unanswered::Malformed]
                    .map(Unanswered::report),
            );
            others.extend(
                [
                    CannotAsk::Closed,
                    CannotAsk::Writable,
                    CannotAsk::SignedIn,
                    CannotAsk::SignedOut,
                    CannotAsk::BadGrant,
                ]
                .map(CannotAsk::report),
            );
            others.extend(
                [
                    FileError::Closed,
                    FileError::ReadOnly,
                    FileError::Unsupported,
                    FileError::Empty,
                    FileError::Name,
                    FileError::NameTooLong,
                    FileError::Type,
                    FileError::TooLarge,
                    FileError::TooMany,
                    FileError::Unknown,
                    FileError::Sending,
                    FileError::NotUploaded,
                    FileError::Expired,
                    FileError::TooManyQuestions,
                    FileError::TimedOut,
                    FileError::Refused,
                ]
                .map(FileError::report),
            );
        }
        Name::Streams => {
            ends.push(Ended::Evicted);
            ends.extend(NoToken::FINAL.map(Ended::NoToken));
            troubles.push(Trouble::RestClosed);
            troubles.extend([Replaced::Gone, Replaced::Evicted, Replaced::TokenRevoked].map(Trouble::Stream));
            others.extend([CannotSubscribe::TooMany, CannotSubscribe::Unsupported].map(CannotSubscribe::report));
            others.extend([TopicError::Bad(0), TopicError::TooLong(0), TopicError::TooMany].map(TopicError::report));
            others.extend([NoToken::RateLimited, NoToken::TooManyAsks].map(NoToken::report));
        }
    }
    others.extend(ends.into_iter().map(|ended| ended.report(service)));
    others.extend(troubles.into_iter().map(|trouble| trouble.report(service)));
    others
}

/// Words of the other services.
fn foreign(service: Name) -> &'static [&'static str] {
    match service {
        Name::Webchat => &[
            "deployment",
            "deploymentId",
            "region",
            "channel",
            "topics",
            "topic",
            "stream",
            "credentials",
            "auth",
            "OAuth",
            "clientSecret",
            "signIn",
            "startNew",
            "journeyContext",
            "StreamClient",
        ],
        Name::WebMessaging => &[
            "host",
            "apiKey",
            "API",
            "scope",
            "webchat",
            "chat",
            "channel",
            "topics",
            "topic",
            "stream",
            "credentials",
            "OAuth",
            "StreamClient",
            "rest",
        ],
        Name::Streams => &[
            "host",
            "apiKey",
            "API",
            "scope",
            "webchat",
            "chat",
            "guest",
            "conversation",
            "message",
            "messages",
            "deployment",
            "deploymentId",
            "signIn",
            "startNew",
        ],
    }
}

#[test]
fn no_error_speaks_of_what_another_service_has() {
    for service in Name::ALL {
        for report in told(*service) {
            let text = format!("{} {}", report.message, report.remedy);
            let words: Vec<&str> = text.split(|letter: char| !letter.is_ascii_alphanumeric()).collect();
            let found = foreign(*service).iter().find(|word| words.contains(word));
            assert_eq!(found, None, "{service:?}, {}: {text}", report.code);
            assert!(!report.message.is_empty() && !report.remedy.is_empty());
        }
    }
}

#[test]
fn an_error_names_the_options_that_this_service_s_user_can_look_at() {
    for (service, ended, options) in [
        (Name::Webchat, Ended::Unauthorized, &["token", "apiKey", "scope"][..]),
        (Name::Webchat, Ended::Forbidden, &["account"]),
        (Name::Webchat, Ended::Refused(400), &["host", "guest", "400"]),
        (Name::WebMessaging, Ended::Unauthorized, &["token"]),
        (Name::WebMessaging, Ended::Forbidden, &["deployment", "domain", "origin"]),
        (Name::WebMessaging, Ended::Refused(404), &["deploymentId", "region", "404"]),
        (Name::WebMessaging, Ended::Departed(Departure::Superseded), &["connect()"]),
        (Name::Streams, Ended::Unauthorized, &["credentials", "auth"]),
        (Name::Streams, Ended::NoToken(NoToken::InvalidClient), &["clientId", "clientSecret", "region"]),
        (Name::Streams, Ended::Refused(404), &["region", "404"]),
    ] {
        let report = ended.report(service);
        let text = format!("{} {}", report.message, report.remedy);
        for option in options {
            assert!(text.contains(option), "{service:?}, {}: {text}", report.code);
        }
    }
    let trouble = Trouble::NoDeployment(404).report(Name::WebMessaging);
    assert_eq!((trouble.code, trouble.retryable), ("unknown_deployment", true));
}
