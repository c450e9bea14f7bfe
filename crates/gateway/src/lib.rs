//! The local stand-in for the service: real HTTP and WebSocket around the model in `guestwire-sim`,
//! with faults on command. The binary `guestwire-gateway` is this library with flags; tests start it
//! in-process with [`Gateway::start`]. How it is used stands in `README.md`.

#![doc = include_str!("../README.md")]

mod answer;
mod control;
mod hub;
mod limits;
mod link;
mod origin;
mod pages;
mod query;
mod routes;
mod server;
mod settings;
mod socket;
mod streams;
mod web_messaging;
mod webchat;
mod www;

use std::net::SocketAddr;
use std::sync::Arc;
use std::{fmt, io};

use guestwire_sim::service::Service;
pub use guestwire_sim::service::limits::{MAX_MEMORY, MIN_MEMORY};
pub use guestwire_sim::service::{
    Dedupe, GoneChannels, OAuthClient, Rates, Rewriting, ServiceConfig, SocketAuth, StreamsConfig, TextUnit,
    WebChatConfig, WebMessagingConfig,
};
pub use settings::{DEMO_CLIENT, DEMO_KEY, DEMO_SECRET, DEMO_TOKEN, Settings};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use hub::Hub;
use limits::{CLOSE_TIMEOUT, SPARE_CONNECTIONS};
use server::Server;

/// Why the gateway did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The address is reachable from other machines, and nobody said that it may be.
    Remote(SocketAddr),
    /// The directory of the page is not one.
    NoPage(std::path::PathBuf),
    /// The operating system gives no randomness.
    Seed(getrandom::Error),
    /// The address cannot be listened on.
    Listen(SocketAddr, io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remote(addr) => {
                write!(f, "{addr} can be reached from other machines; --allow-remote if that is meant")
            }
            Self::NoPage(dir) => write!(f, "--www {}: not a directory", dir.display()),
            Self::Seed(error) => write!(f, "no randomness for the tokens: {error}"),
            Self::Listen(addr, error) => write!(f, "cannot listen on {addr}: {error}"),
        }
    }
}

impl std::error::Error for StartError {}

/// A running gateway. Dropping it stops it at once; [`stop`](Self::stop) says goodbye first.
pub struct Gateway {
    addr: SocketAddr,
    hub: Arc<Hub>,
    server: JoinHandle<io::Result<()>>,
    clock: JoinHandle<()>,
}

impl Gateway {
    /// Listens and serves. Must be called in a tokio runtime.
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        if !settings.allow_remote && !settings.addr.ip().is_loopback() {
            return Err(StartError::Remote(settings.addr));
        }
        if let Some(dir) = settings.www.as_ref().filter(|dir| !dir.is_dir()) {
            return Err(StartError::NoPage(dir.clone()));
        }
        let seed = match settings.seed {
            Some(seed) => seed,
            None => {
                let mut seed = [0; 32];
                getrandom::fill(&mut seed).map_err(StartError::Seed)?;
                seed
            }
        };
        let listen = |error| StartError::Listen(settings.addr, error);
        let listener = TcpListener::bind(settings.addr).await.map_err(listen)?;
        let addr = listener.local_addr().map_err(listen)?;
        let (hub, restarts) = Hub::new(Service::new(settings.service.clone(), seed));
        let server = Server {
            listener,
            addr,
            router: routes::router(&settings, Arc::clone(&hub)),
            hub: Arc::clone(&hub),
            restarts,
            max_connections: settings.service.max_connections.saturating_add(SPARE_CONNECTIONS),
        };
        let time = Arc::clone(&hub);
        Ok(Self {
            addr,
            hub,
            server: tokio::spawn(server.run()),
            clock: tokio::spawn(async move { time.keep_time().await }),
        })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Waits until it fails; as long as all is well this never returns.
    pub async fn failed(&mut self) -> io::Error {
        match (&mut self.server).await {
            Ok(Ok(())) => io::Error::other("the accept loop ended"),
            Ok(Err(error)) => error,
            Err(error) => io::Error::other(error),
        }
    }

    /// Closes every socket with 1001 and stops.
    pub async fn stop(self) {
        self.server.abort();
        self.hub.close_all(CLOSE_TIMEOUT).await;
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.server.abort();
        self.clock.abort();
        self.hub.links.cut_all(link::Cut::End);
    }
}
