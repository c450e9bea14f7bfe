//! What a guest does without saying anything: typing, coming, clearing the conversation.

use serde_json::{Value, json};

use super::frame;
use super::message::Pending;
use super::problem::Problem;
use super::session::Item;
use crate::service::budget::Use;
use crate::service::history::{GuestEvent, kept};
use crate::service::{Millis, Service};

impl Service {
    /// An `onMessage` that is an event. The first event decides; no client sends two.
    pub(super) fn on_event(&mut self, now: Millis, pending: Pending, read_only: bool) -> Result<(), Problem> {
        let event = pending.message.events.first().unwrap_or(&Value::Null);
        let presence = event["presence"]["type"].as_str().unwrap_or_default();
        match (event["eventType"].as_str(), presence) {
            // A conversation that has ended can still be cleared away.
            (Some("Presence"), "Clear") => self.clear_conversation(now, pending),
            _ if read_only => Err(Problem::read_only()),
            (Some("Typing"), _) => self.guest_types(now, pending),
            (Some("Presence"), "Join") => {
                self.take_event(now, pending, true);
                Ok(())
            }
            // The guest answers an offer: of co-browsing, of a video call.
            (Some("CoBrowse"), _) if is_about_offer(&event["coBrowse"]) => {
                self.take_event(now, pending, true);
                Ok(())
            }
            (Some("Video"), _) if is_about_offer(&event["video"]) => {
                self.take_event(now, pending, true);
                Ok(())
            }
            _ => Err(Problem::bad_request("an event that a guest cannot send")),
        }
    }

    fn guest_types(&mut self, now: Millis, pending: Pending) -> Result<(), Problem> {
        if !self.config.web_messaging.typing {
            return Err(Problem::new(403, "Turn on the Feature Toggle or fix the configuration."));
        }
        if self.config.web_messaging.echo_typing {
            self.take_event(now, pending, false);
        }
        Ok(())
    }

    /// Echoes an event to all; what is part of the conversation is remembered.
    fn take_event(&mut self, now: Millis, pending: Pending, remembered: bool) {
        let Pending { conversation, from, tracing_id, message, mut weight } = pending;
        let (id, message_id, correlation_id) = (self.ids.hex(), self.ids.uuid(), self.ids.uuid());
        let body = message.body(&self.config.web_messaging.timestamp(now), &id, &message_id, &correlation_id);
        let typing = |event: &&Value| event["eventType"] == "Typing";
        if let Some(event) = message.events.first().filter(|event| !typing(event)) {
            let attributes = message.attributes.as_ref();
            self.guest_events.push(GuestEvent {
                event: kept(event),
                custom_attributes: attributes.and_then(kept),
                ..GuestEvent::new(now, Some(&conversation))
            });
        }
        if remembered {
            // It was let in; what the service adds is little.
            let bytes = Item::weight(&body, tracing_id.as_deref());
            if weight.resize(bytes).is_err() {
                weight = self.budget.charge(Use::Conversations, bytes);
            }
            self.remember(now, &conversation, body.clone(), tracing_id.clone(), weight);
        }
        self.echo_message(now, Some(from), &conversation, body, tracing_id.as_deref());
    }

    /// In the order that K's diagrams have: the echo, the notice, the end of every connection.
    fn clear_conversation(&mut self, now: Millis, pending: Pending) -> Result<(), Problem> {
        if !self.config.web_messaging.clear {
            return Err(Problem::new(403, "Conversation Clear is not enabled for this deployment"));
        }
        let conversation = pending.conversation.clone();
        self.take_event(now, pending, false);
        if let Some(session) = self.web_messaging.sessions.get_mut(&conversation) {
            session.items.clear();
            session.older = 0;
            for id in session.connections.clone() {
                self.send(now, id, frame::notice("SessionClearedEvent", json!({})));
            }
        }
        self.end_session(now, &conversation, None, None);
        Ok(())
    }
}

/// What the schema has of an offer and its ends (web-messaging.md, 3.3).
fn is_about_offer(event: &Value) -> bool {
    let kind = event["type"].as_str().unwrap_or_default();
    matches!(kind, "Offering" | "OfferingExpired" | "OfferingAccepted" | "OfferingRejected")
}
