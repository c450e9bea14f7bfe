//! The shell around the model: gives it the time, and carries out what it wants done to sockets.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use guestwire_sim::service::{Budget, ConnectionId, Cut as ModelCut, Frame, Held, Millis, Output, RestAnswer, Service};
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use crate::limits::OUTGOING_FRAMES;
use crate::link::{Cut, Link, Links};

/// What a socket's task is told to do, in order.
#[derive(Debug)]
pub(crate) enum ToSocket {
    Send(Frame, Held),
    Close { code: u16, reason: String },
    Silence,
    End,
}

struct Socket {
    outgoing: mpsc::Sender<ToSocket>,
    link: Arc<Link>,
}

struct State {
    service: Service,
    sockets: HashMap<ConnectionId, Socket>,
}

/// The model and everything that its outputs need.
pub(crate) struct Hub {
    state: Mutex<State>,
    budget: Budget,
    clock: Clock,
    wake_changed: Notify,
    socket_left: Notify,
    restarts: mpsc::UnboundedSender<Duration>,
    pub(crate) links: Links,
}

/// A socket that the model has let in. It leaves the model when this is dropped, wherever that is.
pub(crate) struct OpenSocket {
    pub(crate) hub: Arc<Hub>,
    pub(crate) id: ConnectionId,
    pub(crate) link: Arc<Link>,
    pub(crate) outgoing: mpsc::Receiver<ToSocket>,
}

impl Drop for OpenSocket {
    fn drop(&mut self) {
        let id = self.id;
        self.hub.lock().sockets.remove(&id);
        self.hub.with(|service, _| service.socket_gone(id));
        self.hub.socket_left.notify_waiters();
    }
}

impl Hub {
    pub(crate) fn new(service: Service) -> (Arc<Self>, mpsc::UnboundedReceiver<Duration>) {
        let (restarts, restart_asked) = mpsc::unbounded_channel();
        let hub = Self {
            budget: service.budget().clone(),
            state: Mutex::new(State { service, sockets: HashMap::new() }),
            clock: Clock::start(),
            wake_changed: Notify::new(),
            socket_left: Notify::new(),
            restarts,
            links: Links::default(),
        };
        (Arc::new(hub), restart_asked)
    }

    /// The count of all that is kept and buffered.
    pub(crate) fn budget(&self) -> &Budget {
        &self.budget
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One input to the model, and what follows from it.
    pub(crate) fn with<T>(&self, input: impl FnOnce(&mut Service, Millis) -> T) -> T {
        let mut state = self.lock();
        let now = self.clock.now();
        let planned = state.service.next_wake();
        state.service.wake(now);
        let result = input(&mut state.service, now);
        self.carry_out(&mut state);
        if state.service.next_wake() != planned {
            self.wake_changed.notify_one();
        }
        result
    }

    /// A question to the model.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&Service, Millis) -> T) -> T {
        question(&self.lock().service, self.clock.now())
    }

    pub(crate) fn open_socket(
        self: &Arc<Self>,
        link: Arc<Link>,
        open: impl FnOnce(&mut Service, Millis) -> Result<ConnectionId, RestAnswer>,
    ) -> Result<OpenSocket, RestAnswer> {
        let mut state = self.lock();
        let now = self.clock.now();
        state.service.wake(now);
        let opened = open(&mut state.service, now);
        let (sender, outgoing) = mpsc::channel(OUTGOING_FRAMES);
        if let Ok(id) = &opened {
            let socket = Socket { outgoing: sender, link: Arc::clone(&link) };
            state.sockets.insert(*id, socket);
        }
        self.carry_out(&mut state);
        self.wake_changed.notify_one();
        drop(state);
        opened.map(|id| OpenSocket { hub: Arc::clone(self), id, link, outgoing })
    }

    fn carry_out(&self, state: &mut State) {
        while let Some(output) = state.service.poll() {
            match output {
                Output::Send { connection, frame, held } => {
                    Self::tell(state, connection, ToSocket::Send(frame, held));
                }
                Output::Close { connection, code, reason } => {
                    Self::tell(state, connection, ToSocket::Close { code, reason });
                }
                Output::Silence { connection } => Self::tell(state, connection, ToSocket::Silence),
                Output::Cut { connection, how: ModelCut::End } => {
                    Self::tell(state, connection, ToSocket::End);
                }
                Output::Cut { connection, how: ModelCut::Reset } => {
                    if let Some(socket) = state.sockets.get(&connection) {
                        socket.link.cut(Cut::Reset);
                    }
                }
                Output::Restart { ms } => {
                    // Now: what came later would be taken, and its answer lost.
                    self.links.cut_all(Cut::Reset);
                    // Fails only while the accept loop stops, and then there is nothing to restart.
                    let _ = self.restarts.send(Duration::from_millis(ms));
                }
            }
        }
    }

    /// A socket that does not take what it is sent is cut, or it would hold memory without end.
    fn tell(state: &mut State, connection: ConnectionId, what: ToSocket) {
        if let Some(socket) = state.sockets.get(&connection)
            && let Err(mpsc::error::TrySendError::Full(_)) = socket.outgoing.try_send(what)
        {
            tracing::warn!(%connection, "a guest does not read; its connection is reset");
            socket.link.cut(Cut::Reset);
        }
    }

    /// Wakes the model whenever it wants to be woken; never returns.
    pub(crate) async fn keep_time(&self) {
        loop {
            let next = self.ask(|service, _| service.next_wake());
            let due = next.map(|at| self.clock.instant(at));
            tokio::select! {
                () = sleep_until(due) => {}
                () = self.wake_changed.notified() => {}
            }
            self.with(|_, _| ());
        }
    }

    /// Says goodbye to every socket and waits until they are gone, but not for long.
    pub(crate) async fn close_all(&self, patience: Duration) {
        self.with(|service, now| service.close_all(now, 1001, "the service goes away"));
        let all_gone = async {
            loop {
                let left = self.socket_left.notified();
                tokio::pin!(left);
                left.as_mut().enable();
                if self.lock().sockets.is_empty() {
                    return;
                }
                left.await;
            }
        };
        if tokio::time::timeout(patience, all_gone).await.is_err() {
            tracing::warn!("some guests did not answer the goodbye");
        }
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// Milliseconds since the Unix epoch that never go back: the wall clock is read once.
struct Clock {
    epoch: Duration,
    started: Instant,
}

impl Clock {
    fn start() -> Self {
        Self {
            // A clock before 1970 still gives a service that works.
            epoch: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
            started: Instant::now(),
        }
    }

    fn now(&self) -> Millis {
        (self.epoch + self.started.elapsed()).as_millis() as Millis
    }

    /// When `at` is surely reached.
    fn instant(&self, at: Millis) -> Instant {
        self.started + Duration::from_millis(at).saturating_sub(self.epoch)
    }
}
