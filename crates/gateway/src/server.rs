//! The accept loop: TCP connections in, hyper on top of each, and restarts.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::Instant;

use crate::hub::Hub;
use crate::limits::{BACKLOG, HEAD_TIMEOUT, REBIND_TIMEOUT};
use crate::link::{Cut, Link, LinkStream};

/// Whom a request came from.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) addr: SocketAddr,
    pub(crate) link: Arc<Link>,
}

pub(crate) struct Server {
    pub(crate) listener: TcpListener,
    pub(crate) addr: SocketAddr,
    pub(crate) router: Router,
    pub(crate) hub: Arc<Hub>,
    pub(crate) restarts: mpsc::UnboundedReceiver<Duration>,
    pub(crate) max_connections: usize,
}

impl Server {
    /// Accepts until it is dropped; returns only when a restart cannot have its port back.
    pub(crate) async fn run(self) -> io::Result<()> {
        let Self { mut listener, addr, router, hub, mut restarts, max_connections } = self;
        let room = Arc::new(Semaphore::new(max_connections.min(Semaphore::MAX_PERMITS)));
        loop {
            tokio::select! {
                // Nobody is let in once a restart was asked for.
                biased;
                asked = restarts.recv() => {
                    // The hub, which we hold, holds the sender.
                    let Some(pause) = asked else { return Ok(()) };
                    drop(listener);
                    hub.links.cut_all(Cut::Reset);
                    tracing::info!(?pause, "restarting");
                    let away = bind_again(addr).await?;
                    tokio::time::sleep(pause).await;
                    listener = away.listen(BACKLOG)?;
                }
                accepted = accept(&listener, &room) => match accepted {
                    Ok((stream, peer, permit)) => {
                        let serving = serve(stream, peer, router.clone(), &hub);
                        tokio::spawn(async move {
                            serving.await;
                            drop(permit);
                        });
                    }
                    Err(error) => {
                        // Out of files, or a peer that left at once: neither is the end.
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                },
            }
        }
    }
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, permit))
}

/// Takes the port again, on which nobody listens yet: whoever connects is refused, and nobody else is given it meanwhile. The
/// system may be slow to give it back.
async fn bind_again(addr: SocketAddr) -> io::Result<TcpSocket> {
    let deadline = Instant::now() + REBIND_TIMEOUT;
    loop {
        match bind(addr) {
            Err(error) if Instant::now() < deadline => {
                tracing::warn!(%error, "the port is not free yet");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            result => return result,
        }
    }
}

fn bind(addr: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if addr.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections of before may still be ending. Elsewhere than on Unix this would let two listen.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    Ok(socket)
}

fn serve(stream: TcpStream, addr: SocketAddr, router: Router, hub: &Hub) -> impl Future<Output = ()> + Send + 'static {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let (stream, link) = LinkStream::new(stream);
    hub.links.add(&link);
    let peer = Peer { addr, link: Arc::clone(&link) };
    let router = router.layer(axum::Extension(peer));
    async move {
        let service = TowerToHyperService::new(router.into_service::<Incoming>());
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        tokio::select! {
            biased;
            () = link.is_cut() => {}
            ended = connection => if let Err(error) = ended {
                tracing::debug!(%error, "a connection failed");
            },
        }
    }
}
