//! Signatures of native functions: parsed once from their text, then used to bind every call.
//!
//! The texts of the errors are those of CPython's argument parsers (METH_NOARGS, METH_O, `_PyArg_CheckPositional`,
//! `_PyArg_UnpackKeywords`), chosen by the signature's form.
use super::CallArgs;
use crate::thread::{PyResult, Thread};
use crate::types::dict::Dict;
use crate::types::value_ext::ValueExt;
use smallvec::SmallVec;
use std::sync::OnceLock;
use vm_core::Value;

/// Bound arguments of a call.
pub type Bound = SmallVec<[Value; 8]>;

struct Param {
    name: &'static str,
    /// Interned name, made at first use.
    required: bool,
}

/// A parsed signature.
pub struct Signature {
    params: Vec<Param>,
    positional_only: usize,
    /// Positional parameters, positional-only ones included.
    positional: usize,
    required_positional: usize,
    varargs: Option<usize>,
    varkw: Option<usize>,
    /// At most `FEW` parameters, none starred, no required one by keyword only.
    short: bool,
}

/// Parameters of functions whose arguments are laid out without the general machinery.
pub const FEW: usize = 6;

impl Signature {
    /// Parses `"(a, b, /, c=None, *args, key=None, **kw)"`.
    #[must_use]
    pub fn parse(text: &'static str) -> Signature {
        let inner = text.trim().trim_start_matches('(').trim_end_matches(')');
        let mut sig = Signature {
            params: Vec::new(),
            positional_only: 0,
            positional: 0,
            required_positional: 0,
            varargs: None,
            varkw: None,
            short: false,
        };
        let mut keyword_only = false;
        for part in split_commas(inner) {
            let part = part.trim();
            if part.is_empty() {
                continue;
            }
            if part == "/" {
                sig.positional_only = sig.params.len();
            } else if part == "*" {
                keyword_only = true;
            } else if let Some(_name) = part.strip_prefix("**") {
                sig.varkw = Some(sig.params.len());
                sig.params.push(Param { name: "", required: false });
            } else if part.starts_with('*') {
                keyword_only = true;
                sig.varargs = Some(sig.params.len());
            } else {
                let (name, required) = match part.split_once('=') {
                    Some((name, _)) => (name.trim(), false),
                    None => (part, true),
                };
                let name = name.split(':').next().unwrap_or(name).trim();
                sig.params.push(Param { name, required });
                if !keyword_only {
                    sig.positional += 1;
                    if required {
                        sig.required_positional = sig.positional;
                    }
                }
            }
        }
        sig.short = sig.params.len() <= FEW
            && sig.varargs.is_none()
            && sig.varkw.is_none()
            && sig.params.iter().skip(sig.positional).all(|p| !p.required);
        sig
    }

    /// Number of entries that a bound slice has before the surplus of `*args`.
    #[must_use]
    pub fn width(&self) -> usize {
        self.params.len()
    }

    /// Whether the arguments can be handed on as they are.
    #[inline]
    #[must_use]
    pub fn fits(&self, args: &CallArgs<'_>) -> bool {
        args.names.is_empty()
            && args.args.len() == self.params.len()
            && self.positional == self.params.len()
            && self.varargs.is_none()
    }

    /// Whether the arguments, with UNBOUND for what is left out, are all there is to hand on: at most `FEW`.
    #[inline]
    #[must_use]
    pub fn fits_short(&self, args: &CallArgs<'_>) -> bool {
        let n = args.args.len();
        self.short && args.names.is_empty() && n <= self.positional && n >= self.required_positional
    }

    fn all_positional_only(&self) -> bool {
        self.positional_only == self.params.len() && self.varargs.is_none()
    }

    /// As `bind`, for a type that is called: its one argument is missed in other words than a function's.
    ///
    /// # Errors
    /// As `bind`.
    pub fn bind_type(&self, th: &Thread, name: &str, args: &CallArgs<'_>) -> PyResult<Bound> {
        let n = args.positional().len();
        let one = self.all_positional_only() && self.positional == 1 && self.required_positional == 1;
        if one && n != 1 && args.names.is_empty() {
            return Err(th.type_error(format!("{name} expected 1 argument, got {n}")));
        }
        self.bind(th, name, &|| name.to_owned(), args)
    }

    /// Lays the arguments out by parameter. `name` is the function's plain name, `qualified` the one with its type
    /// (`list.append`) that CPython uses where no or exactly one argument is taken.
    ///
    /// # Errors
    /// TypeError, as CPython's.
    pub fn bind(
        &self,
        th: &Thread,
        name: &str,
        qualified: &dyn Fn() -> String,
        args: &CallArgs<'_>,
    ) -> PyResult<Bound> {
        let given = args.positional();
        let n = given.len();
        if !args.names.is_empty() && self.all_positional_only() {
            return Err(th.type_error(format!("{}() takes no keyword arguments", qualified())));
        }
        let maximum = self.positional;
        let minimum = self.required_positional;
        if self.all_positional_only() && (n > maximum || n < minimum) {
            return Err(self.positional_error(th, name, qualified, n));
        }
        if n > maximum && self.varargs.is_none() {
            let total_required = self.params.iter().filter(|p| p.required).count();
            let message = if maximum == 0 {
                format!("{name}() takes no positional arguments")
            } else if self.positional < self.params.len() - usize::from(self.varkw.is_some()) {
                // Keyword-only parameters exist.
                let exactly = if minimum == maximum { "exactly" } else { "at most" };
                format!(
                    "{name}() takes {exactly} {maximum} positional argument{} ({n} given)",
                    plural(maximum)
                )
            } else {
                let exactly = if total_required == self.params.len() { "exactly" } else { "at most" };
                format!(
                    "{name}() takes {exactly} {maximum} argument{} ({} given)",
                    plural(maximum),
                    n + args.names.len()
                )
            };
            return Err(th.type_error(message));
        }
        let mut bound: Bound = SmallVec::with_capacity(self.params.len() + n.saturating_sub(maximum));
        for i in 0..self.params.len() {
            bound.push(if i < maximum && i < n { borrowed(&given[i]) } else { Value::UNBOUND });
        }
        if !args.names.is_empty() || self.varkw.is_some() {
            self.bind_keywords(th, name, args, &mut bound, n.min(maximum))?;
        }
        for (i, param) in self.params.iter().enumerate() {
            if param.required && bound[i].is_unbound() {
                return Err(self.missing(th, name, i, n, args.names.len()));
            }
        }
        if n > maximum {
            bound.extend(given[maximum..].iter().map(borrowed));
        }
        Ok(bound)
    }

    #[cold]
    fn positional_error(
        &self,
        th: &Thread,
        name: &str,
        qualified: &dyn Fn() -> String,
        n: usize,
    ) -> crate::thread::Raised {
        let maximum = self.positional;
        let minimum = self.required_positional;
        th.type_error(match (minimum, maximum) {
            (0, 0) => format!("{}() takes no arguments ({n} given)", qualified()),
            (1, 1) => format!("{}() takes exactly one argument ({n} given)", qualified()),
            _ => {
                let (bound, number) = match (minimum == maximum, n < minimum) {
                    (true, _) => ("", minimum),
                    (false, true) => ("at least ", minimum),
                    (false, false) => ("at most ", maximum),
                };
                format!("{name} expected {bound}{number} argument{}, got {n}", plural(number))
            }
        })
    }

    #[cold]
    fn missing(
        &self,
        th: &Thread,
        name: &str,
        i: usize,
        given: usize,
        keywords: usize,
    ) -> crate::thread::Raised {
        if i < self.positional_only {
            let minimum = self.required_positional.min(self.positional_only);
            let bound = if minimum == self.positional && self.positional == self.params.len() {
                "exactly"
            } else {
                "at least"
            };
            let total = given + keywords;
            let _ = total;
            return th.type_error(format!(
                "{name}() takes {bound} {minimum} positional argument{} ({given} given)",
                plural(minimum)
            ));
        }
        let param = self.params.get(i).map_or("", |p| p.name);
        if i < self.positional {
            th.type_error(format!("{name}() missing required argument '{param}' (pos {})", i + 1))
        } else {
            th.type_error(format!("{name}() missing required keyword-only argument: '{param}'"))
        }
    }

    #[cold]
    fn unexpected(&self, th: &Thread, name: &str, args: &CallArgs<'_>, key: &Value) -> crate::thread::Raised {
        let text = |key: &Value| key.as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default();
        let (wanted, (positional, named)) = (text(key), self.params.split_at(self.positional_only));
        if positional.iter().any(|p| p.name == wanted) {
            let passed: Vec<&str> = positional
                .iter()
                .map(|p| p.name)
                .filter(|p| args.names.iter().any(|name| text(name) == *p))
                .collect();
            return th.type_error(format!(
                "{name}() got some positional-only arguments passed as keyword arguments: '{}'",
                passed.join(", ")
            ));
        }
        let names: Vec<&str> = named.iter().map(|p| p.name).filter(|n| !n.is_empty()).collect();
        let hint = crate::suggest::closest(&wanted, &names)
            .map_or(String::new(), |best| format!(". Did you mean '{best}'?"));
        th.type_error(format!("{name}() got an unexpected keyword argument '{wanted}'{hint}"))
    }

    fn bind_keywords(
        &self,
        th: &Thread,
        name: &str,
        args: &CallArgs<'_>,
        bound: &mut Bound,
        filled: usize,
    ) -> PyResult<()> {
        let rest = self.varkw.map(|_| th.dict());
        for (key, value) in args.keywords() {
            let text = key.as_str().and_then(|s| s.to_str());
            let found = text.and_then(|text| {
                self.params
                    .iter()
                    .enumerate()
                    .skip(self.positional_only)
                    .find(|(_, p)| p.name == text && !p.name.is_empty())
            });
            match found {
                Some((i, param)) => {
                    if i < filled {
                        return Err(th.type_error(format!(
                            "argument for {name}() given by name ('{}') and position ({})",
                            param.name,
                            i + 1
                        )));
                    }
                    bound[i] = borrowed(value);
                }
                None => match rest.as_ref().and_then(|r| r.payload::<Dict>()) {
                    Some(dict) => dict.set(th, key, value)?,
                    None => {
                        return Err(self.unexpected(th, name, args, key));
                    }
                },
            }
        }
        if let (Some(i), Some(rest)) = (self.varkw, rest) {
            bound[i] = rest;
        }
        Ok(())
    }
}

/// The signature of a native callable that binds its arguments itself, parsed at the first call.
pub struct OwnSignature {
    name: &'static str,
    text: &'static str,
    parsed: OnceLock<Signature>,
}

impl OwnSignature {
    /// The callable's name and its signature's text.
    #[must_use]
    pub const fn new(name: &'static str, text: &'static str) -> OwnSignature {
        OwnSignature { name, text, parsed: OnceLock::new() }
    }

    /// Lays the arguments out by parameter.
    ///
    /// # Errors
    /// As `Signature::bind`.
    pub fn bind(&self, th: &Thread, args: &CallArgs<'_>) -> PyResult<Bound> {
        let signature = self.parsed.get_or_init(|| Signature::parse(self.text));
        signature.bind(th, self.name, &|| self.name.to_owned(), args)
    }
}

/// An argument for the bound slice, not counted.
#[inline(always)]
pub fn borrowed(v: &Value) -> Value {
    // SAFETY: the caller keeps the arguments as long as the call lasts, and the bound slice lives no longer.
    unsafe { v.borrow_word() }
}

const fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

/// Splits at commas outside brackets and quotes (defaults may hold them).
fn split_commas(text: &'static str) -> Vec<&'static str> {
    let mut parts = Vec::new();
    let (mut depth, mut start, mut quote) = (0, 0, None);
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}
