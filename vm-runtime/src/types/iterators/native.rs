//! Iteration from Rust, and the making of containers: methods of `Thread`.
use super::{ListIter, TupleIter};
use crate::prelude::*;
use crate::types::dict::Dict;
use crate::types::dict::iter::{AsDictIter, ItemIter, KeyIter, ValueIter};
use crate::types::list::List;
use crate::types::range::Range;
use crate::types::range::iter::{RangeIter, numbers};
use crate::types::set::Set;
use crate::types::set::iter::SetIter;
use crate::types::slice::Slice;
use crate::types::tuple::Tuple;
use vm_core::object::layout;

/// The next item of an iterator of a builtin type, without a call through its slots; None: another kind of iterator.
#[inline]
pub fn iter_next_fast(th: &Thread, it: &Value) -> Option<PyResult<Option<Value>>> {
    if let Some(range) = it.payload::<RangeIter>() {
        return Some(Ok(range.advance(th)));
    }
    if let Some(list) = it.payload::<ListIter>() {
        return Some(Ok(list.advance(th)));
    }
    if let Some(tuple) = it.payload::<TupleIter>() {
        return Some(Ok(tuple.advance(th)));
    }
    if let Some(keys) = it.payload::<KeyIter>() {
        return Some(keys.inner().advance(th));
    }
    if let Some(items) = it.payload::<ItemIter>() {
        return Some(items.inner().advance(th));
    }
    if let Some(values) = it.payload::<ValueIter>() {
        return Some(values.inner().advance(th));
    }
    it.payload::<SetIter>().map(|set| set.advance(th))
}

/// For the few objects whose making cannot fail in Rust's types.
#[cold]
fn out_of_memory() -> ! {
    std::alloc::handle_alloc_error(std::alloc::Layout::new::<Tuple>())
}

impl Thread {
    /// `()`, always the same one.
    #[must_use]
    pub fn empty_tuple(&self) -> Value {
        let known = self.vm().empty_tuple.load();
        if !known.is_unbound() {
            return known;
        }
        match Tuple::make(self, self.types().tuple, Vec::new()) {
            Ok(tuple) => {
                self.vm().empty_tuple.set(self, tuple.clone());
                tuple
            }
            Err(_) => out_of_memory(),
        }
    }

    /// A new tuple.
    #[must_use]
    pub fn tuple(&self, items: Vec<Value>) -> Value {
        if items.is_empty() {
            return self.empty_tuple();
        }
        match Tuple::make(self, self.types().tuple, items) {
            Ok(tuple) => tuple,
            Err(_) => out_of_memory(),
        }
    }

    /// A new tuple of copies of the items.
    #[must_use]
    pub fn tuple_of(&self, items: &[Value]) -> Value {
        if items.is_empty() {
            return self.empty_tuple();
        }
        match Tuple::make(self, self.types().tuple, items.iter().cloned()) {
            Ok(tuple) => tuple,
            Err(_) => out_of_memory(),
        }
    }

    /// A tuple of two.
    #[inline]
    #[must_use]
    pub fn pair(&self, a: Value, b: Value) -> Value {
        match Tuple::make(self, self.types().tuple, [a, b]) {
            Ok(tuple) => tuple,
            Err(_) => out_of_memory(),
        }
    }

    /// A new list.
    #[must_use]
    pub fn list(&self, items: Vec<Value>) -> Value {
        self.new_object(self.types().list, List::new(items))
    }

    /// A new, empty dict.
    #[must_use]
    pub fn dict(&self) -> Value {
        self.new_object(self.types().dict, Dict::new())
    }

    /// A new set.
    ///
    /// # Errors
    /// What `__hash__` and `__eq__` raise.
    pub fn set(&self, items: &[Value]) -> PyResult<Value> {
        let set = Set::new();
        for item in items {
            set.add(self, item)?;
        }
        Ok(self.new_object(self.types().set, set))
    }

    /// A new frozenset.
    ///
    /// # Errors
    /// What `__hash__` and `__eq__` raise.
    pub fn frozenset(&self, items: &[Value]) -> PyResult<Value> {
        let set = Set::new();
        for item in items {
            set.add(self, item)?;
        }
        Ok(self.new_object(self.types().frozenset, set))
    }

    /// What `object.__getstate__` says.
    ///
    /// # Errors
    /// What it raises.
    pub fn object_state(&self, v: &Value) -> PyResult<Value> {
        self.call_method(v, "__getstate__", &[])
    }

    /// All items of an object of an exact builtin container type, as of one moment; None: another type.
    #[must_use]
    pub fn builtin_items(&self, v: &Value) -> Option<Vec<Value>> {
        if !v.is_heap() {
            return None;
        }
        let ty = v.type_of(self);
        let types = self.types();
        if ty == types.list {
            return v.payload::<List>().map(|list| list.to_vec(self));
        }
        if ty == types.tuple {
            return v.payload::<Tuple>().map(|tuple| tuple.as_slice().to_vec());
        }
        if ty == types.dict {
            return v.payload::<Dict>().map(|dict| dict.keys(self));
        }
        if ty == types.set || ty == types.frozenset {
            return v.payload::<Set>().map(|set| set.to_vec(self));
        }
        if ty == types.range {
            return v.payload::<Range>().and_then(|range| numbers(self, range));
        }
        crate::types::dict::views::snapshot(self, v, ty)
    }

    /// Calls `f` with each item.
    ///
    /// # Errors
    /// What iteration or `f` raises.
    pub fn for_each(&self, iterable: &Value, mut f: impl FnMut(Value) -> PyResult<()>) -> PyResult<()> {
        if self.is_exact(iterable, self.types().tuple)
            && let Some(tuple) = iterable.payload::<Tuple>()
        {
            return tuple.as_slice().iter().try_for_each(|item| f(item.clone()));
        }
        if self.is_exact(iterable, self.types().list)
            && let Some(list) = iterable.payload::<List>()
        {
            let mut i = 0;
            while let Some(item) = list.get(self, i) {
                f(item)?;
                i += 1;
            }
            return Ok(());
        }
        let it = self.iter(iterable)?;
        if let Some(first) = iter_next_fast(self, &it) {
            let mut item = first?;
            while let Some(now) = item {
                f(now)?;
                item = match iter_next_fast(self, &it) {
                    Some(next) => next?,
                    None => None,
                };
            }
            return Ok(());
        }
        let next = it.type_of(self).slots.next();
        let Some(next) = next else { return self.next(&it).map(drop) };
        let mut n = 0u32;
        while let Some(item) = next(self, &it)? {
            f(item)?;
            n = n.wrapping_add(1);
            if n.is_multiple_of(1024) {
                self.check_signals()?;
            }
        }
        Ok(())
    }

    /// All items.
    ///
    /// # Errors
    /// What iteration raises; MemoryError.
    pub fn collect(&self, iterable: &Value) -> PyResult<Vec<Value>> {
        if let Some(items) = self.builtin_items(iterable) {
            return Ok(items);
        }
        let it = self.iter(iterable)?;
        self.collect_iterator(&it)
    }

    /// All items left of an iterator.
    ///
    /// # Errors
    /// As `collect`.
    pub fn collect_iterator(&self, it: &Value) -> PyResult<Vec<Value>> {
        let mut all = Vec::new();
        loop {
            let next = match iter_next_fast(self, it) {
                Some(next) => next,
                None => self.next(it),
            };
            match next? {
                Some(item) => {
                    if all.len() == all.capacity() && all.try_reserve(all.len() / 2 + 4).is_err() {
                        return Err(self.memory_error());
                    }
                    all.push(item);
                    if all.len() % 4096 == 0 {
                        self.check_signals()?;
                    }
                }
                None => return Ok(all),
            }
        }
    }

    /// `operator.length_hint(v, default)`.
    ///
    /// # Errors
    /// What the methods raise but TypeError; ValueError `__length_hint__() should return >= 0`.
    pub fn length_hint(&self, v: &Value, default: usize) -> PyResult<usize> {
        let type_error = self.types().exc.type_error;
        if v.type_of(self).slots.len().is_some() {
            match self.length(v) {
                Ok(n) => return Ok(n),
                Err(raised) if !self.error_is(type_error) => return Err(raised),
                Err(_) => self.clear_error(),
            }
        }
        let Some(hint) = self.lookup_special(v, "__length_hint__")? else { return Ok(default) };
        let hint = match self.call(&hint, &[]) {
            Ok(hint) => hint,
            Err(raised) if !self.error_is(type_error) => return Err(raised),
            Err(_) => {
                self.clear_error();
                return Ok(default);
            }
        };
        if hint.is_not_implemented() {
            return Ok(default);
        }
        if !self.isinstance(&hint, self.types().int) {
            return Err(self.type_error(format!(
                "__length_hint__ must be an integer, not {}",
                hint.type_of(self).full_name()
            )));
        }
        let n = self.index_i64(&hint)?;
        usize::try_from(n).map_err(|_| self.value_error("__length_hint__() should return >= 0"))
    }
}

impl Thread {
    /// A value that instances of `owner`'s subtypes have behind their payload (`TypeSpec::hidden_slots`); None if `v` is no
    /// such instance.
    #[must_use]
    pub fn hidden_slot<'a>(&self, v: &'a Value, owner: TypeRef, i: usize) -> Option<&'a AtomicValue> {
        if !v.is_heap() || !v.type_of(self).is_subtype(owner) {
            return None;
        }
        // SAFETY: `v` is live; slot words are reached atomically, and `AtomicValue` is one such word that owns its value.
        unsafe {
            let slot = layout::slots(v.heap_ptr(), &v.type_of(self).core).get(i)?;
            Some(&*std::ptr::from_ref(slot).cast::<AtomicValue>())
        }
    }
}

/// A builtin function, for the results of `__reduce__`.
///
/// # Errors
/// AttributeError if a program removed it.
pub fn builtin(th: &Thread, name: &str) -> PyResult<Value> {
    let name = th.intern(name);
    let found = match th.current_frame() {
        Some(frame) => crate::interp::from_builtins(th, frame, &name)?,
        None => th.builtins().payload::<Dict>().and_then(|dict| dict.get_interned(th, &name)),
    };
    found.ok_or_else(|| th.attribute_error(th.str_string(&name).map_or(String::new(), |n| n.to_string())))
}

impl Thread {
    /// A new slice.
    #[must_use]
    pub fn slice(&self, start: Value, stop: Value, step: Value) -> Value {
        self.new_object(self.types().slice, Slice::new(start, stop, step))
    }

    /// Whether a value is a sequence in the sense of `PySequence_Check`.
    #[must_use]
    pub fn is_sequence(&self, v: &Value) -> bool {
        let ty = v.type_of(self);
        (ty.slots.sq_item().is_some() || ty.slots.getitem().is_some()) && !ty.is_subtype(self.types().dict)
    }
}
