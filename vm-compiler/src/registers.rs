//! Registers of one code block while it is lowered: temporaries as a stack above the locals, which temporary borrows
//! which local, and which locals are proven bound.

/// A growable bit set; the first 64 members take no allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits {
    low: u64,
    high: Vec<u64>,
}

impl Bits {
    pub fn insert(&mut self, i: u16) {
        if i < 64 {
            self.low |= 1 << i;
            return;
        }
        let w = usize::from(i) / 64 - 1;
        if self.high.len() <= w {
            self.high.resize(w + 1, 0);
        }
        self.high[w] |= 1 << (i % 64);
    }

    pub fn remove(&mut self, i: u16) {
        if i < 64 {
            self.low &= !(1 << i);
        } else if let Some(w) = self.high.get_mut(usize::from(i) / 64 - 1) {
            *w &= !(1 << (i % 64));
        }
    }

    #[must_use]
    pub fn contains(&self, i: u16) -> bool {
        if i < 64 {
            return self.low >> i & 1 != 0;
        }
        self.high.get(usize::from(i) / 64 - 1).is_some_and(|w| w >> (i % 64) & 1 != 0)
    }

    pub fn intersect(&mut self, other: &Bits) {
        self.low &= other.low;
        self.high.truncate(other.high.len());
        for (a, b) in self.high.iter_mut().zip(&other.high) {
            *a &= b;
        }
    }

    pub fn subtract(&mut self, other: &Bits) {
        self.low &= !other.low;
        for (a, b) in self.high.iter_mut().zip(&other.high) {
            *a &= !b;
        }
    }
}

/// The temporaries of a block.
#[derive(Clone, Debug, Default)]
pub struct Temps {
    /// First register above the locals, cells and free variables.
    pub base: u16,
    /// Next free register.
    pub top: u16,
    /// High-water mark: the window's size.
    pub max: u16,
    /// `(temporary, local)`: the temporary may hold a borrowed reference to the local's value (R2).
    pub borrows: Vec<(u16, u16)>,
    /// More registers were needed than operands can name.
    pub overflow: bool,
}

impl Temps {
    /// The next temporary.
    pub fn alloc(&mut self) -> u16 {
        self.alloc_run(1)
    }

    /// `n` consecutive temporaries.
    pub fn alloc_run(&mut self, n: u16) -> u16 {
        let r = self.top;
        match self.top.checked_add(n).filter(|t| *t < 0x7fff) {
            Some(t) => self.top = t,
            None => self.overflow = true,
        }
        self.max = self.max.max(self.top);
        r
    }

    /// Makes every register from `mark` on free again (they are dead).
    pub fn release_to(&mut self, mark: u16) {
        self.top = mark;
        if !self.borrows.is_empty() {
            self.borrows.retain(|b| b.0 < mark);
        }
    }
}
