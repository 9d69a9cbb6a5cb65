//! `enumerate`, `zip`, `map`, `filter`.
use super::{REDUCE, SETSTATE, iter_self};
use crate::prelude::*;
use crate::types::subscript::{class_getitem, only_positional};
use smallvec::SmallVec;
use vm_core::sync::atomic::{AtomicBool, Ordering};

/// Payload of `enumerate`.
pub struct Enumerate {
    it: Value,
    /// The next number; kept whole, as it may be of any size.
    index: AtomicValue,
}

payload!(Enumerate, "enumerate", traverse = Enumerate::traverse);

/// `enumerate`.
pub static ENUMERATE: TypeSpec = TypeSpec {
    name: "enumerate",
    doc: "Return an enumerate object.\n\n  iterable\n    an object supporting iteration\n\nThe enumerate object yields pairs containing a count (from start, which\ndefaults to zero) and a value yielded by the iterable argument.\n\nenumerate is useful for obtaining an indexed list:\n    (0, seq[0]), (1, seq[1]), (2, seq[2]), ...",
    flags: BASETYPE,
    new_sig: "(iterable, start=0)",
    slots: &[Slot::NewRaw(enumerate_new), Slot::Iter(iter_self), Slot::Next(enumerate_next)],
    methods: &[
        m("__reduce__", "()", enumerate_reduce, REDUCE),
        cm(
            "__class_getitem__",
            "(object, /)",
            class_getitem,
            "'enumerate' objects are generic over the type of their values",
        ),
    ],
    ..TypeSpec::of::<Enumerate>()
};

impl Enumerate {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.it);
        self.index.traverse(visit);
    }
}

fn enumerate_new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let (mut iterable, mut start) = (None, None);
    let given = args.positional();
    if args.args.len() > 2 {
        return Err(
            th.type_error(format!("enumerate() takes at most 2 arguments ({} given)", args.args.len()))
        );
    }
    let mut positional = given.iter();
    iterable = positional.next().or(iterable);
    start = positional.next().or(start);
    for (name, value) in args.keywords() {
        let text = name.as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default();
        match text.as_str() {
            "iterable" if iterable.is_none() => iterable = Some(value),
            "start" if start.is_none() => start = Some(value),
            _ => {
                return Err(th.type_error(format!("'{text}' is an invalid keyword argument for enumerate()")));
            }
        }
    }
    let Some(iterable) = iterable else {
        return Err(th.type_error("enumerate() missing required argument 'iterable'"));
    };
    let index = match start {
        Some(start) => th.index(start)?,
        None => th.int(0),
    };
    let it = th.iter(iterable)?;
    Ok(th.new_object(cls, Enumerate { it, index: AtomicValue::new(index) }))
}

fn enumerate_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = th.expect::<Enumerate>(v, "enumerate")?;
    let Some(item) = th.next(&this.it)? else { return Ok(None) };
    let index = this.index.get(th);
    let one = Value::int_unchecked(1);
    let after = match Value::int_add(&index, &one) {
        Some(after) => after,
        None => th.binary(BinaryOp::Add, &index, &one)?,
    };
    this.index.set(th, after);
    Ok(Some(th.pair(index, item)))
}

fn enumerate_reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let this = th.expect::<Enumerate>(v, "enumerate")?;
    let state = th.pair(this.it.clone(), this.index.get(th));
    Ok(th.pair(v.type_of(th).value(), state))
}

/// The keyword `strict` of `zip` and `map`, and nothing else.
fn strict_keyword(th: &Thread, name: &str, args: &CallArgs<'_>) -> PyResult<bool> {
    let mut strict = false;
    for (key, value) in args.keywords() {
        let text = key.as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default();
        if text != "strict" {
            return Err(th.type_error(format!("{name}() got an unexpected keyword argument '{text}'")));
        }
        strict = th.truth(value)?;
    }
    Ok(strict)
}

/// One item of each iterator. None: one is at its end.
fn next_of_all(
    th: &Thread,
    name: &str,
    iterators: &[Value],
    strict: bool,
) -> PyResult<Option<SmallVec<[Value; 4]>>> {
    let mut items: SmallVec<[Value; 4]> = SmallVec::with_capacity(iterators.len());
    for (i, it) in iterators.iter().enumerate() {
        match th.next(it)? {
            Some(item) => items.push(item),
            None if !strict => return Ok(None),
            None if i > 0 => {
                let others = if i == 1 { " 1".to_string() } else { format!("s 1-{i}") };
                return Err(
                    th.value_error(format!("{name}() argument {} is shorter than argument{others}", i + 1))
                );
            }
            None => {
                for (k, it) in iterators.iter().enumerate().skip(1) {
                    if th.next(it)?.is_some() {
                        let others = if k == 1 { " 1".to_string() } else { format!("s 1-{k}") };
                        return Err(th.value_error(format!(
                            "{name}() argument {} is longer than argument{others}",
                            k + 1
                        )));
                    }
                }
                return Ok(None);
            }
        }
    }
    Ok(Some(items))
}

/// Payload of `zip`.
pub struct Zip {
    iterators: Vec<Value>,
    strict: AtomicBool,
}

payload!(Zip, "zip", traverse = Zip::traverse);

/// `zip`.
pub static ZIP: TypeSpec = TypeSpec {
    name: "zip",
    doc: "The zip object yields n-length tuples, where n is the number of\niterables passed as positional arguments to zip().  The i-th element\nin every tuple comes from the i-th iterable argument to zip().  This\ncontinues until the shortest argument is exhausted.\n\nIf strict is true and one of the arguments is exhausted before the\nothers, raise a ValueError.\n\n   >>> list(zip('abcdefg', range(3), range(4)))\n   [('a', 0, 0), ('b', 1, 1), ('c', 2, 2)]",
    flags: BASETYPE,
    new_sig: "(*iterables, strict=False)",
    slots: &[Slot::NewRaw(zip_new), Slot::Iter(iter_self), Slot::Next(zip_next)],
    methods: &[
        m("__reduce__", "()", zip_reduce, REDUCE),
        m("__setstate__", "(object, /)", zip_setstate, SETSTATE),
    ],
    ..TypeSpec::of::<Zip>()
};

impl Zip {
    fn traverse(&self, visit: Visitor<'_>) {
        self.iterators.iter().for_each(visit);
    }
}

fn zip_new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let own_init =
        cls.slots.init().map(|f| f as usize) != th.type_for::<Zip>().slots.init().map(|f| f as usize);
    let strict = if cls == th.type_for::<Zip>() || !own_init {
        strict_keyword(th, "zip", args)?
    } else {
        strict_keyword(th, "zip", args).or_else(|raised| {
            let _ = raised;
            th.clear_error();
            Ok(false)
        })?
    };
    let mut iterators = Vec::with_capacity(args.positional().len());
    for iterable in args.positional() {
        iterators.push(th.iter(iterable)?);
    }
    Ok(th.new_object(cls, Zip { iterators, strict: AtomicBool::new(strict) }))
}

fn zip_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = th.expect::<Zip>(v, "zip")?;
    match this.iterators.as_slice() {
        [] => Ok(None),
        [a, b] if !this.strict.load(Ordering::Relaxed) => {
            let Some(a) = th.next(a)? else { return Ok(None) };
            let Some(b) = th.next(b)? else { return Ok(None) };
            Ok(Some(th.pair(a, b)))
        }
        all => Ok(next_of_all(th, "zip", all, this.strict.load(Ordering::Relaxed))?
            .map(|items| th.tuple_of(&items))),
    }
}

fn reduce_with_strict(th: &Thread, v: &Value, parts: Vec<Value>, strict: bool) -> Value {
    let mut all = vec![v.type_of(th).value(), th.tuple(parts)];
    if strict {
        all.push(Value::TRUE);
    }
    th.tuple(all)
}

fn zip_reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let this = th.expect::<Zip>(v, "zip")?;
    Ok(reduce_with_strict(th, v, this.iterators.clone(), this.strict.load(Ordering::Relaxed)))
}

fn zip_setstate(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let strict = args.first().map_or(Ok(false), |state| th.truth(state))?;
    th.expect::<Zip>(v, "zip")?.strict.store(strict, Ordering::Relaxed);
    Ok(Value::NONE)
}

/// Payload of `map`.
pub struct Map {
    function: Value,
    iterators: Vec<Value>,
    strict: AtomicBool,
}

payload!(Map, "map", traverse = Map::traverse);

/// `map`.
pub static MAP: TypeSpec = TypeSpec {
    name: "map",
    doc: "Make an iterator that computes the function using arguments from\neach of the iterables.  Stops when the shortest iterable is exhausted.\n\nIf strict is true and one of the arguments is exhausted before the\nothers, raise a ValueError.",
    flags: BASETYPE,
    new_sig: "(function, iterable, /, *iterables, strict=False)",
    slots: &[Slot::NewRaw(map_new), Slot::Iter(iter_self), Slot::Next(map_next)],
    methods: &[
        m("__reduce__", "()", map_reduce, REDUCE),
        m("__setstate__", "(object, /)", map_setstate, SETSTATE),
    ],
    ..TypeSpec::of::<Map>()
};

impl Map {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.function);
        self.iterators.iter().for_each(visit);
    }
}

fn map_new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let exact = th.type_for::<Map>();
    let own_init = cls.slots.init().map(|f| f as usize) != exact.slots.init().map(|f| f as usize);
    let strict = match strict_keyword(th, "map", args) {
        Ok(strict) => strict,
        Err(_) if cls != exact && own_init => {
            th.clear_error();
            false
        }
        Err(raised) => return Err(raised),
    };
    let [function, iterables @ ..] = args.positional() else {
        return Err(th.type_error("map() must have at least two arguments."));
    };
    if iterables.is_empty() {
        return Err(th.type_error("map() must have at least two arguments."));
    }
    let mut iterators = Vec::with_capacity(iterables.len());
    for iterable in iterables {
        iterators.push(th.iter(iterable)?);
    }
    Ok(th.new_object(cls, Map { function: function.clone(), iterators, strict: AtomicBool::new(strict) }))
}

fn map_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = th.expect::<Map>(v, "map")?;
    if let [it] = this.iterators.as_slice() {
        let Some(item) = th.next(it)? else { return Ok(None) };
        return th.call(&this.function, std::slice::from_ref(&item)).map(Some);
    }
    match next_of_all(th, "map", &this.iterators, this.strict.load(Ordering::Relaxed))? {
        Some(items) => th.call(&this.function, &items).map(Some),
        None => Ok(None),
    }
}

fn map_reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let this = th.expect::<Map>(v, "map")?;
    let mut parts = vec![this.function.clone()];
    parts.extend_from_slice(&this.iterators);
    Ok(reduce_with_strict(th, v, parts, this.strict.load(Ordering::Relaxed)))
}

fn map_setstate(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let strict = args.first().map_or(Ok(false), |state| th.truth(state))?;
    th.expect::<Map>(v, "map")?.strict.store(strict, Ordering::Relaxed);
    Ok(Value::NONE)
}

/// Payload of `filter`.
pub struct Filter {
    function: Value,
    it: Value,
}

payload!(Filter, "filter", traverse = Filter::traverse);

/// `filter`.
pub static FILTER: TypeSpec = TypeSpec {
    name: "filter",
    doc: "Return an iterator yielding those items of iterable for which\nfunction(item) is true.  If function is None, return the items that\nare true.",
    flags: BASETYPE,
    new_sig: "(function, iterable, /)",
    slots: &[Slot::NewRaw(filter_new), Slot::Iter(iter_self), Slot::Next(filter_next)],
    methods: &[m("__reduce__", "()", filter_reduce, REDUCE)],
    ..TypeSpec::of::<Filter>()
};

impl Filter {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.function);
        visit(&self.it);
    }
}

fn filter_new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let exact = th.type_for::<Filter>();
    let own_init = cls.slots.init().map(|f| f as usize) != exact.slots.init().map(|f| f as usize);
    let [function, iterable] = only_positional(th, "filter", args, 2..=2, cls != exact && own_init)? else {
        return Err(th.type_error("filter expected 2 arguments"));
    };
    let it = th.iter(iterable)?;
    Ok(th.new_object(cls, Filter { function: function.clone(), it }))
}

fn filter_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = th.expect::<Filter>(v, "filter")?;
    let plain = this.function.is_none() || this.function.is(&th.types().bool.value());
    let mut n = 0u32;
    while let Some(item) = th.next(&this.it)? {
        let good = if plain {
            th.truth(&item)?
        } else {
            let result = th.call(&this.function, std::slice::from_ref(&item))?;
            th.truth(&result)?
        };
        if good {
            return Ok(Some(item));
        }
        n = n.wrapping_add(1);
        if n.is_multiple_of(1024) {
            th.check_signals()?;
        }
    }
    Ok(None)
}

fn filter_reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let this = th.expect::<Filter>(v, "filter")?;
    let parts = th.pair(this.function.clone(), this.it.clone());
    Ok(th.pair(v.type_of(th).value(), parts))
}
