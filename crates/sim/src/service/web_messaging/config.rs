//! What an operator of the `web-messaging` service can set. What web-messaging.md leaves open is here, with the
//! default that is the likeliest by the sources.

use std::time::{Duration, UNIX_EPOCH};

use super::rewriting::Rewriting;
use crate::service::Millis;
use crate::service::limits::MAX_PAGE_SIZE;

/// What the limit on a text counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TextUnit {
    /// Bytes of UTF-8.
    #[default]
    Bytes,
    /// Unicode characters.
    Characters,
}

/// How often something may happen; `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// `onMessage`, per session and second.
    pub messages: Option<f64>,
    /// Requests of any kind, per connection and minute.
    pub requests: Option<f64>,
    /// Health checks (`echo`), per connection and minute.
    pub health_checks: Option<f64>,
    /// Configurations, per session and minute.
    pub configures: Option<f64>,
    /// Reads of the history, per session and minute.
    pub histories: Option<f64>,
    /// Handshakes, per minute, of all deployments together.
    pub connections: Option<f64>,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            messages: Some(5.0),
            requests: Some(60.0),
            health_checks: Some(2.0),
            configures: Some(60.0),
            histories: Some(10.0),
            connections: Some(1000.0),
        }
    }
}

impl Rates {
    /// No limits at all.
    pub const NONE: Self = Self {
        messages: None,
        requests: None,
        health_checks: None,
        configures: None,
        histories: None,
        connections: None,
    };
}

/// The settings of the `web-messaging` service. [`Default`] is the document's.
#[derive(Clone, Debug)]
pub struct WebMessagingConfig {
    /// When the caller's time is 0, in milliseconds since 1970: what is written of a moment counts from there.
    pub epoch: Millis,
    /// The deployments that there are; empty: any id is one.
    pub deployments: Vec<String>,
    /// The domains whose pages may come, sub-domains included; empty: all.
    pub allowed_domains: Vec<String>,
    /// Whether the history is refused to requests without `Origin`.
    pub origin_required: bool,
    /// Whether a token must be a UUID.
    pub uuid_tokens: bool,
    /// How long a session lasts after its last message, in seconds.
    pub session_life: u32,
    /// Whether a session's end by time is told at once; otherwise it is told to the next request.
    pub push_expiry: bool,
    /// Connections that may share a token; one more, and the oldest is closed.
    pub connections_per_session: usize,
    /// Largest text of a message.
    pub max_text: usize,
    /// What that counts.
    pub text_unit: TextUnit,
    /// Largest custom attributes: bytes of keys and values.
    pub max_custom_bytes: usize,
    /// Largest frame, in bytes.
    pub max_frame: usize,
    /// How often things may happen.
    pub rates: Rates,
    /// Whether a repeated `tracingId` is recognised, so that a message that comes again is taken once.
    pub dedupe: bool,
    /// How long after it was taken and echoed the history shows a message.
    pub history_lag: Millis,
    /// Whether the history has the `tracingId` of a guest's message.
    pub history_tracing: bool,
    /// Whether the history has a message's `metadata`.
    pub history_metadata: bool,
    /// Whether the history gives a guest's message the live frame's `channel.messageId` as its `id`.
    pub history_message_ids: bool,
    /// Whether the history leaves `channel.messageId` and the time out, as the official fixtures do.
    pub history_bare: bool,
    /// Whether the history has what was said in earlier sessions of the same token.
    pub older_history: bool,
    /// The largest page of the history that is given, whatever is asked for.
    pub history_page: usize,
    /// Whether a page of the history says how many entries and pages there are.
    pub history_total: bool,
    /// One entry of the history in so many is shown as something that cannot be read; 0: none is.
    pub history_poison: usize,
    /// What becomes of the text of a guest's message, in order.
    pub rewritings: Vec<Rewriting>,
    /// Whether the echo of a message, and the history, have a `tracingId` of the service's own in the place of the request's.
    pub own_tracing: bool,
    /// Whether the answer to a health check has no `tracingId`.
    pub untraced_echo: bool,
    /// Whether refusals are written in capitals.
    pub capitals: bool,
    /// Whether the classes on which the sources disagree are sent in their other form.
    pub other_forms: bool,
    /// Whether errors carry the `tracingId` of what they are about.
    pub error_tracing: bool,
    /// Whether a guest's typing is echoed.
    pub echo_typing: bool,
    /// Whether guests may say that they type.
    pub typing: bool,
    /// How much later than it came a message is taken and echoed, whatever became of its connection.
    pub late: Millis,
    /// Messages go out to guests up to so much later, each by itself, so that they overtake one another.
    pub disorder: Millis,
    /// A connection that is silent for so long is closed.
    pub idle_timeout: Option<Millis>,
    /// A connection that is so old is closed.
    pub max_age: Option<Millis>,
    /// The close code of these two.
    pub idle_close_code: u16,
    /// The close code after a session-level ending (`ConnectionClosedEvent`, `LogoutEvent`).
    pub close_code: u16,
    /// Life of a history JWT, in seconds.
    pub jwt_life: u32,
    /// Whether guests may clear their conversation.
    pub clear: bool,
    /// What the deployment's configuration says of auto-start.
    pub auto_start: bool,
    /// Whether files may be sent at all.
    pub attachments: bool,
    /// The types of file that may be sent; `*/*` and `image/*` are understood.
    pub file_types: Vec<String>,
    /// The extensions that may not, each with its dot.
    pub blocked_extensions: Vec<String>,
    /// Largest file, in units of 1000 bytes.
    pub max_file_kb: u32,
    /// How long the address of an upload counts, in seconds.
    pub upload_life: u32,
    /// How long the address of a download counts, in seconds.
    pub download_life: u32,
    /// How long a file is kept, in seconds.
    pub file_life: u32,
    /// How long after an upload its event comes.
    pub upload_takes: Millis,
    /// Whether customers can sign in.
    pub authentication: bool,
    /// Whether a session that has begun may become a customer's (step-up).
    pub session_upgrade: bool,
    /// Whether a customer's session is refused with 403 once the JWT that opened it has expired.
    pub auth_lapses: bool,
    /// The codes that can be exchanged; empty: any.
    pub auth_codes: Vec<String>,
    /// Life of a customer's JWT, in seconds.
    pub auth_life: u32,
    /// Whether an exchange gives a refresh token.
    pub refresh_tokens: bool,
}

impl WebMessagingConfig {
    /// A guest's text as the service keeps it.
    pub fn rewritten(&self, text: &str) -> String {
        self.rewritings.iter().fold(text.to_owned(), |text, how| how.rewrites(&text))
    }

    /// A moment as a clock on the wall shows it, in whole seconds.
    pub(super) fn wall_seconds(&self, moment: Millis) -> u64 {
        moment.saturating_add(self.epoch) / 1000
    }

    /// A moment as the service writes it: `2022-08-22T19:24:26.704Z`.
    pub(super) fn timestamp(&self, moment: Millis) -> String {
        let moment = Duration::from_millis(moment.saturating_add(self.epoch));
        humantime::format_rfc3339_millis(UNIX_EPOCH + moment).to_string()
    }

    pub(super) fn max_file_bytes(&self) -> u64 {
        u64::from(self.max_file_kb) * 1000
    }
}

impl Default for WebMessagingConfig {
    fn default() -> Self {
        Self {
            epoch: 0,
            deployments: Vec::new(),
            allowed_domains: Vec::new(),
            origin_required: true,
            uuid_tokens: false,
            session_life: 72 * 3600,
            push_expiry: false,
            connections_per_session: 3,
            max_text: 4096,
            text_unit: TextUnit::default(),
            max_custom_bytes: 2048,
            max_frame: 32 * 1024,
            rates: Rates::default(),
            dedupe: false,
            history_lag: 0,
            history_tracing: false,
            history_metadata: true,
            history_message_ids: false,
            history_bare: false,
            older_history: false,
            history_page: MAX_PAGE_SIZE,
            history_total: true,
            history_poison: 0,
            rewritings: Vec::new(),
            own_tracing: false,
            untraced_echo: false,
            capitals: false,
            other_forms: false,
            error_tracing: true,
            echo_typing: false,
            typing: true,
            late: 0,
            disorder: 0,
            idle_timeout: Some(600_000),
            max_age: Some(7_200_000),
            idle_close_code: 1001,
            close_code: 1000,
            jwt_life: 60,
            clear: true,
            auto_start: false,
            attachments: true,
            file_types: vec!["*/*".into()],
            blocked_extensions: [".exe", ".bat", ".cmd", ".com", ".js", ".jar", ".msi", ".ps1", ".scr", ".vbs"]
                .map(String::from)
                .into(),
            max_file_kb: 10_240,
            upload_life: 600,
            download_life: 600,
            file_life: 15 * 24 * 3600,
            upload_takes: 0,
            authentication: true,
            session_upgrade: true,
            auth_lapses: false,
            auth_codes: Vec::new(),
            auth_life: 900,
            refresh_tokens: true,
        }
    }
}
