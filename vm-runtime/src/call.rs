//! Calls: how arguments travel, native function definitions, and the binding of arguments to a native signature.
//!
//! A native function declares its parameters by text, the same that `inspect.signature` shows. `Signature::bind` lays the
//! arguments out as one slice before the function runs, and raises CPython's TypeErrors.
pub mod signature;
mod signature_table;

use crate::thread::{PyResult, Thread};
use signature::{FEW, borrowed};
pub use signature::{OwnSignature, Signature};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicPtr, Ordering};
use vm_core::Value;

/// A native function: receiver (self, module or class), bound arguments.
pub type NativeFn = fn(&Thread, &Value, &[Value]) -> PyResult<Value>;

/// Arguments of a call: positional ones, then the values of keywords.
#[derive(Clone, Copy)]
pub struct CallArgs<'a> {
    /// Positional arguments, then keyword values.
    pub args: &'a [Value],
    /// Names of the keyword values (strings).
    pub names: &'a [Value],
}

impl<'a> CallArgs<'a> {
    /// No keywords.
    #[inline]
    #[must_use]
    pub const fn positional_only(args: &'a [Value]) -> CallArgs<'a> {
        CallArgs { args, names: &[] }
    }

    /// No arguments.
    pub const NONE: CallArgs<'static> = CallArgs { args: &[], names: &[] };

    /// The positional arguments.
    #[inline]
    #[must_use]
    pub fn positional(&self) -> &'a [Value] {
        &self.args[..self.args.len() - self.names.len()]
    }

    /// The keywords as (name, value).
    pub fn keywords(&self) -> impl Iterator<Item = (&'a Value, &'a Value)> + use<'a> {
        self.names.iter().zip(&self.args[self.args.len() - self.names.len()..])
    }

    /// Whether there is nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.args.is_empty()
    }
}

/// How a native function in a type's method table is reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MethodKind {
    /// Receives the instance.
    Instance,
    /// Receives the class.
    Class,
    /// Receives nothing of use.
    Static,
}

/// A native function of a type or module.
pub struct MethodDef {
    /// Its name.
    pub name: &'static str,
    /// Its signature: `"(a, b, /, c=None, *args, key=None, **kw)"`.
    pub sig: &'static str,
    /// The function.
    pub f: NativeFn,
    /// Its docstring.
    pub doc: &'static str,
    /// How it is reached.
    pub kind: MethodKind,
}

/// The parsed signature of a definition, where its function objects keep it.
#[derive(Default)]
pub struct ParsedSignature(AtomicPtr<Signature>);

impl ParsedSignature {
    /// Not yet looked up.
    #[must_use]
    pub const fn new() -> ParsedSignature {
        ParsedSignature(AtomicPtr::new(std::ptr::null_mut()))
    }

    /// The signature of `def`, looked up at the first call.
    #[inline]
    fn get(&self, def: &MethodDef) -> &'static Signature {
        // Acquire pairs with the store: the signature is complete. Signatures are never freed.
        // SAFETY: the pointer is null or came from a reference that lives as long as the process.
        match unsafe { self.0.load(Ordering::Acquire).as_ref() } {
            Some(sig) => sig,
            None => {
                let sig = def.signature();
                self.0.store(std::ptr::from_ref(sig).cast_mut(), Ordering::Release);
                sig
            }
        }
    }
}

impl Clone for ParsedSignature {
    fn clone(&self) -> ParsedSignature {
        ParsedSignature(AtomicPtr::new(self.0.load(Ordering::Acquire)))
    }
}

impl MethodDef {
    /// The parsed signature.
    #[inline]
    #[must_use]
    pub fn signature(&self) -> &'static Signature {
        signature_table::signature(self.sig)
    }

    /// Binds the arguments and runs the function. `qualified` is the name in messages of functions of no or one argument.
    ///
    /// # Errors
    /// TypeError where the arguments do not fit, and what the function raises.
    #[inline]
    pub fn call(
        &self,
        th: &Thread,
        this: &Value,
        args: &CallArgs<'_>,
        parsed: &ParsedSignature,
        qualified: &dyn Fn() -> String,
    ) -> PyResult<Value> {
        let sig = parsed.get(self);
        if sig.fits(args) {
            return (self.f)(th, this, args.args);
        }
        if sig.fits_short(args) {
            let mut bound = [const { ManuallyDrop::new(Value::UNBOUND) }; FEW];
            for (to, from) in bound.iter_mut().zip(args.args) {
                *to = ManuallyDrop::new(borrowed(from));
            }
            // SAFETY: `ManuallyDrop` is transparent. Borrowed words need no drop.
            let bound = unsafe { std::slice::from_raw_parts(bound.as_ptr().cast::<Value>(), sig.width()) };
            return (self.f)(th, this, bound);
        }
        let bound = sig.bind(th, self.name, qualified, args)?;
        (self.f)(th, this, &bound)
    }
}

/// A method or module function.
#[must_use]
pub const fn m(name: &'static str, sig: &'static str, f: NativeFn, doc: &'static str) -> MethodDef {
    MethodDef { name, sig, f, doc, kind: MethodKind::Instance }
}

/// A class method.
#[must_use]
pub const fn cm(name: &'static str, sig: &'static str, f: NativeFn, doc: &'static str) -> MethodDef {
    MethodDef { name, sig, f, doc, kind: MethodKind::Class }
}

/// A static method.
#[must_use]
pub const fn sm(name: &'static str, sig: &'static str, f: NativeFn, doc: &'static str) -> MethodDef {
    MethodDef { name, sig, f, doc, kind: MethodKind::Static }
}

/// Reads an attribute of a native type.
pub type GetterFn = fn(&Thread, &Value) -> PyResult<Value>;
/// Writes an attribute of a native type; None deletes.
pub type SetterFn = fn(&Thread, &Value, Option<&Value>) -> PyResult<()>;

/// A computed attribute of a native type.
pub struct GetSetDef {
    /// Its name.
    pub name: &'static str,
    /// Reads it.
    pub get: GetterFn,
    /// Writes or deletes it, if it can be.
    pub set: Option<SetterFn>,
    /// Its docstring.
    pub doc: &'static str,
    /// Whether Python sees a member descriptor, as where CPython reads the value from the object's structure.
    pub member: bool,
}

/// A computed attribute.
#[must_use]
pub const fn gs(name: &'static str, get: GetterFn, set: Option<SetterFn>, doc: &'static str) -> GetSetDef {
    GetSetDef { name, get, set, doc, member: false }
}

/// A computed attribute that Python sees as a member.
#[must_use]
pub const fn mb(name: &'static str, get: GetterFn, set: Option<SetterFn>, doc: &'static str) -> GetSetDef {
    GetSetDef { name, get, set, doc, member: true }
}
