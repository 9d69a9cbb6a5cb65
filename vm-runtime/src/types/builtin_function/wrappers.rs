//! Slot wrappers (`int.__add__`) and their bound form.
use super::*;

/// A native slot as a Python method.
pub struct SlotWrapper {
    pub(crate) owner: TypeRef,
    pub(crate) def: &'static SlotDef,
    /// Address of the slot's function.
    pub(crate) word: usize,
}
payload!(SlotWrapper, "wrapper_descriptor");

/// A slot wrapper, bound.
pub struct MethodWrapper {
    pub(crate) wrapper: Value,
    pub(crate) this: Value,
}
payload!(MethodWrapper, "method-wrapper", traverse = MethodWrapper::traverse);

impl MethodWrapper {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.wrapper);
        visit(&self.this);
    }

    /// The slot wrapper.
    pub(crate) fn slot(&self) -> Option<&SlotWrapper> {
        self.wrapper.payload::<SlotWrapper>()
    }
}

impl SlotWrapper {
    /// Calls with the receiver as first argument.
    ///
    /// # Errors
    /// TypeError for a receiver of another type, and what the slot raises.
    pub fn call(&self, th: &Thread, args: &CallArgs<'_>) -> PyResult<Value> {
        let Some(this) = args.positional().first() else {
            return Err(th.type_error(format!(
                "descriptor '{}' of '{}' object needs an argument",
                self.def.name,
                self.owner.full_name()
            )));
        };
        if !this.type_of(th).is_subtype(self.owner) {
            return Err(th.type_error(format!(
                "descriptor '{}' requires a '{}' object but received a '{}'",
                self.def.name,
                self.owner.full_name(),
                this.type_of(th).full_name()
            )));
        }
        (self.def.wrap)(
            th,
            self.word,
            this,
            &CallArgs { args: &args.args[1..], names: args.names },
            self.def.name,
        )
    }
}

/// A slot wrapper.
#[must_use]
pub fn slot_wrapper(th: &Thread, owner: TypeRef, def: &'static SlotDef, word: usize) -> Value {
    deferred(th.new_object(th.type_for::<SlotWrapper>(), SlotWrapper { owner, def, word }))
}
