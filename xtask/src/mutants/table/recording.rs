//! The breakages of what is kept or logged: the flight recorder, and what must not stand there.

use super::{Mutant, mutant};

pub(super) const MUTANTS: &[Mutant] = &[
    // The flight recorder.
    mutant(
        "trace.rs",
        "entry.whole(\"monotonic\", now.monotonic)",
        "entry.whole(\"monotonic\", now.monotonic / 1_000 * 1_000)",
        "records the time in whole seconds",
        &["Recording"],
    ),
    mutant(
        "trace/received.rs",
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
        "trace/received.rs",
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
