//! What goes wrong, drawn from the seed: at the service, on the link, in the client's machine.

use guestwire_core::io::{Environment, Input};

use super::links::Break;
use super::{Weather, World};
use crate::service::{Act, Condition, Fault, FaultKind, On, Refusal, RetryAfter, Scope, Via};

/// Close codes after which a client goes on, and a few after which it does not.
const CODES: [u16; 16] =
    [1000, 1001, 1005, 1006, 1008, 1011, 1012, 1013, 1014, 4001, 4401, 4403, 4404, 4008, 4410, 3008];
/// For a time only: a fault is used up, and a service that refuses a message for good and takes the next copy of it
/// would lie. Refusals for good come from contents that are too large; they stay so.
const OF_MESSAGES: [u16; 10] = [429, 503, 500, 502, 504, 408, 425, 401, 404, 410];
/// 403 to a request that names no message is final.
const OF_REQUESTS: [u16; 10] = [429, 503, 500, 502, 504, 408, 401, 404, 410, 403];

fn act(act: Act) -> FaultKind {
    FaultKind::Act { act, on: On::Now }
}

impl World {
    pub(super) fn fault(&mut self) {
        match self.chance.below(10) {
            0..5 => self.service_fault(),
            5..7 => self.link_fault(),
            7 => self.weather_changes(),
            _ => self.machine_fault(),
        }
    }

    fn refusal(&mut self, statuses: &[u16]) -> Refusal {
        let status = self.chance.pick(statuses);
        let waits = matches!(status, 429 | 503) && self.chance.one_in(2);
        let seconds = u32::try_from(self.chance.below(20)).unwrap_or(0);
        Refusal { status, retry_after: waits.then(|| RetryAfter::seconds(seconds)) }
    }

    fn service_fault(&mut self) {
        let kind = match self.chance.below(13) {
            0 | 1 => act(Act::Close { code: self.chance.pick(&CODES), reason: String::new() }),
            2 => act(Act::Reset),
            3 => act(Act::Silence { ms: self.chance.below(60_000) }),
            4 => act(Act::ExpireSession),
            5 => act(Act::Restart { ms: self.chance.below(20_000) }),
            6 => FaultKind::Condition(Condition::RefuseSocket(self.refusal(&OF_REQUESTS))),
            7 => {
                let scope = self.chance.pick(&[Scope::Messages, Scope::Messages, Scope::Guests, Scope::Probe]);
                let statuses = if scope == Scope::Guests { &OF_REQUESTS[..6] } else { &OF_REQUESTS[..9] };
                FaultKind::Condition(Condition::RefuseRest { scope, refusal: self.refusal(statuses) })
            }
            8 | 9 => FaultKind::Condition(Condition::RefuseMessage(self.refusal(&OF_MESSAGES))),
            10 => FaultKind::Condition(Condition::Delay { ms: self.chance.below(8_000) }),
            11 => {
                let via = self.chance.pick(&[None, Some(Via::WebSocket), Some(Via::Rest)]);
                FaultKind::Condition(Condition::LoseAcks { via })
            }
            _ if self.chance.one_in(2) => FaultKind::Condition(Condition::DuplicateAcks),
            _ => FaultKind::Condition(Condition::CorruptFrames),
        };
        let (count, lasts) = (1 + self.chance.below(4), 1_000 + self.chance.below(40_000));
        let condition = matches!(kind, FaultKind::Condition(_));
        let fault = Fault {
            kind,
            conversation: None,
            after: None,
            count: condition.then(|| u32::try_from(count).unwrap_or(1)),
            lasts: condition.then_some(lasts),
        };
        if self.told {
            eprintln!("{:>9} fault: {fault:?}", self.now);
        }
        // A queue that is full of faults has enough of them.
        if self.service.queue_faults(self.now, vec![fault]).is_err() {
            self.service.clear_faults(self.now);
        }
        self.serve();
    }

    fn link_fault(&mut self) {
        let stall = 1 + self.chance.below(25_000);
        let how = [Break::Cut, Break::UpDead, Break::DownDead, Break::Dead, Break::Stalled(stall)];
        let how = self.chance.pick(&how);
        if self.told {
            eprintln!("{:>9} fault: {how:?}", self.now);
        }
        self.break_link(how);
        self.serve();
    }

    fn weather_changes(&mut self) {
        self.weather = Weather {
            latency: self.chance.pick(&[1, 20, 150, 900]),
            jitter: self.chance.pick(&[0, 30, 400, 2_500]),
            slow_handshake: 15_000,
            handshake_hangs: self.chance.pick(&[3, 10, u64::MAX]),
            request_fails: self.chance.pick(&[2, 5, 20, u64::MAX]),
            provider_fails: self.chance.pick(&[10, u64::MAX]),
        };
    }

    fn machine_fault(&mut self) {
        match self.chance.below(6) {
            0 => {
                let longest = self.chance.pick(&[5_000, 60_000, 900_000]);
                let (ms, stops) = (self.chance.below(longest), self.chance.one_in(2));
                self.sleep(ms, stops);
            }
            1 => {
                let most = self.chance.pick(&[3_000, 60_000, 7_200_000]);
                let by = i64::try_from(self.chance.below(2 * most)).unwrap_or(0) - i64::try_from(most).unwrap_or(0);
                self.wall_error += by;
            }
            2 => self.throttle = self.chance.pick(&[1, 1_000, 60_000]),
            _ => {
                let said = [Environment::Online, Environment::Offline, Environment::Visible, Environment::Resumed];
                let said = self.chance.pick(&said);
                self.tell(Input::Environment(said));
            }
        }
    }

    /// From here on nothing goes wrong any more.
    pub(super) fn heal(&mut self) {
        self.service.clear_faults(self.now);
        self.serve();
        self.weather = Weather::calm(20);
        self.throttle = 1;
        self.tell(Input::Environment(Environment::Online));
    }
}
