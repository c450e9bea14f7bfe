//! Channels over REST: made, listed, looked at (notifications.md, A3).

use serde_json::{Value, json};

use super::call::{Call, Caller};
use super::channel::Channel;
use super::problem::Problem;
use super::topic::Topics;
use super::{Ended, Wake};
use crate::service::budget::{Exhausted, Use};
use crate::service::faults::Scope;
use crate::service::{Millis, RestAnswer, Service, Wake as ServiceWake};

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

impl Service {
    /// `POST /api/v2/notifications/channels`. `base` is by which address the client knows the service: the channel's
    /// own begins with it.
    pub fn create_channel(&mut self, now: Millis, bearer: Option<&str>, base: &str) -> RestAnswer {
        let call = Call { what: "create_channel", scope: Scope::Channels, bearer, channel: None };
        self.call(now, call, |service, caller| {
            let own = |channel: &Channel| channel.client == caller.client;
            while service.streams.channels.of(own).len() >= service.config.streams.channels.max(1) {
                let Some(id) = service.streams.channels.first_to_go(&caller.client) else { break };
                service.end_channel(now, &id, Ended::Evicted);
            }
            let bytes = Channel::weight(&caller.client, &caller.token, &Topics::default());
            let weight = service.budget.reserve(Use::Streams, bytes).map_err(|Exhausted| Problem::no_room())?;
            let id = service.new_channel_id();
            let expires_at = now.saturating_add(service.config.streams.channel_life);
            let channel = Channel {
                client: caller.client.clone(),
                token: caller.token.clone(),
                since: now,
                used_at: now,
                expires_at,
                topics: Topics::default(),
                connection: None,
                opened: 0,
                replaced: 0,
                weight,
            };
            service.streams.channels.insert(id.clone(), channel);
            service.timers.at(expires_at, ServiceWake::Streams(Wake::ChannelEnds(id.clone())));
            Ok(RestAnswer::ok(service.channel_facts(&id, base)))
        })
    }

    /// `GET /api/v2/notifications/channels?includechannels=`: with `token`, the default, the channels of other tokens
    /// of the application are shown without their ids.
    pub fn list_channels(
        &mut self,
        now: Millis,
        bearer: Option<&str>,
        include: Option<&str>,
        base: &str,
    ) -> RestAnswer {
        let call = Call { what: "list_channels", scope: Scope::Channels, bearer, channel: None };
        self.call(now, call, |service, caller| {
            let all = match include {
                None | Some("token") => false,
                Some("oauthclient") => true,
                Some(_) => return Err(Problem::bad_request("includechannels is one of token, oauthclient")),
            };
            let own = service.streams.channels.of(|channel| channel.client == caller.client);
            let entities: Vec<Value> = own
                .iter()
                .map(|id| {
                    let mut facts = service.channel_facts(id, base);
                    let of_token = service.streams.channels.get(id).is_some_and(|it| it.token == caller.token);
                    if let (false, false, Some(facts)) = (all, of_token, facts.as_object_mut()) {
                        facts.remove("id");
                        facts.remove("connectUri");
                    }
                    facts
                })
                .collect();
            Ok(RestAnswer::ok(json!({ "entities": entities })))
        })
    }

    /// `HEAD /api/v2/notifications/channels/{id}`: 200 or 404.
    pub fn check_channel(&mut self, now: Millis, bearer: Option<&str>, id: &str) -> RestAnswer {
        let call = Call { what: "check_channel", scope: Scope::Channels, bearer, channel: Some(id) };
        let mut answer = self.call(now, call, |service, caller| {
            service.channel_of(now, caller, id)?;
            Ok(RestAnswer::ok(Value::Null))
        });
        answer.body = Value::Null;
        answer
    }

    /// The caller's channel of this id, which is used by this.
    pub(super) fn channel_of(&mut self, now: Millis, caller: &Caller, id: &str) -> Result<&mut Channel, Problem> {
        let channel = self.streams.channels.get_mut(id).filter(|channel| channel.client == caller.client);
        let channel = channel.ok_or_else(Problem::no_channel)?;
        channel.used_at = now;
        Ok(channel)
    }

    fn channel_facts(&self, id: &str, base: &str) -> Value {
        let expires_at = self.streams.channels.get(id).map_or(0, |channel| channel.expires_at);
        json!({
            "connectUri": format!("{}/channels/{id}", base.replacen("http", "ws", 1).replacen("://api.", "://streaming.", 1)),
            "id": id,
            "expires": self.config.streams.timestamp(expires_at),
        })
    }

    /// `streaming-<digit>-<26 of base32>`
    fn new_channel_id(&mut self) -> String {
        let shard = self.ids.below(7);
        let letters: String = (0..26).map(|_| char::from(ALPHABET[self.ids.below(32) as usize])).collect();
        format!("streaming-{shard}-{letters}")
    }
}
