//! The connection's state machine: its states, and every transition there is, as one table. A test
//! walks it, and the diagram in `docs/states.md` is made from it.

use crate::checkpoint::keep_one_of;

/// Where the connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Never asked to connect.
    Idle,
    /// The first attempt since `connect()`.
    Connecting,
    /// Ready: the service showed a sign of life.
    Connected,
    /// Was ready, or tried to be; tries again.
    Reconnecting,
    /// The platform says that there is no network. Tries all the same, once per cap.
    Offline,
    /// `close()`: what is in flight has a short time to settle.
    Closing,
    /// Over, for a reason. `connect()` starts anew.
    Closed,
}

/// What moves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The caller's `connect()`.
    Connect,
    /// The dialect says that the connection is ready.
    Ready,
    /// An attempt failed, or a ready connection was lost.
    Failed,
    /// The same, while the platform says that there is no network; or it says so during a wait.
    FailedOffline,
    /// The platform says that the network is back.
    Online,
    /// The caller's `close()`.
    Close,
    /// What was in flight has settled, or its time is over.
    Settled,
    /// A final error.
    Final,
}

/// Every transition there is.
pub const TRANSITIONS: &[(State, Cause, State)] = &[
    (State::Idle, Cause::Connect, State::Connecting),
    (State::Idle, Cause::Close, State::Closing),
    (State::Connecting, Cause::Ready, State::Connected),
    (State::Connecting, Cause::Failed, State::Reconnecting),
    (State::Connecting, Cause::FailedOffline, State::Offline),
    (State::Connecting, Cause::Close, State::Closing),
    (State::Connecting, Cause::Final, State::Closed),
    (State::Connected, Cause::Failed, State::Reconnecting),
    (State::Connected, Cause::FailedOffline, State::Offline),
    (State::Connected, Cause::Close, State::Closing),
    (State::Connected, Cause::Final, State::Closed),
    (State::Reconnecting, Cause::Ready, State::Connected),
    (State::Reconnecting, Cause::Failed, State::Reconnecting),
    (State::Reconnecting, Cause::FailedOffline, State::Offline),
    (State::Reconnecting, Cause::Close, State::Closing),
    (State::Reconnecting, Cause::Final, State::Closed),
    (State::Offline, Cause::Ready, State::Connected),
    (State::Offline, Cause::Failed, State::Reconnecting),
    (State::Offline, Cause::FailedOffline, State::Offline),
    (State::Offline, Cause::Online, State::Reconnecting),
    (State::Offline, Cause::Close, State::Closing),
    (State::Offline, Cause::Final, State::Closed),
    (State::Closing, Cause::Settled, State::Closed),
    (State::Closed, Cause::Connect, State::Connecting),
];

impl State {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Reconnecting => "reconnecting",
            Self::Offline => "offline",
            Self::Closing => "closing",
            Self::Closed => "closed",
        }
    }

    /// Where a cause leads from here; none: it changes nothing here.
    #[must_use]
    pub fn after(self, cause: Cause) -> Option<State> {
        TRANSITIONS.iter().find(|row| row.0 == self && row.1 == cause).map(|row| row.2)
    }

    /// Whether the client is trying to be connected, or is.
    #[must_use]
    pub fn is_active(self) -> bool {
        matches!(self, Self::Connecting | Self::Connected | Self::Reconnecting | Self::Offline)
    }
}

/// What is being done in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Rest,
    /// Waiting for the next attempt.
    Waiting,
    /// Waiting for the application's token provider.
    Credential,
    /// A guest session is being made.
    Session,
    /// The service is asked whether the session lives.
    Check,
    /// The service is told of the topics.
    Subscription,
    /// The socket's handshake.
    Socket,
    /// Open; the first sign of life is awaited.
    Greeting,
    /// Ready.
    Ready,
}

impl Step {
    /// Its name, as events tell it.
    #[must_use]
    pub fn name(self, state: State) -> &'static str {
        match self {
            _ if !state.is_active() => state.name(),
            Self::Rest => state.name(),
            Self::Waiting => "waiting",
            Self::Credential | Self::Session | Self::Check => "session",
            Self::Subscription => "subscription",
            Self::Socket => "socket",
            Self::Greeting => "greeting",
            Self::Ready => "ready",
        }
    }
}

/// The diagram of the table, in Mermaid's language.
#[must_use]
pub fn diagram() -> String {
    let mut text = String::from("stateDiagram-v2\n    [*] --> idle\n");
    for (from, cause, to) in TRANSITIONS {
        let cause = match cause {
            Cause::Connect => "connect()",
            Cause::Ready => "ready",
            Cause::Failed => "failed or dropped",
            Cause::FailedOffline => "failed, no network",
            Cause::Online => "network back",
            Cause::Close => "close()",
            Cause::Settled => "settled",
            Cause::Final => "final error",
        };
        for part in ["    ", from.name(), " --> ", to.name(), ": ", cause, "\n"] {
            text.push_str(part);
        }
    }
    text
}

keep_one_of!(State { Idle, Connecting, Connected, Reconnecting, Offline, Closing, Closed });
keep_one_of!(Step { Rest, Waiting, Credential, Session, Check, Subscription, Socket, Greeting, Ready });

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn the_table_is_a_function_and_every_state_can_be_reached_and_left() {
        let rows: HashSet<_> = TRANSITIONS.iter().map(|row| (row.0, row.1)).collect();
        assert_eq!(rows.len(), TRANSITIONS.len());
        let mut reached = HashSet::from([State::Idle]);
        for _ in 0..TRANSITIONS.len() {
            reached
                .extend(TRANSITIONS.iter().filter(|row| reached.contains(&row.0)).map(|row| row.2).collect::<Vec<_>>());
        }
        for state in [
            State::Idle,
            State::Connecting,
            State::Connected,
            State::Reconnecting,
            State::Offline,
            State::Closing,
            State::Closed,
        ] {
            assert!(reached.contains(&state), "{state:?} cannot be reached");
            assert!(TRANSITIONS.iter().any(|row| row.0 == state), "{state:?} cannot be left");
        }
    }

    #[test]
    fn every_active_state_can_be_closed_and_can_end_for_good() {
        for state in [State::Connecting, State::Connected, State::Reconnecting, State::Offline] {
            assert!(state.is_active());
            assert_eq!(state.after(Cause::Close), Some(State::Closing));
            assert_eq!(state.after(Cause::Final), Some(State::Closed));
        }
    }

    #[test]
    fn only_connect_leads_out_of_closed() {
        assert_eq!(TRANSITIONS.iter().filter(|row| row.0 == State::Closed).count(), 1);
        assert_eq!(State::Closed.after(Cause::Connect), Some(State::Connecting));
        assert_eq!(State::Closed.after(Cause::Failed), None);
    }

    #[test]
    fn the_diagram_in_the_docs_is_the_table() {
        let document = include_str!("../../../docs/states.md");
        assert!(document.contains(&diagram()), "docs/states.md differs; the table gives:\n{}", diagram());
    }
}
