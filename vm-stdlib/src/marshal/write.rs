//! Writing.
use super::MAX_DEPTH;
use std::collections::HashMap;
use vm_runtime::code::Code;
use vm_runtime::prelude::*;

struct Writer<'a> {
    th: &'a Thread,
    out: Vec<u8>,
    version: i32,
    code: bool,
    /// Objects written with the reference flag, by identity, and kept alive so that identities stay theirs.
    seen: HashMap<u64, u32>,
    kept: Vec<Value>,
    depth: usize,
}

/// The bytes of an object.
pub fn to_bytes(th: &Thread, value: &Value, version: i32, code: bool) -> PyResult<Vec<u8>> {
    let mut w =
        Writer { th, out: Vec::new(), version, code, seen: HashMap::new(), kept: Vec::new(), depth: 0 };
    w.object(value)?;
    Ok(w.out)
}

const FLAG_REF: u8 = 0x80;

impl Writer<'_> {
    fn long(&mut self, n: i32) {
        self.out.extend_from_slice(&n.to_le_bytes());
    }

    fn size(&mut self, n: usize) -> PyResult<()> {
        match i32::try_from(n) {
            Ok(n) => {
                self.long(n);
                Ok(())
            }
            Err(_) => Err(self.th.value_error("unmarshallable object")),
        }
    }

    /// Writes a reference if the object was written before; else the mark with the flag that numbers it.
    fn begin(&mut self, value: &Value, mark: u8) -> bool {
        if self.version < 3 || !value.is_heap() {
            self.out.push(mark);
            return false;
        }
        if let Some(&n) = self.seen.get(&value.identity()) {
            self.out.push(b'r');
            self.out.extend_from_slice(&n.to_le_bytes());
            return true;
        }
        let n = self.seen.len() as u32;
        self.seen.insert(value.identity(), n);
        self.kept.push(value.clone());
        self.out.push(mark | FLAG_REF);
        false
    }

    fn object(&mut self, value: &Value) -> PyResult<()> {
        if self.depth > MAX_DEPTH || !self.th.native_stack_left() {
            return Err(self.th.value_error("object too deeply nested to marshal"));
        }
        self.depth += 1;
        let done = self.any(value);
        self.depth -= 1;
        done
    }

    fn any(&mut self, value: &Value) -> PyResult<()> {
        let th = self.th;
        if value.is_none() {
            self.out.push(b'N');
        } else if value.is_true() {
            self.out.push(b'T');
        } else if value.is_false() {
            self.out.push(b'F');
        } else if value.is_ellipsis() {
            self.out.push(b'.');
        } else if value.is(&th.types().exc.stop_iteration.value()) {
            self.out.push(b'S');
        } else if th.is_exact(value, th.types().int) {
            self.int(value)?;
        } else if th.is_exact(value, th.types().float) {
            let x = th.as_f64(value)?;
            if !self.begin(value, b'g') {
                self.out.extend_from_slice(&x.to_le_bytes());
            }
        } else if th.is_exact(value, th.types().complex) {
            if !self.begin(value, b'y') {
                for part in ["real", "imag"] {
                    let x = th.as_f64(&th.getattr_str(value, part)?)?;
                    self.out.extend_from_slice(&x.to_le_bytes());
                }
            }
        } else if th.is_exact(value, th.types().bytes) {
            let data = value.payload::<Bytes>().map(|b| b.as_slice().to_vec()).unwrap_or_default();
            if !self.begin(value, b's') {
                self.size(data.len())?;
                self.out.extend_from_slice(&data);
            }
        } else if th.is_exact(value, th.types().str) {
            self.text(value)?;
        } else if th.is_exact(value, th.types().tuple) {
            let items = value.payload::<Tuple>().map(|t| t.as_slice().to_vec()).unwrap_or_default();
            let small = self.version >= 4 && items.len() < 256;
            if !self.begin(value, if small { b')' } else { b'(' }) {
                if small {
                    self.out.push(items.len() as u8)
                } else {
                    self.size(items.len())?
                }
                self.items(&items)?;
            }
        } else if th.is_exact(value, th.types().list) {
            let items = value.payload::<List>().map(|l| l.to_vec(th)).unwrap_or_default();
            if !self.begin(value, b'[') {
                self.size(items.len())?;
                self.items(&items)?;
            }
        } else if th.is_exact(value, th.types().dict) {
            if !self.begin(value, b'{') {
                for (key, item) in value.payload::<Dict>().map(|d| d.items(th)).unwrap_or_default() {
                    self.object(&key)?;
                    self.object(&item)?;
                }
                self.out.push(b'0');
            }
        } else if th.is_exact(value, th.types().set) || th.is_exact(value, th.types().frozenset) {
            self.set(value)?;
        } else if th.is_exact(value, th.types().slice) && self.version >= 5 {
            if !self.begin(value, b':') {
                for part in ["start", "stop", "step"] {
                    let part = th.getattr_str(value, part)?;
                    self.object(&part)?;
                }
            }
        } else if let Some(code) = value.payload::<Code>() {
            if !self.code {
                return Err(th.value_error("marshalling code objects is disallowed"));
            }
            let image = vm_compiler_image(code);
            if !self.begin(value, b'c') {
                self.size(image.len())?;
                self.out.extend_from_slice(&image);
            }
        } else if th.has_buffer(value) {
            let data = crate::io::buffers::read(th, value)?;
            if !self.begin(value, b's') {
                self.size(data.as_slice().len())?;
                self.out.extend_from_slice(data.as_slice());
            }
        } else {
            self.out.push(b'?');
            return Err(th.value_error("unmarshallable object"));
        }
        Ok(())
    }

    fn items(&mut self, items: &[Value]) -> PyResult<()> {
        items.iter().try_for_each(|item| self.object(item))
    }

    fn int(&mut self, value: &Value) -> PyResult<()> {
        if let Some(n) = value.as_small_int().and_then(|n| i32::try_from(n).ok()) {
            self.out.push(b'i');
            self.long(n);
            return Ok(());
        }
        let number = self.th.as_bigint(value)?;
        if self.begin(value, b'l') {
            return Ok(());
        }
        let (sign, digits) = number.to_u32_digits();
        // 15 bits a digit, as CPython has it.
        let mut small: Vec<u16> = Vec::new();
        let (mut pending, mut bits) = (0u64, 0);
        for digit in digits {
            pending |= u64::from(digit) << bits;
            bits += 32;
            while bits >= 15 {
                small.push((pending & 0x7fff) as u16);
                pending >>= 15;
                bits -= 15;
            }
        }
        while pending != 0 {
            small.push((pending & 0x7fff) as u16);
            pending >>= 15;
        }
        while small.last() == Some(&0) {
            small.pop();
        }
        let count = i32::try_from(small.len()).map_err(|_| self.th.value_error("unmarshallable object"))?;
        self.long(if sign == num_bigint::Sign::Minus { -count } else { count });
        for digit in small {
            self.out.extend_from_slice(&digit.to_le_bytes());
        }
        Ok(())
    }

    fn text(&mut self, value: &Value) -> PyResult<()> {
        let Some(text) = value.as_str() else { return Ok(()) };
        let bytes = text.as_wtf8().as_bytes().to_vec();
        let ascii = self.version >= 4 && text.is_ascii();
        let mark = match (ascii, bytes.len() < 256) {
            (true, true) => b'z',
            (true, false) => b'a',
            _ => b'u',
        };
        if self.begin(value, mark) {
            return Ok(());
        }
        if mark == b'z' {
            self.out.push(bytes.len() as u8);
        } else {
            self.size(bytes.len())?;
        }
        self.out.extend_from_slice(&bytes);
        Ok(())
    }

    fn set(&mut self, value: &Value) -> PyResult<()> {
        let th = self.th;
        let frozen = th.is_exact(value, th.types().frozenset);
        let items = th.collect(value)?;
        if self.begin(value, if frozen { b'>' } else { b'<' }) {
            return Ok(());
        }
        self.size(items.len())?;
        // Equal sets have equal bytes: items go in the order of their own.
        let mut rows = Vec::with_capacity(items.len());
        for item in items {
            rows.push((to_bytes(th, &item, self.version, self.code)?, item));
        }
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        rows.iter().try_for_each(|(_, item)| self.object(item))
    }
}

fn vm_compiler_image(code: &Code) -> Vec<u8> {
    vm_runtime::vm_compiler::bytecode::image::serialize(code.unit())
}
