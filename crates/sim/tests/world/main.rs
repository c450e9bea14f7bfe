//! Lives in the simulated world: a few here, without optimisation; thousands by `cargo xtask sim`.

use guestwire_sim::world::{Dialect, Trial, live, live_as};

/// Seeds that once failed, and what was mended. A seed means another life when the world changes; so what one found
/// has a test of its own too, where it was mended.
const MENDED: [u64; 3] = [
    // A refusal named a message that was no longer under way, and the wait that it asked for was not kept.
    58,
    // On a slow link a second copy of a refused message let newer ones pass those that were refused behind the first.
    833,
    // The model service forgot what an old socket had refused behind a message, once that message came by another way.
    9_891,
];

/// The same in `web-messaging`.
const MENDED_IN_WEB_MESSAGING: [u64; 15] = [
    // The error of one message was laid on it, but nobody who watched could have known.
    11,  // What was in flight while a gap was read was taken for another tab's.
    189, // The history was read before the service was ready: it was another session's.
    194, // A session was taken up without being known for established.
    206, // In a history without ids the message that proved the session to be the same was not known.
    240,
    // A heartbeat each round trip, while the page's timers were throttled; and a limit that one met was laid on a message.
    319, // What was held back was forgotten with the session.
    513, // The copy of a message that had ended unconfirmed was taken for one that said the same.
    665,
    // The first history that could be read had a message's words in it: that proves nothing, and the checkers held it for proof.
    12_847,
    // Two tellings of typing were under way on a slow link; the second refusal without a name ended the client.
    1_835, // The refusal of one was kept by a sleep until long after.
    1_423,
    // A checkpoint between two conversations did not have what had ended unconfirmed in the first.
    5_056,  // What might have been an older message was held for an in-flight one's absence.
    1_588,  // What came before the service was ready was told before what had been said while away.
    21_028, // A message has two names, and half as many were remembered.
    21_259,
];

/// The same in `streams`.
const MENDED_IN_STREAMS: [u64; 4] = [
    // The provider's answer came when nobody waited for it any more; it was taken for refused, and another asked for.
    37, // What came on the old socket of a handover was told again when it came on the new one.
    54,
    390, // The channel that takes over at a token's end was not made the second time: it was held for made already.
    179,
];

fn kept(seed: u64) {
    kept_in(Dialect::Webchat, seed);
}

fn kept_in(dialect: Dialect, seed: u64) {
    let life = live_as(seed, Trial { dialect, ..Trial::default() });
    assert!(life.violations.is_empty(), "{} {seed}: {:#?}", dialect.name(), life.violations);
}

#[test]
fn promises_hold_in_the_first_lives() {
    (0..30).for_each(kept);
    (0..30).for_each(|seed| kept_in(Dialect::WebMessaging, seed));
    (0..30).for_each(|seed| kept_in(Dialect::Streams, seed));
}

#[test]
fn what_was_mended_stays_mended() {
    MENDED.into_iter().for_each(kept);
    MENDED_IN_WEB_MESSAGING.into_iter().for_each(|seed| kept_in(Dialect::WebMessaging, seed));
    MENDED_IN_STREAMS.into_iter().for_each(|seed| kept_in(Dialect::Streams, seed));
}

#[test]
fn a_seed_replays_bit_for_bit_and_another_does_not() {
    let seeds = [3, 17, 42];
    for seed in seeds {
        assert_eq!(live(seed, false).fingerprint, live(seed, false).fingerprint, "seed {seed}");
    }
    assert_ne!(live(seeds[0], false).fingerprint, live(seeds[1], false).fingerprint);
}

#[test]
fn the_lives_are_hard_enough_to_end_messages_in_every_way() {
    let mut faults = 0;
    let mut ends = std::collections::BTreeMap::new();
    for seed in 0..30 {
        let life = live(seed, false);
        faults += life.faults.len();
        for (state, count) in life.ends {
            *ends.entry(state).or_insert(0) += count;
        }
    }
    assert!(faults > 300, "{faults} faults");
    for state in ["delivered", "rejected", "expired", "cancelled", "unconfirmed"] {
        assert!(ends.get(state).is_some_and(|count| *count > 20), "{state}: {ends:?}");
    }
}
