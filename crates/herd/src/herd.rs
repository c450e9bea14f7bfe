//! The outage, and all clients through it: in batches over the machine's threads.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use guestwire_core::config::Config;
use guestwire_core::value::Value;

use crate::chance::Chance;
use crate::figures::Figures;
use crate::life;
use crate::peers::Peer;

/// Clients that a thread takes at a time.
const BATCH: u64 = 500;

/// What happens to all of them.
#[derive(Clone, Copy, Debug)]
pub struct Outage {
    /// How many there are.
    pub clients: u64,
    /// How long it lasts, ms. All sockets end at its beginning with code 1006.
    pub lasts: u64,
    /// How the service fails while it lasts.
    pub manner: Manner,
    /// Each client has a message that had not been acknowledged when the outage began.
    pub talking: bool,
    /// Everything random follows from it.
    pub seed: u64,
}

/// How the service fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Handshakes and requests fail after one round trip.
    Refused,
    /// Nothing is answered; the client's own deadlines end it.
    Unanswered,
}

/// Leads real cores through it.
#[must_use]
pub fn herd(outage: &Outage) -> Figures {
    let config = options();
    in_batches(outage, |client, figures| {
        life::survive(outage, &config, &mut Chance::of(outage.seed, client), figures);
    })
}

/// Leads as many through it by a peer's formula.
#[must_use]
pub fn formula(outage: &Outage, peer: &Peer) -> Figures {
    in_batches(outage, |client, figures| peer.survive(&mut Chance::of(outage.seed, client), figures))
}

/// The defaults of everything: what a user has who sets nothing.
pub(crate) fn options() -> Config {
    let text = |text: &str| Value::Text(text.to_owned());
    let credential = vec![("kind".to_owned(), text("bearer")), ("value".to_owned(), text("herd-credential-4711"))];
    let options = vec![("host".to_owned(), text("chat.example")), ("credential".to_owned(), Value::Map(credential))];
    Config::from_value(&Value::Map(options)).expect("the options are good")
}

fn in_batches(outage: &Outage, lead: impl Fn(u64, &mut Figures) + Sync) -> Figures {
    let (next, all) = (AtomicU64::new(0), Mutex::new(Figures::new(outage.lasts)));
    let work = || {
        let mut figures = Figures::new(outage.lasts);
        loop {
            let first = next.fetch_add(BATCH, Ordering::Relaxed);
            if first >= outage.clients {
                break;
            }
            (first..outage.clients.min(first + BATCH)).for_each(|client| lead(client, &mut figures));
        }
        all.lock().unwrap_or_else(std::sync::PoisonError::into_inner).merge(&figures);
    };
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    all.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}
