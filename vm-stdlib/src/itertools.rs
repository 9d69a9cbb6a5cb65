//! `itertools`.
//!
//! State that an iterator changes is in atomics and cells; Python runs outside of their locks. So an iterator shared by
//! threads may hand an item out twice or skip one, and never breaks. `count` and `repeat` hand each number out once.
mod chain;
mod combine;
mod filter;
mod group;
mod infinite;
mod product;
mod slices;
mod tee;
mod zip;

use vm_runtime::prelude::*;
use vm_runtime::types::subscript::only_positional;

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "itertools",
    doc: "Functional tools for creating and using iterators.\n\nInfinite iterators:\ncount(start=0, step=1) --> start, start+step, start+2*step, ...\ncycle(p) --> p0, p1, ... plast, p0, p1, ...\nrepeat(elem [,n]) --> elem, elem, elem, ... endlessly or up to n times\n\nIterators terminating on the shortest input sequence:\naccumulate(p[, func]) --> p0, p0+p1, p0+p1+p2\nbatched(p, n) --> [p0, p1, ..., p_n-1], [p_n, p_n+1, ..., p_2n-1], ...\nchain(p, q, ...) --> p0, p1, ... plast, q0, q1, ...\nchain.from_iterable([p, q, ...]) --> p0, p1, ... plast, q0, q1, ...\ncompress(data, selectors) --> (d[0] if s[0]), (d[1] if s[1]), ...\ndropwhile(predicate, seq) --> seq[n], seq[n+1], starting when predicate fails\ngroupby(iterable[, keyfunc]) --> sub-iterators grouped by value of keyfunc(v)\nfilterfalse(predicate, seq) --> elements of seq where predicate(elem) is False\nislice(seq, [start,] stop [, step]) --> elements from\n       seq[start:stop:step]\npairwise(s) --> (s[0],s[1]), (s[1],s[2]), (s[2], s[3]), ...\nstarmap(fun, seq) --> fun(*seq[0]), fun(*seq[1]), ...\ntee(it, n=2) --> (it1, it2 , ... itn) splits one iterator into n\ntakewhile(predicate, seq) --> seq[0], seq[1], until predicate fails\nzip_longest(p, q, ...) --> (p[0], q[0]), (p[1], q[1]), ...\n\nCombinatoric generators:\nproduct(p, q, ... [repeat=1]) --> cartesian product\npermutations(p[, r])\ncombinations(p, r)\ncombinations_with_replacement(p, r)\n",
    functions: &[m("tee", "(iterable, n=2, /)", tee::tee, "Returns a tuple of n independent iterators.")],
    types: &[
        &chain::ACCUMULATE,
        &slices::BATCHED,
        &chain::CHAIN,
        &combine::COMBINATIONS,
        &filter::COMPRESS,
        &infinite::COUNT,
        &combine::COMBINATIONS_WITH_REPLACEMENT,
        &infinite::CYCLE,
        &filter::DROPWHILE,
        &filter::FILTERFALSE,
        &group::GROUPBY,
        &group::GROUPER,
        &slices::ISLICE,
        &slices::PAIRWISE,
        &combine::PERMUTATIONS,
        &product::PRODUCT,
        &infinite::REPEAT,
        &filter::STARMAP,
        &filter::TAKEWHILE,
        &tee::TEE,
        &tee::DATA,
        &zip::ZIP_LONGEST,
    ],
    ..ModuleSpec::EMPTY
};

/// `__iter__` of iterators.
fn iter_self(_th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(v.clone())
}

/// Positional arguments; keywords are only let pass to subclasses with an `__init__` of their own.
fn positional<'a, T: Payload>(
    th: &Thread,
    cls: TypeRef,
    name: &str,
    args: &CallArgs<'a>,
    range: std::ops::RangeInclusive<usize>,
) -> PyResult<&'a [Value]> {
    let exact = th.type_for::<T>();
    let own_init = cls.slots.init().map(|f| f as usize) != exact.slots.init().map(|f| f as usize);
    only_positional(th, name, args, range, cls != exact && own_init)
}

/// An argument that may be missing or None.
fn given(v: &Value) -> Option<&Value> {
    (!v.is_unbound() && !v.is_none()).then_some(v)
}

/// Lets signals in every so often in loops over iterators that may never end.
struct Patience(u32);

impl Patience {
    fn tick(&mut self, th: &Thread) -> PyResult<()> {
        self.0 = self.0.wrapping_add(1);
        if self.0.is_multiple_of(1024) { th.check_signals() } else { Ok(()) }
    }
}
