//! `_thread._local`: attributes that each thread has for itself.
use crate::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// `_thread._local`: attributes by thread. Each thread's dict is in its `Thread::locals`, by the object's number.
pub struct Local {
    key: u64,
    args: Value,
    kwargs: Value,
}
payload!(Local, "_thread._local", traverse = Local::traverse);

impl Local {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.args);
        visit(&self.kwargs);
        // The threads' dicts belong to the object, wherever they are kept.
        if let Some(th) = Thread::current() {
            th.vm().visit_locals(self.key, visit);
        }
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        if let Some(th) = Thread::current() {
            let old = th.locals.borrow_mut().remove(&self.key);
            drop(old);
        }
    }
}

fn local_new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let plain = cls.slots.init().map(|f| f as usize) == th.types().object.slots.init().map(|f| f as usize);
    if plain && !args.is_empty() {
        return Err(th.type_error("Initialization arguments are not supported"));
    }
    let kwargs = th.dict();
    if let Some(d) = kwargs.payload::<Dict>() {
        for (k, v) in args.keywords() {
            d.set(th, k, v)?;
        }
    }
    let key = NEXT.fetch_add(1, Ordering::Relaxed);
    let v = th.new_object(cls, Local { key, args: th.tuple(args.positional().to_vec()), kwargs });
    th.locals.borrow_mut().insert(key, th.dict());
    Ok(v)
}

/// This thread's dict of a local object; `__init__` runs when the thread uses it first.
fn local_dict(th: &Thread, v: &Value) -> PyResult<Value> {
    let local = th.expect::<Local>(v, "_thread._local")?;
    if let Some(d) = th.locals.borrow().get(&local.key) {
        return Ok(d.clone());
    }
    let dict = th.dict();
    th.locals.borrow_mut().insert(local.key, dict.clone());
    let ty = v.type_of(th);
    if ty.slots.init().map(|f| f as usize) != th.types().object.slots.init().map(|f| f as usize) {
        let positional = local.args.payload::<Tuple>().map(|t| t.as_slice().to_vec()).unwrap_or_default();
        let init = th.getattr(v, &th.names().__init__)?;
        if let Err(raised) = th.call_dict(&init, &positional, Some(&local.kwargs)) {
            let old = th.locals.borrow_mut().remove(&local.key);
            drop(old);
            return Err(raised);
        }
    }
    Ok(dict)
}

fn local_getattr(th: &Thread, v: &Value, name: &Value) -> PyResult<Value> {
    let dict = local_dict(th, v)?;
    let name = th.intern_value(name)?;
    if name.is(&th.names().__dict__) {
        return Ok(dict);
    }
    let ty = v.type_of(th);
    let found = ty.lookup(th, &name);
    let get = found.as_ref().and_then(|d| d.type_of(th).slots.descr_get());
    if let (Some(d), Some(get)) = (&found, get)
        && d.type_of(th).slots.descr_set().is_some()
    {
        return get(th, d, Some(v), Some(&ty.value()));
    }
    if let Some(own) = dict.payload::<Dict>().and_then(|d| d.get_interned(th, &name)) {
        return Ok(own);
    }
    match (found, get) {
        (Some(d), Some(get)) => get(th, &d, Some(v), Some(&ty.value())),
        (Some(d), None) => Ok(d),
        (None, _) => Err(th.no_attribute(v, &name)),
    }
}

fn local_setattr(th: &Thread, v: &Value, name: &Value, value: Option<&Value>) -> PyResult<()> {
    let dict = local_dict(th, v)?;
    let name = th.intern_value(name)?;
    if name.is(&th.names().__dict__) {
        return Err(th.attribute_error_for(
            format!("'{}' object attribute '__dict__' is read-only", v.type_name(th)),
            v,
            &name,
        ));
    }
    if let Some(d) = v.type_of(th).lookup(th, &name)
        && let Some(set) = d.type_of(th).slots.descr_set()
    {
        return set(th, &d, v, value);
    }
    let Some(d) = dict.payload::<Dict>() else { return Ok(()) };
    match value {
        Some(value) => d.set(th, &name, value),
        None => {
            if d.del(th, &name)? {
                Ok(())
            } else {
                Err(th.no_attribute(v, &name))
            }
        }
    }
}

/// `_thread._local`.
pub static LOCAL: TypeSpec = TypeSpec {
    name: "_thread._local",
    doc: "Thread-local data",
    flags: BASETYPE | WEAKREFS,
    slots: &[Slot::NewRaw(local_new), Slot::GetAttr(local_getattr), Slot::SetAttr(local_setattr)],
    getset: &[gs("__dict__", local_dict, None, "Thread-local dictionary")],
    ..TypeSpec::of::<Local>()
};
