//! What the VM keeps for attribute sites, by the address of their cache word: how often each was refilled, and the records
//! that its word leads to.
//!
//! # Rules
//!
//! R1 (records). A record lives until its site's code is dropped, or until the collector finds its value to be garbage, with
//!     the world stopped; so whoever holds a record across anything that reaches a safepoint has copied what it needs.
//! R2 (records). A record counts its value and keeps it alive for no longer than others do: the collector takes its reference
//!     out of account (`Host::visit_weak`), and empties the record of garbage.
use super::attr::Use;
use crate::types::type_::TypeRef;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use vm_core::Value;

/// What an attribute site has found out about a class.
pub(super) struct Record {
    /// Shape of the instances (0: the receiver has none, the type is compared).
    pub(super) shape: u32,
    /// For added attributes: the shape afterwards.
    pub(super) next_shape: u32,
    /// The receiver's type, or the class itself for reads on a class.
    pub(super) ty: usize,
    pub(super) version: u32,
    pub(super) on_class: bool,
    /// The slot of the attribute, its distance from the object's start (`Use::Member`), or the entry of the owner's dict.
    pub(super) slot: usize,
    /// With `Use::Entry`, the class whose dict has the value: of the MRO of `ty`, which keeps it alive.
    pub(super) owner: Option<TypeRef>,
    pub(super) how: Use,
    pub(super) value: Value,
    /// The next record of the site's chain.
    pub(super) next: *const Record,
}

impl Record {
    pub(super) fn new(shape: u32, ty: Option<TypeRef>, version: u32, how: Use, value: Value) -> Record {
        Record {
            shape,
            next_shape: 0,
            ty: ty.map_or(0, |ty| ty.ptr().as_ptr().addr()),
            version,
            on_class: false,
            slot: 0,
            owner: None,
            how,
            value: value.into_owned(),
            next: std::ptr::null(),
        }
    }

    /// The value of `Use::Entry`, counted, if it is still where it was. The receiver's type has the record's version.
    #[inline]
    pub(super) fn entry(&self) -> Option<Value> {
        self.owner?.dict().value_at(self.slot, &self.value)
    }
}

#[derive(Default)]
struct Site {
    refills: u32,
    // Boxed: the cache word has the record's address.
    #[allow(clippy::vec_box)]
    records: Vec<Box<Record>>,
}

/// The attribute sites of a VM that were ever filled.
#[derive(Default)]
pub struct Sites(BTreeMap<usize, Site>);

// SAFETY: records are immutable; addresses in them are only compared.
unsafe impl Send for Sites {}

impl Sites {
    /// Keeps a record of a site; None if the site was refilled more than `most` times.
    pub(super) fn keep(
        &mut self,
        cache: &AtomicU64,
        record: Box<Record>,
        most: u32,
    ) -> Option<*const Record> {
        let site = self.0.entry(std::ptr::from_ref(cache).addr()).or_default();
        site.refills += 1;
        if site.refills > most {
            return None;
        }
        let pointer: *const Record = &raw const *record;
        site.records.push(record);
        Some(pointer)
    }

    /// Forgets the sites in code that nobody can run any more. What they held is the caller's to drop, unlocked.
    #[must_use]
    pub fn forget(&mut self, words: &[AtomicU64]) -> Vec<Value> {
        let range = words.as_ptr_range();
        let gone: Vec<usize> =
            self.0.range(range.start.addr()..range.end.addr()).map(|(address, _)| *address).collect();
        let sites = gone.iter().filter_map(|address| self.0.remove(address));
        sites.flat_map(|site| site.records).map(|record| record.value).collect()
    }

    /// Shows the values to the collector.
    pub fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        self.0.values().flat_map(|site| &site.records).for_each(|r| visit(&r.value));
    }

    /// Empties the sites whose values are garbage; the references to these.
    ///
    /// # Safety
    /// The world is stopped.
    #[must_use]
    pub unsafe fn drop_garbage(&mut self, is_garbage: &dyn Fn(&Value) -> bool) -> Vec<Value> {
        let mut dropped = Vec::new();
        for (address, site) in &mut self.0 {
            let before = dropped.len();
            let garbage = site.records.extract_if(.., |record| is_garbage(&record.value));
            dropped.extend(garbage.map(|record| record.value));
            if dropped.len() > before {
                // SAFETY: the site's code lives: it would have forgotten the site. Nobody runs (R1).
                let cache = unsafe { &*(*address as *const AtomicU64) };
                // What is left of the chain may lead to what was dropped.
                if cache.load(Ordering::Relaxed) & super::attr::KIND == super::attr::CHAIN {
                    cache.store(vm_core::version::EMPTY, Ordering::Relaxed);
                }
            }
        }
        dropped
    }
}
