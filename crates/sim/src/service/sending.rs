//! How what the service has to say leaves it: through the faults, in order on each connection.

use super::budget::Exhausted;
use super::connection::{Enqueued, Outgoing, Peer, State};
use super::{ConnectionId, Cut, Frame, Millis, Output, Service, Wake};

impl Service {
    pub(super) fn send(&mut self, now: Millis, connection: ConnectionId, frame: serde_json::Value) {
        let Some(to) = self.connections.open_mut(connection) else {
            return;
        };
        let how = self.faults.corrupt_frame(now, &to.conversation);
        let frame = how.map_or_else(|| Frame::Text(frame.to_string()), |how| how.of(frame.clone()));
        self.send_as_is(now, connection, frame);
    }

    pub(super) fn send_as_is(&mut self, now: Millis, connection: ConnectionId, frame: Frame) {
        let Some(to) = self.connections.open_mut(connection) else {
            return;
        };
        to.sent += 1;
        to.active_at = now;
        let delay = self.faults.delay(now, Some(&to.conversation));
        match to.queue.hold(&self.budget, &frame) {
            Ok(held) => self.enqueue(now, connection, delay, Outgoing::Frame(frame, held)),
            // As one who does not read: what waits would be held without end.
            Err(Exhausted) => self.cut(connection, Cut::Reset),
        }
    }

    pub(super) fn close(&mut self, now: Millis, connection: ConnectionId, code: u16, reason: &str) {
        // RFC 6455, section 7.4.1: these codes stand for an end that no close frame announced.
        if matches!(code, 1005 | 1006 | 1015) {
            return self.cut(connection, Cut::End);
        }
        let Some(closing) = self.connections.open_mut(connection) else {
            return;
        };
        closing.state = State::Closing;
        let reason = reason.to_owned();
        self.enqueue(now, connection, 0, Outgoing::Close { code, reason });
    }

    fn enqueue(&mut self, now: Millis, connection: ConnectionId, delay: Millis, what: Outgoing) {
        let Some(to) = self.connections.get_mut(connection) else {
            return;
        };
        match to.enqueue(now, delay, what) {
            Enqueued::GoesNow(what) => self.put_out(connection, what),
            Enqueued::GoesAt(due) => {
                self.timers.at(due, Wake::Flush(connection));
            }
            Enqueued::Waits => {}
            Enqueued::Overflow => self.cut(connection, Cut::Reset),
        }
    }

    pub(super) fn flush(&mut self, now: Millis, connection: ConnectionId) {
        while let Some(from) = self.connections.get_mut(connection).filter(|c| c.state != State::Silent) {
            match from.next_outgoing(now) {
                Some(what) => self.put_out(connection, what),
                None => {
                    if let Some(due) = from.next_due() {
                        self.timers.at(due, Wake::Flush(connection));
                    }
                    return;
                }
            }
        }
    }

    fn put_out(&mut self, connection: ConnectionId, what: Outgoing) {
        let output = match what {
            Outgoing::Frame(frame, held) => Output::Send { connection, frame, held },
            Outgoing::Close { code, reason } => {
                self.forget(connection);
                Output::Close { connection, code, reason }
            }
        };
        self.outputs.push_back(output);
    }

    pub(super) fn cut(&mut self, connection: ConnectionId, how: Cut) {
        if self.forget(connection) {
            self.outputs.push_back(Output::Cut { connection, how });
        }
    }

    pub(super) fn forget(&mut self, connection: ConnectionId) -> bool {
        let Some(gone) = self.connections.remove(connection) else {
            return false;
        };
        for key in [gone.idle, gone.age].into_iter().flatten() {
            self.timers.cancel(key);
        }
        match gone.peer {
            Peer::WebChat(_) => self.webchat.forget(&gone.conversation, connection),
            Peer::WebMessaging(_) => self.web_messaging.forget(&gone.conversation, connection),
            Peer::Streams(_) => self.streams.forget(&gone.conversation, connection),
        }
        true
    }
}
