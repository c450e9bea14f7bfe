//! A listener on something of the platform: the handle and its closure live and die together.

use wasm_bindgen::prelude::*;
use web_sys::{Event, EventTarget};

/// Listens until it is dropped.
pub(crate) struct Listener {
    target: EventTarget,
    event: &'static str,
    heard: Closure<dyn Fn(Event)>,
}

impl Listener {
    /// `heard` may be called again before it has returned, where an event comes of what it does.
    pub(crate) fn new(target: &EventTarget, event: &'static str, heard: impl Fn(Event) + 'static) -> Self {
        let heard = Closure::new(heard);
        // What takes no listener will never have anything to say.
        let _added = target.add_event_listener_with_callback(event, heard.as_ref().unchecked_ref());
        Self { target: target.clone(), event, heard }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let heard = self.heard.as_ref().unchecked_ref();
        let _removed = self.target.remove_event_listener_with_callback(self.event, heard);
    }
}
