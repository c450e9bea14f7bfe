//! What becomes of files when their message, their session or the client ends.

use super::{Client, Phase, Why};
use crate::built;
use crate::error::FileError;
use crate::files::Allowed;
use crate::outbox::Outcome;
use uuid::Uuid;

impl Client {
    /// Whether a message that takes a file along is in flight.
    pub(super) fn file_is_under_way(&self) -> bool {
        let carried = |id: Uuid| self.carried_by(id).is_some();
        self.outbox.iter().any(|message| message.flight.is_some() && carried(message.id))
    }

    fn carried_by(&self, message: Uuid) -> Option<Uuid> {
        self.attachments.items.iter().find(|item| item.phase == Phase::Carried(message)).map(|item| item.id)
    }

    /// The service refuses a message for this reason; it may be its file's fault.
    pub(in crate::client) fn blames_the_file(&mut self, message: Uuid, code: u16) -> bool {
        if !built::WEB_MESSAGING || !matches!(code, 4_008..=4_010) {
            return false;
        }
        let Some(item) = self.carried_by(message).and_then(|id| self.attachments.get_mut(id)) else { return false };
        item.spoilt = Some(code);
        true
    }

    /// The same for a refusal that names no message: it is laid on this one only where no question can be meant.
    pub(in crate::client) fn may_blame_the_file(&mut self, message: Uuid, code: u16) -> bool {
        self.attachments.open == 0 && self.blames_the_file(message, code)
    }

    /// A message ended; so does the file that it took along, unless it can go with another one.
    pub(in crate::client) fn message_of_attachment_ended(&mut self, message: Uuid, outcome: Outcome) {
        if !built::WEB_MESSAGING {
            return;
        }
        let Some(id) = self.carried_by(message) else { return };
        let Some(item) = self.attachments.get_mut(id) else { return };
        match (outcome, item.spoilt) {
            (Outcome::Delivered, _) => self.end_attachment(id, "sent", Why::default()),
            // It may be there: a second message with it could be one too many.
            (Outcome::Unconfirmed, _) => self.end_attachment(id, "failed", Why::because("unconfirmed")),
            (_, Some(code)) => {
                let error = match code {
                    4_008 => FileError::Expired,
                    4_009 => FileError::Unknown,
                    _ => FileError::NotUploaded,
                };
                self.end_attachment(id, "failed", Why::code(error.code(), code));
            }
            (outcome, None) => {
                item.phase = Phase::Uploaded;
                self.tell_attachment(id, Why::because(outcome.name()));
            }
        }
    }

    /// The session is lost, and with it all that was put there. Its files are brought to the next one; a message that
    /// takes one along cannot go there, since what it names is not there.
    pub(in crate::client) fn attachments_lost_their_session(&mut self) {
        if !built::WEB_MESSAGING {
            return;
        }
        self.attachments.asked = None;
        self.attachments.allowed = Allowed::default();
        for id in self.attachments.ids(&|_| true) {
            if let Some(Phase::Carried(message)) = self.attachments.get(id).map(|item| item.phase) {
                self.give_up(message, Outcome::Cancelled, "session_lost");
            }
        }
        for id in self.attachments.ids(&|_| true) {
            let Some(item) = self.attachments.get_mut(id) else { continue };
            let phase = item.phase;
            if phase == Phase::Remove {
                self.end_attachment(id, "detached", Why::because("session_lost"));
                continue;
            }
            (item.phase, item.at, item.left, item.asked, item.url) = (Phase::Presign, 0, false, false, None);
            if phase != Phase::Presign {
                self.drop_put(phase);
                self.tell_attachment(id, Why::because("session_lost"));
            }
        }
    }

    /// The client closes: what no message takes along goes nowhere.
    pub(in crate::client) fn end_attachments(&mut self, why: &'static str) {
        if !built::WEB_MESSAGING {
            return;
        }
        for id in self.attachments.ids(&|item| !matches!(item.phase, Phase::Carried(_))) {
            self.end_attachment(id, "failed", Why::because(why));
        }
        for number in self.attachments.numbers(&|_| true) {
            self.address_is_known(number, Err(FileError::Closed));
        }
    }
}
