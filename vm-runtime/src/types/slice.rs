//! `slice`.
use crate::prelude::*;
use crate::types::subscript::is_index;
use num_bigint::BigInt;
use num_traits::{Signed, Zero};

/// The payload of `slice`.
pub struct Slice {
    start: Value,
    stop: Value,
    step: Value,
}

payload!(Slice, "slice", traverse = Slice::traverse);

/// The type's declaration.
pub static SPEC: TypeSpec = TypeSpec {
    name: "slice",
    doc: "slice(stop)\nslice(start, stop[, step])\n\nCreate a slice object.\n\nThis is used for extended slicing (e.g. a[0:10:2]).",
    slots: &[Slot::NewRaw(new), Slot::Repr(repr), Slot::Hash(hash), Slot::RichCompare(compare)],
    methods: &[
        m(
            "indices",
            "(object, /)",
            indices,
            "S.indices(len) -> (start, stop, stride)\n\nAssuming a sequence of length len, calculate the start and stop\nindices, and the stride length of the extended slice described by\nS. Out of bounds indices are clipped in a manner consistent with the\nhandling of normal slices.",
        ),
        m("__reduce__", "()", reduce, "Return state information for pickling."),
        m("__copy__", "()", copy, "Support for copy.copy()"),
        m("__deepcopy__", "(memo, /)", deepcopy, "Support for copy.deepcopy()"),
    ],
    getset: &[
        mb("start", |th, v| Ok(this(th, v)?.start.clone()), None, ""),
        mb("stop", |th, v| Ok(this(th, v)?.stop.clone()), None, ""),
        mb("step", |th, v| Ok(this(th, v)?.step.clone()), None, ""),
    ],
    ..TypeSpec::of::<Slice>()
};

impl Slice {
    /// A slice.
    #[must_use]
    pub fn new(start: Value, stop: Value, step: Value) -> Slice {
        Slice { start: start.into_owned(), stop: stop.into_owned(), step: step.into_owned() }
    }

    /// Where it begins, or None.
    #[inline]
    #[must_use]
    pub fn start(&self) -> &Value {
        &self.start
    }

    /// Where it ends, or None.
    #[inline]
    #[must_use]
    pub fn stop(&self) -> &Value {
        &self.stop
    }

    /// The stride, or None.
    #[inline]
    #[must_use]
    pub fn step(&self) -> &Value {
        &self.step
    }

    fn parts(&self) -> [&Value; 3] {
        [&self.start, &self.stop, &self.step]
    }

    fn traverse(&self, visit: Visitor<'_>) {
        self.parts().into_iter().for_each(visit);
    }
}

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Slice> {
    th.expect::<Slice>(v, "slice")
}

fn new(th: &Thread, _cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let args = super::subscript::only_positional(th, "slice", args, 1..=3, false)?;
    let none = Value::NONE;
    let (start, stop, step) = match args {
        [stop] => (&none, stop, &none),
        [start, stop] => (start, stop, &none),
        [start, stop, step, ..] => (start, stop, step),
        [] => (&none, &none, &none),
    };
    Ok(th.new_object(th.types().slice, Slice::new(start.clone(), stop.clone(), step.clone())))
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let slice = this(th, v)?;
    let mut out = Wtf8Buf::from("slice(");
    for (i, part) in slice.parts().into_iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        out.push_wtf8(&th.repr_string(part)?);
    }
    out.push_str(")");
    Ok(th.str_wtf8(out))
}

fn hash(th: &Thread, v: &Value) -> PyResult<i64> {
    const PRIME_1: u64 = 11_400_714_785_074_694_791;
    const PRIME_2: u64 = 14_029_467_366_897_019_727;
    let mut acc: u64 = 2_870_177_450_012_600_261;
    for part in this(th, v)?.parts() {
        acc = acc.wrapping_add((th.hash(part)? as u64).wrapping_mul(PRIME_2));
        acc = acc.rotate_left(31).wrapping_mul(PRIME_1);
    }
    Ok(if acc == u64::MAX { 1_546_275_796 } else { acc as i64 })
}

fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let (Some(left), Some(right)) = (a.payload::<Slice>(), b.payload::<Slice>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if a.is(b) {
        return Ok(Value::bool(matches!(op, CompareOp::Eq | CompareOp::Le | CompareOp::Ge)));
    }
    let tuple = |slice: &Slice| th.tuple(slice.parts().into_iter().cloned().collect());
    th.compare(&tuple(left), &tuple(right), op)
}

fn big(th: &Thread, v: &Value) -> PyResult<BigInt> {
    if !is_index(th, v) {
        return Err(th.type_error("slice indices must be integers or None or have an __index__ method"));
    }
    let int = th.index(v)?;
    th.as_bigint(&int)
}

fn indices(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let slice = this(th, v)?;
    let [length] = args else { return Err(th.system_error("bad native call")) };
    let length = {
        let int = th.index(length)?;
        th.as_bigint(&int)?
    };
    if length.is_negative() {
        return Err(th.value_error("length should not be negative"));
    }
    let step = if slice.step.is_none() { BigInt::from(1) } else { big(th, &slice.step)? };
    if step.is_zero() {
        return Err(th.value_error("slice step cannot be zero"));
    }
    let down = step.is_negative();
    let (lower, upper) =
        if down { (BigInt::from(-1), &length - 1) } else { (BigInt::zero(), length.clone()) };
    let clip = |part: &Value, default: &BigInt| -> PyResult<BigInt> {
        if part.is_none() {
            return Ok(default.clone());
        }
        let x = big(th, part)?;
        if x.is_negative() {
            let x = x + &length;
            Ok(if x < lower { lower.clone() } else { x })
        } else if x > upper {
            Ok(upper.clone())
        } else {
            Ok(x)
        }
    };
    let start = clip(&slice.start, if down { &upper } else { &lower })?;
    let stop = clip(&slice.stop, if down { &lower } else { &upper })?;
    Ok(th.tuple(vec![th.int_from(start), th.int_from(stop), th.int_from(step)]))
}

fn reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let slice = this(th, v)?;
    let parts = th.tuple(slice.parts().into_iter().cloned().collect());
    Ok(th.tuple(vec![th.types().slice.value(), parts]))
}

fn copy(_th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(v.clone())
}

fn deepcopy(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let slice = this(th, v)?;
    let copy = th.import("copy")?;
    let deepcopy = th.getattr_str(&copy, "deepcopy")?;
    let memo = args.first().cloned().unwrap_or(Value::NONE);
    let one = |part: &Value| th.call(&deepcopy, &[part.clone(), memo.clone()]);
    let copy = Slice::new(one(&slice.start)?, one(&slice.stop)?, one(&slice.step)?);
    Ok(th.new_object(th.types().slice, copy))
}
