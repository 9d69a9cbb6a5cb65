//! Module `builtins`: the table of its functions.
//!
//! The functions stand by subject in the modules below. Functions whose arguments CPython counts by hand (`getattr`, `max`,
//! `iter`, ...) take `(*args, **kwargs)` and give its messages themselves.
use crate::prelude::*;

pub mod anext;
pub mod attributes;
pub mod compile;
pub mod input_output;
pub mod iterate;
pub mod numbers;
pub mod scope;

/// The functions of the module.
pub static FUNCTIONS: &[MethodDef] = &[
    m("abs", "(x, /)", numbers::abs, "Return the absolute value of the argument."),
    m("aiter", "(async_iterable, /)", anext::aiter, "Return an AsyncIterator for an AsyncIterable object."),
    m(
        "all",
        "(iterable, /)",
        iterate::all,
        "Return True if bool(x) is True for all values x in the iterable.\n\nIf the iterable is empty, return True.",
    ),
    m(
        "anext",
        "(aiterator, default=<unrepresentable>, /)",
        anext::anext,
        "Return the next item from the async iterator.\n\nIf default is given and the async iterator is exhausted,\nit is returned instead of raising StopAsyncIteration.",
    ),
    m(
        "any",
        "(iterable, /)",
        iterate::any,
        "Return True if bool(x) is True for any x in the iterable.\n\nIf the iterable is empty, return False.",
    ),
    m("ascii", "(obj, /)", attributes::ascii, "Return an ASCII-only representation of an object."),
    m(
        "bin",
        "(number, /)",
        numbers::bin,
        "Return the binary representation of an integer.\n\n   >>> bin(2796202)\n   '0b1010101010101010101010'",
    ),
    m("breakpoint", "(*args, **kws)", input_output::breakpoint, "Call sys.breakpointhook(*args, **kws)."),
    m(
        "callable",
        "(obj, /)",
        attributes::callable,
        "Return whether the object is callable (i.e., some kind of function).",
    ),
    m(
        "chr",
        "(i, /)",
        numbers::chr,
        "Return a Unicode string of one character with ordinal i; 0 <= i <= 0x10ffff.",
    ),
    m(
        "compile",
        "(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)",
        compile::compile,
        "Compile source into a code object that can be executed by exec() or eval().",
    ),
    m(
        "delattr",
        "(obj, name, /)",
        attributes::delattr,
        "Deletes the named attribute from the given object.\n\ndelattr(x, 'y') is equivalent to ``del x.y``",
    ),
    m(
        "dir",
        "(*args, **kwargs)",
        scope::dir,
        "dir([object]) -> list of strings\n\nIf called without an argument, return the names in the current scope.",
    ),
    m("divmod", "(x, y, /)", numbers::divmod, "Return the tuple (x//y, x%y).  Invariant: div*y + mod == x."),
    m(
        "eval",
        "(source, /, globals=None, locals=None)",
        compile::eval,
        "Evaluate the given source in the context of globals and locals.",
    ),
    m(
        "exec",
        "(source, /, globals=None, locals=None, *, closure=None)",
        compile::exec,
        "Execute the given source in the context of globals and locals.",
    ),
    m(
        "format",
        "(value, format_spec='', /)",
        attributes::format,
        "Return type(value).__format__(value, format_spec)",
    ),
    m(
        "getattr",
        "(*args, **kwargs)",
        attributes::getattr,
        "getattr(object, name[, default]) -> value\n\nGet a named attribute from an object.",
    ),
    m(
        "globals",
        "()",
        scope::globals,
        "Return the dictionary containing the current scope's global variables.",
    ),
    m(
        "hasattr",
        "(obj, name, /)",
        attributes::hasattr,
        "Return whether the object has an attribute with the given name.",
    ),
    m("hash", "(obj, /)", attributes::hash, "Return the integer hash value for the given object."),
    m(
        "hex",
        "(number, /)",
        numbers::hex,
        "Return the hexadecimal representation of an integer.\n\n   >>> hex(12648430)\n   '0xc0ffee'",
    ),
    m("id", "(obj, /)", attributes::id, "Return the identity of an object."),
    m(
        "input",
        "(*args, **kwargs)",
        input_output::input,
        "Read a string from standard input.  The trailing newline is stripped.",
    ),
    m(
        "isinstance",
        "(obj, class_or_tuple, /)",
        attributes::isinstance,
        "Return whether an object is an instance of a class or of a subclass thereof.",
    ),
    m(
        "issubclass",
        "(cls, class_or_tuple, /)",
        attributes::issubclass,
        "Return whether 'cls' is derived from another class or is the same class.",
    ),
    m(
        "iter",
        "(*args, **kwargs)",
        iterate::iter,
        "iter(iterable) -> iterator\niter(callable, sentinel) -> iterator\n\nGet an iterator from an object.",
    ),
    m("len", "(obj, /)", attributes::len, "Return the number of items in a container."),
    m("locals", "()", scope::locals, "Return a dictionary containing the current scope's local variables."),
    m(
        "max",
        "(*args, **kwargs)",
        iterate::max,
        "max(iterable, *[, default=obj, key=func]) -> value\nmax(arg1, arg2, *args, *[, key=func]) -> value",
    ),
    m(
        "min",
        "(*args, **kwargs)",
        iterate::min,
        "min(iterable, *[, default=obj, key=func]) -> value\nmin(arg1, arg2, *args, *[, key=func]) -> value",
    ),
    m(
        "next",
        "(*args, **kwargs)",
        iterate::next,
        "next(iterator[, default])\n\nReturn the next item from the iterator.",
    ),
    m(
        "oct",
        "(number, /)",
        numbers::oct,
        "Return the octal representation of an integer.\n\n   >>> oct(342391)\n   '0o1234567'",
    ),
    m(
        "open",
        "(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)",
        input_output::open,
        "Open file and return a stream.  Raise OSError upon failure.",
    ),
    m("ord", "(character, /)", numbers::ord, "Return the ordinal value of a character."),
    m(
        "pow",
        "(base, exp, mod=None)",
        numbers::pow,
        "Equivalent to base**exp with 2 arguments or base**exp % mod with 3 arguments",
    ),
    m(
        "print",
        "(*args, sep=' ', end='\\n', file=None, flush=False)",
        input_output::print,
        "Prints the values to a stream, or to sys.stdout by default.",
    ),
    m(
        "repr",
        "(obj, /)",
        attributes::repr,
        "Return the canonical string representation of the object.\n\nFor many object types, including most builtins, eval(repr(obj)) == obj.",
    ),
    m(
        "round",
        "(number, ndigits=None)",
        numbers::round,
        "Round a number to a given precision in decimal digits.",
    ),
    m(
        "setattr",
        "(obj, name, value, /)",
        attributes::setattr,
        "Sets the named attribute on the given object to the specified value.\n\nsetattr(x, 'y', v) is equivalent to ``x.y = v``",
    ),
    m(
        "sorted",
        "(*args, **kwargs)",
        iterate::sorted,
        "Return a new list containing all items from the iterable in ascending order.",
    ),
    m(
        "sum",
        "(iterable, /, start=0)",
        numbers::sum,
        "Return the sum of a 'start' value (default: 0) plus an iterable of numbers",
    ),
    m(
        "vars",
        "(*args, **kwargs)",
        scope::vars,
        "vars([object]) -> dictionary\n\nWithout arguments, equivalent to locals().\nWith an argument, equivalent to object.__dict__.",
    ),
    m(
        "__import__",
        "(name, globals=None, locals=None, fromlist=(), level=0)",
        scope::import,
        "Import a module.",
    ),
    m(
        "__build_class__",
        "(*args, **kwargs)",
        scope::build_class,
        "__build_class__(func, name, /, *bases, [metaclass], **kwds) -> class\n\nInternal helper function used by the class statement.",
    ),
];

/// Positional arguments of a function `(*args, **kwargs)` that takes `min..=max` of them and no keywords.
pub(crate) fn unpack<'a>(
    th: &Thread,
    name: &str,
    args: &'a [Value],
    min: usize,
    max: usize,
) -> PyResult<&'a [Value]> {
    let (keywords, given) = split_keywords(args);
    if keywords.is_some_and(|d| !d.is_empty()) {
        return Err(th.type_error(format!("{name}() takes no keyword arguments")));
    }
    let plural = |n: usize| if n == 1 { "" } else { "s" };
    let n = given.len();
    if n < min {
        let least = if min == max { "" } else { "at least " };
        return Err(th.type_error(format!("{name} expected {least}{min} argument{}, got {n}", plural(min))));
    }
    if n > max {
        let most = if min == max { "" } else { "at most " };
        return Err(th.type_error(format!("{name} expected {most}{max} argument{}, got {n}", plural(max))));
    }
    Ok(given)
}

/// The keywords dict and the positional arguments of a function `(*args, **kwargs)`.
pub(crate) fn split_keywords(args: &[Value]) -> (Option<&Dict>, &[Value]) {
    match args.split_first() {
        Some((keywords, rest)) => (keywords.payload::<Dict>(), rest),
        None => (None, &[]),
    }
}
