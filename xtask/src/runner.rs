//! Test runners as child processes: shown while they run, counted by what they say at the end.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};
use xshell::Cmd;

use crate::tally::Tally;

/// Runs a test runner; one that ran nothing has failed, for a check that cannot fail is worse than none.
pub(crate) fn counted(command: Cmd<'_>) -> Result<Tally> {
    let (status, output) = tee(command)?;
    let tally = Tally::read(&output);
    if tally.passed + tally.failed == 0 && status.success() {
        bail!("no test ran");
    }
    Ok(judged(status, tally))
}

/// A runner that failed without counting a failure (a build error, a crash) still counts as one.
pub(crate) fn judged(status: ExitStatus, mut tally: Tally) -> Tally {
    if !status.success() && tally.failed == 0 {
        tally.failed = 1;
    }
    tally
}

/// Runs to the end, showing each line as it comes and keeping all of them.
pub(crate) fn tee(command: Cmd<'_>) -> Result<(ExitStatus, String)> {
    let name = command.to_string();
    let mut child = Command::from(command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {name}"))?;
    let stderr = child.stderr.take().map(|stream| thread::spawn(move || forward(stream)));
    let mut output = child.stdout.take().map(forward).unwrap_or_default();
    if let Some(reader) = stderr {
        output.push_str(&reader.join().unwrap_or_default());
    }
    Ok((child.wait()?, output))
}

fn forward(stream: impl Read) -> String {
    let mut kept = String::new();
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        let text = String::from_utf8_lossy(&line);
        print!("{text}");
        kept.push_str(&text);
        line.clear();
    }
    kept
}
