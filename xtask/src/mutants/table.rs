//! The breakages: each one text of the core, exactly as it stands, what takes its place, and the laws that such a core
//! breaks. They are mistakes that somebody could make: a forgotten case, a condition the wrong way round.

mod streams;
mod web_messaging;

/// One deliberate breakage.
pub(crate) struct Mutant {
    /// The file under `crates/core/src`.
    pub(crate) file: &'static str,
    /// Stands there once.
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    /// What such a core does.
    pub(crate) does: &'static str,
    /// Of these laws at least one is broken, by the names of the checkers.
    pub(crate) laws: &'static [&'static str],
    /// In which service's world it is tried.
    pub(crate) dialect: &'static str,
    /// Whether `npm test` tries it.
    pub(crate) in_tests: bool,
}

const fn mutant(
    file: &'static str,
    from: &'static str,
    to: &'static str,
    does: &'static str,
    laws: &'static [&'static str],
) -> Mutant {
    Mutant { file, from, to, does, laws, dialect: "webchat", in_tests: false }
}

impl Mutant {
    const fn in_tests(self) -> Self {
        Self { in_tests: true, ..self }
    }

    const fn in_web_messaging(self) -> Self {
        Self { dialect: "web-messaging", ..self }
    }

    const fn in_streams(self) -> Self {
        Self { dialect: "streams", ..self }
    }
}

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Mutant> {
    MUTANTS.iter().chain(web_messaging::MUTANTS).chain(streams::MUTANTS)
}

/// Those of the parts that every service has, by the part that they break.
const MUTANTS: &[Mutant] = &[
    // The outbox.
    mutant(
        "outbox.rs",
        "self.messages.iter().find(|message| message.flight.is_none())",
        "self.messages.iter().rev().find(|message| message.flight.is_none())",
        "sends the newest message first",
        &["Reordered"],
    )
    .in_tests(),
    mutant("outbox.rs", "self.messages.len() >= self.max_messages || ", "", "takes messages without end", &["Memory"]),
    mutant("outbox.rs", " || self.bytes + content.weight() > self.max_bytes", "", "takes bytes without end", &["Memory"]),
    mutant(
        "outbox.rs",
        "        self.unknown > 0",
        "        self.unknown > 1",
        "holds a message with one lost copy for certain",
        &["Untrue"],
    ),
    mutant(
        "outbox.rs",
        "if self.is_uncertain() || self.flight.is_some() { Outcome::Unconfirmed } else { otherwise }",
        "otherwise",
        "gives up what may have arrived as if it had not",
        &["Untrue"],
    ),
    mutant(
        "outbox.rs",
        "message.refused && self.highest_delivered > message.number",
        "false",
        "sends a refused message again after a later one was taken",
        &["Reordered"],
    ),
    // Delivery.
    mutant(
        "client/delivering.rs",
        "            message.unknown += 1;\n            message.uncertain_since",
        "            message.uncertain_since",
        "forgets that a copy left",
        &["Untrue"],
    ),
    mutant(
        "client/delivering.rs",
        "self.land(id, false, why);",
        "self.land(id, true, why);",
        "takes what was in flight on a lost link for certainly not there",
        &["Untrue"],
    )
    .in_tests(),
    mutant(
        "client/delivering.rs",
        "for id in self.flights(|_| true) {",
        "for id in Vec::<Uuid>::new() {",
        "leaves messages in flight on a link that is gone",
        &["Stuck"],
    ),
    mutant(
        "client/delivering.rs",
        "self.rest.is_busy() || ",
        "",
        "writes to the socket while a request is under way",
        &["TwoWriters"],
    ),
    mutant(
        "client/delivering.rs",
        "self.gate.held && in_flight > 0 || self.now.monotonic < self.gate.until",
        "self.gate.held && in_flight > 0",
        "does not wait when an error frame asks for it",
        &["RetryAfter"],
    ),
    mutant(
        "client/delivering.rs",
        "if self.is_stuck() && self.outbox.next().is_some() {",
        "if false {",
        "waits for ever on a connection whose service waits for a message that has ended",
        &["Stuck"],
    ),
    mutant(
        "client/delivering.rs",
        "self.give_up(id, Outcome::Rejected, \"refused\");",
        "self.delivered(id, Path::Socket);",
        "takes a refusal for an acknowledgement",
        &["Lost"],
    ),
    mutant(
        "client/delivering.rs",
        "for id in self.flights(which) {",
        "for id in self.flights(which).into_iter().take(0) {",
        "never sends again what stays unanswered on a link that lives",
        &["Stuck"],
    ),
    mutant(
        "client/delivering.rs",
        "self.dialect.message_frame(session, id, &message.content) else { continue };",
        "self.dialect.message_frame(session, self.random.uuid(), &message.content) else { continue };",
        "gives a copy that goes again an id of its own",
        &["Untrue"],
    ),
    mutant(
        "client/delivering.rs",
        "let lacking = |message: &Message| message.flight.is_none() && !message.is_uncertain();",
        "let lacking = |message: &Message| message.flight.is_none();",
        "cancels with the lost session what that session may have",
        &["Untrue"],
    ),
    mutant(
        "client.rs",
        "message.flight.is_none() && !message.is_uncertain()",
        "message.flight.is_none()",
        "takes back what may have arrived",
        &["Untrue"],
    ),
    mutant(
        "client.rs",
        "self.timers.set(Timer::Acknowledgement, self.next_overdue());",
        "",
        "never notices that an acknowledgement is overdue",
        &["Stuck"],
    ),
    mutant(
        "client/delivering.rs",
        "            overdue || again\n",
        "            overdue\n",
        "sends an overdue message again, and not what left after it",
        &["Reordered"],
    ),
    mutant(
        "incoming.rs",
        "self.ids.iter().any(|known| known == id)",
        "false",
        "raises what the agent said as often as it comes",
        &["RaisedTwice"],
    ),
    // REST.
    mutant(
        "client/rest.rs",
        "Some(self.rest.open_at().max(patient_until))",
        "Some(patient_until)",
        "posts again at once, whatever REST asked for",
        &["RetryAfter"],
    ),
    mutant(
        "client/rest.rs",
        "self.land(id, false, \"network\");",
        "self.land(id, true, \"network\");",
        "takes a request without an answer for certainly not there",
        &["Untrue"],
    ),
    mutant(
        "client/rest.rs",
        "self.timers.set(Timer::RestDeadline, Some(self.now.monotonic + self.config.rest_timeout));",
        "",
        "waits for ever for a request that hangs",
        &["Stuck"],
    ),
    mutant(
        "client/rest.rs",
        "&& message.is_uncertain()",
        "&& false",
        "resends to a new session without asking the old one",
        &["Duplicated"],
    ),
    mutant(
        "client/rest.rs",
        "self.land(call.message, false, \"closed\");",
        "self.land(call.message, true, \"closed\");",
        "cancels a message whose request is under way",
        &["Untrue"],
    ),
    mutant(
        "retry_after.rs",
        "asked.saturating_add(random.between",
        "(asked / 2).saturating_add(random.between",
        "waits for half of what was asked, on every path",
        &["RetryAfter"],
    ),
    mutant(
        "protocol/webchat.rs",
        "425 | 429 | 503 => Answer::Paused { certain: true },",
        "425 | 429 | 503 => Answer::Acknowledged,",
        "takes \"not now\" for \"done\"",
        &["Lost"],
    ),
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
        "if self.times.len() == self.most => oldest",
        "if self.times.len() > self.most => oldest",
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
    // Endings.
    mutant(
        "client/ending.rs",
        "self.tell_end(&message, outcome, reason, via);",
        "self.tell_end(&message, outcome, reason, via);\n        self.tell_end(&message, Outcome::Unconfirmed, reason, via);",
        "tells of two ends",
        &["Untrue"],
    ),
    mutant(
        "client/ending.rs",
        "self.give_up(id, Outcome::Cancelled, ended.code());",
        "let _ = id;",
        "leaves messages without an end when it stops",
        &["Duplicated", "Stuck", "Untrue"],
    ),
    mutant(
        "client/ending.rs",
        "self.give_up(id, Outcome::Cancelled, \"closed\");",
        "self.end_message(id, Outcome::Cancelled, \"closed\", None);",
        "cancels on close() what may have arrived",
        &["Untrue"],
    ),
    mutant(
        "client/ending.rs",
        "self.timers.set(Timer::CloseGrace, Some(self.now.monotonic.saturating_add(grace)));",
        "",
        "closes for ever",
        &["Stuck"],
    ),
    // Time.
    mutant(
        "client/delivering.rs",
        "(waiting && until > self.now.monotonic).then_some(until)",
        "waiting.then_some(until)",
        "wants to be woken at a moment that is over",
        &["Stuck"],
    ),
    mutant(
        "retry_after.rs",
        "asked.saturating_add(random.between",
        "asked.saturating_mul(30).saturating_add(random.between",
        "waits thirty times as long as it was asked",
        &["Stuck"],
    ),
    mutant(
        "backoff.rs",
        ".unwrap_or(u64::MAX)).min(self.cap);",
        ".unwrap_or(u64::MAX)).min(1 << 40);",
        "backs off without a bound",
        &["Stuck"],
    ),
    mutant(
        "client/link.rs",
        "        self.liveness.closed(self.now);\n",
        "",
        "goes on to watch a link that is gone",
        &["Stuck"],
    ),
    // Who is told of what.
    mutant(
        "client/sending.rs",
        "self.outbox.accept(self.now, id, content",
        "self.outbox.accept(self.now, self.random.uuid(), content",
        "gives the caller another id than the buffer has",
        &["Untrue"],
    ),
    mutant(
        "outbox.rs",
        "        self.bytes -= message.content.weight();\n",
        "",
        "counts what has ended as if it were held",
        &["Memory"],
    ),
    // Ends without a ground.
    mutant(
        "client/delivering.rs",
        "        let Some(message) = self.outbox.get(id) else {\n            let what",
        "        let Some(message) = self.outbox.get(id).filter(|message| !message.is_uncertain()) else {\n            let what",
        "takes no acknowledgement of what was sent twice",
        &["Unfounded"],
    )
    .in_tests(),
    mutant(
        "protocol/webchat.rs",
        "408 | 502 | 504 => Answer::Paused { certain: false },",
        "408 | 502 | 504 => Answer::Acknowledged,",
        "takes a gateway's timeout for an acknowledgement",
        &["Lost", "Unfounded"],
    ),
    mutant(
        "outbox.rs",
        "{ Outcome::Unconfirmed } else { otherwise }",
        "{ Outcome::Unconfirmed } else { let _ = otherwise; Outcome::Unconfirmed }",
        "gives up as unconfirmed what never left",
        &["Unfounded"],
    ),
    mutant(
        "client/delivering.rs",
        "            self.give_up(id, Outcome::Expired, \"ttl\");\n        }\n    }\n\n    fn is_out",
        "            self.give_up(id, Outcome::Rejected, \"ttl\");\n        }\n    }\n\n    fn is_out",
        "rejects what nothing refused and only waited too long",
        &["Unfounded"],
    ),
    mutant(
        "client/delivering.rs",
        "self.now.since(message.accepted) >= self.config.ttl",
        "self.now.since(message.accepted) >= self.config.ttl / 2",
        "gives messages half of their time",
        &["Unfounded"],
    ),
    mutant(
        "incoming.rs",
        "any(|known| known == id)",
        "any(|known| known.len() == id.len())",
        "takes messages of the agent for one whose ids are of one length",
        &["NotRaised"],
    ),
    mutant(
        "client/link.rs",
        "            self.ready(\"greeted\");\n",
        "            self.ready(\"greeted\");\n            return;\n",
        "does not read the frame that tells it that a connection is ready",
        &["NotRaised", "Unfounded"],
    ),
    // Ends of the client.
    mutant(
        "client/connecting.rs",
        "if self.config.max_attempts.is_some_and(|most| self.attempt > most) {",
        "if self.attempt > 4 {",
        "gives up after four attempts",
        &["Stopped"],
    ),
    mutant(
        "session.rs",
        "        self.losses_in_row >= 2\n",
        "        self.losses_in_row >= 1\n",
        "gives up when one session is lost",
        &["Stopped"],
    ),
    mutant(
        "client.rs",
        "matches!(self.state, State::Idle | State::Closed)",
        "matches!(self.state, State::Idle)",
        "stays closed when the caller connects again",
        &["Stuck"],
    ),
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
    // The flight recorder.
    mutant(
        "trace.rs",
        "entry.whole(\"monotonic\", now.monotonic)",
        "entry.whole(\"monotonic\", now.monotonic / 1_000 * 1_000)",
        "records the time in whole seconds",
        &["Recording"],
    ),
    mutant(
        "trace/entries.rs",
        "(Value::Text(text), Shown::Content | Shown::Parts) => filler(text),",
        "(Value::Text(text), Shown::Content | Shown::Parts) => Field::Text(text.clone()),",
        "records what the agent wrote",
        &["Recording"],
    ),
    mutant(
        "trace/entries.rs",
        "        detail.replace(\"content\", filler(&message.content));\n",
        "        let _ = &message;\n",
        "records what the application was told that the agent wrote",
        &["Recording"],
    ),
    mutant(
        "trace/entries.rs",
        "Field::Word(if sound && !text.is_empty() { STAND_IN } else { \"\" })",
        "Field::Text(if sound { text.clone() } else { String::from(STAND_IN) })",
        "records the token of a session",
        &["Secret"],
    ),
    mutant(
        "trace/entries.rs",
        "Environment::Offline => \"offline\",",
        "Environment::Offline => \"resumed\",",
        "records one word of the platform for another",
        &["Recording"],
    ),
    mutant(
        "trace/entries.rs",
        "        .with(\"retryAfter\", header(&answer.retry_after))\n",
        "        .with(\"retryAfter\", header(&None))\n",
        "does not record how long an answer asks to wait",
        &["Recording"],
    ),
    mutant(
        "content.rs",
        "        to.number(bytes as u64);\n",
        "        to.number(bytes as u64 + 1);\n",
        "writes a length into a checkpoint that no text has",
        &["Recording"],
    ),
    mutant(
        "session.rs",
        "to.number(if self.token_in_frames { self.token.expose().len() as u64 } else { 0 });",
        "to.text(self.token.expose());",
        "writes a token into a checkpoint",
        &["Recording", "Secret"],
    ),
    // Secrets.
    mutant(
        "secret.rs",
        "f.write_str(\"[secret]\")",
        "f.write_str(&self.0)",
        "shows a token where an output is logged",
        &["Secret"],
    ),
    mutant(
        "client/telling.rs",
        "session.granted.id.clone()",
        "session.granted.token.expose().to_owned()",
        "tells the application the token as the session's id",
        &["Secret"],
    ),
];
