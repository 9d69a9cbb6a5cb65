//! `_lru_cache_wrapper`: the cache is a dict in the order of use. Lookups and moves in it are atomic, so threads share a
//! cache without a lock around the function; like CPython's, it may compute a value twice.
use std::sync::atomic::{AtomicU64, Ordering};
use vm_runtime::prelude::*;
use vm_runtime::types::dict::Dict;

/// Payload of `_lru_cache_wrapper`.
pub struct LruCache {
    function: Value,
    /// None: unbounded.
    limit: Option<usize>,
    typed: bool,
    info: Value,
    /// Separates positional from keyword arguments in keys.
    mark: Value,
    cache: Dict,
    hits: AtomicU64,
    misses: AtomicU64,
}

payload!(LruCache, "_lru_cache_wrapper", traverse = LruCache::traverse, clear = LruCache::clear_for_gc);

/// `functools._lru_cache_wrapper`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "functools._lru_cache_wrapper",
    doc: "Create a cached callable that wraps another function.\n\nuser_function:      the function being cached\n\nmaxsize:  0         for no caching\n          None      for unlimited cache size\n          n         for a bounded cache\n\ntyped:    False     cache f(3) and f(3.0) as identical calls\n          True      cache f(3) and f(3.0) as distinct calls\n\ncache_info_type:    namedtuple class with the fields:\n                        hits misses currsize maxsize\n",
    flags: HAS_DICT | WEAKREFS | BASETYPE,
    new_sig: "(user_function, maxsize, typed, cache_info_type)",
    slots: &[Slot::New(new), Slot::Call(call), Slot::DescrGet(get)],
    methods: &[
        m("cache_info", "()", cache_info, "Report cache statistics"),
        m("cache_clear", "()", cache_clear, "Clear the cache and cache statistics"),
        m("__reduce__", "()", reduce, ""),
        m("__copy__", "()", copy, ""),
        m("__deepcopy__", "(memo, /)", copy, ""),
    ],
    ..TypeSpec::of::<LruCache>()
};

impl LruCache {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.function);
        visit(&self.info);
        visit(&self.mark);
        self.cache.traverse(visit);
    }

    fn clear_for_gc(&self) {
        self.cache.clear_quiet();
    }

    fn key(&self, th: &Thread, args: &CallArgs<'_>) -> Value {
        let positional = args.positional();
        if !self.typed && args.names.is_empty() {
            if let [one] = positional
                && (one.is_small_int()
                    || th.is_exact(one, th.types().int)
                    || th.is_exact(one, th.types().str))
            {
                return one.clone();
            }
            return th.tuple_of(positional);
        }
        let mut parts = positional.to_vec();
        if !args.names.is_empty() {
            parts.push(self.mark.clone());
            for (name, value) in args.keywords() {
                parts.push(name.clone());
                parts.push(value.clone());
            }
        }
        if self.typed {
            parts.extend(args.args.iter().map(|v| v.type_of(th).value()));
        }
        th.tuple(parts)
    }
}

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a LruCache> {
    th.expect::<LruCache>(v, "_lru_cache_wrapper")
}

fn new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let [function, limit, typed, info] = args else { return Err(th.system_error("bad native call")) };
    if !th.is_callable(function) {
        return Err(th.type_error("the first argument must be callable"));
    }
    let limit = if limit.is_none() {
        None
    } else if vm_runtime::types::subscript::is_index(th, limit) {
        Some(usize::try_from(th.index_i64(limit)?).unwrap_or(0))
    } else {
        return Err(th.type_error("maxsize should be integer or None"));
    };
    let typed = th.truth(typed)?;
    let mark = th.call(&th.types().object.value(), &[])?;
    let this = LruCache {
        function: function.clone(),
        limit,
        typed,
        info: info.clone(),
        mark,
        cache: Dict::new(),
        hits: AtomicU64::new(0),
        misses: AtomicU64::new(0),
    };
    Ok(th.new_object(cls, this))
}

fn call(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<Value> {
    let this = this(th, v)?;
    // Relaxed: statistics.
    if this.limit == Some(0) {
        this.misses.fetch_add(1, Ordering::Relaxed);
        return th.call_args(&this.function, args);
    }
    let key = this.key(th, args);
    let hash = th.hash(&key)?;
    let found = match this.limit {
        None => this.cache.get_hashed(th, &key, hash)?,
        Some(_) => this.cache.move_to(th, &key, hash, true)?,
    };
    if let Some(found) = found {
        this.hits.fetch_add(1, Ordering::Relaxed);
        return Ok(found);
    }
    this.misses.fetch_add(1, Ordering::Relaxed);
    let result = th.call_args(&this.function, args)?;
    match this.limit {
        None => this.cache.set_hashed(th, &key, hash, result.clone())?,
        Some(limit) => {
            // If the function called itself with these arguments, the value is there already and stays.
            let (_, new) = this.cache.set_default_hashed(th, &key, hash, &result)?;
            if new && this.cache.len() > limit {
                drop(this.cache.pop_first(th));
            }
        }
    }
    Ok(result)
}

fn get(th: &Thread, v: &Value, object: Option<&Value>, _ty: Option<&Value>) -> PyResult<Value> {
    match object {
        Some(object) if !object.is_none() => th.bound_method(v, object),
        _ => Ok(v.clone()),
    }
}

fn cache_info(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let this = this(th, v)?;
    let count = |n: &AtomicU64| th.int(n.load(Ordering::Relaxed) as i64);
    let limit = this.limit.map_or(Value::NONE, |n| th.usize(n));
    th.call(&this.info, &[count(&this.hits), count(&this.misses), limit, th.usize(this.cache.len())])
}

fn cache_clear(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let this = this(th, v)?;
    this.hits.store(0, Ordering::Relaxed);
    this.misses.store(0, Ordering::Relaxed);
    this.cache.clear(th);
    Ok(Value::NONE)
}

fn reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    th.getattr_str(v, "__qualname__")
}

fn copy(_th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(v.clone())
}
