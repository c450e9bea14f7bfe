//! What holds of a manager whatever its callers, its service, its network and its clock do.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[derive(Clone, Debug)]
enum Step {
    Ask,
    /// With the token that was given last, or the one before it.
    AskRefused(usize),
    Abort(usize),
    Wait(u64),
    /// Both clocks part by a sleep.
    Sleep(u64),
    Grant(u64),
    /// The same token once more.
    GrantAgain,
    Answer(u16, Option<u64>),
    Malformed,
    Fail,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Ask),
        3 => (0usize..2).prop_map(Step::AskRefused),
        1 => (0usize..4).prop_map(Step::Abort),
        4 => (0u64..20_000).prop_map(Step::Wait),
        1 => (0u64..4_000_000).prop_map(Step::Sleep),
        3 => (1u64..4_000).prop_map(Step::Grant),
        1 => Just(Step::GrantAgain),
        2 => (prop::sample::select(vec![400u16, 401, 403, 404, 408, 429, 500, 503]), prop::option::of(0u64..5_000))
            .prop_map(|(status, wait)| Step::Answer(status, wait)),
        1 => Just(Step::Malformed),
        1 => Just(Step::Fail),
    ]
}

/// The world around one manager, and what it has seen of it.
struct World {
    tokens: Tokens,
    now: Now,
    waiting: BTreeSet<u32>,
    asked: u32,
    under_way: Option<u32>,
    /// Monotonic moments of requests.
    requests: Vec<u64>,
    /// Before this moment the service wants none.
    floor: u64,
    granted: u32,
    refusals: u32,
    given: Vec<(String, u64)>,
    /// The tokens that the manager has let go of because they were refused.
    dropped: BTreeSet<String>,
    /// The service answers at once, with a token that lives for so long, s.
    prompt: Option<u64>,
}

impl World {
    fn new(seed: [u8; 16]) -> Self {
        Self {
            tokens: seeded(seed, ""),
            now: at(0),
            waiting: BTreeSet::new(),
            asked: 0,
            under_way: None,
            requests: Vec::new(),
            floor: 0,
            granted: 0,
            refusals: 0,
            given: Vec::new(),
            dropped: BTreeSet::new(),
            prompt: None,
        }
    }

    fn ask(&mut self, refused: Option<String>) {
        self.asked += 1;
        self.waiting.insert(self.asked);
        self.tokens.ask(self.now, self.asked, refused.as_deref());
        self.drain();
    }

    fn pass(&mut self, monotonic: u64, wall: u64) {
        let until = self.now.monotonic + monotonic;
        self.now.wall += wall;
        // As a driver does: called at each moment that it names, and never before.
        while let Some(wake) = self.tokens.next_wake().filter(|&wake| wake <= until) {
            let step = wake.saturating_sub(self.now.monotonic);
            self.now = Now { monotonic: self.now.monotonic + step, wall: self.now.wall + step };
            self.tokens.time(self.now);
            self.drain();
        }
        let rest = until - self.now.monotonic;
        self.now = Now { monotonic: until, wall: self.now.wall + rest };
    }

    fn answer(&mut self, answer: Option<&HttpAnswer>) {
        if let Some(request) = self.under_way.take() {
            self.tokens.answered(self.now, request, answer);
            self.drain();
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.tokens.poll_output() {
            assert!(!format!("{output:?}").contains("top-"), "a secret is shown: {output:?}");
            match output {
                Output::Request(number, _) => {
                    assert!(self.under_way.replace(number).is_none(), "two requests at a time");
                    assert!(!self.waiting.is_empty(), "a request for nobody");
                    assert!(self.now.monotonic >= self.floor, "before the service's wait is over");
                    self.requests.push(self.now.monotonic);
                    let recent = self.requests.iter().filter(|&&it| self.now.monotonic - it <= 20_000).count();
                    assert!(recent <= 5, "{recent} requests in 20 s");
                }
                Output::AbortRequest(number) => {
                    assert_eq!(self.under_way.take(), Some(number), "what was not under way is aborted");
                }
                Output::Given(ask, token, left) => {
                    assert!(self.waiting.remove(&ask), "{ask} is answered though it does not wait");
                    self.given.push((token.expose().to_owned(), self.now.monotonic + left));
                }
                Output::Refused(ask, report) => {
                    assert!(self.waiting.remove(&ask), "{ask} is refused though it does not wait");
                    assert!(!report.remedy.is_empty());
                }
                Output::Audit(_) | Output::Repeated(_) => {}
            }
        }
        // Whoever waits is waited for: there is a request under way, or a moment at which there will be.
        assert_eq!(self.waiting.is_empty() && self.under_way.is_none(), self.tokens.next_wake().is_none());
        if let Some(life) = self.prompt.filter(|_| self.under_way.is_some()) {
            self.step(Step::Grant(life));
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Ask => self.ask(None),
            Step::AskRefused(back) => {
                let refused = self.given.iter().rev().nth(back).map(|given| given.0.clone());
                if refused.as_ref().is_some_and(|token| self.dropped.insert(token.clone())) {
                    self.refusals += 1;
                }
                self.ask(refused);
            }
            Step::Abort(place) => {
                if let Some(ask) = self.waiting.iter().nth(place).copied() {
                    self.waiting.remove(&ask);
                    self.tokens.abort(self.now, ask);
                    self.drain();
                }
            }
            Step::Wait(time) => self.pass(time, 0),
            Step::Sleep(time) => self.pass(0, time),
            Step::Grant(life) => {
                self.granted += 1;
                self.answer(Some(&token(&self.granted.to_string(), life)));
            }
            Step::GrantAgain => {
                self.dropped.clear();
                self.answer(Some(&token(&self.granted.to_string(), 3_600)));
            }
            Step::Answer(status, wait) => {
                if let Some(wait) = wait.filter(|_| self.under_way.is_some() && matches!(status, 408 | 429 | 500..)) {
                    self.floor = self.now.monotonic + wait * 1_000;
                }
                let retry_after = wait.map(|wait| wait.to_string());
                self.answer(Some(&HttpAnswer { retry_after, ..answer(status, "{}") }));
            }
            Step::Malformed => self.answer(Some(&answer(200, "<html>"))),
            Step::Fail => self.answer(None),
        }
    }
}

proptest! {
    #![proptest_config(crate::drawn::examples())]

    #[test]
    fn whatever_happens_each_who_asked_is_answered_once_and_the_service_is_spared(
        seed: [u8; 16], steps in prop::collection::vec(step(), 0..120)
    ) {
        let mut world = World::new(seed);
        for step in steps {
            world.step(step);
        }
        // Then the service is well again: everybody has an answer, after no longer a wait than was asked for and the backoff's.
        world.prompt = Some(3_600);
        world.step(Step::Grant(3_600));
        world.pass(6_300_000, 0);
        prop_assert!(world.waiting.is_empty(), "{:?} still wait", world.waiting);
    }

    #[test]
    fn a_sound_service_is_asked_once_in_a_tokens_life_and_once_for_each_refusal(
        seed: [u8; 16], life in 120u64..4_000,
        steps in prop::collection::vec(prop_oneof![
            4 => Just(Step::Ask), 1 => (0usize..2).prop_map(Step::AskRefused), 3 => (0u64..100_000).prop_map(Step::Wait)
        ], 0..200)
    ) {
        let mut world = World { prompt: Some(life), ..World::new(seed) };
        for step in steps {
            world.step(step);
        }
        // A token is replaced at the earliest 30 s before its end.
        let lives = world.now.monotonic / (life * 1_000 - 30_000) + 1;
        let most = lives + u64::from(world.refusals);
        prop_assert!(world.requests.len() as u64 <= most, "{} requests, {most} at most", world.requests.len());
        // Nobody was given what had no use left in it.
        prop_assert!(world.given.iter().all(|given| given.1 > 0));
    }
}
