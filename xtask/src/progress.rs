//! What the tasks say on the terminal while they work: one line a step, so that a wait is never a mystery.

use std::io::IsTerminal;

/// A step begins.
pub(crate) fn step(what: &str) {
    println!("{}", paint("1;36", &format!("==> {what}")));
}

/// A step was already up to date, or something else is worth a quiet word.
pub(crate) fn note(what: &str) {
    println!("    {what}");
}

/// The task cannot go on.
pub(crate) fn failed(why: &str) {
    eprintln!("{}", paint("1;31", &format!("error: {why}")));
}

/// Colours only where a person looks, and has not asked for none (no-color.org).
fn paint(code: &str, text: &str) -> String {
    if std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}
