//! Module `_csv`: `dialect` has the formats, `reader` and `writer` the objects.
pub mod dialect;
pub mod reader;
pub mod writer;

use crate::module_error::ModuleError;
use vm_runtime::prelude::*;
use vm_runtime::vm_core::sync::atomic::{AtomicI64, Ordering};

const DIALECTS: &str = "csv.dialects";
const LIMIT: &str = "csv.limit";

/// The registered dialects: a dict.
fn dialects(th: &Thread) -> Value {
    th.vm_state_or(DIALECTS, || th.dict())
}

/// Payload of the holder of the VM's field size limit.
pub struct Limit(AtomicI64);
payload!(Limit, "csv limit");

/// The type of the limit's holder.
pub static LIMIT_SPEC: TypeSpec = TypeSpec { name: "_csv._limit", flags: NO_NEW, ..TypeSpec::of::<Limit>() };

fn limit_holder(th: &Thread) -> Value {
    th.vm_state_or(LIMIT, || th.new_object(th.type_for::<Limit>(), Limit(AtomicI64::new(128 << 10))))
}

/// The longest field that a reader takes.
fn field_limit(th: &Thread) -> i64 {
    // Relaxed: a setting.
    limit_holder(th).payload::<Limit>().map_or(i64::MAX, |l| l.0.load(Ordering::Relaxed))
}

static ERROR: ModuleError =
    ModuleError { key: "_csv.Error", module: "_csv", name: "Error", base: |th| th.types().exc.exception };

/// Raises `_csv.Error`.
fn fail(th: &Thread, message: impl Into<String>) -> Raised {
    ERROR.raise(th, message)
}

fn list_dialects(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    let names = dialects(th).payload::<Dict>().map(|d| d.items(th)).unwrap_or_default();
    Ok(th.list(names.into_iter().map(|(name, _)| name).collect()))
}

fn register_dialect(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    if args[0].as_str().is_none() {
        return Err(th.type_error("dialect name must be a string"));
    }
    let made = dialect::make(th, &args[1], Some(&args[2]))?;
    if let Some(dict) = dialects(th).payload::<Dict>() {
        dict.set(th, &args[0], &made)?;
    }
    Ok(Value::NONE)
}

fn unregister_dialect(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let found = match dialects(th).payload::<Dict>() {
        Some(dict) => dict.del(th, &args[0])?,
        None => false,
    };
    if found { Ok(Value::NONE) } else { Err(fail(th, "unknown dialect")) }
}

/// A registered dialect.
fn registered(th: &Thread, name: &Value) -> PyResult<Value> {
    let found = match dialects(th).payload::<Dict>() {
        Some(dict) => dict.get(th, name)?,
        None => None,
    };
    found.ok_or_else(|| fail(th, "unknown dialect"))
}

fn get_dialect(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    registered(th, &args[0])
}

fn field_size_limit(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let holder = limit_holder(th);
    let Some(limit) = holder.payload::<Limit>() else { return Ok(Value::NONE) };
    let old = limit.0.load(Ordering::Relaxed);
    if !args[0].is_unbound() {
        if !th.isinstance(&args[0], th.types().int) {
            return Err(th.type_error("limit must be an integer"));
        }
        limit.0.store(th.as_c_long(&args[0])?, Ordering::Relaxed);
    }
    Ok(th.int(old))
}

fn init(th: &Thread, module: &Value) -> PyResult<()> {
    let constants = [
        ("QUOTE_MINIMAL", 0),
        ("QUOTE_ALL", 1),
        ("QUOTE_NONNUMERIC", 2),
        ("QUOTE_NONE", 3),
        ("QUOTE_STRINGS", 4),
        ("QUOTE_NOTNULL", 5),
    ];
    for (name, value) in constants {
        th.set_module_attr(module, name, th.int(value))?;
    }
    th.set_module_attr(module, "_dialects", dialects(th))?;
    th.set_module_attr(module, "Reader", th.type_for::<reader::Reader>().value())?;
    th.set_module_attr(module, "Writer", th.type_for::<writer::Writer>().value())?;
    th.set_module_attr(module, "Error", ERROR.class(th)?)
}

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_csv",
    doc: "CSV parsing and writing.\n",
    functions: &[
        m("field_size_limit", "(new_limit=None)", field_size_limit, "Sets an upper limit on parsed fields."),
        m("get_dialect", "(name)", get_dialect, "Return the dialect instance associated with name."),
        m("list_dialects", "()", list_dialects, "Return a list of all known dialect names."),
        m(
            "reader",
            "(iterable, dialect=None, /, **fmtparams)",
            reader::new,
            "Return a reader object that will process lines from the given iterable.",
        ),
        m(
            "register_dialect",
            "(name, dialect=None, /, **fmtparams)",
            register_dialect,
            "Create a mapping from a string name to a dialect class.",
        ),
        m(
            "unregister_dialect",
            "(name)",
            unregister_dialect,
            "Delete the name/dialect mapping associated with a string name.",
        ),
        m(
            "writer",
            "(fileobj, dialect=None, /, **fmtparams)",
            writer::new,
            "Return a writer object that will write user data on the given file object.",
        ),
    ],
    types: &[&dialect::SPEC],
    hidden_types: &[&reader::SPEC, &writer::SPEC, &LIMIT_SPEC],
    init: Some(init),
};
