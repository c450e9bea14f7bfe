//! Both of the platform's clocks.

use guestwire_core::time::Now;
use wasm_bindgen::prelude::*;

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
