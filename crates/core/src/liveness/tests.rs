use super::*;
use crate::value::read;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn liveness() -> Liveness {
    let options = r#"{"host":"a.example","credential":{"kind":"provider"}}"#;
    let mut liveness = Liveness::new(&Config::from_value(&read(options, 1_000).unwrap()).unwrap());
    liveness.opened(at(0), false);
    liveness
}

fn at(monotonic: u64) -> Now {
    Now { monotonic, wall: 1_000_000 + monotonic }
}

/// A host that has answered one heartbeat, 100 ms after it went out at 0.
fn answering() -> Liveness {
    let mut liveness = liveness();
    liveness.sent(at(0));
    liveness.heard(at(100));
    assert_eq!(liveness.answered(at(100), Some(1_000_000)), Some(100));
    liveness
}

#[test]
fn a_half_open_link_is_found_within_an_interval_and_two_deadlines() {
    let mut liveness = answering();
    assert_eq!(liveness.deadlines(), (Some(20_100), None));
    assert_eq!(liveness.beat_due(), Finding::Beat);
    liveness.sent(at(20_100));
    assert_eq!(liveness.deadlines(), (None, Some(23_100)));
    assert_eq!(liveness.verdict_due(at(23_100), 23_100), Finding::Beat);
    liveness.sent(at(23_100));
    assert_eq!(liveness.verdict_due(at(26_100), 26_100), Finding::Dead);
}

#[test]
fn any_frame_ends_the_doubt() {
    let mut liveness = answering();
    liveness.beat_due();
    liveness.sent(at(20_100));
    liveness.heard(at(20_200));
    assert_eq!(liveness.deadlines(), (Some(40_200), None));
    assert_eq!(liveness.suspect(), Finding::Beat);
}

#[test]
fn a_deadline_that_passed_in_sleep_proves_nothing() {
    let mut liveness = answering();
    liveness.beat_due();
    liveness.sent(at(20_100));
    // The machine slept for an hour; the deadline is seen on waking.
    assert_eq!(liveness.verdict_due(at(3_600_000), 23_100), Finding::Beat);
    liveness.sent(at(3_600_000));
    assert_eq!(liveness.verdict_due(at(3_603_000), 3_603_000), Finding::Beat);
    liveness.sent(at(3_603_000));
    assert_eq!(liveness.verdict_due(at(3_606_000), 3_606_000), Finding::Dead);
}

#[test]
fn a_page_whose_timers_are_throttled_still_comes_to_a_verdict() {
    let mut liveness = answering();
    liveness.beat_due();
    let (mut now, mut steps) = (60_000, 0);
    loop {
        liveness.sent(at(now));
        let due = liveness.deadlines().1.unwrap();
        now += 60_000;
        steps += 1;
        if liveness.verdict_due(at(now), due) == Finding::Dead {
            break;
        }
        assert!(steps < 6);
    }
}

#[test]
fn silence_of_a_host_that_never_answered_is_no_death() {
    let mut liveness = liveness();
    liveness.sent(at(0));
    assert_eq!(liveness.verdict_due(at(10_000), 10_000), Finding::Beat);
    liveness.sent(at(10_000));
    assert_eq!(liveness.verdict_due(at(13_000), 13_000), Finding::Fine);
    assert_eq!(liveness.deadlines(), (Some(33_000), None));
}

#[test]
fn on_such_a_host_an_overdue_acknowledgement_is_the_evidence() {
    let mut liveness = liveness();
    assert_eq!(liveness.overdue(), Finding::Beat);
    liveness.sent(at(10_000));
    assert_eq!(liveness.verdict_due(at(13_000), 13_000), Finding::Beat);
    liveness.sent(at(13_000));
    assert_eq!(liveness.verdict_due(at(16_000), 16_000), Finding::Dead);
}

#[test]
fn an_answer_is_matched_to_its_own_heartbeat() {
    let mut liveness = liveness();
    liveness.sent(at(0));
    liveness.sent(at(1_000));
    assert_eq!(liveness.answered(at(1_050), Some(1_001_000)), Some(50));
    assert_eq!(liveness.answered(at(1_100), Some(7)), None);
    assert_eq!(liveness.answered(at(1_200), None), Some(1_200));
    assert_eq!(liveness.answered(at(1_300), None), None);
}

#[test]
fn an_answer_that_repeats_nothing_belongs_to_the_oldest_that_is_unanswered() {
    let mut liveness = liveness();
    liveness.sent(at(0));
    liveness.sent(at(1_000));
    liveness.sent(at(1_500));
    assert_eq!(liveness.answered(at(1_600), Some(1_001_000)), Some(600));
    assert_eq!(liveness.answered(at(1_700), None), Some(1_700));
    assert_eq!(liveness.answered(at(1_800), None), Some(300));
}

#[test]
fn a_round_trip_is_measured_on_the_clock_that_nobody_sets() {
    let mut liveness = liveness();
    liveness.sent(Now { monotonic: 0, wall: 50_000_000 });
    // Its answer repeats what the other clock said; that has been set back since.
    assert_eq!(liveness.answered(Now { monotonic: 70, wall: 7 }, Some(50_000_000)), Some(70));
}

#[test]
fn a_heartbeat_in_flight_is_no_loss_and_one_past_its_deadline_is() {
    let mut liveness = answering();
    liveness.beat_due();
    liveness.sent(at(20_100));
    assert_eq!(liveness.quality().loss(), Some(0.0));
    liveness.verdict_due(at(23_100), 23_100);
    assert_eq!(liveness.quality().loss(), Some(0.5));
}

#[test]
fn the_interval_follows_the_state() {
    let mut liveness = answering();
    liveness.opened(at(50_000), true);
    assert_eq!(liveness.state(at(50_001)), ("RECONNECTING", 5_000));
    assert_eq!(liveness.state(at(55_000)), ("STABLE", 20_000));
    liveness.quality_mut().round_trip(5_000);
    liveness.quality_mut().crossings().for_each(drop);
    assert_eq!(liveness.state(at(55_000)), ("DEGRADED", 10_000));
}
