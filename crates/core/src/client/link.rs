//! The socket that is open or being opened: its frames, its heartbeats, its end. One at a time; the
//! old one is detached and closed before the next is opened.

use super::Client;
use super::telling::text;
use crate::built;
use crate::checkpoint::keep;
use crate::close::Close;
use crate::connection::Step;
use crate::content::Content;
use crate::error::Ended;
use crate::io::{Frame, HttpAnswer, Output};
use crate::limits;
use crate::outbox::Outcome;
use crate::protocol::conversation::{Lasts, Question};
use crate::protocol::{Answer, Beat, Entry, Ready, Received, Refusal, Sender};
use crate::retry_after;
use crate::session::Loss;
use crate::timers::Timer;
use crate::value::{Unreadable, Value};
use uuid::Uuid;

/// The code with which we close; the service need not know more.
pub(super) const NORMAL: u16 = 1000;
/// The code of a connection that just ended (RFC 6455, 7.1.5).
const ABNORMAL: u16 = 1006;

/// One socket.
#[derive(Clone, Debug)]
pub(super) struct Link {
    generation: u32,
    /// Names the connection in heartbeats and audit records.
    pub(super) connection: Uuid,
    /// Since when it is ready, monotonic.
    pub(super) ready_at: Option<u64>,
    /// What an error frame said the close that follows it means.
    meaning: Option<Close>,
    /// After a retryable refusal of this message the service takes no other on this connection.
    awaits: Option<Uuid>,
    /// That message has ended: nothing will ever be taken on this connection.
    stuck: bool,
    /// Frames in a row that could not be read.
    malformed: u32,
}

impl Link {
    pub(super) fn new(generation: u32, connection: Uuid) -> Self {
        Self { generation, connection, ready_at: None, meaning: None, awaits: None, stuck: false, malformed: 0 }
    }

    pub(super) fn generation(&self) -> u32 {
        self.generation
    }
}

impl Client {
    pub(super) fn is_current(&self, generation: u32) -> bool {
        self.link.as_ref().is_some_and(|link| link.generation == generation)
    }

    pub(super) fn socket_frame(&mut self, generation: u32, frame: Frame, words: Option<Content>) {
        if !self.is_current(generation) || !matches!(self.step, Step::Greeting | Step::Ready) {
            return self.retired_frame(generation, frame, words);
        }
        self.counters.bytes_in += frame.bytes as u64;
        let before = self.liveness.last_heard();
        self.liveness.heard(self.now);
        let cut = frame.body.as_ref().is_ok_and(Value::is_cut);
        let mut lasts = Lasts::default();
        let mut received = frame.body.map_err(Unreadable::name).and_then(|body| {
            lasts = self.conversing().map_or(lasts, |conversing| conversing.lasts(&body));
            self.dialect.read(&body)
        });
        if let Ok(Received::Streamed(event)) = &mut received
            && built::STREAMS
        {
            event.raw.quote(words.as_deref());
        }
        if built::WEBCHAT && !self.streams() && self.conversing().is_none() && received.is_ok() {
            // Requests go to the same host.
            self.service_heard();
        }
        // A refusal right after the handshake is a sign of life, but none of readiness.
        let any_word = matches!(self.readiness(), Ready::After(_));
        if self.step == Step::Greeting && any_word && !matches!(received, Ok(Received::Refused(_))) {
            self.ready("greeted");
        }
        if cut {
            // Before it means anything: it may end the client.
            self.has_dropped(before);
        }
        let row = self.link.as_mut().map_or(0, |link| {
            link.malformed = if received.is_ok() { 0 } else { link.malformed + 1 };
            link.malformed
        });
        match received {
            Ok(received) => self.received(received, frame.bytes),
            Err(what) => {
                self.counters.malformed += 1;
                self.audit("malformed", None, frame.bytes, None);
                self.tell_malformed(what);
                self.frame_unread(before);
                if row == limits::MALFORMED_FRAMES {
                    self.attempt_failed("malformed", None, false);
                }
            }
        }
        if self.is_current(generation) {
            self.told_how_long(lasts);
            if built::MESSAGES {
                self.resend_overdue();
            }
        }
        self.tell_crossings();
    }

    fn received(&mut self, received: Received, bytes: usize) {
        match received {
            Received::Ready(terms) if built::WEB_MESSAGING => self.session_ready(terms),
            Received::Acked(id) if built::MESSAGES => self.acknowledged(id, bytes),
            Received::Incoming(entry) if built::MESSAGES => {
                if let Some(id) = self.ours(&entry) {
                    self.session_moved();
                    self.incoming.is_new_entry(&entry);
                    return self.acknowledged(id, bytes);
                }
                if !entry.spoken {
                    self.liveness.answered(self.now, None);
                    return self.audit("heartbeat_answer", None, bytes, None);
                }
                self.session_moved();
                self.overheard(&entry);
                self.audit("message", None, bytes, None);
                if entry.sender == Sender::Agent {
                    self.types_no_more();
                }
                self.hear(entry, bytes);
            }
            Received::Nameless(why, entry) if built::MESSAGES => {
                self.audit(why, None, bytes, None);
                // The client raises it under an id of its own, which no later frame carries.
                let id = text(self.random.uuid());
                self.received(Received::Incoming(Entry { id, ..entry }), bytes);
            }
            Received::Happened(happened) if built::WEB_MESSAGING => self.happened(happened, bytes),
            Received::Key(key) if built::WEB_MESSAGING => self.history_key(key),
            Received::TypingRefused if built::WEB_MESSAGING => self.typing_refused(),
            Received::File(news) if built::WEB_MESSAGING => self.file_news(news, bytes),
            Received::Departed(departure) if built::WEB_MESSAGING => self.departs(departure),
            Received::Declined(declined) if built::WEB_MESSAGING => self.declined(declined, bytes),
            Received::Alive(echo) => {
                self.liveness.answered(self.now, echo);
                self.audit("heartbeat_answer", None, bytes, None);
            }
            Received::Refused(refusal) => self.refused(refusal, bytes),
            Received::Streamed(event) if built::STREAMS => {
                self.audit("event", None, bytes, None);
                let generation = self.generation().unwrap_or_default();
                self.streamed(event, bytes, generation);
            }
            Received::Stream(news) if built::STREAMS => self.stream_news(news, bytes),
            // What no service that is built in says, among them.
            _ => {
                self.counters.ignored += 1;
                self.audit("ignored", None, bytes, None);
            }
        }
    }

    fn refused(&mut self, refusal: Refusal, bytes: usize) {
        self.audit("refused", refusal.message, bytes, Some(refusal.code));
        if self.streams() {
            return self.stream_refused(refusal);
        }
        if self.refused_in_conversation(refusal, bytes) {
            return;
        }
        let answer = self.dialect.answer(refusal.code, refusal.message.is_some(), refusal.retry_after.is_some());
        if let Some(id) = refusal.message {
            self.blames_the_file(id, refusal.code);
            if self.refused_for_attributes(id, refusal.code) {
                return;
            }
            return self.message_refused(id, answer, refusal.retry_after);
        }
        if self.unnamed_refusal_of_file(refusal.code) {
            return;
        }
        // Without a name it is laid on a message only where just one can be meant.
        let mut out = self.outbox.iter().filter(|message| message.flight.is_some()).map(|message| message.id);
        let one = out.next();
        drop(out);
        let code = refusal.code;
        let blamed = one.filter(|&id| self.dialect.blames_the_message(code) || self.may_blame_the_file(id, code));
        if let Some(id) = blamed {
            if self.refused_for_attributes(id, code) {
                return;
            }
            // A limit may have been met by a heartbeat, and then the message was taken.
            let answer = if let Answer::Paused { .. } = answer { Answer::Paused { certain: false } } else { answer };
            return self.message_refused(id, answer, refusal.retry_after);
        }
        // Only while the session is being configured does that mean the session (3.4), or else what the guest signed in with.
        let of_guest = self.conversing().is_some() && !self.conversation.authorisation.holds();
        match answer {
            Answer::SessionRefused if code == 401 && of_guest => self.refused_something(),
            Answer::SessionRefused => self.renew_session(),
            Answer::SessionGone => self.replace_session(Loss::Gone),
            Answer::Forbidden if built::WEB_MESSAGING && self.conversing().is_some() => self.refused_something(),
            Answer::Forbidden => self.fail(Ended::Forbidden),
            Answer::Paused { .. } => {
                self.pause_socket(refusal.retry_after);
                self.close_means(Close::Reconnect);
            }
            Answer::Failed => self.close_means(Close::Reconnect),
            // It blames nobody that we could name.
            Answer::Rejected | Answer::Acknowledged => self.counters.ignored += 1,
        }
    }

    fn close_means(&mut self, meaning: Close) {
        if let Some(link) = &mut self.link {
            link.meaning = Some(meaning);
        }
    }

    /// The service waits for this message. The first one counts: those behind it were only refused
    /// because of it.
    pub(super) fn service_awaits(&mut self, id: Uuid) {
        if let Some(link) = &mut self.link {
            link.awaits.get_or_insert(id);
        }
    }

    /// A message ended. Did the service learn of it?
    pub(super) fn no_longer_awaited(&mut self, id: Uuid, outcome: Outcome) {
        if let Some(link) = self.link.as_mut().filter(|link| link.awaits == Some(id)) {
            link.awaits = None;
            link.stuck = !matches!(outcome, Outcome::Delivered | Outcome::Rejected);
        }
    }

    pub(super) fn is_stuck(&self) -> bool {
        self.link.as_ref().is_some_and(|link| link.stuck)
    }

    pub(super) fn socket_closed(&mut self, generation: u32, code: u16) {
        if !self.is_current(generation) {
            return self.other_socket_closed(generation, code);
        }
        self.audit("closed", None, 0, Some(code));
        if self.dialect.close(code) == Close::Reconnect && self.promote_successor() {
            return;
        }
        let Some(link) = self.link.take() else { return };
        // It is gone already; there is nothing to close.
        let opened = self.step != Step::Socket;
        let meaning = link.meaning.filter(|_| opened).unwrap_or_else(|| self.dialect.close(code));
        self.link_is_gone();
        if !opened {
            // A refused handshake has no code of its own; the session check finds out why.
            return self.attempt_failed("unopened", None, false);
        }
        match meaning {
            Close::Reconnect => self.attempt_failed("closed", None, false),
            Close::ReconnectSlowly => self.attempt_failed("closed_slowly", None, true),
            Close::Renew => self.renew_session(),
            Close::SessionLost => self.replace_session(Loss::Gone),
            Close::Stop => self.fail(match code {
                1000 => Ended::Conversation,
                4003 | 4403 => Ended::Forbidden,
                other => Ended::Protocol(other),
            }),
        }
    }

    /// The handshake was answered with something else than a socket.
    pub(super) fn socket_refused(&mut self, generation: u32, answer: &HttpAnswer) {
        let asked = self.asked_wait(answer).or((answer.status == 429).then_some(limits::RETRY_AFTER_DEFAULT));
        // The client reads no body here, so it cannot tell who answered. A wait that a proxy asks for delays the client and
        // never ends it.
        let theirs = asked.is_some_and(|asked| asked > limits::RETRY_AFTER_MOST) && !self.is_vouched(answer.status);
        let asked = asked.map(|asked| if theirs { limits::RETRY_AFTER_MOST } else { asked });
        let wait = asked.map_or(0, |asked| retry_after::wait(asked, &mut self.random));
        // Whatever is opened next, by whoever's wish.
        self.opens.hold(self.now.monotonic.saturating_add(wait));
        if !self.is_current(generation) || self.step != Step::Socket {
            return self.socket_closed(generation, ABNORMAL);
        }
        self.audit("answer", None, 0, Some(answer.status));
        self.link = None;
        self.link_is_gone();
        let has_channel = self.streams() && !self.is_plain_socket();
        match answer.status {
            _ if answer.redirected.is_some() => self.attempt_failed("redirected", None, false),
            _ if asked.is_some_and(|asked| asked > limits::RETRY_AFTER_MOST) => self.fail(Ended::RateLimited),
            429 => self.attempt_failed("rate_limited", Some(wait), false),
            408 | 425 | 500..=599 => self.attempt_failed("unavailable", Some(wait), false),
            // A channel's socket needs no credential, and a channel that is gone may look like anything: it is asked for.
            401 | 403 | 404 | 410 if has_channel => {
                self.unopened = limits::UNOPENED_BEFORE_PROBE - 1;
                self.attempt_failed("unopened", Some(wait), false);
            }
            // That of web messaging carries nothing that could be refused but the deployment.
            _ if self.conversing().is_some() => self.attempt_failed("unopened", Some(wait), false),
            // The driver does not read its body, so the client cannot tell who answered, and asks the service by a request.
            401 | 403 | 404 | 410 if !self.streams() && !self.is_vouched(answer.status) => {
                self.attempt_failed("unopened", Some(wait), false);
            }
            401 => self.renew_session(),
            403 => self.fail(Ended::Forbidden),
            404 | 410 if !self.streams() => self.replace_session(Loss::Gone),
            _ => self.attempt_failed("unopened", Some(wait), false),
        }
    }

    /// Detaches from the socket and closes it. What was in flight on it is uncertain.
    pub(super) fn drop_link(&mut self) {
        if let Some(link) = self.link.take() {
            self.output(Output::CloseSocket(link.generation, NORMAL));
            self.link_is_gone();
        }
    }

    pub(super) fn link_is_gone(&mut self) {
        // A connection that was never ready ends no gap.
        if self.step == Step::Ready {
            let heard = self.liveness.last_heard();
            // What is still to be read may have been missed earlier.
            self.heard_before = if self.reading.lacks() { self.heard_before.min(heard) } else { heard };
        }
        self.liveness.closed(self.now);
        self.stream_unlinked();
        self.timers.set(Timer::Greeting, None);
        self.timers.set(Timer::Stable, None);
        if built::MESSAGES {
            self.stop_reading();
            self.attachments_unheard();
            self.conversation_unlinked();
            self.flights_are_uncertain("link_lost");
        }
    }

    /// Says what the dialect says first.
    pub(super) fn greet(&mut self) {
        if self.streams() {
            if self.is_plain_socket() {
                self.tell_plain_socket();
            }
            return self.send_heartbeat("heartbeat");
        }
        let question = if self.begins_anew() { Question::Enter } else { Question::Greet };
        let Some(generation) = self.generation() else { return };
        match self.entering(question) {
            Some(text) => {
                self.conversation.authorisation.greets();
                self.audit("greeting", None, text.len(), None);
                self.emit_frame(generation, text);
            }
            None => self.send_heartbeat("heartbeat"),
        }
    }

    /// A heartbeat as things are now.
    pub(super) fn beat(&self, probe: bool) -> Option<Beat> {
        let (state, interval) = self.liveness.state(self.now);
        let connection = self.link.as_ref()?.connection;
        Some(Beat { connection, wall: self.now.wall, state, interval, probe })
    }

    pub(super) fn send_heartbeat(&mut self, what: &'static str) {
        let Some((generation, beat)) = self.generation().zip(self.beat(what == "probe")) else { return };
        let text = match self.dialect.streaming() {
            Some(streaming) => streaming.heartbeat(&beat),
            None => self.sessions.current().and_then(|session| self.dialect.heartbeat(session, &beat)),
        };
        let Some(text) = text else { return };
        self.liveness.sent(self.now);
        self.audit(what, None, text.len(), None);
        self.emit_frame(generation, text);
    }

    pub(super) fn emit_frame(&mut self, generation: u32, text: String) {
        self.counters.bytes_out += text.len() as u64;
        self.ration.frame(self.now.monotonic);
        self.output(Output::SendFrame(generation, text));
    }

    pub(super) fn generation(&self) -> Option<u32> {
        self.link.as_ref().map(|link| link.generation)
    }
}
keep!(Link { generation, connection, ready_at, meaning, awaits, stuck, malformed });
