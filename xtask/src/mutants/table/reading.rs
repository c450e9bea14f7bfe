//! The breakages of what is read, and of what is said of what cannot be.

use super::{Mutant, mutant};

/// Where a frame that cannot be read is dropped.
const DROPS: &str = "                self.frame_unread(before);\n";

pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        "client/link.rs",
        DROPS,
        "                if what != \"binary\" {\n                    self.frame_unread(before);\n                }\n",
        "drops a binary frame without a gap",
        &["Dropped"],
    )
    .in_tests(),
    mutant(
        "client/link.rs",
        DROPS,
        "                if what != \"too_large\" {\n                    self.frame_unread(before);\n                }\n",
        "drops what is too large without a gap",
        &["Dropped"],
    ),
    mutant(
        "client/link.rs",
        DROPS,
        "                if what != \"not_json\" {\n                    self.frame_unread(before);\n                }\n",
        "drops what is no JSON without a gap",
        &["Dropped", "Gap"],
    )
    .in_streams(),
    mutant(
        "client/link.rs",
        "        if cut {\n",
        "        if cut && self.step != Step::Ready {\n",
        "leaves out what nests too deep without a gap",
        &["Dropped"],
    ),
    mutant(
        "client/dropped.rs",
        "        let from = self.covered(from);\n",
        "        if self.now.monotonic < self.dropped.quiet_until {\n            return;\n        }\n        let from = self.covered(from);\n",
        "swallows for ever what is dropped within a minute of the last gap",
        &["Dropped"],
    ),
    mutant(
        "client/dropped.rs",
        "map_or(from, |dropped| dropped.min(from))",
        "map_or(from, |_| from)",
        "begins a gap when it is told, and not where something was dropped",
        &["Dropped"],
    ),
    mutant(
        "protocol/webchat.rs",
        "let content = frame.get(\"content\").and_then(Value::text).ok_or(\"no_content\")?;",
        "let content = frame.get(\"content\").and_then(Value::text).filter(|it| !it.contains('\\u{fffd}')).ok_or(\"no_content\")?;",
        "drops a message for half a character",
        &["NotRaised"],
    ),
    mutant(
        "value.rs",
        "            Self::Number(number) => Some(*number),\n            Self::Text(text) => {",
        "            Self::Number(number) => Some(*number),\n            Self::Text(text) if text.is_empty() => {",
        "reads no number that is written as a text",
        &["Dropped", "Unfounded", "Stuck", "Stopped", "RetryAfter"],
    ),
];
