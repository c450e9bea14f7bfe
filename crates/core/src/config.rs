//! The options: read from a neutral value, each checked when it is given. An unknown name, a wrong
//! type or a number out of range is an error that names the option and the remedy.

mod client_credentials;
mod deployment;
mod host;
mod journey;
mod reader;
mod streams;

pub use client_credentials::{ClientCredentials, Placed};
pub use deployment::{Deployment, JourneyIn, OnUncertain};
pub use host::Host;
use reader::{Fault, Reader};
pub use streams::{Handover, OnEvicted, Stream, Style};

use crate::built::InStreams;
use crate::checkpoint::{Keep, Writer, keep, keep_one_of};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader as Checkpoint};
use crate::close::Close;
use crate::content::Content;
use crate::error::OptionError;
use crate::json::digits;
use crate::limits;
use crate::protocol::Name;
use crate::secret::Secret;
use crate::value::Value;

/// How the client shows who it is when it makes a guest session.
#[derive(Clone, Debug)]
pub enum Credential {
    /// `Authorization: Bearer …`.
    Bearer(Secret),
    /// `api_key: …`.
    ApiKey(Secret),
    /// A bearer token, asked of the application each time one is needed.
    Provider,
    /// None is needed.
    None,
}

/// Where the guest token stands in the socket's handshake (webchat.md, Socket).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketAuth {
    /// `?access_token=`.
    Query,
    /// `bearer.<base64url token>` in `Sec-WebSocket-Protocol`.
    Subprotocol,
    /// Nowhere.
    None,
}

/// What moves to a new guest session when the old one is gone (webchat.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnSessionLost {
    /// What the old one certainly lacks.
    Resend,
    /// That, and what is uncertain: the caller accepts duplicates.
    ResendUncertain,
    /// Nothing.
    Fail,
}

/// What REST asks of an answer before it takes a message for acknowledged (webchat.md, "Who answered").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestProof {
    /// A JSON object that names the message.
    Id,
    /// A JSON object.
    Json,
    /// The status alone.
    Status,
}

/// The guest, as the service is told.
#[derive(Clone, Debug)]
pub struct Guest {
    /// E-mail address.
    pub email: Content,
    /// First name.
    pub first_name: Content,
    /// Last name.
    pub last_name: Content,
}

/// All options, checked. Durations in milliseconds; defaults in [`crate::limits`].
#[derive(Clone, Debug)]
pub struct Config {
    /// Which service it is.
    pub dialect: Name,
    /// Where the service is.
    pub host: Host,
    /// The widget's deployment, where the service knows such.
    pub deployment: Option<Box<Deployment>>,
    /// What is wanted of a stream, where the service is one.
    pub stream: InStreams<Stream>,
    /// How a session is asked for.
    pub credential: Credential,
    /// Who the guest is.
    pub guest: Guest,
    /// Where the guest token stands in the handshake.
    pub socket_auth: SocketAuth,
    /// What moves to a new session.
    pub on_session_lost: OnSessionLost,
    /// Whether REST takes over when the socket cannot be had.
    pub rest: bool,
    /// What it asks of an acknowledgement there.
    pub rest_proof: RestProof,
    /// How long a message may wait to leave.
    pub ttl: u64,
    /// Messages in flight at a time.
    pub window: usize,
    /// Messages in the buffer.
    pub max_messages: usize,
    /// Bytes of content in the buffer.
    pub max_bytes: usize,
    /// Bytes of one message's content.
    pub max_content: usize,
    /// Bytes of one received frame.
    pub max_frame: usize,
    /// First step of the backoff.
    pub backoff_base: u64,
    /// Largest step of the backoff.
    pub backoff_cap: u64,
    /// Attempts in a row before the client gives up; none: no limit.
    pub max_attempts: Option<u32>,
    /// Socket opens within 20 s.
    pub max_opens: usize,
    /// Floor of the acknowledgement's deadline.
    pub ack_min: u64,
    /// Ceiling of the acknowledgement's deadline.
    pub ack_max: u64,
    /// Heartbeat interval while all is well.
    pub heartbeat_stable: u64,
    /// Heartbeat interval while the quality is degraded.
    pub heartbeat_degraded: u64,
    /// Heartbeat interval just after a reconnect.
    pub heartbeat_reconnecting: u64,
    /// Mean round trip over which the quality is degraded.
    pub latency_degraded: f64,
    /// Share of lost heartbeats over which the quality is degraded.
    pub loss_degraded: f64,
    /// How long the making of a session may take.
    pub session_timeout: u64,
    /// How long the socket's handshake may take.
    pub socket_timeout: u64,
    /// How long a REST call may take.
    pub rest_timeout: u64,
    /// How long `close()` waits for what is in flight.
    pub close_grace: u64,
    /// Inputs and outputs that the flight recorder keeps; 0: it is off.
    pub trace: usize,
    /// What close codes mean where it differs from the contract's table.
    pub close_codes: Vec<(u16, Close)>,
}

/// The options of every service, by their names.
const NAMES: &[&str] = &[
    "dialect",
    "credential",
    "maxFrame",
    "backoff",
    "maxAttempts",
    "maxOpens",
    "heartbeat",
    "quality",
    "sessionTimeout",
    "socketTimeout",
    "restTimeout",
    "trace",
    "closeCodes",
];

/// Those of services where something is said.
const MESSAGE_NAMES: &[&str] =
    &["onSessionLost", "ttl", "maxMessages", "maxBytes", "maxContent", "ackTimeout", "closeGrace"];

/// Those of `webchat`.
const WEBCHAT_NAMES: &[&str] = &["host", "guest", "socketAuth", "rest", "restProof", "window"];

impl Config {
    /// Reads and checks all options.
    pub fn from_value(options: &Value) -> Result<Self, OptionError> {
        let fault = Fault::default();
        let config = Self::read(&Reader::new("", options, &fault), &fault);
        fault.check()?;
        Ok(config)
    }

    /// An address at the service, for the platform to say whether it is one: some names are well formed, and none can be asked for (`xn--0`).
    #[must_use]
    pub fn address(&self) -> String {
        self.host.http("/")
    }

    /// Why a client is not made where the platform says that it is none.
    #[must_use]
    pub fn no_address(&self) -> OptionError {
        let option = match () {
            () if self.stream.get().is_some_and(|stream| !stream.has_channels()) => "url",
            () if self.is_web_messaging() || self.is_streams() => "region",
            () => "host",
        };
        OptionError::no_address(option)
    }

    /// Whether it is for a client of Genesys Cloud Web Messaging.
    pub(crate) fn is_web_messaging(&self) -> bool {
        self.dialect.is_web_messaging()
    }

    /// Whether it is for a stream of events.
    pub fn is_streams(&self) -> bool {
        self.dialect.is_streams()
    }

    /// Within what time the service says by itself that it lives, ms; 0: it does not.
    pub(crate) fn speaks_within(&self) -> u64 {
        let channels = self.stream.get().is_some_and(Stream::has_channels);
        if channels { limits::CHANNEL_SILENCE } else { 0 }
    }

    fn read(all: &Reader<'_>, fault: &Fault) -> Self {
        let dialect = Name::BUILT[all.choice("dialect", Name::BUILT_NAMES)];
        let rationed = dialect.is_web_messaging();
        let streams = dialect.is_streams();
        let (own, said) = match dialect {
            _ if streams => (Stream::names(all), &[][..]),
            _ if rationed => (Deployment::NAMES, MESSAGE_NAMES),
            _ => (WEBCHAT_NAMES, MESSAGE_NAMES),
        };
        all.only_of(&[NAMES, own, said]);
        let guest = all.nested("guest", &["email", "firstName", "lastName"]);
        let backoff = all.nested("backoff", &["base", "cap"]);
        let ack = all.nested("ackTimeout", &["min", "max"]);
        // Only there is the heartbeat a frame with a limit of its own (streaming.md, "Heartbeat frame").
        let plain = streams && all.has("url");
        let matrix = &["stable", "degraded", "reconnecting", "maxBytes"];
        let heartbeat = all.nested("heartbeat", if plain { matrix } else { &matrix[..3] });
        let quality = all.nested("quality", &["latency", "loss"]);
        let duration =
            |reader: &Reader<'_>, name, default, least| reader.whole(name, default, least, limits::DURATION_MOST);
        // Where health checks are rationed, no interval is shorter than the ration allows.
        let least = if rationed { limits::HEALTH_CHECK } else { limits::HEARTBEAT_LEAST };
        // Where the service says by itself that it lives, it is asked when it does not.
        let usual = if streams && !plain { limits::CHANNEL_SILENCE } else { least };
        let beat = |name, default: u64, most| heartbeat.whole(name, default.max(usual).min(most), least, most);
        // What is in doubt is not asked less often than what is not.
        let heartbeat_stable = beat("stable", limits::HEARTBEAT_STABLE, limits::HEARTBEAT_MOST);
        let step = |name| duration(all, name, limits::STEP_TIMEOUT, 100);
        let backoff_base = duration(&backoff, "base", limits::BACKOFF_BASE, 1);
        let ack_min = duration(&ack, "min", limits::ACK_TIMEOUT_MIN, 100);
        Self {
            dialect,
            deployment: rationed.then(|| Box::new(Deployment::read(all, fault))),
            stream: if streams { InStreams::new(Stream::read(all, fault)) } else { InStreams::default() },
            host: place(all, rationed, streams).unwrap_or_else(|error| {
                fault.keep(error);
                Host::default()
            }),
            credential: if streams { Stream::credential(all, fault) } else { credential(all, fault) },
            guest: Guest {
                email: Content::new(guest.text("email", "anonymous@local")),
                first_name: Content::new(guest.text("firstName", "Guest")),
                last_name: Content::new(guest.text("lastName", "User")),
            },
            socket_auth: [SocketAuth::Query, SocketAuth::Subprotocol, SocketAuth::None]
                [all.choice("socketAuth", &["query", "subprotocol", "none"])],
            on_session_lost: [OnSessionLost::Resend, OnSessionLost::ResendUncertain, OnSessionLost::Fail]
                [all.choice("onSessionLost", &["resend", "resend-uncertain", "fail"])],
            rest: all.flag("rest", true) && !rationed && !streams,
            rest_proof: [RestProof::Id, RestProof::Json, RestProof::Status]
                [all.choice("restProof", &["id", "json", "status"])],
            ttl: duration(all, "ttl", limits::TTL, 1),
            // Where ids are not known, each message waits for the fate of the one before.
            window: if rationed { 1 } else { all.count("window", limits::WINDOW, limits::MESSAGES) },
            max_messages: all.count("maxMessages", limits::MESSAGES, 100_000),
            max_bytes: all.count("maxBytes", limits::BUFFER_BYTES, limits::BUFFER_BYTES_MOST),
            max_content: all.count(
                "maxContent",
                if rationed { limits::TEXT_BYTES } else { limits::CONTENT_BYTES },
                1 << 20,
            ),
            max_frame: all.count("maxFrame", limits::FRAME_BYTES, 4 << 20),
            backoff_base,
            backoff_cap: duration(&backoff, "cap", limits::BACKOFF_CAP.max(backoff_base), backoff_base),
            max_attempts: all.optional_count("maxAttempts", 1_000_000).map(|count| count as u32),
            max_opens: all.count("maxOpens", limits::OPENS, limits::OPENS_MOST),
            ack_min,
            ack_max: duration(&ack, "max", limits::ACK_TIMEOUT_MAX.max(ack_min), ack_min),
            heartbeat_stable,
            heartbeat_degraded: beat("degraded", limits::HEARTBEAT_DEGRADED, heartbeat_stable),
            heartbeat_reconnecting: beat("reconnecting", limits::HEARTBEAT_RECONNECTING, heartbeat_stable),
            latency_degraded: quality.fraction("latency", limits::LATENCY_DEGRADED, 60_000.0),
            loss_degraded: quality.fraction("loss", limits::LOSS_DEGRADED, 1.0),
            session_timeout: step("sessionTimeout"),
            socket_timeout: step("socketTimeout"),
            rest_timeout: step("restTimeout"),
            close_grace: duration(all, "closeGrace", limits::CLOSE_GRACE, 0),
            trace: all.whole("trace", limits::TRACE as u64, 0, limits::TRACE_MOST as u64) as usize,
            close_codes: close_codes(all),
        }
    }
}

/// Whether a credential has the form that the service asks for (webchat.md). It must also fit into
/// a header: visible ASCII.
#[must_use]
pub fn well_formed(credential: &str) -> bool {
    (limits::CREDENTIAL_CHARS..=limits::IDENTIFIER_BYTES).contains(&credential.len())
        && credential.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Where the service is.
fn place(all: &Reader<'_>, by_region: bool, streams: bool) -> Result<Host, OptionError> {
    match by_region {
        _ if streams && all.has("url") => Host::of_url(all.required_text("url")),
        _ if by_region || streams => Host::of_region(all.required_text("region")),
        _ => Host::parse(all.required_text("host")),
    }
}

fn credential(all: &Reader<'_>, fault: &Fault) -> Credential {
    let given = all.nested("credential", &["kind", "value"]);
    match given.required_text("kind") {
        "bearer" => Credential::Bearer(literal(&given, fault, "token")),
        "apiKey" => Credential::ApiKey(literal(&given, fault, "apiKey")),
        "provider" => Credential::Provider,
        _ => {
            given.fault("kind", "is unknown", "use bearer, apiKey or provider");
            Credential::Provider
        }
    }
}

/// A credential that is given as it is; `option`: what the caller, who knows no option `credential`, calls it.
fn literal(given: &Reader<'_>, fault: &Fault, option: &str) -> Secret {
    // What is no text is malformed too.
    let value = given.maybe_text("value").unwrap_or_default();
    if !well_formed(value) {
        fault.keep(OptionError {
            option: option.to_owned(),
            problem: "is malformed".into(),
            remedy: "give 10 to 4096 visible ASCII characters, with no word before them".into(),
        });
    }
    Secret::new(value.to_owned())
}

fn close_codes(all: &Reader<'_>) -> Vec<(u16, Close)> {
    let given = all.nested_any("closeCodes");
    let mut rows = Vec::new();
    for name in given.names() {
        match digits(name, 4_999) {
            Some(code @ 1_000..) => rows.push((code as u16, Close::ALL[given.choice(name, Close::NAMES)])),
            _ => given.fault(name, "is no close code", "use codes from 1000 to 4999"),
        }
    }
    rows
}

keep_one_of!(SocketAuth { Query, Subprotocol, None });
keep_one_of!(OnSessionLost { Resend, ResendUncertain, Fail });
keep_one_of!(RestProof { Id, Json, Status });
keep!(Guest { email, first_name, last_name });
keep!(Config {
    dialect,
    host,
    credential,
    guest,
    socket_auth,
    on_session_lost,
    rest,
    rest_proof,
    ttl,
    window,
    max_messages,
    max_bytes,
    max_content,
    max_frame,
    backoff_base,
    backoff_cap,
    max_attempts,
    max_opens,
    ack_min,
    ack_max,
    heartbeat_stable,
    heartbeat_degraded,
    heartbeat_reconnecting,
    latency_degraded,
    loss_degraded,
    session_timeout,
    socket_timeout,
    rest_timeout,
    close_grace,
    trace,
    close_codes,
} when dialect: Name::is_web_messaging {
    deployment,
} when dialect: Name::is_streams {
    stream,
});

impl Keep for Credential {
    fn keep(&self, to: &mut Writer) {
        let (kind, secret) = match self {
            Self::Bearer(secret) => (0, Some(secret)),
            Self::ApiKey(secret) => (1, Some(secret)),
            Self::Provider => (2, None),
            Self::None => (3, None),
        };
        to.number(kind);
        // How long it is: it may stand in frames, whose size is recorded.
        to.number(secret.map_or(0, |secret| secret.expose().len()) as u64);
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Checkpoint<'_>) -> Result<Self, Malformed> {
        let kind = from.place(4)?;
        let length = from.place(limits::IDENTIFIER_BYTES + 1)?;
        let secret = || Secret::stand_in(length);
        Ok(match kind {
            0 => Self::Bearer(secret()),
            1 => Self::ApiKey(secret()),
            2 => Self::Provider,
            _ => Self::None,
        })
    }
}

#[cfg(test)]
mod tests;
