//! Any sequence of what can happen to a stream, at any times, said by any bytes: what the service says may be any text. The
//! laws of [`life`] hold at every step; then the service is well again, and in the end all is as it is wanted, closed, and
//! recorded so that it runs again.
//!
//! The first byte chooses the options. Each that follows is a step, some with a byte or a line of their own ([`Life::step`]).

mod life;
mod service;

use guestwire_core::io::Environment;
use life::Life;

/// Steps in one life; what comes after is not read.
const STEPS: usize = 400;

/// What the first byte chooses from.
pub(crate) const OPTIONS: [&str; 8] = [
    r#""region":"mypurecloud.de","topics":["v2.users.u.presence","v2.users.u.station"]"#,
    r#""region":"mypurecloud.de","handover":"second-channel","topics":["v2.users.u.presence"]"#,
    r#""region":"http://127.0.0.1:8787","onEvicted":"reconnect","resync":true,"topics":["a"],"maxAttempts":20"#,
    r#""region":"mypurecloud.de","handover":"second-channel","resync":true,"onEvicted":"reconnect""#,
    r#""url":"wss://events.example/stream","subscribe":{"topics":["a","b"]}"#,
    r#""url":"wss://events.example/stream","subscribe":{"topics":["a"],"confirmed":{"type":"subscribed"}},"resync":true"#,
    r#""url":"ws://localhost:8787/s?x=y","subscribe":{"style":"events","topics":["a"]},"tokenIn":"header""#,
    r#""url":"wss://events.example","subscribe":{"style":"events","confirmed":{"type":"subscribed"}}"#,
];

pub(crate) fn body(data: &[u8]) {
    let Some((&first, rest)) = data.split_first() else { return };
    let mut life = Life::new(OPTIONS[usize::from(first) % OPTIONS.len()]);
    let mut bytes = rest.iter().copied();
    for _ in 0..STEPS {
        let Some(step) = bytes.next() else { break };
        life.step(step, &mut bytes);
    }
    life.recovers();
    life.finish();
}

impl Life {
    /// One step, by the byte that names it; what names none does nothing.
    fn step(&mut self, step: u8, bytes: &mut impl Iterator<Item = u8>) {
        let mut more = || bytes.next().unwrap_or_default();
        match step {
            b'c' => self.connect(),
            b'x' => self.close((more() % 2 == 0).then_some(0)),
            b't' => {
                self.give_token(
                    [None, Some(3_600_000), Some(60_000), Some(1), Some(u64::MAX)][usize::from(more() % 5)],
                );
            }
            b'T' => self.refuse_token(more() % 4 == 0),
            b'y' => self.answer_well(),
            b'g' => {
                self.goes_well();
                self.wake(0);
            }
            b'n' => self.answer(more(), None),
            b'u' => self.leave_unanswered(),
            b'A' => {
                let status = more();
                self.answer(status, Some(line(bytes)));
            }
            b'o' => self.open(more().into()),
            b'd' => {
                let (which, code) = (more(), more());
                self.close_socket(
                    which.into(),
                    [1006, 1000, 1001, 1002, 1013, 4401, 4403, 4404][usize::from(code % 8)],
                );
            }
            b'e' => self.happens(),
            b'b' => self.beats(),
            b'p' => self.pongs(),
            b's' => self.says_of_itself(more()),
            b'F' => self.says(&line(bytes)),
            b'B' => self.says_binary(),
            b'w' => self.wake(u64::from(more() % 8) * 700),
            b'W' => self.pass(u64::from(more()) * 500),
            b'H' => self.pass(u64::from(more()) * 3_600_000),
            b'j' => self.jump(more()),
            b'+' => self.subscribe(more()),
            b'-' => self.unsubscribe(more()),
            b'r' => self.resynced(more()),
            b'E' => self.environment(
                [Environment::Online, Environment::Offline, Environment::Visible, Environment::Resumed]
                    [usize::from(more() % 4)],
            ),
            _ => {}
        }
    }
}

/// What stands before the next line's end.
fn line(bytes: &mut impl Iterator<Item = u8>) -> String {
    let bytes: Vec<u8> = bytes.take_while(|byte| *byte != b'\n').collect();
    String::from_utf8_lossy(&bytes).into_owned()
}
