//! Module `_contextvars`: contexts, context variables, tokens.
//!
//! A context holds a persistent map (`types::hamt`): copying a context is one count, setting a variable copies a few nodes.
use crate::prelude::*;
use crate::types::hamt::Hamt;
use std::sync::atomic::{AtomicBool, Ordering};

/// `_contextvars`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_contextvars",
    doc: "Context Variables",
    functions: &[m("copy_context", "()", copy_context, "")],
    types: &[&CONTEXT, &VARIABLE, &TOKEN],
    hidden_types: &[&MISSING],
    ..ModuleSpec::EMPTY
};

/// The payload of `Context`.
pub struct Context {
    vars: ObjCell<Hamt>,
    entered: AtomicBool,
}

/// The payload of `ContextVar`.
pub struct Variable {
    name: Value,
    /// UNBOUND: none.
    default: Value,
}

/// The payload of `Token`.
pub struct Token {
    context: Value,
    variable: Value,
    /// UNBOUND: the variable was not set.
    old: Value,
    used: AtomicBool,
}

/// The payload of `Token.MISSING`.
pub struct Missing;

payload!(Context, "_contextvars.Context", traverse = Context::traverse, clear = Context::clear);
payload!(
    Variable,
    "_contextvars.ContextVar",
    traverse = |s: &Variable, v: Visitor<'_>| {
        v(&s.name);
        v(&s.default)
    }
);
payload!(
    Token,
    "_contextvars.Token",
    traverse = |t: &Token, v: Visitor<'_>| {
        v(&t.context);
        v(&t.variable);
        v(&t.old)
    }
);
payload!(Missing, "Token.MISSING");

impl Context {
    fn new(vars: Hamt) -> Context {
        Context { vars: ObjCell::new(vars), entered: AtomicBool::new(false) }
    }

    fn traverse(&self, visit: Visitor<'_>) {
        self.vars.peek(|vars| vars.traverse(visit));
    }

    fn clear(&self) {
        if let Some(th) = Thread::current() {
            drop(self.vars.with(th, std::mem::take));
        }
    }

    fn vars(&self, th: &Thread) -> Hamt {
        self.vars.with(th, |v| v.clone())
    }

    /// Sets a variable; the value before. Only the thread that has entered the context does.
    fn set(&self, th: &Thread, var: &Value, value: Option<Value>) -> PyResult<Option<Value>> {
        let vars = self.vars(th);
        let old = vars.get(th, var)?;
        let changed = match value {
            Some(value) => vars.with(th, var, &value)?,
            None => vars.without(th, var)?,
        };
        if let Some(changed) = changed {
            drop(self.vars.with(th, |v| std::mem::replace(v, changed)));
        }
        Ok(old)
    }
}

/// `_contextvars.Context`.
pub static CONTEXT: TypeSpec = TypeSpec {
    name: "_contextvars.Context",
    doc: "",
    flags: WEAKREFS | MAPPING,
    slots: &[
        Slot::NewRaw(context_new),
        Slot::RichCompare(context_compare),
        Slot::NotHashable,
        Slot::Len(|th, v| Ok(context(th, v)?.vars(th).len())),
        Slot::GetItem(context_getitem),
        Slot::Contains(context_contains),
        Slot::Iter(|th, v| th.iter(&th.list(pairs(th, v)?.into_iter().map(|p| p.0).collect()))),
    ],
    methods: &[
        m(
            "get",
            "(key, default=None, /)",
            context_get,
            "Return the value for `key` if `key` has the value in the context object.",
        ),
        m("items", "()", context_items, "Return all variables and their values in the context object."),
        m(
            "keys",
            "()",
            |th, v, _| Ok(th.list(pairs(th, v)?.into_iter().map(|p| p.0).collect())),
            "Return a list of all variables in the context object.",
        ),
        m(
            "values",
            "()",
            |th, v, _| Ok(th.list(pairs(th, v)?.into_iter().map(|p| p.1).collect())),
            "Return a list of all variables' values in the context object.",
        ),
        m(
            "copy",
            "()",
            |th, v, _| th.make_object(th.type_for::<Context>(), Context::new(context(th, v)?.vars(th))),
            "Return a shallow copy of the context object.",
        ),
        m("run", "(*args, **kwargs)", context_run, ""),
    ],
    ..TypeSpec::of::<Context>()
};

fn context<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Context> {
    th.expect::<Context>(v, "_contextvars.Context")
}

/// The thread's current context, made at first use.
fn current(th: &Thread) -> PyResult<Value> {
    let now = th.context.get();
    if !now.is_unbound() {
        return Ok(now);
    }
    let fresh = Context::new(Hamt::default());
    // Relaxed: nobody else has it.
    fresh.entered.store(true, Ordering::Relaxed);
    let v = th.make_object(th.type_for::<Context>(), fresh)?;
    th.context.set(v.clone());
    Ok(v)
}

fn copy_context(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    th.copy_context()
}

impl Thread {
    /// `contextvars.copy_context()`.
    pub fn copy_context(&self) -> PyResult<Value> {
        let now = current(self)?;
        self.make_object(self.type_for::<Context>(), Context::new(context(self, &now)?.vars(self)))
    }

    /// Runs `f` with `ctx` as the thread's context, as `Context.run`.
    pub fn with_context<R>(&self, ctx: &Value, f: impl FnOnce() -> PyResult<R>) -> PyResult<R> {
        let c = context(self, ctx)?;
        // AcqRel: one thread at a time enters.
        if c.entered.swap(true, Ordering::AcqRel) {
            let shown = self.repr_text(ctx)?;
            return Err(self.runtime_error(format!("cannot enter context: {shown} is already entered")));
        }
        let before = self.context.replace(ctx.clone());
        let result = f();
        drop(self.context.replace(before));
        c.entered.store(false, Ordering::Release);
        result
    }
}

fn context_new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    if !args.is_empty() {
        return Err(th.type_error("Context() does not accept any arguments"));
    }
    th.make_object(cls, Context::new(Hamt::default()))
}

fn pairs(th: &Thread, v: &Value) -> PyResult<Vec<(Value, Value)>> {
    Ok(context(th, v)?.vars(th).pairs())
}

fn check_key(th: &Thread, key: &Value) -> PyResult<()> {
    if key.payload::<Variable>().is_some() {
        return Ok(());
    }
    Err(th.type_error(format!("a ContextVar key was expected, got {}", th.repr_text(key)?)))
}

fn find(th: &Thread, v: &Value, key: &Value) -> PyResult<Option<Value>> {
    check_key(th, key)?;
    context(th, v)?.vars(th).get(th, key)
}

fn context_getitem(th: &Thread, v: &Value, key: &Value) -> PyResult<Value> {
    find(th, v, key)?.ok_or_else(|| th.key_error(key.clone()))
}

fn context_contains(th: &Thread, v: &Value, key: &Value) -> PyResult<bool> {
    Ok(find(th, v, key)?.is_some())
}

fn context_get(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let default = if args[1].is_unbound() { Value::NONE } else { args[1].clone() };
    Ok(find(th, v, &args[0])?.unwrap_or(default))
}

fn context_items(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.list(pairs(th, v)?.into_iter().map(|(k, v)| th.tuple(vec![k, v])).collect()))
}

fn context_compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let (Some(x), Some(y)) = (a.payload::<Context>(), b.payload::<Context>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let equal = x.vars(th).equals(th, &y.vars(th))?;
    Ok(Value::bool(equal == (op == CompareOp::Eq)))
}

fn context_run(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let (keywords, given) = crate::builtins::split_keywords(args);
    let Some((f, rest)) = given.split_first() else {
        return Err(th.type_error("run() missing 1 required positional argument"));
    };
    let (names, values): (Vec<Value>, Vec<Value>) =
        keywords.map(|d| d.items(th)).unwrap_or_default().into_iter().unzip();
    let mut all = rest.to_vec();
    all.extend(values);
    th.with_context(v, || th.call_args(f, &CallArgs { args: &all, names: &names }))
}

/// `_contextvars.ContextVar`.
pub static VARIABLE: TypeSpec = TypeSpec {
    name: "_contextvars.ContextVar",
    doc: "",
    slots: &[Slot::NewRaw(variable_new), Slot::Repr(variable_repr)],
    methods: &[
        m(
            "get",
            "(default=<unrepresentable>, /)",
            variable_get,
            "Return a value for the context variable for the current context.",
        ),
        m(
            "set",
            "(value, /)",
            variable_set,
            "Call to set a new value for the context variable in the current context.",
        ),
        m("reset", "(token, /)", variable_reset, "Reset the context variable."),
        cm("__class_getitem__", "(object, /)", crate::types::generic_alias::class_getitem, "See PEP 585"),
    ],
    getset: &[mb("name", |th, v| Ok(variable(th, v)?.name.clone()), None, "")],
    ..TypeSpec::of::<Variable>()
};

fn variable<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Variable> {
    th.expect::<Variable>(v, "_contextvars.ContextVar")
}

fn variable_new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let name = match args.positional() {
        [] => return Err(th.type_error("ContextVar() takes exactly 1 positional argument (0 given)")),
        [name] => name,
        more => {
            let given = more.len();
            return Err(
                th.type_error(format!("ContextVar() takes at most 1 positional argument ({given} given)"))
            );
        }
    };
    let mut default = Value::UNBOUND;
    for (key, value) in args.keywords() {
        if key.as_str().is_none_or(|k| k.as_wtf8().as_bytes() != b"default") {
            let key = th.str_text(key)?;
            return Err(th.type_error(format!("ContextVar() got an unexpected keyword argument '{key}'")));
        }
        default = value.clone();
    }
    if name.as_str().is_none() {
        return Err(th.type_error("context variable name must be a str"));
    }
    // CPython's contexts hash a variable by its name's hash, so a name must have one.
    th.hash(name)?;
    th.make_object(cls, Variable { name: name.clone(), default })
}

/// A new variable without default.
pub fn new_variable(th: &Thread, name: &str) -> PyResult<Value> {
    th.make_object(th.type_for::<Variable>(), Variable { name: th.str(name), default: Value::UNBOUND })
}

/// The value of a variable in the current context, if it is set there.
pub fn value_of(th: &Thread, var: &Value) -> Option<Value> {
    let now = th.context.get();
    let vars = now.payload::<Context>()?.vars(th);
    // Variables are hashed and compared by identity, which cannot fail.
    vars.get(th, var).unwrap_or_default()
}

fn variable_get(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let var = variable(th, v)?;
    if let Some(value) = value_of(th, v) {
        return Ok(value);
    }
    if !args[0].is_unbound() {
        return Ok(args[0].clone());
    }
    if !var.default.is_unbound() {
        return Ok(var.default.clone());
    }
    Err(th.raise_args(th.types().exc.lookup_error, std::slice::from_ref(v)))
}

fn variable_set(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let ctx = current(th)?;
    let old = context(th, &ctx)?.set(th, v, Some(args[0].clone()))?;
    let token = Token {
        context: ctx,
        variable: v.clone(),
        old: old.unwrap_or(Value::UNBOUND),
        used: AtomicBool::new(false),
    };
    th.make_object(th.type_for::<Token>(), token)
}

fn variable_reset(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let token = &args[0];
    let Some(t) = token.payload::<Token>() else {
        let got = token.type_name(th);
        return Err(th.type_error(format!(
            "expected an instance of Token, got {}",
            th.repr_text(token).unwrap_or(got)
        )));
    };
    if t.used.load(Ordering::Acquire) {
        return Err(th.runtime_error(format!("{} has already been used once", th.repr_text(token)?)));
    }
    if !t.variable.is(v) {
        return Err(th.value_error(format!("{} was created by a different ContextVar", th.repr_text(token)?)));
    }
    let ctx = current(th)?;
    if !ctx.is(&t.context) {
        return Err(th.value_error(format!("{} was created in a different Context", th.repr_text(token)?)));
    }
    if t.used.swap(true, Ordering::AcqRel) {
        return Err(th.runtime_error(format!("{} has already been used once", th.repr_text(token)?)));
    }
    let value = if t.old.is_unbound() { None } else { Some(t.old.clone()) };
    drop(context(th, &ctx)?.set(th, v, value)?);
    Ok(Value::NONE)
}

fn variable_repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let var = variable(th, v)?;
    let mut text = format!("<ContextVar name={}", th.repr_text(&var.name)?);
    if !var.default.is_unbound() {
        text.push_str(&format!(" default={}", th.repr_text(&var.default)?));
    }
    text.push_str(&format!(" at {:#x}>", v.identity()));
    Ok(th.str(&text))
}

/// `_contextvars.Token`.
pub static TOKEN: TypeSpec = TypeSpec {
    name: "_contextvars.Token",
    doc: "",
    slots: &[
        Slot::NewRaw(|th, _, _| Err(th.runtime_error("Tokens can only be created by ContextVars"))),
        Slot::Repr(token_repr),
        Slot::NotHashable,
    ],
    methods: &[
        cm("__class_getitem__", "(object, /)", crate::types::generic_alias::class_getitem, "See PEP 585"),
        m("__enter__", "()", |_, v, _| Ok(v.clone()), "Enter into Token context manager."),
        m(
            "__exit__",
            "(type, value, traceback, /)",
            token_exit,
            "Exit from Token context manager, restore the linked ContextVar.",
        ),
    ],
    getset: &[
        gs("var", |th, v| Ok(token(th, v)?.variable.clone()), None, ""),
        gs("old_value", token_old, None, ""),
    ],
    init: Some(|th, ty| {
        let missing = missing(th)?;
        ty.dict().set(th, &th.intern("MISSING"), missing)
    }),
    ..TypeSpec::of::<Token>()
};

/// The type of `Token.MISSING`.
pub static MISSING: TypeSpec = TypeSpec {
    name: "Token.MISSING",
    doc: "",
    flags: NO_NEW,
    slots: &[Slot::Repr(|th, _| Ok(th.str("<Token.MISSING>")))],
    ..TypeSpec::of::<Missing>()
};

fn missing(th: &Thread) -> PyResult<Value> {
    th.vm_state_or_try("_contextvars.Token.MISSING", || th.make_object(th.type_for::<Missing>(), Missing))
}

fn token<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Token> {
    th.expect::<Token>(v, "_contextvars.Token")
}

fn token_old(th: &Thread, v: &Value) -> PyResult<Value> {
    let old = token(th, v)?.old.clone();
    if old.is_unbound() { missing(th) } else { Ok(old) }
}

fn token_exit(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let var = token(th, v)?.variable.clone();
    variable_reset(th, &var, std::slice::from_ref(v))
}

fn token_repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let t = token(th, v)?;
    let used = if t.used.load(Ordering::Acquire) { " used" } else { "" };
    let var = th.repr_text(&t.variable)?;
    Ok(th.str(&format!("<Token{used} var={var} at {:#x}>", v.identity())))
}
