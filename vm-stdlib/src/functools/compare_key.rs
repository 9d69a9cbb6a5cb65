//! `cmp_to_key`.
use vm_runtime::prelude::*;
use vm_runtime::types::make::native_type;

/// Payload of `KeyWrapper`: a comparison function, and (in a key) what is compared.
pub struct KeyWrapper {
    compare: Value,
    object: AtomicValue,
}

payload!(KeyWrapper, "KeyWrapper", traverse = KeyWrapper::traverse, clear = KeyWrapper::clear);

/// `functools.KeyWrapper`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "functools.KeyWrapper",
    flags: NO_NEW,
    slots: &[Slot::NotHashable, Slot::RichCompare(compare), Slot::Call(call)],
    getset: &[
        gs("obj", get_object, Some(set_object), "Value wrapped by a key function."),
        gs("__text_signature__", |th, _| Ok(th.str("(obj)")), None, ""),
    ],
    ..TypeSpec::of::<KeyWrapper>()
};

impl KeyWrapper {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.compare);
        self.object.traverse(visit);
    }

    fn clear(&self) {
        drop(self.object.take());
    }
}

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a KeyWrapper> {
    th.expect::<KeyWrapper>(v, "functools.KeyWrapper")
}

fn make(th: &Thread, compare: &Value, object: AtomicValue) -> PyResult<Value> {
    let ty = native_type(th, &SPEC)?;
    Ok(th.new_object(ty, KeyWrapper { compare: compare.clone(), object }))
}

/// `cmp_to_key(mycmp)`.
pub fn cmp_to_key(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    let [function] = args else { return Err(th.system_error("bad native call")) };
    make(th, function, AtomicValue::empty())
}

fn get_object(th: &Thread, v: &Value) -> PyResult<Value> {
    match this(th, v)?.object.get(th) {
        object if object.is_unbound() => Ok(Value::NONE),
        object => Ok(object),
    }
}

fn set_object(th: &Thread, v: &Value, value: Option<&Value>) -> PyResult<()> {
    this(th, v)?.object.set(th, value.cloned().unwrap_or(Value::UNBOUND));
    Ok(())
}

fn call(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<Value> {
    let mut object = args.positional().first();
    if args.positional().len() > 1 || args.args.len() > 1 {
        return Err(th.type_error(format!("K() takes at most 1 argument ({} given)", args.args.len())));
    }
    for (name, value) in args.keywords() {
        let text = name.as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default();
        if text != "obj" {
            return Err(th.type_error(format!("K() got an unexpected keyword argument '{text}'")));
        }
        object = Some(value);
    }
    let Some(object) = object else {
        return Err(th.type_error("K() missing required argument 'obj' (pos 1)"));
    };
    make(th, &this(th, v)?.compare, AtomicValue::new(object.clone()))
}

fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let left = this(th, a)?;
    let Some(right) = b.payload::<KeyWrapper>() else {
        return Err(th.type_error("other argument must be K instance"));
    };
    let (x, y) = (left.object.get(th), right.object.get(th));
    if x.is_unbound() || y.is_unbound() {
        return Err(th.attribute_error("object"));
    }
    let result = th.call(&left.compare, &[x, y])?;
    th.compare(&result, &th.int(0), op)
}
