//! The command `guestwire-sim` as whoever runs it sees it: its last line, its exit code, and what it says of a failure.

use std::process::{Command, Output};

fn simulate(flags: &str) -> (bool, String) {
    let command = Command::new(env!("CARGO_BIN_EXE_guestwire-sim")).args(flags.split(' ')).output();
    let Output { status, stdout, .. } = command.expect("the command runs");
    (status.success(), String::from_utf8(stdout).expect("text"))
}

#[test]
fn lives_that_keep_the_laws_are_summed_up_in_one_line() {
    let (good, told) = simulate("--seeds 5 --dialect webchat");
    assert!(good, "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.starts_with("5 lives, ") && told.contains(" client-hours, ") && told.contains(" faults, "), "{told}");
    assert!(told.ends_with("; lost 0, duplicated 0, reordered 0, stuck 0\n"), "{told}");
}

#[test]
fn a_failing_life_is_told_with_its_seed_its_shortest_faults_and_the_commands_that_replay_it() {
    let (good, told) = simulate("--seeds 50 --opens 1");
    assert!(!good, "a life with one open at most is not to be had:\n{told}");
    let seed = told.strip_prefix("seed ").and_then(|told| told.split(' ').next()).expect("a seed");
    assert!(told.contains("Storm at "), "{told}");
    let short = told.lines().last().and_then(|line| line.strip_prefix("the short one:  cargo xtask sim "));
    let short = short.and_then(|short| short.strip_suffix(" --told")).expect("a command");
    assert!(short.contains(&format!("--seed {seed} --faults ")) && told.contains("replay it with: "), "{told}");
    let kept: usize = short.rsplit(' ').next().and_then(|kept| kept.parse().ok()).expect("a number");

    let (good, again) = simulate(short);
    assert!(!good && again.contains(&format!("it still fails with the first {kept} of its faults")), "{again}");
    if let Some(fewer) = kept.checked_sub(1) {
        let (good, told) = simulate(&short.replace(&format!("--faults {kept}"), &format!("--faults {fewer}")));
        assert!(good, "one fault fewer is enough to pass:\n{told}");
    }
}

#[test]
fn help_is_given() {
    let (good, told) = simulate("--help");
    assert!(good && told.starts_with("usage: [--seeds N]"), "{told}");
}

#[test]
fn what_is_not_understood_is_named() {
    for (flags, named) in [
        ("--dialect irc", "no dialect `irc` is simulated; these are: webchat"),
        ("--dialect", "these are: webchat"),
        ("--seeds many", "--seeds takes a number"),
        ("--speed 9", "--speed is not known"),
    ] {
        let (good, told) = simulate(flags);
        assert!(!good && told.contains(named) && told.contains("usage: "), "{flags}: {told}");
    }
}
