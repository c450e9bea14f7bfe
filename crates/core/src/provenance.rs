//! Who gave an answer (docs/answers.md): the service, or something between, a captive portal, a proxy or a service worker.
//! A refusal of theirs says nothing about credential, session or message, unless the service itself was heard just then, or
//! it is all that is heard for long.

use crate::checkpoint::keep;
use crate::io::HttpAnswer;
use crate::limits;

/// What was heard of one origin.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Provenance {
    /// When the service itself was heard last, monotonic.
    own_at: Option<u64>,
    /// The foreign refusal that nothing has contradicted since: its status, and when it came first, monotonic.
    foreign: Option<(u16, u64)>,
}

impl Provenance {
    /// The service itself was heard.
    pub(crate) fn proved(&mut self, now: u64) {
        *self = Self { own_at: Some(now), foreign: None };
    }

    /// Whether a refusal is to be taken for the service's word. `awake_since`: what came before a sleep may have been said in
    /// another network.
    pub(crate) fn believes(&mut self, answer: &HttpAnswer, now: u64, awake_since: u64) -> bool {
        if answer.is_foreign() {
            return self.vouches(answer.status, now, awake_since);
        }
        // An empty one is believed, and proves nothing besides.
        if answer.json().is_some() {
            self.proved(now);
        }
        true
    }

    /// The same for a refusal that can carry no proof, since it has no body.
    pub(crate) fn vouches(&mut self, status: u16, now: u64, awake_since: u64) -> bool {
        let own = self.own_at.filter(|&at| at >= awake_since);
        if own.is_some_and(|at| now.saturating_sub(at) <= limits::VOUCHED_FOR) {
            return true;
        }
        let since = match self.foreign {
            Some((before, since)) if before == status => since.max(awake_since),
            _ => now,
        };
        self.foreign = Some((status, since));
        now.saturating_sub(since) >= limits::DISBELIEVED_FOR
    }
}

keep!(Provenance { own_at, foreign });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::AnswerBody;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const PAGE: &str = "<h1>Please sign in to the network</h1>";
    const MINUTE: u64 = 60_000;

    fn answer(status: u16, body: &str) -> HttpAnswer {
        HttpAnswer { status, body: AnswerBody::read(body, 1 << 16), ..HttpAnswer::default() }
    }

    #[test]
    fn the_body_decides_who_gave_a_refusal() {
        for body in ["", " \n", "{}", r#"{"code":401}"#, "null", "7", r#""gone""#] {
            assert!(!answer(404, body).is_foreign(), "{body}");
        }
        for body in [PAGE, "Not Found", "{\"code\":40", "<?xml version=\"1.0\"?><Error/>"] {
            assert!(answer(404, body).is_foreign(), "{body}");
        }
        for status in [0, 101, 301, 302, 303, 307, 308, 600] {
            assert!(answer(status, "{}").is_foreign(), "{status}");
        }
    }

    #[test]
    fn a_page_says_nothing_unless_the_service_was_heard_within_that_minute() {
        let mut origin = Provenance::default();
        assert!(!origin.believes(&answer(401, PAGE), 0, 0));
        assert!(origin.believes(&answer(401, "{}"), 1, 0), "its own word needs nobody's");
        assert!(origin.believes(&answer(404, PAGE), MINUTE + 1, 0));
        assert!(!origin.believes(&answer(404, PAGE), MINUTE + 2, 0));
        assert!(origin.believes(&answer(404, ""), MINUTE + 3, 0), "an empty one is nobody's page");
        assert!(!origin.believes(&answer(404, PAGE), MINUTE + 4, 0), "and proves nothing besides");
        origin.proved(2 * MINUTE);
        assert!(!origin.believes(&answer(401, PAGE), 2 * MINUTE + 2, 2 * MINUTE + 1), "a sleep is another place");
    }

    #[test]
    fn what_is_said_for_ten_minutes_awake_is_believed_in_the_end() {
        let mut origin = Provenance::default();
        for minute in 0..10 {
            assert!(!origin.believes(&answer(401, PAGE), minute * MINUTE, 0));
        }
        assert!(origin.believes(&answer(401, PAGE), 10 * MINUTE, 0));
        // Another refusal is another word, and a sleep is another place.
        assert!(!origin.believes(&answer(404, PAGE), 10 * MINUTE, 0));
        assert!(!origin.believes(&answer(404, PAGE), 25 * MINUTE, 20 * MINUTE));
        assert!(origin.believes(&answer(404, PAGE), 30 * MINUTE, 20 * MINUTE));
        // The service's own word begins it anew.
        origin.proved(30 * MINUTE);
        assert!(!origin.believes(&answer(404, PAGE), 32 * MINUTE, 20 * MINUTE));
        assert!(!origin.believes(&answer(404, PAGE), 41 * MINUTE, 20 * MINUTE));
    }
}
