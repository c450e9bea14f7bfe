//! What is known of the conversation beside its messages, and what is asked about it as a whole.

mod attributes;
mod clearing;
mod declined;
mod lasting;
mod reading_only;
mod renewal;
mod starting;

use super::Client;
use super::authorisation::Authorisation;
use crate::built::{self, InWebMessaging};
use crate::checkpoint::{Keep, Writer};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};
use crate::connection::Step;
use crate::detail::Detail;
use crate::error::Ended;
use crate::error::conversation::Departure;
use crate::event::Event;
use crate::event::conversation::{Happening, Notice, Presence, Typing};
use crate::protocol::conversation::{Conversing, Doing, Happened, Question};
use crate::protocol::{Sender, Terms};
use crate::time::Now;
use attributes::Set;
use clearing::Clearing;
use lasting::Lasting;
use renewal::Renewal;
use starting::Start;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    /// Until when the agent writes, monotonic, unless it is said again.
    typing_until: Option<u64>,
    /// It has ended; nothing can be said in it any more.
    read_only: bool,
    /// That it was left elsewhere was the end of this client once.
    left: bool,
    renewal: Renewal,
    clearing: Clearing,
    start: Start,
    lasting: Lasting,
    attributes: Set,
    pub(super) authorisation: Authorisation,
}

impl Conversation {
    /// It is being left, or cleared away: nothing new goes into it.
    pub(super) fn is_ending(&self) -> bool {
        built::WEB_MESSAGING && (self.clearing.wished() || self.renewal.wished() || self.authorisation.is_leaving())
    }

    /// One is being left, and the next was not entered yet.
    pub(super) fn is_between(&self) -> bool {
        built::WEB_MESSAGING && self.renewal.asked().is_some()
    }

    /// The service has heard that the guest is there, and what was said with it.
    fn joined(&mut self) {
        self.start.happened();
        self.attributes.joined(true);
    }

    /// What was set of a guest is no other one's.
    pub(super) fn forget_attributes(&mut self) {
        self.attributes = Set::default();
    }

    /// It has not, or nobody knows.
    fn not_joined(&mut self) {
        self.start.is_given_up();
        self.attributes.joined(false);
    }

    /// Nothing can be said in it.
    pub(super) fn is_read_only(&self) -> bool {
        built::WEB_MESSAGING && self.read_only
    }
}

impl Client {
    /// How the conversation is: `readOnly`, `typing`, `startingNew`, `clearing`, and `expiresIn`, ms, where that is known.
    #[must_use]
    pub fn conversation(&self, now: Now) -> Detail {
        let mut detail = Detail::default();
        let conversation = &self.conversation;
        detail
            .flag("readOnly", conversation.read_only)
            .flag("typing", conversation.typing_until.is_some())
            .flag("startingNew", conversation.renewal.wished())
            .flag("clearing", conversation.clearing.wished())
            .whole_or_none("expiresIn", conversation.lasting.left(now));
        detail
    }

    /// Something happened in the conversation.
    pub(super) fn happened(&mut self, happened: Happened, bytes: usize) {
        let Happened { sender, doings, body } = happened;
        self.audit("event", None, bytes, None);
        for doing in doings {
            let (name, body, at) = (sender.name(), body.clone(), self.now.wall);
            match doing {
                // That we write we know, and that the guest does elsewhere is nobody's business.
                Doing::Typing(_) if sender == Sender::Guest => {}
                Doing::Typing(Some(duration)) => self.types(duration),
                Doing::Typing(None) => self.types_no_more(),
                Doing::Presence { kind, read_only } => {
                    match (sender, kind.as_str()) {
                        (Sender::Guest, "Join") => self.conversation.joined(),
                        (Sender::Guest, "Clear") => self.conversation.clearing.happened(),
                        (_, "Disconnect") => self.types_no_more(),
                        _ => {}
                    }
                    self.tell_happening(Happening::Presence(Presence { kind, sender: name, body, at }));
                    if read_only {
                        self.note_read_only(true, "disconnected");
                    }
                }
                Doing::Other(kind) => self.tell_happening(Happening::Notice(Notice { kind, sender: name, body, at })),
            }
        }
    }

    fn types(&mut self, duration: u64) {
        let until = self.now.monotonic + duration;
        if self.conversation.typing_until.replace(until).is_none() {
            let typing = Typing { active: true, duration: Some(duration), at: self.now.wall };
            self.tell_happening(Happening::Typing(typing));
        }
    }

    /// It was said so, its time is over, or nobody can say so any more.
    pub(super) fn types_no_more(&mut self) {
        if built::WEB_MESSAGING && self.conversation.typing_until.take().is_some() {
            self.tell_happening(Happening::Typing(Typing { active: false, duration: None, at: self.now.wall }));
        }
    }

    /// The service says what the session is like. True: it is another conversation than before, because we asked for one.
    pub(super) fn terms_told(&mut self, terms: &Terms) -> bool {
        let renewed = self.conversation.renewal.answered(terms, self.now.monotonic, self.step == Step::Greeting);
        if renewed {
            self.sessions.leave();
            self.history_is_over(true);
            self.attachments_lost_their_session();
        }
        renewed
    }

    /// …and this client is in it. `before`: it was in one.
    pub(super) fn conversation_joined(&mut self, terms: &Terms, renewed: bool, another: bool, before: bool) {
        let new = renewed || another || terms.new;
        if new {
            self.conversation.lasting = Lasting::default();
            self.conversation.start.begins(self.starts_by_itself(), terms);
            self.conversation.attributes.begins();
        }
        // The first one is no other than before.
        self.note_joined(terms, new && before, if renewed { "started_anew" } else { "session" });
    }

    /// The link is gone, and with it every answer that was awaited on it.
    pub(super) fn conversation_unlinked(&mut self) {
        if !built::WEB_MESSAGING {
            return;
        }
        self.types_no_more();
        let settled = self.now.monotonic + self.settle_after();
        self.conversation.renewal.unlinked(settled);
        self.conversation.clearing.unlinked();
        self.conversation.start.unlinked(settled);
        self.conversation.authorisation.unlinked();
    }

    /// The client has ended: nothing that was wished for comes true. `over`: the conversation has ended too.
    pub(super) fn conversation_stops(&mut self, over: bool) {
        if !built::WEB_MESSAGING {
            return;
        }
        self.types_no_more();
        let it = &mut self.conversation;
        (it.renewal, it.clearing) = (Renewal::default(), Clearing::default());
        it.authorisation.stops();
        it.start.is_wished_no_more();
        if over {
            (it.read_only, it.left, it.start, it.lasting) = (false, false, Start::default(), Lasting::default());
            it.authorisation.is_over();
            // What was to have them is not known of any more.
            it.attributes.joined(false);
        }
    }

    /// The guest has no place in the conversation any more.
    pub(super) fn departs(&mut self, mut departure: Departure) {
        if departure == Departure::Evicted {
            if self.conversation.clearing.was_heard() {
                return self.fail(Ended::Departed(Departure::Cleared));
            }
            // Our own word, which came late on a link that has ended since, shuts out all that are there.
            if self.conversation.renewal.shuts_out(self.now.monotonic) {
                return self.attempt_failed("shut_out", None, false);
            }
            // The service has the same words for it. A guest leaves what has ended, and only once: the second time it is the place.
            if self.conversation.read_only && !core::mem::replace(&mut self.conversation.left, true) {
                departure = Departure::Superseded;
            }
        }
        if self.departs_signed_in(departure) {
            return;
        }
        self.fail(Ended::Departed(departure));
    }

    /// What time does to a conversation, and what is asked about it next.
    pub(super) fn attend_conversation(&mut self) {
        if !built::WEB_MESSAGING {
            return;
        }
        if self.conversation.typing_until.is_some_and(|until| until <= self.now.monotonic) {
            self.types_no_more();
        }
        self.attend_authorisation();
        if self.state.is_active() {
            self.cancel_what_cannot_be_said();
            self.attend_renewal();
            self.attend_clearing();
            self.attend_start();
            self.attend_expiry();
        }
    }

    /// When time does something to it next, monotonic.
    pub(super) fn conversation_due(&self) -> Option<u64> {
        if !built::WEB_MESSAGING {
            return None;
        }
        let it = &self.conversation;
        let waits =
            [it.renewal.due(), it.clearing.due(), it.start.due()].map(|due| due.filter(|_| self.step == Step::Ready));
        let expiry = self.expiry_due().filter(|_| self.state.is_active());
        let all = waits.into_iter().chain([it.typing_until, expiry, it.authorisation.due()]).flatten();
        // What is due by now was attended to, as far as it could be.
        all.filter(|&due| due > self.now.monotonic).min()
    }

    /// Asks something of the service, on a link that is ready.
    fn ask(&mut self, question: Question) {
        let Some(generation) = self.generation() else { return };
        let along = if question == Question::Join {
            self.conversation.attributes.joins(self.sending.attributes)
        } else {
            Vec::new()
        };
        let Some((conversing, session)) = self.conversing().zip(self.sessions.current()) else { return };
        let frame = match question {
            Question::Leave => conversing.leave_frame(session),
            Question::Enter => conversing.enter_frame(session, question, self.conversation.authorisation.jwt()),
            _ => conversing.presence_frame(session, question, &along),
        };
        self.audit(question.name(), None, frame.len(), None);
        self.emit_frame(generation, frame);
    }

    /// What is said to be let into the session, or into a new one.
    pub(super) fn entering(&self, question: Question) -> Option<String> {
        let conversing = self.conversing()?;
        let session = self.sessions.current()?;
        Some(conversing.enter_frame(session, question, self.conversation.authorisation.jwt()))
    }

    pub(super) fn conversing(&self) -> Option<&dyn Conversing> {
        if built::WEB_MESSAGING { self.dialect.conversing() } else { None }
    }

    fn settle_after(&self) -> u64 {
        self.config.deployment.as_ref().map_or(0, |deployment| deployment.settle_after)
    }

    pub(super) fn tell_happening(&mut self, happening: Happening) {
        self.tell(Event::Conversation(InWebMessaging::new(happening)));
    }
}

/// Where it is as in a new client, as in every one of another dialect, a checkpoint has nothing of it: it must not depend
/// on what its module can speak.
impl Keep for Conversation {
    fn keep(&self, to: &mut Writer) {
        let Self { typing_until, read_only, left, renewal, clearing, start, lasting, attributes, authorisation } = self;
        let changed = typing_until.is_some()
            || *read_only
            || *left
            || *renewal != Renewal::default()
            || *clearing != Clearing::default()
            || *start != Start::default()
            || *lasting != Lasting::default()
            || *attributes != Set::default();
        let begun = built::WEB_MESSAGING && (changed || authorisation.is_begun());
        begun.keep(to);
        if begun {
            typing_until.keep(to);
            read_only.keep(to);
            left.keep(to);
            renewal.keep(to);
            clearing.keep(to);
            start.keep(to);
            lasting.keep(to);
            attributes.keep(to);
            authorisation.keep(to);
        }
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        if !bool::restore(from)? {
            return Ok(Self::default());
        }
        Ok(Self {
            typing_until: Keep::restore(from)?,
            read_only: Keep::restore(from)?,
            left: Keep::restore(from)?,
            renewal: Keep::restore(from)?,
            clearing: Keep::restore(from)?,
            start: Keep::restore(from)?,
            lasting: Keep::restore(from)?,
            attributes: Keep::restore(from)?,
            authorisation: Keep::restore(from)?,
        })
    }
}
