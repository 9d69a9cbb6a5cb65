//! Interned names, so that tables compare and hash small integers.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// An interned name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sym(pub u32);

/// A multiplicative hash for small integer keys (not for text that an adversary chooses).
#[derive(Clone, Copy, Debug, Default)]
pub struct IntHasher(u64);

impl Hasher for IntHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.write_u64(u64::from(b));
        }
    }
    fn write_u32(&mut self, n: u32) {
        self.write_u64(u64::from(n));
    }
    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = (self.0.rotate_left(5) ^ n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 ^= self.0 >> 29;
    }
}

pub type SymHasher = BuildHasherDefault<IntHasher>;

/// The interner.
#[derive(Debug, Default)]
pub struct Names {
    map: HashMap<Box<str>, Sym>,
    all: Vec<Box<str>>,
}

impl Names {
    /// Interns a name.
    pub fn intern(&mut self, name: &str) -> Sym {
        if let Some(&s) = self.map.get(name) {
            return s;
        }
        let s = Sym(self.all.len() as u32);
        self.all.push(name.into());
        self.map.insert(name.into(), s);
        s
    }

    /// The interned name, if it occurs at all.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Sym> {
        self.map.get(name).copied()
    }

    /// The text of a name.
    #[must_use]
    pub fn text(&self, s: Sym) -> &str {
        self.all.get(s.0 as usize).map_or("", |n| n)
    }
}
