//! A conversation that has ended is left alone, a place that was taken is not fought for, and whoever writes stops.

use super::{Checker, Law, Report, Seen};

#[derive(Default)]
pub(super) struct Conversation {
    read_only: bool,
    /// Why the client must not come back by itself.
    gone: Option<String>,
    /// It has left the session itself, for all that are there: the word may come late and shut it out.
    leaves: bool,
    typing: bool,
    /// When its place was taken, and it was to come back.
    made_room: Option<u64>,
}

/// How long at least whoever took a place has it, ms.
const ROOM: u64 = 60_000;

impl Checker for Conversation {
    fn see(&mut self, seen: &Seen<'_>, broken: &mut Report<'_>) {
        match *seen {
            Seen::ReadOnly(read_only) => self.read_only = read_only,
            Seen::FrameSent { id, .. } if self.read_only => {
                broken.add(Law::ReadOnly, format!("{id} is said into a conversation that has ended"));
            }
            Seen::TypingSent if self.read_only => {
                broken.add(Law::ReadOnly, "it types into a conversation that has ended".to_owned());
            }
            Seen::Leaves => self.leaves = true,
            Seen::Final("evicted") if std::mem::take(&mut self.leaves) => {}
            Seen::Final(why @ ("evicted" | "logged_out")) => self.gone = Some(why.to_owned()),
            Seen::MakesRoom => self.made_room = Some(broken.at),
            Seen::Connects => (self.gone, self.made_room) = (None, None),
            Seen::SocketAsked(_) => {
                if let Some(since) = self.made_room.take().filter(|since| broken.at - since < ROOM) {
                    let after = broken.at - since;
                    broken.add(Law::Fought, format!("its place was taken, and it comes back after {after} ms"));
                }
                if let Some(why) = self.gone.take() {
                    broken.add(Law::Fought, format!("it was {why}, and comes back by itself"));
                }
            }
            Seen::Typing(typing) if std::mem::replace(&mut self.typing, typing) == typing => {
                broken.add(Law::Typing, "typing is told of twice".to_owned());
            }
            Seen::Quiet if self.typing => broken.add(Law::Typing, "somebody writes for ever".to_owned()),
            _ => {}
        }
    }
}
