//! `product`.
use super::iter_self;
use vm_runtime::prelude::*;

/// Payload of `product`.
pub struct Product {
    pools: Vec<Vec<Value>>,
    state: ObjCell<State>,
}

enum State {
    New,
    At(Vec<usize>),
    Done,
}

payload!(Product, "product", traverse = Product::traverse);

/// `product`.
pub static PRODUCT: TypeSpec = TypeSpec {
    name: "itertools.product",
    doc: "Cartesian product of input iterables.  Equivalent to nested for-loops.\n\nFor example, product(A, B) returns the same as:  ((x,y) for x in A for y in B).\nThe leftmost iterators are in the outermost for-loop, so the output tuples\ncycle in a manner similar to an odometer (with the rightmost element changing\non every iteration).\n\nTo compute the product of an iterable with itself, specify the number\nof repetitions with the optional repeat keyword argument. For example,\nproduct(A, repeat=4) means the same as product(A, A, A, A).\n\nproduct('ab', range(3)) --> ('a',0) ('a',1) ('a',2) ('b',0) ('b',1) ('b',2)\nproduct((0,1), (0,1), (0,1)) --> (0,0,0) (0,0,1) (0,1,0) (0,1,1) (1,0,0) ...",
    flags: BASETYPE,
    new_sig: "(*iterables, repeat=1)",
    slots: &[Slot::New(new), Slot::Iter(iter_self), Slot::Next(next)],
    methods: &[m("__sizeof__", "()", sizeof, "Returns size in memory, in bytes.")],
    ..TypeSpec::of::<Product>()
};

impl Product {
    fn traverse(&self, visit: Visitor<'_>) {
        self.pools.iter().flatten().for_each(visit);
    }
}

fn new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let Some((repeat, iterables)) = args.split_first() else {
        return Err(th.system_error("bad native call"));
    };
    let repeat = if repeat.is_unbound() { 1 } else { th.index_i64(repeat)? };
    if repeat < 0 {
        return Err(th.value_error("repeat argument cannot be negative"));
    }
    let repeat = repeat as usize;
    let total = if iterables.is_empty() { Some(0) } else { iterables.len().checked_mul(repeat) };
    if total.is_none_or(|n| n > isize::MAX as usize / 8) {
        return Err(th.overflow_error("repeat argument too large"));
    }
    let mut once = Vec::with_capacity(iterables.len());
    if repeat > 0 {
        for iterable in iterables {
            once.push(th.collect(iterable)?);
        }
    }
    let mut pools = Vec::new();
    if pools.try_reserve_exact(total.unwrap_or(0)).is_err() {
        return Err(th.memory_error());
    }
    if !once.is_empty() {
        for _ in 0..repeat {
            pools.extend(once.iter().cloned());
        }
    }
    Ok(th.new_object(cls, Product { pools, state: ObjCell::new(State::New) }))
}

fn next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = th.expect::<Product>(v, "product")?;
    let items = this.state.with(th, |state| {
        match state {
            State::Done => return None,
            State::New => {
                if this.pools.iter().any(Vec::is_empty) {
                    *state = State::Done;
                    return None;
                }
                *state = State::At(vec![0; this.pools.len()]);
            }
            State::At(indices) => {
                let mut carried = true;
                for (i, pool) in indices.iter_mut().zip(&this.pools).rev() {
                    *i += 1;
                    if *i < pool.len() {
                        carried = false;
                        break;
                    }
                    *i = 0;
                }
                if carried {
                    *state = State::Done;
                    return None;
                }
            }
        }
        let State::At(indices) = state else { return None };
        indices.iter().zip(&this.pools).map(|(i, pool)| pool.get(*i).cloned()).collect::<Option<Vec<Value>>>()
    });
    Ok(items.map(|items| th.tuple(items)))
}

fn sizeof(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let this = th.expect::<Product>(v, "product")?;
    Ok(th.usize(64 + this.pools.len() * 8))
}
