//! Mutations of a corpus as a fuzzer makes them, drawn by proptest from one seed: what fails is shrunk to the fewest
//! edits.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

/// One change of a file. Places are taken modulo its length.
#[derive(Clone, Debug)]
enum Edit {
    Flip(usize, u8),
    Put(usize, u8),
    Insert(usize, &'static [u8]),
    Remove(usize, usize),
    Repeat(usize, usize),
    /// A piece of another kept file.
    Splice(usize, usize, usize),
}

/// What parsers and clocks stumble over.
const WORDS: &[&[u8]] = &[
    b"0",
    b"-1",
    b"1e300",
    b"9007199254740993",
    b"18446744073709551616",
    b"null",
    b"{}",
    b"[[[[",
    b"\"",
    b"\\u0000",
    b"\\ud800",
    b",",
    b"\n",
    b"c",
    b"w0",
    b"tf",
    b"d0",
    b"s0",
    b"\xff",
    b"\xf0\x9f\x98\x80",
];

fn edit() -> impl Strategy<Value = Edit> {
    let place = 0usize..4_096;
    prop_oneof![
        (place.clone(), 0u8..8).prop_map(|(place, bit)| Edit::Flip(place, bit)),
        (place.clone(), any::<u8>()).prop_map(|(place, byte)| Edit::Put(place, byte)),
        (place.clone(), prop::sample::select(WORDS)).prop_map(|(place, word)| Edit::Insert(place, word)),
        (place.clone(), 1usize..24).prop_map(|(place, length)| Edit::Remove(place, length)),
        (place.clone(), 1usize..24).prop_map(|(place, length)| Edit::Repeat(place, length)),
        (place.clone(), place, 1usize..64).prop_map(|(place, from, length)| Edit::Splice(place, from, length)),
    ]
}

fn apply(data: &mut Vec<u8>, edit: &Edit, other: &[u8]) {
    let piece = |of: &[u8], from: usize, length: usize| {
        let from = from % (of.len() + 1);
        of[from..of.len().min(from + length)].to_vec()
    };
    let at = |data: &Vec<u8>, place: usize| place % (data.len() + 1);
    match *edit {
        Edit::Flip(place, bit) if !data.is_empty() => {
            let place = place % data.len();
            data[place] ^= 1 << bit;
        }
        Edit::Put(place, byte) if !data.is_empty() => {
            let place = place % data.len();
            data[place] = byte;
        }
        Edit::Flip(..) | Edit::Put(..) => {}
        Edit::Insert(place, word) => {
            let place = at(data, place);
            data.splice(place..place, word.iter().copied());
        }
        Edit::Remove(place, length) => {
            let place = at(data, place);
            data.drain(place..data.len().min(place + length));
        }
        Edit::Repeat(place, length) => {
            let (place, piece) = (at(data, place), piece(data, place, length));
            data.splice(place..place, piece);
        }
        Edit::Splice(place, from, length) => {
            let (place, piece) = (at(data, place), piece(other, from, length));
            data.splice(place..place, piece);
        }
    }
}

/// Hands so many mutations of the corpus to a body.
pub(crate) fn of(corpus: &[Vec<u8>], mutations: u32, body: impl Fn(&[u8])) {
    let one = (0..corpus.len(), 0..corpus.len(), prop::collection::vec(edit(), 1..6));
    let config =
        Config { cases: mutations, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..Config::default() };
    let outcome = TestRunner::new(config).run(&one, |(file, other, edits)| {
        let mut data = corpus[file].clone();
        edits.iter().for_each(|edit| apply(&mut data, edit, &corpus[other]));
        // What is given back tells whoever reads the failure which file to keep.
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| body(&data)));
        outcome.map_err(|why| {
            let why = why.downcast_ref::<String>().cloned().or_else(|| why.downcast_ref::<&str>().map(|&it| it.into()));
            TestCaseError::fail(format!("{} breaks a law: {}", data.escape_ascii(), why.unwrap_or_default()))
        })
    });
    if let Err(broken) = outcome {
        panic!("{broken}");
    }
}
