//! The run loop: an input or a command changes the core, then its outputs are taken one by one and
//! done with no borrow held, then one timer is set for the moment that the core names.

use crate::clock::{self, Alarm};
use crate::host::Host;
use crate::http::{self, Call, Caller, Calls};
use crate::listener::Listener;
use crate::open::Open;
use crate::platform;
use crate::socket::{ABNORMAL, NORMAL, Sockets};
use crate::told;
#[cfg(feature = "web-messaging")]
use crate::web_messaging::upload::Uploads;
use guestwire_core::Client;
use guestwire_core::failure::ErrorCode;
use guestwire_core::io::{HttpAnswer, Input, Output};
use guestwire_core::protocol::{Address, Request};
use guestwire_core::time::Now;
use guestwire_core::trace::Recorder;
use js_sys::Array;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

/// One client on its platform.
pub(crate) struct Driver {
    core: RefCell<Recorder>,
    host: Host,
    sockets: Sockets,
    open: Open,
    calls: Calls,
    alarm: Alarm,
    listeners: RefCell<Vec<Listener>>,
    #[cfg(feature = "web-messaging")]
    pub(crate) uploads: Uploads,
    draining: Cell<bool>,
    stopped: Cell<bool>,
    this: Weak<Driver>,
}

impl Driver {
    pub(crate) fn new(core: Recorder, host: Host, sockets: Sockets) -> Rc<Self> {
        Rc::new_cyclic(|this| Self {
            core: RefCell::new(core),
            host,
            sockets,
            open: Open::default(),
            calls: Calls::default(),
            alarm: Alarm::default(),
            listeners: RefCell::default(),
            #[cfg(feature = "web-messaging")]
            uploads: Uploads::default(),
            draining: Cell::new(false),
            stopped: Cell::new(false),
            this: this.clone(),
        })
    }

    /// Changes the core, then does what it wants.
    pub(crate) fn command<T>(&self, command: impl FnOnce(&mut Recorder, Now) -> T) -> T {
        let now = clock::now();
        let result = command(&mut self.core.borrow_mut(), now);
        self.drain();
        result
    }

    /// Looks at the core.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Client, Now) -> T) -> T {
        let now = clock::now();
        look(&self.core.borrow(), now)
    }

    /// What was recorded: its frame, then its entries.
    pub(crate) fn trace(&self) -> Array {
        let core = self.core.borrow();
        let trace = Array::of1(&told::object(&core.frame()));
        for entry in core.entries() {
            trace.push(&told::object(entry));
        }
        trace
    }

    /// Something happened.
    pub(crate) fn input(&self, input: Input) {
        self.command(|recorder, now| recorder.handle(now, input));
    }

    /// Lets go of everything on the platform. Nothing is heard or told any more.
    pub(crate) fn stop(&self) {
        self.stopped.set(true);
        let now = clock::now();
        self.core.borrow_mut().close(now, Some(0));
        // There is nobody left to do it for. The platform's side ends with the handles below.
        while self.take().is_some() {}
        self.alarm.clear();
        self.open.drop_all();
        self.listeners.take();
        self.calls.stop();
        #[cfg(feature = "web-messaging")]
        self.uploads.stop();
    }

    fn drain(&self) {
        // An output may call back at once (a socket constructor of the user's): its input has
        // changed the core, and the loop that is running does what follows, in order.
        if self.stopped.get() || self.draining.replace(true) {
            return;
        }
        while let Some(output) = self.take() {
            self.act(output);
        }
        self.draining.set(false);
        self.arm();
        self.attend();
    }

    fn take(&self) -> Option<Output> {
        self.core.borrow_mut().poll_output()
    }

    fn act(&self, output: Output) {
        match output {
            Output::Event(event) => {
                let (kind, detail) = event.detail();
                self.host.deliver(kind, &told::object(&detail));
            }
            Output::SendFrame(generation, text) => self.send(generation, &text),
            Output::OpenSocket(generation, address) => self.open_socket(generation, &address),
            Output::CloseSocket(generation, code) => self.close_socket(generation, code),
            Output::Request(id, request) => self.request(id, &request),
            Output::AbortRequest(id) => drop(self.calls.let_go(id)),
            #[cfg(feature = "web-messaging")]
            Output::Upload(id, upload) => self.called_for(id, self.uploads.put(id, &upload, &self.this)),
            #[cfg(feature = "web-messaging")]
            Output::ReleaseFile(file) => self.uploads.release(file),
            #[cfg(not(feature = "web-messaging"))]
            Output::Upload(..) | Output::ReleaseFile(_) => {}
            Output::RequestToken(id, renew) => self.host.request_token(id, renew),
        }
    }

    fn send(&self, generation: u32, text: &str) {
        let socket = self.open.handle(generation);
        if socket.is_some_and(|socket| socket.send_with_str(text).is_err()) {
            self.socket_ended(generation, Input::SocketClosed(generation, ABNORMAL, None));
        }
    }

    /// A socket came to its end by itself. Nothing of it is kept: the next may be long in coming, or never come.
    pub(crate) fn socket_ended(&self, generation: u32, how: Input) {
        self.close_socket(generation, NORMAL);
        self.input(how);
    }

    fn open_socket(&self, generation: u32, address: &Address) {
        let (most, quotes) = self.look(|client, _| (client.max_frame(), client.quotes()));
        match self.sockets.open(generation, address, &self.this, most, quotes) {
            Some(socket) => self.open.put(socket),
            None => self.input(Input::SocketClosed(generation, ABNORMAL, None)),
        }
    }

    fn close_socket(&self, generation: u32, code: u16) {
        if let Some(mut socket) = self.open.take(generation) {
            socket.code = code;
        }
    }

    fn request(&self, id: u32, request: &Request) {
        self.called_for(id, http::call(id, request, self.this.clone()));
    }

    /// A request has begun; none: the platform refused to make it.
    fn called_for(&self, id: u32, call: Option<Call>) {
        match call {
            Some(call) => self.calls.keep(call),
            None => self.input(Input::Unanswered(id, None)),
        }
    }

    /// Sets the one timer.
    fn arm(&self) {
        let next = self.look(|client, _| client.next_wake());
        let this = self.this.clone();
        self.alarm.set(next, move || {
            if let Some(driver) = this.upgrade() {
                driver.alarm.clear();
                driver.input(Input::Time);
            }
        });
    }

    /// Listens to the platform while the client is active, and only then.
    fn attend(&self) {
        let active = self.look(|client, _| client.state().is_active());
        if active && self.listeners.borrow().is_empty() {
            let listeners = platform::listen(&self.this);
            // Where nobody can listen, this would be asked again and again.
            let listens = !listeners.is_empty();
            self.listeners.replace(listeners);
            // What was said while nobody listened.
            if let Some(environment) = platform::network().filter(|_| listens) {
                self.input(Input::Environment(environment));
            }
        } else if !active {
            self.listeners.take();
        }
    }
}

impl Caller for Driver {
    fn calls(&self) -> &Calls {
        &self.calls
    }

    fn called(&self, id: u32, answer: Result<HttpAnswer, Option<ErrorCode>>) {
        self.input(match answer {
            Ok(answer) => Input::Answered(id, answer),
            Err(why) => Input::Unanswered(id, why),
        });
    }
}
