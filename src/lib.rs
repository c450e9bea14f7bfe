//! The WebAssembly module: the exported class and its browser drivers. It turns the core's outputs
//! into the platform's calls and the platform's events into the core's inputs, and decides nothing.
//! The TypeScript face in `js/` is what users see.
#![warn(missing_docs)]

mod clock;
mod driver;
#[cfg(any(feature = "webchat", feature = "web-messaging"))]
mod guests;
mod host;
mod http;
mod listener;
mod open;
mod platform;
mod socket;
#[cfg(feature = "streams")]
mod streams;
mod told;
/// Public for `tests/json.rs` alone, which holds it against the native reader.
#[doc(hidden)]
pub mod value;
#[cfg(feature = "web-messaging")]
mod web_messaging;

use driver::Driver;
use guestwire_core::Client;
use guestwire_core::config::Config;
use guestwire_core::error::Ended;
use guestwire_core::io::Input;
use guestwire_core::limits;
use guestwire_core::secret::Secret;
use guestwire_core::trace::Recorder;
use host::Host;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

#[cfg(all(target_family = "wasm", not(target_feature = "atomics")))]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// What all randomness of a core comes from. Nothing is thrown where there is none, or where a page has put something in its place that
/// does nothing: the face says what that means.
fn seed() -> Result<[u8; 16], JsValue> {
    let mut seed = [0; 16];
    match getrandom::fill(&mut seed) {
        Ok(()) if seed != [0; 16] => Ok(seed),
        _ => Err(JsValue::UNDEFINED),
    }
}

/// One guest client, as the face uses it. Every method takes `&self` and holds no borrow while
/// anything outside Rust runs.
#[wasm_bindgen]
pub struct RawClient {
    driver: Rc<Driver>,
}

#[wasm_bindgen]
impl RawClient {
    /// A client that has done nothing yet.
    ///
    /// # Errors
    /// A plain object with `code`, `message`, `remedy`, `retryable` and `option`; undefined where there is no secure randomness.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue, host: Host) -> Result<RawClient, JsValue> {
        let config = value::options(options)
            .and_then(|options| Config::from_value(&options))
            .and_then(|config| if http::is_address(&config.address()) { Ok(config) } else { Err(config.no_address()) })
            .map_err(|error| told::object(&error.report().detail()))?;
        let sockets = socket::Sockets::find(&host).map_err(|error| told::object(&error.report().detail()))?;
        let seed = seed()?;
        let client = Client::new(config, seed, clock::now());
        Ok(Self { driver: Driver::new(Recorder::new(client), host, sockets) })
    }

    /// Starts to connect.
    pub fn connect(&self) {
        self.driver.command(Recorder::connect);
    }

    /// Shortens a wait for the next attempt, and asks a live link.
    #[wasm_bindgen(js_name = reconnectNow)]
    pub fn reconnect_now(&self) {
        self.driver.command(Recorder::reconnect_now);
    }

    /// Closes; what is in flight has `grace` ms to settle.
    pub fn close(&self, grace: Option<f64>) {
        // The cast saturates: whatever is given is a number of milliseconds.
        self.driver.command(|client, now| client.close(now, grace.map(|grace| grace as u64)));
    }

    /// The running figures.
    #[must_use]
    pub fn stats(&self) -> JsValue {
        told::object(&self.driver.look(Client::stats).detail())
    }

    /// The state before the latest inputs and outputs and after them, then these, one by one.
    #[must_use]
    pub fn trace(&self) -> js_sys::Array {
        self.driver.trace()
    }

    /// Answers `Host.requestToken` with a token, and the milliseconds that it lives, where that is known.
    #[wasm_bindgen(js_name = provideToken)]
    pub fn provide_token(&self, request: u32, token: &JsValue, life: Option<f64>) {
        // What is too long to be one is none.
        let token = value::short(token, limits::AUTHORISATION_BYTES).unwrap_or_default();
        // The cast saturates: whatever is given is a number of milliseconds.
        self.driver.input(Input::Token(request, Secret::new(token), life.map(|life| life as u64)));
    }

    /// Answers `Host.requestToken`: the provider failed. With a code: there will never be a token, for this reason.
    #[wasm_bindgen(js_name = refuseToken)]
    pub fn refuse_token(&self, request: u32, code: Option<String>) {
        self.driver.input(Input::TokenRefused(request, code.as_deref().map(Ended::tokenless)));
    }
}

impl Drop for RawClient {
    fn drop(&mut self) {
        self.driver.stop();
    }
}
