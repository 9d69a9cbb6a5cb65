//! `marshal`: Python's own serialisation, format 5.
//!
//! Plain objects have CPython's bytes. Code objects are this VM's: a mark, a length and the compiler's image, whose own
//! check (version and hash) refuses what another build wrote.
mod read;
mod write;

use crate::io::buffers;
use crate::numbers::c_int_or;
use vm_runtime::prelude::*;

const VERSION: i32 = 5;
/// How deep objects may nest.
const MAX_DEPTH: usize = 2000;

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "marshal",
    doc: "This module contains functions that can read and write Python values in\na binary format. The format is specific to Python, but independent of\nmachine architecture issues.",
    functions: &[
        m(
            "dump",
            "(value, file, version=version, /, *, allow_code=True)",
            dump,
            "Write the value on the open file.",
        ),
        m("load", "(file, /, *, allow_code=True)", load, "Read one value from the open file and return it."),
        m(
            "dumps",
            "(value, version=version, /, *, allow_code=True)",
            dumps,
            "Return the bytes object that would be written to a file by dump(value, file).",
        ),
        m("loads", "(bytes, /, *, allow_code=True)", loads, "Convert the bytes-like object to a value."),
    ],
    init: Some(|th: &Thread, module: &Value| {
        th.set_module_attr(module, "version", th.int(i64::from(VERSION)))
    }),
    ..ModuleSpec::EMPTY
};

fn allow_code(th: &Thread, value: &Value) -> PyResult<bool> {
    if value.is_unbound() { Ok(true) } else { th.truth(value) }
}

fn dumps(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let version = c_int_or(th, &args[1], VERSION)?;
    let code = allow_code(th, &args[2])?;
    let bytes = write::to_bytes(th, &args[0], version, code)?;
    Ok(th.bytes(&bytes))
}

fn dump(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let version = c_int_or(th, &args[2], VERSION)?;
    let code = allow_code(th, &args[3])?;
    let bytes = write::to_bytes(th, &args[0], version, code)?;
    th.call_method(&args[1], "write", &[th.bytes(&bytes)])
}

fn loads(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let data = buffers::read(th, &args[0])?;
    let code = allow_code(th, &args[1])?;
    let mut source = read::Memory { data: data.as_slice(), at: 0 };
    read::object(th, &mut source, code)
}

fn load(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let code = allow_code(th, &args[1])?;
    // A read of nothing tells whether this is a binary file at all.
    let probe = th.call_method(&args[0], "read", &[th.int(0)])?;
    if probe.payload::<Bytes>().is_none() {
        let got = probe.type_name(th);
        return Err(th.type_error(format!("file.read() returned not bytes but {got}")));
    }
    let mut source = read::File { file: &args[0] };
    read::object(th, &mut source, code)
}
