//! The parsed signatures of the process, by the address of their text.
//!
//! Method tables are statics, which cannot hold a cell of their own, so a parsed signature is found through this table: a
//! lock-free open-addressing one that only grows. Signatures live as long as the process, as the tables do.
use super::Signature;
use std::ptr::null_mut;
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, Ordering};

const PLACES: usize = 1 << 14;
/// Places looked at before the overflow list is.
const PROBES: usize = 32;

struct Entry {
    text: &'static str,
    signature: Signature,
}

static TABLE: [AtomicPtr<Entry>; PLACES] = [const { AtomicPtr::new(null_mut()) }; PLACES];
static OVERFLOW: Mutex<Vec<&'static Entry>> = Mutex::new(Vec::new());

fn same(a: &'static str, b: &'static str) -> bool {
    std::ptr::eq(a.as_ptr(), b.as_ptr()) && a.len() == b.len()
}

/// The parsed form of a signature's text.
#[inline]
pub(super) fn signature(text: &'static str) -> &'static Signature {
    let start = (text.as_ptr().addr() ^ (text.as_ptr().addr() >> 12)).wrapping_mul(0x9E37_79B9) >> 4;
    // Acquire pairs with the exchange in `insert`.
    if let Some(entry) = load(start)
        && same(entry.text, text)
    {
        return &entry.signature;
    }
    search(text, start)
}

fn load(place: usize) -> Option<&'static Entry> {
    // SAFETY: entries are never freed.
    unsafe { TABLE[place % PLACES].load(Ordering::Acquire).as_ref() }
}

#[cold]
fn search(text: &'static str, start: usize) -> &'static Signature {
    let mut made: *mut Entry = null_mut();
    for place in start..start + PROBES {
        loop {
            if let Some(entry) = load(place) {
                if same(entry.text, text) {
                    return &entry.signature;
                }
                break;
            }
            if made.is_null() {
                made = Box::into_raw(Box::new(Entry { text, signature: Signature::parse(text) }));
            }
            // AcqRel pairs with `load`. A lost race looks at the winner; the entry made stays for another place.
            if TABLE[place % PLACES]
                .compare_exchange(null_mut(), made, Ordering::AcqRel, Ordering::Acquire)
                .is_ok()
            {
                // SAFETY: just published, never freed.
                return unsafe { &(*made).signature };
            }
        }
    }
    let mut overflow = OVERFLOW.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(entry) = overflow.iter().find(|e| same(e.text, text)) {
        return &entry.signature;
    }
    let entry: &'static Entry = Box::leak(Box::new(Entry { text, signature: Signature::parse(text) }));
    overflow.push(entry);
    &entry.signature
}
