//! The old socket of a handover: for a while it is heard, and asked whether it has lived until the next one was open.

use super::super::Client;
use super::super::link::{Link, NORMAL};
use super::Streaming;
use crate::checkpoint::keep;
use crate::content::Content;
use crate::io::{Frame, Output};
use crate::limits;
use crate::protocol::Received;
use crate::time::Now;
use crate::value::Value;

/// A socket from which another one has taken over.
#[derive(Clone, Debug)]
pub(super) struct Retired {
    link: Link,
    /// Until when it is heard, monotonic.
    until: u64,
    /// That was put off once: the process slept, and what had come before may not have been read yet.
    put_off: bool,
    /// It was asked whether it lives, and has not said so. It may be dead, and events lost since then, epoch ms.
    unheard_since: Option<u64>,
    /// Answers that it owes to what it was asked before.
    owed: usize,
}

impl Retired {
    pub(super) fn new(link: Link, now: Now, owed: usize) -> Self {
        let until = now.monotonic + limits::HANDOVER_OVERLAP;
        Self { link, until, put_off: false, unheard_since: None, owed }
    }

    /// Its time is over only in waking hours: once, a moment that was slept through is put off.
    fn put_off(&mut self, now: u64) {
        if now.saturating_sub(self.until) > limits::LATE_WAKE && !core::mem::replace(&mut self.put_off, true) {
            self.until = now + limits::HANDOVER_OVERLAP;
        }
    }

    /// It has answered. Only what answers the last question says that all came until the next one took over.
    fn answers(&mut self) {
        match self.owed.checked_sub(1) {
            Some(left) => self.owed = left,
            None => self.unheard_since = None,
        }
    }
}

impl Streaming {
    /// The old socket has not said yet whether anything was missed.
    pub(super) fn is_unheard(&self) -> bool {
        self.retired.as_ref().is_some_and(|retired| retired.unheard_since.is_some())
    }

    /// Whether this is the old socket.
    pub(super) fn is_retired(&self, generation: u32) -> bool {
        self.retired.as_ref().is_some_and(|retired| retired.link.generation() == generation)
    }
}

impl Client {
    /// The old socket is asked whether it lives: if it does, nothing was missed.
    pub(super) fn ask_retired(&mut self) {
        let Some(beat) = self.beat(true) else { return };
        let Some(text) = self.stream_dialect().and_then(|dialect| dialect.heartbeat(&beat)) else { return };
        let from = self.heard_before;
        let Some(retired) = self.stream().and_then(|streaming| streaming.retired.as_mut()) else { return };
        retired.unheard_since = Some(from);
        let (generation, connection) = (retired.link.generation(), retired.link.connection);
        self.audit_on(connection, "probe", text.len(), None);
        self.emit_frame(generation, text);
    }

    /// The old socket still says something.
    pub(in crate::client) fn retired_frame(&mut self, generation: u32, frame: Frame, words: Option<Content>) {
        let now = self.now.monotonic;
        let Some(retired) = self.streaming.get_mut().and_then(|streaming| streaming.retired.as_mut()) else { return };
        retired.put_off(now);
        // Once its time is over, the same comes on the other socket.
        if retired.link.generation() != generation || retired.until <= now {
            return;
        }
        let connection = retired.link.connection;
        self.counters.bytes_in += frame.bytes as u64;
        let received = frame.body.as_ref().map(|body| self.dialect.read(body));
        let lacks = !matches!(received, Ok(Ok(_))) || frame.body.as_ref().is_ok_and(Value::is_cut);
        let what = match received {
            Ok(Ok(Received::Streamed(_))) => "event",
            Ok(Ok(Received::Alive(_))) => {
                retired.answers();
                "heartbeat_answer"
            }
            // What it says of itself changes nothing any more.
            Ok(Ok(_)) => "ignored",
            _ => "malformed",
        };
        self.audit_on(connection, what, frame.bytes, None);
        if let Ok(Ok(Received::Streamed(mut event))) = received {
            event.raw.quote(words.as_deref());
            self.streamed(event, frame.bytes, generation);
        }
        if lacks {
            self.has_dropped(self.liveness.last_heard());
        }
        self.flow_on();
    }

    /// When its time is over, monotonic.
    pub(super) fn retired_due(&self) -> Option<u64> {
        self.streaming.get()?.retired.as_ref().map(|retired| retired.until)
    }

    /// The old socket is let go when its time is over.
    pub(super) fn tend_retired(&mut self) {
        let now = self.now.monotonic;
        let Some(streaming) = self.stream() else { return };
        let is_over = |retired: &mut Retired| {
            retired.put_off(now);
            retired.until <= now
        };
        if let Some(old) = streaming.retired.take_if(is_over) {
            self.let_go(&old);
        }
    }

    /// The old socket is let go, whatever it may still have to say.
    pub(super) fn drop_retired(&mut self) {
        if let Some(old) = self.stream().and_then(|streaming| streaming.retired.take()) {
            self.let_go(&old);
        }
    }

    fn let_go(&mut self, old: &Retired) {
        self.output(Output::CloseSocket(old.link.generation(), NORMAL));
        self.retired_is_gone(old);
    }

    /// Whether it was the old socket that was closed. It is gone already; there is nothing to close.
    pub(super) fn retired_closed(&mut self, generation: u32, code: u16) -> bool {
        let Some(streaming) = self.stream() else { return false };
        let Some(old) = streaming.retired.take_if(|retired| retired.link.generation() == generation) else {
            return false;
        };
        self.audit_on(old.link.connection, "closed", 0, Some(code));
        self.retired_is_gone(&old);
        true
    }

    /// The old socket is gone. Where it was asked whether it lives and has not said so, something may have been missed.
    fn retired_is_gone(&mut self, old: &Retired) {
        let now = self.now.monotonic;
        if let Some(streaming) = self.stream() {
            streaming.memory.lasts_from(now);
        }
        let Some(from) = old.unheard_since else { return };
        self.heard_before = from;
        // With the link gone too it is the gap that a reconnect tells.
        if self.link.is_some() {
            self.tell_gap();
            self.flow_on();
        }
    }
}

keep!(Retired { link, until, put_off, unheard_since, owed });
