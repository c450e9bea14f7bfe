//! The breakages: each one text of the core, exactly as it stands, what takes its place, and the laws that such a core
//! breaks. They are mistakes that somebody could make: a forgotten case, a condition the wrong way round.

mod connection;
mod delivery;
mod endings;
mod reading;
mod recording;
mod streams;
mod web_messaging;

/// One deliberate breakage.
pub(crate) struct Mutant {
    /// The file under `crates/core/src`.
    pub(crate) file: &'static str,
    /// Stands there once.
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    /// What such a core does.
    pub(crate) does: &'static str,
    /// Of these laws at least one is broken, by the names of the checkers.
    pub(crate) laws: &'static [&'static str],
    /// In which service's world it is tried.
    pub(crate) dialect: &'static str,
    /// Whether `npm test` tries it.
    pub(crate) in_tests: bool,
}

const fn mutant(
    file: &'static str,
    from: &'static str,
    to: &'static str,
    does: &'static str,
    laws: &'static [&'static str],
) -> Mutant {
    Mutant { file, from, to, does, laws, dialect: "webchat", in_tests: false }
}

impl Mutant {
    const fn in_tests(self) -> Self {
        Self { in_tests: true, ..self }
    }

    const fn in_web_messaging(self) -> Self {
        Self { dialect: "web-messaging", ..self }
    }

    const fn in_streams(self) -> Self {
        Self { dialect: "streams", ..self }
    }
}

/// All of them: first those of the parts that every service has.
pub(crate) fn all() -> impl Iterator<Item = &'static Mutant> {
    let common = [delivery::MUTANTS, connection::MUTANTS, endings::MUTANTS, reading::MUTANTS, recording::MUTANTS];
    common.into_iter().chain([web_messaging::MUTANTS, streams::MUTANTS]).flatten()
}
