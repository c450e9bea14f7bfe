//! Ids and guest tokens from one seeded generator. With a fixed seed a run repeats bit for bit;
//! the gateway seeds it from the operating system, and then the tokens cannot be guessed.

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

pub(super) struct Ids(ChaCha12Rng);

impl Ids {
    pub(super) fn new(seed: [u8; 32]) -> Self {
        Self(ChaCha12Rng::from_seed(seed))
    }

    pub(super) fn uuid(&mut self) -> String {
        let mut bytes = [0; 16];
        self.0.fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// 256 bits in hexadecimal.
    pub(super) fn token(&mut self) -> String {
        let mut token = String::with_capacity(64);
        for _ in 0..8 {
            token.push_str(&format!("{:08x}", self.0.next_u32()));
        }
        token
    }
}
