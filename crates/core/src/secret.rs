//! Text that may stand on the wire and nowhere else.

use crate::checkpoint::{Keep, Writer};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};
use core::fmt;

/// A token, or an address that carries one. Its `Debug` form never shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// Stands for a secret of so many bytes.
    #[cfg(feature = "replay")]
    #[must_use]
    pub fn stand_in(bytes: usize) -> Self {
        Self(crate::trace::STAND_IN.chars().cycle().take(bytes).collect())
    }

    /// The text itself, for the wire.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A checkpoint has no word of it; what is read back is a stand-in.
impl Keep for Secret {
    fn keep(&self, _: &mut Writer) {}

    #[cfg(feature = "replay")]
    fn restore(_: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self::new(String::from(crate::trace::STAND_IN)))
    }
}

/// A secret whose length a checkpoint knows: it stands in what is measured when it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Measured(pub(crate) Secret);

impl Keep for Measured {
    fn keep(&self, to: &mut Writer) {
        to.number(self.0.expose().len() as u64);
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        from.place(crate::limits::AUTHORISATION_BYTES + 1).map(|bytes| Self(Secret::stand_in(bytes)))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}
