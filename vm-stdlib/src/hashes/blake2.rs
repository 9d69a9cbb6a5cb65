//! BLAKE2b and BLAKE2s with all parameters of tree hashing.
use super::{first_input, hex, input, maybe_detached};
use vm_runtime::prelude::*;
use vm_runtime::types::int::IntRef;

/// Parameters that both functions have.
struct Parameters {
    digest_size: usize,
    key: Vec<u8>,
    salt: Vec<u8>,
    person: Vec<u8>,
    fanout: u8,
    depth: u8,
    leaf_size: u32,
    node_offset: u64,
    node_depth: u8,
    inner_size: usize,
    last_node: bool,
}

/// A BLAKE2 function.
pub trait Blake2: Clone + Send + Sync + 'static {
    /// `name`.
    const NAME: &'static str;
    /// The name in messages.
    const TITLE: &'static str;
    /// Largest digest and key.
    const MAX: usize;
    /// Largest salt and personalisation.
    const SALT: usize;
    /// `block_size`.
    const BLOCK: usize;
    /// The largest node offset.
    const MAX_OFFSET: u64;
    #[doc(hidden)]
    fn start(p: &dyn std::any::Any) -> Option<Self>;
    /// Continues with bytes.
    fn feed(&mut self, bytes: &[u8]);
    /// The digest so far.
    fn result(&self) -> Vec<u8>;
}

macro_rules! implement {
    ($krate:ident, $name:literal, $title:literal, $max:literal, $salt:literal, $block:literal, $offset:expr) => {
        impl Blake2 for $krate::State {
            const NAME: &'static str = $name;
            const TITLE: &'static str = $title;
            const MAX: usize = $max;
            const SALT: usize = $salt;
            const BLOCK: usize = $block;
            const MAX_OFFSET: u64 = $offset;
            fn start(p: &dyn std::any::Any) -> Option<Self> {
                let p = p.downcast_ref::<Parameters>()?;
                let mut params = $krate::Params::new();
                params
                    .hash_length(p.digest_size)
                    .key(&p.key)
                    .salt(&p.salt)
                    .personal(&p.person)
                    .fanout(p.fanout)
                    .max_depth(p.depth)
                    .max_leaf_length(p.leaf_size)
                    .node_offset(p.node_offset)
                    .node_depth(p.node_depth)
                    .inner_hash_length(p.inner_size)
                    .last_node(p.last_node);
                Some(params.to_state())
            }
            fn feed(&mut self, bytes: &[u8]) {
                self.update(bytes);
            }
            fn result(&self) -> Vec<u8> {
                self.finalize().as_bytes().to_vec()
            }
        }
    };
}

implement!(blake2b_simd, "blake2b", "Blake2b", 64, 16, 128, u64::MAX);
implement!(blake2s_simd, "blake2s", "Blake2s", 32, 8, 64, (1 << 48) - 1);

/// A hash object.
pub struct Blake2Hash<A> {
    state: ObjCell<A>,
    digest_size: usize,
}
payload!(Blake2Hash<blake2b_simd::State>, "_blake2.blake2b");
payload!(Blake2Hash<blake2s_simd::State>, "_blake2.blake2s");

fn arg(args: &[Value], i: usize) -> &Value {
    args.get(i).unwrap_or(Value::unbound_ref())
}

fn this<'a, A: Blake2>(th: &Thread, v: &'a Value) -> PyResult<&'a Blake2Hash<A>>
where
    Blake2Hash<A>: Payload,
{
    th.expect::<Blake2Hash<A>>(v, "a hash object")
}

fn bounded(th: &Thread, v: &Value, default: i64, least: i64, most: i64, message: &str) -> PyResult<i64> {
    if v.is_unbound() {
        return Ok(default);
    }
    let n = i64::from(th.as_c_int(v)?);
    if n < least || n > most { Err(th.value_error(message.to_owned())) } else { Ok(n) }
}

fn short_bytes(th: &Thread, v: &Value, most: usize, name: &str) -> PyResult<Vec<u8>> {
    if v.is_unbound() {
        return Ok(Vec::new());
    }
    let bytes = th.bytes_like(v)?;
    if bytes.len() > most {
        return Err(th.value_error(format!("maximum {name} length is {most} bytes")));
    }
    Ok(bytes.to_vec())
}

fn unsigned(th: &Thread, v: &Value, most: u64, name: &str) -> PyResult<u64> {
    if v.is_unbound() {
        return Ok(0);
    }
    let index = th.index(v)?;
    let Some(n) = IntRef::of(&index) else { return Ok(0) };
    if n.is_negative() {
        return Err(th.value_error("Cannot convert negative int"));
    }
    match n.to_u64() {
        Some(n) if n <= most => Ok(n),
        Some(_) => Err(th.overflow_error(format!("{name} is too large"))),
        None => Err(th.overflow_error("Python int too large for C unsigned long long")),
    }
}

/// Arguments: data, digest_size, key, salt, person, fanout, depth, leaf_size, node_offset, node_depth, inner_size,
/// last_node, usedforsecurity, string.
fn new<A: Blake2>(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value>
where
    Blake2Hash<A>: Payload,
{
    let data = first_input(th, arg(args, 0), arg(args, 13))?;
    let max = A::MAX as i64;
    let size = if arg(args, 1).is_unbound() { max } else { i64::from(th.as_c_int(arg(args, 1))?) };
    if size <= 0 || size > max {
        return Err(th.value_error(format!(
            "digest_size for {} must be between 1 and {max} bytes, here it is {size}",
            A::TITLE
        )));
    }
    let salt = short_bytes(th, arg(args, 3), A::SALT, "salt")?;
    let person = short_bytes(th, arg(args, 4), A::SALT, "person")?;
    let fanout = bounded(th, arg(args, 5), 1, 0, 255, "fanout must be between 0 and 255")?;
    let depth = bounded(th, arg(args, 6), 1, 1, 255, "depth must be between 1 and 255")?;
    let leaf_size = unsigned(th, arg(args, 7), u64::from(u32::MAX), "leaf_size")?;
    let node_offset = unsigned(th, arg(args, 8), A::MAX_OFFSET, "node_offset")?;
    let node_depth = bounded(th, arg(args, 9), 0, 0, 255, "node_depth must be between 0 and 255")?;
    let inner = format!("inner_size must be between 0 and is {max}");
    let inner_size = bounded(th, arg(args, 10), 0, 0, max, &inner)?;
    let last_node = !arg(args, 11).is_unbound() && th.truth(arg(args, 11))?;
    let key = short_bytes(th, arg(args, 2), A::MAX, "key")?;
    let parameters = Parameters {
        digest_size: size as usize,
        key,
        salt,
        person,
        fanout: fanout as u8,
        depth: depth as u8,
        leaf_size: leaf_size as u32,
        node_offset,
        node_depth: node_depth as u8,
        inner_size: inner_size as usize,
        last_node,
    };
    let Some(mut state) = A::start(&parameters) else {
        return Err(th.system_error("blake2: bad parameters"));
    };
    if let Some(data) = data {
        let bytes = input(th, data)?;
        maybe_detached(th, bytes.len(), || state.feed(&bytes));
    }
    Ok(th.new_object(cls, Blake2Hash { state: ObjCell::new(state), digest_size: size as usize }))
}

fn copy<A: Blake2>(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value>
where
    Blake2Hash<A>: Payload,
{
    let hash = this::<A>(th, v)?;
    let state = hash.state.with(th, |state| state.clone());
    let copy = Blake2Hash { state: ObjCell::new(state), digest_size: hash.digest_size };
    Ok(th.new_object(v.type_of(th), copy))
}

fn update<A: Blake2>(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value>
where
    Blake2Hash<A>: Payload,
{
    let hash = this::<A>(th, v)?;
    let bytes = input(th, arg(args, 0))?;
    hash.state.with(th, |state| state.feed(&bytes));
    Ok(Value::NONE)
}

fn digest<A: Blake2>(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value>
where
    Blake2Hash<A>: Payload,
{
    Ok(th.bytes(&this::<A>(th, v)?.state.with(th, |state| state.result())))
}

fn hexdigest<A: Blake2>(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value>
where
    Blake2Hash<A>: Payload,
{
    Ok(hex(th, &this::<A>(th, v)?.state.with(th, |state| state.result())))
}

fn get_name<A: Blake2>(th: &Thread, _v: &Value) -> PyResult<Value> {
    Ok(th.str(A::NAME))
}

fn get_block_size<A: Blake2>(th: &Thread, _v: &Value) -> PyResult<Value> {
    Ok(th.usize(A::BLOCK))
}

fn get_digest_size<A: Blake2>(th: &Thread, v: &Value) -> PyResult<Value>
where
    Blake2Hash<A>: Payload,
{
    Ok(th.usize(this::<A>(th, v)?.digest_size))
}

fn set_sizes<A: Blake2>(th: &Thread, ty: TypeRef) -> PyResult<()> {
    for (name, n) in [
        ("SALT_SIZE", A::SALT),
        ("PERSON_SIZE", A::SALT),
        ("MAX_KEY_SIZE", A::MAX),
        ("MAX_DIGEST_SIZE", A::MAX),
    ] {
        ty.dict().set_str(th, name, th.usize(n))?;
    }
    Ok(())
}

macro_rules! blake2_spec {
    ($spec:ident, $a:ty, $name:literal, $doc:literal, $sig:literal) => {
        /// The type of its hash objects.
        pub static $spec: TypeSpec = TypeSpec {
            name: $name,
            doc: $doc,
            flags: BASETYPE,
            new_sig: $sig,
            slots: &[Slot::New(new::<$a>)],
            methods: &[
                m("copy", "()", copy::<$a>, "Return a copy of the hash object."),
                m("digest", "()", digest::<$a>, "Return the digest value as a bytes object."),
                m(
                    "hexdigest",
                    "()",
                    hexdigest::<$a>,
                    "Return the digest value as a string of hexadecimal digits.",
                ),
                m(
                    "update",
                    "(data, /)",
                    update::<$a>,
                    "Update this hash object's state with the provided bytes-like object.",
                ),
            ],
            getset: &[
                gs("name", get_name::<$a>, None, ""),
                gs("block_size", get_block_size::<$a>, None, ""),
                gs("digest_size", get_digest_size::<$a>, None, ""),
            ],
            init: Some(set_sizes::<$a>),
            ..TypeSpec::of::<Blake2Hash<$a>>()
        };
    };
}

blake2_spec!(
    BLAKE2B,
    blake2b_simd::State,
    "_blake2.blake2b",
    "Return a new BLAKE2b hash object.",
    "(data=b'', *, digest_size=64, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True, string=None)"
);
blake2_spec!(
    BLAKE2S,
    blake2s_simd::State,
    "_blake2.blake2s",
    "Return a new BLAKE2s hash object.",
    "(data=b'', *, digest_size=32, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True, string=None)"
);

fn init(th: &Thread, module: &Value) -> PyResult<()> {
    th.set_module_attr(module, "_GIL_MINSIZE", th.usize(super::DETACH_FROM))
}

/// `_blake2`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_blake2",
    doc: "_blake2b provides BLAKE2b for hashlib\n",
    types: &[&BLAKE2B, &BLAKE2S],
    init: Some(init),
    ..ModuleSpec::EMPTY
};
