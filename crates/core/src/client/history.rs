//! What the service has, where it knows no ids: its history is read after every gap and for every message
//! whose fate is uncertain. What is there is delivered; what is absent counts as absent only in a clean
//! read that began long enough after the copy's link ended, since the service is asynchronous.

mod gaps;
mod matching;
mod older;
mod paging;

use super::Client;
use crate::built;
use crate::checkpoint::{keep, keep_one_of};
use crate::connection::Step;
use crate::error::conversation::Departure;
use crate::limits;
use crate::protocol::{Entry, History, Terms};
use crate::secret::Secret;
use crate::session::Loss;
use crate::text;
use crate::timers::Timer;
use matching::Ghost;

/// What is being waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing.
    Rest,
    /// The moment of the next read, or of the next page.
    Waiting,
    /// The key.
    Key,
    /// A page.
    Page,
}

/// The reading of the history.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    stage: Stage,
    request: u32,
    /// The page that was asked for last; 0: a read begins anew.
    page: u32,
    page_size: u32,
    /// The largest page that the service gives.
    page_most: u32,
    /// How many entries the pages of this read held, and whether one of them that may be anybody's word could not be read.
    read: u64,
    unread: bool,
    /// When this read began, monotonic.
    begun: u64,
    failures: u8,
    /// It is for the application, which wants what is older.
    older: bool,
    /// The service may have said something that was not heard.
    gap: bool,
    /// A frame that could not be read came meanwhile: what it said is to be read, and this read may have come before.
    torn: bool,
    /// When the gap was over, monotonic. A read that begins no later than `historyLag` after it may lack what was said in it.
    gap_until: u64,
    /// How many incoming messages were known when the gap began. What is known since then, an echo of ours, say, may stand
    /// before what was missed.
    gap_from: u64,
    /// How many were known when the session began: what is known since stands in its history.
    session_from: u64,
    /// The marks of the ids of what was said before this client was there: older than all that it could have missed.
    before: Vec<u64>,
    /// That is not known yet: the read under way finds out.
    first: bool,
    /// Something stood there at the first look of which nobody can tell whether it was said since; where the link breaks, it
    /// may have been missed.
    untold: bool,
    /// When the session began, where it was announced as new, by the service's clock, epoch ms.
    began: Option<u64>,
    /// The session was announced as new: nothing waits for that. It says nothing of its history, which may have more.
    fresh: bool,
    /// It has given an id of ours: what has none is not ours.
    gives_ids: bool,
    /// The service has answered a greeting of this session.
    established: bool,
    /// A later greeting stayed unanswered: the service may have made another session in answer to it, and would not say
    /// so again.
    doubtful: bool,
    /// The session is another one of the same token: until a read that began at this moment, monotonic, or later, what
    /// stands there undated may have been said in the one before.
    mixed: Option<u64>,
    /// What ended unconfirmed said, as hashes: it may be there, and be taken for something newer.
    ghosts: Vec<Ghost>,
    key: Option<Secret>,
    /// What the pages held so far, the newest first.
    entries: Vec<Entry>,
    /// What was said live meanwhile; it is told after what the history has.
    held: Vec<Entry>,
    /// Bytes of the frames that it came in.
    held_bytes: usize,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            stage: Stage::Rest,
            request: 0,
            page: 0,
            page_size: limits::HISTORY_PAGE,
            page_most: limits::HISTORY_PAGE,
            read: 0,
            unread: false,
            begun: 0,
            failures: 0,
            older: false,
            gap: false,
            torn: false,
            gap_until: 0,
            gap_from: 0,
            session_from: 0,
            before: Vec::new(),
            first: true,
            untold: false,
            began: None,
            fresh: false,
            gives_ids: false,
            established: false,
            doubtful: false,
            mixed: None,
            ghosts: Vec::new(),
            key: None,
            entries: Vec::new(),
            held: Vec::new(),
            held_bytes: 0,
        }
    }
}

impl Reading {
    pub(super) fn is_call(&self, request: u32) -> bool {
        built::WEB_MESSAGING && self.stage == Stage::Page && self.request == request
    }

    /// The service has not answered yet, and nothing of it is known.
    pub(super) fn is_first(&self) -> bool {
        self.first && !self.established
    }

    /// It is being read, or will be.
    pub(super) fn is_busy(&self) -> bool {
        self.stage != Stage::Rest
    }

    /// What may have been missed has not been read yet.
    pub(super) fn lacks(&self) -> bool {
        built::WEB_MESSAGING && self.gap
    }

    /// What is said now must wait until what was said before has been read.
    pub(super) fn holds(&self) -> bool {
        self.gap && self.stage != Stage::Rest
    }
}

impl Client {
    pub(super) fn history(&self) -> Option<&dyn History> {
        if built::WEB_MESSAGING { self.dialect.history() } else { None }
    }

    /// The connection is ready. `missed`: it may have missed something of this session.
    fn catch_up(&mut self, missed: bool) {
        self.reading.gap = missed;
        if core::mem::take(&mut self.reading.untold) {
            self.tell_gap();
        }
        self.reading.gap_until = self.now.monotonic;
        self.reading.failures = 0;
        self.read_history();
    }

    /// The service is ready for us, or says anew what the session is like.
    pub(super) fn session_ready(&mut self, terms: Terms) {
        if self.history().is_none() {
            return;
        }
        let greeted = self.step == Step::Greeting;
        let before = self.was_ready;
        if !terms.connected {
            return self.let_out();
        }
        if terms.new && self.was_cleared() {
            return self.departs(Departure::Cleared);
        }
        let stepped_up = !greeted && self.conversation.authorisation.is_stepping_up();
        self.let_in(terms.cleared);
        let renewed = self.terms_told(&terms);
        // What has ended is not written to again: another tab has begun another one.
        let begun_elsewhere = self.conversation.is_read_only() && !terms.read_only;
        let another = (terms.new && self.reading.established || begun_elsewhere) && greeted && !renewed;
        if another && self.lose_session(Loss::Gone) {
            return;
        }
        if self.sessions.current().is_none() {
            self.take_up_session();
        }
        let new = terms.new;
        self.take_terms(&terms);
        let missed = !self.reading.first || self.reading.established;
        self.reading.established = true;
        self.reading.fresh = new || stepped_up;
        if stepped_up {
            // It is an account's from now on, and may have what was said on its other devices.
            self.drop_page();
            (self.reading.stage, self.reading.page) = (Stage::Rest, 0);
            (self.reading.first, self.reading.began) = (true, None);
        }
        self.reading.began = terms.began.or(self.reading.began);
        self.reading.doubtful &= !new;
        if new {
            self.came_upon(0);
        }
        if greeted {
            self.ready("greeted");
            self.catch_up(missed);
        } else if self.reading.first && self.reading.stage == Stage::Rest {
            self.read_history();
        }
        self.conversation_joined(&terms, renewed, another, before);
    }

    /// The conversation is over. What stands in the next one when the client comes to it was there before.
    pub(super) fn forget_history(&mut self) {
        if built::WEB_MESSAGING {
            self.abandon_gap();
            self.reading = Reading { session_from: self.incoming.count(), ..Reading::default() };
            self.forget_given();
        }
    }

    /// The session is lost. What was said in the next one of the same token is not in what was there before, whether or not
    /// the service shows that there too; of another token nothing is known.
    pub(super) fn history_is_over(&mut self, same: bool) {
        if !built::WEB_MESSAGING {
            return;
        }
        self.abandon_gap();
        let Reading { first, before, ghosts, .. } = core::mem::take(&mut self.reading);
        self.reading.session_from = self.incoming.count();
        if same {
            (self.reading.first, self.reading.before, self.reading.ghosts) = (first, before, ghosts);
            self.reading.mixed = Some(self.now.monotonic.saturating_add(self.history_lag()));
        }
        self.forget_given();
    }

    /// The link is good; it is the session that is another one.
    fn take_up_session(&mut self) {
        let token = self.sessions.previous().map(|session| session.granted.token.clone());
        if let Some(granted) = token.and_then(|token| self.dialect.session(&token, &mut self.random)) {
            let (replaces, reason) = self.sessions.made(self.now, granted);
            self.tell_session(replaces, reason);
        }
        self.reading.established = true;
        // What is under way on this link went to it.
        let serial = self.sessions.serial();
        self.outbox.iter_mut().filter(|message| message.flight.is_some()).for_each(|it| it.session = serial);
    }

    /// Whether something must be read before anything newer leaves: a message's fate, or what was there before
    /// the first one.
    pub(super) fn awaits_history(&self) -> bool {
        let reading_first = self.reading.first && !self.reading.fresh && self.reading.stage != Stage::Rest;
        self.history().is_some() && (reading_first || self.outbox.iter().any(|message| self.awaits_word(message)))
    }

    /// A message's fate became uncertain on a link that lives.
    pub(super) fn look_up(&mut self) {
        // Before the service is ready nobody knows whose history it would be.
        if self.step == Step::Ready && self.reading.stage == Stage::Rest {
            self.reading.failures = 0;
            self.read_history();
        }
    }

    /// Older than everything that is looked for: known before the first copy left that is uncertain, or in flight: that may
    /// stand there before its echo is here.
    fn boundary(&self) -> u64 {
        let out = self.outbox.iter().find(|message| message.is_uncertain() || message.flight.is_some());
        let missed = if self.reading.gap { self.reading.gap_from } else { u64::MAX };
        out.map_or(u64::MAX, |message| message.heard_before).min(missed)
    }

    /// The first of these that is older than that.
    fn boundary_in(&self, entries: &[Entry]) -> Option<usize> {
        let before = self.boundary();
        entries.iter().position(|entry| self.is_boundary(entry, before))
    }

    fn is_boundary(&self, entry: &Entry, before: u64) -> bool {
        self.was_before(entry) || self.incoming.place_of(entry).is_some_and(|place| place < before)
    }

    /// The pages were read; `whole`: as far back as anything is looked for.
    fn history_read(&mut self, whole: bool) {
        let entries = core::mem::take(&mut self.reading.entries);
        let first = core::mem::take(&mut self.reading.first);
        self.reading.stage = Stage::Rest;
        self.reading.page = 0;
        self.reading.page_size = self.reading.page_most;
        let ours = entries.iter().any(|entry| self.ours(entry).is_some());
        let known = ours || entries.iter().any(|entry| self.is_known(entry) || self.alike(entry).is_some());
        // Another tab may have begun another session, and nobody says so.
        let lacks = whole && self.reading.gap && self.reading.gap_from > self.reading.session_from;
        let elsewhere = (self.reading.doubtful || lacks) && !known && !first;
        // Where it may lack what was said last, another look is wanted.
        let early = self.early_until().filter(|_| whole);
        if let Some(at) = early.filter(|_| elsewhere) {
            return self.read_at(at);
        }
        let doubtful = core::mem::take(&mut self.reading.doubtful);
        if doubtful && first && !known {
            // The client reads this history for the first time, and the service may have made another session for the lost greeting. A message
            // that this history lacks may stand in the history of the session before.
            self.perhaps_ours();
        }
        if elsewhere {
            // Nothing that we know of stands there: it is another session's.
            if self.lose_session(Loss::Gone) {
                return;
            }
            self.take_up_session();
        }
        self.reading.gives_ids |= ours;
        // What stands before something that was known when all that is looked for was still to come is older than that.
        let boundary = self.boundary_in(&entries);
        let new = boundary.unwrap_or(entries.len());
        let unsure = first && boundary.is_none();
        // Where nobody has looked before, only its date says that something is of this session; or that it is not.
        let began = self.reading.began;
        let of_this = |entry: &Entry| of_session(began, entry);
        let open = |entry: &Entry| unsure && of_this(entry).is_none();
        if core::mem::take(&mut self.reading.unread) {
            self.perhaps_ours();
            if !first || self.reading.gap {
                self.has_perhaps_missed();
            }
        } else if entries.iter().any(|entry| entry.spoken && open(entry) && self.ours(entry).is_none()) {
            // What was there before is not known, so nothing of it is told.
            if self.reading.gap {
                self.has_perhaps_missed();
            } else {
                self.reading.untold = self.reading.fresh;
            }
        }
        for (place, entry) in entries.iter().enumerate().rev() {
            let before = place >= new || unsure && of_this(entry) == Some(false);
            self.found(entry, before, first && before || open(entry));
        }
        self.reading.mixed = self.reading.mixed.filter(|&until| self.reading.begun < until);
        if first {
            for Entry { id, also, .. } in &entries {
                self.reading.before.extend(also.iter().chain([id]).map(|name| text::mark(name)));
            }
        }
        if core::mem::take(&mut self.reading.torn) {
            return self.history_failed(None);
        }
        self.reading.failures = 0;
        if early.is_none() {
            self.release_held();
        }
        // A conversation that can only be read, where nothing is known, may be another one that ended too. Nothing goes
        // again there anyway, so there is no need to guess.
        let certain = known || !self.conversation.is_read_only();
        let again = self.conclude_absence(whole, certain);
        // The nearest of both; the later one is thought of again then.
        if let Some(at) = early.or(again) {
            self.read_at(again.map_or(at, |again| at.min(again)));
        }
    }

    /// The link is gone, and with it the key. What was held back is told when the gap has been read.
    pub(super) fn stop_reading(&mut self) {
        if self.history().is_none() {
            return;
        }
        self.drop_page();
        self.timers.set(Timer::History, None);
        if !self.reading.gap {
            self.reading.gap_from = self.incoming.count();
        }
        self.reading.doubtful |= self.reading.established && self.step == Step::Greeting;
        self.reading.stage = Stage::Rest;
        self.reading.older = false;
        self.reading.page = 0;
        self.reading.torn = false;
        self.forget_pages();
        self.reading.key = None;
    }
}

/// By its date: whether it was said in the session that began then.
fn of_session(began: Option<u64>, entry: &Entry) -> Option<bool> {
    began.zip(entry.time).map(|(began, time)| time >= began)
}

keep_one_of!(Stage { Rest, Waiting, Key, Page });

keep!(Reading {
    stage,
    request,
    page,
    page_size,
    page_most,
    read,
    unread,
    begun,
    failures,
    older,
    gap,
    torn,
    gap_until,
    gap_from,
    session_from,
    before,
    first,
    untold,
    began,
    fresh,
    gives_ids,
    established,
    doubtful,
    mixed,
    ghosts,
    key,
    entries,
    held,
    held_bytes
});
