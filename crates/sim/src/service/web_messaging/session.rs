//! The sessions: one for each guest's token at a time, with what was said in it.

use std::collections::{HashMap, VecDeque};

use serde_json::Value;

use super::config::WebMessagingConfig;
use crate::service::budget::{Budget, Exhausted, Reservation, Use};
use crate::service::limits::{MAX_SESSION_ITEMS, MAX_SESSIONS, MAX_TOKENS, SESSION_WEIGHT, TOKEN_WEIGHT};
use crate::service::rate::{Bucket, Pace};
use crate::service::{ConnectionId, Millis, weight};

/// Something that was said or happened, as it was sent out.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// When it was taken.
    pub(super) at: Millis,
    pub(super) body: Value,
    pub(super) tracing_id: Option<String>,
    pub(super) weight: Reservation,
}

impl Item {
    /// What one with this body weighs.
    pub(super) fn weight(body: &Value, tracing_id: Option<&str>) -> usize {
        weight::entry::<Self>() + weight::value(body) + weight::maybe(tracing_id)
    }
}

pub(super) struct Session {
    pub(super) token: String,
    pub(super) deployment: String,
    /// The last message, or the beginning.
    pub(super) active_at: Millis,
    pub(super) life: Millis,
    /// Cleared, replaced, logged out or expired by command: it will not come back.
    pub(super) over: bool,
    pub(super) read_only: bool,
    /// The customer who has signed in.
    pub(super) customer: Option<String>,
    /// Until when the JWT counts that opened it for them.
    pub(super) authentic_until: Millis,
    /// Oldest first.
    pub(super) items: VecDeque<Item>,
    /// So many of them are of sessions before this one.
    pub(super) older: usize,
    /// Oldest first.
    pub(super) connections: Vec<ConnectionId>,
    pub(super) messages: Option<Bucket>,
    pub(super) configures: Option<Bucket>,
    pub(super) histories: Option<Bucket>,
    _weight: Reservation,
}

impl Session {
    pub(super) fn new(
        now: Millis,
        token: &str,
        deployment: &str,
        config: &WebMessagingConfig,
        weight: Reservation,
    ) -> Self {
        let per_minute = |rate: Option<f64>| rate.map(|rate| Bucket::full(Pace::per_minute(rate), now));
        Self {
            token: token.to_owned(),
            deployment: deployment.to_owned(),
            active_at: now,
            life: u64::from(config.session_life) * 1000,
            over: false,
            read_only: false,
            customer: None,
            authentic_until: 0,
            items: VecDeque::new(),
            older: 0,
            connections: Vec::new(),
            messages: config.rates.messages.map(|rate| Bucket::full(Pace::per_second(rate), now)),
            configures: per_minute(config.rates.configures),
            histories: per_minute(config.rates.histories),
            _weight: weight,
        }
    }

    /// What one with these texts weighs.
    pub(super) fn weight(token: &str, deployment: &str) -> usize {
        SESSION_WEIGHT + weight::text(token) + weight::text(deployment)
    }

    pub(super) fn expires_at(&self) -> Millis {
        self.active_at.saturating_add(self.life)
    }

    pub(super) fn is_alive(&self, now: Millis) -> bool {
        !self.over && now < self.expires_at()
    }

    /// How much of what was said the history shows, which may lag behind.
    pub(super) fn shown(&self, now: Millis, lag: Millis) -> usize {
        let own = self.items.iter().skip(self.older).rev();
        let hidden = own.take_while(|item| now < item.at.saturating_add(lag));
        self.items.len() - hidden.count()
    }

    /// Remembers what was said; the oldest goes when there is too much.
    pub(super) fn remember(&mut self, item: Item) {
        if self.items.len() >= MAX_SESSION_ITEMS {
            self.items.pop_front();
            self.older = self.older.saturating_sub(1);
        }
        self.items.push_back(item);
    }
}

/// The session that a token leads to.
struct Bound {
    session: String,
    _weight: Reservation,
}

#[derive(Default)]
pub(super) struct Sessions {
    by_id: HashMap<String, Session>,
    /// The present session of each token.
    by_token: HashMap<String, Bound>,
    /// In order of creation: what is asked of all sessions must not depend on a hash.
    order: VecDeque<String>,
}

impl Sessions {
    /// Puts a session in the place of the one that its token had; false when there is no room.
    pub(super) fn insert(&mut self, now: Millis, id: String, session: Session, budget: &Budget) -> bool {
        if self.by_id.len() >= MAX_SESSIONS {
            self.forget_dead(now);
        }
        if self.by_id.len() >= MAX_SESSIONS {
            return false;
        }
        let weight = budget.charge(Use::Sessions, bound(&session.token));
        self.by_token.insert(session.token.clone(), Bound { session: id.clone(), _weight: weight });
        self.order.push_back(id.clone());
        self.by_id.insert(id, session);
        true
    }

    pub(super) fn forget_dead(&mut self, now: Millis) {
        self.forget(|session| session.is_alive(now) || !session.connections.is_empty());
    }

    /// The sessions without a socket are over.
    pub(super) fn forget_unconnected(&mut self) {
        self.forget(|session| !session.connections.is_empty());
    }

    /// What was said is no longer known.
    pub(super) fn forget_items(&mut self) {
        for session in self.by_id.values_mut() {
            (session.items, session.older) = (VecDeque::new(), 0);
        }
    }

    fn forget(&mut self, but: impl Fn(&Session) -> bool) {
        self.by_id.retain(|_, session| but(session));
        self.order.retain(|id| self.by_id.contains_key(id));
        self.by_token.retain(|_, bound| self.by_id.contains_key(&bound.session));
    }

    pub(super) fn get(&self, id: &str) -> Option<&Session> {
        self.by_id.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Session> {
        self.by_id.get_mut(id)
    }

    /// A token opens a session that there is: a customer's, on another device of theirs.
    /// False: there are too many tokens.
    pub(super) fn bind(&mut self, token: &str, id: &str, budget: &Budget) -> bool {
        if self.id_of(token) == Some(id) {
            return true;
        }
        if self.by_token.len() >= MAX_TOKENS {
            return false;
        }
        match budget.reserve(Use::Sessions, bound(token)) {
            Ok(weight) => {
                self.by_token.insert(token.to_owned(), Bound { session: id.to_owned(), _weight: weight });
                true
            }
            Err(Exhausted) => false,
        }
    }

    /// The present session of a token, alive or not.
    pub(super) fn id_of(&self, token: &str) -> Option<&str> {
        self.by_token.get(token).map(|bound| bound.session.as_str())
    }

    /// The ids of all sessions, oldest first.
    pub(super) fn ids(&self) -> impl Iterator<Item = &String> {
        self.order.iter()
    }

    /// The sessions of one customer that live, oldest first.
    pub(super) fn of_customer(&self, now: Millis, customer: &str) -> Vec<String> {
        let theirs = |id: &&String| {
            self.by_id
                .get(*id)
                .is_some_and(|session| session.is_alive(now) && session.customer.as_deref() == Some(customer))
        };
        self.order.iter().filter(theirs).cloned().collect()
    }
}

/// What a token that leads to a session weighs.
fn bound(token: &str) -> usize {
    TOKEN_WEIGHT + weight::text(token)
}
