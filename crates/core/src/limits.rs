//! Every bound of the client, by name. What a user could want different is an option in
//! [`crate::config`]; its default and its largest value stand here.

/// Content of one message, bytes of UTF-8 (option `maxContent`).
pub const CONTENT_BYTES: usize = 16 * 1024;
/// Messages waiting or in flight (option `maxMessages`).
pub const MESSAGES: usize = 1_000;
/// Bytes of content waiting or in flight (option `maxBytes`).
pub const BUFFER_BYTES: usize = 4 * 1024 * 1024;
/// The largest `maxBytes`.
pub const BUFFER_BYTES_MOST: usize = 64 << 20;
/// Messages in flight at a time on a service that knows message ids (option `window`).
pub const WINDOW: usize = 32;
/// How long a message may wait to leave, ms (option `ttl`; webchat.md, Defaults).
pub const TTL: u64 = 300_000;
/// Answered failures of one message before it ends (webchat.md, Defaults).
pub const FAILED_ATTEMPTS: u8 = 3;

/// A received frame, bytes of UTF-8 (option `maxFrame`).
pub const FRAME_BYTES: usize = 256 * 1024;
/// Frames that cannot be read, in a row on one connection, after which it is left: what sends nothing else is no service.
pub const MALFORMED_FRAMES: u32 = 256;
/// The least between two errors that tell of such frames, ms. The later one counts those that came meanwhile.
pub const MALFORMED_EVERY: u64 = 10_000;
/// Nesting of a value; of what is received the deeper parts are left out, options are refused.
pub const VALUE_DEPTH: usize = 32;
/// Values in one object of options. What is received is bounded by its bytes: no value takes fewer than one.
pub const VALUE_NODES: usize = 16_384;
/// UTF-16 units of a text, in options or in what is sent, that count as one value more.
pub const VALUE_UNITS: usize = 256;
/// The body of a REST answer that is read, bytes; what is longer counts as no body. A channel names each of its topics
/// in one, with an address, a reason and permissions.
pub const ANSWER_BYTES: usize = if crate::built::STREAMS { 1 << 20 } else { 256 * 1024 };
/// A platform's code of an error, bytes; what is longer is none.
pub const ERROR_CODE_BYTES: usize = 64;
/// A host that a redirect leads to, with its port, bytes; what is longer is none.
pub const HOST_BYTES: usize = 253 + 6;
/// An id or a token that the service gives us, bytes.
pub const IDENTIFIER_BYTES: usize = 4 * 1024;
/// Incoming ids remembered, so that each of 1,024 messages is raised once: in web messaging one has up to two.
pub const REMEMBERED_INCOMING: usize = 2_048;
/// Ended messages remembered, so that a late acknowledgement is known as one.
pub const REMEMBERED_FINAL: usize = 1_024;

/// A credential shorter than this is malformed (webchat.md, "Create a guest session").
pub const CREDENTIAL_CHARS: usize = 10;
/// A session with less left than this is not used for anything new, ms (webchat.md).
pub const SESSION_MARGIN: u64 = 30_000;
/// How long the session, the socket's handshake and a REST call may take, ms each (options).
pub const STEP_TIMEOUT: u64 = 10_000;
/// Close-before-open failures in a row after which the session is checked (webchat.md).
pub const UNOPENED_BEFORE_PROBE: u32 = 3;

/// First and largest step of the backoff, ms (options; webchat.md, Defaults).
pub const BACKOFF_BASE: u64 = 1_000;
/// See [`BACKOFF_BASE`].
pub const BACKOFF_CAP: u64 = 30_000;
/// How long a connection must hold before the backoff falls, ms (design, Backoff).
pub const STABLE_AFTER: u64 = 5_000;
/// How long until it is forgotten, ms (design, Backoff).
pub const BACKOFF_FORGOTTEN_AFTER: u64 = 60_000;
/// What `online`, `visible` and `resume` shorten a wait to, ms (design, Backoff).
pub const EAGER_WAIT: u64 = 1_000;
/// How often they shorten the wait of REST, which has no [`OPENS`] under it, ms.
pub const EAGER_EVERY: u64 = OPENS_WINDOW / OPENS as u64;
/// Socket opens, and requests for a session, in [`OPENS_WINDOW`] (option `maxOpens`; design, Backoff).
pub const OPENS: usize = 5;
/// See [`OPENS`], ms.
pub const OPENS_WINDOW: u64 = 20_000;
/// The largest `maxOpens`.
pub const OPENS_MOST: usize = 1_000;
/// A `Retry-After` over this closes its path, ms (webchat.md, REST fallback).
pub const RETRY_AFTER_MOST: u64 = 3_600_000;
/// The wait where a refusal names none, ms (webchat.md, REST fallback).
pub const RETRY_AFTER_DEFAULT: u64 = 5_000;
/// What the service itself says vouches for so long for a refusal that has no proof, ms (webchat.md, "Who answered").
pub const VOUCHED_FOR: u64 = 60_000;
/// A refusal without proof is believed when for so long nothing else was heard, ms (webchat.md, "Who answered").
pub const DISBELIEVED_FOR: u64 = 600_000;
/// A token provider that goes on failing is told of no more often than this, ms.
pub const TOKEN_TROUBLE_EVERY: u64 = 60_000;
/// REST takes over when the socket has not been ready for this long, ms (design, Delivery).
pub const FALLBACK_AFTER: u64 = 5_000;
/// What is added to that at random when a connection is lost, ms: a lost service is lost to all at one moment.
pub const FALLBACK_SPREAD: u64 = 2_500;
/// …or after this many failed attempts (design, Delivery).
pub const FALLBACK_ATTEMPTS: u32 = 2;

/// Failures of one cause in a row, and for how long, ms awake, before that is told (docs/decisions.md, 40).
pub const REPEATED_FAILURES: u32 = 3;
/// See [`REPEATED_FAILURES`].
pub const REPEATED_FOR: u64 = 30_000;

/// Floor and ceiling of the acknowledgement's deadline, ms (options; design, Delivery).
pub const ACK_TIMEOUT_MIN: u64 = 5_000;
/// See [`ACK_TIMEOUT_MIN`].
pub const ACK_TIMEOUT_MAX: u64 = 30_000;
/// The acknowledgement's deadline before one was measured, ms.
pub const ACK_TIMEOUT_FIRST: u64 = 10_000;

/// Heartbeat intervals by state, ms (options; streaming.md).
pub const HEARTBEAT_STABLE: u64 = 20_000;
/// See [`HEARTBEAT_STABLE`].
pub const HEARTBEAT_DEGRADED: u64 = 10_000;
/// See [`HEARTBEAT_STABLE`].
pub const HEARTBEAT_RECONNECTING: u64 = 5_000;
/// Bounds of a heartbeat interval, ms (streaming.md).
pub const HEARTBEAT_LEAST: u64 = 5_000;
/// See [`HEARTBEAT_LEAST`].
pub const HEARTBEAT_MOST: u64 = 45_000;
/// A heartbeat frame, bytes (option `heartbeat.maxBytes`; streaming.md).
pub const HEARTBEAT_BYTES: usize = 1_024;
/// The least that the option takes: every heartbeat fits into it, whatever its figures.
pub const HEARTBEAT_BYTES_LEAST: usize = 270;
/// Bounds of a heartbeat's deadline, ms (streaming.md).
pub const HEARTBEAT_DEADLINE_MIN: u64 = 3_000;
/// See [`HEARTBEAT_DEADLINE_MIN`]; also the deadline before a round trip was measured.
pub const HEARTBEAT_DEADLINE_MAX: u64 = 10_000;
/// A probe's deadline, ms (streaming.md).
pub const PROBE_DEADLINE: u64 = 3_000;
/// Heartbeats awaiting their answer that are remembered.
pub const HEARTBEATS_OUTSTANDING: usize = 16;
/// Samples in the window of round trips and of losses (streaming.md).
pub const SAMPLES: usize = 100;
/// Round trip over which the quality is degraded, ms (option; streaming.md).
pub const LATENCY_DEGRADED: f64 = 800.0;
/// Share of lost heartbeats over which the quality is degraded (option; streaming.md).
pub const LOSS_DEGRADED: f64 = 0.15;
/// Heartbeats due before a share of losses says anything.
pub const LOSS_SAMPLES_LEAST: usize = 5;
/// A wake-up later than this was slept through, or throttled, ms.
pub const LATE_WAKE: u64 = 1_500;
/// A throttled page's timers come once in this, ms; a process that heard nothing for longer slept.
pub const FROZEN: u64 = 60_000;
/// For so long after a sleep what is read may have come before it, ms.
pub const WAKE_DOUBT: u64 = 60_000;
/// A difference of the two clocks over this is a sleep or a clock step, ms.
pub const CLOCK_PARTING: u64 = 2_000;

/// Inputs and outputs that the flight recorder keeps (option `trace`); 0 turns it off.
pub const TRACE: usize = 1_000;
/// The largest `trace`.
pub const TRACE_MOST: usize = 100_000;
/// Outputs of one input that it writes down one by one; the others it counts.
pub const TRACE_OUTPUTS: usize = 256;
/// Bytes of texts in one half of a trace, at which it is full whatever its entries count.
pub const TRACE_BYTES: usize = 256 * 1024;
/// A date or a wait in a header, bytes; what is longer is none.
pub const HEADER_BYTES: usize = 64;
/// A content that a checkpoint stands for, bytes: more than any option allows, JSON's escapes included.
#[cfg(feature = "replay")]
pub const FILLER_BYTES: usize = 6 << 20;

/// How long `close()` lets what is in flight settle, ms (option `closeGrace`; design).
pub const CLOSE_GRACE: u64 = 2_000;
/// The largest duration that any option takes, ms: one day.
pub const DURATION_MOST: u64 = 86_400_000;

/// The least between two gaps that are told of what was dropped, ms. The later one carries what was dropped meanwhile.
pub const GAP_EVERY: u64 = 60_000;

/// Entries of a page of the history (web-messaging.md, 5.5: 25 and 100 are in use). Where such a page is longer than
/// what is read of an answer, the next one is a quarter of it.
pub const HISTORY_PAGE: u32 = 100;
/// What the application asked for and did not get within this long, ms, it does not get.
pub const INQUIRY_TIMEOUT: u64 = 60_000;
/// The longest wait for the history, ms. While it lasts, what is said live is held back; beyond it the gap is told.
pub const HISTORY_WAIT: u64 = 60_000;
/// Pages that are read of it at a time; the service allows ten requests a minute (web-messaging.md, 1.4).
pub const HISTORY_PAGES: u32 = 8;
/// The wait before a failed read is tried again, ms; it doubles.
pub const HISTORY_RETRY: u64 = 1_000;
/// Messages that ended unconfirmed and are remembered, so that their copies are not taken for others.
pub const GHOSTS: usize = 256;
/// Messages that came in while the history was read, and wait for what it holds.
pub const HELD_INCOMING: usize = 1_024;
/// Bytes of the frames that these came in; what is over it is told at once.
pub const HELD_BYTES: usize = 2 << 20;
/// Events in one frame that are taken; real ones have one or two (web-messaging.md, 3.3).
pub const EVENTS_IN_FRAME: usize = 16;
/// How long the agent's typing holds where the service does not say, ms (web-messaging.md, 3.3).
pub const TYPING: u64 = 5_000;
/// How long before its end a session's is told of, ms (option `expiryNotice`; web-messaging.md, 5.3).
pub const EXPIRY_NOTICE: u64 = 300_000;
/// The longest that a session lives without a message, s: 18 months (web-messaging.md, 1.5).
pub const SESSION_LIFE_MOST: u64 = 18 * 31 * 86_400;
/// The longest that it holds, whatever the service says, ms.
pub const TYPING_MOST: u64 = 60_000;
/// How late the service may still take a copy whose link has ended, ms (option `settleAfter`; design, Delivery).
pub const SETTLE_AFTER: u64 = 10_000;
/// How long after it was said the history may still lack a message, ms (option `historyLag`). Nobody has said how long; what
/// is said live in so long after a reconnect waits for it.
pub const HISTORY_LAG: u64 = 1_000;
/// How long a session lives after its last message, ms (web-messaging.md, 1.5).
pub const GUEST_SESSION: u64 = 72 * 3_600_000;
/// Between two health checks, ms: the service takes two in a minute (web-messaging.md, 1.4).
pub const HEALTH_CHECK: u64 = 31_000;
/// An origin, bytes: a scheme, a name of 253 (RFC 1035, 2.3.4) and a port.
pub const ORIGIN_BYTES: usize = 270;
/// A grant, a JWT or what renews it, bytes: well over what identity providers give, well under what a frame may be.
pub const AUTHORISATION_BYTES: usize = 16 * 1024;
/// JWTs in a row that may be refused before the guest must sign in anew (web-messaging.md, 5.8).
pub const REFRESHES: u8 = 3;
/// The id of a deployment, bytes.
pub const DEPLOYMENT_BYTES: usize = 100;
/// A text, bytes of UTF-8, where `maxContent` says no other (web-messaging.md, 1.4: bytes or characters is not proven).
pub const TEXT_BYTES: usize = 4_096;
/// Custom attributes of one message, bytes of UTF-8, where the session says no other (web-messaging.md, 1.4 and 5.4).
pub const ATTRIBUTE_BYTES: usize = 2_048;
/// The most that a session is believed, so that a message stays within any frame.
pub const ATTRIBUTE_BYTES_MOST: usize = 64 * 1024;
/// Choices of a list picker, or fields of a form, in one answer.
pub const CHOICES: usize = 256;
/// Bytes of an answer to them, all in all: half of the smallest frame that a service is known to take (web-messaging.md, 1.4).
pub const REPLY_BYTES: usize = 16 * 1024;
/// Custom attributes of one message.
pub const ATTRIBUTES: usize = 1_024;
/// Between two tellings that the guest types, ms (web-messaging.md, 1.4).
pub const TYPING_EVERY: u64 = 5_000;
/// So many of them on one connection can explain a refusal that names nobody: more are not under way on any link.
pub const TELLINGS: u8 = 8;

/// Files that are neither sent nor given up.
pub const ATTACHMENTS: usize = 16;
/// A file's name is shorter than this, in characters (web-messaging.md, 1.4).
pub const FILE_NAME_CHARS: usize = 1_024;
/// A file, bytes, where the session says nothing: 10,240 KB (web-messaging.md, 1.4), of a thousand bytes each (5.7).
pub const FILE_BYTES: u64 = 10_240_000;
/// A file's type, bytes.
pub const FILE_TYPE_BYTES: usize = 255;
/// A file's extension that can be blocked, bytes.
pub const EXTENSION_BYTES: usize = 32;
/// Types that a session allows, and extensions that it blocks; of more the service itself is the judge.
pub const FILE_TYPES: usize = 1_024;
/// Headers that the service wants with an upload.
pub const UPLOAD_HEADERS: usize = 16;
/// The address of a file, bytes: signed ones are long.
pub const ADDRESS_BYTES: usize = 8 * 1024;
/// The ending of a file's name that a trace shows as it is, bytes.
pub const ENDING_BYTES: usize = 12;
/// Failed attempts to bring a file to the service before it is given up.
pub const UPLOAD_ATTEMPTS: u8 = 5;
/// An upload that takes longer than this, and than its bytes explain, is tried anew, ms.
pub const UPLOAD_STALLED: u64 = 60_000;
/// What its bytes explain: so many of them in a millisecond. How far it is no platform says of a request that follows no redirect.
pub const UPLOAD_BYTES_IN_MS: u64 = 16;
/// How long the service may take to say that what was put there is good, before it is asked, ms.
pub const UPLOAD_JUDGED: u64 = 30_000;
/// Addresses of files that are wanted at a time.
pub const ADDRESSES_WANTED: usize = 16;
/// How long somebody waits for one of them, ms.
pub const ADDRESS_TIMEOUT: u64 = 60_000;

/// The longest that a notification channel lives from when it was made or renewed, ms (notifications.md, A5).
pub const CHANNEL_LIFE: u64 = 24 * 3_600_000;
/// The least that one is believed to live, ms. A sooner end says more about a clock than about the channel, which is taken to
/// live for a day; if it does not, its socket says so.
pub const CHANNEL_LIFE_LEAST: u64 = 60_000;
/// How long a channel may be silent before it is asked for a sign of life, ms: the service says every 30 s that it lives
/// (notifications.md, A7).
pub const CHANNEL_SILENCE: u64 = 35_000;
/// Topics of one channel, combined ones as one (notifications.md, A5); of a plain event socket as many.
pub const TOPICS: usize = 1_000;
/// A topic, UTF-16 code units: under 200 (notifications.md, A3; so the official client counts).
pub const TOPIC_UNITS: usize = 199;
/// Topics that are wanted, each part of a combined one by itself: more than ten to each that is told.
pub const TOPICS_WANTED: usize = 10_000;
/// Those who wait for a token at a time.
pub const TOKEN_ASKS: usize = 1_000;
/// How long a token lives where the service does not say (RFC 6749, 5.1, only recommends that it does), ms. One that dies
/// earlier is refused, and then renewed.
pub const TOKEN_LIFE: u64 = 3_600_000;
/// The longest that a token is believed to live, ms: a year.
pub const TOKEN_LIFE_MOST: u64 = 365 * 86_400_000;
/// The least, ms. A shorter life says more about a clock, and would be over before a channel is made and told of its topics:
/// such a token is used until it is refused.
pub const TOKEN_LIFE_LEAST: u64 = 10_000;
/// Losses of channels that are remembered, and for how long, ms: the second within it is answered by a long wait.
pub const CHANNEL_LOSSES: usize = 3;
/// See [`CHANNEL_LOSSES`].
pub const CHANNEL_LOSSES_WINDOW: u64 = 3_600_000;
/// The least wait, ms, before a channel is made where another one has just taken this one's place; the most is twice that.
pub const EVICTED_WAIT: u64 = 60_000;
/// The least wait, ms, before what the service did not do while the connection was ready is asked for again.
pub const ERRAND_WAIT: u64 = 1_000;
/// Within how long, ms, clients open their next socket when the service announces the end of the one in use; it closes
/// that about a minute later (notifications.md, A4).
pub const HANDOVER_SPREAD: u64 = 30_000;
/// How long, ms, the old socket is still heard when the next one is open.
pub const HANDOVER_OVERLAP: u64 = 2_000;
/// How long, ms, it is remembered after that what came on it: the next one may be slower.
pub const HANDOVER_MEMORY: u64 = 30_000;
/// After a second channel has taken over, an announced end brings no other one for so long, ms: each may take the place of
/// somebody else's.
pub const HANDOVER_AGE: u64 = 600_000;
/// How often the next socket is tried before the end of the old one is waited for; and how often another channel is to take
/// a channel's place before it is let be until its socket closes.
pub const HANDOVER_ATTEMPTS: u32 = 3;
/// The least wait, ms, before that is tried the second time; before the third it is eight times as long, and the most is
/// twice the least.
pub const REPLACEMENT_WAIT: u64 = 5_000;
/// Events remembered while two sockets are open, so that each is told once.
pub const REMEMBERED_EVENTS: usize = 1_024;
/// Events that wait while the application catches up after a gap; with more there is another gap.
pub const HELD_EVENTS: usize = 10_000;
/// Calls for topics that wait for their answers.
pub const TOPIC_QUESTIONS: usize = 1_000;
/// What is said of topics in one answer that is taken: one of each that it was told, and of each part of some.
pub const VERDICTS: usize = 4 * TOPICS;
/// Permissions that were missing for one topic and are told; the real service names one or two.
pub const PERMISSIONS: usize = 32;
/// Why a topic is refused, or a permission that is missing for it, bytes; what is longer is none. One word of the service's may
/// be said of every topic.
pub const REASON_BYTES: usize = 256;
/// Members by which a confirming frame is known, and the bytes of each.
pub const MARKS: usize = 8;
/// See [`MARKS`].
pub const MARK_BYTES: usize = 256;

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use std::collections::HashMap;

    /// Products, shifts, sums and quotients of whole numbers and of other limits, as this file has them.
    fn value(expression: &str, known: &HashMap<&str, u64>) -> Option<u64> {
        let expression = expression.trim().trim_end_matches(" as u64");
        for (sign, apply) in [
            ("<<", (|one, other| one << other) as fn(u64, u64) -> u64),
            (" + ", |one, other| one + other),
            (" / ", |one, other| one / other),
            (" * ", |one, other| one * other),
        ] {
            if let Some((one, other)) = expression.rsplit_once(sign) {
                return Some(apply(value(one, known)?, value(other, known)?));
            }
        }
        known.get(expression).copied().or_else(|| expression.replace('_', "").parse().ok())
    }

    fn with_commas(number: u64) -> String {
        let digits = number.to_string();
        let mut out = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                out.push(',');
            }
            out.push(digit);
        }
        out
    }

    #[test]
    fn the_documents_have_every_limit_with_its_value() {
        let constants: Vec<(&str, &str)> = include_str!("limits.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("pub const ")?.split_once(" = "))
            .map(|(name, value)| (name.split_once(':').map_or(name, |(name, _)| name), value.trim_end_matches(';')))
            .collect();
        let mut known = HashMap::new();
        // Some are made of others, which may stand behind them.
        for _ in 0..2 {
            for (name, expression) in &constants {
                let found = value(expression, &known);
                known.extend(found.map(|found| (*name, found)));
            }
        }
        assert!(constants.len() > 140 && known.len() + 3 >= constants.len(), "{} of {}", known.len(), constants.len());
        let document = include_str!("../../../docs/limits.md");
        for (name, expression) in constants {
            let row = document.lines().find(|line| line.ends_with(&format!("| `{name}` |")));
            let row = row.unwrap_or_else(|| panic!("docs/limits.md lacks {name}"));
            let told =
                known.get(name).map_or(expression.trim_end_matches(".0").to_owned(), |&value| with_commas(value));
            // That of answers differs between the modules, and both are told.
            let told = if expression.starts_with("if ") { "1,048,576".to_owned() } else { told };
            assert!(
                row.contains(&format!("| {told} ")),
                "docs/limits.md has another value of {name} than {told}: {row}"
            );
        }
    }
}
