//! Gathering what an iterator gives. `collect` brings the library's ways to foretell how much comes, anew for each
//! iterator, and weighs three times as much in a module that is counted by the byte; here nothing is long enough to care.

/// All of them, in order. Each use is another instance: inlined, it is a part of the one function that it serves.
#[inline(always)]
pub(crate) fn gather<T>(each: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut all = Vec::new();
    for one in each {
        all.push(one);
    }
    all
}
