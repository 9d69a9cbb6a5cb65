//! SHAKE: SHA-3 with output of any length.
use super::{first_input, hex, input};
use digest::{ExtendableOutput, Update, XofReader};
use vm_runtime::prelude::*;
use vm_runtime::types::int::IntRef;

/// A SHAKE function.
pub trait Shake: Update + ExtendableOutput + Default + Clone + Send + Sync + 'static {
    /// `name`.
    const NAME: &'static str;
    /// `block_size`.
    const BLOCK: usize;
}

impl Shake for sha3::Shake128 {
    const NAME: &'static str = "shake_128";
    const BLOCK: usize = 168;
}

impl Shake for sha3::Shake256 {
    const NAME: &'static str = "shake_256";
    const BLOCK: usize = 136;
}

/// A hash object.
pub struct ShakeHash<A> {
    state: ObjCell<A>,
}
payload!(ShakeHash<sha3::Shake128>, "_sha3.shake_128");
payload!(ShakeHash<sha3::Shake256>, "_sha3.shake_256");

fn arg(args: &[Value], i: usize) -> &Value {
    args.get(i).unwrap_or(Value::none_ref())
}

fn this<'a, A: Shake>(th: &Thread, v: &'a Value) -> PyResult<&'a ShakeHash<A>>
where
    ShakeHash<A>: Payload,
{
    th.expect::<ShakeHash<A>>(v, "a hash object")
}

fn new<A: Shake>(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value>
where
    ShakeHash<A>: Payload,
{
    let mut state = A::default();
    if let Some(data) = first_input(th, arg(args, 0), arg(args, 2))? {
        state.update(&input(th, data)?);
    }
    Ok(th.new_object(cls, ShakeHash { state: ObjCell::new(state) }))
}

fn copy<A: Shake>(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value>
where
    ShakeHash<A>: Payload,
{
    let state = this::<A>(th, v)?.state.with(th, |state| state.clone());
    Ok(th.new_object(v.type_of(th), ShakeHash { state: ObjCell::new(state) }))
}

fn update<A: Shake>(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value>
where
    ShakeHash<A>: Payload,
{
    let hash = this::<A>(th, v)?;
    let bytes = input(th, arg(args, 0))?;
    hash.state.with(th, |state| state.update(&bytes));
    Ok(Value::NONE)
}

fn output<A: Shake>(th: &Thread, v: &Value, length: &Value) -> PyResult<Vec<u8>>
where
    ShakeHash<A>: Payload,
{
    let length = th.index(length)?;
    let length = match IntRef::of(&length) {
        Some(n) if n.is_negative() => return Err(th.value_error("Cannot convert negative int")),
        Some(n) => n.to_u64().unwrap_or(u64::MAX),
        None => 0,
    };
    if length >= 1 << 29 {
        return Err(th.value_error("length is too large"));
    }
    let state = this::<A>(th, v)?.state.with(th, |state| state.clone());
    let mut out = Vec::new();
    out.try_reserve_exact(length as usize).map_err(|_| th.memory_error())?;
    out.resize(length as usize, 0);
    state.finalize_xof().read(&mut out);
    Ok(out)
}

fn digest<A: Shake>(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value>
where
    ShakeHash<A>: Payload,
{
    Ok(th.bytes(&output::<A>(th, v, arg(args, 0))?))
}

fn hexdigest<A: Shake>(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value>
where
    ShakeHash<A>: Payload,
{
    Ok(hex(th, &output::<A>(th, v, arg(args, 0))?))
}

fn get_name<A: Shake>(th: &Thread, _v: &Value) -> PyResult<Value> {
    Ok(th.str(A::NAME))
}

fn get_block_size<A: Shake>(th: &Thread, _v: &Value) -> PyResult<Value> {
    Ok(th.usize(A::BLOCK))
}

fn get_digest_size(th: &Thread, _v: &Value) -> PyResult<Value> {
    Ok(th.int(0))
}

fn get_rate<A: Shake>(th: &Thread, _v: &Value) -> PyResult<Value> {
    Ok(th.usize(A::BLOCK * 8))
}

fn get_capacity<A: Shake>(th: &Thread, _v: &Value) -> PyResult<Value> {
    Ok(th.usize(1600 - A::BLOCK * 8))
}

fn get_suffix(th: &Thread, _v: &Value) -> PyResult<Value> {
    Ok(th.bytes(&[0x1f]))
}

macro_rules! shake_spec {
    ($spec:ident, $a:ty, $name:literal, $doc:literal) => {
        /// The type of its hash objects.
        pub static $spec: TypeSpec = TypeSpec {
            name: $name,
            doc: $doc,
            new_sig: "(data=b'', *, usedforsecurity=True, string=None)",
            slots: &[Slot::New(new::<$a>)],
            methods: &[
                m("copy", "()", copy::<$a>, "Return a copy of the hash object."),
                m("digest", "(length)", digest::<$a>, "Return the digest value as a bytes object."),
                m(
                    "hexdigest",
                    "(length)",
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
                gs("block_size", get_block_size::<$a>, None, ""),
                gs("name", get_name::<$a>, None, ""),
                gs("digest_size", get_digest_size, None, ""),
                gs("_capacity_bits", get_capacity::<$a>, None, ""),
                gs("_rate_bits", get_rate::<$a>, None, ""),
                gs("_suffix", get_suffix, None, ""),
            ],
            ..TypeSpec::of::<ShakeHash<$a>>()
        };
    };
}

shake_spec!(
    SHAKE_128,
    sha3::Shake128,
    "_sha3.shake_128",
    "shake_128([data], *, usedforsecurity=True) -> SHAKE object\n\nReturn a new SHAKE hash object."
);
shake_spec!(
    SHAKE_256,
    sha3::Shake256,
    "_sha3.shake_256",
    "shake_256([data], *, usedforsecurity=True) -> SHAKE object\n\nReturn a new SHAKE hash object."
);
