//! Cells: the variables that closures share.
use crate::prelude::*;

/// The payload of cell objects.
pub struct Cell {
    /// UNBOUND: empty.
    pub contents: AtomicValue,
}

payload!(Cell, "cell", traverse = Cell::traverse, clear = Cell::clear);

impl Cell {
    fn traverse(&self, visit: Visitor<'_>) {
        self.contents.traverse(visit);
    }

    fn clear(&self) {
        drop(self.contents.take());
    }
}

impl Thread {
    /// A new cell; UNBOUND for an empty one.
    pub fn new_cell(&self, contents: Value) -> PyResult<Value> {
        self.make_object(self.types().cell, Cell { contents: AtomicValue::new(contents) })
    }
}

/// `cell`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "cell",
    doc: "Create a new cell object.\n\n  contents\n    the contents of the cell. If not specified, the cell will be empty,\n    and further attempts to access its cell_contents attribute will\n    raise a ValueError.",
    new_sig: "(contents=<unrepresentable>, /)",
    slots: &[Slot::New(new), Slot::Repr(repr), Slot::RichCompare(compare), Slot::NotHashable],
    getset: &[gs("cell_contents", get_contents, Some(set_contents), "")],
    ..TypeSpec::of::<Cell>()
};

fn new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let contents = args.first().cloned().unwrap_or(Value::UNBOUND);
    th.make_object(cls, Cell { contents: AtomicValue::new(contents) })
}

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Cell> {
    th.expect::<Cell>(v, "cell")
}

fn get_contents(th: &Thread, v: &Value) -> PyResult<Value> {
    let contents = this(th, v)?.contents.get(th);
    if contents.is_unbound() { Err(th.value_error("Cell is empty")) } else { Ok(contents) }
}

fn set_contents(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    this(th, v)?.contents.set(th, new.cloned().unwrap_or(Value::UNBOUND));
    Ok(())
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let contents = this(th, v)?.contents.get(th);
    let at = v.identity();
    Ok(th.str(&if contents.is_unbound() {
        format!("<cell at {at:#x}: empty>")
    } else {
        format!(
            "<cell at {at:#x}: {} object at {:#x}>",
            contents.type_of(th).full_name(),
            contents.identity()
        )
    }))
}

fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let (Some(a), Some(b)) = (a.payload::<Cell>(), b.payload::<Cell>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let (a, b) = (a.contents.get(th), b.contents.get(th));
    if a.is_unbound() || b.is_unbound() {
        // An empty cell is less than any other.
        return Ok(Value::bool(op.of((!a.is_unbound()).cmp(&!b.is_unbound()))));
    }
    th.compare(&a, &b, op)
}
