//! The generators of a world. All of it follows from the seed; each part draws from a stream of its own, so that
//! another draw in one part does not change what the others meet.

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Who draws.
#[derive(Clone, Copy)]
pub(super) enum Stream {
    /// What the client and the service are like.
    Nature,
    /// What goes wrong, and when.
    Plan,
    /// What the caller does.
    Caller,
    /// How the network behaves at each step.
    Network,
    /// What the service is like besides.
    Habits,
    /// What the caller says, where it is more than words.
    Words,
    /// What the caller does with files.
    Files,
    /// What the conversation goes through.
    Turns,
    /// What the caller asks for.
    Questions,
    /// What happens to streams, and what is wanted of them.
    Topics,
    /// Who answers in the service's place.
    Strangers,
}

pub(super) struct Chance(ChaCha12Rng);

impl Chance {
    pub(super) fn new(seed: u64, stream: Stream) -> Self {
        let mut generator = ChaCha12Rng::seed_from_u64(seed);
        generator.set_stream(stream as u64);
        Self(generator)
    }

    /// Uniform below `most`; 0 where `most` is 0.
    pub(super) fn below(&mut self, most: u64) -> u64 {
        self.0.next_u64() % most.max(1)
    }

    /// Uniform below one of these.
    pub(super) fn below_one_of(&mut self, most: &[u64]) -> u64 {
        let most = self.pick(most);
        self.below(most)
    }

    /// True once in `of` times.
    pub(super) fn one_in(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let place = self.below(from.len() as u64);
        from[usize::try_from(place).unwrap_or(0)]
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}
