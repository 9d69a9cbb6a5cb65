//! Operators: the dispatch between operands.
use crate::slots::{BinaryFn, BinaryOp};
use crate::thread::{PyResult, Thread};
use crate::types::value_ext::ValueExt;
use vm_core::Value;

impl Thread {
    /// Tries `a op b` by the operands' numeric slots; NotImplemented if neither knows.
    fn binary_slots(&self, op: BinaryOp, a: &Value, b: &Value) -> PyResult<Value> {
        let (ta, tb) = (a.type_of(self), b.type_of(self));
        let fa = ta.slots.binary(op);
        let mut fb: Option<BinaryFn> = None;
        if ta != tb {
            fb = tb.slots.binary(op);
            if fb.map(|f| f as usize) == fa.map(|f| f as usize) {
                fb = None;
            }
        }
        if let Some(f) = fa {
            if let Some(g) = fb
                && tb.is_subtype(ta)
            {
                let result = g(self, a, b)?;
                if !result.is_not_implemented() {
                    return Ok(result);
                }
                fb = None;
            }
            let result = f(self, a, b)?;
            if !result.is_not_implemented() {
                return Ok(result);
            }
        }
        match fb {
            Some(g) => g(self, a, b),
            None => Ok(Value::NOT_IMPLEMENTED),
        }
    }

    /// `a op b`.
    ///
    /// # Errors
    /// What the methods raise; TypeError `unsupported operand type(s) for +: 'X' and 'Y'`.
    pub fn binary(&self, op: BinaryOp, a: &Value, b: &Value) -> PyResult<Value> {
        if op == BinaryOp::Pow {
            return self.power(a, b, &Value::NONE);
        }
        let result = self.binary_slots(op, a, b)?;
        if !result.is_not_implemented() {
            return Ok(result);
        }
        if let Some(result) = self.sequence_op(op, a, b, false)? {
            return Ok(result);
        }
        Err(self.unsupported(op, op.symbol(), a, b))
    }

    /// `+` and `*` of sequences that are no numbers.
    fn sequence_op(&self, op: BinaryOp, a: &Value, b: &Value, inplace: bool) -> PyResult<Option<Value>> {
        let (ta, tb) = (a.type_of(self), b.type_of(self));
        match op {
            BinaryOp::Add => {
                if inplace && let Some(f) = ta.slots.inplace_concat() {
                    return f(self, a, b).map(Some);
                }
                match ta.slots.concat() {
                    Some(f) => {
                        let result = f(self, a, b)?;
                        Ok(if result.is_not_implemented() { None } else { Some(result) })
                    }
                    None => Ok(None),
                }
            }
            BinaryOp::Mul => {
                if inplace && let Some(f) = ta.slots.inplace_repeat() {
                    return self.repeat(f, a, b).map(Some);
                }
                if let Some(f) = ta.slots.repeat() {
                    return self.repeat(f, a, b).map(Some);
                }
                match tb.slots.repeat() {
                    Some(f) => self.repeat(f, b, a).map(Some),
                    None => Ok(None),
                }
            }
            _ => Ok(None),
        }
    }

    fn repeat(&self, f: crate::slots::IndexFn, sequence: &Value, n: &Value) -> PyResult<Value> {
        if n.type_of(self).slots.index().is_none() {
            return Err(self.type_error(format!(
                "can't multiply sequence by non-int of type '{}'",
                n.type_of(self).full_name()
            )));
        }
        let n = self.index_i64(n)?;
        f(self, sequence, n)
    }

    /// `a op= b`.
    ///
    /// # Errors
    /// As `binary`, with `+=` in the message.
    pub fn inplace(&self, op: BinaryOp, a: &Value, b: &Value) -> PyResult<Value> {
        if op == BinaryOp::Pow {
            if let Some(f) = a.type_of(self).slots.inplace_power() {
                let result = f(self, a, b, &Value::NONE)?;
                if !result.is_not_implemented() {
                    return Ok(result);
                }
            }
            let result = self.power_slots(a, b, &Value::NONE)?;
            if !result.is_not_implemented() {
                return Ok(result);
            }
            return Err(self.unsupported(op, op.inplace_symbol(), a, b));
        }
        if let Some(f) = a.type_of(self).slots.inplace(op) {
            let result = f(self, a, b)?;
            if !result.is_not_implemented() {
                return Ok(result);
            }
        }
        let result = self.binary_slots(op, a, b)?;
        if !result.is_not_implemented() {
            return Ok(result);
        }
        if let Some(result) = self.sequence_op(op, a, b, true)? {
            return Ok(result);
        }
        Err(self.unsupported(op, op.inplace_symbol(), a, b))
    }

    #[cold]
    fn unsupported(&self, op: BinaryOp, symbol: &str, a: &Value, b: &Value) -> crate::thread::Raised {
        let (ta, tb) = (a.type_of(self).full_name(), b.type_of(self).full_name());
        if op == BinaryOp::RShift
            && symbol == ">>"
            && ta == "builtin_function_or_method"
            && let Some(f) = a.payload::<crate::types::builtin_function::BuiltinFunction>()
            && f.name() == "print"
        {
            return self.type_error(format!(
                        "unsupported operand type(s) for {symbol}: '{ta}' and '{tb}'. Did you mean \"print(<message>, file=<output_stream>)\"?"
                    ));
        }
        self.type_error(format!("unsupported operand type(s) for {symbol}: '{ta}' and '{tb}'"))
    }

    fn power_slots(&self, a: &Value, b: &Value, modulus: &Value) -> PyResult<Value> {
        let (ta, tb) = (a.type_of(self), b.type_of(self));
        let fa = ta.slots.power();
        let mut fb = if ta == tb { None } else { tb.slots.power() };
        if fb.map(|f| f as usize) == fa.map(|f| f as usize) {
            fb = None;
        }
        let reflected_first = fb.is_some() && tb.is_subtype(ta);
        let order = if reflected_first { [fb, fa] } else { [fa, fb] };
        for f in order.into_iter().flatten() {
            let result = f(self, a, b, modulus)?;
            if !result.is_not_implemented() {
                return Ok(result);
            }
        }
        if !modulus.is_none()
            && let Some(f) = modulus.type_of(self).slots.power()
        {
            let known = [fa, fb].into_iter().flatten().any(|g| g as usize == f as usize);
            if !known {
                return f(self, a, b, modulus);
            }
        }
        Ok(Value::NOT_IMPLEMENTED)
    }

    /// `pow(a, b, modulus)`; None for no modulus.
    ///
    /// # Errors
    /// As `binary`.
    pub fn power(&self, a: &Value, b: &Value, modulus: &Value) -> PyResult<Value> {
        let result = self.power_slots(a, b, modulus)?;
        if !result.is_not_implemented() {
            return Ok(result);
        }
        let (ta, tb) = (a.type_of(self).full_name(), b.type_of(self).full_name());
        Err(self.type_error(if modulus.is_none() {
            format!("unsupported operand type(s) for ** or pow(): '{ta}' and '{tb}'")
        } else {
            format!(
                "unsupported operand type(s) for ** or pow(): '{ta}', '{tb}', '{}'",
                modulus.type_of(self).full_name()
            )
        }))
    }

    fn unary(&self, f: Option<crate::slots::UnaryFn>, what: &str, v: &Value) -> PyResult<Value> {
        match f {
            Some(f) => f(self, v),
            None => {
                Err(self
                    .type_error(format!("bad operand type for {what}: '{}'", v.type_of(self).full_name())))
            }
        }
    }

    /// `-v`.
    ///
    /// # Errors
    /// TypeError `bad operand type for unary -: 'X'`, and what the method raises.
    pub fn neg(&self, v: &Value) -> PyResult<Value> {
        self.unary(v.type_of(self).slots.neg(), "unary -", v)
    }

    /// `+v`.
    ///
    /// # Errors
    /// As `neg`.
    pub fn pos(&self, v: &Value) -> PyResult<Value> {
        self.unary(v.type_of(self).slots.pos(), "unary +", v)
    }

    /// `~v`.
    ///
    /// # Errors
    /// As `neg`.
    pub fn invert(&self, v: &Value) -> PyResult<Value> {
        self.unary(v.type_of(self).slots.invert(), "unary ~", v)
    }

    /// `abs(v)`.
    ///
    /// # Errors
    /// As `neg`.
    pub fn abs(&self, v: &Value) -> PyResult<Value> {
        self.unary(v.type_of(self).slots.abs(), "abs()", v)
    }
}
