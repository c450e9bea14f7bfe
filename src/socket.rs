//! One WebSocket: its handle and its listeners live and die together.

use crate::driver::Driver;
use crate::host::Host;
use crate::http;
use crate::listener::Listener;
use crate::platform::global;
use crate::value;
use guestwire_core::built;
use guestwire_core::content::Content;
use guestwire_core::error::OptionError;
use guestwire_core::io::{Frame, Input};
use guestwire_core::protocol::Address;
use guestwire_core::value::Unreadable;
use js_sys::{Array, Function, JsString, Object, Reflect};
use std::rc::Weak;
use wasm_bindgen::prelude::*;
use web_sys::{CloseEvent, Event, MessageEvent, WebSocket};

#[wasm_bindgen]
extern "C" {
    // An option: the generated code leaks the place of a plain value that a throw has kept from coming.
    #[wasm_bindgen(catch, js_namespace = Reflect, js_name = construct)]
    fn construct(target: &Function, arguments: &Array, made_by: &Function) -> Result<Option<WebSocket>, JsValue>;
}

/// The code of a connection that just ended (RFC 6455, 7.1.5).
pub(crate) const ABNORMAL: u16 = 1006;
/// The code of an end that somebody wanted.
pub(crate) const NORMAL: u16 = 1000;

/// What is done when a socket says something.
type Heard = Box<dyn Fn(&Driver, &Event)>;

/// What makes sockets: the constructor that the user passed, else the platform's.
pub(crate) struct Sockets(Function);

impl Sockets {
    pub(crate) fn find(host: &Host) -> Result<Self, OptionError> {
        let given = host.web_socket();
        let found = if given.is_undefined() || given.is_null() {
            Reflect::get(&global(), &"WebSocket".into()).unwrap_or(JsValue::UNDEFINED)
        } else {
            given
        };
        found.dyn_into().ok().filter(is_constructor).map(Self).ok_or_else(|| OptionError {
            option: "WebSocket".to_owned(),
            problem: "is missing, or is no constructor".into(),
            remedy: "pass a WebSocket constructor where the platform has none, such as that of the package ws".into(),
        })
    }

    /// Opens a socket. None: the constructor refused, which says nothing that a later attempt
    /// could not undo.
    pub(crate) fn open(
        &self,
        generation: u32,
        address: &Address,
        driver: &Weak<Driver>,
        most: usize,
        quotes: bool,
    ) -> Option<Socket> {
        let arguments = Array::of1(&address.url.expose().into());
        let options = third(address);
        if !address.protocols.is_empty() || options.is_some() {
            arguments.push(&address.protocols.iter().map(|it| JsValue::from_str(it.expose())).collect::<Array>());
        }
        if let Some(options) = options {
            arguments.push(&options);
        }
        let socket = construct(&self.0, &arguments, &self.0).ok()??;
        // What takes no such members is asked for none of what they are for.
        let set = |name: &str, value: &JsValue| drop(Reflect::set(&socket, &name.into(), value));
        // Binary frames are refused; as buffers they are at least not blobs kept on a disk.
        set("binaryType", &"arraybuffer".into());
        // An error is always followed by a close, which is what we act on. But where sockets are event
        // emitters (the package ws), an error that nobody hears ends the process, even after we have
        // detached; so a listener that does nothing stays. `Function.prototype` is one, and lives as
        // long as the page, so no closure is left behind.
        set("onerror", &Object::get_prototype_of(&object()));
        let on = |event: &'static str, heard: Heard| {
            let driver = driver.clone();
            Listener::new(&socket, event, move |event| {
                if let Some(driver) = driver.upgrade() {
                    heard(&driver, &event);
                }
            })
        };
        let listeners = [
            on("open", Box::new(move |driver, _| driver.input(Input::SocketOpened(generation)))),
            on("message", Box::new(move |driver, event| driver.input(frame(generation, event, most, quotes)))),
            on("close", Box::new(move |driver, event| driver.socket_ended(generation, ended(generation, event)))),
        ];
        Some(Socket { socket, generation, listeners: Some(listeners), code: NORMAL })
    }
}

/// An open socket, or one that is being opened. Dropped, it is detached and closed.
pub(crate) struct Socket {
    socket: WebSocket,
    pub(crate) generation: u32,
    listeners: Option<[Listener; 3]>,
    /// What it will be closed with.
    pub(crate) code: u16,
}

impl Socket {
    /// To be called with no borrow held: what a call does is up to whoever made the socket, and it
    /// may let go of this one.
    pub(crate) fn handle(&self) -> WebSocket {
        self.socket.clone()
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // First deaf, then closed.
        self.listeners.take();
        // A socket that cannot be closed any more is closed.
        let _closed = self.socket.close_with_code(self.code);
    }
}

/// The third argument, where the address needs one. It is the package ws's; the platform's own constructors know no third.
fn third(address: &Address) -> Option<Object> {
    let origin = address.origin.as_ref().filter(|_| built::WEB_MESSAGING);
    let authorization = address.authorization.as_ref().filter(|_| built::STREAMS);
    if origin.is_none() && authorization.is_none() {
        return None;
    }
    let options = Object::new();
    let set = |to: &Object, name: &str, value: &JsValue| drop(Reflect::set(to, &name.into(), value));
    if let Some(origin) = origin {
        set(&options, "origin", &origin.expose().into());
    }
    if let Some(authorization) = authorization {
        let headers = Object::new();
        set(&headers, "Authorization", &authorization.expose().into());
        set(&options, "headers", &headers);
    }
    Some(options)
}

/// The constructor of plain objects, whatever stands under its name.
fn object() -> Function {
    Object::new().constructor()
}

/// Whether a function can make something, found without calling it.
fn is_constructor(function: &Function) -> bool {
    construct(&object(), &Array::new(), function).is_ok()
}

fn frame(generation: u32, event: &Event, most: usize, quotes: bool) -> Input {
    let data = event.unchecked_ref::<MessageEvent>().data();
    let Some(text) = data.dyn_ref::<JsString>() else {
        return Input::SocketFrame(generation, Frame { bytes: 0, body: Err(Unreadable::Binary) });
    };
    let (bytes, body) = value::read(text, most);
    let frame = Frame { bytes, body };
    // What cannot be read, and may be of any size, is not kept.
    if built::STREAMS && quotes && frame.body.is_ok() {
        return Input::SocketText(generation, frame, Content::new(text.into()));
    }
    Input::SocketFrame(generation, frame)
}

/// How a socket came to its end. In Node there is a word of why, put there by `js/src/node-sockets.ts`: what the handshake
/// was answered with, or an error.
fn ended(generation: u32, event: &Event) -> Input {
    let socket = event.target().map(JsValue::from).unwrap_or_default();
    let why = Reflect::get(&socket, &"failure".into()).unwrap_or_default();
    match http::head(&why) {
        Some(answer) => Input::SocketRefused(generation, answer),
        None => Input::SocketClosed(generation, code(event), http::code_of(&why)),
    }
}

fn code(event: &Event) -> u16 {
    match event.unchecked_ref::<CloseEvent>().code() {
        0 => ABNORMAL,
        code => code,
    }
}
