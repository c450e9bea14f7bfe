//! The agent at the other end: what they say on command, and the one that answers by itself.

use serde::Serialize;
use serde_json::Value;

use super::budget::{Reservation, Use};
use super::limits::{ECHO_AFTER, ECHO_QUOTE};
use super::{ControlError, Millis, Service, Wake, weight};

/// What the agent says.
#[derive(Clone, Copy, Debug)]
pub enum Speech<'a> {
    /// Plain text, which both services know.
    Text(&'a str),
    /// A whole message of `web-messaging`: `type`, `text`, `content`, `events`, `metadata` …
    Message(&'a Value),
}

/// What is added to what the agent says, in either service.
const SPEECH_WEIGHT: usize = 4 * 1024;

impl Speech<'_> {
    fn weight(&self) -> usize {
        SPEECH_WEIGHT
            + match self {
                Self::Text(text) => weight::text(text),
                Self::Message(message) => weight::value(message),
            }
    }
}

/// A message of the agent, and where it went.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Said {
    /// The conversation.
    pub conversation: String,
    /// The id of the message there.
    pub message_id: String,
}

impl Service {
    /// The agent says something, in one conversation or in all that live. Where a `message_id` is
    /// given it is used, so that a repetition can be made.
    pub fn say(
        &mut self,
        now: Millis,
        conversation: Option<&str>,
        speech: Speech<'_>,
        message_id: Option<&str>,
    ) -> Result<Vec<Said>, ControlError> {
        let conversations = match conversation {
            Some(named) => {
                let id = self.conversation(named);
                match (self.is_webchat(id), self.is_web_messaging(id)) {
                    (false, false) => return Err(ControlError::UnknownConversation),
                    (true, _) if matches!(speech, Speech::Message(_)) => return Err(ControlError::TextOnly),
                    _ => vec![id.to_owned()],
                }
            }
            None => {
                let mut all = match speech {
                    Speech::Text(_) => self.webchat_conversations(now),
                    Speech::Message(_) => Vec::new(),
                };
                all.extend(self.web_messaging_conversations(now));
                all
            }
        };
        let bytes = speech.weight() + weight::maybe(message_id);
        if !self.budget.has_room(bytes.saturating_mul(conversations.len())) {
            return Err(ControlError::NoMemory);
        }
        let said: Vec<Said> = conversations
            .into_iter()
            .map(|conversation| Said {
                message_id: message_id.map_or_else(|| self.new_message_id(&conversation), str::to_owned),
                conversation,
            })
            .collect();
        for said in &said {
            let weight = self.budget.charge(Use::Conversations, bytes);
            self.say_in(now, &said.conversation, &said.message_id, speech, weight);
        }
        Ok(said)
    }

    fn say_in(&mut self, now: Millis, conversation: &str, message_id: &str, speech: Speech<'_>, weight: Reservation) {
        if self.is_web_messaging(conversation) {
            return self.say_in_web_messaging(now, conversation, message_id, speech, weight);
        }
        if let Speech::Text(content) = speech {
            self.say_in_webchat(now, conversation, message_id.to_owned(), content.to_owned(), weight);
        }
    }

    fn new_message_id(&mut self, conversation: &str) -> String {
        if self.is_web_messaging(conversation) { self.ids.hex() } else { self.ids.uuid() }
    }

    /// Where an agent answers by itself, they will.
    pub(super) fn agent_answers(&mut self, now: Millis, conversation: &str, content: &str) {
        if !self.config.echo {
            return;
        }
        let mut quote: String = content.chars().take(ECHO_QUOTE).collect();
        if quote.len() < content.len() {
            quote.push('…');
        }
        let content = format!("Thank you! You wrote: “{quote}”");
        // The quote is short, and the message that it answers had room.
        let weight = self.budget.charge(Use::Conversations, weight::text(&content));
        let conversation = conversation.to_owned();
        self.timers.at(now + ECHO_AFTER, Wake::Echo { conversation, content, _weight: weight });
    }

    /// The agent's answer is due.
    pub(super) fn agent_speaks(&mut self, now: Millis, conversation: &str, content: &str) {
        let message_id = self.new_message_id(conversation);
        let speech = Speech::Text(content);
        let weight = self.budget.charge(Use::Conversations, speech.weight());
        self.say_in(now, conversation, &message_id, speech, weight);
    }
}
