//! `guestwire-gateway`: flags, the log, and when to stop.

mod args;

use std::io::{IsTerminal, Read, Write};
use std::process::ExitCode;

use clap::Parser;
use guestwire_gateway::{DEMO_CLIENT, DEMO_KEY, DEMO_SECRET, DEMO_TOKEN, Gateway};

use args::Args;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    start_log(args.log);
    match run(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("guestwire-gateway: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), Box<dyn std::error::Error>> {
    let demo = args.has_demo_credentials();
    let demo_client = args.has_demo_client();
    let exit_with_stdin = args.exit_with_stdin;
    let stop = asked_to_stop()?;
    let mut gateway = Gateway::start(args.into_settings()).await?;
    // Programs that start the gateway wait for this line.
    writeln!(std::io::stdout(), "listening on http://{}", gateway.addr())?;
    if demo {
        eprintln!("credentials: `Authorization: Bearer {DEMO_TOKEN}` or `api_key: {DEMO_KEY}`");
    }
    if demo_client {
        eprintln!("application of event streams: `{DEMO_CLIENT}` with the secret `{DEMO_SECRET}`");
    }
    tokio::select! {
        error = gateway.failed() => return Err(error.into()),
        () = stop => {}
        () = stdin_closed(exit_with_stdin) => {}
    }
    gateway.stop().await;
    Ok(())
}

/// Only our own lines: what the libraries trace may hold addresses, and those hold tokens.
fn start_log(level: tracing_subscriber::filter::LevelFilter) {
    use tracing_subscriber::filter::Targets;
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::util::SubscriberInitExt;
    let ours = Targets::new().with_target("guestwire_gateway", level);
    let lines =
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    tracing_subscriber::registry().with(lines).with(ours).init();
}

/// Listens from the call on, so that nobody who read that it is ready can be too early; comes when it is time to stop.
#[cfg(unix)]
fn asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(windows)]
fn asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        // Nothing comes any more when the runtime ends, and then it is time as well.
        let _ = interrupt.recv().await;
    })
}

/// A thread of its own: a read of stdin cannot be called off, and would hold up the runtime's end.
async fn stdin_closed(wanted: bool) {
    if !wanted {
        return std::future::pending().await;
    }
    let (closed, is_closed) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut ignored = [0; 256];
        let mut stdin = std::io::stdin().lock();
        while matches!(stdin.read(&mut ignored), Ok(1..)) {}
        // The receiver is gone when something else ended the program first.
        let _ = closed.send(());
    });
    let _ = is_closed.await;
}
