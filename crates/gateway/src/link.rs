//! One TCP connection that can be broken from outside. axum and hyper hide the stream under an
//! upgraded socket, and the faults need it: to reset, to end without a close frame, and to go
//! half-open below the WebSocket, where even pongs and close replies are made.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};

use guestwire_sim::service::{Budget, Exhausted, Reservation, Use};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::limits::{CLOSE_TIMEOUT, SMALL_MESSAGE};

const LIVE: u8 = 0;
const SILENT: u8 = 1;

/// How a link is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// TCP FIN.
    End,
    /// TCP RST.
    Reset,
}

/// The handle of a connection: whoever drives the stream waits for [`Link::cut`] beside its work
/// and drops the stream when it comes.
#[derive(Debug)]
pub(crate) struct Link {
    mode: AtomicU8,
    cut: watch::Sender<Option<Cut>>,
    /// Whether a request to the control surface is being answered on it, so that a restart lets the
    /// answer out.
    control: AtomicBool,
    /// Whether what still comes is read away after our end, so that the end is no reset.
    lingers: AtomicBool,
    /// Whether only the control surface has room for it.
    spare: bool,
    budget: Budget,
    /// What of a message has come, once this is a socket.
    incoming: Mutex<Option<Incoming>>,
    _weight: Reservation,
}

/// How much of a message has come, and what its buffers take. They keep what they once had.
#[derive(Debug)]
struct Incoming {
    bytes: usize,
    weight: Reservation,
}

impl Incoming {
    fn count(&mut self, more: usize) -> Result<(), Exhausted> {
        self.bytes += more;
        // A message in parts stands in two buffers.
        let needed = self.bytes.saturating_sub(SMALL_MESSAGE) * 2;
        if needed > self.weight.bytes() { self.weight.resize(needed) } else { Ok(()) }
    }
}

impl Link {
    fn new(budget: &Budget, weight: Reservation, spare: bool) -> Self {
        Self {
            spare,
            budget: budget.clone(),
            incoming: Mutex::new(None),
            _weight: weight,
            mode: AtomicU8::new(LIVE),
            cut: watch::Sender::new(None),
            control: AtomicBool::new(false),
            lingers: AtomicBool::new(false),
        }
    }

    /// From now on what comes is discarded and nothing goes out.
    pub(crate) fn silence(&self) {
        self.mode.store(SILENT, Ordering::Release);
    }

    /// When the stream is dropped it ends with FIN whatever the guest is still sending. Bytes left
    /// unread would turn the end into a reset, which can destroy a close frame on its way.
    pub(crate) fn linger(&self) {
        self.lingers.store(true, Ordering::Release);
    }

    /// Ends the connection; the first cut counts.
    pub(crate) fn cut(&self, how: Cut) {
        self.cut.send_if_modified(|cut| {
            let first = cut.is_none();
            if first {
                *cut = Some(how);
            }
            first
        });
    }

    /// Waits until somebody cuts the link.
    pub(crate) async fn is_cut(&self) {
        let mut cut = self.cut.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = cut.wait_for(Option::is_some).await;
    }

    /// Whether only the control surface has room for it.
    pub(crate) fn is_spare(&self) -> bool {
        self.spare
    }

    /// The count that it is part of.
    pub(crate) fn budget(&self) -> &Budget {
        &self.budget
    }

    fn incoming(&self) -> MutexGuard<'_, Option<Incoming>> {
        self.incoming.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It is a socket from now on: what comes is counted until a message is whole.
    pub(crate) fn is_socket(&self) {
        *self.incoming() = Some(Incoming { bytes: 0, weight: self.budget.charge(Use::Connections, 0) });
    }

    /// A message is whole.
    pub(crate) fn message_came(&self) {
        if let Some(incoming) = &mut *self.incoming() {
            incoming.bytes = 0;
        }
    }

    /// A frame came that is part of no message.
    pub(crate) fn control_frame_came(&self, payload: usize) {
        // RFC 6455, section 5.2: two bytes of head, four of mask.
        if let Some(incoming) = &mut *self.incoming() {
            incoming.bytes = incoming.bytes.saturating_sub(payload + 6);
        }
    }

    /// Keeps the link through a restart; its answer says `Connection: close`.
    pub(crate) fn serves_control(&self) {
        self.control.store(true, Ordering::Release);
    }
}

/// The stream that hyper gets.
pub(crate) struct LinkStream {
    /// There until the drop.
    stream: Option<TcpStream>,
    link: Arc<Link>,
}

impl LinkStream {
    pub(crate) fn new(stream: TcpStream, budget: &Budget, weight: Reservation, spare: bool) -> (Self, Arc<Link>) {
        let link = Arc::new(Link::new(budget, weight, spare));
        let handle = Arc::clone(&link);
        let stream = Some(stream);
        (Self { stream, link }, handle)
    }

    fn stream(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        let stream = self.stream.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        Ok(Pin::new(stream))
    }

    fn is_silent(&self) -> bool {
        self.link.mode.load(Ordering::Acquire) == SILENT
    }
}

impl Drop for LinkStream {
    fn drop(&mut self) {
        let Some(stream) = self.stream.take() else {
            return;
        };
        if *self.link.cut.borrow() == Some(Cut::Reset) {
            if let Err(error) = stream.set_zero_linger() {
                tracing::warn!(%error, "a connection could not be reset and ends instead");
            }
        } else if self.link.lingers.load(Ordering::Acquire)
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(linger(stream));
        }
    }
}

/// Ends our side and reads away what the guest still sends, for a moment.
pub(crate) async fn linger(mut stream: TcpStream) {
    let read_away = async {
        stream.shutdown().await?;
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await
    };
    // Whether it ended, failed or took too long: the stream is dropped now.
    let _ = tokio::time::timeout(CLOSE_TIMEOUT, read_away).await;
}

impl AsyncRead for LinkStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let before = buffer.filled().len();
            let read = self.stream()?.poll_read(context, buffer);
            // Asked after the read: a link may go silent while somebody waits for its bytes.
            let came = buffer.filled().len() - before;
            if came > 0
                && !self.is_silent()
                && let Some(incoming) = &mut *self.link.incoming()
                && incoming.count(came) == Err(Exhausted)
            {
                return Poll::Ready(Err(io::ErrorKind::OutOfMemory.into()));
            }
            if !self.is_silent() || came == 0 || !matches!(read, Poll::Ready(Ok(()))) {
                return read;
            }
            buffer.set_filled(before);
        }
    }
}

impl AsyncWrite for LinkStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_silent() {
            return Poll::Ready(Ok(bytes.len()));
        }
        self.stream()?.poll_write(context, bytes)
    }

    /// So that nothing is copied into a buffer of the server's, where nobody counts it.
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.is_silent() {
            return Poll::Ready(Ok(parts.iter().map(|part| part.len()).sum()));
        }
        self.stream()?.poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_silent() {
            return Poll::Ready(Ok(()));
        }
        self.stream()?.poll_shutdown(context)
    }
}

/// All links, so that a restart can cut them.
#[derive(Default)]
pub(crate) struct Links(Mutex<Vec<Weak<Link>>>);

impl Links {
    pub(crate) fn add(&self, link: &Arc<Link>) {
        let mut links = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Dead entries go when the list is about to grow, so it stays near the number that live.
        if links.len() == links.capacity() {
            links.retain(|link| link.strong_count() > 0);
        }
        links.push(Arc::downgrade(link));
    }

    /// Cuts every link but those that answer the control surface.
    pub(crate) fn cut_all(&self, how: Cut) {
        let links = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for link in links.iter().filter_map(Weak::upgrade) {
            if !link.control.load(Ordering::Acquire) {
                link.cut(how);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    use super::*;

    /// Our end of a connection, its handle, and the guest's end.
    async fn pair() -> (LinkStream, Arc<Link>, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("an address");
        let (guest, accepted) = tokio::join!(TcpStream::connect(addr), listener.accept());
        let budget = Budget::new(1_000_000);
        let weight = budget.charge(Use::Connections, 0);
        let (stream, link) = LinkStream::new(accepted.expect("a connection").0, &budget, weight, false);
        (stream, link, guest.expect("a connection"))
    }

    #[tokio::test]
    async fn a_silent_link_sends_nothing_and_passes_nothing_on() {
        let (mut stream, link, mut guest) = pair().await;
        link.silence();
        stream.write_all(b"unheard").await.expect("swallowed");
        guest.write_all(b"unread").await.expect("sent");
        guest.shutdown().await.expect("ended");
        let mut read = Vec::new();
        stream.read_to_end(&mut read).await.expect("ended");
        drop(stream);
        guest.read_to_end(&mut read).await.expect("ended");
        assert!(read.is_empty(), "{read:?}");
    }

    #[tokio::test]
    async fn a_link_that_lingers_ends_without_a_reset_though_the_guest_is_still_sending() {
        let (mut stream, link, mut guest) = pair().await;
        guest.write_all(b"unread").await.expect("sent");
        stream.write_all(b"goodbye").await.expect("sent");
        link.linger();
        drop(stream);
        guest.write_all(b"more").await.expect("sent");
        let mut read = Vec::new();
        guest.read_to_end(&mut read).await.expect("an end, no reset");
        assert_eq!(read, b"goodbye");
    }

    #[tokio::test]
    async fn a_link_is_cut_once_and_the_first_way_counts() {
        let (stream, link, mut guest) = pair().await;
        link.cut(Cut::Reset);
        link.cut(Cut::End);
        link.is_cut().await;
        drop(stream);
        let error = guest.read_u8().await.expect_err("reset");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }
}
