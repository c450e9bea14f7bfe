//! The breakages of what only streams have, by the part that they break.

use super::{Mutant, mutant};

pub(super) const MUTANTS: &[Mutant] = &[
    // Topics.
    mutant(
        "client/streaming.rs",
        "                // Each connection is told anew.\n                streaming.topics.lost();\n",
        "",
        "does not subscribe again on a new connection",
        &["Astray", "Gap"],
    )
    .in_streams()
    .in_tests(),
    mutant(
        "client/streaming/subscribing.rs",
        "            streaming.topics.failed();\n",
        "            let _ = streaming;\n",
        "waits for ever for an answer about topics that was lost",
        &["Astray", "Stuck"],
    )
    .in_streams(),
    mutant(
        "client/streaming/errands.rs",
        "            (_, 404 | 410) => self.lose_channel(),\n",
        "            (_, 404 | 410) => {}\n",
        "does not believe that its channel is gone",
        &["Astray", "Stuck", "Storm"],
    )
    .in_streams(),
    mutant(
        "client/streaming/doubt.rs",
        "            self.unopened = limits::UNOPENED_BEFORE_PROBE;\n        }\n    }",
        "            let _ = limits::UNOPENED_BEFORE_PROBE;\n        }\n    }",
        "dials a channel that never says a word for ever",
        &["Astray", "Stuck"],
    )
    .in_streams(),
    mutant(
        "topics/answered.rs",
        "            self.told &= change.remove.is_empty();\n",
        "            let _ = &change.remove;\n",
        "forgets which topics the service would not let go of",
        &["Astray"],
    )
    .in_streams(),
    mutant(
        "client/streaming/channel.rs",
        "            (Step::Subscription, 400..=407 | 409 | 411..=424 | 426..=428 | 430..=499) => {\n",
        "            (Step::Subscription, 402..=407) => {\n",
        "ends where the topics of a channel are refused before it is dialled",
        &["Stopped"],
    )
    .in_streams(),
    // Tokens.
    mutant(
        "client/streaming/token.rs",
        "        streaming.spent = true;\n",
        "        streaming.spent = false;\n",
        "takes the token that was refused once more",
        &["Stopped", "Stuck"],
    )
    .in_streams(),
    mutant(
        "client/streaming/doubt.rs",
        "            streaming.doubted = true;\n            streaming.spent |= streaming.token.take().is_some();",
        "            streaming.spent |= streaming.token.take().is_some();",
        "has another token made whenever a service is down",
        &["Wasted"],
    )
    .in_streams(),
    // Gaps.
    mutant(
        "client/connecting.rs",
        "            if self.history().is_none() {\n                self.tell_gap();",
        "            if self.history().is_none() && !self.streams() {\n                self.tell_gap();",
        "does not tell of what it may have missed",
        &["Gap"],
    )
    .in_streams(),
    mutant(
        "client/streaming/flow.rs",
        "        flow.waits = waits;\n",
        "        flow.waits = waits && false;\n",
        "tells events before the application has caught up",
        &["Gap"],
    )
    .in_streams(),
    mutant(
        "client/streaming/flow.rs",
        "        let early = !ready || streaming.is_unheard() && !streaming.is_retired(generation);\n",
        "        let early = !ready;\n",
        "tells what the next socket brings before the gap that the old one leaves",
        &["Gap"],
    )
    .in_streams(),
    mutant(
        "client/streaming/handover.rs",
        "            self.ask_retired();\n",
        "            let _ = Self::ask_retired;\n",
        "takes an old socket that was dead for one that lived",
        &["Gap"],
    )
    .in_streams(),
    mutant(
        "liveness.rs",
        "        self.unsure_since.unwrap_or(self.heard.wall)\n",
        "        self.heard.wall\n",
        "begins a gap where it read, after a sleep, what had come before it",
        &["Gap"],
    )
    .in_streams(),
    // Handovers.
    mutant(
        "client/streaming/handover.rs",
        "        if !second || proven.is_some() {\n            self.tell_gap();",
        "        if !second {\n        } else if proven.is_some() {\n            self.tell_gap();",
        "tells no gap where one channel had two sockets in turn",
        &["Gap"],
    )
    .in_streams(),
    mutant(
        "client/streaming/retired.rs",
        "        self.output(Output::CloseSocket(old.link.generation(), NORMAL));\n        self.retired_is_gone(old);\n",
        "        self.retired_is_gone(old);\n",
        "leaves the old socket open",
        &["TwoSockets"],
    )
    .in_streams(),
    mutant(
        "client/streaming/twice.rs",
        "            known.swap_remove(place);\n            return true;",
        "            known.swap_remove(place);\n            return false;",
        "tells what comes on both sockets twice",
        &["RaisedTwice"],
    )
    .in_streams(),
    // Neighbours.
    mutant(
        "client/streaming/errands.rs",
        "            self.asked_until = now.saturating_add(floor);\n",
        "            let _ = floor;\n",
        "asks again before the service wants to be asked",
        &["RetryAfter"],
    )
    .in_streams(),
    mutant(
        "client/streaming/news.rs",
        "            return self.fail(Ended::Evicted);\n",
        "            return self.attempt_failed(\"evicted\", None, false);\n",
        "takes back the place that another process's channel has taken",
        &["Fought", "Astray", "Stuck"],
    )
    .in_streams(),
    mutant(
        "client/streaming/news.rs",
        "        let ours = streaming.channel.as_ref().is_some_and(|held| named.is_none_or(|id| *id == held.channel.id));\n",
        "        let ours = streaming.channel.as_ref().is_some_and(|held| named.is_none_or(|id| *id != held.channel.uri));\n",
        "takes the end of somebody else's channel for that of its own",
        &["Unfounded", "Stopped"],
    )
    .in_streams(),
    mutant(
        "client/streaming/news.rs",
        "        self.attempt_failed(\"evicted\", Some(wait), true);\n",
        "        self.attempt_failed(\"evicted\", Some(wait - wait), true);\n",
        "leaves a place for a while, as it was told to, and has it back at once",
        &["Fought"],
    )
    .in_streams(),
    mutant(
        "client/streaming/errands.rs",
        "what == What::Channel || self.verdicts(answer).is_some()",
        "true",
        "takes a page for the word that it is subscribed",
        &["Astray", "Gap", "Untrue"],
    )
    .in_streams(),
];
