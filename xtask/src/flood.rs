//! `cargo xtask flood`: thousands of connections and floods of each kind against the release gateway, and what its memory is
//! (docs/gateway.md, "Memory"). Reads `/proc`, so it runs on Linux.

mod kinds;
mod wire;

use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::gateway::{self, Gateway};
use crate::progress;
use crate::workspace::Workspace;
use kinds::{Guest, KINDS, Kind};

/// Of each kind.
const CONNECTIONS: usize = 5_000;
/// Everything but what is measured is out of the way.
const FLAGS: [&str; 19] = [
    "--addr",
    "127.0.0.1:0",
    "--wm-message-rate",
    "0",
    "--wm-request-rate",
    "0",
    "--wm-connection-rate",
    "0",
    "--wm-history-rate",
    "0",
    "--stream-api-rate",
    "0",
    "--stream-open-rate",
    "0",
    "--stream-frame-rate",
    "0",
    "--stream-confirm",
    "--log",
    "off",
];

/// `cargo xtask flood [--connections N] [--memory BYTES] [--only WORD]`.
pub(crate) fn run(workspace: &Workspace, mut arguments: lexopt::Parser) -> Result<()> {
    use lexopt::{Arg, ValueExt};
    let (mut connections, mut memory, mut only) = (CONNECTIONS, None, String::new());
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("connections") => connections = arguments.value()?.parse()?,
            Arg::Long("memory") => memory = Some(arguments.value()?.string()?),
            Arg::Long("only") => only = arguments.value()?.string()?,
            other => return Err(other.unexpected().into()),
        }
    }
    if !Path::new("/proc/self/status").exists() {
        bail!("the memory of a process is read from /proc, which is not here");
    }
    let binary = gateway::build(workspace, true)?;
    progress::step(&format!("Flooding the gateway, {connections} connections of each kind"));
    println!(
        "| flood | refused | counted, most | resident, most | a guest is answered | counted after clearing | resident then |"
    );
    println!("|---|---|---|---|---|---|---|");
    let mut within = true;
    for kind in KINDS.iter().filter(|kind| kind.name.contains(&only)) {
        within &= measure(&binary, kind, connections, memory.as_deref())?;
    }
    if within { Ok(()) } else { bail!("the gateway was over its budget, or no longer answered") }
}

/// Floods a gateway of its own; true: it stayed within its budget and went on serving.
fn measure(binary: &PathBuf, kind: &Kind, connections: usize, memory: Option<&str>) -> Result<bool> {
    let mut flags: Vec<String> = FLAGS.map(str::to_owned).into();
    flags.extend(["--max-connections".into(), (connections + 10).to_string()]);
    flags.extend(memory.into_iter().flat_map(|memory| ["--max-memory".to_owned(), memory.to_owned()]));
    let gateway = Gateway::start(binary, &flags)?;
    let addr: SocketAddr = gateway.address.trim_start_matches("http://").parse()?;
    let guest = Guest::new(addr)?;
    let Ok(mut socket) = wire::open(addr, &guest.socket())? else { bail!("no socket for the guest") };
    let flood = (kind.run)(addr, connections).with_context(|| kind.name.to_owned())?;
    let answered = answer(&mut socket, "one");
    let full = counts(addr)?;
    let most = resident(gateway.id(), "VmHWM")?;
    let refused = flood.refused;
    drop(flood);
    // The ends of thousands of connections, and what was asked on them, are heard one after another.
    let (mut cleared, mut served) = (full.clone(), false);
    for _ in 0..200 {
        if let Ok(now) = wire::request(addr, "DELETE", "/control/memory", &[], "").and_then(|answer| answer.json()) {
            cleared = now;
            if number(&cleared, "used")? < number(&cleared, "allowed")? / 4 {
                // The same message, as a client sends it: behind one that was refused for now nothing else is taken.
                served = answer(&mut socket, "one").as_deref() == Some("yes");
                if served {
                    break;
                }
            }
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let (peak, allowed) = (number(&full, "peak")?, number(&full, "allowed")?);
    println!(
        "| {} | {refused} | {} | {} | {} | {} | {} |",
        kind.name,
        mib(peak),
        mib(most),
        answered.as_deref().unwrap_or("no"),
        mib(number(&cleared, "used")?),
        mib(resident(gateway.id(), "VmRSS")?),
    );
    Ok(most <= allowed && answered.is_some() && served)
}

/// What an ordinary message of an ordinary guest comes to.
fn answer(socket: &mut TcpStream, id: &str) -> Option<String> {
    wire::say(socket, &json!({ "type": "message", "messageId": id, "content": "hello" }).to_string());
    loop {
        let frame: Value = serde_json::from_str(&wire::hear(socket)?).ok()?;
        match frame["type"].as_str() {
            Some("messageReceived") => return Some("yes".into()),
            Some("error") => return Some(format!("with {}", frame["code"])),
            _ => {}
        }
    }
}

fn counts(addr: SocketAddr) -> Result<Value> {
    wire::request(addr, "GET", "/control/memory", &[], "")?.json()
}

fn number(counts: &Value, name: &str) -> Result<u64> {
    counts[name].as_u64().with_context(|| format!("{counts}"))
}

/// A line of `/proc/<id>/status`, in bytes.
fn resident(id: u32, line: &str) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|row| row.strip_prefix(line)?.strip_prefix(':')).context("no such line")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}

fn mib(bytes: u64) -> String {
    format!("{:.0} MiB", bytes as f64 / 1_048_576.0)
}
