//! `_types`: the builtin types that `types` names.
use crate::prelude::*;

/// An opaque native handle.
pub struct Capsule;
payload!(Capsule, "PyCapsule");

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(th.str(&format!("<capsule object at {:#x}>", v.identity())))
}

/// `PyCapsule`. The VM makes none itself.
static CAPSULE: TypeSpec = TypeSpec {
    name: "PyCapsule",
    doc: "Capsule objects let you wrap a C \"void *\" pointer in a Python\nobject.  They're a way of passing data through the Python interpreter\nwithout creating your own custom type.\n\nCapsules are used for communication between extension modules.\nThey provide a way for an extension module to export a C interface\nto other extension modules, so that extension modules can use the\nPython import mechanism to link to one another.",
    flags: NO_NEW,
    slots: &[Slot::Repr(repr)],
    ..TypeSpec::of::<Capsule>()
};

fn init(th: &Thread, module: &Value) -> PyResult<()> {
    let t = th.types();
    for (name, ty) in [
        ("AsyncGeneratorType", t.async_generator),
        ("BuiltinFunctionType", t.builtin_function),
        ("BuiltinMethodType", t.builtin_function),
        ("CapsuleType", crate::types::make::native_type(th, &CAPSULE)?),
        ("CellType", t.cell),
        ("ClassMethodDescriptorType", t.classmethod_descriptor),
        ("CodeType", t.code),
        ("CoroutineType", t.coroutine),
        ("EllipsisType", t.ellipsis),
        ("FrameType", t.frame),
        ("FunctionType", t.function),
        ("GeneratorType", t.generator),
        ("GenericAlias", t.generic_alias),
        ("GetSetDescriptorType", t.getset_descriptor),
        ("LambdaType", t.function),
        ("MappingProxyType", t.mappingproxy),
        ("MemberDescriptorType", t.member_descriptor),
        ("MethodDescriptorType", t.method_descriptor),
        ("MethodType", t.method),
        ("MethodWrapperType", t.method_wrapper),
        ("ModuleType", t.module),
        ("NoneType", t.none_type),
        ("NotImplementedType", t.not_implemented_type),
        ("SimpleNamespace", t.simple_namespace),
        ("TracebackType", t.traceback),
        ("UnionType", t.union),
        ("WrapperDescriptorType", t.wrapper_descriptor),
    ] {
        th.set_module_attr(module, name, ty.value())?;
    }
    Ok(())
}

/// `_types`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_types",
    doc: "Define names for built-in types.",
    init: Some(init),
    ..ModuleSpec::EMPTY
};
