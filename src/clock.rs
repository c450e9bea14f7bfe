//! Both of the platform's clocks, and the one timer that somebody sets by them.

use gloo_timers::callback::Timeout;
use guestwire_core::time::Now;
use std::cell::RefCell;
use wasm_bindgen::prelude::*;

/// `setTimeout` takes no longer delay (a signed 32-bit number of milliseconds).
const LONGEST_DELAY: u64 = i32::MAX as u64;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn monotonic() -> f64;
    #[wasm_bindgen(js_namespace = Date, js_name = now)]
    fn wall() -> f64;
}

/// This moment, in whole milliseconds.
pub(crate) fn now() -> Now {
    // The casts saturate: a clock before its epoch reads as 0.
    Now { monotonic: monotonic() as u64, wall: wall() as u64 }
}

/// One timer, for the moment that a core names.
#[derive(Default)]
pub(crate) struct Alarm(RefCell<Option<(u64, Timeout)>>);

impl Alarm {
    /// Sets the timer, if the moment has changed; none: there is none.
    pub(crate) fn set(&self, next: Option<u64>, ring: impl FnOnce() + 'static) {
        let Some(next) = next else {
            self.clear();
            return;
        };
        if self.0.borrow().as_ref().is_some_and(|(at, _)| *at == next) {
            return;
        }
        let delay = next.saturating_sub(now().monotonic).min(LONGEST_DELAY) as u32;
        self.0.replace(Some((next, Timeout::new(delay, ring))));
    }

    /// There is none any more: it has rung, or nobody wants it.
    pub(crate) fn clear(&self) {
        self.0.take();
    }
}
