//! What the platform says of the page and the network. Nothing of it exists in Node, where no
//! listener is set.

use crate::driver::Driver;
use crate::listener::Listener;
use guestwire_core::io::{Environment, Input};
use js_sys::Reflect;
use std::rc::Weak;
use wasm_bindgen::prelude::*;
use web_sys::{Event, EventTarget, PageTransitionEvent};

#[wasm_bindgen]
extern "C" {
    // Not the library's `global()`, which looks in four places, for engines of long ago (docs/size.md).
    #[wasm_bindgen(thread_local_v2, js_name = globalThis)]
    static GLOBAL: JsValue;
}

/// The platform's global object.
pub(crate) fn global() -> JsValue {
    GLOBAL.with(Clone::clone)
}

/// Listens for as long as the listeners are kept.
pub(crate) fn listen(driver: &Weak<Driver>) -> Vec<Listener> {
    let on = |target: &EventTarget, name: &'static str, environment: fn(&Event) -> Option<Environment>| {
        let driver = driver.clone();
        Listener::new(target, name, move |event| {
            if let (Some(driver), Some(environment)) = (driver.upgrade(), environment(&event)) {
                driver.input(Input::Environment(environment));
            }
        })
    };
    let mut listeners = Vec::new();
    let global = self::global();
    if let Some(global) = target(&global) {
        listeners.push(on(&global, "online", |_| Some(Environment::Online)));
        listeners.push(on(&global, "offline", |_| Some(Environment::Offline)));
        listeners.push(on(&global, "pageshow", restored));
    }
    if let Some(document) = member(&global, "document").and_then(|document| target(&document)) {
        listeners.push(on(&document, "resume", |_| Some(Environment::Resumed)));
        listeners.push(on(&document, "visibilitychange", seen));
    }
    listeners
}

/// Whether there is a network, where the platform says so.
pub(crate) fn network() -> Option<Environment> {
    let online = member(&member(&global(), "navigator")?, "onLine")?.as_bool()?;
    Some(if online { Environment::Online } else { Environment::Offline })
}

/// Back from the back/forward cache. `pageshow` fires on the first load too, which is nothing to
/// resume from.
fn restored(event: &Event) -> Option<Environment> {
    event.unchecked_ref::<PageTransitionEvent>().persisted().then_some(Environment::Resumed)
}

fn seen(event: &Event) -> Option<Environment> {
    let state = member(event.target()?.as_ref(), "visibilityState")?.as_string()?;
    (state == "visible").then_some(Environment::Visible)
}

/// Something that takes listeners, told by its method: a page's globals come from many realms.
fn target(object: &JsValue) -> Option<EventTarget> {
    member(object, "addEventListener")?.is_function().then(|| object.clone().unchecked_into())
}

fn member(object: &JsValue, name: &str) -> Option<JsValue> {
    let member = Reflect::get(object, &name.into()).ok()?;
    (!member.is_undefined() && !member.is_null()).then_some(member)
}
