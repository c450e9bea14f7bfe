//! The sockets that are open: one, and while a stream is handed over the one that is left as well.

use crate::socket::Socket;
use std::cell::RefCell;
use web_sys::WebSocket;

/// No borrow is held while a socket is let go of, which closes it: what that does is up to whoever made it.
#[derive(Default)]
pub(crate) struct Open {
    present: RefCell<Option<Socket>>,
    /// Its frames still come, until the core closes it.
    #[cfg(feature = "streams")]
    leaving: RefCell<Option<Socket>>,
}

impl Open {
    /// Keeps the newest. What was the newest before stays where handovers are known.
    pub(crate) fn put(&self, socket: Socket) {
        let before = self.present.replace(Some(socket));
        #[cfg(feature = "streams")]
        let before = before.and_then(|before| self.leaving.replace(Some(before)));
        drop(before);
    }

    /// What something can be said to.
    pub(crate) fn handle(&self, generation: u32) -> Option<WebSocket> {
        let handle = |place: &RefCell<Option<Socket>>| {
            place.borrow().as_ref().filter(|it| it.generation == generation).map(Socket::handle)
        };
        let found = handle(&self.present);
        #[cfg(feature = "streams")]
        let found = found.or_else(|| handle(&self.leaving));
        found
    }

    /// Gives one away.
    pub(crate) fn take(&self, generation: u32) -> Option<Socket> {
        let take = |place: &RefCell<Option<Socket>>| place.borrow_mut().take_if(|it| it.generation == generation);
        let found = take(&self.present);
        #[cfg(feature = "streams")]
        let found = found.or_else(|| take(&self.leaving));
        found
    }

    /// Closes all.
    pub(crate) fn drop_all(&self) {
        self.present.take();
        #[cfg(feature = "streams")]
        self.leaving.take();
    }
}
