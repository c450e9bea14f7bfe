//! What the conversation itself goes through: the agent writes, leaves, ends it; other tabs of the guest clear it away,
//! begin another one, or take the client's place. And what the caller makes of a conversation that has ended.

use guestwire_core::connection::State;
use guestwire_core::offer::OfferAnswer;
use serde_json::json;

use super::chance::{Chance, Stream};
use super::plan::{Planned, Trouble};
use super::{CREDENTIAL, World};
use crate::checkers::Seen;
use crate::service::{ConnectionId, Incoming, Speech};

/// A turn that a conversation takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Turn {
    /// The agent begins to write, for so many ms, or is said to write no more.
    AgentTypes(Option<u64>),
    /// The agent leaves; the guest may go on.
    AgentLeaves,
    /// The agent ends it.
    AgentEnds,
    /// Another tab clears it away.
    TabClears,
    /// Another tab begins another one in the place of one that has ended.
    TabBegins,
    /// So many other tabs come: the service gives them the places of those that were there first.
    TabsCome(usize),
}

/// Adds turns to what happens in a life; many have none.
pub(super) fn turn(seed: u64, faults: &mut Vec<Planned>, from: u64, until: u64) {
    let mut chance = Chance::new(seed, Stream::Turns);
    if chance.one_in(2) {
        return;
    }
    for _ in 0..1 + chance.below(12) {
        let at = from + chance.below(until - from);
        let turn = match chance.below(12) {
            0..=3 => Turn::AgentTypes((!chance.one_in(4)).then(|| 1_000 + chance.below_one_of(&[5_000, 100_000]))),
            4 => Turn::AgentLeaves,
            5..=7 => Turn::AgentEnds,
            8 => Turn::TabClears,
            9 | 10 => Turn::TabBegins,
            _ => Turn::TabsCome(1 + usize::try_from(chance.below(3)).unwrap_or(0)),
        };
        faults.push(Planned { at, trouble: Trouble::Conversation(turn) });
    }
    faults.sort_by_key(|planned| planned.at);
}

impl World {
    pub(super) fn takes(&mut self, turn: Turn) {
        let Some(conversation) = self.service.live_conversation_of(self.now, CREDENTIAL) else { return };
        for tab in std::mem::take(&mut self.tabs) {
            self.service.socket_gone(tab);
        }
        match turn {
            Turn::AgentTypes(duration) => {
                let typing = match duration {
                    Some(ms) => json!({ "type": "On", "duration": ms }),
                    None => json!({ "type": "Off" }),
                };
                let event = json!([{ "eventType": "Typing", "typing": typing }]);
                self.agent_does(&conversation, &json!({ "type": "Event", "events": event }));
            }
            Turn::AgentLeaves => self.agent_does(&conversation, &json!({ "type": "Event", "events": disconnects() })),
            Turn::AgentEnds => {
                let marked = json!({ "type": "Event", "events": disconnects(), "metadata": { "readOnly": "true" } });
                self.agent_does(&conversation, &marked);
            }
            Turn::TabClears => {
                let event = json!([{ "eventType": "Presence", "presence": { "type": "Clear" } }]);
                self.tab(&[("onMessage", json!({ "message": { "type": "Event", "events": event } }))]);
            }
            Turn::TabBegins => {
                // Of which the client was told: that another session was begun in between, nobody could tell by anything.
                if self.service.is_read_only(&conversation) && self.is_read_only() {
                    let leave = ("closeSession", json!({ "closeAllConnections": true }));
                    self.tab(&[leave, ("configureSession", json!({ "deploymentId": "d-1", "startNew": true }))]);
                }
            }
            Turn::TabsCome(count) => (0..count).for_each(|_| self.tab(&[])),
        }
        self.serve();
    }

    fn agent_does(&mut self, conversation: &str, body: &serde_json::Value) {
        // It lives, as was seen.
        let _said = self.service.say(self.now, Some(conversation), Speech::Message(body), None);
    }

    /// Another tab of the guest comes, by a way without faults, and does this.
    fn tab(&mut self, does: &[(&str, serde_json::Value)]) {
        let Ok(tab) = self.dialect.open(&mut self.service, self.now, &super::Handshake::default()) else { return };
        self.tabs.push(tab);
        self.tab_says(tab, "configureSession", json!({ "deploymentId": "d-1", "startNew": false }));
        for (action, members) in does {
            self.tab_says(tab, action, members.clone());
        }
    }

    fn tab_says(&mut self, tab: ConnectionId, action: &str, mut frame: serde_json::Value) {
        frame["action"] = action.into();
        frame["token"] = CREDENTIAL.into();
        self.service.receive(self.now, tab, Incoming::Text(&frame.to_string()));
    }

    /// What the caller makes of the conversation as it is.
    pub(super) fn turns_to_the_conversation(&mut self) {
        if self.is_read_only() && self.turns.one_in(2) {
            self.begins_another();
        } else if self.turns.one_in(300) && self.client.clear(self.clock()).is_ok() {
            self.cleared = true;
            self.drain();
        }
        self.turns_to_what_is_no_message();
    }

    /// Sets attributes for the messages to come, says that the guest is there, answers an offer.
    fn turns_to_what_is_no_message(&mut self) {
        if self.turns.one_in(8) {
            let bytes = self.turns.pick(&[0, 20, 20, 500, 900, 2_000, 2_500]);
            let value: String = "set of this life ".chars().cycle().take(bytes).collect();
            let mut set = vec![("set in this life".to_owned(), value)];
            if self.turns.one_in(3) {
                set.push(("attribute of this life".to_owned(), "set".to_owned()));
            }
            // Too many are refused.
            let _refused = self.client.set_attributes(self.clock(), if bytes == 0 { Vec::new() } else { set });
            self.drain();
            self.weigh();
        }
        if self.turns.one_in(20) {
            let _refused = self.client.join(self.clock());
            self.drain();
        }
        if self.turns.one_in(40) {
            let (video, accepted) = (self.turns.one_in(2), self.turns.one_in(2));
            self.client.answer_offer(self.clock(), &OfferAnswer { video, accepted, id: Some("an offer".to_owned()) });
            self.drain();
        }
    }

    pub(super) fn begins_another(&mut self) {
        // Where it has found an end meanwhile, it is refused.
        let _asked = self.client.start_new(self.clock());
        self.drain();
    }

    pub(super) fn is_read_only(&self) -> bool {
        let conversation = serde_json::to_value(self.client.conversation(self.clock())).unwrap_or_default();
        conversation["readOnly"] == true && self.client.state() != State::Closed
    }

    /// What a frame from the service says of the conversation as a whole.
    pub(super) fn hears_of_it(&mut self, read_only: Option<bool>, new: bool) {
        if let Some(read_only) = read_only {
            self.checkers.see(self.now, &Seen::ReadOnly(read_only));
        }
        if new && self.cleared {
            self.checkers.see(self.now, &Seen::Final("cleared"));
        }
    }
}

fn disconnects() -> serde_json::Value {
    json!([{ "eventType": "Presence", "presence": { "type": "Disconnect" } }])
}
