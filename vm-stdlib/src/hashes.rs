//! `_md5`, `_sha1`, `_sha2`, `_sha3` and `_blake2`: hash functions as `hashlib` uses them.
//!
//! One payload type, `Hash<A>`, serves all algorithms of fixed size; `shake` and `blake2` have their own files.
pub mod blake2;
pub mod shake;

use digest::Digest;
use digest::core_api::BlockSizeUser;
use vm_runtime::buffer::BytesLike;
use vm_runtime::prelude::*;

/// Inputs longer than this are hashed detached.
const DETACH_FROM: usize = 2048;

/// A hash function of fixed size.
pub trait Algorithm: Digest + BlockSizeUser + Clone + Send + Sync + 'static {
    /// `name`.
    const NAME: &'static str;
    /// `_suffix` of SHA-3.
    const SUFFIX: u8 = 6;
}

/// A hash object.
pub struct Hash<A> {
    state: ObjCell<A>,
}

macro_rules! algorithms {
    ($($ty:ty, $name:literal, $payload:literal;)*) => {
        $(
            impl Algorithm for $ty {
                const NAME: &'static str = $name;
            }
            payload!(Hash<$ty>, $payload);
        )*
    };
}

algorithms! {
    md5::Md5, "md5", "_md5.md5";
    sha1::Sha1, "sha1", "_sha1.sha1";
    sha2::Sha224, "sha224", "_sha2.SHA224Type";
    sha2::Sha256, "sha256", "_sha2.SHA256Type";
    sha2::Sha384, "sha384", "_sha2.SHA384Type";
    sha2::Sha512, "sha512", "_sha2.SHA512Type";
    sha3::Sha3_224, "sha3_224", "_sha3.sha3_224";
    sha3::Sha3_256, "sha3_256", "_sha3.sha3_256";
    sha3::Sha3_384, "sha3_384", "_sha3.sha3_384";
    sha3::Sha3_512, "sha3_512", "_sha3.sha3_512";
}

/// The bytes to be hashed.
pub(crate) fn input(th: &Thread, v: &Value) -> PyResult<BytesLike> {
    if v.as_str().is_some() {
        return Err(th.type_error("Strings must be encoded before hashing"));
    }
    if !th.has_buffer(v) {
        return Err(th.type_error("object supporting the buffer API required"));
    }
    th.bytes_like(v)
}

/// The `data` and `string` arguments of a constructor: at most one of them.
pub(crate) fn first_input<'a>(
    th: &Thread,
    data: &'a Value,
    string: &'a Value,
) -> PyResult<Option<&'a Value>> {
    let string = if string.is_none() { Value::unbound_ref() } else { string };
    match (data.is_unbound(), string.is_unbound()) {
        (true, true) => Ok(None),
        (false, true) => Ok(Some(data)),
        (true, false) => {
            Ok(Some(string))
        }
        (false, false) => Err(th.type_error(
            "'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is slated for \
             removal in a future version.",
        )),
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(th: &Thread, bytes: &[u8]) -> Value {
    let digits = crate::binascii::codes::hexlify(bytes, None, 0);
    th.str(&String::from_utf8_lossy(&digits))
}

/// Runs `f`, detached if the input is long.
pub(crate) fn maybe_detached<R>(th: &Thread, length: usize, f: impl FnOnce() -> R) -> R {
    if length > DETACH_FROM { th.detach(f) } else { f() }
}

fn arg(args: &[Value], i: usize) -> &Value {
    args.get(i).unwrap_or(Value::none_ref())
}

fn this<'a, A: Algorithm>(th: &Thread, v: &'a Value) -> PyResult<&'a Hash<A>>
where
    Hash<A>: Payload,
{
    th.expect::<Hash<A>>(v, "a hash object")
}

/// Arguments: data, usedforsecurity, string.
fn start<A: Algorithm>(th: &Thread, args: &[Value]) -> PyResult<Value>
where
    Hash<A>: Payload,
{
    let mut state = A::new();
    if let Some(data) = first_input(th, arg(args, 0), arg(args, 2))? {
        let bytes = input(th, data)?;
        maybe_detached(th, bytes.len(), || state.update(&*bytes));
    }
    Ok(th.new_object(th.type_for::<Hash<A>>(), Hash { state: ObjCell::new(state) }))
}

fn construct<A: Algorithm>(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value>
where
    Hash<A>: Payload,
{
    start::<A>(th, args)
}

fn new<A: Algorithm>(th: &Thread, _cls: TypeRef, args: &[Value]) -> PyResult<Value>
where
    Hash<A>: Payload,
{
    start::<A>(th, args)
}

fn copy<A: Algorithm>(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value>
where
    Hash<A>: Payload,
{
    let state = this::<A>(th, v)?.state.with(th, |state| state.clone());
    Ok(th.new_object(v.type_of(th), Hash { state: ObjCell::new(state) }))
}

fn digest_of<A: Algorithm>(th: &Thread, v: &Value) -> PyResult<Vec<u8>>
where
    Hash<A>: Payload,
{
    let state = this::<A>(th, v)?.state.with(th, |state| state.clone());
    Ok(state.finalize().to_vec())
}

fn digest<A: Algorithm>(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value>
where
    Hash<A>: Payload,
{
    Ok(th.bytes(&digest_of::<A>(th, v)?))
}

fn hexdigest<A: Algorithm>(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value>
where
    Hash<A>: Payload,
{
    Ok(hex(th, &digest_of::<A>(th, v)?))
}

fn update<A: Algorithm>(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value>
where
    Hash<A>: Payload,
{
    let hash = this::<A>(th, v)?;
    let bytes = input(th, arg(args, 0))?;
    hash.state.with(th, |state| state.update(&*bytes));
    Ok(Value::NONE)
}

fn get_name<A: Algorithm>(th: &Thread, _v: &Value) -> PyResult<Value> {
    Ok(th.str(A::NAME))
}

fn get_block_size<A: Algorithm>(th: &Thread, _v: &Value) -> PyResult<Value> {
    Ok(th.usize(A::block_size()))
}

fn get_digest_size<A: Algorithm>(th: &Thread, _v: &Value) -> PyResult<Value> {
    Ok(th.usize(<A as Digest>::output_size()))
}

fn get_rate<A: Algorithm>(th: &Thread, _v: &Value) -> PyResult<Value> {
    Ok(th.usize(A::block_size() * 8))
}

fn get_capacity<A: Algorithm>(th: &Thread, _v: &Value) -> PyResult<Value> {
    Ok(th.usize(1600 - A::block_size() * 8))
}

fn get_suffix<A: Algorithm>(th: &Thread, _v: &Value) -> PyResult<Value> {
    Ok(th.bytes(&[A::SUFFIX]))
}

const CONSTRUCTOR: &str = "(data=b'', *, usedforsecurity=True, string=None)";

macro_rules! hash_spec {
    ($spec:ident, $a:ty, $name:literal, $update:literal, $($rest:tt)*) => {
        /// The type of its hash objects.
        pub static $spec: TypeSpec = TypeSpec {
            name: $name,
            methods: &[
                m("copy", "()", copy::<$a>, "Return a copy of the hash object."),
                m("digest", "()", digest::<$a>, "Return the digest value as a bytes object."),
                m("hexdigest", "()", hexdigest::<$a>, "Return the digest value as a string of hexadecimal digits."),
                m("update", $update, update::<$a>, "Update this hash object's state with the provided string."),
            ],
            $($rest)*
            ..TypeSpec::of::<Hash<$a>>()
        };
    };
}

macro_rules! plain_spec {
    ($spec:ident, $a:ty, $name:literal) => {
        hash_spec! { $spec, $a, $name, "(obj, /)",
            flags: NO_NEW,
            getset: &[
                gs("block_size", get_block_size::<$a>, None, ""),
                gs("name", get_name::<$a>, None, ""),
                gs("digest_size", get_digest_size::<$a>, None, ""),
            ],
        }
    };
}

macro_rules! sha3_spec {
    ($spec:ident, $a:ty, $name:literal, $doc:literal) => {
        hash_spec! { $spec, $a, $name, "(data, /)",
            doc: $doc,
            new_sig: CONSTRUCTOR,
            slots: &[Slot::New(new::<$a>)],
            getset: &[
                gs("block_size", get_block_size::<$a>, None, ""),
                gs("name", get_name::<$a>, None, ""),
                gs("digest_size", get_digest_size::<$a>, None, ""),
                gs("_capacity_bits", get_capacity::<$a>, None, ""),
                gs("_rate_bits", get_rate::<$a>, None, ""),
                gs("_suffix", get_suffix::<$a>, None, ""),
            ],
        }
    };
}

plain_spec!(MD5, md5::Md5, "_md5.md5");
plain_spec!(SHA1, sha1::Sha1, "_sha1.sha1");
plain_spec!(SHA224, sha2::Sha224, "_sha2.SHA224Type");
plain_spec!(SHA256, sha2::Sha256, "_sha2.SHA256Type");
plain_spec!(SHA384, sha2::Sha384, "_sha2.SHA384Type");
plain_spec!(SHA512, sha2::Sha512, "_sha2.SHA512Type");
sha3_spec!(
    SHA3_224,
    sha3::Sha3_224,
    "_sha3.sha3_224",
    "sha3_224([data], *, usedforsecurity=True) -> SHA3 object\n\nReturn a new SHA3 hash object with a hashbit length of 28 bytes."
);
sha3_spec!(
    SHA3_256,
    sha3::Sha3_256,
    "_sha3.sha3_256",
    "sha3_256([data], *, usedforsecurity=True) -> SHA3 object\n\nReturn a new SHA3 hash object with a hashbit length of 32 bytes."
);
sha3_spec!(
    SHA3_384,
    sha3::Sha3_384,
    "_sha3.sha3_384",
    "sha3_384([data], *, usedforsecurity=True) -> SHA3 object\n\nReturn a new SHA3 hash object with a hashbit length of 48 bytes."
);
sha3_spec!(
    SHA3_512,
    sha3::Sha3_512,
    "_sha3.sha3_512",
    "sha3_512([data], *, usedforsecurity=True) -> SHA3 object\n\nReturn a new SHA3 hash object with a hashbit length of 64 bytes."
);

fn min_size(th: &Thread, module: &Value) -> PyResult<()> {
    th.set_module_attr(module, "_GIL_MINSIZE", th.usize(DETACH_FROM))
}

fn init_md5(th: &Thread, module: &Value) -> PyResult<()> {
    th.set_module_attr(module, "MD5Type", th.type_for::<Hash<md5::Md5>>().value())?;
    min_size(th, module)
}

fn init_sha1(th: &Thread, module: &Value) -> PyResult<()> {
    th.set_module_attr(module, "SHA1Type", th.type_for::<Hash<sha1::Sha1>>().value())?;
    min_size(th, module)
}

fn init_sha3(th: &Thread, module: &Value) -> PyResult<()> {
    th.set_module_attr(module, "implementation", th.str("RustCrypto"))?;
    min_size(th, module)
}

/// `_md5`.
pub static MD5_MODULE: ModuleSpec = ModuleSpec {
    name: "_md5",
    functions: &[m(
        "md5",
        CONSTRUCTOR,
        construct::<md5::Md5>,
        "Return a new MD5 hash object; optionally initialized with a string.",
    )],
    hidden_types: &[&MD5],
    init: Some(init_md5),
    ..ModuleSpec::EMPTY
};

/// `_sha1`.
pub static SHA1_MODULE: ModuleSpec = ModuleSpec {
    name: "_sha1",
    functions: &[m(
        "sha1",
        CONSTRUCTOR,
        construct::<sha1::Sha1>,
        "Return a new SHA1 hash object; optionally initialized with a string.",
    )],
    hidden_types: &[&SHA1],
    init: Some(init_sha1),
    ..ModuleSpec::EMPTY
};

/// `_sha2`.
pub static SHA2_MODULE: ModuleSpec = ModuleSpec {
    name: "_sha2",
    functions: &[
        m(
            "sha224",
            CONSTRUCTOR,
            construct::<sha2::Sha224>,
            "Return a new SHA-224 hash object; optionally initialized with a string.",
        ),
        m(
            "sha256",
            CONSTRUCTOR,
            construct::<sha2::Sha256>,
            "Return a new SHA-256 hash object; optionally initialized with a string.",
        ),
        m(
            "sha384",
            CONSTRUCTOR,
            construct::<sha2::Sha384>,
            "Return a new SHA-384 hash object; optionally initialized with a string.",
        ),
        m(
            "sha512",
            CONSTRUCTOR,
            construct::<sha2::Sha512>,
            "Return a new SHA-512 hash object; optionally initialized with a string.",
        ),
    ],
    types: &[&SHA224, &SHA256, &SHA384, &SHA512],
    init: Some(min_size),
    ..ModuleSpec::EMPTY
};

/// `_sha3`.
pub static SHA3_MODULE: ModuleSpec = ModuleSpec {
    name: "_sha3",
    types: &[&SHA3_224, &SHA3_256, &SHA3_384, &SHA3_512, &shake::SHAKE_128, &shake::SHAKE_256],
    init: Some(init_sha3),
    ..ModuleSpec::EMPTY
};
