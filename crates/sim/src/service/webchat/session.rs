//! Guest sessions: who may talk in which conversation, until when, and what the agent said there.

use std::collections::{HashMap, VecDeque};

use crate::service::budget::Reservation;
use crate::service::ids::same_secret;
use crate::service::limits::MAX_SESSIONS;
use crate::service::rate::Bucket;
use crate::service::{ConnectionId, Millis};

/// Something that the agent said.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) message_id: String,
    pub(super) content: String,
    pub(super) _weight: Reservation,
}

pub(super) struct Session {
    token: String,
    expires_at: Millis,
    revoked: bool,
    /// Made at the first message, when a rate is set.
    pub(super) bucket: Option<Bucket>,
    /// What a new socket repeats, oldest first.
    pub(super) words: VecDeque<Word>,
    pub(super) connections: Vec<ConnectionId>,
    _weight: Reservation,
}

impl Session {
    pub(super) fn is_alive(&self, now: Millis) -> bool {
        !self.revoked && now < self.expires_at
    }

    /// Whole seconds left.
    pub(super) fn expires_in(&self, now: Millis) -> u64 {
        self.expires_at.saturating_sub(now) / 1000
    }

    pub(super) fn remember(&mut self, word: Word, limit: usize) {
        if limit == 0 {
            return;
        }
        while self.words.len() >= limit {
            self.words.pop_front();
        }
        self.words.push_back(word);
    }
}

/// Why a guest token was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denied {
    UnknownSession,
    WrongToken,
    Expired,
}

impl Denied {
    pub(super) fn status(self) -> u16 {
        match self {
            Self::UnknownSession => 404,
            Self::WrongToken | Self::Expired => 401,
        }
    }

    pub(super) fn message(self) -> &'static str {
        match self {
            Self::UnknownSession => "no such session",
            Self::WrongToken => "the guest token is missing or not this session's",
            Self::Expired => "the guest token has expired",
        }
    }
}

#[derive(Default)]
pub(super) struct Sessions {
    by_id: HashMap<String, Session>,
    /// In order of creation: what is asked of all sessions must not depend on a hash.
    order: VecDeque<String>,
}

impl Sessions {
    /// Returns false when there are too many.
    pub(super) fn create(&mut self, now: Millis, id: String, token: String, life: Millis, weight: Reservation) -> bool {
        if self.by_id.len() >= MAX_SESSIONS {
            self.forget_expired(now);
        }
        if self.by_id.len() >= MAX_SESSIONS {
            return false;
        }
        self.order.push_back(id.clone());
        self.by_id.insert(
            id,
            Session {
                token,
                expires_at: now + life,
                revoked: false,
                bucket: None,
                words: VecDeque::new(),
                connections: Vec::new(),
                _weight: weight,
            },
        );
        true
    }

    pub(super) fn forget_expired(&mut self, now: Millis) {
        self.by_id.retain(|_, session| session.is_alive(now) || !session.connections.is_empty());
        self.order.retain(|id| self.by_id.contains_key(id));
    }

    /// What the agent said is not repeated any more.
    pub(super) fn forget_words(&mut self) {
        self.by_id.values_mut().for_each(|session| session.words = VecDeque::new());
    }

    /// The sessions without a socket are over.
    pub(super) fn forget_unconnected(&mut self) {
        self.by_id.retain(|_, session| !session.connections.is_empty());
        self.order.retain(|id| self.by_id.contains_key(id));
    }

    pub(super) fn get(&self, id: &str) -> Option<&Session> {
        self.by_id.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Session> {
        self.by_id.get_mut(id)
    }

    pub(super) fn check(&self, now: Millis, id: &str, token: Option<&str>) -> Result<&Session, Denied> {
        let session = self.by_id.get(id).ok_or(Denied::UnknownSession)?;
        match token {
            Some(token) if same_secret(token, &session.token) => {}
            _ => return Err(Denied::WrongToken),
        }
        if !session.is_alive(now) {
            return Err(Denied::Expired);
        }
        Ok(session)
    }

    /// The ids of sessions that live, oldest first.
    pub(super) fn alive(&self, now: Millis) -> Vec<String> {
        let alive = |id: &&String| self.by_id.get(*id).is_some_and(|s| s.is_alive(now));
        self.order.iter().filter(alive).cloned().collect()
    }

    /// The tokens of `id`, or of every session, are refused from now on.
    pub(super) fn revoke(&mut self, id: Option<&str>) {
        match id {
            Some(id) => {
                if let Some(session) = self.by_id.get_mut(id) {
                    session.revoked = true;
                }
            }
            None => {
                for session in self.by_id.values_mut() {
                    session.revoked = true;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::budget::{Budget, Use};

    fn nothing() -> Reservation {
        Budget::new(1).charge(Use::Sessions, 0)
    }

    fn word(number: u32) -> Word {
        Word { message_id: number.to_string(), content: String::new(), _weight: nothing() }
    }

    fn one() -> Sessions {
        let mut sessions = Sessions::default();
        assert!(sessions.create(0, "id".into(), "token".into(), 1000, nothing()));
        sessions
    }

    #[test]
    fn a_token_opens_its_own_session_until_it_expires() {
        let sessions = one();
        assert!(sessions.check(999, "id", Some("token")).is_ok());
        assert_eq!(sessions.check(1000, "id", Some("token")).err(), Some(Denied::Expired));
        assert_eq!(sessions.check(0, "id", Some("tokem")).err(), Some(Denied::WrongToken));
        assert_eq!(sessions.check(0, "id", None).err(), Some(Denied::WrongToken));
        assert_eq!(sessions.check(0, "other", Some("token")).err(), Some(Denied::UnknownSession));
    }

    #[test]
    fn a_revoked_session_is_refused_though_its_time_has_not_come() {
        let mut sessions = one();
        sessions.revoke(None);
        assert_eq!(sessions.check(0, "id", Some("token")).err(), Some(Denied::Expired));
        assert!(sessions.alive(0).is_empty());
    }

    #[test]
    fn expired_sessions_make_room_and_live_ones_do_not() {
        let mut sessions = one();
        for n in 1..MAX_SESSIONS {
            assert!(sessions.create(500, n.to_string(), "t".into(), 1000, nothing()));
        }
        assert!(!sessions.create(999, "full".into(), "t".into(), 1000, nothing()));
        assert!(sessions.create(1000, "room".into(), "t".into(), 1000, nothing()));
        assert!(sessions.get("id").is_none());
    }

    #[test]
    fn only_the_last_words_are_kept() {
        let mut sessions = one();
        let session = sessions.get_mut("id").expect("made above");
        for n in 0..5 {
            session.remember(word(n), 2);
        }
        let ids: Vec<_> = session.words.iter().map(|w| w.message_id.as_str()).collect();
        assert_eq!(ids, ["3", "4"]);
        session.remember(word(5), 0);
        assert_eq!(session.words.len(), 2);
    }
}
