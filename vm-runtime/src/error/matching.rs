//! Whether an exception matches what an `except` clause names.
use crate::prelude::*;

impl Thread {
    /// Whether `v` is a class that derives from BaseException.
    pub fn is_exception_class(&self, v: &Value) -> bool {
        TypeRef::from_value(v).is_some_and(|ty| ty.is_subtype(self.types().exc.base_exception))
    }

    /// Whether exception `exc` (an object or a class) matches a type or a tuple of types, nested ones included.
    pub fn given_exception_matches(&self, exc: &Value, types: &Value) -> bool {
        if let Some(t) = types.payload::<Tuple>() {
            return t.as_slice().iter().any(|ty| self.given_exception_matches(exc, ty));
        }
        let class =
            if self.is_exception_class(exc) { TypeRef::from_value(exc) } else { Some(exc.type_of(self)) };
        match (class, TypeRef::from_value(types)) {
            (Some(class), Some(ty)) => class.is_subtype(ty),
            _ => exc.is(types),
        }
    }

    /// TypeError unless `types` is an exception class or a tuple of them.
    pub fn check_except_types(&self, types: &Value) -> PyResult<()> {
        let ok = match types.payload::<Tuple>() {
            Some(t) => t.as_slice().iter().all(|ty| self.is_exception_class(ty)),
            None => self.is_exception_class(types),
        };
        if ok {
            return Ok(());
        }
        Err(self.type_error("catching classes that do not inherit from BaseException is not allowed"))
    }

    /// As `check_except_types`, for `except*`, which takes no groups.
    pub fn check_except_star_types(&self, types: &Value) -> PyResult<()> {
        self.check_except_types(types)?;
        let group = self.types().exc.base_exception_group;
        let is_group = |v: &Value| TypeRef::from_value(v).is_some_and(|ty| ty.is_subtype(group));
        let bad = match types.payload::<Tuple>() {
            Some(t) => t.as_slice().iter().any(is_group),
            None => is_group(types),
        };
        if bad {
            return Err(
                self.type_error("catching ExceptionGroup with except* is not allowed. Use except instead.")
            );
        }
        Ok(())
    }

    /// Whether `exc` matches an `except` clause's type(s).
    pub fn except_matches(&self, exc: &Value, types: &Value) -> PyResult<bool> {
        // The common case first: one class.
        if let Some(ty) = TypeRef::from_value(types)
            && ty.is_subtype(self.types().exc.base_exception)
        {
            return Ok(exc.type_of(self).is_subtype(ty));
        }
        self.check_except_types(types)?;
        Ok(self.given_exception_matches(exc, types))
    }
}
