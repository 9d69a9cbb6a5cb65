//! `_random`: the Mersenne Twister MT19937, the same numbers as CPython's for the same seeds.
use num_bigint::{BigInt, BigUint, Sign};
use std::io::Read;
use vm_runtime::prelude::*;
use vm_runtime::types::int::IntRef;

const N: usize = 624;
const M: usize = 397;
const UPPER: u32 = 0x8000_0000;
const LOWER: u32 = 0x7fff_ffff;

/// The generator's state.
pub struct Twister {
    state: [u32; N],
    index: usize,
}

impl Twister {
    fn word(&mut self, i: usize) -> &mut u32 {
        // Always in range: callers reduce modulo N.
        &mut self.state[i % N]
    }

    fn init(&mut self, seed: u32) {
        *self.word(0) = seed;
        let mut last = seed;
        for i in 1..N {
            last = 1_812_433_253_u32.wrapping_mul(last ^ (last >> 30)).wrapping_add(i as u32);
            *self.word(i) = last;
        }
        self.index = N;
    }

    fn init_by_array(&mut self, key: &[u32]) {
        self.init(19_650_218);
        let (mut i, mut j) = (1, 0);
        for _ in 0..N.max(key.len()) {
            let before = *self.word(i - 1);
            let mixed = (before ^ (before >> 30)).wrapping_mul(1_664_525);
            let add = key.get(j).copied().unwrap_or(0).wrapping_add(j as u32);
            let word = self.word(i);
            *word = (*word ^ mixed).wrapping_add(add);
            i += 1;
            j += 1;
            if i >= N {
                let last = *self.word(N - 1);
                *self.word(0) = last;
                i = 1;
            }
            if j >= key.len() {
                j = 0;
            }
        }
        for _ in 0..N - 1 {
            let before = *self.word(i - 1);
            let mixed = (before ^ (before >> 30)).wrapping_mul(1_566_083_941);
            let word = self.word(i);
            *word = (*word ^ mixed).wrapping_sub(i as u32);
            i += 1;
            if i >= N {
                let last = *self.word(N - 1);
                *self.word(0) = last;
                i = 1;
            }
        }
        *self.word(0) = UPPER;
    }

    fn refill(&mut self) {
        for k in 0..N {
            let y = *self.word(k) & UPPER | *self.word(k + 1) & LOWER;
            let twist = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            let next = *self.word(k + M) ^ (y >> 1) ^ twist;
            *self.word(k) = next;
        }
        self.index = 0;
    }

    fn next(&mut self) -> u32 {
        if self.index >= N {
            self.refill();
        }
        let mut y = *self.word(self.index);
        self.index += 1;
        y ^= y >> 11;
        y ^= y << 7 & 0x9d2c_5680;
        y ^= y << 15 & 0xefc6_0000;
        y ^ y >> 18
    }

    fn float(&mut self) -> f64 {
        let (a, b) = (f64::from(self.next() >> 5), f64::from(self.next() >> 6));
        (a * 67_108_864.0 + b) * (1.0 / 9_007_199_254_740_992.0)
    }
}

/// A generator.
pub struct Random {
    twister: ObjCell<Twister>,
}
payload!(Random, "_random.Random");

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Random> {
    th.expect::<Random>(v, "a Random object")
}

/// Words from the system's generator, or from the clock where there is none.
fn entropy() -> Vec<u32> {
    let mut bytes = [0_u8; 4 * N];
    if let Ok(mut file) = std::fs::File::open("/dev/urandom")
        && file.read_exact(&mut bytes).is_ok()
    {
        return bytes.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    }
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_nanos();
    let clock = std::time::Instant::now();
    let extra = &raw const clock as usize as u64 ^ u64::from(std::process::id());
    vec![now as u32, (now >> 32) as u32, (now >> 64) as u32, extra as u32, (extra >> 32) as u32]
}

fn seed_with(th: &Thread, random: &Random, seed: &Value) -> PyResult<()> {
    let key = if seed.is_unbound() || seed.is_none() {
        entropy()
    } else {
        let magnitude = match IntRef::of(seed) {
            Some(n) => n.to_bigint().magnitude().clone(),
            None => BigUint::from(th.hash(seed)? as u64),
        };
        let digits = magnitude.to_u32_digits();
        if digits.is_empty() { vec![0] } else { digits }
    };
    random.twister.with(th, |t| t.init_by_array(&key));
    Ok(())
}

fn new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    if cls == th.type_for::<Random>() && !args.names.is_empty() {
        return Err(th.type_error("Random() takes no keyword arguments"));
    }
    Ok(th.new_object(cls, Random { twister: ObjCell::new(Twister { state: [0; N], index: N }) }))
}

fn init(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<()> {
    let positional = args.positional();
    if positional.len() > 1 {
        return Err(th.type_error(format!("Random expected at most 1 argument, got {}", positional.len())));
    }
    seed_with(th, this(th, v)?, positional.first().unwrap_or(Value::none_ref()))
}

fn random(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.float(this(th, v)?.twister.with(th, Twister::float)))
}

fn seed(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    seed_with(th, this(th, v)?, args.first().unwrap_or(Value::none_ref()))?;
    Ok(Value::NONE)
}

fn getstate(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    let (state, index) = this(th, v)?.twister.with(th, |t| (t.state, t.index));
    let mut items: Vec<Value> = state.iter().map(|&word| th.int(i64::from(word))).collect();
    items.push(th.usize(index));
    Ok(th.tuple(items))
}

fn setstate(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let random = this(th, v)?;
    let given = args.first().unwrap_or(Value::none_ref());
    let Some(given) = given.payload::<vm_runtime::types::tuple::Tuple>() else {
        return Err(th.type_error("state vector must be a tuple"));
    };
    let Some((index, words)) = given.as_slice().split_last().filter(|(_, words)| words.len() == N) else {
        return Err(th.value_error("state vector is the wrong size"));
    };
    let mut state = [0_u32; N];
    for (place, word) in state.iter_mut().zip(words) {
        let Some(n) = IntRef::of(word) else { return Err(th.type_error("an integer is required")) };
        if n.is_negative() {
            return Err(th.overflow_error("can't convert negative value to unsigned int"));
        }
        let Some(n) = n.to_u64() else {
            return Err(th.overflow_error("Python int too large to convert to C unsigned long"));
        };
        *place = n as u32;
    }
    let index = th.as_c_long(index)?;
    let Some(index) = usize::try_from(index).ok().filter(|&i| i <= N) else {
        return Err(th.value_error("invalid state"));
    };
    random.twister.with(th, |t| (t.state, t.index) = (state, index));
    Ok(Value::NONE)
}

fn getrandbits(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let random = this(th, v)?;
    let bits = th.index(args.first().unwrap_or(Value::none_ref()))?;
    let Some(bits) = IntRef::of(&bits) else { return Ok(th.int(0)) };
    if bits.is_negative() {
        return Err(th.value_error("number of bits must be non-negative"));
    }
    let Some(bits) = bits.to_i64().map(i64::unsigned_abs) else {
        return Err(th.overflow_error("Python int too large to convert to C unsigned long"));
    };
    if bits == 0 {
        return Ok(th.int(0));
    }
    if bits <= 32 {
        return Ok(th.int(i64::from(random.twister.with(th, Twister::next) >> (32 - bits))));
    }
    vm_runtime::types::int::check_room(th, bits)?;
    let mut words: Vec<u32> = Vec::new();
    let count = bits.div_ceil(32) as usize;
    words.try_reserve_exact(count).map_err(|_| th.memory_error())?;
    random.twister.with(th, |t| words.extend((0..count).map(|_| t.next())));
    if let Some(last) = words.last_mut()
        && bits % 32 != 0
    {
        *last >>= 32 - bits % 32;
    }
    Ok(th.int_from(BigInt::from_biguint(Sign::Plus, BigUint::new(words))))
}

/// The type.
pub static RANDOM: TypeSpec = TypeSpec {
    name: "_random.Random",
    doc: "Random() -> create a random number generator with its own internal state.",
    flags: BASETYPE,
    slots: &[Slot::NewRaw(new), Slot::InitRaw(init)],
    methods: &[
        m("random", "()", random, "random() -> x in the interval [0, 1)."),
        m(
            "seed",
            "(n=None, /)",
            seed,
            "seed([n]) -> None.\n\nDefaults to use urandom and falls back to a combination\nof the current time and the process identifier.",
        ),
        m("getstate", "()", getstate, "getstate() -> tuple containing the current state."),
        m("setstate", "(state, /)", setstate, "setstate(state) -> None.  Restores generator state."),
        m("getrandbits", "(k, /)", getrandbits, "getrandbits(k) -> x.  Generates an int with k random bits."),
    ],
    ..TypeSpec::of::<Random>()
};

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_random",
    doc: "Module implements the Mersenne Twister random number generator.",
    types: &[&RANDOM],
    ..ModuleSpec::EMPTY
};
