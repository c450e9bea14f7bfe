//! What the agent says in `web-messaging`, and what that does to the session.

use serde_json::{Map, Value, json};

use crate::service::budget::Reservation;
use crate::service::{Millis, Service, Speech};

impl Service {
    pub(in crate::service) fn is_web_messaging(&self, conversation: &str) -> bool {
        self.web_messaging.sessions.get(conversation).is_some()
    }

    /// The conversations of `web-messaging` that live, oldest first.
    pub(in crate::service) fn web_messaging_conversations(&self, now: Millis) -> Vec<String> {
        let sessions = &self.web_messaging.sessions;
        let alive = |id: &&String| sessions.get(id).is_some_and(|session| session.is_alive(now));
        sessions.ids().filter(alive).cloned().collect()
    }

    pub(in crate::service) fn say_in_web_messaging(
        &mut self,
        now: Millis,
        conversation: &str,
        id: &str,
        speech: Speech<'_>,
        weight: Reservation,
    ) {
        let mut body = match speech {
            Speech::Text(text) => Map::from_iter([("type".into(), "Text".into()), ("text".into(), text.into())]),
            Speech::Message(message) => message.as_object().cloned().unwrap_or_default(),
        };
        fill_in(&mut body, "type", "Text");
        fill_in(&mut body, "direction", "Outbound");
        fill_in(&mut body, "originatingEntity", "Human");
        if let Value::Object(channel) = body.entry("channel").or_insert_with(|| json!({})) {
            fill_in(channel, "time", &self.config.web_messaging.timestamp(now));
            fill_in(channel, "type", "Private");
        }
        // Every message and event that was recorded has one.
        if let Value::Object(metadata) = body.entry("metadata").or_insert_with(|| json!({})) {
            fill_in(metadata, "correlationId", &self.ids.uuid());
        }
        body.insert("id".into(), id.into());
        let body = Value::Object(body);
        if ends_conversation(&body)
            && let Some(session) = self.web_messaging.sessions.get_mut(conversation)
        {
            session.read_only = true;
        }
        if !is_typing(&body) {
            self.remember(now, conversation, body.clone(), None, weight);
        }
        self.echo_message(now, None, conversation, body, None);
    }
}

fn fill_in(members: &mut Map<String, Value>, name: &str, text: &str) {
    members.entry(name).or_insert_with(|| text.into());
}

fn events(body: &Value) -> impl Iterator<Item = &Value> {
    body["events"].as_array().into_iter().flatten()
}

/// `Disconnect` with the mark; without it the guest may go on.
fn ends_conversation(body: &Value) -> bool {
    let disconnects = events(body).any(|event| event["presence"]["type"] == "Disconnect");
    disconnects && body["metadata"]["readOnly"] == "true"
}

fn is_typing(body: &Value) -> bool {
    body["type"] == "Event" && events(body).all(|event| event["eventType"] == "Typing")
}
