//! The guest session: who we are to the service, how long that holds, and how often in a row it was
//! lost. A session is never renewed in place; a new one is a new conversation (webchat.md).

use crate::checkpoint::{Keep, Writer, keep, keep_one_of};
#[cfg(feature = "replay")]
use crate::checkpoint::{Malformed, Reader};
use crate::limits;
use crate::secret::Secret;
use crate::time::Now;

/// What the service gave.
#[derive(Clone, Debug)]
pub struct Granted {
    /// The service's id of the session (`webchatInstanceId`).
    pub id: String,
    /// The guest token.
    pub token: Secret,
    /// How long it lives, ms.
    pub expires_in: u64,
    /// The token stands in every frame.
    pub token_in_frames: bool,
}

/// A guest session.
#[derive(Clone, Debug)]
pub struct GuestSession {
    /// What the service gave.
    pub granted: Granted,
    /// Counts the sessions of this client, from 1; a message's copies are told apart by it.
    pub serial: u32,
    made: Now,
}

impl GuestSession {
    /// How long it still lives, ms.
    #[must_use]
    pub fn left(&self, now: Now) -> u64 {
        self.granted.expires_in.saturating_sub(now.since(self.made))
    }

    /// Whether it may be used for something new.
    #[must_use]
    pub fn is_fresh(&self, now: Now) -> bool {
        is_fresh(self.left(now), self.granted.expires_in)
    }
}

/// Whether what was given for so long, and has so much of it left, may be used for something new. What lives for less than
/// two minutes has a smaller margin, or it could never be used at all.
pub(crate) fn is_fresh(left: u64, life: u64) -> bool {
    left >= limits::SESSION_MARGIN.min(life / 4) && left > 0
}

/// Why a session is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Its time ran out.
    Expired,
    /// The service refused its token.
    Refused,
    /// The service does not know it any more.
    Gone,
    /// The guest wanted another one.
    Left,
}

impl Loss {
    /// A stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Refused => "refused",
            Self::Gone => "gone",
            Self::Left => "started_anew",
        }
    }
}

/// The sessions of one client: the one in use, and the one before while it may hold messages whose
/// fate is uncertain.
#[derive(Clone, Debug, Default)]
pub struct Sessions {
    current: Option<GuestSession>,
    previous: Option<GuestSession>,
    serial: u32,
    /// The id of the session that was lost, and why, until there is another.
    lost: Option<(String, Loss)>,
    losses_in_row: u32,
    renewals_in_row: u32,
    /// The token is of no use any more; whoever gives tokens is asked for another.
    token_spent: bool,
}

impl Sessions {
    /// The one in use.
    #[must_use]
    pub fn current(&self) -> Option<&GuestSession> {
        self.current.as_ref()
    }

    /// The one before, while it is still asked about messages.
    #[must_use]
    pub fn previous(&self) -> Option<&GuestSession> {
        self.previous.as_ref()
    }

    /// The serial of the latest session made; 0 before the first.
    #[must_use]
    pub fn serial(&self) -> u32 {
        self.serial
    }

    /// A session was made. Gives the id that it replaces and why.
    pub fn made(&mut self, now: Now, granted: Granted) -> (Option<String>, &'static str) {
        self.serial += 1;
        self.token_spent = false;
        self.current = Some(GuestSession { granted, serial: self.serial, made: now });
        match self.lost.take() {
            Some((id, loss)) => (Some(id), loss.name()),
            None => (None, "first"),
        }
    }

    /// The session in use is lost. True: it was the second in a row with nothing achieved in
    /// between, and the client must end.
    pub fn lose(&mut self, loss: Loss) -> bool {
        let Some(session) = self.current.take() else { return false };
        self.lost = Some((session.granted.id.clone(), loss));
        self.previous = Some(session);
        self.losses_in_row += 1;
        self.losses_in_row >= 2
    }

    /// Whether the session that was lost last, and not replaced yet, was refused.
    #[must_use]
    pub fn was_refused(&self) -> bool {
        self.token_spent || matches!(self.lost, Some((_, Loss::Refused)))
    }

    /// The token of the session that was is of no use any more.
    pub fn spend_token(&mut self) {
        self.token_spent = true;
    }

    /// The guest leaves the session in use for another one; that is no loss.
    pub fn leave(&mut self) {
        if let Some(session) = self.current.take() {
            self.lost = Some((session.granted.id.clone(), Loss::Left));
            self.previous = Some(session);
        }
    }

    /// The service says how long the session in use lasts from now, ms.
    pub fn lasts(&mut self, now: Now, left: u64) {
        if let Some(session) = &mut self.current {
            (session.made, session.granted.expires_in) = (now, left);
        }
    }

    /// Nothing is uncertain any more of the session before; its token is forgotten.
    pub fn settled(&mut self) {
        self.previous = None;
    }

    /// The conversation is over; what comes next has nothing to do with it.
    pub fn forget(&mut self) {
        self.current = None;
        self.previous = None;
        self.lost = None;
        self.start_anew();
    }

    /// The caller connects anew; what was lost before does not count.
    pub fn start_anew(&mut self) {
        self.losses_in_row = 0;
        self.renewals_in_row = 0;
    }

    /// A close asked for renewed credentials. True: it was the second without a ready connection in
    /// between.
    pub fn renew(&mut self) -> bool {
        self.renewals_in_row += 1;
        self.renewals_in_row >= 2
    }

    /// A connection was ready.
    pub fn was_ready(&mut self) {
        self.renewals_in_row = 0;
    }

    /// A connection held, or a message was acknowledged: the session is good.
    pub fn proved(&mut self) {
        self.losses_in_row = 0;
    }
}

keep_one_of!(Loss { Expired, Refused, Gone, Left });

impl Keep for Granted {
    fn keep(&self, to: &mut Writer) {
        self.id.keep(to);
        self.expires_in.keep(to);
        // How long it is where it stands in frames: their size is recorded.
        to.number(if self.token_in_frames { self.token.expose().len() as u64 } else { 0 });
    }

    #[cfg(feature = "replay")]
    fn restore(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (id, expires_in) = (Keep::restore(from)?, Keep::restore(from)?);
        let in_frames = from.place(limits::IDENTIFIER_BYTES + 1)?;
        let token_in_frames = in_frames > 0;
        let length = if token_in_frames { in_frames } else { crate::trace::STAND_IN.len() };
        Ok(Self { id, token: Secret::stand_in(length), expires_in, token_in_frames })
    }
}

keep!(GuestSession { granted, serial, made });
keep!(Sessions { current, previous, serial, lost, losses_in_row, renewals_in_row, token_spent });

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn granted(expires_in: u64) -> Granted {
        Granted { id: "i".into(), token: Secret::new("t".into()), expires_in, token_in_frames: false }
    }

    fn at(monotonic: u64) -> Now {
        Now { monotonic, wall: monotonic }
    }

    #[test]
    fn a_session_with_under_thirty_seconds_left_is_not_used_for_anything_new() {
        let mut sessions = Sessions::default();
        sessions.made(at(0), granted(3_600_000));
        let session = sessions.current().unwrap();
        assert!(session.is_fresh(at(3_570_000)) && !session.is_fresh(at(3_570_001)));
        // Asleep, the monotonic clock may stand still; the wall clock tells.
        assert!(!session.is_fresh(Now { monotonic: 5, wall: 4_000_000 }));
    }

    #[test]
    fn a_short_session_can_be_used_at_all() {
        let mut sessions = Sessions::default();
        sessions.made(at(0), granted(10_000));
        assert!(sessions.current().unwrap().is_fresh(at(7_000)));
        assert!(!sessions.current().unwrap().is_fresh(at(7_600)));
    }

    #[test]
    fn the_second_loss_in_a_row_is_final_and_proof_of_use_breaks_the_row() {
        let mut sessions = Sessions::default();
        sessions.made(at(0), granted(1));
        assert!(!sessions.lose(Loss::Gone));
        assert_eq!(sessions.made(at(0), granted(1)), (Some("i".into()), "gone"));
        sessions.proved();
        assert!(!sessions.lose(Loss::Expired));
        sessions.made(at(0), granted(1));
        assert!(sessions.lose(Loss::Gone));
        assert!(!Sessions::default().lose(Loss::Gone), "nothing to lose");
    }
}
