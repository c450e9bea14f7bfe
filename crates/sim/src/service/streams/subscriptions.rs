//! The topics of a channel over REST: read, added, replaced, removed (notifications.md, A3).

use serde_json::{Value, json};

use super::call::Call;
use super::channel::Channel;
use super::problem::Problem;
use super::topic::{Refused, Topic};
use crate::service::budget::Exhausted;
use crate::service::faults::Scope;
use crate::service::{Millis, RestAnswer, Service};

/// What is done with the topics that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subscribing {
    /// `POST`: they are added.
    Add,
    /// `PUT`: they are all that there are.
    Replace,
}

/// What became of the topics that were asked for, one by one.
pub(super) type Judged = Vec<(String, Result<Topic, Refused>)>;

impl Service {
    /// `GET /api/v2/notifications/channels/{id}/subscriptions`
    pub fn read_topics(&mut self, now: Millis, bearer: Option<&str>, id: &str) -> RestAnswer {
        let call = Call { what: "read_topics", scope: Scope::Subscriptions, bearer, channel: Some(id) };
        self.call(now, call, |service, caller| {
            let channel = service.channel_of(now, caller, id)?;
            let entities: Vec<Value> = channel.topics.ids().map(|topic| permitted(id, topic)).collect();
            Ok(RestAnswer::ok(json!({ "entities": entities })))
        })
    }

    /// `DELETE` there.
    pub fn remove_topics(&mut self, now: Millis, bearer: Option<&str>, id: &str) -> RestAnswer {
        let call = Call { what: "remove_topics", scope: Scope::Subscriptions, bearer, channel: Some(id) };
        self.call(now, call, |service, caller| {
            let channel = service.channel_of(now, caller, id)?;
            channel.topics = Default::default();
            let bytes = Channel::weight(&channel.client, &channel.token, &channel.topics);
            channel.weight.resize(bytes).map_err(|Exhausted| Problem::no_room())?;
            Ok(RestAnswer::ok(Value::Null))
        })
    }

    /// Whether whoever has this token may set the topics of this channel: to be asked before a body is read.
    pub fn accepts_topics(&self, now: Millis, bearer: Option<&str>, id: &str) -> bool {
        let token = bearer.and_then(|text| self.streams.tokens.get(text)).filter(|token| token.is_alive(now));
        let channel = self.streams.channels.get(id);
        token.zip(channel).is_some_and(|(token, channel)| token.client == channel.client)
    }

    /// `POST` and `PUT` there, `?ignoreErrors=`.
    pub fn change_topics(
        &mut self,
        now: Millis,
        bearer: Option<&str>,
        id: &str,
        how: Subscribing,
        ignore_errors: Option<&str>,
        body: &[u8],
    ) -> RestAnswer {
        let what = match how {
            Subscribing::Add => "add_topics",
            Subscribing::Replace => "replace_topics",
        };
        let call = Call { what, scope: Scope::Subscriptions, bearer, channel: Some(id) };
        self.call(now, call, |service, caller| {
            service.channel_of(now, caller, id)?;
            let ignore_errors = match ignore_errors {
                None | Some("false") => false,
                Some("true") => true,
                Some(_) => return Err(Problem::bad_request("ignoreErrors is true or false")),
            };
            let asked = read(body).ok_or_else(|| Problem::bad_request("The body is a list of {\"id\": topic}."))?;
            let judged = service.judge(&asked);
            if !ignore_errors {
                whole(&judged)?;
            }
            let entities: Vec<Value> = judged
                .iter()
                .map(|(topic, judged)| match judged {
                    Ok(_) => permitted(id, topic),
                    Err(refused) => json!({
                        "id": topic,
                        "state": "Rejected",
                        "rejectionReason": refused.reason,
                        "missingPermissions": refused.missing,
                        "selfUri": uri(id),
                    }),
                })
                .collect();
            service.set_topics(now, id, how, judged)?;
            Ok(RestAnswer::ok(json!({ "entities": entities })))
        })
    }

    pub(super) fn judge(&self, asked: &[String]) -> Judged {
        let prefix = &self.config.streams.forbidden_prefix;
        asked.iter().map(|topic| (topic.clone(), Topic::judged(topic, prefix))).collect()
    }

    /// What is permitted of these becomes the channel's, and its life begins anew.
    pub(super) fn set_topics(
        &mut self,
        now: Millis,
        id: &str,
        how: Subscribing,
        judged: Judged,
    ) -> Result<(), Problem> {
        let config = &self.config.streams;
        let channel = self.streams.channels.get_mut(id).ok_or_else(Problem::no_channel)?;
        let mut topics = match how {
            Subscribing::Add => channel.topics.clone(),
            Subscribing::Replace => Default::default(),
        };
        topics.add(judged.into_iter().filter_map(|(_, judged)| judged.ok()));
        if topics.weight(config.count_combined) > config.topics {
            let most = config.topics;
            return Err(Problem::bad_request(format!("A channel has at most {most} topics.")));
        }
        let bytes = Channel::weight(&channel.client, &channel.token, &topics);
        channel.weight.resize(bytes).map_err(|Exhausted| Problem::no_room())?;
        channel.topics = topics;
        channel.used_at = now;
        channel.expires_at = now.saturating_add(config.channel_life);
        Ok(())
    }

    /// `GET /api/v2/notifications/availabletopics`: a few of those that the real service has. Any that begins with
    /// `v2.` can be listened to here.
    pub fn available_topics(&mut self, now: Millis, bearer: Option<&str>) -> RestAnswer {
        let call = Call { what: "available_topics", scope: Scope::Subscriptions, bearer, channel: None };
        self.call(now, call, |_, _| {
            let topic = |(id, permissions): (&str, &[&str])| {
                json!({
                    "id": id,
                    "description": "",
                    "version": 2,
                    "requiresPermissions": permissions,
                    "requiresCurrentUser": false,
                    "transports": ["All"],
                    "visibility": "Public",
                    "schema": { "type": "object", "properties": {} },
                })
            };
            let entities: Vec<Value> = AVAILABLE.map(topic).into();
            Ok(RestAnswer::ok(json!({ "entities": entities })))
        })
    }
}

const AVAILABLE: [(&str, &[&str]); 6] = [
    ("v2.users.{id}.presence", &[]),
    ("v2.users.{id}.routingStatus", &["routing:agent:view"]),
    ("v2.routing.queues.{id}.conversations", &["routing:queue:view", "conversation:communication:view"]),
    ("v2.analytics.queues.{id}.observations", &["analytics:queueObservation:view"]),
    ("v2.workforcemanagement.agents.{id}.adherence", &["wfm:realtimeAdherence:view"]),
    ("v2.system.socket_closing", &[]),
];

/// Without `ignoreErrors` one bad topic fails all of them.
fn whole(judged: &Judged) -> Result<(), Problem> {
    let refused: Vec<(&str, &Refused)> =
        judged.iter().filter_map(|(id, judged)| Some((id.as_str(), judged.as_ref().err()?))).collect();
    if refused.is_empty() {
        return Ok(());
    }
    let details = refused.iter().map(|(id, refused)| json!({ "errorCode": refused.reason, "fieldName": id }));
    let details = details.collect();
    let forbidden = refused.iter().all(|(_, refused)| !refused.missing.is_empty());
    Err(if forbidden {
        let missing: Vec<&str> =
            refused.iter().flat_map(|(_, refused)| refused.missing.iter().map(String::as_str)).collect();
        let message = format!(
            "Unable to perform the requested action. You are missing the following permission(s): {}",
            missing.join(", ")
        );
        Problem::new(403, "missing.permissions", message).about(details)
    } else {
        Problem::bad_request("One or more topics could not be subscribed to.").about(details)
    })
}

/// The topics of a body; each stands once.
fn read(body: &[u8]) -> Option<Vec<String>> {
    let Ok(Value::Array(list)) = serde_json::from_slice(body) else {
        return None;
    };
    let mut known = std::collections::HashSet::new();
    let mut ids = Vec::with_capacity(list.len());
    for entry in &list {
        let id = entry.get("id")?.as_str()?;
        if known.insert(id) {
            ids.push(id.to_owned());
        }
    }
    Some(ids)
}

fn permitted(channel: &str, topic: &str) -> Value {
    json!({ "id": topic, "state": "Permitted", "selfUri": uri(channel) })
}

fn uri(channel: &str) -> String {
    format!("/api/v2/notifications/channels/{channel}/subscriptions")
}
