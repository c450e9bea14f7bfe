//! The gateway as a child process: built, started on an address, known to be listening, and gone when we are gone.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// A running gateway. It ends when its standard input ends, so it never outlives this process, however that ends.
pub(crate) struct Gateway {
    /// `http://127.0.0.1:<port>`, as it said itself.
    pub(crate) address: String,
    child: Child,
    stdin: Option<ChildStdin>,
}

/// Builds the binary and says where it is.
pub(crate) fn build(workspace: &Workspace, release: bool) -> Result<PathBuf> {
    workspace.binary("guestwire-gateway", "guestwire-gateway", release)
}

impl Gateway {
    /// Starts `binary` and waits until it says `listening on <address>`; what else it says goes to our own output.
    pub(crate) fn start(binary: &PathBuf, flags: &[String]) -> Result<Self> {
        let mut child = Command::new(binary)
            .args(flags)
            .arg("--exit-with-stdin")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().context("the gateway has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let address = loop {
            let Some(line) = lines.next().transpose()? else {
                bail!("the gateway ended before it listened ({})", child.wait()?);
            };
            if let Some((_, address)) = line.split_once("listening on ") {
                break address.trim().to_owned();
            }
            println!("{line}");
        };
        // Read on, or the gateway would block once the pipe is full.
        std::thread::spawn(move || {
            lines.map_while(Result::ok).for_each(|line| println!("{line}"));
        });
        Ok(Self { address, child, stdin })
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The hand on its standard input: dropping it asks the gateway to end.
    pub(crate) fn leash(&mut self) -> Option<ChildStdin> {
        self.stdin.take()
    }

    /// Waits until it has ended.
    pub(crate) fn wait(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait()?)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        drop(self.stdin.take());
        // It ends by itself now; waiting leaves no zombie behind. It fails only where it was waited for already.
        let _ended = self.child.wait();
    }
}
