//! The caller: connects, talks in bursts, takes back, leaves and comes back; and in the end waits for everything to
//! settle.

use guestwire_core::connection::State;
use guestwire_core::draft::Draft;
use guestwire_core::error::SendError;
use guestwire_core::protocol::Inquiry;
use uuid::Uuid;

use super::World;
use super::dialect::{Dialect, Words};
use super::life::{Life, MAX_CONTENT};
use super::plan::Stretch;
use crate::checkers::Seen;

impl World {
    pub(super) fn lives(&mut self, stretches: &[Stretch], life: &mut Life) {
        self.expect_trouble();
        self.expect_events();
        self.connect();
        for stretch in stretches {
            while self.now < stretch.until {
                self.takes_a_turn(*stretch);
            }
        }
        self.heal();
        life.settled_in = self.settle();
        self.talks_again();
        // What is still under way in the network arrives, and changes nothing.
        self.run(90_000);
        if self.stream.is_some() {
            // Its channel may have ended meanwhile: what was missed is told when the next one is there.
            self.settle();
        }
        self.checkers.see(self.now, &Seen::Quiet);
        self.has_heard_all();
        self.sees_subscriptions();
        self.leave();
        self.run(3_000);
        if self.client.state() != State::Closed || self.client.next_wake().is_some() {
            self.checkers.see(self.now, &Seen::Stuck("a client that was closed is not at rest"));
        }
        let figures = format!("{:?} {:?}", self.client.stats(self.clock()), self.client.pending(self.clock()));
        self.checkers.see(self.now, &Seen::Shown(&figures));
        self.checkers.see(self.now, &Seen::Settled);
    }

    /// What was said while the client was away has reached it since, unless it told that it may have missed something.
    fn has_heard_all(&mut self) {
        if self.client.state() == State::Connected && !self.missed {
            let said = self.dialect.said(&self.service);
            // Where the service sends in any order, each is there by itself.
            for said in said.chunks(if self.in_order { said.len().max(1) } else { 1 }) {
                self.checkers.see(self.now, &Seen::Said(said));
            }
        }
    }

    /// Does something, and then nothing for a while. A user whose machine sleeps does nothing.
    fn takes_a_turn(&mut self, stretch: Stretch) {
        let (bursts, pauses): (&[u64], &[u64]) = if stretch.stormy {
            (&[0, 1, 1, 3, 12, 40], &[5, 50, 500, 5_000, 30_000])
        } else {
            (&[0, 0, 1, 2], &[10_000, 120_000, 1_800_000])
        };
        if !self.machine.is_stopped() {
            let burst = self.caller.pick(bursts);
            if self.stream.is_none() {
                self.talk(burst);
            }
            self.turns_to_topics(stretch);
            self.turns_to_files();
            if self.questions.one_in(12) {
                // An impatient guest presses a button.
                self.client.reconnect_now(self.clock());
                self.drain();
            }
            if self.questions.one_in(8) {
                // Where the service has no history, nobody can ask for it.
                let _refused = self.client.inquire(self.clock(), Inquiry::History);
                self.drain();
            }
            if self.caller.one_in(40) {
                self.leave();
            }
            if self.client.state() == State::Closed && !self.machine.is_stopped() {
                self.connect();
            }
            if self.dialect == Dialect::WebMessaging && !self.machine.is_stopped() {
                self.turns_to_the_conversation();
            }
        }
        let pause = self.caller.below_one_of(pauses);
        self.run(pause.min(stretch.until.saturating_sub(self.now)));
    }

    pub(super) fn connect(&mut self) {
        self.checkers.see(self.now, &Seen::Connects);
        self.client.connect(self.clock());
        self.drain();
    }

    fn leave(&mut self) {
        if self.machine.is_stopped() {
            return;
        }
        let grace = self.caller.pick(&[None, Some(0), Some(500)]);
        self.client.close(self.clock(), grace);
        self.drain();
        let wait = self.caller.below(3_000);
        self.run(wait);
    }

    /// Says something at the very moment at which something goes wrong, so that it is under way then, or meets it.
    pub(super) fn talks_into_it(&mut self) {
        if self.stream.is_some() {
            return self.turns_into_it();
        }
        if !self.machine.is_stopped() && self.caller.one_in(2) {
            let burst = self.caller.pick(&[1, 1, 3, 12]);
            for _ in 0..burst {
                self.say();
            }
        }
    }

    fn talk(&mut self, burst: u64) {
        let mut said = None;
        for _ in 0..burst {
            said = self.say().or(said);
        }
        if let Some(id) = said.filter(|_| self.caller.one_in(4)) {
            let wait = self.caller.below(2_000);
            self.run(wait);
            if !self.machine.is_stopped() {
                self.client.cancel(self.clock(), id);
                self.drain();
            }
        }
    }

    fn say(&mut self) -> Option<Uuid> {
        if let Some(words) = self.dialect.words(&mut self.words) {
            if self.words.one_in(3) {
                self.client.typing(self.clock());
                self.drain();
            }
            let Words { draft, likeness, attributes } = words;
            let id = self.client.send_draft(self.clock(), &draft);
            if let Some(id) = id.ok().filter(|_| attributes > 0) {
                self.attributes.push((id.to_string(), attributes));
            }
            return self.offered(id, likeness, Self::held);
        }
        let mut content = format!("message {} of this life", self.accepted);
        // Most are short, a few as long as the service takes them, and fewer are longer than that.
        let padding = match self.caller.below(50) {
            0 | 1 => MAX_CONTENT,
            2..6 => MAX_CONTENT - 100,
            _ => 0,
        };
        content.extend(std::iter::repeat_n('.', padding));
        self.offer(&content)
    }

    /// Says exactly this.
    pub(super) fn offer(&mut self, content: &str) -> Option<Uuid> {
        let id = self.client.send(self.clock(), content);
        self.offered(id, content.to_owned(), |world, id| match world.dialect {
            // It may take attributes along.
            Dialect::WebMessaging => world.held(id),
            _ => content.len(),
        })
    }

    /// Says what stands in a draft, which a history tells by this.
    pub(super) fn offer_draft(&mut self, draft: &Draft, likeness: String) -> Option<Uuid> {
        let id = self.client.send_draft(self.clock(), draft);
        self.offered(id, likeness, Self::held)
    }

    /// What a message weighs in the buffer, with all that stands beside its text.
    fn held(&self, id: &str) -> usize {
        // What ended at once is in nobody's buffer.
        let pending = self.client.pending(self.clock());
        pending.iter().rev().find(|pending| pending.id == id).map_or(0, |pending| pending.size)
    }

    fn offered(
        &mut self,
        id: Result<Uuid, SendError>,
        likeness: String,
        bytes: impl FnOnce(&Self, &str) -> usize,
    ) -> Option<Uuid> {
        let Ok(id) = id else {
            self.refused += 1;
            return None;
        };
        self.accepted += 1;
        self.open_messages += 1;
        let name = id.to_string();
        let bytes = bytes(self, &name);
        let likeness = self.dialect.likeness(&self.service, likeness);
        self.said.entry(likeness).or_default().push(name.clone());
        self.see_clocks();
        self.checkers.see(self.now, &Seen::Accepted { id: &name, bytes });
        self.drain();
        self.weigh();
        Some(id)
    }
}
