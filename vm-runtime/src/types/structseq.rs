//! Named tuples of native modules (`sys.version_info`, `os.stat_result`): tuple subclasses with named fields.
use crate::prelude::*;
use crate::types::type_::TypeRef;

/// What a structure sequence type is made from.
pub struct Spec {
    /// Module-qualified name.
    pub name: &'static str,
    /// Docstring.
    pub doc: &'static str,
    /// Visible fields, in order; a name of "" has no attribute.
    pub fields: &'static [&'static str],
    /// Fields that are attributes but no items.
    pub hidden: &'static [&'static str],
}

/// The type of a spec, made at first use in this VM.
///
/// # Errors
/// MemoryError.
pub fn type_of(th: &Thread, spec: &'static Spec) -> PyResult<TypeRef> {
    if let Some(ty) = th.vm_state(spec.name).and_then(|v| TypeRef::from_value(&v)) {
        return Ok(ty);
    }
    let ns = th.dict();
    let Some(d) = ns.payload::<Dict>() else { return Err(th.memory_error()) };
    let (module, plain) = spec.name.rsplit_once('.').unwrap_or(("builtins", spec.name));
    d.set_str(th, "__module__", th.str(module))?;
    d.set_str(th, "__doc__", th.str(spec.doc))?;
    d.set_str(th, "__slots__", th.tuple(Vec::new()))?;
    d.set_str(th, "n_fields", th.usize(spec.fields.len() + spec.hidden.len()))?;
    d.set_str(th, "n_sequence_fields", th.usize(spec.fields.len()))?;
    d.set_str(th, "n_unnamed_fields", th.usize(spec.fields.iter().filter(|f| f.is_empty()).count()))?;
    d.set_str(
        th,
        "__match_args__",
        th.tuple(spec.fields.iter().filter(|f| !f.is_empty()).map(|f| th.str(f)).collect()),
    )?;
    // The behaviour is a few lines of Python over tuple; hidden fields travel in a dict beside the items.
    let code =
        th.compile_text(SOURCE, "<structseq>", vm_compiler::Mode::Exec, &vm_compiler::Options::default())?;
    let globals = th.dict();
    if let Some(g) = globals.payload::<Dict>() {
        g.set_str(th, "__builtins__", th.builtins())?;
        g.set_str(th, "__name__", th.str(module))?;
        g.set_str(th, "namespace", ns.clone())?;
        g.set_str(th, "typename", th.str(spec.name))?;
        g.set_str(th, "plain", th.str(plain))?;
        g.set_str(th, "fields", th.tuple(spec.fields.iter().map(|f| th.str(f)).collect()))?;
        g.set_str(th, "hidden", th.tuple(spec.hidden.iter().map(|f| th.str(f)).collect()))?;
        d.del(th, &th.intern("__slots__"))?;
        th.run_code(&code, &globals, &globals, None)?;
        if let Some(ty) = g.get_str(th, "result") {
            th.set_vm_state(spec.name, ty.clone());
            if let Some(ty) = TypeRef::from_value(&ty) {
                return Ok(ty);
            }
        }
    }
    Err(th.system_error("a structure sequence type was not made"))
}

/// A structure sequence of these values: the visible fields, then the hidden ones.
///
/// # Errors
/// TypeError for a wrong number of values.
pub fn new(th: &Thread, spec: &'static Spec, values: Vec<Value>) -> PyResult<Value> {
    let ty = type_of(th, spec)?;
    let items = th.tuple(values);
    th.call(&ty.value(), &[items])
}

const SOURCE: &str = r#"
def make():
    visible = len(fields)
    total = visible + len(hidden)
    names = fields + hidden
    new_tuple = tuple.__new__

    def __new__(cls, sequence, dict={}):
        values = tuple(sequence)
        n = len(values)
        if visible == total:
            if n != visible:
                raise TypeError(f"{typename}() takes a {visible}-sequence ({n}-sequence given)")
        elif n < visible:
            raise TypeError(f"{typename}() takes an at least {visible}-sequence ({n}-sequence given)")
        elif n > total:
            raise TypeError(f"{typename}() takes an at most {total}-sequence ({n}-sequence given)")
        self = new_tuple(cls, values[:visible])
        extra = self.__dict__
        for i in range(visible, total):
            name = names[i]
            extra[name] = values[i] if i < n else dict.get(name)
        return self

    def __repr__(self):
        return typename + "(" + ", ".join(f"{k}={v!r}" for k, v in zip(fields, self)) + ")"

    def __reduce__(self):
        return type(self), (tuple(self), dict(self.__dict__))

    def __replace__(self, /, **changes):
        if any(not f for f in fields):
            raise TypeError(f"__replace__() is not supported for {typename} because it has unnamed field(s)")
        values = [changes.pop(k, v) for k, v in zip(fields, self)]
        extra = {k: changes.pop(k, v) for k, v in self.__dict__.items()}
        if changes:
            raise TypeError(f"Got unexpected field name(s): {list(changes)}")
        return type(self)(values, extra)

    namespace["__new__"] = __new__
    namespace["__repr__"] = __repr__
    namespace["__reduce__"] = __reduce__
    namespace["__replace__"] = __replace__
    for i, name in enumerate(fields):
        if name:
            namespace[name] = property(lambda self, i=i: self[i])
    return type(plain, (tuple,), namespace)
result = make()
"#;
