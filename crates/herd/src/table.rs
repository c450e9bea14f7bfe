//! The figures in words: a table for each outage, and the bounds that our rows are held to.

use crate::figures::Figures;
use crate::herd::{Manner, Outage, formula, herd};
use crate::peers::PEERS;

/// A row's name and figures.
pub type Row = (String, Figures);

/// What our core promises: the largest share of all clients in one 100 ms slot after an outage of so long. The wait
/// that an outage ends in is uniform over half its step `t`, so a slot gets 100 ms of `t/2`: after 5 s `t` is 4 s, and
/// 5 % is the price of being back soon. From half a minute on `t` is at its cap of 30 s.
#[must_use]
pub fn bound(lasts: u64) -> Option<f64> {
    match lasts {
        30_000.. => Some(0.01),
        5_000 => Some(0.05),
        _ => None,
    }
}

/// By chance a slot holds more or fewer than is expected of it: four standard deviations of a share among so many.
#[must_use]
pub fn slack(share: f64, clients: u64) -> f64 {
    4.0 * (share * (1.0 - share) / clients.max(1) as f64).sqrt()
}

/// Our core through one outage: as it is asked for, answered by nobody, and with a message waiting.
#[must_use]
pub fn ours(clients: u64, lasts: u64, seed: u64) -> Vec<Row> {
    let ways = [
        ("guestwire", Manner::Refused, false),
        ("guestwire, nothing answers", Manner::Unanswered, false),
        ("guestwire, each with a message", Manner::Refused, true),
        ("guestwire, both", Manner::Unanswered, true),
    ];
    let row = |(name, manner, talking): (&str, _, _)| {
        (name.to_owned(), herd(&Outage { clients, lasts, manner, talking, seed }))
    };
    ways.into_iter().map(row).collect()
}

/// The peers' formulas through the same outage.
#[must_use]
pub fn theirs(clients: u64, lasts: u64, seed: u64) -> Vec<Row> {
    let outage = Outage { clients, lasts, manner: Manner::Refused, talking: false, seed };
    PEERS.iter().map(|peer| (peer.name.to_owned(), formula(&outage, peer))).collect()
}

/// The bounds that our rows break, in words. Clients with nothing to say are held to them, however the service fails.
#[must_use]
pub fn broken(lasts: u64, rows: &[Row]) -> Vec<String> {
    let Some(bound) = bound(lasts) else { return Vec::new() };
    let mut broken = Vec::new();
    for (name, figures) in rows.iter().take(2) {
        let allowed = bound + slack(bound, figures.clients());
        if figures.largest_arrival() > allowed {
            let (share, seconds) = (percent(figures.largest_arrival()), lasts / 1_000);
            broken.push(format!(
                "{name}: {share} in one slot after {seconds} s, over {} with its slack",
                percent(allowed)
            ));
        }
    }
    for (name, figures) in rows.iter().filter(|(_, figures)| figures.gone() > 0.0) {
        broken.push(format!("{name}: {} never came back", percent(figures.gone())));
    }
    broken
}

/// The table of one outage, in Markdown.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| client | largest 100 ms slot, arrivals | … all requests | … during the outage | 99 % back after | attempts each |\n\
         |---|---:|---:|---:|---:|---:|\n",
    );
    for (name, figures) in rows {
        let gone = figures.gone() > 0.99;
        let or_none = |text: String| if gone { "–".to_owned() } else { text };
        let back = match figures.back_within() {
            Some(ms) => format!("{:.1} s", ms as f64 / 1_000.0),
            None if gone => "gave up".to_owned(),
            None => format!("never ({} gone)", percent(figures.gone())),
        };
        text.push_str(&format!(
            "| {name} | {} | {} | {} | {back} | {:.1} |\n",
            or_none(percent(figures.largest_arrival())),
            or_none(percent(figures.most_contacts_after())),
            percent(figures.most_contacts_during()),
            figures.attempts_per_client(),
        ));
    }
    text
}

/// A share as a reader wants it: three figures, and no more.
#[must_use]
pub fn percent(share: f64) -> String {
    match share * 100.0 {
        few if few < 10.0 => format!("{few:.2} %"),
        some if some < 99.95 => format!("{some:.1} %"),
        _ => "100 %".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_herd_in_step_breaks_the_bound_and_one_that_is_spread_does_not() {
        for lasts in [5_000, 60_000] {
            let rows = theirs(2_000, lasts, 3);
            let of = |name: &str| rows.iter().find(|(row, _)| row == name).cloned().expect("it is there");
            assert_eq!(broken(lasts, &[of("partysocket")]).len(), 1);
            assert_eq!(broken(lasts, &[of("AWS, equal jitter")]), [""; 0]);
        }
        let gone = theirs(100, 60_000, 3).pop().expect("there are peers");
        assert!(broken(60_000, &[gone])[0].contains("never came back"));
    }

    #[test]
    fn cores_keep_their_bounds_and_their_figures_follow_from_the_seed() {
        let rows = ours(1_000, 60_000, 9);
        assert_eq!(broken(60_000, &rows), [""; 0]);
        assert_eq!(table(&rows), table(&ours(1_000, 60_000, 9)));
        assert_ne!(table(&rows), table(&ours(1_000, 60_000, 10)));
    }
}
