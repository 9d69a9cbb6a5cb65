//! How long collections stop the world: counts by length, whose steps are an eighth of a power of two, so that a program of
//! any length can tell its median and its worst.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Steps for each doubling.
const STEPS: usize = 8;
/// Lengths up to 2^40 microseconds.
const PLACES: usize = 38 * STEPS;

/// The pauses of a VM's collections, and what these freed.
pub struct Pauses {
    /// Pauses of each length.
    counts: [AtomicU64; PLACES],
    /// Microseconds.
    longest: AtomicU64,
    freed: AtomicU64,
}

impl Default for Pauses {
    fn default() -> Self {
        Pauses {
            counts: std::array::from_fn(|_| AtomicU64::new(0)),
            longest: AtomicU64::new(0),
            freed: AtomicU64::new(0),
        }
    }
}

/// The place of a length in microseconds.
fn place(length: u64) -> usize {
    let length = length.max(STEPS as u64);
    let doublings = (u64::BITS - 1 - length.leading_zeros()) as usize - STEPS.ilog2() as usize;
    // The leading bits after the first one.
    let step = (length >> doublings) as usize - STEPS;
    (doublings * STEPS + step).min(PLACES - 1)
}

/// The largest length of a place, in microseconds.
fn most(place: usize) -> u64 {
    (((place % STEPS + STEPS + 1) as u64) << (place / STEPS)) - 1
}

impl Pauses {
    /// Notes a collection.
    pub fn note(&self, pause: Duration, freed: usize) {
        let length = u64::try_from(pause.as_micros()).unwrap_or(u64::MAX);
        // Relaxed: statistics.
        if let Some(count) = self.counts.get(place(length)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.longest.fetch_max(length, Ordering::Relaxed);
        self.freed.fetch_add(freed as u64, Ordering::Relaxed);
    }

    /// What was noted so far.
    #[must_use]
    pub fn report(&self) -> Report {
        let counts: Vec<u64> = self.counts.iter().map(|n| n.load(Ordering::Relaxed)).collect();
        let longest = self.longest.load(Ordering::Relaxed);
        let collections: u64 = counts.iter().sum();
        let quantile = |percent: u64| {
            let rank = (collections * percent).div_ceil(100);
            let mut seen = 0;
            let reached = counts.iter().position(|n| {
                seen += n;
                seen >= rank
            });
            Duration::from_micros(reached.map_or(0, most).min(longest))
        };
        Report {
            collections,
            freed: self.freed.load(Ordering::Relaxed),
            median: quantile(50),
            p99: quantile(99),
            longest: Duration::from_micros(longest),
        }
    }
}

/// What `-X gc-stats` shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Report {
    /// Collections.
    pub collections: u64,
    /// Objects that they freed.
    pub freed: u64,
    /// The median of their pauses, at most an eighth too long.
    pub median: Duration,
    /// The 99th percentile, at most an eighth too long.
    pub p99: Duration,
    /// The longest pause.
    pub longest: Duration,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<32} {:>16}", "collections", self.collections)?;
        writeln!(f, "{:<32} {:>16}", "objects freed by them", self.freed)?;
        let pauses =
            [("median pause", self.median), ("99th percentile", self.p99), ("longest pause", self.longest)];
        pauses
            .iter()
            .try_for_each(|(name, pause)| writeln!(f, "{name:<32} {:>13.3} ms", pause.as_secs_f64() * 1e3))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_an_eighth_wide() {
        let mut before = 0;
        for length in (8..5000).chain((1..25).map(|n| 12_345 << n)) {
            let place = place(length);
            assert!(place >= before && most(place) >= length, "{length}");
            assert!((most(place) - length) * 8 <= length, "{length}");
            before = place;
        }
        assert_eq!(place(u64::MAX), PLACES - 1);
    }

    #[test]
    fn quantiles() {
        let pauses = Pauses::default();
        assert_eq!(pauses.report().median, Duration::ZERO);
        for n in 1..=100 {
            pauses.note(Duration::from_micros(n * 100), 3);
        }
        let report = pauses.report();
        assert_eq!((report.collections, report.freed), (100, 300));
        assert_eq!(report.longest, Duration::from_millis(10));
        let near = |d: Duration, micros: u64| (micros..=micros * 9 / 8).contains(&(d.as_micros() as u64));
        assert!(near(report.median, 5000) && near(report.p99, 9900), "{report:?}");
    }
}
