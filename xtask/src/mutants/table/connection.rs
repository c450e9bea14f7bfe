//! The breakages of the way to a connection, and of its life.

use super::{Mutant, mutant};

pub(super) const MUTANTS: &[Mutant] = &[
    // Connecting, backoff, session.
    mutant(
        "client/sessions.rs",
        "        let left = self.asked_until.saturating_sub(self.now.monotonic);",
        "        let left = self.asked_until.saturating_sub(self.now.monotonic).min(0);",
        "forgets on close() how long the service wants no request for a session",
        &["RetryAfter"],
    ),
    mutant(
        "client/connecting.rs",
        "        self.drop_link();\n        self.drop_call();\n        self.attempt += 1;",
        "        self.link = None;\n        self.drop_call();\n        self.attempt += 1;",
        "forgets a dead socket instead of closing it",
        &["TwoSockets"],
    ),
    mutant(
        "client/connecting.rs",
        "self.opens.record(self.now.monotonic);",
        "",
        "does not count its opens",
        &["Storm"],
    ),
    mutant(
        "client/sessions.rs",
        "self.asks.record(self.now.monotonic);",
        "",
        "does not count its requests for a session",
        &["Storm"],
    ),
    mutant(
        "client/connecting.rs",
        "self.timers.set(Timer::Step, Some(self.now.monotonic + self.config.socket_timeout));",
        "",
        "waits for ever for a handshake that hangs",
        &["Stuck"],
    ),
    mutant(
        "pace.rs",
        "if self.times.len() == self.most => self.floor",
        "if self.times.len() > self.most => self.floor",
        "never holds an open back",
        &["Storm"],
    ),
    mutant(
        "limits.rs",
        "pub const OPENS_WINDOW: u64 = 20_000;",
        "pub const OPENS_WINDOW: u64 = 15_000;",
        "counts its opens over fifteen seconds",
        &["Storm"],
    ),
    mutant(
        "client.rs",
        "            opens: opens(),",
        "            opens: Pace::new((config.max_opens + 1, limits::OPENS_WINDOW)),",
        "opens one socket too many",
        &["Storm"],
    ),
    mutant(
        "client.rs",
        "let late = frozen || due > Some(self.late_at);",
        "let late = frozen || due.is_some();",
        "asks at each frame while its timers are late",
        &["Storm"],
    ),
    mutant(
        "connection.rs",
        "    (State::Offline, Cause::Ready, State::Connected),\n",
        "",
        "does not connect while the platform says that there is no network",
        &["Stuck"],
    ),
    // The link and its liveness.
    mutant(
        "client/link.rs",
        "self.output(Output::CloseSocket(link.generation, NORMAL));",
        "",
        "lets go of a socket without closing it",
        &["TwoSockets"],
    ),
    mutant(
        "client/link.rs",
        "link.stuck = !matches!(outcome, Outcome::Delivered | Outcome::Rejected);",
        "link.stuck = false;",
        "does not notice that the service waits for a message that has ended",
        &["Stuck"],
    ),
    mutant(
        "liveness.rs",
        "Doubt::Probe if self.answers || self.overdue || self.is_too_silent(now) => Finding::Dead,",
        "Doubt::Probe if self.answers || self.overdue => Finding::Fine,",
        "never declares a link dead",
        &["Stuck"],
    ),
    mutant("client.rs", "self.timers.set(Timer::Verdict, verdict);", "", "never comes to a verdict", &["Stuck"]),
    // One path, one socket.
    mutant(
        "client/delivering.rs",
        "            self.emit_frame(generation, frame);\n            in_flight += 1;",
        "            self.emit_frame(generation, frame);\n            in_flight += 1;\n            if in_flight == window {\n                self.pump_rest();\n            }",
        "posts what the window of the socket has no room for",
        &["TwoWriters"],
    ),
    mutant(
        "client/link.rs",
        "        }\n        self.audit(\"closed\"",
        "        }\n        if code == 1006 {\n            return;\n        }\n        self.audit(\"closed\"",
        "does not take notice of a connection that breaks",
        &["TwoSockets"],
    ),
    mutant(
        "client/rest.rs",
        "    pub(super) fn is_busy(&self) -> bool {\n        built::WEBCHAT && self.call.is_some()\n",
        "    pub(super) fn is_busy(&self) -> bool {\n        self.call.is_some_and(|call| !call.offer)\n",
        "forgets while it offers a message to the session before that a request is under way",
        &["TwoWriters"],
    ),
    // What repeats.
    mutant(
        "streak.rs",
        "let tells = repeats && self.awake >= limits::REPEATED_FOR && !self.told;",
        "let tells = repeats && self.awake >= limits::REPEATED_FOR && self.told;",
        "fails again and again and says nothing",
        &["Silent"],
    ),
    mutant(
        "streak.rs",
        "let tells = repeats && self.awake >= limits::REPEATED_FOR && !self.told;",
        "let tells = repeats && self.awake >= limits::REPEATED_FOR;",
        "says so again with each failure",
        &["Silent"],
    ),
    mutant(
        "client/telling.rs",
        "            return self.streak.excused();\n",
        "",
        "says so where there is no network",
        &["Silent"],
    ),
    mutant(
        "client/connecting.rs",
        "        self.streak.succeeded();\n        if !self.streams() {",
        "        if !self.streams() {",
        "forgets that an attempt has succeeded",
        &["Silent"],
    ),
];
