//! What is known of the conversation beside its messages: whether the agent writes.

use super::Client;
use crate::built;
use crate::checkpoint::keep;
use crate::event::Event;
use crate::event::conversation::{Happening, Notice, Presence, Typing};
use crate::protocol::Sender;
use crate::protocol::conversation::{Doing, Happened};

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Conversation {
    /// Until when the agent writes, monotonic, unless it is said again.
    typing_until: Option<u64>,
}

impl Client {
    /// Something happened in the conversation.
    pub(super) fn happened(&mut self, happened: Happened) {
        let Happened { sender, doings, body } = happened;
        for doing in doings {
            let (sender_name, body, at) = (sender.name(), body.clone(), self.now.wall);
            match doing {
                // That we write we know, and that the guest does elsewhere is nobody's business.
                Doing::Typing(_) if sender == Sender::Guest => {}
                Doing::Typing(Some(duration)) => self.types(duration),
                Doing::Typing(None) => self.types_no_more(),
                Doing::Presence { kind, .. } => {
                    self.tell_happening(Happening::Presence(Presence { kind, sender: sender_name, body, at }));
                }
                Doing::Other(kind) => {
                    self.tell_happening(Happening::Notice(Notice { kind, sender: sender_name, body, at }));
                }
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

    /// What time does to a conversation.
    pub(super) fn attend_conversation(&mut self) {
        if built::WEB_MESSAGING && self.conversation.typing_until.is_some_and(|until| until <= self.now.monotonic) {
            self.types_no_more();
        }
    }

    /// When time does something to it next, monotonic.
    pub(super) fn conversation_due(&self) -> Option<u64> {
        self.conversation.typing_until.filter(|_| built::WEB_MESSAGING)
    }

    fn tell_happening(&mut self, happening: Happening) {
        self.tell(Event::Conversation(happening));
    }
}

keep!(Conversation { typing_until });
