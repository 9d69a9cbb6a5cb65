//! Versions of types, and cache words that go by less: how a cache knows that what it holds is still so.
//!
//! # Rules
//!
//! R1 (version). A change is made first and the version raised afterwards, with release; a cache reads the version first, with
//!     acquire, and afterwards what it keeps. So while the version is the one that was kept, what was kept is that
//!     version's or newer, never older.
//! R2 (version). Versions are never used twice.
//! R3 (version). A word that is not checked against the version (an instance slot's, which goes by the shape) is emptied by
//!     whoever makes it wrong, with the world stopped, after the version is raised. Whoever fills such a word looks at the
//!     version again afterwards: it may have been stopped in between (`fill`).
use crate::mutant;
use crate::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// A version; 0: none was given yet.
#[derive(Debug)]
#[repr(transparent)]
pub struct Version(AtomicU32);

impl Default for Version {
    fn default() -> Self {
        Version::new()
    }
}

impl Version {
    /// None.
    #[must_use]
    pub fn new() -> Version {
        Version(AtomicU32::new(0))
    }

    /// The version, to be read before what is kept with it (R1).
    #[inline(always)]
    #[must_use]
    pub fn get(&self) -> u32 {
        // Acquire pairs with `raise`.
        self.0.load(Ordering::Acquire)
    }

    /// Whether what was kept with this version holds.
    #[inline(always)]
    #[must_use]
    pub fn is(&self, version: u32) -> bool {
        self.get() == version
    }

    /// Gives a version to what has none; the version that it has now.
    pub fn first(&self, version: u32) -> u32 {
        match self.0.compare_exchange(0, version, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => version,
            Err(now) => now,
        }
    }

    /// Takes the version away, so that the next who asks gives a new one.
    pub fn clear(&self) {
        // Relaxed: for what no other thread has seen.
        self.0.store(0, Ordering::Relaxed);
    }

    /// A new version, after the change (R1).
    #[inline]
    pub fn raise(&self, version: u32) {
        let order = if mutant!("version_before_value") { Ordering::Relaxed } else { Ordering::Release };
        self.0.store(version, order);
    }
}

/// The word of an empty cache.
pub const EMPTY: u64 = 0;

/// Stores a word that is right for what had this version when it was looked at (R3).
#[inline]
pub fn fill(cache: &AtomicU64, word: u64, version: &Version, seen: u32) {
    cache.store(word, Ordering::Release);
    if !mutant!("fill_no_second_look") && !version.is(seen) {
        // Relaxed: empty is always right.
        cache.store(EMPTY, Ordering::Relaxed);
    }
}
