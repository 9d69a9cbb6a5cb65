//! `zip_longest`.
use super::iter_self;
use vm_runtime::prelude::*;

/// Payload of `zip_longest`.
pub struct ZipLongest {
    /// The iterators; None once one has ended.
    iterators: ObjCell<Vec<Option<Value>>>,
    count: usize,
    fill: Value,
}

payload!(ZipLongest, "zip_longest", traverse = ZipLongest::traverse, clear = ZipLongest::clear);

/// `zip_longest`.
pub static ZIP_LONGEST: TypeSpec = TypeSpec {
    name: "itertools.zip_longest",
    doc: "Return a zip_longest object whose .__next__() method returns a tuple where\nthe i-th element comes from the i-th iterable argument.  The .__next__()\nmethod continues until the longest iterable in the argument sequence\nis exhausted and then it raises StopIteration.  When the shorter iterables\nare exhausted, the fillvalue is substituted in their place.  The fillvalue\ndefaults to None or can be specified by a keyword argument.\n",
    flags: BASETYPE,
    new_sig: "(*iterables, fillvalue=None)",
    slots: &[Slot::NewRaw(new), Slot::Iter(iter_self), Slot::Next(next)],
    ..TypeSpec::of::<ZipLongest>()
};

impl ZipLongest {
    fn traverse(&self, visit: Visitor<'_>) {
        self.iterators.peek(|all| all.iter().flatten().for_each(&mut *visit));
        visit(&self.fill);
    }

    fn clear(&self) {}
}

fn new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let mut fill = Value::NONE;
    for (name, value) in args.keywords() {
        if name.as_str().and_then(|s| s.to_str()) != Some("fillvalue") {
            return Err(th.type_error("zip_longest() got an unexpected keyword argument"));
        }
        fill = value.clone();
    }
    let mut iterators = Vec::with_capacity(args.positional().len());
    for iterable in args.positional() {
        iterators.push(Some(th.iter(iterable)?));
    }
    let count = iterators.len();
    Ok(th.new_object(cls, ZipLongest { iterators: ObjCell::new(iterators), count, fill }))
}

fn next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = th.expect::<ZipLongest>(v, "zip_longest")?;
    let mut items = Vec::with_capacity(this.count);
    if this.iterators.with(th, |all| all.iter().all(Option::is_none)) {
        return Ok(None);
    }
    for i in 0..this.count {
        let it = this.iterators.with(th, |all| all.get(i).cloned().flatten());
        let item = match &it {
            Some(it) => match th.next(it) {
                Ok(item) => item,
                Err(raised) => {
                    // An error ends it all.
                    let all = this.iterators.with(th, std::mem::take);
                    drop(all);
                    return Err(raised);
                }
            },
            None => None,
        };
        if item.is_none() && it.is_some() {
            let (ended, left) = this.iterators.with(th, |all| {
                let ended = all.get_mut(i).and_then(Option::take);
                (ended, all.iter().flatten().count())
            });
            drop(ended);
            if left == 0 {
                return Ok(None);
            }
        }
        items.push(item.unwrap_or_else(|| this.fill.clone()));
    }
    Ok(Some(th.tuple(items)))
}
