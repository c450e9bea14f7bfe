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

    /// Without white space around it.
    #[must_use]
    pub fn trimmed(self) -> Self {
        let sound = self.0.trim_ascii();
        if sound.len() == self.0.len() { self } else { Self(sound.to_owned()) }
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

/// A secret that there may be, whose length a checkpoint knows: it stands in what is measured when it is sent. Where no
/// service is built in that gives such, there is no room for one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pass {
    #[cfg(feature = "web-messaging")]
    secret: Option<Secret>,
}

#[cfg_attr(not(feature = "web-messaging"), allow(unused_variables, clippy::unused_self))]
impl Pass {
    pub(crate) fn new(secret: Option<Secret>) -> Self {
        Self {
            #[cfg(feature = "web-messaging")]
            secret,
        }
    }

    pub(crate) fn get(&self) -> Option<&Secret> {
        #[cfg(feature = "web-messaging")]
        return self.secret.as_ref();
        #[cfg(not(feature = "web-messaging"))]
        None
    }
}

/// Its length, and one for that it is there.
impl Keep for Pass {
    fn keep(&self, to: &mut Writer) {
        to.number(self.get().map_or(0, |secret| secret.expose().len() as u64 + 1));
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let kept = from.place(crate::limits::AUTHORISATION_BYTES + 2)?;
        Ok(Self::new(kept.checked_sub(1).map(Secret::stand_in)))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}
