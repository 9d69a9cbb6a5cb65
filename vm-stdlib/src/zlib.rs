//! `zlib`: compression by the DEFLATE algorithm, on flate2 with zlib-rs.
pub mod stream;

use crate::binascii::{codes, low_bits};
use crate::module_error::ModuleError;
use stream::{Deflater, Inflater, Progress};
use vm_runtime::prelude::*;

/// `zlib.error`.
pub static ERROR: ModuleError =
    ModuleError { key: "zlib.error", module: "zlib", name: "error", base: |th| th.types().exc.exception };

/// What `compressobj` gives.
pub struct Compressor {
    state: ObjCell<Option<Deflater>>,
}
payload!(Compressor, "zlib.Compress");

/// The state of a decompressor.
pub struct Inflating {
    inflater: Inflater,
    eof: bool,
    unused: Vec<u8>,
    /// Input that was not looked at for want of room in the output.
    tail: Vec<u8>,
    needs_input: bool,
}

/// What `decompressobj` gives.
pub struct Decompressor {
    state: ObjCell<Inflating>,
}
payload!(Decompressor, "zlib.Decompress");

/// `_ZlibDecompressor`.
pub struct BufferedDecompressor {
    state: ObjCell<Inflating>,
}
payload!(BufferedDecompressor, "zlib._ZlibDecompressor");

fn arg(args: &[Value], i: usize) -> &Value {
    args.get(i).unwrap_or(Value::unbound_ref())
}

fn int_or(th: &Thread, v: &Value, default: i32) -> PyResult<i32> {
    if v.is_unbound() { Ok(default) } else { th.as_c_int(v) }
}

fn failure(th: &Thread, doing: &str, message: &stream::Failure) -> Raised {
    let text = match &message.text {
        Some(text) => format!("Error {} while {doing}: {text}", message.code),
        None => format!("Error {} while {doing}", message.code),
    };
    ERROR.raise(th, text)
}

fn dictionary(th: &Thread, v: &Value) -> PyResult<Option<Vec<u8>>> {
    if v.is_unbound() || v.is_none() {
        return Ok(None);
    }
    if !th.has_buffer(v) {
        return Err(th.type_error("zdict argument must support the buffer protocol"));
    }
    Ok(Some(th.bytes_like(v)?.to_vec()).filter(|dict| !dict.is_empty()))
}

fn compress(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let data = th.bytes_like(arg(args, 0))?;
    let level = int_or(th, arg(args, 1), -1)?;
    let wbits = int_or(th, arg(args, 2), 15)?;
    if !(-1..=9).contains(&level) {
        return Err(ERROR.raise(th, "Bad compression level"));
    }
    let Some(mut deflater) = Deflater::new(level, wbits) else {
        return Err(th.value_error("Invalid initialization option"));
    };
    let mut out = Vec::new();
    let done = th.detach(|| deflater.run(&data, stream::Z_FINISH, &mut out));
    done.map_err(|e| failure(th, "compressing data", &e))?;
    Ok(th.bytes(&out))
}

fn decompress(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let data = th.bytes_like(arg(args, 0))?;
    let wbits = int_or(th, arg(args, 1), 15)?;
    if !arg(args, 2).is_unbound() && th.index_i64(arg(args, 2))? < 0 {
        return Err(th.value_error("bufsize must be non-negative"));
    }
    let Some(mut inflater) = Inflater::new(wbits, None) else {
        return Err(th.value_error("Invalid initialization option"));
    };
    let mut out = Vec::new();
    let progress = th.detach(|| inflater.run(&data, usize::MAX, &mut out));
    match progress.map_err(|e| failure(th, "decompressing data", &e))? {
        Progress { eof: true, .. } => Ok(th.bytes(&out)),
        _ => Err(ERROR.raise(th, "Error -5 while decompressing data: incomplete or truncated stream")),
    }
}

fn adler32(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    const MODULUS: u32 = 65521;
    let data = th.bytes_like(arg(args, 0))?;
    let start = if arg(args, 1).is_unbound() { 1 } else { low_bits(th, arg(args, 1))? };
    let (mut a, mut b) = (start & 0xffff, start >> 16);
    // Sums of 5552 bytes fit 32 bits.
    for chunk in data.chunks(5552) {
        for &byte in chunk {
            a += u32::from(byte);
            b += a;
        }
        a %= MODULUS;
        b %= MODULUS;
    }
    Ok(th.int(i64::from(b << 16 | a)))
}

fn crc32(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let data = th.bytes_like(arg(args, 0))?;
    let start = if arg(args, 1).is_unbound() { 0 } else { low_bits(th, arg(args, 1))? };
    Ok(th.int(i64::from(th.detach(|| codes::crc32(start, &data)))))
}

/// Arguments: level, method, wbits, memLevel, strategy, zdict.
fn compressobj(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let level = int_or(th, arg(args, 0), -1)?;
    let method = int_or(th, arg(args, 1), 8)?;
    let wbits = int_or(th, arg(args, 2), 15)?;
    let memory = int_or(th, arg(args, 3), 8)?;
    let strategy = int_or(th, arg(args, 4), 0)?;
    let zdict = dictionary(th, arg(args, 5))?;
    let valid =
        (-1..=9).contains(&level) && method == 8 && (1..=9).contains(&memory) && (0..=4).contains(&strategy);
    let Some(mut deflater) = Deflater::new(level, wbits).filter(|_| valid) else {
        return Err(th.value_error("Invalid initialization option"));
    };
    if let Some(zdict) = zdict
        && !deflater.set_dictionary(&zdict)
    {
        return Err(th.value_error("Invalid dictionary"));
    }
    Ok(th.new_object(th.type_for::<Compressor>(), Compressor { state: ObjCell::new(Some(deflater)) }))
}

fn compressor_run(th: &Thread, v: &Value, data: &[u8], mode: i32, doing: &str) -> PyResult<Value> {
    let this = th.expect::<Compressor>(v, "a Compress object")?;
    let mut out = Vec::new();
    let done = this.state.with(th, |state| match state {
        Some(deflater) => {
            let done = deflater.run(data, mode, &mut out);
            if mode == stream::Z_FINISH && done.is_ok() {
                *state = None;
            }
            done
        }
        None => Err(stream::Failure { code: -2, text: Some("inconsistent stream state".to_owned()) }),
    });
    done.map_err(|e| failure(th, doing, &e))?;
    Ok(th.bytes(&out))
}

fn compressor_compress(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let data = th.bytes_like(arg(args, 0))?;
    compressor_run(th, v, &data, stream::Z_NO_FLUSH, "compressing data")
}

fn compressor_flush(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let mode = int_or(th, arg(args, 0), stream::Z_FINISH)?;
    if mode == stream::Z_NO_FLUSH {
        return Ok(th.bytes(b""));
    }
    compressor_run(th, v, b"", mode, "flushing")
}

fn no_copy(th: &Thread, _v: &Value, _args: &[Value]) -> PyResult<Value> {
    Err(th.not_implemented_error("copying the state of a zlib stream is not supported"))
}

fn inflating(th: &Thread, wbits: &Value, zdict: &Value) -> PyResult<Inflating> {
    let wbits = int_or(th, wbits, 15)?;
    let zdict = dictionary(th, zdict)?;
    match Inflater::new(wbits, zdict) {
        Some(inflater) => {
            Ok(Inflating { inflater, eof: false, unused: Vec::new(), tail: Vec::new(), needs_input: true })
        }
        None => Err(th.value_error("Invalid initialization option")),
    }
}

fn decompressobj(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let state = inflating(th, arg(args, 0), arg(args, 1))?;
    Ok(th.new_object(th.type_for::<Decompressor>(), Decompressor { state: ObjCell::new(state) }))
}

/// Decompresses `data`, at most `most` bytes of output.
fn inflate(state: &mut Inflating, data: &[u8], most: usize) -> Result<Vec<u8>, stream::Failure> {
    let mut out = Vec::new();
    let progress = state.inflater.run(data, most, &mut out)?;
    let rest = data.get(progress.consumed..).unwrap_or_default();
    if progress.eof {
        state.eof = true;
        state.unused.extend_from_slice(rest);
        state.tail.clear();
    } else {
        state.tail = rest.to_vec();
    }
    state.needs_input = !progress.eof && !progress.full;
    Ok(out)
}

fn decompressor_decompress(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let data = th.bytes_like(arg(args, 0))?;
    let most = if arg(args, 1).is_unbound() { 0 } else { th.index_i64(arg(args, 1))? };
    let most = match usize::try_from(most) {
        Ok(0) => usize::MAX,
        Ok(n) => n,
        Err(_) => return Err(th.value_error("max_length must be non-negative")),
    };
    let this = th.expect::<Decompressor>(v, "a Decompress object")?;
    let out = this.state.with(th, |state| {
        if state.eof {
            state.unused.extend_from_slice(&data);
            return Ok(Vec::new());
        }
        inflate(state, &data, most)
    });
    Ok(th.bytes(&out.map_err(|e| failure(th, "decompressing data", &e))?))
}

fn decompressor_flush(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    if !arg(args, 0).is_unbound() && th.index_i64(arg(args, 0))? <= 0 {
        return Err(th.value_error("length must be greater than zero"));
    }
    let this = th.expect::<Decompressor>(v, "a Decompress object")?;
    let out = this.state.with(th, |state| {
        if state.eof {
            return Ok(Vec::new());
        }
        let tail = std::mem::take(&mut state.tail);
        inflate(state, &tail, usize::MAX)
    });
    Ok(th.bytes(&out.map_err(|e| failure(th, "flushing", &e))?))
}

fn get_unused(th: &Thread, v: &Value) -> PyResult<Value> {
    let this = th.expect::<Decompressor>(v, "a Decompress object")?;
    Ok(th.bytes(&this.state.with(th, |state| state.unused.clone())))
}

fn get_tail(th: &Thread, v: &Value) -> PyResult<Value> {
    let this = th.expect::<Decompressor>(v, "a Decompress object")?;
    Ok(th.bytes(&this.state.with(th, |state| state.tail.clone())))
}

fn get_eof(th: &Thread, v: &Value) -> PyResult<Value> {
    let this = th.expect::<Decompressor>(v, "a Decompress object")?;
    Ok(Value::bool(this.state.with(th, |state| state.eof)))
}

fn buffered_new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let state = inflating(th, arg(args, 0), arg(args, 1))?;
    Ok(th.new_object(cls, BufferedDecompressor { state: ObjCell::new(state) }))
}

fn buffered_decompress(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let data = th.bytes_like(arg(args, 0))?;
    let most = if arg(args, 1).is_unbound() { -1 } else { th.index_i64(arg(args, 1))? };
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let this = th.expect::<BufferedDecompressor>(v, "a _ZlibDecompressor object")?;
    let out = this.state.with(th, |state| {
        if state.eof {
            return None;
        }
        let mut input = std::mem::take(&mut state.tail);
        input.extend_from_slice(&data);
        Some(inflate(state, &input, most))
    });
    match out {
        Some(out) => Ok(th.bytes(&out.map_err(|e| failure(th, "decompressing data", &e))?)),
        None => Err(th.eof_error("End of stream already reached")),
    }
}

fn buffered_eof(th: &Thread, v: &Value) -> PyResult<Value> {
    let this = th.expect::<BufferedDecompressor>(v, "a _ZlibDecompressor object")?;
    Ok(Value::bool(this.state.with(th, |state| state.eof)))
}

fn buffered_unused(th: &Thread, v: &Value) -> PyResult<Value> {
    let this = th.expect::<BufferedDecompressor>(v, "a _ZlibDecompressor object")?;
    Ok(th.bytes(&this.state.with(th, |state| state.unused.clone())))
}

fn buffered_needs_input(th: &Thread, v: &Value) -> PyResult<Value> {
    let this = th.expect::<BufferedDecompressor>(v, "a _ZlibDecompressor object")?;
    Ok(Value::bool(this.state.with(th, |state| state.needs_input)))
}

static COMPRESS: TypeSpec = TypeSpec {
    name: "zlib.Compress",
    flags: NO_NEW,
    methods: &[
        m("compress", "(data, /)", compressor_compress, "Returns a bytes object containing compressed data."),
        m(
            "flush",
            "(mode=zlib.Z_FINISH, /)",
            compressor_flush,
            "Return a bytes object containing any remaining compressed data.",
        ),
        m("copy", "()", no_copy, "Return a copy of the compression object."),
        m("__copy__", "()", no_copy, ""),
        m("__deepcopy__", "(memo, /)", no_copy, ""),
    ],
    ..TypeSpec::of::<Compressor>()
};

static DECOMPRESS: TypeSpec = TypeSpec {
    name: "zlib.Decompress",
    flags: NO_NEW,
    methods: &[
        m(
            "decompress",
            "(data, /, max_length=0)",
            decompressor_decompress,
            "Return a bytes object containing the decompressed version of the data.",
        ),
        m(
            "flush",
            "(length=zlib.DEF_BUF_SIZE, /)",
            decompressor_flush,
            "Return a bytes object containing any remaining decompressed data.",
        ),
        m("copy", "()", no_copy, "Return a copy of the decompression object."),
        m("__copy__", "()", no_copy, ""),
        m("__deepcopy__", "(memo, /)", no_copy, ""),
    ],
    getset: &[
        gs("unused_data", get_unused, None, ""),
        gs("unconsumed_tail", get_tail, None, ""),
        gs("eof", get_eof, None, ""),
    ],
    ..TypeSpec::of::<Decompressor>()
};

static BUFFERED: TypeSpec = TypeSpec {
    name: "zlib._ZlibDecompressor",
    doc: "Create a decompressor object for decompressing data incrementally.",
    new_sig: "(wbits=15, zdict=b'')",
    slots: &[Slot::New(buffered_new)],
    methods: &[m(
        "decompress",
        "(data, max_length=-1)",
        buffered_decompress,
        "Decompress *data*, returning uncompressed data as bytes.",
    )],
    getset: &[
        mb("eof", buffered_eof, None, "True if the end-of-stream marker has been reached."),
        mb("unused_data", buffered_unused, None, "Data found after the end of the compressed stream."),
        mb(
            "needs_input",
            buffered_needs_input,
            None,
            "True if more input is needed before more decompressed data can be produced.",
        ),
    ],
    ..TypeSpec::of::<BufferedDecompressor>()
};

fn init(th: &Thread, module: &Value) -> PyResult<()> {
    th.set_module_attr(module, "error", ERROR.class(th)?)?;
    for (name, n) in [
        ("MAX_WBITS", 15),
        ("DEFLATED", 8),
        ("DEF_MEM_LEVEL", 8),
        ("DEF_BUF_SIZE", 16384),
        ("Z_BEST_COMPRESSION", 9),
        ("Z_BEST_SPEED", 1),
        ("Z_BLOCK", 5),
        ("Z_DEFAULT_COMPRESSION", -1),
        ("Z_DEFAULT_STRATEGY", 0),
        ("Z_FILTERED", 1),
        ("Z_FINISH", 4),
        ("Z_FIXED", 4),
        ("Z_FULL_FLUSH", 3),
        ("Z_HUFFMAN_ONLY", 2),
        ("Z_NO_COMPRESSION", 0),
        ("Z_NO_FLUSH", 0),
        ("Z_PARTIAL_FLUSH", 1),
        ("Z_RLE", 3),
        ("Z_SYNC_FLUSH", 2),
        ("Z_TREES", 6),
    ] {
        th.set_module_attr(module, name, th.int(n))?;
    }
    th.set_module_attr(module, "ZLIB_VERSION", th.str("1.3.1"))?;
    th.set_module_attr(module, "ZLIB_RUNTIME_VERSION", th.str("1.3.1"))
}

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "zlib",
    doc: "The functions in this module allow compression and decompression using the\nzlib library, which is based on GNU zip.\n\nadler32(string[, start]) -- Compute an Adler-32 checksum.\ncompress(data[, level]) -- Compress data, with compression level 0-9 or -1.\ncompressobj([level[, ...]]) -- Return a compressor object.\ncrc32(string[, start]) -- Compute a CRC-32 checksum.\ndecompress(string,[wbits],[bufsize]) -- Decompresses a compressed string.\ndecompressobj([wbits[, zdict]]) -- Return a decompressor object.\n\n'wbits' is window buffer size and container format.\nCompressor objects support compress() and flush() methods; decompressor\nobjects support decompress() and flush().",
    functions: &[
        m(
            "adler32",
            "(data, value=1, /)",
            adler32,
            "Compute an Adler-32 checksum of data.\n\n  value\n    Starting value of the checksum.\n\nThe returned checksum is an integer.",
        ),
        m(
            "compress",
            "(data, /, level=Z_DEFAULT_COMPRESSION, wbits=MAX_WBITS)",
            compress,
            "Returns a bytes object containing compressed data.\n\n  data\n    Binary data to be compressed.\n  level\n    Compression level, in 0-9 or -1.\n  wbits\n    The window buffer size and container format.",
        ),
        m(
            "compressobj",
            "(level=-1, method=8, wbits=15, memLevel=8, strategy=0, zdict=None)",
            compressobj,
            "Return a compressor object.\n\n  level\n    The compression level (an integer in the range 0-9 or -1; default is\n    currently equivalent to 6).  Higher compression levels are slower,\n    but produce smaller results.\n  method\n    The compression algorithm.  If given, this must be DEFLATED.\n  wbits\n    +9 to +15: The base-two logarithm of the window size.  Include a zlib\n        container.\n    -9 to -15: Generate a raw stream.\n    +25 to +31: Include a gzip container.\n  memLevel\n    Controls the amount of memory used for internal compression state.\n    Valid values range from 1 to 9.  Higher values result in higher memory\n    usage, faster compression, and smaller output.\n  strategy\n    Used to tune the compression algorithm.  Possible values are\n    Z_DEFAULT_STRATEGY, Z_FILTERED, and Z_HUFFMAN_ONLY.\n  zdict\n    The predefined compression dictionary - a sequence of bytes\n    containing subsequences that are likely to occur in the input data.",
        ),
        m(
            "crc32",
            "(data, value=0, /)",
            crc32,
            "Compute a CRC-32 checksum of data.\n\n  value\n    Starting value of the checksum.\n\nThe returned checksum is an integer.",
        ),
        m(
            "decompress",
            "(data, /, wbits=MAX_WBITS, bufsize=DEF_BUF_SIZE)",
            decompress,
            "Returns a bytes object containing the uncompressed data.\n\n  data\n    Compressed data.\n  wbits\n    The window buffer size and container format.\n  bufsize\n    The initial output buffer size.",
        ),
        m(
            "decompressobj",
            "(wbits=MAX_WBITS, zdict=b'')",
            decompressobj,
            "Return a decompressor object.\n\n  wbits\n    The window buffer size and container format.\n  zdict\n    The predefined compression dictionary.  This must be the same\n    dictionary as used by the compressor that produced the input data.",
        ),
    ],
    types: &[&BUFFERED],
    hidden_types: &[&COMPRESS, &DECOMPRESS],
    init: Some(init),
};
