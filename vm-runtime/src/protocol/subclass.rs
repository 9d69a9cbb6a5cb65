//! `isinstance` and `issubclass` (PEP 3119).
use crate::thread::{PyResult, Thread};
use crate::types::tuple::Tuple;
use crate::types::type_::TypeRef;
use crate::types::value_ext::ValueExt;
use vm_core::Value;

impl Thread {
    /// `__bases__` of something that claims to be a class.
    fn abstract_bases(&self, v: &Value) -> PyResult<Option<Value>> {
        Ok(self.get_attr_opt(v, &self.names().__bases__)?.filter(|b| self.isinstance(b, self.types().tuple)))
    }

    fn abstract_issubclass(&self, derived: &Value, class: &Value) -> PyResult<bool> {
        let _level = self.enter_recursive(" in __issubclass__")?;
        if derived.is(class) {
            return Ok(true);
        }
        let Some(bases) = self.abstract_bases(derived)? else { return Ok(false) };
        for base in bases.payload::<Tuple>().map_or(&[][..], Tuple::as_slice) {
            if self.abstract_issubclass(base, class)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn check_class(&self, v: &Value, message: &str) -> PyResult<()> {
        if self.abstract_bases(v)?.is_none() {
            return Err(self.type_error(message));
        }
        Ok(())
    }

    /// `isinstance` without `__instancecheck__` (`type.__instancecheck__`).
    ///
    /// # Errors
    /// TypeError where `class` is no class.
    pub fn recursive_isinstance(&self, v: &Value, class: &Value) -> PyResult<bool> {
        if let Some(ty) = TypeRef::from_value(class) {
            if v.type_of(self).is_subtype(ty) {
                return Ok(true);
            }
            let claimed = self.get_attr_opt(v, &self.names().__class__)?;
            return Ok(claimed
                .and_then(|c| TypeRef::from_value(&c))
                .is_some_and(|c| c != v.type_of(self) && c.is_subtype(ty)));
        }
        self.check_class(class, "isinstance() arg 2 must be a type, a tuple of types, or a union")?;
        match self.get_attr_opt(v, &self.names().__class__)? {
            Some(claimed) => self.abstract_issubclass(&claimed, class),
            None => Ok(false),
        }
    }

    /// `issubclass` without `__subclasscheck__` (`type.__subclasscheck__`).
    ///
    /// # Errors
    /// TypeError where either is no class.
    pub fn recursive_issubclass(&self, derived: &Value, class: &Value) -> PyResult<bool> {
        if let (Some(d), Some(c)) = (TypeRef::from_value(derived), TypeRef::from_value(class)) {
            return Ok(d.is_subtype(c));
        }
        self.check_class(derived, "issubclass() arg 1 must be a class")?;
        self.check_class(class, "issubclass() arg 2 must be a class, a tuple of classes, or a union")?;
        self.abstract_issubclass(derived, class)
    }

    /// `isinstance(v, class)`.
    ///
    /// # Errors
    /// TypeError for a second argument that is no class, tuple or union; what `__instancecheck__` raises.
    pub fn object_isinstance(&self, v: &Value, class: &Value) -> PyResult<bool> {
        let ty = v.type_of(self);
        if let Some(c) = TypeRef::from_value(class) {
            if ty == c {
                return Ok(true);
            }
            if class.type_of(self) == self.types().type_ {
                return self.recursive_isinstance(v, class);
            }
        }
        if let Some(members) = crate::types::union::members(class) {
            return self.any_class(&members, |c| self.object_isinstance(v, c));
        }
        if self.isinstance(class, self.types().tuple) {
            let _level = self.enter_recursive(" in __instancecheck__")?;
            return self.any_class(class, |c| self.object_isinstance(v, c));
        }
        if let Some(result) =
            self.call_special(class, &self.names().__instancecheck__, std::slice::from_ref(v))?
        {
            return self.truth(&result);
        }
        self.recursive_isinstance(v, class)
    }

    /// `issubclass(derived, class)`.
    ///
    /// # Errors
    /// TypeError for arguments that are no classes; what `__subclasscheck__` raises.
    pub fn object_issubclass(&self, derived: &Value, class: &Value) -> PyResult<bool> {
        if class.type_of(self) == self.types().type_ {
            if derived.is(class) {
                return Ok(true);
            }
            return self.recursive_issubclass(derived, class);
        }
        if let Some(members) = crate::types::union::members(class) {
            return self.any_class(&members, |c| self.object_issubclass(derived, c));
        }
        if self.isinstance(class, self.types().tuple) {
            let _level = self.enter_recursive(" in __subclasscheck__")?;
            return self.any_class(class, |c| self.object_issubclass(derived, c));
        }
        if let Some(result) =
            self.call_special(class, &self.names().__subclasscheck__, std::slice::from_ref(derived))?
        {
            return self.truth(&result);
        }
        self.recursive_issubclass(derived, class)
    }

    fn any_class(&self, classes: &Value, mut test: impl FnMut(&Value) -> PyResult<bool>) -> PyResult<bool> {
        for class in classes.payload::<Tuple>().map_or(&[][..], Tuple::as_slice) {
            if test(class)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
