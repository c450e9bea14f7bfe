//! What the flight recorder kept of a life: it must say nothing that it should not, and lead to the same once more.

use guestwire_core::trace::replay::replay;

use super::World;
use crate::checkers::Seen;

/// Words that stand in what the guest and the agent say, and the address.
const UNSAYABLE: [&str; 4] = ["of this life", "do you hear me", "You wrote", "chat.example"];

impl World {
    /// Runs the recording of the life's last part again.
    pub(super) fn runs_again(&mut self) {
        let mut trace = serde_json::json!(self.client.frame());
        trace["entries"] = self.client.entries().map(|entry| serde_json::json!(entry)).collect();
        let text = trace.to_string();
        self.checkers.see(self.now, &Seen::Shown(&text));
        if let Some(word) = UNSAYABLE.iter().find(|word| text.contains(**word)) {
            self.checkers.see(self.now, &Seen::Misrecorded(&format!("the recording says {word:?}")));
        }
        match replay(&trace) {
            Err(malformed) => {
                self.checkers.see(self.now, &Seen::Misrecorded(&format!("the recording cannot be read: {malformed}")));
            }
            Ok(replayed) => {
                if let Some(difference) = replayed.difference {
                    self.checkers.see(self.now, &Seen::Misrecorded(&format!("run again, it differs: {difference:?}")));
                }
            }
        }
    }
}
