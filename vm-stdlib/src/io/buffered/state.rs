//! The buffer of a buffered stream and its conversation with the raw stream. The caller holds the stream's lock.
use super::{buffers, exact_file, retry_interrupted};
use crate::ext::ThreadExt;
use vm_runtime::prelude::*;

/// See R2 (buffered).
pub struct State {
    pub buf: Vec<u8>,
    pub readable: bool,
    pub writable: bool,
    pub pos: usize,
    pub raw_pos: i64,
    pub read_end: i64,
    pub write_pos: usize,
    pub write_end: i64,
    /// Position of the raw stream in the file; -1 unknown.
    pub abs_pos: i64,
}

impl State {
    pub fn new(readable: bool, writable: bool) -> State {
        State {
            buf: Vec::new(),
            readable,
            writable,
            pos: 0,
            raw_pos: 0,
            read_end: -1,
            write_pos: 0,
            write_end: -1,
            abs_pos: -1,
        }
    }

    pub fn has_read(&self) -> bool {
        self.readable && self.read_end >= 0
    }

    pub fn has_write(&self) -> bool {
        self.writable && self.write_end >= 0
    }

    /// Bytes read and not yet taken.
    pub fn read_ahead(&self) -> usize {
        if self.has_read() { (self.read_end as usize).saturating_sub(self.pos) } else { 0 }
    }

    /// How far the raw stream is beyond the program's position.
    pub fn raw_offset(&self) -> i64 {
        if (self.has_read() || self.has_write()) && self.raw_pos >= 0 {
            self.raw_pos - self.pos as i64
        } else {
            0
        }
    }

    pub fn adjust(&mut self, pos: usize) {
        self.pos = pos;
        if self.has_read() && self.read_end < pos as i64 {
            self.read_end = pos as i64;
        }
    }

    pub fn reset_read(&mut self) {
        self.read_end = -1;
    }

    pub fn reset_write(&mut self) {
        self.write_pos = 0;
        self.write_end = -1;
    }

    /// Bytes that the buffer can still take at `pos`.
    pub fn room(&self) -> usize {
        self.buf.len().saturating_sub(self.pos)
    }

    /// The bytes read ahead.
    pub fn ahead(&self) -> &[u8] {
        if self.has_read() { self.buf.get(self.pos..self.read_end as usize).unwrap_or(&[]) } else { &[] }
    }

    /// Reads once from the raw stream into the buffer at `start`; None if it would block.
    pub fn fill_at(&mut self, th: &Thread, raw: &Value, start: usize) -> PyResult<Option<usize>> {
        let got = {
            let target = self.buf.get_mut(start..).unwrap_or(&mut []);
            raw_read_into(th, raw, target)?
        };
        Ok(self.advance(got))
    }

    fn advance(&mut self, got: Option<usize>) -> Option<usize> {
        if let Some(n) = got
            && n > 0
            && self.abs_pos >= 0
        {
            self.abs_pos += n as i64;
        }
        got
    }

    /// Reads once from the raw stream into `target`, past the buffer.
    pub fn read_raw(&mut self, th: &Thread, raw: &Value, target: &mut [u8]) -> PyResult<Option<usize>> {
        let got = raw_read_into(th, raw, target)?;
        Ok(self.advance(got))
    }

    /// Fills the buffer behind what it holds; None if the raw stream would block.
    pub fn fill(&mut self, th: &Thread, raw: &Value) -> PyResult<Option<usize>> {
        let start = if self.has_read() { self.read_end as usize } else { 0 };
        let got = self.fill_at(th, raw, start)?;
        if let Some(n) = got
            && n > 0
        {
            self.read_end = (start + n) as i64;
            self.raw_pos = (start + n) as i64;
        }
        Ok(got)
    }

    /// Writes once to the raw stream; None if it would block.
    pub fn write_raw(&mut self, th: &Thread, raw: &Value, data: &[u8]) -> PyResult<Option<usize>> {
        let n = match exact_file(th, raw) {
            Some(file) => file.write_from(th, data)?,
            None => {
                let view = th.call(&th.types().memoryview.value(), &[th.bytes(data)])?;
                let result =
                    retry_interrupted(th, || th.call_method(raw, "write", std::slice::from_ref(&view)));
                let _ = th.call_method(&view, "release", &[]).map_err(|_| th.clear_error());
                returned_length(th, &result?, data.len(), "write")?
            }
        };
        Ok(self.advance(n))
    }

    /// Where the raw stream is.
    pub fn raw_tell(&mut self, th: &Thread, raw: &Value) -> PyResult<i64> {
        self.abs_pos = -1;
        let at = match exact_file(th, raw) {
            Some(file) => file.seek_to(th, 0, 1)?,
            None => {
                let at = th.call_method(raw, "tell", &[])?;
                super::super::offset(th, &at)?
            }
        };
        self.positioned(th, at)
    }

    fn positioned(&mut self, th: &Thread, at: i64) -> PyResult<i64> {
        if at < 0 {
            return Err(th.os_error_text(format!("Raw stream returned invalid position {at}")));
        }
        self.abs_pos = at;
        Ok(at)
    }

    /// Moves the raw stream.
    pub fn raw_seek(&mut self, th: &Thread, raw: &Value, target: i64, whence: i32) -> PyResult<i64> {
        self.abs_pos = -1;
        let at = match exact_file(th, raw) {
            Some(file) => file.seek_to(th, target, whence)?,
            None => {
                let at = th.call_method(raw, "seek", &[th.int(target), th.int(i64::from(whence))])?;
                super::super::offset(th, &at)?
            }
        };
        self.positioned(th, at)
    }

    /// Writes out what is to be written. `Ok(false)`: the raw stream would block.
    pub fn flush_write(&mut self, th: &Thread, raw: &Value) -> PyResult<bool> {
        if !self.has_write() || self.write_pos as i64 == self.write_end {
            self.reset_write();
            return Ok(true);
        }
        let rewind = self.raw_offset() + (self.pos as i64 - self.write_pos as i64);
        if rewind != 0 {
            self.raw_seek(th, raw, -rewind, 1)?;
            self.raw_pos -= rewind;
        }
        while (self.write_pos as i64) < self.write_end {
            // The raw stream gets a copy that no other part of this call can change.
            let chunk = self.buf.get(self.write_pos..self.write_end as usize).unwrap_or(&[]).to_vec();
            match self.write_raw(th, raw, &chunk)? {
                None => return Ok(false),
                Some(n) => {
                    self.adjust(self.pos);
                    self.write_pos += n;
                    self.raw_pos = self.write_pos as i64;
                }
            }
            // A partial write may be the sign of a signal.
            th.check_signals()?;
        }
        self.reset_write();
        Ok(true)
    }

    /// `flush_write`, with BlockingIOError if the raw stream would block.
    pub fn flush_all(&mut self, th: &Thread, raw: &Value) -> PyResult<()> {
        if self.flush_write(th, raw)? {
            return Ok(());
        }
        Err(blocking_error(th, "write could not complete without blocking", 0))
    }

    /// Writes out, then moves the raw stream back over what was read ahead.
    pub fn flush_and_rewind(&mut self, th: &Thread, raw: &Value) -> PyResult<()> {
        self.flush_all(th, raw)?;
        if self.readable {
            let back = self.raw_offset();
            let moved = self.raw_seek(th, raw, -back, 1);
            self.reset_read();
            moved?;
        }
        Ok(())
    }
}

/// BlockingIOError(EAGAIN, message, written).
pub fn blocking_error(th: &Thread, message: &str, written: usize) -> Raised {
    let kind = th.types().exc.blocking_io_error;
    th.raise_args(kind, &[th.int(i64::from(libc::EAGAIN)), th.str(message), th.usize(written)])
}

fn returned_length(th: &Thread, value: &Value, len: usize, method: &str) -> PyResult<Option<usize>> {
    if value.is_none() {
        return Ok(None);
    }
    let n = match th.index_i64(value) {
        Ok(n) => n,
        Err(raised) if method == "readinto" && th.error_is(th.types().exc.type_error) => {
            // CPython: the failure is reported as an OSError with this one as its cause.
            let cause = th.take_error();
            let _ = raised;
            let error = th.os_error_text("raw readinto() failed");
            return Err(th.with_cause(error, cause));
        }
        Err(raised) => return Err(raised),
    };
    if n < 0 || n as u64 > len as u64 {
        let text =
            format!("raw {method}() returned invalid length {n} (should have been between 0 and {len})");
        return Err(th.os_error_text(text));
    }
    Ok(Some(n as usize))
}

fn raw_read_into(th: &Thread, raw: &Value, target: &mut [u8]) -> PyResult<Option<usize>> {
    if let Some(file) = exact_file(th, raw) {
        return file.read_into(th, target);
    }
    let buffer = th.call(&th.types().bytearray.value(), &[th.usize(target.len())])?;
    let view = th.call(&th.types().memoryview.value(), std::slice::from_ref(&buffer))?;
    let result = retry_interrupted(th, || th.call_method(raw, "readinto", std::slice::from_ref(&view)));
    let _ = th.call_method(&view, "release", &[]).map_err(|_| th.clear_error());
    let n = returned_length(th, &result?, target.len(), "readinto")?;
    if let Some(n) = n {
        let data = buffers::read(th, &buffer)?;
        if let (Some(to), Some(from)) = (target.get_mut(..n), data.as_slice().get(..n)) {
            to.copy_from_slice(from);
        }
    }
    Ok(n)
}
