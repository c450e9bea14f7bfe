//! The bounds of everything that the service holds. The service is a stand-in that runs for hours
//! on a developer's machine and takes whatever is sent to it, so nothing may grow without end.

use super::Millis;

/// Sessions held at once. Beyond it expired ones make room; without any, creation answers 503.
pub const MAX_SESSIONS: usize = 100_000;
/// Bytes of everything that is kept and buffered, where nobody sets another number.
pub const MAX_MEMORY: usize = 256 * 1024 * 1024;
/// The least that can be set: below it not even a few sockets and an upload have room.
pub const MIN_MEMORY: usize = 4 * 1024 * 1024;
/// One part in so many is the process's own, and what its allocator holds back (docs/gateway.md, measured).
pub const PROCESS_SHARE: usize = 8;
/// What is said where there is no room.
pub const NO_ROOM: &str = "there is no memory left (--max-memory)";
/// How long it takes at least until what has expired is looked for again, where there is no room.
pub const SWEEP_EVERY: Millis = 1_000;
/// When to come back, in seconds, where there was no room. Nobody knows when there will be.
pub const NO_ROOM_RETRY: u32 = 5;
/// Bytes of a socket, with what carries it: its task, its buffers while nothing large passes, its part of the tables.
pub const SOCKET_WEIGHT: usize = 12 * 1024;
/// Bytes that may wait for a guest in any case, and are part of the socket's weight.
pub const SOCKET_QUEUE: usize = 4 * 1024;
/// One guest who does not read may hold one part in so many of the whole budget.
pub const QUEUE_SHARE: usize = 8;
/// Bytes of a frame that waits, beside its own.
pub const FRAME_WEIGHT: usize = 128;
/// Bytes of a session, beside its texts.
pub const SESSION_WEIGHT: usize = 1024;
/// Bytes of what happens later, ids in it included.
pub const TIMER_WEIGHT: usize = 320;
/// Bytes of a token that was given out, beside its texts.
pub const TOKEN_WEIGHT: usize = 256;
/// Bytes of a channel, beside its texts and topics.
pub const CHANNEL_WEIGHT: usize = 512;
/// Bytes of a fault that is queued, beside its texts.
pub const FAULT_WEIGHT: usize = 512;
/// Messages in the ledger. Forgetting one would break idempotency, so beyond it the service refuses.
pub const MAX_LEDGER_MESSAGES: usize = 1_000_000;
/// Bytes of a `messageId`. The contract says UUID (36); other clients use other ids.
pub const MAX_MESSAGE_ID: usize = 128;
/// Bytes of each text of a guest's description (e-mail, names).
pub const MAX_GUEST_FIELD: usize = 320;
/// Faults queued at once.
pub const MAX_FAULTS: usize = 256;
/// Frames that a `delay` fault holds back on one connection; beyond it the connection is reset.
pub const MAX_DELAYED_FRAMES: usize = 10_000;
/// Messages that a connection remembers to have refused, while it waits for the first of them.
pub const MAX_REFUSED: usize = 1_000;
/// Acts that wait on one connection (`"on":"open"` with `after`).
pub const MAX_CONNECTION_ACTS: usize = 64;
/// Opens, refusals and requests remembered for the reports.
pub const MAX_HISTORY: usize = 100_000;
/// Bytes of each part of what a guest did beside messages, as the ledger has it.
pub const MAX_GUEST_EVENT: usize = 4 * 1024;
/// Messages of the agent that can be kept for replay, per session.
pub const MAX_REPLAY: usize = 1_000;
/// The longest time that a fault may name: a day.
pub const MAX_FAULT_MS: Millis = 24 * 60 * 60 * 1000;
/// The longest close reason that a close frame can carry (RFC 6455, section 5.5).
pub const MAX_CLOSE_REASON: usize = 123;
/// The largest heartbeat that the contract allows (streaming.md).
pub const MAX_HEARTBEAT: usize = 1024;
/// How long the echo agent thinks.
pub const ECHO_AFTER: Millis = 400;
/// How much of a message the echo agent quotes, in characters.
pub const ECHO_QUOTE: usize = 280;
/// Bytes of a guest's token in `web-messaging`. A UUID has 36; scripts in use have others.
pub const MAX_TOKEN: usize = 256;
/// Tokens of `web-messaging` that lead to a session: more than one, where a customer has several devices.
pub const MAX_TOKENS: usize = 2 * MAX_SESSIONS;
/// Messages and events kept of one session of `web-messaging`; beyond it the history forgets the oldest.
pub const MAX_SESSION_ITEMS: usize = 20_000;
/// Tokens that are given out and counted at once: history JWTs, customers' JWTs, their refresh tokens, OAuth tokens.
pub const MAX_JWTS: usize = 100_000;
/// The largest page of the history. The largest that a known client asks for is 500.
pub const MAX_PAGE_SIZE: usize = 500;
/// Files held at once.
pub const MAX_FILES: usize = 10_000;
/// Addresses of uploads, and of downloads, that are open at once.
pub const MAX_ADDRESSES: usize = 100_000;
/// Characters of a file's name are fewer (web-messaging.md, section 1.4).
pub const MAX_FILE_NAME: usize = 1024;
/// Characters of a customer's name.
pub const MAX_CUSTOMER: usize = 64;
/// A topic's id has fewer characters (notifications.md, A5).
pub const TOPIC_LENGTH: usize = 200;
/// Names that a combined topic stands for.
pub const MAX_COMBINED: usize = 100;
/// Topics in which something happens by itself at a time.
pub const MAX_GENERATED: usize = 1_000;
/// Bytes of what somebody else answers in the service's place.
pub const MAX_FOREIGN_BODY: usize = 1024 * 1024;
/// Devices registered for push at once.
pub const MAX_DEVICES: usize = 10_000;
