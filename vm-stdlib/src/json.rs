//! Module `_json`: what package `json` does natively. `scanner` reads, `encoder` writes, `text` has the strings.
pub mod encoder;
pub mod scanner;
pub mod text;

use vm_runtime::prelude::*;

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_json",
    doc: "json speedups\n",
    functions: &[
        m("encode_basestring", "(object, /)", text::encode_basestring, "encode_basestring(string) -> string"),
        m(
            "encode_basestring_ascii",
            "(object, /)",
            text::encode_basestring_ascii,
            "encode_basestring_ascii(string) -> string",
        ),
        m(
            "scanstring",
            "(string, end, strict=True, /)",
            text::scanstring,
            "scanstring(string, end, strict=True) -> (string, end)",
        ),
    ],
    types: &[&scanner::SPEC, &encoder::SPEC],
    init: Some(|th, module| {
        // The types go by these names; their own are `Scanner` and `Encoder`.
        th.set_module_attr(module, "make_scanner", th.type_for::<scanner::Scanner>().value())?;
        th.set_module_attr(module, "make_encoder", th.type_for::<encoder::Encoder>().value())
    }),
    ..ModuleSpec::EMPTY
};
