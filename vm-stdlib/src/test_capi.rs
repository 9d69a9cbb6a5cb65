//! `_testcapi`: what CPython's own tests ask of the C API, where Orochi has an answer of its own. Typed members are numbers
//! that threads may read and write at once; a C thread is one that the VM has not started; a call by vector is any call.
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc;
use std::thread::JoinHandle;
use vm_runtime::native::thread_module::STACK_RESERVE;
use vm_runtime::prelude::*;
use vm_runtime::thread::AttachGuard;

/// One function for each way in which C functions take arguments, made by `m`, `cm` or `sm`: they return what they are given.
macro_rules! calling {
    ($make:ident $(, $more:expr)*) => {
        [
            $($more,)*
            $make("meth_varargs", "(*args)", |th, this, a| Ok(given(th, this, [tuple(th, a)])), ""),
            $make("meth_fastcall", "(*args)", |th, this, a| Ok(given(th, this, [tuple(th, a)])), ""),
            $make("meth_varargs_keywords", "(*args, **kwargs)", with_keywords, ""),
            $make("meth_fastcall_keywords", "(*args, **kwargs)", with_keywords, ""),
            $make("meth_noargs", "()", |th, this, _| Ok(caller(th, this)), ""),
            $make("meth_o", "(object, /)", |th, this, a| Ok(given(th, this, [a[0].clone()])), ""),
        ]
    };
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_testcapi",
    doc: "What CPython's own tests ask of the C API.",
    functions: &calling!(
        m,
        m("config_get", "(name, /)", config_get, "A value of the configuration."),
        m(
            "call_in_temporary_c_thread",
            "(callback, wait=True, /)",
            call_in_thread,
            "Calls a function in a thread that the interpreter has not started.",
        ),
        m("join_temporary_c_thread", "()", join_thread, "Waits for the end of that thread."),
        m(
            "pyobject_fastcalldict",
            "(func, args, kwargs, /)",
            call_with_dict,
            "Calls with a dict of keywords.",
        ),
        m(
            "pyobject_vectorcall",
            "(func, args, kwnames, /)",
            call_with_names,
            "Calls with names of the last values.",
        )
    ),
    types: &[&OLD, &NEW, &METH_INSTANCE, &METH_CLASS, &METH_STATIC],
    hidden_types: &[&THREAD],
    init: Some(init),
};

fn init(th: &Thread, module: &Value) -> PyResult<()> {
    const RANGES: [(&str, i128); 19] = [
        ("CHAR_MIN", i8::MIN as i128),
        ("CHAR_MAX", i8::MAX as i128),
        ("UCHAR_MAX", u8::MAX as i128),
        ("SHRT_MIN", i16::MIN as i128),
        ("SHRT_MAX", i16::MAX as i128),
        ("USHRT_MAX", u16::MAX as i128),
        ("INT_MIN", i32::MIN as i128),
        ("INT_MAX", i32::MAX as i128),
        ("UINT_MAX", u32::MAX as i128),
        ("LONG_MIN", i64::MIN as i128),
        ("LONG_MAX", i64::MAX as i128),
        ("ULONG_MAX", u64::MAX as i128),
        ("LLONG_MIN", i64::MIN as i128),
        ("LLONG_MAX", i64::MAX as i128),
        ("ULLONG_MAX", u64::MAX as i128),
        ("SIZE_MAX", usize::MAX as i128),
        ("PY_SSIZE_T_MIN", isize::MIN as i128),
        ("PY_SSIZE_T_MAX", isize::MAX as i128),
        ("SIZEOF_VOID_P", size_of::<usize>() as i128),
    ];
    for (name, value) in RANGES {
        th.set_module_attr(module, name, th.int_from(BigInt::from(value)))?;
    }
    let floats = [
        ("FLT_MIN", f64::from(f32::MIN_POSITIVE)),
        ("FLT_MAX", f64::from(f32::MAX)),
        ("DBL_MIN", f64::MIN_POSITIVE),
        ("DBL_MAX", f64::MAX),
    ];
    for (name, value) in floats {
        th.set_module_attr(module, name, th.float(value))?;
    }
    // Neither of CPython's allocators is there.
    th.set_module_attr(module, "WITH_PYMALLOC", Value::FALSE)?;
    th.set_module_attr(module, "WITH_MIMALLOC", Value::FALSE)
}

fn config_get(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let name = th.str_text(&args[0])?;
    if name != "code_debug_ranges" {
        return Err(th.value_error(format!("unknown config option name: {name}")));
    }
    let without = match th.sys_attr("_xoptions") {
        Some(options) => th.contains(&options, &th.str("no_debug_ranges"))?,
        None => false,
    };
    Ok(Value::bool(!without))
}

/// How a member is kept.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Bool,
    /// A C integer that is written through `long`: bits, signed, and its name in warnings.
    Small(u32, bool, &'static str),
    Long,
    LongLong,
    /// Also takes negative numbers, with a warning.
    Unsigned(u32),
    Size,
    Float,
    Double,
    Text,
    Char,
}

const MEMBERS: [(&str, Kind); 16] = [
    ("T_BOOL", Kind::Bool),
    ("T_BYTE", Kind::Small(8, true, "char")),
    ("T_UBYTE", Kind::Small(8, false, "unsigned char")),
    ("T_SHORT", Kind::Small(16, true, "short")),
    ("T_USHORT", Kind::Small(16, false, "unsigned short")),
    ("T_INT", Kind::Small(32, true, "int")),
    ("T_UINT", Kind::Unsigned(32)),
    ("T_LONG", Kind::Long),
    ("T_ULONG", Kind::Unsigned(64)),
    ("T_PYSSIZET", Kind::Size),
    ("T_FLOAT", Kind::Float),
    ("T_DOUBLE", Kind::Double),
    ("T_STRING_INPLACE", Kind::Text),
    ("T_LONGLONG", Kind::LongLong),
    ("T_ULONGLONG", Kind::Unsigned(64)),
    ("T_CHAR", Kind::Char),
];

/// The payload of objects with members: their bits. The text is never written after the object is made.
pub struct Members {
    bits: [AtomicU64; MEMBERS.len()],
    text: String,
}

/// As `Members`, for the type that CPython declares with the newer names.
pub struct NewMembers(Members);

payload!(Members, "_test_structmembersType_OldAPI");
payload!(NewMembers, "_test_structmembersType_NewAPI");

macro_rules! members {
    ($($at:literal)*) => {
        [$(mb(MEMBERS[$at].0, |th, v| get(th, v, $at), Some(|th, v, new| set(th, v, $at, new)), "")),*]
    };
}

static GETSET: [GetSetDef; MEMBERS.len()] = members!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);

const OLD: TypeSpec = TypeSpec {
    name: "_testcapi._test_structmembersType_OldAPI",
    doc: "Type containing all structmember types",
    slots: &[Slot::NewRaw(|th, cls, args| th.make_object(cls, Members::new(th, args)?))],
    getset: &GETSET,
    ..TypeSpec::of::<Members>()
};

const NEW: TypeSpec = TypeSpec {
    name: "_testcapi._test_structmembersType_NewAPI",
    slots: &[Slot::NewRaw(|th, cls, args| th.make_object(cls, NewMembers(Members::new(th, args)?)))],
    ..TypeSpec { doc: OLD.doc, getset: &GETSET, ..TypeSpec::of::<NewMembers>() }
};

impl Members {
    fn new(th: &Thread, args: &CallArgs<'_>) -> PyResult<Members> {
        let mut made = Members { bits: Default::default(), text: String::new() };
        let given = args.positional();
        if given.len() > MEMBERS.len() {
            return Err(th.type_error(format!("expected at most 16 arguments, got {}", given.len())));
        }
        for (at, value) in given.iter().enumerate() {
            match (MEMBERS[at].1, value.payload::<Bytes>().map(Bytes::as_slice)) {
                (Kind::Text, _) => made.text = th.str_text(value)?,
                (Kind::Char, Some([byte])) => made.bits[at].store(u64::from(*byte), Relaxed),
                _ => made.store(th, at, value)?,
            }
        }
        Ok(made)
    }

    /// Warns after it has stored, as CPython.
    fn store(&self, th: &Thread, at: usize, value: &Value) -> PyResult<()> {
        let (bits, warning) = bits_of(th, MEMBERS[at].1, value)?;
        // Relaxed: a number by itself.
        self.bits[at].store(bits, Relaxed);
        match warning {
            Some(message) => th.warn(th.types().exc.runtime_warning, message, 1),
            None => Ok(()),
        }
    }
}

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Members> {
    match v.payload::<NewMembers>() {
        Some(new) => Ok(&new.0),
        None => th.expect::<Members>(v, "_test_structmembersType_OldAPI"),
    }
}

fn get(th: &Thread, v: &Value, at: usize) -> PyResult<Value> {
    let this = this(th, v)?;
    // Relaxed: a number by itself.
    let bits = this.bits[at].load(Relaxed);
    Ok(match MEMBERS[at].1 {
        Kind::Bool => Value::bool(bits != 0),
        Kind::Small(_, true, _) | Kind::Long | Kind::LongLong | Kind::Size => th.int(bits as i64),
        Kind::Small(_, false, _) | Kind::Unsigned(_) => th.int_from(BigInt::from(bits)),
        Kind::Float | Kind::Double => th.float(f64::from_bits(bits)),
        Kind::Text => th.str(&this.text),
        Kind::Char => th.str(char::from(bits as u8).encode_utf8(&mut [0; 4])),
    })
}

fn set(th: &Thread, v: &Value, at: usize, new: Option<&Value>) -> PyResult<()> {
    let this = this(th, v)?;
    if MEMBERS[at].1 == Kind::Text {
        return Err(th.type_error("readonly attribute"));
    }
    let Some(new) = new else { return Err(th.type_error("can't delete numeric/char attribute")) };
    this.store(th, at, new)
}

/// What a member keeps of a value, as `PyMember_SetOne` converts it, and what it warns of; integers are extended to 64 bits.
fn bits_of(th: &Thread, kind: Kind, value: &Value) -> PyResult<(u64, Option<String>)> {
    let bits = match kind {
        Kind::Bool if value.is(&Value::TRUE) || value.is(&Value::FALSE) => u64::from(value.is(&Value::TRUE)),
        Kind::Bool => return Err(th.type_error("attribute value type must be bool")),
        Kind::Small(bits, signed, name) => {
            let wide = crate::numbers::c_long(th, value)?;
            let unused = 64 - bits;
            let kept =
                if signed { wide << unused >> unused } else { ((wide as u64) << unused >> unused) as i64 };
            return Ok((kept as u64, (kept != wide).then(|| format!("Truncation of value to {name}"))));
        }
        Kind::Long => crate::numbers::c_long(th, value)? as u64,
        Kind::LongLong => {
            let number = th.as_bigint(value)?.to_i64();
            number.ok_or_else(|| th.overflow_error("int too big to convert"))? as u64
        }
        Kind::Unsigned(bits) => {
            let number = th.as_bigint(value)?;
            let (wide, negative) = match (number.to_i64(), number.to_u64()) {
                (_, Some(n)) => (n, false),
                (Some(n), None) => (n as u64, true),
                (None, None) => {
                    let c = if number < BigInt::from(0) { "long" } else { "unsigned long" };
                    return Err(th.overflow_error(format!("Python int too large to convert to C {c}")));
                }
            };
            let unused = 64 - bits;
            let kept = wide << unused >> unused;
            let warning = match (negative, kept != wide) {
                (true, _) => Some("Writing negative value into unsigned field"),
                (false, true) => Some("Truncation of value to unsigned int"),
                (false, false) => None,
            };
            return Ok((kept, warning.map(str::to_owned)));
        }
        Kind::Size => {
            if !th.isinstance(value, th.types().int) {
                return Err(th.type_error("an integer is required"));
            }
            let number = th.as_bigint(value)?.to_i64();
            number.ok_or_else(|| th.overflow_error("Python int too large to convert to C ssize_t"))? as u64
        }
        Kind::Float => f64::from(th.as_f64(value)? as f32).to_bits(),
        Kind::Double => th.as_f64(value)?.to_bits(),
        Kind::Text | Kind::Char => match value.as_str().map(|s| s.as_wtf8().as_bytes()) {
            Some([byte]) => u64::from(*byte),
            _ => return Err(th.type_error("bad argument type for built-in operation")),
        },
    };
    Ok((bits, None))
}

const RUNNING: &str = "_testcapi.thread";

/// The payload of the object that keeps a thread to be joined.
pub struct Started(Mutex<Option<JoinHandle<()>>>);

payload!(Started, "_testcapi.thread");

const THREAD: TypeSpec = TypeSpec { name: "_testcapi.thread", flags: NO_NEW, ..TypeSpec::of::<Started>() };

fn call_in_thread(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    const STACK: usize = 8 << 20;
    let wait = args[1].is_unbound() || th.truth(&args[1])?;
    let callback = args[0].clone().into_owned();
    let vm = th.vm().clone();
    let (started, has_started) = mpsc::channel();
    let run = move || {
        // Nobody waits for the message any more where the program ends.
        let _ = started.send(());
        let Ok(thread) = Thread::register(&vm) else { return vm.release_later(callback) };
        let Ok(attached) = AttachGuard::new(&thread, STACK - STACK_RESERVE) else {
            return vm.release_later(callback);
        };
        if attached.call(&callback, &[]).is_err() {
            attached.unraisable(None, Some(&callback));
        }
        drop(callback);
    };
    let handle = match std::thread::Builder::new().stack_size(STACK).spawn(run) {
        Ok(handle) => handle,
        Err(_) => return Err(th.runtime_error("unable to start the thread")),
    };
    let _ = th.detach(|| has_started.recv());
    th.set_vm_state(RUNNING, th.make_object(th.type_for::<Started>(), Started(Mutex::new(Some(handle))))?);
    if wait { join_thread(th, &Value::NONE, &[]) } else { Ok(Value::NONE) }
}

fn join_thread(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    let running = th.vm_state(RUNNING);
    let handle = running.as_ref().and_then(|v| v.payload::<Started>()).and_then(|s| s.0.lock().take());
    if let Some(handle) = handle {
        // A panic has been reported by then.
        let _ = th.detach(|| handle.join());
    }
    Ok(Value::NONE)
}

/// Payloads without content.
pub struct MethInstance;
/// As `MethInstance`, for class methods.
pub struct MethClass;
/// As `MethInstance`, for static methods.
pub struct MethStatic;

payload!(MethInstance, "MethInstance");
payload!(MethClass, "MethClass");
payload!(MethStatic, "MethStatic");

const METH_INSTANCE: TypeSpec = TypeSpec {
    name: "_testcapi.MethInstance",
    doc: "Class with normal (instance) methods to test calling conventions",
    slots: &[Slot::NewRaw(|th, cls, _| th.make_object(cls, MethInstance))],
    methods: &calling!(m),
    ..TypeSpec::of::<MethInstance>()
};

const METH_CLASS: TypeSpec = TypeSpec {
    name: "_testcapi.MethClass",
    doc: "Class with class methods to test calling conventions",
    slots: &[Slot::NewRaw(|th, cls, _| th.make_object(cls, MethClass))],
    methods: &calling!(cm),
    ..TypeSpec::of::<MethClass>()
};

const METH_STATIC: TypeSpec = TypeSpec {
    name: "_testcapi.MethStatic",
    doc: "Class with static methods to test calling conventions",
    slots: &[Slot::NewRaw(|th, cls, _| th.make_object(cls, MethStatic))],
    methods: &calling!(sm),
    ..TypeSpec::of::<MethStatic>()
};

/// What the function is called on; a static method, which natively gets its class, is called on nothing.
fn caller(th: &Thread, this: &Value) -> Value {
    if TypeRef::from_value(this) == Some(th.type_for::<MethStatic>()) { Value::NONE } else { this.clone() }
}

fn tuple(th: &Thread, args: &[Value]) -> Value {
    th.tuple(args.to_vec())
}

fn given<const N: usize>(th: &Thread, this: &Value, rest: [Value; N]) -> Value {
    th.tuple(std::iter::once(caller(th, this)).chain(rest).collect())
}

fn with_keywords(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let keywords = args.first().filter(|v| v.payload::<Dict>().is_some()).cloned();
    let positional = args.get(1..).unwrap_or_default();
    Ok(given(th, this, [tuple(th, positional), keywords.unwrap_or(Value::NONE)]))
}

/// The items of a tuple, none for None.
fn items<'a>(th: &Thread, v: &'a Value, what: &str) -> PyResult<&'a [Value]> {
    match v.payload::<Tuple>() {
        Some(tuple) => Ok(tuple.as_slice()),
        None if v.is_none() => Ok(&[]),
        None => Err(th.type_error(format!("{what} must be None or a tuple"))),
    }
}

fn call_with_dict(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    if !args[2].is_none() && args[2].payload::<Dict>().is_none() {
        return Err(th.type_error("kwnames must be None or a dict"));
    }
    th.call_dict(&args[0], items(th, &args[1], "args")?, Some(&args[2]))
}

fn call_with_names(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (given, names) = (items(th, &args[1], "args")?, items(th, &args[2], "kwnames")?);
    if names.len() > given.len() {
        return Err(th.value_error("kwnames longer than args"));
    }
    th.call_args(&args[0], &CallArgs { args: given, names })
}
