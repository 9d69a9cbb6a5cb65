//! Calling any callable from Rust.
use crate::call::CallArgs;
use crate::thread::{PyResult, Thread};
use crate::types::type_::{TypeRef, type_flags};
use crate::types::value_ext::ValueExt;
use smallvec::SmallVec;
use vm_core::Value;

impl Thread {
    /// `f(*args)`.
    ///
    /// # Errors
    /// What the call raises; TypeError `'X' object is not callable`.
    #[inline]
    pub fn call(&self, f: &Value, args: &[Value]) -> PyResult<Value> {
        self.call_args(f, &CallArgs::positional_only(args))
    }

    /// `f(*args, **keywords)`.
    ///
    /// # Errors
    /// As `call`.
    pub fn call_kw(&self, f: &Value, args: &[Value], keywords: &[(&str, Value)]) -> PyResult<Value> {
        let mut all: SmallVec<[Value; 8]> = args.iter().cloned().collect();
        let mut names: SmallVec<[Value; 4]> = SmallVec::new();
        for (name, value) in keywords {
            names.push(self.intern(name));
            all.push(value.clone());
        }
        self.call_args(f, &CallArgs { args: &all, names: &names })
    }

    /// Calls with arguments as they came.
    ///
    /// # Errors
    /// As `call`.
    pub fn call_args(&self, f: &Value, args: &CallArgs<'_>) -> PyResult<Value> {
        let ty = f.type_of(self);
        // Natives may call each other without a frame in between.
        self.check_native_stack(" while calling a Python object")?;
        match ty.slots.call() {
            Some(call) => {
                let result = call(self, f, args);
                debug_assert_eq!(result.is_err(), self.has_error(), "a call must raise exactly if it fails");
                result
            }
            None => Err(self.type_error(format!("'{}' object is not callable", ty.full_name()))),
        }
    }

    /// `v.name(*args)`.
    ///
    /// # Errors
    /// As `getattr` and `call`.
    pub fn call_method(&self, v: &Value, name: &str, args: &[Value]) -> PyResult<Value> {
        self.call_method_name(v, &self.intern(name), args)
    }

    /// `v.name(*args)` for an interned name, without making a bound method where that can be avoided.
    ///
    /// # Errors
    /// As `getattr` and `call`.
    pub fn call_method_name(&self, v: &Value, name: &Value, args: &[Value]) -> PyResult<Value> {
        let ty = v.type_of(self);
        if ty.is_generic()
            && let Some(found) = ty.lookup(self, name)
            && found.type_of(self).has(type_flags::METHOD_DESCRIPTOR)
            && self.instance_get(v, ty, name)?.is_none()
        {
            let mut all: SmallVec<[Value; 4]> = SmallVec::with_capacity(args.len() + 1);
            all.push(v.clone());
            all.extend(args.iter().cloned());
            return self.call(&found, &all);
        }
        let method = self.getattr(v, name)?;
        self.call(&method, args)
    }

    /// Calls with a tuple or any iterable of positional arguments and an optional dict of keywords.
    ///
    /// # Errors
    /// As `call`; TypeError `keywords must be strings`.
    pub fn call_dict(&self, f: &Value, args: &[Value], keywords: Option<&Value>) -> PyResult<Value> {
        let Some(dict) = keywords.and_then(|k| k.payload::<crate::types::dict::Dict>()) else {
            return self.call(f, args);
        };
        if dict.is_empty() {
            return self.call(f, args);
        }
        let mut all: SmallVec<[Value; 8]> = args.iter().cloned().collect();
        let mut names: SmallVec<[Value; 8]> = SmallVec::new();
        for (key, value) in dict.items(self) {
            if key.as_str().is_none() {
                return Err(self.type_error("keywords must be strings"));
            }
            names.push(key);
            all.push(value);
        }
        self.call_args(f, &CallArgs { args: &all, names: &names })
    }

    /// Instantiates a type: `ty(*args)`.
    ///
    /// # Errors
    /// As `call`.
    pub fn instantiate(&self, ty: TypeRef, args: &[Value]) -> PyResult<Value> {
        self.call(&ty.value(), args)
    }

    /// Whether a value can be called.
    #[must_use]
    pub fn is_callable(&self, v: &Value) -> bool {
        v.type_of(self).slots.call().is_some()
    }
}
