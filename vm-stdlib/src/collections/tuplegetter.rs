//! `_tuplegetter`: the descriptor of a namedtuple's field.
use vm_runtime::prelude::*;
use vm_runtime::types::subscript::only_positional;
use vm_runtime::types::tuple::Tuple;

/// Payload of `_tuplegetter`.
pub struct TupleGetter {
    index: i64,
    doc: AtomicValue,
}

payload!(TupleGetter, "_tuplegetter", traverse = TupleGetter::traverse);

/// `_tuplegetter`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "collections._tuplegetter",
    slots: &[Slot::NewRaw(new), Slot::Repr(repr), Slot::DescrGet(get), Slot::DescrSet(set)],
    methods: &[m("__reduce__", "()", reduce, "")],
    getset: &[gs("__doc__", get_doc, Some(set_doc), "")],
    ..TypeSpec::of::<TupleGetter>()
};

impl TupleGetter {
    fn traverse(&self, visit: Visitor<'_>) {
        self.doc.traverse(visit);
    }
}

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a TupleGetter> {
    th.expect::<TupleGetter>(v, "_tuplegetter")
}

fn new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let [index, doc] = only_positional(th, "_tuplegetter", args, 2..=2, false)? else {
        return Err(th.system_error("bad native call"));
    };
    let index = th.index_i64(index)?;
    Ok(th.new_object(cls, TupleGetter { index, doc: AtomicValue::new(doc.clone()) }))
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let getter = this(th, v)?;
    let doc = th.repr_string(&getter.doc.get(th))?;
    Ok(th.str(&format!("{}({}, {doc})", v.type_of(th).name(), getter.index)))
}

fn get(th: &Thread, descr: &Value, object: Option<&Value>, _ty: Option<&Value>) -> PyResult<Value> {
    let getter = this(th, descr)?;
    let Some(object) = object.filter(|o| !o.is_none()) else { return Ok(descr.clone()) };
    let Some(tuple) = object.payload::<Tuple>() else {
        return Err(th.type_error(format!(
            "descriptor for index '{}' for tuple subclasses doesn't apply to '{}' object",
            getter.index,
            object.type_of(th).full_name()
        )));
    };
    match usize::try_from(getter.index).ok().and_then(|i| tuple.get(i)) {
        Some(item) => Ok(item.clone()),
        None => Err(th.index_error("tuple index out of range")),
    }
}

fn set(th: &Thread, _descr: &Value, _object: &Value, value: Option<&Value>) -> PyResult<()> {
    Err(th.attribute_error(if value.is_some() { "can't set attribute" } else { "can't delete attribute" }))
}

fn get_doc(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(this(th, v)?.doc.get(th))
}

fn set_doc(th: &Thread, v: &Value, value: Option<&Value>) -> PyResult<()> {
    this(th, v)?.doc.set(th, value.cloned().unwrap_or(Value::NONE));
    Ok(())
}

fn reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let getter = this(th, v)?;
    let parts = th.pair(th.int(getter.index), getter.doc.get(th));
    Ok(th.pair(v.type_of(th).value(), parts))
}
