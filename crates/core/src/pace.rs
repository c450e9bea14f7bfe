//! How often something may be done: so many within so long, whatever window one looks at.

use crate::built;
use crate::checkpoint::keep;
use crate::protocol::{Rate, Rates};

/// Whether any service that is spoken to counts.
const COUNTED: bool = built::WEB_MESSAGING;

/// What was done within the window.
#[derive(Clone, Debug)]
pub struct Pace {
    most: usize,
    within: u64,
    times: Vec<u64>,
    /// Somebody asked to wait until then.
    floor: u64,
}

impl Pace {
    /// At most so many within so long, ms.
    #[must_use]
    pub fn new((most, within): Rate) -> Self {
        Self { most, within, times: Vec::new(), floor: 0 }
    }

    /// Writes down that it is done once more.
    pub fn record(&mut self, now: u64) {
        if self.times.len() == self.most {
            self.times.remove(0);
        }
        self.times.push(now);
    }

    /// Somebody asks to wait until then.
    pub fn hold(&mut self, until: u64) {
        self.floor = self.floor.max(until);
    }

    /// Before this moment it may not be done again.
    #[must_use]
    pub fn earliest(&self) -> u64 {
        match self.times.first() {
            Some(&oldest) if self.times.len() == self.most => self.floor.max(oldest + self.within + 1),
            _ => self.floor,
        }
    }
}

/// How often a service that counts may be asked. A module that speaks to none has nothing of it.
#[derive(Clone, Debug, Default)]
pub struct Ration {
    messages: Option<Pace>,
    frames: Option<Pace>,
    pages: Option<Pace>,
}

impl Ration {
    /// As the dialect says.
    #[must_use]
    pub fn new(rates: Rates) -> Self {
        let pace = |rate: Option<Rate>| rate.map(Pace::new);
        Self { messages: pace(rates.messages), frames: pace(rates.frames), pages: pace(rates.pages) }
    }

    /// Another connection begins: it counts its own frames.
    pub fn reconnected(&mut self, rates: Rates) {
        if COUNTED {
            self.frames = rates.frames.map(Pace::new);
        }
    }

    /// A message left.
    pub fn message(&mut self, now: u64) {
        if let Some(messages) = self.messages.as_mut().filter(|_| COUNTED) {
            messages.record(now);
        }
    }

    /// A frame left.
    pub fn frame(&mut self, now: u64) {
        if let Some(frames) = self.frames.as_mut().filter(|_| COUNTED) {
            frames.record(now);
        }
    }

    /// Before this moment no frame may leave that can wait.
    #[must_use]
    pub fn frames_from(&self) -> u64 {
        self.frames.as_ref().filter(|_| COUNTED).map_or(0, Pace::earliest)
    }

    /// A page of the history is asked for.
    pub fn page(&mut self, now: u64) {
        if let Some(pages) = self.pages.as_mut() {
            pages.record(now);
        }
    }

    /// Before this moment no page may be asked for.
    #[must_use]
    pub fn next_page(&self) -> u64 {
        self.pages.as_ref().map_or(0, Pace::earliest)
    }

    /// Before this moment no message may leave.
    #[must_use]
    pub fn earliest(&self) -> u64 {
        let paces = if COUNTED { [&self.messages, &self.frames] } else { [&None, &None] };
        paces.into_iter().flatten().map(Pace::earliest).max().unwrap_or(0)
    }
}

keep!(Pace { most, within, times, floor });
keep!(Ration { messages, frames, pages });

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    proptest! {
        #![proptest_config(crate::drawn::examples())]

        #[test]
        fn it_is_never_done_more_often_in_any_window_than_allowed(
            most in 1usize..8, within in 1u64..30_000, gaps in prop::collection::vec(0u64..30_000, 1..80)
        ) {
            let (mut pace, mut now, mut times) = (Pace::new((most, within)), 0, Vec::new());
            for gap in gaps {
                now = (now + gap).max(pace.earliest());
                pace.record(now);
                times.push(now);
            }
            for window in times.windows(most + 1) {
                prop_assert!(window[most] - window[0] > within);
            }
        }
    }
}
