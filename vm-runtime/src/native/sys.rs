//! `sys`.
mod environment;

use crate::interp::frames::FrameObject;
use crate::prelude::*;
use crate::struct_sequence::StructSpec;
use std::sync::atomic::Ordering;

fn or_none(v: &Value) -> Value {
    if v.is_unbound() { Value::NONE } else { v.clone() }
}

fn exit(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    Err(th.system_exit(or_none(&a[0])))
}

fn exc_info(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    let exc = th.handled_exception();
    if exc.is_none() {
        return Ok(th.tuple(vec![Value::NONE, Value::NONE, Value::NONE]));
    }
    let tb = th.getattr(&exc, &th.names().__traceback__)?;
    Ok(th.tuple(vec![exc.type_of(th).value(), exc, tb]))
}

fn exception(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.handled_exception())
}

fn getframe(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let depth = if a[0].is_unbound() { 0 } else { th.index_i64(&a[0])? };
    th.frame_at(depth.max(0) as usize)
}

fn getframemodulename(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let depth = if a[0].is_unbound() { 0 } else { th.index_i64(&a[0])? };
    match th.frame_at(depth.max(0) as usize) {
        Ok(frame) => {
            let f = th.expect::<FrameObject>(&frame, "frame")?;
            match f.function.payload::<crate::types::function::Function>() {
                Some(f) => Ok(f.module.get(th)),
                None => Ok(Value::NONE),
            }
        }
        Err(_) => {
            th.clear_error();
            Ok(Value::NONE)
        }
    }
}

fn getrecursionlimit(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.usize(th.vm().recursion_limit.load(Ordering::Relaxed)))
}

fn setrecursionlimit(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let n = th.index_i64(&a[0])?;
    if n < 1 {
        return Err(th.value_error("recursion limit must be greater or equal than 1"));
    }
    if n > i64::from(i32::MAX) {
        return Err(th.overflow_error("Python int too large to convert to C int"));
    }
    if n as usize <= th.depth.get() {
        return Err(th.recursion_error(format!(
            "cannot set the recursion limit to {n} at the recursion depth {}: the limit is too low",
            th.depth.get()
        )));
    }
    th.vm().recursion_limit.store(n as usize, Ordering::Relaxed);
    Ok(Value::NONE)
}

fn getrefcount(_: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let n = match a[0].header() {
        // The argument itself counts, as in CPython, where it is not borrowed.
        Some(h) => vm_core::refcount::count(h) + i64::from(a[0].is_borrowed()),
        None => i64::from(u32::MAX),
    };
    Ok(Value::int_unchecked(n))
}

fn intern(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    if !th.is_exact(&a[0], th.types().str) {
        return Err(th.type_error(format!("can't intern {}", a[0].type_name(th))));
    }
    Ok(th.vm().interner.intern_value(th, &a[0]))
}

fn is_interned(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    if a[0].as_str().is_none() {
        return Err(th.type_error(format!("_is_interned() argument must be str, not {}", a[0].type_name(th))));
    }
    Ok(Value::bool(crate::protocol::attribute::is_interned(&a[0])))
}

fn getsizeof(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let result = match th.call_special(&a[0], &th.names().__sizeof__, &[]) {
        Ok(Some(v)) => v,
        Ok(None) => {
            return Err(th.type_error(format!("Type {} doesn't define __sizeof__", a[0].type_name(th))));
        }
        Err(raised) => {
            if !a[1].is_unbound() && th.error_is(th.types().exc.type_error) {
                th.clear_error();
                return Ok(a[1].clone());
            }
            return Err(raised);
        }
    };
    let n = th.index_i64(&result)?;
    if n < 0 {
        return Err(th.value_error("__sizeof__() should return >= 0"));
    }
    Ok(th.int(n))
}

fn displayhook(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let v = &a[0];
    if v.is_none() {
        return Ok(Value::NONE);
    }
    let builtins = th.builtins_module();
    th.set_module_attr(&builtins, "_", Value::NONE)?;
    let Some(out) = th.sys_attr("stdout").filter(|o| !o.is_none()) else {
        return Err(th.runtime_error("lost sys.stdout"));
    };
    let text = th.repr(v)?;
    if th.call_method(&out, "write", std::slice::from_ref(&text)).is_err() {
        if !th.error_is(th.types().exc.unicode_encode_error) {
            return Err(Raised::set_in_thread());
        }
        th.clear_error();
        let encoding = th.getattr_str(&out, "encoding")?;
        let bytes = th.call_method(&text, "encode", &[encoding.clone(), th.str("backslashreplace")])?;
        let text = th.call_method(&bytes, "decode", &[encoding, th.str("strict")])?;
        th.call_method(&out, "write", &[text])?;
    }
    th.call_method(&out, "write", &[th.str("\n")])?;
    th.set_module_attr(&builtins, "_", v.clone())?;
    Ok(Value::NONE)
}

fn excepthook(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    crate::traceback::hooks::excepthook(th, &a[1], &a[2]);
    Ok(Value::NONE)
}

fn unraisablehook(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    crate::traceback::hooks::unraisablehook(th, &a[0])?;
    Ok(Value::NONE)
}

fn breakpointhook(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let given = if th.vm().config.ignore_environment {
        None
    } else {
        let environment = crate::host::process::environment();
        environment.into_iter().find(|(name, _)| name == b"PYTHONBREAKPOINT").map(|(_, value)| value)
    };
    let name = match given {
        Some(value) if value == b"0" => return Ok(Value::NONE),
        Some(value) if !value.is_empty() => String::from_utf8_lossy(&value).into_owned(),
        _ => "pdb.set_trace".to_owned(),
    };
    let ignored = |th: &Thread| {
        th.clear_error();
        th.warn(
            th.types().exc.runtime_warning,
            format!("Ignoring unimportable $PYTHONBREAKPOINT: \"{name}\""),
            1,
        )
        .map(|()| Value::NONE)
    };
    let (module, attribute) = match name.rsplit_once('.') {
        None => ("builtins", name.as_str()),
        Some(("", _)) => return ignored(th),
        Some(parts) => parts,
    };
    let module = match th.import(module) {
        Ok(_) => th.imported_module(module).unwrap_or(Value::NONE),
        Err(_) if th.error_is(th.types().exc.import_error) => return ignored(th),
        Err(raised) => return Err(raised),
    };
    let hook = match th.getattr_str(&module, attribute) {
        Ok(hook) => hook,
        Err(_) if th.error_is(th.types().exc.attribute_error) => return ignored(th),
        Err(raised) => return Err(raised),
    };
    th.call_dict(&hook, &a[1..], Some(&a[0]))
}

fn gil_enabled(_: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(cfg!(feature = "gil")))
}

fn getswitchinterval(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.float(th.vm().switch_interval_micros.load(Ordering::Relaxed) as f64 / 1e6))
}

fn setswitchinterval(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let seconds = th.as_f64(&a[0])?;
    if seconds.is_nan() || seconds <= 0.0 {
        return Err(th.value_error("switch interval must be strictly positive"));
    }
    let micros = (seconds * 1e6).clamp(1.0, 1e12) as u64;
    th.vm().switch_interval_micros.store(micros, Ordering::Relaxed);
    #[cfg(feature = "gil")]
    th.vm().world.set_switch_interval(std::time::Duration::from_micros(micros));
    Ok(Value::NONE)
}

fn settrace(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    th.set_trace_function(&a[0]);
    Ok(Value::NONE)
}

fn setprofile(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    th.set_profile_function(&a[0]);
    Ok(Value::NONE)
}

fn get_asyncgen_hooks(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    ASYNCGEN_HOOKS.make(th, vec![th.asyncgen_firstiter.get(), th.asyncgen_finalizer.get()])
}

fn set_asyncgen_hooks(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    for (v, what) in [(&a[0], "firstiter"), (&a[1], "finalizer")] {
        if !v.is_unbound() && !v.is_none() && !th.is_callable(v) {
            return Err(th.type_error(format!("callable {what} expected, got {}", v.type_name(th))));
        }
    }
    if !a[0].is_unbound() {
        th.asyncgen_firstiter.set(a[0].clone());
    }
    if !a[1].is_unbound() {
        th.asyncgen_finalizer.set(a[1].clone());
    }
    Ok(Value::NONE)
}

fn set_origin_depth(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let n = th.index_i64(&a[0])?;
    if n < 0 {
        return Err(th.value_error("depth must be >= 0"));
    }
    th.coroutine_origin_depth.set(n.min(1000) as i32);
    Ok(Value::NONE)
}

fn set_int_digits(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let n = th.index_i64(&a[0])?;
    if n != 0 && n < 640 {
        return Err(th.value_error("maxdigits must be >= 640 or 0 for unlimited"));
    }
    th.vm().int_max_str_digits.store(n as usize, Ordering::Relaxed);
    Ok(Value::NONE)
}

/// Frames of all threads: the world is stopped while they are looked at.
fn by_ident(th: &Thread, rows: Vec<(u64, Value)>) -> PyResult<Value> {
    let dict = th.dict();
    if let Some(d) = dict.payload::<Dict>() {
        for (ident, value) in rows {
            d.set(th, &th.int(ident as i64), value)?;
        }
    }
    Ok(dict)
}

fn current_frames(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    th.audit("sys._current_frames", &[])?;
    by_ident(th, th.frames_of_all_threads())
}

fn current_exceptions(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    th.audit("sys._current_exceptions", &[])?;
    by_ident(th, th.exceptions_of_all_threads())
}

fn clear_type_descriptors(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let Some(ty) = TypeRef::from_value(&a[0]) else {
        return Err(th.type_error(format!(
            "_clear_type_descriptors() argument must be type, not {}",
            a[0].type_name(th)
        )));
    };
    if ty.has(IMMUTABLE) {
        return Err(th.type_error("argument is immutable"));
    }
    for name in [&th.names().__dict__, &th.names().__weakref__] {
        ty.dict().del(th, name)?;
    }
    ty.modified(th);
    Ok(Value::NONE)
}

static VERSION_INFO: StructSpec = StructSpec::new(
    "sys.version_info",
    "sys.version_info\n\nVersion information as a named tuple.",
    &[
        ("major", "Major release number"),
        ("minor", "Minor release number"),
        ("micro", "Patch release number"),
        ("releaselevel", "'alpha', 'beta', 'candidate', or 'final'"),
        ("serial", "Serial release number"),
    ],
    5,
)
.closed();
static FLAGS: StructSpec = StructSpec::new(
    "sys.flags",
    "sys.flags\n\nFlags provided through command line arguments or environment vars.",
    &[
        ("debug", "-d"),
        ("inspect", "-i"),
        ("interactive", "-i"),
        ("optimize", "-O or -OO"),
        ("dont_write_bytecode", "-B"),
        ("no_user_site", "-s"),
        ("no_site", "-S"),
        ("ignore_environment", "-E"),
        ("verbose", "-v"),
        ("bytes_warning", "-b"),
        ("quiet", "-q"),
        ("hash_randomization", "-R"),
        ("isolated", "-I"),
        ("dev_mode", "-X dev"),
        ("utf8_mode", "-X utf8"),
        ("warn_default_encoding", "-X warn_default_encoding"),
        ("safe_path", "-P"),
        ("int_max_str_digits", "-X int_max_str_digits"),
        ("gil", "-X gil"),
        ("thread_inherit_context", "-X thread_inherit_context"),
        ("context_aware_warnings", "-X context_aware_warnings"),
    ],
    18,
)
.closed();
static FLOAT_INFO: StructSpec = StructSpec::new(
    "sys.float_info",
    "sys.float_info\n\nA named tuple holding information about the float type. It contains low level\ninformation about the precision and internal representation. Please study\nyour system's :file:`float.h` for more information.",
    &[
        ("max", "DBL_MAX -- maximum representable finite float"),
        ("max_exp", "DBL_MAX_EXP -- maximum int e such that radix**(e-1) is representable"),
        ("max_10_exp", "DBL_MAX_10_EXP -- maximum int e such that 10**e is representable"),
        ("min", "DBL_MIN -- Minimum positive normalized float"),
        ("min_exp", "DBL_MIN_EXP -- minimum int e such that radix**(e-1) is a normalized float"),
        ("min_10_exp", "DBL_MIN_10_EXP -- minimum int e such that 10**e is a normalized float"),
        ("dig", "DBL_DIG -- maximum number of decimal digits that can be faithfully represented in a float"),
        ("mant_dig", "DBL_MANT_DIG -- mantissa digits"),
        ("epsilon", "DBL_EPSILON -- Difference between 1 and the next representable float"),
        ("radix", "FLT_RADIX -- radix of exponent"),
        ("rounds", "FLT_ROUNDS -- rounding mode used for arithmetic operations"),
    ],
    11,
);
static INT_INFO: StructSpec = StructSpec::new(
    "sys.int_info",
    "sys.int_info\n\nA named tuple that holds information about Python's\ninternal representation of integers.  The attributes are read only.",
    &[
        ("bits_per_digit", "size of a digit in bits"),
        ("sizeof_digit", "size in bytes of the C type used to represent a digit"),
        ("default_max_str_digits", "maximum string conversion digits limitation"),
        ("str_digits_check_threshold", "minimum positive value for int_max_str_digits"),
    ],
    4,
);
static HASH_INFO: StructSpec = StructSpec::new(
    "sys.hash_info",
    "hash_info\n\nA named tuple providing parameters used for computing\nhashes. The attributes are read only.",
    &[
        ("width", "width of the type used for hashing, in bits"),
        ("modulus", "prime number giving the modulus on which the hash function is based"),
        ("inf", "value to be used for hash of a positive infinity"),
        ("nan", "value to be used for hash of a nan"),
        ("imag", "multiplier used for the imaginary part of a complex number"),
        ("algorithm", "name of the algorithm for hashing of str, bytes and memoryviews"),
        ("hash_bits", "internal output size of hash algorithm"),
        ("seed_bits", "seed size of hash algorithm"),
        ("cutoff", "small string optimization cutoff"),
    ],
    9,
);
static THREAD_INFO: StructSpec = StructSpec::new(
    "sys.thread_info",
    "sys.thread_info\n\nA named tuple holding information about the thread implementation.",
    &[
        ("name", "name of the thread implementation"),
        ("lock", "name of the lock implementation"),
        ("version", "name and version of the thread library"),
    ],
    3,
);
static ASYNCGEN_HOOKS: StructSpec = StructSpec::new(
    "sys.asyncgen_hooks",
    "asyncgen_hooks\n\nA named tuple providing information about asynchronous\ngenerators hooks.  The attributes are read only.",
    &[("firstiter", "Hook to intercept first iteration"), ("finalizer", "Hook to intercept finalization")],
    2,
);

fn strings(th: &Thread, items: &[String]) -> Value {
    th.list(items.iter().map(|s| th.str(s)).collect())
}

fn init(th: &Thread, module: &Value) -> PyResult<()> {
    let c = &th.vm().config;
    let set = |name: &str, v: Value| th.set_module_attr(module, name, v);
    let int = |n: i64| th.int(n);
    let version = [int(3), int(14), int(0), th.str("final"), int(0)];
    set("version_info", VERSION_INFO.make(th, version.to_vec())?)?;
    set("version", th.str(&format!("3.14.0 (Orochi {}) [Rust]", env!("CARGO_PKG_VERSION"))))?;
    set("hexversion", int(0x030e_00f0))?;
    set("api_version", int(1013))?;
    set("copyright", th.str("Copyright (c) the Orochi developers.\nThe standard library: Copyright (c) Python Software Foundation."))?;
    set("platform", th.str(if cfg!(target_os = "macos") { "darwin" } else { "linux" }))?;
    set("byteorder", th.str(if cfg!(target_endian = "little") { "little" } else { "big" }))?;
    set("maxsize", th.int(i64::MAX))?;
    set("maxunicode", int(0x10_ffff))?;
    set("float_repr_style", th.str("short"))?;
    set("abiflags", th.str(if cfg!(feature = "gil") { "" } else { "t" }))?;
    set("platlibdir", th.str("lib"))?;
    set("_framework", th.str(""))?;
    set("_git", th.tuple(vec![th.str("Orochi"), th.str(""), th.str("")]))?;
    set("executable", th.str(&c.executable))?;
    environment::set(th, module)?;
    set("_stdlib_dir", c.home.as_ref().map_or_else(|| th.str(vm_pylib::LIB_DIR), |h| th.str(h)))?;
    set("pycache_prefix", c.pycache_prefix.as_ref().map_or(Value::NONE, |p| th.str(p)))?;
    set("argv", strings(th, &c.argv))?;
    set("orig_argv", strings(th, &c.orig_argv))?;
    let mut path = c.module_search_paths.clone();
    path.extend(c.home.clone());
    set("path", strings(th, &path))?;
    set("path_hooks", th.list(Vec::new()))?;
    set("meta_path", th.list(Vec::new()))?;
    set("path_importer_cache", th.dict())?;
    set("warnoptions", strings(th, &c.warn_options))?;
    let xoptions = th.dict();
    if let Some(d) = xoptions.payload::<Dict>() {
        for (k, v) in &c.x_options {
            d.set(th, &th.str(k), v.as_ref().map_or(Value::TRUE, |v| th.str(v)))?;
        }
    }
    set("_xoptions", xoptions)?;
    set("dont_write_bytecode", Value::bool(c.dont_write_bytecode))?;
    let flag = |b: bool| int(i64::from(b));
    let flags = vec![
        int(i64::from(c.debug)),
        flag(c.inspect),
        flag(c.interactive),
        int(i64::from(c.optimize)),
        flag(c.dont_write_bytecode),
        flag(c.no_user_site),
        flag(c.no_site),
        flag(c.ignore_environment),
        int(i64::from(c.verbose)),
        int(i64::from(c.bytes_warning)),
        flag(c.quiet),
        flag(c.hash_seed != Some(0)),
        flag(c.isolated),
        Value::bool(c.dev_mode),
        flag(c.utf8_mode),
        flag(c.x_options.iter().any(|(name, _)| name == "warn_default_encoding")),
        Value::bool(c.safe_path),
        th.usize(c.int_max_str_digits),
        flag(cfg!(feature = "gil")),
        flag(c.thread_inherit_context),
        flag(c.context_aware_warnings),
    ];
    set("flags", FLAGS.make(th, flags)?)?;
    let float_info = vec![
        th.float(f64::MAX),
        int(1024),
        int(308),
        th.float(f64::MIN_POSITIVE),
        int(-1021),
        int(-307),
        int(15),
        int(53),
        th.float(f64::EPSILON),
        int(2),
        int(1),
    ];
    set("float_info", FLOAT_INFO.make(th, float_info)?)?;
    set("int_info", INT_INFO.make(th, vec![int(30), int(4), int(4300), int(640)])?)?;
    let hash_info = vec![
        int(64),
        int((1 << 61) - 1),
        int(314_159),
        int(0),
        int(1_000_003),
        th.str("siphash13"),
        int(64),
        int(128),
        int(0),
    ];
    set("hash_info", HASH_INFO.make(th, hash_info)?)?;
    let library = crate::host::process::thread_library().map_or(Value::NONE, |name| th.str(&name));
    set("thread_info", THREAD_INFO.make(th, vec![th.str("pthread"), th.str("pymutex"), library])?)?;
    let mut builtin_names: Vec<&str> = th.native_module_names();
    builtin_names.sort_unstable();
    builtin_names.dedup();
    set("builtin_module_names", th.tuple(builtin_names.iter().map(|n| th.str(n)).collect()))?;
    let mut stdlib: Vec<String> = vm_pylib::names().filter(|n| !n.contains('.')).map(str::to_owned).collect();
    stdlib.extend(builtin_names.iter().map(|n| (*n).to_owned()));
    let stdlib: Vec<Value> = stdlib.iter().map(|n| th.str(n)).collect();
    set("stdlib_module_names", crate::code::frozenset(th, &stdlib)?)?;
    let implementation = th.simple_namespace(&[
        ("name", th.str("orochi")),
        ("cache_tag", th.str("orochi-314")),
        ("version", VERSION_INFO.make(th, version.to_vec())?),
        ("hexversion", int(0x030e_00f0)),
        (
            "_multiarch",
            th.str(if cfg!(target_arch = "x86_64") { "x86_64-linux-gnu" } else { "aarch64-linux-gnu" }),
        ),
        ("supports_isolated_interpreters", Value::FALSE),
    ])?;
    set("implementation", implementation)?;
    for spec in [&super::monitoring::MODULE, &super::monitoring::JIT] {
        let plain = spec.name.rsplit('.').next().unwrap_or(spec.name);
        set(plain, th.make_native_module(spec)?)?;
    }
    for name in ["displayhook", "excepthook", "unraisablehook", "breakpointhook"] {
        let v = th.getattr_str(module, name)?;
        set(&format!("__{name}__"), v)?;
    }
    Ok(())
}

/// `sys`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "sys",
    doc: "This module provides access to some objects used or maintained by the\ninterpreter and to functions that interact strongly with the interpreter.",
    functions: &[
        m(
            "exit",
            "(status=None, /)",
            exit,
            "Exit the interpreter by raising SystemExit(status).\n\nIf the status is omitted or None, it defaults to zero (i.e., success).\nIf the status is an integer, it will be used as the system exit status.\nIf it is another kind of object, it will be printed and the system\nexit status will be one (i.e., failure).",
        ),
        m("exc_info", "()", exc_info, "Return current exception information: (type, value, traceback)."),
        m("exception", "()", exception, "Return the current exception."),
        m("_getframe", "(depth=0, /)", getframe, "Return a frame object from the call stack."),
        m(
            "_getframemodulename",
            "(depth=0)",
            getframemodulename,
            "Return the name of the module for a calling frame.",
        ),
        m("getrecursionlimit", "()", getrecursionlimit, "Return the current value of the recursion limit."),
        m(
            "setrecursionlimit",
            "(limit, /)",
            setrecursionlimit,
            "Set the maximum depth of the Python interpreter stack to n.",
        ),
        m("getrefcount", "(object, /)", getrefcount, "Return the reference count of object."),
        m("intern", "(string, /)", intern, "``Intern'' the given string."),
        m("_is_interned", "(string, /)", is_interned, "Return True if the given string is \"interned\"."),
        m(
            "_is_immortal",
            "(op, /)",
            |_, _, a| Ok(Value::bool(a[0].header().is_none_or(vm_core::refcount::biased::is_immortal))),
            "Return True if the given object is \"immortal\".",
        ),
        m(
            "getsizeof",
            "(object, default=<unrepresentable>)",
            getsizeof,
            "getsizeof(object [, default]) -> int\n\nReturn the size of object in bytes.",
        ),
        m(
            "displayhook",
            "(object, /)",
            displayhook,
            "Print an object to sys.stdout and also save it in builtins._",
        ),
        m(
            "excepthook",
            "(exctype, value, traceback, /)",
            excepthook,
            "Handle an exception by displaying it with a traceback on sys.stderr.",
        ),
        m("unraisablehook", "(unraisable, /)", unraisablehook, "Handle an unraisable exception."),
        m(
            "breakpointhook",
            "(*args, **kwargs)",
            breakpointhook,
            "This hook function is called by built-in breakpoint().",
        ),
        m(
            "getdefaultencoding",
            "()",
            |th, _, _| Ok(th.str("utf-8")),
            "Return the current default encoding used by the Unicode implementation.",
        ),
        m(
            "getfilesystemencoding",
            "()",
            |th, _, _| Ok(th.str("utf-8")),
            "Return the encoding used to convert Unicode filenames to OS filenames.",
        ),
        m(
            "getfilesystemencodeerrors",
            "()",
            |th, _, _| Ok(th.str("surrogateescape")),
            "Return the error mode used for Unicode to OS filename conversion.",
        ),
        m(
            "_is_gil_enabled",
            "()",
            gil_enabled,
            "Return True if the GIL is currently enabled and False if it's disabled.",
        ),
        m(
            "getswitchinterval",
            "()",
            getswitchinterval,
            "Return the current thread switch interval; see sys.setswitchinterval().",
        ),
        m(
            "setswitchinterval",
            "(interval, /)",
            setswitchinterval,
            "Set the ideal thread switching delay inside the Python interpreter.",
        ),
        m("settrace", "(function, /)", settrace, "Set the global debug tracing function."),
        m(
            "gettrace",
            "()",
            |th, _, _| Ok(th.trace.get()),
            "Return the global debug tracing function set with sys.settrace.",
        ),
        m("setprofile", "(function, /)", setprofile, "Set the profiling function."),
        m(
            "getprofile",
            "()",
            |th, _, _| Ok(th.profile.get()),
            "Return the profiling function set with sys.setprofile.",
        ),
        m(
            "get_asyncgen_hooks",
            "()",
            get_asyncgen_hooks,
            "Return the installed asynchronous generators hooks.",
        ),
        m(
            "set_asyncgen_hooks",
            "(firstiter=<unrepresentable>, finalizer=<unrepresentable>)",
            set_asyncgen_hooks,
            "Set a finalizer for async generators objects.",
        ),
        m(
            "get_coroutine_origin_tracking_depth",
            "()",
            |th, _, _| Ok(th.int(i64::from(th.coroutine_origin_depth.get()))),
            "Check status of origin tracking for coroutine objects in this thread.",
        ),
        m(
            "set_coroutine_origin_tracking_depth",
            "(depth)",
            set_origin_depth,
            "Enable or disable origin tracking for coroutine objects in this thread.",
        ),
        m(
            "get_int_max_str_digits",
            "()",
            |th, _, _| Ok(th.usize(th.vm().int_max_str_digits.load(Ordering::Relaxed))),
            "Return the maximum string digits limit for non-binary int<->str conversions.",
        ),
        m(
            "set_int_max_str_digits",
            "(maxdigits)",
            set_int_digits,
            "Set the maximum string digits limit for non-binary int<->str conversions.",
        ),
        m(
            "_current_frames",
            "()",
            current_frames,
            "Return a dict mapping each thread's thread id to its current stack frame.",
        ),
        m(
            "_current_exceptions",
            "()",
            current_exceptions,
            "Return a dict mapping each thread's identifier to its current raised exception.",
        ),
        m(
            "audit",
            "(event, /, *args)",
            crate::audit::audit,
            "Passes the event to any hooks that are attached.",
        ),
        m("addaudithook", "(hook)", crate::audit::add_hook, "Adds a new audit hook callback."),
        m(
            "_get_cpu_count_config",
            "()",
            |th, _, _| Ok(th.int(th.vm().config.cpu_count.map_or(-1, i64::from))),
            "Private function for getting PyConfig.cpu_count",
        ),
        m(
            "is_finalizing",
            "()",
            |th, _, _| Ok(Value::bool(th.vm().is_finalizing())),
            "Return True if Python is exiting.",
        ),
        m(
            "_clear_type_descriptors",
            "(type, /)",
            clear_type_descriptors,
            "Private function for clearing certain descriptors from a type's dictionary.\n\nSee gh-135228 for context.",
        ),
        m("_clear_type_cache", "()", |_, _, _| Ok(Value::NONE), "Clear the internal type lookup cache."),
        m(
            "_clear_internal_caches",
            "()",
            |_, _, _| Ok(Value::NONE),
            "Clear all internal performance-related caches.",
        ),
        m(
            "getallocatedblocks",
            "()",
            |th, _, _| Ok(th.usize(th.core().shared_heap().bytes() / 64)),
            "Return the number of memory blocks currently allocated.",
        ),
        m(
            "getunicodeinternedsize",
            "(*, _only_immortal=False)",
            |th, _, _| Ok(th.int(0)),
            "Return the number of elements of the unicode interned dictionary",
        ),
        m(
            "activate_stack_trampoline",
            "(backend, /)",
            |th, _, _| Err(th.value_error("perf trampoline not available")),
            "Activate stack profiler trampoline *backend*.",
        ),
        m(
            "deactivate_stack_trampoline",
            "()",
            |_, _, _| Ok(Value::NONE),
            "Deactivate the current stack profiler trampoline backend.\n\nIf no stack profiler is activated, this function has no effect.",
        ),
        m(
            "is_stack_trampoline_active",
            "()",
            |_, _, _| Ok(Value::FALSE),
            "Return *True* if a stack profiler trampoline is active.",
        ),
        m(
            "_settraceallthreads",
            "(function, /)",
            |th, _, a| Ok(th.set_function_of_all_threads(&a[0], false)),
            "Set the global debug tracing function in all running threads belonging to the current interpreter.\n\nIt will be called on each function call. See the debugger chapter\nin the library manual.",
        ),
        m(
            "_setprofileallthreads",
            "(function, /)",
            |th, _, a| Ok(th.set_function_of_all_threads(&a[0], true)),
            "Set the profiling function in all running threads belonging to the current interpreter.\n\nIt will be called on each function call and return.  See the profiler\nchapter in the library manual.",
        ),
        m(
            "getdlopenflags",
            "()",
            |th, _, _| Ok(th.int(th.vm().dlopen_flags.load(Ordering::Relaxed).into())),
            "Return the current value of the flags that are used for dlopen calls.\n\nThe flag constants are defined in the os module.",
        ),
        m(
            "setdlopenflags",
            "(flags, /)",
            |th, _, a| {
                let flags = i32::try_from(th.index_i64(&a[0])?)
                    .map_err(|_| th.overflow_error("Python int too large to convert to C int"))?;
                th.vm().dlopen_flags.store(flags, Ordering::Relaxed);
                Ok(Value::NONE)
            },
            "Set the flags used by the interpreter for dlopen calls.\n\nThis is used, for example, when the interpreter loads extension\nmodules. Among other things, this will enable a lazy resolving of\nsymbols when importing a module, if called as sys.setdlopenflags(0).\nTo share symbols across extension modules, call as\nsys.setdlopenflags(os.RTLD_GLOBAL).  Symbolic names for the flag\nmodules can be found in the os module (RTLD_xxx constants, e.g.\nos.RTLD_LAZY).",
        ),
        m(
            "is_remote_debug_enabled",
            "()",
            |_, _, _| Ok(Value::FALSE),
            "Return True if remote debugging is enabled, False otherwise.",
        ),
        m(
            "call_tracing",
            "(func, args, /)",
            |th, _, a| {
                let args = th.expect::<Tuple>(&a[1], "tuple")?.as_slice();
                th.with_tracing(|| th.call(&a[0], args))
            },
            "Call func(*args), while tracing is enabled.",
        ),
    ],
    init: Some(init),
    ..ModuleSpec::EMPTY
};
