//! `combinations`, `combinations_with_replacement`, `permutations`.
use super::iter_self;
use vm_runtime::prelude::*;

const SIZEOF: &str = "Returns size in memory, in bytes.";

/// Where an enumeration of index tuples stands.
enum State {
    New,
    At(Vec<usize>),
    Done,
}

/// A pool, the length of the results, and the state.
struct Picks {
    pool: Vec<Value>,
    r: usize,
    state: ObjCell<State>,
}

impl Picks {
    fn new(th: &Thread, iterable: &Value, r: i64) -> PyResult<Picks> {
        let pool = th.collect(iterable)?;
        if r < 0 {
            return Err(th.value_error("r must be non-negative"));
        }
        Ok(Picks { pool, r: r as usize, state: ObjCell::new(State::New) })
    }

    /// Moves on: `first` makes the first indices, `step` changes them to the next, each saying whether there are such.
    fn advance(
        &self,
        th: &Thread,
        first: impl FnOnce() -> Option<Vec<usize>>,
        step: impl FnOnce(&mut [usize]) -> bool,
    ) -> Option<Value> {
        let items = self.state.with(th, |state| {
            let more = match state {
                State::Done => false,
                State::New => match first() {
                    Some(indices) => {
                        *state = State::At(indices);
                        true
                    }
                    None => false,
                },
                State::At(indices) => step(indices),
            };
            match state {
                State::At(indices) if more => {
                    indices.iter().map(|i| self.pool.get(*i).cloned()).collect::<Option<Vec<Value>>>()
                }
                _ => {
                    *state = State::Done;
                    None
                }
            }
        });
        items.map(|items| th.tuple(items))
    }
}

macro_rules! picks {
    ($payload:ident, $spec:ident, $name:literal, $full:literal, $sig:literal, $new:ident, $next:ident, $sizeof:ident, $doc:literal) => {
        /// Payload of one of the enumerations.
        pub struct $payload(Picks);
        payload!($payload, $name, traverse = $payload::traverse);
        impl $payload {
            fn traverse(&self, visit: Visitor<'_>) {
                self.0.pool.iter().for_each(visit);
            }
        }
        /// The type's declaration.
        pub static $spec: TypeSpec = TypeSpec {
            name: $full,
            doc: $doc,
            flags: BASETYPE,
            new_sig: $sig,
            slots: &[Slot::New($new), Slot::Iter(iter_self), Slot::Next($next)],
            methods: &[m("__sizeof__", "()", $sizeof, SIZEOF)],
            ..TypeSpec::of::<$payload>()
        };
        fn $sizeof(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
            let this = th.expect::<$payload>(v, $name)?;
            Ok(th.usize(64 + this.0.r.min(this.0.pool.len()) * 8))
        }
    };
}

picks!(
    Combinations,
    COMBINATIONS,
    "combinations",
    "itertools.combinations",
    "(iterable, r)",
    combinations_new,
    combinations_next,
    combinations_sizeof,
    "Return successive r-length combinations of elements in the iterable.\n\ncombinations(range(4), 3) --> (0,1,2), (0,1,3), (0,2,3), (1,2,3)"
);
picks!(
    WithReplacement,
    COMBINATIONS_WITH_REPLACEMENT,
    "combinations_with_replacement",
    "itertools.combinations_with_replacement",
    "(iterable, r)",
    replacement_new,
    replacement_next,
    replacement_sizeof,
    "Return successive r-length combinations of elements in the iterable allowing individual elements to have successive repeats.\n\ncombinations_with_replacement('ABC', 2) --> ('A','A'), ('A','B'), ('A','C'), ('B','B'), ('B','C'), ('C','C')"
);

fn combinations_new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let [iterable, r] = args else { return Err(th.system_error("bad native call")) };
    let r = th.index_i64(r)?;
    let this = Combinations(Picks::new(th, iterable, r)?);
    Ok(th.new_object(cls, this))
}

fn combinations_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = &th.expect::<Combinations>(v, "combinations")?.0;
    let (n, r) = (this.pool.len(), this.r);
    let step = |indices: &mut [usize]| {
        // The rightmost index that can still move on.
        let Some(i) = (0..r).rev().find(|i| indices[*i] != i + n - r) else { return false };
        indices[i] += 1;
        for j in i + 1..r {
            indices[j] = indices[j - 1] + 1;
        }
        true
    };
    Ok(this.advance(th, || (r <= n).then(|| (0..r).collect()), step))
}

fn replacement_new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let [iterable, r] = args else { return Err(th.system_error("bad native call")) };
    let r = th.index_i64(r)?;
    let picks = Picks::new(th, iterable, r)?;
    if r > isize::MAX as i64 / 8 && !picks.pool.is_empty() {
        return Err(th.memory_error());
    }
    let mut room: Vec<usize> = Vec::new();
    if !picks.pool.is_empty() && room.try_reserve(picks.r).is_err() {
        return Err(th.memory_error());
    }
    Ok(th.new_object(cls, WithReplacement(picks)))
}

fn replacement_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = &th.expect::<WithReplacement>(v, "combinations_with_replacement")?.0;
    let (n, r) = (this.pool.len(), this.r);
    let step = |indices: &mut [usize]| {
        let Some(i) = (0..r).rev().find(|i| indices[*i] != n - 1) else { return false };
        let index = indices[i] + 1;
        indices[i..].fill(index);
        true
    };
    Ok(this.advance(th, || (n > 0 || r == 0).then(|| vec![0; r]), step))
}

/// Payload of `permutations`.
pub struct Permutations {
    pool: Vec<Value>,
    r: usize,
    state: ObjCell<Turns>,
}

enum Turns {
    New,
    At { indices: Vec<usize>, cycles: Vec<usize> },
    Done,
}

payload!(Permutations, "permutations", traverse = Permutations::traverse);

/// `permutations`.
pub static PERMUTATIONS: TypeSpec = TypeSpec {
    name: "itertools.permutations",
    doc: "Return successive r-length permutations of elements in the iterable.\n\npermutations(range(3), 2) --> (0,1), (0,2), (1,0), (1,2), (2,0), (2,1)",
    flags: BASETYPE,
    new_sig: "(iterable, r=None)",
    slots: &[Slot::New(permutations_new), Slot::Iter(iter_self), Slot::Next(permutations_next)],
    methods: &[m("__sizeof__", "()", permutations_sizeof, SIZEOF)],
    ..TypeSpec::of::<Permutations>()
};

impl Permutations {
    fn traverse(&self, visit: Visitor<'_>) {
        self.pool.iter().for_each(visit);
    }
}

fn permutations_new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let [iterable, r] = args else { return Err(th.system_error("bad native call")) };
    let pool = th.collect(iterable)?;
    let r = match super::given(r) {
        None => pool.len() as i64,
        Some(r) if th.isinstance(r, th.types().int) => th.index_i64(r)?,
        Some(_) => return Err(th.type_error("Expected int as r")),
    };
    if r < 0 {
        return Err(th.value_error("r must be non-negative"));
    }
    Ok(th.new_object(cls, Permutations { pool, r: r as usize, state: ObjCell::new(Turns::New) }))
}

fn permutations_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = th.expect::<Permutations>(v, "permutations")?;
    let (n, r) = (this.pool.len(), this.r);
    let items = this.state.with(th, |state| {
        match state {
            Turns::Done => return None,
            Turns::New if r > n => {
                *state = Turns::Done;
                return None;
            }
            Turns::New => {
                *state = Turns::At { indices: (0..n).collect(), cycles: (0..r).map(|i| n - i).collect() };
            }
            Turns::At { indices, cycles } => {
                let mut more = false;
                for i in (0..r).rev() {
                    cycles[i] -= 1;
                    if cycles[i] == 0 {
                        indices[i..].rotate_left(1);
                        cycles[i] = n - i;
                    } else {
                        indices.swap(i, n - cycles[i]);
                        more = true;
                        break;
                    }
                }
                if !more {
                    *state = Turns::Done;
                    return None;
                }
            }
        }
        let Turns::At { indices, .. } = state else { return None };
        indices.iter().take(r).map(|i| this.pool.get(*i).cloned()).collect::<Option<Vec<Value>>>()
    });
    Ok(items.map(|items| th.tuple(items)))
}

fn permutations_sizeof(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let this = th.expect::<Permutations>(v, "permutations")?;
    Ok(th.usize(72 + (this.pool.len() + this.r.min(this.pool.len())) * 8))
}
