//! What a program writes to its standard streams, in the hands of the embedder.
use crate::bound::Bound;
use crate::convert::FromPyObject;
use crate::err::PyResult;
use crate::python::Python;
use crate::types::{PyAny, PyModule};
use parking_lot::Mutex;
use std::sync::Arc;

/// Bytes that Python wrote: given to [`VmBuilder::stdout`](crate::VmBuilder::stdout) and
/// [`stderr`](crate::VmBuilder::stderr). Clones are the same capture; one may serve both streams, and several machines.
///
/// A line is there as soon as `print` returns.
///
/// ```
/// # use orochi::prelude::*;
/// let out = Capture::new();
/// let vm = Vm::builder().stdout(out.clone()).build()?;
/// vm.attach(|py| py.run("print('hello', 42)"))?;
/// assert_eq!(out.take_string(), "hello 42\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Capture(Arc<Mutex<Vec<u8>>>);

impl Capture {
    /// An empty capture.
    #[must_use]
    pub fn new() -> Capture {
        Capture::default()
    }

    /// A copy of what was written so far.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().clone()
    }

    /// What was written so far, as text; what is no UTF-8 becomes U+FFFD.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock()).into_owned()
    }

    /// Takes what was written since the last time.
    #[must_use]
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock())
    }

    /// As [`take`](Capture::take), as text; what is no UTF-8 becomes U+FFFD.
    #[must_use]
    pub fn take_string(&self) -> String {
        String::from_utf8_lossy(&self.take()).into_owned()
    }

    fn write(&self, content: &[u8]) {
        self.0.lock().extend_from_slice(content);
    }
}

/// Where a standard stream of a machine goes.
#[derive(Clone, Debug, Default)]
pub enum Output {
    /// To the process's own.
    #[default]
    Inherit,
    /// Nowhere.
    Null,
    /// Into a capture.
    Capture(Capture),
}

impl From<Capture> for Output {
    fn from(capture: Capture) -> Output {
        Output::Capture(capture)
    }
}

/// The raw stream under a captured one, and the text stream over it.
const STREAMS: &str = r#"
import io

class CapturedIO(io.RawIOBase):
    def __init__(self, write, name):
        self._write = write
        self.name = name
        self.mode = "wb"

    def writable(self):
        return True

    def write(self, data):
        if self.closed:
            raise ValueError("write to closed file")
        data = bytes(data)
        self._write(data)
        return len(data)

def text_stream(write, name, errors):
    stream = io.TextIOWrapper(CapturedIO(write, name), "utf-8", errors, newline="\n", write_through=True)
    stream.mode = "w"
    return stream
"#;

/// A chunk of bytes, taken without a copy in between.
struct Chunk(Vec<u8>);

impl FromPyObject<'_, '_> for Chunk {
    type Error = crate::PyErr;
    fn extract(obj: crate::Borrowed<'_, '_, PyAny>) -> PyResult<Chunk> {
        <&[u8]>::extract(obj).map(|content| Chunk(content.to_vec()))
    }
}

/// Sets `sys.stdout` or `sys.stderr`.
pub(crate) fn install(py: Python<'_>, name: &str, output: &Output) -> PyResult<()> {
    let errors = if name == "stderr" { "backslashreplace" } else { "strict" };
    let sys = py.import("sys")?;
    let write = match output {
        Output::Inherit => return line_buffered(sys.as_any(), name),
        Output::Null => py.function("write", |_: Chunk| ())?,
        Output::Capture(capture) => {
            let capture = capture.clone();
            py.function("write", move |chunk: Chunk| capture.write(&chunk.0))?
        }
    };
    let made = streams(py)?.as_any().call_method1("text_stream", (write, format!("<{name}>"), errors))?;
    sys.add(name, &made)?;
    sys.add(&format!("__{name}__"), &made)
}

/// Lines of Python and of Rust's `println!` come out in the order they were written.
fn line_buffered(sys: &Bound<'_, PyAny>, name: &str) -> PyResult<()> {
    let stream = sys.getattr(name)?;
    if stream.is_none() {
        return Ok(());
    }
    let kwargs = crate::types::PyDict::new(sys.py());
    kwargs.as_any().set_item("line_buffering", true)?;
    stream.call_method("reconfigure", (), Some(&kwargs)).map(drop)
}

fn streams(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "_orochi_streams")?;
    py.run_with(STREAMS, &module.dict(), None)?;
    Ok(module)
}
