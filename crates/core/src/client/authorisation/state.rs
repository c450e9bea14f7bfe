//! What is known of the guest: who the service takes them for, and what they were given.

use crate::built;
use crate::checkpoint::{keep, keep_one_of};
use crate::secret::{Pass, Secret};

/// As whom the service knows the session that there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Standing {
    /// It has not said so yet.
    #[default]
    Unknown,
    /// As a stranger's.
    Guest,
    /// As that of somebody who has signed in.
    Account,
}

/// See the module.
#[derive(Debug, Default)]
pub(in crate::client) struct Authorisation {
    pub(super) standing: Standing,
    /// To be exchanged.
    pub(super) grant: Pass,
    pub(super) jwt: Pass,
    pub(super) refresh_token: Pass,
    /// The JWT was refused.
    pub(super) stale: bool,
    /// JWTs renewed, or attempts to exchange a grant beside a connection, in a row.
    pub(super) tries: u8,
    /// The latest greeting on this link was said with the JWT, and is not answered yet.
    pub(super) greeted: bool,
    /// It is not told yet that the guest has signed in.
    pub(super) untold: bool,
    /// The guest wants to be signed out.
    pub(super) leaving: bool,
    /// A request that is out beside the connection.
    pub(super) call: Option<u32>,
    /// An answer is awaited until then, or nothing is asked before, monotonic.
    pub(super) until: u64,
    /// The guest token may be known as somebody's: the next one must be another.
    pub(super) spent: bool,
    /// Whoever gives grants had none, and is asked again.
    pub(super) wanted: bool,
}

impl Authorisation {
    pub(in crate::client) fn is_call(&self, request: u32) -> bool {
        built::WEB_MESSAGING && self.call == Some(request)
    }

    /// Whether the guest token must be replaced before it is used again.
    pub(in crate::client) fn needs_another_token(&self) -> bool {
        built::WEB_MESSAGING && self.spent
    }

    pub(in crate::client) fn token_replaced(&mut self) {
        if built::WEB_MESSAGING {
            self.spent = false;
        }
    }

    pub(in crate::client) fn is_leaving(&self) -> bool {
        self.leaving
    }

    /// An authenticated session is being asked for in the place of a stranger's.
    pub(in crate::client) fn is_stepping_up(&self) -> bool {
        built::WEB_MESSAGING && self.greeted && self.standing == Standing::Guest
    }

    /// The session is an account's, or is to be: a refused JWT is no lost session.
    pub(in crate::client) fn holds(&self) -> bool {
        built::WEB_MESSAGING && self.jwt().is_some()
    }

    /// The link is gone, and the answer with it.
    pub(in crate::client) fn unlinked(&mut self) {
        self.greeted = false;
    }

    /// What the conversation was is over.
    pub(in crate::client) fn is_over(&mut self) {
        self.standing = Standing::Unknown;
    }

    /// Whether there is anything to it. Where not, all of it is as in a new client.
    pub(in crate::client) fn is_begun(&self) -> bool {
        self.standing != Standing::Unknown || self.spent || self.tries > 0 || self.is_somebodys()
    }

    /// Whether the guest has signed in, or is about to.
    pub(super) fn is_somebodys(&self) -> bool {
        self.standing == Standing::Account || self.grant.get().is_some() || self.jwt().is_some()
    }

    /// What was given for the guest is of no use.
    pub(super) fn forget(&mut self) {
        (self.grant, self.jwt, self.refresh_token) = Default::default();
        (self.stale, self.greeted, self.untold, self.leaving) = Default::default();
        (self.tries, self.call, self.until, self.wanted) = Default::default();
    }

    /// What the next greeting is said with.
    pub(in crate::client) fn jwt(&self) -> Option<&Secret> {
        self.jwt.get()
    }

    pub(in crate::client) fn greets(&mut self) {
        self.greeted = self.jwt().is_some();
    }

    /// The client has ended: nobody is asked for anything.
    pub(in crate::client) fn stops(&mut self) {
        self.wanted = false;
    }

    /// A connection has held: the JWT is good.
    pub(in crate::client) fn proved(&mut self) {
        if built::WEB_MESSAGING {
            self.tries = 0;
        }
    }

    pub(in crate::client) fn due(&self) -> Option<u64> {
        let waits = self.wanted
            || self.call.is_some()
            || self.standing == Standing::Guest && (self.grant.get().is_some() || self.greeted);
        waits.then_some(self.until)
    }
}

keep_one_of!(Standing { Unknown, Guest, Account });
keep!(Authorisation {
    standing,
    grant,
    jwt,
    refresh_token,
    stale,
    tries,
    greeted,
    untold,
    leaving,
    call,
    until,
    spent,
    wanted,
});
