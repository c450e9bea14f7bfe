//! The breakages of what only web messaging has, by the part that they break.

use super::{Mutant, mutant};

pub(super) const MUTANTS: &[Mutant] = &[
    // Histories.
    mutant(
        "client/history/matching.rs",
        "            self.hear(entry.clone(), 0);",
        "let _ = entry;",
        "does not tell what was said while it was away",
        &["NotRaised"],
    )
    .in_web_messaging(),
    mutant(
        "client/history/matching.rs",
        "if begun >= clean && certain && !message.perhaps {",
        "if certain && !message.perhaps {",
        "takes what the history lacks for absent, however soon it looks",
        &["Duplicated"],
    )
    .in_web_messaging(),
    mutant(
        "client/history/matching.rs",
        "message.flight.is_some() || awaits_word(message, session)",
        "awaits_word(message, session)",
        "takes what is in flight for what another tab said",
        &["Duplicated", "Unfounded"],
    )
    .in_web_messaging(),
    mutant(
        "client/history/matching.rs",
        "        if let Some(id) = self.ours(entry) {\n            return self.found_ours(id, entry);",
        "        if let Some(id) = self.ours(entry).filter(|_| false) {\n            return self.found_ours(id, entry);",
        "does not know its own messages in the history",
        &["Duplicated", "Unfounded"],
    )
    .in_web_messaging(),
    mutant(
        "client/history/matching.rs",
        "[entry.ours, entry.kept].into_iter().flatten()",
        "[entry.ours.or(entry.kept)].into_iter().flatten()",
        "looks at the first id of an echo alone",
        &["Duplicated", "Unfounded", "Stuck"],
    )
    .in_web_messaging(),
    mutant(
        "client/history.rs",
        "let unsure = first && boundary.is_none();",
        "let unsure = false;",
        "takes what an older session said for what was said since",
        &["Lost", "Untrue"],
    )
    .in_web_messaging(),
    mutant(
        "client/history/matching.rs",
        "            } else if !self.reading.gives_ids {\n                self.perhaps_ours();\n            }",
        "            }",
        "takes what the service has written anew for another tab's",
        &["Duplicated"],
    )
    .in_web_messaging(),
    mutant(
        "client/history/paging.rs",
        "let mut reached = page.is_last(self.reading.page, self.reading.read) == Some(true);",
        "let mut reached = page.is_last(self.reading.page, self.reading.read) == Some(true) || read < u64::from(limits::HISTORY_PAGE);",
        "takes a small page for the last",
        &["Duplicated", "NotRaised", "Disordered"],
    )
    .in_web_messaging(),
    mutant(
        "client/link.rs",
        "            Answer::Forbidden if built::WEB_MESSAGING && self.conversing().is_some() => self.refused_something(),\n",
        "",
        "takes any refusal without a name for the end",
        &["Stopped"],
    )
    .in_web_messaging(),
    mutant(
        "client/history.rs",
        "if self.step == Step::Ready && self.reading.stage == Stage::Rest {",
        "if self.reading.stage == Stage::Rest {",
        "reads the history before it knows whose it is",
        &["Duplicated", "Unfounded", "NotRaised", "Untrue"],
    )
    .in_web_messaging(),
    mutant(
        "client/history.rs",
        "let elsewhere = (self.reading.doubtful || lacks) && !known && !first;",
        "let elsewhere = lacks && false;",
        "takes the history of a session that was made unseen for its own",
        &["Duplicated"],
    )
    .in_web_messaging(),
    mutant(
        "client/history.rs",
        "        self.gap && self.stage != Stage::Rest\n",
        "        false\n",
        "tells what is said now before what was said while it was away",
        &["Disordered"],
    )
    .in_web_messaging(),
    mutant(
        "client/delivering.rs",
        "        if self.awaits_history() || self.conversation.is_ending() {",
        "        if false {",
        "sends what is newer before it knows what became of what is older",
        &["Duplicated", "Reordered"],
    )
    .in_web_messaging(),
    // The conversation.
    mutant(
        "client/conversation/reading_only.rs",
        "        if !self.conversation.read_only {\n            return;\n",
        "        if true {\n            return;\n",
        "says what waits into a conversation that has ended",
        &["ReadOnly"],
    )
    .in_web_messaging(),
    mutant(
        "client/sending.rs",
        "self.conversation.is_read_only() || self.conversation.is_ending()",
        "self.conversation.is_ending()",
        "types into a conversation that has ended",
        &["ReadOnly"],
    )
    .in_web_messaging(),
    mutant(
        "client/conversation.rs",
        "if self.conversation.renewal.shuts_out(self.now.monotonic) {",
        "if self.conversation.renewal.shuts_out(self.now.monotonic) || true {",
        "fights for a place that the service gave to another tab",
        &["Fought"],
    )
    .in_web_messaging(),
    mutant(
        "client/conversation.rs",
        "self.conversation.typing_until.is_some_and(|until| until <= self.now.monotonic)",
        "self.conversation.typing_until.is_some_and(|until| until + 3_600_000 <= self.now.monotonic)",
        "lets the agent write on for ever",
        &["Typing"],
    )
    .in_web_messaging(),
    mutant(
        "client/conversation.rs",
        "if self.conversation.typing_until.replace(until).is_none() {",
        "if self.conversation.typing_until.replace(until) != Some(0) {",
        "tells each time that the agent still writes",
        &["Typing"],
    )
    .in_web_messaging(),
    mutant(
        "protocol/received.rs",
        "self.sender == Sender::Guest && self.spoken && self.kept.is_none()",
        "self.sender == Sender::Guest && self.kept.is_none()",
        "takes it for a message that the guest came",
        &["Lost", "Unfounded"],
    )
    .in_web_messaging(),
    mutant(
        "client/attachments/endings.rs",
        "(Outcome::Delivered, _) => self.end_attachment(id, \"sent\", Why::default()),",
        "(Outcome::Delivered | Outcome::Cancelled | Outcome::Expired, _) => self.end_attachment(id, \"sent\", Why::default()),",
        "tells of a file as sent whose message never left",
        &["Lost"],
    )
    .in_web_messaging(),
    mutant(
        "client/attachments.rs",
        "        let told = item.told(state, why, self.now.wall);\n        self.output(told);\n    }\n\n    fn drop_put",
        "        let told = item.told(state, why, self.now.wall);\n        self.output(told.clone());\n        self.output(told);\n    }\n\n    fn drop_put",
        "tells of a file's end twice",
        &["Untrue"],
    )
    .in_web_messaging(),
    mutant(
        "client/inquiries.rs",
        "self.inquiries.given.contains(&text::mark(&entry.id)) || self.incoming.place_of(entry).is_some()",
        "entry.id.is_empty()",
        "gives the application what it was told, when it looks back",
        &["RaisedTwice"],
    )
    .in_web_messaging(),
    // What is said beyond texts.
    mutant(
        "client/history/matching.rs",
        "self.reading.ghosts.iter().any(|ghost| ghost.0.contains(&mark))",
        "self.reading.ghosts.iter().any(|_| false)",
        "forgets that what ended unconfirmed may be there",
        &["Lost", "Duplicated", "Unfounded"],
    )
    .in_web_messaging(),
    mutant(
        "content.rs",
        "        self.likenesses().iter().any(|one| Plain(one).eq(Plain(other.likeness())))\n",
        "        self.beside().is_none() && **self == **other\n",
        "does not know its own replies in a history without ids",
        &["Duplicated", "Unfounded"],
    )
    .in_web_messaging(),
    mutant(
        "client/sending.rs",
        "beside.attributes > self.sending.attributes",
        "beside.attributes > usize::MAX - self.sending.attributes",
        "sends what the session has said that it does not take",
        &["Excess"],
    )
    .in_web_messaging(),
    mutant(
        "client/sending.rs",
        "now < at + limits::TYPING_EVERY",
        "now < at + limits::TYPING_EVERY / 2",
        "tells twice as often that the guest types",
        &["Excess"],
    )
    .in_web_messaging(),
    mutant(
        "trace/entries.rs",
        ".whole(\"count\", attributes.len() as u64).with(",
        ".whole(\"count\", 0).with(",
        "does not record how many attributes go with a message",
        &["Recording"],
    )
    .in_web_messaging(),
    mutant(
        "incoming.rs",
        "entry.also.as_ref().is_none_or(|also| !built::WEB_MESSAGING || self.is_new(also)) && new",
        "new",
        "knows what it heard by one of its names only",
        &["Lost", "Duplicated", "RaisedTwice", "Unfounded"],
    )
    .in_web_messaging(),
    // The guest's files.
    mutant(
        "client/attachments.rs",
        "            Some(item) if item.phase == Phase::Uploaded => Ok(Some(item.id)),\n            Some(_) => Err(SendError::NotUploaded),",
        "            Some(item) => Ok(Some(item.id)),",
        "lets a file go with a second message while the first has it",
        &["Duplicated", "Untrue", "Stuck"],
    )
    .in_web_messaging(),
    mutant(
        "client/attachments.rs",
        "None if self.attachments.ended.iter().any(is) => Err(SendError::UnknownAttachment),",
        "None if false => Err(SendError::UnknownAttachment),",
        "lets a file that was sent go with another message",
        &["Duplicated", "Untrue"],
    )
    .in_web_messaging()
    .in_tests(),
    mutant(
        "client/sending.rs",
        "            self.carry(file, id);\n",
        "",
        "forgets which message takes a file along",
        &["Duplicated", "Untrue"],
    )
    .in_web_messaging(),
    mutant(
        "client/attachments/endings.rs",
        "(Outcome::Unconfirmed, _) =>",
        "(Outcome::Unconfirmed, Some(_)) =>",
        "lets a file go again though the message that took it may be there",
        &["Duplicated", "Untrue"],
    )
    .in_web_messaging(),
    mutant(
        "client/attachments/endings.rs",
        "self.attachments.open == 0 && ",
        "",
        "lays the refusal of a question on the message that takes a file along",
        &["Untrue"],
    )
    .in_web_messaging(),
    mutant(
        "client/attachments/endings.rs",
        "self.attachments.ids(&|item| !matches!(item.phase, Phase::Carried(_)))",
        "self.attachments.ids(&|_| false)",
        "leaves files without an end when it closes",
        &["Stuck"],
    )
    .in_web_messaging()
    .in_tests(),
    mutant(
        "client/attachments/asking.rs",
        "item.phase == Phase::Judged && item.at <= now",
        "item.phase == Phase::Judged && item.at == 0",
        "waits for ever for a word that was lost",
        &["Stuck"],
    )
    .in_web_messaging(),
    mutant(
        "client/attachments/uploading.rs",
        "        if let Phase::Uploaded | Phase::Carried(_) | Phase::Remove = phase {",
        "        if let Phase::Uploaded | Phase::Remove = phase {",
        "takes a late word of a file's arrival for news while a message has it",
        &["Duplicated", "Untrue", "Stuck"],
    )
    .in_web_messaging(),
    mutant(
        "trace/entries.rs",
        "            detail.replace(\"name\", filler(&file.name));\n",
        "",
        "records the names of files",
        &["Recording"],
    )
    .in_web_messaging(),
    mutant(
        "client/history/gaps.rs",
        "(self.reading.gap && self.reading.begun < shown).then_some(shown)",
        "(self.reading.gap && self.reading.begun > shown).then_some(shown)",
        "takes a history that lags for whole",
        &["NotRaised", "Disordered", "Stuck"],
    )
    .in_web_messaging(),
];
