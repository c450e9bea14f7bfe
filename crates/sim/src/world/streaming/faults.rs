//! What happens to streams besides what happens to all: channels are evicted, tokens revoked, sockets announced to
//! close, heartbeats lost; topics and channels are refused, and answers spoilt; word comes late, twice, or is about
//! somebody else.

use crate::service::{Act, Condition, Fault, FaultKind, Refusal, Scope};
use crate::world::chance::{Chance, Stream};
use crate::world::plan::{MINUTE, Planned, Trouble, act};
use crate::world::requests::{Spoils, Spoilt};

/// What speaks of the request itself, and not of a moment.
const FOR_GOOD: [u16; 3] = [400, 409, 413];
/// Of the service's own channels none has this shard.
const ANOTHERS: &str = "streaming-9-aaaaaaaaaaaaaaaaaaaaaaaaaa";

pub(in crate::world) fn suffers(seed: u64, faults: &mut Vec<Planned>, begins: u64, ends: u64) {
    let mut chance = Chance::new(seed, Stream::Turns);
    for _ in 0..chance.below(5) {
        let kind = match chance.below(8) {
            0..=2 => act(Act::SocketClosing),
            3 => act(Act::EvictChannel),
            4 => act(Act::RevokeToken),
            5 => act(Act::AuthError { code: 401, message: "authorization failed".into() }),
            6 => act(Act::ExpireSession),
            _ => FaultKind::Condition(Condition::LoseHeartbeats { answers: chance.one_in(2) }),
        };
        let lasts = matches!(kind, FaultKind::Condition(_)).then(|| chance.below(5 * MINUTE));
        let fault = Fault { kind, conversation: None, after: None, count: None, lasts };
        let at = begins + chance.below(ends - begins);
        faults.push(Planned { at, trouble: Trouble::Service(fault) });
    }
    for _ in 0..chance.below(5) {
        let trouble = unheard_of(&mut chance);
        let at = begins + chance.below(ends - begins);
        faults.push(Planned { at, trouble });
    }
    faults.sort_by_key(|planned| planned.at);
}

/// What a client seldom meets: refusals for good, answers that say nothing, word that was meant for others.
fn unheard_of(chance: &mut Chance) -> Trouble {
    let (count, lasts) = (1 + chance.below(3), chance.below(5 * MINUTE));
    let kind = match chance.below(8) {
        0 | 1 => {
            // Of topics mostly: what refuses a channel for good ends the client.
            let scope = chance.pick(&[Scope::Subscriptions, Scope::Subscriptions, Scope::Channels]);
            let refusal = Refusal { status: chance.pick(&FOR_GOOD), retry_after: None };
            FaultKind::Condition(Condition::RefuseRest { scope, refusal })
        }
        2 | 3 => {
            let how = chance.pick(&[Spoilt::Halved, Spoilt::Nothing, Spoilt::Page, Spoilt::Bare]);
            return Trouble::Answers(Spoils { how, left: count, lasts });
        }
        4 => FaultKind::Condition(Condition::Late { ms: chance.below(15_000) }),
        5 => FaultKind::Condition(Condition::DuplicateAcks),
        _ => act(Act::RawFrame { text: anothers_end(chance).into(), binary: false }),
    };
    let condition = matches!(kind, FaultKind::Condition(_));
    let count = condition.then(|| u32::try_from(count).unwrap_or(1));
    Trouble::Service(Fault { kind, conversation: None, after: None, count, lasts: condition.then_some(lasts) })
}

/// That somebody else's channel is evicted, as it may stand on any socket.
fn anothers_end(chance: &mut Chance) -> String {
    let (named, body) = (format!(".{ANOTHERS}"), format!(r#""channelId":"{ANOTHERS}","#));
    let (named, body) = chance.pick(&[(named.as_str(), body.as_str()), (named.as_str(), ""), ("", body.as_str())]);
    format!(
        r#"{{"topicName":"v2.system.no_longer_subscribed{named}","version":"2","eventBody":{{{body}"systemTopicType":"no_longer_subscribed","reason":"another_channel_subscribed"}}}}"#
    )
}
