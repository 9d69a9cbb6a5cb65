//! `compress`, `dropwhile`, `takewhile`, `filterfalse`, `starmap`.
use super::{Patience, iter_self, positional};
use std::sync::atomic::{AtomicBool, Ordering};
use vm_runtime::prelude::*;

/// Payload of `compress`.
pub struct Compress {
    data: Value,
    selectors: Value,
}

payload!(Compress, "compress", traverse = Compress::traverse);

/// `compress`.
pub static COMPRESS: TypeSpec = TypeSpec {
    name: "itertools.compress",
    doc: "Return data elements corresponding to true selector elements.\n\nForms a shorter iterator from selected data elements using the selectors\nto choose the data elements.",
    flags: BASETYPE,
    new_sig: "(data, selectors)",
    slots: &[Slot::New(compress_new), Slot::Iter(iter_self), Slot::Next(compress_next)],
    ..TypeSpec::of::<Compress>()
};

impl Compress {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.data);
        visit(&self.selectors);
    }
}

fn compress_new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let [data, selectors] = args else { return Err(th.system_error("bad native call")) };
    let this = Compress { data: th.iter(data)?, selectors: th.iter(selectors)? };
    Ok(th.new_object(cls, this))
}

fn compress_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = th.expect::<Compress>(v, "compress")?;
    let mut patience = Patience(0);
    loop {
        let Some(item) = th.next(&this.data)? else { return Ok(None) };
        let Some(selector) = th.next(&this.selectors)? else { return Ok(None) };
        if th.truth(&selector)? {
            return Ok(Some(item));
        }
        patience.tick(th)?;
    }
}

/// A function and an iterator, and whether the turning point was reached: payload of several types.
struct Filtered {
    function: Value,
    it: Value,
    turned: AtomicBool,
}

impl Filtered {
    fn new(th: &Thread, args: &[Value]) -> PyResult<Filtered> {
        let [function, iterable] = args else { return Err(th.system_error("bad native call")) };
        Ok(Filtered { function: function.clone(), it: th.iter(iterable)?, turned: AtomicBool::new(false) })
    }

    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.function);
        visit(&self.it);
    }

    fn test(&self, th: &Thread, item: &Value) -> PyResult<bool> {
        let result = th.call(&self.function, std::slice::from_ref(item))?;
        th.truth(&result)
    }
}

macro_rules! filtered {
    ($payload:ident, $spec:ident, $name:literal, $full:literal, $sig:literal, $new:ident, $next:ident, $doc:literal) => {
        /// Payload of one of the filters.
        pub struct $payload(Filtered);
        payload!($payload, $name, traverse = $payload::traverse);
        impl $payload {
            fn traverse(&self, visit: Visitor<'_>) {
                self.0.traverse(visit);
            }
        }
        /// The type's declaration.
        pub static $spec: TypeSpec = TypeSpec {
            name: $full,
            doc: $doc,
            flags: BASETYPE,
            new_sig: $sig,
            slots: &[Slot::NewRaw($new), Slot::Iter(iter_self), Slot::Next($next)],
            ..TypeSpec::of::<$payload>()
        };
        fn $new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
            let args = positional::<$payload>(th, cls, $name, args, 2..=2)?;
            let this = $payload(Filtered::new(th, args)?);
            Ok(th.new_object(cls, this))
        }
    };
}

filtered!(
    DropWhile,
    DROPWHILE,
    "dropwhile",
    "itertools.dropwhile",
    "(predicate, iterable, /)",
    dropwhile_new,
    dropwhile_next,
    "Drop items from the iterable while predicate(item) is true.\n\nAfterwards, return every element until the iterable is exhausted."
);
filtered!(
    TakeWhile,
    TAKEWHILE,
    "takewhile",
    "itertools.takewhile",
    "(predicate, iterable, /)",
    takewhile_new,
    takewhile_next,
    "Return successive entries from an iterable as long as the predicate evaluates to true for each entry."
);
filtered!(
    FilterFalse,
    FILTERFALSE,
    "filterfalse",
    "itertools.filterfalse",
    "(function, iterable, /)",
    filterfalse_new,
    filterfalse_next,
    "Return those items of iterable for which function(item) is false.\n\nIf function is None, return the items that are false."
);
filtered!(
    StarMap,
    STARMAP,
    "starmap",
    "itertools.starmap",
    "(function, iterable, /)",
    starmap_new,
    starmap_next,
    "Return an iterator whose values are returned from the function evaluated with an argument tuple taken from the given sequence."
);

fn dropwhile_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = &th.expect::<DropWhile>(v, "dropwhile")?.0;
    let mut patience = Patience(0);
    while let Some(item) = th.next(&this.it)? {
        // Relaxed: a shared iterator may test an item more.
        if this.turned.load(Ordering::Relaxed) {
            return Ok(Some(item));
        }
        if !this.test(th, &item)? {
            this.turned.store(true, Ordering::Relaxed);
            return Ok(Some(item));
        }
        patience.tick(th)?;
    }
    Ok(None)
}

fn takewhile_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = &th.expect::<TakeWhile>(v, "takewhile")?.0;
    if this.turned.load(Ordering::Relaxed) {
        return Ok(None);
    }
    let Some(item) = th.next(&this.it)? else { return Ok(None) };
    if this.test(th, &item)? {
        return Ok(Some(item));
    }
    this.turned.store(true, Ordering::Relaxed);
    Ok(None)
}

fn filterfalse_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = &th.expect::<FilterFalse>(v, "filterfalse")?.0;
    let plain = this.function.is_none() || this.function.is(&th.types().bool.value());
    let mut patience = Patience(0);
    while let Some(item) = th.next(&this.it)? {
        let good = if plain { th.truth(&item)? } else { this.test(th, &item)? };
        if !good {
            return Ok(Some(item));
        }
        patience.tick(th)?;
    }
    Ok(None)
}

fn starmap_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = &th.expect::<StarMap>(v, "starmap")?.0;
    let Some(args) = th.next(&this.it)? else { return Ok(None) };
    let args = th.collect(&args)?;
    th.call(&this.function, &args).map(Some)
}
