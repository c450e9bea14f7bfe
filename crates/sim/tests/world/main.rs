//! Lives in the simulated world: a few here, without optimisation; thousands by `cargo xtask sim`.

use guestwire_sim::world::{Dialect, Trial, live, live_as};

/// Seeds that once failed, and what was mended. A seed means another life when the world changes; so what one found
/// has a test of its own too, where it was mended.
const MENDED: [(u64, &str); 3] = [
    (58, "A refusal named a message that was no longer under way, and the wait that it asked for was not kept"),
    (833, "A second copy of a refused message let newer ones pass those that were refused behind the first"),
    (9_891, "The model service forgot what an old socket had refused behind a message that came by another way"),
];

/// The same in `web-messaging`.
const MENDED_IN_WEB_MESSAGING: [(u64, &str); 16] = [
    (11, "The error of one message was laid on it, but nobody who watched could have known"),
    (189, "What was in flight while a gap was read was taken for another tab's"),
    (194, "The history was read before the service was ready: it was another session's"),
    (206, "A session was taken up without being known for established"),
    (240, "In a history without ids the message that proved the session to be the same was not known"),
    (319, "A heartbeat each round trip under throttled timers, and the limit that one met was laid on a message"),
    (513, "What was held back was forgotten with the session"),
    (665, "The copy of a message that had ended unconfirmed was taken for one that said the same"),
    (12_847, "The checkers took words in the first history that could be read for proof that a message had arrived"),
    (1_835, "Two tellings of typing were under way on a slow link; the second refusal without a name ended the client"),
    (1_423, "The refusal of one was kept by a sleep until long after"),
    (5_056, "A checkpoint between two conversations did not have what had ended unconfirmed in the first"),
    (1_588, "What might have been an older message was held for an in-flight one's absence"),
    (21_028, "What came before the service was ready was told before what had been said while away"),
    (21_259, "A message has two names, and half as many were remembered"),
    (
        50_882,
        "The history of a session that a lost greeting had made was taken for the one before, in which a message stood",
    ),
];

/// The same in `streams`.
const MENDED_IN_STREAMS: [(u64, &str); 12] = [
    (37, "The provider's late answer was taken for refused, and another token asked for"),
    (54, "What came on the old socket of a handover was told again when it came on the new one"),
    (390, "The same, the other way round"),
    (179, "The channel that takes over at a token's end was not made the second time: it was held for made already"),
    (28, "A process that had slept, its clocks stopped, replaced a channel after its token's end, and told no gap"),
    (1_312, "While a second channel waited for its socket's next try, topics were told to the first one"),
    (1_888, "A second channel took over from a link that was dead, and what was lost in between was told by no gap"),
    (2_471, "The word for an empty list was taken for the word for the next one"),
    (2_900, "A topic counted as subscribed to once the second channel knew it, though its socket was not open"),
    (16_109, "A sleep that followed a late moment at once was not seen, and the gap after it began too late"),
    (14_124, "The checkers held a channel that was made and never dialled for the one before"),
    (13_306, "A channel whose socket opened and never said a word was dialled for ever"),
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
    MENDED.into_iter().for_each(|(seed, _)| kept(seed));
    MENDED_IN_WEB_MESSAGING.into_iter().for_each(|(seed, _)| kept_in(Dialect::WebMessaging, seed));
    MENDED_IN_STREAMS.into_iter().for_each(|(seed, _)| kept_in(Dialect::Streams, seed));
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
