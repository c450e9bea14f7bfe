//! Cores that are connected and have nothing to do: what one of them costs in memory, others say.

use guestwire_core::Client;

use crate::chance::Chance;
use crate::herd::options;
use crate::life::World;

/// A core that has been connected for so long, ms, with nothing but its heartbeats.
#[must_use]
pub fn idle(number: u64, lasts: u64) -> Client {
    let mut world = World::new(&options(), &mut Chance::of(0, number));
    world.connect();
    world.run(lasts, false, |_| true, |_| false);
    world.into_client()
}
