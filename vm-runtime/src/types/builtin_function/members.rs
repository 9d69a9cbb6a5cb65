//! Member descriptors: the attributes that `__slots__` makes.
use super::*;

/// An attribute in a `__slots__` slot.
pub struct MemberDescriptor {
    pub(crate) owner: TypeRef,
    pub(crate) name: Value,
    /// Index among the slots of the owner and its bases.
    pub(crate) index: usize,
}
payload!(MemberDescriptor, "member_descriptor", traverse = MemberDescriptor::traverse);

impl MemberDescriptor {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.name);
    }

    fn text(&self) -> String {
        self.name.as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default()
    }

    /// The attribute's value.
    ///
    /// # Errors
    /// AttributeError if it is not set; TypeError for an object of another type.
    pub fn get(&self, th: &Thread, v: &Value) -> PyResult<Value> {
        check_receiver(th, self.owner, &self.text(), v)?;
        match load_member(th, v, v.type_of(th), self.index) {
            Some(found) => Ok(found),
            None => Err(th.attribute_error_for(
                format!("'{}' object has no attribute '{}'", v.type_of(th).full_name(), self.text()),
                v,
                &self.name,
            )),
        }
    }

    /// Sets or deletes the attribute.
    ///
    /// # Errors
    /// As `get`, where it is deleted.
    pub fn set(&self, th: &Thread, v: &Value, value: Option<&Value>) -> PyResult<()> {
        check_receiver(th, self.owner, &self.text(), v)?;
        let old = store_member(th, v, v.type_of(th), self.index, value.cloned().unwrap_or(Value::UNBOUND));
        if value.is_none() && old.is_unbound() {
            return Err(th.attribute_error_for(self.text(), v, &self.name));
        }
        Ok(())
    }
}

/// A member descriptor.
#[must_use]
pub fn member_descriptor(th: &Thread, owner: TypeRef, name: &Value, index: usize) -> Value {
    let v = th
        .new_object(th.type_for::<MemberDescriptor>(), MemberDescriptor { owner, name: name.clone(), index });
    if let Some(h) = v.header() {
        vm_core::refcount::make_deferred(h);
    }
    v
}

fn instance_dict(th: &Thread, v: &Value) -> PyResult<Value> {
    match th.instance_dict(v)? {
        Some(dict) => Ok(dict),
        None => {
            Err(th.attribute_error_for("This object has no __dict__".to_owned(), v, &th.names().__dict__))
        }
    }
}

fn set_instance_dict(th: &Thread, v: &Value, value: Option<&Value>) -> PyResult<()> {
    match value {
        Some(value) => th.set_instance_dict(v, value),
        None => {
            let empty = th.dict();
            th.set_instance_dict(v, &empty)
        }
    }
}

/// `__dict__` of classes with instance dictionaries.
pub static DICT_GETSET: GetSetDef =
    crate::call::gs("__dict__", instance_dict, Some(set_instance_dict), "dictionary for instance variables");

fn weakrefs(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(crate::types::weakref::references(th, v).into_iter().next().unwrap_or(Value::NONE))
}

/// `__weakref__` of classes whose instances can be weakly referenced.
pub static WEAKREF_GETSET: GetSetDef =
    crate::call::gs("__weakref__", weakrefs, None, "list of weak references to the object");
