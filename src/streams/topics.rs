//! A stream's topics, its gaps, and its tokens with what is known of them.

use crate::{RawClient, told, value};
use guestwire_core::error::streaming::CannotSubscribe;
use guestwire_core::error::topics::TopicError;
use guestwire_core::limits;
use js_sys::{Array, JsString};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl RawClient {
    /// Wants events of these topics too. The answer comes as an event `answer` with the number that this gives.
    ///
    /// # Errors
    /// A plain object; its `code` is `bad_topic`, `topic_too_long`, `too_many_topics` or `too_many_questions`.
    pub fn subscribe(&self, topics: &Array) -> Result<u32, JsValue> {
        let topics = texts(topics)?;
        self.driver.command(|client, now| client.subscribe(now, &topics)).map_err(refused)
    }

    /// Wants events of these topics no more; otherwise the same.
    ///
    /// # Errors
    /// A plain object; its `code` is one of the same.
    pub fn unsubscribe(&self, topics: &Array) -> Result<u32, JsValue> {
        let topics = texts(topics)?;
        self.driver.command(|client, now| client.unsubscribe(now, &topics)).map_err(refused)
    }

    /// The topics that are wanted, in order, and how each stands.
    #[must_use]
    pub fn topics(&self) -> Array {
        let topics = self.driver.look(|client, _| client.topics());
        topics.iter().map(|topic| told::object(&topic.detail())).collect()
    }

    /// The application has caught up with what it missed in this gap.
    pub fn resynced(&self, gap: u32) {
        self.driver.command(|client, now| client.resynced(now, gap));
    }
}

/// The face gives a list of its own. What is no text in it is no topic. What is more, or longer, than any can be is not read:
/// it might not fit into the module.
fn texts(topics: &Array) -> Result<Vec<String>, JsValue> {
    let wrong = |error| Err(refused(CannotSubscribe::Topics(error)));
    if topics.length() as usize > limits::TOPICS_WANTED {
        return wrong(TopicError::TooMany);
    }
    let mut texts = Vec::new();
    for (place, topic) in topics.iter().enumerate() {
        let topic = topic.dyn_ref::<JsString>();
        if topic.is_some_and(|topic| topic.length() as usize > limits::TOPIC_UNITS) {
            return wrong(TopicError::TooLong(place));
        }
        match topic.and_then(value::text) {
            Some(text) => texts.push(text),
            None => return wrong(TopicError::Bad(place)),
        }
    }
    Ok(texts)
}

/// A plain object, as all that is refused leaves.
fn refused(error: CannotSubscribe) -> JsValue {
    told::object(&error.report().detail())
}
