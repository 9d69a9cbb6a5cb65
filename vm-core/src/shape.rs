//! Shapes: which attribute of an instance is in which inline slot.
//!
//! # Rules
//!
//! R1 (shape). A shape belongs to one type and is freed with it. Ids are never reused; a shape never changes but for its
//!     transitions.
//! R2 (shape). Instances move along transitions (one attribute more) or to their type's dict shape, never back.
//! R3 (shape). A slot's value is stored before the shape that has the slot (`Header::set_shape_locked`).
//! R4 (shape). Names are interned strings, which are immortal, so a name is its word.
use crate::object::Header;
use crate::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use std::ptr::null_mut;
use std::sync::Mutex;

/// The most attributes of a shape.
pub const MAX_ATTRIBUTES: usize = 60;
const SEGMENT: usize = 4096;
const SEGMENTS: usize = 4096;

/// An ordered set of attribute names of one type's instances.
pub struct Shape {
    /// Its id, never 0.
    pub id: u32,
    /// The type object that it belongs to.
    pub ty: *mut Header,
    /// Words of the names; the index is the slot.
    pub names: Box<[u64]>,
    /// Whether this is the shape of instances whose attributes are in a dict.
    pub dict: bool,
    transitions: Mutex<Vec<(u64, u32)>>,
}

// SAFETY: the type pointer is only compared, or followed while an instance keeps the type alive.
unsafe impl Send for Shape {}
// SAFETY: as above.
unsafe impl Sync for Shape {}

impl Shape {
    /// The slot of an attribute.
    #[inline]
    #[must_use]
    pub fn slot(&self, name: u64) -> Option<usize> {
        self.names.iter().position(|&n| n == name)
    }
}

/// The shapes of a VM.
pub struct Shapes {
    segments: Box<[AtomicPtr<[AtomicPtr<Shape>; SEGMENT]>]>,
    next: AtomicU32,
    grow: Mutex<()>,
}

impl Default for Shapes {
    fn default() -> Self {
        Shapes {
            segments: (0..SEGMENTS).map(|_| AtomicPtr::new(null_mut())).collect(),
            next: AtomicU32::new(1),
            grow: Mutex::new(()),
        }
    }
}

impl Shapes {
    /// The shape with this id.
    #[inline]
    #[must_use]
    pub fn get(&self, id: u32) -> Option<&Shape> {
        if id == 0 {
            return None;
        }
        // Acquire pairs with `add`.
        let segment = self.segments.get(id as usize / SEGMENT)?.load(Ordering::Acquire);
        if segment.is_null() {
            return None;
        }
        // SAFETY: segments and shapes live as long as the table.
        unsafe { (&(*segment))[id as usize % SEGMENT].load(Ordering::Acquire).as_ref() }
    }

    fn add(&self, ty: *mut Header, names: Box<[u64]>, dict: bool) -> u32 {
        // Relaxed: ids need only be different.
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let Some(place) = self.segments.get(id as usize / SEGMENT) else {
            self.next.fetch_sub(1, Ordering::Relaxed);
            return 0;
        };
        if place.load(Ordering::Acquire).is_null() {
            let _guard = self.grow.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if place.load(Ordering::Acquire).is_null() {
                let segment: Box<[AtomicPtr<Shape>; SEGMENT]> =
                    Box::new(std::array::from_fn(|_| AtomicPtr::new(null_mut())));
                // Release pairs with `get`.
                place.store(Box::into_raw(segment), Ordering::Release);
            }
        }
        let shape = Box::new(Shape { id, ty, names, dict, transitions: Mutex::default() });
        // SAFETY: just made sure that the segment is there.
        unsafe {
            (&(*place.load(Ordering::Acquire)))[id as usize % SEGMENT]
                .store(Box::into_raw(shape), Ordering::Release)
        };
        id
    }

    /// A new empty shape for instances of a type; 0 if there is no id left.
    #[must_use]
    pub fn root(&self, ty: *mut Header) -> u32 {
        self.add(ty, Box::default(), false)
    }

    /// A new shape for instances of a type in dict mode; 0 if there is no id left.
    #[must_use]
    pub fn dict(&self, ty: *mut Header) -> u32 {
        self.add(ty, Box::default(), true)
    }

    /// The shape with one name more, in slot `from.names.len()`; None if the shape is full or in dict mode.
    #[must_use]
    pub fn with(&self, from: &Shape, name: u64) -> Option<u32> {
        if from.dict || from.names.len() >= MAX_ATTRIBUTES {
            return None;
        }
        let mut transitions = from.transitions.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, id)) = transitions.iter().find(|(n, _)| *n == name) {
            return Some(*id);
        }
        let names = from.names.iter().copied().chain([name]).collect();
        match self.add(from.ty, names, false) {
            0 => None,
            id => {
                transitions.push((name, id));
                Some(id)
            }
        }
    }
}

impl Shapes {
    /// Whether `is` says so of a shape, or of one that was made from it.
    #[must_use]
    pub fn any(&self, id: u32, is: impl Fn(&Shape) -> bool) -> bool {
        let mut ids = vec![id];
        while let Some(id) = ids.pop() {
            let Some(shape) = self.get(id) else { continue };
            if is(shape) {
                return true;
            }
            let transitions = shape.transitions.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            ids.extend(transitions.iter().map(|(_, id)| *id));
        }
        false
    }

    /// Frees a shape and all that were made from it; their ids stay taken.
    ///
    /// # Safety
    /// No instance has any of them or will, and no other thread is looking at one.
    pub unsafe fn forget(&self, id: u32) {
        let mut ids = vec![id];
        while let Some(id) = ids.pop() {
            let Some(segment) = self.segments.get(id as usize / SEGMENT) else { continue };
            let segment = segment.load(Ordering::Acquire);
            if id == 0 || segment.is_null() {
                continue;
            }
            // SAFETY: segments live as long as the table; the shape came from a box, and the caller gives it up.
            unsafe {
                let shape = (&(*segment))[id as usize % SEGMENT].swap(null_mut(), Ordering::AcqRel);
                if !shape.is_null() {
                    let shape = Box::from_raw(shape);
                    let transitions =
                        shape.transitions.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    ids.extend(transitions.iter().map(|(_, id)| *id));
                }
            }
        }
    }
}

impl Drop for Shapes {
    fn drop(&mut self) {
        for place in &self.segments {
            let segment = place.load(Ordering::Acquire);
            if segment.is_null() {
                continue;
            }
            // SAFETY: ours alone now; made by Box::into_raw in `add`.
            unsafe {
                for shape in &*Box::from_raw(segment) {
                    let shape = shape.load(Ordering::Acquire);
                    if !shape.is_null() {
                        drop(Box::from_raw(shape));
                    }
                }
            }
        }
    }
}
