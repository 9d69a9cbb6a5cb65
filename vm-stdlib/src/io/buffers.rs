//! Bytes in and out of whatever supports the buffer protocol.
use vm_runtime::buffer::{Buffer, BytesLike};
use vm_runtime::prelude::*;

/// The content of a bytes-like object.
pub struct Data(BytesLike);

impl Data {
    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, copied only if the object keeps them.
    pub fn into_vec(self) -> Vec<u8> {
        match self.0 {
            BytesLike::Copy(bytes) => bytes,
            shared @ BytesLike::Bytes(_) => shared.to_vec(),
        }
    }
}

/// The content of a bytes-like object; TypeError for anything else.
pub fn read(th: &Thread, value: &Value) -> PyResult<Data> {
    th.bytes_like(value).map(Data)
}

/// The content of an object if it is bytes-like.
pub fn try_read(th: &Thread, value: &Value) -> PyResult<Option<Data>> {
    if value.payload::<Bytes>().is_some() || th.has_buffer(value) {
        read(th, value).map(Some)
    } else {
        Ok(None)
    }
}

/// Memory to write to.
pub struct Target(Buffer);

/// The memory of an object that `readinto` fills.
pub fn writable(th: &Thread, value: &Value) -> PyResult<Target> {
    th.writable_buffer(value, "readinto() argument").map(Target)
}

/// As `writable`, for another function.
pub fn writable_for(th: &Thread, value: &Value, what: &str) -> PyResult<Target> {
    th.writable_buffer(value, what).map(Target)
}

impl Target {
    /// Bytes in all.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Writes bytes at a position.
    pub fn put(&self, th: &Thread, at: usize, bytes: &[u8]) -> PyResult<()> {
        if self.0.write(at, bytes) {
            Ok(())
        } else {
            Err(th.value_error("the buffer is too small for what was read"))
        }
    }

    /// What the memory holds.
    pub fn to_vec(&self) -> Vec<u8> {
        self.0.to_vec()
    }
}
