//! Every body over its kept corpus, and over mutations of that: the same ones at every run. What a fuzzer finds is kept in
//! `corpus/` before it is mended.

mod mutations;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use guestwire_fuzz::{TARGETS, run};

/// The kept files of a target, by name.
fn kept(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut files: Vec<_> =
        fs::read_dir(&folder).expect("a folder of kept files").map(|it| it.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// The corpus as it is, then mutations of it.
fn survives(target: &str, mutations: u32) {
    let kept = kept(target);
    assert!(kept.len() >= 10, "{} has {} kept files", target, kept.len());
    for (path, data) in &kept {
        let outcome = std::panic::catch_unwind(|| run(target, data));
        assert!(outcome.is_ok(), "{} breaks a law", path.display());
    }
    let corpus: Vec<Vec<u8>> = kept.into_iter().map(|(_, data)| data).collect();
    mutations::of(&corpus, mutations, |data| run(target, data));
}

#[test]
fn any_frame_is_survived() {
    survives("frames", 800);
}

#[test]
fn any_answer_is_survived() {
    survives("answers", 600);
}

#[test]
fn any_options_are_taken_or_refused_with_a_remedy() {
    survives("options", 1_500);
}

#[test]
fn any_order_of_inputs_at_any_times_keeps_the_laws() {
    survives("operations", 700);
}

#[test]
fn any_life_of_a_stream_keeps_the_laws_and_comes_to_a_good_end() {
    survives("streams", 700);
}

#[test]
fn any_trace_is_replayed_or_refused() {
    // Impossible states end in a panic that the replay takes for its answer; their reports would be most of the time.
    std::panic::set_hook(Box::new(|broken| eprintln!("{broken}")));
    survives("traces", 500);
}

#[test]
fn every_body_is_a_target_of_the_fuzzer_and_has_a_corpus_that_stays_small() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = |folder: &str| -> BTreeSet<String> {
        let files = fs::read_dir(root.join(folder)).unwrap();
        files.map(|it| it.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()).collect()
    };
    let names: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(files("corpus"), names);
    assert_eq!(files("../../fuzz/fuzz_targets"), names);
    let bytes: usize = names.iter().flat_map(|name| kept(name)).map(|(_, data)| data.len()).sum();
    assert!(bytes < 64 * 1024, "{bytes} bytes of kept files");
}
