//! The accept loop: TCP connections in, hyper on top of each, and restarts.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use guestwire_sim::service::limits::NO_ROOM_RETRY;
use guestwire_sim::service::{Exhausted, Reservation, Use};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::Instant;

use crate::hub::Hub;
use crate::limits::{
    BACKLOG, CONNECTION_WEIGHT, CONTROL_CONNECTIONS, HEAD_TIMEOUT, MAX_HEAD, REBIND_TIMEOUT, SPARE_HEAD_TIMEOUT,
};
use crate::link::{Cut, Link, LinkStream, linger};

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
        let room = Room {
            ordinary: Arc::new(Semaphore::new(max_connections.min(Semaphore::MAX_PERMITS))),
            control: Arc::new(Semaphore::new(CONTROL_CONNECTIONS)),
        };
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
                    Ok((stream, peer, permit, spare)) => {
                        let budget = hub.budget();
                        let room = match spare {
                            false => budget.reserve(Use::Connections, CONNECTION_WEIGHT).map(|weight| (weight, false)),
                            true => Err(Exhausted),
                        };
                        // The control surface answers though nothing else has room.
                        let room = room.or_else(|Exhausted| {
                            Ok((budget.reserve_to_answer(Use::Connections, CONNECTION_WEIGHT)?, true))
                        });
                        match room {
                            Ok((weight, spare)) => {
                                let serving = serve(stream, peer, router.clone(), &hub, weight, spare);
                                tokio::spawn(async move {
                                    serving.await;
                                    drop(permit);
                                });
                            }
                            Err(Exhausted) => {
                                tokio::spawn(async move {
                                    turn_away(stream).await;
                                    drop(permit);
                                });
                            }
                        }
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

/// How many connections there may be.
struct Room {
    ordinary: Arc<Semaphore>,
    /// For the control surface alone.
    control: Arc<Semaphore>,
}

/// The next connection, and whether only the control surface has room for it.
async fn accept(
    listener: &TcpListener,
    room: &Room,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit, bool)> {
    let (permit, spare) = tokio::select! {
        biased;
        permit = Arc::clone(&room.ordinary).acquire_owned() => (permit, false),
        permit = Arc::clone(&room.control).acquire_owned() => (permit, true),
    };
    let permit = permit.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    // One that ended while we waited has made room.
    match Arc::clone(&room.ordinary).try_acquire_owned() {
        Ok(ordinary) if spare => Ok((stream, peer, ordinary, false)),
        Ok(_) | Err(_) => Ok((stream, peer, permit, spare)),
    }
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

/// Says that there is no room, whatever is asked.
async fn turn_away(stream: TcpStream) {
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: {NO_ROOM_RETRY}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    // The buffer of a connection that has just begun takes it whole; where not, the end says enough.
    let _ = stream.try_write(answer.as_bytes());
    linger(stream).await;
}

fn serve(
    stream: TcpStream,
    addr: SocketAddr,
    router: Router,
    hub: &Hub,
    weight: Reservation,
    spare: bool,
) -> impl Future<Output = ()> + Send + 'static {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let (stream, link) = LinkStream::new(stream, hub.budget(), weight, spare);
    hub.links.add(&link);
    let peer = Peer { addr, link: Arc::clone(&link) };
    async move {
        // A layer of the router's would make all its routes anew for each connection.
        let router = TowerToHyperService::new(router);
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer.clone());
            router.call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(if spare { SPARE_HEAD_TIMEOUT } else { HEAD_TIMEOUT })
            .max_buf_size(MAX_HEAD)
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
