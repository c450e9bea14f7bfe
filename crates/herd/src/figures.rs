//! What is counted: how many clients come in each 100 ms, how long it takes until they are back, and
//! how often they tried. Shares are of all clients.

/// The width of a slot, ms.
pub const SLOT: u64 = 100;
/// How long after the outage it is counted, ms. Nobody waits for longer between two attempts.
pub const HORIZON: u64 = 120_000;
/// The grain of the time of being back, ms.
const GRAIN: u64 = 10;

/// The counts of one outage. Times are in ms since it began.
#[derive(Clone)]
pub struct Figures {
    lasts: u64,
    clients: u64,
    /// Every handshake and every request, by slot.
    contacts: Vec<u32>,
    /// Each client's first contact with the service that is back, by slot since the outage began.
    arrivals: Vec<u32>,
    back: Vec<u32>,
    attempts: u64,
    gone: u64,
}

impl Figures {
    /// Nothing is counted yet.
    #[must_use]
    pub fn new(lasts: u64) -> Self {
        let slots = |width: u64| vec![0; usize::try_from((lasts + HORIZON) / width).unwrap_or(0) + 1];
        Self {
            lasts,
            clients: 0,
            contacts: slots(SLOT),
            arrivals: slots(SLOT),
            back: slots(GRAIN),
            attempts: 0,
            gone: 0,
        }
    }

    /// One client tries: a handshake or a request. True: the service takes it.
    pub(crate) fn contact(&mut self, at: u64, arrived: &mut bool) -> bool {
        self.attempts += 1;
        count(&mut self.contacts, at / SLOT);
        let taken = at >= self.lasts;
        if taken && !std::mem::replace(arrived, true) {
            count(&mut self.arrivals, at / SLOT);
        }
        taken
    }

    /// One client is done: back at this moment, or (none) not at all.
    pub(crate) fn done(&mut self, back: Option<u64>) {
        self.clients += 1;
        match back {
            Some(at) => count(&mut self.back, at.saturating_sub(self.lasts) / GRAIN),
            None => self.gone += 1,
        }
    }

    /// Adds what another thread counted of the same outage.
    pub fn merge(&mut self, other: &Self) {
        let add = |to: &mut [u32], from: &[u32]| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        add(&mut self.contacts, &other.contacts);
        add(&mut self.arrivals, &other.arrivals);
        add(&mut self.back, &other.back);
        self.clients += other.clients;
        self.attempts += other.attempts;
        self.gone += other.gone;
    }

    /// How long the outage lasts, ms.
    pub(crate) fn lasts(&self) -> u64 {
        self.lasts
    }

    fn share(&self, count: u32) -> f64 {
        f64::from(count) / self.clients.max(1) as f64
    }

    fn outage_slots(&self) -> usize {
        usize::try_from(self.lasts / SLOT).unwrap_or(0)
    }

    /// The largest share of the clients whose first contact after the outage falls into one slot.
    #[must_use]
    pub fn largest_arrival(&self) -> f64 {
        self.share(self.arrivals.iter().max().copied().unwrap_or(0))
    }

    /// The most handshakes and requests in one slot after the outage, as a share of the clients.
    #[must_use]
    pub fn most_contacts_after(&self) -> f64 {
        self.share(self.contacts[self.outage_slots()..].iter().max().copied().unwrap_or(0))
    }

    /// The same, while the outage lasts.
    #[must_use]
    pub fn most_contacts_during(&self) -> f64 {
        self.share(self.contacts[..self.outage_slots()].iter().max().copied().unwrap_or(0))
    }

    /// The arrivals by slot since the end of the outage, as shares.
    pub fn arrivals(&self) -> impl Iterator<Item = f64> {
        self.arrivals[self.outage_slots()..].iter().map(|&count| self.share(count))
    }

    /// How long after the outage 99 of 100 clients are back, ms; none: fewer ever are.
    #[must_use]
    pub fn back_within(&self) -> Option<u64> {
        let wanted = self.clients - self.clients / 100;
        let mut seen = 0;
        let place = self.back.iter().position(|&count| {
            seen += u64::from(count);
            seen >= wanted
        })?;
        Some((place as u64 + 1) * GRAIN)
    }

    /// Handshakes and requests of one client from the beginning of the outage until it is back, on average.
    #[must_use]
    pub fn attempts_per_client(&self) -> f64 {
        self.attempts as f64 / self.clients.max(1) as f64
    }

    /// The share that never came back.
    #[must_use]
    pub fn gone(&self) -> f64 {
        self.gone as f64 / self.clients.max(1) as f64
    }

    /// How many clients were counted.
    #[must_use]
    pub fn clients(&self) -> u64 {
        self.clients
    }
}

fn count(slots: &mut [u32], place: u64) {
    // What lies beyond the horizon is in the last slot: seen, but in nobody's way.
    let last = slots.len() - 1;
    slots[usize::try_from(place).unwrap_or(last).min(last)] += 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each client tries at each of its moments and is back at the first that the service takes.
    fn figures(lasts: u64, clients: &[&[u64]]) -> Figures {
        let mut figures = Figures::new(lasts);
        for moments in clients {
            let mut arrived = false;
            let taken = moments.iter().find(|&&at| figures.contact(at, &mut arrived));
            figures.done(taken.copied());
        }
        figures
    }

    #[test]
    fn clients_that_come_in_one_slot_are_counted_together_and_others_are_not() {
        let counted = figures(1_000, &[&[500, 1_050], &[500, 1_099], &[600, 1_100], &[999, 1_300]]);
        assert!((counted.largest_arrival() - 0.5).abs() < 1e-9, "{}", counted.largest_arrival());
        assert!((counted.most_contacts_during() - 0.5).abs() < 1e-9);
        assert!((counted.attempts_per_client() - 2.0).abs() < 1e-9);
        assert_eq!(counted.back_within(), Some(310));
    }

    #[test]
    fn a_client_that_gave_up_is_missed() {
        let counted = figures(1_000, &[&[500], &[1_200]]);
        assert_eq!(counted.back_within(), None);
        assert!((counted.gone() - 0.5).abs() < 1e-9);
    }
}
