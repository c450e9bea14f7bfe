//! The bounds of the shell. What the model holds is bounded by its own limits.

use std::time::Duration;

/// Bytes of a TCP connection: its task, the buffers of a request's head and of an answer's (docs/gateway.md, measured).
pub(crate) const CONNECTION_WEIGHT: usize = 24 * 1024;
/// Largest head of a request, and the most that is read or written ahead.
pub(crate) const MAX_HEAD: usize = 16 * 1024;
/// How long a connection that only the control surface has room for may take over a request's head.
pub(crate) const SPARE_HEAD_TIMEOUT: Duration = Duration::from_secs(1);
/// TCP connections beyond all others, which only the control surface answers.
pub(crate) const CONTROL_CONNECTIONS: usize = 512;
/// Bytes that a socket reads ahead, and buffers to write. The library's own 128 KiB would be most of what a socket weighs.
pub(crate) const SOCKET_BUFFER: usize = 4 * 1024;
/// Bytes of a message that are part of the socket's weight; what is longer is counted as it comes.
pub(crate) const SMALL_MESSAGE: usize = 4 * 1024;
/// Bytes of a report that are written at a time.
pub(crate) const PAGE: usize = 16 * 1024;
/// Frames that wait for a guest who does not read; beyond it the connection is reset.
pub(crate) const OUTGOING_FRAMES: usize = 4_096;
/// How long one write may take before the guest counts as gone.
pub(crate) const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a guest may take to answer a close frame.
pub(crate) const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a connection may take over a request's head, idle time between requests included.
pub(crate) const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// Largest body of a request to the control surface: a list of faults, or an agent's long word.
pub(crate) const MAX_CONTROL_BODY: usize = 2 * 1024 * 1024;
/// Events that one command makes happen.
pub(crate) const MAX_EMITTED: u32 = 10_000;
/// TCP connections beside those of the sockets: browsers keep six a page for requests.
pub(crate) const SPARE_CONNECTIONS: usize = 512;
/// Connections that wait to be accepted.
pub(crate) const BACKLOG: u32 = 1024;
/// How long a restart tries to get its port back.
pub(crate) const REBIND_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a request's body may take.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// Largest body of a request that asks for a token, signs a customer in or registers a device.
pub(crate) const MAX_SMALL_BODY: usize = 16 * 1024;
/// Largest body of a request for topics: a thousand of the longest, and room.
pub(crate) const MAX_TOPICS_BODY: usize = 1024 * 1024;
/// How much larger than allowed a file may be and still reach the service, which then refuses it.
pub(crate) const FILE_SLACK: usize = 1024 * 1024;
