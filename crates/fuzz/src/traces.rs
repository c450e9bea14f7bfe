//! Any text as a trace, and true recordings with a few edits: replaying one ends, in an answer or an error, with no more
//! work than the file is long. A file that begins with `{` is the trace itself; any other names a life
//! ([`crate::operations`]), `!`, and edits.

use arbitrary::Unstructured;
use guestwire_core::trace::FORMAT;
use guestwire_core::trace::replay::replay;
use serde_json::Value as Json;

use crate::operations::lived;

const NUMBERS: [&str; 12] = [
    "0",
    "1",
    "2",
    "3",
    "7",
    "100",
    "16384",
    "6000000",
    "4294967295",
    "9007199254740992",
    "18446744073709551615",
    "99999999999999999999",
];

/// Edits of one recording.
const EDITS: usize = 8;

pub(crate) fn body(data: &[u8]) {
    if data.first() == Some(&b'{') {
        if let Ok(mut trace) = serde_json::from_slice::<Json>(data) {
            ends(&trace);
            // The version changes with each release; what a kept file is about does not.
            trace["format"] = FORMAT.into();
            ends(&trace);
        }
        return;
    }
    let cut = data.iter().position(|byte| *byte == b'!').unwrap_or(data.len());
    let (life, edits) = data.split_at(cut);
    let recorded = lived(life).trace();
    let mut bytes = Unstructured::new(edits.get(1..).unwrap_or_default());
    ends(&edited(recorded, &mut bytes));
}

fn ends(trace: &Json) {
    let Ok(replayed) = replay(trace) else { return };
    let entries = trace["entries"].as_array().map_or(0, Vec::len);
    assert!(replayed.steps.len() <= entries, "{} steps of {entries} entries", replayed.steps.len());
    // Whoever reads on prints it all.
    let told: usize = replayed.steps.iter().map(|step| step.outputs.len()).sum();
    let size = trace.to_string().len();
    assert!(told <= 64 + 8 * size, "{told} outputs of {size} bytes");
}

/// The places of a recording that a file could lie about: the words of its checkpoints and the members of its entries.
fn edited(mut trace: Json, bytes: &mut Unstructured<'_>) -> Json {
    for _ in 0..EDITS {
        if bytes.is_empty() {
            break;
        }
        let what: u8 = bytes.arbitrary().unwrap_or(0);
        let place: u16 = bytes.arbitrary().unwrap_or(0);
        let value = NUMBERS[usize::from(bytes.arbitrary::<u8>().unwrap_or(0)) % NUMBERS.len()];
        match what % 8 {
            0..4 => edit_checkpoint(&mut trace, what % 4, place.into(), value),
            4 | 5 => edit_member(&mut trace, place.into(), value),
            kind => edit_entries(&mut trace, kind == 6, place.into()),
        }
    }
    trace
}

fn edit_checkpoint(trace: &mut Json, how: u8, place: usize, value: &str) {
    let Some(text) = trace["start"].as_str() else { return };
    let mut words: Vec<&str> = text.split(' ').collect();
    let place = place % words.len();
    match how {
        0 | 1 => words[place] = value,
        2 => drop(words.remove(place)),
        _ => words.insert(place, value),
    }
    trace["start"] = words.join(" ").into();
}

fn edit_member(trace: &mut Json, place: usize, value: &str) {
    let Some(entries) = trace["entries"].as_array_mut().filter(|entries| !entries.is_empty()) else { return };
    let count = entries.len();
    let Some(entry) = entries[place % count].as_object_mut() else { return };
    let members = entry.len().max(1);
    if let Some((_, member)) = entry.iter_mut().nth(place / count % members) {
        *member = value.parse::<f64>().map_or(Json::Null, Json::from);
    }
}

fn edit_entries(trace: &mut Json, remove: bool, place: usize) {
    let Some(entries) = trace["entries"].as_array_mut().filter(|entries| !entries.is_empty()) else { return };
    let place = place % entries.len();
    if remove {
        entries.remove(place);
    } else {
        let copy = entries[place].clone();
        entries.insert(place, copy);
    }
}
