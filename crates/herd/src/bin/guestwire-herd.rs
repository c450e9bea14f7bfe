//! Leads a herd through outages: `guestwire-herd [--clients N] [--outage SECONDS]… [--seed N] [--check] [--document FOLDER]`.
#![allow(clippy::print_stdout, reason = "the tables are what it is for")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

use guestwire_herd::peers::PEERS;
use guestwire_herd::plot::{Strip, plot};
use guestwire_herd::table::{Row, broken, ours, table, theirs};

const USAGE: &str = "usage: [--clients N] [--outage SECONDS]… [--seed N] [--check] [--document FOLDER]";
/// The outages that bounds are stated for, s.
const OUTAGES: [u64; 3] = [5, 60, 600];
/// The largest outage, s: a week. The counts are kept by slot.
const LONGEST: u64 = 7 * 86_400;
/// What `--document` writes stands between these.
const MARKS: (&str, &str) = ("<!-- measured -->\n", "<!-- end of what was measured -->");
/// The formulas in the picture; the others look like one of these.
const DRAWN: &[&str] = &[
    "AWS, equal jitter",
    "centrifuge",
    "ably",
    "stream-chat",
    "socket.io-client",
    "reconnecting-websocket",
    "partysocket",
    "phoenix",
];

struct Wanted {
    clients: u64,
    outages: Vec<u64>,
    seed: u64,
    /// Our rows only, against their bounds.
    check: bool,
    document: Option<PathBuf>,
}

struct Measured {
    seconds: u64,
    ours: Vec<Row>,
    theirs: Vec<Row>,
}

fn main() -> ExitCode {
    let wanted = match wanted() {
        Ok(wanted) => wanted,
        Err(why) => {
            println!("{why}\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    let (mut measured, mut failures) = (Vec::new(), Vec::new());
    for &seconds in &wanted.outages {
        let ours = ours(wanted.clients, seconds * 1_000, wanted.seed);
        let theirs = if wanted.check { Vec::new() } else { theirs(wanted.clients, seconds * 1_000, wanted.seed) };
        failures.extend(broken(seconds * 1_000, &ours));
        let one = Measured { seconds, ours, theirs };
        println!("{}", section(&one, wanted.clients));
        measured.push(one);
    }
    if let Some(folder) = &wanted.document
        && let Err(error) = document(folder, &measured, wanted.clients)
    {
        failures.push(format!("{}: {error}", folder.display()));
    }
    failures.iter().for_each(|failure| println!("{failure}"));
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn wanted() -> Result<Wanted, String> {
    let mut wanted = Wanted { clients: 1_000_000, outages: Vec::new(), seed: 1, check: false, document: None };
    let mut arguments = std::env::args().skip(1);
    while let Some(flag) = arguments.next() {
        if flag == "--check" {
            wanted.check = true;
            continue;
        }
        let value = arguments.next().ok_or_else(|| format!("{flag} takes a value"))?;
        if flag == "--document" {
            wanted.document = Some(value.into());
            continue;
        }
        let number: u64 = value.parse().map_err(|_| format!("{flag} takes a number"))?;
        match flag.as_str() {
            "--clients" if number > 0 && u32::try_from(number).is_ok() => wanted.clients = number,
            "--outage" if (1..=LONGEST).contains(&number) => wanted.outages.push(number),
            "--seed" => wanted.seed = number,
            "--clients" | "--outage" => return Err(format!("{flag} {number} is out of range")),
            _ => return Err(format!("{flag} is not known")),
        }
    }
    if wanted.outages.is_empty() {
        wanted.outages = OUTAGES.to_vec();
    }
    if wanted.document.is_some() && (wanted.check || !wanted.outages.contains(&60)) {
        return Err("--document wants the peers, and the outage of 60 s for its picture".to_owned());
    }
    Ok(wanted)
}

fn section(measured: &Measured, clients: u64) -> String {
    let rows = [measured.ours.as_slice(), &measured.theirs].concat();
    format!("### {} clients, {} s\n\n{}", thousands(clients), measured.seconds, table(&rows))
}

fn document(folder: &Path, measured: &[Measured], clients: u64) -> io::Result<()> {
    let path = folder.join("herd.md");
    let text = fs::read_to_string(&path)?;
    let parts = text.split_once(MARKS.0).and_then(|(before, rest)| Some((before, rest.split_once(MARKS.1)?.1)));
    let (before, after) = parts.ok_or_else(|| io::Error::other("herd.md has no marks"))?;
    let sections: Vec<String> = measured.iter().map(|one| section(one, clients)).collect();
    let sources: Vec<String> = PEERS.iter().map(|peer| format!("- {}: {}\n", peer.name, peer.source)).collect();
    let sources = sources.concat();
    let tables = sections.join("\n");
    fs::write(&path, format!("{before}{}{tables}\n### The formulas\n\n{sources}{}{after}", MARKS.0, MARKS.1))?;

    let mut strips = Vec::new();
    for one in measured {
        let (_, figures) = &one.ours[0];
        strips.push(Strip { label: format!("guestwire, {} s", one.seconds), ours: true, figures });
    }
    let others = measured.iter().filter(|one| one.seconds == 60).flat_map(|one| &one.theirs);
    for (name, figures) in others.filter(|(name, _)| DRAWN.contains(&name.as_str())) {
        strips.push(Strip { label: format!("{name}, 60 s"), ours: false, figures });
    }
    let title = format!("{} clients return after a common outage", thousands(clients));
    fs::write(folder.join("herd.svg"), plot(&title, &strips))
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    let groups: Vec<&str> = groups.iter().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}
