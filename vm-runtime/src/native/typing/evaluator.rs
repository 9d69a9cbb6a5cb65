//! Values that are computed at first use: bounds, constraints, defaults, the values of aliases.
use crate::prelude::*;

/// A value, a function that computes it, or nothing.
pub struct LazyType {
    value: AtomicValue,
    evaluate: AtomicValue,
}

impl LazyType {
    /// Known from the start; UNBOUND: nothing.
    #[must_use]
    pub fn known(value: Value) -> LazyType {
        LazyType { value: AtomicValue::new(value), evaluate: AtomicValue::empty() }
    }

    /// Computed by `evaluate(1)`; UNBOUND: nothing.
    #[must_use]
    pub fn lazy(evaluate: Value) -> LazyType {
        LazyType { value: AtomicValue::empty(), evaluate: AtomicValue::new(evaluate) }
    }

    /// Makes it computed by `evaluate(1)`.
    pub fn set_lazy(&self, th: &Thread, evaluate: Value) {
        self.value.set(th, Value::UNBOUND);
        self.evaluate.set(th, evaluate);
    }

    /// The value, computed now if need be; None if there is nothing.
    pub fn get(&self, th: &Thread) -> PyResult<Option<Value>> {
        let value = self.value.get(th);
        if !value.is_unbound() {
            return Ok(Some(value));
        }
        let evaluate = self.evaluate.get(th);
        if evaluate.is_unbound() {
            return Ok(None);
        }
        let value = th.call(&evaluate, &[th.int(1)])?;
        self.value.set(th, value.clone());
        Ok(Some(value))
    }

    /// The function that computes it; one that gives the known value if there is none; None if there is nothing.
    pub fn evaluator(&self, th: &Thread) -> PyResult<Value> {
        let evaluate = self.evaluate.get(th);
        if !evaluate.is_unbound() {
            return Ok(evaluate);
        }
        let value = self.value.get(th);
        if value.is_unbound() {
            return Ok(Value::NONE);
        }
        th.make_object(th.type_for::<ConstEvaluator>(), ConstEvaluator { value })
    }

    /// For the collector.
    pub fn traverse(&self, visit: Visitor<'_>) {
        self.value.traverse(&mut *visit);
        self.evaluate.traverse(visit);
    }

    /// For the collector.
    pub fn clear(&self) {
        drop(self.value.take());
        drop(self.evaluate.take());
    }
}

/// The payload of evaluators of values that were known.
pub struct ConstEvaluator {
    value: Value,
}

payload!(
    ConstEvaluator,
    "_typing._ConstEvaluator",
    traverse = |e: &ConstEvaluator, v: Visitor<'_>| v(&e.value)
);

/// `_typing._ConstEvaluator`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "_typing._ConstEvaluator",
    doc: "",
    flags: NO_NEW,
    slots: &[Slot::Call(call), Slot::Repr(repr)],
    ..TypeSpec::of::<ConstEvaluator>()
};

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a ConstEvaluator> {
    th.expect::<ConstEvaluator>(v, "constevaluator")
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let shown = th.repr_text(&this(th, v)?.value)?;
    Ok(th.str(&format!("<constevaluator {shown}>")))
}

/// `annotationlib.Format.STRING`.
const STRING: i64 = 4;

fn call(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<Value> {
    let [format] = args.args else {
        return Err(th.type_error("constevaluator.__call__() takes exactly one argument"));
    };
    let value = &this(th, v)?.value;
    if th.index_i64(format)? != STRING {
        return Ok(value.clone());
    }
    if let Some(t) = value.payload::<Tuple>() {
        let mut out = Wtf8Buf::from("(");
        for (i, item) in t.as_slice().iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            out.push_wtf8(&crate::types::generic_alias::type_repr(th, item)?);
        }
        out.push_str(")");
        return Ok(th.str_wtf8(out));
    }
    Ok(th.str_wtf8(crate::types::generic_alias::type_repr(th, value)?))
}
