//! The `web-messaging` dialect: the real Genesys Cloud service (protocols/web-messaging.md). A session is
//! made over the socket by the token that the guest brings; a message is acknowledged by its own echo;
//! the service knows no ids, so what is uncertain is looked up in the history.

mod attachments;
mod authenticate;
mod conversation;
mod history;
mod received;
mod sent;

use super::authorisation::Authorising;
use super::conversation::Conversing;
use super::files::Files;
use super::{Address, Answer, Beat, Dialect, History, Inquiry, Members, Rates, Ready, Received, Request, Shown};
use crate::close::Close;
use crate::config::{Config, Host, JourneyIn};
use crate::content::Content;
use crate::draft::Draft;
use crate::json::Object;
use crate::limits;
use crate::random::Random;
use crate::secret::Secret;
use crate::session::{Granted, GuestSession};
use crate::value::Value;
use uuid::Uuid;

/// Stands here for the 403 that says by its words that the guest is not let in any more.
const UNAUTHENTICATED: u16 = 4_401;

/// What the answer to a heartbeat repeats begins with; when it went out follows, epoch ms.
const BEAT: &str = "beat-";
/// What the answer to a frame that asks for a key to the history repeats.
const KEY: &str = "key";
/// The same for a frame that says that the guest types.
const TYPING: &str = "typing";

/// See the module.
#[derive(Debug)]
pub struct WebMessaging {
    socket: Host,
    rest: Host,
    /// What every page may read of a deployment (1.1).
    public: Host,
    /// The service asks where requests come from (1.3): of pages their platform says it, and takes no other word for it.
    socket_origin: Secret,
    rest_origin: Secret,
    deployment: String,
    journey: Option<Content>,
    journey_in: JourneyIn,
    close_codes: Vec<(u16, Close)>,
}

/// The envelope of all that is said.
fn frame(session: &GuestSession, action: &str, tracing: &str) -> Object {
    Object::default().text("action", action).text("token", session.granted.token.expose()).text("tracingId", tracing)
}

fn bearer(token: &Secret) -> Secret {
    let mut authorization = String::from("bearer ");
    authorization.push_str(token.expose());
    Secret::new(authorization)
}

impl WebMessaging {
    /// The dialect for one client's options.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let socket = config.host.named("webmessaging.");
        let given = config.deployment.as_ref().and_then(|it| it.origin.as_ref());
        // As the official mobile client does: names of the service's own, without a scheme.
        let origin = |host: &Host| given.cloned().unwrap_or_else(|| Secret::new(host.authority().to_owned()));
        Self {
            socket_origin: origin(&socket),
            rest_origin: origin(&config.host),
            socket,
            rest: config.host.named("api."),
            public: config.host.named("api-cdn."),
            deployment: config.deployment.as_ref().map(|it| it.id.clone()).unwrap_or_default(),
            journey: config.deployment.as_ref().and_then(|it| it.journey.clone()),
            journey_in: config.deployment.as_ref().map_or(JourneyIn::Greeting, |it| it.journey_in),
            close_codes: config.close_codes.clone(),
        }
    }
}

/// Whether this is a word of the service's, and nobody's own.
#[cfg(feature = "web-messaging")]
pub(crate) fn is_word(text: &str) -> bool {
    received::WORDS.contains(&text)
}

impl Dialect for WebMessaging {
    fn session(&self, token: &Secret, random: &mut Random) -> Option<Granted> {
        // The service gives the session no name; this one is for the application's and our own records.
        let id = String::from(&*random.uuid().as_hyphenated().encode_lower(&mut Uuid::encode_buffer()));
        Some(Granted { id, token: token.clone(), expires_in: limits::GUEST_SESSION, token_in_frames: true })
    }

    fn socket(&self, _session: &GuestSession) -> Option<Address> {
        let mut url = self.socket.socket("/v1?deploymentId=");
        url.push_str(&self.deployment);
        url.push_str("&application=guestwire-");
        url.push_str(env!("CARGO_PKG_VERSION"));
        Some(Address {
            url: Secret::new(url),
            protocols: Vec::new(),
            origin: Some(self.socket_origin.clone()),
            authorization: None,
        })
    }

    fn ready(&self) -> Ready {
        Ready::Said(limits::STEP_TIMEOUT)
    }

    fn rates(&self) -> Rates {
        // 1.4, with a margin for what the network presses together, and room for health checks and keys.
        Rates { messages: Some((5, 1_100)), frames: Some((50, 61_000)), pages: Some((10, 61_000)) }
    }

    fn message_frame(&self, session: &GuestSession, id: Uuid, content: &Content) -> Option<String> {
        Some(sent::message(session, id, content))
    }

    fn compose(&self, draft: &Draft) -> Option<Content> {
        Some(sent::compose(draft))
    }

    fn typing_frame(&self, session: &GuestSession) -> Option<String> {
        Some(sent::typing(session))
    }

    fn heartbeat(&self, session: &GuestSession, beat: &Beat) -> Option<String> {
        let mut tracing = String::from(BEAT);
        crate::json::decimal(&mut tracing, beat.wall);
        if beat.probe {
            // Health checks are rationed, 2 a minute; this one asks for as little and is not.
            let frame = frame(session, "getConfiguration", &tracing);
            return Some(frame.text("deploymentId", &self.deployment).finish());
        }
        let message = Object::default().text("type", "Text").text("text", "ping");
        Some(frame(session, "echo", &tracing).object("message", message).finish())
    }

    fn message_request(&self, _session: &GuestSession, _id: Uuid, _content: &Content) -> Option<Request> {
        None
    }

    fn inquiry(&self, what: Inquiry) -> Option<Request> {
        let file = match what {
            Inquiry::History => return None,
            Inquiry::Deployment => "/config.json",
            Inquiry::Domains => "/domains.json",
        };
        let mut path = String::from("/webdeployments/v1/deployments/");
        path.push_str(&self.deployment);
        path.push_str(file);
        Some(Request { method: "GET", url: Secret::new(self.public.http(&path)), headers: Vec::new(), body: None })
    }

    fn history(&self) -> Option<&dyn History> {
        Some(self)
    }

    fn files(&self) -> Option<&dyn Files> {
        Some(self)
    }

    fn conversing(&self) -> Option<&dyn Conversing> {
        Some(self)
    }

    fn authorising(&self) -> Option<&dyn Authorising> {
        Some(self)
    }

    fn read(&self, frame: &Value) -> Result<Received, &'static str> {
        received::read(frame)
    }

    fn answer(&self, code: u16, _names_message: bool, retry_after: bool) -> Answer {
        match code {
            401 | UNAUTHENTICATED => Answer::SessionRefused,
            4006 | 4007 => Answer::SessionGone,
            4029 | 429 => Answer::Paused { certain: true },
            _ if retry_after => Answer::Paused { certain: true },
            403 | 4017 => Answer::Forbidden,
            409 | 4008..=4011 | 4013 => Answer::Rejected,
            _ => Answer::Failed,
        }
    }

    fn blames_the_message(&self, code: u16) -> bool {
        matches!(code, 429 | 4011 | 4013 | 4029)
    }

    fn names_message(&self, _body: &Value, _id: Uuid) -> bool {
        false
    }

    fn retry_after(&self, _body: &Value) -> Option<u64> {
        None
    }

    fn words(&self) -> &'static [&'static str] {
        received::WORDS
    }

    fn sentence(&self, said: &str) -> Option<&'static str> {
        received::sentence(said)
    }

    fn members(&self) -> Members {
        &[
            ("class", Shown::Word),
            ("code", Shown::Figure),
            ("tracingId", Shown::Whole),
            ("body", Shown::Sentence),
            ("newSession", Shown::Figure),
            ("id", Shown::Whole),
            ("type", Shown::Word),
            ("direction", Shown::Word),
            ("channel", Shown::Parts),
            ("messageId", Shown::Whole),
            ("metadata", Shown::Parts),
            ("customMessageId", Shown::Whole),
            ("errorCode", Shown::Figure),
            ("retryAfter", Shown::Figure),
            ("entities", Shown::Parts),
            ("total", Shown::Figure),
            ("time", Shown::Figure),
            ("pageSize", Shown::Figure),
            ("pageCount", Shown::Figure),
            ("errorMessage", Shown::Sentence),
            ("exp", Shown::Figure),
            ("events", Shown::Parts),
            ("eventType", Shown::Word),
            ("typing", Shown::Parts),
            ("duration", Shown::Figure),
            ("durationMs", Shown::Figure),
            ("presence", Shown::Parts),
            ("readOnly", Shown::Figure),
            ("connected", Shown::Figure),
            ("autoStarted", Shown::Figure),
            ("reason", Shown::Word),
            ("reasonCode", Shown::Word),
            ("durationSeconds", Shown::Figure),
            ("expirationDate", Shown::Figure),
            ("maxCustomDataBytes", Shown::Figure),
            ("content", Shown::Parts),
            ("buttonResponse", Shown::Parts),
            ("form", Shown::Parts),
            ("response", Shown::Parts),
            ("component", Shown::Parts),
            ("attachment", Shown::Parts),
            ("payload", Shown::Content),
            ("text", Shown::Content),
            ("jwt", Shown::Measured),
            ("refreshToken", Shown::Measured),
            ("clearedExistingSession", Shown::Figure),
            ("attachmentId", Shown::Whole),
            ("fileSize", Shown::Figure),
            ("url", Shown::Address),
            ("downloadUrl", Shown::Address),
            ("headers", Shown::Headers),
            ("allowedMedia", Shown::Parts),
            ("inbound", Shown::Parts),
            ("fileTypes", Shown::Parts),
            ("maxFileSizeKB", Shown::Figure),
            ("blockedExtensions", Shown::Endings),
        ]
    }

    fn close(&self, code: u16) -> Close {
        if let Some(&(_, close)) = self.close_codes.iter().find(|(overridden, _)| *overridden == code) {
            return close;
        }
        // No source lists the service's codes: whatever ends a session for good is said in a frame before.
        Close::Reconnect
    }
}
