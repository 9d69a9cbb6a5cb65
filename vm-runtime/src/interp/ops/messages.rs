//! Error texts of calls.
use crate::code::Code;
use crate::thread::{Raised, Thread};
use crate::types::function::Function;
use crate::types::type_::TypeRef;
use crate::types::value_ext::ValueExt;
use vm_core::Value;

/// A string's text, for messages.
pub(in crate::interp) fn text(v: &Value) -> String {
    v.as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default()
}

/// A function's qualified name, for messages.
pub(in crate::interp) fn qualname(th: &Thread, f: &Function) -> String {
    text(&f.qualname.get(th))
}

/// How messages name a callable: `f()`, `Class.f()`, or its repr.
pub(in crate::interp) fn callable_text(th: &Thread, callable: &Value) -> String {
    let Ok(Some(name)) = th.get_attr_opt(callable, &th.names().__qualname__) else {
        th.clear_error();
        return th.str_string(callable).map(|s| s.to_string()).unwrap_or_else(|_| {
            th.clear_error();
            String::new()
        });
    };
    let module = th.get_attr_opt(callable, &th.names().__module__).ok().flatten();
    th.clear_error();
    match module {
        Some(m) if m.as_str().is_some() && text(&m) != "builtins" => {
            format!("{}.{}()", text(&m), text(&name))
        }
        _ => format!("{}()", text(&name)),
    }
}

/// `a`, `'a' and 'b'`, `'a', 'b', and 'c'`.
fn list_names(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("'{one}'"),
        [a, b] => format!("'{a}' and '{b}'"),
        [init @ .., last] => {
            let init: Vec<String> = init.iter().map(|n| format!("'{n}'")).collect();
            format!("{}, and '{last}'", init.join(", "))
        }
    }
}

#[cold]
pub(in crate::interp) fn missing_arguments(
    th: &Thread,
    f: &Function,
    code: &Code,
    missing: &[usize],
    kind: &str,
) -> Raised {
    let names: Vec<String> = missing.iter().map(|i| code.register_name(*i).to_owned()).collect();
    let plural = if names.len() == 1 { "" } else { "s" };
    th.type_error(format!(
        "{}() missing {} required {kind} argument{plural}: {}",
        qualname(th, f),
        names.len(),
        list_names(&names)
    ))
}

#[cold]
pub(in crate::interp) fn too_many_positional(
    th: &Thread,
    f: &Function,
    code: &Code,
    given: usize,
    window: &[Value],
) -> Raised {
    let argcount = code.argcount;
    let kwonly_given =
        (argcount..argcount + code.kwonlyargcount).filter(|i| !window[*i].is_unbound()).count();
    let defaults = f.defaults.get(th);
    let defaults = crate::interp::tuple_slice(&defaults).len();
    let (plural, expected) = if defaults > 0 {
        (true, format!("from {} to {argcount}", argcount.saturating_sub(defaults)))
    } else {
        (argcount != 1, argcount.to_string())
    };
    let mut keyword_only = String::new();
    if kwonly_given > 0 {
        keyword_only = format!(
            " positional argument{} (and {kwonly_given} keyword-only argument{})",
            if given == 1 { "" } else { "s" },
            if kwonly_given == 1 { "" } else { "s" }
        );
    }
    let verb = if given == 1 && kwonly_given == 0 { "was" } else { "were" };
    th.type_error(format!(
        "{}() takes {expected} positional argument{} but {given}{keyword_only} {verb} given",
        qualname(th, f),
        if plural { "s" } else { "" }
    ))
}

#[cold]
pub(in crate::interp) fn unexpected_keyword(
    th: &Thread,
    f: &Function,
    code: &Code,
    given: &[Value],
    name: &Value,
) -> Raised {
    let posonly = usize::from(code.unit().posonlyargcount);
    let wanted = text(name);
    let positional: Vec<&str> = code.unit().varnames.iter().take(posonly).map(String::as_str).collect();
    if positional.contains(&wanted.as_str()) {
        let passed: Vec<&str> =
            positional.into_iter().filter(|p| given.iter().any(|name| text(name) == *p)).collect();
        return th.type_error(format!(
            "{}() got some positional-only arguments passed as keyword arguments: '{}'",
            qualname(th, f),
            passed.join(", ")
        ));
    }
    let total = code.argcount + code.kwonlyargcount;
    let candidates: Vec<&str> = code.unit().varnames[posonly..total].iter().map(String::as_str).collect();
    match crate::suggest::closest(&wanted, &candidates) {
        Some(best) => th.type_error(format!(
            "{}() got an unexpected keyword argument '{wanted}'. Did you mean '{best}'?",
            qualname(th, f)
        )),
        None => th.type_error(format!("{}() got an unexpected keyword argument '{wanted}'", qualname(th, f))),
    }
}

#[cold]
pub(in crate::interp) fn not_a_context_manager(
    th: &Thread,
    ty: TypeRef,
    name: &Value,
    which: u16,
    protocol: &str,
) -> Raised {
    let n = th.names();
    let other = match which {
        0 | 1 => ty.lookup(th, &n.__aenter__).is_some() && ty.lookup(th, &n.__aexit__).is_some(),
        _ => ty.lookup(th, &n.__enter__).is_some() && ty.lookup(th, &n.__exit__).is_some(),
    };
    let mut message =
        format!("'{}' object does not support {protocol} (missed {} method)", ty.full_name(), text(name));
    if other {
        let (is, use_) = if which < 2 { ("asynchronous", "async with") } else { ("", "with") };
        let _ = is;
        message.push_str(&format!(
            " but it supports the {}context manager protocol. Did you mean to use '{use_}'?",
            if which < 2 { "asynchronous " } else { "" }
        ));
    }
    th.type_error(message)
}
