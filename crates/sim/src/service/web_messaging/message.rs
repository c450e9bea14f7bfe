//! A guest's message: read, judged, taken, and echoed to every connection of its session.

use serde_json::{Map, Value, json};

use super::config::{TextUnit, WebMessagingConfig};
use super::problem::Problem;
use super::request::Request;
use super::session::Item;
use super::{Wake, frame};
use crate::service::budget::{Exhausted, Reservation, Use};
use crate::service::ledger::{Entry, Full, Key, Via};
use crate::service::limits::MAX_MESSAGE_ID;
use crate::service::rate::whole_seconds;
use crate::service::{ConnectionId, Cut, Millis, Service, Wake as ServiceWake, weight};

/// What is added to a message when it is taken: ids, times, the members around them.
const MESSAGE_WEIGHT: usize = 4 * 1024;

/// What a guest says (web-messaging.md, section 2), as far as the service cares.
#[derive(Debug)]
pub(super) struct Message {
    /// `Text` where none came: the browser leaves it out of what is only a file.
    pub(super) kind: String,
    pub(super) text: Option<String>,
    pub(super) content: Vec<Value>,
    pub(super) events: Vec<Value>,
    pub(super) metadata: Map<String, Value>,
    /// Custom attributes, from whichever of their two places.
    pub(super) attributes: Option<Value>,
    /// What sent it once more, where it says so by the older way.
    pub(super) custom_id: Option<String>,
}

/// A message that came, and is to be taken.
pub(in crate::service) struct Pending {
    pub(super) conversation: String,
    pub(super) from: ConnectionId,
    pub(super) tracing_id: Option<String>,
    pub(super) message: Message,
    pub(super) weight: Reservation,
}

impl Message {
    pub(super) fn read(request: &Request, config: &WebMessagingConfig) -> Result<Self, Problem> {
        let Some(Value::Object(message)) = request.members.get("message") else {
            return Err(Problem::missing("message"));
        };
        let beside = attributes(request.members.get("channel"), config)?;
        let attributes = attributes(message.get("channel"), config)?.or(beside);
        let list = |name: &str| match message.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(list)) => Ok(list.clone()),
            Some(_) => Err(Problem::bad_request(&format!("message.{name} is not a list"))),
        };
        let text = match message.get("text") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(_) => return Err(Problem::bad_request("message.text is not a string")),
        };
        let kind = match message.get("type") {
            None | Some(Value::Null) => "Text",
            Some(Value::String(kind)) if matches!(kind.as_str(), "Text" | "Structured" | "Event") => kind,
            Some(_) => return Err(Problem::bad_request("message.type is none that a guest can send")),
        };
        let metadata = match message.get("metadata") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(metadata)) if metadata.values().all(Value::is_string) => metadata.clone(),
            Some(_) => return Err(Problem::bad_request("message.metadata is not a map of strings")),
        };
        let custom_id = metadata.get("customMessageId").and_then(Value::as_str);
        let custom_id = custom_id.filter(|id| id.len() <= MAX_MESSAGE_ID).map(str::to_owned);
        let mut content = list("content")?;
        content.extend(older_attachments(request)?);
        let has_file = content.iter().any(is_attachment);
        let message = Self {
            kind: kind.to_owned(),
            // A file alone has no text, whether its guest leaves that out or empty: a widget tells them apart by it.
            text: text.filter(|text| !(has_file && text.is_empty())),
            content,
            events: list("events")?,
            metadata,
            attributes,
            custom_id,
        };
        message.check(config)?;
        Ok(message)
    }

    fn weight(&self) -> usize {
        let lists = [&self.content, &self.events].into_iter().flatten();
        let texts = [Some(&self.kind), self.text.as_ref(), self.custom_id.as_ref()].into_iter().flatten();
        MESSAGE_WEIGHT
            + lists.map(|part| weight::entry::<Value>() + weight::value(part)).sum::<usize>()
            + texts.map(|text| weight::text(text)).sum::<usize>()
            + weight::map(&self.metadata)
            + self.attributes.as_ref().map_or(0, weight::value)
    }

    fn check(&self, config: &WebMessagingConfig) -> Result<(), Problem> {
        let text = self.text.as_deref().unwrap_or_default();
        let length = match config.text_unit {
            TextUnit::Bytes => text.len(),
            TextUnit::Characters => text.chars().count(),
        };
        if length > config.max_text {
            return Err(Problem::new(4011, format!("Message length {length} is larger than {}", config.max_text)));
        }
        if self.kind == "Event" {
            return if self.events.is_empty() { Err(Problem::missing("message.events")) } else { Ok(()) };
        }
        if text.is_empty() && self.content.is_empty() {
            return Err(Problem::missing("message.text"));
        }
        if !self.content.iter().all(|part| part.get("contentType").is_some_and(Value::is_string)) {
            return Err(Problem::bad_request("a part of message.content has no contentType"));
        }
        if self.attachments().count() > 1 {
            return Err(Problem::bad_request("one attachment a message"));
        }
        Ok(())
    }

    /// The ids of the files that it carries; empty where a part names none.
    pub(super) fn attachments(&self) -> impl Iterator<Item = &str> {
        let files = self.content.iter().filter(|part| is_attachment(part));
        files.map(|part| part["attachment"]["id"].as_str().unwrap_or_default())
    }

    /// The message as everyone sees it.
    pub(super) fn body(&self, time: &str, id: &str, message_id: &str, correlation_id: &str) -> Value {
        let mut metadata = self.metadata.clone();
        metadata.insert("correlationId".into(), correlation_id.into());
        let mut body = json!({
            "id": id,
            "type": self.kind,
            "direction": "Inbound",
            "originatingEntity": "",
            "channel": { "time": time, "messageId": message_id, "type": "Private" },
            "metadata": metadata,
        });
        if let Some(text) = &self.text {
            body["text"] = text.as_str().into();
        }
        if !self.content.is_empty() {
            body["content"] = self.content.clone().into();
        }
        if !self.events.is_empty() {
            body["events"] = self.events.clone().into();
        }
        body
    }
}

fn is_attachment(part: &Value) -> bool {
    part["contentType"] == "Attachment"
}

/// Files as they were named once, beside the message: a widget of 2023 still does.
fn older_attachments(request: &Request) -> Result<Vec<Value>, Problem> {
    let ids = match request.members.get("attachmentIds") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(ids)) if ids.iter().all(Value::is_string) => ids,
        Some(_) => return Err(Problem::bad_request("attachmentIds is not a list of strings")),
    };
    Ok(ids.iter().map(|id| json!({ "contentType": "Attachment", "attachment": { "id": id } })).collect())
}

/// Custom attributes come in either of two places; both are in use.
fn attributes(channel: Option<&Value>, config: &WebMessagingConfig) -> Result<Option<Value>, Problem> {
    let given = channel.and_then(|channel| channel.get("metadata")?.get("customAttributes"));
    let attributes = match given {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(attributes)) => attributes,
        Some(_) => return Err(Problem::bad_request("customAttributes is not a map of strings")),
    };
    let mut bytes = 0;
    for (key, value) in attributes {
        let Value::String(value) = value else {
            return Err(Problem::bad_request("customAttributes is not a map of strings"));
        };
        bytes += key.len() + value.len();
    }
    if bytes > config.max_custom_bytes {
        let most = config.max_custom_bytes;
        return Err(Problem::new(4013, format!("Custom Attributes in channel metadata is larger than {most} bytes")));
    }
    Ok(given.cloned())
}

impl Service {
    /// `onMessage`
    pub(super) fn on_message(&mut self, now: Millis, id: ConnectionId, request: &Request) -> Result<(), Problem> {
        let conversation = self.session_of(now, id, request)?;
        if let Some(refusal) = self.faults.refuse_message(now, &conversation) {
            let retry_after = refusal.retry_after.map(|retry| retry.seconds);
            return Err(Problem { code: refusal.status, text: "refused by a fault".into(), retry_after });
        }
        let message = Message::read(request, &self.config.web_messaging)?;
        let session = self.web_messaging.sessions.get_mut(&conversation).ok_or_else(Problem::session_not_found)?;
        if let Some(bucket) = &mut session.messages {
            bucket.take(now).map_err(|wait| Problem::too_many(whole_seconds(wait)))?;
        }
        let read_only = session.read_only;
        let tracing_id = request.tracing_id.clone();
        let weight =
            self.budget.reserve(Use::Conversations, message.weight()).map_err(|Exhausted| Problem::no_room())?;
        let pending = Pending { conversation, from: id, tracing_id, message, weight };
        if pending.message.kind == "Event" {
            return self.on_event(now, pending, read_only);
        }
        if read_only {
            return Err(Problem::read_only());
        }
        self.check_attachments(now, &pending)?;
        match self.config.web_messaging.late + self.faults.late(now, &pending.conversation) {
            0 => self.take_message(now, pending),
            late => {
                self.timers.at(now + late, ServiceWake::WebMessaging(Wake::Take(Box::new(pending))));
            }
        }
        Ok(())
    }

    /// Takes a message: from here on it is in the history, whatever became of the connection that brought it.
    pub(super) fn take_message(&mut self, now: Millis, pending: Pending) {
        let Pending { conversation, from, tracing_id, mut message, weight } = pending;
        message.text = message.text.map(|text| self.config.web_messaging.rewritten(&text));
        let sent_id = tracing_id.clone().or_else(|| message.custom_id.clone());
        let key = sent_id.as_deref().filter(|_| self.config.web_messaging.dedupe);
        let key = key.map(|id| Key { scope: &conversation, id });
        if key.is_some_and(|key| self.ledger.count_copy(key)) {
            return self.echo_again(now, from, &conversation, tracing_id.as_deref(), sent_id.as_deref());
        }
        let (id, message_id, correlation_id) = (self.ids.hex(), self.ids.uuid(), self.ids.uuid());
        let body = message.body(&self.config.web_messaging.timestamp(now), &id, &message_id, &correlation_id);
        let text = message.text.clone().unwrap_or_default();
        let entry = Entry {
            conversation: conversation.clone(),
            message_id: id,
            tracing_id: sent_id.clone(),
            content: text.clone(),
            structured: (!message.content.is_empty()).then(|| message.content.clone().into()),
            custom_attributes: message.attributes.clone(),
            via: Via::WebSocket,
            at: now,
            copies: 1,
        };
        // What was held for the message while it waited is what it takes in the history from here on.
        let mut weight = weight;
        let item = weight.resize(Item::weight(&body, sent_id.as_deref()));
        if item.map_err(|Exhausted| Full).and_then(|()| self.ledger.store(key, entry)).is_err() {
            return self.report(now, from, tracing_id.as_deref(), &Problem::no_room());
        }
        self.attachments_sent(&conversation, &message);
        self.remember(now, &conversation, body.clone(), sent_id, weight);
        let traced = self.traced(tracing_id.as_deref());
        self.echo_message(now, Some(from), &conversation, body, traced.as_deref());
        self.agent_answers(now, &conversation, &text);
        self.message_taken(now, &conversation);
    }

    /// Into the history; a message makes the session last longer.
    pub(super) fn remember(
        &mut self,
        now: Millis,
        conversation: &str,
        body: Value,
        tracing_id: Option<String>,
        weight: Reservation,
    ) {
        if let Some(session) = self.web_messaging.sessions.get_mut(conversation) {
            // What is over does not come back to life by a message that was late.
            if session.is_alive(now) {
                session.active_at = now;
            }
            session.remember(Item { at: now, body, tracing_id, weight });
        }
    }

    /// A copy of a message that the service has: its sender is told once more, and nobody else.
    fn echo_again(
        &mut self,
        now: Millis,
        from: ConnectionId,
        conversation: &str,
        tracing_id: Option<&str>,
        sent_id: Option<&str>,
    ) {
        let session = self.web_messaging.sessions.get(conversation);
        let taken = session.and_then(|session| {
            session.items.iter().rev().find(|item| item.tracing_id.is_some() && item.tracing_id.as_deref() == sent_id)
        });
        if let Some(body) = taken.map(|item| item.body.clone())
            && !self.faults.lose_ack(now, conversation, Via::WebSocket)
        {
            let body = self.with_addresses(now, conversation, body, from);
            let traced = self.traced(tracing_id);
            self.send_message(now, from, frame::message(body, traced.as_deref()));
        }
    }

    /// What a message is traced by that came with this id.
    pub(super) fn traced(&mut self, tracing_id: Option<&str>) -> Option<String> {
        if self.config.web_messaging.own_tracing { Some(self.ids.uuid()) } else { tracing_id.map(str::to_owned) }
    }

    /// The echo, to every connection of the session. Faults of acknowledgements are about the sender's.
    pub(super) fn echo_message(
        &mut self,
        now: Millis,
        from: Option<ConnectionId>,
        conversation: &str,
        body: Value,
        tracing_id: Option<&str>,
    ) {
        let Some(session) = self.web_messaging.sessions.get(conversation) else {
            return;
        };
        for id in session.connections.clone() {
            let is_senders = Some(id) == from;
            if is_senders && self.faults.lose_ack(now, conversation, Via::WebSocket) {
                continue;
            }
            let body = self.with_addresses(now, conversation, body.clone(), id);
            let echo = frame::message(body, tracing_id);
            if is_senders && self.faults.duplicate_ack(now, conversation) {
                self.send_message(now, id, echo.clone());
            }
            self.send_message(now, id, echo);
        }
    }

    /// A message goes out: at once, or somewhat later, by itself.
    pub(super) fn send_message(&mut self, now: Millis, id: ConnectionId, message: Value) {
        match self.ids.below(self.config.web_messaging.disorder) {
            0 => self.send(now, id, message),
            late => match self.budget.reserve_to_answer(Use::Frames, weight::value(&message)) {
                Ok(weight) => {
                    self.timers.at(now + late, ServiceWake::WebMessaging(Wake::Send(id, message, weight)));
                }
                Err(Exhausted) => self.cut(id, Cut::Reset),
            },
        }
    }
}
