//! The breakages of ends, those of messages and those of the client: which it is, on what ground, when it is told, and to whom.

use super::{Mutant, mutant};

pub(super) const MUTANTS: &[Mutant] = &[
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
        "        let id = text::mark(id);\n        if",
        "        let id = id.len() as u64;\n        if",
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
];
