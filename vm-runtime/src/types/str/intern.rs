//! Interned strings: one immortal string for each text, found without a lock.
//!
//! # Rules
//!
//! R1 (intern). Tables only gain entries; an entry is the word of an immortal string and never changes.
//! R2 (intern). A table that was replaced stays allocated until the VM ends, since readers may still probe it. They may miss
//!     newer entries; then they look again under the lock.
use super::Str;
use crate::prelude::*;
use crate::types::bytes::ShortBytes;
use parking_lot::Mutex;
use rustpython_wtf8::{CodePoint, Wtf8};
use vm_core::object::flags;
use vm_core::refcount;
use vm_core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

const SHARDS: usize = 32;

struct Table {
    slots: Box<[AtomicU64]>,
}

impl Table {
    fn new(size: usize) -> Box<Table> {
        Box::new(Table { slots: (0..size).map(|_| AtomicU64::new(0)).collect() })
    }

    /// The slot of a text, or the empty one where it belongs.
    fn find(&self, hash: i64, text: &[u8]) -> (usize, Option<Value>) {
        let mask = self.slots.len() - 1;
        let mut at = (hash as usize / SHARDS) & mask;
        loop {
            // Acquire: pairs with the store in `insert`.
            let bits = self.slots[at].load(Ordering::Acquire);
            if bits == 0 {
                return (at, None);
            }
            // SAFETY: R1 (intern): immortal, so the copy needs no count and its drop gives none back.
            let value = unsafe { Value::from_raw_bits(bits) };
            if value.payload::<Str>().is_some_and(|s| s.hash() == hash && s.as_bytes() == text) {
                return (at, Some(value));
            }
            at = (at + 1) & mask;
        }
    }
}

struct Writer {
    len: usize,
    /// R2 (intern).
    #[allow(clippy::vec_box)]
    replaced: Vec<Box<Table>>,
}

struct Shard {
    table: AtomicPtr<Table>,
    writer: Mutex<Writer>,
}

/// The interned strings of a VM, and the strings of one Latin-1 character.
pub struct Interner {
    shards: [Shard; SHARDS],
    latin1: [AtomicU64; 256],
    empty: AtomicU64,
    short_bytes: ShortBytes,
}

impl Default for Interner {
    fn default() -> Self {
        Interner {
            shards: std::array::from_fn(|_| Shard {
                table: AtomicPtr::new(Box::into_raw(Table::new(64))),
                writer: Mutex::new(Writer { len: 0, replaced: Vec::new() }),
            }),
            latin1: std::array::from_fn(|_| AtomicU64::new(0)),
            empty: AtomicU64::new(0),
            short_bytes: ShortBytes::default(),
        }
    }
}

impl Drop for Interner {
    fn drop(&mut self) {
        for shard in &self.shards {
            // SAFETY: the table came from a box; nobody reads it any more.
            drop(unsafe { Box::from_raw(shard.table.load(Ordering::Relaxed)) });
        }
    }
}

impl Interner {
    /// The interned string of a text.
    pub fn intern(&self, th: &Thread, text: &Wtf8) -> Value {
        let hash = super::hash_bytes(text.as_bytes());
        self.look_up(hash, text.as_bytes()).unwrap_or_else(|| {
            match super::str_from_pieces(th, th.types().str, &[text]) {
                Ok(value) => self.insert(hash, text.as_bytes(), value),
                Err(_) => std::alloc::handle_alloc_error(std::alloc::Layout::new::<Str>()),
            }
        })
    }

    /// The interned string equal to `value`, which becomes it if there is none yet.
    pub fn intern_value(&self, th: &Thread, value: &Value) -> Value {
        let Some(text) = value.as_str() else { return value.clone() };
        if super::is_interned(value) || !th.is_exact(value, th.types().str) {
            return value.clone();
        }
        let hash = text.hash();
        if let Some(found) = self.look_up(hash, text.as_bytes()) {
            return found;
        }
        // The string itself, where its count is this thread's alone; otherwise a copy.
        let own = value.header().is_some_and(|h| refcount::try_make_immortal(h, th.is_solo()));
        let value = if own { Ok(value.clone()) } else { super::str_from_pieces(th, th.types().str, &[text]) };
        match value {
            Ok(value) => self.insert(hash, text.as_bytes(), value),
            Err(_) => std::alloc::handle_alloc_error(std::alloc::Layout::new::<Str>()),
        }
    }

    fn shard(&self, hash: i64) -> &Shard {
        &self.shards[hash as usize % SHARDS]
    }

    /// The interned string of a text, if there is one.
    fn look_up(&self, hash: i64, text: &[u8]) -> Option<Value> {
        // Acquire: pairs with the store in `insert`. SAFETY: R2 (intern).
        unsafe { &*self.shard(hash).table.load(Ordering::Acquire) }.find(hash, text).1
    }

    fn insert(&self, hash: i64, text: &[u8], value: Value) -> Value {
        let shard = self.shard(hash);
        let mut writer = shard.writer.lock();
        // SAFETY: the table lives (R2 (intern)); the lock keeps it current.
        let mut table = unsafe { &*shard.table.load(Ordering::Relaxed) };
        if let (_, Some(found)) = table.find(hash, text) {
            drop(writer);
            return found;
        }
        if writer.len * 2 >= table.slots.len() {
            let larger = Table::new(table.slots.len() * 2);
            for slot in &table.slots {
                let bits = slot.load(Ordering::Relaxed);
                if bits != 0 {
                    // SAFETY: R1 (intern).
                    let entry = unsafe { Value::from_raw_bits(bits) };
                    if let Some(s) = entry.payload::<Str>() {
                        let (at, _) = larger.find(s.hash(), s.as_bytes());
                        larger.slots[at].store(bits, Ordering::Relaxed);
                    }
                }
            }
            // Release: pairs with `look_up`.
            let old = shard.table.swap(Box::into_raw(larger), Ordering::Release);
            // SAFETY: it came from a box, and lives on in `replaced` (R2 (intern)).
            writer.replaced.push(unsafe { Box::from_raw(old) });
            // SAFETY: as above.
            table = unsafe { &*shard.table.load(Ordering::Relaxed) };
        }
        let value = immortal(value);
        let (at, _) = table.find(hash, text);
        // Release: pairs with `find`.
        table.slots[at].store(value.bits(), Ordering::Release);
        writer.len += 1;
        value
    }

    /// The string of one Latin-1 character.
    pub fn latin1(&self, th: &Thread, c: u8) -> Value {
        self.once(&self.latin1[usize::from(c)], || {
            let text: rustpython_wtf8::Wtf8Buf = std::iter::once(CodePoint::from(c)).collect();
            self.intern(th, &text)
        })
    }

    /// The `bytes` objects of at most one byte.
    pub fn short_bytes(&self) -> &ShortBytes {
        &self.short_bytes
    }

    /// The empty string.
    pub fn empty(&self, th: &Thread) -> Value {
        self.once(&self.empty, || self.intern(th, Wtf8::new("")))
    }

    fn once(&self, slot: &AtomicU64, make: impl FnOnce() -> Value) -> Value {
        // Acquire: pairs with the store below.
        let bits = slot.load(Ordering::Acquire);
        if bits != 0 {
            // SAFETY: R1 (intern).
            return unsafe { Value::from_raw_bits(bits) };
        }
        let value = make();
        // Release: pairs with the load above; whoever stores, it is the same interned string.
        slot.store(value.bits(), Ordering::Release);
        value
    }
}

/// Makes a string immortal and marks it interned.
fn immortal(value: Value) -> Value {
    let value = value.into_owned();
    if let Some(header) = value.header() {
        refcount::make_immortal(header);
        header.set_flag(flags::USER);
    }
    value
}
