//! The frames of a traceback.
use vm_runtime::prelude::{PyResult, Thread, Value, ValueExt};
use vm_runtime::traceback::Traceback;

/// A line of a traceback.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PyFrame {
    /// The file's name, or `<string>` and the like.
    pub file: String,
    /// The line in it, from 1; None where the code has none.
    pub line: Option<u32>,
    /// The function's name; `<module>` for a module's own code.
    pub function: String,
}

/// The frames of a traceback (or None), the outermost first.
pub(super) fn read(th: &Thread, traceback: &Value) -> Vec<PyFrame> {
    let mut frames = Vec::new();
    let mut at = traceback.clone();
    while let Some(entry) = at.payload::<Traceback>() {
        match frame(th, entry) {
            Ok(frame) => frames.push(frame),
            Err(_) => th.clear_error(),
        }
        let next = entry.next(th);
        at = next;
    }
    frames
}

fn frame(th: &Thread, entry: &Traceback) -> PyResult<PyFrame> {
    let code = th.getattr_str(entry.frame(), "f_code")?;
    let text = |name: &str| {
        let v = th.getattr_str(&code, name)?;
        th.str_string(&v).map(|text| text.to_string())
    };
    let line = entry.line(th)?;
    Ok(PyFrame {
        file: text("co_filename")?,
        line: line.as_small_int().and_then(|n| u32::try_from(n).ok()),
        function: text("co_name")?,
    })
}
