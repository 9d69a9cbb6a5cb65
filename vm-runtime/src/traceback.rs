//! Traceback objects, and showing exceptions.
//!
//! Exceptions are shown by `Lib/traceback.py`, as CPython shows them; `plain` is the way without it, for when it cannot be
//! imported or fails.
use crate::prelude::*;
use crate::types::exception;

pub mod hooks;
pub mod plain;

pub use hooks::{unraisable_args, write_unraisable};

/// The payload of traceback objects.
pub struct Traceback {
    frame: Value,
    lasti: i64,
    /// -1: to be computed from `lasti`.
    lineno: i64,
    next: AtomicValue,
}

payload!(Traceback, "traceback", traverse = Traceback::traverse, clear = |t: &Traceback| drop(t.next.take()));

impl Traceback {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.frame);
        self.next.traverse(visit);
    }

    /// `tb_frame`.
    #[must_use]
    pub fn frame(&self) -> &Value {
        &self.frame
    }

    /// `tb_next`: a traceback or None.
    pub fn next(&self, th: &Thread) -> Value {
        let next = self.next.get(th);
        if next.is_unbound() { Value::NONE } else { next }
    }

    /// Sets `tb_next` to a traceback or None.
    pub(crate) fn set_next(&self, th: &Thread, next: Value) {
        self.next.set(th, next);
    }

    /// `tb_lineno`; None where the instruction has no line.
    pub fn line(&self, th: &Thread) -> PyResult<Value> {
        if self.lineno != -1 {
            return Ok(th.int(self.lineno));
        }
        let code = th.getattr_str(&self.frame, "f_code")?;
        let index = usize::try_from(self.lasti / 2).unwrap_or(0);
        let line = code.payload::<crate::code::Code>().map_or(0, |c| c.line_at(index));
        Ok(if line == 0 { Value::NONE } else { th.int(i64::from(line)) })
    }
}

impl Thread {
    /// A traceback entry before `next` (a traceback or None). `lasti` is twice the index of the
    /// instruction word: `co_positions` has a row for two units, as CPython's, whose code units are two bytes.
    pub fn new_traceback(&self, next: Value, frame: Value, lasti: i64, lineno: i64) -> PyResult<Value> {
        let payload = Traceback { frame, lasti, lineno, next: AtomicValue::new(next) };
        self.make_object(self.types().traceback, payload)
    }

    /// Puts a frame in front of the exception's traceback.
    pub fn add_traceback(&self, exc: &Value, frame: Value, lasti: i64, lineno: i64) {
        let Some(e) = exception::payload(exc) else { return };
        match self.new_traceback(e.traceback(self), frame, lasti, lineno) {
            Ok(tb) => e.set_traceback(self, tb),
            // Without memory for the entry the exception stays as it is.
            Err(_) => drop(self.take_error()),
        }
    }

    /// Adds a note to the current error, if there is one.
    pub fn add_note(&self, note: &str) {
        let Some(exc) = self.current_error() else { return };
        let saved = self.take_error();
        if self.call_method(&exc, "add_note", &[self.str(note)]).is_err() {
            self.clear_error();
        }
        self.restore_error(saved);
    }
}

/// Puts a frame in front of the exception's traceback; `index` is that of the instruction word.
pub fn add(th: &Thread, exc: &Value, frame: Value, index: usize, line: u32) {
    let lasti = i64::try_from(index * 2).unwrap_or(0);
    let line = if line == 0 { -1 } else { i64::from(line) };
    th.add_traceback(exc, frame, lasti, line);
}

/// `traceback`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "traceback",
    doc: "Create a new traceback object.",
    new_sig: "(tb_next, tb_frame, tb_lasti, tb_lineno)",
    slots: &[Slot::New(new)],
    methods: &[m("__dir__", "()", dir, "")],
    getset: &[
        mb("tb_frame", |th, v| Ok(this(th, v)?.frame.clone()), None, ""),
        mb("tb_lasti", |th, v| Ok(th.int(this(th, v)?.lasti)), None, ""),
        gs("tb_lineno", |th, v| this(th, v)?.line(th), None, ""),
        gs("tb_next", |th, v| Ok(this(th, v)?.next(th)), Some(set_next), ""),
    ],
    ..TypeSpec::of::<Traceback>()
};

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Traceback> {
    th.expect::<Traceback>(v, "traceback")
}

fn new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let [next, frame, lasti, lineno] = args else { return Ok(Value::NONE) };
    if frame.type_of(th) != th.types().frame {
        return Err(th.type_error(format!(
            "traceback() argument 'tb_frame' must be frame, not {}",
            if frame.is_none() { "None".to_owned() } else { frame.type_name(th).to_string() }
        )));
    }
    let (lasti, lineno) = (th.index_i64(lasti)?, th.index_i64(lineno)?);
    if !next.is_none() && next.payload::<Traceback>().is_none() {
        return Err(th.type_error(format!("expected traceback object or None, got '{}'", next.type_name(th))));
    }
    let payload = Traceback { frame: frame.clone(), lasti, lineno, next: AtomicValue::new(next.clone()) };
    th.make_object(cls, payload)
}

fn dir(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.list(["tb_frame", "tb_next", "tb_lasti", "tb_lineno"].iter().map(|n| th.intern(n)).collect()))
}

fn set_next(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    let Some(new) = new else { return Err(th.type_error("can't delete tb_next attribute")) };
    if !new.is_none() && new.payload::<Traceback>().is_none() {
        return Err(th.type_error(format!("expected traceback object or None, got '{}'", new.type_name(th))));
    }
    let mut at = new.clone();
    while let Some(tb) = at.payload::<Traceback>() {
        if at.is(v) {
            return Err(th.value_error("traceback loop detected"));
        }
        let next = tb.next(th);
        at = next;
    }
    this(th, v)?.next.set(th, new.clone());
    Ok(())
}

impl Thread {
    /// The text that the interpreter shows for an exception, as `traceback.format_exception` gives it.
    pub fn format_exception(&self, exc: &Value) -> String {
        match self.format_with_library(exc) {
            Ok(text) => text,
            Err(_) => {
                self.clear_error();
                plain::format(self, exc)
            }
        }
    }

    fn format_with_library(&self, exc: &Value) -> PyResult<String> {
        let module = self.import("traceback")?;
        let lines = self.call_method(&module, "format_exception", std::slice::from_ref(exc))?;
        let text = self.call_method(&self.str(""), "join", &[lines])?;
        self.str_text(&text)
    }

    /// Shows an exception on `sys.stderr`.
    pub fn print_exception(&self, exc: &Value) {
        if let Some(file) = self.sys_attr("stderr").filter(|file| !file.is_none()) {
            self.print_exception_to(exc, &file);
        }
    }

    /// Shows an exception on a file. As in CPython the library's function chooses the file itself: `sys.stderr`, or
    /// `sys.__stderr__` where that is None.
    pub fn print_exception_to(&self, exc: &Value, file: &Value) {
        if self.print_with_library(exc).is_ok() {
            return self.flush_quietly(file);
        }
        self.clear_error();
        let text = plain::format(self, exc);
        if self.call_method(file, "write", &[self.str(&text)]).is_err() {
            self.clear_error();
            eprint!("{text}");
        }
        self.flush_quietly(file);
    }

    fn flush_quietly(&self, file: &Value) {
        if self.call_method(file, "flush", &[]).is_err() {
            self.clear_error();
        }
    }

    fn print_with_library(&self, exc: &Value) -> PyResult<()> {
        let module = self.import("traceback")?;
        let print = self.getattr_str(&module, "_print_exception_bltin")?;
        self.call(&print, std::slice::from_ref(exc))?;
        Ok(())
    }
}
