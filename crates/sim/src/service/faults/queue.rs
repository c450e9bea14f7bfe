//! When faults happen: each waits for its messages or its time, acts come out one at a time, and
//! conditions are used up one by one.

use super::{Act, After, Condition, Corruption, Fault, FaultKind, Foreign, On, Refusal, Scope};
use crate::service::Millis;
use crate::service::budget::{Budget, Exhausted, Reservation, Use};
use crate::service::ledger::Via;
use crate::service::limits::{FAULT_WEIGHT, MAX_FAULTS};
use crate::service::weight;

struct Queued {
    fault: Fault,
    messages: u32,
    /// From when on it holds; `None` while messages are awaited.
    armed_at: Option<Millis>,
    left: Option<u32>,
    _weight: Reservation,
}

impl Queued {
    fn new(now: Millis, fault: Fault, weight: Reservation) -> Self {
        let each_open = matches!(fault.kind, FaultKind::Act { on: On::Open, .. });
        let armed_at = match fault.after {
            // It counts anew for each connection.
            _ if each_open => Some(now),
            None => Some(now),
            Some(After::Ms(ms)) => Some(now + ms),
            Some(After::Messages(_)) => None,
        };
        Self { messages: 0, armed_at, left: fault.count, fault, _weight: weight }
    }

    fn is_over(&self, now: Millis) -> bool {
        let end = self.armed_at.zip(self.fault.lasts).map(|(at, lasts)| at + lasts);
        self.left == Some(0) || end.is_some_and(|end| now >= end)
    }

    fn holds(&self, now: Millis) -> bool {
        self.armed_at.is_some_and(|at| now >= at) && !self.is_over(now)
    }

    fn concerns(&self, conversation: Option<&str>) -> bool {
        match (&self.fault.conversation, conversation) {
            (None, _) => true,
            (Some(wanted), Some(conversation)) => wanted == conversation,
            (Some(_), None) => false,
        }
    }

    fn use_up(&mut self) {
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(1);
        }
    }
}

/// Why faults were not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::service) enum NotQueued {
    TooMany,
    NoRoom,
}

impl Fault {
    fn weight(&self) -> usize {
        let said = match &self.kind {
            FaultKind::Act { act: Act::RawFrame { text, .. } | Act::AuthError { message: text, .. }, .. } => text.len(),
            FaultKind::Condition(Condition::Foreign { answer, .. }) => {
                answer.body.len() + answer.content_type.len() + weight::maybe(answer.location.as_deref())
            }
            _ => 0,
        };
        FAULT_WEIGHT + said + weight::maybe(self.conversation.as_deref())
    }
}

#[derive(Default)]
pub(in crate::service) struct FaultQueue(Vec<Queued>);

impl FaultQueue {
    /// Queues all of them, or none. The times at which the queue must be looked at come back.
    pub(in crate::service) fn queue(
        &mut self,
        now: Millis,
        faults: Vec<Fault>,
        budget: &Budget,
    ) -> Result<Vec<Millis>, NotQueued> {
        self.0.retain(|queued| !queued.is_over(now));
        if self.0.len() + faults.len() > MAX_FAULTS {
            return Err(NotQueued::TooMany);
        }
        // Like an answer: a test that is to see what is full must be able to say so.
        let weighed =
            faults.into_iter().map(|fault| Ok((budget.reserve_to_answer(Use::Faults, fault.weight())?, fault)));
        let weighed: Vec<_> = weighed.collect::<Result<_, Exhausted>>().map_err(|Exhausted| NotQueued::NoRoom)?;
        let first = self.0.len();
        self.0.extend(weighed.into_iter().map(|(weight, fault)| Queued::new(now, fault, weight)));
        Ok(self.0[first..].iter().filter_map(|queued| queued.armed_at).collect())
    }

    /// Forgets all, and says how many there were.
    pub(in crate::service) fn clear(&mut self, now: Millis) -> usize {
        self.0.retain(|queued| !queued.is_over(now));
        let count = self.0.len();
        self.0.clear();
        count
    }

    /// The faults that wait or hold, how often each can still happen, and whether it holds.
    pub(in crate::service) fn list(&self, now: Millis) -> impl Iterator<Item = (&Fault, Option<u32>, bool)> {
        let alive = self.0.iter().filter(move |queued| !queued.is_over(now));
        alive.map(move |queued| (&queued.fault, queued.left, queued.holds(now)))
    }

    /// A message was newly taken.
    pub(in crate::service) fn count_message(&mut self, now: Millis, conversation: &str) {
        for queued in &mut self.0 {
            let Some(After::Messages(wanted)) = queued.fault.after else {
                continue;
            };
            if queued.armed_at.is_none() && queued.concerns(Some(conversation)) {
                queued.messages += 1;
                if queued.messages >= wanted {
                    queued.armed_at = Some(now);
                }
            }
        }
    }

    /// The next act whose time has come and which has somebody to happen to.
    pub(in crate::service) fn next_act(
        &mut self,
        now: Millis,
        somebody: impl Fn(Option<&str>) -> bool,
    ) -> Option<(Act, Option<String>)> {
        let ready = |queued: &Queued| match &queued.fault.kind {
            FaultKind::Act { act, on: On::Now } => {
                queued.holds(now) && (!act.needs_a_connection() || somebody(queued.fault.conversation.as_deref()))
            }
            _ => false,
        };
        let position = self.0.iter().position(ready)?;
        let fault = self.0.remove(position).fault;
        match fault.kind {
            FaultKind::Act { act, .. } => Some((act, fault.conversation)),
            FaultKind::Condition(_) => None,
        }
    }

    /// The acts that happen to a connection because it opens, each with what must pass first. Where it has not said
    /// yet in which conversation it is, these are the acts that ask for none.
    pub(in crate::service) fn acts_on_open(
        &mut self,
        now: Millis,
        conversation: Option<&str>,
    ) -> Vec<(Act, Option<After>)> {
        self.open_acts(now, |queued| queued.concerns(conversation))
    }

    /// The acts for one conversation, of a connection that has now said that it is in it.
    pub(in crate::service) fn acts_on_joining(&mut self, now: Millis, conversation: &str) -> Vec<(Act, Option<After>)> {
        self.open_acts(now, |queued| queued.fault.conversation.as_deref() == Some(conversation))
    }

    fn open_acts(&mut self, now: Millis, concerned: impl Fn(&Queued) -> bool) -> Vec<(Act, Option<After>)> {
        let mut acts = Vec::new();
        for queued in &mut self.0 {
            if !queued.holds(now) || !concerned(queued) {
                continue;
            }
            if let FaultKind::Act { act, on: On::Open } = &queued.fault.kind {
                acts.push((act.clone(), queued.fault.after));
                queued.use_up();
            }
        }
        self.0.retain(|queued| !queued.is_over(now));
        acts
    }

    /// Uses the first condition that holds and that `pick` makes something of.
    fn take<T>(
        &mut self,
        now: Millis,
        conversation: Option<&str>,
        pick: impl Fn(&Condition) -> Option<T>,
    ) -> Option<T> {
        let found = self.0.iter_mut().find_map(|queued| match &queued.fault.kind {
            FaultKind::Condition(condition) if queued.holds(now) && queued.concerns(conversation) => {
                let picked = pick(condition)?;
                queued.use_up();
                Some(picked)
            }
            _ => None,
        })?;
        self.0.retain(|queued| !queued.is_over(now));
        Some(found)
    }

    pub(in crate::service) fn refuse_socket(&mut self, now: Millis, conversation: &str) -> Option<Refusal> {
        self.take(now, Some(conversation), |condition| match condition {
            Condition::RefuseSocket(refusal) => Some(*refusal),
            _ => None,
        })
    }

    /// How long a handshake is left without an answer.
    pub(in crate::service) fn stall_socket(&mut self, now: Millis, conversation: &str) -> Option<Millis> {
        self.take(now, Some(conversation), |condition| match condition {
            Condition::StallSocket { ms } => Some(*ms),
            _ => None,
        })
    }

    pub(in crate::service) fn refuse_rest(
        &mut self,
        now: Millis,
        request: Scope,
        conversation: Option<&str>,
    ) -> Option<Refusal> {
        self.take(now, conversation, |condition| match condition {
            Condition::RefuseRest { scope, refusal } if scope.covers(request) => Some(*refusal),
            _ => None,
        })
    }

    /// Who answers in the service's place.
    pub(in crate::service) fn foreign(
        &mut self,
        now: Millis,
        request: Scope,
        conversation: Option<&str>,
    ) -> Option<Foreign> {
        self.take(now, conversation, |condition| match condition {
            Condition::Foreign { scope, answer } if scope.covers(request) => Some(answer.clone()),
            _ => None,
        })
    }

    pub(in crate::service) fn refuse_message(&mut self, now: Millis, conversation: &str) -> Option<Refusal> {
        self.take(now, Some(conversation), |condition| match condition {
            Condition::RefuseMessage(refusal) => Some(*refusal),
            _ => None,
        })
    }

    pub(in crate::service) fn delay(&mut self, now: Millis, conversation: Option<&str>) -> Millis {
        let delay = self.take(now, conversation, |condition| match condition {
            Condition::Delay { ms } => Some(*ms),
            _ => None,
        });
        delay.unwrap_or(0)
    }

    pub(in crate::service) fn lose_ack(&mut self, now: Millis, conversation: &str, path: Via) -> bool {
        let lost = self.take(now, Some(conversation), |condition| match condition {
            Condition::LoseAcks { via } => via.is_none_or(|via| via == path).then_some(()),
            _ => None,
        });
        lost.is_some()
    }

    pub(in crate::service) fn duplicate_ack(&mut self, now: Millis, conversation: &str) -> bool {
        let doubled =
            self.take(now, Some(conversation), |condition| matches!(condition, Condition::DuplicateAcks).then_some(()));
        doubled.is_some()
    }

    pub(in crate::service) fn corrupt_frame(&mut self, now: Millis, conversation: &str) -> Option<Corruption> {
        self.take(now, Some(conversation), |condition| match condition {
            Condition::CorruptFrames { how } => Some(*how),
            _ => None,
        })
    }

    /// Whether a heartbeat of the service's own does not come, or the answer to a client's.
    pub(in crate::service) fn lose_heartbeat(&mut self, now: Millis, conversation: &str, is_answer: bool) -> bool {
        let lost = self.take(now, Some(conversation), |condition| match condition {
            Condition::LoseHeartbeats { answers } => (*answers || !is_answer).then_some(()),
            _ => None,
        });
        lost.is_some()
    }

    /// How much later than it came a message is taken.
    pub(in crate::service) fn late(&mut self, now: Millis, conversation: &str) -> Millis {
        let late = self.take(now, Some(conversation), |condition| match condition {
            Condition::Late { ms } => Some(*ms),
            _ => None,
        });
        late.unwrap_or(0)
    }

    pub(in crate::service) fn fail_upload(&mut self, now: Millis, conversation: &str) -> Option<u16> {
        self.take(now, Some(conversation), |condition| match condition {
            Condition::FailUpload { code } => Some(*code),
            _ => None,
        })
    }
}
