//! Member descriptors: the attributes that `__slots__` makes, and those of native types that are members in CPython.
use super::*;

/// An attribute in a `__slots__` slot, or of a native type.
pub struct MemberDescriptor {
    pub(crate) owner: TypeRef,
    pub(crate) name: Value,
    pub(crate) place: MemberPlace,
}

/// Where a member's value is.
pub enum MemberPlace {
    /// Index among the slots of the owner and its bases.
    Slot(usize),
    /// Read and written by native functions.
    Native(&'static GetSetDef),
}
payload!(MemberDescriptor, "member_descriptor", traverse = MemberDescriptor::traverse);

impl MemberDescriptor {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.name);
        self.owner.visit(visit);
    }

    fn text(&self) -> String {
        self.name.as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default()
    }

    #[inline]
    fn check(&self, th: &Thread, v: &Value) -> PyResult<()> {
        if v.type_of(th).is_subtype(self.owner) {
            return Ok(());
        }
        check_receiver(th, self.owner, &self.text(), v)
    }

    /// The attribute's value.
    ///
    /// # Errors
    /// AttributeError if it is not set; TypeError for an object of another type.
    pub fn get(&self, th: &Thread, v: &Value) -> PyResult<Value> {
        self.check(th, v)?;
        let index = match self.place {
            MemberPlace::Slot(index) => index,
            MemberPlace::Native(def) => return (def.get)(th, v),
        };
        match load_member(th, v, v.type_of(th), index) {
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
        self.check(th, v)?;
        let index = match self.place {
            MemberPlace::Slot(index) => index,
            MemberPlace::Native(GetSetDef { set: Some(set), .. }) => return set(th, v, value),
            MemberPlace::Native(_) => return Err(th.attribute_error("readonly attribute")),
        };
        let old = store_member(th, v, v.type_of(th), index, value.cloned().unwrap_or(Value::UNBOUND));
        if value.is_none() && old.is_unbound() {
            return Err(th.attribute_error_for(self.text(), v, &self.name));
        }
        Ok(())
    }
}

/// A member descriptor.
#[must_use]
pub fn member_descriptor(th: &Thread, owner: TypeRef, name: &Value, index: usize) -> Value {
    let place = MemberPlace::Slot(index);
    let v = th
        .new_object(th.type_for::<MemberDescriptor>(), MemberDescriptor { owner, name: name.clone(), place });
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
    Ok(crate::types::weakref::in_order(th, v).into_iter().next().unwrap_or(Value::NONE))
}

fn set_native_dict(th: &Thread, v: &Value, value: Option<&Value>) -> PyResult<()> {
    match value {
        Some(value) => th.set_instance_dict(v, value),
        None => Err(th.type_error("cannot delete __dict__")),
    }
}

/// `__dict__` of native types with instance dictionaries.
pub static NATIVE_DICT_GETSET: GetSetDef =
    crate::call::gs("__dict__", instance_dict, Some(set_native_dict), "");

/// `__weakref__` of classes whose instances can be weakly referenced.
pub static WEAKREF_GETSET: GetSetDef =
    crate::call::gs("__weakref__", weakrefs, None, "list of weak references to the object");
