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

    /// 128 bits in hexadecimal.
    pub(super) fn hex(&mut self) -> String {
        self.uuid().replace('-', "")
    }

    /// A number below `end`; 0 where there is none.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0.next_u64().checked_rem(end).unwrap_or(0)
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

/// Compares in a time that depends on the lengths only.
pub(super) fn same_secret(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}
