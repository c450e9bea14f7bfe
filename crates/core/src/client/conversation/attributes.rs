//! Custom attributes that belong to no message: they go with the next message, or with what says that the guest is there,
//! once in each conversation, and stay until the service has taken that one (web-messaging.md, 5.4).

use super::Client;
use crate::checkpoint::{Keep, Writer, keep_one_of};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};
use crate::content::Content;
use crate::draft::{Attributes, attribute_bytes, check_attributes};
use crate::error::SendError;
use crate::gather::gather;
use crate::limits;
use crate::outbox::Outcome;
use crate::text;
use crate::time::Now;
use crate::{built, draft};
use core::fmt;
use uuid::Uuid;

/// How far they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// They wait for what takes them along.
    #[default]
    Pending,
    /// A message has them.
    Carried,
    /// What says that the guest is there has them.
    Joining,
    /// The service has them.
    Taken,
}

/// See the module.
#[derive(Default, PartialEq)]
pub(super) struct Set {
    all: Attributes,
    stage: Stage,
    /// The messages that have them, or what was set before, as they are without; the latest last, none that has ended.
    carriers: Vec<(Uuid, Content)>,
}

impl Set {
    /// Another conversation begins, whose service has not heard them.
    pub(super) fn begins(&mut self) {
        if matches!(self.stage, Stage::Taken | Stage::Joining) {
            self.stage = Stage::Pending;
        }
    }

    /// Those that go with what says that the guest is there, into a session that takes so many bytes.
    pub(super) fn joins(&mut self, most: usize) -> Attributes {
        match self.stage {
            Stage::Taken => Vec::new(),
            // The message that has them will go without.
            Stage::Carried if attribute_bytes(&self.all) > most => Vec::new(),
            Stage::Carried => self.all.clone(),
            Stage::Pending | Stage::Joining => {
                self.stage = Stage::Joining;
                self.all.clone()
            }
        }
    }

    /// This message has them no more: what it is without, and whether they are what is set now.
    fn unload(&mut self, id: Uuid) -> Option<(Content, bool)> {
        let place = self.carriers.iter().position(|carrier| built::WEB_MESSAGING && carrier.0 == id)?;
        let (_, plain) = self.carriers.remove(place);
        Some((plain, place == self.carriers.len() && self.stage == Stage::Carried))
    }

    /// What had them has come, or never will.
    pub(super) fn joined(&mut self, taken: bool) {
        if self.stage == Stage::Joining {
            self.stage = if taken { Stage::Taken } else { Stage::Pending };
        }
    }
}

impl Client {
    /// Attributes for the next message or for [`join`](Self::join), in the place of those that were set before. They are
    /// held against what the session takes, or as long as there is none against what the service usually takes.
    pub fn set_attributes(&mut self, now: Now, attributes: Attributes) -> Result<(), SendError> {
        self.arrive(now);
        if self.conversing().is_none() {
            return Err(SendError::Unsupported);
        }
        check_attributes(&attributes, self.sending.attributes)?;
        // A message that has the ones before keeps them.
        let set = &mut self.conversation.attributes;
        (set.all, set.stage) = (attributes, Stage::Pending);
        self.settle();
        Ok(())
    }

    /// Those that a message with these of its own is to take along. None: there are none, or no room for them.
    pub(crate) fn carried(&self, own: &[(String, String)]) -> Option<Attributes> {
        let set = &self.conversation.attributes;
        if !built::WEB_MESSAGING || set.stage != Stage::Pending || set.all.is_empty() {
            return None;
        }
        let mut along = Vec::new();
        let names = gather(own.iter().map(|(name, _)| text::mark(name)));
        for one in &set.all {
            if !names.contains(&text::mark(&one.0)) {
                along.push(one.clone());
            }
        }
        let bytes = attribute_bytes(own) + attribute_bytes(&along);
        let room = bytes <= self.sending.attributes && own.len() + along.len() <= limits::ATTRIBUTES;
        room.then_some(along)
    }

    /// A message that is being accepted has them. What it says itself counts for what was set by the same name.
    pub(in crate::client) fn attributes_go_with(&mut self, id: Uuid, along: Attributes, plain: Content) {
        let set = &mut self.conversation.attributes;
        (set.all, set.stage) = (along, Stage::Carried);
        set.carriers.push((id, plain));
    }

    pub(in crate::client) fn message_with_attributes_ended(&mut self, id: Uuid, outcome: Outcome) {
        let set = &mut self.conversation.attributes;
        if set.unload(id).is_some_and(|(_, current)| current) {
            // Where nobody knows whether they arrived, they are said again: that changes nothing.
            set.stage = if outcome == Outcome::Delivered { Stage::Taken } else { Stage::Pending };
        }
    }

    /// They are over what the session takes: the message that has them goes without. True: it does.
    pub(in crate::client) fn goes_without_attributes(&mut self, id: Uuid) -> bool {
        let set = &mut self.conversation.attributes;
        let Some((plain, current)) = set.unload(id) else { return false };
        if current {
            (set.all, set.stage) = (Vec::new(), Stage::Pending);
        }
        self.outbox.replace(id, plain);
        self.tell_error(SendError::AttributesTooLarge.report());
        true
    }

    /// The service refuses a message for what it has beside it: nobody's words are lost for that.
    pub(in crate::client) fn refused_for_attributes(&mut self, id: Uuid, code: u16) -> bool {
        let flies = |client: &Self| client.outbox.get(id).is_some_and(|message| message.flight.is_some());
        let goes = built::WEB_MESSAGING && code == 4_013 && flies(self) && self.goes_without_attributes(id);
        if goes {
            self.land(id, true, "attributes_refused");
        }
        goes
    }

    /// They are dropped, as the official mobile client does.
    pub(super) fn attributes_are_too_large(&mut self) {
        let set = &mut self.conversation.attributes;
        (set.all, set.stage) = (Vec::new(), Stage::Pending);
        self.tell_error(SendError::AttributesTooLarge.report());
    }

    /// The session takes so much from now on.
    pub(in crate::client) fn attributes_meet_terms(&mut self) {
        let set = &self.conversation.attributes;
        let over = attribute_bytes(&set.all) > self.sending.attributes;
        if built::WEB_MESSAGING && over && set.stage != Stage::Carried {
            self.attributes_are_too_large();
        }
    }
}

impl fmt::Debug for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} {:?}", self.all.len(), self.stage, self.carriers)
    }
}

impl Keep for Set {
    fn keep(&self, to: &mut Writer) {
        let all = draft::joined(&self.all);
        self.all.len().keep(to);
        Content::new(all).keep(to);
        self.stage.keep(to);
        self.carriers.keep(to);
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let count = from.place(limits::ATTRIBUTES)?;
        let all = draft::stand_in(count, Content::restore(from)?);
        Ok(Self { all, stage: Keep::restore(from)?, carriers: Keep::restore(from)? })
    }
}

keep_one_of!(Stage { Pending, Carried, Joining, Taken });
