//! A token manager on its platform: the same run loop as the client's, around a smaller core.

use crate::clock::{self, Alarm};
use crate::http::{self, Caller, Calls};
use crate::{told, value};
use guestwire_core::config::ClientCredentials;
use guestwire_core::error::OptionError;
use guestwire_core::event::Event;
use guestwire_core::failure::ErrorCode;
use guestwire_core::io::HttpAnswer;
use guestwire_core::limits;
use guestwire_core::protocol::Request;
use guestwire_core::time::Now;
use guestwire_core::tokens::{Output, Tokens};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The face's side of one token manager. Each call only takes a note and returns, so that no user code ever runs on top of
    /// a Rust frame.
    pub type TokenHost;

    #[wasm_bindgen(method)]
    fn given(this: &TokenHost, ask: u32, token: &str, left: f64);

    #[wasm_bindgen(method)]
    fn refused(this: &TokenHost, ask: u32, error: &JsValue);

    #[wasm_bindgen(method)]
    fn deliver(this: &TokenHost, kind: &str, detail: &JsValue);
}

/// One token manager, as the face uses it. Every method takes `&self` and holds no borrow while anything outside Rust runs.
#[wasm_bindgen]
pub struct RawTokens {
    manager: Rc<Manager>,
}

#[wasm_bindgen]
impl RawTokens {
    /// A manager that has asked for nothing yet.
    ///
    /// # Errors
    /// A plain object with `code`, `message`, `remedy`, `retryable` and `option`.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue, host: TokenHost) -> Result<RawTokens, JsValue> {
        let credentials = value::options(options)
            .and_then(|options| {
                let given = ClientCredentials::from_value(&options)?;
                let by_region = options.get("region").is_some();
                let option = if by_region { "region" } else { "tokenUrl" };
                http::is_address(given.url.expose()).then_some(given).ok_or_else(|| OptionError::no_address(option))
            })
            .map_err(|error| told::object(&error.report().detail()))?;
        let seed = crate::seed()?;
        let core = Tokens::new(credentials, seed, clock::now());
        let manager = Rc::new_cyclic(|this| Manager {
            core: RefCell::new(core),
            host,
            calls: Calls::default(),
            alarm: Alarm::default(),
            draining: Cell::new(false),
            stopped: Cell::new(false),
            this: this.clone(),
        });
        Ok(Self { manager })
    }

    /// Somebody wants a token. The host hears, under their number, of the token or of why there is none.
    pub fn ask(&self, ask: u32, refused: &JsValue) {
        // What is too long was none of ours.
        let refused = value::short(refused, limits::IDENTIFIER_BYTES);
        self.manager.command(|core, now| core.ask(now, ask, refused.as_deref()));
    }

    /// They do not want it any more.
    pub fn abort(&self, ask: u32) {
        self.manager.command(|core, now| core.abort(now, ask));
    }

    /// Its one client has gone: what nobody waits for is aborted.
    pub fn rest(&self) {
        self.manager.command(Tokens::rest);
    }
}

impl Drop for RawTokens {
    fn drop(&mut self) {
        self.manager.stop();
    }
}

struct Manager {
    core: RefCell<Tokens>,
    host: TokenHost,
    calls: Calls,
    alarm: Alarm,
    draining: Cell<bool>,
    stopped: Cell<bool>,
    this: Weak<Manager>,
}

impl Manager {
    /// Changes the core, then does what it wants.
    fn command(&self, command: impl FnOnce(&mut Tokens, Now)) {
        let now = clock::now();
        command(&mut self.core.borrow_mut(), now);
        self.drain();
    }

    fn drain(&self) {
        // A page's own `fetch` may call back at once: the loop that is running does what follows, in order.
        if self.stopped.get() || self.draining.replace(true) {
            return;
        }
        while let Some(output) = self.take() {
            self.act(output);
        }
        self.draining.set(false);
        self.arm();
    }

    fn take(&self) -> Option<Output> {
        self.core.borrow_mut().poll_output()
    }

    fn act(&self, output: Output) {
        match output {
            Output::Request(id, request) => self.request(id, &request),
            Output::AbortRequest(id) => drop(self.calls.let_go(id)),
            Output::Given(ask, token, left) => self.host.given(ask, token.expose(), left as f64),
            Output::Refused(ask, report) => self.host.refused(ask, &told::object(&report.detail())),
            Output::Audit(audit) => self.tell(&Event::Audit(audit)),
            Output::Repeated(repeated) => self.tell(&Event::Repeated(repeated)),
        }
    }

    fn tell(&self, event: &Event) {
        let (kind, detail) = event.detail();
        self.host.deliver(kind, &told::object(&detail));
    }

    fn request(&self, id: u32, request: &Request) {
        match http::call(id, request, self.this.clone()) {
            Some(call) => self.calls.keep(call),
            None => self.command(|core, now| core.unanswered(now, id, None)),
        }
    }

    fn arm(&self) {
        let next = self.core.borrow().next_wake();
        let this = self.this.clone();
        self.alarm.set(next, move || {
            if let Some(manager) = this.upgrade() {
                manager.alarm.clear();
                manager.command(Tokens::time);
            }
        });
    }

    /// Lets go of everything on the platform. Nothing is heard or told any more.
    fn stop(&self) {
        self.stopped.set(true);
        self.alarm.clear();
        self.calls.stop();
    }
}

impl Caller for Manager {
    fn calls(&self) -> &Calls {
        &self.calls
    }

    fn called(&self, id: u32, answer: Result<HttpAnswer, Option<ErrorCode>>) {
        self.command(|core, now| match answer {
            Ok(answer) => core.answered(now, id, Some(&answer)),
            Err(why) => core.unanswered(now, id, why),
        });
    }
}
